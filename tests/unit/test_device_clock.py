"""How old a reading is by its device's clock: what is old is never taken for new (H6)."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, strategies as st

from edge.domain.device_clock import APART, DRIFT, TOLERANCE, Arrival, DeviceClock

NOW = dt.datetime(2026, 11, 22, 10, 0, 0)  # noqa: DTZ001 - devices know no zone
AN_HOUR = dt.timedelta(hours=1)


def arrival(seconds: float = 0.0, *, zone: dt.timedelta = AN_HOUR) -> Arrival:
    """``seconds`` after NOW by the site's clock, which is ``zone`` ahead of UTC."""
    civil = NOW + dt.timedelta(seconds=seconds)
    return Arrival(civil, civil - zone, 1000.0 + seconds)


def ago(seconds: float) -> dt.datetime:
    return NOW - dt.timedelta(seconds=seconds)


def test_a_clock_that_is_right_gives_the_age_at_once() -> None:
    assert DeviceClock().age(ago(20), arrival()) == 20


@pytest.mark.hazard("H6", without="tests.controls_devices:no_clock_is_doubted")
@pytest.mark.parametrize("late", [200.0, 3600.0, 86_400.0, -86_400.0])
def test_the_first_reading_of_a_clock_that_disagrees_has_no_known_age(late: float) -> None:
    assert DeviceClock().age(ago(late), arrival()) is None


def test_the_second_reading_that_agrees_with_it_settles_the_clock() -> None:
    clock = DeviceClock()
    wrong = dt.timedelta(days=800)
    assert clock.age(NOW - wrong, arrival()) is None
    assert clock.age(NOW - wrong + dt.timedelta(seconds=60), arrival(60)) == 0
    assert clock.age(NOW - wrong + dt.timedelta(seconds=90), arrival(120)) == 30


@pytest.mark.hazard("H6", without="tests.controls_devices:no_clock_is_doubted")
def test_a_burst_of_stored_readings_settles_nothing() -> None:
    """Two that were made a minute apart, and one of which came twice, all at once."""
    clock = DeviceClock()
    for made in (9000.0, 8940.0, 8940.0):
        assert clock.age(ago(made), arrival(APART / 2)) is None


@pytest.mark.hazard("H6", without="tests.controls_devices:no_clock_is_doubted")
@given(seconds=st.sampled_from([TOLERANCE + 1, 3600.0, 86_400.0]))
def test_a_replay_is_never_new(seconds: float) -> None:
    """Made and handed over at once; then the same frame again after a while."""
    clock = DeviceClock()
    assert clock.age(NOW, arrival()) == 0
    later = clock.age(NOW, arrival(seconds))
    assert later is None or later >= seconds


def test_a_clock_that_was_moved_is_doubted_once() -> None:
    clock = DeviceClock()
    assert clock.age(NOW, arrival()) == 0
    assert clock.age(NOW - AN_HOUR, arrival(300)) is None
    assert clock.age(NOW - AN_HOUR + dt.timedelta(seconds=300), arrival(600)) == 0


def test_a_clock_that_goes_slow_stays_known() -> None:
    """A second a day for a year, one reading a day, each handed over within half a minute."""
    clock = DeviceClock()
    for day in range(365):
        age = clock.age(ago(day - day * 86_400.0), arrival(day * 86_400.0 + day % 30))
        assert age is not None
        assert age <= DRIFT + 30


def test_the_change_to_summer_time_changes_no_age() -> None:
    """The device's clock stands still, the site's moves: the offset is learnt against UTC."""
    clock = DeviceClock()
    assert clock.age(NOW, arrival()) == 0
    summer = Arrival(NOW + dt.timedelta(hours=3), NOW + dt.timedelta(hours=1), 8200.0)
    assert clock.age(NOW + dt.timedelta(hours=2), summer) == 0


def test_a_clock_that_was_read_is_exact() -> None:
    clock = DeviceClock()
    clock.read(5000.0)
    assert clock.age(ago(5000 + 90), arrival()) == 90
    assert clock.age(ago(5000 + 7200), arrival()) == 7200


@pytest.mark.hazard("H6", without="tests.controls_devices:only_the_newest_offset_counts")
def test_what_was_stored_before_the_clock_was_set_is_not_made_young() -> None:
    """The clock was an hour ahead when the reading was made, 65 minutes ago; then the cart set it."""
    clock = DeviceClock()
    clock.read(-3600.0)
    clock.read(0.0)
    assert clock.age(ago(3900 - 3600), arrival()) == 3900


def test_a_reading_of_the_future_has_no_known_age() -> None:
    clock = DeviceClock()
    clock.read(0.0)
    assert clock.age(ago(-600), arrival()) is None


def test_a_clock_that_was_slow_and_was_set_is_believed_at_once() -> None:
    clock = DeviceClock()
    clock.read(3600.0)
    clock.read(0.0)
    assert clock.age(NOW, arrival()) == 0
    assert clock.age(ago(3600), arrival()) == 3600


@pytest.mark.hazard("H6", without="tests.controls_devices:no_clock_is_doubted")
def test_a_stored_reading_that_is_told_again_settles_nothing() -> None:
    """The link was lost in the middle: yesterday's first reading comes again, then the second, made 25 s after it."""
    clock = DeviceClock()
    yesterday = ago(86_400)
    assert clock.age(yesterday, arrival()) is None
    assert clock.age(yesterday, arrival(30)) is None
    assert clock.age(yesterday + dt.timedelta(seconds=25), arrival(31)) is None


@pytest.mark.hazard("H6", without="tests.controls_devices:no_clock_is_doubted")
def test_two_stored_readings_on_two_connections_settle_nothing() -> None:
    """Made two minutes apart, handed over half a minute apart."""
    clock = DeviceClock()
    assert clock.age(ago(9000), arrival()) is None
    assert clock.age(ago(9000 - 30 - 120), arrival(30)) is None


@pytest.mark.hazard("H6", without="tests.controls_devices:what_is_stored_settles_a_clock")
def test_what_comes_out_of_a_memory_never_settles_a_doubtful_clock() -> None:
    """Two of them, a day old, made and handed over a minute apart."""
    clock = DeviceClock()
    for minute in range(3):
        assert clock.age(ago(86_400 - 60 * minute), arrival(60 * minute), stored=True) is None
