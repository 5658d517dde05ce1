"""A simulated disk with a write cache: ext4 on a loop device on a file that notes every write and every flush.

Needs root, /dev/fuse, /dev/loop-control and mkfs.ext4. Everything happens in ``apart``: a thread with mounts of its own, so
that whatever becomes of it, mounts, loop device and server end with it and nobody else ever sees them.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import ctypes
import dataclasses
import errno
import fcntl
import os
import shutil
import stat
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Self, TypeVar

from firmware_stubs.fuse_file import FLUSHED, RECORD

Result = TypeVar("Result")

MEGABYTE: Final = 1 << 20
SECTOR: Final = 512

# linux/sched.h, sys/mount.h
_CLONE_NEWNS: Final = 0x00020000
_MS_NOATIME, _MS_REC, _MS_PRIVATE = 1 << 10, 1 << 14, 1 << 18
_MNT_DETACH: Final = 2

# linux/loop.h
_LOOP_CONFIGURE, _LOOP_CLR_FD, _LOOP_CTL_GET_FREE = 0x4C0A, 0x4C01, 0x4C82
_LO_FLAGS_AUTOCLEAR: Final = 4
_LOOP_CONFIG: Final = struct.Struct("=II52xI240x")  # file, block size, struct loop_info64 with lo_flags, reserved
_LOOP_MAJOR: Final = 7
_TRIES: Final = 200

_LIBC: Final = ctypes.CDLL(None, use_errno=True)
_STOP_SECONDS: Final = 10.0


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """What the disk was asked: a write, or a flush (``data`` is None). ``at``: CLOCK_MONOTONIC in ns, on arrival."""

    at: int
    offset: int
    data: bytes | None


def apart(work: Callable[[], Result]) -> Result:
    """Runs ``work`` in a thread with a mount namespace of its own; the caller may be interrupted, ``work`` then ends by itself.

    What it mounts is seen by itself and by the threads and processes it starts, and ends with them. Raises OSError(EPERM)
    without root.
    """
    done: concurrent.futures.Future[Result] = concurrent.futures.Future()

    def run() -> None:
        try:
            _checked(_LIBC.unshare(_CLONE_NEWNS), "unshare")
            # or the mounts would spread to everybody
            _mount("none", "/", None, _MS_REC | _MS_PRIVATE, "")
            done.set_result(work())
        except BaseException as exc:  # noqa: BLE001 - handed to the caller
            done.set_exception(exc)

    threading.Thread(target=run, name="disk", daemon=True).start()
    return done.result()


@contextlib.contextmanager
def mounted(image: int, folder: Path, options: str = "") -> Iterator[Path]:
    """``image`` (a descriptor of a file with ext4 in it) on a loop device, mounted at ``folder``. Raises OSError."""
    with _loop(image) as device:
        _mount(device, str(folder), "ext4", _MS_NOATIME, options)
        try:
            yield folder
        finally:
            _unmount(folder)


def memory_file(name: str, size: int) -> int:
    """A descriptor of a sparse file in memory that is gone when the last descriptor is closed."""
    descriptor = os.memfd_create(name)
    os.ftruncate(descriptor, size)
    return descriptor


def make_ext4(image: int) -> None:
    """ext4 with a journal as an installer makes it, but small. Raises RuntimeError with what mkfs.ext4 said."""
    program = shutil.which("mkfs.ext4", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is None:
        raise RuntimeError("mkfs.ext4 is missing: sudo apt install e2fsprogs")
    done = subprocess.run(  # noqa: S603 - mkfs.ext4 on our own file
        [program, "-q", "-F", "-b", "4096", "-m", "0", "-J", "size=4", "-E", "lazy_itable_init=0,lazy_journal_init=0",
         f"/proc/self/fd/{image}"],
        pass_fds=[image], capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"mkfs.ext4: {done.stderr.strip()}")


class Disk:
    """``with Disk(folder) as disk``, within ``apart``: an ext4 at ``disk.root`` whose writes and flushes are counted and kept.

    ``folder`` is empty; of ``megabytes`` only what was ever written takes memory, and the log as much again.
    """

    def __init__(self, folder: Path, megabytes: int = 48) -> None:
        self.root = folder / "disk"
        self._file = folder / "file"
        self._size = megabytes * MEGABYTE
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            self.root.mkdir()
            self._file.touch(mode=0o600)
            self._image = memory_file("disk", self._size)
            stack.callback(os.close, self._image)
            self._log = memory_file("log", 0)
            stack.callback(os.close, self._log)
            make_ext4(self._image)
            stack.enter_context(_served(self._file, self._image, self._log))
            descriptor = os.open(self._file, os.O_RDWR | os.O_CLOEXEC)
            try:
                stack.enter_context(mounted(descriptor, self.root))
            finally:
                os.close(descriptor)  # the loop device has its own
            self._open = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def position(self) -> int:
        """Bytes of log so far: where ``log`` and ``flushes`` may begin."""
        return os.fstat(self._log).st_size

    def log(self, since: int = 0, until: int | None = None) -> list[Entry]:
        """What the disk was asked between two positions."""
        end = self.position() if until is None else until
        return list(_entries(_read(self._log, since, end)))

    def flushes(self, since: int = 0) -> int:
        """How often the disk was told to flush since that position; a commit's flushes are those between two commits."""
        return sum(entry.data is None for entry in self.log(since))

    def image(self) -> bytes:
        """All that was ever written, flushed or not: what the disk would hold if it were left in peace."""
        return _read(self._image, 0, self._size)

    def sync(self) -> None:
        """Writes out and flushes whatever the file system still holds back. Raises OSError."""
        descriptor = os.open(self.root, os.O_RDONLY)
        try:
            _checked(_LIBC.syncfs(descriptor), "syncfs")
        finally:
            os.close(descriptor)


