"""Cuts the power of a simulated disk: one run of a writer gives a log, from which many cuts are taken.

Of what the disk was asked, everything up to the last flush before the cut is kept, and of the writes after it a random part,
each of them whole, not at all, or torn at sectors of 512 bytes. That image is mounted (ext4 replays its journal) and looked
through by the store's own code.

``TELECART_CUTS`` says how many cuts there are of a store as it is (200), ``TELECART_SEED`` repeats a run's choices. What the
kernel writes on its own behalf follows the clock, so a test that fails leaves its recording in build/faults;
``TELECART_RECORDING=FILE`` with the seed that it names takes exactly the same cuts again.
"""

from __future__ import annotations

import bisect
import dataclasses
import gzip
import os
import pickle
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from edge.domain.delivery import State
from edge.domain.item import Payload
from edge.store.ledger import Places
from firmware_stubs.disk import SECTOR, Disk, Entry, apart, memory_file, mounted

CUTS = int(os.environ.get("TELECART_CUTS", "200"))
LEFT = Path(__file__).parents[2] / "build" / "faults"

_CHUNK = 64 * 1024
_KEPT_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclasses.dataclass(frozen=True, slots=True)
class Expected:
    """An item as it was acknowledged. ``payload`` is None for an item of nobody."""

    payload: Payload | None
    undone: bool = False
    states: Mapping[str, State] = dataclasses.field(default_factory=dict)
    frozen: Mapping[str, bytes] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """One call that changed ``item_id``, made at ``began`` and returned at ``acknowledged`` (CLOCK_MONOTONIC, ns)."""

    began: int
    acknowledged: int
    item_id: str
    expected: Expected


class Notes:
    """What a writer tells of itself. It calls ``begin`` when all is prepared: cuts fall after that."""

    def __init__(self, begin: Callable[[], None] = lambda: None) -> None:
        self.begin = begin
        self.steps: list[Step] = []
        self.model: dict[str, Expected] = {}

    def did(self, began: int, item_id: str, expected: Expected) -> None:
        self.steps.append(Step(began, time.monotonic_ns(), item_id, expected))
        self.model[item_id] = expected


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """What a cut left. ``lost``: acknowledged and not there; ``wrong``: half, damaged, or never asked for."""

    lost: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()


class Writer(Protocol):
    """A workload, and how its store is looked through after a cut."""

    @property
    def name(self) -> str: ...

    def write(self, places: Places, chance: random.Random, notes: Notes) -> None: ...

    def check(self, places: Places, acknowledged: Sequence[Step], under_way: Sequence[Step]) -> Verdict: ...


@dataclasses.dataclass(frozen=True, slots=True)
class Recording:
    """``base`` is the disk when the log began, at ``began`` (CLOCK_MONOTONIC, ns): no cut falls before that."""

    writer: str
    base: bytes
    entries: tuple[Entry, ...]
    steps: tuple[Step, ...]
    began: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """``verdicts`` by the number of the cut, those that found anything only."""

    writer: str
    seed: int
    cuts: int
    steps: int
    flushes: int
    seconds: float
    verdicts: Mapping[int, Verdict]
    recording: Recording

    @property
    def lossy(self) -> list[int]:
        return [number for number, verdict in self.verdicts.items() if verdict.lost]

    @property
    def damaged(self) -> list[int]:
        return [number for number, verdict in self.verdicts.items() if verdict.wrong]

    def __str__(self) -> str:
        return (
            f"{self.writer}: {self.cuts} cuts in {self.steps} steps ({self.flushes} flushes), {len(self.lossy)} lost something,"
            f" {len(self.damaged)} left something wrong, {self.seconds:.1f} s, seed {self.seed}"
        )

    def nothing_was_lost(self) -> None:
        """Raises AssertionError that says what was, and leaves the recording for another look."""
        if self.verdicts:
            path = keep(self.recording)
            number, worst = next(iter(self.verdicts.items()))
            raise AssertionError(
                f"{self}\ncut {number}: lost {worst.lost[:5]}, wrong {worst.wrong[:5]}\n"
                f"again: TELECART_SEED={self.seed} TELECART_CUTS={CUTS} TELECART_RECORDING={path}"
            )


def places_on(root: Path) -> Places:
    data = root / "data"
    return Places(data / "store.db", data / "blobs", data / "store.key")


def seed_of_run() -> int:
    return int(os.environ.get("TELECART_SEED", random.SystemRandom().randrange(1 << 30)))


def cut(writer: Writer, cuts: int, folder: Path, seed: int | None = None) -> Report:
    """Runs ``writer`` once and cuts ``cuts`` times. ``folder`` is empty. Raises what the writer raises."""
    chosen = seed_of_run() if seed is None else seed
    print(f"seed {chosen}")
    return apart(lambda: _cut(writer, cuts, folder, chosen))


