"""A running signal as a monitor draws it: where each sample stands, what changes, gaps, scale."""

from __future__ import annotations

import math

from hypothesis import given, strategies as st

from ui.bedside.braille import PULSE_CELLS
from ui.bedside.sweep import GAP_COLUMNS, Sweep


def _plain(columns: int = 20, rows: int = 4, hertz: float = 10.0) -> Sweep:
    """One column of cells a second, no pulse."""
    return Sweep(columns, rows, hertz, columns / 1.0, scaled=False)


def _drawn(sweep: Sweep) -> list[bool]:
    rows = [sweep.row(y) for y in range(sweep.rows)]
    return [any(row[column] != " " for row in rows) for column in range(sweep.columns)]


def test_what_is_fed_stands_from_the_left_and_only_that_changes() -> None:
    sweep = _plain()
    assert list(sweep.feed([0.5] * 30)) == list(range(20)), "the first scale draws all"
    assert _drawn(sweep) == [True] * 3 + [False] * 17
    changed = list(sweep.feed([0.5] * 10))
    assert changed[0] == 3
    assert max(changed) <= 3 + 1 + GAP_COLUMNS // 2
    assert _drawn(sweep) == [True] * 4 + [False] * 16


def test_the_newest_overwrites_the_oldest_behind_a_gap() -> None:
    sweep = _plain()
    sweep.feed([0.5] * 100)
    sweep.feed([0.5] * 135)
    drawn = _drawn(sweep)
    assert drawn[:3] == [True] * 3
    assert not all(drawn[3:7])
    assert all(drawn[7:])


def test_a_missing_sample_leaves_its_column_empty_and_nothing_is_drawn_across() -> None:
    sweep = _plain()
    sweep.feed([0.0] * 50 + [None] * 50 + [1.0] * 50)
    assert _drawn(sweep)[5:10] == [False] * 5
    one_missing = _plain()
    one_missing.feed([0.0] * 52 + [None] + [0.0] * 47)
    whole = _plain()
    whole.feed([0.0] * 100)
    assert [one_missing.row(y) for y in range(4)] != [whole.row(y) for y in range(4)]


def test_no_peak_is_lost_between_two_columns() -> None:
    sweep = Sweep(40, 4, 500.0, 10.0, scaled=False)
    values = [0.0] * 1000
    values[333] = 10.0
    sweep.feed(values)
    assert any(mark != " " for mark in sweep.row(0))


def _dots(sweep: Sweep, columns: range) -> set[int]:
    """Rows of dots, from the top, that are set in any of ``columns``."""
    found = set()
    for y in range(sweep.rows):
        for column in columns:
            mark = sweep.row(y)[column]
            bits = 0 if mark == " " else ord(mark) - 0x2800
            found |= {4 * y + row for row, bit in enumerate((0x09, 0x12, 0x24, 0xC0)) if bits & bit}
    return found


def test_a_signal_in_millivolts_has_its_pulse_of_one_in_its_own_scale() -> None:
    sweep = Sweep(100, 8, 100.0, 10.0, scaled=True)
    sweep.feed([300.0, 301.0] * 200)
    pulse = _dots(sweep, range(PULSE_CELLS))
    signal = _dots(sweep, range(PULSE_CELLS, 30))
    assert max(pulse) - min(pulse) == max(signal) - min(signal), "one millivolt is as high on both sides"


def test_a_small_signal_after_a_great_one_is_scaled_anew_when_it_comes_round() -> None:
    sweep = Sweep(60, 6, 50.0, 10.0, scaled=True)

    def height() -> int:
        rows = [sweep.row(y)[PULSE_CELLS:] for y in range(6)]
        return sum(any(mark != " " for mark in row) for row in rows)

    sweep.feed([40.0 * math.sin(step / 3) for step in range(400)])
    assert height() == 6
    sweep.feed([math.sin(step / 3) for step in range(1100)])
    assert height() >= 4


@given(
    st.lists(st.none() | st.floats(-1e6, 1e6), max_size=300),
    st.integers(0, 60),
    st.integers(0, 6),
    st.floats(0.01, 2000.0),
    st.booleans(),
)
def test_whatever_comes_every_row_is_as_wide_as_it_was_made(
    values: list[float | None], columns: int, rows: int, hertz: float, scaled: bool
) -> None:
    sweep = Sweep(columns, rows, hertz, 10.0, scaled=scaled)
    for begin in range(0, len(values), 7):
        changed = sweep.feed(values[begin : begin + 7])
        assert all(0 <= one < columns for one in changed)
    assert all(len(sweep.row(y)) == columns for y in range(rows))
