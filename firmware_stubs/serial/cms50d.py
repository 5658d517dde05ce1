"""A Contec CMS50D+ with its first firmware, from Contec's communication protocol as atbrask/CMS50Dplus quotes it.

19200 8O1, 60 frames a second of five bytes; the first alone has its top bit set. Nothing is summed.

F5 F5 makes it send what it has stored, one value a second: F2 80 00 three times, the length, the records; it does so within a
live frame, and then says nothing until it hears F6 F6 F6 (a log of M. Watkins, cpaptalk.com t=65978). What one without a
recording answers is not published; here it goes on as before.
"""

from __future__ import annotations

from typing import ClassVar

from firmware_stubs.serial.cable import Cable
from firmware_stubs.serial.device import SerialDevice
from firmware_stubs.serial.pulse import pleth, upstroke
from firmware_stubs.serial.uart import Settings

_FRAMES_A_SECOND = 60
_TURN = 4  # frames that go out at once
_SYNC, _BEEP, _DROPPING, _FINGER_OUT = 0x80, 0x40, 0x20, 0x10
_SEARCHING, _PROBE_ERROR = 0x20, 0x10
_ASKED, _LIVE_AGAIN = b"\xf5\xf5", b"\xf6\xf6\xf6"
_RECORDS_AT_ONCE = 20
_BYTES_A_SECOND = 19200 / 11


class Cms50d(SerialDevice):
    """It begins without a finger and without a ``night``: what it stored, one (SpO2, pulse rate) a second, None without a finger."""

    settings: ClassVar = Settings(19200, parity="O")

    def __init__(self, cable: Cable | None = None, speed: float = 1.0) -> None:
        super().__init__(cable, speed)
        self.night: tuple[tuple[int, int] | None, ...] = ()
        self.uploads = 0
        self._words = b""
        self._uploading = False
        self._dumb = False
        self._values: tuple[int, int] | None = None
        self._searching = False
        self._phase = 0.0

    # --- what a person does

    def set(self, spo2: int, pulse: int) -> None:
        """A finger is in: ``spo2`` in percent, ``pulse`` in beats a minute, at most 255."""
        self._values, self._searching = (spo2, pulse), False

    def finger_off(self) -> None:
        self._values, self._searching = None, False

    def search(self) -> None:
        """A finger is in, and no pulse was found yet."""
        self._values, self._searching = None, True

    # --- what the device does

    async def live(self) -> None:
        while True:
            if self._uploading:
                await self._upload()
            elif self._dumb:
                await self.rest(0.02)
            else:
                await self.say(b"".join(self._frame() for _ in range(_TURN)), _TURN / _FRAMES_A_SECOND)

    def heard(self, data: bytes) -> None:
        for byte in data:
            self._words = self._words[-2:] + bytes([byte])
            if self._words == _LIVE_AGAIN:
                self._uploading = self._dumb = False
            elif self._words[-2:] == _ASKED and self.night and not self._dumb:
                self._uploading = True
                self._words = b""

    async def _upload(self) -> None:
        self.uploads += 1
        self._dumb = True
        last = 3 * len(self.night) - 1
        length = bytes([0x80 | last >> 14, 0x80 | last >> 7 & 0x7F, last & 0x7F])
        await self.say(self._frame()[:4])
        await self.say(b"\xf2\x80\x00" * 3 + length, 12 / _BYTES_A_SECOND)
        for at in range(0, len(self.night), _RECORDS_AT_ONCE):
            if not self._uploading:
                return
            part = b"".join(_record(value) for value in self.night[at : at + _RECORDS_AT_ONCE])
            await self.say(part, len(part) / _BYTES_A_SECOND)
        self._uploading = False

    def damaged(self, frame: bytes) -> bytes:
        """A top bit in the middle of a frame."""
        return frame[:2] + bytes([frame[2] ^ 0x80]) + frame[3:]

    def _frame(self) -> bytes:
        if self._values is None:
            state = 0 if self._searching else _FINGER_OUT
            return bytes([_SYNC | state, 0, _SEARCHING if self._searching else 0, 0, 0])
        spo2, rate = self._values
        self._phase = (self._phase + rate / 60 / _FRAMES_A_SECOND) % 1.0
        wave = pleth(self._phase)
        high, low = divmod(rate, 128)
        first = _SYNC | (_BEEP if upstroke(self._phase) else 0) | 5
        return bytes([first, int(wave * 100), (0x40 if high else 0) | int(wave * 15), low, spo2])


def _record(value: tuple[int, int] | None) -> bytes:
    """A second of a night: SpO2 and pulse rate, or nothing where there was no finger."""
    spo2, rate = value or (0, 0)
    return bytes([0xF0 + rate // 128, 0x80 + rate % 128, spo2])
