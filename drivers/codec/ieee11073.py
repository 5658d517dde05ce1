"""The two number formats of IEEE 11073-20601 (annex F.6 and F.7), exact: no binary rounding.

    SFLOAT  16 bit: exponent in the high  4, mantissa in the low 12, both two's complement;  `72 00` = 114
    FLOAT   32 bit: exponent in the high  8, mantissa in the low 24, both two's complement;  `6D 01 00 FF` = 36.5

The exponent is not biased. Five codes are no numbers and stay apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from drivers.codec.payload import Payload
from edge.domain.measurement import Quality

SFLOAT_SPECIALS: Mapping[int, Quality] = MappingProxyType(
    {
        0x07FF: Quality.NAN,
        0x0800: Quality.NRES,
        0x07FE: Quality.POSITIVE_INFINITY,
        0x0802: Quality.NEGATIVE_INFINITY,
        0x0801: Quality.RESERVED,
    }
)
FLOAT_SPECIALS: Mapping[int, Quality] = MappingProxyType(
    {
        0x007FFFFF: Quality.NAN,
        0x00800000: Quality.NRES,
        0x007FFFFE: Quality.POSITIVE_INFINITY,
        0x00800002: Quality.NEGATIVE_INFINITY,
        0x00800001: Quality.RESERVED,
    }
)


def _signed(number: int, bits: int) -> int:
    return number - (1 << bits) if number >> bits - 1 else number


def _decode(code: int, mantissa_bits: int, exponent_bits: int, specials: Mapping[int, Quality]) -> Decimal | Quality:
    if code in specials:
        return specials[code]
    field = code & (1 << mantissa_bits) - 1
    if field in specials:
        # a mantissa of the five with another exponent is outside the range of numbers (+-(2^(n-1) - 3)) and no special
        return Quality.RESERVED
    mantissa = _signed(field, mantissa_bits)
    exponent = _signed(code >> mantissa_bits, exponent_bits)
    if exponent >= 0:
        return Decimal(mantissa * 10**exponent)
    sign = 1 if mantissa < 0 else 0
    return Decimal((sign, tuple(int(digit) for digit in str(abs(mantissa))), exponent))


def sfloat(payload: Payload) -> Decimal | Quality:
    """The next two bytes as SFLOAT. Raises Fault(UNDECODABLE) only for missing bytes."""
    return _decode(payload.unsigned(2), 12, 4, SFLOAT_SPECIALS)


def float32(payload: Payload) -> Decimal | Quality:
    """The next four bytes as FLOAT. Raises Fault(UNDECODABLE) only for missing bytes."""
    return _decode(payload.unsigned(4), 24, 8, FLOAT_SPECIALS)
