"""What passes the ECG channel, little endian. Pure.

Cart to page: 1, the number of parts (0 to 16), then each part: series u16, length of the label u8 (128 more: the samples
are steps of the device, else microvolts), the label (ASCII), hertz f32, samples taken so far u32, oldest that can be asked for u32,
number of the first sample here u32, how many u16, and those: the first as i32, each other as the difference to the one before in an
i8, as -127 followed by the difference in an i16, or as -128 followed by the sample in an i32. -2147483648 is a sample that the cart
itself has not; the one after it is always an i32.

Page to cart: 2, the number of ranges (0 to 32), then each range: series u16, first u32, how many u16.
"""

from __future__ import annotations

import dataclasses
import struct
from array import array
from collections.abc import Sequence
from typing import Final

from sync.consult.ecg.record import ABSENT, Series

LARGEST: Final = 1100
"""Bytes of a message of the cart: one packet, whatever lies below."""

LARGEST_ASKED: Final = 258
MOST_PARTS: Final = 16
MOST_RANGES: Final = 32
MOST_SAMPLES: Final = 1000
"""Of one part or one range."""

_TAKEN, _ASKED = 1, 2
_RANGE = struct.Struct("<HIH")
_NUMBERS = struct.Struct("<fIIIH")
_FIRST = struct.Struct("<i")
_STEP, _WIDER, _WHOLE = struct.Struct("<b"), struct.Struct("<bh"), struct.Struct("<bi")
_BY_WORD, _ANEW = -127, -128
_STEPS = 0x80


@dataclasses.dataclass(frozen=True, slots=True)
class Range:
    """``count`` samples of ``series`` from number ``first`` on."""

    series: int
    first: int
    count: int


def part(of: Series, first: int, coded: bytes, count: int) -> bytes:
    name = of.label.encode("ascii")
    length = len(name) if of.in_millivolts else len(name) | _STEPS
    return (
        struct.pack("<HB", of.number, length) + name + _NUMBERS.pack(of.hertz, of.head, of.begin, first, count) + coded
    )


def taken(parts: Sequence[bytes]) -> bytes:
    return bytes((_TAKEN, len(parts))) + b"".join(parts)


def coded(samples: Sequence[int] | array[int], room: int) -> tuple[bytes, int]:
    """As many of ``samples`` as ``room`` bytes hold, and how many those are."""
    found = bytearray()
    before: int | None = None
    count = 0
    for value in samples[:MOST_SAMPLES]:
        step = value - before if before is not None and ABSENT not in {value, before} else None
        if before is None:
            piece = _FIRST.pack(value)
        elif step is not None and abs(step) < -_BY_WORD:
            piece = _STEP.pack(step)
        elif step is not None and abs(step) < 1 << 15:
            piece = _WIDER.pack(_BY_WORD, step)
        else:
            piece = _WHOLE.pack(_ANEW, value)
        if len(found) + len(piece) > room:
            break
        found += piece
        before = value
        count += 1
    return bytes(found), count


def asked(data: object) -> tuple[Range, ...]:
    """What the page asks for. Raises ValueError for what is no message of its."""
    if not isinstance(data, bytes) or not 2 <= len(data) <= LARGEST_ASKED or data[0] != _ASKED:
        raise ValueError("not a message about ECG")
    if data[1] > MOST_RANGES or len(data) != 2 + data[1] * _RANGE.size:
        raise ValueError("as many ranges as it says are not there")
    found = tuple(Range(*_RANGE.unpack_from(data, 2 + n * _RANGE.size)) for n in range(data[1]))
    if any(not 0 < one.count <= MOST_SAMPLES for one in found):
        raise ValueError("a range that holds nothing or too much")
    return found
