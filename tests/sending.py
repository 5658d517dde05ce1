"""A cart whose `telecart sync` runs as a process on a real encrypted store, and lines to its far ends that a test can break."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import functools
import json
import os
import random
import socket
import ssl
import struct
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

import cv2
import numpy as np

from edge import settings as settings_file
from edge.domain.capture import Capture
from edge.domain.item import Item
from edge.domain.measurement import Instant
from edge.domain.patient import Patient
from edge.domain.photo import Encoding, Photo, View
from edge.mains.children import Child, telecart
from edge.mains.places import destinations, places_of
from edge.store.ledger import open_for_edge
from tests import items
from tests.servers import EmbeddedFarEnd, FarEnd, FhirFarEnd, OrthancFarEnd, free_port, running
from tests.web_servers import EmbeddedWebFarEnd, OrthancWebFarEnd

Rows = list[dict[str, str | int | None]]
Fault = Callable[["Line", asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""What a line does with one connection; when it returns, the connection is closed."""

LONG = os.environ.get("TELECART_SENDING") == "long"
"""With what the settings say by themselves, and the line of the facts: minutes. Otherwise the same, with shorter waits."""
HANGS_UP = 30.0 if LONG else 5.0
"""Seconds after which sync gives up a broken line."""
SLOW = 10_000.0 if LONG else 30_000.0
"""Bytes a second."""
PATIENCE = 60.0
_PIECE = 65536
_ROOM = 16384
"""Bytes that a line acknowledges before it passed them on: not half a minute's worth, shared by several connections."""


# --- the cart


