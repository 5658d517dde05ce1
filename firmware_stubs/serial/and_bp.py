"""An A&D blood pressure monitor with the Bluetooth serial profile (UA-767PBT), as public receivers describe its packets.

A header of 60 bytes, little-endian: 0002, payload length (4), device type 767, flag, time of the measurement and of the
sending (year in two bytes, month, day, hour, minute, second), two Bluetooth addresses, serial number (12), 10 reserved,
battery, 1 reserved, firmware. Then ASCII hex: 80, systolic minus diastolic, diastolic, pulse, mean. The host answers PWA1,
and only then the measurement is forgotten; after PWA0, or without an answer, it is sent again.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from typing import ClassVar, Final

from firmware_stubs.serial.cable import Cable
from firmware_stubs.serial.device import SerialDevice
from firmware_stubs.serial.uart import Settings

_ANSWER: Final = re.compile(rb"PWA[01]")
_ANSWER_LESS_ONE: Final = 3


class AndBloodPressure(SerialDevice):
    """``again`` are the seconds after which an unanswered measurement is sent again."""

    settings: ClassVar = Settings(9600)

    def __init__(self, cable: Cable | None = None, speed: float = 1.0, *, again: float = 5.0) -> None:
        super().__init__(cable, speed)
        self.memory: list[tuple[dt.datetime, str]] = []
        self.answers: list[str] = []
        self.battery = 120
        self._again = again
        self._forgot = asyncio.Event()
        self._words = bytearray()

    async def emptied(self) -> None:
        """Returns when nothing is left in the memory."""
        while self.memory:
            self._forgot.clear()
            await self._forgot.wait()

    # --- what a person does

    def measure(self, systolic: int, diastolic: int, mean: int, pulse: int, at: dt.datetime) -> None:
        """A cuff measured at ``at``: mmHg and beats a minute."""
        self.memory.append((at, f"80{systolic - diastolic:02X}{diastolic:02X}{pulse:02X}{mean:02X}"))

    # --- what the device does

    async def live(self) -> None:
        while True:
            if not self.memory:
                await self.rest(0.05)
                continue
            at, payload = self.memory[0]
            await self.say(self._header(at, len(payload)) + payload.encode("ascii"))
            answers = len(self.answers)
            for _ in range(50):
                if len(self.answers) != answers:
                    break
                await self.rest(self._again / 50)

    def heard(self, data: bytes) -> None:
        self._words += data
        # an answer is one behind whatever bytes: a device that counted by fours would never find the beat again
        while answer := _ANSWER.search(self._words):
            word = answer[0].decode("ascii")
            del self._words[: answer.end()]
            self.answers.append(word)
            if word == "PWA1":
                del self.memory[:1]
                self._forgot.set()
        del self._words[:-_ANSWER_LESS_ONE]

    def _header(self, at: dt.datetime, length: int) -> bytes:
        sent = at + dt.timedelta(seconds=20)
        header = bytearray((2).to_bytes(2, "little") + length.to_bytes(4, "little") + (767).to_bytes(2, "little"))
        header += bytes([1]) + _moment(at) + _moment(sent)
        header += bytes.fromhex("ed4a801f0900") + bytes.fromhex("0009137f11aa")
        header += b"5111124008".ljust(12, b"\0") + bytes(10) + bytes([self.battery, 0, 0x23])
        return bytes(header)


def _moment(at: dt.datetime) -> bytes:
    return at.year.to_bytes(2, "little") + bytes([at.month, at.day, at.hour, at.minute, at.second])
