"""The cart's way to a rendezvous: it dials out, through the site's proxy where there is one, and opens a room with a one-time link.

    out -> in -> a room is open -> somebody waits -> admitted
     ^______________|________________|                 |
     ^_________________________________________________|  (no new room: the call goes on by itself)

A line that is lost is dialled again, for ever; the room was lost with it, and the new one has a new link.
"""

from __future__ import annotations

import asyncio
import dataclasses
import random
import ssl
from typing import Final

import aiohttp
import structlog

from edge.domain.fault import Fault, Reason
from sync.consult.signalling import Answer
from sync.consult.trust import Offered, Trust
from sync.meeting import keys, messages as m
from sync.meeting.keys import CartKey

log = structlog.get_logger()

FIRST_WAIT = 0.5
_LONGEST_WAIT: Final = 10.0
_OPEN_SECONDS: Final = 20.0
_HANDSHAKE_SECONDS: Final = 10.0
_HEARTBEAT_SECONDS: Final = 15.0
_FINAL: Final = {
    "unknown_cart": "the rendezvous does not know this cart",
    "signature": "the rendezvous has another key of this cart",
    "elsewhere": "another process of this cart came in at the rendezvous",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Where:
    """``origin`` is https://host or https://host:port; ``cart`` this cart's name in the region's list; ``proxy`` of HTTP CONNECT."""

    origin: str
    cart: str
    key: CartKey
    context: ssl.SSLContext
    proxy: str = ""


class Outward:
    """``async with Outward(...) as lobby``: as ``Signalling``, elsewhere. ``moved`` is set whenever ``address`` has changed.

    ``lost`` is why it dials no more, None while it does.
    """

    pin = ""

    def __init__(self, where: Where, shown: str, *, demo: bool, guest: str = "", minutes: int = 15) -> None:
        self._where = where
        self._asked = m.OpenRoom(shown=shown, demo=demo, guest=guest, minutes=minutes)
        self._trust = Trust(where.key)
        self.address = ""
        self.waiting = asyncio.Event()
        self.moved = asyncio.Event()
        self.visitor = m.Who()
        self.ice: tuple[m.Ice, ...] = ()
        self.relay_only = False
        self.lost: Fault | None = None
        self._ticket = ""
        self._offered = Offered("", "", "")
        self._admitted = False
        self._left = asyncio.Event()
        self._line: aiohttp.ClientWebSocketResponse | None = None
        self._opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def spoken(self) -> str:
        return self._trust.spoken

    @property
    def is_in(self) -> bool:
        """Whether the rendezvous is reached now."""
        return self._line is not None

    async def __aenter__(self) -> Outward:
        # nothing of the environment: the proxy is the one that the site named
        self._session = aiohttp.ClientSession(trust_env=False)
        self._dialling = asyncio.create_task(self._dial())
        try:
            async with asyncio.timeout(_OPEN_SECONDS):
                await asyncio.shield(self._opened)
        except TimeoutError:
            await self.__aexit__()
            raise Fault(Reason.CALL, "the rendezvous does not answer", "check [call] and the site's network") from None
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self._dialling.cancel()
        await asyncio.gather(self._dialling, return_exceptions=True)
        await self._session.close()
        if not self._opened.done():
            self._opened.cancel()
        log.info("lobby_closed")

    async def admit(self, answer: Answer) -> None:
        """Lets in who waits: ``answer`` makes the SDP answer of the offer. Raises Fault(CALL)."""
        ticket, offered = self._ticket, self._offered
        if not ticket:
            raise Fault(Reason.CALL, "whoever waited has left", "wait for the next one")
        self._admitted = True
        signed = self._trust.signed(offered, await answer(offered.sdp))
        line = self._line
        try:
            if line is None:
                raise ConnectionError
            await line.send_str(m.encode(m.Answer(ticket=ticket, signed=signed)))
        except (ConnectionError, RuntimeError) as exc:
            raise Fault(Reason.CALL, "the rendezvous was lost at the moment of admission", "call again") from exc

    async def gone(self) -> None:
        """Returns when whoever waited has left, or the room was lost."""
        await self._left.wait()

    # --- the line

    async def _dial(self) -> None:
        wait = FIRST_WAIT
        while True:
            try:
                await self._once()
                wait = FIRST_WAIT
            except Fault as fault:
                log.warning("rendezvous_refused", what=fault.what)
                return self._end(fault)
            except m.Nonsense as nonsense:
                log.warning("rendezvous_nonsense", reason=nonsense.reason)
            except (aiohttp.ClientError, OSError, TimeoutError) as exc:
                log.info("rendezvous_away", kind=type(exc).__name__)
            except Exception:  # a defect must not leave a lobby that nobody can enter
                log.exception("rendezvous_defect")
                return self._end(Fault(Reason.CALL, "the way to the rendezvous broke", "call again"))
            await asyncio.sleep(wait * random.uniform(0.8, 1.2))  # noqa: S311 - so that not all carts come at once
            wait = min(2 * wait, _LONGEST_WAIT)

    def _end(self, fault: Fault) -> None:
        self.lost = fault
        if not self._opened.done():
            self._opened.set_exception(fault)
        elif not self._admitted:
            self._empty("")

    async def _once(self) -> None:
        where = self._where
        async with self._session.ws_connect(
            f"{where.origin}/cart",
            proxy=where.proxy or None,
            ssl=where.context,
            heartbeat=_HEARTBEAT_SECONDS,
            max_msg_size=m.LARGEST,
        ) as line:
            async with asyncio.timeout(_HANDSHAKE_SECONDS):
                await self._come_in(line)
            self._line = line
            log.info("rendezvous_in")
            try:
                if not self._admitted:
                    await line.send_str(m.encode(self._asked))
                while (said := await _next(line)) is not None:
                    await self._hear(line, said)
            finally:
                self._line = None
                if not self._admitted:
                    self._empty("")

    async def _come_in(self, line: aiohttp.ClientWebSocketResponse) -> None:
        where = self._where
        await line.send_str(m.encode(m.Hello(cart=where.cart)))
        asked = await _next(line)
        if isinstance(asked, m.Challenge):
            signature = where.key.sign(keys.challenge(where.cart, asked.nonce, where.origin))
            await line.send_str(m.encode(m.Proven(signature=signature)))
            asked = await _next(line)
        if isinstance(asked, m.Refused):
            _refused(asked.reason)
        if not isinstance(asked, m.Welcome):
            raise m.Nonsense("order")

    async def _hear(self, line: aiohttp.ClientWebSocketResponse, said: m.FromRendezvous) -> None:
        match said:
            case m.Opened(token=token, ice=ice, relay_only=relay_only):
                self._trust, self.ice, self.relay_only = Trust(self._where.key), ice, relay_only
                self._empty(f"{self._where.origin}/#{self._trust.fragment(token)}")
                if not self._opened.done():
                    self._opened.set_result(None)
                log.info("lobby_open", scheme="rendezvous")
            case m.Knock():
                await self._knocked(line, said)
            case m.Left(ticket=ticket):
                if ticket == self._ticket and not self._admitted:
                    self._nobody()
            case m.Revealed(ticket=ticket, nonce=nonce):
                if ticket != self._ticket or not self._trust.revealed(nonce):
                    log.warning("lobby_refused", verdict="proof")
            case m.Refused(reason=reason):
                _refused(reason)
            case _:
                raise m.Nonsense("order")

    async def _knocked(self, line: aiohttp.ClientWebSocketResponse, knock: m.Knock) -> None:
        if self._admitted:
            return
        offered = Offered(knock.sdp, knock.proof, knock.commitment)
        if not self._trust.believes(offered):
            log.warning("lobby_refused", verdict="proof")
            await line.send_str(m.encode(m.TurnAway(ticket=knock.ticket, reason="proof")))
            return
        self._ticket, self._offered, self.visitor, self.ice = knock.ticket, offered, knock.who, knock.ice
        self._left.clear()
        self.waiting.set()

    def _empty(self, address: str) -> None:
        self.address = address
        self._nobody()
        self.moved.set()

    def _nobody(self) -> None:
        self._ticket, self.visitor = "", m.Who()
        self.waiting.clear()
        self._left.set()


async def _next(line: aiohttp.ClientWebSocketResponse) -> m.FromRendezvous | None:
    """None when the line is at its end."""
    said = await line.receive()
    if said.type is aiohttp.WSMsgType.TEXT:
        return m.from_rendezvous(said.data)
    if said.type is aiohttp.WSMsgType.BINARY:
        raise m.Nonsense("nonsense")
    if said.type is aiohttp.WSMsgType.ERROR:
        raise m.Nonsense("size")
    return None


def _refused(reason: str) -> None:
    """Raises Fault(CALL) where dialling again would help nobody, Nonsense otherwise."""
    if reason in _FINAL:
        raise Fault(Reason.CALL, _FINAL[reason], "check the region's list of carts and [call]")
    raise m.Nonsense(reason)
