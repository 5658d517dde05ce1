"""Weight Measurement, 0x2A9D (WSS 1.0, 3.2; GSS).

    flags u8: bit 0 imperial units, 1 time stamp, 2 user, 3 body mass index and height
    weight u16 in 0.005 kg or 0.01 lb (FFFF: measurement unsuccessful), Date Time (7 bytes), user u8 (FF: unknown),
    body mass index u16 in 0.1 kg/m2, height u16 in 0.001 m or 0.1 in

`02 ac08 e107010a140029` = 11.1 kg, 2017-01-10 20:00:41
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from drivers.codec.component import component
from drivers.codec.date_time import date_time
from drivers.codec.payload import Payload
from edge.domain.measurement import Component, Kind, Name, Quality, Reading
from edge.domain.quantity import Unit

UNSUCCESSFUL: Final = 0xFFFF
UNKNOWN_USER: Final = 0xFF


@dataclasses.dataclass(frozen=True, slots=True)
class System:
    """The units of mass and length with what one step is in them."""

    mass: Unit
    mass_step: Decimal
    length: Unit
    length_step: Decimal


SYSTEMS: Final = (
    System(Unit.KILOGRAM, Decimal("0.005"), Unit.METRE, Decimal("0.001")),
    System(Unit.POUND, Decimal("0.01"), Unit.INCH, Decimal("0.1")),
)
"""By bit 0 of the flags; 0x2A9C has the same."""

_UNITS: Mapping[Name, tuple[Unit, Decimal]] = MappingProxyType(
    {
        Name.BMI: (Unit.KILOGRAM_PER_SQUARE_METRE, Decimal("0.1")),
        Name.BODY_FAT: (Unit.PERCENT, Decimal("0.1")),
        Name.MUSCLE_PERCENTAGE: (Unit.PERCENT, Decimal("0.1")),
        Name.BASAL_METABOLISM: (Unit.KILOJOULE, Decimal(1)),
        Name.IMPEDANCE: (Unit.OHM, Decimal("0.1")),
    }
)


def field(payload: Payload, name: Name, system: System) -> Component:
    """The next two bytes as ``name``. FFFF as weight or body fat is no value (WSS 1.0, 3.2; BCS 1.0, 3.2.1.2)."""
    steps = payload.unsigned(2)
    if steps == UNSUCCESSFUL and name in {Name.WEIGHT, Name.BODY_FAT}:
        return component(name, Quality.MISSING, system.mass)
    if name in _UNITS:
        unit, step = _UNITS[name]
    elif name is Name.HEIGHT:
        unit, step = system.length, system.length_step
    else:
        unit, step = system.mass, system.mass_step
    return component(name, steps * step, unit)


def weight(data: bytes) -> Reading:
    """One value of 0x2A9D. Raises Fault(UNDECODABLE) and nothing else."""
    payload = Payload(data)
    flags = payload.unsigned(1)
    system = SYSTEMS[flags & 1]
    components = [field(payload, Name.WEIGHT, system)]
    stamped = bool(flags & 1 << 1)
    device_time = date_time(payload) if stamped else None
    user = payload.unsigned(1) if flags & 1 << 2 else UNKNOWN_USER
    if flags & 1 << 3:
        components += [field(payload, name, system) for name in (Name.BMI, Name.HEIGHT)]
    payload.end()
    return Reading(
        kind=Kind.WEIGHT,
        components=tuple(components),
        raw=data,
        device_time=device_time,
        user=None if user == UNKNOWN_USER else user,
        quality=(Quality.DEVICE_CLOCK_UNSET,) if stamped and device_time is None else (),
    )
