"""HTTP as the cart speaks it with a DICOMweb server: bounded in every direction, a few connections, no detours."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

import aiohttp
from aiohttp.abc import AbstractStreamWriter

from edge.domain.delivery import Event
from edge.domain.fault import Fault, Reason
from edge.domain.item import Body, Frozen
from edge.domain.ports import Outcome, Tell, tell_nobody
from sync.dicom.speaking.association import Timeouts, bounded
from sync.dicom.speaking.wire import queued_in
from sync.tls import Identity, Tls

CONNECTIONS = 4
PROOFS = 2
"""Side by side: each holds a few MiB of what was sent and of what comes back."""
PIECE = 256 * 1024
SMALL = 4 * 1024 * 1024
"""Bytes of an answer that holds no object."""

_PAGES = ("text/html", "application/xhtml")
_LOOK = 0.2
"""Seconds."""
_BROKEN_EXCHANGES = 3  # one may be an object's own; more, and the trouble is the server's


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """``body`` is None where there was more of it than was asked for."""

    status: int
    headers: Mapping[str, str]
    body: bytes | None


class Taker(Protocol):
    """Takes an answer as it comes, in any thread, one call at a time."""

    def feed(self, data: bytes) -> None: ...

    def end(self) -> None: ...


class Content:
    """A frozen object with what stands before and after it in a body; ``fault`` is why it could not be read to its end."""

    def __init__(self, head: bytes, body: Body, tail: bytes) -> None:
        self.size = len(head) + body.size + len(tail)
        self.fault: Fault | None = None
        self._head, self._body, self._tail = head, body, tail

    async def pieces(self) -> AsyncIterator[bytes]:
        """Raises OSError once ``fault`` is set: the request is then cut short."""
        yield self._head
        pieces = self._body.pieces()
        try:
            while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
                yield piece
                # it is not held while the next one is decrypted
                del piece
        except Fault as fault:
            self.fault = fault
            raise ConnectionAbortedError from fault
        yield self._tail


class Web:
    """The way to one server. Raises Fault(SETTINGS) for certificates that cannot be used."""

    def __init__(self, url: str, timeouts: Timeouts, tls: Tls | None) -> None:
        self.url = url.rstrip("/")
        self._timeouts = timeouts
        self._identity = Identity(tls) if tls else None
        self._shaken = False

    @property
    def how(self) -> str:
        """In plain words."""
        return self._identity.how if self._identity else "not encrypted"

    @contextlib.asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        def made(address: aiohttp.AddrInfoType) -> socket.socket:
            family, kind, protocol, _, _ = address
            connection = socket.socket(family, kind, protocol)
            bounded(connection, self._timeouts.unacknowledged)
            return connection

        connector = aiohttp.TCPConnector(limit=CONNECTIONS, socket_factory=made)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=self._timeouts.connect)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout, trust_env=False) as session:
            yield Session(self.url, session, self._timeouts.shared(CONNECTIONS), self._identity)

    async def each(
        self,
        objects: Sequence[Frozen],
        work: Callable[[Session, Frozen], Awaitable[Outcome]],
        tell: Tell = tell_nobody,
        most: int = CONNECTIONS,
    ) -> list[Outcome]:
        """``work`` for each of ``objects``, at most ``most`` at a time; a Fault of it is tried later, and so is what it keeps from its turn."""
        waiting = list(reversed(objects))
        outcomes: list[Outcome] = []
        broken: list[Fault] = []

        def settle(outcome: Outcome) -> None:
            outcomes.append(outcome)
            tell(outcome)

        async def some(session: Session) -> None:
            while waiting and len(broken) < _BROKEN_EXCHANGES:
                one = waiting.pop()
                try:
                    settle(await work(session, one))
                except Fault as fault:
                    settle(Outcome.unread(one.item_id, fault))
                    if fault.reason is Reason.STORE_DAMAGED:
                        continue
                    about_all = fault.reason is not Reason.DESTINATION_BUSY
                    broken.extend([fault] * (_BROKEN_EXCHANGES if about_all else 1))

        if not objects:
            return outcomes
        async with self.session() as session, asyncio.TaskGroup() as tasks:
            # on a line that breaks every few MB several objects at once would never arrive
            for _ in range(1 if self._shaken else min(most, len(objects))):
                tasks.create_task(some(session))
        self._shaken = bool(broken)
        why = Fault(Reason.DESTINATION_UNREACHABLE, "the line broke before its turn")
        for fault in broken:
            if fault.reason is not Reason.DESTINATION_BUSY:
                why = fault
        return outcomes + [Outcome(one.item_id, Event.TRY_LATER, why.reason, str(why)) for one in reversed(waiting)]


class Session:
    """One session with a server; exchanges may run side by side."""

    def __init__(self, url: str, http: aiohttp.ClientSession, timeouts: Timeouts, identity: Identity | None) -> None:
        self._url = url
        self._http = http
        self._timeouts = timeouts
        self._identity = identity

    async def get(self, path: str, accept: str, limit: int = SMALL, query: Mapping[str, str] | None = None) -> Answer:
        """At most ``limit`` bytes. Raises Fault(DESTINATION_UNREACHABLE | DESTINATION_REFUSED | DESTINATION_BUSY)."""
        headers = {"Accept": accept, "Accept-Encoding": "identity"}
        return await self._exchange("GET", path, headers, limit, query=query)

    async def post(self, path: str, headers: Mapping[str, str], content: Content) -> Answer:
        """The same with a body, sent as fast as the server reads it. Raises Fault(STORE_DAMAGED) as well."""
        return await self._exchange(
            "POST", path, {**headers, "Content-Length": str(content.size)}, SMALL, content=content
        )

    async def post_empty(self, path: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status of a POST that has nothing to store. Raises Fault as ``get``."""
        return (await self._exchange("POST", path, headers, SMALL, small=body)).status

    async def take(self, path: str, accept: str, limit: int, taken: Callable[[str], Taker]) -> int:
        """A GET whose answer goes piece by piece to what ``taken`` makes of its Content-Type; returns its status.

        Raises what the taker raises, and Fault as ``get``; DESTINATION_BUSY where there is more than ``limit``.
        """
        headers = {"Accept": accept, "Accept-Encoding": "identity"}
        return (await self._exchange("GET", path, headers, limit, taken=taken)).status

    async def _exchange(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        limit: int,
        query: Mapping[str, str] | None = None,
        content: Content | None = None,
        small: bytes | None = None,
        taken: Callable[[str], Taker] | None = None,
    ) -> Answer:
        limits, name, context = self._timeouts, None, None
        if self._identity is not None:
            # another context than before is another connection
            name, context = self._identity.server_name or None, self._identity.context()
        try:
            async with (
                asyncio.timeout(limits.connect + limits.answer) as watch,
                _sent(content, watch, limits) as data,
                self._http.request(
                    method,
                    self._url + path,
                    params=query,
                    headers=headers,
                    data=data or small,
                    allow_redirects=False,
                    ssl=context or True,
                    server_hostname=name,
                ) as response,
            ):
                kind = response.headers.get("Content-Type", "")
                if 200 <= response.status < 300 and kind.strip().lower().startswith(_PAGES):
                    raise self._page()
                if taken is not None and response.status == 200:
                    await _taken(response, limit, watch, limits, taken(kind))
                    return Answer(response.status, response.headers, b"")
                return Answer(response.status, response.headers, await _body(response, limit, watch, limits))
        except aiohttp.ConnectionTimeoutError as exc:
            raise self._unreachable() from exc
        except TimeoutError as exc:
            raise Fault(Reason.DESTINATION_BUSY, "the PACS stopped reading or did not answer in time") from exc
        except (aiohttp.ClientError, OSError) as exc:
            if content is not None and content.fault is not None:
                raise content.fault from exc
            if self._identity is not None and (told := self._identity.refusal_in(exc, "the PACS")):
                raise told from exc
            if isinstance(exc, aiohttp.ClientConnectorError):
                raise self._unreachable() from exc
            raise Fault(Reason.DESTINATION_BUSY, "the PACS broke off in the middle of the object") from exc

    def _page(self) -> Fault:
        return Fault(
            Reason.DESTINATION_UNREACHABLE,
            f"what is at {self._url} answers with a web page, not DICOMweb: a sign-in page?",
            "check the network and the url in the settings",
        )

    def _unreachable(self) -> Fault:
        return Fault(
            Reason.DESTINATION_UNREACHABLE,
            f"the PACS does not answer at {self._url}",
            "check the network and the PACS; the cart goes on trying",
        )


