"""HTTP as the cart speaks it with a DICOMweb server: bounded in every direction, a few connections, no detours."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

import aiohttp

from edge.domain.delivery import Event
from edge.domain.fault import Fault, Reason
from edge.domain.item import Frozen
from edge.domain.ports import Outcome
from sync.dicom.association import Timeouts
from sync.tls import Tls, refusal_in

CONNECTIONS = 4
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


class Web:
    """The way to one server. Raises Fault(SETTINGS) for certificates that cannot be used."""

    def __init__(self, url: str, timeouts: Timeouts, tls: Tls | None) -> None:
        self.url = url.rstrip("/")
        self._timeouts = timeouts
        self._tls = tls.context() if tls else None
        self._server_name = tls.server_name if tls and tls.server_name else None

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
            yield Session(self, session, self._timeouts, self._server_name)

    async def each(
        self, objects: Sequence[Frozen], work: Callable[[Session, Frozen], Awaitable[Outcome]]
    ) -> list[Outcome]:
        """``work`` for each of ``objects``, a few at a time; a Fault of it is tried later, and so is what it keeps from its turn."""
        waiting = list(reversed(objects))
        outcomes: list[Outcome] = []
        broken: list[Fault] = []

        async def some(session: Session) -> None:
            while waiting and len(broken) < _BROKEN_EXCHANGES:
                one = waiting.pop()
                try:
                    outcomes.append(await work(session, one))
                except Fault as fault:
                    outcomes.append(Outcome(one.item_id, Event.TRY_LATER, fault.reason, str(fault)))
                    about_all = fault.reason is not Reason.DESTINATION_BUSY
                    broken.extend([fault] * (_BROKEN_EXCHANGES if about_all else 1))

        if not objects:
            return outcomes
        async with self.session() as session, asyncio.TaskGroup() as tasks:
            for _ in range(min(CONNECTIONS, len(objects))):
                tasks.create_task(some(session))
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

    async def post(self, path: str, headers: Mapping[str, str], pieces: Sequence[bytes | memoryview]) -> Answer:
        """The same with a body, sent as fast as the server reads it."""
        size = sum(len(piece) for piece in pieces)
        return await self._exchange("POST", path, {**headers, "Content-Length": str(size)}, SMALL, pieces=pieces)

    async def _exchange(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        limit: int,
        query: Mapping[str, str] | None = None,
        pieces: Sequence[bytes | memoryview] = (),
    ) -> Answer:
        limits = self._timeouts
        try:
            async with asyncio.timeout(limits.connect + limits.answer) as watch:
                body = _slowly(pieces, watch, limits) if pieces else None
                async with self._http.request(
                    method,
                    self._url + path,
                    params=query,
                    headers=headers,
                    data=body,
                    allow_redirects=False,
                    server_hostname=self._server_name,
                ) as response:
                    return Answer(response.status, response.headers, await _body(response, limit, watch, limits))
        except aiohttp.ConnectionTimeoutError as exc:
            raise self._unreachable() from exc
        except TimeoutError as exc:
            raise Fault(Reason.DESTINATION_BUSY, "the PACS stopped reading or did not answer in time") from exc
        except (aiohttp.ClientError, OSError) as exc:
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


async def _slowly(
    pieces: Sequence[bytes | memoryview], watch: asyncio.Timeout, limits: Timeouts
) -> AsyncIterator[bytes | memoryview]:
    """Moves ``watch`` on with each piece that the far end made room for, and to its answer after the last one."""
    now = asyncio.get_running_loop().time
    for piece in pieces:
        view = memoryview(piece)
        for place in range(0, len(view), PIECE):
            _move(watch, now() + limits.stalled)
            yield view[place : place + PIECE]
    _move(watch, now() + limits.for_answer(sum(len(piece) for piece in pieces)))


def _move(watch: asyncio.Timeout, to: float) -> None:
    # what is still being sent may outlive its exchange by a moment
    with contextlib.suppress(RuntimeError):
        watch.reschedule(to)


async def _body(response: aiohttp.ClientResponse, limit: int, watch: asyncio.Timeout, limits: Timeouts) -> bytes | None:
    # an answer that begins before the whole object was sent is the answer; the rest of the object is not waited for
    content = bytearray()
    end = asyncio.get_running_loop().time() + limits.for_answer(limit)
    while True:
        watch.reschedule(min(end, asyncio.get_running_loop().time() + limits.stalled))
        piece = await response.content.readany()
        if not piece:
            return bytes(content)
        content += piece
        if len(content) > limit:
            return None
