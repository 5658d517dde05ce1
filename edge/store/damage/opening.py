"""How edge opens its store: what a crash or a person left behind is looked at before anything is written over it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import sqlcipher3.dbapi2 as sqlite
import structlog

from edge.domain.fault import Fault, Reason
from edge.domain.posture import Trouble
from edge.store.damage import incidents
from edge.store.damage.salvage import is_unfinished, salvage
from edge.store.disk.durable import replace_file
from edge.store.disk.errors import CORRUPT, NOT_A_DATABASE, code_of
from edge.store.disk.lock import StoreLock
from edge.store.disk.space import Space
from edge.store.file.database import Database
from edge.store.file.log_file import log_of
from edge.store.file.marks import is_severed, reached, read_mark, vanished, write_mark
from edge.store.file.pages import damaged_marker, first_page, keep_first_page, structure

log = structlog.get_logger()


def open_whole(path: Path, key: bytes) -> Database:
    """The store at ``path``, made anew from what can be read where it is damaged, with what befell it noted in it.

    A wrong key is never damage: that is told by the copy of the first page, which the right key opens. Raises Fault.
    """
    _refuse_read_only(path)
    Space(path).room_to_open()
    if is_unfinished(path) or damaged_marker(path).exists() or _is_severed(path) or _is_gone(path, key):
        _made_anew(path, key)
    try:
        database = _opened(path, key)
    except Fault as fault:
        if not _is_damage(fault, path, key):
            raise
        log.warning("store_damaged", what=fault.what)
        _made_anew(path, key)
        database = Database(path, key, owner=True)
    try:
        with contextlib.suppress(sqlite.Error):
            # what a crash left behind the end of the log must not be taken for a part of it later
            database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        _notice_what_vanished(database)
        with contextlib.suppress(sqlite.Error, OSError):
            keep_first_page(database, key)
    except BaseException:
        database.close()
        raise
    return database


def _made_anew(path: Path, key: bytes) -> None:
    """Raises Fault(STORE_DAMAGED) while another process has the store open: sync lets go of it when it sees the marker."""
    try:
        report = salvage(path, key)
    except Fault as fault:
        if fault.reason is not Reason.NOT_ALLOWED:
            raise
        with contextlib.suppress(OSError):
            mark_damaged(path)
        raise Fault(
            Reason.STORE_DAMAGED,
            "the store is damaged, and another process has it open",
            "it is made anew when nobody has it open any more",
        ) from fault
    log.warning("store_salvaged", what=report.line())


def mark_damaged(path: Path) -> None:
    """From here on nobody opens the store but edge, which makes it anew. Raises OSError."""
    replace_file(damaged_marker(path), b"", mode=0o660)


def refuse_while_mended(path: Path) -> None:
    """For those who only join. Raises Fault(STORE_IO)."""
    if damaged_marker(path).exists() or is_unfinished(path) or _is_severed(path):
        raise Fault(
            Reason.STORE_IO, "the store is damaged and is made anew", "wait for edge; see telecart store verify"
        )


def _refuse_read_only(path: Path) -> None:
    try:
        read_only = bool(os.statvfs(path.parent).f_flag & os.ST_RDONLY)
    except OSError:
        return
    if read_only:
        raise Fault(
            Reason.STORE_IO, "the store's disk is read-only", "check the card or disk, mount it writable, start again"
        )


def _opened(path: Path, key: bytes) -> Database:
    """A file system that failed shows as damage: it is asked twice."""
    try:
        return Database(path, key, owner=True)
    except Fault as fault:
        if fault.reason is not Reason.STORE_DAMAGED:
            raise
        return Database(path, key, owner=True)


def _is_damage(fault: Fault, path: Path, key: bytes) -> bool:
    """Only what SQLite found on the disk: a migration that fails on what is stored is a mistake of the release."""
    cause = fault.__cause__
    found = isinstance(cause, sqlite.Error) and code_of(cause) in {CORRUPT, NOT_A_DATABASE}
    return found and (fault.reason is Reason.STORE_DAMAGED or first_page(path, key) is not None)


def _is_severed(path: Path) -> bool:
    """False while somebody has the store open: SQLite then knows where the log ends, and it is being written."""
    try:
        if not log_of(path).stat().st_size or not path.exists():
            return False
        with StoreLock.alone(path):
            return is_severed(path)
    except OSError:
        return False
    except Fault as fault:
        if fault.reason is not Reason.NOT_ALLOWED:
            raise
        return False


def _is_gone(path: Path, key: bytes) -> bool:
    """Whether there was a store, and there is none: a new one must not take its place as if nothing were."""
    return (not path.exists() or path.stat().st_size == 0) and first_page(path, key) is not None


def _notice_what_vanished(database: Database) -> None:
    """Rows that were told as saved and are not there: the log was deleted or cut. Says so, and goes on.

    The store is then looked through, since a log that is gone may have held half of a change.
    """
    gone = vanished(read_mark(database.path), reached(database.connection))
    if not gone:
        return
    what = ", ".join(f"{table} {first} to {last}" for table, (first, last) in sorted(gone.items()))
    log.error("rows_missing", what=what)
    if structure(database.connection):
        mark_damaged(database.path)
        raise Fault(
            Reason.STORE_DAMAGED, f"the store is damaged: its log is gone, with {what}", "start telecart edge again"
        )
    incidents.note(database, Trouble.ROWS_MISSING, f"saved rows are missing: {what}")
    with contextlib.suppress(OSError):
        write_mark(database.path, database.connection)
