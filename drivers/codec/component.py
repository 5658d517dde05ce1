"""One decoded number as a component of a reading, with what is implausible marked and kept."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from edge.domain.measurement import Component, Name, Quality
from edge.domain.quantity import Quantity, Unit

_PRESSURE = (Unit.MMHG, Decimal(20), Decimal(300))
_PULSE = (Unit.PER_MINUTE, Decimal(20), Decimal(300))

PLAUSIBLE: Mapping[Name, tuple[Unit, Decimal, Decimal]] = MappingProxyType(
    {
        Name.SYSTOLIC: _PRESSURE,
        Name.DIASTOLIC: _PRESSURE,
        Name.MEAN_ARTERIAL_PRESSURE: _PRESSURE,
        Name.PULSE_RATE: _PULSE,
        Name.SPO2: (Unit.PERCENT, Decimal(30), Decimal(100)),
        Name.PULSE_AMPLITUDE_INDEX: (Unit.PERCENT, Decimal(0), Decimal(100)),
    }
)
"""The unit that is stored, and the least and the greatest value that a living adult can have in it."""


def component(name: Name, number: Decimal | Quality, unit: Unit) -> Component:
    """``number`` in ``unit`` as the device sent it; the component is in the unit that is stored."""
    if isinstance(number, Quality):
        return Component(name, None, (number,))
    stored, least, greatest = PLAUSIBLE[name]
    quantity = Quantity(number, unit).to(stored)
    return Component(name, quantity, () if least <= quantity.value <= greatest else (Quality.IMPLAUSIBLE,))


def implausible(one: Component) -> Component:
    """``one`` marked, its value kept."""
    if one.quantity is None or Quality.IMPLAUSIBLE in one.quality:
        return one
    return dataclasses.replace(one, quality=(*one.quality, Quality.IMPLAUSIBLE))