@contextlib.asynccontextmanager
async def _sent(content: Content | None, watch: asyncio.Timeout, limits: Timeouts) -> AsyncIterator[_Sent | None]:
    data = _Sent(content, watch, limits) if content is not None else None
    try:
        yield data
    finally:
        if data is not None:
            data.stop()


class _Sent(aiohttp.AsyncIterablePayload):
    """The body of a request. Moves ``watch`` on as long as the far end takes of it, and then to when it has to have answered.

    What was handed to the kernel is not there yet: on a slow line that is minutes. What the far end's kernel acknowledged is
    (tcp(7), SIOCOUTQ).
    """

    def __init__(self, content: Content, watch: asyncio.Timeout, limits: Timeouts) -> None:
        super().__init__(self._handing(content))
        self._watch = watch
        self._limits = limits
        self._length = content.size
        self._handed = self._taken = 0
        self._whole = self._over = False
        self._transport: asyncio.BaseTransport | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        self._transport = getattr(writer, "transport", None)
        self._look()
        await super().write_with_length(writer, content_length)
        self._whole = True
        self._look()

    def stop(self) -> None:
        self._over = True
        if self._timer is not None:
            self._timer.cancel()

    async def _handing(self, content: Content) -> AsyncIterator[Any]:
        """Views of bytes: aiohttp takes them, and says that it takes bytes only."""
        async for piece in content.pieces():
            view = memoryview(piece)
            for place in range(0, len(view), PIECE):
                self._handed += len(view[place : place + PIECE])
                yield view[place : place + PIECE]
            del piece, view

    def _look(self) -> None:
        if self._over:
            return
        if self._timer is not None:
            self._timer.cancel()
        loop, queued = asyncio.get_running_loop(), _queued(self._transport)
        if self._whole and not queued:
            _move(self._watch, loop.time() + self._limits.for_answer(self._length))
            return
        if (taken := self._handed - queued) > self._taken:
            self._taken = taken
            _move(self._watch, loop.time() + self._limits.stalled)
        self._timer = loop.call_later(_LOOK, self._look)


