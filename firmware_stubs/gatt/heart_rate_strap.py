"""A chest strap: Heart Rate Service 0x180D, HRS 1.0."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import struct
from collections.abc import Sequence

from bumble.att import ATT_Error
from bumble.core import UUID
from bumble.device import Connection
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.link import LocalLink

from firmware_stubs.gatt.peripheral import Peripheral, device_information
from firmware_stubs.gatt.services import Battery

SERVICE = 0x180D
CHEST = 1
CONTROL_POINT_NOT_SUPPORTED = 0x80


@dataclasses.dataclass(frozen=True)
class Beats:
    """What one notification tells: rate in /min, RR intervals in 1/1024 s, oldest first, energy in kJ since the reset.

    ``contact`` None: the strap cannot tell.
    """

    rate: int
    intervals: Sequence[int] = ()
    contact: bool | None = True
    energy: int | None = None

    def frame(self) -> bytes:
        """HRS 1.0, table 3.2."""
        wide = self.rate > 0xFF
        contact = {None: 0b00, False: 0b10, True: 0b11}[self.contact]
        flags = int(wide) | contact << 1 | (self.energy is not None) << 3 | bool(self.intervals) << 4
        frame = bytes([flags]) + self.rate.to_bytes(1 + wide, "little")
        if self.energy is not None:
            frame += struct.pack("<H", self.energy)
        return frame + struct.pack(f"<{len(self.intervals)}H", *self.intervals)


class HeartRateStrap(Peripheral):
    """Notifies once a second while it is worn, and hangs up when it is taken off. ``resets`` counts those of the energy."""

    def __init__(self, link: LocalLink, address: str = "F0:F1:F2:F3:F4:0D", name: str = "Strap HR-1") -> None:
        self.battery = Battery(64)
        self.resets = 0
        self._measurement: Characteristic[bytes] = Characteristic(
            UUID.from_16_bits(0x2A37), Characteristic.Properties.NOTIFY, Characteristic.READABLE, b""
        )
        location: Characteristic[bytes] = Characteristic(
            UUID.from_16_bits(0x2A38), Characteristic.Properties.READ, Characteristic.READABLE, bytes([CHEST])
        )
        point: Characteristic[bytes] = Characteristic(
            UUID.from_16_bits(0x2A39),
            Characteristic.Properties.WRITE,
            Characteristic.WRITEABLE,
            CharacteristicValue(write=self._reset),
        )
        services = [
            Service(UUID.from_16_bits(SERVICE), [self._measurement, location, point]),
            self.battery,
            device_information("Simulated devices", "HR-1", address.replace(":", "")),
        ]
        super().__init__(link, address, name, SERVICE, services)

    def _reset(self, _connection: Connection, value: bytes) -> None:
        if value != b"\x01":
            raise ATT_Error(CONTROL_POINT_NOT_SUPPORTED)
        self.resets += 1

    async def wear(self, beats: Sequence[Beats], *, every: float = 1.0, timeout: float = 60.0) -> list[bytes]:
        """Sends ``beats``, one each ``every`` seconds, and returns their frames when the last one is sent.

        Raises TimeoutError; what was not sent then stays to be sent.
        """
        frames = [one.frame() for one in beats]
        sent = [self._converse(self._measurement, functools.partial(self._beat, frame, every)) for frame in frames]
        await self._delivered(sent[-1], timeout)
        return frames

    async def _beat(self, frame: bytes, every: float, connection: Connection) -> None:
        await self._tell(self._measurement, frame, connection)
        await asyncio.sleep(every)
