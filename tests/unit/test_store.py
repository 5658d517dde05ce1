"""The store: durable, encrypted, one transaction for a measurement and its promises, refusals in plain words."""

from __future__ import annotations

import dataclasses
import datetime as dt
import sqlite3
import time
from decimal import Decimal
from pathlib import Path

import pytest

from edge.domain import capture as capturing
from edge.domain.capture import Capture
from edge.domain.delivery import Event, State
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Component, Device, DeviceTime, Instant, Kind, Name, Reading
from edge.domain.patient import Encounter, IdentityStatus, Patient, Sex
from edge.domain.photo import Encoding, Photo, View
from edge.domain.ports import Outcome
from edge.domain.quantity import Quantity, Unit
from edge.domain.waveform import Scale, Waveform
from edge.store.file import database
from edge.store.ledger import EdgeStore, Places, StoredLedger, open_for_edge, open_for_sync
from edge.store.sending import outbox
from edge.store.sending.outbox import StoredOutbox
from edge.store.thread import StoreThread
from sync.fhir import observations

CUFF = Device("AA:BB:CC:DD:EE:01", "blood-pressure", "Tensiomètre")
JEANNE = Patient("IPP1", "EHPAD", "DUPONT", "JEANNE", dt.date(1938, 3, 12), Sex.FEMALE, "214", IdentityStatus.QUALIFIED)
TO = {Kind.BLOOD_PRESSURE: ("fhir",), Kind.SPO2: ("fhir",), Kind.ECG: ("pacs",), Kind.PHOTO: ("pacs",)}


def now() -> Instant:
    return Instant(dt.datetime.now(dt.UTC), "boot", time.monotonic_ns(), clock_trusted=True)


def reading(systolic: int = 124) -> Reading:
    return Reading(
        Kind.BLOOD_PRESSURE,
        (
            Component(Name.SYSTOLIC, Quantity(Decimal(systolic), Unit.MMHG)),
            Component(Name.DIASTOLIC, Quantity(Decimal("86.5"), Unit.MMHG)),
        ),
        raw=bytes([systolic]),
        device_time=DeviceTime(2024, 6, 15, 17, 17, 27),
    )


def capture(content: Reading) -> Capture:
    return Capture(
        content.kind, content, CUFF, now(), capturing.identity_of(content.kind, content, CUFF, content.raw), content.raw
    )


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "store.key")


@pytest.fixture
def store(places: Places) -> EdgeStore:
    opened = open_for_edge(places, TO, "demonstration")
    opened.journal.put_patient(JEANNE)
    return opened


def test_what_is_saved_is_read_back_whole(store: EdgeStore) -> None:
    patient, encounter = store.journal.open_encounter("IPP1", now(), "TC")
    ecg = Waveform(
        ("I", "II"), Decimal(500), (Scale(Decimal("2.5")), Scale(Decimal(5), Decimal("-0.125"))), bytes(range(8))
    )
    photo = Photo(b"\xff\xd8jpeg\xff\xd9", 4, 3, Encoding.JPEG_Q95, View.CLOSE_UP, 80.5, 120.0)
    contents = {Kind.BLOOD_PRESSURE: reading(), Kind.ECG: ecg, Kind.PHOTO: photo}
    for kind, content in contents.items():
        saved = store.journal.save(Capture(kind, content, CUFF, now(), f"identity {kind}"), encounter)
        item = store.journal.load(saved.item_id)
        assert item.payload == content
        assert (item.patient, item.encounter, item.device) == (patient, encounter, CUFF)
    assert [row.destination for row in outbox.waiting(store)] == ["fhir", "pacs", "pacs"]


def test_an_ecg_that_was_stored_with_one_scale_for_all_leads_is_still_read(store: EdgeStore) -> None:
    _patient, encounter = store.journal.open_encounter("IPP1", now(), "TC")
    ecg = Waveform(("I", "II"), Decimal(500), (Scale(Decimal("2.5")),) * 2, bytes(range(8)))
    saved = store.journal.save(Capture(Kind.ECG, ecg, CUFF, now(), "identity"), encounter)
    # as release 0.1 wrote it
    before = '{"leads":["I","II"],"sampling_hz":"500","microvolts_per_step":"2.5","samples":""}'
    store.run("UPDATE item SET payload = ? WHERE id = ?", (before, saved.item_id))
    assert store.journal.load(saved.item_id).payload == ecg
    [line] = store.journal.lines(encounter.id)
    assert line.payload == dataclasses.replace(ecg, samples=b"")


