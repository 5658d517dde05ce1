"""Whether a queue grows in the line: the trend of one-way delay (draft-ietf-rmcat-gcc-02, 5.3 to 5.5). Pure; milliseconds."""

from __future__ import annotations

import collections
import dataclasses
import enum

_BURST_MS = 5.0
"""Packets sent within this are one group (5.2)."""

_WINDOW = 20
_SMOOTHING = 0.9
_GAIN = 4.0
_MOST_GROUPS = 60
_K_UP, _K_DOWN = 0.0087, 0.039
_THRESHOLD_MS = (6.0, 600.0)
_OVERUSE_MS = 10.0
_STRAY_MS = 15.0
_RESTART_MS = 3_000.0


class Usage(enum.Enum):
    UNDER = "under"
    NORMAL = "normal"
    OVER = "over"


@dataclasses.dataclass(slots=True)
class _Group:
    first_sent: float
    sent: float
    arrived: float


class Trend:
    """Told of each packet that arrived, in the order of sending. ``usage`` is what the line is doing now."""

    def __init__(self) -> None:
        self.usage = Usage.NORMAL
        self._restart()
        self._threshold = 12.5

    def _restart(self) -> None:
        self._group: _Group | None = None
        self._before: _Group | None = None
        self._delay = self._smoothed = 0.0
        self._first_arrival: float | None = None
        self._points: collections.deque[tuple[float, float]] = collections.deque(maxlen=_WINDOW)
        self._groups = 0
        self._over_for = 0.0
        self._previous = 0.0
        self._adapted: float | None = None

    @property
    def queued_ms(self) -> float:
        """How much longer packets are under way than at the beginning of the window."""
        return self._points[-1][1] - min(point[1] for point in self._points) if self._points else 0.0

    def arrived(self, sent_ms: float, arrived_ms: float) -> None:
        """``sent_ms`` by our clock, ``arrived_ms`` by theirs."""
        group = self._group
        if group is None:
            self._group = _Group(sent_ms, sent_ms, arrived_ms)
        elif arrived_ms < group.arrived - _RESTART_MS or sent_ms > group.sent + _RESTART_MS:
            self._restart()
            self._group = _Group(sent_ms, sent_ms, arrived_ms)
            self.usage = Usage.NORMAL
        elif sent_ms < group.first_sent:
            return
        elif self._same_burst(group, sent_ms, arrived_ms):
            group.sent = max(group.sent, sent_ms)
            group.arrived = max(group.arrived, arrived_ms)
        else:
            if self._before is not None:
                self._compare(self._before, group)
            self._before = group
            self._group = _Group(sent_ms, sent_ms, arrived_ms)

    @staticmethod
    def _same_burst(group: _Group, sent_ms: float, arrived_ms: float) -> bool:
        if sent_ms - group.first_sent <= _BURST_MS:
            return True
        # what was held up together and let go together is one group as well (5.2)
        gap = arrived_ms - group.arrived
        return 0 <= gap <= _BURST_MS and gap - (sent_ms - group.sent) < 0

    def _compare(self, before: _Group, group: _Group) -> None:
        sent = group.sent - before.sent
        self._groups = min(self._groups + 1, _MOST_GROUPS)
        self._delay += (group.arrived - before.arrived) - sent
        self._smoothed = _SMOOTHING * self._smoothed + (1 - _SMOOTHING) * self._delay
        if self._first_arrival is None:
            self._first_arrival = group.arrived
        self._points.append((group.arrived - self._first_arrival, self._smoothed))
        if len(self._points) == _WINDOW:
            self._judge(self._slope(), sent, group.arrived)

    def _slope(self) -> float:
        mean_x = sum(x for x, _y in self._points) / _WINDOW
        mean_y = sum(y for _x, y in self._points) / _WINDOW
        spread = sum((x - mean_x) ** 2 for x, _y in self._points)
        if spread == 0:
            return self._previous
        return sum((x - mean_x) * (y - mean_y) for x, y in self._points) / spread

    def _judge(self, slope: float, sent: float, now: float) -> None:
        trend = self._groups * slope * _GAIN
        if trend > self._threshold:
            self._over_for += sent
            if self._over_for > _OVERUSE_MS and slope >= self._previous:
                self._over_for = 0.0
                self.usage = Usage.OVER
        else:
            self._over_for = 0.0
            self.usage = Usage.UNDER if trend < -self._threshold else Usage.NORMAL
        self._previous = slope
        self._adapt(abs(trend), now)

    def _adapt(self, size: float, now: float) -> None:
        passed = 0.0 if self._adapted is None else min(now - self._adapted, 100.0)
        self._adapted = now
        if size > self._threshold + _STRAY_MS:
            return
        k = _K_DOWN if size < self._threshold else _K_UP
        low, high = _THRESHOLD_MS
        self._threshold = min(high, max(low, self._threshold + k * (size - self._threshold) * passed))
