"""A clinical thermometer: Health Thermometer Service 0x1809, HTS 1.0."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from bumble.core import UUID
from bumble.gatt import Characteristic, Service
from bumble.link import LocalLink

from firmware_stubs.gatt.encode import date_time, float32
from firmware_stubs.gatt.peripheral import Peripheral, device_information
from firmware_stubs.gatt.services import Battery, Clock

SERVICE = 0x1809
EAR = 9
"""Temperature Type 0x2A1D: tympanum."""


class Thermometer(Peripheral):
    """Shows running values while it warms up, then indicates the finished measurement and hangs up."""

    def __init__(self, link: LocalLink, address: str = "F0:F1:F2:F3:F4:09", name: str = "Thermometer TM-1") -> None:
        self.battery = Battery(82)
        self.clock = Clock()
        self._measurement: Characteristic[bytes] = Characteristic(
            UUID.from_16_bits(0x2A1C), Characteristic.Properties.INDICATE, Characteristic.READABLE, b""
        )
        self._running: Characteristic[bytes] = Characteristic(
            UUID.from_16_bits(0x2A1E), Characteristic.Properties.NOTIFY, Characteristic.READABLE, b""
        )
        services = [
            Service(UUID.from_16_bits(SERVICE), [self._measurement, self._running]),
            self.clock,
            self.battery,
            device_information("Simulated devices", "TM-1", address.replace(":", "")),
        ]
        super().__init__(link, address, name, SERVICE, services)

    async def measure(
        self,
        temperature: Decimal | str,
        device_time: dt.datetime | None = None,
        *,
        fahrenheit: bool = False,
        place: int | None = EAR,
        running: Sequence[Decimal] = (),
        timeout: float = 60.0,
    ) -> bytes:
        """Sends the ``running`` values, then one measurement, in degrees Celsius or Fahrenheit.

        ``temperature`` may be a word of SPECIAL_FLOATS, ``place`` is a Temperature Type; without ``device_time`` no time
        is sent. Returns the frame when the central has confirmed it. Raises TimeoutError; the frame then stays to be sent.
        """
        flags = int(fahrenheit) | (device_time is not None) << 1 | (place is not None) << 2
        frame = bytes([flags]) + float32(temperature)
        if device_time is not None:
            frame += date_time(device_time)
        if place is not None:
            frame += bytes([place])
        for value in running:
            self._post(self._running, bytes([int(fahrenheit)]) + float32(value))
        await self.send(frame, timeout=timeout)
        return frame

    async def send(self, frame: bytes, *, timeout: float = 60.0) -> None:
        """Sends ``frame`` as it is, be it within the specification or not."""
        await self._delivered(self._post(self._measurement, frame), timeout)
