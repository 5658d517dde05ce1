"""What still has to leave the cart, by resident, and what a person can do about it: values, and the port through which she does."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Protocol

from edge.domain.audit import Actor
from edge.domain.capture import Line
from edge.domain.measurement import Instant
from edge.domain.photo import Shows

EVERYTHING = ""
"""In place of an item's id: whatever waits for a person."""


@dataclasses.dataclass(frozen=True, slots=True)
class Way:
    """How many items of one resident are not received yet, each counted by its least advanced destination.

    ``under_way``: so many are being handed to a far end now. ``oldest`` is when the oldest was saved.
    """

    patient_id: str
    oldest: Instant
    kept: int = 0
    pending: int = 0
    sent: int = 0
    needs_person: int = 0
    under_way: int = 0

    @property
    def waits(self) -> int:
        return self.kept + self.pending + self.sent


@dataclasses.dataclass(frozen=True, slots=True)
class Stopped:
    """An item that waits for a person at ``destinations``. ``reason`` is a word of edge.domain.fault.Reason, or "".

    ``what`` is the far end's or the builder's line, in English; ``own`` is False for what the cart made of an item.
    """

    line: Line
    patient_id: str
    destinations: tuple[str, ...]
    reason: str
    what: str
    own: bool = True


@dataclasses.dataclass(frozen=True, slots=True)
class Ways:
    """By resident, the oldest first, and the oldest of what waits for a person, as much as a screen takes."""

    ways: tuple[Way, ...] = ()
    stopped: tuple[Stopped, ...] = ()


class WayBook(Protocol):
    """What a person at the bedside does about what does not leave. What returns is durable and traced.

    Raises Fault(NOT_ALLOWED) where nothing of it waits, Fault(PURGED), Fault(STORE_IO | STORE_DAMAGED).
    """

    async def send_again(self, item_id: str, now: Instant, by: Actor) -> int:
        """The item, or EVERYTHING that waits for a person, goes out as it is. Returns how many promises that were."""
        ...

    async def correct_photo(self, item_id: str, shows: Shows, now: Instant, by: Actor) -> None:
        """A photo shows something else: it is built anew, and what left of it is withdrawn."""
        ...

    async def read_handover(
        self, through: int, audited: int, now: Instant, by: Actor, patient_ids: Sequence[str] = ()
    ) -> None:
        """Somebody read what changed up to there; of these residents only, where any are named."""
        ...
