"""Pulse oximetry (PLXS 1.0.1): Spot-check Measurement 0x2A5E (3.2) and Continuous Measurement 0x2A5F (3.3).

    spot-check   flags u8: bit 0 time stamp, 1 measurement status, 2 device and sensor status, 3 pulse amplitude index,
                 4 device clock not set
                 SpO2 SFLOAT, pulse rate SFLOAT, then Date Time, status u16, device status u24, index SFLOAT
    continuous   flags u8: bit 0 fast pair, 1 slow pair, 2 measurement status, 3 device and sensor status, 4 index
                 SpO2 SFLOAT, pulse rate SFLOAT, then fast pair, slow pair, status u16, device status u24, index SFLOAT

The index, amplitude of the pulse in %, is what others call perfusion index (PLXS 1.0.1, 3.2).

`17 6100 6000 e1070101012213 2000 200000` = SpO2 97, pulse 96, 2017-01-01 01:34:19, clock not set, low perfusion
`0c 6200 4e00 2000 000000` = SpO2 98, pulse 78
"""

from __future__ import annotations

from drivers.codec.component import component
from drivers.codec.date_time import date_time
from drivers.codec.ieee11073 import sfloat
from drivers.codec.payload import Payload
from edge.domain.measurement import Component, Kind, Name, Quality, Reading
from edge.domain.quantity import Unit

# PLXS 1.0.1 table 3.4. Bits 5 to 8 tell how far a measurement is, which changes nothing about a finished one.
_MEASUREMENT_STATUS = (
    (9, Quality.FROM_STORAGE),
    (10, Quality.DEMONSTRATION),
    (11, Quality.TEST_DATA),
    (12, Quality.ARTIFACT),  # calibration ongoing
    (13, Quality.MISSING),  # measurement unavailable
    (14, Quality.ARTIFACT),  # questionable measurement
    (15, Quality.IMPLAUSIBLE),  # invalid measurement
)
# PLXS 1.0.1 table 3.5
_DEVICE_STATUS = (
    *((bit, Quality.ARTIFACT) for bit in (1, 2, 3, 4)),  # malfunction, irregularity, inadequate and poor signal
    (5, Quality.LOW_PERFUSION),
    *((bit, Quality.ARTIFACT) for bit in (6, 7, 8, 10)),  # erratic, non-pulsatile, questionable pulse, interference
    (11, Quality.SENSOR_OFF),  # sensor unconnected to the user
    (12, Quality.ARTIFACT),  # unknown sensor
    (13, Quality.SENSOR_OFF),  # sensor displaced
    (14, Quality.ARTIFACT),  # sensor malfunctioning
    (15, Quality.SENSOR_OFF),  # sensor disconnected
)


def _qualities(bits: int, table: tuple[tuple[int, Quality], ...]) -> tuple[Quality, ...]:
    return tuple(quality for bit, quality in table if bits >> bit & 1)


_NORMAL = (Name.SPO2, Name.PULSE_RATE)
_FAST = (Name.SPO2_FAST, Name.PULSE_RATE_FAST)
_SLOW = (Name.SPO2_SLOW, Name.PULSE_RATE_SLOW)


def _pair(payload: Payload, names: tuple[Name, Name] = _NORMAL) -> list[Component]:
    saturation, pulse = names
    return [
        component(saturation, sfloat(payload), Unit.PERCENT),
        component(pulse, sfloat(payload), Unit.PER_MINUTE),
    ]


def _tail(payload: Payload, announced: int, components: list[Component]) -> tuple[Quality, ...]:
    """What both end with: bit 0 of ``announced`` measurement status, 1 device status, 2 pulse amplitude index."""
    quality: tuple[Quality, ...] = ()
    if announced & 1:
        quality += _qualities(payload.unsigned(2), _MEASUREMENT_STATUS)
    if announced & 1 << 1:
        quality += _qualities(payload.unsigned(3), _DEVICE_STATUS)
    if announced & 1 << 2:
        components.append(component(Name.PERFUSION_INDEX, sfloat(payload), Unit.PERCENT))
    payload.end()
    return quality


def spot_check(data: bytes) -> Reading:
    """One value of 0x2A5E. Raises Fault(UNDECODABLE) and nothing else."""
    payload = Payload(data)
    flags = payload.unsigned(1)
    components = _pair(payload)
    device_time = date_time(payload) if flags & 1 else None
    unset = flags & 1 << 4 or (flags & 1 and device_time is None)
    quality = _tail(payload, flags >> 1, components)
    if unset:
        quality += (Quality.DEVICE_CLOCK_UNSET,)
    return Reading(
        kind=Kind.SPO2,
        components=tuple(components),
        raw=data,
        device_time=device_time,
        quality=tuple(dict.fromkeys(quality)),
    )


def continuous(data: bytes) -> Reading:
    """One value of 0x2A5F; its other averages have names of their own. Raises Fault(UNDECODABLE) and nothing else."""
    payload = Payload(data)
    flags = payload.unsigned(1)
    components = _pair(payload)
    for bit, names in enumerate((_FAST, _SLOW)):
        if flags >> bit & 1:
            components += _pair(payload, names)
    quality = _tail(payload, flags >> 2, components)
    return Reading(kind=Kind.SPO2, components=tuple(components), raw=data, quality=tuple(dict.fromkeys(quality)))
