"""What looks like damage and is none: a good store is never laid aside."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlcipher3.dbapi2 as sqlite

from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Instant
from edge.domain.retention import Retention
from edge.mains.store import backup as backed_up, rekey as rekeyed, restore as restored
from edge.settings import Settings
from edge.store.damage import salvage as salvaging, verify as verifying
from edge.store.damage.opening import mark_damaged
from edge.store.damage.remains import remains
from edge.store.damage.trees import Pages, Tree
from edge.store.damage.verify import Target, Verdict, Verified
from edge.store.disk.blobs import Blobs
from edge.store.disk.keys import read_key, write_key
from edge.store.disk.space import MEBIBYTE, Room, Space
from edge.store.file import database as databases
from edge.store.file.database import Database
from edge.store.file.log_file import log_of, read_log
from edge.store.file.marks import write_mark
from edge.store.keeping import audit
from edge.store.ledger import Places, open_for_edge, open_for_sync
from edge.store.sending.outbox import StoredOutbox
from edge.store.thread import StoreThread
from tests import needs
from tests.integration.test_store_faults_damage import SMALL, flip
from tests.small_disk import BLOCK
from tests.store_on_disk import TO, cart_on, places_in, stored_raws


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A store with twenty readings, closed."""

    async def fill() -> None:
        async with cart_on(tmp_path / "data", SMALL) as cart:
            for _ in range(20):
                await cart.measure()

    asyncio.run(fill())
    return tmp_path / "data"


def is_as_it_was(root: Path) -> bool:
    return len(stored_raws(root)) == 20 and not list(root.glob("quarantine-*"))


def refused(places: Places) -> Reason:
    with pytest.raises(Fault) as raised:
        open_for_edge(places, TO, "demonstration")
    return raised.value.reason


def test_a_log_that_was_allocated_and_never_written(root: Path) -> None:
    log_of(places_in(root).database).write_bytes(bytes(1 << 20))
    assert not read_log(places_in(root).database).severed()
    assert is_as_it_was(root)


def test_the_key_of_before_does_not_open_a_store_that_got_another(root: Path) -> None:
    """The copy of the first page still opens with it, until edge has started with the new one."""
    places = places_in(root)
    before = read_key(places.key)
    rekeyed(Settings(data=root, demo=True), None, lambda _: None)
    now = read_key(places.key)
    write_key(places.key, before)
    assert refused(places) is Reason.STORE_KEY
    write_key(places.key, now)
    assert is_as_it_was(root)


