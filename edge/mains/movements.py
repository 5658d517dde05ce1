"""`telecart residents movements`: what the residents' record said, and what a person does with what waits."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import AsyncIterator, Sequence

from edge.domain.movement import Kept
from edge.mains.actor import of_process
from edge.mains.clock import SystemClock
from edge.mains.places import own_thread
from edge.mains.record_in import house_of, reread
from edge.settings import Settings
from edge.store.ledger import EdgeStore
from edge.store.movement_book import StoredMovements


async def kept(settings: Settings, *, everything: bool) -> Sequence[Kept]:
    """Raises Fault where the store does not open."""
    async with _book(settings, "") as book:
        return await book.kept(everything=everything)


async def accept(settings: Settings, number: int) -> str:
    """What was done, in one plain line. Raises Fault(NOT_ALLOWED)."""
    by = of_process("residents", "telecart residents movements accept")
    async with _book(settings, by.origin.command) as book:
        done = await book.accept(number, functools.partial(reread, settings), SystemClock().now(), by)
    if done.join is not None:
        return f"{done.join[0]} is {done.join[1]} from now on, with what was captured"
    return done.reason or "done"


async def refuse(settings: Settings, number: int) -> None:
    """Raises Fault(NOT_ALLOWED)."""
    by = of_process("residents", "telecart residents movements refuse")
    async with _book(settings, by.origin.command) as book:
        await book.decline(number, SystemClock().now(), by)


def as_object(one: Kept) -> dict[str, str | int]:
    return {
        "number": one.number,
        "came": one.came.isoformat(),
        "way": one.way.value,
        "what": one.what.value if one.what else "",
        "resident": one.patient_id,
        "other": one.other_id,
        "outcome": one.outcome.value,
        "reason": one.reason,
    }


def as_line(one: Kept) -> str:
    who = f"{one.other_id} into {one.patient_id}" if one.other_id else one.patient_id
    what = one.what.value if one.what else "message"
    why = f": {one.reason}" if one.reason else ""
    return f"{one.number:5}  {one.came.astimezone():%Y-%m-%d %H:%M}  {what} {who}  {one.outcome.value}{why}"


@contextlib.asynccontextmanager
async def _book(settings: Settings, command: str) -> AsyncIterator[StoredMovements[EdgeStore]]:
    async with own_thread(settings, of_process("residents", command)) as thread:
        yield StoredMovements(thread, house_of(settings))
