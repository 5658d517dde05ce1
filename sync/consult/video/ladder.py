"""How large a picture, and how many a second: what the line carries and what the processor manages. Pure.

A thin line is told by bits, a busy processor by the time that encoding takes: the first takes a step down of both size and
pictures a second, the second a smaller picture only, at the same bits.
"""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """``height`` 0: no picture at all. ``each`` seconds from one picture to the next. Below ``least`` bits a second for
    pictures it is left, above ``enough`` it is entered."""

    height: int
    each: float
    least: int
    enough: int


STEPS = (
    Step(1080, 1 / 30, 1_800_000, 2_400_000),
    Step(720, 1 / 30, 420_000, 600_000),
    Step(480, 1 / 30, 200_000, 300_000),
    Step(360, 1 / 30, 110_000, 150_000),
    Step(240, 1 / 15, 60_000, 80_000),
    Step(240, 1 / 5, 25_000, 35_000),
    # stills
    Step(240, 3.0, 8_000, 12_000),
    # voice only
    Step(0, 1.0, 0, 0),
)

_DOWN_AFTER = 2.0
_FIRST_UP_AFTER = 0.3
_UP_AFTER = 3.0
_UP_MOST = 40.0
_SOON = 10.0
_BUSY = 0.8
_IDLE = 0.35
_BUSY_AFTER = 2.0
_IDLE_AFTER = 15.0


class Ladder:
    """``now`` in seconds. The first call of ``step`` picks the step at once; later ones wait for it to last."""

    def __init__(self) -> None:
        self._at: int | None = None
        self._below: float | None = None
        self._above: float | None = None
        self._wait = _FIRST_UP_AFTER
        self._rose: float | None = None
        self._smallest_allowed = 0
        self._busy_since: float | None = None
        self._idle_since: float | None = None
        self._load = 0.0

    @property
    def busy(self) -> bool:
        """Whether the picture is smaller than the line would allow, because encoding takes too long."""
        return self._smallest_allowed > 0

    def encoded(self, now: float, seconds: float, each: float) -> None:
        """Encoding one picture took ``seconds`` of the ``each`` that there were for it."""
        if each > 0.05:
            return
        self._load += 0.1 * (seconds / each - self._load)
        self._busy_since = (self._busy_since or now) if self._load > _BUSY else None
        self._idle_since = (self._idle_since or now) if self._load < _IDLE else None
        if self._busy_since is not None and now - self._busy_since >= _BUSY_AFTER:
            at = max(self._at or 0, self._smallest_allowed)
            # a smaller picture, never fewer: fewer is what the processor does by itself
            self._smallest_allowed = min(at + 1, _LAST_AT_FULL_PACE)
            self._forget_load(0.5)
        elif self._idle_since is not None and now - self._idle_since >= _IDLE_AFTER and self._smallest_allowed:
            self._smallest_allowed -= 1
            self._forget_load(0.5)

    def _forget_load(self, load: float) -> None:
        self._load = load
        self._busy_since = self._idle_since = None

    def step(self, now: float, bits: int, *, hurry: bool = False) -> Step:
        """With ``bits`` a second for pictures. ``hurry``: the first rise need not wait, the line has shown no end."""
        if self._at is None:
            self._at = _entered(bits)
        elif bits < STEPS[self._at].least:
            self._above = None
            self._below = self._below if self._below is not None else now
            if now - self._below >= _DOWN_AFTER or bits < STEPS[self._at].least * 0.6:
                self._go_down(now, bits)
        elif self._at > 0 and bits >= STEPS[self._at - 1].enough:
            self._below = None
            self._above = self._above if self._above is not None else now
            if now - self._above >= (self._wait if hurry or self._wait > _UP_AFTER else _UP_AFTER):
                self._at, self._above, self._rose = _entered(bits), None, now
                self._wait = max(_UP_AFTER, self._wait)
        else:
            self._below = self._above = None
        if self._rose is not None and now - self._rose > 2 * _SOON:
            self._wait, self._rose = _UP_AFTER, None
        return STEPS[max(self._at, self._smallest_allowed if STEPS[self._at].height else 0)]

    def _go_down(self, now: float, bits: int) -> None:
        if self._rose is not None and now - self._rose < _SOON:
            self._wait = min(_UP_MOST, 2 * self._wait)
        self._rose = None
        self._below = None
        self._at = next(i for i, step in enumerate(STEPS) if bits >= step.least)


_LAST_AT_FULL_PACE = max(i for i, step in enumerate(STEPS) if step.each <= 1 / 30)


def _entered(bits: int) -> int:
    return next(i for i, step in enumerate(STEPS) if bits >= step.enough)
