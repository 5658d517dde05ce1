"""The outbox: one row for an item and a destination, moved by the table in edge.domain.delivery and never deleted."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import time
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from edge.domain.capture import Standing
from edge.domain.delivery import State, next_state
from edge.domain.fault import Fault, Reason
from edge.domain.item import Frozen, Item
from edge.domain.ports import Claim, Outcome
from edge.store.disk.blobs import Blobs
from edge.store.file.database import Database
from edge.store.keeping.reading import counted, load
from edge.store.thread import StoreThread

Result = TypeVar("Result")

LONGEST_WAIT = 3600.0
"""Seconds. A next attempt that lies further ahead was written under another clock: it is due."""

_UTC = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
_TAKEN = "lease_until IS NOT NULL AND state IN ('kept', 'pending', 'sent')"
"""What the drain has taken up before and is still open. What it never took up stands beyond its bookmark."""
_OF_ITEM = "item = (SELECT item FROM item_named WHERE id = :item) AND destination = :to"


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
    changed_utc: str


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
            due = _due(opened, destination, state, limit, now)
            if state is State.KEPT and len(due) < limit:
                due += _never_taken(opened, destination, limit - len(due))
            opened.database.connection.executemany(
                "UPDATE outbox SET lease_until = ? WHERE item = ? AND destination = ?",
                [(now + lease_seconds, sequence, destination) for sequence, *_ in due],
            )
            return [Claim(item_id, state, attempts) for _, item_id, attempts in due]

        return await self._store.run(lambda opened: _written(opened, work))

    async def give_back(self, destination: str) -> None:
        def work(opened: Opened) -> None:
            opened.run(
                "UPDATE outbox INDEXED BY outbox_leased SET lease_until = 0 WHERE destination = ? AND lease_until > 0",
                (destination,),
            )

        await self._store.run(lambda opened: _written(opened, work))

    async def load(self, destination: str, item_id: str) -> Item:
        return await self._store.run(lambda opened: load(opened.database, opened.blobs, item_id, destination))

    async def freeze(self, destination: str, item_id: str, content: bytes) -> Frozen | None:
        def work(opened: Opened) -> None:
            names = {"item": item_id, "to": destination}
            (stands,) = opened.run(f"SELECT frozen_sha256 FROM outbox WHERE {_OF_ITEM}", names).fetchone()
            # the blob first: a row never names a file that is not there
            sha256 = stands or opened.blobs.put(content)
            with opened.database.write():
                if stands is None and not opened.blobs.has(sha256):
                    # it was there before, and was purged since it was looked for
                    raise Fault(Reason.STORE_IO, "not frozen: its file went", "it is tried again by itself")
                opened.run(
                    "UPDATE outbox SET state = 'pending', frozen_sha256 = coalesce(frozen_sha256, :sha256), attempts = 0,"
                    " next_attempt = 0, lease_until = 0,"
                    f" reason = NULL, what = '', changed_utc = {_UTC}"
                    # whoever changes what is said of an item ends the lease: ``content`` is then what was said before
                    f" WHERE {_OF_ITEM} AND state = 'kept' AND lease_until IS NOT 0",
                    {**names, "sha256": sha256},
                )

        await self._store.run(work)
        return await self.frozen(destination, item_id)

    async def frozen(self, destination: str, item_id: str) -> Frozen | None:
        def work(opened: Opened) -> Frozen | None:
            sha256, sop_uid, study_uid = opened.run(
                "SELECT o.frozen_sha256, coalesce(o.sop_uid, i.sop_uid), e.study_uid FROM outbox o JOIN item i ON i.sequence = o.item"
                " JOIN encounter e ON e.id = i.encounter_id"
                " WHERE o.item = (SELECT item FROM item_named WHERE id = ?) AND o.destination = ?",
                (item_id, destination),
            ).fetchone()
            return Frozen(item_id, sop_uid, study_uid, opened.blobs.get(sha256), sha256) if sha256 else None

        return await self._store.run(work)

    async def record(self, destination: str, outcome: Outcome, attempts: int, wait_seconds: float) -> None:
        def work(opened: Opened) -> None:
            names = {"item": outcome.item_id, "to": destination}
            row = opened.run(f"SELECT state FROM outbox WHERE {_OF_ITEM}", names).fetchone()
            try:
                state = next_state(State(row[0]), outcome.event)
            except ValueError:
                return  # somebody else was quicker, as the port allows
            opened.run(
                "UPDATE outbox SET state = :state, attempts = :attempts, next_attempt = :next, lease_until = 0,"
                f" reason = :reason, what = :what, changed_utc = {_UTC} WHERE {_OF_ITEM}",
                {
                    **names,
                    "state": state.value,
                    "attempts": attempts,
                    "next": time.time() + wait_seconds,
                    "reason": outcome.reason.value if outcome.reason else None,
                    "what": outcome.what,
                },
            )
            if state is State.RECEIVED:
                opened.run(
                    f"INSERT INTO bookmark (destination, last_received) VALUES (?, {_UTC})"
                    " ON CONFLICT DO UPDATE SET last_received = excluded.last_received",
                    (destination,),
                )

        await self._store.run(lambda opened: _written(opened, work))

    async def next_due(self, destination: str) -> float | None:
        def work(opened: Opened) -> float | None:
            if _first_never_taken(opened, destination) is not None:
                return 0.0
            now = time.time()
            soonest = [_next_taken(opened, destination, state, now) for state in OPEN]
            soonest += opened.run(
                "SELECT lease_until FROM outbox INDEXED BY outbox_leased WHERE destination = ? AND lease_until > 0"
                " AND lease_until > ? ORDER BY lease_until LIMIT 1",
                (destination, now),
            ).fetchall()
            return min((max(0.0, at - now) for (at,) in soonest if at is not None), default=None)

        return await self._store.run(work)

    async def version(self) -> int:
        return await self._store.run(lambda opened: opened.database.data_version())

    async def changed(self, since: int, timeout: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                # SQLite tells nobody when another process commits: asking is the only way
                while await self.version() == since:  # noqa: ASYNC110
                    await asyncio.sleep(self._poll)


OPEN: Final = (State.KEPT, State.PENDING, State.SENT)


def _written(opened: Opened, work: Callable[[Opened], Result]) -> Result:
    with opened.database.write():
        return work(opened)


def _due(opened: Opened, destination: str, state: State, limit: int, now: float) -> list[tuple[int, str, int]]:
    """(sequence, item id, attempts): by its time, or of a time so far ahead that another clock must have written it."""
    found: list[tuple[int, str, int]] = []
    for when in ("<= :now", "> :far"):
        found += opened.run(
            "SELECT o.item, i.id, o.attempts FROM outbox o INDEXED BY outbox_due JOIN item i ON i.sequence = o.item"
            f" WHERE destination = :to AND state = :state AND {_TAKEN} AND next_attempt {when}"
            " AND (lease_until <= :now OR lease_until > :far) ORDER BY next_attempt, item LIMIT :limit",
            {
                "to": destination,
                "state": state.value,
                "now": now,
                "far": now + LONGEST_WAIT,
                "limit": limit - len(found),
            },
        ).fetchall()
    return found


def _never_taken(opened: Opened, destination: str, limit: int) -> list[tuple[int, str, int]]:
    """The same of what stands beyond the bookmark, which moves past it: in the order in which it was saved."""
    through = _bookmark(opened, destination)
    found = opened.run(
        "SELECT o.item, i.id, o.attempts FROM outbox o JOIN item i ON i.sequence = o.item"
        " WHERE o.item > ? AND destination = ? AND lease_until IS NULL ORDER BY o.item LIMIT ?",
        (through, destination, limit),
    ).fetchall()
    if len(found) == limit:
        reached = found[-1][0]
    else:
        # nothing more of this destination is there: the next look begins behind all that was saved
        (reached,) = opened.run("SELECT max(sequence) FROM item").fetchone()
    if reached is not None and reached > through:
        opened.run(
            "INSERT INTO bookmark (destination, taken_through) VALUES (?, ?)"
            " ON CONFLICT DO UPDATE SET taken_through = excluded.taken_through",
            (destination, reached),
        )
    return list(found)


def _bookmark(opened: Opened, destination: str) -> int:
    row = opened.run("SELECT taken_through FROM bookmark WHERE destination = ?", (destination,)).fetchone()
    return int(row[0]) if row else 0


def _first_never_taken(opened: Opened, destination: str) -> int | None:
    """Its sequence."""
    row = opened.run(
        "SELECT item FROM outbox WHERE item > ? AND destination = ? AND lease_until IS NULL ORDER BY item LIMIT 1",
        (_bookmark(opened, destination), destination),
    ).fetchone()
    return int(row[0]) if row else None


def _next_taken(opened: Opened, destination: str, state: State, now: float) -> tuple[float | None]:
    """When the next row of ``state`` that is not lent can be claimed."""
    names = {"to": destination, "state": state.value, "now": now, "far": now + LONGEST_WAIT}
    free = (
        "FROM outbox INDEXED BY outbox_due WHERE destination = :to AND state = :state"
        f" AND {_TAKEN} AND (lease_until <= :now OR lease_until > :far)"
    )
    if opened.run(f"SELECT 1 {free} AND next_attempt > :far LIMIT 1", names).fetchone():
        return (now,)
    row = opened.run(f"SELECT next_attempt {free} ORDER BY next_attempt LIMIT 1", names).fetchone()
    return row or (None,)


def waiting(opened: Opened) -> list[Row]:
    """All that is not received, oldest first."""
    import sqlite_utils  # for whoever asks: it loads numpy where that is installed, 20 MB that edge and sync do not need

    found = sqlite_utils.Database(opened.database.connection).query(
        "SELECT i.id AS item_id, i.kind, o.destination, o.state, o.attempts, o.reason, o.what, i.taken_utc,"
        " o.changed_utc FROM outbox o"
        " JOIN item i ON i.sequence = o.item WHERE o.state <> 'received' ORDER BY o.item, o.destination"
    )
    return [Row(**(row | {"state": State(row["state"])})) for row in found]


def standing(opened: Opened) -> Standing:
    """Of all items that were promised to somebody. Counters and index look-ups: as quick with a million items as with ten."""
    counts = {State(name): counted(opened.database, name) for name in ("pending", "sent", "received", "needs_person")}
    (newest,) = opened.run("SELECT coalesce(max(sequence), 0) FROM item").fetchone()
    counts[State.KEPT] = newest - counted(opened.database, "unpromised") - sum(counts.values())
    (taken,) = opened.run(
        "SELECT min(item) FROM outbox INDEXED BY outbox_open WHERE lease_until IS NOT NULL AND state <> 'received'"
    ).fetchone()
    # whichever destination it is for: nothing before the first bookmark was never taken
    never_taken = opened.run(
        "SELECT item FROM outbox WHERE item > (SELECT min(taken_through) FROM bookmark) AND lease_until IS NULL"
        " ORDER BY item LIMIT 1"
    ).fetchone()
    first = min((one for one in (taken, never_taken and never_taken[0]) if one is not None), default=None)
    since = opened.run("SELECT taken_utc FROM item WHERE sequence = ?", (first,)).fetchone()
    (received,) = opened.run("SELECT max(last_received) FROM bookmark").fetchone()
    return Standing(counts, since[0] if since else None, received)


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
        " LEFT JOIN outbox o ON o.item = i.sequence GROUP BY i.sequence ORDER BY i.sequence"
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
