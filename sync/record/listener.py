"""Where the residents' record calls the cart: MLLP on the one address that the settings name, from those whom they name (T6, T10, T15).

One message after another, in the order in which they came. Whatever a caller does, it holds a limited number of lines and bytes,
and a message that was begun has to end in time; a line may be silent for as long as the machine at its other end is there.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

import structlog

from edge.domain.fault import Fault, Reason
from sync.record.framing import Frame, Frames, framed
from sync.tls import Identity

MOST_LINES: Final = 8
"""At a time; who calls when there are as many takes the place of the one that has been silent for longest."""
_PIECE: Final = 64 * 1024

log = structlog.get_logger()

Answer = Callable[[Frame], Awaitable[bytes | None]]
"""What is answered to a message; None where nothing can be, and the line ends."""


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """``host`` and ``port`` (0: any) are ours. ``callers`` are names or addresses. ``identity`` None: without TLS.

    ``patience``: seconds in which a message that began has to end, an answer be taken, TLS come about.
    """

    host: str
    port: int
    callers: tuple[str, ...]
    identity: Identity | None = None
    patience: float = 30.0


@dataclasses.dataclass(eq=False, slots=True)
class _Line:
    writer: asyncio.StreamWriter
    heard: float


class Listener:
    def __init__(self, place: Place, answer: Answer) -> None:
        self._place = place
        self._answer = answer
        self._callers: frozenset[str] = frozenset()
        self._lines: set[_Line] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()
        self.port = place.port

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Listens until it is left. Raises Fault(SETTINGS) where it cannot, or where a caller has no address."""
        place = self._place
        try:
            self._callers = await asyncio.to_thread(_addresses, place.callers)
            server = await asyncio.start_server(self._called, place.host, place.port, limit=_PIECE)
        except (OSError, OverflowError) as exc:
            what = f"the cart cannot listen on {place.host} port {place.port} for the residents' record"
            raise Fault(Reason.SETTINGS, what, "correct `host`, `port` and `callers` of [record.mllp]") from exc
        self.port = int(server.sockets[0].getsockname()[1])
        log.info("record_listening", port=self.port)
        try:
            yield
        finally:
            server.close()
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _called(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        line = _Line(writer, asyncio.get_running_loop().time())
        try:
            if await self._admitted(writer):
                self._make_room()
                self._lines.add(line)
                await self._talk(reader, line)
        except (OSError, TimeoutError, ssl.SSLError, Fault) as exc:
            log.warning("record_line_ended", why=exc.reason.value if isinstance(exc, Fault) else type(exc).__name__)
        except asyncio.CancelledError:
            pass  # it is closed from our side; nobody waits for this task but who cancelled it
        finally:
            self._lines.discard(line)
            self._tasks.discard(task)
            writer.transport.abort()

    async def _admitted(self, writer: asyncio.StreamWriter) -> bool:
        """Before a byte is read. Raises OSError, Fault where TLS does not come about."""
        address = str((writer.get_extra_info("peername") or ("",))[0])
        if address not in self._callers:
            log.warning("stranger_refused", address=address)
            return False
        _keep_alive(writer.get_extra_info("socket"))
        if self._place.identity is not None:
            context = self._place.identity.context()
            await writer.start_tls(context, ssl_handshake_timeout=self._place.patience)
        return True

    def _make_room(self) -> None:
        while len(self._lines) >= MOST_LINES:
            silent = min(self._lines, key=lambda one: one.heard)
            self._lines.discard(silent)
            silent.writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, line: _Line) -> None:
        frames = Frames()
        loop = asyncio.get_running_loop()
        begun = 0.0
        while True:
            # of a message that began, the whole has so much time: a byte now and then holds no line for ever
            left = max(0.0, begun + self._place.patience - loop.time()) if frames.begun else None
            async with asyncio.timeout(left):
                data = await reader.read(_PIECE)
            if not data:
                return
            line.heard = loop.time()
            was_begun = frames.begun
            frames.feed(data)
            while (frame := frames.next_frame()) is not None:
                was_begun = False
                if not await self._answered(frame, line.writer):
                    return
            if not frames.is_mllp:
                log.warning("record_line_ended", why="not_mllp")
                return
            if not was_begun:
                begun = loop.time()

    async def _answered(self, frame: Frame, writer: asyncio.StreamWriter) -> bool:
        """Whether the line goes on."""
        async with self._turn:
            answer = await self._answer(frame)
        if answer is not None:
            writer.write(framed(answer))
            async with asyncio.timeout(self._place.patience):
                await writer.drain()
        return answer is not None and frame.whole


def _keep_alive(connection: socket.socket) -> None:
    """A machine that is gone without a word is noticed after two minutes."""
    for level, option, value in (
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
        (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 60),
        (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 15),
        (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 4),
    ):
        connection.setsockopt(level, option, value)


def _addresses(callers: tuple[str, ...]) -> frozenset[str]:
    """Raises OSError."""
    found = {str(place[4][0]) for name in callers for place in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)}
    # an IPv4 caller of a socket that listens on IPv6 as well
    return frozenset(found | {f"::ffff:{address}" for address in found if ":" not in address})
