"""Reading a file beside SQLite, which may have it open in this process.

Closing any descriptor of a file drops every POSIX lock that the process has on it, SQLite's own included: another process
then takes itself for the only user, empties the index and deletes the log. So a descriptor that is opened here stays open
until the last connection of this process to that store is closed (https://www.sqlite.org/howtocorrupt.html, 2.2).
"""

from __future__ import annotations

import collections
import os
import threading
from pathlib import Path

_lock = threading.Lock()
_connections: collections.Counter[Path] = collections.Counter()
_held: dict[Path, dict[tuple[int, int], int]] = collections.defaultdict(dict)


def connected(database: Path) -> None:
    """A connection to ``database`` is about to be opened."""
    with _lock:
        _connections[database] += 1


def disconnected(database: Path) -> None:
    """It is closed. With the last one go the descriptors."""
    with _lock:
        _connections[database] -= 1
        if _connections[database] <= 0:
            del _connections[database]
            for descriptor in _held.pop(database, {}).values():
                os.close(descriptor)


def peek(database: Path, file: Path, size: int) -> bytes:
    """The first ``size`` bytes of ``file``, which is ``database`` or one of its side files. Raises OSError."""
    with _lock:
        if not _connections[database]:
            del _connections[database]
            with file.open("rb") as opened:
                return opened.read(size)
        return os.pread(_descriptor(database, file), size, 0)


def forget_cached(database: Path) -> None:
    """What is read next of it comes from the disk, as far as the kernel lets go of it. Raises OSError."""
    with _lock:
        if _connections[database]:
            os.posix_fadvise(_descriptor(database, database), 0, 0, os.POSIX_FADV_DONTNEED)


def _descriptor(database: Path, file: Path) -> int:
    found = file.stat()
    name = (found.st_dev, found.st_ino)
    held = _held[database]
    if name not in held:
        held[name] = os.open(file, os.O_RDONLY)
    return held[name]
