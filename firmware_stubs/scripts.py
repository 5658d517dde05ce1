"""Ten seconds of a bedside at which everything runs at once, as bytes: what a decoder has to keep up with."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Final

import pydicom
from pydicom.data import get_testdata_file

from firmware_stubs import heart, scp_recorder
from firmware_stubs.gatt.encode import date_time, float32, sfloat
from firmware_stubs.serial.device import SerialDevice
from firmware_stubs.serial.healthypi import HealthyPi
from firmware_stubs.serial.nonin_waves import Nonin2
from firmware_stubs.serial.uart import Settings

SECONDS: Final = 10
_AT_ONCE: Final = 1e6


class _Tape:
    """A cable that keeps what is said."""

    def __init__(self) -> None:
        self.port = ""
        self.chunks: list[bytes] = []

    def connect(self, settings: Settings, heard: Callable[[bytes], None]) -> None: ...

    def plug(self) -> None: ...

    def unplug(self) -> None: ...

    def deafen(self) -> None: ...

    def send(self, data: bytes) -> None:
        self.chunks.append(data)


def scp_ecg() -> bytes:
    """Twelve leads at 500 Hz, with second differences and Huffman codes."""
    return scp_recorder.recording({lead: scp_recorder.samples(lead, SECONDS) for lead in heart.TWELVE})


def dicom_ecg() -> bytes:
    """Twelve leads at 1000 Hz for ten seconds, as numbers of 16 bits."""
    return Path(str(get_testdata_file("waveform_ecg.dcm", download=False))).read_bytes()


def read_with_pydicom(dicom: bytes) -> None:
    """What another reader does with such a recording."""
    pydicom.dcmread(io.BytesIO(dicom)).waveform_array(0)


def serial() -> dict[str, list[bytes]]:
    """By model: an oximeter with its pleth at 75 Hz, and an ECG front end at 125 Hz."""
    oximeter, front_end = Nonin2(_Tape(), _AT_ONCE), HealthyPi(_Tape(), _AT_ONCE)
    oximeter.set(97, 72)
    front_end.leads_on(72, 16)
    front_end.finger(97)
    front_end.temperature(3680)
    return {
        "nonin-2": asyncio.run(_said(oximeter, 3 * SECONDS)),
        "healthypi": asyncio.run(_said(front_end, 25 * SECONDS)),
    }


async def _said(device: SerialDevice, frames: int) -> list[bytes]:
    async with device:
        await device.said(frames)
        assert isinstance(device.cable, _Tape)
        return list(device.cable.chunks)


def bluetooth() -> dict[str, list[tuple[str, bytes]]]:
    """By model, (characteristic, value): each vital sign at the rate at which its devices send it."""
    moment = date_time(dt.datetime(2026, 11, 22, 10, 0, 0))  # noqa: DTZ001 - devices know no zone
    beats = (60 * 1024 // 72).to_bytes(2, "little")
    pressure = b"\x16" + sfloat(124) + sfloat(86) + sfloat(97) + moment + sfloat(51) + b"\0\0"
    return {
        "blood-pressure": [("2a35", pressure)],
        "pulse-oximeter": [("2a5f", b"\x10" + sfloat(97) + sfloat(72) + sfloat(Decimal("3.5")))] * SECONDS,
        "heart-rate": [("2a37", b"\x10\x48" + beats)] * (SECONDS * 72 // 60),
        "thermometer": [("2a1e", b"\x00" + float32(Decimal("36.8")))] * SECONDS
        + [("2a1c", b"\x00" + float32(Decimal("36.8")))],
        "weight-scale": [("2a9d", b"\x00" + (12300).to_bytes(2, "little"))],
        "glucose": [("2a18", b"\x02" + b"\x07\x00" + moment + sfloat(Decimal("0.00101")) + b"\x11")],
    }
