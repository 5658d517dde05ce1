"""Where the store's key comes from, what is refused of it, and who holds the store open."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from edge import settings
from edge.domain.fault import Fault, Reason
from edge.store.disk.keys import read_key, write_key
from edge.store.disk.lock import StoreLock
from edge.store.ledger import Places, open_for_edge, open_for_sync

KEY = bytes(range(32))


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "store.key")


def test_a_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "store.key"
    key = read_key(path, create=True)
    assert len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_key(path, create=True) == read_key(path) == key


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644, 0o777])
def test_a_key_that_others_may_reach_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "store.key"
    write_key(path, KEY)
    path.chmod(mode)
    with pytest.raises(Fault, match=r"others may read .*store\.key") as caught:
        read_key(path)
    assert caught.value.reason is Reason.STORE_KEY
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"short", bytes(31), bytes(33), KEY.hex().encode()])
def test_what_is_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "store.key"
    write_key(path, content)
    with pytest.raises(Fault, match="is not a store key") as caught:
        read_key(path)
    assert caught.value.reason is Reason.STORE_KEY


def test_a_missing_key_is_a_plain_line(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="cannot be read") as caught:
        read_key(tmp_path / "store.key")
    assert caught.value.reason is Reason.STORE_KEY


def test_a_credential_comes_first_whatever_rights_systemd_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    credential = tmp_path / "credentials/store-key"
    credential.parent.mkdir()
    credential.write_bytes(KEY)
    credential.chmod(0o440)  # as an access list for the unit's user shows
    write_key(tmp_path / "store.key", bytes(32))
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credential.parent))
    found = settings.Settings(data=tmp_path).key_file
    assert found == credential
    assert read_key(found) == KEY


def test_an_admin_s_command_finds_the_key_of_the_units(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    provisioned = tmp_path / "etc/store.key"
    provisioned.parent.mkdir()
    monkeypatch.setattr(settings, "PROVISIONED_KEY", provisioned)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    assert settings.Settings().key_file == settings.DEFAULT_DATA / "store.key"
    write_key(provisioned, KEY)
    assert settings.Settings().key_file == provisioned
    assert settings.Settings(data=tmp_path).key_file == tmp_path / "store.key"


def test_a_key_is_replaced_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "store.key"
    write_key(path, KEY)
    with path.open("rb") as before:
        write_key(path, bytes(32))
        assert before.read() == KEY
    assert read_key(path) == bytes(32)
    assert [entry.name for entry in tmp_path.iterdir()] == ["store.key"]


def test_a_key_that_cannot_be_written_is_a_plain_line(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="cannot be written") as caught:
        write_key(tmp_path / "no such folder/store.key", KEY)
    assert caught.value.reason is Reason.STORE_KEY


HOLDER = """
import sys
from pathlib import Path
from edge.store.ledger import Places, open_for_sync
folder = Path(sys.argv[1])
held = open_for_sync(Places(folder / "store.db", folder / "blobs", folder / "store.key"))
print("open", flush=True)
sys.stdin.read()
"""


def test_who_opens_holds_it_until_closed_or_killed(places: Places) -> None:
    edge, sync = open_for_edge(places, {}, "care"), open_for_sync(places)
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(places.database.parent)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == b"open\n"
        for one in (edge, sync):
            with pytest.raises(Fault, match="a process has the store open") as caught:
                StoreLock.alone(places.database)
            assert caught.value.reason is Reason.NOT_ALLOWED
            one.database.close()
        with pytest.raises(Fault, match="a process has the store open"):
            StoreLock.alone(places.database)
        other.send_signal(signal.SIGKILL)
        other.wait()
        StoreLock.alone(places.database).release()
    finally:
        other.kill()
        other.communicate()


def test_nobody_opens_what_is_held_alone(places: Places) -> None:
    open_for_edge(places, {}, "care").database.close()
    with StoreLock.alone(places.database):
        for open_it in (lambda: open_for_edge(places, {}, "care"), lambda: open_for_sync(places)):
            with pytest.raises(Fault, match="closed while it gets another key") as caught:
                open_it()
            assert caught.value.reason is Reason.STORE_IO
    open_for_sync(places).database.close()


def test_a_store_that_does_not_open_is_not_held(places: Places) -> None:
    open_for_edge(places, {}, "care").database.close()
    places.key.write_bytes(bytes(32))
    with pytest.raises(Fault, match="does not open with this key") as caught:
        open_for_sync(places)
    StoreLock.alone(places.database).release()
    assert caught.value.reason is Reason.STORE_KEY


def test_the_lock_is_for_edge_and_sync_whatever_the_umask(places: Places) -> None:
    before = os.umask(0o077)
    try:
        open_for_edge(places, {}, "care").database.close()
    finally:
        os.umask(before)
    assert stat.S_IMODE((places.database.parent / "store.lock").stat().st_mode) == 0o660
