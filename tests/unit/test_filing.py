"""What finds an item is filed in batches: whether an item is filed yet makes no difference to whoever looks for it."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from edge.domain.capture import Capture
from edge.domain.fault import Fault
from edge.domain.measurement import Component, Device, Instant, Kind, Name, Reading
from edge.domain.patient import Encounter, Patient, Sex
from edge.domain.quantity import Quantity, Unit
from edge.store.damage.verify import verify
from edge.store.file import database
from edge.store.keeping import promises
from edge.store.ledger import EdgeStore, Places, open_for_edge

OXIMETER = Device("AA:BB:CC:DD:EE:02", "pulse-oximeter", "Oxymètre")
TO = {Kind.SPO2: ("fhir",), Kind.TEMPERATURE: ("fhir",)}
BATCH = 16
MANY = 3 * BATCH + 5
_PAGE = 4096 + 24
"""One frame of the log."""


def now() -> Instant:
    return Instant(dt.datetime.now(dt.UTC), "boot", time.monotonic_ns(), clock_trusted=True)


def capture(identity: str, value: int = 95, kind: Kind = Kind.SPO2) -> Capture:
    content = Reading(kind, (Component(Name.SPO2, Quantity(Decimal(value), Unit.PERCENT)),), raw=b"\x01")
    return Capture(kind, content, OXIMETER, now(), identity)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "store.key")


@pytest.fixture
def store(places: Places) -> Iterator[EdgeStore]:
    opened = open_for_edge(places, TO, "demonstration")
    for one in ("A", "B"):
        opened.journal.put_patient(Patient(one, "EHPAD", one, one, dt.date(1938, 3, 12), Sex.FEMALE, "214"))
    yield opened
    opened.database.close()


def seen_by(store: EdgeStore, patient: str) -> Encounter:
    return store.journal.open_encounter(patient, now(), "TC")[1]


def value_of(store: EdgeStore, patient: str, kind: Kind = Kind.SPO2) -> int | None:
    found = store.journal.latest(patient, [kind])
    if not found:
        return None
    assert isinstance(found[0].payload, Reading)
    quantity = found[0].payload.components[0].quantity
    assert quantity is not None
    return int(quantity.value)


def test_each_item_is_found_from_the_moment_it_is_saved(store: EdgeStore) -> None:
    encounter = seen_by(store, "A")
    saved: list[str] = []
    for number in range(MANY):
        saved.append(store.journal.save(capture(f"of {number}", number), encounter).item_id)
        assert [line.item_id for line in store.journal.lines(encounter.id, MANY)] == saved[::-1]
        assert value_of(store, "A") == number
        assert store.journal.load(saved[-1]).id == saved[-1]
    assert [store.journal.load(one).id for one in saved] == saved
    (filed,) = store.run("SELECT value FROM counter WHERE name = 'filed'").fetchone()
    assert 0 < filed < MANY
    with pytest.raises(LookupError):
        store.journal.load("nobody's")


def test_what_was_captured_before_is_one_item_filed_or_not(store: EdgeStore) -> None:
    encounter = seen_by(store, "A")
    for number in range(MANY):
        first = store.journal.save(capture(f"of {number}"), encounter)
        for earlier in (0, number // 2, number):
            assert not store.journal.save(capture(f"of {earlier}"), encounter).new
        assert store.journal.holders(f"of {number}") == ["A"]
        assert first.new
    assert store.run("SELECT count(*) FROM item").fetchone() == (MANY,)


def test_who_holds_what_was_sent_again_is_told_filed_or_not(store: EdgeStore) -> None:
    one, other = seen_by(store, "A"), seen_by(store, "B")
    for number in range(BATCH + 3):
        store.journal.save(capture(f"of {number}"), one)
        store.journal.save(capture(f"of {number} for {other.id}"), other)
        assert sorted(store.journal.holders(f"of {number}")) == ["A", "B"]
        assert sorted(store.journal.holders("of 0")) == ["A", "B"]


@pytest.mark.parametrize("newer", [1, BATCH, 2 * BATCH + 3])
def test_behind_what_was_undone_the_newest_stands_again(store: EdgeStore, newer: int) -> None:
    encounter = seen_by(store, "A")
    store.journal.save(capture("old", 90), encounter)
    undone = [store.journal.save(capture(f"of {number}", 70), encounter).item_id for number in range(newer)]
    for item_id in undone:
        assert value_of(store, "A") == 70
        store.journal.mark_entered_in_error(item_id, encounter.id, now())
    assert value_of(store, "A") == 90
    with pytest.raises(Fault):
        store.journal.mark_entered_in_error("nobody's", encounter.id, now())


def test_residents_and_kinds_are_kept_apart(store: EdgeStore) -> None:
    for round_, patient in enumerate(["A", "B"] * BATCH):
        encounter = seen_by(store, patient)
        store.journal.save(capture(f"of {round_}", round_), encounter)
        assert [line.kind for line in store.journal.lines(encounter.id)] == [Kind.SPO2]
        assert value_of(store, patient) == round_
        assert value_of(store, patient, Kind.TEMPERATURE) is None


@pytest.mark.parametrize("after", [0, BATCH])
def test_what_becomes_somebodys_is_found_with_her(store: EdgeStore, after: int) -> None:
    encounter = seen_by(store, "A")
    nobodys = store.journal.save(capture("nobody's", 88), None).item_id
    for number in range(after):
        store.journal.save(capture(f"of {number}"), None)
    with store.database.write():
        store.run("UPDATE item SET patient_id = 'A', encounter_id = ? WHERE id = ?", (encounter.id, nobodys))
    for number in range(BATCH):
        assert value_of(store, "A") == 88
        store.journal.save(capture(f"then {number}"), None)


def test_a_save_dirties_few_pages(store: EdgeStore, places: Places) -> None:
    """Each is encrypted and flushed: with an index for each way to look for an item there were seven."""
    encounter = seen_by(store, "A")
    log = places.database.with_name("store.db-wal")
    for number in range(20 * BATCH):
        store.journal.save(capture(f"of {number}"), encounter)
    store.run("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    frames = []
    for number in range(2 * BATCH):
        before = log.stat().st_size
        store.journal.save(capture(f"then {number}"), encounter)
        frames.append((log.stat().st_size - before) // _PAGE)
    assert sorted(frames)[len(frames) // 2] <= 3


@pytest.mark.parametrize("table", ["filed_name", "filed_identity", "filed_resident"])
def test_an_item_that_is_not_where_it_is_looked_for_is_told(store: EdgeStore, places: Places, table: str) -> None:
    encounter = seen_by(store, "A")
    for number in range(MANY):
        store.journal.save(capture(f"of {number}"), encounter)
    assert wrong(places) == []
    store.run(f"DELETE FROM {table} WHERE item = 7")
    assert wrong(places) == ["1 items are not filed where they are looked for"]


def wrong(places: Places) -> list[str]:
    found = verify(places.database, places.blobs, places.key)
    return [line for verdict in found.verdicts for line in verdict.wrong]


def test_every_statement_of_a_new_store_stays_prepared() -> None:
    prepared = sum(len(list(database.statements(script))) for _, _, script in database.migrations())
    assert prepared * 2 < database.STATEMENTS


# --- destinations that come later


def promised(store: EdgeStore) -> list[str]:
    return [item for (item,) in store.run("SELECT i.identity FROM outbox o JOIN item i ON i.sequence = o.item")]


def test_what_was_saved_while_a_destination_was_away_is_promised_when_it_is_back(
    store: EdgeStore, places: Places
) -> None:
    encounter = seen_by(store, "A")
    store.journal.save(capture("before"), encounter)
    store.database.close()
    without = open_for_edge(places, {}, "demonstration")
    without.journal.save(capture("meanwhile"), encounter)
    without.database.close()
    back = open_for_edge(places, TO, "demonstration")
    assert promised(back) == ["before", "meanwhile"]
    back.database.close()


def test_a_row_that_was_looked_at_is_not_read_again(store: EdgeStore, places: Places) -> None:
    store.journal.save(capture("one"), seen_by(store, "A"))
    store.database.close()
    again = open_for_edge(places, TO, "demonstration")
    said: list[str] = []
    again.database.connection.set_trace_callback(said.append)
    assert again.journal.promise_what_is_missing(dt.datetime.now(dt.UTC)) == 0
    again.database.connection.set_trace_callback(None)
    assert said
    assert not [line for line in said if "outbox" in line]
    again.run("DELETE FROM fact WHERE name GLOB ?", (f"{promises.PROMISED}*",))
    again.database.connection.set_trace_callback(said.append)
    assert again.journal.promise_what_is_missing(dt.datetime.now(dt.UTC)) == 0
    assert [line for line in said if "outbox" in line]
    again.database.close()
