"""The bedside screen as a process on a real pseudo-terminal: what it writes there, and how it ends."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import fcntl
import os
import pty
import random
import re
import signal
import struct
import sys
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from edge.domain.text import sanitise_line
from tests.screens.door import BESIDE_JEANNE, PATIENCE, ScriptedDoor
from tests.screens.hostile import FORBIDDEN, hostile_snapshot
from tests.screens.hostile_wall import COLUMNS, ROWS
from ui.bedside import state

MAIN = "import asyncio, pathlib, sys; from ui.bedside.running import run; sys.exit(asyncio.run(run(pathlib.Path(sys.argv[1]))))"
WRITES_ON = (
    "import ui.bedside.app as a; before = a.BedsideApp._show\n"
    "def show(app):\n"
    "    before(app)\n"
    "    for _ in range(99): app._driver and app._driver.write(' \\b' * 9999)\n"
    f"a.BedsideApp._show = show\n{MAIN}"
)
"""A screen that goes on to write more than anybody takes."""
SEQUENCE = re.compile(
    r"\x1b(?:"
    r"\[[?>=<]?[0-9;:]*[A-Za-z]"  # CSI with a letter: cursor, styles, modes
    r"|\[\?[0-9]+\$p"  # DECRQM: asks whether a mode is known
    r"|\]22;[a-z-]*\x07"  # OSC 22: shape of the mouse pointer
    r"|_Gi=4242,[a-z0-9=,]*;AAAA\x1b\\"  # once, before anything else: does it know kitty's graphics?
    r"|[78]"  # DECSC, DECRC
    r")"
)
"""The only escape sequences that the screen itself uses."""

LEAVE = b"\x1b[21~"
"""F10."""

NUMBER = re.compile("[0-9]{7}")
HOSTILE_TEXTS = 1_000_000

RECENT = 100_000
"""Characters, some three whole displays, in which something new is looked for."""


class Terminal:
    """The far end of the pseudo-terminal: everything written so far, and fingers on the keys."""

    def __init__(self, master: int, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.written = ""
        self._master = master
        self._grown = asyncio.Event()
        self._closed = asyncio.Event()
        self._raw = bytearray()
        self._gone = False
        asyncio.get_running_loop().add_reader(master, self._read)

    def _read(self) -> None:
        try:
            data = os.read(self._master, 65536)
        except OSError:
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self._master)
            self._closed.set()
        self._raw += data
        self.written = self._raw.decode(errors="surrogateescape")
        self._grown.set()

    async def shows(self, text: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while text not in SEQUENCE.sub("", self.written[-RECENT:]):
                self._grown.clear()
                await self._grown.wait()

    def press(self, keys: bytes) -> None:
        os.write(self._master, keys)

    def hang_up(self) -> None:
        """The far end is gone, as a terminal that crashed is."""
        if not self._gone:
            self._gone = True
            asyncio.get_running_loop().remove_reader(self._master)
            os.close(self._master)
            self._closed.set()

    async def ended(self) -> int:
        """Its exit code, when everything it wrote has been read."""
        async with asyncio.timeout(PATIENCE):
            await self._closed.wait()
            return await self.process.wait()


@asynccontextmanager
async def terminal(door: Path, main: str = MAIN) -> AsyncIterator[Terminal]:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 106, 0, 0))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        main,
        str(door),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
        start_new_session=True,
    )
    os.close(slave)
    seen = Terminal(master, process)
    try:
        yield seen
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        seen.hang_up()


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[ScriptedDoor]:
    opened = ScriptedDoor(tmp_path / "door.sock", BESIDE_JEANNE)
    await opened.open()
    yield opened
    await opened.close()


@pytest.mark.slow
async def test_no_hostile_byte_is_written_to_the_terminal(door: ScriptedDoor) -> None:
    """300 snapshots whose every text tries to escape; what is written is letters and our own sequences."""
    seed = random.Random(20261122)
    async with terminal(door.path) as seen:
        await seen.shows("DUPONT")
        for number in range(300):
            made = hostile_snapshot(BESIDE_JEANNE, seed)
            page = b"\x1b[<0;%d;30M\x1b[<0;%d;30m" % (10 + 21 * (number % 5), 10 + 21 * (number % 5))
            # the status row may have no room for the clock; a warning stands on every page
            door.say(msgspec.structs.replace(made, warning=f"n{number}n"))
            seen.press(page)
            await seen.shows(f"n{number}n")
        seen.press(LEAVE)
        assert await seen.ended() == 0
        text = SEQUENCE.sub("", seen.written)
        assert "\x1b" not in text, repr(text[max(text.index("\x1b") - 40, 0) :][:80])
        found = FORBIDDEN.search(text.replace("\r", ""))
        assert found is None, repr(text[found.start() - 40 : found.end() + 40]) if found else ""
        assert not re.search(r"\x1b[\[\]P_][^A-Za-z]*31337", seen.written)
        assert "\x1b]52" not in seen.written


@pytest.mark.slow
@pytest.mark.parametrize("way", ["terminate", "f10"])
async def test_it_ends_when_told_and_gives_the_terminal_back(door: ScriptedDoor, way: str) -> None:
    async with terminal(door.path) as seen:
        await seen.shows("quitter la démo")
        if way == "terminate":
            seen.process.send_signal(signal.SIGTERM)
        else:
            seen.press(b"\x11")  # Ctrl+Q does nothing
            seen.press(LEAVE)
        assert await seen.ended() == 0
        await seen.shows("quitter la démo")
        assert "\x1b[?1049l" in seen.written
        assert "\x1b[?25h" in seen.written


@pytest.mark.slow
@pytest.mark.parametrize("busy", [False, True], ids=["at rest", "held up by what it writes"])
async def test_it_ends_by_itself_when_a_terminal_that_is_not_its_own_goes_away(door: ScriptedDoor, busy: bool) -> None:
    """Nothing signals it: the terminal is not its controlling one."""
    async with terminal(door.path, WRITES_ON if busy else MAIN) as seen:
        await seen.shows("quitter la démo")
        seen.hang_up()
        assert isinstance(await seen.ended(), int)


@pytest.mark.slow
async def test_a_failure_of_the_screen_itself_tells_no_patient(door: ScriptedDoor) -> None:
    """T20: Textual's own traceback prints every variable, here the whole resident."""
    broken = (
        "import ui.bedside.state as s; s.view = lambda snapshot, words, **rest: 1 // len(snapshot.cart[:0]); " + MAIN
    )
    async with terminal(door.path, broken) as seen:
        assert await seen.ended() == 1
        await seen.shows("ZeroDivisionError")
        assert "1049l" in seen.written
        assert "screen_failed" in seen.written
        for part in ("Dupont", "DUPONT", "Jeanne", "1938", "nicilline"):
            assert part not in seen.written


