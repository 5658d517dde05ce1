"""What a doctor in the waiting room says of a delay: whole minutes, by whoever holds the place there."""

from __future__ import annotations

import secrets
from typing import Annotated, Final

import msgspec

LONGEST: Final = 240
"""Minutes; edge.domain.appointment says the same."""

MOST: Final = 20
"""Times that one lobby hands on: each is a row that stays."""


class Late(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ticket: str
    minutes: Annotated[int, msgspec.Meta(ge=0, le=LONGEST)]


def said(body: bytes, ticket: str) -> int | None:
    """The minutes; None where it is nonsense, or not said by who holds ``ticket``, the place in the waiting room ("" for nobody)."""
    try:
        late = msgspec.json.decode(body, type=Late)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return late.minutes if ticket and secrets.compare_digest(late.ticket.encode(), ticket.encode()) else None
