"""The store gets another key, and the key decides which store is the one (docs/decisions/0016-rekey.md).

``prepare`` leaves the store as it is and puts a copy under the new key beside it. From then on the first who opens the
store settles it: with the old key the copy goes, with the new key it takes the store's place. So one step switches, the
replacing of the key, and whoever was cut short before or after it has a store that opens.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import sqlcipher3.dbapi2 as sqlite

from edge.domain.fault import Fault, Reason
from edge.store.disk.blobs import Blobs
from edge.store.disk.durable import fsync_directory, fsync_file, keep_owner


def prepared(database: Path) -> Path:
    """The copy under the new key, whole and durable where it exists."""
    return database.with_name(f"{database.name}.rekeyed")


def _scratch(database: Path) -> Path:
    return database.with_name(f"{database.name}.rekeying")


def prepare(database: Path, blobs: Path, old: bytes, new: bytes) -> None:
    """Afterwards the store opens with ``old`` and with ``new``, and stays with that key with which it is opened first.

    The caller holds the store's lock alone. Raises Fault(STORE_KEY) where ``old`` is not its key, Fault(STORE_IO) where the
    copy finds no room: the store is then as it was.
    """
    if old == new:
        raise Fault(Reason.STORE_KEY, "the store has this key already", "give another --key-file")
    settle(database, old)
    scratch = _scratch(database)
    try:
        scratch.unlink(missing_ok=True)  # of one who was killed
        with _open(database, old) as connection:
            connection.execute("VACUUM INTO ?", (str(scratch),))
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        # a log that came back after a power cut would be taken for one of the new file
        _no_log(database)
        with _open(scratch, old) as connection:
            # a copy that is cut short is thrown away: it needs no journal
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute(f"PRAGMA rekey = \"x'{new.hex()}'\"")
        with _open(scratch, new) as connection:
            _check(connection)
        scratch.chmod(database.stat().st_mode & 0o777)
        keep_owner(database, scratch)
        fsync_file(scratch)
        Blobs(blobs, old).hand_on(new)
        scratch.rename(prepared(database))
        fsync_directory(database.parent)
    except OSError as exc:
        raise Fault(Reason.STORE_IO, f"no copy under the new key: {exc.strerror}", "check the disk") from exc
    except sqlite.DatabaseError as exc:
        if "not a database" in str(exc):
            raise Fault(Reason.STORE_KEY, "the store does not open with this key", "restore its key file") from exc
        raise Fault(Reason.STORE_IO, f"no copy under the new key: {exc}", "check the disk; verify the store") from exc
    finally:
        with contextlib.suppress(OSError):
            scratch.unlink(missing_ok=True)


def settle(database: Path, key: bytes) -> None:
    """What every opener does before it opens, with the store's lock held: see this module's first lines.

    With a key that opens neither, nothing changes. Raises Fault(STORE_IO).
    """
    copy = prepared(database)
    if not copy.exists():
        return
    try:
        if opens(database, key):
            copy.unlink(missing_ok=True)
        elif opens(copy, key):
            _no_log(database)
            with contextlib.suppress(FileNotFoundError):  # somebody else was quicker
                copy.replace(database)
        fsync_directory(database.parent)
    except OSError as exc:
        raise Fault(Reason.STORE_IO, f"the store cannot be opened: {exc.strerror}", "check the disk") from exc


Lock = Callable[[], contextlib.AbstractContextManager[None]]


def finish(blobs: Blobs, lock: Lock) -> Iterator[str]:
    """Encrypts what still lies under a former key anew, each file in one step, and yields its name when that is durable.

    May be cut short and called again, also while the cart works: ``lock`` is the database's write lock, under which files
    are removed. When nothing needs the former keys they are dropped; a file that cannot be read keeps them.
    Raises Fault(STORE_IO).
    """
    unreadable = 0
    for sha256, _size in list(blobs.held()):
        try:
            if not blobs.has(sha256) or blobs.is_current(sha256):
                continue
            blobs.renew(sha256, lock)
        except Fault as fault:
            if fault.reason is not Reason.STORE_DAMAGED:
                raise
            unreadable += 1
            continue
        yield sha256
    if not unreadable:
        blobs.drop_former_keys()


def opens(database: Path, key: bytes) -> bool:
    """Whether it is a database under ``key``. Raises Fault(STORE_IO) where that cannot be told."""
    try:
        with _open(database, key):
            return True
    except sqlite.DatabaseError as exc:
        if "not a database" in str(exc):
            return False
        raise Fault(Reason.STORE_IO, f"the store cannot be opened: {exc}", "check the disk") from exc


@contextlib.contextmanager
def _open(path: Path, key: bytes) -> Iterator[sqlite.Connection]:
    connection = sqlite.connect(f"file:{path}?mode=rw", uri=True, isolation_level=None)
    try:
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        yield connection
    finally:
        connection.close()


def _check(connection: sqlite.Connection) -> None:
    found = [row[0] for row in connection.execute("PRAGMA quick_check")]
    if found != ["ok"]:
        raise sqlite.DatabaseError(found[0])


def _no_log(database: Path) -> None:
    """No write-ahead log stands beside the database, durably. Raises OSError where one with something in it does."""
    log = database.with_name(f"{database.name}-wal")
    if log.exists() and log.stat().st_size:
        raise OSError(0, "its log is still there", str(log))
    for path in (log, database.with_name(f"{database.name}-shm")):
        path.unlink(missing_ok=True)
    fsync_directory(database.parent)
