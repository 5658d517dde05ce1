"""What stays when it should go, and what must not go: clocks, corrections, orphans, frames that nobody understood, former keys."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
from pathlib import Path

import pytest

from edge import settings as settings_file
from edge.domain.delivery import Event, State
from edge.domain.fault import Fault, Reason
from edge.domain.ports import Outcome
from edge.domain.retention import Rule
from edge.mains import purging, store as admin
from edge.mains.actor import of_process
from edge.mains.clock import SystemClock
from edge.settings import Settings
from edge.store.damage.verify import verify
from edge.store.disk import rekey
from edge.store.disk.blobs import Blobs
from edge.store.disk.keys import read_key
from edge.store.leaving.sweep import SHARDS
from edge.store.ledger import Places, StoredLedger, open_for_edge, open_for_sync
from edge.store.sending import outbox, release
from edge.store.sending.outbox import StoredOutbox
from edge.store.thread import StoreThread
from tests.unit.test_purge import DAYS, PROMISED, Cart, cart, later
from tests.unit.test_store import CUFF, now

__all__ = ["cart"]


async def proven(cart: Cart, item_id: str, destination: str, *, right: bool) -> None:
    async with StoreThread(lambda: open_for_sync(cart.places)) as thread:
        box = StoredOutbox(thread, clock_is_right=lambda: right)
        await box.freeze(destination, item_id, f"{item_id} to {destination}".encode())
        for event in (Event.ACCEPTED, Event.PROVEN):
            await box.record(destination, Outcome(item_id, event), 0, 0)


@pytest.mark.hazard("H8", without="tests.controls_leftovers:any_clock_is_believed")
async def test_what_was_proven_by_a_wrong_clock_counts_from_when_it_is_right(cart: Cart) -> None:
    """The cart starts in 1970, sends, and then learns what day it is."""
    wrong, right = cart.vital(0), cart.vital(1)
    await proven(cart, right, "fhir", right=True)
    await proven(cart, right, "copy", right=True)
    await proven(cart, wrong, "fhir", right=False)
    await proven(cart, wrong, "copy", right=True)
    cart.store.run("UPDATE outbox SET changed_utc = '1970-01-01T00:00:07.000Z' WHERE trusted_utc IS NULL")
    [certificate] = cart.purge(later(11))
    assert [gone.item_id for gone in certificate.items] == [right]
    # seen by a clock that is right on the eleventh day
    assert cart.purge(later(20.9)) == []
    [certificate] = cart.purge(later(21.1))
    assert [gone.item_id for gone in certificate.items] == [wrong]
    assert certificate.items[0].received["fhir"][:10] == later(11).utc.isoformat()[:10]


async def test_what_was_changed_since_by_somebody_without_a_clock_is_not_taken_for_proven_then(cart: Cart) -> None:
    vital = cart.vital()
    for destination in ("fhir", "copy"):
        await proven(cart, vital, destination, right=True)
    cart.store.run("UPDATE outbox SET changed_utc = '1970-01-01T00:00:07.000Z' WHERE destination = 'copy'")
    assert cart.purge(later(11)) == []


async def test_of_an_older_release_what_was_proven_before_it_was_taken_is_not_believed(cart: Cart) -> None:
    before, after = cart.vital(0), cart.vital(1)
    for name in (before, after):
        for destination in ("fhir", "copy"):
            await proven(cart, name, destination, right=True)
    cart.store.run("UPDATE outbox SET trusted_utc = NULL")
    cart.store.run("UPDATE fact SET value = '2' WHERE name = 'proven_before'")
    cart.store.run("UPDATE outbox SET changed_utc = '1970-01-01T00:00:07.000Z' WHERE item = 1")
    [certificate] = cart.purge(later(11))
    assert [gone.item_id for gone in certificate.items] == [after]


async def test_who_left_goes_whenever_it_was_proven(cart: Cart) -> None:
    """A departure is a date of a list, not of this clock."""
    vital = cart.vital()
    for destination in ("fhir", "copy"):
        await proven(cart, vital, destination, right=False)
    cart.store.journal.leave_encounter(cart.encounter.id, now())
    [patient] = cart.store.journal.patients()
    cart.store.journal.put_patient(dataclasses.replace(patient, departed=now().utc.date()))
    [certificate] = cart.purge(later(4.1))
    assert [gone.rule for gone in certificate.items] == [Rule.DEPARTURE]


async def test_what_was_corrected_goes_with_its_item(cart: Cart) -> None:
    vital = cart.vital()
    await cart.received(vital, ("copy",))
    await cart.bring(vital, "fhir", Event.REFUSED)
    cart.store.run("INSERT INTO correction (item, at_utc, payload) VALUES (1, 'then', '{\"said\": \"before\"}')")
    assert cart.purge(later(4000)) == []
    release.release(cart.store.database, vital, None, now(), of_process("test"))
    async with StoreThread(lambda: open_for_sync(cart.places)) as thread:
        assert len(await StoredOutbox(thread).claim("fhir", State.KEPT, 1, 60)) == 1
    await cart.received(vital, ("fhir",))
    assert len(cart.purge(later(11))) == 1
    rows = cart.store.run("SELECT sequence, item, at_utc, payload FROM correction").fetchall()
    assert rows == [(1, 1, "then", "{}")]
    for statement in ("UPDATE correction SET payload = '[]'", "DELETE FROM correction"):
        with pytest.raises(Exception, match="a correction is never"):
            cart.store.run(statement)


def test_frames_that_were_not_understood_are_found_by_an_index_and_kept_once(cart: Cart) -> None:
    for number in range(40):
        raw = b"the same beginning ".ljust(100, b".") + bytes([number % 20])
        cart.store.journal.quarantine(CUFF, raw, Reason.CHECKSUM, "checksum", now())
    assert cart.store.journal.quarantined() == 20
    plan = cart.store.run(
        "EXPLAIN QUERY PLAN SELECT 1 FROM quarantine WHERE device_id = ?1 AND reason = ?2"
        " AND substr(raw, 1, 64) = substr(?3, 1, 64) AND raw = ?3",
        ("a", "b", b"c"),
    ).fetchall()
    assert "USING INDEX quarantine_like" in plan[0][3]


def test_frames_that_were_not_understood_go_in_time_and_are_certified(cart: Cart) -> None:
    cart.store.journal.quarantine(CUFF, b"nobody knows", Reason.CHECKSUM, "checksum", now())
    assert cart.purge(later(4000, trusted=False)) == []
    # a clock that is right sees it for the first time
    assert cart.purge(later(1)) == []
    assert cart.purge(later(10.9)) == []
    [certificate] = cart.purge(later(11.1))
    assert certificate.quarantined == (1,)
    assert cart.store.run("SELECT sequence, raw, what FROM quarantine").fetchall() == [(1, b"", "")]
    assert cart.store.journal.quarantined() == 1
    assert cart.purge(later(4000)) == []


def swept(cart: Cart) -> list[str]:
    return [name for _ in range(256 // SHARDS) for name in cart.store.sweep.run()]


@pytest.mark.hazard("H10", without="tests.controls_leftovers:whatever_lies_there_is_swept")
async def test_a_file_without_a_row_is_swept_and_no_other(cart: Cart) -> None:
    """A process was killed between the file and its row."""
    photo, vital = cart.photo(), cart.vital()
    await cart.received(photo, ("pacs",))
    await cart.bring(vital, "fhir", Event.REFUSED)
    cart.store.run("UPDATE outbox SET frozen_sha256 = NULL WHERE destination = 'fhir'")  # it is superseded
    before = cart.files()
    orphans = {cart.store.blobs.put(f"orphan {number}".encode()) for number in range(20)}
    assert set(swept(cart)) == orphans
    assert cart.files() == before
    assert len(before) == 3
    assert swept(cart) == []


async def test_a_file_that_is_swept_before_its_row_is_written_costs_another_try(
    cart: Cart, monkeypatch: pytest.MonkeyPatch
) -> None:
    vital = cart.vital()
    async with StoreThread(lambda: open_for_sync(cart.places)) as thread:
        box = StoredOutbox(thread)
        put = Blobs.put

        def then_swept(blobs: Blobs, content: bytes) -> str:
            name = put(blobs, content)
            store = open_for_edge(cart.places, PROMISED, "demonstration", DAYS)
            with contextlib.closing(store.database):
                assert [gone for _ in range(256 // SHARDS) for gone in store.sweep.run()] == [name]
            return name

        with monkeypatch.context() as patch:
            patch.setattr(Blobs, "put", then_swept)
            with pytest.raises(Fault, match="its file went"):
                await box.freeze("fhir", vital, b"frozen")
        await box.freeze("fhir", vital, b"frozen")
        assert swept(cart) == []
        assert cart.files() == {hashlib.sha256(b"frozen").hexdigest()}


async def test_verify_reads_what_was_superseded_and_counts(cart: Cart) -> None:
    vital = cart.vital()
    await cart.bring(vital, "fhir", Event.REFUSED)
    cart.store.run("UPDATE outbox SET frozen_sha256 = NULL WHERE destination = 'fhir'")
    cart.store.database.close()

    def wrong() -> list[str]:
        return list(verify(cart.places.database, cart.places.blobs, cart.places.key).wrong)

    assert wrong() == []
    [name] = cart.files()
    path = cart.places.blobs / name[:2] / name
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert wrong() == [f"files: the stored file {name[:8]} cannot be read"]
    path.write_bytes(content)
    store = open_for_edge(cart.places, PROMISED, "demonstration", DAYS)
    store.run("UPDATE counter SET value = value + 1 WHERE name IN ('received', 'nobodys')")
    store.database.close()
    assert wrong() == [
        "counters: the counter received says 1, there are 0",
        "counters: the counter nobodys says 1, there are 0",
    ]


async def test_a_destination_may_have_a_comma_in_its_name_from_before(cart: Cart) -> None:
    cart.vital()
    cart.store.run("UPDATE outbox SET destination = 'a, b=c' WHERE destination = 'copy'")
    [item] = outbox.items(cart.store)
    assert dict(item.states) == {"fhir": State.KEPT, "a, b=c": State.KEPT}


@pytest.mark.parametrize("name", ["a,b", "a=b", " a", "a\\nb", ""])
def test_no_destination_gets_such_a_name_any_more(name: str, tmp_path: Path) -> None:
    file = tmp_path / "telecart.toml"
    file.write_text(f'[[fhir]]\nname = "{name}"\nurl = "http://127.0.0.1/fhir"\n')
    with pytest.raises(Fault) as refused:
        settings_file.read(file)
    assert refused.value.reason is Reason.SETTINGS
    file.write_text('[[fhir]]\nname = "Centre d\'imagerie 2"\nurl = "http://127.0.0.1/fhir"\n')
    assert settings_file.read(file).fhir[0].name == "Centre d'imagerie 2"


def test_a_dry_run_says_why_it_counts_nothing(cart: Cart, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(data=cart.places.database.parent, demo=True)
    monkeypatch.setattr(SystemClock, "now", lambda _self: later(4000, trusted=False))
    with pytest.raises(Fault, match="clock is not known to be right"):
        purging.due(settings)
    monkeypatch.setattr(SystemClock, "now", lambda _self: later(4000))
    assert purging.due(settings) == 0


async def test_edge_finishes_a_rekey_that_nobody_finished(cart: Cart, tmp_path: Path) -> None:
    """Cut short after the key was replaced: the files still lie under the former one."""
    for number in range(3):
        cart.photo(f"photo {number}")
    cart.store.blobs.put(os.urandom(3 << 20))
    cart.store.blobs.put(b"small")
    cart.store.database.close()
    old, new = read_key(cart.places.key), os.urandom(32)
    rekey.prepare(cart.places.database, cart.places.blobs, old, new)
    cart.places.key.write_bytes(new)

    def open_it() -> object:
        return open_for_edge(cart.places, PROMISED, "demonstration", DAYS)

    async with StoreThread(open_it) as thread:  # type: ignore[type-var]
        ledger = StoredLedger(thread, "TC")  # type: ignore[arg-type]
        assert Blobs(cart.places.blobs, new).has_former_keys()
        renewed = 0
        while await ledger.renew_file():
            renewed += 1
        assert renewed == 3
        assert not await ledger.renew_file()
    blobs = Blobs(cart.places.blobs, new)
    assert not blobs.has_former_keys()
    for name, _ in blobs.held():
        blobs.check(name)
        assert blobs.is_current(name)


def test_a_restore_leaves_no_side_files_of_another_store(cart: Cart, tmp_path: Path) -> None:
    settings = Settings(data=cart.places.database.parent, demo=True)
    cart.photo()
    cart.store.database.close()
    admin.backup(settings, tmp_path / "copy", lambda _: None)
    folder = tmp_path / "other"
    folder.mkdir()
    places = Places(folder / "store.db", folder / "blobs", folder / "store.key")
    beside = ["store.db-shm", "store.db.rekeyed", "store.mark", "store.first", "store.damaged", "store.salvaging"]
    for name in beside:
        (folder / name).write_bytes(b"of another store")
    admin.restore(Settings(data=folder, demo=True), tmp_path / "copy", cart.places.key, lambda _: None)
    for name in beside:
        with contextlib.suppress(FileNotFoundError):
            assert (folder / name).read_bytes() != b"of another store"
    assert verify(places.database, places.blobs, places.key).wrong == ()
