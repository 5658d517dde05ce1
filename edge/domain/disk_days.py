"""How many days the disk lasts, from how fast it filled on the last ones. Pure."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Mapping
from typing import Final

LOOK_BACK: Final = 14
"""Days that are looked at."""

FLOOR: Final = 20 * 1024 * 1024
"""Bytes a day. A quiet fortnight says nothing of the days on which wounds are photographed."""

MOST: Final = 999
"""Days; more than these are said as these."""


def days_left(free_at: Mapping[dt.date, int], today: dt.date, free: int, kept: int) -> int | None:
    """Whole days until only ``kept`` bytes are free, from which on photos are refused; None where that is not known yet.

    ``free_at`` are the free bytes at the first look of a day. Only what went away between two looks counts: a purge that
    made room tells nothing of how fast it fills. Days on which the cart was off make it no slower. Two days at least.
    """
    days = sorted(day for day in free_at if today - dt.timedelta(days=LOOK_BACK) <= day < today)
    if not days:
        return None
    looks = [*(free_at[day] for day in days), free]
    if free <= kept:
        return 0
    went = sum(max(0, before - after) for before, after in itertools.pairwise(looks))
    rate = max(FLOOR, went / len(days))
    return min(MOST, math.floor((free - kept) / rate))
