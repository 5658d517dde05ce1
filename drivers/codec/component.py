"""One decoded number as a component of a reading, with what is implausible marked and kept."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from edge.domain.measurement import Component, Name, Quality
from edge.domain.quantity import Quantity, Unit

Range = tuple[Unit, Decimal, Decimal]


def _range(unit: Unit, least: str, greatest: str) -> Range:
    return unit, Decimal(least), Decimal(greatest)


_PRESSURE: Final = _range(Unit.MMHG, "20", "300")
_RATE: Final = _range(Unit.PER_MINUTE, "20", "300")
_SATURATION: Final = _range(Unit.PERCENT, "30", "100")
_SHARE: Final = _range(Unit.PERCENT, "0", "100")
_MASS: Final = _range(Unit.KILOGRAM, "0.5", "400")

PLAUSIBLE: Mapping[Name, Range] = MappingProxyType(
    {
        Name.SYSTOLIC: _PRESSURE,
        Name.DIASTOLIC: _PRESSURE,
        Name.MEAN_ARTERIAL_PRESSURE: _PRESSURE,
        Name.PULSE_RATE: _RATE,
        Name.PULSE_RATE_FAST: _RATE,
        Name.PULSE_RATE_SLOW: _RATE,
        Name.PULSE_RATE_EXTENDED: _RATE,
        Name.PULSE_RATE_DISPLAY: _RATE,
        Name.PULSE_RATE_EXTENDED_DISPLAY: _RATE,
        Name.HEART_RATE: _RATE,
        Name.RR_INTERVAL: _range(Unit.SECOND, "0.2", "3"),
        Name.SPO2: _SATURATION,
        Name.SPO2_FAST: _SATURATION,
        Name.SPO2_SLOW: _SATURATION,
        Name.SPO2_EXTENDED: _SATURATION,
        Name.SPO2_DISPLAY: _SATURATION,
        Name.SPO2_EXTENDED_DISPLAY: _SATURATION,
        Name.SPO2_BEAT: _SATURATION,
        Name.PERFUSION_INDEX: _SHARE,
        Name.PLETH_VARIABILITY_INDEX: _SHARE,
        Name.CARBOXYHEMOGLOBIN: _SHARE,
        Name.METHEMOGLOBIN: _SHARE,
        Name.HEMOGLOBIN: _range(Unit.GRAM_PER_DECILITRE, "2", "30"),
        Name.TEMPERATURE: _range(Unit.CELSIUS, "25", "45"),
        Name.RESPIRATORY_RATE: _range(Unit.PER_MINUTE, "3", "80"),
        Name.WEIGHT: _MASS,
        Name.HEIGHT: _range(Unit.METRE, "0.3", "2.6"),
        Name.BMI: _range(Unit.KILOGRAM_PER_SQUARE_METRE, "7", "100"),
        Name.BODY_FAT: _range(Unit.PERCENT, "1", "80"),
        Name.MUSCLE_PERCENTAGE: _range(Unit.PERCENT, "1", "95"),
        Name.MUSCLE_MASS: _MASS,
        Name.FAT_FREE_MASS: _MASS,
        Name.SOFT_LEAN_MASS: _MASS,
        Name.BODY_WATER_MASS: _MASS,
        Name.BASAL_METABOLISM: _range(Unit.KILOJOULE, "500", "40000"),
        Name.IMPEDANCE: _range(Unit.OHM, "50", "5000"),
        Name.ENERGY_EXPENDED: _range(Unit.KILOJOULE, "0", "65535"),
        Name.GLUCOSE: _range(Unit.MILLIMOLE_PER_LITRE, "0.5", "50"),
    }
)
"""The unit that is stored, and the least and the greatest value that a living person can have in it."""


def component(name: Name, number: Decimal | Quality, unit: Unit) -> Component:
    """``number`` in ``unit`` as the device sent it; the component is in the unit that is stored."""
    if isinstance(number, Quality):
        return Component(name, None, (number,))
    stored, least, greatest = PLAUSIBLE[name]
    sent = Quantity(number, unit)
    quantity = sent.to(stored)
    quality = () if least <= quantity.value <= greatest else (Quality.IMPLAUSIBLE,)
    return Component(name, quantity, quality, None if unit is stored else sent)


def implausible(one: Component) -> Component:
    """``one`` marked, its value kept."""
    if one.quantity is None or Quality.IMPLAUSIBLE in one.quality:
        return one
    return dataclasses.replace(one, quality=(*one.quality, Quality.IMPLAUSIBLE))
