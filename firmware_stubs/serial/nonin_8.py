"""A Nonin oximeter in data format 8, from Nonin's specification of the Onyx II 9560: four bytes a second, 9600 8N1.

Status with the two high bits of the rate, rate, SpO2, second status; only the first byte has its top bit set.
"""

from __future__ import annotations

from typing import ClassVar

from firmware_stubs.serial.cable import Cable
from firmware_stubs.serial.device import SerialDevice
from firmware_stubs.serial.uart import Settings

_AFTER_REMOVAL = 10  # seconds
_NO_RATE, _NO_SPO2 = 511, 127
_SET, _OUT_OF_TRACK, _LOW, _MARGINAL, _ARTIFACT = 0x80, 0x20, 0x10, 0x08, 0x04
_SENSOR_ALARM, _LOW_BATTERY = 0x08, 0x01
_PERFUSION = {"green": 0, "yellow": _MARGINAL, "red": _LOW}


class Nonin8(SerialDevice):
    """It begins without a finger. ``battery_low`` may be set at any time."""

    settings: ClassVar = Settings(9600)

    def __init__(self, cable: Cable | None = None, speed: float = 1.0) -> None:
        super().__init__(cable, speed)
        self.battery_low = False
        self._finger = False
        self._shown: tuple[int, int] | None = None
        self._removed_for = 0
        self._perfusion = "green"
        self._moved = 0

    # --- what a person does

    def set(self, spo2: int, pulse: int, perfusion: str = "green") -> None:
        """As with format 2; the values are those of the display."""
        self._finger, self._shown, self._perfusion = True, (spo2, pulse), perfusion

    def finger_off(self) -> None:
        """The last values stay for ten seconds under a sensor alarm."""
        self._finger, self._removed_for = False, 0

    def move(self, seconds: int) -> None:
        """The finger is shaken: the values stay, marked as artefact."""
        self._moved = seconds

    # --- what the device does

    async def live(self) -> None:
        while True:
            await self.say(self._frame(), lasts=1.0)

    def damaged(self, frame: bytes) -> bytes:
        """The top bit of the rate: the one thing by which such a frame can be told from garbage."""
        return bytes([frame[0], frame[1] ^ 0x80, *frame[2:]])

    def _frame(self) -> bytes:
        first, last = _SET, _LOW_BATTERY if self.battery_low else 0
        if not self._finger:
            first |= _OUT_OF_TRACK
            last |= _SENSOR_ALARM
            self._removed_for += 1
            if self._removed_for > _AFTER_REMOVAL:
                self._shown = None
        else:
            first |= _PERFUSION[self._perfusion] | (_ARTIFACT if self._moved else 0)
            self._moved = max(0, self._moved - 1)
        spo2, rate = self._shown or (_NO_SPO2, _NO_RATE)
        high, low = divmod(rate, 128)
        return bytes([first | high, low, spo2, last])
