"""What a foreign object says is read in a worker, and no hostile one costs more than itself (T7, T8)."""

from __future__ import annotations

import gc
import io
import os
import struct
import zlib

import pydicom
import pydicom.encaps
import pytest
from pydicom.dataset import Dataset

from edge.domain.body_site import BodySite, Side
from edge.domain.fault import Fault, Reason
from edge.domain.prior import PriorKind
from sync.dicom.fetching import prior_reading
from sync.dicom.fetching.prior_object import read
from tests import foreign_objects as foreign
from tests.hostile_files import DEFLATED, HOSTILE, JPEG, element, file_of, jpeg_bomb
from tests.items import drawn_jpeg
from tests.unit.test_dicom_ecg import MORTARA, read as recorded
from tests.unit.test_sandbox import MEBIBYTE, resident

GROWTH = 200 * MEBIBYTE
"""Bytes by which the worker may grow for one refused object: a deflated one may become 64 MiB, and is looked at whole."""


def test_a_photo_says_whose_it_is_and_what_it_shows() -> None:
    jpeg = drawn_jpeg()
    seen = read(foreign.photo(jpeg))
    assert (seen.patient_id, seen.issuer, seen.birth_date) == ("IPP1", "EHPAD", "19380312")
    assert (seen.kind, seen.modality, seen.title) == (PriorKind.PHOTO, "XC", "Escarre")
    assert (seen.site, seen.side, seen.region) == (BodySite.HEEL, Side.LEFT, "")
    assert seen.taken == "2026-09-01T10:15:00"
    assert seen.picture is not None
    assert seen.picture.rstrip(b"\0") == jpeg


def test_an_ecg_is_the_one_that_was_recorded() -> None:
    seen = read(foreign.ecg())
    assert seen.kind is PriorKind.ECG
    assert seen.ecg == recorded(MORTARA)
    assert seen.picture is None


def unscaled(dataset: Dataset) -> None:
    del dataset.WaveformSequence[0].ChannelDefinitionSequence[3].ChannelSensitivity


def twice(dataset: Dataset) -> None:
    for channel in dataset.WaveformSequence[0].ChannelDefinitionSequence[:2]:
        channel.ChannelSourceSequence[0].CodeMeaning = "Lead II"


@pytest.mark.hazard("H15", without="tests.controls_priors:a_scale_is_guessed")
def test_an_earlier_ecg_without_a_scale_is_listed_and_not_drawn() -> None:
    seen = read(foreign.ecg(unscaled))
    assert seen.kind is PriorKind.ECG
    assert seen.ecg is None


@pytest.mark.hazard("H16", without="tests.controls_priors:leads_may_be_called_anything")
def test_an_earlier_ecg_with_one_lead_twice_is_listed_and_not_drawn() -> None:
    seen = read(foreign.ecg(twice))
    assert seen.kind is PriorKind.ECG
    assert seen.ecg is None


def words(dataset: Dataset) -> None:
    region = dataset.AnatomicRegionSequence[0]
    region.CodeValue, region.CodeMeaning = "12345", "Talon\x07"
    dataset.ImageLaterality = "B"


def test_a_part_that_is_not_known_is_told_in_its_own_clean_words() -> None:
    seen = read(foreign.photo(change=words))
    assert (seen.site, seen.side) == (None, None)
    assert seen.region == "Talon\N{REPLACEMENT CHARACTER}"


def several(dataset: Dataset) -> None:
    dataset.NumberOfFrames = 2


def lying(dataset: Dataset) -> None:
    dataset.Rows, dataset.Columns = 320, 240


@pytest.mark.parametrize("change", [several, lying])
def test_a_picture_that_is_not_what_it_says_is_not_shown(change: foreign.Change) -> None:
    assert read(foreign.photo(change=change)).picture is None


@pytest.mark.hazard("T8", without="tests.controls_priors:pictures_of_priors_may_be_of_any_size")
def test_a_picture_of_four_gigapixels_is_not_handed_out() -> None:
    bomb = jpeg_bomb()
    # Huffman tables, without which it would be no picture at all (T.81 B.2.4.2)
    tables = b"\xff\xc4" + struct.pack(">H", 19 + 1) + b"\x00" + bytes((1,)) + bytes(15) + b"\x00"

    def change(dataset: Dataset) -> None:
        dataset.Rows = dataset.Columns = 65535
        dataset.PixelData = pydicom.encaps.encapsulate([bomb[:2] + tables + bomb[2:]])

    assert read(foreign.photo(change=change)).picture is None


@pytest.mark.parametrize("name", ["SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"])
def test_an_object_without_a_name_that_may_stand_in_a_path_is_refused(name: str) -> None:
    content = foreign.photo()
    uid = str(pydicom.dcmread(io.BytesIO(content))[name].value).encode()
    evil = b"../../etc/passwd"[: len(uid)].ljust(len(uid), b"x")
    with pytest.raises(Fault, match="name of its own"):
        read(content.replace(uid, evil))


def test_a_deflated_object_is_read_within_its_bound() -> None:
    content = foreign.ecg()
    meta = pydicom.dcmread(io.BytesIO(content), specific_tags=[]).file_meta
    body = content[144 + meta.FileMetaInformationGroupLength :]
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    assert read(file_of(DEFLATED, packer.compress(body) + packer.flush())).ecg == recorded(MORTARA)


@pytest.mark.parametrize("name", list(HOSTILE))
async def test_a_hostile_object_costs_neither_memory_nor_the_next_one(name: str) -> None:
    hostile = HOSTILE[name]()
    assert (await prior_reading.looked_at(foreign.photo())).patient_id == "IPP1"
    gc.collect()
    worker = prior_reading.sandbox().pid
    ours, before = resident(os.getpid()), resident(worker, "VmHWM")
    with pytest.raises(Fault) as caught:
        await prior_reading.looked_at(hostile)
    assert caught.value.reason in {Reason.CORRUPT_FILE, Reason.UNDECODABLE}
    assert prior_reading.sandbox().pid == worker
    assert resident(worker, "VmHWM") - before < GROWTH
    assert resident(os.getpid()) - ours < len(hostile) + 16 * MEBIBYTE
    assert (await prior_reading.looked_at(foreign.photo())).patient_id == "IPP1"


def test_fragments_that_never_end_are_refused() -> None:
    pixels = element(0x7FE0, 0x0010, b"OB", struct.pack("<HHI", 0xFFFE, 0xE000, 0) * 60_000, 0xFFFFFFFF)
    for body in (pixels, element(0x7FE0, 0x0010, b"OB", struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFF0), 0xFFFFFFFF)):
        with pytest.raises(Fault):
            read(file_of(JPEG, body))


async def test_what_the_worker_reads_is_what_the_reader_reads() -> None:
    content = foreign.photo()
    assert await prior_reading.looked_at(content) == read(content)
    assert prior_reading.sandbox().confined
