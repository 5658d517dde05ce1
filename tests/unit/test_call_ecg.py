"""The ECG of a call: numbered, sent, repaired. The page's own code is tested in tests/integration/test_call_ecg_page.py."""

from __future__ import annotations

import dataclasses
import math
import random
import struct

import pytest
from hypothesis import given, settings, strategies as st

from edge.acquire.call import Call, CallState
from edge.domain.consent import Basis
from edge.door.sight import open_to_media
from firmware_stubs.ecg_reader import Reader
from sync.consult.ecg import messages, record, schedule
from sync.consult.ecg.messages import Range
from sync.consult.ecg.record import ABSENT, MOST_SERIES, Record
from sync.consult.ecg.schedule import Schedule
from tests.unit.test_consent import _said

THICK, MIDDLE, THIN = 1_000_000, 250_000, 90_000


def wave(first: int, count: int) -> list[float]:
    """Millivolts, steep enough that some differences need more than a byte."""
    return [round(1.2 * math.sin(n / 3) * math.sin(n / 40) ** 8, 4) for n in range(first, first + count)]


def microvolts(first: int, count: int) -> list[int]:
    return [round(1000 * value) for value in wave(first, count)]


# --- numbering


def test_samples_are_numbered_on_and_what_the_device_lost_keeps_its_numbers() -> None:
    kept = Record()
    kept.take("box", "II", 250, wave(0, 10), 0, 0.0)
    one = kept.take("box", "II", 250, wave(15, 10), 5, 0.1)
    assert one is not None
    assert (one.number, one.head) == (0, 25)
    assert list(one.between(0, 25)) == microvolts(0, 10) + [ABSENT] * 5 + microvolts(15, 10)


@pytest.mark.parametrize(
    ("hertz", "lost", "now"), [(250.0, 0, 2.5), (500.0, 0, 0.1), (250.0, 20_000, 0.1)], ids=["silence", "rate", "gap"]
)
def test_a_break_that_nobody_counted_begins_another_series(hertz: float, lost: int, now: float) -> None:
    kept = Record()
    kept.take("box", "II", 250, wave(0, 10), 0, 0.0)
    one = kept.take("box", "II", hertz, wave(0, 10), lost, now)
    assert one is not None
    assert (one.number, one.head) == (1, 10)


@pytest.mark.parametrize(
    ("label", "hertz", "lost"),
    [
        ("II", 0.0, 0),
        ("II", -1.0, 0),
        ("II", math.nan, 0),
        ("II", 2001.0, 0),
        ("II", 250.0, -1),
        ("LEADNUMBER", 250.0, 0),
        ("<b>", 250.0, 0),
        ("é", 250.0, 0),
    ],
)
def test_what_no_ecg_has_is_not_kept(label: str, hertz: float, lost: int) -> None:
    kept = Record()
    assert kept.take("box", label, hertz, wave(0, 10), lost, 0.0) is None
    assert kept.series == ()


def test_a_value_beyond_what_is_carried_is_absent_and_never_a_smaller_one() -> None:
    kept = Record()
    one = kept.take("box", "II", 250, [2e6, 3e6, -3e6, math.nan, math.inf, -40.0001], 0, 0.0)
    assert one is not None
    assert list(one.between(0, 6)) == [2 * 10**9, ABSENT, ABSENT, ABSENT, ABSENT, -40000]


def test_steps_of_a_device_without_a_unit_are_carried_as_they_are() -> None:
    kept, page = Record(), Reader()
    steps = [0, 1, -126, 127, 254, -32767, 32767, 100_000, -2_000_000_000, 2_000_000_000]
    one = kept.take("board", "", 128, steps, 0, 0.0, in_millivolts=False)
    assert one is not None
    coded, count = messages.coded(one.between(0, 10), 1000)
    page.take(messages.taken([messages.part(one, 0, coded, count)]), 0.0)
    assert page.samples(0) == steps


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "MOST_SAMPLES", 1000)
    kept = Record()
    for turn in range(50):
        for label in ("I", "II"):
            kept.take("box", label, 250, wave(100 * turn, 100), 0, turn / 2)
        assert sum(map(len, kept.series)) <= 1000
    assert all(one.head == 5000 and one.begin > 0 for one in kept.series)
    newest = kept.series[0]
    assert list(newest.between(newest.begin, 5000)) == microvolts(newest.begin, 5000 - newest.begin)
    for turn in range(3 * MOST_SERIES):
        kept.take("box", "II", 250, wave(0, 10), 0, 100.0 + 3 * turn)
    assert len(kept.series) == MOST_SERIES
    assert len(kept._newest) <= MOST_SERIES