def test_an_encounter_aside_changes_nothing_on_screen(store: EdgeStore) -> None:
    paul = dataclasses.replace(JEANNE, id="IPP2", given_names="PAUL", sex=Sex.MALE)
    store.journal.put_patient(paul)
    shown = store.journal.open_encounter("IPP1", now(), "TC")
    patient, aside = store.journal.open_encounter("IPP2", now(), "TC", on_screen=False)
    assert patient == paul
    assert store.journal.on_screen("boot") == shown
    assert store.journal.recently_on_screen(now(), 600) == []
    assert store.journal.save(capture(reading()), aside).new
    with pytest.raises(Fault):
        store.journal.open_encounter("nobody", now(), "TC", on_screen=False)


def test_who_has_a_capture(store: EdgeStore) -> None:
    _patient, first = store.journal.open_encounter("IPP1", now(), "TC")
    _patient, second = store.journal.open_encounter("IPP1", now(), "TC")
    ecg = Waveform(("I",), Decimal(500), (Scale(Decimal(1)),), bytes(4))

    def save(identity: str, encounter: Encounter | None) -> str:
        return store.journal.save(Capture(Kind.ECG, ecg, CUFF, now(), identity), encounter).item_id

    save("of nobody", None)
    save("abc!", first)
    item = save("abc", first)
    assert store.journal.holders("of nobody") == store.journal.holders("ab") == []
    assert store.journal.holders("abc") == ["IPP1"]
    store.journal.mark_entered_in_error(item, first.id, now())
    assert store.journal.holders("abc") == []
    # sent again after it was undone
    assert save("abc", second) != item
    assert store.journal.holders("abc") == ["IPP1"]


@pytest.mark.hazard("H11", without="tests.controls_edge:every_capture_is_new")
def test_the_same_reading_twice_is_one_row_and_one_promise(store: EdgeStore) -> None:
    _patient, encounter = store.journal.open_encounter("IPP1", now(), "TC")
    saved = [store.journal.save(capture(reading()), encounter) for _ in range(5)]
    assert {s.item_id for s in saved} == {saved[0].item_id}
    assert [s.new for s in saved] == [True, False, False, False, False]
    assert len(outbox.waiting(store)) == 1


def test_what_was_set_aside_and_comes_again_is_kept_once(store: EdgeStore) -> None:
    """A meter tells its control solutions, and what nobody can decode, at every connection."""
    for raw, reason in ((b"1", Reason.NOT_A_READING), (b"1", Reason.UNDECODABLE), (b"2", Reason.UNDECODABLE)) * 3:
        store.journal.quarantine(CUFF, raw, reason, "what", now())
    assert store.journal.quarantined() == 3


def test_a_reading_of_nobody_is_kept_and_promised_to_no_one(store: EdgeStore) -> None:
    assert store.journal.save(capture(reading()), None).new
    assert store.journal.unassigned() == 1
    assert outbox.waiting(store) == []


def test_pragmas_stand_and_the_file_is_no_plain_database(store: EdgeStore, places: Places) -> None:
    found = {
        name: store.run(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "foreign_keys")
    }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    assert b"DUPONT" not in places.database.read_bytes() + places.database.with_name("store.db-wal").read_bytes()
    with sqlite3.connect(places.database) as plain, pytest.raises(sqlite3.DatabaseError, match="not a database"):
        plain.execute("SELECT * FROM patient")
    plain.close()


@pytest.mark.hazard("T21", without="tests.controls_edge:any_sqlite_will_do")
def test_an_old_sqlite_is_refused(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database.sqlite, "sqlite_version_info", (3, 53, 1))
    with pytest.raises(Fault) as caught:
        open_for_edge(places, TO, "demonstration")
    assert caught.value.reason is Reason.STORE_VERSION


def test_a_wrong_or_missing_key_is_one_plain_line(store: EdgeStore, places: Places) -> None:
    store.database.close()
    places.key.write_bytes(bytes(32))
    with pytest.raises(Fault, match="does not open with this key") as caught:
        open_for_sync(places)
    assert caught.value.reason is Reason.STORE_KEY
    places.key.unlink()
    with pytest.raises(Fault, match="cannot be read"):
        open_for_edge(places, TO, "demonstration")


def test_a_store_that_needs_a_newer_release_is_refused_and_untouched(store: EdgeStore, places: Places) -> None:
    with store.database.write():
        store.run("UPDATE fact SET value = '99' WHERE name = 'min_reader'")
    store.database.close()
    with pytest.raises(Fault, match="needs release 99") as caught:
        open_for_edge(places, TO, "demonstration")
    assert caught.value.reason is Reason.STORE_VERSION


