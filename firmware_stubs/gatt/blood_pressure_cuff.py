"""A blood pressure cuff: Blood Pressure Service 0x1810, BLS 1.1.1."""

from __future__ import annotations

import datetime as dt
import struct
from decimal import Decimal

from bumble.core import UUID
from bumble.gatt import Characteristic, Service
from bumble.link import LocalLink

from firmware_stubs.gatt.encode import date_time, sfloat
from firmware_stubs.gatt.peripheral import Peripheral, device_information
from firmware_stubs.gatt.services import Battery, Clock

SERVICE = 0x1810


class BloodPressureCuff(Peripheral):
    """Inflates on the resident's arm; when it has its result it wakes its radio, sends one indication and hangs up.

    ``memory`` is every frame that it made; some cuffs send it all again each time.
    """

    def __init__(self, link: LocalLink, address: str = "F0:F1:F2:F3:F4:10", name: str = "Cuff BP-1") -> None:
        self.memory: list[bytes] = []
        self.battery = Battery(90)
        self.clock = Clock()
        self._measurement: Characteristic[bytes] = Characteristic(
            UUID.from_16_bits(0x2A35), Characteristic.Properties.INDICATE, Characteristic.READABLE, b""
        )
        # features: body movement, cuff fit, irregular pulse, pulse range and position detection
        feature: Characteristic[bytes] = Characteristic(
            UUID.from_16_bits(0x2A49),
            Characteristic.Properties.READ,
            Characteristic.READABLE,
            struct.pack("<H", 0b11111),
        )
        services = [
            Service(UUID.from_16_bits(SERVICE), [self._measurement, feature]),
            self.clock,
            self.battery,
            device_information("Simulated devices", "BP-1", address.replace(":", "")),
        ]
        super().__init__(link, address, name, SERVICE, services)

    async def measure(
        self,
        systolic: Decimal | int,
        diastolic: Decimal | int,
        mean: Decimal | int,
        pulse: Decimal | int,
        device_time: dt.datetime,
        *,
        status: int = 0,
        kilopascal: bool = False,
        timeout: float = 60.0,
    ) -> bytes:
        """Sends one measurement, in mmHg or kPa; ``device_time`` on its own clock, ``status`` as BLS 1.1.1 table 3.3.

        Returns the frame when the central has confirmed it. Raises TimeoutError; the frame then stays to be sent.
        """
        flags = 0b10110 | int(kilopascal)
        frame = bytes([flags]) + sfloat(systolic) + sfloat(diastolic) + sfloat(mean)
        frame += date_time(device_time) + sfloat(pulse) + struct.pack("<H", status)
        self.memory.append(frame)
        await self.send(frame, timeout=timeout)
        return frame

    async def replay(self, *, timeout: float = 60.0) -> list[bytes]:
        """Sends its whole memory again, in one connection, and returns it. Raises TimeoutError."""
        told = list(self.memory)
        sent = [self._post(self._measurement, frame) for frame in told]
        await self._delivered(sent[-1], timeout)
        return told

    async def send(self, frame: bytes, *, timeout: float = 60.0) -> None:
        """Sends ``frame`` as it is, be it within the specification or not."""
        await self._delivered(self._post(self._measurement, frame), timeout)


class Bm85(BloodPressureCuff):
    """A Beurer BM85: pulse and status big endian, and a user byte although its flag is 0.

    As in the public log of the frame 566a0047000000ea07080b121f00003f000000.
    """

    def __init__(self, link: LocalLink, address: str = "F0:F1:F2:F3:F4:85", name: str = "BM85") -> None:
        super().__init__(link, address, name)

    async def measure(
        self,
        systolic: Decimal | int,
        diastolic: Decimal | int,
        mean: Decimal | int,
        pulse: Decimal | int,
        device_time: dt.datetime,
        *,
        status: int = 0,
        kilopascal: bool = False,
        user: int = 0,
        timeout: float = 60.0,
    ) -> bytes:
        assert not kilopascal, "it knows mmHg only"
        frame = b"\x56" + sfloat(systolic) + sfloat(diastolic) + sfloat(mean) + date_time(device_time)
        frame += sfloat(pulse)[::-1] + bytes([user]) + struct.pack(">H", status)
        self.memory.append(frame)
        await self.send(frame, timeout=timeout)
        return frame
