"""A bar-code reader in serial mode (USB CDC): what it read, then carriage return and line feed. It waits to be used."""

from __future__ import annotations

from typing import ClassVar

from firmware_stubs.serial.cable import Cable
from firmware_stubs.serial.device import SerialDevice
from firmware_stubs.serial.uart import Settings


class BarcodeReader(SerialDevice):
    settings: ClassVar = Settings(9600)

    def __init__(self, cable: Cable | None = None, speed: float = 1.0) -> None:
        super().__init__(cable, speed)
        self._read: list[bytes] = []

    def scan(self, symbol: bytes) -> None:
        """Somebody points it at a symbol."""
        self._read.append(symbol)

    async def live(self) -> None:
        while True:
            if self._read:
                await self.say(self._read.pop(0) + b"\r\n")
            else:
                await self.rest(0.02)
