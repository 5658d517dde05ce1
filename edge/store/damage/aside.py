"""Where a damaged store is laid aside while a new one is made, and how it comes back where there is no room for that."""

from __future__ import annotations

import contextlib
import datetime as dt
from pathlib import Path

from edge.store.disk.durable import fsync_directory
from edge.store.disk.lock import lock_file
from edge.store.file.log_file import index_of, log_of


def note_file(database: Path) -> Path:
    return database.with_suffix(".salvaging")


def is_unfinished(database: Path) -> bool:
    return note_file(database).exists()


def new_folder(parent: Path) -> Path:
    day = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    return next(
        folder for number in range(1, 1_000_000) if not (folder := parent / f"quarantine-{day}-{number}").exists()
    )


def lay_aside(database: Path, folder: Path) -> None:
    """All three, or, after a cut, the rest of them: the database goes last."""
    folder.mkdir(exist_ok=True, mode=0o770)
    fsync_directory(folder.parent)
    if (folder / database.name).exists():
        return
    for path in (index_of(database), log_of(database), database):
        with contextlib.suppress(FileNotFoundError):
            path.rename(folder / path.name)
    fsync_directory(folder)
    fsync_directory(database.parent)


def put_back(database: Path, folder: Path) -> None:
    """The database goes first: cut short anywhere, all three are laid aside again."""
    without_scratch(folder)
    report_of(folder).unlink(missing_ok=True)
    for path in (database, log_of(database), index_of(database)):
        with contextlib.suppress(FileNotFoundError):
            (folder / path.name).rename(path)
    fsync_directory(folder)
    fsync_directory(database.parent)
    note_file(database).unlink()
    with contextlib.suppress(OSError):
        folder.rmdir()
    fsync_directory(database.parent)


def without_scratch(folder: Path) -> Path:
    scratch = folder / "new.db"
    for path in (scratch, log_of(scratch), index_of(scratch), lock_file(scratch)):
        path.unlink(missing_ok=True)
    return scratch


def report_of(folder: Path) -> Path:
    return folder / "report.json"
