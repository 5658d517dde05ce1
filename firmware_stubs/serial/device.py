"""What all simulated serial devices do alike: speak in real time, and have mishaps."""

from __future__ import annotations

import abc
import asyncio
import contextlib
from collections.abc import Coroutine, Iterator
from types import TracebackType
from typing import ClassVar, Self

from firmware_stubs.serial.cable import Cable, Pty
from firmware_stubs.serial.uart import Settings

_FLOOD_TURN = 0.005


class SerialDevice(abc.ABC):
    """``async with SomeDevice() as device``: then ``device.port`` is a serial port that speaks.

    ``cable`` leads to a new pseudo-terminal unless another is given. ``speed`` 3 is three times as fast as the real one.
    """

    settings: ClassVar[Settings]

    def __init__(self, cable: Cable | None = None, speed: float = 1.0) -> None:
        self.cable = cable or Pty()
        self.frames_said = 0
        self._speed = speed
        self._due: float | None = None
        self._garbage = bytearray()
        self._log: bytes | None = None
        self._damaged = 0
        self._halved = 0
        self._going = asyncio.Event()
        self._going.set()
        self._heard_of: list[tuple[int, asyncio.Event]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self.cable.connect(self.settings, self.heard)
        self._start(self.live())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        for task in list(self._tasks):
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self.cable.unplug()

    def _start(self, doing: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(doing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def port(self) -> str:
        return self.cable.port

    # --- what a person does

    def unplug(self) -> None:
        """The cable is pulled."""
        self.cable.unplug()

    def plug(self) -> None:
        """The cable is put back."""
        self.cable.plug()

    def send_garbage(self, data: bytes = bytes(range(7, 60))) -> None:
        """``data`` comes between two frames."""
        self._garbage += data

    def damage(self, frames: int = 1) -> None:
        """The next ``frames`` frames each have one wrong bit on the way."""
        self._damaged += frames

    def halve(self, frames: int = 1) -> None:
        """Of the next ``frames`` frames only the first half arrives."""
        self._halved += frames

    def stop_mid_frame(self) -> None:
        """The next frame ends in its middle, and nothing follows until ``go_on``."""
        self.halve()
        self._going.clear()

    def go_on(self) -> None:
        self._going.set()

    def replay(self, log: bytes) -> None:
        """From now on the device says ``log``, again and again, in the place of its own frames."""
        self._log = log

    def flood(self, bytes_a_second: int, seconds: float, data: bytes = b"\x00\xff\x55\xaa" * 256) -> None:
        """For so long ``data`` comes without end, between all that is said."""
        self._start(self._flood(bytes_a_second, seconds, data))

    async def said(self, frames: int) -> None:
        """Returns when ``frames`` more frames were said."""
        reached = asyncio.Event()
        self._heard_of.append((self.frames_said + frames, reached))
        await reached.wait()

    # --- what the device does

    @abc.abstractmethod
    async def live(self) -> None:
        """The device's own program, until it is cancelled."""

    def heard(self, data: bytes) -> None:
        """What the host says. Most devices do not listen."""
        del data

    async def say(self, frame: bytes, lasts: float = 0.0, pieces: int = 1) -> None:
        """One frame in ``pieces`` over ``lasts`` seconds of the device's own time, which does not drift."""
        loop = asyncio.get_running_loop()
        if self._due is None:
            self._due = loop.time()
        for part in self._with_mishaps(frame if self._log is None else self._log):
            size = -(-len(part) // pieces) or 1
            for start in range(0, len(part), size):
                self.cable.send(part[start : start + size])
                self._due += lasts / pieces / self._speed
                await asyncio.sleep(max(0.0, self._due - loop.time()))
        self.frames_said += 1
        for reached, event in self._heard_of:
            if self.frames_said >= reached:
                event.set()
        if not self._going.is_set():
            await self._going.wait()
            self._due = None

    async def rest(self, seconds: float) -> None:
        """Nothing is said for ``seconds`` of the device's own time."""
        await asyncio.sleep(seconds / self._speed)
        self._due = None

    def damaged(self, frame: bytes) -> bytes:
        """``frame`` with one wrong bit."""
        wrong = bytearray(frame)
        wrong[len(wrong) * 2 // 5] ^= 0x10
        return bytes(wrong)

    def _with_mishaps(self, frame: bytes) -> Iterator[bytes]:
        if self._garbage:
            yield bytes(self._garbage)
            self._garbage.clear()
        if self._damaged:
            self._damaged -= 1
            frame = self.damaged(frame)
        if self._halved:
            self._halved -= 1
            frame = frame[: len(frame) // 2]
        yield frame

    async def _flood(self, bytes_a_second: int, seconds: float, data: bytes) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        sent = 0
        while (passed := loop.time() - began) < seconds:
            while sent < passed * bytes_a_second:
                self.cable.send(data)
                sent += len(data)
            await asyncio.sleep(_FLOOD_TURN)
