"""What the figures of the bedside screen have in common: a process on a pseudo-terminal, a door that says what it is to show.

The terminal is one of 106 by 33 cells that answers what it is asked as foot does, and takes what comes as fast as it comes: a
screen is complete when the last byte of it has been read.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final

from edge.domain.audit import Actor
from edge.door import messages as m
from edge.door.server import DoorServer
from edge.mains.bench.figure import Unmeasured

COLUMNS, ROWS = 106, 33
_CELL: Final = (12, 24)
_END_OF_FRAME: Final = b"\x1b[?2026l"
_ANSWERS: Final[Mapping[bytes, bytes]] = {
    b"\x1b[?2026$p": b"\x1b[?2026;2$y",
    b"\x1b[?2048$p": b"\x1b[?2048;0$y",
    b"\x1b[c": b"\x1b[?62;22c",
    b"\x1b[>c": b"\x1b[>1;12100;0c",
}
"""Synchronised output (mode 2026) as foot says it, no resizing in band, DA1 without pictures, DA2."""

_PATIENCE: Final = 30.0
_ESCAPES: Final = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[()][A-Z0-9]|[=>])")


class Terminal:
    """One process before it. ``async with``; ``heard`` counts the bytes that it wrote, ``frames`` the pictures that they were."""

    def __init__(self, argv: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        self._argv = argv
        self._environment = {"TERM": "foot", "COLORTERM": "truecolor", "LANG": "C.UTF-8", **(environment or {})}
        self.heard = 0
        self.frames = 0
        self.last_byte = 0.0
        self._kept = bytearray()
        self._came = asyncio.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._master = -1
        self.started = 0.0

    async def __aenter__(self) -> Terminal:
        self._master, slave = pty.openpty()
        size = struct.pack("HHHH", ROWS, COLUMNS, COLUMNS * _CELL[0], ROWS * _CELL[1])
        fcntl.ioctl(slave, termios.TIOCSWINSZ, size)
        os.set_blocking(self._master, False)
        asyncio.get_running_loop().add_reader(self._master, self._read)
        self.started = time.perf_counter()
        self._process = subprocess.Popen(  # noqa: S603, ASYNC220
            self._argv,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=os.environ | self._environment,
            start_new_session=True,
        )
        os.close(slave)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, where: TracebackType | None
    ) -> None:
        assert self._process is not None
        await self.end()
        asyncio.get_running_loop().remove_reader(self._master)
        os.close(self._master)

    async def end(self) -> None:
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(self._process.wait, 10.0)
        if self._process.poll() is None:
            self._process.kill()
            await asyncio.to_thread(self._process.wait)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while data := os.read(self._master, 65536):
                self.last_byte = time.perf_counter()
                self.heard += len(data)
                self.frames += data.count(_END_OF_FRAME)
                self._kept += data
                for asked, answer in _ANSWERS.items():
                    if asked in data:
                        os.write(self._master, answer)
                self._came.set()

    async def tap(self, x: int, y: int) -> None:
        """A finger on the cell (from 0): a press and its release, as foot tells them (SGR, mode 1006)."""
        self.forget()
        os.write(self._master, f"\x1b[<0;{x + 1};{y + 1}M\x1b[<0;{x + 1};{y + 1}m".encode())

    def forget(self) -> None:
        self._kept.clear()
        self._came.clear()

    async def more_than(self, heard: int) -> None:
        """Until more bytes than that were written. Raises Unmeasured."""
        until = time.perf_counter() + _PATIENCE
        while self.heard <= heard:
            self._came.clear()
            try:
                await asyncio.wait_for(self._came.wait(), until - time.perf_counter())
            except TimeoutError:
                raise Unmeasured("a tap changes nothing on the screen here") from None

    def shows(self, *texts: str) -> bool:
        """Whether all of them were written since it was last forgotten, each in one piece."""
        plain = _ESCAPES.sub(b"", bytes(self._kept))
        return all(text.encode() in plain for text in texts)

    async def frame(self, *texts: str) -> float:
        """When the end of the first frame was read after which ``texts`` stand there. Raises Unmeasured."""
        until = time.perf_counter() + _PATIENCE
        while not (self._kept.endswith(_END_OF_FRAME) and self.shows(*texts)):
            self._came.clear()
            if (left := until - time.perf_counter()) <= 0:
                raise Unmeasured("the bedside screen draws nothing here")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._came.wait(), left)
        return self.last_byte

    async def rest(self, quiet: float) -> float:
        """Until nothing was written for so many seconds; when the last byte was read."""
        until = time.perf_counter() + _PATIENCE
        while time.perf_counter() < until:
            before = self.heard
            await asyncio.sleep(quiet)
            if before == self.heard:
                return self.last_byte
        raise Unmeasured("the bedside screen does not come to rest here")

    def cpu(self) -> float:
        """Seconds of processor that the process has taken."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_mb(self) -> float:
        """Resident memory in MB of 1,000,000 bytes."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text(encoding="utf-8").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


class Door:
    """Edge's door, behind which every command is taken and nothing is done; whoever comes in is shown ``snapshot``."""

    def __init__(self, path: Path, snapshot: m.Snapshot) -> None:
        self.snapshot = snapshot
        self._visited = asyncio.Event()
        self._server = DoorServer(path, self._taken, self._changed, lambda _: None)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Door]:
        async with self._server.open():
            yield self

    def say(self, snapshot: m.Snapshot) -> None:
        self.snapshot = snapshot
        self._server.publish({m.UI: snapshot})

    def tell(self, said: m.LiveTrace) -> None:
        self._server.tell(said, {m.UI})

    async def visited(self) -> None:
        """Until a screen has come in. Raises Unmeasured."""
        try:
            await asyncio.wait_for(self._visited.wait(), _PATIENCE)
        except TimeoutError:
            raise Unmeasured("the bedside screen does not start here") from None

    async def _taken(self, _: m.AnyCommand, __: Actor) -> None:
        return

    def _changed(self) -> None:
        self._visited.set()
        self.say(self.snapshot)