@pytest.mark.hazard("H7", without="tests.controls_edge:any_store_for_any_purpose")
def test_a_demonstration_never_opens_a_store_of_care(places: Places) -> None:
    open_for_edge(places, TO, "care").database.close()
    with pytest.raises(Fault, match="for care, not for demonstration"):
        open_for_edge(places, TO, "demonstration")


def test_an_outbox_row_is_never_deleted(store: EdgeStore) -> None:
    _patient, encounter = store.journal.open_encounter("IPP1", now(), "TC")
    store.journal.save(capture(reading()), encounter)
    with pytest.raises(Fault, match="contradicts"), store.database.write():
        store.run("DELETE FROM outbox")
    assert len(outbox.waiting(store)) == 1


def test_a_destination_that_comes_later_gets_what_is_here(store: EdgeStore, places: Places) -> None:
    _patient, encounter = store.journal.open_encounter("IPP1", now(), "TC")
    store.journal.save(capture(reading()), encounter)
    store.database.close()
    later = open_for_edge(places, {**TO, Kind.BLOOD_PRESSURE: ("fhir", "region")}, "demonstration")
    assert [row.destination for row in outbox.waiting(later)] == ["fhir", "region"]


def test_a_failed_transaction_leaves_neither_item_nor_promise(store: EdgeStore) -> None:
    _patient, encounter = store.journal.open_encounter("IPP1", now(), "TC")
    store.run("CREATE TRIGGER broken BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'broken'); END")
    with pytest.raises(Fault) as caught:
        store.journal.save(capture(reading()), encounter)
    assert caught.value.reason is Reason.STORE_DAMAGED
    assert store.journal.lines(encounter.id) == []
    assert not store.database.connection.in_transaction


def test_a_changed_blob_is_found(store: EdgeStore, places: Places) -> None:
    sha256 = store.blobs.put(b"a wound" * 100)
    assert store.blobs.get(sha256) == b"a wound" * 100
    file = places.blobs / sha256[:2] / sha256
    assert b"a wound" not in file.read_bytes()
    damaged = bytearray(file.read_bytes())
    damaged[40] ^= 1
    file.write_bytes(damaged)
    with pytest.raises(Fault) as caught:
        store.blobs.get(sha256)
    assert caught.value.reason is Reason.STORE_DAMAGED
    assert store.blobs.put(b"a wound" * 100) == sha256
    assert store.blobs.get(sha256) == b"a wound" * 100


def test_who_was_on_screen_is_restored_within_one_boot_only(store: EdgeStore) -> None:
    patient, encounter = store.journal.open_encounter("IPP1", now(), "TC")
    assert store.journal.on_screen("boot") == (patient, encounter)
    assert store.journal.on_screen("another boot") is None
    store.journal.leave_encounter(encounter.id, now())
    assert store.journal.on_screen("boot") is None


async def test_a_row_goes_its_way_and_a_dead_drain_loses_nothing(places: Places) -> None:
    async with StoreThread(lambda: open_for_edge(places, TO, "demonstration")) as edge:
        ledger = StoredLedger(edge, "TC")
        await ledger.put_patient(JEANNE)
        _patient, encounter = await ledger.open_encounter("IPP1", now())
        saved = await ledger.save(capture(reading()), encounter)
        async with StoreThread(lambda: open_for_sync(places)) as sync:
            box = StoredOutbox(sync)
            assert [c.item_id for c in await box.claim("fhir", State.KEPT, 10, 60)] == [saved.item_id]
            assert await box.claim("fhir", State.KEPT, 10, 60) == []
            await box.give_back("fhir")
            assert len(await box.claim("fhir", State.KEPT, 10, 60)) == 1
            frozen = await box.freeze("fhir", saved.item_id, b"first")
            assert (await box.freeze("fhir", saved.item_id, b"second")).content == b"first"
            assert await box.frozen("fhir", saved.item_id) == frozen
            await box.record("fhir", Outcome(saved.item_id, Event.TRY_LATER, Reason.DESTINATION_BUSY, "busy"), 1, 30)
            assert await box.claim("fhir", State.PENDING, 10, 60) == []
            due = await box.next_due("fhir")
            assert due is not None
            assert 20 < due <= 30
            before = await ledger.version()
            await box.record("fhir", Outcome(saved.item_id, Event.ACCEPTED), 0, 0)
            await box.record("fhir", Outcome(saved.item_id, Event.FROZEN), 0, 0)
            await box.record("fhir", Outcome(saved.item_id, Event.PROVEN), 0, 0)
            assert await ledger.version() != before
            assert await box.next_due("fhir") is None
        overview = await ledger.overview(encounter.id)
        assert [line.state for line in overview.lines] == [State.RECEIVED]
        assert overview.standing.counts[State.RECEIVED] == 1


