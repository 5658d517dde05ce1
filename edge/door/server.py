"""The door: a Unix socket. Who comes in is told by the kernel (SO_PEERCRED), what they may ask by a table."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from pathlib import Path

import msgspec
import structlog

from edge.domain.audit import Actor, KnownBy, Origin, Who
from edge.domain.fault import Fault, Reason
from edge.door import messages as m
from edge.door.client import frame, read_message

log = structlog.get_logger()


_LONGEST_PATH = 107
"""Bytes: sun_path of unix(7) without its end."""


_BEHIND = 64 * 1024
"""Bytes not yet read by a visitor beyond which nothing running is told to it."""


class Visitor:
    """One open connection. Snapshots coalesce: only the newest waits for a slow reader."""

    def __init__(self, role: str, account: str, writer: asyncio.StreamWriter) -> None:
        """``account`` is the user of the machine, as the kernel tells it."""
        self.role = role
        self._who = Who(KnownBy.ROLE, role, account)
        self._writer = writer
        self._snapshot: bytes | None = None
        self._wake = asyncio.Event()

    def say(self, said: m.Said) -> None:
        self._writer.write(frame(m.encode(said)))

    def asking(self, command: m.AnyCommand) -> Actor:
        """For the audit trail. Nobody signs in yet, so a screen stands for whoever is before it."""
        return Actor(self._who, Origin("edge", self.role, type(command).__name__))

    def behind(self) -> bool:
        return self._writer.transport.get_write_buffer_size() > _BEHIND

    def show(self, snapshot: bytes) -> None:
        self._snapshot = snapshot
        self._wake.set()

    async def keep_showing(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self._snapshot is not None:
                self._writer.write(frame(self._snapshot))
                self._snapshot = None
                await self._writer.drain()


class DoorServer:
    """``handle`` does a command of somebody (raises Fault where it cannot); ``changed`` is called after each; ``left(role)``

    when one goes.
    """

    def __init__(
        self,
        path: Path,
        handle: Callable[[m.AnyCommand, Actor], Awaitable[None]],
        changed: Callable[[], None],
        left: Callable[[str], None],
    ) -> None:
        self._path = path
        self._handle = handle
        self._changed = changed
        self._left = left
        self._visitors: set[Visitor] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._closing = False

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Within it visitors are served; at its end all of them are seen out. Raises Fault(SETTINGS)."""
        if len(os.fsencode(self._path)) > _LONGEST_PATH:
            raise Fault(Reason.SETTINGS, f"{self._path} is too long for a socket", "give a shorter --data")
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
        server = await asyncio.start_unix_server(self._visit, self._path)
        # who may come in is asked of the kernel at each visit; the folder lets only the cart's own users this far
        self._path.chmod(0o666)
        try:
            yield
        finally:
            self._closing = True
            server.close()
            # since Python 3.12 a server waits for its last visitor, and none leaves by itself
            for writer in tuple(self._writers):
                writer.close()
            await server.wait_closed()

    def publish(self, snapshots: dict[str, m.Snapshot]) -> None:
        """The newest snapshot for each role."""
        encoded = {role: m.encode(snapshot) for role, snapshot in snapshots.items()}
        for visitor in self._visitors:
            if visitor.role in encoded:
                visitor.show(encoded[visitor.role])

    def tell(self, said: m.LiveTrace | m.Pictured, roles: Collection[str]) -> None:
        """What comes once and is not repeated; who reads too slowly misses some of it."""
        for visitor in self._visitors:
            if visitor.role in roles and not visitor.behind():
                visitor.say(said)

    def to_media(self, request: m.StillWanted | m.SoundWanted | m.ShowWindows | m.ForSpecialist) -> bool:
        for visitor in self._visitors:
            if visitor.role == m.MEDIA:
                visitor.say(request)
                return True
        return False

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visitor: Visitor | None = None
        showing: asyncio.Task[None] | None = None
        if self._closing:
            writer.close()
            return
        self._writers.add(writer)
        try:
            hello = m.decode_command(await read_message(reader))
            if not isinstance(hello, m.Hello) or not may_enter(hello.role, _peer_uid(writer)):
                log.warning("door_refused", uid=_peer_uid(writer))
                return
            visitor = Visitor(hello.role, _account(_peer_uid(writer)), writer)
            self._visitors.add(visitor)
            log.info("door_open", role=visitor.role)
            showing = asyncio.create_task(visitor.keep_showing())
            self._changed()
            while True:
                await self._answer(visitor, m.decode_command(await read_message(reader)))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # they left: said below
        except (msgspec.DecodeError, Fault) as exc:
            log.warning("door_nonsense", role=visitor.role if visitor else "", what=type(exc).__name__)
        finally:
            if showing is not None:
                showing.cancel()
            writer.close()
            self._writers.discard(writer)
            if visitor is not None:
                self._visitors.discard(visitor)
                log.info("door_closed", role=visitor.role)
                self._left(visitor.role)

    async def _answer(self, visitor: Visitor, command: m.AnyCommand) -> None:
        try:
            if type(command) not in m.ALLOWED[visitor.role]:
                raise Fault(Reason.NOT_ALLOWED, f"{visitor.role} may not ask this", "")
            await self._handle(command, visitor.asking(command))
        except Fault as fault:
            log.info("door_no", role=visitor.role, command=type(command).__name__, reason=fault.reason.value)
            visitor.say(m.Refused(id=command.id, reason=fault.reason.value, what=fault.what, do=fault.do))
        except ValueError:
            visitor.say(m.Refused(id=command.id, reason=Reason.NOT_ALLOWED.value, what="unknown value in a command"))
        else:
            visitor.say(m.Done(id=command.id))
        self._changed()


def _peer_uid(writer: asyncio.StreamWriter) -> int:
    peer: socket.socket = writer.get_extra_info("socket")
    credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _pid, uid, _gid = struct.unpack("3i", credentials)
    return int(uid)


def _account(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def may_enter(role: str, uid: int) -> bool:
    """Each role has its own system user, ``telecart-ROLE``; where there is none (a demo, a desk), our own user may."""
    if role not in m.ALLOWED:
        return False
    try:
        return uid == pwd.getpwnam(f"telecart-{role}").pw_uid
    except KeyError:
        return uid == os.geteuid()