class Cart:
    """An asynchronous context manager; ``sections`` are the destinations as they stand in its settings."""

    def __init__(self, folder: Path, sections: Sequence[str], patient: Patient = items.PATIENT) -> None:
        folder.mkdir(parents=True)
        self.config = folder / "telecart.toml"
        self.config.write_text(f'data = "{folder}/data"\nbluetooth = false\n' + "".join(sections))
        self.settings = settings_file.read(self.config)
        self.sync = Child("sync", telecart(self.config, "sync"), folder, {})
        self.log = folder / "sync.log"
        self._patient = patient

    async def __aenter__(self) -> Self:
        self.store = open_for_edge(places_of(self.settings), destinations(self.settings), "care")
        self.store.journal.put_patient(self._patient)
        _, self.encounter = self.store.journal.open_encounter(self._patient.id, _now(), "TC")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.sync.stop()
        self.store.database.close()

    def save(self, item: Item, like: Item | None = None) -> Item:
        """What edge does with ``item``'s content: it is kept, and promised. Returns the item as it is called from here on.

        ``like``: it gets the DICOM identifiers of that one, which no cart would give it.
        """
        assert item.payload is not None
        capture = Capture(item.kind, item.payload, item.device, _now(), item.id)
        item_id = self.store.journal.save(capture, self.encounter).item_id
        if like is not None:
            with self.store.database.write():
                same = (like.sop_uid, like.series_uid, item_id)
                self.store.run("UPDATE item SET sop_uid = ?, series_uid = ? WHERE id = ?", same)
                study = (like.encounter.study_uid, self.encounter.id)
                self.store.run("UPDATE encounter SET study_uid = ? WHERE id = ?", study)
        return self.store.journal.load(item_id)

    async def outbox(self) -> Rows:
        """`telecart outbox --json`."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "edge.cli", "--config", str(self.config), "outbox", "--json"),
            stdout=asyncio.subprocess.PIPE,
        )
        said, _ = await process.communicate()
        assert process.returncode == 0
        rows: Rows = json.loads(said)
        return rows

    async def release(self) -> None:
        """`telecart outbox release --all`."""
        command = (sys.executable, "-m", "edge.cli", "--config", str(self.config), "outbox", "release", "--all")
        assert await (await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)).wait() == 0

    async def until(self, reached: Callable[[Rows], bool], seconds: float = PATIENCE) -> Rows:
        """What the outbox says as soon as ``reached`` holds of it."""
        rows: Rows = []
        try:
            async with asyncio.timeout(seconds):
                while not reached(rows := await self.outbox()):
                    await asyncio.sleep(0.1)
        except TimeoutError:
            log = self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""
            raise AssertionError(f"after {seconds:.0f} s the outbox says {rows}; sync says {log}") from None
        return rows


def _now() -> Instant:
    return Instant(dt.datetime.now(dt.UTC), "boot", time.monotonic_ns(), clock_trusted=True)


# --- its far ends


@dataclasses.dataclass(frozen=True, slots=True)
class Way:
    """A kind of far end, and how the settings name one that is reached by a port; ``port`` is its own."""

    name: str
    far_end: Callable[[Path], FarEnd]
    port: Callable[[FarEnd], int]
    section: Callable[[str, int], str]
    item: Callable[[], Item]
    http: bool = True


def pacs_section(name: str, port: int, aet: str = "DEMOPACS", more: str = "") -> str:
    return f'[[pacs]]\nname = "{name}"\naet = "{aet}"\nhost = "127.0.0.1"\nport = {port}\n{more}'


def web_section(name: str, port: int, more: str = "", scheme: str = "http") -> str:
    return f'[[dicomweb]]\nname = "{name}"\nurl = "{scheme}://127.0.0.1:{port}/dicom-web"\n{more}'


def fhir_section(name: str, port: int, more: str = "", scheme: str = "http") -> str:
    return f'[[fhir]]\nname = "{name}"\nurl = "{scheme}://127.0.0.1:{port}/fhir"\n{more}'


def _own_port(far_end: FarEnd) -> int:
    match far_end:
        case EmbeddedWebFarEnd():
            return far_end.web.port
        case OrthancWebFarEnd():
            return far_end.http
        case OrthancFarEnd():
            return far_end.port
        case EmbeddedFarEnd() | FhirFarEnd():
            return far_end.server.port
    raise TypeError(type(far_end).__name__)


C_STORE = Way("c-store", EmbeddedFarEnd, _own_port, pacs_section, items.photo, http=False)
STOW = Way("stow", EmbeddedWebFarEnd, _own_port, web_section, items.photo)
FHIR = Way("fhir", FhirFarEnd, _own_port, fhir_section, items.spo2)
ORTHANC = Way("orthanc", OrthancFarEnd, _own_port, functools.partial(pacs_section, aet="ORTHANC"), items.photo, False)
ORTHANC_WEB = Way("orthanc-stow", OrthancWebFarEnd, _own_port, web_section, items.photo)


def named(way: Way) -> str:
    return way.name


def _height(megabytes: float) -> int:
    return int(megabytes * 1_030_000 / 1800)


@functools.cache
def _noise(megabytes: float, seed: int) -> bytes:
    height = _height(megabytes)
    pixels = np.random.default_rng(seed).integers(0, 255, (height, 1800, 3), dtype=np.uint8)
    done, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 92])
    assert done
    return encoded.tobytes()


def large_photo(megabytes: float = 5.0, seed: int = 1) -> Item:
    """Of noise, which does not become smaller."""
    jpeg = _noise(megabytes, seed)
    height = _height(megabytes)
    return items.item(items.photo().kind, Photo(jpeg, 1800, height, Encoding.CAMERA_MJPEG, View.CLOSE_UP, 140.0, 120.0))


# --- the line


class Line:
    """An asynchronous context manager: a way to ``target`` on loopback. ``fault`` serves its connections, None lets them through.

    ``there`` and ``back`` are the bytes that went through in either direction, ``connections`` how often somebody came. With
    ``tls`` the line ends TLS, and is plain behind it.
    """

    def __init__(
        self, target: int, fault: Fault | None = None, *, http: bool = False, tls: ssl.SSLContext | None = None
    ) -> None:
        self.target = target
        self.http = http
        self.tls = tls
        self.fault = fault
        self.port = free_port()
        self.there = self.back = self.connections = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        await self.mend(self.fault)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.cut()

    async def mend(self, fault: Fault | None = None) -> None:
        """From here on ``fault``, and somebody listens."""
        self.fault = fault
        if self._server is None:
            listening = socket.create_server(("127.0.0.1", self.port))
            # so that a line which is not read is full soon
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM)
            self._server = await asyncio.start_server(self._serve, sock=listening, ssl=self.tls, limit=_ROOM)
        else:
            await self._end_connections()

    async def cut(self) -> None:
        """Nobody listens any more, and what was under way has ended."""
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._end_connections()

    async def again(self, tls: ssl.SSLContext) -> None:
        """From here on with this certificate."""
        await self.cut()
        self.tls = tls
        await self.mend()

    async def _end_connections(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            # what is cancelled was ended by the test, which goes on
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await (self.fault or through())(self, reader, writer)
        finally:
            self._tasks.discard(task)
            writer.transport.abort()


def through(limit: int | None = None, rate: float | None = None, *, reset: bool = False, hang: bool = False) -> Fault:
    """Passes everything on: at most ``limit`` bytes there in a connection, ``rate`` bytes a second, whoever shares the line.

    At the limit the connection ends, by a reset where that is said, or, with ``hang``, nothing more is read.
    """
    pace = _Pace(rate) if rate else None

    async def pass_on(line: Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection("127.0.0.1", line.target)

        async def answers() -> None:
            while piece := await theirs.read(_PIECE):
                line.back += len(piece)
                writer.write(piece)
                await writer.drain()
            writer.close()

        answering = asyncio.create_task(answers())
        try:
            left = limit
            while left is None or left > 0:
                size = int(rate / 10) if rate else _PIECE
                piece = await reader.read(size if left is None else min(left, size))
                if not piece:
                    break
                left = None if left is None else left - len(piece)
                line.there += len(piece)
                if pace:
                    await pace.take(len(piece))
                ours.write(piece)
                await ours.drain()
            if left == 0 and hang:
                await asyncio.Event().wait()
            if left == 0 and reset:
                _reset_at_close(writer)
            elif left != 0:
                await answering
        finally:
            answering.cancel()
            await asyncio.gather(answering, return_exceptions=True)
            ours.transport.abort()

    return pass_on


class _Pace:
    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._free = 0.0

    async def take(self, size: int) -> None:
        """Returns when a line of this rate has taken ``size`` bytes."""
        loop = asyncio.get_running_loop()
        self._free = max(self._free, loop.time()) + size / self._rate
        await asyncio.sleep(self._free - loop.time())


def _reset_at_close(writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def garbled(seed: int | None) -> Fault:
    """What a DICOM node says after its first PDU, the answer to our request for an association, is random; None: it is lost."""

    async def garble(line: Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection("127.0.0.1", line.target)
        chance = random.Random(seed)

        async def there() -> None:
            while piece := await reader.read(_PIECE):
                ours.write(piece)
                await ours.drain()

        sending = asyncio.create_task(there())
        try:
            head = await theirs.readexactly(6)
            writer.write(head + await theirs.readexactly(int.from_bytes(head[2:], "big")))
            while piece := await theirs.read(_PIECE):
                writer.write(chance.randbytes(len(piece)) if seed is not None else b"")
                await writer.drain()
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            ours.transport.abort()

    return garble


def answering(raw: bytes, *, again: bytes = b"", pause: float = 0.0) -> Fault:
    """Reads what comes until nothing more does, or a whole request of HTTP, then answers ``raw``, and ``again`` for ever."""

    async def answer(line: Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if line.http:
            head = await reader.readuntil(b"\r\n\r\n")
            sizes = [one[15:] for one in head.lower().split(b"\r\n") if one.startswith(b"content-length:")]
            await reader.readexactly(int(sizes[0]) if sizes else 0)
        else:
            await reader.read(_PIECE)
        line.there += 1
        writer.write(raw)
        await writer.drain()
        while again:
            await asyncio.sleep(pause)
            writer.write(again)
            await writer.drain()
        # what is still coming is read, or the answer would go with a reset
        writer.write_eof()
        while await reader.read(_PIECE):
            pass

    return answer


async def silent(_: Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Reads everything and never answers."""
    while await reader.read(_PIECE):
        pass


