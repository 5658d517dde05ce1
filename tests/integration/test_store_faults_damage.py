"""A flipped bit anywhere: it is found, the three files are laid aside together, and all that can be read is kept."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlcipher3.dbapi2 as sqlite

from edge.domain.fault import Fault, Reason
from edge.store.damage import salvage as salvaging
from edge.store.damage.aside import is_unfinished
from edge.store.damage.log_mending import take_in
from edge.store.damage.opening import mark_damaged
from edge.store.damage.room import NoRoomToMend
from edge.store.damage.verify import Verified, verify
from edge.store.disk.keys import read_key
from edge.store.disk.space import Room
from edge.store.file.log_file import log_of, read_log
from edge.store.file.marks import is_severed, reached, read_mark
from edge.store.ledger import EdgeStore, open_for_edge
from tests.small_disk import BLOCK
from tests.store_on_disk import TO, cart_on, places_in

FLIPS = int(os.environ.get("TELECART_FLIPS", "40"))
ITEMS = 240
SMALL = Room(reserve=0, for_readings=0)


@dataclasses.dataclass(frozen=True)
class Image:
    """A store as a process left it that was killed: half of it checkpointed, half in the log."""

    root: Path
    raws: tuple[bytes, ...]
    """Of every reading, in order."""

    def copy(self, to: Path) -> Path:
        return shutil.copytree(self.root, to)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    folder = tmp_path_factory.mktemp("killed")

    async def build() -> tuple[bytes, ...]:
        async with cart_on(folder / "live", SMALL) as cart:
            for number in range(ITEMS):
                await cart.measure()
                if number % 60 == 0:
                    await cart.photograph(BLOCK * 5, number)
                if number == ITEMS * 3 // 4:
                    await cart.thread.run(lambda s: s.run("PRAGMA wal_checkpoint(TRUNCATE)").fetchone())
            database = places_in(folder / "live").database
            last = await cart.thread.run(lambda s: reached(s.database.connection))
            await cart.until(lambda: read_mark(database).at == last)  # it is written a little later
            await cart.until_warned("")
            shutil.copytree(
                folder / "live", folder / "image", ignore=shutil.ignore_patterns("*-shm", "*.lock", "*.before-*")
            )
            return tuple(cart.told)

    told = asyncio.run(build())
    return Image(folder / "image", told)


def flip(path: Path, offset: int, bit: int) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        (byte,) = file.read(1)
        file.seek(offset)
        file.write(bytes([byte ^ 1 << bit]))


def verified(root: Path) -> Verified:
    places = places_in(root)
    return verify(places.database, places.blobs, places.key)


@contextlib.contextmanager
def opened(root: Path) -> Iterator[EdgeStore]:
    store = open_for_edge(places_in(root), TO, "demonstration")
    try:
        yield store
    finally:
        store.database.close()


def readings(store: EdgeStore) -> list[bytes]:
    return [bytes(raw) for (raw,) in store.run("SELECT raw FROM item WHERE kind = 'spo2' ORDER BY sequence")]


def live_byte(root: Path, chance: random.Random) -> tuple[Path, int]:
    """(file, offset) of a byte that somebody may still read.

    Not those of a page that the log has anew, nor what lies behind the log's end: nobody reads them.
    """
    places = places_in(root)
    log = read_log(places.database)
    match chance.choice(("database", "log", "file")):
        case "database":
            anew = {frame.page for frame in log.frames[: log.chained]}
            pages = places.database.stat().st_size // BLOCK
            page = chance.choice([page for page in range(1, pages + 1) if page not in anew])
            return places.database, (page - 1) * BLOCK + chance.randrange(BLOCK)
        case "log":
            return log.path, chance.randrange(32 + log.chained * (24 + BLOCK))
        case _:
            path = chance.choice([path for path in sorted(places.blobs.rglob("*")) if path.is_file()])
            return path, chance.randrange(path.stat().st_size)


def test_a_store_that_is_whole_has_no_findings(image: Image, tmp_path: Path) -> None:
    root = image.copy(tmp_path / "copy")
    assert verified(root).wrong == ()
    with opened(root) as store:
        assert readings(store) == list(image.raws)
    assert verified(root).wrong == ()


@pytest.mark.slow
@pytest.mark.timeout(300 + 3 * FLIPS)
@pytest.mark.hazard("H10", without="tests.controls_space:nothing_is_looked_at")
def test_a_flipped_bit_anywhere_is_found(image: Image, tmp_path: Path) -> None:
    seed = int(os.environ.get("TELECART_SEED", random.SystemRandom().randrange(1 << 30)))
    print(f"seed {seed}: repeat with TELECART_SEED={seed}")
    chance = random.Random(seed)
    missed = []
    for number in range(FLIPS):
        root = image.copy(tmp_path / f"copy{number}")
        path, offset = live_byte(root, chance)
        bit = chance.randrange(8)
        flip(path, offset, bit)
        if not verified(root).wrong:
            missed.append((path.name, offset, bit))
        shutil.rmtree(root)
    assert missed == []


@pytest.mark.slow
@pytest.mark.timeout(300 + 3 * FLIPS)
def test_of_a_damaged_database_all_that_can_be_read_is_kept(image: Image, tmp_path: Path) -> None:
    """One page costs at most the rows on it; an index, an inner page and the first page cost none."""
    seed = int(os.environ.get("TELECART_SEED", random.SystemRandom().randrange(1 << 30)))
    print(f"seed {seed}: repeat with TELECART_SEED={seed}")
    chance = random.Random(seed)
    pages = places_in(image.root).database.stat().st_size // BLOCK
    chosen = {1, 2} | set(chance.sample(range(3, pages + 1), min(pages - 2, 4 + FLIPS // 5)))
    lossless = 0
    for page in sorted(chosen):
        root = image.copy(tmp_path / f"copy{page}")
        database = places_in(root).database
        flip(database, (page - 1) * BLOCK + chance.randrange(BLOCK), chance.randrange(8))
        before = {path.name: hashlib.sha256(path.read_bytes()).digest() for path in (database, log_of(database))}
        report = salvaging.salvage(database, read_key(places_in(root).key))
        # laid aside together, as they were
        [folder] = root.glob("quarantine-*")
        assert {path.name: hashlib.sha256(path.read_bytes()).digest() for path in folder.glob("store.db*")} == before
        with opened(root) as store:
            kept = readings(store)
            assert store.run("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert store.run("PRAGMA foreign_key_check").fetchall() == []
            # every one of them is promised, and counted as such
            (promised,) = store.run("SELECT count(DISTINCT item) FROM outbox").fetchone()
            (assigned,) = store.run("SELECT count(*) FROM item WHERE patient_id IS NOT NULL").fetchone()
            assert promised == assigned
        assert set(kept) <= set(image.raws)
        assert len(image.raws) - len(kept) <= 12, (page, report)
        assert kept == [raw for raw in image.raws if raw in set(kept)]
        lossless += len(kept) == len(image.raws)
        if page == 1:
            assert len(kept) == len(image.raws), report
        shutil.rmtree(root)
    assert lossless > len(chosen) // 3


def test_edge_makes_a_damaged_store_anew_at_its_start_and_says_so(image: Image, tmp_path: Path) -> None:
    root = image.copy(tmp_path / "copy")
    flip(places_in(root).database, 10, 3)  # the salt: nothing opens

    async def start() -> None:
        async with cart_on(root, SMALL) as cart:
            await cart.until_warned("Mémoire réparée")
            await cart.measure()
            assert cart.recorder.notice == ""

    asyncio.run(start())
    assert len(list(root.glob("quarantine-*"))) == 1
    assert verified(root).unseen[0].trouble.value == "salvaged"
    with opened(root) as store:
        assert len(readings(store)) == ITEMS + 1


def test_a_wrong_key_is_never_damage(image: Image, tmp_path: Path) -> None:
    root = image.copy(tmp_path / "copy")
    places = places_in(root)
    right = places.key.read_bytes()
    places.key.write_bytes(os.urandom(32))
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    for act in (
        lambda: open_for_edge(places, TO, "demonstration"),
        lambda: verified(root),
        lambda: salvaging.salvage(places.database, read_key(places.key)),
    ):
        with pytest.raises(Fault) as refused:
            act()
        assert refused.value.reason is Reason.STORE_KEY
    mark_damaged(places.database)
    with pytest.raises(Fault) as refused:
        open_for_edge(places, TO, "demonstration")
    assert refused.value.reason is Reason.STORE_KEY
    # SQLite may have moved the log into the database, as it lies there: that needs no key
    moved = {places.database, log_of(places.database)}
    assert {path: path.read_bytes() for path in before if path not in moved} == {
        path: content for path, content in before.items() if path not in moved
    }
    assert list(root.glob("quarantine-*")) == []
    places.key.write_bytes(right)
    (root / "store.damaged").unlink()
    with opened(root) as store:
        assert readings(store) == list(image.raws)


@pytest.mark.hazard("H10", without="tests.controls_space:the_log_is_believed")
def test_a_flip_in_the_log_does_not_make_what_follows_vanish(image: Image, tmp_path: Path) -> None:
    """SQLite alone would cut the log there and take what is left for all there ever was."""
    log = read_log(places_in(image.root).database)
    places = [0, log.chained // 2, log.chained - 1]
    for number, place in enumerate(places):
        for field, offset in (("page number", 1), ("salt", 9), ("checksum", 20), ("page", 24 + 2000)):
            root = image.copy(tmp_path / f"copy{number}{field}")
            flip(log_of(places_in(root).database), 32 + place * (24 + BLOCK) + offset, 2)
            with opened(root) as store:
                kept = readings(store)
            assert len(image.raws) - len(kept) <= 12, (place, field)
            assert len(list(root.glob("quarantine-*"))) == 1
            shutil.rmtree(root)
    root = image.copy(tmp_path / "header")
    flip(log_of(places_in(root).database), 17, 2)
    with opened(root) as store:
        assert readings(store) == list(image.raws)


@pytest.mark.hazard("H10", without="tests.controls_space:nobody_notes_how_far_it_came")
def test_a_log_that_is_gone_is_noticed_and_the_store_goes_on(image: Image, tmp_path: Path) -> None:
    root = image.copy(tmp_path / "copy")
    log_of(places_in(root).database).unlink()
    assert any("were saved and are not there" in line for line in verified(root).wrong)

    async def start() -> None:
        async with cart_on(root, SMALL) as cart:
            await cart.until_warned("ont disparu")
            await cart.measure()
            assert cart.recorder.notice == ""

    asyncio.run(start())
    assert list(root.glob("quarantine-*")) == []
    [noted] = verified(root).unseen
    assert noted.trouble.value == "rows_missing"
    assert "item " in noted.what


def test_a_database_that_is_gone_is_not_replaced_by_an_empty_one_as_if_nothing_were(
    image: Image, tmp_path: Path
) -> None:
    for number, spoil in enumerate((Path.unlink, lambda path: path.write_bytes(b""))):
        root = image.copy(tmp_path / f"copy{number}")
        spoil(places_in(root).database)
        assert verified(root).is_damage

        async def start(root: Path = root) -> None:
            async with cart_on(root, SMALL) as cart:
                await cart.until_warned("Mémoire réparée")

        asyncio.run(start())
        # what stood in the log is kept
        with opened(root) as store:
            assert len(readings(store)) > ITEMS // 10


class Cut(BaseException):
    """The process is gone from here on."""


def cut_at(number: int, patch: pytest.MonkeyPatch) -> None:
    """At this step on the disk, counted from now on."""
    seen: list[str] = []

    def counted(name: str, real: object) -> object:
        def call(*arguments: object, **named: object) -> object:
            seen.append(name)
            if len(seen) == number:
                raise Cut(name)
            return real(*arguments, **named)  # type: ignore[operator]

        return call

    for name in ("rename", "unlink", "mkdir", "replace", "chmod", "rmdir"):
        patch.setattr(Path, name, counted(name, getattr(Path, name)))
    for name in ("pwrite", "fsync"):
        patch.setattr(os, name, counted(name, getattr(os, name)))


@pytest.mark.slow
@pytest.mark.parametrize("without_room", [False, True])
def test_a_salvage_that_is_cut_short_anywhere_is_finished_by_the_next_start(
    image: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without_room: bool
) -> None:
    """So is one that finds no room any more, on its way back."""

    def full(database: Path, *_: object) -> None:
        raise NoRoomToMend(1, 0, database)

    ended = False
    number = 0
    while not ended:
        number += 1
        root = image.copy(tmp_path / f"copy{number}")
        places = places_in(root)
        flip(places.database, 2 * BLOCK + 100, 0)
        with monkeypatch.context() as patch:
            if without_room:
                patch.setattr(salvaging, "_made_anew", full)
            cut_at(number, patch)
            try:
                salvaging.salvage(places.database, read_key(places.key))
                ended = True
            except NoRoomToMend:
                ended = True
            except Cut:
                pass
        if not is_unfinished(places.database) and (without_room or not ended):
            mark_damaged(places.database)  # nothing had begun, or all of it is where it was
        with opened(root) as store:
            assert len(image.raws) - len(readings(store)) <= 12
            assert store.run("PRAGMA integrity_check").fetchall() == [("ok",)]
        [folder] = [path for path in root.glob("quarantine-*") if any(path.iterdir())]
        assert {path.name for path in folder.glob("store.db*")} - {"store.db-shm"} == {"store.db", "store.db-wal"}
        shutil.rmtree(root)
    assert number > 5


@pytest.mark.slow
def test_a_log_that_is_taken_in_and_cut_short_anywhere_costs_nothing(
    image: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = read_log(places_in(image.root).database)
    first = next(one for one in found.frames if any(one.page == later.page for later in found.frames[one.place + 1 :]))
    ended = False
    number = 0
    while not ended:
        number += 1
        root = image.copy(tmp_path / f"copy{number}")
        places = places_in(root)
        flip(log_of(places.database), 32 + first.place * (24 + BLOCK) + 24 + 2000, 2)
        assert is_severed(places.database)
        with monkeypatch.context() as patch:
            cut_at(number, patch)
            with contextlib.suppress(Cut):
                ended = take_in(places.database, read_key(places.key)) is not None
        if ended:
            assert verified(root).wrong == ()
        with opened(root) as store:
            assert readings(store) == list(image.raws)
        shutil.rmtree(root)
    assert number > 20


def test_a_store_that_somebody_has_open_is_not_laid_aside(image: Image, tmp_path: Path) -> None:
    root = image.copy(tmp_path / "copy")
    with opened(root):
        with pytest.raises(Fault) as refused:
            salvaging.salvage(places_in(root).database, read_key(places_in(root).key))
        assert refused.value.reason is Reason.NOT_ALLOWED
    assert list(root.glob("quarantine-*")) == []


async def test_damage_under_a_live_writer_is_proven_before_it_is_believed(image: Image, tmp_path: Path) -> None:
    """The page that a reading needs is spoiled while edge runs: nothing is called saved, then the store is made anew."""
    root = image.copy(tmp_path / "copy")
    async with cart_on(root, SMALL) as cart:
        await cart.measure()
        database = places_in(root).database

        def spoil(store: EdgeStore) -> None:
            store.run("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            (root_page,) = store.run("SELECT rootpage FROM sqlite_schema WHERE name = 'filed_identity'").fetchone()
            flip(database, (root_page - 1) * BLOCK + 50, 1)
            store.run("PRAGMA shrink_memory")

        await cart.thread.run(spoil)
        async with asyncio.timeout(30):
            await cart.measure()
        assert any("abîmée" in line for line in cart.lines)
        assert cart.recorder.notice == ""
        await cart.until_warned("Mémoire réparée")
        told = list(cart.told)
    with opened(root) as store:
        assert readings(store) == [*image.raws, *told]


def test_what_sqlite_says_of_a_flip_in_the_log(image: Image, tmp_path: Path) -> None:
    """Why the log is read before SQLite opens it: SQLite alone says nothing."""
    root = image.copy(tmp_path / "copy")
    database = places_in(root).database
    flip(log_of(database), 32 + 24 + 2000, 2)
    connection = sqlite.connect(str(database))
    connection.execute(f"PRAGMA key = \"x'{places_in(root).key.read_bytes().hex()}'\"")
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    (count,) = connection.execute("SELECT count(*) FROM item").fetchone()
    connection.close()
    assert count < ITEMS


def telecart(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "edge.cli", "--data", str(root), "store", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "CREDENTIALS_DIRECTORY": ""},
    )


@pytest.mark.slow
def test_the_commands(image: Image, tmp_path: Path) -> None:
    root = image.copy(tmp_path / "copy")
    assert [line for line in telecart(root, "verify").stdout.splitlines() if "ok" not in line] == []
    nothing = telecart(root, "salvage")
    assert (nothing.returncode, len(nothing.stderr.splitlines())) == (1, 1)
    assert "nothing to salvage" in nothing.stderr
    flip(places_in(root).database, 3 * BLOCK + 70, 4)
    found = telecart(root, "verify", "--json")
    assert found.returncode == 1
    assert len(found.stderr.splitlines()) == 1
    verdicts = {one["check"]: one["wrong"] for one in json.loads(found.stdout)["verdicts"]}
    assert any(verdicts.values())
    made = telecart(root, "salvage", "--json")
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["damaged_pages"] == [4]
    after = telecart(root, "verify")
    assert "made anew" in after.stdout
    assert telecart(root, "verify", "--settle").returncode == after.returncode
    assert "made anew" not in telecart(root, "verify").stdout
    places_in(root).key.unlink()
    missing = telecart(root, "verify")
    assert (missing.returncode, len(missing.stderr.splitlines())) == (1, 1)


def test_a_store_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    said = telecart(tmp_path, "verify")
    assert (said.returncode, len(said.stderr.splitlines())) == (1, 1)
