"""What the store says of what waits, of what changed since the last handover, of far ends and of the disk."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlcipher3.dbapi2 as sqlite

from edge.domain.audit import Act, Actor, KnownBy, Origin, Who
from edge.domain.capture import Capture
from edge.domain.delivery import State
from edge.domain.item import Item
from edge.domain.measurement import Instant, Kind
from edge.domain.reach import Answered
from edge.domain.way import Stopped
from edge.store.keeping import audit, handovers, standing
from edge.store.ledger import EdgeStore, Places, open_for_edge
from edge.store.sending import outbox, release, ways
from tests import items

NURSE = Actor(Who(KnownBy.PROFESSIONAL, "10003456789", "C. Leroy"), Origin("edge", "ui"))
TO = dict.fromkeys(Kind, ("pacs", "fhir"))


def now(seconds: float = 0.0) -> Instant:
    at = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)
    return Instant(at, "boot", time.monotonic_ns() + int(seconds * 1e9), clock_trusted=True)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EdgeStore]:
    opened = open_for_edge(Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "key"), TO, "care")
    opened.journal.put_patient(items.PATIENT)
    opened.journal.put_patient(items.OTHER_PATIENT)
    yield opened
    opened.database.close()


def save(store: EdgeStore, item: Item, patient_id: str = items.PATIENT.id, at: Instant | None = None) -> str:
    _, encounter = store.journal.open_encounter(patient_id, now(), "TC")
    assert item.payload is not None
    capture = Capture(item.kind, item.payload, item.device, at or now(), f"{item.id} {time.monotonic_ns()}")
    return store.journal.save(capture, encounter).item_id


def test_what_waits_is_counted_by_resident_before_and_after_the_drain_took_it_up(store: EdgeStore) -> None:
    save(store, items.blood_pressure())
    save(store, items.spo2())
    save(store, items.blood_pressure(), items.OTHER_PATIENT.id)
    for _ in range(2):
        found = {one.patient_id: one for one in ways.ways(store).ways}
        assert {name: one.kept for name, one in found.items()} == {items.PATIENT.id: 2, items.OTHER_PATIENT.id: 1}
        assert all(one.waits == one.kept and not one.under_way for one in found.values())
        assert sum(one.waits for one in found.values()) == outbox.standing(store).counts[State.KEPT]
        assert outbox.standing(store).oldest_utc is not None
        # what the drain took up stands in another index
        store.run("UPDATE outbox SET lease_until = 0")
        store.run("INSERT OR REPLACE INTO bookmark (destination, taken_through) VALUES ('pacs', 99), ('fhir', 99)")


def test_an_item_counts_once_by_the_least_advanced_of_its_destinations(store: EdgeStore) -> None:
    item_id = save(store, items.blood_pressure())
    store.run("UPDATE outbox SET lease_until = 0, state = 'sent' WHERE destination = 'pacs'")
    [one] = ways.ways(store).ways
    assert (one.kept, one.sent) == (1, 0)
    store.run("UPDATE outbox SET lease_until = 0, state = 'received' WHERE destination = 'fhir'")
    [one] = ways.ways(store).ways
    assert (one.kept, one.sent) == (0, 1)
    store.run("UPDATE outbox SET state = 'received'")
    assert ways.ways(store).ways == ()
    assert item_id


def test_what_waits_for_a_person_says_why_and_where(store: EdgeStore) -> None:
    item_id = save(store, items.blood_pressure())
    store.run(
        "UPDATE outbox SET lease_until = 0, state = 'needs_person', reason = 'object_invalid', what = 'no unit'"
        " WHERE destination = 'pacs'"
    )
    found = ways.ways(store)
    [one] = found.stopped
    assert isinstance(one, Stopped)
    assert (one.line.item_id, one.patient_id, one.destinations) == (item_id, items.PATIENT.id, ("pacs",))
    assert (one.reason, one.what, one.own) == ("object_invalid", "no unit", True)
    assert found.ways[0].needs_person == 1
    release.release(store.database, item_id, None, now(), NURSE)
    assert ways.ways(store).stopped == ()
    assert ways.ways(store).ways[0].kept == 1


def test_a_handover_holds_only_what_changed_since_somebody_read_the_last_one(store: EdgeStore) -> None:
    save(store, items.blood_pressure())
    second = save(store, items.spo2())
    first = handovers.changed(store.database, now().utc)
    assert first.since is None
    assert [[line.kind for line in one.lines] for one in first.changes] == [[Kind.SPO2, Kind.BLOOD_PRESSURE]]
    # something comes between the card and the tap: it was not read
    save(store, items.blood_pressure(), items.OTHER_PATIENT.id)
    handovers.put_read(store.database, first.through, first.audited, now(), NURSE)
    later = handovers.changed(store.database, now().utc)
    assert later.since is not None
    assert later.since.name == "C. Leroy"
    assert [one.patient_id for one in later.changes] == [items.OTHER_PATIENT.id]
    assert [link.act for link in audit.newest(store.database, 1)] == [Act.HANDOVER.value]
    handovers.put_read(store.database, later.through, later.audited, now(), NURSE)
    assert handovers.changed(store.database, now().utc).changes == ()
    # what was read is undone: the next one says that it is gone
    encounter = store.run("SELECT encounter_id FROM item WHERE id = ?", (second,)).fetchone()[0]
    store.journal.mark_entered_in_error(second, encounter, now(), NURSE)
    [gone] = handovers.changed(store.database, now().utc).changes
    assert (gone.patient_id, gone.lines, gone.taken_away) == (items.PATIENT.id, (), 1)


def test_what_was_nobodys_is_handed_over_once_somebody_said_whose_it_is(store: EdgeStore) -> None:
    item = items.blood_pressure()
    assert item.payload is not None
    stray = store.journal.save(Capture(item.kind, item.payload, item.device, now(), "stray"), None).item_id
    save(store, items.spo2())
    first = handovers.changed(store.database, now().utc)
    handovers.put_read(store.database, first.through, first.audited, now(), NURSE)
    store.assigning.assign(stray, items.OTHER_PATIENT.id, now(), "TC", NURSE)
    later = handovers.changed(store.database, now().utc)
    assert [(one.patient_id, [line.item_id for line in one.lines]) for one in later.changes] == [
        (items.OTHER_PATIENT.id, [stray])
    ]
    handovers.put_read(store.database, later.through, later.audited, now(), NURSE)
    assert handovers.changed(store.database, now().utc).changes == ()


def test_the_first_handover_looks_back_a_day(store: EdgeStore) -> None:
    save(store, items.blood_pressure(), at=now(-25 * 3600))
    save(store, items.spo2(), at=now(-23 * 3600))
    [one] = handovers.changed(store.database, now().utc).changes
    assert [line.kind for line in one.lines] == [Kind.SPO2]


def test_residents_are_read_one_by_one_and_what_is_of_the_others_stays(store: EdgeStore) -> None:
    mine, other = items.PATIENT.id, items.OTHER_PATIENT.id

    def left() -> dict[str, tuple[int, int]]:
        """New items, and those that are gone."""
        found = handovers.changed(store.database, now().utc).changes
        return {one.patient_id: (len(one.lines), one.taken_away) for one in found}

    hers = save(store, items.blood_pressure())
    save(store, items.spo2(), other)
    first = handovers.changed(store.database, now().utc)
    # it comes between the card and the tap
    save(store, items.spo2())
    handovers.put_read_of(store.database, [mine], first.through, first.audited, now(), NURSE)
    assert left() == {mine: (1, 0), other: (1, 0)}
    assert handovers.last_read(store.database) is None
    link = audit.newest(store.database, 1)[0]
    assert (link.act, link.patient_id) == (Act.HANDOVER.value, mine)
    # what was read of her is undone: told with what is new
    encounter = store.run("SELECT encounter_id FROM item WHERE id = ?", (hers,)).fetchone()[0]
    store.journal.mark_entered_in_error(hers, encounter, now(), NURSE)
    assert left() == {mine: (1, 1), other: (1, 0)}
    # all at once, later, is all
    second = handovers.changed(store.database, now().utc)
    handovers.put_read_of(store.database, [other], second.through, second.audited, now(), NURSE)
    assert left() == {mine: (1, 1)}
    handovers.put_read(store.database, second.through, second.audited, now(), NURSE)
    assert left() == {}
    save(store, items.blood_pressure(), other)
    assert left() == {other: (1, 0)}
    for statement in ("UPDATE handover_one SET through = 0", "DELETE FROM handover_one"):
        with pytest.raises(sqlite.IntegrityError):
            store.run(statement)


def test_what_was_nobodys_is_handed_over_also_to_who_read_her_alone(store: EdgeStore) -> None:
    item = items.blood_pressure()
    assert item.payload is not None
    stray = store.journal.save(Capture(item.kind, item.payload, item.device, now(), "stray"), None).item_id
    save(store, items.spo2(), items.OTHER_PATIENT.id)
    first = handovers.changed(store.database, now().utc)
    handovers.put_read_of(store.database, [items.OTHER_PATIENT.id], first.through, first.audited, now(), NURSE)
    assert handovers.changed(store.database, now().utc).changes == ()
    store.assigning.assign(stray, items.OTHER_PATIENT.id, now(), "TC", NURSE)
    [later] = handovers.changed(store.database, now().utc).changes
    assert [line.item_id for line in later.lines] == [stray]


def test_reading_a_handover_never_goes_back(store: EdgeStore) -> None:
    save(store, items.blood_pressure())
    found = handovers.changed(store.database, now().utc)
    handovers.put_read(store.database, found.through, found.audited, now(), NURSE)
    handovers.put_read(store.database, 0, 0, now(), NURSE)
    read = handovers.last_read(store.database)
    assert read is not None
    assert read.through == found.through
    handovers.put_read(store.database, 10**9, 10**9, now(), NURSE)
    read = handovers.last_read(store.database)
    assert read is not None
    assert read.through == found.through
    for statement in ("UPDATE handover SET through = 0", "DELETE FROM handover"):
        with pytest.raises(sqlite.IntegrityError):
            store.run(statement)


def test_the_last_answer_of_a_far_end_is_kept_with_both_clocks(store: EdgeStore) -> None:
    last, silent = now(-100), now(-40)
    standing.put_answered(store.database, Answered("pacs", last))
    standing.put_answered(store.database, Answered("pacs", last, silent, "destination_unreachable"))
    [one] = standing.answered(store.database)
    assert one.last is not None
    assert one.silent is not None
    assert (one.last.utc, one.last.boot_id, one.last.monotonic_ns) == (last.utc, "boot", last.monotonic_ns)
    assert (one.silent.utc, one.why) == (silent.utc, "destination_unreachable")


def test_the_disk_is_noted_once_a_day_and_not_for_ever(store: EdgeStore) -> None:
    today = dt.date(2026, 11, 22)
    for day in range(20):
        standing.look_at_disk(store.database, today - dt.timedelta(days=20 - day), 1000 - day)
    found = standing.look_at_disk(store.database, today, 500)
    assert standing.look_at_disk(store.database, today, 400)[today] == 500
    assert min(found) == today - dt.timedelta(days=14)