def _entries(log: bytes) -> Iterator[Entry]:
    position = 0
    while position < len(log):
        kind, at, offset, length = RECORD.unpack_from(log, position)
        position += RECORD.size
        yield Entry(at, offset, None if kind == FLUSHED else log[position : position + length])
        position += length


def _read(descriptor: int, start: int, end: int) -> bytes:
    parts = []
    while start < end and (part := os.pread(descriptor, end - start, start)):
        parts.append(part)
        start += len(part)
    return b"".join(parts)


@contextlib.contextmanager
def _served(file: Path, image: int, log: int) -> Iterator[None]:
    """``file`` is the image, over FUSE, by a process of its own that ends when it is unmounted."""
    fuse = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
    home = os.open("/proc/self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)  # the process's, not this thread's
    try:
        _mount("disk", str(file), "fuse", 0, f"fd={fuse},rootmode={stat.S_IFREG | 0o600:o},user_id=0,group_id=0")
        options = {"fuse": fuse, "image": image, "log": log, "home": home}
        server = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "firmware_stubs.fuse_file", *(f"--{name}={fd}" for name, fd in options.items())],
            stdin=subprocess.DEVNULL,
            pass_fds=options.values(),
            start_new_session=True,  # an interrupt at the terminal is not for it: what is mounted needs it to the end
        )
    finally:
        # from here on only the server's: its end is an error for whoever still reads or writes
        os.close(fuse)
        os.close(home)
    try:
        yield
    finally:
        _unmount(file)
        try:
            server.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@contextlib.contextmanager
def _loop(file: int) -> Iterator[str]:
    """A loop device on ``file``, with its write cache on; it is free again as soon as nobody uses it."""
    with contextlib.ExitStack() as stack:
        for _ in range(_TRIES):
            device = _free_loop()
            descriptor = os.open(device, os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.ioctl(descriptor, _LOOP_CONFIGURE, _LOOP_CONFIG.pack(file, SECTOR, _LO_FLAGS_AUTOCLEAR))
            except OSError as exc:
                os.close(descriptor)
                if exc.errno != errno.EBUSY:  # somebody else was quicker
                    raise
            else:
                stack.callback(os.close, descriptor)
                break
        else:
            raise OSError(errno.EBUSY, "no loop device is free")
        cache = Path(f"/sys/block/{Path(device).name}/queue/write_cache").read_text(encoding="ascii").strip()
        if cache != "write back":
            raise OSError(errno.EINVAL, f"{device} passes no flushes on: its cache is {cache}")
        yield device


def _free_loop() -> str:
    control = os.open("/dev/loop-control", os.O_RDWR | os.O_CLOEXEC)
    try:
        number = fcntl.ioctl(control, _LOOP_CTL_GET_FREE)
    finally:
        os.close(control)
    path = Path(f"/dev/loop{number}")
    if not path.exists():  # a container's /dev may not follow the kernel's
        with contextlib.suppress(FileExistsError):
            os.mknod(path, stat.S_IFBLK | 0o660, os.makedev(_LOOP_MAJOR, number))
    return str(path)


def _mount(source: str, target: str, kind: str | None, flags: int, options: str) -> None:
    done = _LIBC.mount(
        source.encode(), os.fsencode(target), kind.encode() if kind else None, ctypes.c_ulong(flags), options.encode()
    )
    _checked(done, f"mount {target}")


def _unmount(target: Path) -> None:
    """At once, or as soon as its last file is closed."""
    path = os.fsencode(target)
    if _LIBC.umount2(path, 0) != 0:
        _checked(_LIBC.umount2(path, _MNT_DETACH), f"unmount {target}")


def _checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
