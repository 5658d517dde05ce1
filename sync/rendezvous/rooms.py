"""Rooms of a rendezvous: one for each cart that waits for somebody. In memory: who restarts the service loses the lobby and no call.

    opened -> (somebody waits <-> nobody waits) -> answered

The link opens its room for fifteen minutes (as long as the cart asks, where a doctor is late), until somebody is admitted, and
for one visitor at a time.
"""

from __future__ import annotations

import asyncio
import dataclasses
import hmac
import secrets
from typing import Final

from sync.meeting.messages import Offer, OpenRoom, Signed, Who

MINUTE = 60.0
"""Seconds."""

PLACE_SECONDS = 5.0
"""How long the place of somebody who waits is kept when her page asks no more."""


NOBODY: Final = Who()
_MOST_TURNED: Final = 100


def _future() -> asyncio.Future[Signed | str]:
    return asyncio.get_running_loop().create_future()


@dataclasses.dataclass(slots=True)
class Room:
    """``seen`` and ``opened`` are monotonic seconds. ``ticket`` is that of who waits, "" for nobody; ``answer`` is for her,
    or the word for why there is none.
    """

    cart: str
    asked: OpenRoom
    opened: float
    token: str = dataclasses.field(default_factory=lambda: secrets.token_urlsafe(16))
    ticket: str = ""
    who: Who = NOBODY
    polls: int = 0
    seen: float = 0.0
    used: bool = False
    answer: asyncio.Future[Signed | str] = dataclasses.field(default_factory=_future)

    def present(self, now: float) -> bool:
        return bool(self.ticket) and (self.polls > 0 or now - self.seen < PLACE_SECONDS)

    def old(self, now: float) -> bool:
        return now - self.opened >= self.asked.minutes * MINUTE

    def close(self) -> None:
        if not self.answer.done():
            self.answer.cancel()


class Rooms:
    """At most one open room for each cart, and those whose call has begun until their link is old."""

    def __init__(self) -> None:
        self._rooms: list[Room] = []
        self._turned: dict[str, str] = {}

    def turn_away(self, room: Room, reason: str) -> None:
        """Who waits there is told why she waits no more, now or when she asks; the link stays good."""
        if len(self._turned) >= _MOST_TURNED:
            del self._turned[next(iter(self._turned))]
        self._turned[room.ticket] = reason
        answer, room.answer, room.ticket = room.answer, _future(), ""
        answer.set_result(reason)

    def why_turned(self, ticket: str) -> str:
        return self._turned.get(ticket, "")

    def open(self, cart: str, asked: OpenRoom, now: float) -> Room:
        """A new room: the cart's former one is closed."""
        self.leave(cart, answered=True)
        room = Room(cart, asked, now)
        self._rooms.append(room)
        return room

    def leave(self, cart: str, *, answered: bool = False) -> None:
        """The cart is gone: nobody waits there any more. An answer that was given stays to be fetched unless ``answered``."""
        for room in [one for one in self._rooms if one.cart == cart and (answered or not one.used)]:
            room.close()
            self._rooms.remove(room)

    def sweep(self, now: float) -> None:
        for room in [one for one in self._rooms if one.old(now)]:
            room.close()
            self._rooms.remove(room)

    def of_token(self, token: str, now: float) -> Room | None:
        """None for a link that never was, or is old."""
        for room in self._rooms:
            if _same(room.token, token) and not room.old(now):
                return room
        return None

    def of_ticket(self, ticket: str) -> Room | None:
        for room in self._rooms:
            if ticket and room.ticket and _same(room.ticket, ticket):
                return room
        return None

    def of_cart(self, cart: str) -> Room | None:
        return next((one for one in self._rooms if one.cart == cart), None)

    @property
    def waiting(self) -> tuple[Room, ...]:
        return tuple(one for one in self._rooms if one.ticket and not one.used)


def _same(ours: str, given: str) -> bool:
    """``given`` is whatever a request said: bytes that are no UTF-8 are lone surrogates in it (PEP 383)."""
    return hmac.compare_digest(ours.encode(), given.encode(errors="surrogatepass"))


def why_not(room: Room, offer: Offer, now: float) -> str:
    """The word for who may not wait in ``room``, "" for who may."""
    if room.used:
        return "used"
    if room.present(now) and offer.ticket != room.ticket:
        return "taken"
    return ""
