"""Glucose Measurement 0x2A18 and Measurement Context 0x2A34 (GLS 1.0.1, 3.1 and 3.2; GSS).

    measurement  flags u8: bit 0 time offset, 1 concentration and sample, 2 mol/L (else kg/L), 3 sensor status, 4 a context
                 follows
                 sequence u16, base time (Date Time, 7 bytes), offset s16 in minutes, concentration SFLOAT,
                 sample u8 (type in the low half, location in the high), sensor status u16
    context      flags u8: bit 0 carbohydrate, 1 meal, 2 tester and health, 3 exercise, 4 medication, 5 its unit, 6 HbA1c,
                 7 more flags
                 sequence u16, more flags u8, carbohydrate u8 SFLOAT, meal u8, tester and health u8, exercise u16 u8,
                 medication u8 SFLOAT, HbA1c SFLOAT

`1b 0f00 e807011e053a1b 5301 6fb0 f8 0000` = record 15, 2024-01-30 05:58:27 + 339 min = 11:37:27, 111e-5 kg/L (111 mg/dL)
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from drivers.codec.component import component
from drivers.codec.date_time import date_time
from drivers.codec.ieee11073 import sfloat
from drivers.codec.payload import Payload
from edge.domain.measurement import Component, DeviceTime, Kind, Name, Quality, Reading
from edge.domain.quantity import Unit

UNITS: Final = (Unit.KILOGRAM_PER_LITRE, Unit.MOLE_PER_LITRE)
"""By bit 2 of the flags."""

# Sensor Status Annunciation: what is wrong with the value
_VALUE_STATUS: Final = (
    (1, Quality.DEVICE_FAULT),  # sensor malfunction
    (2, Quality.SAMPLE_INSUFFICIENT),
    (3, Quality.STRIP_ERROR),  # inserted wrongly
    (4, Quality.STRIP_ERROR),  # of another type
    (5, Quality.ABOVE_RANGE),
    (6, Quality.BELOW_RANGE),
    (7, Quality.AMBIENT_TEMPERATURE),  # too high
    (8, Quality.AMBIENT_TEMPERATURE),  # too low
    (9, Quality.INTERRUPTED),
    (10, Quality.DEVICE_FAULT),
)
# and what is wrong with the device around it
_DEVICE_STATUS: Final = ((0, Quality.BATTERY_LOW), (11, Quality.DEVICE_CLOCK_UNSET))

_CONTROL_TYPE: Final = 0xA
_CONTROL_LOCATION: Final = 0x4
_OFFSET_SPECIALS: Final = frozenset({0x7FFF, 0x8000})
"""Overrun and underrun: the time that people see is further off than the field can say."""


def _qualities(bits: int, table: tuple[tuple[int, Quality], ...]) -> tuple[Quality, ...]:
    return tuple(dict.fromkeys(quality for bit, quality in table if bits >> bit & 1))


def _shifted(base: DeviceTime | None, offset: int) -> DeviceTime | None:
    """``base`` and ``offset`` (s16 as sent) minutes; None where that is no time."""
    if base is None or offset in _OFFSET_SPECIALS:
        return None
    minutes = offset - 0x10000 if offset >> 15 else offset
    try:
        when = dt.datetime.fromisoformat(base.isoformat()) + dt.timedelta(minutes=minutes)
    except (ValueError, OverflowError):  # the 30th of February, the year 10000
        return None
    return DeviceTime(when.year, when.month, when.day, when.hour, when.minute, when.second)


def _marked(found: Component, status: int) -> Component:
    quality = tuple(dict.fromkeys((*found.quality, *_qualities(status, _VALUE_STATUS))))
    return Component(found.name, found.quantity, quality, found.as_sent)


def glucose(data: bytes) -> Reading:
    """One value of 0x2A18; ``device_time`` is what the device shows: base time and offset.

    A control solution is nobody's blood: Quality.TEST_DATA. Raises Fault(UNDECODABLE) and nothing else.
    """
    payload = Payload(data)
    flags = payload.unsigned(1)
    sequence = payload.unsigned(2)
    device_time = date_time(payload)
    if flags & 1:
        device_time = _shifted(device_time, payload.unsigned(2))
    quality: tuple[Quality, ...] = ()
    found = component(Name.GLUCOSE, Quality.MISSING, UNITS[0])
    if flags & 1 << 1:
        found = component(Name.GLUCOSE, sfloat(payload), UNITS[flags >> 2 & 1])
        sample = payload.unsigned(1)
        if sample & 0xF == _CONTROL_TYPE or sample >> 4 == _CONTROL_LOCATION:
            quality += (Quality.TEST_DATA,)
    status = payload.unsigned(2) if flags & 1 << 3 else 0
    payload.end()
    quality += _qualities(status, _DEVICE_STATUS)
    if device_time is None:
        quality += (Quality.DEVICE_CLOCK_UNSET,)
    return Reading(
        kind=Kind.GLUCOSE,
        components=(_marked(found, status),),
        raw=data,
        device_time=device_time,
        sequence=sequence,
        quality=tuple(dict.fromkeys(quality)),
    )


def glucose_context(data: bytes) -> None:
    """One value of 0x2A34: what the user told the meter about meals, exercise and medicines, which is no measurement.

    Meters that have it may ask for its notifications before they give records. Raises Fault(UNDECODABLE).
    """
    payload = Payload(data)
    flags = payload.unsigned(1)
    payload.take(2)
    # more flags, carbohydrate, meal, tester and health, exercise, medication, HbA1c
    for bit, octets in ((7, 1), (0, 3), (1, 1), (2, 1), (3, 3), (4, 3), (6, 2)):
        if flags >> bit & 1:
            payload.take(octets)
    payload.end()
