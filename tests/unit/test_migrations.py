"""Stores that older releases left behind are opened by this one with everything that is in them."""

from __future__ import annotations

import asyncio
import re
import shutil
from decimal import Decimal
from importlib import resources
from pathlib import Path

import pytest

from edge.domain.capture import Standing
from edge.domain.delivery import State
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Kind, Name, Reading
from edge.domain.photo import Photo
from edge.domain.waveform import Scale, Waveform
from edge.store import outbox
from edge.store.database import RELEASE, Database, migrations, statements
from edge.store.keys import read_key
from edge.store.ledger import EdgeStore, Places, open_for_edge, open_for_sync
from edge.store.outbox import StoredOutbox
from edge.store.thread import StoreThread

OLD = Path(__file__).parents[1] / "databases"
FOLDERS = sorted(entry.name for entry in OLD.iterdir() if entry.is_dir())
PROMISED = {Kind.BLOOD_PRESSURE: ("fhir", "copy"), Kind.ECG: ("pacs",), Kind.PHOTO: ("pacs",)}


@pytest.fixture(params=FOLDERS)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Places:
    """A copy of a store of an older release."""
    folder = tmp_path / "data"
    shutil.copytree(OLD / request.param, folder)
    (folder / "store.key").chmod(0o600)
    return Places(folder / "store.db", folder / "blobs", folder / "store.key")


def migrated(places: Places) -> EdgeStore:
    return open_for_edge(places, PROMISED, "demonstration")


def test_each_schema_that_a_release_left_on_a_cart_is_here() -> None:
    rebuilt = [f"{number:04}_{name}" for number, name, _ in migrations() if number < 3]
    assert FOLDERS[: len(rebuilt)] == rebuilt


def test_every_item_comes_out_whole(old: Places) -> None:
    store = migrated(old)
    found = [store.journal.load(item.item_id) for item in outbox.items(store) if not item.nobodys]
    assert [item.kind for item in found] == [Kind.BLOOD_PRESSURE] * 6 + [Kind.ECG, Kind.PHOTO]
    assert [item.entered_in_error for item in found] == [False] * 5 + [True, False, False]
    for number, item in enumerate(found[:6]):
        assert isinstance(item.payload, Reading)
        systolic = item.payload.components[0]
        assert systolic.name is Name.SYSTOLIC
        assert systolic.quantity is not None
        assert systolic.quantity.value == 120 + number
    ecg, photo = found[6].payload, found[7].payload
    assert isinstance(ecg, Waveform)
    assert ecg.samples == bytes(range(8))
    assert ecg.scales[0] == Scale(Decimal("2.5"))
    assert isinstance(photo, Photo)
    assert photo.jpeg == b"\xff\xd8jpeg of a release\xff\xd9"
    assert len({item.sop_uid for item in found}) == 8
    assert {item.patient.birth_name for item in found} == {"DUPONT"}


def test_every_promise_stands_where_it_stood(old: Places) -> None:
    store = migrated(old)
    states = [dict(item.states) for item in outbox.items(store)]
    assert states[:6] == [
        {"fhir": State.RECEIVED, "copy": State.RECEIVED},
        {"fhir": State.RECEIVED, "copy": State.SENT},
        {"fhir": State.SENT, "copy": State.SENT},
        {"fhir": State.PENDING, "copy": State.PENDING},
        {"fhir": State.PENDING, "copy": State.NEEDS_PERSON},
        {"fhir": State.KEPT, "copy": State.KEPT},
    ]
    assert states[6:] == [{}, {"pacs": State.KEPT}, {"pacs": State.KEPT}]
    refused = next(row for row in outbox.waiting(store) if row.state is State.NEEDS_PERSON)
    assert (refused.reason, refused.what, refused.attempts) == ("destination_refused", "it says no", 3)


def test_the_counters_agree_with_what_is_there(old: Places) -> None:
    store = migrated(old)
    counts = {State.KEPT: 3, State.PENDING: 1, State.SENT: 2, State.RECEIVED: 1, State.NEEDS_PERSON: 1}
    found = outbox.standing(store)
    assert isinstance(found, Standing)
    assert found.counts == counts
    assert (store.journal.unassigned(), store.journal.quarantined()) == (1, 1)


