"""A store with a long queue, made quickly: one million readings promised to one destination, half of them never taken up,
half built and due. Shared by the figures of one run, and gone with it."""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import functools
from pathlib import Path
from typing import Final

from edge.domain.measurement import VITAL_SIGNS, Kind
from edge.domain.patient import Encounter
from edge.mains.bench.store_scene import DEVICE, RESIDENT, new_store, now, places_in, reading, scratch
from edge.store.keeping import rows
from edge.store.ledger import EdgeStore, Places, open_for_edge

LONG: Final = 1_000_000
SHORT: Final = 1_000
DESTINATION: Final = "fhir"
PROMISED: Final = dict.fromkeys(VITAL_SIGNS, (DESTINATION,))
_RESIDENTS: Final = 100
_AT_ONCE: Final = 100_000


@dataclasses.dataclass(frozen=True, slots=True)
class Queue:
    """A closed store with ``length`` items; ``encounter`` is that of RESIDENT, who is on screen."""

    places: Places
    encounter: Encounter
    length: int

    def open(self) -> EdgeStore:
        return open_for_edge(self.places, PROMISED, "demonstration")


@functools.cache
def long_queue() -> Queue:
    """Made when it is first asked for."""
    stack = contextlib.ExitStack()
    atexit.register(stack.close)
    return queue(stack.enter_context(scratch(None)), LONG)


def queue(folder: Path, length: int) -> Queue:
    store, encounter = new_store(folder)
    with contextlib.closing(store.database):
        for number in range(1, _RESIDENTS):
            store.journal.put_patient(dataclasses.replace(RESIDENT, id=f"bench-{number}"))
        encounters = [encounter]
        for number in range(1, _RESIDENTS):
            _, other = store.journal.open_encounter(f"bench-{number}", now(), "TC", on_screen=False)
            encounters.append(other)
        _fill(store, encounters, length)
    return Queue(places_in(folder), encounter, length)


def _fill(store: EdgeStore, encounters: list[Encounter], length: int) -> None:
    """By SQL, with the rows and counters that saving and draining would have left. It is not durable before it is closed."""
    run = store.database.connection.execute
    kinds = sorted(VITAL_SIGNS)
    run("PRAGMA synchronous = OFF")
    run("PRAGMA journal_mode = OFF").fetchone()
    run("PRAGMA cache_size = -65536")
    run("CREATE TEMP TABLE whose (number INTEGER PRIMARY KEY, patient TEXT, encounter TEXT)")
    run("CREATE TEMP TABLE what (number INTEGER PRIMARY KEY, kind TEXT, payload TEXT)")
    for number, encounter in enumerate(encounters):
        run("INSERT INTO whose VALUES (?,?,?)", (number, encounter.patient_id, encounter.id))
    for number, kind in enumerate(kinds):
        run("INSERT INTO what VALUES (?,?,?)", (number, kind.value, _payload(kind)))
    # random keys into an index that does not fit into memory would take minutes
    indexes = run(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name IN ('item', 'outbox') AND sql IS NOT NULL"
    )
    later = indexes.fetchall()
    for name, _ in later:
        run(f"DROP INDEX {name}")
    frozen = store.blobs.put(b"frozen")
    taken = length // 2
    for first in range(1, length + 1, _AT_ONCE):
        last = min(length, first + _AT_ONCE - 1)
        run("BEGIN IMMEDIATE")
        run(_ITEMS, {"first": first, "last": last, "device": DEVICE.id, "model": DEVICE.model, "label": DEVICE.label,
                     "utc": now().utc.isoformat(), "boot": now().boot_id, "residents": len(encounters), "kinds": len(kinds)})  # fmt: skip
        run(_PROMISES, {"first": first, "last": last, "to": DESTINATION, "taken": taken, "frozen": frozen,
                        "utc": now().utc.isoformat()})  # fmt: skip
        run("COMMIT")
    run("UPDATE counter SET value = ? WHERE name = 'pending'", (taken,))
    run("UPDATE bookmark SET taken_through = ?", (taken,))
    for _, sql in later:
        run(sql)
    run("PRAGMA journal_mode = WAL").fetchone()


def _payload(kind: Kind) -> str:
    content = reading().payload
    text, _, _ = rows.payload_columns(content, None)
    return text.replace(Kind.BLOOD_PRESSURE.value, kind.value, 1)


_NUMBERS: Final = "WITH RECURSIVE n (x) AS (SELECT :first UNION ALL SELECT x + 1 FROM n WHERE x < :last)"
_RANDOM: Final = "abs(random()) || abs(random())"

_ITEMS: Final = (
    f"{_NUMBERS} INSERT INTO item (sequence, id, kind, identity, patient_id, encounter_id, device_id, device_model,"  # noqa: S608
    " device_label, taken_utc, boot_id, monotonic_ns, clock_trusted, payload, raw, sop_uid, series_uid)"
    # UUIDv7 in form and order
    " SELECT x, printf('%08x-%04x-7%03x-8%03x-', 0x01900000 + (x >> 16), x & 0xffff, abs(random() % 4096), abs(random() % 4096))"
    " || lower(hex(randomblob(6))), what.kind, lower(hex(randomblob(32))), whose.patient, whose.encounter, :device, :model,"
    f" :label, :utc, :boot, x, 1, what.payload, zeroblob(19), '2.25.' || {_RANDOM}, '2.25.' || {_RANDOM}"
    " FROM n JOIN whose ON whose.number = (x * 7919) % :residents JOIN what ON what.number = (x / :residents) % :kinds"
)

_PROMISES: Final = (
    "INSERT INTO outbox (item, destination, state, lease_until, frozen_sha256, changed_utc)"
    " SELECT sequence, :to, iif(sequence > :taken, 'kept', 'pending'), iif(sequence > :taken, NULL, 0),"
    " iif(sequence > :taken, NULL, :frozen), :utc FROM item WHERE sequence BETWEEN :first AND :last"
)
