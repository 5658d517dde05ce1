"""How the delivery loop records what it is told, and proves beside a long batch."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from edge.domain.delivery import Event, State
from edge.domain.item import Frozen
from edge.domain.ports import Outcome, Settled, Tell, tell_nobody
from sync import drain
from tests.memory_outbox import MemoryOutbox
from tests.suites.test_drain import Told, draining, promised


class Counting(MemoryOutbox):
    """``transactions`` are the items of each."""

    def __init__(self) -> None:
        super().__init__()
        self.transactions: list[list[str]] = []

    async def record_all(self, destination: str, settled: Sequence[Settled]) -> None:
        self.transactions.append([one.outcome.item_id for one in settled])
        await super().record_all(destination, settled)


class Slow(Told):
    """Tells of all but the last object, and does not end before ``end`` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.end = asyncio.Event()

    async def send(self, objects: Sequence[Frozen], tell: Tell = tell_nobody) -> Sequence[Outcome]:
        outcomes = await super().send(objects)
        if self.end.is_set():
            return outcomes
        for one in outcomes[:-1]:
            tell(one)
        await self.end.wait()
        return outcomes


async def test_what_is_told_is_recorded_while_the_batch_goes_on_and_many_in_one_transaction() -> None:
    outbox, destination = Counting(), Slow()
    await promised(outbox, "told", count=20)
    async with draining(outbox, destination):
        await outbox.until(lambda: outbox.states("told").count(State.SENT) == 19)
        assert outbox.states("told").count(State.PENDING) == 1
        assert sum(len(one) for one in outbox.transactions) == 19
        assert len(outbox.transactions) <= 2
        destination.end.set()
        await outbox.until(lambda: set(outbox.states("told")) == {State.RECEIVED})
    assert {len(row.outcomes) for row in outbox.rows.values()} == {2}


async def test_what_was_sent_is_proven_beside_a_batch_that_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drain, "PROOF_EVERY", 0.1)
    outbox, destination = MemoryOutbox(), Slow()
    await promised(outbox, "told", count=5)
    async with draining(outbox, destination):
        await outbox.until(lambda: outbox.states("told").count(State.RECEIVED) == 4)
        assert outbox.states("told").count(State.PENDING) == 1
        destination.end.set()
        await outbox.until(lambda: set(outbox.states("told")) == {State.RECEIVED})
    assert len(destination.sent) == 1


async def test_the_first_word_about_an_object_counts_and_nobody_s_is_none() -> None:
    class Muddled(Told):
        async def send(self, objects: Sequence[Frozen], tell: Tell = tell_nobody) -> Sequence[Outcome]:
            tell(Outcome("nobody", Event.ACCEPTED))
            tell(Outcome(objects[0].item_id, Event.ACCEPTED))
            return [Outcome(one.item_id, Event.TRY_LATER) for one in objects]

    outbox = MemoryOutbox()
    first, second = await promised(outbox, "told", count=2)
    async with draining(outbox, Muddled()):
        await outbox.until(lambda: all(row.outcomes for row in outbox.rows.values()))
        await outbox.until(lambda: outbox.states("told")[0] is State.RECEIVED)
    assert outbox.rows["told", first.id].events == [Event.ACCEPTED, Event.PROVEN]
    assert set(outbox.rows["told", second.id].events) == {Event.TRY_LATER}
