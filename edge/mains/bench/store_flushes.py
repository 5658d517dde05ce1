"""save_flushes: how often the disk is told to flush for one durable save, counted at the block device.

On a simulated disk (firmware_stubs/disk.py: FUSE, loop device, ext4; needs root), which notes every flush. Where that cannot
be had, the kernel's own counter of the real disk is read: whatever else flushes there meanwhile is counted too.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from edge.mains.bench.figure import Detail, Figure, Unmeasured
from edge.mains.bench.store_scene import new_store, reading, scratch
from firmware_stubs.disk import Disk, apart

LIMIT: Final = 2.1
_APART: Final = 0.01
"""Seconds between two saves: longer than a tick of the file system's clock (4 ms at 250 Hz), as readings are. Within a tick
a file's time does not change, and with it the journal of the file system has nothing to keep."""

_GROWN: Final = 250
"""Saves after which the log has reached its limit and is overwritten."""

_TAKES: Final = (
    "1.1 would take fdatasync and a log that is never longer than it was: SQLite calls fsync where it was built without"
    " HAVE_FDATASYNC, as the wheels of sqlcipher3 are, and fsync has the file system's journal keep the log's new time,"
    " which is the second flush; fdatasync of a page that was there before is one"
)


def measure(folder: Path | None = None, saves: int = 100, grown: int = _GROWN) -> Figure:
    with scratch(folder) as place:
        try:
            found = apart(lambda: _on_simulated_disk(place, saves, grown))
        except (OSError, RuntimeError) as exc:
            found = _by_the_kernel(place, saves, grown) | {"why_not_simulated": str(exc)}
    value = found.pop("value")
    assert isinstance(value, float)
    return Figure(value, LIMIT, {**found, "what_1_1_would_take": _TAKES})


def _on_simulated_disk(place: Path, saves: int, grown: int) -> dict[str, Detail]:
    with Disk(place) as disk:

        def count() -> Callable[[], int]:
            disk.sync()
            since = disk.position()
            return lambda: disk.flushes(since)

        return {"counted_at": "a simulated disk under ext4", **_counted(disk.root, count, saves, grown)}


def _by_the_kernel(place: Path, saves: int, grown: int) -> dict[str, Detail]:
    """Raises Unmeasured where the kernel does not count."""
    counter = _disk_of(place) / "stat"
    try:
        # Documentation/block/stat.rst: the 16th number, flush I/Os processed, since Linux 5.5
        int(counter.read_text(encoding="ascii").split()[15])
    except (OSError, IndexError) as exc:
        raise Unmeasured("the kernel does not count this disk's flushes; root can simulate a disk instead") from exc

    def flushes() -> int:
        return int(counter.read_text(encoding="ascii").split()[15])

    def count() -> Callable[[], int]:
        before = flushes()
        return lambda: flushes() - before

    return {"counted_at": str(counter), **_counted(place, count, saves, grown)}


def _disk_of(place: Path) -> Path:
    """The disk in /sys that ``place`` lies on; of a partition the whole."""
    device = place.stat().st_dev
    found = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}").resolve()
    return found.parent if (found / "partition").exists() else found


def _counted(place: Path, count: Callable[[], Callable[[], int]], saves: int, grown: int) -> dict[str, Detail]:
    """Flushes of a save: while the log grows, afterwards, and when saves follow one another at once."""
    store, encounter = new_store(place / "store")

    def saved(number: int, wait: float) -> float:
        counted = count()
        for _ in range(number):
            store.journal.save(reading(), encounter)
            time.sleep(wait)
        return counted() / number

    with contextlib.closing(store.database):
        growing = saved(saves, _APART)
        saved(grown, 0.0)
        overwritten = saved(saves, _APART)
        at_once = saved(saves, 0.0)
    return {
        "value": max(growing, overwritten),
        "log_grows": growing,
        "log_overwritten": overwritten,
        "one_after_another": at_once,
    }
