"""Blood Pressure Measurement, 0x2A35 (BLS 1.1.1, 3.1; GSS 3.31).

    flags u8: bit 0 kPa (else mmHg), 1 time stamp, 2 pulse rate, 3 user, 4 measurement status
    systolic, diastolic, mean arterial pressure: SFLOAT each
    then what the flags announce: Date Time (7 bytes), pulse rate SFLOAT, user u8, status u16

`16 7c00 5600 6100 e807060f11111b 3300 0000` = 124/86, mean 97, pulse 51, 2024-06-15 17:17:27, no status
"""

from __future__ import annotations

from drivers.codec.component import component, implausible
from drivers.codec.date_time import date_time
from drivers.codec.ieee11073 import sfloat
from drivers.codec.payload import Payload
from edge.domain.measurement import Component, Kind, Name, Quality, Reading
from edge.domain.quantity import Unit

_UNKNOWN_USER = 0xFF
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


def blood_pressure(data: bytes) -> Reading:
    """One value of 0x2A35; pressures in mmHg, ``raw`` as sent. Raises Fault(UNDECODABLE) and nothing else."""
    payload = Payload(data)
    flags = payload.unsigned(1)
    unit = Unit.KPA if flags & 1 else Unit.MMHG
    components = list(
        _judged(
            component(Name.SYSTOLIC, sfloat(payload), unit),
            component(Name.DIASTOLIC, sfloat(payload), unit),
            component(Name.MEAN_ARTERIAL_PRESSURE, sfloat(payload), unit),
        )
    )
    device_time = date_time(payload) if flags & 1 << 1 else None
    quality: tuple[Quality, ...] = (Quality.DEVICE_CLOCK_UNSET,) if flags & 1 << 1 and device_time is None else ()
    if flags & 1 << 2:
        components.append(component(Name.PULSE_RATE, sfloat(payload), Unit.PER_MINUTE))
    user = payload.unsigned(1) if flags & 1 << 3 else _UNKNOWN_USER
    if flags & 1 << 4:
        quality += _status(payload.unsigned(2))
    payload.end()
    return Reading(
        kind=Kind.BLOOD_PRESSURE,
        components=tuple(components),
        raw=data,
        device_time=device_time,
        user=None if user == _UNKNOWN_USER else user,
        quality=quality,
    )
