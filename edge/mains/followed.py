"""Requests for an opinion and their answers, looked at again whenever somebody wrote; and what the screens are told of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
import structlog

from edge.domain.dossier import Document
from edge.domain.fault import Fault
from edge.domain.followed import Standing
from edge.door import answer_card as card, messages as m
from edge.mains.clock import SystemClock
from edge.store.answer_book import StoredAnswers

log = structlog.get_logger()

_LOOK_EVERY = 1.0
_AT_LEAST_EVERY = 30.0
"""Seconds after which it is looked at although nothing was written: delays end."""


class Follow:
    """``upon`` puts what is known on a snapshot; ``keep`` knows it anew until it is cancelled."""

    def __init__(
        self, book: StoredAnswers, clock: SystemClock, changed: Callable[[], None], *, printer: bool = False
    ) -> None:
        self._printer = printer
        self._book = book
        self._clock = clock
        self._changed = changed
        self._standing = Standing()
        self._seen: object = None
        self._looked = float("-inf")

    def upon(self, bedside: m.Snapshot) -> m.Snapshot:
        patient_id = bedside.resident.id if bedside.resident else ""
        return msgspec.structs.replace(
            bedside, following=card.follow(self._standing, patient_id, self._clock.now().utc, printer=self._printer)
        )

    async def documents(self, patient_id: str) -> tuple[Document, ...]:
        """What the site has on paper of her. Raises Fault."""
        return await self._book.documents(patient_id)

    async def keep(self) -> None:
        """A store that fails or is busy leaves what was known."""
        while True:
            try:
                await self.look()
            except Fault as fault:
                log.warning("opinions_are_old", reason=fault.reason.value, what=fault.what)
            await asyncio.sleep(_LOOK_EVERY)

    async def look(self) -> None:
        """Raises Fault."""
        written, now = await self._book.written(), asyncio.get_running_loop().time()
        if written == self._seen and now < self._looked + _AT_LEAST_EVERY:
            return
        found = await self._book.standing(self._clock.now().utc)
        self._seen, self._looked = written, now
        if found != self._standing:
            self._standing = found
            self._changed()