@pytest.mark.slow
@pytest.mark.hazard("T17", without="tests.controls_touch:texts_as_they_come")
async def test_of_a_million_hostile_texts_no_forbidden_byte_is_written() -> None:
    """Each of them is seen on the terminal, whose far end reads all that is written."""
    off = [] if state.sanitise_line is sanitise_line else ["off"]
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.screens.hostile_wall", str(HOSTILE_TEXTS), *off),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
        start_new_session=True,
    )
    os.close(slave)
    try:
        seen = await asyncio.to_thread(_judge, master)
        assert await process.wait() == 0
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        os.close(master)
    assert len(seen) == HOSTILE_TEXTS


def _judge(master: int) -> set[str]:
    """The numbers of the texts that were seen, until nobody writes any more. Raises AssertionError for a forbidden byte."""
    decode = codecs.getincrementaldecoder("utf-8")().decode
    rest, seen = "", set()
    while True:
        try:
            data = os.read(master, 1 << 20)
        except OSError:
            return seen
        text = rest + decode(data)
        # a sequence or a number may be cut by the end of what came
        cut = max(text.rfind("\x1b"), text.rfind(" "), 0)
        text, rest = text[:cut], text[cut:]
        plain = SEQUENCE.sub("", text)
        found = re.search(f"\x1b|{FORBIDDEN.pattern}", plain.replace("\r", ""))
        assert found is None, repr(plain[max(found.start() - 40, 0) : found.end() + 40])
        seen.update(NUMBER.findall(plain))
