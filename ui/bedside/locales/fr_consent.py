"""The words about consents, in French."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar


class FrenchConsent:
    consent_touch = "Touchez si la réponse est oui."
    consent_page = "Qui a dit quoi ? C'est gardé, avec l'heure et votre nom."
    consent_by = "{} : {}"
    consent_other = "AUTRE CAS"
    consent_change = "CHANGER"
    consent_back = "RETOUR"
    consent_noted = "C'est noté."
    consent_taken_back = "Retiré : rien ne s'ouvre plus là-dessus."
    consent_take_back = "RETIRER"
    consent_who = "Qui ?"
    consent_all = "◂ TOUS LES CAS"
    consent_act_key = "POUR CET ACTE"
    consent_standing_key = "DURABLE"
    consent_for_act = "pour cet acte"
    consent_standing = "durable"
    consent_refused = "Refus noté : pas de demande, sauf urgence notée sous CHANGER."
    consent_refused_call = "refus noté"
    consent_no_badge = "Sans badge, seule l'urgence se note."
    consent_bases: ClassVar[Mapping[str, tuple[str, str]]] = MappingProxyType(
        {
            "person": ("LA PERSONNE", "elle comprend et accepte"),
            "assisted": ("AVEC UNE AIDE", "elle décide, on l'aide"),
            "representative": ("REPRÉSENTANT LÉGAL", "il autorise, sur document"),
            "consulted": ("PROCHES CONSULTÉS", "elle ne peut pas dire"),
            "emergency": ("URGENCE", "pas le temps de savoir"),
            "refusal": ("REFUS", "ni appel, ni avis"),
        }
    )
    consent_relations: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "personne de confiance": "personne de confiance",
            "conjoint": "conjoint",
            "fille": "fille",
            "fils": "fils",
            "frère ou sœur": "frère ou sœur",
            "autre proche": "autre proche",
            "soignant": "soignant",
            "curateur": "curateur",
            "tuteur": "tuteur",
            "mandataire": "mandataire",
            "personne habilitée": "personne habilitée",
        }
    )
    consent_law: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "sauvegarde de justice": "Sauvegarde de justice : la personne décide elle-même.",
            "curatelle": "Curatelle : la personne décide elle-même. Le curateur peut l'aider, il ne décide pas pour elle.",
            "tutelle": "Tutelle : demandez d'abord à la personne. Si elle ne peut pas décider, le tuteur autorise.",
            "habilitation familiale": (
                "Habilitation familiale : demandez d'abord à la personne. Sinon, la personne habilitée autorise."
            ),
            "mandat de protection future": (
                "Mandat de protection future : demandez d'abord à la personne. Sinon, le mandataire autorise."
            ),
        }
    )

    def consent_title(self, *, female: bool) -> str:
        return "L'accord de la résidente" if female else "L'accord du résident"

    def consent_ask(self, usual: str, *, female: bool) -> str:
        if usual == "emergency":
            return "Urgence : accord impossible à recueillir ?"
        return "Accord de la résidente ?" if female else "Accord du résident ?"

    def consent_line(self, basis: str, *, female: bool) -> str:
        of = "de la résidente" if female else "du résident"
        return {
            "person": f"Accord {of}",
            "assisted": f"Accord {of}, avec l'aide de :",
            "representative": "Autorisation du représentant légal :",
            "consulted": "Ne peut pas se prononcer ; consultés :",
            "emergency": "Urgence : accord impossible à recueillir",
            "refusal": f"REFUS {of}",
        }.get(basis, basis)

    def consent_collected(self, when: dt.datetime, by: str, *, withdrawn: bool) -> str:
        said = "retiré" if withdrawn else "recueilli"
        return f"{said} le {when:%d/%m/%Y à %H:%M}" + (f" par {by}" if by else "")
