"""Where cart and browser meet: the cart dials in over a WebSocket, the page comes over HTTPS, and messages are passed on between them.

Nothing of a call goes through here, and nothing is kept. Behind it stands TLS, its own or that of a proxy before it.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import secrets
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

import aiohttp
import msgspec
import structlog
from aiohttp import web

from edge.domain.fault import Fault, Reason
from sync.meeting import keys, messages as m
from sync.meeting.page import FILES, HEADERS, is_foreign
from sync.rendezvous.rooms import MINUTE, Room, Rooms, why_not
from sync.rendezvous.sign_in import PENDING_SECONDS, Refused, SignIn
from sync.rendezvous.turn import Relays

log = structlog.get_logger()

LONG_POLL_SECONDS: Final = 20.0
AGAIN_SECONDS: Final = 480.0
"""After this long in the lobby a page offers anew: what a relay gave it for ten minutes is about to end."""
SESSION_SECONDS: Final = 3600.0
_HANDSHAKE_SECONDS: Final = 10.0
_HEARTBEAT_SECONDS: Final = 15.0
_SWEEP_SECONDS: Final = 1.0
_SAY_SECONDS: Final = 2.0
_MOST_SESSIONS: Final = 1000

# the __Host- prefix keeps cookies to this host and TLS (RFC 6265bis, 4.1.3.2)
_SESSION: Final = "__Host-telecart"
_PENDING: Final = "__Host-telecart-sign-in"


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """``origin`` is how browsers and carts write it (https://host or https://host:port); ``carts`` the public key of each."""

    origin: str
    page: Path
    carts: Mapping[str, str]
    relays: Relays
    relay_only: bool = False


class Rendezvous:
    """``async with Rendezvous(...) as r``: it is open on ``r.port``. Without ``sign_in`` links are for guests only."""

    def __init__(
        self, place: Place, host: str, port: int, context: ssl.SSLContext | None, sign_in: SignIn | None = None
    ) -> None:
        self._place = place
        self._host = host
        self.port = port
        self._context = context
        self._sign_in = sign_in
        self._rooms = Rooms()
        self._lines: dict[str, web.WebSocketResponse] = {}
        self._wires: dict[str, asyncio.Transport] = {}
        self._sessions: dict[str, tuple[m.Who, float]] = {}

    async def __aenter__(self) -> Rendezvous:
        application = web.Application(client_max_size=m.LARGEST, middlewares=[_with_headers])
        router = application.router
        for path in FILES:
            router.add_get(path, self._file)
        router.add_get("/cart", self._cart)
        router.add_get("/call", self._call)
        router.add_post("/offer", self._take_offer)
        router.add_get("/answer", self._give_answer)
        router.add_post("/reveal", self._take_reveal)
        router.add_get("/sign-in", self._begin_sign_in)
        router.add_get("/signed-in", self._finish_sign_in)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0, handler_cancellation=True)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self.port, ssl_context=self._context).start()
        except OSError as exc:
            await self._runner.cleanup()
            raise Fault(
                Reason.SETTINGS, f"the rendezvous cannot listen on {self._host}:{self.port}", "check host and port"
            ) from exc
        self.port = self._runner.addresses[0][1]
        self._sweeping = asyncio.create_task(self._sweep())
        log.info("rendezvous_open", port=self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._sweeping.cancel()
        await asyncio.gather(self._sweeping, return_exceptions=True)
        for line in list(self._lines.values()):
            await line.close(code=aiohttp.WSCloseCode.GOING_AWAY)
        await self._runner.cleanup()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            now = time.monotonic()
            self._rooms.sweep(now)
            left = [room for room in self._rooms.waiting if not room.present(now)]
            said = [(room.cart, m.Left(ticket=room.ticket)) for room in left]
            for room in left:
                room.ticket = ""
            await asyncio.gather(*(self._say_soon(cart, message) for cart, message in said))

    async def _say_soon(self, cart: str, message: m.FromRendezvous) -> None:
        """A line that takes nothing is cut: the others do not wait for it."""
        wire = self._wires.get(cart)
        try:
            async with asyncio.timeout(_SAY_SECONDS):
                await self._say(cart, message)
        except TimeoutError:
            log.warning("cart_stalled")
            if wire is not None:
                # an orderly close would wait as well
                wire.abort()

    async def _say(self, cart: str, message: m.FromRendezvous) -> bool:
        line = self._lines.get(cart)
        if line is None or line.closed:
            return False
        try:
            await line.send_str(m.encode(message))
        except (ConnectionError, RuntimeError):
            return False
        return True

    # --- the cart

    async def _cart(self, request: web.Request) -> web.StreamResponse:
        if "Origin" in request.headers:  # a cart is no browser
            return _refused("origin")
        line = web.WebSocketResponse(max_msg_size=m.LARGEST, heartbeat=_HEARTBEAT_SECONDS)
        await line.prepare(request)
        cart = ""
        try:
            async with asyncio.timeout(_HANDSHAKE_SECONDS):
                cart = await self._who_is(line)
            former = self._lines.get(cart)
            self._lines[cart] = line
            if request.transport is not None:
                self._wires[cart] = request.transport
            if former is not None:
                with contextlib.suppress(ConnectionError, RuntimeError):
                    await former.send_str(m.encode(m.Refused(reason="elsewhere")))
                    await former.close()
            await line.send_str(m.encode(m.Welcome()))
            log.info("cart_in")
            await self._hear(cart, line)
        except _NotIn as out:
            log.warning("cart_refused", reason=out.reason)
            with contextlib.suppress(ConnectionError, RuntimeError):
                await line.send_str(m.encode(m.Refused(reason=out.reason)))
        except (TimeoutError, ConnectionError):
            log.info("cart_gone")
        finally:
            if cart and self._lines.get(cart) is line:
                del self._lines[cart]
                self._wires.pop(cart, None)
                self._rooms.leave(cart)
            await line.close()
        return line

    async def _who_is(self, line: web.WebSocketResponse) -> str:
        hello = await _next(line)
        if not isinstance(hello, m.Hello):
            raise _NotIn("order")
        nonce = secrets.token_urlsafe(16)
        await line.send_str(m.encode(m.Challenge(nonce=nonce)))
        proven = await _next(line)
        if not isinstance(proven, m.Proven):
            raise _NotIn("order")
        public = self._place.carts.get(hello.cart)
        if public is None:
            raise _NotIn("unknown_cart")
        if not keys.verified(public, keys.challenge(hello.cart, nonce, self._place.origin), proven.signature):
            raise _NotIn("signature")
        return hello.cart

    async def _hear(self, cart: str, line: web.WebSocketResponse) -> None:
        while True:
            match await _next(line):
                case m.OpenRoom() as asked:
                    room = self._rooms.open(cart, asked, time.monotonic())
                    ice = self._place.relays.servers(secrets.token_hex(4))
                    only = self._place.relay_only
                    opened = m.Opened(token=room.token, seconds=asked.minutes * MINUTE, ice=ice, relay_only=only)
                    await line.send_str(m.encode(opened))
                    log.info("room_open")
                case m.Answer(ticket=ticket, signed=signed):
                    answered = self._rooms.of_ticket(ticket)
                    if answered is not None and answered.cart == cart and not answered.used:
                        answered.used = True
                        answered.answer.set_result(signed)
                case m.TurnAway(ticket=ticket, reason=reason):
                    waiting = self._rooms.of_ticket(ticket)
                    if waiting is not None and waiting.cart == cart and not waiting.used:
                        self._rooms.turn_away(waiting, reason)
                case _:
                    raise _NotIn("order")

    # --- the page

    async def _file(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(self._place.page / FILES[request.path])

    def _may(self, request: web.Request, room: Room) -> m.Who | str:
        """As whom the visitor comes in, or the word for why she does not."""
        if room.asked.guest:
            return m.Who(name=room.asked.guest, invited=True)
        who, until = self._sessions.get(request.cookies.get(_SESSION, ""), (m.Who(), 0.0))
        if until <= time.monotonic():
            return "sign_in"
        return who if who.rpps else "no_rpps"

    async def _call(self, request: web.Request) -> web.Response:
        room = self._rooms.of_token(request.headers.get("X-Telecart-Link", ""), time.monotonic())
        if room is None:
            return _refused("token")
        who = self._may(request, room)
        if isinstance(who, str):
            return _refused(who, 401 if who == "sign_in" else 403)
        ice = self._place.relays.servers(secrets.token_hex(4))
        told = {
            "cart": room.asked.shown,
            "demo": room.asked.demo,
            "pin": False,
            "ice_servers": [_of_browser(one) for one in ice],
            "relay_only": self._place.relay_only,
            "again_seconds": AGAIN_SECONDS,
            "who": {"name": who.name, "rpps": who.rpps},
        }
        return web.json_response(told)

    async def _take_offer(self, request: web.Request) -> web.Response:
        if is_foreign(request, self._place.origin):
            return _refused("origin")
        try:
            offer = m.offer(await request.read())
        except m.Nonsense as nonsense:
            return _refused(nonsense.reason, 400)
        except web.HTTPRequestEntityTooLarge:
            return _refused("size", 413)
        now = time.monotonic()
        room = self._rooms.of_token(offer.token, now)
        if room is None:
            return _refused("token")
        if reason := why_not(room, offer, now):
            return _refused(reason)
        who = self._may(request, room)
        if isinstance(who, str):
            return _refused(who, 401 if who == "sign_in" else 403)
        room.ticket, room.who, room.seen = secrets.token_urlsafe(16), who, now
        knock = m.Knock(
            ticket=room.ticket,
            who=who,
            sdp=offer.sdp,
            proof=offer.proof,
            commitment=offer.commitment,
            ice=self._place.relays.servers(secrets.token_hex(4)),
        )
        if not await self._say(room.cart, knock):
            return _refused("closed")
        return web.json_response({"ticket": room.ticket}, status=202)

    async def _give_answer(self, request: web.Request) -> web.Response:
        ticket = request.query.get("ticket", "")
        room = self._rooms.of_ticket(ticket)
        if room is None:
            reason = self._rooms.why_turned(ticket)
            return _refused(reason) if reason else web.Response(status=410)
        room.polls += 1
        answer = room.answer
        try:
            async with asyncio.timeout(LONG_POLL_SECONDS):
                signed = await asyncio.shield(answer)
        except TimeoutError:
            return web.Response(status=204)
        except asyncio.CancelledError:
            if answer.cancelled():
                return web.Response(status=410)
            raise
        finally:
            room.polls -= 1
            room.seen = time.monotonic()
        if isinstance(signed, str):
            return _refused(signed)
        return web.Response(body=msgspec.json.encode(signed), content_type="application/json")

    async def _take_reveal(self, request: web.Request) -> web.Response:
        if is_foreign(request, self._place.origin):
            return _refused("origin")
        try:
            told = m.reveal(await request.read())
        except (m.Nonsense, web.HTTPRequestEntityTooLarge):
            return _refused("nonsense", 400)
        room = self._rooms.of_ticket(told.ticket)
        if room is None or not room.used:
            return _refused("token")
        await self._say(room.cart, m.Revealed(ticket=told.ticket, nonce=told.nonce))
        return web.json_response({})

    # --- signing in

    async def _begin_sign_in(self, _request: web.Request) -> web.StreamResponse:
        if self._sign_in is None:
            return _refused("sign_in", 404)
        try:
            address, held = await self._sign_in.begin()
        except Refused as refused:
            log.warning("sign_in_refused", reason=refused.reason)
            return _refused("sign_in_failed", 503)
        answer = web.Response(status=303, headers={"Location": address})
        answer.set_cookie(
            _PENDING, held, max_age=int(PENDING_SECONDS), httponly=True, secure=True, samesite="Lax", path="/"
        )
        return answer

    async def _finish_sign_in(self, request: web.Request) -> web.StreamResponse:
        answer = web.Response(status=303, headers={"Location": "/"})
        if self._sign_in is None:
            return _refused("sign_in", 404)
        try:
            who = await self._sign_in.finish(
                request.cookies.get(_PENDING, ""), request.query.get("state", ""), request.query.get("code", "")
            )
        except Refused as refused:
            log.warning("sign_in_refused", reason=refused.reason)
            answer.headers["Location"] = "/?sign-in=refused"
        else:
            held = secrets.token_urlsafe(16)
            if len(self._sessions) >= _MOST_SESSIONS:
                del self._sessions[next(iter(self._sessions))]
            self._sessions[held] = (who, time.monotonic() + SESSION_SECONDS)
            answer.set_cookie(
                _SESSION, held, max_age=int(SESSION_SECONDS), httponly=True, secure=True, samesite="Lax", path="/"
            )
        answer.del_cookie(_PENDING, path="/", secure=True, httponly=True, samesite="Lax")
        return answer


class _NotIn(Exception):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def _next(line: web.WebSocketResponse) -> m.FromCart:
    said = await line.receive()
    if said.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.CLOSED}:
        raise ConnectionError
    if said.type is aiohttp.WSMsgType.ERROR:
        raise _NotIn("size")
    if said.type is not aiohttp.WSMsgType.TEXT:
        raise _NotIn("nonsense")
    try:
        return m.from_cart(said.data)
    except m.Nonsense as nonsense:
        raise _NotIn(nonsense.reason) from nonsense


def _of_browser(one: m.Ice) -> dict[str, str]:
    """RTCIceServer of WebRTC 1.0, 4.2.4."""
    if not one.username:
        return {"urls": one.urls}
    return {"urls": one.urls, "username": one.username, "credential": one.credential}


def _refused(reason: str, status: int = 403) -> web.Response:
    log.warning("lobby_refused", verdict=reason)
    return web.json_response({"reason": reason}, status=status)


@web.middleware
async def _with_headers(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        response = await handler(request)
    except web.HTTPException as exc:
        exc.headers.update(HEADERS)
        raise
    if not response.prepared:
        response.headers.update(HEADERS)
    return response