def test_lead_two_comes_first() -> None:
    kept = Record()
    for label in ("V1", "I", "other", "II"):
        kept.take("box", label, 250, wave(0, 10), 0, 0.0)
    assert [one.label for one in kept.series] == ["II", "I", "V1", "other"]


# --- what the page asks


@pytest.mark.parametrize(
    "data",
    [
        "text",
        b"",
        b"\x02",
        b"\x01\x00",
        b"\x02\x01",
        b"\x02\x00\x00",
        b"\x02\x21" + struct.pack("<HIH", 0, 0, 1) * 33,
        b"\x02\x01" + struct.pack("<HIH", 0, 0, 0),
        b"\x02\x01" + struct.pack("<HIH", 0, 0, messages.MOST_SAMPLES + 1),
        bytes(10_000),
    ],
)
def test_a_message_of_the_page_that_is_none_is_refused(data: object) -> None:
    with pytest.raises(ValueError, match=r"message about ECG|as many ranges|a range"):
        messages.asked(data)


def test_what_is_asked_again_and_again_is_held_once_and_not_without_end() -> None:
    kept = Record()
    kept.take("box", "II", 250, wave(0, 5000), 0, 0.0)
    plan = Schedule(kept, 0.0)
    for turn in range(20):
        ranges = [Range(0, 10 * (turn * 32 + n), 10) for n in range(32)]
        ask = bytes((2, 32)) + b"".join(struct.pack("<HIH", one.series, one.first, one.count) for one in ranges)
        plan.asked(ask, turn * 0.1)
        plan.asked(ask, turn * 0.1 + 0.04)
    assert len(plan._asked) == len(set(plan._asked)) == schedule._MOST_ASKED


def test_a_range_that_was_never_taken_is_answered_with_what_there_is() -> None:
    kept = Record()
    kept.take("box", "II", 250, wave(0, 100), 0, 0.0)
    plan, page = Schedule(kept, 0.0), Reader()
    plan.asked(bytes((2, 3)) + struct.pack("<HIHHIHHIH", 0, 2**32 - 1, 1000, 0, 90, 50, 7, 0, 10), 0.1)
    for one in plan.due(0.2, THICK):
        page.take(one, 0.2)
    assert {n for n, value in enumerate(page.samples(0)) if value is not None} == set(range(90, 100))


# --- over a line


def talk(
    seed: int,
    loss: float,
    target: int,
    seconds: float = 6.0,
    leads: int = 2,
    outage: tuple[float, float] = (-1.0, -1.0),
) -> tuple[Record, Reader, int, float]:
    """A call of ``seconds``, and then as long as the page misses something. The record, the page, bytes sent, seconds it took."""
    chance = random.Random(seed)
    kept, page = Record(), Reader()
    plan = Schedule(kept, 0.0)
    there: list[tuple[float, bytes]] = []
    back: list[tuple[float, bytes]] = []
    sent, block, asks = 0, 0, 0.0
    step = 0.005
    for tick in range(int(120 / step)):
        now = tick * step

        def lost(now: float = now) -> bool:
            return chance.random() < loss or outage[0] <= now < outage[1]

        while block * 0.04 <= min(now, seconds):
            for label in ("II", "I", "V1", "V2", "V3", "V4")[:leads]:
                kept.take("box", label, 250, wave(10 * block, 10), 0, now)
            plan.fresh(now)
            block += 1
        for message in plan.due(now, target):
            sent += len(message) + schedule.UNDER
            if not lost():
                there.append((now + 0.075 + 0.05 * chance.random(), message))
        for at, message in [one for one in there if one[0] <= now]:
            there.remove((at, message))
            page.take(message, now)
        if now >= asks:
            asks = now + 0.1
            if (ask := page.ask(now)) is not None and not lost():
                back.append((now + 0.075, ask))
        for at, ask in [one for one in back if one[0] <= now]:
            back.remove((at, ask))
            plan.asked(ask, now)
        if now > seconds and all(page.is_whole(one.number, one.head) for one in kept.series):
            return kept, page, sent, now
    return kept, page, sent, math.inf


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    loss=st.floats(0, 0.6),
    target=st.sampled_from([THICK, MIDDLE, THIN]),
    outage=st.floats(0, 4),
)
def test_every_sample_is_there_in_the_end_whatever_was_lost(seed: int, loss: float, target: int, outage: float) -> None:
    kept, page, _, ended = talk(seed, loss, target, seconds=3.0, outage=(outage, outage + 1.5))
    assert math.isfinite(ended)
    for one in kept.series:
        assert page.samples(one.number) == list(one.between(0, one.head)) == microvolts(0, one.head)


