"""GATT Date Time, 0x2A08 (GSS 3.70): u16 year, then month, day, hour, minute, second, each u8. No time zone.

`e8 07 06 0f 11 11 1b` = 2024-06-15 17:17:27
"""

from __future__ import annotations

from drivers.codec.payload import Payload, undecodable
from edge.domain.measurement import DeviceTime


def date_time(payload: Payload) -> DeviceTime | None:
    """The next seven bytes; None where the device does not know its date (year, month or day 0).

    Raises Fault(UNDECODABLE) outside the ranges of the specification: then other fields are not where they should be.
    """
    year = payload.unsigned(2)
    month, day, hour, minute, second = payload.take(5)
    in_range = (year == 0 or 1582 <= year <= 9999) and month <= 12 and day <= 31
    if not (in_range and hour <= 23 and minute <= 59 and second <= 59):
        raise undecodable("a value carries a date that does not exist")
    if 0 in (year, month, day):
        return None
    return DeviceTime(year, month, day, hour, minute, second)
