"""A blood glucose meter with a memory: Glucose Service 0x1808, GLS 1.0.1."""

from __future__ import annotations

import datetime as dt
import struct
from decimal import Decimal

from bumble.core import UUID
from bumble.gatt import Characteristic, Service
from bumble.link import LocalLink

from firmware_stubs.gatt.encode import date_time, sfloat
from firmware_stubs.gatt.peripheral import Peripheral, device_information
from firmware_stubs.gatt.record_access import RecordAccess
from firmware_stubs.gatt.services import Battery, Clock

SERVICE = 0x1808
CAPILLARY_WHOLE_BLOOD, CONTROL_SOLUTION = 1, 10
FINGER, CONTROL_SOLUTION_PLACE = 1, 4
"""GLS 1.0.1, tables 3.3 and 3.4."""


class GlucoseMeter(Peripheral):
    """Keeps what it measured and tells it only on request, through ``access``; ``offer`` wakes its radio up."""

    def __init__(self, link: LocalLink, address: str = "F0:F1:F2:F3:F4:08", name: str = "Glucose GL-1") -> None:
        self.battery = Battery(71)
        self.clock = Clock()
        self.next_sequence = 1
        self._measurement: Characteristic[bytes] = Characteristic(
            UUID.from_16_bits(0x2A18), Characteristic.Properties.NOTIFY, Characteristic.READABLE, b""
        )
        self._context: Characteristic[bytes] = Characteristic(
            UUID.from_16_bits(0x2A34), Characteristic.Properties.NOTIFY, Characteristic.READABLE, b""
        )
        # features: low battery, sample size, strip and device faults, multiple bonds
        feature: Characteristic[bytes] = Characteristic(
            UUID.from_16_bits(0x2A51),
            Characteristic.Properties.READ,
            Characteristic.READABLE,
            struct.pack("<H", 0b101_1010_1111),
        )
        self.access = RecordAccess(self._tell, self._ready)
        services = [
            Service(UUID.from_16_bits(SERVICE), [self._measurement, self._context, feature, self.access.point]),
            self.clock,
            self.battery,
            device_information("Simulated devices", "GL-1", address.replace(":", "")),
        ]
        super().__init__(link, address, name, SERVICE, services)
        # a central may want to ask for more
        self.linger = 3.0

    def _ready(self) -> bool:
        return {self._measurement.handle, self.access.point.handle} <= self._subscribed

    def measure(
        self,
        milligram_per_decilitre: int | None,
        base_time: dt.datetime,
        *,
        millimole_per_litre: Decimal | None = None,
        offset_minutes: int | None = None,
        sample: int = CAPILLARY_WHOLE_BLOOD,
        place: int = FINGER,
        status: int | None = None,
        meal: int | None = None,
    ) -> int:
        """Puts one measurement into the memory and returns its sequence number.

        It is in the unit in which it is given; both None: no concentration. ``status`` as GLS 1.0.1 table 3.5; ``meal``
        (1 before, 2 after, 3 fasting) sends a context along.
        """
        flags = (offset_minutes is not None) | (status is not None) << 3 | (meal is not None) << 4
        concentration = b""
        if millimole_per_litre is not None:
            flags |= 0b110
            concentration = sfloat(millimole_per_litre.scaleb(-3))
        elif milligram_per_decilitre is not None:
            flags |= 0b010
            concentration = sfloat(Decimal(milligram_per_decilitre).scaleb(-5))
        number = self.next_sequence
        frame = struct.pack("<BH", flags, number) + date_time(base_time)
        if offset_minutes is not None:
            frame += struct.pack("<h", offset_minutes)
        if concentration:
            frame += concentration + bytes([place << 4 | sample])
        if status is not None:
            frame += struct.pack("<H", status)
        frames = [(self._measurement, frame)]
        if meal is not None:
            frames.append((self._context, struct.pack("<BHB", 0b10, number, meal)))
        self.access.records.append((number, frames))
        self.next_sequence += 1
        return number

    def frame(self, sequence: int) -> bytes:
        """What the meter says of the record ``sequence``."""
        return next(frames[0][1] for number, frames in self.access.records if number == sequence)

    async def offer(self, *, timeout: float = 60.0) -> None:
        """Advertises until a central has had a report or was told that there is none. Raises TimeoutError."""
        await self._delivered(self._converse(self.access.point, self.access.serve), timeout)
