"""How much leaves, on lines that are simulated by virtual time."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from sync.consult.video.rate import FLOOR, Packet, Rate
from sync.consult.video.shares import on_wire, shares
from sync.consult.video.trend import Trend, Usage
from tests.simulated_line import SimulatedCall, SimulatedLine


@settings(max_examples=12, deadline=None)
@given(
    bits=st.integers(150_000, 3_000_000),
    loss=st.floats(0, 0.02),
    way=st.floats(0.005, 0.1),
    seed=st.integers(0, 1_000),
)
def test_it_settles_below_what_the_line_carries_and_uses_most_of_it(
    bits: int, loss: float, way: float, seed: int
) -> None:
    call = SimulatedCall(SimulatedLine(bits, loss, way, seed=seed))
    call.run(15)
    settled = call.run(20)
    mean = sum(second.target for second in settled) / len(settled)
    assert 0.4 * bits < mean < 1.15 * bits


@settings(max_examples=12, deadline=None)
@given(bits=st.integers(60_000, 400_000), loss=st.floats(0, 0.03), seed=st.integers(0, 1_000))
def test_the_queue_in_the_line_stays_short_enough_to_talk(bits: int, loss: float, seed: int) -> None:
    call = SimulatedCall(SimulatedLine(bits, loss, seed=seed))
    call.run(10)
    waits = sorted(second.queued for second in call.run(20))
    assert waits[len(waits) // 2] < 0.4


@settings(max_examples=10, deadline=None)
@given(bits=st.integers(40_000, 300_000), seed=st.integers(0, 1_000))
def test_the_voice_is_never_given_up_for_pictures(bits: int, seed: int) -> None:
    call = SimulatedCall(SimulatedLine(bits, 0.01, seed=seed))
    call.run(10)
    for second in call.run(20):
        assert second.target >= FLOOR
        assert second.voice.bits >= 12_000
        # pictures get what the voice leaves
        assert second.pictures + on_wire(second.voice) <= max(second.target, on_wire(second.voice))
    assert sum(second.voice_lost for second in call.seconds[-20:]) / 20 < 0.06


def test_it_finds_a_better_line_again() -> None:
    line = SimulatedLine(200_000)
    call = SimulatedCall(line)
    thin = call.run(15)[-1].target
    line.bits = 2_000_000
    assert max(second.target for second in call.run(60)) > 3 * thin


def test_it_yields_when_the_line_becomes_thin() -> None:
    line = SimulatedLine(2_000_000)
    call = SimulatedCall(line)
    wide = call.run(15)[-1].target
    line.bits = 300_000
    call.run(5)
    after = call.run(10)
    assert wide > 800_000
    assert all(second.target < 450_000 for second in after)


def test_a_silent_line_is_not_flooded_and_is_used_again() -> None:
    rate = Rate(4_000_000, 0.0)
    for tick in range(1, 100):
        rate.passed(tick / 10)
    assert rate.target == FLOOR
    call = SimulatedCall(SimulatedLine(1_000_000))
    call.rate = rate
    call.now = 10.0
    assert call.run(30)[-1].target > 200_000


def test_losses_by_chance_of_two_in_a_hundred_do_not_stop_it() -> None:
    call = SimulatedCall(SimulatedLine(10_000_000, loss=0.02, way=0.075))
    assert call.run(20)[-1].target > 2_000_000


def test_heavy_losses_make_it_yield() -> None:
    call = SimulatedCall(SimulatedLine(10_000_000, loss=0.3))
    assert call.run(20)[-1].target < 500_000


def test_a_key_frame_that_comes_as_it_was_sent_proves_a_good_line() -> None:
    rate = Rate(4_000_000, 0.0)
    rate.heard(0.1, [Packet(10 + 2.4 * i, 510 + 2.4 * i, 1200) for i in range(10)])
    assert rate.target > 2_000_000


def test_a_key_frame_that_the_line_drew_apart_shows_its_end() -> None:
    rate = Rate(4_000_000, 0.0)
    packets = [Packet(10 + 2.4 * i, 510 + 64 * i, 1200) for i in range(10)]
    for at in range(0, 10, 2):
        rate.heard(0.1 + at * 0.064, packets[at : at + 2])
    assert rate.target < 150_000
    assert not rate.starting


def test_without_reports_on_each_packet_the_receivers_word_is_taken() -> None:
    rate = Rate(4_000_000, 0.0)
    rate.limit(200_000)
    assert rate.target == 200_000
    for second in range(1, 30):
        rate.loss_reported(float(second), 0.0)
    assert rate.target == 200_000
    rate.limit(1_000_000)
    for second in range(30, 60):
        rate.loss_reported(float(second), 0.0)
    assert rate.target == 1_000_000
    for second in range(60, 80):
        rate.loss_reported(float(second), 0.5)
    assert rate.target < 200_000


def test_a_delay_that_grows_is_told_from_one_that_is_long() -> None:
    long, growing = Trend(), Trend()
    for i in range(200):
        long.arrived(10.0 * i, 10.0 * i + 900)
        growing.arrived(10.0 * i, 13.0 * i + 20)
    assert long.usage is Usage.NORMAL
    assert growing.usage is Usage.OVER


def test_a_clock_that_was_set_starts_it_anew() -> None:
    trend = Trend()
    for i in range(100):
        trend.arrived(10.0 * i, 10.0 * i)
    for i in range(100, 200):
        trend.arrived(10.0 * i, 10.0 * i - 86_400_000)
    assert trend.usage is Usage.NORMAL


@pytest.mark.parametrize("target", [30_000, 60_000, 109_000, 150_000, 300_000, 1_000_000, 4_000_000])
def test_voice_first_then_data_then_pictures(target: int) -> None:
    alone, beside = shares(target, 0), shares(target, 20_000)
    assert alone.voice == beside.voice
    assert 12_000 <= alone.voice.bits <= 32_000
    assert beside.pictures <= alone.pictures
    assert on_wire(alone.voice) + alone.pictures <= max(target, on_wire(alone.voice))


def test_a_voice_does_not_change_to_and_fro() -> None:
    low = shares(199_000, 0).voice
    assert shares(205_000, 0, low).voice == low
    assert shares(240_000, 0, low).voice.bits > low.bits
