"""Objects with all that is optional, opened by pydicom, dcmtk and Orthanc: what stands in them is what comes out."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from tests import needs
from tests.servers import OrthancFarEnd, running
from tests.unit.test_dicom_modules import EXAMPLES, read

PICTURES = ("photo", "ordered photo", "dermoscopy", "otoscopy", "turned photo")
SIGNALS = ("12-lead", "general ECG", "strip", "sound")


@pytest.fixture
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "object.dcm"
    path.write_bytes(EXAMPLES[request.param])
    return path


def run(program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [needs.program(program, "dcmtk"), *arguments], capture_output=True, text=True, check=True, timeout=60
    )


@pytest.mark.parametrize("file", list(EXAMPLES), indirect=True, ids=list(EXAMPLES))
def test_dcmtk_dumps_it_without_a_complaint(file: Path) -> None:
    done = run("dcmdump", "-v", "--print-all", file)
    assert not [line for line in done.stderr.splitlines() if line.startswith(("W:", "E:"))]
    assert pydicom.dcmread(file).StudyDescription in done.stdout
    assert "99FINESS" in done.stdout


@pytest.mark.parametrize("file", PICTURES, indirect=True, ids=PICTURES)
def test_dcmtk_draws_the_pixels_that_pydicom_reads(file: Path) -> None:
    drawn = file.with_suffix(".ppm")
    run("dcmj2pnm", "--write-raw-pnm", file, drawn)
    content = drawn.read_bytes()
    kind, width, height, deepest, pixels = content.split(maxsplit=4)
    dataset = pydicom.dcmread(file)
    assert (kind, int(width), int(height), int(deepest)) == (b"P6", dataset.Columns, dataset.Rows, 255)
    # two decoders of one JPEG differ by a rounding, and by how each draws its chroma larger
    ours = dataset.pixel_array.astype(int)
    theirs = np.frombuffer(pixels, np.uint8).reshape(ours.shape).astype(int)
    assert np.abs(ours - theirs).mean() < 2.0


@pytest.mark.parametrize("file", ["ECG page"], indirect=True)
def test_dcmtk_takes_the_pdf_out(file: Path) -> None:
    taken = file.with_suffix(".pdf")
    run("dcm2pdf", file, taken)
    dataset = pydicom.dcmread(file)
    assert taken.read_bytes() == dataset.EncapsulatedDocument[: dataset.EncapsulatedDocumentLength]


@pytest.mark.parametrize("name", SIGNALS)
def test_pydicom_gives_the_signals_back(name: str) -> None:
    dataset = read(name)
    (group,) = dataset.WaveformSequence
    assert dataset.waveform_array(0).shape == (group.NumberOfWaveformSamples, group.NumberOfWaveformChannels)


async def test_orthanc_shows_what_stands_in_it(tmp_path: Path) -> None:
    async with running(OrthancFarEnd(tmp_path / "far")) as orthanc:
        for name, content in EXAMPLES.items():
            dataset = read(name)
            stored = json.loads(orthanc._rest("/instances", content))
            tags = json.loads(orthanc._rest(f"/instances/{stored['ID']}/simplified-tags"))
            _the_same(tags, dataset)
            if name in PICTURES:
                preview = orthanc._rest(f"/instances/{stored['ID']}/preview")
                assert preview.startswith(b"\x89PNG")
                assert int.from_bytes(preview[16:20], "big") == dataset.Columns
                assert int.from_bytes(preview[20:24], "big") == dataset.Rows
            if name == "ECG page":
                length = dataset.EncapsulatedDocumentLength
                pdf = orthanc._rest(f"/instances/{stored['ID']}/pdf")
                assert pdf[:length] == dataset.EncapsulatedDocument[:length]
            assert pydicom.dcmread(io.BytesIO(orthanc._rest(f"/instances/{stored['ID']}/file"))) == dataset


def _the_same(tags: dict[str, object], dataset: Dataset) -> None:
    for keyword in (
        *("PatientName", "PatientBirthName", "PatientID", "IssuerOfPatientID", "PatientBirthDate", "AccessionNumber"),
        *("StudyDescription", "SeriesDescription", "InstitutionName", "OperatorsName", "TimezoneOffsetFromUTC"),
    ):
        assert tags[keyword] == str(dataset.get(keyword, "")), keyword
    [other] = tags["OtherPatientIDsSequence"]  # type: ignore[misc]
    assert other["PatientID"] == dataset.OtherPatientIDsSequence[0].PatientID
