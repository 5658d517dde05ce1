"""latest_vitals_us, open_to_ready_ms, store_memory_mb: the store of one million readings, looked at, opened, held."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Final

from edge.domain.measurement import VITAL_SIGNS, Kind
from edge.mains.bench import store_peers as peers
from edge.mains.bench.figure import Figure, percentile
from edge.mains.bench.store_queue import Queue, long_queue
from edge.mains.bench.store_scene import reading
from edge.store.disk.keys import read_key
from edge.store.sending import outbox

LATEST_LIMIT_US: Final = 100.0
OPEN_LIMIT_MS: Final = 300.0
MEMORY_LIMIT_MB: Final = 30.0


def latest(rounds: int = 2000, queue: Queue | None = None) -> Figure:
    """The newest value of one kind, of one resident of a hundred."""
    queue = queue or long_queue()
    with contextlib.closing((store := queue.open()).database):
        journal = store.journal
        residents = [patient.id for patient in journal.patients()]

        def of(kinds: frozenset[Kind], count: int) -> float:
            taken = []
            for number in range(count):
                patient = residents[number % len(residents)]
                begin = time.perf_counter()
                found = journal.latest(patient, kinds)
                taken.append((time.perf_counter() - begin) * 1e6)
                assert len(found) == len(kinds)
            return percentile(taken, 0.5)

        of(VITAL_SIGNS, len(residents))
        each = {kind.value: of(frozenset({kind}), rounds // len(VITAL_SIGNS)) for kind in sorted(VITAL_SIGNS)}
        every = of(VITAL_SIGNS, rounds // 10)
        path, key = queue.places.database, read_key(queue.places.key)
        scan = peers.newest_without_index(path, key, residents[0], Kind.SPO2.value)
    return Figure(
        max(each.values()),
        LATEST_LIMIT_US,
        {
            "by_kind": each,
            "all_kinds_of_a_resident": every,
            "peer": {"name": "the newest by its time, without an index (sqlcipher3)", "us": scan * 1e6},
        },
    )


def opening(rounds: int = 9, queue: Queue | None = None) -> Figure:
    """From the call that opens the store to the screen's first overview and the first reading saved."""
    longer = queue or long_queue()
    # whatever a new release has to do once
    first = _timed(lambda: _open_and_save(longer))
    found = [_timed(lambda: _open_and_save(longer)) for _ in range(rounds)]
    path, key = longer.places.database, read_key(longer.places.key)
    peer = [_timed(lambda: peers.open_and_look(path, key)) for _ in range(rounds)]
    return Figure(
        percentile(found, 0.5),
        OPEN_LIMIT_MS,
        {
            "worst": max(found),
            "first": first,
            "peer": {"name": "sqlcipher3 opens it and reads the newest row", "ms": percentile(peer, 0.5)},
        },
    )


def _open_and_save(queue: Queue) -> None:
    with contextlib.closing((store := queue.open()).database):
        store.journal.lines(queue.encounter.id)
        outbox.standing(store)
        store.journal.save(reading(), queue.encounter)


def _timed(work: Callable[[], object]) -> float:
    """Milliseconds."""
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * 1e3


def memory(queue: Queue | None = None) -> Figure:
    """What a process grows by that loads the store, opens this one and works with it: at its peak."""
    places = (queue or long_queue()).places
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "edge.mains.bench.store_memory", places.database, places.blobs, places.key],
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    return Figure(found["peak"] - found["before"], MEMORY_LIMIT_MB, found)
