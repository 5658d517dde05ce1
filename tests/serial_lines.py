"""Listening to a serial peripheral in a test: every event is taken as it comes, and may be waited for."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from drivers.link.serial_port import SerialPeripheral, Tap
from drivers.models.model import SerialModel
from edge.domain.measurement import Name, Reading
from edge.domain.ports import Arrived, LinkState, LiveSamples, LiveValue, PeripheralEvent

LIMIT = 20.0
"""Seconds until a test that waits for an event gives up."""

_Event = TypeVar("_Event")


class Listening:
    """``seen`` are all events so far, in order. ``until`` goes through them once."""

    def __init__(self, peripheral: SerialPeripheral) -> None:
        self.device = peripheral.device
        self.seen: list[PeripheralEvent] = []
        self._next = 0
        self._more = asyncio.Event()
        self._events = peripheral.events()
        self._task = asyncio.create_task(self._take())

    async def _take(self) -> None:
        try:
            async with contextlib.aclosing(self._events) as events:  # type: ignore[type-var]
                async for event in events:
                    self.seen.append(event)
                    self._more.set()
        finally:
            self._more.set()

    async def until(self, wanted: Callable[[PeripheralEvent], bool]) -> PeripheralEvent:
        """The next event that is ``wanted``. Raises what ended the listening, if it did."""
        async with asyncio.timeout(LIMIT):
            while True:
                while self._next < len(self.seen):
                    event = self.seen[self._next]
                    self._next += 1
                    if wanted(event):
                        return event
                if self._task.done():
                    self._task.result()
                self._more.clear()
                await self._more.wait()

    async def during(self, doing: Awaitable[object]) -> list[PeripheralEvent]:
        """What came while ``doing`` was done."""
        began = len(self.seen)
        async with asyncio.timeout(LIMIT):
            await doing
        return self.seen[began:]

    def of(self, kind: type[_Event]) -> list[_Event]:
        return [event for event in self.seen if isinstance(event, kind)]

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])


@contextlib.asynccontextmanager
async def listening(port: str, model: SerialModel, tap: Tap | None = None) -> AsyncIterator[Listening]:
    listener = Listening(SerialPeripheral(port, model, tap=tap))
    try:
        yield listener
    finally:
        await listener.close()


def values(reading: Reading) -> dict[Name, int | float | None]:
    """Every component's number in the unit that is stored; None where there is none."""
    found: dict[Name, int | float | None] = {}
    for one in reading.components:
        number = None if one.quantity is None else float(one.quantity.value)
        found[one.name] = int(number) if number is not None and number.is_integer() else number
    return found


def has(reading: Reading, wanted: dict[Name, int | float | None]) -> bool:
    found = values(reading)
    return all(name in found and found[name] == number for name, number in wanted.items())


def is_live(wanted: dict[Name, int | float | None]) -> Callable[[PeripheralEvent], bool]:
    return lambda event: isinstance(event, LiveValue) and has(event.reading, wanted)


def is_arrived(wanted: dict[Name, int | float | None]) -> Callable[[PeripheralEvent], bool]:
    return lambda event: (
        isinstance(event, Arrived) and isinstance(event.content, Reading) and has(event.content, wanted)
    )


def is_state(connected: bool, words: str = "") -> Callable[[PeripheralEvent], bool]:
    return lambda event: isinstance(event, LinkState) and event.connected is connected and words in event.what


def is_kind(*kinds: type[PeripheralEvent]) -> Callable[[PeripheralEvent], bool]:
    return lambda event: isinstance(event, kinds)


def oximetry(spo2: int | None, pulse: int | None) -> dict[Name, int | float | None]:
    return {Name.SPO2: spo2, Name.PULSE_RATE: pulse}


def numbers_in(events: list[PeripheralEvent]) -> set[tuple[int | float | None, ...]]:
    """Every different set of SpO2 and pulse rate that was shown or saved."""
    readings = [event.reading for event in events if isinstance(event, LiveValue)]
    readings += [event.content for event in events if isinstance(event, Arrived) and isinstance(event.content, Reading)]
    return {(values(one).get(Name.SPO2), values(one).get(Name.PULSE_RATE)) for one in readings}


def stretches(events: list[PeripheralEvent]) -> list[LiveSamples]:
    return [event for event in events if isinstance(event, LiveSamples)]
