"""NEWS2, the National Early Warning Score 2 of the Royal College of Physicians (London, 2017): a sum of seven parts.

A documentation aid that a site turns on, never an alarm. The bands are those of the RCP's chart 1 and may not be altered.
There is no total unless all seven parts are there, good and fresh (H12, H13): what is missing is named instead.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import enum
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from edge.domain.quantity import Quantity, Unit

FRESH: Final = dt.timedelta(minutes=60)
"""No older than this may a part be, and no further apart two of them, where the site says nothing else."""

AHEAD: Final = dt.timedelta(seconds=5)
"""A part may be of so much after the moment of asking: the clocks of two processes."""


class Part(enum.StrEnum):
    """The seven, in the order of the chart."""

    RESPIRATION = "respiration"
    SPO2 = "spo2"
    OXYGEN = "oxygen"
    SYSTOLIC = "systolic"
    PULSE = "pulse"
    CONSCIOUSNESS = "consciousness"
    TEMPERATURE = "temperature"


class Consciousness(enum.StrEnum):
    """ACVPU: alert, new confusion, responds to voice, to pain, unresponsive."""

    ALERT = "A"
    CONFUSED = "C"
    VOICE = "V"
    PAIN = "P"
    UNRESPONSIVE = "U"


class Air(enum.StrEnum):
    """What the person breathes: any oxygen at all is OXYGEN."""

    ROOM = "air"
    OXYGEN = "oxygen"


@dataclasses.dataclass(frozen=True, slots=True)
class ScaleTwo:
    """The SpO2 scale for hypercapnic respiratory failure, which a clinician has to have set for this person.

    Raises ValueError where nobody is named.
    """

    set_by: str

    def __post_init__(self) -> None:
        if not self.set_by.strip():
            raise ValueError("scale 2 is set by a named clinician only")


Value = Quantity | Consciousness | Air


@dataclasses.dataclass(frozen=True, slots=True)
class Observation:
    """One part and when it was taken (UTC). ``doubtful``: its quality says that it may be wrong; then it does not count."""

    value: Value
    taken: dt.datetime
    doubtful: bool = False


class Why(enum.StrEnum):
    """Why a part does not count."""

    MISSING = "missing"
    STALE = "stale"
    DOUBTFUL = "doubtful"
    AHEAD = "ahead"  # of a moment that is still to come: a clock is wrong


class Risk(enum.StrEnum):
    """The RCP's chart 2: thresholds and triggers."""

    LOW = "low"
    LOW_MEDIUM = "low_medium"  # a single part of 3: urgent ward-based response
    MEDIUM = "medium"  # 5 or 6: urgent response
    HIGH = "high"  # 7 or more: emergency response


@dataclasses.dataclass(frozen=True, slots=True)
class Score:
    """``points`` of each part that counts; ``lacking`` names the others. ``total`` and ``risk`` are None unless all seven count.

    ``oldest`` is when the oldest part that counts was taken.
    """

    points: Mapping[Part, int]
    lacking: Mapping[Part, Why]
    total: int | None
    risk: Risk | None
    scale_two: ScaleTwo | None
    oldest: dt.datetime | None


Band = tuple[int | Decimal, int]
"""The greatest value of a band, in the unit and to the resolution of the chart, and its points."""

_BEYOND: Final = Decimal("Infinity")
_UNITS: Mapping[Part, Unit] = MappingProxyType(
    {
        Part.RESPIRATION: Unit.PER_MINUTE,
        Part.SPO2: Unit.PERCENT,
        Part.SYSTOLIC: Unit.MMHG,
        Part.PULSE: Unit.PER_MINUTE,
        Part.TEMPERATURE: Unit.CELSIUS,
    }
)

_BANDS: Mapping[Part, tuple[Band, ...]] = MappingProxyType(
    {
        Part.RESPIRATION: ((8, 3), (11, 1), (20, 0), (24, 2), (_BEYOND, 3)),
        Part.SYSTOLIC: ((90, 3), (100, 2), (110, 1), (219, 0), (_BEYOND, 3)),
        Part.PULSE: ((40, 3), (50, 1), (90, 0), (110, 1), (130, 2), (_BEYOND, 3)),
        Part.TEMPERATURE: (
            (Decimal("35.0"), 3),
            (Decimal("36.0"), 1),
            (Decimal("38.0"), 0),
            (Decimal("39.0"), 1),
            (_BEYOND, 2),
        ),
    }
)
_SPO2_ONE: tuple[Band, ...] = ((91, 3), (93, 2), (95, 1), (_BEYOND, 0))
_SPO2_TWO_ON_AIR: tuple[Band, ...] = ((83, 3), (85, 2), (87, 1), (_BEYOND, 0))
_SPO2_TWO_ON_OXYGEN: tuple[Band, ...] = ((83, 3), (85, 2), (87, 1), (92, 0), (94, 1), (96, 2), (_BEYOND, 3))
_OXYGEN_POINTS: Final = 2
_NOT_ALERT_POINTS: Final = 3
_MEDIUM_FROM: Final = 5
_HIGH_FROM: Final = 7
_SINGLE: Final = 3


