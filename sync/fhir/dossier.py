"""The dossier of a request for an opinion: why she asks and what the site has on paper, within the request itself. Pure.

A document goes as a contained DocumentReference (https://hl7.org/fhir/R4/documentreference.html): whoever has the request has it, and
it stands nowhere without it. Types after the JDV of document types of the ANS, in LOINC.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from edge.domain.dossier import LARGEST_TOGETHER, Document, DocumentRole, Situation
from edge.domain.opinion import Opinion
from edge.domain.patient import Patient
from sync.fhir import terms
from sync.fhir.canonical import Json, Resource

SITUATION: Mapping[Situation, str] = MappingProxyType(
    {
        Situation.RASH: "éruption",
        Situation.LESION: "lésion à évaluer",
        Situation.ITCH: "prurit",
        Situation.SKIN_INFECTION: "infection cutanée suspectée",
        Situation.CHEST_PAIN: "douleur thoracique",
        Situation.BREATHLESS: "essoufflement",
        Situation.FAINT: "malaise",
        Situation.PALPITATIONS: "palpitations",
        Situation.NEW_WOUND: "plaie nouvelle",
        Situation.WORSE_WOUND: "plaie qui s'aggrave",
        Situation.NOT_HEALING: "plaie qui ne cicatrise pas",
        Situation.INFECTED_WOUND: "plaie infectée suspectée",
        Situation.FALL: "chute",
        Situation.CONFUSION: "confusion",
        Situation.DECLINE: "perte d'autonomie",
        Situation.WEIGHT_LOSS: "perte de poids",
    }
)

ROLE: Mapping[DocumentRole, tuple[str, str]] = MappingProxyType(
    {
        DocumentRole.DLU: ("34133-9", "Dossier de liaison d'urgence"),
        DocumentRole.TREATMENT: ("57833-6", "Traitement en cours"),
        DocumentRole.HISTORY: ("11348-0", "Antécédents"),
        DocumentRole.DIRECTIVES: ("42348-3", "Directives anticipées"),
    }
)
"""LOINC. 34133-9 is that of a DLU (schematrons of the ANS, Entete_DLU), 57833-6 a prescription for medication (examples of the ANS's PDSm);
11348-0 and 42348-3 are what the International Patient Summary calls the sections on past illness and advance directives.
"""


def situation(asked: Opinion) -> str:
    return f"Situation : {SITUATION[asked.situation]}" if asked.situation is not None else ""


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
        lines.append(f"Documents non fournis : {', '.join(ROLE[role][1].lower() for role in asked.absent)}.")
    if asked.evidence:
        lines.append(f"Évaluation : {len(asked.evidence)} mesures et images jointes.")
    return lines


def references(documents: Sequence[Document]) -> list[Json]:
    return [{"reference": f"#{one.role.value}", "display": _dated(one)} for one in _held(documents)]


def contained(documents: Sequence[Document], subject: Json) -> list[Json]:
    found: list[Json] = []
    for one in _held(documents):
        code, title = ROLE[one.role]
        reference: Resource = {
            "resourceType": "DocumentReference",
            "id": one.role.value,
            "status": "current",
            "type": {"coding": [{"system": terms.LOINC, "code": code}], "text": title},
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
    return f"{ROLE[one.role][1]} (ajouté le {one.added:%d/%m/%Y})"
