"""A small ext4 of its own for a test: it can be filled, made to fail, broken and mounted again. Needs root.

Everything is in a mount namespace of the test's thread (firmware_stubs.disk.apart), so that nothing is left behind however
the test ends, and tests beside it see nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

from firmware_stubs import disk
from tests.failing_file import FLUSHES, WRITES

BLOCK = 4096
READ_ONLY = 1  # MS_RDONLY


class SmallDisk:
    """``root`` is where it is mounted."""

    def __init__(self, folder: Path, device: str, control: int | None) -> None:
        self.root = folder / "disk"
        self.root.mkdir()
        self._device = device
        self._control = control
        self._mounted = False

    # --- room

    def free(self) -> int:
        found = os.statvfs(self.root)
        return found.f_bfree * found.f_frsize

    def fill(self, leave: int) -> None:
        """Until ``leave`` bytes are free, within a few blocks; more than that is freed where less was."""
        filler = self.root / "filler"
        descriptor = os.open(filler, os.O_WRONLY | os.O_CREAT)
        try:
            os.fsync(descriptor)
            size = max(0, os.fstat(descriptor).st_size + self.free() - leave) // BLOCK * BLOCK
            os.ftruncate(descriptor, size)
            with contextlib.suppress(OSError):
                os.posix_fallocate(descriptor, 0, size or BLOCK)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def empty(self) -> None:
        (self.root / "filler").unlink()

    # --- failure

    def fail(self, *, writes: bool = False, flushes: bool = False) -> None:
        assert self._control is not None, "made without failing=True"
        os.pwrite(self._control, bytes([writes * WRITES | flushes * FLUSHES]), 0)

    def break_file_system(self) -> None:
        """ext4 finds an error and, as errors=remount-ro says, is read-only from here on."""
        Path(f"/sys/fs/ext4/{Path(self._device).name}/trigger_fs_error").write_text("1", encoding="ascii")

    # --- mounting

    def mount(self, flags: int = 0) -> None:
        disk._mount(self._device, str(self.root), "ext4", flags, "errors=remount-ro")
        self._mounted = True

    async def unmount(self) -> None:
        """Waits until nobody has a file of it open."""
        async with asyncio.timeout(30):
            while disk._LIBC.umount2(os.fsencode(self.root), 0) != 0:
                await asyncio.sleep(0.02)
        self._mounted = False

    def close(self) -> None:
        if self._mounted:
            disk._unmount(self.root)


def on_small_disk(
    folder: Path,
    work: Callable[[SmallDisk], Coroutine[Any, Any, None]],
    megabytes: int = 32,
    *,
    failing: bool = False,
) -> None:
    """Runs ``work`` with a disk of its own, mounted."""
    alone_on_small_disk(folder, lambda small: asyncio.run(work(small)), megabytes, failing=failing)


def alone_on_small_disk(
    folder: Path, work: Callable[[SmallDisk], None], megabytes: int = 32, *, failing: bool = False
) -> None:
    """The same where ``work`` runs loops of its own."""

    def run() -> None:
        with _made(folder, megabytes, failing=failing) as small:
            work(small)

    disk.apart(run)


@contextlib.contextmanager
def _made(folder: Path, megabytes: int, *, failing: bool) -> Iterator[SmallDisk]:
    with contextlib.ExitStack() as stack:
        image = disk.memory_file("small", megabytes * disk.MEGABYTE)
        stack.callback(os.close, image)
        disk.make_ext4(image)
        control = None
        if failing:
            control = disk.memory_file("control", 1)
            stack.callback(os.close, control)
            image = stack.enter_context(_served(folder / "file", image, control))
        small = SmallDisk(folder, stack.enter_context(disk._loop(image)), control)
        stack.callback(small.close)
        small.mount()
        yield small


@contextlib.contextmanager
def _served(file: Path, image: int, control: int) -> Iterator[int]:
    """A descriptor of ``image`` through a process that fails when ``control`` says so."""
    file.touch()
    log = disk.memory_file("log", 0)
    fuse = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
    home = os.open("/proc/self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)  # the process's, not this thread's
    descriptors = {"fuse": fuse, "image": image, "log": log, "control": control, "home": home}
    try:
        options = f"fd={fuse},rootmode={stat.S_IFREG | 0o600:o},user_id=0,group_id=0"
        disk._mount("disk", str(file), "fuse", 0, options)
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.failing_file", *(f"--{name}={fd}" for name, fd in descriptors.items())],
            stdin=subprocess.DEVNULL,
            pass_fds=descriptors.values(),
            cwd=Path(__file__).parents[1],
            start_new_session=True,
        )
    finally:
        for descriptor in (fuse, log, home):
            os.close(descriptor)
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CLOEXEC)
        try:
            yield descriptor
        finally:
            os.close(descriptor)
    finally:
        disk._unmount(file)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
