"""A peripheral on a serial line: a local port, or a pyserial URL such as ``socket://`` and ``rfc2217://``."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import functools
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

import structlog

from drivers.link.serial_line import Line, open_line
from drivers.link.serial_session import Doubt, Memory, Session
from drivers.models.model import SerialModel
from edge.domain.dialogue import Say
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Device
from edge.domain.ports import Blank, DeviceBook, LinkState, PeripheralEvent

log = structlog.get_logger()

REOPEN: Final = (0.25, 0.5, 1.0, 2.0, 5.0)
"""Seconds before each further try to open the port; the last one repeats."""

STEADY: Final = 2.0
"""Seconds after which a line that says nothing counts as open."""

HELD: Final = 2.0
"""Seconds that the consumer may keep an event of a streaming device; then the line is closed and opened anew, so that
nothing that waited in it passes for live (H6)."""

HELD_FINISHED: Final = 30.0
"""The same for a device that speaks after its measurement: what waits is then not old, but has to be bounded."""

_Result = TypeVar("_Result")

Tap = Callable[[Device, str, bytes], None]


class SerialPeripheral:
    """Implements ports.Peripherals for one line. ``port`` is a path or a pyserial URL.

    ``book`` says what is known of the device as each opening begins; ``tap`` sees every stretch of bytes as it came.
    Raises Fault(SETTINGS) from ``events`` for a port name or settings that no waiting will make valid.
    """

    def __init__(
        self, port: str, model: SerialModel, *, book: DeviceBook | None = None, tap: Tap | None = None
    ) -> None:
        self._port = port
        self._model = model
        self._book = book or Blank()
        self._tap = tap
        self.device = Device(id=port, model=model.name, label=model.label)

    async def events(self) -> AsyncIterator[PeripheralEvent]:
        """A reading counts as kept when the next event is asked for."""
        memory = Memory(Doubt(self.device))
        trouble = _Trouble(self.device)
        # one thread of its own: a read ends within its time-out, and closing waits its turn behind it
        with _Thread() as thread:
            while True:
                try:
                    async with contextlib.aclosing(self._one_opening(thread, memory, trouble)) as events:
                        async for event in events:
                            yield event
                except Fault as fault:
                    if fault.reason not in {Reason.LINK_LOST, Reason.LINK_REFUSED}:
                        raise
                    for state in trouble.told(fault):
                        yield state
                await asyncio.sleep(trouble.pause())

    async def _one_opening(
        self, thread: _Thread, memory: Memory, trouble: _Trouble
    ) -> AsyncGenerator[PeripheralEvent, None]:
        """From opening the line until it is lost (a Fault), or ends because somebody held an event for too long."""
        line = await thread.open(functools.partial(open_line, self._port, self._model.line))
        try:
            opened = time.monotonic()
            session = Session(self.device, self._model, memory, opened)
            outputs = session.opened(self._book.known(self.device.id))
            longest = HELD if self._model.continuous else HELD_FINISHED
            while True:
                for output in outputs:
                    if isinstance(output, Say):
                        await thread.run(functools.partial(line.write, output.data))
                        continue
                    if isinstance(output, LinkState) and output.connected:
                        trouble.there()
                    with thread.lent(line, longest) as loan:
                        yield output
                    if loan.ended:
                        log.info("serial_line_held", model=self._model.name)
                        return
                data = await thread.run(line.read)
                now = time.monotonic()
                if data or now - opened > STEADY:
                    trouble.over()
                if data and self._tap is not None:
                    self._tap(self.device, "", data)
                outputs = session.take(data, now)
        finally:
            thread.submit(line.close)


@dataclasses.dataclass(slots=True)
class _Trouble:
    """What is told of a line that does not open or was lost: once, and again after it was there."""

    device: Device
    failures: int = 0
    last: str = ""

    def told(self, fault: Fault) -> Iterator[LinkState]:
        log.warning("serial_line", model=self.device.model, reason=fault.reason.value, failures=self.failures)
        what = f"{self.device.label} : {fault.what}. {fault.do}"
        if what != self.last:
            self.last = what
            yield LinkState(self.device, False, what)

    def there(self) -> None:
        self.last = ""

    def over(self) -> None:
        self.failures, self.last = 0, ""

    def pause(self) -> float:
        """Seconds until the next try."""
        self.failures += 1
        return REOPEN[min(self.failures, len(REOPEN)) - 1]


@dataclasses.dataclass(slots=True)
class _Loan:
    """An event is with its consumer. ``ended`` is true if it was kept for so long that the line was closed."""

    ended: bool = False


class _Thread:
    """One thread that is not waited for: its last act, closing the port, ends by itself."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="serial")

    def __enter__(self) -> _Thread:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=False)

    async def run(self, work: Callable[[], _Result]) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def submit(self, work: Callable[[], None]) -> None:
        self._pool.submit(work)

    async def open(self, work: Callable[[], Line]) -> Line:
        """A line that was opened for somebody who left meanwhile is closed."""
        opening = self._pool.submit(work)
        try:
            return await asyncio.wrap_future(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_close_unclaimed)
            raise

    @contextlib.contextmanager
    def lent(self, line: Line, seconds: float) -> Iterator[_Loan]:
        loan = _Loan()

        def end() -> None:
            loan.ended = True
            self.submit(line.close)

        timer = asyncio.get_running_loop().call_later(seconds, end)
        try:
            yield loan
        finally:
            timer.cancel()


def _close_unclaimed(opening: Future[Line]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()
