"""Whether the far ends answer, asked from time to time where nothing else tells: an age on the screen, never a link state (H23).

What a far end says of an object is an answer too, and then it is not asked. The question is small and leaves nothing behind.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

import structlog

from edge.domain.delivery import Event
from edge.domain.fault import Fault, Reason
from edge.domain.item import Body, Frozen, Item
from edge.domain.measurement import Instant, Kind
from edge.domain.ports import Clock, Destination, Outcome, Tell, tell_nobody
from edge.domain.reach import Answered, elapsed

log = structlog.get_logger()

WITHIN_SECONDS = 8.0
"""After which a far end that says nothing to a question has not answered it."""

FIRST_AFTER = 2.0
"""Seconds from the start: what waits then is often answered by itself."""

SHORTEST_WAIT = 0.2

WRITTEN_EVERY = 30.0
"""Seconds between two notes that it still answers: each is a durable write."""

_ANSWERS = frozenset({Event.ACCEPTED, Event.PROVEN, Event.NOT_HELD, Event.PLAINER, Event.NOT_TAKEN})


class Answering(Destination, Protocol):
    async def answer(self) -> None:
        """Returns where it answers now, end to end. Raises Fault."""
        ...


Note = Callable[[Answered], Awaitable[None]]


class Listened:
    """A destination whose answers are heard: the port Destination around another one."""

    def __init__(self, end: Answering, heard: Callable[[], None]) -> None:
        self._end = end
        self._heard = heard
        self.name = end.name
        self.kinds: frozenset[Kind] = end.kinds

    def freeze(self, item: Item) -> Body:
        return self._end.freeze(item)

    async def send(self, objects: Sequence[Frozen], tell: Tell = tell_nobody) -> Sequence[Outcome]:
        def told(outcome: Outcome) -> None:
            self._hear([outcome])
            tell(outcome)

        return self._hear(await self._end.send(objects, told))

    async def prove(self, objects: Sequence[Frozen]) -> Sequence[Outcome]:
        return self._hear(await self._end.prove(objects))

    def _hear(self, outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
        if any(outcome.event in _ANSWERS for outcome in outcomes):
            self._heard()
        return outcomes


class Pulse:
    """Of one far end. ``known`` is what was noted of it before this process began."""

    def __init__(self, end: Answering, clock: Clock, note: Note, every: float, known: Answered | None) -> None:
        self._end = end
        self._clock = clock
        self._note = note
        self._every = every
        self._state = known or Answered(end.name)
        self._stands: Answered | None = None
        self._written: Instant | None = None
        self._said = asyncio.Event()
        self.destination = Listened(end, self._hear)

    def _hear(self) -> None:
        self._state = dataclasses.replace(self._state, last=self._clock.now(), silent=None, why="")
        self._said.set()

    async def run(self) -> None:
        """Until cancelled."""
        await self._wait(FIRST_AFTER)
        while True:
            if not self._left():
                await self._ask()
            await self._write()
            await self._wait(max(SHORTEST_WAIT, self._left() if self._state.silent is None else self._every))

    def _left(self) -> float:
        """Seconds until it is asked; 0 for now."""
        one = self._state
        if one.last is None or one.silent is not None:
            return 0.0
        return max(0.0, self._every - elapsed(one.last, self._clock.now()))

    async def _wait(self, seconds: float) -> None:
        self._said.clear()
        if self._state.silent is None:
            await asyncio.sleep(seconds)
            return
        try:
            # one that was silent and answers to an object is noted at once
            async with asyncio.timeout(seconds):
                await self._said.wait()
        except TimeoutError:
            return

    async def _ask(self) -> None:
        asked = self._clock.now()
        try:
            async with asyncio.timeout(WITHIN_SECONDS):
                await self._end.answer()
        except TimeoutError:
            self._silent(asked, Reason.DESTINATION_UNREACHABLE)
        except Fault as fault:
            self._silent(asked, fault.reason)
        except Exception:
            # a destination must not raise; one that does has not answered, and the others are asked as before
            log.exception("pulse_failed", destination=self._end.name)
            self._silent(asked, Reason.DESTINATION_UNREACHABLE)
        else:
            self._hear()

    def _silent(self, asked: Instant, why: Reason) -> None:
        last = self._state.last
        if last is not None and last.boot_id == asked.boot_id and last.monotonic_ns > asked.monotonic_ns:
            return  # an object was answered meanwhile
        self._state = dataclasses.replace(self._state, silent=self._state.silent or asked, why=why.value)

    async def _write(self) -> None:
        now, one = self._clock.now(), self._state
        stands = self._stands
        changed = stands is None or (stands.silent is None) != (one.silent is None) or stands.why != one.why
        aged = one.last is not None and (self._written is None or elapsed(self._written, now) >= WRITTEN_EVERY)
        if not changed and not (aged and one.silent is None):
            return
        try:
            await self._note(one)
        except Fault as fault:
            log.warning("answer_not_noted", destination=one.destination, reason=fault.reason.value, what=fault.what)
            return
        if changed and one.silent is None:
            log.info("far_end_answers", destination=one.destination)
        elif changed:
            log.warning("far_end_silent", destination=one.destination, why=one.why)
        self._stands, self._written = one, now


def pulses(
    ends: Sequence[Answering], clock: Clock, note: Note, every: float, known: Mapping[str, Answered]
) -> list[Pulse]:
    return [Pulse(end, clock, note, every, known.get(end.name)) for end in ends]