def _queued(transport: asyncio.BaseTransport | None) -> int:
    """Bytes that the far end did not acknowledge; 0 where the connection is over."""
    if not isinstance(transport, asyncio.Transport):
        return 0
    try:
        return transport.get_write_buffer_size() + queued_in(transport.get_extra_info("socket"))
    except (OSError, ValueError):
        return 0


def _move(watch: asyncio.Timeout, to: float) -> None:
    # what is still being sent may outlive its exchange by a moment
    with contextlib.suppress(RuntimeError):
        watch.reschedule(to)


async def _body(response: aiohttp.ClientResponse, limit: int, watch: asyncio.Timeout, limits: Timeouts) -> bytes | None:
    content = bytearray()
    async for piece in _pieces(response, watch, limits):
        content += piece
        if len(content) > limit:
            return None
    return bytes(content)


async def _taken(
    response: aiohttp.ClientResponse, limit: int, watch: asyncio.Timeout, limits: Timeouts, taker: Taker
) -> None:
    size = 0
    async for piece in _pieces(response, watch, limits):
        size += len(piece)
        if size > limit:
            raise Fault(Reason.DESTINATION_BUSY, "the PACS gives back more than it was sent")
        await asyncio.to_thread(taker.feed, piece)
    await asyncio.to_thread(taker.end)


async def _pieces(response: aiohttp.ClientResponse, watch: asyncio.Timeout, limits: Timeouts) -> AsyncIterator[bytes]:
    # an answer that begins before the whole object was sent is the answer; the rest of the object is not waited for
    now = asyncio.get_running_loop().time
    end, size = now() + limits.answer, 0
    while True:
        # after a while it has to come at the rate of the slowest line
        watch.reschedule(min(now() + limits.stalled, end + size / limits.bytes_per_second))
        piece = await response.content.readany()
        if not piece:
            return
        size += len(piece)
        yield piece
