"""How the simulated devices write their numbers. Written from IEEE 11073-20601, apart from anybody's decoder."""

from __future__ import annotations

import datetime as dt
import struct
from decimal import Decimal


def sfloat(value: Decimal | int) -> bytes:
    """``value`` exactly as SFLOAT: 4-bit exponent, 12-bit mantissa. Raises ValueError where it does not fit."""
    parts = Decimal(value).as_tuple()
    exponent = parts.exponent
    assert isinstance(exponent, int)
    mantissa = int("".join(str(digit) for digit in parts.digits))
    while exponent > 7:
        mantissa, exponent = mantissa * 10, exponent - 1
    while mantissa > 2045 and mantissa % 10 == 0:
        mantissa, exponent = mantissa // 10, exponent + 1
    if parts.sign:
        mantissa = -mantissa
    if not (-2045 <= mantissa <= 2045 and -8 <= exponent <= 7):
        raise ValueError(f"{value} does not fit into 16 bits")
    return struct.pack("<H", (exponent & 0xF) << 12 | mantissa & 0xFFF)


def date_time(moment: dt.datetime) -> bytes:
    """``moment`` on the device's own clock, which has no time zone."""
    return struct.pack("<HBBBBB", moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
