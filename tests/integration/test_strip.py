"""A whole cart records the running ECG of a board on a serial line: a SIGKILL costs the last second, a PACS receives it."""

from __future__ import annotations

import array
import contextlib
import os
import shutil
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pydicom
import pytest

from edge.door import messages as m
from edge.mains.demo import RESIDENT
from edge.mains.demo_cart import DemoCart, new_folder
from edge.mains.importing import bring_in
from edge.mains.nurse import Nurse, all_received
from firmware_stubs.serial.cable import Pty
from firmware_stubs.serial.healthypi import HealthyPi
from tests.unit.test_dicom_ecg import MORTARA

OTHER = "IPP-0211"
HERTZ = 125
SOON = 60
AMBULATORY_ECG = "1.2.840.10008.5.1.4.1.1.9.1.3"


class CartWithBoard(DemoCart):
    """Also has an acquisition board at ``port``."""

    def __init__(self, folder: Path, port: str) -> None:
        super().__init__(folder)
        self._port = port

    def _write_settings(self, ward: dict[str, str | int], far: dict[str, str | int]) -> None:
        super()._write_settings(ward, far)
        with self.config.open("a", encoding="utf-8") as config:
            port = msgspec.json.encode(self._port).decode()
            config.write(f'[[serial]]\nport = {port}\nmodel = "healthypi"\n')


@contextlib.asynccontextmanager
async def recording() -> AsyncIterator[tuple[CartWithBoard, HealthyPi, Nurse]]:
    """A cart that records a beating heart for the resident on screen."""
    folder = new_folder()
    async with HealthyPi(Pty(folder / "board")) as board:
        # at this rate no minute of the trace is like another one
        board.leads_on(heart_rate=71, respiratory_rate=0)
        async with CartWithBoard(folder, board.port) as cart, Nurse(cart.settings.door) as nurse:
            await nurse.ask(m.SelectResident(patient_id=RESIDENT))
            await nurse.until(lambda s: any(d.model == "healthypi" and d.connected for d in s.devices), SOON, "board")
            await board.said(HERTZ // 5)
            await nurse.ask(m.StartStrip())
            yield cart, board, nurse
    shutil.rmtree(folder)


def samples(cart: DemoCart) -> list[list[int]]:
    """What the PACS holds of strips, each in steps of the board."""
    found = [pydicom.dcmread(path) for path in (cart.folder / "far-end").rglob("*.dcm")]
    strips = [one for one in found if one.SOPClassUID == AMBULATORY_ECG]
    return [list(array.array("h", one.WaveformSequence[0].WaveformData)) for one in strips]


def end_of(board: HealthyPi, strip: list[int]) -> int:
    """After how many samples of the board ``strip`` ends, which is, sample by sample, a stretch of them."""
    at = array.array("h", board.sent_ecg).tobytes().find(array.array("h", strip).tobytes())
    assert at >= 0
    return at // 2 + len(strip)


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_a_killed_edge_loses_at_most_the_last_second_and_the_rest_arrives_as_one_ecg() -> None:
    async with recording() as (cart, board, nurse):
        await nurse.until(lambda s: s.strip.safe_seconds >= 1, SOON, "recorded seconds")
        # somebody else who opens the store does not end what runs
        file = cart.folder / "other.dcm"
        file.write_bytes(MORTARA)
        assert [one.said async for one in bring_in(cart.settings, [file], OTHER)] == ["imported"]
        before = await nurse.until(lambda s: s.strip.safe_seconds >= 8, SOON, "recorded seconds")
        killed = cart.children["edge"].pid
        shown = nurse.snapshot.strip.safe_seconds if nurse.snapshot else 0.0
        os.kill(killed, signal.SIGKILL)
        said = len(board.sent_ecg)
        assert before.strip.state == "recording"
        after = await nurse.until(lambda s: any(i.kind == "ecg" for i in s.items), SOON, "recording as an item")
        assert after.strip.state == "none"
        assert after.resident is not None
        assert after.resident.id == RESIDENT
        assert after.trace is not None
        assert not after.trace.in_millivolts
        await nurse.until(all_received, SOON, "proof")
        [strip] = samples(cart)
        # nothing that was shown as safe is lost; of what the board had said, the second that was not whole, and what was
        # still on its way (a quarter of a second in the decoder, the line, one write; all of it waits on a busy machine)
        assert len(strip) >= shown * HERTZ
        assert len(strip) % HERTZ == 0
        assert said - end_of(board, strip) <= 5 * HERTZ
        # and the next one may begin
        await nurse.until(lambda s: any(d.model == "healthypi" and d.connected for d in s.devices), SOON, "board")
        await board.said(HERTZ // 5)
        await nurse.ask(m.StartStrip())
        await nurse.until(lambda s: s.strip.safe_seconds >= 1, SOON, "second strip")
        await nurse.ask(m.StopStrip())
        await nurse.until(lambda s: sum(i.kind == "ecg" for i in s.items) == 2, SOON, "second item")


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_a_strip_whose_cable_is_pulled_is_kept_and_received_as_far_as_it_came() -> None:
    async with recording() as (cart, board, nurse):
        await nurse.until(lambda s: s.strip.safe_seconds >= 1, SOON, "recorded seconds")
        board.unplug()
        gone = await nurse.until(lambda s: any(i.kind == "ecg" for i in s.items), SOON, "recording as an item")
        assert "tracé arrêté" in gone.notice
        board.plug()
        await nurse.until(all_received, SOON, "proof")
        [strip] = samples(cart)
        assert len(strip) >= HERTZ
        assert end_of(board, strip) > 0
