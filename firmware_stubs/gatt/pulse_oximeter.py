"""A finger oximeter: Pulse Oximeter Service 0x1822, PLXS 1.0.1."""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Sequence
from decimal import Decimal

from bumble.core import UUID
from bumble.gatt import Characteristic, Service
from bumble.link import LocalLink

from firmware_stubs.gatt.encode import date_time, sfloat
from firmware_stubs.gatt.peripheral import Peripheral, device_information
from firmware_stubs.gatt.services import Battery, Clock

SERVICE = 0x1822
FROM_STORAGE = 1 << 9
"""PLXS 1.0.1, table 3.4."""


class PulseOximeter(Peripheral):
    """Shows running values while the finger is in, then indicates the finished spot check and hangs up.

    ``memory`` is every spot check that it made; some oximeters send it all again each time, marked as from storage.
    """

    def __init__(self, link: LocalLink, address: str = "F0:F1:F2:F3:F4:22", name: str = "Oximeter OX-1") -> None:
        self.memory: list[bytes] = []
        self.battery = Battery(77)
        self.clock = Clock()
        self._spot_check: Characteristic[bytes] = Characteristic(
            UUID.from_16_bits(0x2A5E), Characteristic.Properties.INDICATE, Characteristic.READABLE, b""
        )
        self._continuous: Characteristic[bytes] = Characteristic(
            UUID.from_16_bits(0x2A5F), Characteristic.Properties.NOTIFY, Characteristic.READABLE, b""
        )
        # features: measurement status, device and sensor status, time stamp and pulse amplitude index, then which bits
        features: Characteristic[bytes] = Characteristic(
            UUID.from_16_bits(0x2A60),
            Characteristic.Properties.READ,
            Characteristic.READABLE,
            struct.pack("<HH", 0b1001011, 0xFFE0) + b"\xff\xff\x00",
        )
        services = [
            Service(UUID.from_16_bits(SERVICE), [self._spot_check, self._continuous, features]),
            self.clock,
            self.battery,
            device_information("Simulated devices", "OX-1", address.replace(":", "")),
        ]
        super().__init__(link, address, name, SERVICE, services)

    async def measure(
        self,
        spo2: Decimal | int,
        pulse: Decimal | int,
        device_time: dt.datetime,
        *,
        amplitude: Decimal | None = None,
        status: int = 0x0100,
        sensor: int = 0,
        running: Sequence[tuple[Decimal | int, Decimal | int]] = (),
        timeout: float = 60.0,
    ) -> bytes:
        """Sends the ``running`` pairs (SpO2 in %, pulse in /min), then one spot check.

        ``status`` and ``sensor`` as PLXS 1.0.1 tables 3.4 and 3.5; ``amplitude`` in %. Returns the spot check's frame
        when the central has confirmed it. Raises TimeoutError; what was not sent then stays to be sent.
        """
        flags = 0b0111 | (amplitude is not None) << 3
        start = bytes([flags]) + sfloat(spo2) + sfloat(pulse) + date_time(device_time)
        end = sensor.to_bytes(3, "little") + (b"" if amplitude is None else sfloat(amplitude))
        frame = start + struct.pack("<H", status) + end
        self.memory.append(start + struct.pack("<H", status | FROM_STORAGE) + end)
        for saturation, rate in running:
            self._post(self._continuous, b"\x00" + sfloat(saturation) + sfloat(rate))
        await self.send(frame, timeout=timeout)
        return frame

    async def replay(self, *, timeout: float = 60.0) -> list[bytes]:
        """Sends its whole memory, in one connection, and returns the frames. Raises TimeoutError."""
        told = list(self.memory)
        sent = [self._post(self._spot_check, frame) for frame in told]
        await self._delivered(sent[-1], timeout)
        return told

    async def send(self, frame: bytes, *, timeout: float = 60.0) -> None:
        """Sends ``frame`` as a spot check as it is, be it within the specification or not."""
        await self._delivered(self._post(self._spot_check, frame), timeout)
