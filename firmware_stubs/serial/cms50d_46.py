"""A Contec CMS50D+ with firmware 4.6 (and CMS50F, E of that time), as public drivers know it from its replies.

115200 8N1. Every packet: its type below 80, a byte of top bits, then seven bytes of which each has its top bit set and its
own eighth in the byte of top bits. The host's packets are 7D 81 command 80 80 80 80 80 80.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import ClassVar

from firmware_stubs.serial.cable import Cable
from firmware_stubs.serial.device import SerialDevice
from firmware_stubs.serial.pulse import pleth, upstroke
from firmware_stubs.serial.uart import Settings

_FRAMES_A_SECOND = 60
_TURN = 4
_COMMAND = 9
_NO_RATE, _NO_SPO2 = 0xFF, 0x7F
_LIVE, _STORED, _DATE, _DURATION, _COUNT, _HELLO, _TIME = 0x01, 0x0F, 0x07, 0x08, 0x0A, 0x0C, 0x12
_FINGER_OUT, _BEEP = 0x80, 0x40
_SEARCHING = 0x80
_NO_PERFUSION = 0x10


@dataclasses.dataclass(frozen=True, slots=True)
class Night:
    """A stored session: one (SpO2, pulse rate) a second from ``began``; None where there was no finger."""

    began: dt.datetime
    values: tuple[tuple[int, int] | None, ...]


def packed(kind: int, content: bytes) -> bytes:
    """A packet as it goes over the line."""
    tops = sum((byte >> 7) << place for place, byte in enumerate(content))
    return bytes([kind, 0x80 | tops, *(0x80 | byte for byte in content)])


class Cms50d46(SerialDevice):
    """It says nothing unless it is asked (A1), and stops ``patience`` seconds after it last heard from the host (AF, A1)."""

    settings: ClassVar = Settings(115200)

    def __init__(self, cable: Cable | None = None, speed: float = 1.0, *, patience: float = 30.0) -> None:
        super().__init__(cable, speed)
        self.nights: list[Night] = []
        self.commands: list[int] = []
        self._patience = patience
        self._values: tuple[int, int] | None = None
        self._perfusion: int | None = None
        self._searching = False
        self._phase = 0.0
        self._frames_left = 0
        self._command = bytearray()
        self._answers: list[bytes] = []

    # --- what a person does

    def set(self, spo2: int, pulse: int, perfusion: int | None = None) -> None:
        """A finger is in; ``perfusion`` is the index in hundredths of a percent, for those models that tell it."""
        self._values, self._searching, self._perfusion = (spo2, pulse), False, perfusion

    def finger_off(self) -> None:
        self._values, self._searching = None, False

    def search(self) -> None:
        self._values, self._searching = None, True

    # --- what the device does

    async def live(self) -> None:
        while True:
            while self._answers:
                await self.say(self._answers.pop(0))
            if self._frames_left > 0:
                self._frames_left -= _TURN
                await self.say(b"".join(self._frame() for _ in range(_TURN)), _TURN / _FRAMES_A_SECOND)
            else:
                await self.rest(0.02)

    def damaged(self, frame: bytes) -> bytes:
        """A byte in the middle loses its top bit, and so looks like the beginning of a packet."""
        return frame[:4] + bytes([frame[4] ^ 0x80]) + frame[5:]

    def heard(self, data: bytes) -> None:
        for byte in data:
            if byte == 0x7D:
                # every other byte has its top bit set: this one begins a command, whatever came before
                self._command.clear()
            if self._command or byte == 0x7D:
                self._command.append(byte)
            if len(self._command) == _COMMAND:
                command, self._command = bytes(self._command), bytearray()
                self._obey(command[2], command[4] & 0x7F)

    def _obey(self, command: int, which: int) -> None:
        self.commands.append(command)
        patience = int(self._patience * _FRAMES_A_SECOND)
        match command:
            case 0xA1:
                self._frames_left = patience
            case 0xAF:
                self._frames_left = patience if self._frames_left > 0 else 0
            case 0xA2 | 0xA7:
                self._frames_left = 0
                self._answers.append(bytes([_HELLO, 0x80]))
            case 0xA3:
                self._answers.append(packed(_COUNT, bytes([0, len(self.nights)])))
            case 0xA4 | 0xA5 | 0xA6 if which < len(self.nights):
                self._answers += self._stored(command, which, self.nights[which])

    def _stored(self, command: int, which: int, night: Night) -> list[bytes]:
        began = night.began
        if command == 0xA4:
            return [packed(_DURATION, bytes([0, which, *(2 * len(night.values)).to_bytes(4, "little")]))]
        if command == 0xA5:
            date = [0, which, began.year // 100, began.year % 100, began.month, began.day]
            time = [0, which, began.hour, began.minute, began.second, 0]
            return [packed(_DATE, bytes(date)), packed(_TIME, bytes(time))]
        values = [one or (0, _NO_RATE) for one in night.values]
        values += [(0, _NO_RATE)] * (-len(values) % 3)
        triples = zip(values[::3], values[1::3], values[2::3], strict=True)
        return [packed(_STORED, bytes([part for pair in three for part in pair])) for three in triples]

    def _frame(self) -> bytes:
        if self._values is None:
            state = 0 if self._searching else _FINGER_OUT
            wave = _SEARCHING if self._searching else 0
            return packed(_LIVE, bytes([state, wave, _NO_PERFUSION, _NO_RATE, _NO_SPO2, 0xFF, 0xFF]))
        spo2, rate = self._values
        self._phase = (self._phase + rate / 60 / _FRAMES_A_SECOND) % 1.0
        height = pleth(self._phase)
        first = 7 | (_BEEP if upstroke(self._phase) else 0)
        bar = int(height * 15) | (0 if self._perfusion is not None else _NO_PERFUSION)
        low, high = (0xFF, 0xFF) if self._perfusion is None else (self._perfusion % 256, self._perfusion // 256)
        return packed(_LIVE, bytes([first, int(height * 100), bar, rate, spo2, low, high]))
