"""claim_growth, drain_growth: what a million queued items make slower for whoever brings them away.

Fifty items are taken out of a queue of 1,000,000 and out of one of 1,000, in turns; after each the queue is filled up again.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final, cast

from edge.domain.delivery import Event, State
from edge.domain.ports import Claim, Outcome
from edge.mains.bench import store_peers as peers
from edge.mains.bench.figure import Figure, percentile
from edge.mains.bench.store_queue import DESTINATION, SHORT, Queue, long_queue, queue
from edge.mains.bench.store_scene import reading
from edge.store.disk.keys import read_key
from edge.store.ledger import EdgeStore
from edge.store.sending.outbox import Opened, StoredOutbox
from edge.store.thread import StoreThread

LIMIT: Final = 1.3
BATCH: Final = 50
_LEASE: Final = 1800.0
_WARM: Final = 5
_FROZEN: Final = b"{}" * 500


class Course:
    """One queue, held by a thread as sync holds it."""

    def __init__(self, queue: Queue, thread: StoreThread[EdgeStore]) -> None:
        self._queue = queue
        self._thread = thread
        self._outbox = StoredOutbox(cast("StoreThread[Opened]", thread))

    async def claim(self, state: State) -> Sequence[Claim]:
        claims = await self._outbox.claim(DESTINATION, state, BATCH, _LEASE)
        assert len(claims) == BATCH, f"{len(claims)} of {BATCH}"
        return claims

    async def drain(self) -> None:
        """As the delivery loop does it, but for the destination: taken up, built, recorded as sent."""
        for claim in await self.claim(State.KEPT):
            await self._outbox.load(DESTINATION, claim.item_id)
            await self._outbox.freeze(DESTINATION, claim.item_id, claim.item_id.encode() + _FROZEN)
        for claim in await self.claim(State.PENDING):
            await self._outbox.record(DESTINATION, Outcome(claim.item_id, Event.ACCEPTED), 0, 0.0)

    async def fill_up(self) -> None:
        """As many again as were taken, and what is lent comes back."""
        for _ in range(BATCH):
            await self._thread.run(lambda store: store.journal.save(reading(), self._queue.encounter))
        await self._outbox.give_back(DESTINATION)


def claim(rounds: int = 40, longer: Queue | None = None) -> Figure:
    longer = longer or long_queue()
    never_taken = asyncio.run(grown(longer, lambda course: course.claim(State.KEPT), rounds))
    due = asyncio.run(grown(longer, lambda course: course.claim(State.PENDING), rounds))
    path, key = longer.places.database, read_key(longer.places.key)
    return Figure(
        max(never_taken["growth"], due["growth"]),
        LIMIT,
        {
            "never_taken": never_taken,
            "due": due,
            "peer": {
                "name": "fifty due rows of the long queue found without an index (sqlcipher3)",
                "ms": peers.due_without_index(path, key, BATCH) * 1e3,
            },
        },
    )


def drain(rounds: int = 15, longer: Queue | None = None) -> Figure:
    found = asyncio.run(grown(longer or long_queue(), lambda course: course.drain(), rounds))
    return Figure(found["growth"], LIMIT, found)


async def grown(longer: Queue, step: Callable[[Course], Awaitable[object]], rounds: int) -> dict[str, float]:
    """Medians of ``step`` in milliseconds, with the longer queue and with a short one, and what lies between them."""
    taken: dict[str, list[float]] = {"long": [], "short": []}
    with tempfile.TemporaryDirectory(dir=longer.places.database.parent) as folder:
        async with _course(longer) as long_one, _course(queue(Path(folder), SHORT)) as short_one:
            courses = [("long", long_one), ("short", short_one)]
            for number in range(_WARM + rounds):
                courses.reverse()
                for name, course in courses:
                    begin = time.perf_counter()
                    await step(course)
                    if number >= _WARM:
                        taken[name].append((time.perf_counter() - begin) * 1e3)
                    await course.fill_up()
    found = {f"{name}_queue_ms": percentile(values, 0.5) for name, values in taken.items()}
    return {"growth": found["long_queue_ms"] / found["short_queue_ms"], **found}


@contextlib.asynccontextmanager
async def _course(queue: Queue) -> AsyncIterator[Course]:
    async with StoreThread(queue.open) as thread:
        yield Course(queue, thread)