@pytest.mark.hazard("H8", without="tests.controls_edge:a_far_next_attempt_is_believed")
async def test_a_clock_that_jumps_back_a_year_does_not_stop_the_outbox(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with StoreThread(lambda: open_for_edge(places, TO, "demonstration")) as edge:
        ledger = StoredLedger(edge, "TC")
        await ledger.put_patient(JEANNE)
        _patient, encounter = await ledger.open_encounter("IPP1", now())
        saved = await ledger.save(capture(reading()), encounter)
        async with StoreThread(lambda: open_for_sync(places)) as sync:
            box = StoredOutbox(sync)
            await box.claim("fhir", State.KEPT, 1, 60)
            await box.record("fhir", Outcome(saved.item_id, Event.TRY_LATER), 1, 60)
            a_year_ago = time.time() - 365 * 86400
            monkeypatch.setattr(outbox.time, "time", lambda: a_year_ago)
            assert await box.next_due("fhir") == 0
            assert len(await box.claim("fhir", State.KEPT, 1, 60)) == 1


def test_a_recording_sent_again_after_it_was_undone_or_was_nobodys_is_the_residents(store: EdgeStore) -> None:
    ecg = Waveform(("I",), Decimal(500), (Scale(Decimal(1)),), bytes(4))
    file = Capture(Kind.ECG, ecg, CUFF, now(), "the same file")
    nobodys = store.journal.save(file, None)
    _patient, first = store.journal.open_encounter("IPP1", now(), "TC")
    wrong = store.journal.save(file, first)
    assert wrong.new
    assert wrong.item_id != nobodys.item_id
    assert not store.journal.save(file, first).new
    store.journal.mark_entered_in_error(wrong.item_id, first.id, now())
    _patient, second = store.journal.open_encounter("IPP1", now(), "TC")
    again = store.journal.save(file, second)
    assert again.new
    assert [line.item_id for line in store.journal.lines(second.id)] == [again.item_id]
    assert not store.journal.save(file, second).new


async def test_an_undone_vital_sign_goes_out_again_and_says_so(places: Places) -> None:
    async with StoreThread(lambda: open_for_edge(places, TO, "demonstration")) as edge:
        ledger = StoredLedger(edge, "TC")
        await ledger.put_patient(JEANNE)
        _patient, encounter = await ledger.open_encounter("IPP1", now())
        saved = await ledger.save(capture(reading()), encounter)
        async with StoreThread(lambda: open_for_sync(places)) as sync:
            box = StoredOutbox(sync)
            await box.freeze("fhir", saved.item_id, b"final")
            for event in (Event.ACCEPTED, Event.PROVEN):
                await box.record("fhir", Outcome(saved.item_id, event), 0, 0)
            await ledger.mark_entered_in_error(saved.item_id, encounter.id, now())
            assert [claim.state for claim in await box.claim("fhir", State.KEPT, 1, 60)] == [State.KEPT]
            item = await box.load("fhir", saved.item_id)
            assert item.entered_in_error
            assert {r["status"] for r in observations.resources(item) if r["resourceType"] == "Observation"} == {
                "entered-in-error"
            }
            assert (await box.freeze("fhir", saved.item_id, b"entered in error")).content == b"entered in error"


def test_who_just_left_the_screen_is_known_after_a_restart(store: EdgeStore) -> None:
    _patient, encounter = store.journal.open_encounter("IPP1", now(), "TC")
    store.journal.leave_encounter(encounter.id, now())
    [(patient_id, seconds_ago)] = store.journal.recently_on_screen(now(), 120)
    assert patient_id == "IPP1"
    assert 0 <= seconds_ago < 60
    earlier = dataclasses.replace(now(), utc=now().utc - dt.timedelta(days=365))
    assert store.journal.recently_on_screen(earlier, 120) == [("IPP1", 0.0)]
    later = dataclasses.replace(now(), utc=now().utc + dt.timedelta(hours=1))
    assert store.journal.recently_on_screen(later, 120) == []
