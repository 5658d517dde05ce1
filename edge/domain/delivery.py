"""How an item leaves the cart.

Rule: an item moves one step at a time towards RECEIVED, falls back to PENDING when the far end turns out not to hold
it, waits for a person when only a person can help, and is never dropped. What was undone is withdrawn: nothing more of it is
sent, and where it may be, a note tells (Kind.WITHDRAWAL, an item of its own). The next state is stored once, here looked up.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType

from edge.domain.fault import Reason


class State(enum.StrEnum):
    KEPT = "kept"  # "Gardé ici": promised, in one transaction with the measurement
    PENDING = "pending"  # "En attente": built, checked, frozen on disk with its hash
    SENT = "sent"  # "Envoyé": the far end said yes
    RECEIVED = "received"  # "Reçu": read back from the far end
    NEEDS_PERSON = "needs_person"  # "À corriger"
    WITHDRAWN = "withdrawn"  # "Retiré": undone, and an image or a signal; nothing more of it is sent


class Event(enum.StrEnum):
    FROZEN = "frozen"
    ACCEPTED = "accepted"
    PROVEN = "proven"
    NOT_HELD = "not_held"  # asked, and the far end does not have it (yet)
    TRY_LATER = "try_later"
    REFUSED = "refused"
    RELEASED = "released"  # a person corrected it
    AMENDED = "amended"  # what is said of it has changed: it goes out anew
    WITHDRAWN = "withdrawn"  # it was undone, and cannot be amended where it is
    PLAINER = "plainer"  # the far end takes it only in its plainer form: another object
    NOT_TAKEN = (
        "not_taken"  # the far end takes nothing of the kind: the cart keeps it, and asks again from time to time
    )


TABLE: Mapping[tuple[State, Event], State] = MappingProxyType(
    {
        (State.KEPT, Event.FROZEN): State.PENDING,
        (State.KEPT, Event.TRY_LATER): State.KEPT,
        (State.KEPT, Event.REFUSED): State.NEEDS_PERSON,
        (State.PENDING, Event.ACCEPTED): State.SENT,
        (State.PENDING, Event.TRY_LATER): State.PENDING,
        (State.PENDING, Event.REFUSED): State.NEEDS_PERSON,
        (State.PENDING, Event.PLAINER): State.KEPT,
        (State.PENDING, Event.NOT_TAKEN): State.KEPT,
        (State.SENT, Event.PROVEN): State.RECEIVED,
        (State.SENT, Event.NOT_HELD): State.PENDING,
        (State.SENT, Event.TRY_LATER): State.SENT,
        (State.SENT, Event.REFUSED): State.NEEDS_PERSON,
        (State.NEEDS_PERSON, Event.RELEASED): State.KEPT,
        **{(state, Event.AMENDED): State.KEPT for state in State if state is not State.WITHDRAWN},
        **{(state, Event.WITHDRAWN): State.WITHDRAWN for state in State if state is not State.WITHDRAWN},
    }
)

ADVANCE = (State.NEEDS_PERSON, State.KEPT, State.PENDING, State.SENT, State.RECEIVED, State.WITHDRAWN)
"""From least to most advanced: an item shows its least advanced destination."""


def next_state(state: State, event: Event) -> State:
    """Raises ValueError for an event that cannot happen in ``state``."""
    try:
        return TABLE[state, event]
    except KeyError:
        raise ValueError(f"{event} cannot happen to an item that is {state}") from None


NOT_TAKEN_AGAIN = 3600.0
"""Seconds until a far end that takes nothing of a kind is asked again: its administrator may have allowed it."""


def retry_after(attempts: int) -> float:
    """Seconds to wait after ``attempts`` failures in a row: 1, 2, 4 ... at most five minutes, for ever."""
    return float(min(300, 2 ** min(attempts - 1, 9)))


def advice(state: State, reason: Reason | None) -> str:
    """What a person can do about an item that waits: one plain line."""
    if state is State.NEEDS_PERSON:
        return _TO_CORRECT.get(reason, _ASK)
    return _TO_WAIT.get(reason, "nothing: it goes by itself")


_ASK = "ask the fleet admin; then: telecart outbox release ITEM"

_TO_CORRECT: Mapping[Reason | None, str] = MappingProxyType(
    {
        Reason.OBJECT_INVALID: "correct what is said: telecart outbox correct ITEM; or the resident, then: telecart outbox release ITEM",
        Reason.DESTINATION_REFUSED: "ask who runs the destination why; then: telecart outbox release ITEM",
        Reason.STORE_DAMAGED: "its content cannot be read: telecart store verify; measure again if you can",
    }
)

_TO_WAIT: Mapping[Reason | None, str] = MappingProxyType(
    {
        Reason.DESTINATION_UNREACHABLE: "check the network and whether the destination runs; it is tried again by itself",
        Reason.DESTINATION_BUSY: "nothing: it is tried again by itself; if it stays, ask who runs the destination",
        Reason.DESTINATION_REFUSED: "see telecart destination test; it is tried again by itself",
        Reason.STORE_IO: "check the disk of the cart",
    }
)
