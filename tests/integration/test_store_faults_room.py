"""A disk without room for the copy before a migration, or for a new store beside a damaged one: the cart still works."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from pathlib import Path

import pytest

from edge.domain.fault import Fault, Reason
from edge.domain.posture import Trouble
from edge.store.damage import salvage as salvaging
from edge.store.damage.aside import is_unfinished
from edge.store.damage.opening import mark_damaged
from edge.store.disk.keys import read_key
from edge.store.disk.space import MEBIBYTE, Room
from edge.store.file import database as databases
from edge.store.file.database import Database, migrations
from edge.store.file.log_file import Frame, Log, log_of, read_log
from edge.store.file.marks import is_severed, reached, read_mark
from edge.store.keeping import audit
from edge.store.ledger import open_for_edge
from tests.integration.test_store_faults_damage import flip, verified
from tests.small_disk import BLOCK, SmallDisk, alone_on_small_disk, on_small_disk
from tests.store_on_disk import TO, Cart, cart_on, places_in, stored_raws

ADDED = (9998, "later", "CREATE TABLE later (name TEXT PRIMARY KEY) STRICT;\n")
ROOM = Room(reserve=MEBIBYTE, for_readings=2 * MEBIBYTE)
READINGS = 150

OWN = 2 * MEBIBYTE
"""What ext4 keeps of such a disk for itself, and calls free to root (2 %)."""


async def filled(root: Path) -> list[bytes]:
    async with cart_on(root, ROOM) as cart:
        for _ in range(READINGS):
            await cart.measure(40_000)
        return list(cart.told)


def a_later_release(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [*migrations(), ADDED]
    monkeypatch.setattr(databases, "migrations", lambda: found)


@pytest.mark.hazard("H24", without="tests.controls_mending:no_copy_no_migration")
def test_a_migration_that_only_adds_goes_on_without_its_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def updated(disk: SmallDisk) -> None:
        told = await filled(disk.root)
        disk.fill(leave=databases._LEFT_FREE + MEBIBYTE // 4)
        a_later_release(monkeypatch)
        async with cart_on(disk.root, ROOM) as cart:
            await cart.until_warned("Mise à jour faite sans copie de sécurité")
            await cart.measure()
            assert cart.recorder.notice == ""
            details = await cart.thread.run(lambda s: [one.detail for one in audit.entries(s.database)])
            assert any("without a copy" in detail for detail in details)
            assert await cart.thread.run(lambda s: s.run("SELECT count(*) FROM later").fetchone()) == (0,)
        assert list(disk.root.glob("store.db.before-9998*")) == []
        assert stored_raws(disk.root) == [*told, *cart.told]
        async with cart_on(disk.root, ROOM) as cart:
            assert not cart.ledger.posture.has(Trouble.UNCOPIED)

    on_small_disk(tmp_path, updated, megabytes=64)


def test_with_room_the_copy_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def updated(disk: SmallDisk) -> None:
        await filled(disk.root)
        a_later_release(monkeypatch)
        async with cart_on(disk.root, ROOM) as cart:
            assert not cart.ledger.posture.has(Trouble.UNCOPIED)
        assert len(list(disk.root.glob("store.db.before-9998"))) == 1

    on_small_disk(tmp_path, updated, megabytes=64)


def test_a_copy_that_meets_a_full_disk_after_all_leaves_nothing_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else wrote in the meantime."""

    async def updated(disk: SmallDisk) -> None:
        await filled(disk.root)
        disk.fill(leave=OWN + MEBIBYTE // 2)
        a_later_release(monkeypatch)
        monkeypatch.setattr(Database, "_refuse_to_fill_the_disk", lambda *_: None)
        async with cart_on(disk.root, ROOM) as cart:
            assert cart.ledger.posture.has(Trouble.UNCOPIED)
        assert list(disk.root.glob("store.db.before-9998*")) == []

    on_small_disk(tmp_path, updated, megabytes=64)


def test_a_migration_that_builds_anew_does_not_go_without_its_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def updated(disk: SmallDisk) -> None:
        await filled(disk.root)
        disk.fill(leave=OWN + MEBIBYTE)
        a_later_release(monkeypatch)
        monkeypatch.setattr(databases, "_LAST_REBUILD", ADDED[0])
        with pytest.raises(Fault) as refused:
            open_for_edge(places_in(disk.root), TO, "demonstration")
        assert refused.value.reason is Reason.STORE_FULL
        assert "make room" in refused.value.do

    on_small_disk(tmp_path, updated, megabytes=64)


def spoil(root: Path, table: str) -> None:
    """The last page of a table: what is new would go there; of another one it is met by nobody who saves a reading."""
    store = open_for_edge(places_in(root), TO, "demonstration")
    (page,) = store.run("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    store.run("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    store.database.close()
    flip(places_in(root).database, (page - 1) * BLOCK + 60, 2)


@pytest.mark.hazard("H24", without="tests.controls_mending:a_damaged_store_takes_nothing")
def test_a_damaged_store_takes_readings_until_there_is_room_to_make_it_anew(tmp_path: Path) -> None:
    async def damaged(disk: SmallDisk) -> None:
        told = await filled(disk.root)
        spoil(disk.root, "device_memory")
        (disk.root / "quarantine-20200101T000000Z-1").mkdir()
        assert verified(disk.root).is_damage
        mark_damaged(places_in(disk.root).database)
        size = places_in(disk.root).database.stat().st_size
        disk.fill(leave=OWN + size // 4)
        with pytest.raises(Fault) as refused:
            salvaging.salvage(places_in(disk.root).database, read_key(places_in(disk.root).key))
        assert refused.value.reason is Reason.STORE_FULL
        assert "quarantine-20200101T000000Z-1 (0 MiB)" in refused.value.do
        (disk.root / "quarantine-20200101T000000Z-1").rmdir()
        async with cart_on(disk.root, ROOM) as cart:
            assert cart.warning.startswith("Mémoire abîmée, disque plein : mesures encore enregistrées")
            assert not cart.ledger.posture.takes_large
            await cart.measure()
            await cart.measure()
            assert cart.recorder.notice == ""
            assert list(disk.root.glob("quarantine-*")) == []
            disk.empty()
            await cart.until_warned("Mémoire réparée")
            await cart.measure()
            told += cart.told
        assert len(list(disk.root.glob("quarantine-*"))) == 1
        assert stored_raws(disk.root) == told

    on_small_disk(tmp_path, damaged, megabytes=64)


def test_an_update_of_a_damaged_store_that_cannot_be_made_anew_is_made_where_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def damaged(disk: SmallDisk) -> None:
        told = await filled(disk.root)
        spoil(disk.root, "device_memory")
        mark_damaged(places_in(disk.root).database)
        disk.fill(leave=OWN + places_in(disk.root).database.stat().st_size // 4)
        a_later_release(monkeypatch)
        async with cart_on(disk.root, ROOM) as cart:
            assert cart.warning.startswith("Mémoire abîmée, disque plein : mesures encore enregistrées")
            assert await cart.thread.run(lambda s: s.run("SELECT count(*) FROM later").fetchone()) == (0,)
            await cart.measure()
            assert list(disk.root.glob("quarantine-*")) == []
            disk.empty()
            await cart.until_warned("Mémoire réparée")
            await cart.measure()
            told += cart.told
        assert stored_raws(disk.root) == told

    on_small_disk(tmp_path, damaged, megabytes=64)


@pytest.mark.parametrize("before", ["salvage", "copy"])
def test_a_salvage_that_was_begun_and_finds_no_room_any_more_gives_the_store_back(tmp_path: Path, before: str) -> None:
    """It was cut short, by a power cut say, and somebody else took the room; or somebody takes it while it copies."""

    class Cut(BaseException):
        pass

    async def begun(disk: SmallDisk) -> None:
        told = await filled(disk.root)
        database = places_in(disk.root).database
        spoil(disk.root, "device_memory")
        mark_damaged(database)
        size = database.stat().st_size

        def fill(*_: object) -> None:
            disk.fill(leave=OWN + size // 4)

        with pytest.MonkeyPatch.context() as patch:
            if before == "salvage":

                def cut(*_: object) -> None:
                    raise Cut

                patch.setattr(salvaging, "mend", cut)
                with pytest.raises(Cut):
                    salvaging.salvage(database, read_key(places_in(disk.root).key))
                assert is_unfinished(database)
                assert not database.exists()
                fill()
                disk.fill(leave=OWN + MEBIBYTE)
            else:
                patch.setattr(salvaging, "make_room", lambda *_: None)
                fill()
            async with cart_on(disk.root, ROOM) as cart:
                assert cart.warning.startswith("Mémoire abîmée, disque plein : mesures encore enregistrées")
                assert not is_unfinished(database)
                assert list(disk.root.glob("quarantine-*")) == []
                await cart.measure()
                assert cart.recorder.notice == ""
                patch.undo()
                disk.empty()
                await cart.until_warned("Mémoire réparée")
                await cart.measure()
                told += cart.told
        assert len(list(disk.root.glob("quarantine-*"))) == 1
        assert stored_raws(disk.root) == told

    on_small_disk(tmp_path, begun, megabytes=64)


def killed(root: Path, aside: Path) -> list[bytes]:
    """As a process leaves it that is killed: the database as it was, and a log with each page several times."""

    async def work() -> list[bytes]:
        async with cart_on(root, ROOM) as cart:
            await cart.thread.run(lambda s: s.run("PRAGMA wal_checkpoint(TRUNCATE)").fetchone())
            for _ in range(40):
                await cart.measure()
            last = await cart.thread.run(lambda s: reached(s.database.connection))
            await cart.until(lambda: read_mark(places_in(root).database).at == last)
            for name in ("store.db", "store.db-wal"):
                shutil.copyfile(root / name, aside / name)
            return list(cart.told)

    told = asyncio.run(work())
    for name in ("store.db", "store.db-wal"):
        shutil.copyfile(aside / name, root / name)
    return told


FIELDS = {"page number": 1, "checksum": 20, "page": 24 + 2000}


@pytest.mark.parametrize("field", [*FIELDS, "header"])
def test_a_log_that_is_damaged_and_has_the_page_once_more_costs_nothing_and_needs_no_room(
    tmp_path: Path, field: str
) -> None:
    def damaged(disk: SmallDisk) -> None:
        database = places_in(disk.root).database
        told = asyncio.run(filled(disk.root)) + killed(disk.root, tmp_path)
        found = read_log(database)
        place = next(one.place for one in found.frames if _is_written_again(found, one))
        at = 17 if field == "header" else 32 + place * (24 + BLOCK) + FIELDS[field]
        flip(log_of(database), at, 2)
        disk.fill(leave=OWN + MEBIBYTE)
        assert is_severed(database)
        refused = [path.name for path in disk.root.glob("quarantine-*")]

        async def start() -> None:
            async with cart_on(disk.root, ROOM) as cart:
                assert not cart.ledger.posture.has(Trouble.UNMENDED)
                await cart.measure()
                assert cart.recorder.notice == ""
                details = await cart.thread.run(lambda s: [one.detail for one in audit.entries(s.database)])
                assert any("the log was damaged, nothing of it is lost" in detail for detail in details)
                told.extend(cart.told)

        asyncio.run(start())
        [folder] = disk.root.glob("quarantine-*")
        assert refused == []
        assert (folder / "store.db-wal").exists()
        assert not (disk.root / "store.damaged").exists()
        assert stored_raws(disk.root) == told
        disk.empty()
        assert verified(disk.root).wrong == ()

    alone_on_small_disk(tmp_path, damaged, megabytes=64)


def test_a_log_that_misses_what_nothing_has_once_more_is_not_believed(tmp_path: Path) -> None:
    """It is refused, and what is there stays as it is, until there is room."""

    def damaged(disk: SmallDisk) -> None:
        database = places_in(disk.root).database
        told = asyncio.run(filled(disk.root)) + killed(disk.root, tmp_path)
        found = read_log(database)
        last = [one.place for one in found.frames if not _is_written_again(found, one)]
        flip(log_of(database), 32 + last[0] * (24 + BLOCK) + 24 + 2000, 2)
        disk.fill(leave=OWN + MEBIBYTE)
        assert is_severed(database)
        before = {path: path.read_bytes() for path in (database, log_of(database))}
        with pytest.raises(Fault) as refused:
            open_for_edge(places_in(disk.root), TO, "demonstration")
        assert refused.value.reason is Reason.STORE_FULL
        assert {path: path.read_bytes() for path in before} == before
        assert list(disk.root.glob("quarantine-*")) == []
        disk.empty()
        kept = stored_raws(disk.root)
        assert len(told) - len(kept) <= 12
        assert kept == [raw for raw in told if raw in set(kept)]

    alone_on_small_disk(tmp_path, damaged, megabytes=64)


def _is_written_again(found: Log, frame: Frame) -> bool:
    return any(later.page == frame.page and later.place > frame.place for later in found.frames)


def test_the_reserve_is_given_back_for_a_new_store(tmp_path: Path) -> None:
    room = Room(reserve=16 * MEBIBYTE, for_readings=2 * MEBIBYTE)

    async def damaged(disk: SmallDisk) -> None:
        told = await filled(disk.root)
        async with cart_on(disk.root, room):
            pass
        (disk.root / "store.reserve").unlink()
        async with cart_on(disk.root, room):
            pass
        spoil(disk.root, "device_memory")
        mark_damaged(places_in(disk.root).database)
        disk.fill(leave=OWN + MEBIBYTE // 2)
        async with cart_on(disk.root, room) as cart:
            assert cart.ledger.posture.has(Trouble.SALVAGED)
            await cart.measure()
            told += cart.told
        assert stored_raws(disk.root) == told

    on_small_disk(tmp_path, damaged, megabytes=64)


def test_what_the_damage_keeps_from_being_saved_waits_and_is_saved_when_the_store_is_made_anew(tmp_path: Path) -> None:
    async def damaged(disk: SmallDisk) -> None:
        told = await filled(disk.root)
        async with cart_on(disk.root, ROOM) as cart:
            await _meet_the_damage(disk, cart)
            told += cart.told
        kept = stored_raws(disk.root)
        assert kept[-len(cart.told) :] == cart.told
        assert len(told) - len(kept) <= 12

    on_small_disk(tmp_path, damaged, megabytes=64)


async def _meet_the_damage(disk: SmallDisk, cart: Cart) -> None:
    await cart.measure()
    database = places_in(disk.root).database

    def spoil_what_is_needed(store: object) -> None:
        run = store.run  # type: ignore[attr-defined]
        run("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        (page,) = run("SELECT rootpage FROM sqlite_schema WHERE name = 'filed_identity'").fetchone()
        flip(database, (page - 1) * BLOCK + 50, 1)
        run("PRAGMA shrink_memory")

    await cart.thread.run(spoil_what_is_needed)
    disk.fill(leave=OWN + database.stat().st_size // 4)
    measuring = asyncio.create_task(cart.measure())
    try:
        await cart.until_not_saved()
        assert not measuring.done()
        disk.empty()
        async with asyncio.timeout(30):
            await measuring
    finally:
        measuring.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await measuring
