"""What a source's odd times make of an appointment: it stands for itself and stops nothing."""

from __future__ import annotations

import datetime as dt

import pytest

from edge.acquire.call import Call
from edge.domain.appointment import Appointment, Delay, Why, clash, link_minutes, missed, reminders
from edge.door.appointment_desk import card

NOW = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)
WEST = dt.timezone(dt.timedelta(hours=-3))


def of(starts: dt.datetime, delay: Delay | None = None, name: str = "a") -> Appointment:
    return Appointment(name, "p-1", starts, dt.timedelta(minutes=20), delay=delay)


@pytest.mark.parametrize("zone", [dt.UTC, WEST, dt.timezone(dt.timedelta(hours=14))])
def test_at_the_end_of_all_time_nothing_breaks(zone: dt.tzinfo) -> None:
    odd = of(dt.datetime.max.replace(tzinfo=zone), Delay(30, "Dr ROUX", NOW))
    usual = of(NOW + dt.timedelta(minutes=10), name="b")
    assert reminders([odd, usual], NOW) == [usual]
    assert missed(odd, NOW) is Why.NONE
    assert clash(usual, [odd]) is None
    assert clash(odd, [usual]) is None
    assert link_minutes(odd, NOW) > 0
    assert [one.id for one in card([odd, usual], Call(), NOW).appointments] == ["a", "b"]


def test_two_that_touch_do_not_clash_and_two_that_overlap_do() -> None:
    first = of(NOW)
    assert clash(of(NOW + dt.timedelta(minutes=20), name="b"), [first]) is None
    assert clash(of(NOW + dt.timedelta(minutes=19), name="b"), [first]) is first
