"""Stores that older releases left behind are opened by this one with everything that is in them."""

from __future__ import annotations

import asyncio
import dataclasses
import random
import re
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
import sqlcipher3.dbapi2 as sqlite

from edge.domain.capture import Standing
from edge.domain.delivery import ADVANCE, State
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Kind, Name, Reading
from edge.domain.photo import Photo
from edge.domain.waveform import Scale, Waveform
from edge.store.disk.keys import read_key, write_key
from edge.store.file.database import RELEASE, SET_ASIDE, Database, migrations, statements
from edge.store.ledger import EdgeStore, Places, is_migrated, open_for_edge, open_for_sync
from edge.store.sending import outbox
from edge.store.sending.outbox import OPEN, StoredOutbox
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
    counts[State.WITHDRAWN] = 0
    found = outbox.standing(store)
    assert isinstance(found, Standing)
    assert found.counts == counts
    assert (store.journal.unassigned(), store.journal.quarantined()) == (1, 1)


def test_whoever_joins_can_wait_until_edge_has_brought_it_to_this_release(old: Places) -> None:
    assert not is_migrated(old)
    migrated(old).database.close()
    assert is_migrated(old)


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
    outdated = newest(old) < migrations()[-1][0]
    migrated(old).database.close()
    copies = sorted(old.database.parent.glob("store.db.before-*"))
    assert len(copies) == int(outdated)
    if not outdated:
        return
    copied = Places(copies[0], old.blobs, old.key)
    assert read_schema(copied) == before


def read_schema(places: Places) -> list[str]:
    """What stands in the file, read without any of the store's own checks."""
    return read(places, "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY name")


def newest(places: Places) -> int:
    """The number of the last migration, read likewise."""
    return max(map(int, read(places, "SELECT number FROM migration")))


def read(places: Places, statement: str) -> list[str]:
    connection = sqlite.connect(str(places.database))
    connection.execute(f"PRAGMA key = \"x'{read_key(places.key).hex()}'\"")
    rows = connection.execute(statement).fetchall()
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


ADDS = re.compile(
    r"(CREATE (UNIQUE )?(TABLE|INDEX|TRIGGER|VIEW) (?!IF\b)|ALTER TABLE \w+ ADD COLUMN |INSERT (OR IGNORE )?INTO "
    r"|UPDATE (fact|counter|bookmark) SET )",
    re.IGNORECASE,
)
"""What adds, or counts anew what is counted."""

DERIVES_ANEW = re.compile(r"DROP (INDEX|TRIGGER|VIEW) ", re.IGNORECASE)
"""What goes holds no data."""

SETS_ASIDE = re.compile(r"ALTER TABLE (\w+) RENAME TO (\w+)", re.IGNORECASE)
"""Each row stays as it was, under another name."""


def test_migrations_only_add() -> None:
    """The first one as well as the last: no table, no column and no row goes, and none is changed."""
    renamed = []
    for number, name, script in migrations():
        assert "legacy_alter_table" not in script
        for statement in statements(script):
            code = "\n".join(line for line in statement.splitlines() if not line.lstrip().startswith("--")).strip()
            if aside := SETS_ASIDE.fullmatch(code.removesuffix(";")):
                renamed.append((number, *aside.groups()))
                continue
            assert ADDS.match(code) or DERIVES_ANEW.match(code), (name, code)
    assert renamed == [(3, table.removesuffix("_0002"), table) for table in SET_ASIDE]


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


