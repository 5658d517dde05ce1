"""Running signals that are to be drawn: the last ten seconds of each, and when that is not live any more. Pure.

Nothing of it is kept: a signal that fell silent for two seconds is no longer shown as live (H6), a stretch that was lost is a
gap and never a line (H15), and a change of resident empties everything (H3).
"""

from __future__ import annotations

import dataclasses
import itertools
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


Key = tuple[str, str]
"""Signal and label."""

ECG, PLETH, RESPIRATION = "ecg", "pleth", "respiration"
_LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
_ORDER = {ECG: 0, PLETH: 1, RESPIRATION: 2}


@dataclasses.dataclass(frozen=True, slots=True)
class LiveSignal:
    """What runs. Another ``turn`` is another beginning: what was drawn before is not its."""

    device: str
    signal: str
    label: str
    hertz: float
    in_millivolts: bool = True
    turn: int = 0


@dataclasses.dataclass(slots=True)
class _Ring:
    about: LiveSignal
    values: deque[float | None]
    heard: float
    count: int = 0


def _gap(lost: int, room: int) -> Stretch:
    """The place of ``lost`` samples, at most ``room`` of them."""
    return (None,) * min(max(lost, 0), room)


class LiveSignals:
    """What came lately, by signal and label. ``now`` counts seconds and never goes back."""

    def __init__(self) -> None:
        self._rings: dict[Key, _Ring] = {}
        self._turns = 0

    def clear(self) -> None:
        self._rings.clear()

    def hear(self, said: m.LiveTrace, now: float) -> None:
        """``said`` is ``clean``. A rate that no device has is not drawn."""
        if not 0.0 < said.hertz <= FASTEST_HERTZ:
            return
        self._drop_silent(now)
        key = (said.signal, said.label)
        ring = self._rings.get(key)
        about = LiveSignal(said.device, said.signal, said.label, said.hertz, said.in_millivolts)
        if ring is None or dataclasses.replace(ring.about, turn=0) != about:
            if ring is None and len(self._rings) >= MOST_SIGNALS:
                return
            room = max(1, round(said.hertz * WINDOW_SECONDS))
            self._turns += 1
            ring = self._rings[key] = _Ring(dataclasses.replace(about, turn=self._turns), deque(maxlen=room), now)
        room = ring.values.maxlen or 0
        gap = _gap(said.lost, room)
        values = [value if abs(value) <= GREATEST else None for value in said.values[-room:]]
        ring.values.extend(gap)
        ring.values.extend(values)
        ring.count += len(gap) + len(values)
        ring.heard = now

    def running(self, now: float) -> tuple[LiveSignal, ...]:
        """The leads of an ECG as they are counted, then the others."""
        self._drop_silent(now)
        return tuple(sorted((ring.about for ring in self._rings.values()), key=_rank))

    def live(self, signal: str, now: float) -> LiveSignal | None:
        """The signal of that kind which runs now: lead II, or the first there is."""
        found = [one for one in self.running(now) if one.signal == signal]
        return next((one for one in found if one.label == "II"), found[0] if found else None)

    def since(self, about: LiveSignal, seen: int) -> tuple[int, Stretch]:
        """How many samples of it came in all, and those after the first ``seen``, as far as they are still held."""
        ring = self._rings.get((about.signal, about.label))
        if ring is None or ring.about.turn != about.turn:
            return seen, ()
        fresh = min(ring.count - seen, len(ring.values))
        newest_first = itertools.islice(reversed(ring.values), fresh)
        return ring.count, tuple(newest_first)[::-1]

    def _drop_silent(self, now: float) -> None:
        for key in [key for key, ring in self._rings.items() if now - ring.heard > LIVE_SECONDS]:
            del self._rings[key]


def _rank(about: LiveSignal) -> tuple[int, int, str]:
    lead = _LEADS.index(about.label) if about.label in _LEADS else len(_LEADS)
    return _ORDER.get(about.signal, len(_ORDER)), lead, about.label
