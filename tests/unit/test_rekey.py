"""Another key for the store: whoever is cut short has a store that opens, and telecart knows with which key."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import sqlcipher3.dbapi2 as sqlite
from click.testing import CliRunner, Result

from edge.cli import main
from edge.domain.fault import Fault, Reason
from edge.mains import store as work
from edge.settings import Settings
from edge.store.disk import rekey
from edge.store.disk.blobs import Blobs
from edge.store.disk.keys import read_key, write_key
from edge.store.disk.lock import StoreLock
from edge.store.ledger import Places, open_for_edge, open_for_sync

CONTENTS = [b"", b"photo " * 1000, bytes(3 << 20)]


def filled(folder: Path) -> Places:
    """A store with three blobs and a row for each."""
    places = Places(folder / "store.db", folder / "blobs", folder / "store.key")
    opened = open_for_edge(places, {}, "care")
    for content in CONTENTS:
        sha256 = opened.blobs.put(content)
        with opened.database.write():
            opened.run("INSERT INTO fact VALUES (?, ?)", (sha256, str(len(content))))
    opened.database.close()
    return places


@pytest.fixture
def places(tmp_path: Path) -> Places:
    (tmp_path / "data").mkdir()
    return filled(tmp_path / "data")


def settings(places: Places) -> Settings:
    return Settings(data=places.database.parent)


def telecart(places: Places, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--data", str(places.database.parent), "store", *arguments])


def everything_is_there(places: Places) -> None:
    opened = open_for_edge(places, {}, "care")
    try:
        rows = dict(opened.run("SELECT name, value FROM fact WHERE length(name) = 64").fetchall())
        assert sorted(int(size) for size in rows.values()) == [len(content) for content in CONTENTS]
        assert sorted(opened.blobs.get(sha256) for sha256 in rows) == sorted(CONTENTS)
        assert [row[0] for row in opened.run("PRAGMA quick_check")] == ["ok"]
    finally:
        opened.database.close()


def test_a_new_key_takes_the_place_of_the_old_one(places: Places) -> None:
    old = read_key(places.key)
    assert telecart(places, "rekey").exit_code == 0
    new = read_key(places.key)
    assert new != old
    everything_is_there(places)
    opened = open_for_sync(places)
    traces = opened.run("SELECT act, detail, command FROM audit ORDER BY sequence DESC LIMIT 2").fetchall()
    opened.database.close()
    assert traces == [("rekeyed", word, "telecart store rekey") for word in ("done", "begun")]
    assert not rekey.opens(places.database, old)
    with_old = Blobs(places.blobs, old)
    for sha256, _size in with_old.held():
        with pytest.raises(Fault):
            with_old.get(sha256)
    left = {path.name for path in places.database.parent.iterdir()} | {p.name for p in places.blobs.glob("former.*")}
    assert not [name for name in left if "rekey" in name or "former" in name]


def test_it_is_refused_while_somebody_has_the_store_open(places: Places) -> None:
    before = read_key(places.key)
    for open_it in (lambda: open_for_edge(places, {}, "care"), lambda: open_for_sync(places)):
        opened = open_it()
        said = telecart(places, "rekey")
        assert said.exit_code == 1
        assert said.stderr.splitlines() == [
            "telecart: a process has the store open (stop it first: systemctl stop telecart.target)"
        ]
        opened.database.close()
    assert read_key(places.key) == before
    everything_is_there(places)


def test_with_a_wrong_key_it_is_refused_in_one_line(places: Places) -> None:
    write_key(places.key, bytes(32))
    done = subprocess.run(
        [sys.executable, "-m", "edge.cli", "--data", places.database.parent, "store", "rekey"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines() == ["telecart: the store does not open with this key (restore its key file)"]


@pytest.mark.slow
def test_cut_short_at_any_step_it_opens_with_the_key_that_the_cart_has(places: Places, tmp_path: Path) -> None:
    where = tmp_path / "cut"
    where.mkdir()
    told = subprocess.run(
        [sys.executable, "-m", "tests.cut_rekey", places.database.parent, where],
        capture_output=True,
        text=True,
        check=True,
    )
    old = read_key(places.key)
    keys = []
    for step in range(1, int(told.stdout) + 1):
        folder = where / f"{step:04}"
        cut = Places(folder / "store.db", folder / "blobs", folder / "store.key")
        keys.append(read_key(cut.key) == old)
        everything_is_there(cut)
        assert telecart(cut, "rekey", "--finish").exit_code == 0
        everything_is_there(cut)
        assert telecart(cut, "rekey").exit_code == 0
        everything_is_there(cut)
        assert not [path for path in folder.rglob("*") if "rekey" in path.name or path.suffix == ".tmp"]
        assert not list(cut.blobs.glob("former.*"))
    # cut before the key was replaced, and after it
    assert len(keys) > 30
    assert keys == sorted(keys, reverse=True)
    assert 10 < sum(keys) < len(keys) - 5


class TestKeyFile:
    """Where the key is a credential, the admin brings the new one to it."""

    @pytest.fixture
    def new(self, places: Places, tmp_path: Path) -> Path:
        path = tmp_path / "new.key"
        assert telecart(places, "rekey", "--key-file", str(path)).exit_code == 0
        return path

    def test_the_cart_s_key_is_left_alone_and_the_store_takes_the_new_one_when_it_comes(
        self, places: Places, new: Path
    ) -> None:
        old = read_key(places.key)
        write_key(places.key, read_key(new))
        everything_is_there(places)
        assert work.stats(settings(places)).blobs.under_former_key == 3
        write_key(places.key, old)
        with pytest.raises(Fault, match="does not open with this key"):
            open_for_sync(places)
        write_key(places.key, read_key(new))
        assert telecart(places, "rekey", "--finish").exit_code == 0
        assert work.stats(settings(places)).blobs.under_former_key == 0
        everything_is_there(places)

    def test_a_cart_that_goes_on_with_the_old_key_loses_nothing(self, places: Places, new: Path) -> None:
        refused = telecart(places, "rekey", "--finish")
        assert (refused.exit_code, "still has the old key" in refused.stderr) == (1, True)
        opened = open_for_sync(places)
        with opened.database.write():
            opened.run("INSERT INTO fact VALUES ('saved', 'after')")
        opened.database.close()
        write_key(places.key, read_key(new))
        # what was saved under the old key is not in the copy: the copy is gone, not the row
        with pytest.raises(Fault, match="does not open with this key"):
            open_for_sync(places)

    def test_a_key_that_is_there_is_taken(self, places: Places, tmp_path: Path) -> None:
        mine = tmp_path / "mine.key"
        write_key(mine, b"m" * 32)
        assert telecart(places, "rekey", "--key-file", str(mine)).exit_code == 0
        write_key(places.key, b"m" * 32)
        everything_is_there(places)

    def test_the_same_key_is_refused(self, places: Places) -> None:
        said = telecart(places, "rekey", "--key-file", str(places.key))
        assert (said.exit_code, "has this key already" in said.stderr) == (1, True)

    def test_a_credential_cannot_be_replaced(
        self, places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "credentials").mkdir()
        shutil.move(places.key, tmp_path / "credentials/store-key")
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
        said = telecart(places, "rekey")
        assert (said.exit_code, "--key-file" in said.stderr) == (1, True)


def test_a_copy_that_cannot_be_made_leaves_the_store_as_it_was(places: Places) -> None:
    before = read_key(places.key)
    in_the_way = places.database.with_name("store.db.rekeying")
    in_the_way.mkdir()
    with StoreLock.alone(places.database), pytest.raises(Fault) as caught:
        rekey.prepare(places.database, places.blobs, before, bytes(32))
    assert caught.value.reason is Reason.STORE_IO
    in_the_way.rmdir()
    everything_is_there(places)


def test_a_key_file_that_cannot_be_written_leaves_the_store_as_it_was(places: Places) -> None:
    with pytest.raises(Fault) as caught:
        work.rekey(settings(places), Path("/proc/self/key"), lambda _text: None)
    assert caught.value.reason is Reason.STORE_KEY
    everything_is_there(places)


def test_a_file_that_cannot_be_read_keeps_the_former_keys(places: Places) -> None:
    damaged, _size = next(iter(Blobs(places.blobs, read_key(places.key)).held()))
    (places.blobs / damaged[:2] / damaged).write_bytes(b"TCBLOB\0\x02" + bytes(100))
    said = telecart(places, "rekey")
    assert said.exit_code == 0
    assert "cannot be read" in said.stdout
    assert list(places.blobs.glob("former.*"))
    blobs = Blobs(places.blobs, read_key(places.key))
    assert len([sha256 for sha256, _ in blobs.held() if sha256 != damaged and blobs.get(sha256) is not None]) == 2


def test_a_file_removed_meanwhile_stays_removed(places: Places) -> None:
    """The purge goes on while files are encrypted anew."""
    key = read_key(places.key)
    blobs = Blobs(places.blobs, key)
    [first, *_] = [sha256 for sha256, _size in blobs.held()]

    class Removing:
        def __enter__(self) -> None:
            Blobs(places.blobs, key).remove(first)

        def __exit__(self, *_: object) -> None: ...

    blobs.renew(first, Removing)
    assert not blobs.has(first)
    assert not list(places.blobs.glob("*.tmp"))


def test_the_copy_is_encrypted_under_the_new_key_only(places: Places, tmp_path: Path) -> None:
    new = bytes(range(32))
    with StoreLock.alone(places.database):
        rekey.prepare(places.database, places.blobs, read_key(places.key), new)
    copy = rekey.prepared(places.database)
    assert rekey.opens(copy, new)
    assert not rekey.opens(copy, read_key(places.key))
    assert rekey.opens(places.database, read_key(places.key))
    plain = sqlite.connect(str(copy))
    with pytest.raises(sqlite.DatabaseError):
        plain.execute("SELECT * FROM sqlite_schema")
    plain.close()
