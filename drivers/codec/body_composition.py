"""Body Composition Measurement, 0x2A9C (BCS 1.0, 3.2; GSS), with the weight (0x2A9D) that such scales send too.

    flags u16: bit 0 imperial units, 1 time stamp, 2 user, 3 to 11 one field each as in FIELDS,
               12 the measurement comes in two values
    body fat u16 in 0.1 % (FFFF: measurement unsuccessful), Date Time (7 bytes), user u8 (FF: unknown), then the fields:
    masses in 0.005 kg or 0.01 lb, percentages in 0.1 %, impedance in 0.1 Ohm, metabolism in kJ, height in 0.001 m or 0.1 in

A measurement longer than one indication comes in two in a row, both with bit 12 and the same body fat; only the first has
time stamp and user, and each of the other fields is in one of them.

`9803 c500 a01b 7c01 3c2f 7420 5212` = 19.7 %, 7072 kJ, muscle 38.0 %, lean 60.46 kg, water 41.54 kg, 469.0 Ohm
"""

from __future__ import annotations

import collections
import dataclasses
from typing import Final

from drivers.codec.date_time import date_time
from drivers.codec.payload import Payload, undecodable
from drivers.codec.weight import SYSTEMS, UNKNOWN_USER, field, weight
from edge.domain.measurement import Kind, Name, Quality, Reading
from edge.domain.ports import NEED_DATA, NeedData

FIELDS: Final = (
    Name.BASAL_METABOLISM,
    Name.MUSCLE_PERCENTAGE,
    Name.MUSCLE_MASS,
    Name.FAT_FREE_MASS,
    Name.SOFT_LEAN_MASS,
    Name.BODY_WATER_MASS,
    Name.IMPEDANCE,
    Name.WEIGHT,
    Name.HEIGHT,
)
"""Announced by the bits from 3 upwards, in this order."""

_FIRST_FIELD: Final = 3
_FIELD_BITS: Final = 0b1111_1111_1000
_TIME: Final = 1 << 1
_USER: Final = 1 << 2
_IN_TWO: Final = 1 << 12


def body_composition(data: bytes) -> Reading:
    """One value of 0x2A9C, by itself. Raises Fault(UNDECODABLE) and nothing else."""
    payload = Payload(data)
    flags = payload.unsigned(2)
    system = SYSTEMS[flags & 1]
    components = [field(payload, Name.BODY_FAT, system)]
    device_time = date_time(payload) if flags & _TIME else None
    user = payload.unsigned(1) if flags & _USER else UNKNOWN_USER
    for bit, name in enumerate(FIELDS, _FIRST_FIELD):
        if flags >> bit & 1:
            components.append(field(payload, name, system))
    payload.end()
    return Reading(
        kind=Kind.BODY_COMPOSITION,
        components=tuple(components),
        raw=data,
        device_time=device_time,
        user=None if user == UNKNOWN_USER else user,
        quality=(Quality.DEVICE_CLOCK_UNSET,) if flags & _TIME and device_time is None else (),
    )


def _flags(reading: Reading) -> int:
    return int.from_bytes(reading.raw[:2], "little")


def _continues(first: Reading, second: Reading) -> bool:
    """Whether ``second`` is the other half of ``first``; both have bit 12."""
    before, after = _flags(first), _flags(second)
    return (
        not after & (_TIME | _USER)
        and (before ^ after) & 1 == 0
        and before & after & _FIELD_BITS == 0
        and first.components[0] == second.components[0]
    )


class BodyCompositionDecoder:
    """Satisfies edge.domain.ports.Decoder. A first half is held until its other half, another measurement or the end
    comes, whichever is first; one that stays alone is given as it is. Never holds more than one.

    A half that comes twice in a row is the same half: a link may hear a value twice, and it pairs with nothing else.
    """

    def __init__(self) -> None:
        self._values: collections.deque[tuple[str, bytes]] = collections.deque()
        self._ready: collections.deque[Reading] = collections.deque()
        self._half: Reading | None = None
        self._last = b""
        self._ended = False

    def feed(self, data: bytes, source: str = "") -> None:
        self._values.append((source.lower() or "2a9c", bytes(data)))
        self._ended = False

    def end(self) -> None:
        self._ended = True

    def next_frame(self) -> Reading | NeedData:
        while not self._ready and self._values:
            source, data = self._values.popleft()
            match source:
                case "2a9c":
                    self._take(body_composition(data))
                case "2a9d":
                    return weight(data)
                case _:
                    raise undecodable(f"a value came from characteristic {source}, which this model does not have")
        if not self._ready and self._ended:
            self._give_half()
        return self._ready.popleft() if self._ready else NEED_DATA

    def _take(self, reading: Reading) -> None:
        before, self._last = self._last, reading.raw
        if not _flags(reading) & _IN_TWO:
            self._give_half()
            self._ready.append(reading)
        elif reading.raw == before:
            pass
        elif self._half is not None and _continues(self._half, reading):
            self._ready.append(
                dataclasses.replace(
                    self._half,
                    components=(*self._half.components, *reading.components[1:]),
                    raw=self._half.raw + reading.raw,
                )
            )
            self._half = None
        else:
            self._give_half()
            self._half = reading

    def _give_half(self) -> None:
        if self._half is not None:
            self._ready.append(self._half)
            self._half = None
