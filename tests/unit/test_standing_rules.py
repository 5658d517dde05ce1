"""Pure rules of how the cart stands: who answers, how long the disk lasts, what the battery allows."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from edge.acquire.power import read
from edge.domain.battery import CLOSE_AT, LOCK_AT, SHORT_AT, WARN_AT, Power, Step, step
from edge.domain.disk_days import FLOOR, MOST, days_left
from edge.domain.measurement import Instant
from edge.domain.reach import STALE_SECONDS, Answered, Reach, contact, elapsed

NOW = Instant(dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC), "boot", 10**15, clock_trusted=True)
TODAY = dt.date(2026, 11, 22)
GIB = 1 << 30


def ago(seconds: float, boot: str = "boot") -> Instant:
    at = NOW.utc - dt.timedelta(seconds=seconds)
    return Instant(at, boot, NOW.monotonic_ns - int(seconds * 1e9), clock_trusted=True)


# --- who answers


def test_without_a_far_end_nobody_is_offline() -> None:
    assert contact([Answered("old", ago(5))], [], NOW).reach is Reach.NONE


def test_not_asked_is_not_known() -> None:
    assert contact([], ["pacs"], NOW).reach is Reach.UNKNOWN
    assert contact([Answered("fhir", ago(5))], ["pacs", "fhir"], NOW).reach is Reach.UNKNOWN


def test_offline_is_since_the_last_answer_of_anybody() -> None:
    silent = [Answered("pacs", ago(9000), ago(8990), "x"), Answered("fhir", ago(7200), ago(7190), "x")]
    found = contact(silent, ["pacs", "fhir"], NOW)
    assert (found.reach, found.seconds, found.silent) == (Reach.OFFLINE, 7200.0, ("pacs", "fhir"))
    assert contact([Answered("pacs", None, ago(3))], ["pacs"], NOW).seconds is None


def test_one_of_two_is_partly_and_the_age_is_of_the_silent_one() -> None:
    found = contact([Answered("pacs", ago(9000), ago(8990)), Answered("fhir", ago(4))], ["pacs", "fhir"], NOW)
    assert (found.reach, found.seconds, found.silent) == (Reach.PARTLY, 9000.0, ("pacs",))


def test_what_nobody_asks_any_more_is_silent_although_no_question_failed() -> None:
    """The process that asks is dead, or its disk is."""
    assert contact([Answered("pacs", ago(STALE_SECONDS - 1))], ["pacs"], NOW).reach is Reach.ANSWERS
    assert contact([Answered("pacs", ago(STALE_SECONDS + 1))], ["pacs"], NOW).reach is Reach.OFFLINE


@given(st.floats(-86400 * 400, 86400 * 400))
def test_a_wall_clock_that_is_set_makes_nothing_younger(seconds: float) -> None:
    moved = Instant(NOW.utc + dt.timedelta(seconds=seconds), "boot", NOW.monotonic_ns, clock_trusted=False)
    assert elapsed(ago(300), moved) == pytest.approx(300)
    assert elapsed(ago(300, "before the reboot"), moved) >= 0


# --- the disk


def test_the_first_day_says_nothing_of_the_disk() -> None:
    assert days_left({}, TODAY, 100 * GIB, GIB) is None
    assert days_left({TODAY: 100 * GIB}, TODAY, 99 * GIB, GIB) is None


def test_days_are_counted_by_what_went_and_a_purge_hides_nothing() -> None:
    looks = {TODAY - dt.timedelta(days=4 - at): (100 - at) * GIB for at in range(4)}
    # one a day: of 96 that are free 95 may go
    assert days_left(looks, TODAY, 96 * GIB, GIB) == 95
    purged = looks | {TODAY - dt.timedelta(days=2): 150 * GIB}
    found = days_left(purged, TODAY, 96 * GIB, GIB)
    assert found is not None
    assert found < 95


def test_a_quiet_fortnight_does_not_promise_years() -> None:
    looks = {TODAY - dt.timedelta(days=at): GIB for at in range(1, 14)}
    assert days_left(looks, TODAY, GIB, GIB - 10 * FLOOR) == 10
    assert days_left(looks, TODAY, 10_000 * GIB, 0) == MOST
    assert days_left(looks, TODAY, GIB, 2 * GIB) == 0


@given(
    st.dictionaries(st.integers(1, 14), st.integers(0, 1 << 45), max_size=14),
    st.integers(0, 1 << 45),
    st.integers(0, 1 << 45),
)
def test_fewer_bytes_are_never_more_days(looks: dict[int, int], free: int, less: int) -> None:
    at = {TODAY - dt.timedelta(days=day): size for day, size in looks.items()}
    more, fewer = days_left(at, TODAY, max(free, less), GIB), days_left(at, TODAY, min(free, less), GIB)
    if more is None or fewer is None:
        assert not looks
    else:
        assert 0 <= fewer <= more <= MOST


# --- the battery


@pytest.mark.parametrize(
    ("percent", "wanted"),
    [
        *((100, Step.NONE), (WARN_AT + 1, Step.NONE), (WARN_AT, Step.WARN), (SHORT_AT, Step.SHORT)),
        *((CLOSE_AT, Step.CLOSE), (LOCK_AT, Step.LOCK), (0, Step.LOCK)),
    ],
)
def test_the_steps_of_a_battery(percent: int, wanted: Step) -> None:
    assert step(Power(percent)) is wanted
    assert step(Power(percent, plugged=True)) is Step.NONE
    assert step(None) is Step.NONE


def _supply(folder: Path, name: str, **files: str) -> None:
    (folder / name).mkdir()
    for file, text in files.items():
        (folder / name / file).write_text(f"{text}\n")


def test_only_the_carts_own_battery_counts(tmp_path: Path) -> None:
    assert read(tmp_path / "missing") is None
    assert read(tmp_path) is None
    _supply(tmp_path, "hid-mouse", type="Battery", scope="Device", capacity="3", status="Discharging")
    _supply(tmp_path, "gone", type="Battery", present="0", capacity="3", status="Unknown")
    _supply(tmp_path, "mute", type="Battery", present="1", status="Discharging")
    assert read(tmp_path) is None
    _supply(tmp_path, "BAT0", type="Battery", present="1", capacity="81", status="Discharging", energy_full="30")
    assert read(tmp_path) == Power(81)
    _supply(tmp_path, "BAT1", type="Battery", present="1", capacity="20", status="Unknown", energy_full="10")
    assert read(tmp_path) == Power(65)
    _supply(tmp_path, "AC", type="Mains", online="0")
    assert read(tmp_path) == Power(65)
    (tmp_path / "AC" / "online").write_text("1\n")
    assert read(tmp_path) == Power(65, plugged=True)


def test_without_mains_the_battery_says_whether_it_is_charged(tmp_path: Path) -> None:
    _supply(tmp_path, "BAT0", type="Battery", capacity="150", status="Charging")
    assert read(tmp_path) == Power(100, plugged=True)
    (tmp_path / "BAT0" / "capacity").write_text("full of it\n")
    assert read(tmp_path) is None