@pytest.mark.parametrize("target", [THICK, MIDDLE, THIN, 30_000])
def test_all_that_leaves_keeps_within_its_share(target: int) -> None:
    _, _, sent, ended = talk(3, 0.1, target, leads=6)
    assert 8 * sent <= schedule.budget(target) * (ended + 1) + 8 * messages.LARGEST


def test_on_a_good_line_new_samples_wait_for_milliseconds_and_come_three_times() -> None:
    kept, plan = Record(), None
    plan = Schedule(kept, 0.0)
    kept.take("box", "II", 250, wave(0, 10), 0, 1.0)
    plan.fresh(1.0)
    assert plan.due(1.0, THICK) == []
    assert plan.wait(1.0, THICK) == pytest.approx(schedule.GATHER_SECONDS)
    came = []
    for tick in range(1003, 1400):
        for message in plan.due(tick / 1000, THICK):
            page = Reader()
            page.take(message, 0)
            came.append((tick, page.came(0)))
    assert came == [(1003, 10), (1023, 10), (1043, 10)]
    # and from then on only how far it is, twice a second
    assert plan.wait(1.4, THICK) == pytest.approx(1.043 + 0.5 - 1.4)


def test_where_nothing_was_ever_taken_nothing_is_sent() -> None:
    plan = Schedule(Record(), 0.0)
    assert plan.wait(5.0, THICK) == math.inf
    assert plan.due(5.0, THICK) == []


def test_what_was_taken_before_this_connection_is_there_for_the_asking() -> None:
    kept = Record()
    kept.take("box", "II", 250, wave(0, 500), 0, 0.0)
    plan, page = Schedule(kept, 10.0), Reader()
    now = 10.0
    while not page.is_whole(0, 500) and now < 60:
        now = round(now + 0.02, 2)
        for message in plan.due(now, MIDDLE):
            page.take(message, now)
        if ask := page.ask(now):
            plan.asked(ask, now)
    assert page.samples(0) == microvolts(0, 500)


def test_no_message_is_larger_than_one_packet() -> None:
    kept = Record()
    leads = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
    plan = Schedule(kept, 0.0)
    now = 0.0
    for turn in range(50):
        now = 0.1 * turn
        for label in leads:
            # each difference needs five bytes
            kept.take("box", label, 500, [(-1) ** n * 30.0 for n in range(50)], 0, now)
        plan.fresh(now)
        for tick in range(20):
            assert all(len(one) <= messages.LARGEST for one in plan.due(now + tick / 200, 5_000_000))


# --- who may hear of it


@pytest.mark.hazard("H19", without="tests.controls_consent:media_hears_of_the_call_alone")
def test_media_hears_of_the_resident_of_an_admitted_and_agreed_call_alone() -> None:
    call = Call(call_id="call-1", encounter_id="E1", state=CallState.CONNECTED)
    agreed, refused = _said(1, act_id="call-1"), _said(2, Basis.REFUSAL)
    assert open_to_media(call, [agreed], "E1")
    assert not open_to_media(call, [agreed], "E2")
    assert not open_to_media(call, [agreed], None)
    for state in CallState:
        one = dataclasses.replace(call, state=state)
        assert open_to_media(one, [agreed], "E1") == (state in {CallState.ADMITTED, CallState.CONNECTED})
    assert not open_to_media(call, [], "E1")
    assert not open_to_media(call, [agreed, refused], "E1")


def test_where_nothing_is_lost_lately_each_sample_comes_twice_and_no_message_is_sent_for_repeats_alone_too_soon() -> (
    None
):
    kept = Record()
    plan = Schedule(kept, 0.0)
    came: list[int] = []
    for tick in range(20_000, 20_400):
        if tick % 40 == 0:
            kept.take("box", "II", 250, wave((tick - 20_000) // 4, 10), 0, tick / 1000)
            plan.fresh(tick / 1000)
        came += [tick] * len(plan.due(tick / 1000, THICK))
    assert came == list(range(20_003, 20_400, 40))
    plan.lost(20.4)
    for tick in range(20_400, 20_480):
        if tick % 40 == 0:
            kept.take("box", "II", 250, wave((tick - 20_000) // 4, 10), 0, tick / 1000)
            plan.fresh(tick / 1000)
        came += [tick] * len(plan.due(tick / 1000, THICK))
    assert came[10:] == [20_403, 20_423, 20_443, 20_463]
