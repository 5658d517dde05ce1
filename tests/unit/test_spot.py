from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from edge.domain.measurement import Component, Kind, Name, Quality, Reading
from edge.domain.quantity import Quantity, Unit
from edge.domain.spot import AGAIN, LONGER, MOST, SPREAD, TOLERATED, WINDOW, SpotRule

PERIOD = 1 / 3


def reading(spo2: int | None = 96, pulse: int | None = 72, *quality: Quality) -> Reading:
    def component(name: Name, number: int | None, unit: Unit) -> Component:
        if number is None:
            return Component(name, None, (Quality.MISSING,))
        return Component(name, Quantity(Decimal(number), unit))

    components = (component(Name.SPO2, spo2, Unit.PERCENT), component(Name.PULSE_RATE, pulse, Unit.PER_MINUTE))
    return Reading(Kind.SPO2, components, b"", quality=quality)


OFF = reading(None, None, Quality.SENSOR_OFF)


def saved(readings: Iterable[Reading], rule: SpotRule | None = None, start: float = 100.0) -> list[float]:
    """Seconds after the first reading, at three readings a second, at which one is saved."""
    rule = rule or SpotRule()
    return [
        round(number * PERIOD, 2)
        for number, one in enumerate(readings)
        if rule.save(one, start + number * PERIOD)
    ]  # fmt: skip


def seconds(count: float, one: Reading) -> Iterator[Reading]:
    for _ in range(round(count / PERIOD)):
        yield one


def test_nine_good_steady_packets_are_one_saved_value() -> None:
    assert saved([reading()] * 8) == []
    assert saved([reading()] * 9) == [2.67]
    assert saved([reading()] * 60) == [2.67]


def test_while_it_goes_on_it_is_saved_once_a_minute() -> None:
    assert saved(seconds(190, reading())) == pytest.approx([2.67, 62.67, 122.67, 182.67], abs=1.0)


def test_after_the_finger_was_off_it_is_saved_again_as_soon_as_it_is_steady() -> None:
    assert saved([*seconds(5, reading()), *seconds(2, OFF), *seconds(5, reading(90, 80))]) == [2.67, 9.67]


def test_a_line_that_fell_silent_counts_as_finger_off() -> None:
    rule = SpotRule()
    assert saved([reading()] * 9, rule, 0.0) == [2.67]
    assert saved([reading()] * 9, rule, 20.0) == [2.67]


def test_a_short_shake_is_no_new_measurement() -> None:
    assert saved([*seconds(5, reading()), OFF, *seconds(20, reading())]) == [2.67]
    assert saved([*seconds(5, reading()), *seconds(4, reading(96, 72, Quality.ARTIFACT)), *seconds(20, reading())]) == [
        2.67
    ]


@pytest.mark.parametrize(
    "one",
    [
        OFF,
        reading(96, None),
        reading(None, 72),
        *(reading(96, 72, quality) for quality in Quality if quality not in TOLERATED),
        Reading(Kind.SPO2, (), b""),
    ],
)
def test_what_is_not_good_is_never_saved_however_steady(one: Reading) -> None:
    assert saved(seconds(130, one)) == []


def test_an_implausible_component_is_never_saved() -> None:
    component = Component(Name.SPO2, Quantity(Decimal(101), Unit.PERCENT), (Quality.IMPLAUSIBLE,))
    assert saved(seconds(10, Reading(Kind.SPO2, (component,), b""))) == []


def test_low_perfusion_is_saved_with_its_quality() -> None:
    assert saved([reading(93, 72, Quality.LOW_PERFUSION)] * 9) == [2.67]


@pytest.mark.parametrize(("spo2", "pulse"), [(3, 0), (0, 9)])
def test_what_still_moves_waits(spo2: int, pulse: int) -> None:
    moving = [reading(92 + spo2 * (number % 2), 70 + pulse * (number % 2)) for number in range(30)]
    assert saved(moving) == []
    # the last moving value has to leave the window
    assert saved([*moving, *seconds(6, reading())]) == [pytest.approx(10 + WINDOW, abs=PERIOD + 0.01)]


def test_small_movement_is_steady() -> None:
    assert saved(reading(94 + 2 * (number % 2), 70 + 8 * (number % 2)) for number in range(9)) == [2.67]


def test_a_slow_device_has_to_say_it_three_times() -> None:
    rule = SpotRule()
    assert [rule.save(reading(), at) for at in (0.0, 1.0, 2.0, 3.0)] == [False, False, False, True]


def test_a_burst_that_came_at_once_is_not_three_seconds() -> None:
    rule = SpotRule()
    assert not any(rule.save(reading(), 5.0) for _ in range(50))


def one(kind: Kind, name: Name, value: str, unit: Unit, *more: Component, quality: tuple[Quality, ...] = ()) -> Reading:
    return Reading(kind, (Component(name, Quantity(Decimal(value), unit)), *more), b"", quality=quality)


def beats(rate: int, *intervals: str) -> Reading:
    more = [Component(Name.RR_INTERVAL, Quantity(Decimal(text), Unit.SECOND)) for text in intervals]
    return one(Kind.HEART_RATE, Name.HEART_RATE, str(rate), Unit.PER_MINUTE, *more)


def each_second(readings: Iterable[Reading], rule: SpotRule | None = None, period: float = 1.0) -> list[float]:
    rule = rule or SpotRule()
    return [round(at * period, 2) for at, reading in enumerate(readings) if rule.save(reading, at * period)]


def test_a_strap_that_speaks_about_once_a_second_is_saved_after_three() -> None:
    assert each_second([beats(62)] * 50, period=1.02) == [3.06]
    assert each_second([beats(62)] * 50, period=0.98) == [2.94]
    assert each_second([beats(62)] * 30, period=2.0) == [4.0]


