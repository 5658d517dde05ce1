"""A week of a nursing home of 90 beds, as a plan: who comes, moves, is corrected, merged, leaves and dies, what is measured, what
is asked and answered, and when the line or the record is down. The same for the same seed; it does nothing by itself.

Times are minutes since Monday 00:00.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Sequence
from typing import Final

BEDS: Final = 90
READINGS: Final = 3000
OPINIONS: Final = 40
DAY: Final = 24 * 60
WEEK: Final = 7 * DAY

_NAMES = [
    "MARTIN",
    "BERNARD",
    "THOMAS",
    "PETIT",
    "ROBERT",
    "RICHARD",
    "DURAND",
    "DUBOIS",
    "MOREAU",
    "LAURENT",
    "SIMON",
    "MICHEL",
    "LEFEBVRE",
    "LEROY",
    "ROUX",
    "DAVID",
    "BERTRAND",
    "MOREL",
    "FOURNIER",
    "GIRARD",
    "BONNET",
    "DUPONT",
    "LAMBERT",
    "FONTAINE",
    "ROUSSEAU",
    "VINCENT",
    "MULLER",
    "LEFEVRE",
    "FAURE",
    "ANDRE",
]
_WOMEN = [
    "JEANNE",
    "MARIE",
    "LOUISE",
    "GERMAINE",
    "YVONNE",
    "MADELEINE",
    "SUZANNE",
    "MARGUERITE",
    "DENISE",
    "ODETTE",
    "PAULETTE",
    "SIMONE",
]
_MEN = ["JEAN", "PIERRE", "ANDRE", "MARCEL", "RENE", "ROGER", "LOUIS", "HENRI"]

Vitals = tuple[tuple[str, tuple[int, ...]], ...]
"""Of a kind, its numbers: blood_pressure (systolic, diastolic, mean in mmHg), spo2 (percent), temperature (tenths of a degree
Celsius), heart_rate (beats a minute)."""


@dataclasses.dataclass(frozen=True, slots=True)
class Resident:
    """``born`` is YYYYMMDD."""

    ipp: str
    name: str
    given: str
    born: str
    sex: str
    room: str


@dataclasses.dataclass(frozen=True, slots=True)
class Admission:
    at: int
    who: Resident


@dataclasses.dataclass(frozen=True, slots=True)
class Move:
    at: int
    who: Resident


@dataclasses.dataclass(frozen=True, slots=True)
class Merge:
    """``gone`` was a second file of the person who is ``kept``."""

    at: int
    kept: Resident
    gone: Resident


@dataclasses.dataclass(frozen=True, slots=True)
class Departure:
    at: int
    who: Resident
    died: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Round:
    at: int
    ipp: str
    vitals: Vitals


@dataclasses.dataclass(frozen=True, slots=True)
class Question:
    """``answered`` is when the answer comes, None where none ever does."""

    at: int
    ipp: str
    urgent: bool
    answered: int | None


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """The line of the whole house, or only its record, goes down or comes back."""

    at: int
    record_only: bool
    up: bool


Happening = Admission | Move | Merge | Departure | Round | Question | Line


@dataclasses.dataclass(frozen=True, slots=True)
class Week:
    """``there`` are the residents before Monday, ``happenings`` are in order."""

    there: Sequence[Resident]
    happenings: Sequence[Happening]

    def stands_for(self, ipp: str) -> str:
        """Under which identifier the one who had ``ipp`` stands when the week is over."""
        for one in self.happenings:
            if isinstance(one, Merge) and one.gone.ipp == ipp:
                return one.kept.ipp
        return ipp


def plan(seed: int, readings: int = READINGS, opinions: int = OPINIONS) -> Week:
    """``readings`` are divided among rounds of four at most."""
    chance = random.Random(seed)  # noqa: S311 - a plan, not a secret
    people = [_person(chance, number) for number in range(BEDS)]
    there, newcomers = people[:-6], people[-6:]
    # two of the newcomers turn out to have a file already
    second = [
        dataclasses.replace(known, ipp=f"9{number:05}", room=newcomers[number].room)
        for number, known in enumerate(there[10:12])
    ]
    happenings: list[Happening] = []
    for number, one in enumerate([*newcomers[2:], *second]):
        happenings.append(Admission(DAY * (number % 4) + 9 * 60 + number, one))
    for number, one in enumerate(there[20:28]):
        happenings.append(Move(DAY * (number % 6) + 11 * 60 + number, dataclasses.replace(one, room=f"3{number:02}")))
    for kept, gone in zip(there[10:12], second, strict=True):
        happenings.append(Merge(5 * DAY + 14 * 60, kept, gone))
    dies, leaves = there[30], there[31]
    happenings += [Departure(3 * DAY + 4 * 60, dies, died=True), Departure(4 * DAY + 15 * 60, leaves, died=False)]
    # two days without a line; the record is down every second four hours
    happenings += [Line(2 * DAY, record_only=False, up=False), Line(4 * DAY, record_only=False, up=True)]
    for hour in range(0, 7 * 24, 8):
        happenings.append(Line(hour * 60 + 1, record_only=True, up=False))
        happenings.append(Line((hour + 4) * 60 + 1, record_only=True, up=True))
    rounds = _rounds(chance, _beds(there, happenings), readings)
    happenings += rounds
    happenings += _questions(chance, rounds, opinions)
    return Week(there, sorted(happenings, key=lambda one: one.at))


def _person(chance: random.Random, number: int) -> Resident:
    woman = chance.random() < 0.75
    born = f"{chance.randint(1926, 1948)}{chance.randint(1, 12):02}{chance.randint(1, 28):02}"
    given = chance.choice(_WOMEN if woman else _MEN)
    return Resident(
        f"{number + 1:06}",
        chance.choice(_NAMES),
        given,
        born,
        "F" if woman else "M",
        f"{1 + number % 2}{number // 2:02}",
    )


def _beds(there: Sequence[Resident], happenings: Sequence[Happening]) -> Sequence[tuple[str, int, int]]:
    """Each identifier with the minutes from when until when its resident may be measured."""
    since = {one.ipp: 0 for one in there}
    until: dict[str, int] = {}
    for one in happenings:
        match one:
            case Admission(at, who):
                since[who.ipp] = at + 30
            case Departure(at, who):
                until[who.ipp] = at - 30
            case Merge(at, _, gone):
                until[gone.ipp] = at - 30
    return [(ipp, begin, until.get(ipp, WEEK - 60)) for ipp, begin in since.items()]


def _rounds(chance: random.Random, beds: Sequence[tuple[str, int, int]], readings: int) -> list[Round]:
    found: list[Round] = []
    left = readings
    minutes = iter(chance.sample(range(WEEK - 60), readings))  # one round a minute at most: there is one cart
    while left:
        at = next(minutes)
        here = [ipp for ipp, since, until in beds if since <= at <= until]
        vitals = _vitals(chance)[: min(4, left)]
        found.append(Round(at, chance.choice(here), vitals))
        left -= len(vitals)
    return found


def _vitals(chance: random.Random) -> Vitals:
    low = chance.randint(55, 95)
    high = low + chance.randint(30, 60)
    return (
        ("blood_pressure", (high, low, low + (high - low) // 3)),
        ("spo2", (chance.randint(88, 99),)),
        ("temperature", (chance.randint(355, 392),)),
        ("heart_rate", (chance.randint(48, 118),)),
    )


def _questions(chance: random.Random, rounds: Sequence[Round], opinions: int) -> list[Question]:
    """Each at the end of a round. One in eight is never answered; none on the last day, so that all others can be."""
    found = []
    for number, one in enumerate(chance.sample([one for one in rounds if one.at < WEEK - DAY], opinions)):
        answered = None if number % 8 == 7 else one.at + chance.randint(30, DAY)
        found.append(Question(one.at, one.ipp, number % 5 == 0, answered))
    return found
