"""A running signal as a monitor draws it: each sample stays where it was put, and the newest overwrites the oldest. Pure.

Only the columns that a stretch falls into change, so that a screen has little to draw. Dots are those of Braille cells, two by
four a cell, as in ``ui.bedside.braille``. A sample that is missing leaves its column empty (H15); before the newest column a gap
parts it from the oldest.
"""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Collection, Sequence

from ui.bedside.braille import DOTS, PULSE_CELLS

GAP_COLUMNS = 4
"""Columns of dots that are empty before the newest one."""

LEAST_MILLIVOLTS = 1.5
"""Height of the scale at least: so that noise is not drawn as a signal, and the pulse of 1 mV always has room."""

ROOM = 1.15
"""How much higher the scale is made than what it is to hold."""

SHRINK = 2.5
"""How many times higher than needed the scale may be before it is made anew."""


@dataclasses.dataclass(slots=True)
class _Column:
    """The least and the greatest value of one column of dots, and the one that it begins with and ends with."""

    low: float
    high: float
    first: float
    last: float


class Sweep:
    """``columns`` by ``rows`` cells over ``seconds`` at ``hertz`` samples a second; in millivolts where ``scaled``.

    Where it is scaled and there is room a pulse of 1 mV stands at the left, in the scale of the signal.
    """

    def __init__(self, columns: int, rows: int, hertz: float, seconds: float, *, scaled: bool) -> None:
        self.columns, self.rows = columns, rows
        self._pulse = PULSE_CELLS if scaled and columns > 4 * PULSE_CELLS else 0
        self._width, self._height = 2 * (columns - self._pulse), 4 * rows
        self._a_sample = self._width / max(hertz * seconds, 1.0)
        self._scaled = scaled
        self._at = 0.0
        self._newest = -1
        self._found: list[_Column | None] = [None] * self._width
        self._holed = False
        self._bottom, self._top = (-LEAST_MILLIVOLTS / 3, LEAST_MILLIVOLTS * 2 / 3) if scaled else (0.0, 1.0)
        self._fresh = True
        self._cells = [[0] * columns for _ in range(rows)]

    def row(self, y: int) -> str:
        """One row of cells as text."""
        return "".join(chr(0x2800 + bits) if bits else " " for bits in self._cells[y])

    def feed(self, values: Sequence[float | None]) -> Collection[int]:
        """The columns of cells that changed; all of them after a new scale."""
        if self._width <= 0 or self._height <= 0:
            return ()
        touched: set[int] = set()
        wrapped = False
        for value in values:
            column = int(self._at) % self._width
            if column != self._newest:
                wrapped |= column < self._newest
                self._begin(column, touched)
            self._put(column, value)
            touched.add(column)
            self._at += self._a_sample
        if self._needs_scale(touched, wrapped=wrapped):
            self._scale()
            return range(self.columns)
        return self._draw(touched)

    def _begin(self, column: int, touched: set[int]) -> None:
        """Whatever lies between the last column and this one was passed over: fewer samples than columns."""
        last, self._newest = self._newest, column
        self._holed = False
        held = self._found[last] if last >= 0 else None
        passed = (column - last) % self._width if last >= 0 else 1
        for step in range(1, passed):
            between = (last + step) % self._width
            self._found[between] = None if held is None else _Column(held.last, held.last, held.last, held.last)
            touched.add(between)
        for step in range(GAP_COLUMNS + 1):
            ahead = (column + step) % self._width
            self._found[ahead] = None
            touched.add(ahead)

    def _put(self, column: int, value: float | None) -> None:
        one = self._found[column]
        if value is None or self._holed:
            self._holed = True
            self._found[column] = None
        elif one is None:
            self._found[column] = _Column(value, value, value, value)
        else:
            one.low, one.high, one.last = min(one.low, value), max(one.high, value), value

    def _needs_scale(self, touched: Collection[int], *, wrapped: bool) -> bool:
        if self._fresh and any(self._found[one] for one in touched):
            return True
        outside = any(
            one is not None and (one.low < self._bottom or one.high > self._top)
            for one in (self._found[column] for column in touched)
        )
        return outside or (wrapped and self._top - self._bottom > SHRINK * self._needed())

    def _needed(self) -> float:
        found = [one for one in self._found if one is not None]
        least = LEAST_MILLIVOLTS if self._scaled else 1.0
        if not found:
            return least
        return max(least, (max(one.high for one in found) - min(one.low for one in found)) * ROOM)

    def _scale(self) -> None:
        """Holds all that stands there, its median near the middle of what is left: electrodes add an offset that is no signal."""
        found = [one for one in self._found if one is not None]
        if not found:
            return
        self._fresh = False
        low, high = min(one.low for one in found), max(one.high for one in found)
        spare = self._needed() - (high - low)
        # what lies low in its span is the line from which the peaks rise: the room goes where the next peak may
        middle = statistics.median(one.last for one in found)
        above = 0.5 if high == low else (middle - low) / (high - low)
        above = min(max(1.0 - above, 0.2), 0.8)
        self._bottom, self._top = low - spare * (1.0 - above), high + spare * above
        self._draw(range(self._width))
        self._draw_pulse()

    def _level(self, value: float) -> int:
        share = (self._top - value) / (self._top - self._bottom)
        return min(max(round(share * (self._height - 1)), 0), self._height - 1)

    def _draw(self, touched: Collection[int]) -> Collection[int]:
        cells = sorted({column // 2 for column in touched})
        for cell in cells:
            for row in self._cells:
                row[cell + self._pulse] = 0
            for column in (2 * cell, 2 * cell + 1):
                self._draw_column(column)
        return [cell + self._pulse for cell in cells]

    def _draw_column(self, column: int) -> None:
        one = self._found[column]
        if one is None:
            return
        before = self._found[column - 1] if column else None
        low, high = one.low, one.high
        if before is not None and column != (self._newest + GAP_COLUMNS + 1) % self._width:
            low, high = min(low, before.last), max(high, before.last)
        self._bar(column + 2 * self._pulse, self._level(high), self._level(low))

    def _draw_pulse(self) -> None:
        if not self._pulse:
            return
        for row in self._cells:
            row[: self._pulse] = [0] * self._pulse
        middle = (self._top + self._bottom) / 2
        ground, one = self._level(middle - 0.5), self._level(middle + 0.5)
        last = 2 * self._pulse - 4
        for x in range(last + 1):
            inside, edge = 0 < x < last, x in (1, last - 1)
            self._bar(x, one if inside else ground, (ground if edge else one) if inside else ground)

    def _bar(self, x: int, top: int, bottom: int) -> None:
        for y in range(top, bottom + 1):
            self._cells[y // 4][x // 2] |= DOTS[x % 2][y % 4]