def test_a_migration_that_fails_on_what_is_stored(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = "CREATE TABLE once (kind TEXT PRIMARY KEY) STRICT;\nINSERT INTO once SELECT kind FROM item;\n"
    all_of_them = [*databases.migrations(), (9999, "mistaken", script)]
    with monkeypatch.context() as patch:
        patch.setattr(databases, "migrations", lambda: all_of_them)
        refused(places_in(root))
    assert is_as_it_was(root)


def test_a_store_of_a_newer_release_is_not_made_anew_by_an_older_one(root: Path) -> None:
    places = places_in(root)
    with contextlib.closing(Database(places.database, read_key(places.key))) as database, database.write():
        database.connection.execute("UPDATE fact SET value = '99' WHERE name = 'min_reader'")
    mark_damaged(places.database)
    assert refused(places) is Reason.STORE_VERSION
    assert not list(root.glob("quarantine-*"))


def test_a_store_that_is_gone_is_said_to_be_gone(root: Path) -> None:
    places_in(root).database.unlink()
    assert refused(places_in(root)) is Reason.STORE_IO
    assert not places_in(root).database.exists()


def test_what_cannot_be_looked_through_is_not_proven_damaged(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = places_in(root)

    def interrupted(_target: Target) -> Iterator[str]:
        raise sqlite.OperationalError("disk I/O error")
        yield ""

    with contextlib.closing(Database(places.database, read_key(places.key))) as database:
        target = Target(database, Blobs(places.blobs, b"k" * 32), b"")
        found = verifying._run("pages", interrupted, target)
        assert found.wrong
        assert not Verified((found,)).is_damage
        monkeypatch.setattr(verifying, "_TRIES", 0)  # every one met a write
        found = verifying._run("log", verifying._log, target)
        assert found.wrong
        assert not Verified((found,)).is_damage
    assert Verified((Verdict("log", ("frame 3 is damaged",), 0.0),)).is_damage


def test_the_log_of_a_store_that_somebody_has_open_is_being_written(root: Path) -> None:
    """Its file between two writes looks as if it were severed; SQLite's index knows better."""
    places = places_in(root)
    opened = open_for_sync(places)
    with contextlib.closing(opened.database):
        with opened.database.write():
            opened.run("INSERT INTO fact VALUES ('a', '')")
        with opened.database.write():
            opened.run("INSERT INTO fact VALUES ('b', '')")
        log = log_of(places.database)
        content = log.read_bytes()
        with log.open("r+b") as file:
            file.seek(48)
            file.write(bytes(8))
        assert read_log(places.database).severed()
        with contextlib.closing(open_for_edge(places, TO, "demonstration").database), log.open("r+b") as file:
            file.write(content[:56])
    assert is_as_it_was(root)


def test_sync_leaves_a_severed_log_to_edge(root: Path, tmp_path: Path) -> None:
    """SQLite would cut it at the break, and write over what was committed behind it."""
    places = places_in(root)
    store = open_for_edge(places, TO, "demonstration")
    for number in range(10):
        with store.database.write():
            store.run("INSERT INTO fact VALUES (?, '')", (f"kept {number}",))
    log = log_of(places.database)
    content, base = log.read_bytes(), places.database.read_bytes()
    store.database.close()
    log.write_bytes(content)
    places.database.write_bytes(base)
    flip(log, 32 + 24 + 2000 + (24 + BLOCK), 1)
    with pytest.raises(Fault) as raised:
        open_for_sync(places)
    assert raised.value.reason is Reason.STORE_IO
    with contextlib.closing((opened := open_for_edge(places, TO, "demonstration")).database):
        (kept,) = opened.run("SELECT count(*) FROM fact WHERE name GLOB 'kept *'").fetchone()
    assert kept == 10


async def test_a_reading_waits_until_the_others_have_let_go_of_a_damaged_store(root: Path) -> None:
    """Damage under a live writer, while sync is at work with the store open."""
    places = places_in(root)
    async with (
        cart_on(root, SMALL) as cart,
        StoreThread(lambda: open_for_sync(places)) as thread,
    ):
        await StoredOutbox(thread).version()
        await cart.measure()

        def spoil(store: object) -> None:
            run = store.run  # type: ignore[attr-defined]
            run("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            (page,) = run("SELECT rootpage FROM sqlite_schema WHERE name = 'filed_identity'").fetchone()
            flip(places.database, (page - 1) * BLOCK + 50, 1)
            run("PRAGMA shrink_memory")

        await cart.thread.run(spoil)
        measuring = asyncio.create_task(cart.measure())
        # sync sends something large meanwhile, and asks the store for nothing
        async with asyncio.timeout(20):
            while not (root / "store.damaged").exists():
                await asyncio.sleep(0.05)
            cart.lines.clear()
            while not any("abîmée" in line for line in cart.lines) and not measuring.done():
                await asyncio.sleep(0.05)
        assert not measuring.done()
        with pytest.raises(Fault):
            await StoredOutbox(thread).version()
        async with asyncio.timeout(20):
            await measuring
        await StoredOutbox(thread).version()
    assert len(stored_raws(root)) == 22


async def test_a_store_that_fails_is_no_fault_of_the_item_that_sync_asked_for(root: Path) -> None:
    """Else a person would have to look at readings that nothing is wrong with."""
    places = places_in(root)
    async with StoreThread(lambda: open_for_sync(places)) as thread:
        box = StoredOutbox(thread)
        (item, page) = await thread.run(
            lambda opened: (
                opened.run("SELECT id FROM item").fetchone()[0],
                opened.run("SELECT rootpage FROM sqlite_schema WHERE name = 'item'").fetchone()[0],
            )
        )
        flip(places.database, (page - 1) * BLOCK + 50, 1)
        await thread.run(lambda opened: opened.run("PRAGMA shrink_memory"))
        for _ in range(3):
            with pytest.raises(Fault) as raised:
                await box.load("fhir", item)
            assert raised.value.reason is Reason.STORE_IO


def test_what_a_killed_migration_left_does_not_fill_the_disk(root: Path) -> None:
    """The copy before a migration is as large as the store, and each start would leave another one."""
    places = places_in(root)
    store = open_for_edge(places, TO, "demonstration")
    to = root / "store.db.before-0009"
    dead = subprocess.run(["sh", "-c", "echo $$"], capture_output=True, text=True, check=True).stdout.strip()
    left, anothers = root / f"{to.name}.{dead}.1.tmp", root / f"{to.name}.1.1.tmp"
    left.touch()
    anothers.touch()
    with contextlib.closing(store.database):
        store.database._copy(to)
    assert to.exists()
    assert not left.exists()
    assert anothers.exists()


def test_what_was_undone_and_what_was_purged_stays_so(root: Path) -> None:
    """The newest state of their page is lost, and the one before is kept: audit trail and certificates know of what came after."""
    places = places_in(root)
    store = open_for_edge(places, TO, "demonstration")
    found = store.run("SELECT id, sequence FROM item WHERE sequence IN (3, 4) ORDER BY sequence").fetchall()
    (undone, _), (purged, purged_at) = found
    (page,) = store.run("SELECT rootpage FROM sqlite_schema WHERE name = 'item'").fetchone()
    now = Instant(dt.datetime(2030, 1, 1, tzinfo=dt.UTC), "boot", 1, clock_trusted=True)
    with store.database.write():
        store.run(
            "UPDATE outbox SET state = 'received', trusted_utc = changed_utc, lease_until = 0 WHERE item = ?",
            (purged_at,),
        )
    encounter_id = store.run("SELECT encounter_id FROM item WHERE id = ?", (undone,)).fetchone()[0]
    store.database.close()
    pages_of_items = leaves(places.database, read_key(places.key), page)
    store = open_for_edge(places, TO, "demonstration", Retention(vitals_days=1))
    store.journal.mark_entered_in_error(undone, encounter_id, now)
    certificate = store.purge.run(now)
    assert certificate is not None
    assert [one.item_id for one in certificate.items] == [purged]
    log = log_of(places.database)
    content, base = log.read_bytes(), places.database.read_bytes()
    store.database.close()
    log.write_bytes(content)
    places.database.write_bytes(base)
    for frame in read_log(places.database).frames:
        if frame.page in pages_of_items:
            flip(log, frame.offset + 2000, 1)
    report = salvaging.salvage(places.database, read_key(places.key))
    assert set(report.older) & pages_of_items
    with contextlib.closing((store := open_for_edge(places, TO, "demonstration")).database):
        rows = store.run(
            "SELECT id, entered_in_error, purged, raw, payload FROM item WHERE sequence IN (3, 4)"
        ).fetchall()
        assert rows[0][0] == undone
        assert rows[0][1] == now.utc.isoformat()
        assert rows[1] == (purged, None, certificate.made, None, "{}")
        assert store.run("SELECT state FROM outbox WHERE item = 3").fetchone() == ("kept",)
        assert store.run("SELECT purged FROM outbox WHERE item = ?", (purged_at,)).fetchone() == (1,)
        assert len(store.run("SELECT 1 FROM item").fetchall()) == 20


def leaves(database: Path, key: bytes, root: int) -> set[int]:
    """The pages of the tree whose root is ``root``, of a store with an empty log."""
    found = Pages(remains(database, database, key).read, 1 << 20)
    found.tree(root)
    return found.seen


def test_a_salvage_holds_a_page_of_rows_at_a_time() -> None:
    """A store of years is larger than what the unit of edge may use."""

    # one inner page over a hundred leaves, each with one row
    def page(number: int) -> bytes:
        if number == 1000:
            cells = b"".join(struct.pack(">IB", leaf, 1) for leaf in range(2, 102))
            places = struct.pack(">100H", *(300 + 5 * at for at in range(100)))
            head = struct.pack(">BHHHBI", 5, 0, 100, 300, 0, 102)
            return (head + places).ljust(300, b"\0") + cells.ljust(3716, b"\0")
        return (struct.pack(">BHHHB", 13, 0, 1, 100, 0) + struct.pack(">H", 100)).ljust(100, b"\0") + bytes(
            [3, number % 128, 2, 1, number % 128]
        )

    walked = Pages(page, 1000).walk(1000, Tree())
    first = next(walked)
    assert [len(first), len(next(walked))] == [1, 1]
    assert len(list(walked)) == 99


def test_what_root_made_beside_the_store_edge_can_write(root: Path) -> None:
    """Else the reserve could not be given back, and the screen would say that the disk refuses."""
    needs.root()
    places = places_in(root)
    os.chown(places.database, 4711, 4711)
    for name in ("store.mark", "store.reserve"):
        (root / name).unlink(missing_ok=True)
    before = os.umask(0o022)
    try:
        with contextlib.closing(open_for_edge(places, TO, "demonstration").database) as database:
            write_mark(places.database, database.connection)
            Space(places.database, Room(reserve=MEBIBYTE, for_readings=0), owner=True)
    finally:
        os.umask(before)
    for name in ("store.mark", "store.reserve"):
        found = (root / name).stat()
        assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (4711, 4711, 0o660), name


def test_a_power_cut_after_a_transaction_that_was_rolled_back(root: Path) -> None:
    """Its frames lie behind the one that the cut tore, and were never committed."""
    places = places_in(root)
    store = open_for_edge(places, TO, "demonstration")
    store.run("PRAGMA cache_size = 10")
    store.run("BEGIN IMMEDIATE")
    for number in range(200):
        store.run("INSERT INTO fact VALUES (?, ?)", (f"undone {number}", "x" * 2000))
    store.run("ROLLBACK")
    log = log_of(places.database)
    before = read_log(places.database).chained
    with store.database.write():
        store.run("INSERT INTO fact VALUES ('torn', '')")
    content, base = log.read_bytes(), places.database.read_bytes()
    store.database.close()
    log.write_bytes(content)
    places.database.write_bytes(base)
    assert before > 10
    (*_, torn) = (frame for frame in read_log(places.database).frames if frame.commits)
    flip(log, torn.offset + 100, 1)
    assert is_as_it_was(root)


def test_a_store_that_was_restored_is_not_taken_for_the_one_that_was_damaged(root: Path, tmp_path: Path) -> None:
    settings = Settings(data=root, demo=True)
    backed_up(settings, tmp_path / "backup", lambda _: None)
    for path in [*root.glob("store.db*"), *(path for path in (root / "blobs").rglob("*") if path.is_file())]:
        path.unlink()
    mark_damaged(places_in(root).database)
    restored(settings, tmp_path / "backup", None, lambda _: None)
    assert is_as_it_was(root)


def test_the_audit_trail_says_what_a_salvage_lost_of_it(root: Path) -> None:
    """New entries get the numbers of those that are lost: without its own entry nobody would see that there were others."""
    places = places_in(root)
    with contextlib.closing((store := open_for_edge(places, TO, "demonstration")).database):
        last, _ = audit.head(store.database)
        (page,) = store.run("SELECT rootpage FROM sqlite_schema WHERE name = 'audit'").fetchone()
    flip(places.database, (page - 1) * BLOCK + 50, 1)
    mark_damaged(places.database)
    with contextlib.closing((store := open_for_edge(places, TO, "demonstration")).database):
        details = [one.detail for one in audit.entries(store.database) if one.act == "salvaged"]
        assert [f"audit entries 1 to {last} are lost" in detail for detail in details] == [True]
