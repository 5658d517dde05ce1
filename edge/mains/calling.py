"""Where a call's lobby is: on this cart, or at the region's rendezvous."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Protocol

from edge.domain.fault import Fault, Reason
from edge.domain.visitor import NOBODY, Visitor
from edge.door.messages import CallCard
from edge.settings import Settings
from sync.consult.outward import Outward, Where
from sync.consult.relay import Trouble
from sync.consult.signalling import Answer, Signalling
from sync.meeting.keys import CartKey
from sync.meeting.messages import Ice, Who


class OpenLobby(Protocol):
    """``waiting`` is set while somebody waits, ``moved`` when ``address`` has changed; ``ice`` is what the cart's end uses.

    ``relay_only``: whose lobby it is wants nothing to go directly. ``lost``: why it can be reached no more.
    """

    waiting: asyncio.Event
    moved: asyncio.Event
    address: str
    visitor: Who
    ice: tuple[Ice, ...]
    relay_only: bool
    lost: Fault | None

    @property
    def pin(self) -> str: ...

    @property
    def spoken(self) -> str: ...

    async def admit(self, answer: Answer) -> None: ...

    async def gone(self) -> None: ...


def page() -> Path:
    return Path(str(resources.files("ui.specialist")))


def lobby(settings: Settings, asked: CallCard | None) -> Signalling | Outward:
    """Raises Fault(SETTINGS) where its key or certificates are of no use."""
    call, guest = settings.call, asked.guest if asked else ""
    if call.rendezvous and call.cart_key is not None:
        where = Where(call.rendezvous, call.cart_name, CartKey.read(call.cart_key), trusting(call.ca), call.proxy)
        return Outward(
            where, settings.cart, demo=settings.demo, guest=guest, minutes=asked.link_minutes if asked else 15
        )
    about: dict[str, object] = {
        "cart": settings.cart,
        "demo": settings.demo,
        "ice_servers": list(call.ice_servers),
        "relay_only": call.relay_only,
    }
    made = Signalling(page(), call.host, call.port, about)
    made.ice = tuple(Ice(urls=one) for one in call.ice_servers)
    made.relay_only = call.relay_only
    if guest:
        made.visitor = Who(name=guest, invited=True)
    return made


def tell_late(open_lobby: OpenLobby, told: Callable[[int], None]) -> None:
    """``told`` gets the minutes of delay that whoever waits announces. A rendezvous hands on no such thing."""
    if isinstance(open_lobby, Signalling):
        open_lobby.told_late = told


def trusting(ca: Path | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError) as exc:
        raise Fault(Reason.SETTINGS, f"the certificates in {ca} cannot be read", "check that file") from exc
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


async def somebody(open_lobby: OpenLobby) -> bool:
    """Waits until somebody waits; False as soon as the link has changed before that. Raises Fault(CALL) when the lobby is lost."""
    waits = [asyncio.create_task(one.wait()) for one in (open_lobby.waiting, open_lobby.moved)]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waits:
            one.cancel()
    open_lobby.moved.clear()
    if open_lobby.lost is not None:
        raise open_lobby.lost
    return open_lobby.waiting.is_set()


def visitor(open_lobby: OpenLobby | None) -> Visitor:
    if open_lobby is None:
        return NOBODY
    who = open_lobby.visitor
    return Visitor(who.name, who.rpps, who.invited, open_lobby.spoken)


def look_who_is_admitted(open_lobby: OpenLobby, seen: Visitor) -> None:
    """``seen`` is whom the nurse read at the door. Raises Fault(CALL) where somebody else stands there now: she left, another came."""
    who = open_lobby.visitor
    if (who.name, who.rpps, who.invited) != (seen.name, seen.rpps, seen.invited):
        raise Fault(Reason.CALL, _ANOTHER, "call again")


_ANOTHER = "somebody else stood at the door when the nurse admitted"
_SAID = {
    Trouble.EXPIRED: (
        "the relay's credentials have expired",
        "Le relais refuse l'entrée, ses droits ont expiré. Rappelez.",
    ),
    Trouble.REFUSED: (
        "the relay refuses the credentials",
        "Le relais refuse l'entrée. Prévenez la région.",
    ),
    Trouble.UNREACHABLE: (
        "no relay can be reached",
        "Aucun relais ne répond. Prévenez le service informatique.",
    ),
}


def not_through(trouble: Trouble) -> Fault:
    what, _ = _SAID.get(trouble, ("the browser's media did not come through", ""))
    return Fault(Reason.CALL, what, "check the site's firewall")


def said_of(fault: Fault) -> str:
    """In French, for the bedside; "" where there is no more to say than that it failed."""
    said = dict(_SAID.values()) | {_ANOTHER: "Quelqu'un d'autre était à la porte : personne n'est entré. Rappelez."}
    return said.get(fault.what, "")
