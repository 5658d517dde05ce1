"""When does a running measurement become one saved value?

Rule: when it has been good and steady for three seconds; then once a minute while it goes on; and at once when it is
good and steady again after the sensor was off, because that may be another finger. A breathing rate and a temperature
move slowly by nature, so they have to be steady for longer. A device that streams several kinds has the rule for each.
"""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from edge.domain.measurement import Component, Kind, Name, Quality, Reading

WINDOW: Final = 3.0
"""Seconds over which a value has to be steady."""

LONGER: Mapping[Kind, float] = MappingProxyType({Kind.RESPIRATION: 15.0, Kind.TEMPERATURE: 30.0})
"""The same where three seconds say nothing: at 12 breaths a minute there is one in five seconds, and a thermometer that
still warms up by 0.1 Cel in 30 s is within 0.2 Cel of where it will end (time constant of 30 s)."""

FILLED: Final = 2.5 / 3
"""Share of a window that good readings must span: nine packets at three a second span 2.67 s of 3."""

FEWEST: Final = 3
"""Readings in a filled window, at least: a slow device must say it three times."""

MOST: Final = 8192
"""Readings that are remembered, at most; a device that floods fills no window."""

AGAIN: Final = 60.0
"""Seconds from one saved value to the next while the measurement goes on."""

OFF: Final = 1.0
"""Seconds of readings without a value after which the sensor was off, and not merely shaken."""

SPREAD: Mapping[Name, Decimal] = MappingProxyType(
    {
        Name.SPO2: Decimal(2),
        Name.PULSE_RATE: Decimal(8),
        Name.HEART_RATE: Decimal(8),
        Name.RESPIRATORY_RATE: Decimal(4),
        Name.TEMPERATURE: Decimal("0.1"),
    }
)
"""What is saved for, and greatest minus least value in the window that still counts as steady, in the unit that is stored.

Whatever else a reading carries (other averages, RR intervals) comes with it and decides nothing.
"""

TOLERATED: Final = frozenset({Quality.LOW_PERFUSION, Quality.DEVICE_CLOCK_UNSET})
"""Qualities with which a steady value is saved, and they with it. Cold fingers are the rule in old age (H17)."""


@dataclasses.dataclass(slots=True)
class SpotRule:
    """The rule for one device. Times are seconds of any clock that never goes back."""

    _kinds: dict[Kind, _Watch] = dataclasses.field(default_factory=dict)

    def save(self, reading: Reading, at: float) -> bool:
        """Whether ``reading``, which came at ``at``, is to be saved."""
        kind = reading.kind
        if kind not in self._kinds:
            self._kinds[kind] = _Watch(LONGER.get(kind, WINDOW))
        return self._kinds[kind].save(reading, at)


@dataclasses.dataclass(slots=True)
class _Watch:
    """The rule for one kind. A line that is silent for a whole window counts as the sensor off."""

    window: float
    _recent: collections.deque[tuple[float, Reading]] = dataclasses.field(
        default_factory=lambda: collections.deque(maxlen=MOST)
    )
    _heard: float | None = None
    _present: float | None = None
    _saved: float | None = None

    def save(self, reading: Reading, at: float) -> bool:
        on = _sensor_on(reading)
        if self._was_off(at, on=on):
            self._recent.clear()
            self._saved = None
        self._heard = at
        if on:
            self._present = at
        if not _good(reading):
            self._recent.clear()
            return False
        self._recent.append((at, reading))
        self._drop_old(at)
        if self._saved is not None and at - self._saved < AGAIN:
            return False
        if not self._steady(at):
            return False
        self._saved = at
        return True

    def _was_off(self, at: float, *, on: bool) -> bool:
        if self._heard is None or self._present is None:
            return False
        if at - self._heard > self.window:
            return True
        # the reading before this one had no value, or this one has none
        return at - self._present > OFF and not (on and self._heard == self._present)

    def _drop_old(self, at: float) -> None:
        """What is older than the window goes, unless the rest would not fill it: a slow device jitters."""
        while len(self._recent) > 1 and at - self._recent[0][0] > self.window and self._fills(self._recent[1][0], at):
            self._recent.popleft()

    def _fills(self, since: float, at: float) -> bool:
        return at - since >= self.window * FILLED

    def _steady(self, at: float) -> bool:
        if len(self._recent) < FEWEST or not self._fills(self._recent[0][0], at):
            return False
        return all(self._spread(name) <= limit for name, limit in SPREAD.items())

    def _spread(self, name: Name) -> Decimal:
        values = [
            one.quantity.value for _, reading in self._recent if (one := reading.component(name)) and one.quantity
        ]
        return max(values) - min(values) if values else Decimal(0)


def _principal(reading: Reading) -> tuple[Component, ...]:
    """What the reading is about; all of it where that is none of SPREAD."""
    return tuple(one for one in reading.components if one.name in SPREAD) or reading.components


def _sensor_on(reading: Reading) -> bool:
    return Quality.SENSOR_OFF not in _qualities(reading) and all(one.quantity for one in _principal(reading))


def _good(reading: Reading) -> bool:
    return bool(reading.components) and _sensor_on(reading) and _qualities(reading) <= TOLERATED


def _qualities(reading: Reading) -> frozenset[Quality]:
    return frozenset(reading.quality).union(*(one.quality for one in _principal(reading)))
