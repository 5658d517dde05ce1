"""Current Time, 0x2A2B (CTS 1.1, 3.1): Date Time (7 bytes), day of the week u8 (1 Monday), 1/256 s u8, reason of the last
adjustment u8 (bit 0 by hand, 1 by a reference, 2 time zone, 3 daylight saving). No time zone.

`e807 06 0f 11 11 1b 06 80 01` = Saturday 2024-06-15 17:17:27.5, set by hand
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from drivers.codec.date_time import date_time
from drivers.codec.payload import Payload, undecodable

_MANUAL: Final = 0b0001
_FRACTIONS: Final = 256


def _moment(payload: Payload) -> dt.datetime | None:
    when = date_time(payload)
    if when is None:
        return None
    try:
        return dt.datetime.fromisoformat(when.isoformat())
    except ValueError as exc:  # the 30th of February
        raise undecodable("a value carries a date that does not exist") from exc


def current_time(data: bytes) -> dt.datetime | None:
    """The clock of 0x2A2B, without a zone; None where the device does not know it. Raises Fault(UNDECODABLE)."""
    payload = Payload(data)
    when = _moment(payload)
    payload.take(1)
    fractions = payload.unsigned(1)
    payload.take(1)
    payload.end()
    return None if when is None else when + dt.timedelta(seconds=fractions / _FRACTIONS)


def plain_time(data: bytes) -> dt.datetime | None:
    """The clock of a Date Time characteristic, 0x2A08. As above."""
    payload = Payload(data)
    when = _moment(payload)
    payload.end()
    return when


def set_current_time(now: dt.datetime) -> bytes:
    """What to write to 0x2A2B so that the clock shows ``now``."""
    fractions = now.microsecond * _FRACTIONS // 1_000_000
    return set_plain_time(now) + bytes((now.isoweekday(), fractions, _MANUAL))


def set_plain_time(now: dt.datetime) -> bytes:
    """What to write to 0x2A08."""
    return now.year.to_bytes(2, "little") + bytes((now.month, now.day, now.hour, now.minute, now.second))
