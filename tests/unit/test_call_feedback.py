"""Transport-wide feedback. The golden packets are those of pion/rtcp (transport_layer_cc_test.go), logged from a browser."""

from __future__ import annotations

import itertools
import struct

import pytest
from hypothesis import given, strategies as st

from sync.consult.video import feedback
from sync.consult.video.arrivals import EACH_MS, Arrivals, number_of
from sync.consult.video.history import History

RUN = bytes.fromhex("afcd0007fa17fa17193dd8bb0004000710636e0120074c2424100c0c10000003")
ONE_BIT = bytes.fromhex("afcd0006fa17fa17193dd8bb0001000e10636d00ba00100c0c100003")
TWO_BITS = bytes.fromhex("afcd00079b74f61f9371dcbc853c000963f916b3d55200309baa6aaa7b010901")


def _steps(report: feedback.Report) -> list[float]:
    times = [at for at in report.arrivals.values() if at is not None]
    return [b - a for a, b in itertools.pairwise(times)]


def test_a_run_of_packets() -> None:
    (report,) = feedback.reports(RUN)
    assert report.number == 1
    assert list(report.arrivals) == list(range(4, 11))
    assert report.arrivals[4] == 1074030 * 64 + 19
    assert _steps(report) == [9, 9, 4, 3, 3, 4]


def test_one_bit_for_each_packet() -> None:
    (report,) = feedback.reports(ONE_BIT)
    assert len(report.arrivals) == 14
    assert [number for number, at in report.arrivals.items() if at is not None] == [1, 2, 3, 5]
    assert _steps(report) == [3, 3, 4]


def test_two_bits_for_each_packet_and_a_run_longer_than_there_are() -> None:
    (report,) = feedback.reports(TWO_BITS)
    assert list(report.arrivals) == list(range(34108, 34117))
    assert [number for number, at in report.arrivals.items() if at is None] == [34113, 34115, 34116]
    assert _steps(report) == [42.5, 26.5, 42.5, 30.75, 66.25]


def test_those_in_a_compound_with_others() -> None:
    receiver_report = struct.pack("!BBHI", 0x80, 201, 1, 7)
    assert len(list(feedback.reports(receiver_report + RUN + receiver_report + ONE_BIT))) == 2


@pytest.mark.parametrize("broken", [RUN[:30], RUN[:20] + b"\0\0" + RUN[22:], b"\x8f\xcd\0\4" + bytes(16), b"", b"\x80"])
def test_a_broken_one_is_left_out(broken: bytes) -> None:
    assert not [report for report in feedback.reports(broken) if report.arrivals]


@given(st.binary(max_size=200))
def test_no_bytes_do_harm(data: bytes) -> None:
    for report in feedback.reports(b"\x8f\xcd" + struct.pack("!H", len(data) // 4) + data):
        assert len(report.arrivals) <= 8192


@given(
    st.dictionaries(st.integers(0, 300), st.integers(0, 4000), min_size=1, max_size=60),
    st.integers(0, 100_000),
    st.integers(0, 1 << 33),
)
def test_what_we_write_is_what_is_read(offsets: dict[int, int], first: int, began: int) -> None:
    arrivals = {first + offset: began + tick / 4 for offset, tick in offsets.items()}
    (report,) = feedback.reports(feedback.write(1, 2, 300, arrivals))
    assert report.number == 300 & 0xFF
    seen = {number: at for number, at in report.arrivals.items() if at is not None}
    assert set(seen) == {number & 0xFFFF for number in arrivals}
    turn = 64 * (1 << 24)
    for number, at in arrivals.items():
        assert abs((seen[number & 0xFFFF] - at + turn / 2) % turn - turn / 2) <= 0.25


def _rtp(number: int, extension: int = 5, profile: int = 0xBEDE) -> bytes:
    value = struct.pack("!H", number)
    field = bytes([extension << 4 | 1]) + value if profile == 0xBEDE else bytes([extension, 2]) + value
    field = b"\0" + b"\x10\xff" + field if profile == 0xBEDE else field
    field += bytes(-len(field) % 4)
    return (
        struct.pack("!BBHII", 0x90, 96, 1, 2, 0xABCD)
        + struct.pack("!HH", profile, len(field) // 4)
        + field
        + b"payload"
    )


@pytest.mark.parametrize("profile", [0xBEDE, 0x1000])
def test_the_number_of_a_packet(profile: int) -> None:
    assert number_of(_rtp(513, 5, profile), 5) == 513
    assert number_of(_rtp(513, 5, profile), 6) is None


@given(st.binary(max_size=60))
def test_a_packet_of_any_bytes_has_a_number_or_none(data: bytes) -> None:
    number = number_of(b"\x9f" + data, 5)
    assert number is None or 0 <= number < 1 << 16


def test_arrivals_are_told_in_time_and_over_the_turn_of_the_numbers() -> None:
    arrivals = Arrivals(5, 77)
    told: dict[int, float | None] = {}
    for i in range(100):
        report = arrivals.came(_rtp((65_500 + i) & 0xFFFF), 1000 + 10.0 * i)
        for one in feedback.reports(report or b""):
            told |= one.arrivals
    assert {(65_500 + i) & 0xFFFF for i in range(90)} <= set(told)
    assert all(at is not None for at in told.values())


def test_a_jump_of_the_numbers_does_not_make_an_endless_report() -> None:
    arrivals = Arrivals(5, 77)
    arrivals.came(_rtp(10), 0.0)
    arrivals.came(_rtp(30_000), 1.0)
    report = arrivals.came(_rtp(30_001), 1.0 + EACH_MS)
    assert report is not None
    assert len(report) < 100


def test_each_packet_has_one_fate() -> None:
    history = History()
    for i in range(5):
        history.sent(history.number(), 10.0 * i, 100)
    fates = history.fates(feedback.Report(0, {0: 500.0, 1: None, 2: 520.0, 900: 1.0}), 100.0)
    assert [(fate.sent, fate.arrived) for fate in fates] == [(0.0, 500.0), (10.0, None), (20.0, 520.0)]
    assert not history.fates(feedback.Report(1, {0: 500.0, 2: 520.0}), 110.0)
