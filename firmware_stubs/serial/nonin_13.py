"""A Nonin oximeter in data format 13 (one finished measurement a packet), from Nonin's specification of the Onyx II 9560.

9600 8N1. 00 02, packet type 00 0D, length, measurement time in BCD, status, rate, SpO2, sum of the measurement, 03.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import ClassVar

from firmware_stubs.serial.cable import Cable
from firmware_stubs.serial.device import SerialDevice
from firmware_stubs.serial.uart import Settings

_STX, _ETX, _ACK, _NAK = 0x02, 0x03, 0x06, 0x15
_TIME_ANSWER = 0xF2
_SMART_POINT, _NO_MEASUREMENT = 0x02, 0x01
_FROM_MEMORY, _LOW_BATTERY = 0x10, 0x01
_NO_RATE, _NO_SPO2 = 511, 127
_COMMAND_AT_LEAST = 4
_CONTENT_AT_MOST = 6


class Nonin13(SerialDevice):
    """It keeps what it measured, oldest first, and forgets a measurement when the host acknowledges it (06).

    Without an answer it says it again after ``again`` seconds, after 15 at once. With ``sure`` it forgets at once, as the
    9560's specification has it. Settings of time and format are answered whenever they come, not in the first five
    seconds only.
    """

    settings: ClassVar = Settings(9600)

    def __init__(
        self, cable: Cable | None = None, speed: float = 1.0, *, again: float = 5.0, sure: bool = False
    ) -> None:
        super().__init__(cable, speed)
        self.memory: list[bytes] = []
        self.acknowledged = 0
        self.refused = 0
        self.clock_set_to: dt.datetime | None = None
        self.format_asked_for: int | None = None
        self._again = again
        self._forgot = asyncio.Event()
        self._sure = sure
        self._command = bytearray()

    async def emptied(self) -> None:
        """Returns when nothing is left in the memory."""
        while self.memory:
            self._forgot.clear()
            await self._forgot.wait()

    # --- what a person does

    def measure(
        self,
        spo2: int | None,
        pulse: int | None,
        at: dt.datetime,
        *,
        stored: bool = False,
        smart: bool = True,
        battery_low: bool = False,
    ) -> None:
        """A finger was in at ``at``; None is what could not be measured."""
        missing = spo2 is None and pulse is None
        rate = _NO_RATE if pulse is None else pulse
        when = [at.year // 100, at.year % 100, at.month, at.day, at.hour, at.minute, at.second, 0]
        measured = [int(str(part), 16) for part in when]
        measured.append((_SMART_POINT if smart else 0) | (_NO_MEASUREMENT if missing else 0))
        measured.append((_FROM_MEMORY if stored else 0) | (_LOW_BATTERY if battery_low else 0))
        measured += [rate // 256, rate % 256, 0, _NO_SPO2 if spo2 is None else spo2]
        header = [0, _STX, 0, 0x0D, 0, len(measured)]
        self.memory.append(bytes([*header, *measured, sum(measured) % 256, _ETX]))

    # --- what the device does

    async def live(self) -> None:
        while True:
            if self.memory:
                packet = self.memory[0]
                await self.say(packet)
                if self._sure:
                    self.memory.remove(packet)
                    continue
                answers = self.acknowledged + self.refused
                for _ in range(50):
                    if self.acknowledged + self.refused != answers:
                        break
                    await self.rest(self._again / 50)
            else:
                await self.rest(0.05)

    def heard(self, data: bytes) -> None:
        for byte in data:
            if not self._command and byte == _ACK:
                self.acknowledged += 1
                del self.memory[:1]
                self._forgot.set()
            elif not self._command and byte == _NAK:
                self.refused += 1
            elif self._command or byte == _STX:
                self._command.append(byte)
                self._obey()

    def _obey(self) -> None:
        if len(self._command) == _COMMAND_AT_LEAST - 1 and self._command[2] > _CONTENT_AT_MOST:
            # no command is so long: a device that waited for its end would not hear the next one
            self._command.clear()
            self.cable.send(bytes([_NAK]))
            return
        if len(self._command) < _COMMAND_AT_LEAST or len(self._command) < self._command[2] + _COMMAND_AT_LEAST:
            return
        code, content = self._command[1], self._command[3:-1]
        ended = self._command[-1] == _ETX
        self._command.clear()
        match code, len(content):
            case (0x70, 2) if ended and content[1] in {2, 7, 8, 13}:
                self.format_asked_for = content[1]
                self.cable.send(bytes([_ACK]))
            case (0x72, 6) if ended:
                self.clock_set_to = dt.datetime(2000 + content[0], *content[1:])  # noqa: DTZ001 - it has no zone
            case (0x72, 0) if ended:
                now = self.clock_set_to or dt.datetime(2000, 1, 1)  # noqa: DTZ001
                parts = [now.year % 100, now.month, now.day, now.hour, now.minute, now.second]
                self.cable.send(bytes([_STX, _TIME_ANSWER, len(parts), *parts, _ETX]))
            case _:
                self.cable.send(bytes([_NAK]))
