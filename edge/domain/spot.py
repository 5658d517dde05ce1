"""When does a running measurement become one saved value?

Rule: when it has been good and steady for three seconds; then once a minute while it goes on; and at once when it is
good and steady again after the sensor was off, because that may be another finger.
"""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from edge.domain.measurement import Name, Quality, Reading

WINDOW: Final = 3.0
"""Seconds over which a value has to be steady."""

FILLED: Final = 2.5
"""Seconds that good readings must span to fill the window: nine packets at three a second span 2.67 s."""

FEWEST: Final = 3
"""Readings in a filled window, at least: a slow device must say it three times."""

AGAIN: Final = 60.0
"""Seconds from one saved value to the next while the measurement goes on."""

OFF: Final = 1.0
"""Seconds without any value after which the sensor was off, and not merely shaken."""

SPREAD: Mapping[Name, Decimal] = MappingProxyType({Name.SPO2: Decimal(2), Name.PULSE_RATE: Decimal(8)})
"""Greatest minus least value in the window that still counts as steady, in the unit that is stored."""

TOLERATED: Final = frozenset({Quality.LOW_PERFUSION, Quality.DEVICE_CLOCK_UNSET})
"""Qualities with which a steady value is saved, and they with it. Cold fingers are the rule in old age (H17)."""


@dataclasses.dataclass(slots=True)
class SpotRule:
    """The rule for one device. Times are seconds of any clock that never goes back."""

    _window: collections.deque[tuple[float, Reading]] = dataclasses.field(default_factory=collections.deque)
    _present: float | None = None
    _saved: float | None = None

    def save(self, reading: Reading, at: float) -> bool:
        """Whether ``reading``, which came at ``at``, is to be saved."""
        if self._present is not None and at - self._present > OFF:
            self._window.clear()
            self._saved = None
        if _sensor_on(reading):
            self._present = at
        if not _good(reading):
            self._window.clear()
            return False
        self._window.append((at, reading))
        while at - self._window[0][0] > WINDOW:
            self._window.popleft()
        if self._saved is not None and at - self._saved < AGAIN:
            return False
        if not self._steady(at):
            return False
        self._saved = at
        return True

    def _steady(self, at: float) -> bool:
        if len(self._window) < FEWEST or at - self._window[0][0] < FILLED:
            return False
        return all(self._spread(name) <= limit for name, limit in SPREAD.items())

    def _spread(self, name: Name) -> Decimal:
        values = [
            one.quantity.value for _, reading in self._window if (one := reading.component(name)) and one.quantity
        ]
        return max(values) - min(values) if values else Decimal(0)


def _sensor_on(reading: Reading) -> bool:
    return Quality.SENSOR_OFF not in _qualities(reading) and all(one.quantity for one in reading.components)


def _good(reading: Reading) -> bool:
    return bool(reading.components) and _sensor_on(reading) and _qualities(reading) <= TOLERATED


def _qualities(reading: Reading) -> frozenset[Quality]:
    return frozenset(reading.quality).union(*(one.quality for one in reading.components))