def _cut(writer: Writer, cuts: int, folder: Path, seed: int) -> Report:
    began = time.monotonic()
    recording = _kept_recording(writer) or record(writer, folder, seed)
    mount_point = folder / "after"
    mount_point.mkdir()
    verdicts = {}
    for number, moment, image in images(recording, cuts, seed):
        try:
            verdict = _look(writer, recording.steps, moment, image, mount_point)
        finally:
            os.close(image)
        if verdict.lost or verdict.wrong:
            verdicts[number] = verdict
    flushes = sum(entry.data is None for entry in recording.entries)
    seconds = time.monotonic() - began
    return Report(writer.name, seed, cuts, len(recording.steps), flushes, seconds, verdicts, recording)


def record(writer: Writer, folder: Path, seed: int) -> Recording:
    """One run, within ``apart``."""
    with Disk(folder) as disk:
        base, since, began = b"", 0, 0

        def begin() -> None:
            nonlocal base, since, began
            disk.sync()
            since = disk.position()
            base = disk.image()
            began = time.monotonic_ns()

        notes = Notes(begin)
        writer.write(places_on(disk.root), random.Random(seed), notes)
        entries = disk.log(since)
    assert base, "the writer never began"
    return Recording(writer.name, base, tuple(entries), tuple(notes.steps), began)


def images(recording: Recording, cuts: int, seed: int) -> Iterator[tuple[int, int, int]]:
    """(number, moment, image) of each cut in the order of their moments; the caller closes the image."""
    happened = [entry.at for entry in recording.entries] + [step.acknowledged for step in recording.steps]
    points = [at for at in happened if at >= recording.began]
    chances = [random.Random(f"{seed} {number}") for number in range(cuts)]
    moments = sorted((chance.choice(points), number) for number, chance in enumerate(chances))
    arrivals = [entry.at for entry in recording.entries]
    flushes = [number for number, entry in enumerate(recording.entries) if entry.data is None]
    durable = _Platter(recording.base)
    applied = 0
    for moment, number in moments:
        asked = bisect.bisect_right(arrivals, moment)
        # a flush that arrives at the very moment of the cut was not done
        flushed = bisect.bisect_left(arrivals, moment)
        done = bisect.bisect_left(flushes, flushed)
        last = flushes[done - 1] if done else 0
        for entry in recording.entries[applied:last]:
            durable.take(entry)
        applied = max(applied, last)
        image = durable.copy()
        tear(image, recording.entries[applied:asked], chances[number])
        yield number, moment, image


def tear(image: int, entries: Sequence[Entry], chance: random.Random) -> None:
    """Writes a random part of ``entries``, which no flush has covered, in their order."""
    share = chance.choice(_KEPT_SHARES)
    for entry in entries:
        if entry.data is None:
            continue
        if chance.random() < share:
            os.pwrite(image, entry.data, entry.offset)
        elif chance.random() < 0.5:
            for start in range(0, len(entry.data), SECTOR):
                if chance.random() < 0.5:
                    os.pwrite(image, entry.data[start : start + SECTOR], entry.offset + start)


class _Platter:
    """What is durable so far; copied without its zeroes."""

    def __init__(self, base: bytes) -> None:
        self._content = bytearray(base)
        zeroes = bytes(_CHUNK)
        self._used = {at for at in range(0, len(base), _CHUNK) if base[at : at + _CHUNK] != zeroes[: len(base) - at]}

    def take(self, entry: Entry) -> None:
        if entry.data is not None:
            end = entry.offset + len(entry.data)
            self._content[entry.offset : end] = entry.data
            self._used |= set(range(entry.offset - entry.offset % _CHUNK, end, _CHUNK))

    def copy(self) -> int:
        image = memory_file("cut", len(self._content))
        with memoryview(self._content) as content:
            for at in self._used:
                os.pwrite(image, content[at : at + _CHUNK], at)
        return image


def _look(writer: Writer, steps: Sequence[Step], moment: int, image: int, mount_point: Path) -> Verdict:
    acknowledged = [step for step in steps if step.acknowledged <= moment]
    under_way = [step for step in steps if step.began < moment < step.acknowledged]
    try:
        with mounted(image, mount_point) as root:
            return writer.check(places_on(root), acknowledged, under_way)
    except OSError as exc:
        return Verdict(wrong=(f"the file system: {exc}",))


def keep(recording: Recording) -> Path:
    """In the place of the last one of that writer."""
    LEFT.mkdir(parents=True, exist_ok=True)
    path = LEFT / f"{recording.writer}.recording"
    with gzip.open(path, "wb", compresslevel=1) as file:
        pickle.dump(recording, file)
    return path


def _kept_recording(writer: Writer) -> Recording | None:
    path = os.environ.get("TELECART_RECORDING")
    if not path:
        return None
    with gzip.open(path, "rb") as file:
        recording = pickle.load(file)
    assert isinstance(recording, Recording)
    return recording if recording.writer == writer.name else None


def share_of(part: int) -> int:
    """The cuts of a test that takes ``part`` of every 200."""
    return max(1, -(-CUTS * part // 200))
