"""The Outbox port in memory, for tests of the drain: what is durable is what stands in ``rows``."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import hashlib
import time
import uuid
from collections.abc import Callable, Mapping, Sequence

from edge.domain.delivery import Event, State, next_state
from edge.domain.fault import Fault
from edge.domain.identifier import dicom_uid
from edge.domain.item import Body, Frozen, InMemory, Item
from edge.domain.ports import Claim, Outcome, Settled


@dataclasses.dataclass
class Row:
    item: Item
    state: State = State.KEPT
    attempts: int = 0
    due: float = 0.0
    lent_until: float = 0.0
    frozen: Frozen | None = None
    outcomes: list[Outcome] = dataclasses.field(default_factory=list)
    freezings: int = 0

    @property
    def events(self) -> list[Event]:
        return [outcome.event for outcome in self.outcomes]


class MemoryOutbox:
    """``broken`` maps an item to the Fault that reading it raises, ``broken_once`` likewise but for one time."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], Row] = {}
        self.broken: dict[str, Fault] = {}
        self.broken_once: dict[str, Fault] = {}
        self._version = 0
        self._moved = asyncio.Condition()

    async def promise(self, item: Item, *destinations: str) -> None:
        """What edge does: another process, so that the version changes."""
        for destination in destinations:
            self.rows[destination, item.id] = Row(item)
        self._version += 1
        await self._tell()

    async def until(self, reached: Callable[[], bool], seconds: float = 20.0) -> None:
        async with asyncio.timeout(seconds), self._moved:
            await self._moved.wait_for(reached)

    def states(self, destination: str) -> list[State]:
        return [row.state for (name, _), row in self.rows.items() if name == destination]

    async def _tell(self) -> None:
        async with self._moved:
            self._moved.notify_all()

    async def claim(self, destination: str, state: State, limit: int, lease_seconds: float) -> Sequence[Claim]:
        now = time.monotonic()
        ready = sorted(
            (row for (name, _), row in self.rows.items() if name == destination and _ready(row, state, now)),
            key=lambda row: row.due,
        )[:limit]
        for row in ready:
            row.lent_until = now + lease_seconds
        return [Claim(row.item.id, row.state, row.attempts) for row in ready]

    async def give_back(self, destination: str) -> None:
        for (name, _), row in self.rows.items():
            if name == destination:
                row.lent_until = 0.0

    async def load(self, destination: str, item_id: str) -> Item:
        if fault := self.broken.get(item_id) or self.broken_once.pop(item_id, None):
            raise fault
        return self.rows[destination, item_id].item

    async def freeze(self, destination: str, item_id: str, content: bytes | Body) -> Frozen:
        row = self.rows[destination, item_id]
        content = content if isinstance(content, bytes) else b"".join(content.pieces())
        if row.state is State.KEPT:
            item = row.item
            sha256 = hashlib.sha256(content).hexdigest()
            row.frozen = row.frozen or Frozen(
                item.id, item.sop_uid, item.encounter.study_uid, InMemory(content), sha256
            )
            row.state, row.attempts, row.due, row.lent_until = State.PENDING, 0, 0.0, 0.0
            row.freezings += 1
            await self._tell()
        assert row.frozen is not None
        return row.frozen

    async def frozen(self, destination: str, item_id: str) -> Frozen:
        if fault := self.broken.get(item_id):
            raise fault
        found = self.rows[destination, item_id].frozen
        assert found is not None
        return found

    async def frozen_all(self, destination: str, item_ids: Sequence[str]) -> Mapping[str, Frozen | Fault | None]:
        return {one: self.broken.get(one) or await self.frozen(destination, one) for one in item_ids}

    async def record(self, destination: str, outcome: Outcome, attempts: int, wait_seconds: float) -> None:
        row = self.rows[destination, outcome.item_id]
        with contextlib.suppress(ValueError):
            row.state = next_state(row.state, outcome.event)
            row.attempts = attempts
            row.due = time.monotonic() + wait_seconds
            row.lent_until = 0.0
            row.outcomes.append(outcome)
            if outcome.event is Event.PLAINER:
                row.item = dataclasses.replace(row.item, plain=True, sop_uid=dicom_uid(uuid.uuid4()))
                row.frozen = None
            await self._tell()

    async def record_all(self, destination: str, settled: Sequence[Settled]) -> None:
        for one in settled:
            await self.record(destination, one.outcome, one.attempts, one.wait_seconds)

    async def next_due(self, destination: str) -> float | None:
        waiting = [
            max(row.due, row.lent_until)
            for (name, _), row in self.rows.items()
            if name == destination and row.state in {State.KEPT, State.PENDING, State.SENT}
        ]
        return max(0.0, min(waiting) - time.monotonic()) if waiting else None

    async def version(self) -> int:
        return self._version

    async def changed(self, since: int, timeout: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout), self._moved:
                await self._moved.wait_for(lambda: self._version != since)


def _ready(row: Row, state: State, now: float) -> bool:
    return row.state is state and row.due <= now and row.lent_until <= now