# --- the scene of most tests


@dataclasses.dataclass
class Scene:
    """Every item of ``saved`` is promised to each of ``lines``, behind which is one far end, and to ``other``, which is well."""

    cart: Cart
    lines: Mapping[str, Line]
    broken: FarEnd
    other: FarEnd
    saved: list[Item]

    @property
    def line(self) -> Line:
        (line,) = self.lines.values()
        return line

    async def told(self, reason: str, words: str, state: str = "pending", seconds: float = PATIENCE) -> Rows:
        """For a scene with one line."""
        (name,) = self.lines
        return await self.all_told({name: (state, reason, words)}, seconds)

    async def all_told(self, why: Mapping[str, tuple[str, str, str]], seconds: float = PATIENCE) -> Rows:
        """Until the outbox says for each line the state, the reason and words of why, and nothing waits for the other end."""

        def says(rows: Rows) -> bool:
            said = {(row["destination"], row["state"], row["reason"], str(row["what"])) for row in rows}
            return {row["destination"] for row in rows} == set(self.lines) and all(
                any((name, state, reason) == one[:3] and words in one[3] for one in said)
                for name, (state, reason, words) in why.items()
            )

        rows = await self.cart.until(says, seconds)
        # nothing is lost: each item has its row or has arrived, with words for a person
        for name in self.lines:
            waiting = {row["item"] for row in rows if row["destination"] == name}
            for item in self.saved:
                assert item.id in waiting or await self.broken.held(item) == 1
        assert all("\n" not in f"{row['what']}{row['do']}" and row["do"] for row in rows)
        assert [await self.other.held(item) for item in self.saved] == [1] * len(self.saved)
        return rows

    async def mend(self) -> None:
        for line in self.lines.values():
            await line.mend()

    async def arrives(self, seconds: float = PATIENCE) -> None:
        """Until nothing waits; each far end then has each item once."""
        await self.cart.until(lambda rows: rows == [], seconds)
        for far_end in (self.broken, self.other):
            assert [await far_end.held(item) for item in self.saved] == [1] * len(self.saved)

    def frozen(self) -> list[bytes]:
        """What was sent to the broken end, an item each."""
        found = self.cart.store.run("SELECT frozen_sha256 FROM outbox WHERE destination <> 'other'")
        return [self.cart.store.blobs.get(sha256) for (sha256,) in found]

    def peak_megabytes(self) -> float:
        """The most memory that sync has had."""
        status = Path(f"/proc/{self.cart.sync.pid}/status").read_text()
        (kilobytes,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
        return int(kilobytes) / 1024


@contextlib.asynccontextmanager
async def scene(
    folder: Path,
    way: Way,
    faults: Fault | Mapping[str, Fault] | None,
    made: Sequence[Item] | None = None,
    tls: ssl.SSLContext | None = None,
    section: Callable[[str, int], str] | None = None,
) -> AsyncIterator[Scene]:
    """``faults`` are of one line, called "broken", or of several by their names; ``made`` are the contents that are saved
    before sync begins, by default two. ``tls`` and ``section`` are for the lines that may break.
    """
    named_faults = faults if isinstance(faults, Mapping) else {"broken": faults}
    async with contextlib.AsyncExitStack() as stack:
        broken = await stack.enter_async_context(running(way.far_end(folder / "broken")))
        other = await stack.enter_async_context(running(way.far_end(folder / "other")))
        lines = {
            name: await stack.enter_async_context(Line(way.port(broken), fault, http=way.http, tls=tls))
            for name, fault in named_faults.items()
        }
        sections = [
            (section or way.section)(name, line.port) + f"patience = {HANGS_UP}\n" for name, line in lines.items()
        ]
        sections.append(way.section("other", way.port(other)))
        cart = await stack.enter_async_context(Cart(folder / "cart", sections))
        saved = [cart.save(item) for item in ([way.item(), way.item()] if made is None else made)]
        await cart.sync.start()
        yield Scene(cart, lines, broken, other, saved)
