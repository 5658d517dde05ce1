"""The early warning score against a second implementation, which is the RCP's chart typed out line by line."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from edge.domain.news2 import (
    AHEAD,
    FRESH,
    Air,
    Consciousness,
    Observation,
    Part,
    Risk,
    ScaleTwo,
    Score,
    Value,
    Why,
    score,
)
from edge.domain.quantity import Quantity, Unit

NOW = dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)  # half an hour before the clocks of France go back
BY = ScaleTwo("Dr Anne MOREL, RPPS 10000000001")

# Royal College of Physicians, National Early Warning Score (NEWS) 2, London 2017, chart 1: points, from, to
CHART: dict[str, list[tuple[int, str, str]]] = {
    "respiration": [(3, "0", "8"), (1, "9", "11"), (0, "12", "20"), (2, "21", "24"), (3, "25", "999")],
    "spo2 scale 1": [(3, "0", "91"), (2, "92", "93"), (1, "94", "95"), (0, "96", "100")],
    "spo2 scale 2, air": [(3, "0", "83"), (2, "84", "85"), (1, "86", "87"), (0, "88", "92"), (0, "93", "100")],
    "spo2 scale 2, oxygen": [
        *((3, "0", "83"), (2, "84", "85"), (1, "86", "87"), (0, "88", "92")),
        *((1, "93", "94"), (2, "95", "96"), (3, "97", "100")),
    ],
    "systolic": [(3, "0", "90"), (2, "91", "100"), (1, "101", "110"), (0, "111", "219"), (3, "220", "999")],
    "pulse": [
        *((3, "0", "40"), (1, "41", "50"), (0, "51", "90")),
        *((1, "91", "110"), (2, "111", "130"), (3, "131", "999")),
    ],
    "temperature": [
        *((3, "0.0", "35.0"), (1, "35.1", "36.0"), (0, "36.1", "38.0")),
        *((1, "38.1", "39.0"), (2, "39.1", "99.9")),
    ],
}

UNITS = {
    Part.RESPIRATION: Unit.PER_MINUTE,
    Part.SPO2: Unit.PERCENT,
    Part.SYSTOLIC: Unit.MMHG,
    Part.PULSE: Unit.PER_MINUTE,
    Part.TEMPERATURE: Unit.CELSIUS,
}

NORMAL: dict[Part, Value] = {
    Part.RESPIRATION: Quantity(Decimal(16), Unit.PER_MINUTE),
    Part.SPO2: Quantity(Decimal(97), Unit.PERCENT),
    Part.OXYGEN: Air.ROOM,
    Part.SYSTOLIC: Quantity(Decimal(125), Unit.MMHG),
    Part.PULSE: Quantity(Decimal(72), Unit.PER_MINUTE),
    Part.CONSCIOUSNESS: Consciousness.ALERT,
    Part.TEMPERATURE: Quantity(Decimal("36.8"), Unit.CELSIUS),
}


def chart_points(line: str, value: Decimal) -> int:
    """By looking where the value stands on the printed chart."""
    for points, lowest, highest in CHART[line]:
        if Decimal(lowest) <= value <= Decimal(highest):
            return points
    raise AssertionError(f"{value} is not on the chart of {line}")


def chart_line(part: Part, scale: ScaleTwo | None, air: Air) -> str:
    if part is not Part.SPO2:
        return part.value
    if scale is None:
        return "spo2 scale 1"
    return "spo2 scale 2, oxygen" if air is Air.OXYGEN else "spo2 scale 2, air"


def taken(values: dict[Part, Value], at: dt.datetime = NOW) -> dict[Part, Observation]:
    return {part: Observation(value, at) for part, value in values.items()}


def scored(values: dict[Part, Value], scale: ScaleTwo | None = None) -> Score:
    return score(taken(values), NOW, scale_two=scale)


def boundaries(line: str) -> Iterator[Decimal]:
    """Both ends of every band."""
    for _, lowest, highest in CHART[line]:
        yield Decimal(lowest)
        yield Decimal(highest)


@pytest.mark.hazard("H12", without="tests.controls_news2:a_band_is_moved")
@pytest.mark.parametrize("scale", [None, BY], ids=["scale 1", "scale 2"])
@pytest.mark.parametrize("air", Air)
def test_every_combination_of_boundaries_is_that_of_the_chart(scale: ScaleTwo | None, air: Air) -> None:
    lines = {part: chart_line(part, scale, air) for part in UNITS}
    combinations = 0
    for part, line in lines.items():
        # the part walks through its boundaries while all others do so together
        for value, turn, acvpu in itertools.product(boundaries(line), range(14), Consciousness):
            values: dict[Part, Value] = {Part.OXYGEN: air, Part.CONSCIOUSNESS: acvpu}
            expected = (2 if air is Air.OXYGEN else 0) + (0 if acvpu is Consciousness.ALERT else 3)
            for other, other_line in lines.items():
                ends = list(boundaries(other_line))
                number = value if other is part else ends[turn % len(ends)]
                values[other] = Quantity(number, UNITS[other])
                expected += chart_points(other_line, number)
            found = scored(values, scale)
            assert found.total == expected
            assert sum(found.points.values()) == expected
            combinations += 1
    assert combinations > 3000


@given(data=st.data())
def test_whatever_is_measured_scores_as_the_chart_says(data: st.DataObject) -> None:
    scale = data.draw(st.sampled_from([None, BY]))
    air = data.draw(st.sampled_from(Air))
    numbers: dict[Part, Decimal] = {
        Part.RESPIRATION: Decimal(data.draw(st.integers(0, 90))),
        Part.SPO2: Decimal(data.draw(st.integers(0, 100))),
        Part.SYSTOLIC: Decimal(data.draw(st.integers(0, 300))),
        Part.PULSE: Decimal(data.draw(st.integers(0, 300))),
        Part.TEMPERATURE: data.draw(st.decimals("20.0", "45.0", places=1)),
    }
    values: dict[Part, Value] = {part: Quantity(value, UNITS[part]) for part, value in numbers.items()}
    found = scored(values | {Part.OXYGEN: air, Part.CONSCIOUSNESS: Consciousness.ALERT}, scale)
    for part, value in numbers.items():
        assert found.points[part] == chart_points(chart_line(part, scale, air), value)


@pytest.mark.parametrize(
    ("part", "value", "points"),
    [
        (Part.TEMPERATURE, "38.04", 0),
        (Part.TEMPERATURE, "38.05", 1),
        (Part.TEMPERATURE, "35.049", 3),
        (Part.SPO2, "95.4", 1),
        (Part.SPO2, "95.5", 0),
        (Part.SYSTOLIC, "90.49", 3),
        (Part.PULSE, "130.5", 3),
    ],
)
def test_a_value_between_two_marks_counts_as_it_is_read(part: Part, value: str, points: int) -> None:
    assert scored(NORMAL | {part: Quantity(Decimal(value), UNITS[part])}).points[part] == points


@pytest.mark.parametrize(
    ("changed", "total", "risk"),
    [
        ({}, 0, Risk.LOW),
        ({Part.PULSE: Quantity(Decimal(95), Unit.PER_MINUTE)}, 1, Risk.LOW),
        ({Part.CONSCIOUSNESS: Consciousness.CONFUSED}, 3, Risk.LOW_MEDIUM),
        ({Part.OXYGEN: Air.OXYGEN, Part.CONSCIOUSNESS: Consciousness.VOICE}, 5, Risk.MEDIUM),
        (
            {
                Part.OXYGEN: Air.OXYGEN,
                Part.CONSCIOUSNESS: Consciousness.PAIN,
                Part.PULSE: Quantity(Decimal(91), Unit.PER_MINUTE),
            },
            6,
            Risk.MEDIUM,
        ),
        (
            {
                Part.OXYGEN: Air.OXYGEN,
                Part.CONSCIOUSNESS: Consciousness.UNRESPONSIVE,
                Part.PULSE: Quantity(Decimal(111), Unit.PER_MINUTE),
            },
            7,
            Risk.HIGH,
        ),
    ],
)
def test_thresholds_of_the_response(changed: dict[Part, Value], total: int, risk: Risk) -> None:
    found = scored(NORMAL | changed)
    assert (found.total, found.risk) == (total, risk)


def test_the_example_of_the_wireframe() -> None:
    """93 %, 112/min, 98 mmHg, 38,4 °C, 22/min, alert, air: 2+2+2+1+2."""
    values: dict[Part, Value] = NORMAL | {
        Part.SPO2: Quantity(Decimal(93), Unit.PERCENT),
        Part.PULSE: Quantity(Decimal(112), Unit.PER_MINUTE),
        Part.SYSTOLIC: Quantity(Decimal(98), Unit.MMHG),
        Part.TEMPERATURE: Quantity(Decimal("38.4"), Unit.CELSIUS),
        Part.RESPIRATION: Quantity(Decimal(22), Unit.PER_MINUTE),
    }
    assert (scored(values).total, scored(values).risk) == (9, Risk.HIGH)


AGES = (dt.timedelta(0), FRESH, FRESH + dt.timedelta(seconds=1), dt.timedelta(days=1), -AHEAD, -dt.timedelta(minutes=1))


@pytest.mark.hazard("H13", without="tests.controls_news2:old_parts_count")
def test_no_total_unless_all_seven_are_there_and_fresh() -> None:
    for age, mask in itertools.product(AGES, range(128)):
        counts = -AHEAD <= age <= FRESH
        there = [part for place, part in enumerate(Part) if mask >> place & 1]
        values = {part: value for part, value in NORMAL.items() if part in there}
        for aged in there:
            observations = taken(values) | {aged: Observation(NORMAL[aged], NOW - age)}
            found = score(observations, NOW)
            complete = len(there) == len(Part) and counts
            assert (found.total is not None) == complete
            assert (found.risk is not None) == complete
            missing = {part: Why.MISSING for part in Part if part not in there}
            late = {} if counts else {aged: Why.STALE if age > FRESH else Why.AHEAD}
            assert dict(found.lacking) == missing | late
            assert set(found.points) == set(Part) - set(found.lacking)


def test_a_doubtful_part_is_named_and_does_not_count() -> None:
    found = score(taken(NORMAL) | {Part.SPO2: Observation(NORMAL[Part.SPO2], NOW, doubtful=True)}, NOW)
    assert (found.total, dict(found.lacking)) == (None, {Part.SPO2: Why.DOUBTFUL})


def test_scale_two_needs_to_know_what_is_breathed() -> None:
    values: dict[Part, Value] = {part: value for part, value in NORMAL.items() if part is not Part.OXYGEN}
    found = scored(values, BY)
    assert dict(found.lacking) == {Part.SPO2: Why.MISSING, Part.OXYGEN: Why.MISSING}


@pytest.mark.hazard("H12", without="tests.controls_news2:anybody_sets_scale_two")
@pytest.mark.parametrize("name", ["", " \t"])
def test_scale_two_is_set_by_a_named_clinician_only(name: str) -> None:
    with pytest.raises(ValueError, match="named clinician"):
        ScaleTwo(name)


def test_the_age_of_the_oldest_part_is_told_and_ages_are_those_of_utc() -> None:
    paris = dt.timezone(dt.timedelta(hours=2))
    early = NOW - dt.timedelta(minutes=30)
    found = score(taken(NORMAL) | {Part.PULSE: Observation(NORMAL[Part.PULSE], early.astimezone(paris))}, NOW)
    assert found.total == 0
    assert found.oldest == early


@pytest.mark.parametrize(
    ("part", "value"),
    [
        (Part.PULSE, Air.ROOM),
        (Part.OXYGEN, Consciousness.ALERT),
        (Part.CONSCIOUSNESS, Quantity(Decimal(1), Unit.PER_MINUTE)),
        (Part.TEMPERATURE, Quantity(Decimal(37), Unit.KILOGRAM)),
        (Part.SPO2, Quantity(Decimal("NaN"), Unit.PERCENT)),
        (Part.SYSTOLIC, Quantity(Decimal(-1), Unit.MMHG)),
    ],
)
def test_a_value_of_the_wrong_sort_is_refused(part: Part, value: Value) -> None:
    with pytest.raises(ValueError, match=r"no value of|no conversion|no number"):
        scored(NORMAL | {part: value})


def test_other_units_are_converted_and_not_guessed() -> None:
    values: dict[Part, Value] = NORMAL | {
        Part.TEMPERATURE: Quantity(Decimal("102.4"), Unit.FAHRENHEIT),  # 39.1 degrees Celsius
        Part.SYSTOLIC: Quantity(Decimal(12), Unit.KPA),  # 90 mm[Hg]
    }
    assert scored(values).points[Part.TEMPERATURE] == 2
    assert scored(values).points[Part.SYSTOLIC] == 3


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without zone"):
        score({Part.PULSE: Observation(NORMAL[Part.PULSE], NOW.replace(tzinfo=None))}, NOW)
