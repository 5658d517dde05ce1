"""Answers in: what sources have is made durable, then each source is told. Nothing is told before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from edge.domain.answer import AnswerBook, Came, Source
from edge.domain.fault import Fault
from edge.domain.measurement import Instant

log = structlog.get_logger()


class Answering:
    """Looks at each source every ``every_seconds``; one that does not answer keeps no other waiting."""

    def __init__(
        self, book: AnswerBook, sources: Sequence[Source], now: Callable[[], Instant], every_seconds: float
    ) -> None:
        self._book = book
        self._sources = sources
        self._now = now
        self._every = every_seconds

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for source in self._sources:
                tasks.create_task(self._follow(source))

    async def _follow(self, source: Source) -> None:
        while True:
            try:
                taken = await self.once(source)
                if taken:
                    log.info("answers", source=source.name, count=taken)
            except Fault as fault:
                log.warning("answers_failed", source=source.name, reason=fault.reason.value, what=fault.what)
            except Exception:  # a defect of one look is told, and ends neither this source nor another
                log.exception("answers_failed", source=source.name)
            await asyncio.sleep(self._every)

    async def once(self, source: Source) -> int:
        """How many were new. Raises Fault; what was taken before it stays."""
        waiting = await self._book.waiting()
        cursor = await self._book.cursor(source.name)
        new, told = 0, list[Came]()
        async for came in source.look(waiting, cursor):
            if await self._book.take(came, source.name, self._now(), source.hers):
                new += 1
            told.append(came)
        for one in {one.mark: one for one in told}.values():
            await source.taken(one)
        await self._book.reached(source.name, source.reached() or cursor)
        return new
