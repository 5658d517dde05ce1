"""The simulated disk itself: flushes travel, what no flush covered is lost, and nothing of it is left behind."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_stubs.disk import SECTOR, Disk, Entry, apart, memory_file, mounted
from tests import needs
from tests.faults.cutting import Expected, Recording, Step, images, tear

FLUSH = Entry(0, 0, None)


@pytest.fixture(autouse=True)
def _privileged() -> None:
    needs.root()
    needs.program("mkfs.ext4", "e2fsprogs")


def write(path: Path, content: bytes, *, flushed: bool) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        if flushed:
            os.fsync(file.fileno())


def test_a_flush_of_a_file_arrives_at_the_disk_after_its_content(tmp_path: Path) -> None:
    content = random.Random(1).randbytes(10_000)

    def work() -> tuple[int, list[Entry]]:
        with Disk(tmp_path) as disk:
            disk.sync()
            since = disk.position()
            write(disk.root / "file", content, flushed=False)
            unflushed = disk.flushes(since)
            write(disk.root / "file", content, flushed=True)
            return unflushed, disk.log(since)

    unflushed, entries = apart(work)
    assert unflushed == 0
    [first, *_] = [number for number, entry in enumerate(entries) if entry.data is None]
    written = b"".join(entry.data or b"" for entry in sorted(entries[:first], key=lambda entry: entry.offset))
    assert content in written
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)


def test_each_flush_of_what_is_overwritten_is_one_flush(tmp_path: Path) -> None:
    def work() -> int:
        with Disk(tmp_path) as disk:
            write(disk.root / "file", bytes(4096), flushed=True)
            disk.sync()
            since = disk.position()
            with (disk.root / "file").open("r+b") as file:
                for number in range(20):
                    os.pwrite(file.fileno(), bytes([number]) * 4096, 0)
                    os.fdatasync(file.fileno())
            return disk.flushes(since)

    assert apart(work) == 20


def test_what_was_flushed_is_there_after_a_cut_and_what_was_not_is_lost(tmp_path: Path) -> None:
    def work() -> list[set[str]]:
        steps = []
        with Disk(tmp_path) as disk:
            disk.sync()
            base, since = disk.image(), disk.position()
            for number in range(40):
                write(disk.root / f"{number}", b"content" * 1000, flushed=number % 2 == 0)
                steps.append(Step(1, time.monotonic_ns(), str(number), Expected(None)))
            recording = Recording("files", base, tuple(disk.log(since)), tuple(steps))
        (tmp_path / "after").mkdir()
        missing = []
        for _, moment, image in images(recording, 60, seed=1):
            with mounted(image, tmp_path / "after") as root:
                there = {path.name for path in root.glob("[0-9]*") if path.read_bytes() == b"content" * 1000}
            os.close(image)
            missing.append({step.item_id for step in steps if step.acknowledged <= moment} - there)
        return missing

    missing = apart(work)
    assert not any(int(name) % 2 == 0 for names in missing for name in names)
    assert any(missing)


def test_a_cut_keeps_all_up_to_the_flush_and_of_the_rest_a_random_part_torn_at_sectors() -> None:
    base = bytes(64 * SECTOR)
    old, new = b"o" * 4 * SECTOR, b"n" * 8 * SECTOR
    entries = (Entry(10, 0, old), Entry(20, 0, None), Entry(30, 0, new), Entry(40, 16 * SECTOR, old))
    recording = Recording("sectors", base, entries, ())
    seen = set()
    for _, moment, image in images(recording, 300, seed=2):
        found = os.pread(image, len(base), 0)
        os.close(image)
        if moment < 30:
            assert found[: len(old)] in (old, bytes(len(old))) or moment <= 20
            assert found[len(old) :] == bytes(len(base) - len(old))
        sectors = [found[at : at + SECTOR] for at in range(0, 8 * SECTOR, SECTOR)]
        assert all(len(set(sector)) == 1 for sector in sectors)
        if moment >= 30:
            assert all(sector[0] in b"on" for sector in sectors[:4])
            seen.add(b"".join(sector[:1] for sector in sectors))
        if moment < 40:
            assert found[16 * SECTOR :] == bytes(len(base) - 16 * SECTOR)
    assert {b"oooo" + bytes(4), b"n" * 8} < seen
    assert len(seen) > 20


def test_a_torn_write_leaves_whole_sectors() -> None:
    found = set()
    for seed in range(50):
        image = memory_file("torn", 10 * SECTOR)
        tear(image, [Entry(1, SECTOR, b"n" * 8 * SECTOR), FLUSH], random.Random(seed))
        content = os.pread(image, 10 * SECTOR, 0)
        os.close(image)
        sectors = [content[at : at + SECTOR] for at in range(0, len(content), SECTOR)]
        assert all(len(set(sector)) == 1 for sector in sectors)
        found.add(bytes(sector[0] for sector in sectors))
    assert {bytes(10), b"\0" + b"n" * 8 + b"\0"} < found
    assert len(found) > 10
    assert all(pattern[0] == pattern[-1] == 0 for pattern in found)


def test_the_same_seed_takes_the_same_cuts() -> None:
    entries = tuple(Entry(at, at * SECTOR, bytes([at]) * SECTOR if at % 7 else None) for at in range(1, 60))
    recording = Recording("seeds", bytes(64 * SECTOR), entries, ())

    def cuts(seed: int) -> Iterator[tuple[int, int, bytes]]:
        for number, moment, image in images(recording, 20, seed):
            yield number, moment, os.pread(image, 64 * SECTOR, 0)
            os.close(image)

    assert list(cuts(3)) == list(cuts(3))
    assert list(cuts(3)) != list(cuts(4))


BUSY = """
import os, signal, sys
from pathlib import Path
from firmware_stubs.disk import Disk, apart

# what was started in the background of a shell inherits that this signal is ignored
signal.signal(signal.SIGINT, signal.default_int_handler)

def work():
    with Disk(Path(sys.argv[1])) as disk:
        with (disk.root / "file").open("wb", buffering=0) as file:
            print(os.stat(disk.root).st_dev, flush=True)
            while disk.position() < 200_000_000:
                file.seek(0)
                file.write(os.urandom(1 << 20))
                os.fdatasync(file.fileno())
            # the log is large enough, and still somebody is in the middle of it
            sys.stdin.read()

apart(work)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_whoever_dies_in_the_middle_leaves_no_mount_and_no_loop_device(tmp_path: Path, number: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", BUSY, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as busy:
        assert busy.stdout is not None
        device = int(busy.stdout.readline())
        backing = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/loop/backing_file")
        assert str(tmp_path) not in Path("/proc/self/mountinfo").read_text()
        assert backing.exists()
        busy.send_signal(number)
        assert busy.wait(30) != 0
        # the server goes when it is unmounted, and only then is the pipe that it has inherited closed
        assert busy.stdout.read() == b""
    assert not list(tmp_path.glob("disk/*"))
