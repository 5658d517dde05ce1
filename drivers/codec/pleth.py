"""Single samples of a pleth, handed on a quarter of a second at a time."""

from __future__ import annotations

from decimal import Decimal

from edge.domain.samples import Samples, Signal


class PlethBatch:
    """``hertz`` samples a second, one in each frame of ``frame`` bytes."""

    def __init__(self, hertz: Decimal, frame: int) -> None:
        self._hertz = hertz
        self._frame = frame
        self._size = int(hertz) // 4
        self._values: list[int] = []
        self._lost = 0
        self._begun = False

    def take(self, value: int, gap: int) -> Samples | None:
        """The next sample, ``gap`` bytes after the one before; the batch that is complete with it, or is cut by the gap."""
        cut = self.rest() if gap else None
        if gap and self._begun:
            self._lost = -(-gap // self._frame)
        self._begun = True
        self._values.append(value)
        return cut or (self.rest() if len(self._values) >= self._size else None)

    def rest(self) -> Samples | None:
        """What has come since the last batch."""
        if not self._values:
            return None
        values, lost = tuple(self._values), self._lost
        self._values.clear()
        self._lost = 0
        return Samples(Signal.PLETH, self._hertz, values, lost=lost)
