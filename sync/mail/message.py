"""A report as a message for an MSSanté mailbox: IHE_XDM.ZIP and the PDF (CI-SIS, MSSanté). Pure: the same item, the same bytes.

The subject is ``XDM/1.0/DDM+`` and what ANS wants beside it: kind, name, given names, birth date. A report that replaces another
one, or that counts no more, says so and answers the message of the one before. The Message-ID is that of the item, and of its
second life as a void report: whoever gets it twice knows it for the same.
"""

from __future__ import annotations

import dataclasses
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

from edge.domain.fault import Fault, Reason
from edge.domain.item import Item, Report
from edge.domain.report import EncounterReport, House, Language
from sync.report import terms, xdm

PREFIX: Final = "XDM/1.0/DDM+"
_POLICY: Final = policy.SMTP.clone(cte_type="7bit", max_line_length=76)


@dataclasses.dataclass(frozen=True, slots=True)
class Envelope:
    """Who sends, and who gets it."""

    sender: str
    recipients: tuple[str, ...]


_BODY: dict[Language, tuple[str, str, str]] = {
    "fr": (
        "Compte rendu de télésanté de {}, établi par la borne {}.",
        "Il remplace et annule le compte rendu envoyé dans le message cité.",
        "ANNULATION : le compte rendu envoyé dans le message cité ne compte plus. Ne l'utilisez pas, retirez-le du dossier.",
    ),
    "en": (
        "Telehealth report of {}, made by the cart {}.",
        "It replaces and voids the report sent in the message that is cited.",
        "VOID: the report sent in the message that is cited counts no more. Do not use it, take it out of the record.",
    ),
}
_REPLACES: dict[Language, str] = {"fr": "[Annule et remplace] ", "en": "[Annule et remplace] "}
_VOID: dict[Language, str] = {"fr": "[Annulation] ", "en": "[Annulation] "}


def message_id(number: str, sender: str, *, void: bool = False) -> str:
    """Of the report of that number, in angle brackets (RFC 5322, 3.6.4)."""
    return f"<{number}{'.void' if void else ''}@{sender.rpartition('@')[2]}>"


def build(item: Item, house: House, envelope: Envelope) -> bytes:
    """The whole message, each line ended as SMTP wants it. Raises Fault(OBJECT_INVALID | MISSING_PROGRAM) for what is no report."""
    payload = item.payload
    if not isinstance(payload, Report) or payload.content is None:
        raise Fault(Reason.OBJECT_INVALID, f"a {item.kind.value} is not sent by mail")
    from sync.report import document  # it loads reportlab and Pillow, which sync needs for nothing else

    report, language = payload.content, payload.language
    made = EmailMessage(policy=_POLICY)
    made["Subject"] = _subject(report, language)
    made["From"] = envelope.sender
    made["To"] = ", ".join(envelope.recipients)
    made["Date"] = format_datetime(item.taken.utc)
    made["Message-ID"] = message_id(item.id, envelope.sender, void=report.void)
    before = item.id if report.void else report.replaces
    if before:
        made["In-Reply-To"] = made["References"] = message_id(before, envelope.sender)
    said, replaces, void = _BODY[language]
    lines = (
        [void] if report.void else [said.format(house.name, house.station), *([replaces] if report.replaces else [])]
    )
    if house.demonstration:
        lines.append("DÉMONSTRATION / DEMONSTRATION")
    made.set_content("\n\n".join([*lines, ""]))
    pdf = document.pdf(report, house, language)
    if not report.void:
        # what counts no more is not filed again: the void PDF is for people
        archive = xdm.archive(report, house, pdf, language)
        made.add_attachment(archive, maintype="application", subtype="zip", filename=xdm.NAME)
    made.add_attachment(pdf, maintype="application", subtype="pdf", filename=f"{report.encounter.accession_number}.pdf")
    # a boundary of chance would make other bytes of the same report
    made.set_boundary(f"telecart-{item.id}")
    return made.as_bytes()


def _subject(report: EncounterReport, language: Language) -> str:
    who = report.patient
    mark = _VOID[language] if report.void else _REPLACES[language] if report.replaces else ""
    name = f"{who.birth_name} {who.given_names} {who.birth_date:%d/%m/%Y}"
    said = f"{mark}{PREFIX}{terms.TITLE[language]} {name}"
    return "".join(letter if letter.isprintable() else " " for letter in said)
