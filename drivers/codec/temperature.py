"""Temperature Measurement 0x2A1C and Intermediate Temperature 0x2A1E (HTS 1.0, 3.1 and 3.3; GSS): one format.

    flags u8: bit 0 Fahrenheit (else Celsius), 1 time stamp, 2 temperature type
    temperature FLOAT, then what the flags announce: Date Time (7 bytes), type u8 (where on the body; read over)

`06 700100ff e507020c0a3822 02` = 36.8 Cel, 2021-02-12 10:56:34, body in general
"""

from __future__ import annotations

from typing import Final

from drivers.codec.component import component
from drivers.codec.date_time import date_time
from drivers.codec.ieee11073 import float32
from drivers.codec.payload import Payload
from edge.domain.measurement import Kind, Name, Quality, Reading
from edge.domain.quantity import Unit

UNITS: Final = (Unit.CELSIUS, Unit.FAHRENHEIT)
"""By bit 0 of the flags."""


def temperature(data: bytes) -> Reading:
    """One value of either characteristic. Raises Fault(UNDECODABLE) and nothing else."""
    payload = Payload(data)
    flags = payload.unsigned(1)
    found = component(Name.TEMPERATURE, float32(payload), UNITS[flags & 1])
    stamped = bool(flags & 1 << 1)
    device_time = date_time(payload) if stamped else None
    if flags & 1 << 2:
        payload.take(1)
    payload.end()
    return Reading(
        kind=Kind.TEMPERATURE,
        components=(found,),
        raw=data,
        device_time=device_time,
        quality=(Quality.DEVICE_CLOCK_UNSET,) if stamped and device_time is None else (),
    )
