"""The dossier of a request for an opinion: why she asks and what the site has on paper, within the request itself. Pure.

A document goes as a contained DocumentReference (https://hl7.org/fhir/R4/documentreference.html): whoever has the request has it, and
it stands nowhere without it. Types after the JDV of document types of the ANS, in LOINC.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from edge.domain.dossier import LARGEST_TOGETHER, Document, DocumentRole
from edge.domain.opinion import Opinion
from edge.domain.patient import Patient
from sync.fhir import terms
from sync.fhir.canonical import Json, Resource
from sync.report.words_dossier import ROLES, SITUATIONS

CODE: Mapping[DocumentRole, str] = MappingProxyType(
    {
        DocumentRole.DLU: "34133-9",
        DocumentRole.TREATMENT: "57833-6",
        DocumentRole.HISTORY: "11348-0",
        DocumentRole.DIRECTIVES: "42348-3",
    }
)
"""LOINC. 34133-9 is that of a DLU (schematrons of the ANS, Entete_DLU), 57833-6 a prescription for medication (examples of the ANS's PDSm);
11348-0 and 42348-3 are what the International Patient Summary calls the sections on past illness and advance directives.
"""


def situation(asked: Opinion) -> str:
    return f"Situation : {SITUATIONS[asked.situation]}" if asked.situation is not None else ""


def background(asked: Opinion, patient: Patient) -> list[str]:
    """Antécédents and évaluation in words, for the doctor: what is there, and what nobody has brought in."""
    match patient.allergies:
        case None:
            allergies = "non renseignées"
        case ():
            allergies = "aucune connue"
        case known:
            allergies = ", ".join(known)
    lines = [f"Antécédents : allergies {allergies}."]
    if asked.documents:
        lines.append(f"Documents joints : {', '.join(_dated(one) for one in asked.documents)}.")
    if asked.absent:
        lines.append(f"Documents non fournis : {', '.join(ROLES[role] for role in asked.absent)}.")
    if asked.evidence:
        lines.append(f"Évaluation : {len(asked.evidence)} mesures et images jointes.")
    return lines


def references(documents: Sequence[Document]) -> list[Json]:
    return [{"reference": f"#{one.role.value}", "display": _dated(one)} for one in _held(documents)]


def contained(documents: Sequence[Document], subject: Json) -> list[Json]:
    found: list[Json] = []
    for one in _held(documents):
        title = _title(one.role)
        reference: Resource = {
            "resourceType": "DocumentReference",
            "id": one.role.value,
            "status": "current",
            "type": {"coding": [{"system": terms.LOINC, "code": CODE[one.role]}], "text": title},
            "subject": subject,
            "date": one.added.isoformat(timespec="milliseconds"),
            "content": [
                {
                    "attachment": {
                        "contentType": "application/pdf",
                        "language": "fr-FR",
                        "title": title,
                        "data": base64.b64encode(one.pdf or b"").decode("ascii"),
                    }
                }
            ],
        }
        found.append(reference)
    return found


def _held(documents: Sequence[Document]) -> list[Document]:
    """Those that are loaded, as many as fit into one request."""
    left, found = LARGEST_TOGETHER, []
    for one in documents:
        if one.pdf is not None and len(one.pdf) <= left:
            left -= len(one.pdf)
            found.append(one)
    return found


def _dated(one: Document) -> str:
    return f"{_title(one.role)} (ajouté le {one.added:%d/%m/%Y})"


def _title(role: DocumentRole) -> str:
    return ROLES[role].capitalize()