@pytest.mark.parametrize("seed", range(12))
def test_whatever_an_old_store_holds_is_there_afterwards(seed: int, tmp_path: Path) -> None:
    """Gaps in the sequence, items of nobody, promises in every state or none, to destinations that are gone."""
    places = Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "store.key")
    written = strange_store(places, random.Random(seed))
    store = migrated(places)
    assert store.run("PRAGMA foreign_key_check").fetchall() == []
    assert store.run("SELECT id, sequence, patient_id FROM item ORDER BY sequence").fetchall() == written.items
    for name, sequence, _ in written.items:
        assert store.run("SELECT item FROM item_named WHERE id = ?", (name,)).fetchall() == [(sequence,)]
    stands = {item.item_id: dict(item.states) for item in outbox.items(store)}
    assert all(stands[name][to] is state for name, to, state in written.promises)
    least = [min(states.values(), key=ADVANCE.index) for states in stands.values() if states]
    assert outbox.standing(store).counts == {state: least.count(state) for state in State}
    assert store.journal.unassigned() == sum(patient is None for _, _, patient in written.items)
    still_open = {(name, to) for name, states in stands.items() for to, state in states.items() if state in OPEN}
    store.database.close()
    assert asyncio.run(claimed(places)) == still_open


async def claimed(places: Places) -> set[tuple[str, str]]:
    async with StoreThread(lambda: open_for_sync(places)) as thread:
        box = StoredOutbox(thread)
        return {
            (claim.item_id, to)
            for to in ("fhir", "copy", "pacs", "gone")
            for state in OPEN
            for claim in await box.claim(to, state, 1000, 60)
        }


@dataclasses.dataclass(frozen=True)
class Written:
    items: list[tuple[str, int, str | None]]
    promises: list[tuple[str, str, State]]


def strange_store(places: Places, chance: random.Random) -> Written:
    """Of the second schema."""
    write_key(places.key, bytes(range(32)))
    places.blobs.mkdir()
    connection = sqlite.connect(str(places.database), isolation_level=None)
    run = connection.execute
    run(f"PRAGMA key = \"x'{bytes(range(32)).hex()}'\"")
    run("CREATE TABLE migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied TEXT NOT NULL) STRICT")
    run("CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT")
    run("INSERT INTO fact VALUES ('min_reader', '1'), ('purpose', 'demonstration')")
    for number, name, script in migrations()[:2]:
        for statement in statements(script):
            run(statement)
        run("INSERT INTO migration VALUES (?, ?, 'then')", (number, name))
    run("INSERT INTO patient (id, issuer, birth_name, given_names, birth_date, sex, room, status)"
        " VALUES ('P', 'EHPAD', 'DUPONT', 'JEANNE', '1938-03-12', 'F', '1', 'validee')")  # fmt: skip
    run("INSERT INTO encounter VALUES ('E', 'P', '2025-01-01T00:00:00+00:00', NULL, '2.25.1', 'TC1')")
    written = Written([], [])
    sequence = 0
    for number in range(chance.randrange(40)):
        sequence += chance.choice((1, 1, 1, 2, 17))
        whose = chance.choice(("P", "P", "P", None))
        name = f"item {number}"
        kind = chance.choice(("blood_pressure", "ecg", "sound"))
        run("INSERT INTO item (sequence, id, kind, identity, patient_id, encounter_id, device_id, device_model, device_label,"
            " taken_utc, boot_id, monotonic_ns, clock_trusted, payload, sop_uid, series_uid)"
            " VALUES (?,?,?,?,?,?,'d','m','l','2025-01-01T00:00:00+00:00','b',1,1,'{}',?,'2.25.2')",
            (sequence, name, kind, f"of {number}", whose, whose and "E", f"2.25.9{number}"))  # fmt: skip
        written.items.append((name, sequence, whose))
        # a release before may have promised what a later one took from its resident
        for to in chance.sample(("fhir", "copy", "gone"), chance.randrange(4)) if kind != "sound" else ():
            state = chance.choice([state for state in State if state is not State.WITHDRAWN])
            run("INSERT INTO outbox (item_id, destination, state, frozen_sha256, changed_utc) VALUES (?,?,?,?,'then')",
                (name, to, state.value, None if state is State.KEPT else "00" * 32))  # fmt: skip
            written.promises.append((name, to, state))
    connection.close()
    return written
