"""SQLite's locks stand for as long as a store is open: they are POSIX locks, and whoever opens and closes a file drops them all.

Without its lock on the database a process is not seen by one that closes: that one deletes the log under it. Without its lock
on the index (-shm) it is not seen by one that opens: that one truncates the index, and the next look at it is a SIGBUS.
(https://www.sqlite.org/howtocorrupt.html, section 2.2; https://www.sqlite.org/walformat.html, section 2.3.)
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from edge.store.ledger import Places, open_for_edge, open_for_sync
from tests.faults.bedside import PROMISED, PURPOSE, Bedside
from tests.faults.cutting import Notes

_DEADMAN = 128
"""Of the index: the byte whose lock says that somebody has it mapped."""


def held(path: Path) -> set[tuple[int, int]]:
    """(first, last) byte of each lock of this process on ``path``; the last is -1 where it reaches to the end."""
    inode = path.stat().st_ino
    found = set()
    for line in Path("/proc/locks").read_text(encoding="ascii").splitlines():
        _, kind, _, _, process, place, first, last = line.split()[:8]
        if (kind, int(process), int(place.split(":")[2])) == ("POSIX", os.getpid(), inode):
            found.add((int(first), -1 if last == "EOF" else int(last)))
    return found


def index_of(database: Path) -> Path:
    return database.with_name(f"{database.name}-shm")


def is_seen(places: Places) -> bool:
    return bool(held(places.database)) and (_DEADMAN, _DEADMAN) in held(index_of(places.database))


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "store.key")


def test_edge_keeps_the_locks_of_its_open_store(places: Places) -> None:
    bedside = Bedside(places, random.Random(1), Notes())
    bedside.receive()
    assert is_seen(places)
    for _ in range(3):
        bedside.undo(bedside.save_reading())
        bedside.save_photo()
        assert is_seen(places)
    bedside.done()
    assert held(places.database) == set()


def test_sync_keeps_the_locks_of_its_open_store(places: Places) -> None:
    open_for_edge(places, PROMISED, PURPOSE).database.close()
    opened = open_for_sync(places)
    opened.run("SELECT count(*) FROM item").fetchone()
    assert is_seen(places)
    opened.database.close()
