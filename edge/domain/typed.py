"""What a person may type in place of a device: which values, in which unit, what cannot be and what is asked about once.

A number that cannot be (101 % of saturation, a pain of 12) is refused. One that is merely unusual is asked about, and kept
as it was typed once it was confirmed: nothing is ever edited, rounded or clamped (H17).
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from edge.domain.measurement import Component, Device, Kind, Name, Quality, Reading
from edge.domain.news2 import Consciousness
from edge.domain.quantity import Quantity, Unit

BY_HAND: Final = Device("typed", "typed", "Saisie")
"""What stands where a device would: nobody else's model has this name."""

ACVPU: Final = tuple(Consciousness)
"""In the order of their places."""

ROOM_AIR: Final = Decimal(0)
"""Litres of oxygen a minute."""

ALGOPLUS_ITEMS: Final = (
    Name.ALGOPLUS_FACE,
    Name.ALGOPLUS_LOOK,
    Name.ALGOPLUS_COMPLAINTS,
    Name.ALGOPLUS_BODY,
    Name.ALGOPLUS_BEHAVIOUR,
)
ALGOPLUS_PAIN_FROM: Final = 2
"""Of five: from here on pain is to be treated (Rat P. et al., Eur J Pain 2011;15:198.e1-198.e10)."""

_NUMBER = re.compile(r"\d{1,3}(?:\.\d{1,2})?", re.ASCII)


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One value that can be typed, in ``unit``, of at most ``places`` decimals.

    Outside ``possible`` it is refused, outside ``usual`` it is asked about; both with their ends.
    """

    name: Name
    unit: Unit
    possible: tuple[Decimal, Decimal]
    usual: tuple[Decimal, Decimal]
    places: int = 0


def _entry(name: Name, unit: Unit, possible: str, usual: str, places: int = 0) -> Entry:
    ends = [Decimal(end) for end in f"{possible} {usual}".split()]
    return Entry(name, unit, (ends[0], ends[1]), (ends[2], ends[3]), places)


def _yes_or_no(name: Name) -> Entry:
    return _entry(name, Unit.SCORE, "0 1", "0 1")


SHEETS: Mapping[str, tuple[Kind, tuple[Entry, ...]]] = MappingProxyType(
    {
        "blood_pressure": (
            Kind.BLOOD_PRESSURE,
            (
                _entry(Name.SYSTOLIC, Unit.MMHG, "1 350", "80 200"),
                _entry(Name.DIASTOLIC, Unit.MMHG, "1 250", "40 120"),
            ),
        ),
        "spo2": (Kind.SPO2, (_entry(Name.SPO2, Unit.PERCENT, "1 100", "80 100"),)),
        "pulse": (Kind.HEART_RATE, (_entry(Name.PULSE_RATE, Unit.PER_MINUTE, "1 350", "40 150"),)),
        "temperature": (Kind.TEMPERATURE, (_entry(Name.TEMPERATURE, Unit.CELSIUS, "10 50", "34.5 40.5", 1),)),
        "respiration": (Kind.RESPIRATION, (_entry(Name.RESPIRATORY_RATE, Unit.PER_MINUTE, "0 150", "8 40"),)),
        "weight": (Kind.WEIGHT, (_entry(Name.WEIGHT, Unit.KILOGRAM, "1 500", "30 150", 1),)),
        "glucose": (Kind.GLUCOSE, (_entry(Name.GLUCOSE, Unit.GRAM_PER_LITRE, "0.01 20", "0.6 3", 2),)),
        "consciousness": (Kind.CONSCIOUSNESS, (_entry(Name.CONSCIOUSNESS, Unit.ACVPU, "0 4", "0 4"),)),
        "oxygen": (Kind.OXYGEN, (_entry(Name.OXYGEN_FLOW, Unit.LITRE_PER_MINUTE, "0 80", "0 15", 2),)),
        "pain": (Kind.PAIN, (_entry(Name.PAIN, Unit.SCORE, "0 10", "0 10"),)),
        "algoplus": (Kind.PAIN, tuple(map(_yes_or_no, ALGOPLUS_ITEMS))),
    }
)
"""By the name under which screens know them."""


class Refused(ValueError):
    """A value that cannot be; ``name`` says which, None for the whole sheet."""

    def __init__(self, why: str, name: Name | None = None) -> None:
        super().__init__(why)
        self.name = name


@dataclasses.dataclass(frozen=True, slots=True)
class Typed:
    """One value as it was typed: a decimal number as text, and the unit that stood beside it."""

    name: str
    value: str
    unit: str


def parse(sheet: str, values: Sequence[Typed]) -> tuple[Component, ...]:
    """The components that ``values`` are, in the order of the sheet; the sum of an Algoplus comes first.

    Raises Refused for an unknown sheet, a value that is missing, twice there, of another unit (H5), no number, finer than the
    sheet has it, or not possible.
    """
    if sheet not in SHEETS:
        raise Refused(f"{sheet!r} cannot be typed")
    entries = SHEETS[sheet][1]
    by_name = {one.name: one for one in values}
    if len(values) != len(entries) or set(by_name) != {entry.name for entry in entries}:
        raise Refused("not the values of this sheet")
    parts = tuple(_component(entry, by_name[entry.name]) for entry in entries)
    if sheet != "algoplus":
        return parts
    total = sum((part.quantity.value for part in parts if part.quantity), Decimal(0))
    return (Component(Name.ALGOPLUS, Quantity(total, Unit.SCORE)), *parts)


def _component(entry: Entry, typed: Typed) -> Component:
    if typed.unit != entry.unit:
        raise Refused(f"{entry.name} is typed in {entry.unit}", entry.name)
    if not _NUMBER.fullmatch(typed.value):
        raise Refused(f"{entry.name} is no number", entry.name)
    value = Decimal(typed.value)
    exponent = value.as_tuple().exponent
    lowest, highest = entry.possible
    if not lowest <= value <= highest or (isinstance(exponent, int) and -exponent > entry.places):
        raise Refused(f"{entry.name} cannot be {value}", entry.name)
    return Component(entry.name, Quantity(value, entry.unit))


def unusual(sheet: str, parts: Sequence[Component]) -> tuple[Name, ...]:
    """Of which of ``parts`` (from ``parse``) a person is asked whether that is what she meant."""
    limits = {entry.name: entry.usual for entry in SHEETS[sheet][1]}
    numbers = {part.name: part.quantity.value for part in parts if part.quantity}
    asked = {name for name, (low, high) in limits.items() if not low <= numbers[name] <= high}
    if {Name.SYSTOLIC, Name.DIASTOLIC} <= set(numbers) and numbers[Name.SYSTOLIC] <= numbers[Name.DIASTOLIC]:
        asked |= {Name.SYSTOLIC, Name.DIASTOLIC}
    return tuple(name for name in limits if name in asked)


def reading(sheet: str, parts: tuple[Component, ...], *, confirmed: bool = False) -> Reading:
    """``parts`` as a reading that says that a person typed it. ``raw`` is empty: no device sent anything."""
    quality = (Quality.TYPED, Quality.CONFIRMED) if confirmed else (Quality.TYPED,)
    return Reading(SHEETS[sheet][0], parts, b"", quality=quality)


def acvpu(quantity: Quantity) -> Consciousness | None:
    """The answer at that place; None for what is no place."""
    place = quantity.value
    if quantity.unit is not Unit.ACVPU or place not in {Decimal(at) for at in range(len(ACVPU))}:
        return None
    return ACVPU[int(place)]