def test_a_rate_that_still_moves_waits() -> None:
    assert each_second([beats(62 + 9 * (number % 2)) for number in range(50)]) == []
    assert each_second([beats(62 + 8 * (number % 2)) for number in range(50)]) == [3.0]


def test_how_many_beats_a_reading_tells_of_decides_nothing() -> None:
    assert each_second([beats(62, *["0.9"] * (number % 4)) for number in range(50)]) == [3.0]
    assert each_second([beats(62, "0.4" if number % 2 else "2.9") for number in range(50)]) == [3.0]


def test_a_strap_without_skin_contact_is_never_saved_and_is_anew_when_it_is_back() -> None:
    off = one(Kind.HEART_RATE, Name.HEART_RATE, "62", Unit.PER_MINUTE, quality=(Quality.SENSOR_OFF,))
    assert each_second([off] * 200) == []
    assert each_second([*[beats(62)] * 5, *[off] * 2, *[beats(62)] * 5]) == [3.0, 10.0]


@pytest.mark.parametrize("quality", [Quality.MISSING, Quality.NAN, Quality.IMPLAUSIBLE, Quality.ARTIFACT])
@pytest.mark.parametrize("name", [Name.SPO2_FAST, Name.PULSE_RATE_SLOW, Name.PERFUSION_INDEX])
def test_a_second_average_that_is_missing_refuses_nothing(name: Name, quality: Quality) -> None:
    whole = reading()
    whole = Reading(whole.kind, (*whole.components, Component(name, None, (quality,))), b"")
    assert saved([whole] * 20) == [2.67]


@pytest.mark.hazard("H17", without="tests.controls_vitals:every_quality_is_tolerated")
@pytest.mark.parametrize("quality", [Quality.ARTIFACT, Quality.SEARCHING, Quality.LOW_SIGNAL, Quality.IMPLAUSIBLE])
def test_a_principal_value_that_is_doubted_is_never_saved(quality: Quality) -> None:
    component = Component(Name.HEART_RATE, Quantity(Decimal(62), Unit.PER_MINUTE), (quality,))
    assert each_second([Reading(Kind.HEART_RATE, (component,), b"")] * 100) == []


def test_a_temperature_has_to_stand_still_for_half_a_minute() -> None:
    def at(value: str) -> Reading:
        return one(Kind.TEMPERATURE, Name.TEMPERATURE, value, Unit.CELSIUS)

    assert each_second([at("36.6")] * 60) == [25.0]
    # warms up by 0.01 a second: 0.1 in ten, never steady
    rising = [at(str(Decimal(35) + Decimal(number) / 100)) for number in range(120)]
    assert each_second(rising) == []
    assert each_second([*rising, *[at("36.2")] * 40]) == [140.0]


def test_a_breathing_rate_has_to_hold_over_several_breaths() -> None:
    def at(rate: int) -> Reading:
        return one(Kind.RESPIRATION, Name.RESPIRATORY_RATE, str(rate), Unit.PER_MINUTE)

    assert each_second([at(16)] * 60) == [13.0]
    assert each_second([at(16 + 5 * (number % 2)) for number in range(60)]) == []
    assert LONGER[Kind.RESPIRATION] >= 60 / 12 * 3


def test_a_device_that_streams_several_kinds_has_a_window_for_each() -> None:
    rule = SpotRule()
    oxygen, rate = reading(), beats(62)
    lost = reading(None, None, Quality.SENSOR_OFF)
    found: list[tuple[str, float]] = []
    for at in range(12):
        for now in (rate, oxygen if at >= 6 else lost):
            if rule.save(now, float(at)):
                found.append((now.kind, float(at)))
    assert found == [(Kind.HEART_RATE, 3.0), (Kind.SPO2, 9.0)]


def test_a_device_that_floods_is_not_remembered_for_ever() -> None:
    rule = SpotRule()
    assert not any(rule.save(reading(), number / 100_000) for number in range(2 * MOST))
    (watch,) = rule._kinds.values()
    assert len(watch._recent) == MOST


@given(
    st.lists(
        st.tuples(
            st.floats(0.01, 2.0),
            st.one_of(st.none(), st.integers(90, 99)),
            st.integers(60, 80),
            st.sampled_from([(), (Quality.ARTIFACT,), (Quality.LOW_PERFUSION,), (Quality.SENSOR_OFF,)]),
        ),
        max_size=80,
    )
)
def test_whatever_comes_a_saved_value_was_good_and_steady(
    steps: list[tuple[float, int | None, int, tuple[Quality, ...]]],
) -> None:
    rule, at = SpotRule(), 0.0
    history: list[tuple[float, Reading]] = []
    last: float | None = None
    for pause, spo2, pulse, quality in steps:
        at += pause
        one = reading(spo2, pulse, *quality)
        history.append((at, one))
        if not rule.save(one, at):
            continue
        window = [old for when, old in history if at - when <= 2.5]
        assert all(set(old.quality) <= TOLERATED for old in window)
        for name in (Name.SPO2, Name.PULSE_RATE):
            values = [
                component.quantity.value for old in window if (component := old.component(name)) and component.quantity
            ]
            assert len(values) == len(window)
            assert max(values) - min(values) <= SPREAD[name]
        if last is not None and at - last < AGAIN:
            there = [
                last,
                *(
                    when
                    for when, old in history
                    if last < when <= at and Quality.SENSOR_OFF not in old.quality and old.components[0].quantity
                ),
            ]
            assert max(after - before for before, after in itertools.pairwise(there)) > 1.0
        last = at
