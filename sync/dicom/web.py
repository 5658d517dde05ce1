"""HTTP as the cart speaks it with a DICOMweb server: bounded in every direction, a few connections, no detours."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Protocol

import aiohttp

from edge.domain.delivery import Event
from edge.domain.fault import Fault, Reason
from edge.domain.item import Body, Frozen
from edge.domain.ports import Outcome, Tell, tell_nobody
from sync.dicom.association import Timeouts
from sync.tls import Tls, refusal_in

CONNECTIONS = 4
PROOFS = 2
"""Side by side: each holds a few MiB of what was sent and of what comes back."""
PIECE = 256 * 1024
SMALL = 4 * 1024 * 1024
"""Bytes of an answer that holds no object."""

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
        self._tls = tls.context() if tls else None
        self._server_name = tls.server_name if tls and tls.server_name else None
        self._shaken = False

    @property
    def how(self) -> str:
        """In plain words."""
        return "over TLS, its certificate is believed" if self._tls else "not encrypted"

    @contextlib.asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        def made(address: aiohttp.AddrInfoType) -> socket.socket:
            family, kind, protocol, _, _ = address
            connection = socket.socket(family, kind, protocol)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stalled = int(self._timeouts.stalled * 1000)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, stalled)
            return connection

        connector = aiohttp.TCPConnector(limit=CONNECTIONS, ssl=self._tls or True, socket_factory=made)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=self._timeouts.connect)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout, trust_env=False) as session:
            yield Session(self, session, self._timeouts.shared(CONNECTIONS), self._server_name)

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

    def __init__(self, web: Web, http: aiohttp.ClientSession, timeouts: Timeouts, server_name: str | None) -> None:
        self._url = web.url
        self._http = http
        self._timeouts = timeouts
        self._server_name = server_name

    async def get(self, path: str, accept: str, limit: int = SMALL, query: Mapping[str, str] | None = None) -> Answer:
        """At most ``limit`` bytes. Raises Fault(DESTINATION_UNREACHABLE | DESTINATION_REFUSED | DESTINATION_BUSY)."""
        headers = {"Accept": accept, "Accept-Encoding": "identity"}
        return await self._exchange("GET", path, headers, limit, query=query)

    async def post(self, path: str, headers: Mapping[str, str], content: Content) -> Answer:
        """The same with a body, sent as fast as the server reads it. Raises Fault(STORE_DAMAGED) as well."""
        return await self._exchange(
            "POST", path, {**headers, "Content-Length": str(content.size)}, SMALL, content=content
        )

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
        taken: Callable[[str], Taker] | None = None,
    ) -> Answer:
        limits = self._timeouts
        try:
            async with asyncio.timeout(limits.connect + limits.answer) as watch:
                body = _slowly(content, watch, limits) if content else None
                async with self._http.request(
                    method,
                    self._url + path,
                    params=query,
                    headers=headers,
                    data=body,
                    allow_redirects=False,
                    server_hostname=self._server_name,
                ) as response:
                    if taken is not None and response.status == 200:
                        taker = taken(response.headers.get("Content-Type", ""))
                        await _taken(response, limit, watch, limits, taker)
                        return Answer(response.status, response.headers, b"")
                    return Answer(response.status, response.headers, await _body(response, limit, watch, limits))
        except aiohttp.ConnectionTimeoutError as exc:
            raise self._unreachable() from exc
        except TimeoutError as exc:
            raise Fault(Reason.DESTINATION_BUSY, "the PACS stopped reading or did not answer in time") from exc
        except (aiohttp.ClientError, OSError) as exc:
            if content is not None and content.fault is not None:
                raise content.fault from exc
            if told := refusal_in(exc, "the PACS"):
                raise told from exc
            if isinstance(exc, aiohttp.ClientConnectorError):
                raise self._unreachable() from exc
            raise Fault(Reason.DESTINATION_BUSY, "the PACS broke off in the middle of the object") from exc

    def _unreachable(self) -> Fault:
        return Fault(
            Reason.DESTINATION_UNREACHABLE,
            f"the PACS does not answer at {self._url}",
            "check the network and the PACS; the cart goes on trying",
        )


async def _slowly(content: Content, watch: asyncio.Timeout, limits: Timeouts) -> AsyncIterator[bytes | memoryview]:
    """Moves ``watch`` on with each piece that the far end made room for, and to its answer after the last one."""
    now = asyncio.get_running_loop().time
    async for piece in content.pieces():
        view = memoryview(piece)
        for place in range(0, len(view), PIECE):
            _move(watch, now() + limits.stalled + PIECE / limits.bytes_per_second)
            yield view[place : place + PIECE]
        del piece, view
    _move(watch, now() + limits.for_answer(content.size))


def _move(watch: asyncio.Timeout, to: float) -> None:
    # what is still being sent may outlive its exchange by a moment
    with contextlib.suppress(RuntimeError):
        watch.reschedule(to)


async def _body(response: aiohttp.ClientResponse, limit: int, watch: asyncio.Timeout, limits: Timeouts) -> bytes | None:
    content = bytearray()
    async for piece in _pieces(response, limit, watch, limits):
        content += piece
        if len(content) > limit:
            return None
    return bytes(content)


async def _taken(
    response: aiohttp.ClientResponse, limit: int, watch: asyncio.Timeout, limits: Timeouts, taker: Taker
) -> None:
    size = 0
    async for piece in _pieces(response, limit, watch, limits):
        size += len(piece)
        if size > limit:
            raise Fault(Reason.DESTINATION_BUSY, "the PACS gives back more than it was sent")
        await asyncio.to_thread(taker.feed, piece)
    await asyncio.to_thread(taker.end)


async def _pieces(
    response: aiohttp.ClientResponse, limit: int, watch: asyncio.Timeout, limits: Timeouts
) -> AsyncIterator[bytes]:
    # an answer that begins before the whole object was sent is the answer; the rest of the object is not waited for
    end = asyncio.get_running_loop().time() + limits.for_answer(limit)
    while True:
        watch.reschedule(min(end, asyncio.get_running_loop().time() + limits.stalled))
        piece = await response.content.readany()
        if not piece:
            return
        yield piece
