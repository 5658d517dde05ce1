"""What the cart emits, for the examples of docs/exchange.md: each is made by the code that sends it, of invented residents."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from edge.domain.dossier import Document as Paper, DocumentRole
from edge.domain.item import Item
from edge.domain.measurement import Kind, Quality, Reading
from edge.domain.operator import Operator
from edge.domain.opinion import ASKED_HERE, Addressee, Gap, Missing, Opinion, Question, Specialty, Urgency
from edge.domain.patient import Encounter, Patient
from edge.domain.report import EncounterReport
from sync.fhir import canonical
from sync.fhir.bundle import bundle, opened
from sync.fhir.documents import PDF, Document, document_reference
from sync.fhir.patient import patient_resource
from sync.report import terms as report_terms
from tests import items, reports

DOCUMENT: Final = Path(__file__).parents[1] / "docs" / "exchange.md"

NURSE: Final = Operator("Camille LEROY", "10003456789")
RESIDENT: Final = dataclasses.replace(items.PATIENT, birth_place="29019")
ENCOUNTER_ID: Final = "0198f0c2-5b1e-7cc0-8000-00000000002b"
MADE: Final = dt.datetime(2026, 3, 28, 23, 50, tzinfo=dt.UTC)
PDF_BYTES: Final = b"%PDF-1.7"


def resources() -> Mapping[str, dict[str, Any]]:
    """By a name of ours: the resource as it goes out."""
    report = _document("0198f0c2-5b1e-7cc0-8000-00000000002a")
    binary, reference = document_reference(report, RESIDENT)
    _, superseded = document_reference(dataclasses.replace(report, superseded=True), RESIDENT)
    _, void = document_reference(dataclasses.replace(report, void=True), RESIDENT)
    later = dataclasses.replace(_document("0198f0c2-5b1e-7cc0-8000-00000000003c"), replaces=report.id)
    _, replacing = document_reference(later, RESIDENT)
    made = {
        "patient": patient_resource(RESIDENT),
        "reading": _resource(_reading(), "Observation"),
        "request": _resource(_request(), "ServiceRequest"),
        "binary": binary,
        "report": reference,
        "superseded": superseded,
        "void": void,
        "replacing": replacing,
    }
    return {name: json.loads(canonical.encode(one)) for name, one in made.items()}


def round_of_one_reading() -> EncounterReport:
    """Of which the text to paste is shown."""
    base = reports.report(RESIDENT)
    pressure = reports.of_item(items.blood_pressure(), 3)
    return dataclasses.replace(
        base,
        values=(pressure,),
        traces=(),
        pictures=(),
        sounds=0,
        asked=(),
        answers=(),
        talks=(),
        consents=(),
        incidents=(),
    )


def blocks(text: str | None = None) -> list[str]:
    """The indented blocks of the document, without their indent."""
    lines = (DOCUMENT.read_text(encoding="utf-8") if text is None else text).split("\n")
    found: list[list[str]] = [[]]
    for line in lines:
        if line.startswith("    "):
            found[-1].append(line[4:])
        elif found[-1]:
            found.append([])
    return ["\n".join(one) for one in found if one]


def block(beginning: str) -> str:
    """The one indented block that begins so."""
    (found,) = [one for one in blocks() if one.startswith(beginning)]
    return found


def in_json() -> list[dict[str, Any]]:
    text = DOCUMENT.read_text(encoding="utf-8")
    return [json.loads(one) for one in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]


def _resource(item: Item, kind: str) -> Any:
    return next(one for one in opened(bundle(item, house=reports.HOUSE)) if one["resourceType"] == kind)


def _reading() -> Item:
    made = items.blood_pressure()
    assert isinstance(made.payload, Reading)
    payload = dataclasses.replace(
        made.payload, components=made.payload.components[:2], quality=(Quality.BODY_MOVEMENT,)
    )
    return _named(
        dataclasses.replace(made, payload=payload, serial_number="5190300123"), "0198f0c2-5b1e-7cc0-8000-000000000001"
    )


def _request() -> Item:
    asked = Opinion(
        Specialty.DERMATOLOGY,
        Question.CONDUCT,
        Urgency.SOON,
        consent=True,
        addressee=Addressee("Dr Anne MOREL", "10001234567"),
        gaps=(Gap(Missing.BLURRED),),
        documents=(Paper(DocumentRole.DLU, "00", items.OPENED, pdf=PDF_BYTES),),
        absent=(DocumentRole.TREATMENT, DocumentRole.HISTORY, DocumentRole.DIRECTIVES),
    )
    return _named(items.item(Kind.OPINION, asked, ASKED_HERE), "0198f0c2-5b1e-7cc0-8000-000000000011")


def _named(item: Item, name: str, patient: Patient = RESIDENT) -> Item:
    encounter = Encounter(ENCOUNTER_ID, patient.id, items.OPENED, item.encounter.study_uid, "TC0000000001")
    return dataclasses.replace(item, id=name, patient=patient, encounter=encounter, operator=NURSE)


def _document(name: str) -> Document:
    return Document(
        id=name,
        item_id=name,
        title=report_terms.TITLE["fr"],
        media_type=PDF,
        content=PDF_BYTES,
        loinc=(report_terms.LOINC, report_terms.MEANING),
        encounter_id=ENCOUNTER_ID,
        created=MADE,
        authors=(NURSE,),
        house=reports.HOUSE,
    )
