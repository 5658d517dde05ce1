"""Running signals as they are drawn: the last ten seconds of each, and when that is not live any more. Pure.

Nothing of it is kept: a signal that fell silent for two seconds is no longer shown as live (H6), a stretch that was lost is a
gap and never a line (H15), and a change of resident empties everything (H3).
"""

from __future__ import annotations

import dataclasses
import statistics
from collections import deque

from edge.door import messages as m

WINDOW_SECONDS = 10.0
LIVE_SECONDS = 2.0
"""After the last samples of a signal it is not live any more."""

MOST_SIGNALS = 16
"""Twelve leads, a pleth, a respiration, and some room; further ones are not drawn."""

FASTEST_HERTZ = 2000.0

GREATEST = 1e6
"""Beyond it a number is none that a signal has, in millivolts or in steps: it is drawn as a gap."""

Stretch = tuple[float | None, ...]
"""Samples evenly spaced in time; None where there is none."""


@dataclasses.dataclass(frozen=True, slots=True)
class LiveSignal:
    """``values`` fills the whole window, the newest at its end."""

    device: str
    signal: str
    label: str
    hertz: float
    values: Stretch
    in_millivolts: bool = True


@dataclasses.dataclass(slots=True)
class _Ring:
    device: str
    hertz: float
    in_millivolts: bool
    values: deque[float | None]
    heard: float


def centred(values: Stretch) -> Stretch:
    """The same with its median at zero: electrodes add an offset that is no signal and would flatten what is."""
    present = [value for value in values if value is not None]
    middle = statistics.median(present) if present else 0.0
    return tuple(None if value is None else value - middle for value in values)


def _gap(lost: int, room: int) -> Stretch:
    """The place of ``lost`` samples, at most ``room`` of them."""
    return (None,) * min(max(lost, 0), room)


class LiveSignals:
    """What came lately, by signal and label. ``now`` counts seconds and never goes back."""

    def __init__(self) -> None:
        self._rings: dict[tuple[str, str], _Ring] = {}

    def clear(self) -> None:
        self._rings.clear()

    def hear(self, said: m.LiveTrace, now: float) -> None:
        """``said`` is ``clean``. A rate that no device has is not drawn."""
        if not 0.0 < said.hertz <= FASTEST_HERTZ:
            return
        self._drop_silent(now)
        key = (said.signal, said.label)
        ring = self._rings.get(key)
        if ring is None or (ring.device, ring.hertz, ring.in_millivolts) != (
            said.device,
            said.hertz,
            said.in_millivolts,
        ):
            if ring is None and len(self._rings) >= MOST_SIGNALS:
                return
            room = max(1, round(said.hertz * WINDOW_SECONDS))
            ring = self._rings[key] = _Ring(
                said.device, said.hertz, said.in_millivolts, deque([None] * room, room), now
            )
        room = ring.values.maxlen or 0
        ring.values.extend(_gap(said.lost, room))
        ring.values.extend(value if abs(value) <= GREATEST else None for value in said.values[-room:])
        ring.heard = now

    def live(self, signal: str, now: float) -> LiveSignal | None:
        """The signal of that kind which runs now: lead II, or the first there is."""
        self._drop_silent(now)
        running = {label: ring for (kind, label), ring in self._rings.items() if kind == signal}
        if not running:
            return None
        label = "II" if "II" in running else next(iter(running))
        ring = running[label]
        return LiveSignal(ring.device, signal, label, ring.hertz, tuple(ring.values), ring.in_millivolts)

    def _drop_silent(self, now: float) -> None:
        for key in [key for key, ring in self._rings.items() if now - ring.heard > LIVE_SECONDS]:
            del self._rings[key]
