"""Services that many devices have beside their own: battery, clock."""

from __future__ import annotations

import datetime as dt
import struct

from bumble.att import ATT_Error
from bumble.core import UUID
from bumble.device import Connection
from bumble.gatt import Characteristic, CharacteristicValue, Service

from firmware_stubs.gatt.encode import current_time

OUT_OF_RANGE = 0xFF
"""Core Specification Supplement, Part B: common error codes."""
DATA_FIELD_IGNORED = 0x80
"""CTS 1.1, table 1.2."""


class Battery(Service):
    """Service 0x180F, BAS 1.1. ``percent`` may be changed at any time."""

    def __init__(self, percent: int = 100) -> None:
        self.percent = percent
        level: Characteristic[bytes] = Characteristic(
            UUID.from_16_bits(0x2A19),
            Characteristic.Properties.READ | Characteristic.Properties.NOTIFY,
            Characteristic.READABLE,
            CharacteristicValue(read=lambda _connection: bytes([self.percent])),
        )
        super().__init__(UUID.from_16_bits(0x180F), [level])


class Clock(Service):
    """Service 0x1805, CTS 1.1: the device's own clock, without a time zone, which runs at the right speed.

    ``ahead`` is how far it is ahead of ``dt.datetime.now()``; ``settings`` are the times to which it was set. A device
    with ``settable`` false refuses with Write Not Permitted, as one does that offers no writing.
    """

    def __init__(self, *, ahead: dt.timedelta = dt.timedelta(0), settable: bool = True) -> None:
        self.ahead = ahead
        self.settings: list[dt.datetime] = []
        properties = Characteristic.Properties.READ | Characteristic.Properties.NOTIFY
        permissions = Characteristic.READABLE
        if settable:
            properties |= Characteristic.Properties.WRITE
            permissions |= Characteristic.WRITEABLE
        self._time: Characteristic[bytes] = Characteristic(
            UUID.from_16_bits(0x2A2B),
            properties,
            permissions,
            CharacteristicValue(read=lambda _connection: current_time(self.now()), write=self._set),
        )
        super().__init__(UUID.from_16_bits(0x1805), [self._time])

    def now(self) -> dt.datetime:
        return dt.datetime.now() + self.ahead  # noqa: DTZ005 - a device's clock has no time zone

    def _set(self, _connection: Connection, value: bytes) -> None:
        if len(value) != 10:
            raise ATT_Error(0x0D)
        year, month, day, hour, minute, second, weekday, fraction, _reason = struct.unpack("<H8B", value)
        try:
            wanted = dt.datetime(year, month, day, hour, minute, second, fraction * 1_000_000 // 256)  # noqa: DTZ001
        except ValueError as exc:
            raise ATT_Error(OUT_OF_RANGE) from exc
        if weekday not in (0, wanted.isoweekday()):
            # a device that checks it: the day of the week is not that of the date
            raise ATT_Error(DATA_FIELD_IGNORED)
        self.settings.append(wanted)
        self.ahead = wanted - dt.datetime.now()  # noqa: DTZ005