async def test_the_drain_goes_on_where_it_was(old: Places) -> None:
    migrated(old).database.close()
    async with StoreThread(lambda: open_for_sync(old)) as thread:
        box = StoredOutbox(thread)
        pending = await box.claim("fhir", State.PENDING, 10, 60)
        assert len(pending) == 2
        for claim in pending:
            assert (await box.frozen("fhir", claim.item_id)).content == f"{claim.item_id} for fhir".encode()
        assert len(await box.claim("fhir", State.KEPT, 10, 60)) == 1
        assert len(await box.claim("pacs", State.KEPT, 10, 60)) == 2
        assert await box.claim("pacs", State.KEPT, 10, 60) == []


def test_a_copy_of_what_was_there_before_lies_beside_it(old: Places) -> None:
    before = read_schema(old)
    migrated(old).database.close()
    copies = sorted(old.database.parent.glob("store.db.before-*"))
    assert copies
    copied = Places(copies[0], old.blobs, old.key)
    assert read_schema(copied) == before


def read_schema(places: Places) -> list[str]:
    """What stands in the file, read without any of the store's own checks."""
    import sqlcipher3.dbapi2 as sqlite

    connection = sqlite.connect(str(places.database))
    connection.execute(f"PRAGMA key = \"x'{read_key(places.key).hex()}'\"")
    rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").fetchall()
    connection.close()
    return [row[0] for row in rows]


def test_a_release_that_was_rolled_back_opens_what_a_later_one_has_added_to(old: Places) -> None:
    """A schema of the future that keeps min_reader where it is."""
    store = migrated(old)
    with store.database.write():
        store.run("CREATE TABLE of_the_future (name TEXT PRIMARY KEY) STRICT")
        store.run("ALTER TABLE item ADD COLUMN of_the_future TEXT")
        store.run("INSERT INTO migration VALUES (9999, 'of_the_future', '2030-01-01T00:00:00+00:00')")
    store.database.close()
    again = migrated(old)
    assert len(outbox.items(again)) == 9
    again.database.close()
    Database(old.database, read_key(old.key)).close()


def test_a_store_of_a_release_to_come_is_refused_by_edge_and_by_sync(old: Places) -> None:
    store = migrated(old)
    with store.database.write():
        store.run("UPDATE fact SET value = ? WHERE name = 'min_reader'", (str(RELEASE + 1),))
    store.database.close()
    before = old.database.read_bytes()
    for join in (lambda: migrated(old), lambda: open_for_sync(old)):
        with pytest.raises(Fault, match=f"needs release {RELEASE + 1} or newer") as caught:
            join()
        assert caught.value.reason is Reason.STORE_VERSION
        assert "install that release" in caught.value.do
    assert old.database.read_bytes() == before


ADDITIVE = re.compile(
    r"\s*(CREATE (UNIQUE )?(TABLE|INDEX|TRIGGER|VIEW)|ALTER TABLE \w+ ADD|INSERT|UPDATE (fact|counter|bookmark) )",
    re.IGNORECASE,
)


def test_migrations_after_the_third_only_add() -> None:
    folder = resources.files("edge.store") / "schema"
    for number, name, script in migrations():
        if number <= 3:
            continue
        for statement in statements(script):
            code = "\n".join(line for line in statement.splitlines() if not line.lstrip().startswith("--")).strip()
            assert ADDITIVE.match(code), (folder, name, code)


def test_every_table_is_strict(old: Places) -> None:
    store = migrated(old)
    loose = store.run(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND NOT strict"
    ).fetchall()
    assert [name for (name,) in loose if not name.startswith("sqlite_")] == []


def test_two_that_open_an_old_store_at_once_migrate_it_once(old: Places) -> None:
    async def both() -> list[EdgeStore]:
        return list(await asyncio.gather(*(asyncio.to_thread(migrated_and_closed, old) for _ in range(4))))

    asyncio.run(both())
    store = migrated(old)
    numbers = [number for (number,) in store.run("SELECT number FROM migration ORDER BY number")]
    assert numbers == [number for number, _, _ in migrations()]


def migrated_and_closed(places: Places) -> EdgeStore:
    store = migrated(places)
    store.database.close()
    return store
