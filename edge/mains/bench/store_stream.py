"""ecg_write_amplification, wal_peak_mb: twelve leads at 500 Hz, recorded second by second, each second durable by itself."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Final

from edge.domain.waveform import Scale, Waveform
from edge.mains.bench.figure import Figure
from edge.mains.bench.store_peers import chunks_as_rows
from edge.mains.bench.store_scene import DEVICE, new_store, now, places_in, scratch
from edge.store.ledger import EdgeStore, open_for_sync

AMPLIFICATION_LIMIT: Final = 3.0
PEAK_LIMIT_MB: Final = 8.0
HOUR: Final = 3600
"""Chunks of one second."""

HELD: Final = 60
FREE: Final = 5
"""Seconds of streaming for which the slow reader holds the store as it was, and then does not."""

_LEADS: Final = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
_HEADER: Final = Waveform(_LEADS, Decimal(500), (Scale(Decimal("2.5")),) * len(_LEADS), b"")
_CHUNK: Final = len(_LEADS) * 500 * 2


def amplification(folder: Path | None = None, seconds: int = HOUR // 4) -> Figure:
    """What goes to the disk for each byte of signal: log, database and what the log is brought into it for."""
    with scratch(folder) as place:
        store, number = _recording(place)
        before = _written()
        with contextlib.closing(store.database):
            for second, samples in enumerate(_seconds(seconds)):
                store.recordings.append(number, second, samples)
            # what still stands in the log has to be written a second time as well
            store.run("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            ours = _written() - before
        before = _written()
        with chunks_as_rows(place) as insert:
            for samples in _seconds(seconds):
                insert(samples)
        rows = _written() - before
    payload = seconds * _CHUNK
    return Figure(
        ours / payload,
        AMPLIFICATION_LIMIT,
        {
            "counted_by": "bytes handed to write(2) by this process (/proc/self/io, wchar)",
            "seconds": seconds,
            "payload_mb": payload / 1e6,
            "peer": {"name": "the same chunks as rows of a plain table, unencrypted", "ratio": rows / payload},
        },
    )


def wal_peak(folder: Path | None = None, seconds: int = HOUR) -> Figure:
    """The longest that the log becomes in an hour, played fast, while a reader holds the store for a minute, lets go of it for
    five seconds, and so on. One that never lets go keeps the log from ever beginning anew, however often it looks."""
    with scratch(folder) as place:
        (place / "slow").mkdir()
        peak = _peak(place / "slow", seconds, HELD, FREE)
        (place / "stuck").mkdir()
        stuck = _peak(place / "stuck", seconds // 6, seconds // 6, 1)
    return Figure(
        peak / 1e6,
        PEAK_LIMIT_MB,
        {
            "seconds": seconds,
            "reader_holds_s": HELD,
            "reader_lets_go_s": FREE,
            "peer": {"name": "a reader that holds it for ten minutes of the same", "mb": stuck / 1e6},
        },
    )


def _peak(place: Path, seconds: int, held: int, free: int) -> int:
    """Bytes."""
    store, number = _recording(place)
    database = places_in(place / "store").database
    log = database.with_name(f"{database.name}-wal")
    reader = open_for_sync(places_in(place / "store"))
    peak = 0
    with contextlib.closing(store.database), contextlib.closing(reader.database):
        for second, samples in enumerate(_seconds(seconds)):
            match second % (held + free):
                case 0:
                    reader.run("BEGIN")
                    reader.run("SELECT count(*) FROM recording").fetchone()
                case at if at == held:
                    reader.run("COMMIT")
            store.recordings.append(number, second, samples)
            peak = max(peak, log.stat().st_size)
    return peak


def _recording(place: Path) -> tuple[EdgeStore, int]:
    store, encounter = new_store(place / "store")
    return store, store.recordings.begin(_HEADER, DEVICE, encounter, now())


def _seconds(count: int) -> Iterator[bytes]:
    return (os.urandom(_CHUNK) for _ in range(count))


def _written() -> int:
    """Bytes that this process has handed to write(2) (proc(5), io)."""
    for line in Path("/proc/self/io").read_text(encoding="ascii").splitlines():
        name, _, value = line.partition(": ")
        if name == "wchar":
            return int(value)
    raise LookupError("wchar")
