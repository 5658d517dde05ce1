"""The words about consents, in English."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar


class EnglishConsent:
    consent_touch = "Touch if the answer is yes."
    consent_page = "Who said what? It is kept, with the time and your name."
    consent_by = "{}: {}"
    consent_other = "OTHER CASE"
    consent_change = "CHANGE"
    consent_back = "BACK"
    consent_noted = "Noted."
    consent_taken_back = "Withdrawn: nothing opens on it any more."
    consent_take_back = "WITHDRAW"
    consent_who = "Who?"
    consent_all = "◂ ALL CASES"
    consent_act_key = "FOR THIS ACT"
    consent_standing_key = "STANDING"
    consent_for_act = "for this act"
    consent_standing = "standing"
    consent_refused = "Refusal noted: no request, but for an emergency noted under CHANGE."
    consent_refused_call = "refusal noted"
    consent_no_badge = "Without a badge only an emergency is noted."
    consent_bases: ClassVar[Mapping[str, tuple[str, str]]] = MappingProxyType(
        {
            "person": ("THE PERSON", "understands and agrees"),
            "assisted": ("WITH HELP", "decides, with somebody's help"),
            "representative": ("REPRESENTATIVE", "authorises, by document"),
            "consulted": ("FAMILY CONSULTED", "the person cannot say"),
            "emergency": ("EMERGENCY", "no time to find out"),
            "refusal": ("REFUSAL", "no call, no opinion"),
        }
    )
    consent_relations: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "personne de confiance": "trusted person",
            "conjoint": "spouse",
            "fille": "daughter",
            "fils": "son",
            "frère ou sœur": "brother or sister",
            "autre proche": "other relative",
            "soignant": "carer",
            "curateur": "curator",
            "tuteur": "guardian",
            "mandataire": "mandatary",
            "personne habilitée": "empowered person",
        }
    )
    consent_law: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "sauvegarde de justice": "Safeguard of justice: the person decides alone.",
            "curatelle": "Curatorship: the person decides. The curator may help, and does not decide in their place.",
            "tutelle": "Guardianship: ask the person first. If they cannot decide, the guardian authorises.",
            "habilitation familiale": "Family empowerment: ask the person first. If not, who is empowered authorises.",
            "mandat de protection future": "Future protection mandate: ask the person first. If not, the mandatary authorises.",
        }
    )

    def consent_title(self, *, female: bool) -> str:  # noqa: ARG002
        return "The resident's agreement"

    def consent_ask(self, usual: str, *, female: bool) -> str:  # noqa: ARG002
        return "Emergency: agreement impossible to get?" if usual == "emergency" else "Does the resident agree?"

    def consent_line(self, basis: str, *, female: bool) -> str:  # noqa: ARG002
        return {
            "person": "The resident agrees",
            "assisted": "The resident agrees, helped by:",
            "representative": "Authorised by the representative:",
            "consulted": "Cannot say; consulted:",
            "emergency": "Emergency: agreement impossible to get",
            "refusal": "The resident REFUSES",
        }.get(basis, basis)

    def consent_collected(self, when: dt.datetime, by: str, *, withdrawn: bool) -> str:
        said = "withdrawn" if withdrawn else "taken down"
        return f"{said} on {when:%d/%m/%Y at %H:%M}" + (f" by {by}" if by else "")
