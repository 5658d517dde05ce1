"""What the specialist's browser talks to: the page, the offer, the waiting room, the answer.

Open only while a call or its lobby is. Outside loopback only over HTTPS and with the PIN.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import secrets
import ssl
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import structlog
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from edge.domain.fault import Fault, Reason
from sync.consult import late
from sync.consult.addresses import is_loopback
from sync.consult.lobby import Lobby, Verdict
from sync.consult.trust import Offered, Trust
from sync.meeting import messages
from sync.meeting.keys import CartKey
from sync.meeting.messages import Ice, Signed, Who
from sync.meeting.page import FILES, HEADERS, is_foreign

log = structlog.get_logger()

LONG_POLL_SECONDS = 20.0
PLACE_SECONDS = 5.0
"""How long the place of somebody who waits is kept when her page asks no more."""

Answer = Callable[[str], Awaitable[str]]


class Signalling:
    """``async with Signalling(...) as s``: the lobby is open at ``s.address``. ``waiting`` is set while somebody waits."""

    def __init__(self, page: Path, host: str, port: int, about: dict[str, object], key: CartKey | None = None) -> None:
        self._page = page
        self._host = host
        self._port = port
        self._about = about
        self._loopback = is_loopback(host)
        self.lobby = Lobby(with_pin=not self._loopback)
        # the link says whose key it is, so a new one for each call will do here
        self.trust = Trust(key or CartKey.fresh())
        self.address = ""
        self.waiting = asyncio.Event()
        self.moved = asyncio.Event()
        self.visitor = Who()
        self.told_late: Callable[[int], None] | None = None
        self._lates = 0
        self.ice: tuple[Ice, ...] = ()
        self.relay_only = False
        self.lost: Fault | None = None
        self._ticket = ""
        self._offered = Offered("", "", "")
        self._polls = 0
        self._seen = 0.0
        self._answer: asyncio.Future[Signed] = asyncio.get_running_loop().create_future()

    @property
    def pin(self) -> str:
        return self.lobby.pin

    @property
    def spoken(self) -> str:
        return self.trust.spoken

    async def __aenter__(self) -> Signalling:
        application = web.Application(client_max_size=messages.LARGEST, middlewares=[_with_headers])
        for path in FILES:
            application.router.add_get(path, self._file)
        application.router.add_get("/call", self._call)
        application.router.add_post("/offer", self._take_offer)
        application.router.add_get("/answer", self._give_answer)
        application.router.add_post("/reveal", self._take_reveal)
        application.router.add_post("/late", self._take_late)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0, handler_cancellation=True)
        await self._runner.setup()
        context = None if self._loopback else self_signed(self._host)
        try:
            site = web.TCPSite(self._runner, self._host, self._port, ssl_context=context)
            await site.start()
        except OSError as exc:
            await self._runner.cleanup()
            raise Fault(
                Reason.CALL, f"the call's page cannot be served on {self._host}:{self._port}", "check [call]"
            ) from exc
        port = self._runner.addresses[0][1]
        scheme = "http" if self._loopback else "https"
        host = f"[{self._host}]" if ":" in self._host else self._host
        self.address = f"{scheme}://{host}:{port}/#{self.trust.fragment(self.lobby.token)}"
        log.info("lobby_open", scheme=scheme, port=port)
        return self

    async def __aexit__(self, *_: object) -> None:
        if not self._answer.done():
            self._answer.cancel()
        await self._runner.cleanup()
        log.info("lobby_closed")

    async def admit(self, answer: Answer) -> None:
        """Lets in who waits: ``answer`` makes the SDP answer of the offer. Raises Fault(CALL)."""
        if not self._ticket:
            raise Fault(Reason.CALL, "whoever waited has left", "wait for the next one")
        self.lobby.admit()
        offered, reply = self._offered, self._answer
        reply.set_result(self.trust.signed(offered, await answer(offered.sdp)))

    async def gone(self) -> None:
        """Returns when whoever waited has left; then ``waiting`` is for the next one."""
        # that nobody asks any more is seen by time passing only
        while self._present():  # noqa: ASYNC110
            await asyncio.sleep(PLACE_SECONDS / 5)
        self._ticket = ""
        self.waiting.clear()

    def _present(self) -> bool:
        return bool(self._ticket) and (self._polls > 0 or time.monotonic() - self._seen < PLACE_SECONDS)

    async def _file(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(self._page / FILES[request.path])

    async def _call(self, _request: web.Request) -> web.Response:
        return web.json_response(self._about | {"pin": bool(self.lobby.pin), "late": self.told_late is not None})

    async def _take_offer(self, request: web.Request) -> web.Response:
        if is_foreign(request, f"{request.scheme}://{request.host}"):
            return _refused("origin")
        try:
            offer = messages.offer(await request.read())
        except messages.Nonsense as nonsense:
            return _refused(nonsense.reason, 400)
        except web.HTTPRequestEntityTooLarge:
            return _refused("size", 413)
        offered = Offered(offer.sdp, offer.proof, offer.commitment)
        verdict = self.lobby.judge(offer.token, offer.pin)
        if verdict is Verdict.WELCOME and not self.trust.believes(offered):
            verdict = Verdict.PROOF
        if verdict is Verdict.WELCOME and self._present() and offer.ticket != self._ticket:
            # the nurse was told of one visitor: she must not let in another one
            verdict = Verdict.TAKEN
        if verdict is not Verdict.WELCOME:
            return _refused(verdict.value)
        # who reloads the page waits with the newest offer; the old ticket opens nothing
        self._ticket, self._offered = secrets.token_urlsafe(16), offered
        self._seen = time.monotonic()
        self.waiting.set()
        return web.json_response({"ticket": self._ticket}, status=202)

    async def _take_reveal(self, request: web.Request) -> web.Response:
        if is_foreign(request, f"{request.scheme}://{request.host}"):
            return _refused("origin")
        try:
            told = messages.reveal(await request.read())
        except (messages.Nonsense, web.HTTPRequestEntityTooLarge):
            return _refused("nonsense", 400)
        if not self._ticket or told.ticket != self._ticket or not self.trust.revealed(told.nonce):
            return _refused("proof")
        return web.json_response({})

    async def _take_late(self, request: web.Request) -> web.Response:
        foreign = is_foreign(request, f"{request.scheme}://{request.host}")
        minutes = None if foreign else late.said(await request.read(), self._ticket)
        if minutes is None or self.told_late is None or self._lates >= late.MOST:
            return _refused("late")
        self._lates += 1
        self.told_late(minutes)
        return web.json_response({})

    async def _give_answer(self, request: web.Request) -> web.Response:
        if (
            not secrets.compare_digest(request.query.get("ticket", "").encode(), self._ticket.encode())
            or not self._ticket
        ):
            return web.Response(status=410)
        self._polls += 1
        try:
            async with asyncio.timeout(LONG_POLL_SECONDS):
                answer = await asyncio.shield(self._answer)
        except TimeoutError:
            return web.Response(status=204)
        except asyncio.CancelledError:
            if self._answer.cancelled():
                return web.Response(status=410)
            raise
        finally:
            self._polls -= 1
            self._seen = time.monotonic()
        return web.Response(body=msgspec.json.encode(answer), content_type="application/json")


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
    response.headers.update(HEADERS)
    return response


def self_signed(host: str) -> ssl.SSLContext:
    """TLS 1.2 or newer with a fresh certificate for ``host``, which the browser shows as unknown: the PIN tells who is who."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "telecart")])
    now = dt.datetime.now(dt.UTC)
    try:
        alternative: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        alternative = x509.DNSName(host)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # a cart without a clock battery may be behind
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .sign(key, hashes.SHA256())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "both.pem"
        file.touch(mode=0o600)
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context.load_cert_chain(file)
    return context
