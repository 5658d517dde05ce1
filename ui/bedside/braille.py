"""A curve in Braille dots, two by four a cell: pure."""

from __future__ import annotations

from collections.abc import Sequence

DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Bits of U+2800 by column and row of the cell (Unicode 15, chapter 21.1)."""

PULSE_CELLS = 6
"""Width of the calibration pulse, gap included."""


def curve(values: Sequence[float | None], columns: int, rows: int, *, calibrate: bool = True) -> tuple[str, ...]:
    """``rows`` lines of ``columns`` cells that hold all of ``values`` (millivolts, evenly spaced in time).

    Every column of dots spans the least and the greatest value of its part, so that no peak is lost between columns; one
    in which a value is missing (None) stays empty, so that no gap is lost either.
    One scale for all, which always holds 0 and 1 mV; with ``calibrate`` a pulse of 1 mV stands at the left (H15). Values that
    are no millivolts are drawn without it, over the height that they fill.
    """
    cells = [[0] * columns for _ in range(rows)]
    pulse = PULSE_CELLS if calibrate and columns > 4 * PULSE_CELLS else 0
    width, height = 2 * (columns - pulse), 4 * rows
    present = [value for value in values if value is not None]
    if not present or width <= 0 or rows <= 0:
        return tuple(" " * columns for _ in range(rows))
    low = min([*present, 0.0]) if calibrate else min(present)
    high = max([*present, 1.0]) if calibrate else max(*present, min(present) + 1.0)

    def level(millivolts: float) -> int:
        return round((high - millivolts) / (high - low) * (height - 1))

    def bar(x: int, top: int, bottom: int) -> None:
        for y in range(top, bottom + 1):
            cells[y // 4][x // 2] |= DOTS[x % 2][y % 4]

    if pulse:
        ground, one = level(0.0), level(1.0)
        last = 2 * pulse - 4
        for x in range(last + 1):
            inside = 0 < x < last
            edge = x in (1, last - 1)
            bar(x, one if inside else ground, (ground if edge else one) if inside else ground)
    before: int | None = None
    for column in range(width):
        first = column * len(values) // width
        whole = values[first : max((column + 1) * len(values) // width, first + 1)]
        part = [value for value in whole if value is not None]
        if len(part) < len(whole):
            before = None
            continue
        top, bottom = level(max(part)), level(min(part))
        if before is not None:
            top, bottom = min(top, before), max(bottom, before)
        bar(column + 2 * pulse, top, bottom)
        before = level(part[-1])
    return tuple("".join(chr(0x2800 + bits) if bits else " " for bits in row) for row in cells)
