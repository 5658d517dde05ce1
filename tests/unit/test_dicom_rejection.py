"""The note that withdraws a study from a wrong resident."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
from collections.abc import Callable, Sequence

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from edge.domain.fault import Fault, Reason
from edge.domain.item import Item
from edge.domain.measurement import Instant
from sync.dicom.building.checks import check
from sync.dicom.building.document import Reference
from sync.dicom.building.objects import build_rejection
from sync.dicom.building.rejection import Note, Rejected
from tests import items
from tests.servers import SOURCE, dciodvfy

PHOTO, ECG, PDF = (f"1.2.840.10008.5.1.4.1.1.{tail}" for tail in ("77.1.7", "9.1.1", "104.1"))
MADE = Instant(items.OPENED + dt.timedelta(hours=2), "boot", 2, clock_trusted=True)
OBJECTS = (
    Rejected("2.25.20", Reference(PHOTO, "2.25.21")),
    Rejected("2.25.30", Reference(ECG, "2.25.31")),
    Rejected("2.25.30", Reference(PDF, "2.25.32")),
)


def note(rejected: Sequence[Rejected] = OBJECTS) -> Note:
    return Note(rejected, "Enregistré pour un autre résident", MADE, "2.25.5", "2.25.6")


def read(item: Item | None = None) -> Dataset:
    return pydicom.dcmread(io.BytesIO(build_rejection(item or items.photo(), note(), SOURCE)))


def test_a_validator_finds_no_error() -> None:
    assert dciodvfy(build_rejection(items.photo(), note(), SOURCE)) == []


def test_its_title_is_that_of_patient_safety() -> None:
    (title,) = read().ConceptNameCodeSequence
    assert (title.CodeValue, title.CodingSchemeDesignator) == ("113037", "DCM")
    assert title.CodeMeaning == codes.cid7010.RejectedForPatientSafetyReasons.meaning


def test_it_stands_in_the_study_and_under_the_patient_that_it_corrects() -> None:
    item = items.photo()
    dataset = read(item)
    assert dataset.SOPClassUID == "1.2.840.10008.5.1.4.1.1.88.59"
    assert (dataset.StudyInstanceUID, dataset.PatientID) == (item.encounter.study_uid, item.patient.id)
    assert (dataset.SOPInstanceUID, dataset.SeriesInstanceUID, dataset.Modality) == ("2.25.5", "2.25.6", "KO")
    # the round began in winter time
    assert (dataset.ContentDate, dataset.ContentTime[:6]) == ("20260329", "023000")


def test_every_object_is_listed_twice_in_content_and_in_evidence() -> None:
    dataset = read()
    (study,) = dataset.CurrentRequestedProcedureEvidenceSequence
    evidence = {
        (series.SeriesInstanceUID, one.ReferencedSOPClassUID, one.ReferencedSOPInstanceUID)
        for series in study.ReferencedSeriesSequence
        for one in series.ReferencedSOPSequence
    }
    assert evidence == {(one.series_uid, one.object.sop_class, one.object.sop_uid) for one in OBJECTS}
    assert len(study.ReferencedSeriesSequence) == 2
    why, *content = dataset.ContentSequence
    assert why.TextValue == "Enregistré pour un autre résident"
    assert [(one.ValueType, one.ReferencedSOPSequence[0].ReferencedSOPInstanceUID) for one in content] == [
        ("IMAGE", "2.25.21"),
        ("WAVEFORM", "2.25.31"),
        ("COMPOSITE", "2.25.32"),
    ]


def test_the_same_note_gives_the_same_bytes() -> None:
    item = items.photo()
    assert build_rejection(item, note(), SOURCE) == build_rejection(item, note(), SOURCE)


@pytest.mark.parametrize(
    "rejected", [(), (OBJECTS[0], OBJECTS[0]), (Rejected("2.25.1", Reference("1.2.840.10008.5.1.4.1.1.2", "2.25.2")),)]
)
def test_a_note_of_nothing_or_of_what_is_not_ours_is_a_mistake_of_the_software(rejected: Sequence[Rejected]) -> None:
    with pytest.raises(ValueError, match=r"rejects|sends no"):
        build_rejection(items.photo(), note(rejected), SOURCE)


def test_a_reason_that_would_break_a_line_does_not() -> None:
    said = dataclasses.replace(note(), why="un\ndeux\\trois")
    dataset = pydicom.dcmread(io.BytesIO(build_rejection(items.photo(), said, SOURCE)))
    assert "\n" not in dataset.ContentSequence[0].TextValue
    assert "\\" not in dataset.ContentSequence[0].TextValue


def refused(change: Callable[[Dataset], None]) -> str:
    dataset = read()
    check(dataset)
    change(dataset)
    with pytest.raises(Fault) as caught:
        check(dataset)
    assert caught.value.reason is Reason.OBJECT_INVALID
    return caught.value.what


@pytest.mark.parametrize(
    "keyword",
    [
        *("ContentDate", "CurrentRequestedProcedureEvidenceSequence", "ValueType", "ConceptNameCodeSequence"),
        *(
            "ContinuityOfContent",
            "ContentTemplateSequence",
            "ContentSequence",
            "ReferencedPerformedProcedureStepSequence",
        ),
    ],
)
def test_the_own_checks_miss_nothing_that_must_be_there(keyword: str) -> None:
    assert keyword in refused(lambda dataset: dataset.__delitem__(keyword))


def test_the_own_checks_know_what_a_note_is() -> None:
    assert "Modality" in refused(lambda dataset: setattr(dataset, "Modality", "SR"))
    assert "CodeValue" in refused(lambda dataset: setattr(dataset.ConceptNameCodeSequence[0], "CodeValue", "113000"))
    assert "another study" in refused(lambda dataset: setattr(dataset, "StudyInstanceUID", "2.25.99"))
    assert "other objects" in refused(lambda dataset: dataset.ContentSequence.pop())
    assert "another kind" in refused(lambda dataset: setattr(dataset.ContentSequence[1], "ValueType", "WAVEFORM"))
    assert "ReferencedSOPClassUID" in refused(
        lambda dataset: dataset.ContentSequence[1].ReferencedSOPSequence[0].__delitem__("ReferencedSOPClassUID")
    )
