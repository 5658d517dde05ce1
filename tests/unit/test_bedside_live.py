"""Running signals on the bedside screen: the last ten seconds, gaps as gaps, and nothing stale as live."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from edge.door import messages as m
from ui.bedside import braille
from ui.bedside.live import FASTEST_HERTZ, LIVE_SECONDS, MOST_SIGNALS, WINDOW_SECONDS, LiveSignals
from ui.bedside.sweep import Sweep


def _said(*values: float, label: str = "II", hertz: float = 10.0, lost: int = 0, signal: str = "ecg") -> m.LiveTrace:
    return m.LiveTrace(device="Moniteur", signal=signal, label=label, hertz=hertz, values=values, lost=lost)


def _values(signals: LiveSignals, now: float, signal: str = "ecg") -> tuple[float | None, ...]:
    running = signals.live(signal, now)
    assert running is not None
    return signals.since(running, 0)[1]


def test_the_window_is_ten_seconds_with_the_newest_at_its_end() -> None:
    signals = LiveSignals()
    signals.hear(_said(1.0, 2.0), 0.0)
    assert _values(signals, 0.0) == (1.0, 2.0)
    for second in range(1, 30):
        signals.hear(_said(*[float(second)] * 10), float(second))
    assert _values(signals, 29.0) == tuple(float(second) for second in range(20, 30) for _ in range(10))


@pytest.mark.hazard("H6", without="tests.controls_faces:a_signal_is_live_for_ever")
def test_a_signal_that_fell_silent_is_not_live() -> None:
    signals = LiveSignals()
    signals.hear(_said(1.0), 100.0)
    assert signals.live("ecg", 100.0 + LIVE_SECONDS) is not None
    for silent in (LIVE_SECONDS + 0.01, 3600.0, 86400.0):
        signals.hear(_said(1.0), 100.0)
        assert signals.live("ecg", 100.0 + silent) is None
        signals.hear(_said(5.0), 100.0 + silent)
        assert _values(signals, 100.0 + silent) == (5.0,), "what was before the silence is not joined to it"
        signals.clear()


@pytest.mark.hazard("H16", without="tests.controls_faces:lost_samples_leave_no_gap")
def test_lost_samples_are_a_gap_that_is_drawn_as_one() -> None:
    signals = LiveSignals()
    signals.hear(_said(*[0.5] * 40), 0.0)
    signals.hear(_said(*[0.5] * 40, lost=20), 1.0)
    values = _values(signals, 1.0)
    assert values == (0.5,) * 40 + (None,) * 20 + (0.5,) * 40
    rows = braille.curve(values, 50, 4, calibrate=False)
    drawn = [any(row[column] != " " for row in rows) for column in range(50)]
    assert drawn == [True] * 20 + [False] * 10 + [True] * 20


def test_one_lost_sample_among_many_is_still_seen() -> None:
    values = tuple(None if step == 5000 else 0.5 for step in range(10_000))
    rows = braille.curve(values, 50, 4, calibrate=False)
    whole = braille.curve((0.5,) * 10_000, 50, 4, calibrate=False)
    assert rows != whole


def test_who_looks_again_gets_what_came_since() -> None:
    signals = LiveSignals()
    signals.hear(_said(1.0, 2.0), 0.0)
    (about,) = signals.running(0.0)
    seen, values = signals.since(about, 0)
    assert (seen, values) == (2, (1.0, 2.0))
    signals.hear(_said(3.0, lost=1), 0.1)
    assert signals.since(about, seen) == (4, (None, 3.0))
    assert signals.since(about, 4) == (4, ())
    signals.clear()
    signals.hear(_said(9.0), 0.2)
    assert signals.since(about, 4) == (4, ()), "a new beginning is another signal"
    (again,) = signals.running(0.2)
    assert signals.since(again, 0) == (1, (9.0,))


def test_lead_two_is_drawn_or_the_first_there_is() -> None:
    signals = LiveSignals()
    signals.hear(_said(1.0, label="I"), 0.0)
    first = signals.live("ecg", 0.0)
    signals.hear(_said(2.0, label="II"), 0.0)
    second = signals.live("ecg", 0.0)
    assert first is not None
    assert second is not None
    assert (first.label, second.label) == ("I", "II")
    assert signals.live("pleth", 0.0) is None


@given(
    st.lists(
        st.builds(
            _said,
            st.floats(allow_nan=True, allow_infinity=True),
            label=st.text(max_size=3),
            hertz=st.floats(allow_nan=True, allow_infinity=True),
            lost=st.integers(-(2**40), 2**40),
        ),
        max_size=40,
    )
)
def test_whatever_is_said_memory_is_bounded(said: list[m.LiveTrace]) -> None:
    signals = LiveSignals()
    for one in said:
        signals.hear(one, 0.0)
    assert len(signals._rings) <= MOST_SIGNALS
    assert all(len(ring.values) <= FASTEST_HERTZ * WINDOW_SECONDS for ring in signals._rings.values())
    if (running := signals.live("ecg", 0.0)) is not None:
        Sweep(40, 5, running.hertz, WINDOW_SECONDS, scaled=True).feed(signals.since(running, 0)[1])
