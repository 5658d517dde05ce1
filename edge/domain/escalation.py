"""What the site is told when a request for an opinion was not answered in time: about which, and nothing of whom. Pure."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from collections.abc import Sequence
from typing import Protocol

from edge.domain.measurement import Instant
from edge.domain.opinion import Specialty, Urgency


class Told(enum.StrEnum):
    SENT = "sent"
    SETTLED = "settled"  # somebody answered, or asked again, before it could be sent


@dataclasses.dataclass(frozen=True, slots=True)
class Overdue:
    """One delay that ended without an answer. ``event`` is its number in this store, ``noted`` when it was seen.

    Of the resident nothing: who reads it opens the page on the cart.
    """

    event: int
    request_id: str
    specialty: Specialty
    urgency: Urgency
    addressee: str
    asked: dt.datetime
    due: dt.datetime
    noted: dt.datetime
    chased: int = 0


class EscalationBook(Protocol):
    """What of it a mailbox was told. What returns is durable; Fault(STORE_IO | STORE_DAMAGED | NO_ROOM)."""

    async def to_tell(self, mailbox: str, now: Instant) -> Sequence[Overdue]:
        """What ``mailbox`` was not told yet and is still so, the oldest first. What is settled meanwhile is noted as that."""
        ...

    async def told(self, one: Overdue, mailbox: str, now: Instant) -> None:
        """The server of ``mailbox`` took it. Twice is as once."""
        ...
