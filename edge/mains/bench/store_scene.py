"""What the figures of the store have in common: a store on a real disk, a reading, and ways that are timed in turns."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final

from edge.domain.capture import Capture, identity_of
from edge.domain.measurement import Component, Device, DeviceTime, Instant, Kind, Name, Reading
from edge.domain.patient import Encounter, Patient, Sex
from edge.domain.quantity import Quantity, Unit
from edge.mains.bench.figure import Unmeasured, percentile
from edge.store.ledger import EdgeStore, Places, open_for_edge

RESIDENT: Final = Patient("bench", "bench", "BENCH", "A", dt.date(1940, 1, 1), Sex.FEMALE, "0")
DEVICE: Final = Device("AA:BB:CC:DD:EE:01", "blood-pressure", "Tensiomètre")
PROMISED: Final = {Kind.BLOOD_PRESSURE: ("fhir",), Kind.ECG: ("pacs",), Kind.PHOTO: ("pacs",)}
PAGE: Final = 4096
_NO_DISKS: Final = frozenset({"tmpfs", "ramfs"})

Way = Callable[[int], Callable[[], object]]
"""Prepares what it does in a round (by number) and gives what is then timed."""


@contextlib.contextmanager
def scratch(folder: Path | None) -> Iterator[Path]:
    """A folder on a disk that is gone afterwards. Raises Unmeasured where there is only memory."""
    places = [folder] if folder else [Path(tempfile.gettempdir()), Path("/var/tmp"), Path.cwd()]  # noqa: S108
    disk = next((place for place in places if file_system(place) not in _NO_DISKS), None)
    if disk is None:
        raise Unmeasured("there is only memory to write to: set TMPDIR to a folder on a disk")
    with tempfile.TemporaryDirectory(dir=disk, prefix="telecart-bench-") as made:
        yield Path(made)


def file_system(path: Path) -> str:
    """The type of the file system that ``path`` lies on (proc(5), mountinfo)."""
    device = path.stat().st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
        mount, _, about = line.partition(" - ")
        if mount.split()[2] == wanted:
            return about.split()[0]
    return "unknown"


def places_in(folder: Path) -> Places:
    return Places(folder / "store.db", folder / "blobs", folder / "store.key")


def new_store(folder: Path) -> tuple[EdgeStore, Encounter]:
    """With a resident on screen."""
    folder.mkdir(exist_ok=True)
    store = open_for_edge(places_in(folder), PROMISED, "demonstration")
    store.journal.put_patient(RESIDENT)
    _, encounter = store.journal.open_encounter(RESIDENT.id, now(), "TC")
    return store, encounter


def now() -> Instant:
    return Instant(dt.datetime.now(dt.UTC), "0" * 36, time.monotonic_ns(), clock_trusted=True)


def reading() -> Capture:
    """A blood pressure as a cuff sends it, never the same twice."""
    sequence = time.monotonic_ns()
    content = Reading(
        Kind.BLOOD_PRESSURE,
        (
            Component(Name.SYSTOLIC, Quantity(Decimal(124), Unit.MMHG)),
            Component(Name.DIASTOLIC, Quantity(Decimal(86), Unit.MMHG)),
            Component(Name.PULSE_RATE, Quantity(Decimal(72), Unit.PER_MINUTE)),
        ),
        raw=bytes(19),
        device_time=DeviceTime(2024, 6, 15, 17, 17, 27),
        sequence=sequence,
    )
    return Capture(
        content.kind, content, DEVICE, now(), identity_of(content.kind, content, DEVICE, content.raw), content.raw
    )


@contextlib.contextmanager
def overwriting(folder: Path, size: int = PAGE) -> Iterator[Way]:
    """The floor: the same place of a file that was written before is written again, and the disk told to keep it."""
    content = os.urandom(size)
    descriptor = os.open(folder / "floor", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
    try:
        os.pwrite(descriptor, content, 0)
        os.fsync(descriptor)

        def work() -> None:
            os.pwrite(descriptor, content, 0)
            os.fdatasync(descriptor)

        yield lambda _: work
    finally:
        os.close(descriptor)


def in_turns(ways: Mapping[str, Way], rounds: int, warm: int) -> dict[str, float]:
    """The median of each, in seconds; the first ``warm`` rounds do not count.

    One of each in a round, in an order that changes: whoever else uses disk and processor is in the way of all alike.
    """
    taken: dict[str, list[float]] = {name: [] for name in ways}
    order = list(ways)
    for number in range(warm + rounds):
        random.shuffle(order)
        for name in order:
            work = ways[name](number)
            begin = time.perf_counter()
            work()
            if number >= warm:
                taken[name].append(time.perf_counter() - begin)
    return {name: percentile(found, 0.5) for name, found in taken.items()}
