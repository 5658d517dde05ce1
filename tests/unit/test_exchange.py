"""The examples of docs/exchange.md are what the cart sends, and what it takes."""

from __future__ import annotations

import dataclasses
import datetime as dt
import email.policy
import io
import json
import zipfile
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pydicom
import pytest

from edge.domain.answer import named
from edge.domain.item import Item, Report
from edge.domain.measurement import Kind
from edge.domain.movement import What
from edge.domain.patient import Patient
from edge.domain.report import REPORTED_HERE, EncounterReport
from edge.residents_table import read as read_table
from firmware_stubs import fhir_rules
from sync.dicom.building.objects import build
from sync.mail import message
from sync.mail.message import Envelope
from sync.record import acknowledging, adt, header, letters
from sync.record.fhir_answer import came_of
from sync.report import metadata, slip, transmission
from tests import exchange_examples as examples, fhir_profiles, items, reports
from tests.servers import SOURCE

RESOURCES = [one for one in examples.in_json() if one.get("resourceType") in fhir_rules.RESOURCES]
SENT = examples.resources()
REQUEST = "0198c0de-0000-7000-8000-0123456789ab"


def test_there_is_one_of_each() -> None:
    there = {one["resourceType"] for one in RESOURCES}
    assert {"Patient", "Observation", "ServiceRequest", "Binary", "DocumentReference"} <= there


@pytest.mark.parametrize("example", RESOURCES, ids=lambda one: one["resourceType"])
def test_an_example_is_valid(example: dict[str, Any]) -> None:
    assert list(fhir_rules.issues(example)) == []
    assert fhir_profiles.broken(example) == []


@pytest.mark.parametrize("example", RESOURCES, ids=lambda one: one["resourceType"])
def test_a_resource_is_what_is_sent_element_by_element(example: dict[str, Any]) -> None:
    assert example in SENT.values()


def test_the_versions_of_a_report_are_what_is_sent() -> None:
    lines = [json.loads(line) for line in examples.block('{"id": "0198f0c2-5b1e-7cc0-8000-00000000003c"').split("\n")]
    assert [one["status"] for one in lines] == ["current", "superseded", "entered-in-error"]
    for line, name in zip(lines, ("replacing", "superseded", "void"), strict=True):
        assert line.items() <= SENT[name].items()


# --- residents in


