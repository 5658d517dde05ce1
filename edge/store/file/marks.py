"""How far the store had come, noted beside it: a log that is cut short or gone tells nobody that it ever held more.

After a save the newest sequence of each table and the length of the log are written over the mark, without a flush: that
costs no commit anything, and the kernel brings it to the disk within half a minute. The mark is never ahead of what was
committed and flushed, so a store or a log that ends before its mark has lost what was told as saved. The other way round
nothing is known: what was lost after the last mark that reached the disk (the power went within half a minute of it, or the
process within a fifth of a second) is not seen.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
from pathlib import Path

import msgspec
import sqlcipher3.dbapi2 as sqlite

from edge.store.disk.durable import opened_for_all
from edge.store.file.log_file import Log, indexed, read_log

_SIZE = 512
"""Bytes: one sector, so that it is never torn."""

NUMBERED = (
    "answer",
    "appointment",
    "audit",
    "brought",
    "consent",
    "consultation",
    "correction",
    "handover",
    "handover_one",
    "item",
    "moved",
    "moved_round",
    "movement",
    "note",
    "opinion_event",
    "purge",
    "quarantine",
    "reconciled",
)
"""Tables whose ``sequence`` only grows."""


def mark_file(database: Path) -> Path:
    return database.with_suffix(".mark")


def reached(connection: sqlite.Connection) -> dict[str, int]:
    """The newest sequence of each numbered table that there is. Raises sqlite.Error."""
    names = ",".join("?" * len(NUMBERED))
    found = connection.execute(
        f"SELECT m.name FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name IN ({names})"
        " AND c.name = 'sequence'",
        NUMBERED,
    ).fetchall()
    tables = sorted(str(name) for (name,) in found)
    if not tables:
        return {}
    row = connection.execute("SELECT " + ",".join(f"(SELECT max(sequence) FROM {name})" for name in tables)).fetchone()
    return {name: int(value or 0) for name, value in zip(tables, row, strict=True)}


@dataclasses.dataclass(frozen=True, slots=True)
class Mark:
    """``at``: the newest sequence of each table. ``frames``: how many the log had, in the generation ``salts`` (hexadecimal)."""

    at: dict[str, int] = dataclasses.field(default_factory=dict)
    salts: str = ""
    frames: int = 0

    def is_before_the_end_of(self, log: Log) -> bool:
        """False where the log ends before its mark: what was committed and flushed is damaged or gone."""
        return self.salts != log.salts.hex() or log.chained >= self.frames


def read_mark(database: Path) -> Mark:
    """An empty one where there is none, or none that can be believed."""
    try:
        text = mark_file(database).read_bytes().split(b"\0", 1)[0]
    except OSError:
        return Mark()
    content, _, digest = text.rpartition(b" ")
    if hashlib.sha256(content).hexdigest().encode() != digest:
        return Mark()
    return msgspec.json.decode(content, type=Mark)


def write_mark(database: Path, connection: sqlite.Connection) -> None:
    """Without a flush. Raises OSError, sqlite.Error."""
    known = indexed(database)
    frames, salts = known or (0, b"")
    content = msgspec.json.encode(Mark(reached(connection), salts.hex(), frames))
    text = content + b" " + hashlib.sha256(content).hexdigest().encode()
    if len(text) > _SIZE:
        raise ValueError("the mark does not fit into a sector")
    descriptor = opened_for_all(mark_file(database), database)
    try:
        os.pwrite(descriptor, text.ljust(_SIZE, b"\0"), 0)
    finally:
        os.close(descriptor)


def is_writable(database: Path) -> bool:
    """Whether the disk of the store would take a write now: it may have turned read-only while nobody wrote."""
    try:
        os.close(os.open(mark_file(database), os.O_WRONLY))
    except (FileNotFoundError, PermissionError):
        return True  # whose the mark is says nothing of the disk
    except OSError:
        return False
    return True


def vanished(mark: Mark, now: dict[str, int]) -> dict[str, tuple[int, int]]:
    """By table: the first and the last sequence that the mark knows and the store does not have."""
    return {name: (now[name] + 1, at) for name, at in mark.at.items() if name in now and now[name] < at}


def is_severed(database: Path) -> bool:
    """Whether a log that nobody has open was committed behind a break. Opening the store would write over it. Raises OSError."""
    log = read_log(database)
    return log.severed() or not read_mark(database).is_before_the_end_of(log)
