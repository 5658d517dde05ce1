"""The conformance statement says what the code does."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import UID

from edge.domain.delivery import Event
from edge.domain.ins import Authority
from edge.domain.item import InMemory, Item, Paper, Report, Withdrawal
from edge.domain.measurement import DOCUMENTS, IMAGING, Kind
from edge.domain.photo import View
from edge.domain.ports import Outcome
from edge.domain.report import REPORTED_HERE
from edge.domain.waveform import Waveform
from sync.dicom.building.objects import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION, SYNTAXES, build
from sync.dicom.building.schemes import FINESS, HOUSE, PROCEDURE, RPPS
from sync.dicom.fetching.prior_get import GET_CONTEXT
from sync.dicom.fetching.prior_reading import SYNTAXES as KEPT
from sync.dicom.fetching.worklist import WORKLIST_CONTEXT
from sync.dicom.proving import commitment
from sync.dicom.proving.commitment import COMMITMENT_CONTEXT
from sync.dicom.proving.proof import ECHO_CONTEXT, FIND_CONTEXT
from tests import items, reports
from tests.integration.test_dicom_readers import EXAMPLES
from tests.servers import SOURCE, dciodvfy
from tests.unit.test_dicom_modules import EXAMPLES as WHOLE

STATEMENT = (Path(__file__).parents[2] / "docs/dicom-conformance.md").read_text()


def table(heading: str) -> list[list[str]]:
    """The rows of the first table below ``heading``."""
    lines = STATEMENT.split(f"\n## {heading}\n")[1].split("\n## ")[0].splitlines()
    rows = [line for line in lines if line.startswith("|")][2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


SERVICES, OBJECTS = table("Services"), table("Objects (Storage, SCU)")
SCHEMES = table("Coding schemes")


def made() -> list[Dataset]:
    contents = [content for _, content in EXAMPLES.values()]
    contents += [build(items.photo(view=view), SOURCE) for view in View]
    ecg = items.ecg()
    contents.append(build(items.strip(), SOURCE))
    contents.append(build(ecg, SOURCE))
    return [pydicom.dcmread(io.BytesIO(content)) for content in contents]


def test_every_service_that_is_asked_is_said_and_no_other() -> None:
    assert {(uid, syntaxes) for _, uid, _, syntaxes in SERVICES} == {
        ECHO_CONTEXT,
        FIND_CONTEXT,
        GET_CONTEXT,
        COMMITMENT_CONTEXT,
        WORKLIST_CONTEXT,
    }
    assert {role for _, _, role, _ in SERVICES} == {"SCU"}


def test_the_failure_reasons_of_commitment_are_those_that_are_said() -> None:
    said = {int(row[0], 16): row[1] for row in table("Storage commitment") if row[0] != "another"}
    for reason, becomes in said.items():
        found = Outcome("item", Event.PROVEN)
        settled = commitment._settled("item", reason, found)
        word = "as C-FIND says" if settled is found else settled.event.value
        assert word == becomes.split(":")[0]
    assert set(said) == {0x0110, 0x0112, 0x0119, 0x0122, 0x0131, 0x0213}


def test_every_transfer_syntax_that_is_kept_is_said_and_no_other() -> None:
    assert {row[0] for row in table("Fetching earlier objects")} == KEPT


def test_every_class_that_is_built_is_said_with_its_transfer_syntaxes() -> None:
    said = {row[1]: set(row[3].split(", ")) for row in OBJECTS}
    assert said == {uid: {str(one) for one in syntaxes} for uid, syntaxes in SYNTAXES.items()}


@pytest.mark.parametrize("row", [*SERVICES, *OBJECTS], ids=lambda row: row[0])
def test_a_class_has_its_name(row: list[str]) -> None:
    known = UID(row[1])
    assert row[0] in {known.name, known.name.removesuffix(" SOP Class")}


def test_the_modality_is_that_of_the_objects() -> None:
    said = {row[1]: row[2] for row in OBJECTS}
    found = {str(dataset.SOPClassUID): dataset.Modality for dataset in made()}
    assert found.items() <= said.items()
    assert set(said) - set(found) <= {"1.2.840.10008.5.1.4.1.1.9.1.2"}


def report() -> Item:
    content = reports.report()
    return items.item(Kind.REPORT, Report("fr", "", content), REPORTED_HERE, content.patient)


def test_a_report_is_a_pdf_in_the_study_of_its_round_and_the_validator_finds_nothing() -> None:
    made = report()
    content = build(made, SOURCE)
    dataset = pydicom.dcmread(io.BytesIO(content))
    assert (dataset.StudyInstanceUID, dataset.SOPInstanceUID) == (made.encounter.study_uid, made.sop_uid)
    assert dataset.ConceptNameCodeSequence[0].CodeValue == "85208-7"
    assert dataset.EncapsulatedDocument.startswith(b"%PDF-")
    assert dciodvfy(content) == []


def test_what_is_said_to_be_sent_is_what_the_kinds_of_imaging_become() -> None:
    ecg = items.ecg()
    assert isinstance(ecg.payload, Waveform)
    paper = items.item(Kind.ECG_PAPER, Paper(ecg.payload, ecg.sop_uid), items.RECORDER)
    note = items.item(Kind.WITHDRAWAL, Withdrawal("pacs", ("00",), "Annulé au chevet", (InMemory(build(ecg, SOURCE)),)))
    sent = [ecg, items.strip(), *(items.photo(view=view) for view in View), items.sound(), paper, note, report()]
    assert {item.kind for item in sent} == IMAGING | DOCUMENTS | {Kind.WITHDRAWAL}
    classes = {str(pydicom.dcmread(io.BytesIO(build(item, SOURCE))).SOPClassUID) for item in sent}
    assert classes | {"1.2.840.10008.5.1.4.1.1.9.1.2"} == {row[1] for row in OBJECTS if row[5] == "yes"}


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_the_validator_knows_what_it_is_said_to_know_and_finds_no_error(name: str) -> None:
    _, content = EXAMPLES[name]
    sop_class = str(pydicom.dcmread(io.BytesIO(content)).SOPClassUID)
    (knows,) = [row[6] for row in OBJECTS if row[1] == sop_class]
    if knows == "knows it":
        assert dciodvfy(content) == []
    else:
        with pytest.raises(AssertionError, match="Information Object Not found"):
            dciodvfy(content)


def test_the_implementation_is_named_as_it_names_itself() -> None:
    assert f"`{IMPLEMENTATION_CLASS_UID}`" in STATEMENT
    assert f"`{IMPLEMENTATION_VERSION}`" in STATEMENT
    for dataset in made():
        assert dataset.file_meta.ImplementationClassUID == IMPLEMENTATION_CLASS_UID
        assert dataset.file_meta.ImplementationVersionName == IMPLEMENTATION_VERSION


def test_every_coding_scheme_of_nobody_s_list_is_said() -> None:
    assert [(row[0], row[1]) for row in SCHEMES] == [(one.designator, one.uid) for one in (FINESS, RPPS, HOUSE)]
    assert SCHEMES[-1][2] == f'{PROCEDURE[0]}, "{PROCEDURE[1]}"'
    for dataset in made():
        used = {str(item.CodingSchemeDesignator) for item in dataset.CodingSchemeIdentificationSequence}
        assert used <= {row[0] for row in SCHEMES}


def test_what_makes_the_classes_extended_ones_is_said() -> None:
    sentence = STATEMENT.split("make\nit one of a Standard Extended SOP Class")[0].rpartition("\n\n")[2]
    said = set(re.findall(r"`(\w+)`", sentence))
    assert said == {
        *("PatientBirthName", "InstitutionCodeSequence", "ConfidentialityConstraintOnPatientDataDescription"),
    }
    whole = [pydicom.dcmread(io.BytesIO(content)) for content in WHOLE.values()]
    assert all(any(keyword in dataset for dataset in whole) for keyword in said)


def test_the_oids_of_the_ins_are_those_that_are_said() -> None:
    stem, _, _ = Authority.NIR.rpartition(".")
    said = {f"{stem}.{last}" for last in re.findall(r"\((?:1\.2\.250\.1\.213\.1\.4)?\.(\d+)\)", STATEMENT)}
    assert said == set(Authority)
