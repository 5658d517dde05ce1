"""What lies beside the store and no process reads any more: stores that were laid aside, and copies of before an update.

They hold what residents had then, also what has been purged since. Nothing lets go of them but a person, by name.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec

from edge.domain.fault import Fault, Reason
from edge.store.damage.aside import note_file
from edge.store.disk.durable import fsync_directory

_MEBIBYTE = 1 << 20


class Keepsake(msgspec.Struct, frozen=True, kw_only=True):
    """``bytes`` on the disk; ``since`` in UTC, by the cart's clock of then."""

    name: str
    bytes: int
    since: str

    def line(self, now: dt.datetime) -> str:
        days = max(0, (now - dt.datetime.fromisoformat(self.since)).days)
        return f"{self.name}: {-(-self.bytes // _MEBIBYTE)} MiB, {days} days old"


def keepsakes(database: Path) -> list[Keepsake]:
    """The oldest first. Those of a salvage that is not finished are not among them: the store is still made of them."""
    begun = _begun(database)
    found = [
        one
        for path in database.parent.iterdir()
        if _is_one(path, database) and path.name != begun and (one := _seen(path)) is not None
    ]
    return sorted(found, key=lambda one: (one.since, one.name))


def remove(database: Path, name: str) -> None:
    """For ever. The caller holds the store's lock, so that nobody makes anything of it meanwhile.

    Raises Fault(NOT_ALLOWED) for what is no keepsake, Fault(STORE_IO) where not all of it went: then it is still there by name.
    """
    if name not in {one.name for one in keepsakes(database)}:
        raise Fault(Reason.NOT_ALLOWED, f"{name} is no copy that was kept", "see telecart store stats")
    path = database.parent / name
    try:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
        fsync_directory(database.parent)
    except OSError as exc:
        raise Fault(Reason.STORE_IO, f"{name} did not go: {exc.strerror}", "check the disk, try again") from exc


def _is_one(path: Path, database: Path) -> bool:
    try:
        mode = path.lstat().st_mode
    except OSError:
        return False
    if stat.S_ISDIR(mode):
        return re.fullmatch(r"quarantine-\d{8}T\d{6}Z-\d+", path.name) is not None
    return stat.S_ISREG(mode) and re.fullmatch(re.escape(database.name) + r"\.before-\d{4}", path.name) is not None


def _begun(database: Path) -> str | None:
    try:
        return note_file(database).read_text(encoding="utf-8")
    except OSError:
        return None


def _seen(path: Path) -> Keepsake | None:
    """None where it went meanwhile, or cannot be looked at."""
    try:
        files = [one.lstat() for one in _files(path)]
        since = max([one.st_mtime for one in files], default=path.lstat().st_mtime)
    except OSError:
        return None
    at = dt.datetime.fromtimestamp(since, dt.UTC).isoformat(timespec="seconds")
    return Keepsake(name=path.name, bytes=sum(one.st_size for one in files), since=at)


def _files(path: Path) -> Iterator[Path]:
    yield from [path] if path.is_file() else (one for one in path.rglob("*") if not one.is_dir())
