"""The machine's clocks."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

from edge.domain.measurement import Instant


class SystemClock:
    """The Clock port. The wall clock is trusted once systemd-timesyncd says that it was synchronised."""

    def __init__(self) -> None:
        self._boot_id = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        self._synchronised = Path("/run/systemd/timesync/synchronized")

    def now(self) -> Instant:
        # BOOTTIME goes on while the machine sleeps, and agrees between processes
        ticks = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        return Instant(dt.datetime.now(dt.UTC), self._boot_id, ticks, self._synchronised.exists())
