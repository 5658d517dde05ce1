"""The processes of a demonstration: started like the units, started again when they die, stopped together."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import pty
import shutil
import struct
import sys
import termios
from collections.abc import Sequence
from pathlib import Path

from edge.domain.fault import Fault, Reason

_STOP_SECONDS = 8.0
_RESTART_PAUSE = 0.3


def telecart(config: Path, *command: str) -> list[str]:
    return [sys.executable, "-m", "edge.cli", "--config", str(config), *command]


def guarded() -> tuple[str, ...]:
    """What a command begins with so that it ends with whoever started it, where util-linux is there to see to it."""
    guard = shutil.which("setpriv")
    return (guard, "--pdeathsig", "TERM", "--") if guard else ()


class Child:
    """One process. ``ready`` holds the JSON line which it printed first, where it prints one."""

    def __init__(self, name: str, argv: Sequence[str], folder: Path, environment: dict[str, str]) -> None:
        self.name = name
        self._argv = [*guarded(), *argv]
        self._log = folder / f"{name}.log"
        self._environment = environment
        self.process: asyncio.subprocess.Process | None = None
        self.starts = 0

    @property
    def pid(self) -> int:
        """0 while it is not running."""
        running = self.process is not None and self.process.returncode is None
        return self.process.pid if running and self.process else 0

    async def start(self, *more: str, **streams: int) -> asyncio.subprocess.Process:
        self.starts += 1
        with self._log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self._argv,
                *more,
                env=os.environ | self._environment,
                stdin=streams.get("stdin", asyncio.subprocess.DEVNULL),
                stdout=streams.get("stdout", log.fileno()),
                stderr=streams.get("stderr", log.fileno()),
                start_new_session=True,
            )
        return self.process

    async def start_and_read(self, seconds: float, *more: str) -> dict[str, str | int]:
        """Starts it with a pipe to its input; returns the JSON line it prints when ready. Raises Fault with its last words."""
        process = await self.start(*more, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        line = b""
        with contextlib.suppress(TimeoutError):
            line = await asyncio.wait_for(process.stdout.readline(), seconds)
        if not line:
            last = self._log.read_text(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
            raise Fault(Reason.MISSING_PROGRAM, f"{self.name} did not start: {last[0]}", f"read {self._log}")
        ready: dict[str, str | int] = json.loads(line)
        return ready

    async def tell(self, request: dict[str, str]) -> None:
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        await self.process.stdin.drain()

    async def keep_running(self) -> None:
        """Starts it, and again whenever it ends, as systemd would. On its own terminal where it is the screen."""
        while True:
            if self.name == "ui":
                await self._on_a_terminal()
            else:
                await (await self.start()).wait()
            await asyncio.sleep(_RESTART_PAUSE)

    async def _on_a_terminal(self) -> None:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 106, 0, 0))
        loop = asyncio.get_running_loop()

        def drain() -> None:
            with contextlib.suppress(OSError):
                os.read(ours, 65536)

        loop.add_reader(ours, drain)
        try:
            # Textual draws on standard error
            process = await self.start(stdin=theirs, stdout=theirs, stderr=theirs)
            await process.wait()
        finally:
            loop.remove_reader(ours)
            os.close(ours)
            os.close(theirs)

    async def stop(self) -> None:
        if self.process is None or self.process.returncode is not None:
            return
        if self.process.stdin is not None:
            # the simulators end with their input, and tidy up after themselves
            self.process.stdin.close()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), _STOP_SECONDS)
                return
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), _STOP_SECONDS)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
            await self.process.wait()
