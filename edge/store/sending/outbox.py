"""The outbox: one row for an item and a destination, moved by the table in edge.domain.delivery and never deleted.

What is handed to whoever sends is marked so in the same transaction that lends it (``handed_out``): an undoing is before
that, and nothing leaves, or after it, and a note withdraws what may have left.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

from edge.domain.capture import Standing
from edge.domain.delivery import Event, State, next_state
from edge.domain.fault import Fault, Reason
from edge.domain.identifier import dicom_uid
from edge.domain.item import Body, Frozen, Item
from edge.domain.ports import Claim, Outcome, Settled
from edge.store.disk.blobs import Blobs
from edge.store.disk.stored import Stored
from edge.store.file.database import Database
from edge.store.keeping.parts import STATE
from edge.store.keeping.reading import counted
from edge.store.keeping.reporting import load
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
    part_of: str | None = None
    """The item that it withdraws, or whose paper it is."""


class Opened:
    """The store as one thread holds it: the database and its blobs."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self.database = database
        self.blobs = blobs
        self.run = database.connection.execute


class StoredOutbox:
    """The Outbox port over the store's thread. ``clock_is_right``: what is proven while it is not is not purged by that time."""

    def __init__(
        self, store: StoreThread[Opened], poll_seconds: float = 0.2, clock_is_right: Callable[[], bool] = lambda: True
    ) -> None:
        self._store = store
        self._poll = poll_seconds
        self._clock_is_right = clock_is_right

    async def claim(self, destination: str, state: State, limit: int, lease_seconds: float) -> Sequence[Claim]:
        def work(opened: Opened) -> list[Claim]:
            now = time.time()
            due = _due(opened, destination, state, limit, now)
            if state is State.KEPT and len(due) < limit:
                due += _never_taken(opened, destination, limit - len(due))
            opened.database.connection.executemany(
                "UPDATE outbox SET lease_until = ?, handed_out = CASE WHEN state = 'pending' THEN 1 ELSE handed_out END"
                " WHERE item = ? AND destination = ?",
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
        return await self._store.run(
            lambda opened: load(opened.database, opened.blobs, item_id, destination, whole=False)
        )

    async def freeze(self, destination: str, item_id: str, content: bytes | Body) -> Frozen | None:
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
                    "UPDATE outbox SET state = 'pending', handed_out = CASE WHEN frozen_sha256 IS NULL THEN 0 ELSE handed_out"
                    " END, frozen_sha256 = coalesce(frozen_sha256, :sha256), attempts = 0, next_attempt = 0, lease_until = 0,"
                    # beside the bytes: in the item it stands behind the samples of its signal, which would be read for it
                    " sop_uid = coalesce(sop_uid, (SELECT sop_uid FROM item WHERE sequence = outbox.item)),"
                    f" reason = NULL, what = '', changed_utc = {_UTC}"
                    # whoever changes what is said of an item ends the lease: ``content`` is then what was said before
                    f" WHERE {_OF_ITEM} AND state = 'kept' AND lease_until IS NOT 0",
                    {**names, "sha256": sha256},
                )

        await self._store.run(work)
        return await self.frozen(destination, item_id)

    async def frozen(self, destination: str, item_id: str) -> Frozen | None:
        """One of ``frozen_all``. Raises its Fault."""
        return await self._store.run(lambda opened: _frozen(opened, destination, item_id))

    async def frozen_all(self, destination: str, item_ids: Sequence[str]) -> Mapping[str, Frozen | Fault | None]:
        def work(opened: Opened) -> dict[str, Frozen | Fault | None]:
            found: dict[str, Frozen | Fault | None] = {}
            for item_id in item_ids:
                try:
                    found[item_id] = _frozen(opened, destination, item_id)
                except Fault as fault:
                    if fault.reason is not Reason.STORE_DAMAGED:
                        raise
                    found[item_id] = fault
            return found

        return await self._store.run(work)

    async def record(self, destination: str, outcome: Outcome, attempts: int, wait_seconds: float) -> None:
        await self.record_all(destination, [Settled(outcome, attempts, wait_seconds)])

    async def record_all(self, destination: str, settled: Sequence[Settled]) -> None:
        trusted = self._clock_is_right()

        def work(opened: Opened) -> None:
            for one in settled:
                _record(opened, destination, one, trusted=trusted)

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


