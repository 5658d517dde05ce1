"""How old is a reading, by the clock of the device that made it? (H6)

Devices keep a calendar clock of their own, without a zone, often wrong, and hand over stored readings whenever they meet
a cart. A reading is only as old as its device time says once it is known how far that clock is off:

- read from the device (Current Time, Date Time), it is exact: age = what has passed since, the greatest of what the last three
  offsets give, because what was stored before the clock was set carries the old time;
- otherwise it is learnt: a reading cannot arrive before it was made, so the least delay ever seen between device time and
  arrival is the offset, and whatever is beyond it is age.

Where neither holds the age is unknown, and the reading is nobody's until a person says whose: a clock that disagrees with
the cart's at its first reading, or that was moved. The next reading that agrees with that one, made and arrived later,
settles it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt

TOLERANCE = 120.0
"""Seconds: a clock that is off by no more is right, and a reading that is delayed by no more has just been made."""

APART = 20.0
"""Two readings that settle a doubtful clock arrive at least so many seconds apart, for stored ones come in one burst; and
were made so many apart, by the device's clock, for one that is told again says nothing new."""

AGREE = 60.0
"""Seconds by which their delays may differ: some devices tell whole minutes."""

DRIFT = 60.0
"""Seconds by which a clock may have gone slow since the last reading."""


@dataclasses.dataclass(frozen=True, slots=True)
class Arrival:
    """When a reading came: by the site's wall clock and by UTC, both without a zone, and monotonic seconds."""

    civil: dt.datetime
    utc: dt.datetime
    monotonic: float


@dataclasses.dataclass(slots=True)
class DeviceClock:
    """The clock of one device. ``least`` (seconds, UTC minus device time) is all that must survive a restart."""

    least: float | None = None
    _offsets: tuple[float, ...] = ()
    _doubtful: tuple[float, float] | None = None

    def read(self, offset: float) -> None:
        """``offset`` seconds: the site's wall clock minus the device's, read on this connection."""
        # a connection on which the clock is set reads it twice
        self._offsets = (offset, *self._offsets[:2])

    def age(self, device_time: dt.datetime, came: Arrival, *, stored: bool = False) -> float | None:
        """Seconds between the measurement and its arrival; None where that cannot be told.

        What the device calls ``stored`` says nothing about how far its clock is off: it is judged, and settles nothing.
        """
        if self._offsets:
            behind = (came.civil - device_time).total_seconds()
            age = max(behind - offset for offset in self._offsets)
            return None if age < -TOLERANCE else max(0.0, age)
        delay = (came.utc - device_time).total_seconds()
        if self.least is None:
            behind = (came.civil - device_time).total_seconds()
            if abs(behind) <= TOLERANCE:
                self.least = self.least if stored else delay
                return max(0.0, behind)
            return None if stored else self._settle(delay, came.monotonic)
        if abs(delay - self.least) > TOLERANCE:
            return None if stored else self._settle(delay, came.monotonic)
        age = max(0.0, delay - self.least)
        self.least = max(min(self.least, delay), delay - DRIFT)
        self._doubtful = None
        return age

    def _settle(self, delay: float, monotonic: float) -> float | None:
        before, self._doubtful = self._doubtful, (delay, monotonic)
        if before is None:
            return None
        later, slower = monotonic - before[1], delay - before[0]
        if later < APART or later - slower < APART or abs(slower) > AGREE:
            return None
        self.least = min(delay, before[0])
        self._doubtful = None
        return max(0.0, delay - self.least)
