"""Documents for the record: bytes as they are, named, dated, filed under the resident; and void under the same ids."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import hashlib
import json
import uuid
from typing import Any

import pytest

from edge.domain.fault import Fault, Reason
from edge.domain.item import Report
from edge.domain.measurement import Kind
from edge.domain.operator import Operator
from edge.mains.sync import destination_of
from edge.settings import Fhir
from firmware_stubs import fhir_rules
from sync.dicom.building.modules import Source
from sync.fhir import canonical
from sync.fhir.bundle import bundle, opened
from sync.fhir.documents import Document, document_reference, text_id
from sync.fhir.patient import patient_id
from tests import items, reports

AT = dt.datetime(2026, 3, 28, 23, 50, tzinfo=dt.UTC)
DOCUMENT = Document(
    id="0198f0c2-5b1e-7cc0-8000-00000000002a",
    item_id="0198f0c2-5b1e-7cc0-8000-00000000002a",
    title="Compte rendu",
    media_type="application/pdf",
    content=b"%PDF-1.7 ...",
    loinc=("85208-7", "Telehealth Consult note"),
    encounter_id="0198f0c2-5b1e-7cc0-8000-00000000002b",
    created=AT,
    authors=(Operator("Camille LEROY", "10003456789"),),
    house=reports.HOUSE,
)


def made(document: Document, *, inline: bool = False) -> list[dict[str, Any]]:
    found = [json.loads(canonical.encode(one)) for one in document_reference(document, items.PATIENT, inline=inline)]
    assert [list(fhir_rules.issues(one)) for one in found] == [[]] * len(found)
    return found


def test_the_bytes_are_a_binary_and_the_reference_says_what_they_are() -> None:
    binary, reference = made(DOCUMENT)
    assert base64.b64decode(binary["data"]) == DOCUMENT.content
    assert binary["securityContext"] == reference["subject"] == {"reference": f"Patient/{patient_id(items.PATIENT)}"}
    (content,) = reference["content"]
    attachment = content["attachment"]
    assert (attachment["url"], attachment["size"]) == (f"Binary/{DOCUMENT.id}", len(DOCUMENT.content))
    assert base64.b64decode(attachment["hash"]) == hashlib.sha1(DOCUMENT.content).digest()
    assert "data" not in attachment
    assert (reference["status"], reference["docStatus"], reference["date"]) == (
        "current",
        "final",
        "2026-03-28T23:50:00.000+00:00",
    )
    assert reference["type"]["coding"][0]["code"] == "85208-7"
    assert reference["author"][0]["identifier"]["value"] == "10003456789"
    assert reference["custodian"]["identifier"]["value"] == "380012345"
    assert reference["context"]["encounter"][0]["identifier"]["value"] == f"urn:uuid:{DOCUMENT.encounter_id}"


def test_what_is_short_stands_in_the_reference_itself() -> None:
    (reference,) = made(dataclasses.replace(DOCUMENT, media_type="text/plain", content="Été".encode()), inline=True)
    attachment = reference["content"][0]["attachment"]
    assert base64.b64decode(attachment["data"]).decode() == "Été"
    assert "url" not in attachment


def test_what_counts_no_more_has_the_same_ids_and_says_so() -> None:
    kept, void = made(DOCUMENT), made(dataclasses.replace(DOCUMENT, void=True))
    assert [one["id"] for one in kept] == [one["id"] for one in void]
    assert (void[1]["status"], void[1]["docStatus"]) == ("entered-in-error", "entered-in-error")


def test_what_it_replaces_is_named_and_not_looked_for() -> None:
    """The one before may never have come there."""
    (_, reference) = made(dataclasses.replace(DOCUMENT, replaces="0198f0c2-5b1e-7cc0-8000-000000000001"))
    (relation,) = reference["relatesTo"]
    assert relation["code"] == "replaces"
    assert relation["target"]["identifier"]["value"] == "urn:uuid:0198f0c2-5b1e-7cc0-8000-000000000001"
    assert "reference" not in relation["target"]


def test_an_empty_document_is_none() -> None:
    with pytest.raises(Fault) as caught:
        document_reference(dataclasses.replace(DOCUMENT, content=b""), items.PATIENT)
    assert caught.value.reason is Reason.OBJECT_INVALID


def test_a_report_goes_with_what_is_to_be_pasted_of_it() -> None:
    item = items.item(Kind.REPORT, Report("fr", content=reports.report(items.PATIENT)))
    patient, binary, report, text = opened(bundle(item, house=reports.HOUSE))
    assert (patient["resourceType"], binary["id"], report["id"]) == ("Patient", item.id, item.id)
    assert base64.b64decode(str(binary["data"])).startswith(b"%PDF-")
    assert text["id"] == text_id(item.id) == str(uuid.UUID(text_id(item.id)))
    pasted = json.loads(canonical.encode(text))["content"][0]["attachment"]
    assert "CIBLE : " in base64.b64decode(pasted["data"]).decode()
    # built twice it is the same: what is frozen is what is proven
    assert bundle(item, house=reports.HOUSE) == bundle(item, house=reports.HOUSE)


def test_a_report_that_was_not_loaded_is_not_sent() -> None:
    item = items.item(Kind.REPORT, Report("fr"))
    for house in (reports.HOUSE, None):
        with pytest.raises(Fault) as caught:
            bundle(item, house=house)
        assert caught.value.reason is Reason.OBJECT_INVALID


def test_what_the_settings_say_of_the_house_is_what_is_sent() -> None:
    source = Source("EHPAD", "Borne 1", "0.1", issuer=items.PATIENT.issuer, issuer_oid="1.2.250.1.999.1")
    record = destination_of(Fhir(url="http://127.0.0.1:1/fhir"), source)
    assert Kind.REPORT in record.kinds
    patient, *_ = opened(b"".join(record.freeze(items.spo2()).pieces()))
    local = json.loads(canonical.encode(patient))["identifier"][0]
    assert local["system"] == "urn:oid:1.2.250.1.999.1"