def _frozen(opened: Opened, destination: str, item_id: str) -> Frozen | None:
    sha256, sop_uid, study_uid = opened.run(
        "SELECT CASE WHEN withdrawn IS NULL THEN frozen_sha256 END,"
        " coalesce(o.sop_uid, (SELECT sop_uid FROM item WHERE sequence = o.item)),"
        " (SELECT e.study_uid FROM item i JOIN encounter e ON e.id = i.encounter_id WHERE i.sequence = o.item)"
        " FROM outbox o WHERE o.item = (SELECT item FROM item_named WHERE id = ?) AND o.destination = ?",
        (item_id, destination),
    ).fetchone()
    return Frozen(item_id, sop_uid, study_uid, Stored.of(opened.blobs, sha256), sha256) if sha256 else None


def _record(opened: Opened, destination: str, one: Settled, *, trusted: bool) -> None:
    outcome = one.outcome
    names = {"item": outcome.item_id, "to": destination}
    row = opened.run(f"SELECT {STATE} FROM outbox WHERE {_OF_ITEM}", names).fetchone()
    try:
        state = next_state(State(row[0]), outcome.event)
    except ValueError:
        return  # somebody else was quicker, as the port allows
    opened.run(
        "UPDATE outbox SET state = :state, attempts = :attempts, next_attempt = :next, lease_until = 0,"
        f" reason = :reason, what = :what, changed_utc = {_UTC}, trusted_utc = CASE WHEN :trusted THEN {_UTC} END"
        f" WHERE {_OF_ITEM}",
        {
            **names,
            "trusted": trusted,
            "state": state.value,
            "attempts": one.attempts,
            "next": time.time() + one.wait_seconds,
            "reason": outcome.reason.value if outcome.reason else None,
            "what": outcome.what,
        },
    )
    if outcome.event is Event.PLAINER:
        # another object: what was frozen went nowhere
        opened.run(
            f"UPDATE outbox SET plain = 1, sop_uid = :uid, frozen_sha256 = NULL, handed_out = 0 WHERE {_OF_ITEM}",
            {**names, "uid": dicom_uid(uuid.uuid4())},
        )
    if state is State.RECEIVED:
        opened.run(
            f"INSERT INTO bookmark (destination, last_received) VALUES (?, {_UTC})"
            " ON CONFLICT DO UPDATE SET last_received = excluded.last_received",
            (destination,),
        )


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
        "SELECT i.id AS item_id, i.kind, o.destination, o.state, o.attempts, o.reason, o.what, i.taken_utc, o.changed_utc,"
        " (SELECT id FROM item p WHERE p.sequence = i.part_of) AS part_of FROM outbox o"
        " JOIN item i ON i.sequence = o.item WHERE o.state <> 'received' ORDER BY o.item, o.destination"
    )
    return [Row(**(row | {"state": State(row["state"])})) for row in found]


def standing(opened: Opened) -> Standing:
    """Of all items that were promised to somebody. Counters and index look-ups: as quick with a million items as with ten."""
    counts = {State(name): counted(opened.database, name) for name in ("pending", "sent", "received", "needs_person")}
    (newest,) = opened.run("SELECT coalesce(max(sequence), 0) FROM item").fetchone()
    counts[State.KEPT] = newest - counted(opened.database, "unpromised") - sum(counts.values())
    counts[State.WITHDRAWN] = counted(opened.database, "withdrawn")
    counts[State.RECEIVED] -= counts[State.WITHDRAWN]
    (taken,) = opened.run(
        "SELECT min(item) FROM outbox INDEXED BY outbox_open WHERE lease_until IS NOT NULL AND state <> 'received'"
    ).fetchone()
    # whichever destination it is for: nothing before the first bookmark was never taken
    never_taken = opened.run(
        "SELECT item FROM outbox WHERE item > (SELECT coalesce(min(taken_through), 0) FROM bookmark)"
        " AND lease_until IS NULL ORDER BY item LIMIT 1"
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
        f"SELECT i.id, i.kind, json_group_array(json_array(o.destination, {STATE})), i.patient_id IS NULL FROM item i"
        " LEFT JOIN outbox o ON o.item = i.sequence GROUP BY i.sequence ORDER BY i.sequence"
    )
    return [
        Whereabouts(
            item_id,
            kind,
            tuple((name, State(state)) for name, state in json.loads(pairs) if name is not None),
            bool(nobodys),
        )
        for item_id, kind, pairs, nobodys in found
    ]
