"""Millimetre paper, measured on the page that a PDF reader of others draws; and the document that carries it."""

from __future__ import annotations

import array
import dataclasses
import io
import subprocess
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pydicom
import pytest
from pydicom.dataset import Dataset

from edge.domain.ecg_paper import papers
from edge.domain.fault import Fault, Reason
from edge.domain.item import Item
from edge.domain.waveform import Scale, Waveform
from sync.dicom.building import ecg_pdf
from sync.dicom.building.checks import check
from sync.dicom.building.document import Document
from sync.dicom.building.objects import build_document, build_ecg_page
from tests import items, needs
from tests.servers import SOURCE, dciodvfy

TWELVE = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
EIGHT = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")
PX = 10
"""Pixels a millimetre, at 254 a inch."""

Pixels = npt.NDArray[np.uint8]


def steps(leads: tuple[str, ...] = TWELVE, hertz: int = 500, seconds: float = 10, scale: Scale | None = None) -> Item:
    """Every lead stands at 0, and at 1.5 mV in the second half of every second: 600 steps of 2.5 µV."""
    one = [600 if at % hertz >= hertz // 2 else 0 for at in range(int(hertz * seconds))]
    samples = array.array("h", [value for value in one for _ in leads]).tobytes()
    scales = (scale or Scale(Decimal("2.5")),) * len(leads)
    return items.ecg(Waveform(leads, Decimal(hertz), scales, samples))


def drawn(item: Item, gain: float = 10) -> bytes:
    assert isinstance(item.payload, Waveform)
    return ecg_pdf.draw(item, item.payload, SOURCE, gain)


def rendered(pdf: bytes, folder: Path) -> list[Pixels]:
    """Red, green and blue of every page, by poppler."""
    (folder / "page.pdf").write_bytes(pdf)
    subprocess.run(
        [needs.program("pdftoppm", "poppler-utils"), "-r", str(PX * 25.4), "page.pdf", "page"],
        cwd=folder,
        check=True,
        timeout=60,
    )
    pages = [cv2.imread(str(file), cv2.IMREAD_COLOR_RGB) for file in sorted(folder.glob("page-*.ppm"))]
    return [page for page in pages if page is not None]


def words(pdf: bytes) -> str:
    done = subprocess.run(
        [needs.program("pdftotext", "poppler-utils"), "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    )
    return done.stdout.decode()


def middles(line: npt.NDArray[np.bool_]) -> list[float]:
    """The middle of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], line.astype(np.int8), [0]))))
    return [(a + b - 1) / 2 for a, b in zip(edges[::2], edges[1::2], strict=True)]


def ink(page: Pixels) -> npt.NDArray[np.bool_]:
    """What is black: the grid is red."""
    return page.max(axis=2) < 110


def test_a_page_is_a4_across(tmp_path: Path) -> None:
    (page,) = rendered(drawn(items.ecg()), tmp_path)
    # poppler rounds up to whole pixels
    assert page.shape == pytest.approx((210 * PX, 297 * PX, 3), abs=1)


def test_the_grid_has_a_line_every_millimetre_and_a_stronger_one_every_five(tmp_path: Path) -> None:
    (page,) = rendered(drawn(items.ecg()), tmp_path)
    # a strip of paper above the traces, between two lines of the grid
    across = page[415:418, 160:2811].mean(axis=0)[:, 1] < 254
    found = np.array(middles(across))
    assert len(found) == 266
    assert np.abs(np.diff(found) - PX).max() <= 1
    assert abs(found[-1] - found[0] - 2650) <= 1
    strong = np.array(middles(page[415:418, 160:2811].mean(axis=0)[:, 1] < 190))
    assert len(strong) == 54
    assert np.abs(np.diff(strong) - 5 * PX).max() <= 1


@pytest.mark.hazard("H15", without="tests.controls_objects:every_millivolt_is_half_as_high")
@pytest.mark.parametrize("gain", [5, 10, 20])
def test_the_pulse_is_a_millivolt_high_and_five_millimetres_wide(gain: int, tmp_path: Path) -> None:
    pdf = drawn(items.ecg(), gain)
    assert f"{gain} mm/mV" in words(pdf)
    (page,) = rendered(pdf, tmp_path)
    for row in range(4):
        baseline = (65 + 35 * row) * PX
        pulse = ink(page)[baseline - 220 : baseline + 50, 180:290]
        sides = middles(pulse[185:195].all(axis=0))
        assert len(sides) == 2
        assert abs(sides[1] - sides[0] - 5 * PX) <= 1
        levels = middles(pulse[:, 50:70].all(axis=1))
        assert len(levels) == 1
        assert abs(220 - levels[0] - gain * PX) <= 1


@pytest.mark.hazard("H15", without="tests.controls_objects:every_millivolt_is_half_as_high")
@pytest.mark.parametrize(
    ("scale", "gain", "millimetres"),
    [
        (Scale(Decimal("2.5")), 10, (0, 15)),
        (Scale(Decimal("1.25")), 10, (0, 7.5)),
        (Scale(Decimal("2.5"), Decimal(-500)), 10, (-5, 10)),
        (Scale(Decimal("2.5")), 5, (0, 7.5)),
        (Scale(Decimal("1.25")), 20, (0, 15)),
    ],
)
def test_a_trace_is_as_high_and_as_long_as_the_recording_says(
    scale: Scale, gain: float, millimetres: tuple[float, float], tmp_path: Path
) -> None:
    (page,) = rendered(drawn(steps(scale=scale), gain), tmp_path)
    # the row of lead II below: ten seconds from 31 mm on
    baseline = (65 + 35 * 3) * PX
    row = ink(page)[baseline - 180 : baseline + 80, 310:2811]
    low = middles(row[:, 20:100].all(axis=1))
    high = middles(row[:, 145:230].all(axis=1))
    assert [180 - level for level in (*low, *high)] == pytest.approx([PX * each for each in millimetres], abs=1)
    # a rise or a fall every half second, so every 12.5 mm
    middle = round(180 - PX * sum(millimetres) / 2)
    edges = np.array(middles(row[middle - 15 : middle + 15].all(axis=0)))
    assert len(edges) == 19
    assert np.abs(np.diff(edges) - 12.5 * PX).max() <= 1.5


def test_every_sample_has_its_point_and_no_other_has() -> None:
    waveform = items.mortara()
    (paper,) = papers(waveform)
    rhythm = paper.places[-1]
    assert rhythm.lead == "II"
    assert len(rhythm.points) == waveform.count
    recorded = waveform.lead("II")
    for at in (0, 1, 777, 9999):
        across, down = rhythm.points[at]
        assert across == pytest.approx(31 + at / 1000 * 25)
        assert down == pytest.approx(170 - recorded[at] * 1.25 / 1000 * 10)
    places = {place.lead: place for place in paper.places[:-1]}
    assert tuple(sorted(places)) == tuple(sorted(TWELVE))
    # V6 is in the fourth column: the seconds from 7.5 on
    across, down = places["V6"].points[0]
    assert across == pytest.approx(31 + 7.5 * 25)
    assert down == pytest.approx(135 - waveform.lead("V6")[7500] * 1.25 / 1000 * 10)


@pytest.mark.parametrize(("seconds", "pages"), [(0.5, 1), (10, 1), (10.002, 2), (32.768, 4)])
def test_a_longer_recording_takes_more_pages_and_a_shorter_one_ends(seconds: float, pages: int) -> None:
    item = steps(seconds=seconds)
    assert isinstance(item.payload, Waveform)
    made = papers(item.payload)
    assert len(made) == pages
    assert made[-1].until == float(item.payload.seconds)
    # a page's last sample may be the next one's first, and none is left out
    drawn_ones = sum(len(paper.places[-1].points) for paper in made)
    assert item.payload.count <= drawn_ones <= item.payload.count + pages - 1


@pytest.mark.hazard("H16", without="tests.controls_objects:a_lead_stands_for_a_missing_one")
def test_a_lead_that_was_not_recorded_has_an_empty_place_and_is_named() -> None:
    item = steps(EIGHT)
    assert isinstance(item.payload, Waveform)
    (paper,) = papers(item.payload)
    assert {place.lead for place in paper.places if not place.points} == {"III", "aVR", "aVL", "aVF"}
    said = words(drawn(item))
    for lead in ("III", "aVR", "aVL", "aVF"):
        assert f"{lead} : non enregistrée" in said
    assert "II : non" not in said.replace("III : non", "")


def test_a_lead_without_a_scale_is_not_drawn_and_no_pulse_stands_beside_it() -> None:
    waveform = Waveform(TWELVE, Decimal(500), (None,) * 12, bytes(2 * 12 * 5000))
    (paper,) = papers(waveform)
    assert not any(place.points for place in paper.places)
    assert paper.pulses == ()
    assert "sans échelle" in words(ecg_pdf.draw(items.ecg(waveform), waveform, SOURCE))


def test_a_trace_that_leaves_the_paper_is_drawn_and_said() -> None:
    item = steps(scale=Scale(Decimal(100)))
    assert "le tracé sort du papier : I" in words(drawn(item))
    assert "sort du papier" not in words(drawn(items.ecg()))


def test_the_page_says_whose_and_when_and_how() -> None:
    item = items.ecg()
    said = words(drawn(item))
    for what in (
        *("DŒUVRE MARIE-ÈVE ANNE", "L'HÉRITIER", "03/02/1931", "IPP-0042", "EHPAD Les Tilleuls", "Mortara EL250"),
        *("29/03/2026 00:33:00 UTC+0100", "25 mm/s", "10 mm/mV", "1000 Hz", "aucune interprétation", "TC0000000001"),
    ):
        assert what in said
    assert "vérifier" not in said
    assert "ERREUR" not in said
    doubtful = dataclasses.replace(item, taken=dataclasses.replace(item.taken, clock_trusted=False))
    assert "heure à vérifier" in words(drawn(doubtful))
    assert "NE PAS UTILISER" in words(drawn(dataclasses.replace(item, entered_in_error=True)))


def test_the_same_item_gives_the_same_page() -> None:
    item = items.ecg()
    assert drawn(item) == drawn(item)


@pytest.mark.parametrize(
    ("value", "written"),
    [("ŒUVRÉ-Æ'ß", "ŒUVRÉ-Æ'ß"), ("Nguyễn", "Nguyen"), ("Dvořák", "Dvorák"), ("Ван\n\x1b", "??? ?")],
)
def test_letters_that_a_reader_lacks_lose_their_accent(value: str, written: str) -> None:
    assert ecg_pdf.written(value) == written


# --- the object


def page_object(item: Item | None = None) -> bytes:
    return build_ecg_page(item or items.ecg(), SOURCE, "2.25.1", "2.25.2")


def read(file: bytes) -> Dataset:
    return pydicom.dcmread(io.BytesIO(file))


def test_a_validator_finds_no_error() -> None:
    assert dciodvfy(page_object()) == []


def test_the_page_stands_in_the_study_of_its_ecg_under_names_of_its_own() -> None:
    item = items.ecg()
    dataset = read(page_object(item))
    assert dataset.StudyInstanceUID == item.encounter.study_uid
    assert (dataset.SOPInstanceUID, dataset.SeriesInstanceUID) == ("2.25.1", "2.25.2")
    assert dataset.file_meta.MediaStorageSOPInstanceUID == "2.25.1"
    (source,) = dataset.SourceInstanceSequence
    assert source.ReferencedSOPInstanceUID == item.sop_uid
    assert source.ReferencedSOPClassUID == "1.2.840.10008.5.1.4.1.1.9.1.1"
    assert (dataset.Modality, dataset.BurnedInAnnotation, dataset.PatientID) == ("DOC", "YES", item.patient.id)
    assert dataset.ConceptNameCodeSequence[0].CodeValue == "11524-6"
    assert dataset.EncapsulatedDocument[: dataset.EncapsulatedDocumentLength] == drawn(item)


@pytest.mark.parametrize("item", [items.strip(), items.photo(), items.blood_pressure()])
def test_only_a_12_lead_ecg_has_such_a_page(item: Item) -> None:
    with pytest.raises(Fault, match="only a 12-lead") as caught:
        page_object(item)
    assert caught.value.reason is Reason.OBJECT_INVALID


@pytest.mark.parametrize("length", [100, 101])
def test_a_document_s_length_is_told_without_the_padding(length: int) -> None:
    content = b"%PDF-1.7".ljust(length)
    document = Document(content, "Compte rendu", "11488-4", "Consultation note", "2.25.3", "2.25.4")
    dataset = read(build_document(items.photo(), document, SOURCE))
    assert (dataset.EncapsulatedDocumentLength, len(dataset.EncapsulatedDocument)) == (length, length + length % 2)
    assert "SourceInstanceSequence" not in dataset
    assert dciodvfy(build_document(items.photo(), document, SOURCE)) == []


def refused(change: Callable[[Dataset], None]) -> str:
    dataset = read(page_object())
    check(dataset)
    change(dataset)
    with pytest.raises(Fault) as caught:
        check(dataset)
    assert caught.value.reason is Reason.OBJECT_INVALID
    return caught.value.what


@pytest.mark.parametrize(
    "keyword",
    [
        *("ConversionType", "BurnedInAnnotation", "DocumentTitle", "ConceptNameCodeSequence", "EncapsulatedDocument"),
        *("MIMETypeOfEncapsulatedDocument", "EncapsulatedDocumentLength", "ContentDate", "AcquisitionDateTime"),
    ],
)
def test_the_own_checks_miss_nothing_that_must_be_there(keyword: str) -> None:
    assert keyword in refused(lambda dataset: dataset.__delitem__(keyword))


def test_the_own_checks_know_what_a_document_is() -> None:
    assert "Modality" in refused(lambda dataset: setattr(dataset, "Modality", "ECG"))
    assert "MIME" in refused(lambda dataset: setattr(dataset, "MIMETypeOfEncapsulatedDocument", "text/plain"))
    assert "ConversionType" in refused(lambda dataset: setattr(dataset, "ConversionType", "PDF"))
    assert "long" in refused(lambda dataset: setattr(dataset, "EncapsulatedDocumentLength", 12))
    assert "no PDF" in refused(
        lambda dataset: setattr(dataset, "EncapsulatedDocument", b"x" * len(dataset.EncapsulatedDocument))
    )
    assert "ReferencedSOPInstanceUID" in refused(
        lambda dataset: dataset.SourceInstanceSequence[0].__delitem__("ReferencedSOPInstanceUID")
    )
