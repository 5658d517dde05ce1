"""The outbox: one row for an item and a destination, moved by the table in edge.domain.delivery and never deleted."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import sqlite_utils

from edge.domain.capture import Standing
from edge.domain.delivery import State, next_state
from edge.domain.item import Frozen, Item
from edge.domain.ports import Claim, Outcome
from edge.store.blobs import Blobs
from edge.store.database import Database
from edge.store.journal import least_advanced, load
from edge.store.thread import StoreThread

Result = TypeVar("Result")

LONGEST_WAIT = 3600.0
"""Seconds. A next attempt that lies further ahead was written under another clock: it is due."""

_OPEN = "state IN ('kept', 'pending', 'sent')"
_UTC = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """What waits, for a person who asks. Ages in seconds by the wall clock."""

    item_id: str
    kind: str
    destination: str
    state: State
    attempts: int
    reason: str | None
    what: str
    taken_utc: str


class Opened:
    """The store as one thread holds it: the database and its blobs."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self.database = database
        self.blobs = blobs
        self.run = database.connection.execute


class StoredOutbox:
    """The Outbox port over the store's thread."""

    def __init__(self, store: StoreThread[Opened], poll_seconds: float = 0.2) -> None:
        self._store = store
        self._poll = poll_seconds

    async def claim(self, destination: str, state: State, limit: int, lease_seconds: float) -> Sequence[Claim]:
        def work(opened: Opened) -> list[Claim]:
            now = time.time()
            due = opened.run(
                f"SELECT sequence, item_id, state, attempts FROM outbox INDEXED BY outbox_due WHERE destination = :to"
                f" AND {_OPEN} AND state = :state AND (next_attempt <= :now OR next_attempt > :far)"
                " AND (lease_until <= :now OR lease_until > :far) ORDER BY next_attempt, sequence LIMIT :limit",
                {"to": destination, "state": state.value, "now": now, "far": now + LONGEST_WAIT, "limit": limit},
            ).fetchall()
            if due:
                marks = ",".join("?" * len(due))
                opened.run(
                    f"UPDATE outbox SET lease_until = ? WHERE sequence IN ({marks})",
                    (now + lease_seconds, *(row[0] for row in due)),
                )
            return [Claim(row[1], State(row[2]), row[3]) for row in due]

        return await self._store.run(lambda opened: _written(opened, work))

    async def give_back(self, destination: str) -> None:
        def work(opened: Opened) -> None:
            opened.run(
                f"UPDATE outbox SET lease_until = 0 WHERE destination = ? AND {_OPEN} AND lease_until > 0",
                (destination,),
            )

        await self._store.run(lambda opened: _written(opened, work))

    async def load(self, item_id: str) -> Item:
        return await self._store.run(lambda opened: load(opened.database, opened.blobs, item_id))

    async def freeze(self, destination: str, item_id: str, content: bytes) -> Frozen:
        def work(opened: Opened) -> None:
            # the blob first: a row never names a file that is not there
            sha256 = opened.blobs.put(content)
            with opened.database.write():
                opened.run(
                    "UPDATE outbox SET state = 'pending', frozen_sha256 = coalesce(frozen_sha256, ?), attempts = 0,"
                    " next_attempt = 0, lease_until = 0,"
                    f" reason = NULL, what = '', changed_utc = {_UTC}"
                    " WHERE item_id = ? AND destination = ? AND state = 'kept'",
                    (sha256, item_id, destination),
                )

        await self._store.run(work)
        return await self.frozen(destination, item_id)

    async def frozen(self, destination: str, item_id: str) -> Frozen:
        def work(opened: Opened) -> Frozen:
            sha256, sop_uid, study_uid = opened.run(
                "SELECT o.frozen_sha256, i.sop_uid, e.study_uid FROM outbox o JOIN item i ON i.id = o.item_id"
                " JOIN encounter e ON e.id = i.encounter_id WHERE o.item_id = ? AND o.destination = ?",
                (item_id, destination),
            ).fetchone()
            return Frozen(item_id, sop_uid, study_uid, opened.blobs.get(sha256), sha256)

        return await self._store.run(work)

    async def record(self, destination: str, outcome: Outcome, attempts: int, wait_seconds: float) -> None:
        def work(opened: Opened) -> None:
            row = opened.run(
                "SELECT state FROM outbox WHERE item_id = ? AND destination = ?", (outcome.item_id, destination)
            ).fetchone()
            try:
                state = next_state(State(row[0]), outcome.event)
            except ValueError:
                return  # somebody else was quicker, as the port allows
            opened.run(
                "UPDATE outbox SET state = ?, attempts = ?, next_attempt = ?, lease_until = 0, reason = ?, what = ?,"
                f" changed_utc = {_UTC} WHERE item_id = ? AND destination = ?",
                (
                    state.value,
                    attempts,
                    time.time() + wait_seconds,
                    outcome.reason.value if outcome.reason else None,
                    outcome.what,
                    outcome.item_id,
                    destination,
                ),
            )

        await self._store.run(lambda opened: _written(opened, work))

    async def next_due(self, destination: str) -> float | None:
        def work(opened: Opened) -> float | None:
            now = time.time()
            (soonest,) = opened.run(
                "SELECT min(CASE WHEN due > :far THEN 0 ELSE due END) FROM (SELECT max(next_attempt, lease_until) AS due"
                f" FROM outbox WHERE destination = :to AND {_OPEN})",
                {"to": destination, "far": now + LONGEST_WAIT},
            ).fetchone()
            return None if soonest is None else max(0.0, soonest - now)

        return await self._store.run(work)

    async def version(self) -> int:
        return await self._store.run(lambda opened: opened.database.data_version())

    async def changed(self, since: int, timeout: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                # SQLite tells nobody when another process commits: asking is the only way
                while await self.version() == since:  # noqa: ASYNC110
                    await asyncio.sleep(self._poll)


def _written(opened: Opened, work: Callable[[Opened], Result]) -> Result:
    with opened.database.write():
        return work(opened)


def waiting(opened: Opened) -> list[Row]:
    """All that is not received, oldest first."""
    found = sqlite_utils.Database(opened.database.connection).query(
        "SELECT o.item_id, i.kind, o.destination, o.state, o.attempts, o.reason, o.what, i.taken_utc FROM outbox o"
        " JOIN item i ON i.id = o.item_id WHERE o.state <> 'received' ORDER BY o.sequence"
    )
    return [Row(**(row | {"state": State(row["state"])})) for row in found]


def standing(opened: Opened) -> Standing:
    """Of all items that were promised to somebody."""
    counts = dict.fromkeys(State, 0)
    open_items = opened.run(
        "SELECT group_concat(o.state), min(i.taken_utc) FROM outbox o JOIN item i ON i.id = o.item_id"
        " WHERE o.item_id IN (SELECT item_id FROM outbox WHERE state <> 'received') GROUP BY o.item_id"
    ).fetchall()
    for states, _taken in open_items:
        counts[least_advanced(states)] += 1
    (promised,) = opened.run("SELECT count(DISTINCT item_id) FROM outbox").fetchone()
    counts[State.RECEIVED] = promised - len(open_items)
    (last,) = opened.run("SELECT max(changed_utc) FROM outbox WHERE state = 'received'").fetchone()
    return Standing(counts, min((taken for _states, taken in open_items), default=None), last)


@dataclasses.dataclass(frozen=True, slots=True)
class Whereabouts:
    """An item and how far it is with each of its destinations."""

    item_id: str
    kind: str
    states: tuple[tuple[str, State], ...]
    nobodys: bool


def items(opened: Opened) -> list[Whereabouts]:
    """Every item, in the order in which they were saved; what is nobody's waits for a person and has no destination."""
    found = opened.run(
        "SELECT i.id, i.kind, group_concat(o.destination || '=' || o.state), i.patient_id IS NULL FROM item i"
        " LEFT JOIN outbox o ON o.item_id = i.id GROUP BY i.id ORDER BY i.sequence"
    )
    return [
        Whereabouts(
            item_id,
            kind,
            tuple(
                (name, State(state))
                for name, _, state in (pair.rpartition("=") for pair in (pairs or "").split(",") if pair)
            ),
            bool(nobodys),
        )
        for item_id, kind, pairs, nobodys in found
    ]
