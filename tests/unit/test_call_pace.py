"""What leaves when: the pacer, the repairs, and the steps of size."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, strategies as st

from sync.consult.video.ladder import STEPS, Ladder
from sync.consult.video.pacer import Pacer, Urgency
from sync.consult.video.pictures import fitted
from sync.consult.video.repair import Repair, too_old
from sync.consult.video.twice import Twice


def _left(pacer: Pacer[str], until: float, step: float = 0.001) -> list[tuple[float, str]]:
    left = []
    for tick in range(round(until / step) + 1):
        while (packet := pacer.take(tick * step)) is not None:
            left.append((tick * step, packet))
    return left


def test_a_key_frame_leaves_at_the_pace_of_the_line() -> None:
    pacer: Pacer[str] = Pacer(800_000, 0.0)
    for i in range(20):
        pacer.put(str(i), 1000, Urgency.PICTURE)
    assert pacer.backlog == pytest.approx(0.2)
    left = _left(pacer, 1.0)
    assert [packet for _at, packet in left] == [str(i) for i in range(20)]
    assert 0.15 < left[-1][0] < 0.25


def test_a_voice_waits_for_nothing_and_a_repair_comes_before_a_picture() -> None:
    pacer: Pacer[str] = Pacer(80_000, 0.0)
    for packet, urgency in (("p", Urgency.PICTURE), ("q", Urgency.PICTURE), ("again", Urgency.AGAIN)):
        pacer.put(packet, 1000, urgency)
    pacer.put("voice", 100, Urgency.VOICE)
    left = _left(pacer, 1.0)
    assert [packet for _at, packet in left] == ["voice", "again", "p", "q"]
    assert left[0][0] == 0.0


@given(
    st.lists(st.tuples(st.integers(50, 1300), st.sampled_from(Urgency)), max_size=40), st.integers(50_000, 2_000_000)
)
def test_nothing_is_lost_in_the_pacer_and_it_says_when_to_come_back(
    packets: list[tuple[int, Urgency]], bits: int
) -> None:
    pacer: Pacer[int] = Pacer(bits, 0.0)
    for at, (size, urgency) in enumerate(packets):
        pacer.put(at, size, urgency)
    now, left = 0.0, []
    while (wait := pacer.wait(now)) is not None:
        now += wait + 1e-6
        while (packet := pacer.take(now)) is not None:
            left.append(packet)
        assert now < 120
    assert sorted(left) == list(range(len(packets)))
    assert pacer.waiting == 0


def test_pictures_yield_to_what_the_data_channels_sent() -> None:
    pacer: Pacer[str] = Pacer(80_000, 0.0)
    pacer.spent(2000, 0.0)
    pacer.put("p", 1000, Urgency.PICTURE)
    assert pacer.take(0.1) is None
    assert pacer.take(0.25) == "p"


def test_what_waits_of_pictures_can_be_dropped() -> None:
    pacer: Pacer[str] = Pacer(80_000, 0.0)
    pacer.put("p", 1000, Urgency.PICTURE)
    pacer.put("v", 100, Urgency.VOICE)
    assert pacer.forget_pictures() == 1000
    assert [packet for _at, packet in _left(pacer, 1.0)] == ["v"]


def test_a_lost_packet_is_repaired_once_in_a_round_trip() -> None:
    repair = Repair(0.0)
    repair.sent(7, 1.0)
    assert repair.again(7, 1000, 1.15, 0.15, 1_000_000)
    assert not repair.again(7, 1000, 1.2, 0.15, 1_000_000)
    assert repair.again(7, 1000, 1.32, 0.15, 1_000_000)


def test_what_is_too_old_or_unknown_is_not_repaired() -> None:
    repair = Repair(0.0)
    repair.sent(7, 1.0)
    assert not repair.again(8, 1000, 1.1, 0.1, 1_000_000)
    assert not repair.again(7, 1000, 1.0 + too_old(0.1) + 0.01, 0.1, 1_000_000)


def test_a_storm_of_requests_takes_a_share_of_the_line_and_no_more() -> None:
    repair = Repair(0.0)
    sent = 0
    for tick in range(1000):
        now = tick / 100
        for number in range(10):
            repair.sent(tick * 10 + number & 0xFFFF, now)
            sent += 1000 * repair.again(tick * 10 + number & 0xFFFF, 1000, now, 0.1, 300_000)
    assert 8 * sent / 10 < 0.3 * 300_000 + 30_000


def test_steps_go_down_to_stills_and_then_to_voice() -> None:
    heights = [(step.height, step.each) for step in STEPS]
    assert heights == sorted(heights, key=lambda step: (-step[0], step[1]))
    assert STEPS[-1].height == 0
    assert all(step.enough > step.least for step in STEPS[:-1])


@pytest.mark.parametrize(("bits", "height"), [(3_000_000, 1080), (700_000, 720), (160_000, 360), (0, 0)])
def test_the_first_step_is_what_the_line_carries(bits: int, height: int) -> None:
    assert Ladder().step(0.0, bits).height == height


def test_a_step_down_is_quick_and_one_up_takes_its_time() -> None:
    ladder = Ladder()
    assert ladder.step(0.0, 700_000).height == 720
    assert ladder.step(0.1, 400_000).height == 720
    assert ladder.step(2.2, 400_000).height == 480
    assert ladder.step(2.3, 100_000).height == 240
    ladder.step(3.0, 700_000)
    ladder.step(8.0, 700_000)
    assert ladder.step(9.0, 700_000).height == 720


def test_a_line_at_the_edge_does_not_make_the_picture_jump() -> None:
    ladder = Ladder()
    seen = [ladder.step(tick / 10, 560_000 if tick // 10 % 2 else 470_000).height for tick in range(600)]
    assert len(set(seen)) == 1


def test_one_that_falls_again_waits_longer_before_it_rises() -> None:
    ladder = Ladder()
    rises = 0
    before = ladder.step(0.0, 300_000).height
    for tick in range(1, 1200):
        # the larger picture is more than the line carries
        bits = 700_000 if before < 720 else 200_000
        height = ladder.step(tick / 10, bits).height
        rises += height > before
        before = height
    assert rises <= 8


def test_a_busy_processor_gets_a_smaller_picture_and_a_thin_line_has_nothing_to_do_with_it() -> None:
    ladder = Ladder()
    assert ladder.step(0.0, 3_000_000).height == 1080
    for tick in range(120):
        ladder.encoded(tick / 30, 0.04, 1 / 30)
    assert ladder.busy
    assert ladder.step(4.0, 3_000_000).height == 720
    assert ladder.step(4.0, 3_000_000).each == STEPS[0].each
    for tick in range(120, 1200):
        ladder.encoded(tick / 30, 0.005, 1 / 30)
    assert not ladder.busy
    assert ladder.step(60.0, 3_000_000).height == 1080


def test_a_thin_line_is_not_taken_for_a_busy_processor() -> None:
    ladder = Ladder()
    for tick in range(300):
        ladder.step(tick / 30, 100_000)
        ladder.encoded(tick / 30, 0.004, 1 / 30)
    assert not ladder.busy
    assert ladder.step(10.0, 100_000).height == 240


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    loss: float
    round_trip: float
    target: int


@pytest.mark.parametrize(
    ("known", "on"),
    [
        (Known(0.02, 0.16, 900_000), True),
        # a repair is quick
        (Known(0.02, 0.02, 900_000), False),
        # nothing gets lost
        (Known(0.0, 0.16, 900_000), False),
        # no room for it
        (Known(0.02, 0.16, 250_000), False),
    ],
)
def test_pictures_are_sent_twice_where_a_repair_comes_late_and_there_is_room(known: Known, on: bool) -> None:
    twice = Twice()
    for tick in range(100):
        twice.now(tick / 20, known)
    assert twice.on == on
    for tick in range(100, 600):
        twice.now(tick / 20, Known(0.0, 0.16, 900_000))
    assert not twice.on


@pytest.mark.parametrize(
    ("size", "height", "fits"),
    [((1280, 720), 1080, (1280, 720)), ((1280, 720), 360, (640, 360)), ((641, 481), 240, (320, 240))],
)
def test_a_picture_is_made_smaller_and_never_larger(size: tuple[int, int], height: int, fits: tuple[int, int]) -> None:
    assert fitted(*size, height) == fits
