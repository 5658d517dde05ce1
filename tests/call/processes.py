"""The processes of a measured call, each in its network namespace, each obeying one JSON object a line."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

PATIENCE = 120.0
"""Seconds after which a process that says nothing is a failure."""


_MEMORY = "/dev/shm"
"""250 MB of pictures that no disk has to take."""


class Child:
    """``ask`` sends one object and returns the answer. Raises RuntimeError for a child that ended, TimeoutError for a silent one."""

    def __init__(self, process: asyncio.subprocess.Process, name: str) -> None:
        self._process = process
        self._name = name
        self.first: dict[str, Any] = {}

    async def read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._name} ended")
        told: dict[str, Any] = json.loads(line)
        return told

    async def ask(self, asked: Mapping[str, object]) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asked).encode() + b"\n")
        await self._process.stdin.drain()
        return await self.read()

    async def bench(self, name: str, given: object = None) -> Any:
        """Of a browser: what window.bench's ``name`` gives."""
        return (await self.ask({"do": name, "with": given}))["told"]


@asynccontextmanager
async def child(name: str, *command: str, asked_to_end: bool = True) -> AsyncIterator[Child]:
    """Started, has said its first line; ended after. What it says on standard error goes to a file that an error quotes."""
    with tempfile.TemporaryFile() as errors:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            limit=1 << 26,
            start_new_session=True,
            cwd=Path(__file__).parents[2],
        )
        made = Child(process, name)
        try:
            made.first = await made.read()
            yield made
            if asked_to_end:
                with contextlib.suppress(RuntimeError, TimeoutError, ConnectionError):
                    await made.ask({"do": "end"})
        except RuntimeError as exc:
            errors.seek(0)
            raise RuntimeError(f"{exc}: {errors.read()[-2000:].decode(errors='replace')}") from exc
        finally:
            assert process.stdin is not None
            process.stdin.close()
            try:
                async with asyncio.timeout(10):
                    await process.wait()
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()


def _python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def _within(namespace: str) -> list[str]:
    return ["nsenter", f"--net={namespace}"]


@dataclasses.dataclass(frozen=True, slots=True)
class Quality:
    """Of the line, each way: ``rate`` bit/s, ``loss`` a share, ``delay`` and ``queue`` in seconds."""

    rate: float
    loss: float
    delay: float
    queue: float

    def fields(self) -> dict[str, object]:
        return {"rate": self.rate, "loss": self.loss, "delay": self.delay, "queue": int(self.rate * self.queue / 8)}


class Lines:
    """The two namespaces and what joins them."""

    def __init__(self, line: Child) -> None:
        self._line = line
        self.near: str = line.first["near"]
        self.far: str = line.first["far"]

    async def become(self, quality: Quality) -> None:
        await self._line.ask({"way": "both", "set": quality.fields()})

    async def counts(self) -> dict[str, Any]:
        return await self._line.ask({"count": True})


@asynccontextmanager
async def lines() -> AsyncIterator[Lines]:
    """Needs root and /dev/net/tun."""
    async with child("the line", *_python("firmware_stubs.line", "8"), asked_to_end=False) as line:
        yield Lines(line)


@asynccontextmanager
async def camera() -> AsyncIterator[Path]:
    """The file of a ring whose camera runs."""
    with tempfile.TemporaryDirectory(dir=_MEMORY) as folder:
        path = Path(folder) / "ring"
        async with child("the camera", *_python("tests.call.camera", str(path)), asked_to_end=False):
            yield path


def cart(namespace: str, ring: Path, media: str) -> contextlib.AbstractAsyncContextManager[Child]:
    """``media``: "telecart" or "default"."""
    return child("the cart's end", *_within(namespace), *_python("tests.call.sender", str(ring), media))


def browser(namespace: str, ring: Path | None = None) -> contextlib.AbstractAsyncContextManager[Child]:
    """In a process namespace of its own: no browser outlives it."""
    apart = ["unshare", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"]
    given = [str(ring)] if ring else []
    return child("the browser", *_within(namespace), *apart, *_python("tests.call.browser", *given))


@asynccontextmanager
async def busy_machine() -> AsyncIterator[None]:
    """70 % of each processor is taken."""
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(os.cpu_count() or 1):
            await stack.enter_async_context(child("a burner", *_python("tests.call.burner"), asked_to_end=False))
        yield


async def encoding(ring: Path, bits: int, seconds: float) -> float:
    """Seconds a second that encoding alone takes."""
    arguments = [str(ring), str(bits), str(seconds)]
    async with child("encoding", *_python("tests.call.encode", *arguments), asked_to_end=False) as made:
        return float(made.first["core"])
