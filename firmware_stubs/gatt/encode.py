"""How the simulated devices write their numbers. Written from IEEE 11073-20601, apart from anybody's decoder."""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType


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


def float32(value: Decimal | str) -> bytes:
    """``value`` as FLOAT: 8-bit exponent, 24-bit mantissa, with as many decimals as it is written with.

    ``value`` may be one of the words of SPECIAL_FLOATS. Raises ValueError where it does not fit.
    """
    if isinstance(value, str):
        return SPECIAL_FLOATS[value]
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    mantissa = 0
    for digit in digits:
        mantissa = mantissa * 10 + digit
    if not (mantissa < 0x7FFFFE and -128 <= exponent <= 127):
        raise ValueError(f"{value} does not fit into 32 bits")
    return (-mantissa if sign else mantissa).to_bytes(3, "little", signed=True) + struct.pack("<b", exponent)


SPECIAL_FLOATS: Mapping[str, bytes] = MappingProxyType(
    {
        "NaN": b"\xff\xff\x7f\x00",
        "NRes": b"\x00\x00\x80\x00",
        "+INFINITY": b"\xfe\xff\x7f\x00",
        "-INFINITY": b"\x02\x00\x80\x00",
    }
)
"""IEEE 11073-20601: the mantissas that are no numbers, with exponent 0."""


def steps(value: Decimal | int, step: Decimal | str, size: int = 2) -> bytes:
    """``value`` as an unsigned count of ``step``, exactly. Raises ValueError for what is no whole count of it."""
    count = Decimal(value) / Decimal(step)
    if count != int(count):
        raise ValueError(f"{value} is no multiple of {step}")
    return int(count).to_bytes(size, "little")


def date_time(moment: dt.datetime) -> bytes:
    """Date Time 0x2A08: ``moment`` on the device's own clock, which has no time zone."""
    return struct.pack("<HBBBBB", moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)


def current_time(moment: dt.datetime) -> bytes:
    """Current Time 0x2A2B: Date Time, day of the week (1 Monday), 1/256 s, and no reason for an adjustment."""
    return date_time(moment) + bytes([moment.isoweekday(), moment.microsecond * 256 // 1_000_000, 0])
