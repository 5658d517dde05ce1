"""``python -m firmware_stubs.fuse_file``: one file over FUSE's kernel protocol that notes every write and every flush.

It speaks to /dev/fuse itself (include/uapi/linux/fuse.h, protocol 7.31), one request after another, so the log's order is
the order in which the kernel asked. Ends when the file is unmounted.

Log, in native byte order: kind (1 byte: W or F), CLOCK_MONOTONIC at arrival in ns (u64), offset (u64), length (u32), data.
A write is answered after it is in image and log; a flush (FUSE_FSYNC, which a loop device sends for REQ_OP_FLUSH) covers
every write above it.
"""

from __future__ import annotations

import argparse
import ctypes
import enum
import errno
import os
import stat
import struct
import time
from typing import Final

RECORD: Final = struct.Struct("=cQQI")
MOST_LOG: Final = 1 << 30
WRITTEN: Final = b"W"
FLUSHED: Final = b"F"

_IN: Final = struct.Struct("=IIQQIIIHH")  # fuse_in_header
_OUT: Final = struct.Struct("=IiQ")  # fuse_out_header
_INIT_IN: Final = struct.Struct("=IIII")
_INIT_OUT: Final = struct.Struct("=IIIIHHIIHH28x")  # fuse_init_out, 64 bytes
_ATTRIBUTES: Final = struct.Struct("=QII6Q10I")  # fuse_attr_out: validity, then fuse_attr
_OPEN_OUT: Final = struct.Struct("=QII")
_READ_IN: Final = struct.Struct("=QQIIQII")  # fuse_write_in has the same shape
_WRITE_OUT: Final = struct.Struct("=II")
_STATFS_OUT: Final = struct.Struct("=5QIIII24x")


class Op(enum.IntEnum):
    """Requests (enum fuse_opcode) that the file of a loop device meets."""

    FORGET = 2
    GETATTR = 3
    SETATTR = 4
    OPEN = 14
    READ = 15
    WRITE = 16
    STATFS = 17
    RELEASE = 18
    FSYNC = 20
    FLUSH = 25  # a close, not a flush of a disk
    INIT = 26
    INTERRUPT = 36
    DESTROY = 38
    BATCH_FORGET = 42


_UNANSWERED: Final = frozenset({Op.FORGET, Op.INTERRUPT, Op.BATCH_FORGET})

_CLONE_NEWNS: Final = 0x00020000
_BIG_WRITES, _MAX_PAGES = 1 << 5, 1 << 22
_KEEP_CACHE: Final = 1 << 1
_PAGE: Final = 4096
_PAGES: Final = 256
_MOST: Final = _PAGE * _PAGES
_FOR_EVER: Final = 1 << 30  # seconds for which the kernel may believe the attributes


class LoggedFile:
    """``fuse`` is an open /dev/fuse that was given to mount(2); ``image`` holds the content, ``log`` is appended to.

    Beyond ``MOST_LOG`` bytes of log the disk takes no more (ENOSPC).
    """

    def __init__(self, fuse: int, image: int, log: int) -> None:
        self._fuse, self._image, self._log = fuse, image, log
        self._size = os.fstat(image).st_size
        self._logged = 0

    def serve(self) -> None:
        """Until unmounted."""
        buffer = bytearray(_MOST + _PAGE)
        while True:
            try:
                length = os.readv(self._fuse, [buffer])
            except OSError as exc:
                if exc.errno == errno.ENODEV:  # unmounted
                    return
                if exc.errno in (errno.ENOENT, errno.EINTR, errno.EAGAIN):  # the request was withdrawn
                    continue
                raise
            self._answer(memoryview(buffer)[:length])

    def _answer(self, request: memoryview) -> None:
        _, opcode, unique, *_ = _IN.unpack_from(request)
        if opcode in _UNANSWERED:
            return
        try:
            body, error = self._do(opcode, request[_IN.size :]), 0
        except OSError as exc:
            body, error = b"", -(exc.errno or errno.EIO)
        try:
            os.writev(self._fuse, [_OUT.pack(_OUT.size + len(body), error, unique), body])
        except OSError as exc:
            if exc.errno not in (errno.ENOENT, errno.ENODEV):  # whoever asked has gone
                raise

    def _do(self, opcode: int, body: memoryview) -> bytes:
        """The answer. Raises OSError(ENOSYS) for what a block device's file is never asked."""
        match opcode:
            case Op.WRITE:
                return self._write(body)
            case Op.READ:
                _, offset, size, *_ = _READ_IN.unpack_from(body)
                return os.pread(self._image, size, offset)
            case Op.FSYNC:
                os.write(self._log, RECORD.pack(FLUSHED, time.monotonic_ns(), 0, 0))
                return b""
            case Op.INIT:
                major, _, ahead, offered = _INIT_IN.unpack_from(body)
                agreed = offered & (_BIG_WRITES | _MAX_PAGES)
                return _INIT_OUT.pack(major, 31, ahead, agreed, 64, 48, _MOST, 1, _PAGES, 0)
            case Op.GETATTR | Op.SETATTR:  # nothing about it ever changes
                return self._attributes()
            case Op.OPEN:
                return _OPEN_OUT.pack(1, _KEEP_CACHE, 0)
            case Op.STATFS:
                return _STATFS_OUT.pack(self._size // _PAGE, 0, 0, 1, 0, _PAGE, 255, _PAGE, 0)
            case Op.RELEASE | Op.FLUSH | Op.DESTROY:
                return b""
        raise OSError(errno.ENOSYS, "not asked of a disk")

    def _write(self, body: memoryview) -> bytes:
        _, offset, size, *_ = _READ_IN.unpack_from(body)
        data = body[_READ_IN.size : _READ_IN.size + size]
        if offset + size > self._size:
            raise OSError(errno.ENOSPC, "beyond the end of the disk")
        self._logged += RECORD.size + size
        if self._logged > MOST_LOG:
            raise OSError(errno.ENOSPC, "the log is full")
        os.writev(self._log, [RECORD.pack(WRITTEN, time.monotonic_ns(), offset, size), data])
        os.pwrite(self._image, data, offset)
        return _WRITE_OUT.pack(size, 0)

    def _attributes(self) -> bytes:
        times = (0,) * 6
        mode = stat.S_IFREG | 0o600
        return _ATTRIBUTES.pack(
            _FOR_EVER, 0, 0, 1, self._size, self._size // 512, *times[:3], *times[3:], mode, 1, 0, 0, 0, _PAGE, 0
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="firmware_stubs.fuse_file", description=__doc__)
    for name in ("fuse", "image", "log"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--home", type=int, required=True, help="the mount namespace to serve from: not the file's own")
    options = parser.parse_args()
    # within the file's own namespace its end could wait for the unmounting, and the unmounting for its answers
    if ctypes.CDLL(None, use_errno=True).setns(options.home, _CLONE_NEWNS) != 0:
        raise OSError(ctypes.get_errno(), "setns")
    os.close(options.home)
    LoggedFile(options.fuse, options.image, options.log).serve()


if __name__ == "__main__":
    main()
