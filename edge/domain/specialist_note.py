"""What a specialist writes during a call, for the report. Pure."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Final

from edge.domain.text import sanitise

LONGEST_NOTE: Final = 4000
"""Characters."""

MOST_NOTES: Final = 40
"""Of one call."""


@dataclasses.dataclass(frozen=True, slots=True)
class SpecialistNote:
    """``author`` and ``rpps`` are those of who was let in, "" where nobody was verified; ``said`` is when the cart saved it, in UTC."""

    call_id: str
    text: str
    author: str
    rpps: str
    said: dt.datetime


def readable(text: str) -> str:
    """``text`` without what no report prints: every control, bidirectional and invisible character but line ends.

    Raises ValueError where nothing is left, or more than LONGEST_NOTE.
    """
    lines = ("".join(one for one in line if sanitise(one) == one).rstrip() for line in text.splitlines())
    kept = "\n".join(lines).strip()
    if not 0 < len(kept) <= LONGEST_NOTE:
        raise ValueError(f"a note of {len(kept)} characters")
    return kept
