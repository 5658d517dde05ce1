"""One reading as a line of a report: its value in figures and unit, and what is told beside it. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from edge.domain.measurement import Component, Kind, Name
from edge.domain.quantity import Unit
from edge.domain.report import OLD, EncounterReport, House, Value
from edge.domain.typed import acvpu
from sync.report.words import Words

_LEADS: Final[Mapping[Kind, tuple[Name, ...]]] = MappingProxyType(
    {
        Kind.BLOOD_PRESSURE: (Name.SYSTOLIC, Name.DIASTOLIC),
        Kind.SPO2: (Name.SPO2,),
        Kind.TEMPERATURE: (Name.TEMPERATURE,),
        Kind.HEART_RATE: (Name.PULSE_RATE, Name.HEART_RATE),
        Kind.RESPIRATION: (Name.RESPIRATORY_RATE,),
        Kind.WEIGHT: (Name.WEIGHT,),
        Kind.BODY_COMPOSITION: (Name.BODY_FAT,),
        Kind.GLUCOSE: (Name.GLUCOSE,),
        Kind.CONSCIOUSNESS: (Name.CONSCIOUSNESS,),
        Kind.OXYGEN: (Name.OXYGEN_FLOW,),
        Kind.PAIN: (Name.PAIN, Name.ALGOPLUS),
    }
)
"""What a kind is measured for, in the order in which it is written; all else stands beside it."""

_OUT_OF: Final[Mapping[Name, str]] = MappingProxyType({Name.PAIN: "/ 10", Name.ALGOPLUS: "/ 5"})


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """``value`` is figures, or an answer ``in_words``; ``day`` is "" for that of the encounter. ``beside`` is what was measured with
    it, ``told`` with what or by whom, then how well.
    """

    name: str
    value: str
    unit: str
    clock: str
    day: str
    beside: tuple[str, ...]
    told: tuple[str, ...]
    typed: bool
    doubtful: bool
    in_words: bool


def line(report: EncounterReport, value: Value, words: Words, house: House) -> Line:
    reading, taken = value.reading, value.taken
    leading = [part for name in _LEADS.get(reading.kind, ()) if (part := reading.component(name)) is not None]
    if reading.kind is not Kind.BLOOD_PRESSURE:
        leading = leading[:1]
    shown = " / ".join(figures(part, words) for part in leading) or words.vitals.no_value
    rest = [part for part in reading.components if part not in leading and part.name in words.vitals.names]
    beside = [_beside(part, words) for part in rest]
    if reading.kind is Kind.PAIN and leading:
        beside.insert(0, words.vitals.names[leading[0].name])
    at = taken.at.utc.astimezone(house.zone)
    opened = report.encounter.opened.astimezone(house.zone)
    told = [_origin(value, words)]
    told += [words.vitals.quality[one] for one in (*value.doubts, *value.remarks)]
    if not taken.at.clock_trusted:
        told.append(words.vitals.clock)
    if value.doubts or report.age(taken) >= OLD:
        told.append(words.vitals.age.format(words.span(report.age(taken))))
    return Line(
        words.vitals.kinds[reading.kind],
        shown,
        unit(leading[0], words) if leading else "",
        f"{at:%H:%M}",
        "" if at.date() == opened.date() else words.date(at),
        tuple(beside),
        tuple(told),
        typed=value.typed,
        doubtful=bool(value.doubts),
        in_words=not any(letter.isdigit() for letter in shown),
    )


def figures(part: Component, words: Words) -> str:
    """The number as people read it, in the writing of the language; words for an answer, and for what has no value."""
    if part.quantity is None:
        return "–"
    if part.quantity.unit is Unit.ACVPU:
        answer = acvpu(part.quantity)
        return words.vitals.acvpu[answer] if answer is not None else f"{part.quantity.value}"
    if part.name is Name.OXYGEN_FLOW and part.quantity.value == 0:
        return words.vitals.room_air
    return format(part.quantity.shown(), "f").replace(".", words.vitals.decimal_point)


def unit(part: Component, words: Words) -> str:
    if part.quantity is None or (part.name is Name.OXYGEN_FLOW and part.quantity.value == 0):
        return ""
    if part.name in _OUT_OF:
        return _OUT_OF[part.name]
    return words.vitals.units.get(part.quantity.unit, part.quantity.unit.value)


def _beside(part: Component, words: Words) -> str:
    said = f"{words.vitals.names[part.name]} {figures(part, words)} {unit(part, words)}".rstrip()
    why = [words.vitals.quality[one] for one in part.quality]
    return f"{said} ({', '.join(why)})" if why else said


def _origin(value: Value, words: Words) -> str:
    who = value.taken.operator
    if value.typed:
        return words.vitals.by.format(who.name or who.rpps) if who else words.vitals.typed.lower()
    return value.taken.device.label or value.taken.device.model