def test_the_admission_is_taken_and_answered_as_it_stands_there() -> None:
    said, answered = (one for one in examples.blocks() if one.startswith("MSH|"))
    frame = (said.replace("\n", "\r") + "\r").encode()
    head = header.read(frame)
    assert head is not None
    movement = adt.received(frame, head, ("EHPAD", ""), demonstration=True).movement
    assert movement is not None
    told = movement.told
    assert movement.what is What.ADMITTED
    assert (told.id, told.birth_name, told.used_name, told.room) == ("42", "LEFÈVRE", "MARTIN", "12")
    assert told.allergies == ("Pénicilline",)
    at = dt.datetime(2026, 11, 22, 10, 15, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    assert acknowledging.accepted(head, 179536829045401, at).decode().replace("\r", "\n").strip() == answered


def test_the_table_is_taken(tmp_path: Path) -> None:
    table = tmp_path / "residents.csv"
    table.write_text(examples.block("ipp;") + "\n", encoding="utf-8")
    first, second = read_table(table, "EHPAD")
    assert (first.id, first.used_name, first.allergies, first.birth_place) == (
        "42",
        "MARTIN",
        ("pénicilline",),
        "63220",
    )
    assert first.treating_doctor is not None
    assert (second.allergies, second.departed) == ((), dt.date(2026, 11, 22))


# --- answers in


def test_an_answer_of_a_server_is_one_to_the_request_that_it_names() -> None:
    came = came_of(json.loads(examples.block('{"resourceType": "DiagnosticReport"')), "fhir", dt.datetime.now(dt.UTC))
    assert came is not None
    assert named(came.names) == (REQUEST,)
    assert (came.author.name, came.text) == ("Dr Anne MOREL", "Pansement hydrocellulaire, décharge du talon.")
    assert came.given == dt.datetime(2026, 11, 22, 11, 5, tzinfo=dt.UTC)


def test_an_answer_by_mail_is_one_to_the_request_that_it_replies_to() -> None:
    lines = examples.blocks()
    at = next(number for number, one in enumerate(lines) if one.startswith("From: Linh"))
    mail = f"{lines[at]}\n\n{lines[at + 1]}\n"
    letter = letters.read(mail.replace("\n", "\r\n").encode())
    assert named(letter.names) == (REQUEST,)
    assert letter.text.strip() == "Pansement hydrocellulaire, décharge du talon."
    assert letter.author == "Linh NGUYEN"


# --- the report


def mailed(report: EncounterReport) -> Item:
    made = items.item(Kind.REPORT, Report("fr", report.replaces, report), REPORTED_HERE, report.patient)
    return dataclasses.replace(made, id=report.number)


def as_named_there(patient: Patient = examples.RESIDENT, replaces: str = "") -> EncounterReport:
    return dataclasses.replace(reports.report(patient), replaces=replaces)


def test_the_mail_has_the_heads_and_the_files_that_stand_there() -> None:
    sender = "ehpad.tilleuls@example.mssante.fr"
    made = message_from_bytes(
        message.build(mailed(as_named_there()), reports.HOUSE, Envelope(sender, (sender,))), policy=email.policy.default
    )
    said = [one for one in examples.block("From: ehpad.tilleuls").split("\n") if ": " in one]
    assert len(said) == 4
    for line in said:
        name, _, value = line.partition(": ")
        assert made[name].partition(";")[0] == value, name
    files = {part.get_filename(): part.get_content() for part in made.iter_attachments()}  # type: ignore[attr-defined]
    with zipfile.ZipFile(io.BytesIO(files["IHE_XDM.ZIP"])) as archive:
        inside = examples.block("IHE_XDM.ZIP ").split("\n")[0].removeprefix("IHE_XDM.ZIP").split(", ")
        assert [one.strip() for one in inside] == archive.namelist()


def test_the_association_of_a_replacing_one_stands_in_the_metadata() -> None:
    report = as_named_there(replaces="0198f0c2-5b1e-7cc0-8000-00000000001f")
    made = metadata.build(report, reports.HOUSE, b"%PDF-1.7", "DOC0001.PDF", "fr").decode()
    assert examples.block("<rim:Association") in made


def test_the_text_to_paste_is_what_is_written() -> None:
    made = transmission.text(examples.round_of_one_reading(), reports.HOUSE).strip()
    there = "\n".join(examples.blocks())
    assert [line for line in made.split("\n") if line and line not in there.split("\n")] == []


def test_the_slip_is_what_is_written() -> None:
    made = slip.text(as_named_there(), reports.HOUSE, "fr").split("\n")
    begun = examples.blocks().index(next(one for one in examples.blocks() if one.startswith("Éléments pour la fact")))
    shown = "\n".join(examples.blocks()[begun : begun + 3]).split("\n")
    assert [line for line in shown if line and line not in made] == []
    assert len(shown) >= 8


def test_a_pacs_gets_what_stands_there() -> None:
    dataset = pydicom.dcmread(io.BytesIO(build(mailed(as_named_there()), SOURCE)))
    said = examples.block("(0008,0016)")
    code = dataset.ConceptNameCodeSequence[0]
    for found in (
        f"(0008,0016) {dataset.SOPClassUID}",
        f"(0008,0060) {dataset.Modality}",
        f"(0042,0012) {dataset.MIMETypeOfEncapsulatedDocument}",
        f'(0040,a043) {code.CodeValue} {code.CodingSchemeDesignator} "{code.CodeMeaning}"',
        f'(0042,0010) "{dataset.DocumentTitle}"',
    ):
        assert found in said
