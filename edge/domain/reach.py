"""Whether the cart's far ends answer, and since when not: by their last answer, never by the state of a link (H23). Pure.

An answer is end to end: the far end proved or took an object, or answered a question about itself. That a connection opens
is none. Nothing here says that all is well: what is told is an age.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterable, Mapping
from typing import Final

from edge.domain.measurement import Instant

STALE_SECONDS: Final = 150.0
"""After which a far end that answered counts as silent although no question failed: nobody asks it any more."""


@dataclasses.dataclass(frozen=True, slots=True)
class Answered:
    """``last`` is its newest answer, ``silent`` the first question since that it left without one; None: there is none.

    ``why`` is a word of edge.domain.fault.Reason, "" while it answers.
    """

    destination: str
    last: Instant | None = None
    silent: Instant | None = None
    why: str = ""


class Reach(enum.StrEnum):
    NONE = "none"  # the settings name no far end
    UNKNOWN = "unknown"  # not one was asked yet
    ANSWERS = "answers"
    PARTLY = "partly"  # some of them
    OFFLINE = "offline"  # not one of them


@dataclasses.dataclass(frozen=True, slots=True)
class Contact:
    """``seconds`` since the last answer: of any far end, or where some are silent, of the one that has been longest.

    None: it never answered. ``silent`` names those that do not answer.
    """

    reach: Reach
    seconds: float | None = None
    silent: tuple[str, ...] = ()


def elapsed(since: Instant, now: Instant) -> float:
    """Seconds. By the monotonic clock where it can be, so that a corrected wall clock makes nothing younger (H6)."""
    if since.boot_id == now.boot_id:
        return max(0.0, (now.monotonic_ns - since.monotonic_ns) / 1e9)
    return max(0.0, (now.utc - since.utc).total_seconds())


def is_silent(one: Answered, now: Instant) -> bool:
    return one.silent is not None or (one.last is not None and elapsed(one.last, now) > STALE_SECONDS)


def contact(found: Iterable[Answered], names: Iterable[str], now: Instant) -> Contact:
    """Of the far ends ``names`` that the settings have; what is stored of others counts for nothing."""
    known: Mapping[str, Answered] = {one.destination: one for one in found}
    asked = [known.get(name) or Answered(name) for name in names]
    if not asked:
        return Contact(Reach.NONE)
    ages = {one.destination: elapsed(one.last, now) for one in asked if one.last is not None}
    silent = tuple(one.destination for one in asked if is_silent(one, now))
    if len(silent) == len(asked):
        # whichever answered last: until then the cart was not cut off
        return Contact(Reach.OFFLINE, min(ages.values(), default=None), silent)
    if silent:
        longest = None if any(name not in ages for name in silent) else max(ages[name] for name in silent)
        return Contact(Reach.PARTLY, longest, silent)
    if len(ages) < len(asked):
        return Contact(Reach.UNKNOWN, min(ages.values(), default=None))
    return Contact(Reach.ANSWERS, max(ages.values()))
