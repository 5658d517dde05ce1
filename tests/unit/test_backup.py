"""A backup taken while others write, and the way back; what is stolen says nothing; what is hostile is refused."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
import sqlcipher3.dbapi2 as sqlite
from click.testing import CliRunner, Result

from edge.cli import main
from edge.domain.capture import Capture
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Device, Instant, Kind
from edge.domain.patient import IdentityStatus, Patient, Sex
from edge.domain.photo import Encoding, Photo, View
from edge.store.disk.keys import read_key, write_key
from edge.store.leaving import backup
from edge.store.leaving.backup import MANIFEST, Content, Manifest
from edge.store.ledger import EdgeStore, Places, open_for_edge, open_for_sync

CAMERA = Device("camera", "UVC", "Caméra")
CANARIES = (
    "CANARIBIRTHNAME",
    "CANARIGIVEN",
    "CANARIROOM7",
    "CANARIRAW",
    "CANARIPICTURE",
    "CANARIFROZEN",
    "CANARIIDENTITY",
)
PATIENT = Patient(
    "IPP1", "EHPAD", CANARIES[0], CANARIES[1], dt.date(1938, 3, 12), Sex.FEMALE, CANARIES[2], IdentityStatus.QUALIFIED
)


def now() -> Instant:
    return Instant(dt.datetime.now(dt.UTC), "boot", 1, clock_trusted=True)


def places_in(folder: Path) -> Places:
    return Places(folder / "store.db", folder / "blobs", folder / "store.key")


def photo(number: int, size: int = 2000) -> Capture:
    jpeg = b"\xff\xd8" + CANARIES[4].encode() + number.to_bytes(4, "big") * (size // 4)
    content = Photo(jpeg, 4, 3, Encoding.JPEG_Q95, View.CLOSE_UP, 80.5, 120.0)
    return Capture(Kind.PHOTO, content, CAMERA, now(), f"{CANARIES[6]} {number}", CANARIES[3].encode())


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return places_in(tmp_path / "data")


@pytest.fixture
def store(places: Places) -> Iterator[EdgeStore]:
    opened = open_for_edge(places, {Kind.PHOTO: ("pacs",)}, "care")
    opened.journal.put_patient(PATIENT)
    yield opened
    opened.database.close()


def saved(store: EdgeStore, number: int) -> str:
    _patient, encounter = store.journal.open_encounter("IPP1", now(), "TC")
    return store.journal.save(photo(number), encounter).item_id


def telecart(folder: Path, *arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["--data", str(folder), "store", *map(str, arguments)])


def refused(said: Result, words: str) -> None:
    assert said.exit_code == 1
    assert len(said.stderr.splitlines()) == 1
    assert words in said.stderr


@pytest.fixture
def copy(store: EdgeStore, places: Places, tmp_path: Path) -> Path:
    """A backup of three photos."""
    for number in range(3):
        saved(store, number)
    made = telecart(places.database.parent, "backup", tmp_path / "copy")
    assert made.exit_code == 0, made.stderr
    return tmp_path / "copy"


@pytest.fixture
def key_file(places: Places) -> Path:
    return places.key


def test_what_was_backed_up_is_restored_whole(store: EdgeStore, copy: Path, key_file: Path, tmp_path: Path) -> None:
    said = telecart(tmp_path / "new", "restore", copy, "--key-file", key_file)
    assert said.exit_code == 0, said.stderr
    again = open_for_edge(places_in(tmp_path / "new"), {Kind.PHOTO: ("pacs",)}, "care")
    ids = [row[0] for row in store.run("SELECT id FROM item ORDER BY sequence")]
    assert [again.journal.load(item_id) for item_id in ids] == [store.journal.load(item_id) for item_id in ids]
    tables = [row[0] for row in store.run("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    assert [row[0] for row in again.run("SELECT act FROM audit ORDER BY sequence DESC LIMIT 2")] == [
        "restored",
        "backed_up",
    ]
    # how far promises were looked for is a fact of each opening
    for table in set(tables) - {"audit", "sqlite_sequence", "fact"}:
        assert again.run(f"SELECT * FROM {table}").fetchall() == store.run(f"SELECT * FROM {table}").fetchall()
    again.database.close()
    assert {path.name for path in (tmp_path / "new").iterdir()} >= {"store.db", "blobs", "store.key"}


def test_a_backup_while_somebody_saves_holds_all_that_was_acknowledged_before(
    store: EdgeStore, places: Places, tmp_path: Path
) -> None:
    acknowledged: list[str] = []
    enough, stop = threading.Event(), threading.Event()

    def keep_saving() -> None:
        opened = open_for_edge(places, {Kind.PHOTO: ("pacs",)}, "care")
        number = 1000
        while not stop.is_set():
            number += 1
            acknowledged.append(saved(opened, number))
            if len(acknowledged) >= 20:
                enough.set()
        opened.database.close()

    writer = threading.Thread(target=keep_saving)
    writer.start()
    try:
        assert enough.wait(30)
        for turn in range(3):
            before = list(acknowledged)
            made = telecart(places.database.parent, "backup", tmp_path / f"copy{turn}")
            assert made.exit_code == 0, made.stderr
            folder = tmp_path / f"new{turn}"
            assert telecart(folder, "restore", tmp_path / f"copy{turn}", "--key-file", places.key).exit_code == 0
            restored = open_for_sync(places_in(folder))
            try:
                found = {row[0]: row[1] for row in restored.run("SELECT id, blob_sha256 FROM item")}
                assert set(before) <= found.keys()
                for sha256 in found.values():
                    assert CANARIES[4].encode() in restored.blobs.get(sha256)
            finally:
                restored.database.close()
        during = len(acknowledged) - len(before)
    finally:
        stop.set()
        writer.join()
    assert during > 0


def test_nothing_is_overwritten(copy: Path, places: Places, key_file: Path, tmp_path: Path) -> None:
    refused(telecart(places.database.parent, "backup", copy), "is not empty")
    new = tmp_path / "new"
    assert telecart(new, "restore", copy, "--key-file", key_file).exit_code == 0
    before = (new / "store.db").read_bytes()
    refused(telecart(new, "restore", copy, "--key-file", key_file), "there is a store in")
    assert (new / "store.db").read_bytes() == before
    (new / "store.db").unlink()
    refused(telecart(new, "restore", copy, "--key-file", key_file), "there is a store in")
    shutil.rmtree(new / "blobs")
    assert telecart(new, "restore", copy, "--key-file", key_file).exit_code == 0


def test_a_restore_that_was_cut_short_is_made_again(copy: Path, key_file: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    moved = next((copy / "blobs").glob("??/*"))
    moved.rename(tmp_path / "aside")
    refused(telecart(new, "restore", copy, "--key-file", key_file), "files are missing or damaged")
    assert not (new / "store.db").exists()
    (tmp_path / "aside").rename(moved)
    assert telecart(new, "restore", copy, "--key-file", key_file).exit_code == 0


def test_a_store_that_is_open_is_not_restored_into(
    store: EdgeStore, copy: Path, places: Places, key_file: Path
) -> None:
    refused(telecart(places.database.parent, "restore", copy, "--key-file", key_file), "a process has the store open")


def test_another_key_is_a_plain_line(copy: Path, key_file: Path, tmp_path: Path) -> None:
    write_key(tmp_path / "other", bytes(32))
    refused(telecart(tmp_path / "new", "restore", copy, "--key-file", tmp_path / "other"), "made under another key")
    refused(telecart(tmp_path / "new", "restore", copy), "cannot be read")
    write_key(tmp_path / "new/store.key", bytes(32))
    refused(telecart(tmp_path / "new", "restore", copy, "--key-file", key_file), "the cart has another key")


def test_a_folder_that_was_not_finished_is_no_backup(copy: Path, key_file: Path, tmp_path: Path) -> None:
    (copy / MANIFEST).unlink()
    refused(telecart(tmp_path / "new", "restore", copy, "--key-file", key_file), "no finished backup")


def test_a_photo_that_the_store_lost_is_told_and_the_rest_is_in_the_backup(
    store: EdgeStore, places: Places, tmp_path: Path
) -> None:
    for number in range(3):
        saved(store, number)
    lost = next((places.blobs).glob("??/*"))
    lost.write_bytes(lost.read_bytes()[:-1])
    refused(
        telecart(places.database.parent, "backup", tmp_path / "copy"), "1 files of the store are missing or damaged"
    )
    assert telecart(tmp_path / "new", "restore", tmp_path / "copy", "--key-file", places.key).exit_code == 0
    restored = places_in(tmp_path / "new")
    assert len([path for path in restored.blobs.glob("??/*") if path.is_file()]) == 2


def test_what_was_purged_is_not_missed(store: EdgeStore, places: Places, tmp_path: Path) -> None:
    saved(store, 1)
    with store.database.write():
        store.run("UPDATE outbox SET frozen_sha256 = ?, purged = 1", ("f" * 64,))
    assert telecart(places.database.parent, "backup", tmp_path / "copy").exit_code == 0


def test_the_first_backup_after_a_rekey_is_restored_with_its_former_keys(
    store: EdgeStore, places: Places, tmp_path: Path
) -> None:
    saved(store, 1)
    store.database.close()
    data = places.database.parent
    assert telecart(data, "rekey", "--key-file", tmp_path / "new.key").exit_code == 0
    write_key(places.key, read_key(tmp_path / "new.key"))
    assert telecart(data, "backup", tmp_path / "copy").exit_code == 0
    assert telecart(tmp_path / "new", "restore", tmp_path / "copy", "--key-file", places.key).exit_code == 0
    restored = open_for_sync(places_in(tmp_path / "new"))
    [(sha256,)] = restored.run("SELECT blob_sha256 FROM item").fetchall()
    assert CANARIES[4].encode() in restored.blobs.get(sha256)
    restored.database.close()


# --- T1: a stolen card


@pytest.mark.hazard("T1", without="tests.controls_keys:the_database_is_in_the_clear")
@pytest.mark.hazard("T1", without="tests.controls_keys:files_are_in_the_clear")
def test_no_word_of_a_resident_stands_on_the_disk(places: Places, tmp_path: Path) -> None:
    """Database, log, index of the log, files and a backup, while the cart works."""
    opened = open_for_edge(places, {Kind.PHOTO: ("pacs",)}, "care")
    opened.journal.put_patient(PATIENT)
    for number in range(50):
        item_id = saved(opened, number)
    opened.journal.quarantine(CAMERA, CANARIES[3].encode() * 9, Reason.UNDECODABLE, "what", now())
    frozen = opened.blobs.put(CANARIES[5].encode() * 300_000)
    with opened.database.write():
        opened.run("UPDATE outbox SET frozen_sha256 = ?", (frozen,))
    assert CANARIES[0] in str(opened.journal.load(item_id))
    backup.make(
        opened.database.connection, opened.blobs, read_key(places.key), tmp_path / "copy", now().utc, lambda _: None
    )
    os.sync()
    files = [
        path for folder in (places.database.parent, tmp_path / "copy") for path in folder.rglob("*") if path.is_file()
    ]
    assert {"store.db", "store.db-wal", "store.db-shm", MANIFEST, frozen} <= {path.name for path in files}
    hits = [(path.name, word) for path in files for word in CANARIES if word.encode() in path.read_bytes()]
    opened.database.close()
    files = [path for path in places.database.parent.rglob("*") if path.is_file()]
    hits += [(path.name, word) for path in files for word in CANARIES if word.encode() in path.read_bytes()]
    assert hits == []


# --- T21: a hostile backup


def sealed_anew(copy: Path, key: bytes, change: Callable[[Content], Content]) -> None:
    """As somebody would who holds the key."""
    content = msgspec.json.decode(
        bytes(msgspec.json.decode((copy / MANIFEST).read_bytes(), type=Manifest).content), type=Content
    )
    raw = msgspec.json.encode(change(content))
    seal = backup._seal(key, raw)
    (copy / MANIFEST).write_bytes(msgspec.json.encode(Manifest(content=msgspec.Raw(raw), seal=seal)))


def edited(copy: Path, key: bytes, *statements: str) -> None:
    connection = sqlite.connect(str(copy / "store.db"), isolation_level=None)
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    for statement in ("PRAGMA writable_schema = 1", "PRAGMA ignore_check_constraints = 1", *statements):
        connection.execute(statement)
    connection.close()


@pytest.mark.hazard("T21", without="tests.controls_keys:any_backup_is_ours")
def test_a_manifest_that_we_did_not_seal_is_refused(copy: Path, key_file: Path, tmp_path: Path) -> None:
    text = (copy / MANIFEST).read_text()
    assert '"care"' in text
    (copy / MANIFEST).write_text(text.replace('"care"', '"cure"'))
    refused(
        telecart(tmp_path / "new", "restore", copy, "--key-file", key_file), "not what was backed up: manifest.json"
    )
    assert not (tmp_path / "new/store.db").exists()


DAMAGE = {
    "what breaks the rules of a table": ["UPDATE item SET clock_trusted = 7"],
    "a table whose tree is another's": [
        "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'item') WHERE name = 'fact'"
    ],
}


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.hazard("T21", without="tests.controls_keys:a_restored_database_is_not_read_through")
def test_a_database_that_contradicts_itself_is_refused(copy: Path, key_file: Path, tmp_path: Path, how: str) -> None:
    """Written by somebody who holds the key: page HMACs and the seal are right."""
    key = read_key(key_file)
    edited(copy, key, *DAMAGE[how])
    size, digest = (copy / "store.db").stat().st_size, backup._sha256(copy / "store.db")
    sealed_anew(copy, key, lambda found: msgspec.structs.replace(found, database_bytes=size, database_sha256=digest))
    refused(telecart(tmp_path / "new", "restore", copy, "--key-file", key_file), "not what was backed up: store.db")
    assert not (tmp_path / "new/store.db").exists()


def test_a_changed_database_never_reaches_sqlite(
    copy: Path, key_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = copy / "store.db"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    opened: list[object] = []
    monkeypatch.setattr(backup.sqlite, "connect", lambda *a, **_k: opened.append(a))
    refused(telecart(tmp_path / "new", "restore", copy, "--key-file", key_file), "not what was backed up: store.db")
    assert opened == []


def test_a_flipped_bit_in_a_page_is_found_by_its_hmac(copy: Path, key_file: Path) -> None:
    path = copy / "store.db"
    content = bytearray(path.read_bytes())
    for page in range(0, len(content), 4096):
        changed = bytearray(content)
        changed[page + 2000] ^= 1
        path.write_bytes(changed)
        with pytest.raises(Fault) as caught:
            backup.check_database(path, read_key(key_file))
        assert caught.value.reason is Reason.STORE_DAMAGED
    path.write_bytes(content)
    assert len(backup.check_database(path, read_key(key_file))) == 3


@pytest.mark.parametrize("name", [MANIFEST, "store.db"])
def test_what_is_no_file_is_not_followed(copy: Path, key_file: Path, tmp_path: Path, name: str) -> None:
    (copy / name).unlink()
    (copy / name).symlink_to("/dev/zero")
    refused(telecart(tmp_path / "new", "restore", copy, "--key-file", key_file), f"not what was backed up: {name}")


def test_an_old_sqlite_restores_nothing(
    copy: Path, key_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup.sqlite, "sqlite_version_info", (3, 40, 1))
    refused(telecart(tmp_path / "new", "restore", copy, "--key-file", key_file), "is too old")


def test_a_backup_of_a_newer_release_is_refused(copy: Path, key_file: Path, tmp_path: Path) -> None:
    sealed_anew(copy, read_key(key_file), lambda found: msgspec.structs.replace(found, min_reader=99))
    refused(telecart(tmp_path / "new", "restore", copy, "--key-file", key_file), "needs release 99")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"content":1,"seal":"x"}', "\ud800", '{"content":{},"seal":"x","more":1}']
)
def test_nonsense_is_no_backup(copy: Path, key_file: Path, tmp_path: Path, text: str) -> None:
    (copy / MANIFEST).write_bytes(text.encode(errors="surrogatepass"))
    refused(
        telecart(tmp_path / "new", "restore", copy, "--key-file", key_file), "not what was backed up: manifest.json"
    )


# --- stats


def test_stats_count_what_is_there(store: EdgeStore, places: Places) -> None:
    for number in range(3):
        saved(store, number)
    said = telecart(places.database.parent, "stats", "--json")
    found = msgspec.json.decode(said.stdout)
    assert (found["rows"]["item"], found["rows"]["outbox"], found["rows"]["patient"]) == (3, 3, 1)
    assert found["blobs"]["files"] == 3
    assert found["blobs"]["bytes"] == sum(path.stat().st_size for path in places.blobs.glob("??/*"))
    assert found["blobs"]["under_former_key"] == 0
    assert found["database_bytes"] == places.database.stat().st_size
    assert found["wal_bytes"] == places.database.with_name("store.db-wal").stat().st_size
    assert (found["purpose"], found["counters"]["pending"]) == ("care", 0)
    assert found["free_bytes"] > 0
    lines = telecart(places.database.parent, "stats").stdout
    assert "item                             3 rows" in lines
    assert not [word for word in CANARIES if word in lines + said.stdout]


def test_the_schema_is_shown_whole_and_table_by_table_without_a_row(store: EdgeStore, places: Places) -> None:
    saved(store, 1)
    data = places.database.parent
    shown = telecart(data, "schema").stdout
    made = [
        sql for (sql,) in store.run("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT GLOB 'sqlite_*'")
    ]
    assert [sql for sql in made if f"{sql};" not in shown] == []
    with contextlib.closing(sqlite.connect(":memory:")) as anew:
        anew.executescript(shown)
        assert anew.execute("SELECT count(*) FROM item").fetchone() == (0,)
    one = telecart(data, "schema", "outbox").stdout
    assert "CREATE TABLE outbox" in one.replace('"', "")
    assert "outbox_due" in one
    assert "CREATE TABLE item" not in one.replace('"', "")
    refused(telecart(data, "schema", "nothing"), "nothing: no such table")
