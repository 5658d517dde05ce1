"""A Contec CMS50D+ with its first firmware, from Contec's communication protocol as atbrask/CMS50Dplus quotes it.

19200 8O1, 60 frames a second of five bytes; the first alone has its top bit set. Nothing is asked for, nothing summed.
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


class Cms50d(SerialDevice):
    """It begins without a finger."""

    settings: ClassVar = Settings(19200, parity="O")

    def __init__(self, cable: Cable | None = None, speed: float = 1.0) -> None:
        super().__init__(cable, speed)
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
            await self.say(b"".join(self._frame() for _ in range(_TURN)), _TURN / _FRAMES_A_SECOND)

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
