"""Several processes at one store: each transaction happens once, whole, and nobody is told that the store is busy."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from edge.store.file.database import Database
from edge.store.ledger import Places, open_for_edge

TIMES = 300
WRITERS = ("owner", "owner", "joined", "joined")
LIMIT = 120.0


async def _worker(folder: Path, role: str, times: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.store_worker",
        str(folder),
        "of the test",
        str(times),
        Database.BEGIN,
        role,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@pytest.mark.hazard("H10", without="tests.controls_store:writing_begins_as_reading")
async def test_four_that_write_and_one_that_reads_never_hear_that_the_store_is_busy(tmp_path: Path) -> None:
    store = open_for_edge(Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "store.key"), {}, "care")
    with store.database.write():
        store.run("INSERT INTO counter VALUES ('of the test', 0)")
    workers = [await _worker(tmp_path, role, TIMES) for role in WRITERS]
    workers.append(await _worker(tmp_path, "reader", 10 * TIMES))
    async with asyncio.timeout(LIMIT):
        for worker in workers:
            assert worker.stdout is not None
            assert await worker.stdout.readline() == b"ready\n"
        said = await asyncio.gather(*(worker.communicate(b"go\n") for worker in workers))
    assert [err.decode()[-400:] for _, err in said] == [""] * len(workers)
    assert [out for out, _ in said] == [b"done\n"] * len(workers)
    assert store.run("SELECT value FROM counter WHERE name = 'of the test'").fetchone() == (len(WRITERS) * TIMES,)
    store.database.close()


def test_only_the_owner_checkpoints(tmp_path: Path) -> None:
    places = Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "store.key")
    store = open_for_edge(places, {}, "care")
    from edge.store.ledger import open_for_sync

    joined = open_for_sync(places)
    assert store.run("PRAGMA wal_autocheckpoint").fetchone() == (1000,)
    assert joined.run("PRAGMA wal_autocheckpoint").fetchone() == (0,)
    store.database.close()
    joined.database.close()
