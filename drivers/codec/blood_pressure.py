"""Blood Pressure Measurement, 0x2A35 (BLS 1.1.1, 3.1; GSS 3.31).

    flags u8: bit 0 kPa (else mmHg), 1 time stamp, 2 pulse rate, 3 user, 4 measurement status
    systolic, diastolic, mean arterial pressure: SFLOAT each
    then what the flags announce: Date Time (7 bytes), pulse rate SFLOAT, user u8, status u16

`16 7c00 5600 6100 e807060f11111b 3300 0000` = 124/86, mean 97, pulse 51, 2024-06-15 17:17:27, no status
"""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Final, Literal

from drivers.codec.component import component, implausible
from drivers.codec.date_time import date_time
from drivers.codec.ieee11073 import sfloat
from drivers.codec.payload import Payload
from edge.domain.measurement import Component, Kind, Name, Quality, Reading
from edge.domain.quantity import Unit

UNITS: Final = (Unit.MMHG, Unit.KPA)
"""By bit 0 of the flags."""

_UNKNOWN_USER = 0xFF


@dataclasses.dataclass(frozen=True, slots=True)
class Quirks:
    """How a model departs from the specification; its row says why.

    ``pulse_and_status`` is the byte order of these two fields. ``always_user``: the user byte is there whatever its flag
    says. ``mean_zero_is_none``: a mean of 0 stands for one that was not measured.
    """

    pulse_and_status: Literal["little", "big"] = "little"
    always_user: bool = False
    mean_zero_is_none: bool = False


CONFORMANT: Final = Quirks()

# BLS 1.1.1 table 3.3; bits 3 and 4 are one field, see below
_STATUS = (
    (0, Quality.BODY_MOVEMENT),
    (1, Quality.CUFF_LOOSE),
    (2, Quality.IRREGULAR_PULSE),
    (5, Quality.IMPROPER_POSITION),
)


def _status(bits: int) -> tuple[Quality, ...]:
    found = [quality for bit, quality in _STATUS if bits >> bit & 1]
    match bits >> 3 & 0b11:
        case 0b01 | 0b10:
            found.append(Quality.PULSE_OUT_OF_RANGE)
        case 0b11:
            found.append(Quality.RESERVED)
    return tuple(found)


def _judged(systolic: Component, diastolic: Component, mean: Component) -> tuple[Component, ...]:
    if systolic.quantity and diastolic.quantity and systolic.quantity.value <= diastolic.quantity.value:
        systolic, diastolic = implausible(systolic), implausible(diastolic)
    return systolic, diastolic, mean


def _mean(number: Decimal | Quality, quirks: Quirks) -> Decimal | Quality:
    return Quality.MISSING if quirks.mean_zero_is_none and number == 0 else number


def _two(payload: Payload, quirks: Quirks) -> Payload:
    """The next two bytes, little endian whatever they were."""
    taken = payload.take(2)
    return Payload(taken if quirks.pulse_and_status == "little" else taken[::-1])


def blood_pressure(data: bytes, quirks: Quirks = CONFORMANT) -> Reading:
    """One value of 0x2A35; pressures in mmHg, ``raw`` as sent. Raises Fault(UNDECODABLE) and nothing else."""
    payload = Payload(data)
    flags = payload.unsigned(1)
    unit = UNITS[flags & 1]
    components = list(
        _judged(
            component(Name.SYSTOLIC, sfloat(payload), unit),
            component(Name.DIASTOLIC, sfloat(payload), unit),
            component(Name.MEAN_ARTERIAL_PRESSURE, _mean(sfloat(payload), quirks), unit),
        )
    )
    device_time = date_time(payload) if flags & 1 << 1 else None
    quality: tuple[Quality, ...] = (Quality.DEVICE_CLOCK_UNSET,) if flags & 1 << 1 and device_time is None else ()
    if flags & 1 << 2:
        components.append(component(Name.PULSE_RATE, sfloat(_two(payload, quirks)), Unit.PER_MINUTE))
    user = payload.unsigned(1) if flags & 1 << 3 or quirks.always_user else _UNKNOWN_USER
    if flags & 1 << 4:
        quality += _status(_two(payload, quirks).unsigned(2))
    payload.end()
    return Reading(
        kind=Kind.BLOOD_PRESSURE,
        components=tuple(components),
        raw=data,
        device_time=device_time,
        user=None if user == _UNKNOWN_USER else user,
        quality=quality,
    )
