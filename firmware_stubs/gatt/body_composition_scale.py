"""A body analysis scale with users: Body Composition Service 0x181B (BCS 1.0.0) and User Data Service 0x181C."""

from __future__ import annotations

import datetime as dt
import struct
from decimal import Decimal

from bumble.core import UUID
from bumble.gatt import Characteristic
from bumble.link import LocalLink

from firmware_stubs.gatt.encode import date_time, steps
from firmware_stubs.gatt.scale import Scale

SERVICE = 0x181B
FAILED = b"\xff\xff"
"""BCS 1.0.0, 3.2.1.2: the measurement was unsuccessful."""


class BodyCompositionScale(Scale):
    def __init__(self, link: LocalLink, address: str = "F0:F1:F2:F3:F4:1B", name: str = "Body scale BC-1") -> None:
        measurement: Characteristic[bytes] = Characteristic(
            UUID.from_16_bits(0x2A9C), Characteristic.Properties.INDICATE, Characteristic.READABLE, b""
        )
        # features: all eleven fields; resolutions of mass 0.005 kg (7) and height 0.001 m (3)
        feature: Characteristic[bytes] = Characteristic(
            UUID.from_16_bits(0x2A9B),
            Characteristic.Properties.READ,
            Characteristic.READABLE,
            struct.pack("<I", 0x7FF | 7 << 11 | 3 << 15),
        )
        super().__init__(link, address, name, SERVICE, measurement, feature, "BC-1")

    async def measure(
        self,
        fat: Decimal | int | None,
        device_time: dt.datetime | None = None,
        *,
        user: int | None = None,
        basal_kilojoule: int | None = None,
        muscle_percent: Decimal | int | None = None,
        muscle: Decimal | int | None = None,
        fat_free: Decimal | int | None = None,
        soft_lean: Decimal | int | None = None,
        water: Decimal | int | None = None,
        impedance_ohm: Decimal | int | None = None,
        weight: Decimal | int | None = None,
        height: Decimal | int | None = None,
        imperial: bool = False,
        halved: bool = False,
        timeout: float = 60.0,
    ) -> bytes:
        """Sends ``fat`` in % (None: it could not measure); masses in kg (lb if ``imperial``), ``height`` in m (in).

        ``halved`` marks one of the two frames of a measurement that is too long for one (bit 12). That of a ``user`` is sent only once
        the central has that user's consent. Returns the frame when the central has confirmed it.
        Raises TimeoutError; the frame then stays to be sent.
        """
        mass, length = ("0.01", "0.1") if imperial else ("0.005", "0.001")
        fields: list[bytes | None] = [
            None if device_time is None else date_time(device_time),
            None if user is None else bytes([user]),
        ]
        for value, step in (
            (basal_kilojoule, "1"),
            (muscle_percent, "0.1"),
            (muscle, mass),
            (fat_free, mass),
            (soft_lean, mass),
            (water, mass),
            (impedance_ohm, "0.1"),
            (weight, mass),
            (height, length),
        ):
            fields.append(None if value is None else steps(value, step))
        flags = int(imperial) | int(halved) << 12
        for bit, field in enumerate(fields, start=1):
            flags |= (field is not None) << bit
        frame = struct.pack("<H", flags) + (FAILED if fat is None else steps(fat, "0.1"))
        frame += b"".join(field for field in fields if field is not None)
        await self.send(frame, user=user, timeout=timeout)
        return frame
