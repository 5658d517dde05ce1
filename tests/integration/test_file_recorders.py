"""Recorders and cameras that hand over files: from the simulated one's folder to the item that is saved."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import sys
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from pathlib import Path

import cv2
import edfio
import numpy as np
import pytest

from edge import settings as s
from edge.domain.item import Item
from edge.domain.photo import Encoding, Photo
from edge.domain.waveform import Scale, Waveform
from edge.door import messages as m
from edge.mains import edge
from edge.mains.importing import Outcome, bring_in
from edge.mains.nurse import Nurse
from firmware_stubs import camera_card, edf_recorder, heart, scp_recorder
from firmware_stubs.camera_card import CameraCard
from firmware_stubs.ecg_recorder import EcgRecorder
from firmware_stubs.edf_recorder import EdfRecorder
from firmware_stubs.scp_recorder import ScpRecorder
from tests.integration.test_import import RESIDENTS, Cart

LIMIT = 30.0
WHEN = dt.datetime(2026, 11, 22, 10, 30, 5)  # noqa: DTZ001 - a recorder's clock knows no zone

RECORDERS: dict[str, Callable[[Path], Path]] = {
    "dicom-ecg": lambda folder: EcgRecorder(folder).record(),
    "scp-ecg": lambda folder: ScpRecorder(folder).record(64.0),
    "edf": lambda folder: EdfRecorder(folder).record(64.0),
}
SAMPLES: dict[str, Callable[[str], list[int]]] = {
    "scp-ecg": lambda lead: scp_recorder.samples(lead, 10, 64.0),
    "edf": lambda lead: edf_recorder.samples(lead, 10, 64.0),
}


@pytest.fixture
def settings(tmp_path: Path) -> s.Settings:
    (tmp_path / "recorder").mkdir()
    (tmp_path / "residents.toml").write_text(RESIDENTS)
    file = tmp_path / "telecart.toml"
    file.write_text(
        f'demo = true\nbluetooth = false\ndata = "{tmp_path / "data"}"\nresidents = "{tmp_path / "residents.toml"}"\n'
        f'recorder_folder = "{tmp_path / "recorder"}"\n'
    )
    return s.read(file)


@contextlib.asynccontextmanager
async def running(settings: s.Settings) -> AsyncIterator[None]:
    """A cart's edge in this process."""
    task = asyncio.create_task(edge.run(settings))
    try:
        async with asyncio.timeout(LIMIT):
            while not settings.door.exists():
                assert not task.done(), task.exception()
                await asyncio.sleep(0.01)
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled(), task.exception()


def saved(settings: s.Settings) -> list[Item]:
    return Cart(settings.data.parent).items()


@pytest.mark.parametrize("model", RECORDERS)
async def test_what_a_recorder_drops_into_the_folder_is_saved_sample_for_sample(
    settings: s.Settings, model: str
) -> None:
    folder = settings.recorder_folder
    assert folder is not None
    async with running(settings), Nurse(settings.door) as nurse:
        await nurse.ask(m.SelectResident(patient_id="IPP2"))
        path = RECORDERS[model](folder)
        raw = path.read_bytes()
        await nurse.until(lambda seen: len(seen.items) == 1, LIMIT, "ECG")
        (item,) = saved(settings)
        assert (item.device.model, item.patient.id) == (model, "IPP2")
        ecg = item.payload
        assert isinstance(ecg, Waveform)
        assert set(ecg.leads) == set(heart.TWELVE)
        if model in SAMPLES:
            assert {lead: list(ecg.lead(lead)) for lead in ecg.leads} == {
                lead: SAMPLES[model](lead) for lead in ecg.leads
            }
            assert set(ecg.scales) == {Scale(Decimal("2.5"))}
            assert (ecg.sampling_hz, ecg.count) == (500, 5000)
        async with asyncio.timeout(LIMIT):
            while not (folder / "taken" / path.name).exists():
                await asyncio.sleep(0.01)
        assert (folder / "taken" / path.name).read_bytes() == raw


