"""Recorders' files and photos are read by a worker: what is hostile costs neither memory nor the next file (T7, T8)."""

from __future__ import annotations

import gc
import os

import pytest

from drivers import catalog
from drivers.files import apart
from drivers.models.model import FileModel
from edge.domain.fault import Fault, Reason
from edge.domain.photo import Photo
from edge.domain.waveform import Waveform
from edge.foreign import sandbox
from tests import hostile_files
from tests.hostile_files import HOSTILE
from tests.items import drawn_jpeg
from tests.unit.test_dicom_ecg import MORTARA, read as parsed_here
from tests.unit.test_sandbox import MEBIBYTE, resident


def model(name: str) -> FileModel:
    found = catalog.BY_NAME[name]
    assert isinstance(found, FileModel)
    return found


DICOM, JPEG = model("dicom-ecg"), model("jpeg")
GROWTH = 128 * MEBIBYTE
"""Bytes by which the worker may grow for one refused file; its own limit is 320 MiB."""


def refusal(of: FileModel, data: bytes) -> Fault:
    with pytest.raises(Fault) as caught:
        of.read(data)
    assert caught.value.reason in {Reason.CORRUPT_FILE, Reason.UNDECODABLE}
    return caught.value


def test_what_the_worker_reads_is_what_the_reader_reads() -> None:
    assert DICOM.read(MORTARA) == parsed_here(MORTARA)
    assert apart.sandbox("dicom-ecg").confined


def test_every_format_has_a_worker_that_can_read() -> None:
    for of in catalog.FILES:
        assert "reader" not in refusal(of, b"junk").what
        assert apart.sandbox(of.name).pid is not None


def test_a_photo_keeps_its_bytes() -> None:
    jpeg = drawn_jpeg()
    photo = JPEG.read(jpeg)
    assert isinstance(photo, Photo)
    assert photo == JPEG.parse(jpeg)
    assert photo.jpeg is jpeg


@pytest.mark.parametrize("name", list(HOSTILE))
def test_a_hostile_file_costs_neither_memory_nor_the_next_one(name: str) -> None:
    hostile = HOSTILE[name]()
    assert isinstance(DICOM.read(MORTARA), Waveform)
    gc.collect()
    worker = apart.sandbox("dicom-ecg").pid
    ours, before = resident(os.getpid()), resident(worker, "VmHWM")
    refusal(DICOM, hostile)
    assert apart.sandbox("dicom-ecg").pid == worker
    assert resident(worker, "VmHWM") - before < GROWTH
    assert resident(os.getpid()) - ours < len(hostile) + 16 * MEBIBYTE
    assert isinstance(DICOM.read(MORTARA), Waveform)


@pytest.mark.hazard("T7", without="tests.controls_priors:files_are_read_here")
def test_no_foreign_file_is_read_in_the_process_that_has_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = []
    reading = sandbox.Sandbox.read

    def read(self: sandbox.Sandbox[object], data: bytes) -> object:
        found = reading(self, data)
        worker.append(self.pid)
        return found

    monkeypatch.setattr(sandbox.Sandbox, "read", read)
    assert catalog.recording(MORTARA)[0] == "dicom-ecg"
    assert worker == [apart.sandbox("dicom-ecg").pid]
    assert worker != [os.getpid()]


@pytest.mark.hazard("T8", without="tests.controls_files:pictures_may_be_of_any_size")
def test_a_picture_of_four_gigapixels_is_refused_by_its_header() -> None:
    with pytest.raises(Fault, match="million pixels"):
        JPEG.parse(hostile_files.jpeg_bomb())


@pytest.mark.hazard("T8", without="tests.controls_priors:files_are_read_here")
def test_a_picture_is_decoded_by_a_worker_without_network() -> None:
    apart.sandbox("jpeg").close()
    JPEG.read(drawn_jpeg())
    assert apart.sandbox("jpeg").pid is not None
    assert apart.sandbox("jpeg").confined
    refusal(JPEG, hostile_files.jpeg_bomb())
    assert isinstance(JPEG.read(drawn_jpeg()), Photo)
