"""What passes the door about how the cart stands: who answers it, what waits, what changed since the last handover, its battery."""

from __future__ import annotations

import msgspec

from edge.door.cards import ItemCard, News2Card
from edge.door.command import Command


class SendAgain(Command, frozen=True):
    """What waits for a person goes out as it is; "": all of it."""

    item_id: str = ""


class CorrectPhoto(Command, frozen=True):
    """A photo shows something else than was said. ``view``, ``site``, ``side`` and ``intimate`` as TakePhoto has them."""

    item_id: str
    view: str
    site: str = ""
    side: str = ""
    intimate: bool = False


class ReadHandover(Command, frozen=True):
    """LU: what changed up to there was read. Both numbers are those of the card that was on the screen.

    ``patient_ids``: of these residents of the card only, where any are named.
    """

    through: int
    audited: int
    patient_ids: tuple[str, ...] = ()


class TurnHandover(Command, frozen=True):
    """The handover's ``page`` is wanted, counted from 0; the last one where there are fewer."""

    page: int


AnyStanding = SendAgain | CorrectPhoto | ReadHandover | TurnHandover

STANDING: frozenset[type[Command]] = frozenset({SendAgain, CorrectPhoto, ReadHandover, TurnHandover})


class ReachCard(msgspec.Struct, frozen=True, kw_only=True):
    """``state``: a word of edge.domain.reach.Reach. ``seconds`` since the last answer, end to end; None: there never was one.

    ``silent`` are the names of the far ends that do not answer, ``refusing`` those of them that do not admit this cart.
    """

    state: str = "unknown"
    seconds: float | None = None
    silent: tuple[str, ...] = ()
    refusing: tuple[str, ...] = ()


class PowerCard(msgspec.Struct, frozen=True, kw_only=True):
    """The cart's own battery. ``percent`` None: it has none. ``step``: a number of edge.domain.battery.Step."""

    percent: int | None = None
    plugged: bool = False
    step: int = 0


class WayCard(msgspec.Struct, frozen=True, kw_only=True):
    """What is not received of one resident; ``under_way``: so many are being handed over now. ``name`` where she is not listed any more."""

    patient_id: str
    name: str = ""
    room: str = ""
    kept: int = 0
    pending: int = 0
    sent: int = 0
    needs_person: int = 0
    under_way: int = 0
    oldest_seconds: float = 0.0


class StoppedCard(msgspec.Struct, frozen=True, kw_only=True):
    """An item that waits for a person. ``reason``: a word of edge.domain.fault.Reason. ``what``: the line of the far end, in English.

    ``own`` is False for what the cart made of an item (its paper, a withdrawal): of that nothing can be corrected.
    """

    item: ItemCard
    patient_id: str
    name: str = ""
    destinations: tuple[str, ...] = ()
    reason: str = ""
    what: str = ""
    own: bool = True


class ChangeCard(msgspec.Struct, frozen=True, kw_only=True):
    """Of one resident, since the last handover: ``values`` are the newest vital sign of each kind.

    ``more`` counts other measurements, ``undone`` what was undone of the new ones, ``taken_away`` what was there at the last
    handover and was undone or moved since. ``news2`` is of the moment ``scored_seconds`` ago.
    """

    patient_id: str
    name: str = ""
    room: str = ""
    allergies: tuple[str, ...] | None = None
    values: tuple[ItemCard, ...] = ()
    more: int = 0
    ecgs: int = 0
    photos: int = 0
    sounds: int = 0
    undone: int = 0
    taken_away: int = 0
    waits: int = 0
    needs_person: int = 0
    newest_seconds: float = 0.0
    newest: str = ""
    news2: News2Card = News2Card()
    scored_seconds: float = 0.0


class HandoverCard(msgspec.Struct, frozen=True, kw_only=True):
    """``read_seconds`` since somebody read the last one, None: nobody did, and it is of the last day. ``more``: there is older.

    ``changes`` are those of ``page`` of ``pages``.
    """

    through: int = 0
    audited: int = 0
    read_seconds: float | None = None
    read_by: str = ""
    changes: tuple[ChangeCard, ...] = ()
    more: bool = False
    page: int = 0
    pages: int = 1


class StandingCard(msgspec.Struct, frozen=True, kw_only=True):
    """``days_left`` of disk until photos are refused, None where that is not known yet; 999 stands for more."""

    reach: ReachCard = ReachCard()
    power: PowerCard = PowerCard()
    days_left: int | None = None
    ways: tuple[WayCard, ...] = ()
    stopped: tuple[StoppedCard, ...] = ()
    handover: HandoverCard = HandoverCard()
