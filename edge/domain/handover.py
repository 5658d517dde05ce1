"""What the next shift has to know of what was done with the cart: only what changed since somebody last read it.

It is no record and does not stand in for the record's own handover.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Final

from edge.domain.capture import Line
from edge.domain.measurement import Instant

FIRST: Final = dt.timedelta(hours=24)
"""How far it looks back where nobody ever read one."""


@dataclasses.dataclass(frozen=True, slots=True)
class Read:
    """Who read the last one and when; ``through`` and ``audited`` are the newest item and act that she saw. ``name`` may be ""."""

    through: int
    audited: int
    at: Instant
    name: str


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """Of one resident: what was captured since, newest first, undone or not; and how many older items were undone or moved."""

    patient_id: str
    lines: tuple[Line, ...] = ()
    taken_away: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Handover:
    """``through`` and ``audited`` are what somebody has read who reads this. ``more``: there is older that does not stand here."""

    since: Read | None = None
    through: int = 0
    audited: int = 0
    changes: tuple[Change, ...] = ()
    more: bool = False
