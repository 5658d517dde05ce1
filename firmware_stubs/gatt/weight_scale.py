"""A weight scale with users: Weight Scale Service 0x181D (WSS 1.0.1) and User Data Service 0x181C."""

from __future__ import annotations

import datetime as dt
import struct
from decimal import Decimal

from bumble.core import UUID
from bumble.gatt import Characteristic
from bumble.link import LocalLink

from firmware_stubs.gatt.encode import date_time, steps
from firmware_stubs.gatt.scale import Scale

SERVICE = 0x181D
FAILED = b"\xff\xff"
"""WSS 1.0.1, 3.2.1.2: the measurement was unsuccessful."""


class WeightScale(Scale):
    """Who steps on it is known by the slot that was chosen on the scale; it tells nobody's weight without consent."""

    def __init__(self, link: LocalLink, address: str = "F0:F1:F2:F3:F4:1D", name: str = "Scale WS-1") -> None:
        measurement: Characteristic[bytes] = Characteristic(
            UUID.from_16_bits(0x2A9D), Characteristic.Properties.INDICATE, Characteristic.READABLE, b""
        )
        # features: time stamp, multiple users, BMI; resolutions 0.005 kg (7) and 0.001 m (3)
        feature: Characteristic[bytes] = Characteristic(
            UUID.from_16_bits(0x2A9E),
            Characteristic.Properties.READ,
            Characteristic.READABLE,
            struct.pack("<I", 0b111 | 7 << 3 | 3 << 7),
        )
        super().__init__(link, address, name, SERVICE, measurement, feature, "WS-1")

    async def measure(
        self,
        weight: Decimal | int | None,
        device_time: dt.datetime | None = None,
        *,
        user: int | None = None,
        bmi: Decimal | None = None,
        height: Decimal | int | None = None,
        imperial: bool = False,
        timeout: float = 60.0,
    ) -> bytes:
        """Sends ``weight`` in kg (lb if ``imperial``), ``height`` in m (in). ``weight`` None: it could not measure.

        ``bmi`` and ``height`` go together. That of a ``user`` is sent only once the central has that user's consent.
        Returns the frame when the central has confirmed it. Raises TimeoutError; the frame then stays to be sent.
        """
        flags = int(imperial) | (device_time is not None) << 1 | (user is not None) << 2 | (bmi is not None) << 3
        frame = bytes([flags])
        frame += FAILED if weight is None else steps(weight, "0.01" if imperial else "0.005")
        if device_time is not None:
            frame += date_time(device_time)
        if user is not None:
            frame += bytes([user])
        if bmi is not None:
            assert height is not None
            frame += steps(bmi, "0.1") + steps(height, "0.1" if imperial else "0.001")
        await self.send(frame, user=user, timeout=timeout)
        return frame
