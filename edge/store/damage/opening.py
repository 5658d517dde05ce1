"""How edge opens its store: what a crash or a person left behind is looked at before anything is written over it."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import time
from pathlib import Path

import sqlcipher3.dbapi2 as sqlite
import structlog

from edge.domain.audit import THE_CART, Act, Entry
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Instant
from edge.domain.posture import Trouble
from edge.store.damage import incidents
from edge.store.damage.aside import is_unfinished
from edge.store.damage.log_mending import take_in
from edge.store.damage.room import NoRoomToMend
from edge.store.damage.salvage import salvage
from edge.store.disk.descriptors import forget_cached
from edge.store.disk.durable import fsync_directory, keep_owner, replace_file
from edge.store.disk.errors import CORRUPT, NOT_A_DATABASE, code_of
from edge.store.disk.lock import StoreLock
from edge.store.disk.space import Space
from edge.store.file.database import Database, for_reading, is_migrated_in_place
from edge.store.file.log_file import log_of
from edge.store.file.marks import is_severed, reached, read_mark, vanished, write_mark
from edge.store.file.pages import damaged_marker, first_page, keep_first_page, structure
from edge.store.keeping import audit

log = structlog.get_logger()

_PROVEN = b"proven"
"""What edge's own marker says."""


def open_whole(path: Path, key: bytes) -> Database:
    """The store at ``path``, made anew from what can be read where it is damaged, with what befell it noted in it.

    A wrong key is never damage: that is told by the copy of the first page, which the right key opens. Raises Fault.
    """
    _refuse_read_only(path)
    Space(path).room_to_open()
    if is_unfinished(path) or _is_severed(path) or _is_gone(path, key) or _is_damaged_as_marked(path, key):
        try:
            _made_anew(path, key)
        except NoRoomToMend as fault:
            return _with_its_log(path, key) or _as_it_is(path, key, fault)
    try:
        database = _opened(path, key)
    except Fault as fault:
        if not _is_damage(fault, path, key):
            raise
        log.warning("store_damaged", what=fault.what)
        _made_anew(path, key)
        database = Database(path, key, owner=True)
    try:
        if database.uncopied:
            _note_uncopied(database)
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


def _with_its_log(path: Path, key: bytes) -> Database | None:
    """Where the damage lies in the log alone, and nothing is lost by it, the store needs no room to be whole again.

    None where it is otherwise. Whatever else is damaged is looked for.
    """
    if not _is_severed(path):
        return None
    try:
        folder = take_in(path, key)
    except Fault as fault:
        log.warning("log_not_mended", what=fault.what)
        return None
    if folder is None:
        return None
    with contextlib.suppress(OSError):
        mark_damaged(path)
    database = open_whole(path, key)
    try:
        now = Instant(dt.datetime.now(dt.UTC), "", time.monotonic_ns(), clock_trusted=False)
        detail = f"the log was damaged, nothing of it is lost: {folder}"
        audit.note(database, Entry(Act.SALVAGED, THE_CART, now, detail=detail))
    except BaseException:
        database.close()
        raise
    return database


def _as_it_is(path: Path, key: bytes, refused: NoRoomToMend) -> Database:
    """A store of which some pages cannot be read takes readings on the others until there is room to make it anew: each page
    carries its seal, so that nothing wrong is ever read from it.

    Raises ``refused`` where opening it would write over what a salvage can still read, or where it does not open.
    """
    if is_unfinished(path) or _is_severed(path) or _is_gone(path, key):
        raise refused
    try:
        with for_reading(path, key) as connection:
            found = {int(number) for (number,) in connection.execute("SELECT number FROM migration")}
        # a migration is one transaction: where it meets the damage, or the end of the disk, the store is as it was
        database = Database(path, key, owner=True) if is_migrated_in_place(found) else None
    except Fault as fault:
        raise refused from fault
    if database is None:
        raise refused
    database.unmended = refused.needs
    with contextlib.suppress(OSError):
        mark_damaged(path, proven=True)
    log.error("store_not_made_anew", what=refused.what, do=refused.do)
    return database


def _note_uncopied(database: Database) -> None:
    now = Instant(dt.datetime.now(dt.UTC), "", time.monotonic_ns(), clock_trusted=False)
    log.warning("migrated_without_a_copy")
    audit.note(database, Entry(Act.MIGRATED, THE_CART, now, detail="without a copy of how it was: no room for one"))


def _made_anew(path: Path, key: bytes) -> None:
    """Raises Fault(STORE_DAMAGED) while another process has the store open: sync lets go of it when it sees the marker."""
    try:
        report = salvage(path, key)
    except Fault as fault:
        if fault.reason is not Reason.NOT_ALLOWED:
            raise
        with contextlib.suppress(OSError):
            mark_damaged(path, proven=True)
        raise Fault(
            Reason.STORE_DAMAGED,
            "the store is damaged, and another process has it open",
            "it is made anew when nobody has it open any more",
        ) from fault
    log.warning("store_salvaged", what=report.line())


def mark_damaged(path: Path, *, proven: bool = False) -> None:
    """From here on nobody opens the store but edge, which lets go of it, looks for itself unless it is ``proven``, and makes
    it anew. Raises OSError."""
    marker = damaged_marker(path)
    replace_file(marker, _PROVEN if proven else b"", mode=0o660)
    if path.exists():
        keep_owner(path, marker)


def open_joined(path: Path, key: bytes) -> Database:
    """For those who only join: what they find damaged is marked, so that edge mends it. Raises Fault."""
    if damaged_marker(path).exists() or is_unfinished(path) or _is_severed(path):
        raise _being_mended()
    try:
        return Database(path, key)
    except Fault as fault:
        if not _is_damage(fault, path, key):
            raise
        log.warning("store_found_damaged", what=fault.what)
        with contextlib.suppress(OSError):
            mark_damaged(path)
        raise _being_mended() from fault


def _being_mended() -> Fault:
    return Fault(Reason.STORE_IO, "the store is damaged and is made anew", "wait for edge; see telecart store verify")


def _is_damaged_as_marked(path: Path, key: bytes) -> bool:
    """Whoever met damage marked the store; unless edge has proven it before, that is a suspicion, and goes where nothing is found.

    Raises Fault where it cannot be told.
    """
    marker = damaged_marker(path)
    if not marker.exists():
        return False
    with contextlib.suppress(OSError):
        if marker.read_bytes() == _PROVEN:
            return True
    if _is_damaged(path, key):
        return True
    log.warning("store_found_whole")
    with contextlib.suppress(OSError):
        marker.unlink(missing_ok=True)
        fsync_directory(path.parent)
    return False


def _is_damaged(path: Path, key: bytes) -> bool:
    """All of it is read from the disk. A key that is not the store's is for the salvage to refuse."""
    if not path.exists():
        return True
    try:
        with for_reading(path, key) as connection:
            forget_cached(path)
            if structure(connection):
                return True
            (line,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            return bool(line != "ok")
    except Fault as fault:
        if fault.reason is Reason.STORE_DAMAGED:
            return True
        raise


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
        mark_damaged(database.path, proven=True)
        raise Fault(
            Reason.STORE_DAMAGED, f"the store is damaged: its log is gone, with {what}", "start telecart edge again"
        )
    incidents.note(database, Trouble.ROWS_MISSING, f"saved rows are missing: {what}")
    with contextlib.suppress(OSError):
        write_mark(database.path, database.connection)
