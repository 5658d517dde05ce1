"""Nonin oximeters with a pleth, data formats 2 and 7, from the layout in Nonin's specification of the Onyx II 9560.

Both: 9600 8N1, three packets a second of 25 frames of 5 bytes. Format 2: 01, status, pleth, value, sum; format 7: status,
pleth in two bytes, value, sum.
"""

from __future__ import annotations

import abc
from typing import ClassVar

from firmware_stubs.serial.cable import Cable
from firmware_stubs.serial.device import SerialDevice
from firmware_stubs.serial.pulse import pleth, upstroke
from firmware_stubs.serial.uart import Settings

_FRAMES_A_SECOND = 75
_PACKET = 25
_TURNS = 5  # a packet goes out in so many pieces
_AFTER_REMOVAL = 30  # packets: the values for display stay for ten seconds after the finger left

_NO_RATE, _NO_SPO2 = 511, 127
_SET, _ARTIFACT, _OUT_OF_TRACK, _SENSOR_ALARM, _SYNC = 0x80, 0x20, 0x10, 0x08, 0x01
_PERFUSION = {"green": 0x02, "yellow": 0x06, "red": 0x04}


class _Waves(SerialDevice, abc.ABC):
    """It begins without a finger."""

    settings: ClassVar = Settings(9600)

    def __init__(self, cable: Cable | None = None, speed: float = 1.0) -> None:
        super().__init__(cable, speed)
        self._values: tuple[int, int] | None = None
        self._shown: tuple[int, int] | None = None
        self._removed_for = 0
        self._perfusion = "green"
        self._moved = 0
        self._phase = 0.0

    # --- what a person does

    def set(self, spo2: int, pulse: int, perfusion: str = "green") -> None:
        """A finger is in: ``spo2`` in percent, ``pulse`` in beats a minute, ``perfusion`` green, yellow or red."""
        self._values = self._shown = (spo2, pulse)
        self._removed_for = 0
        self._perfusion = perfusion

    def finger_off(self) -> None:
        """The values for recording are missing at once, those for display stay for ten seconds under a sensor alarm."""
        self._values = None

    def move(self, packets: int) -> None:
        """The finger is shaken during the next ``packets`` packets: the values stay, marked as artefact."""
        self._moved = packets

    # --- what the device does

    async def live(self) -> None:
        while True:
            await self.say(self._packet(), _PACKET / _FRAMES_A_SECOND, _TURNS)

    def damaged(self, frame: bytes) -> bytes:
        """A bit of the pleth of the eleventh frame is wrong."""
        wrong = bytearray(frame)
        wrong[52] ^= 0x10
        return bytes(wrong)

    def _packet(self) -> bytes:
        status = self._status()
        packet = bytearray()
        for number, value in enumerate(self._slots()):
            wave, beat = self._wave()
            code = status | (_PERFUSION[self._perfusion] if beat else 0) | (_SYNC if number == 0 else 0)
            packet += self._frame(code, wave, value)
        self._moved = max(0, self._moved - 1)
        return bytes(packet)

    def _status(self) -> int:
        if self._values is None:
            return _SET | _OUT_OF_TRACK | _SENSOR_ALARM
        return _SET | _ARTIFACT if self._moved else _SET

    def _slots(self) -> list[int]:
        """The values of frames 1 to 25."""
        spo2, rate = self._values or (_NO_SPO2, _NO_RATE)
        if self._values is None and self._shown is not None:
            self._removed_for += 1
            if self._removed_for > _AFTER_REMOVAL:
                self._shown = None
        shown_spo2, shown_rate = self._shown or (_NO_SPO2, _NO_RATE)
        high, low = divmod(rate, 128)
        shown_high, shown_low = divmod(shown_rate, 128)
        slots = [high, low, spo2, 0x14, 0, 0, 0, 0x20, shown_spo2, spo2, spo2, 0, 0]
        return [*slots, high, low, spo2, shown_spo2, 0, 0, shown_high, shown_low, shown_high, shown_low, 0, 0]

    def _wave(self) -> tuple[float, bool]:
        """The next sample of the pulse wave, 0 to 1, and whether it lies within the upstroke."""
        if self._values is None:
            return 0.0, False
        self._phase = (self._phase + self._values[1] / 60 / _FRAMES_A_SECOND) % 1.0
        return 0.15 + 0.6 * pleth(self._phase), upstroke(self._phase)

    @abc.abstractmethod
    def _frame(self, code: int, wave: float, value: int) -> bytes: ...


class Nonin2(_Waves):
    def _frame(self, code: int, wave: float, value: int) -> bytes:
        content = [1, code, int(wave * 255), value]
        return bytes([*content, sum(content) % 256])


class Nonin7(_Waves):
    def _frame(self, code: int, wave: float, value: int) -> bytes:
        content = [code, *divmod(int(wave * 65535), 256), value]
        return bytes([*content, sum(content) % 256])
