"""What passes the door about a replacement who is let in for a shift."""

from __future__ import annotations

from edge.door.command import Command


class LetIn(Command, frozen=True):
    """``role`` is a word of edge.domain.staff.Role; ``hours`` from now her access ends. What she needs to come in stands in the snapshot's
    ``attendance.welcome`` until whoever let her in leaves.
    """

    name: str
    role: str
    hours: float


class SendAway(Command, frozen=True):
    """A replacement's access ends now."""

    member_id: str


AnyStaff = LetIn | SendAway

STAFF: frozenset[type[Command]] = frozenset({LetIn, SendAway})
