"""What others take to keep the same: SQLite without a store around it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import sqlcipher3.dbapi2 as sqlite
import sqlite_utils

from edge.domain.capture import Capture
from edge.mains.bench.store_scene import Way, reading
from edge.store.keeping import rows


@contextlib.contextmanager
def two_rows(folder: Path, *, encrypted: bool) -> Iterator[Way]:
    """An item and its promise in one durable transaction, in two tables without any index."""
    with contextlib.closing(_connect(folder / f"two-rows-{encrypted}.db", encrypted=encrypted)) as connection:
        run = connection.execute
        run("CREATE TABLE item (sequence INTEGER PRIMARY KEY, id TEXT, taken TEXT, payload TEXT)")
        run("CREATE TABLE outbox (sequence INTEGER PRIMARY KEY, item INTEGER, destination TEXT, state TEXT)")

        def prepare(_: int) -> _Insert:
            return _Insert(connection, reading())

        yield prepare


class _Insert:
    def __init__(self, connection: sqlite.Connection, capture: Capture) -> None:
        self._run = connection.execute
        self._capture = capture

    def __call__(self) -> None:
        run = self._run
        run("BEGIN IMMEDIATE")
        item = run("INSERT INTO item VALUES (NULL, ?, ?, ?)", _columns(self._capture)).lastrowid
        run("INSERT INTO outbox VALUES (NULL, ?, 'fhir', 'kept')", (item,))
        run("COMMIT")


@contextlib.contextmanager
def insert_by_sqlite_utils(folder: Path) -> Iterator[Way]:
    """One row by ``.insert``, unencrypted: it has a transaction of its own."""
    with contextlib.closing(_connect(folder / "sqlite-utils.db", encrypted=False)) as connection:
        connection.isolation_level = "DEFERRED"
        table = sqlite_utils.Database(connection).table("item")

        def prepare(_: int) -> Callable[[], object]:
            row = dict(zip(("id", "taken", "payload"), _columns(reading()), strict=True))
            return lambda: table.insert(row)

        yield prepare


@contextlib.contextmanager
def photo_in_a_row(folder: Path, photos: Iterator[bytes]) -> Iterator[Way]:
    """A photo as a value of a row, encrypted."""
    with contextlib.closing(_connect(folder / "photos.db", encrypted=True)) as connection:
        connection.execute("CREATE TABLE photo (sequence INTEGER PRIMARY KEY, jpeg BLOB)")

        def prepare(_: int) -> Callable[[], object]:
            jpeg = next(photos)
            return lambda: connection.execute("INSERT INTO photo VALUES (NULL, ?)", (jpeg,))

        yield prepare


@contextlib.contextmanager
def chunks_as_rows(folder: Path) -> Iterator[Callable[[bytes], object]]:
    """Each chunk a row and a durable transaction; the log is emptied at the end."""
    with contextlib.closing(_connect(folder / "chunks.db", encrypted=False)) as connection:
        connection.execute("CREATE TABLE chunk (number INTEGER PRIMARY KEY, samples BLOB)")
        yield lambda samples: connection.execute("INSERT INTO chunk VALUES (NULL, ?)", (samples,))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def open_and_look(path: Path, key: bytes) -> object:
    """Opens a store's database and reads its newest row, without checking anything."""
    with contextlib.closing(sqlite.connect(str(path), isolation_level=None)) as connection:
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        return connection.execute("SELECT * FROM item ORDER BY sequence DESC LIMIT 1").fetchone()


def newest_without_index(path: Path, key: bytes, patient_id: str, kind: str) -> float:
    """Seconds that it takes to look every row through for the newest of this resident and kind."""
    return _looked_through(
        path,
        key,
        "SELECT payload FROM item NOT INDEXED WHERE patient_id = ? AND kind = ? ORDER BY taken_utc DESC LIMIT 1",
        (patient_id, kind),
    )


def due_without_index(path: Path, key: bytes, limit: int) -> float:
    """Seconds that it takes to find what is due next, in its order."""
    return _looked_through(
        path,
        key,
        "SELECT item FROM outbox NOT INDEXED WHERE state = 'pending' AND next_attempt <= ? ORDER BY next_attempt, item LIMIT ?",
        (time.time(), limit),
    )


def _looked_through(path: Path, key: bytes, query: str, values: tuple[str | float, ...]) -> float:
    with contextlib.closing(sqlite.connect(str(path), isolation_level=None)) as connection:
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        begin = time.perf_counter()
        connection.execute(query, values).fetchall()
        return time.perf_counter() - begin


def _columns(capture: Capture) -> tuple[str, str, str]:
    text, _, _ = rows.payload_columns(capture.payload, None)
    return capture.identity, capture.taken.utc.isoformat(), text


def _connect(path: Path, *, encrypted: bool) -> sqlite.Connection:
    """As durable as the store: WAL, synchronous=FULL."""
    connection = sqlite.connect(str(path), isolation_level=None)
    if encrypted:
        connection.execute(f"PRAGMA key = \"x'{bytes(range(32)).hex()}'\"")
    connection.execute("PRAGMA journal_mode = wal").fetchone()
    connection.execute("PRAGMA synchronous = FULL")
    return connection