async def test_a_picture_on_the_card_of_a_camera_is_saved_byte_for_byte(settings: s.Settings, tmp_path: Path) -> None:
    card = CameraCard(tmp_path)
    upright, lying = card.take(WHEN, orientation=6), card.take(WHEN)
    async with running(settings):
        outcomes = [one async for one in bring_in(settings, [upright, lying, upright], "IPP1")]
    assert outcomes == [
        Outcome(upright, "imported", kind="photo"),
        Outcome(lying, "imported", kind="photo"),
        Outcome(upright, "already there", kind="photo"),
    ]
    items = saved(settings)
    photos = [item.payload for item in items]
    assert {(item.device.model, item.patient.id) for item in items} == {("jpeg", "IPP1")}
    assert {photo.jpeg for photo in photos if isinstance(photo, Photo)} == {upright.read_bytes(), lying.read_bytes()}
    for photo in photos:
        assert isinstance(photo, Photo)
        assert (photo.width, photo.height) == (camera_card.WIDTH, camera_card.HEIGHT)
        assert photo.encoding is Encoding.IMPORTED
        assert [photo.too_dark, photo.too_bright, photo.too_blurred] == [False] * 3


def test_the_edf_file_is_one_to_another_reader(tmp_path: Path) -> None:
    """edfio, told to be strict by the warnings of this suite."""
    read = edfio.read_edf(EdfRecorder(tmp_path).record(64.0, WHEN))
    assert [signal.label for signal in read.signals] == [f"ECG {lead}" for lead in heart.TWELVE]
    assert (read.reserved, read.duration, read.num_data_records) == ("EDF+C", 10.0, 10)
    assert (read.startdate, read.starttime) == (WHEN.date(), WHEN.time())
    assert [(one.onset, one.text) for one in read.annotations] == [(0.0, "Recording starts")]
    for lead in heart.TWELVE:
        signal = read.get_signal(f"ECG {lead}")
        assert (signal.physical_dimension, signal.sampling_frequency) == ("uV", 500)
        assert np.allclose(signal.data, [1000 * heart.millivolts(lead, n / 500, 64.0) for n in range(5000)], atol=1.3)


def test_the_pictures_are_pictures_to_another_reader(tmp_path: Path) -> None:
    """OpenCV, which turns a picture by its Exif."""
    card = CameraCard(tmp_path)
    paths = [card.take(WHEN), card.take(WHEN, orientation=6)]
    assert [path.relative_to(tmp_path).as_posix() for path in paths] == [
        "DCIM/100TELEC/DSC_0001.JPG",
        "DCIM/100TELEC/DSC_0002.JPG",
    ]
    lying, turned = (cv2.imread(str(path)) for path in paths)
    assert lying is not None
    assert turned is not None
    assert lying.shape == (camera_card.HEIGHT, camera_card.WIDTH, 3)
    assert turned.shape == (camera_card.WIDTH, camera_card.HEIGHT, 3)
    assert b"2026:11:22 10:30:05\0" in paths[0].read_bytes()[:200]


async def test_the_ward_has_a_recorder_of_every_format_and_a_camera_with_a_card(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "firmware_stubs.ward", "--folder", str(tmp_path)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        async with asyncio.timeout(LIMIT):
            ready = json.loads(await process.stdout.readline())
            for what in ("ecg", "ecg_scp", "ecg_edf", "picture"):
                process.stdin.write(json.dumps({"do": what}).encode() + b"\n")
            recorder, card = Path(ready["recorder"]), Path(ready["card"])
            wanted = {".dcm", ".scp", ".edf", ".JPG"}
            while {path.suffix for folder in (recorder, card) for path in folder.rglob("[!.]*.*")} != wanted:
                await asyncio.sleep(0.02)
    finally:
        process.stdin.close()
        await process.wait()
