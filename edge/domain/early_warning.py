"""The seven parts of NEWS2 out of what is saved for one encounter: for each the newest value, good or not. Pure.

What is newest decides, as on the tile: an older good value does not stand in for a doubtful one (H22).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Protocol

from edge.domain.audit import Actor
from edge.domain.capture import Line
from edge.domain.measurement import DOUBTFUL, Component, Instant, Kind, Name, Quality, Reading
from edge.domain.news2 import Air, Observation, Part, ScaleTwo, Value
from edge.domain.operator import Operator
from edge.domain.patient import Encounter
from edge.domain.quantity import Quantity, Unit
from edge.domain.typed import ACVPU, ROOM_AIR, acvpu

_NOT_DATED = DOUBTFUL | {Quality.FROM_STORAGE}
"""With these a value counts for nothing: it may be wrong, or of another time than the cart knows."""

SOURCES: Mapping[Part, tuple[tuple[Name, ...], frozenset[Kind]]] = MappingProxyType(
    {
        Part.RESPIRATION: ((Name.RESPIRATORY_RATE,), frozenset({Kind.RESPIRATION})),
        Part.SPO2: ((Name.SPO2,), frozenset({Kind.SPO2})),
        Part.OXYGEN: ((Name.OXYGEN_FLOW,), frozenset({Kind.OXYGEN})),
        Part.SYSTOLIC: ((Name.SYSTOLIC,), frozenset({Kind.BLOOD_PRESSURE})),
        Part.PULSE: (
            (Name.HEART_RATE, Name.PULSE_RATE),
            frozenset({Kind.SPO2, Kind.BLOOD_PRESSURE, Kind.HEART_RATE, Kind.RESPIRATION}),
        ),
        Part.CONSCIOUSNESS: ((Name.CONSCIOUSNESS,), frozenset({Kind.CONSCIOUSNESS})),
        Part.TEMPERATURE: ((Name.TEMPERATURE,), frozenset({Kind.TEMPERATURE})),
    }
)
"""Which values of which kinds a part is; of one reading the first that has a number."""

_UNITS: Mapping[Part, Unit] = MappingProxyType(
    {
        Part.RESPIRATION: Unit.PER_MINUTE,
        Part.SPO2: Unit.PERCENT,
        Part.SYSTOLIC: Unit.MMHG,
        Part.PULSE: Unit.PER_MINUTE,
        Part.TEMPERATURE: Unit.CELSIUS,
    }
)


class ScaleBook(Protocol):
    """For whom a doctor set scale 2. What returns is durable; raises Fault(STORE_IO | STORE_DAMAGED)."""

    async def set(self, encounter: Encounter, doctor: Operator | None, now: Instant, by: Actor) -> None:
        """For the resident of ``encounter``; None takes it away. Traced."""
        ...

    async def of(self, patient_id: str) -> ScaleTwo | None: ...


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """``observation`` is for the score, ``component`` what was saved; ``item_id`` of which item."""

    observation: Observation
    component: Component
    item_id: str


def parts(lines: Iterable[Line], taken: Callable[[Line], dt.datetime]) -> dict[Part, Found]:
    """Of the items of one encounter. ``taken`` says when a line was taken (UTC), however wrong the wall clock was then.

    Items that were undone count for nothing; what a device kept in its memory gives way to what was measured here.
    """
    good = [line for line in lines if isinstance(line.payload, Reading) and not line.entered_in_error]
    good.sort(key=lambda line: (not _stored(line), taken(line)), reverse=True)
    found = {}
    for part, (names, kinds) in SOURCES.items():
        for line in good:
            if line.kind in kinds and (component := _component(line, names)):
                found[part] = Found(_observation(part, line, component, taken(line)), component, line.item_id)
                break
    return found


def _qualities(line: Line) -> set[Quality]:
    assert isinstance(line.payload, Reading)
    return {*line.payload.quality, *(quality for part in line.payload.components for quality in part.quality)}


def _stored(line: Line) -> bool:
    return Quality.FROM_STORAGE in _qualities(line)


def _component(line: Line, names: tuple[Name, ...]) -> Component | None:
    assert isinstance(line.payload, Reading)
    there = [one for name in names if (one := line.payload.component(name)) is not None]
    return next((one for one in there if one.quantity is not None), there[0] if there else None)


def _observation(part: Part, line: Line, component: Component, at: dt.datetime) -> Observation:
    assert isinstance(line.payload, Reading)
    said = {*line.payload.quality, *component.quality}
    value = None if component.quantity is None else _value(part, component.quantity)
    if value is None:
        return Observation(_NOTHING[part], at, doubtful=True)
    return Observation(value, at, doubtful=bool(said & _NOT_DATED))


def _value(part: Part, quantity: Quantity) -> Value | None:
    """None for what cannot be scored: another unit, no number, no answer of the list."""
    if part is Part.CONSCIOUSNESS:
        return acvpu(quantity)
    if part is Part.OXYGEN:
        if quantity.unit is not Unit.LITRE_PER_MINUTE or not quantity.value.is_finite() or quantity.value < ROOM_AIR:
            return None
        return Air.OXYGEN if quantity.value > ROOM_AIR else Air.ROOM
    try:
        read = quantity.to(_UNITS[part])
    except ValueError:
        return None
    return read if read.value.is_finite() and read.value >= 0 else None


_NOTHING: Mapping[Part, Value] = MappingProxyType(
    {
        **{part: Quantity(ROOM_AIR, unit) for part, unit in _UNITS.items()},
        Part.OXYGEN: Air.ROOM,
        Part.CONSCIOUSNESS: ACVPU[0],
    }
)
"""What stands in an observation without a value; it is doubtful, and never counts."""