def score(
    observations: Mapping[Part, Observation],
    at: dt.datetime,
    *,
    scale_two: ScaleTwo | None = None,
    fresh: dt.timedelta = FRESH,
) -> Score:
    """The score at ``at`` (UTC). SpO2 is read on scale 2 where ``scale_two`` says who set it, else on scale 1.

    A value counts as people read it: rounded half up to the resolution of the chart (whole numbers; a tenth of a degree).
    Scale 2 above 92 % depends on what is breathed: without a part OXYGEN that counts, SpO2 does not count there either.
    Raises ValueError for a value of the wrong sort or unit (H5), and for a time without zone.
    """
    lacking = {part: why for part in Part if (why := _lacks(observations.get(part), at, fresh)) is not None}
    good = {part: one.value for part, one in observations.items() if part not in lacking}
    points: dict[Part, int] = {}
    for part in Part:
        if part in good:
            found = _points(part, good, scale_two)
            if found is None:
                lacking[part] = lacking[Part.OXYGEN]
            else:
                points[part] = found
    total = sum(points.values()) if not lacking else None
    return Score(
        points=MappingProxyType({part: points[part] for part in Part if part in points}),
        lacking=MappingProxyType({part: lacking[part] for part in Part if part in lacking}),
        total=total,
        risk=None if total is None else _risk(total, points),
        scale_two=scale_two,
        oldest=min((observations[part].taken for part in points), default=None),
    )


def _lacks(one: Observation | None, at: dt.datetime, fresh: dt.timedelta) -> Why | None:
    if one is None:
        return Why.MISSING
    if at.tzinfo is None or one.taken.tzinfo is None:
        raise ValueError("a time without zone")
    # in UTC: times of one zone are subtracted without regard to its changes (H9)
    age = at.astimezone(dt.UTC) - one.taken.astimezone(dt.UTC)
    if age < -AHEAD:
        return Why.AHEAD
    if age > fresh:
        return Why.STALE
    return Why.DOUBTFUL if one.doubtful else None


def _points(part: Part, good: Mapping[Part, Value], scale_two: ScaleTwo | None) -> int | None:
    """None: what is breathed is not known, and it matters."""
    value = good[part]
    match part, value:
        case Part.CONSCIOUSNESS, Consciousness():
            return 0 if value is Consciousness.ALERT else _NOT_ALERT_POINTS
        case Part.OXYGEN, Air():
            return _OXYGEN_POINTS if value is Air.OXYGEN else 0
        case Part.SPO2, Quantity():
            bands = _spo2_bands(good.get(Part.OXYGEN), scale_two)
            return None if bands is None else _band(bands, _read(part, value))
        case ((Part.RESPIRATION | Part.SYSTOLIC | Part.PULSE | Part.TEMPERATURE), Quantity()):
            return _band(_BANDS[part], _read(part, value))
        case _:
            raise ValueError(f"{type(value).__name__} is no value of {part}")


def _spo2_bands(air: Value | None, scale_two: ScaleTwo | None) -> tuple[Band, ...] | None:
    if scale_two is None:
        return _SPO2_ONE
    if air is None:
        return None
    return _SPO2_TWO_ON_OXYGEN if air is Air.OXYGEN else _SPO2_TWO_ON_AIR


def _read(part: Part, quantity: Quantity) -> Decimal:
    value = quantity.to(_UNITS[part]).value
    if not value.is_finite() or value < 0:
        raise ValueError(f"{part} is no number that can be scored")
    resolution = Decimal("0.1") if part is Part.TEMPERATURE else Decimal(1)
    return value.quantize(resolution, decimal.ROUND_HALF_UP)


def _band(bands: tuple[Band, ...], value: Decimal) -> int:
    return next(points for greatest, points in bands if value <= greatest)


def _risk(total: int, points: Mapping[Part, int]) -> Risk:
    if total >= _HIGH_FROM:
        return Risk.HIGH
    if total >= _MEDIUM_FROM:
        return Risk.MEDIUM
    return Risk.LOW_MEDIUM if _SINGLE in points.values() else Risk.LOW
