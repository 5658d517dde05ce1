"""``python -m tests.failing_file``: the disk of firmware_stubs.fuse_file, whose writes or flushes fail when they are told to.

The first byte of the file ``control``: 0 all goes well, bit 0 writes fail with EIO, bit 1 flushes do.
"""

from __future__ import annotations

import argparse
import ctypes
import errno
import os

from firmware_stubs.fuse_file import LoggedFile, Op

WRITES, FLUSHES = 1, 2
_CLONE_NEWNS = 0x00020000


class FailingFile(LoggedFile):
    """A LoggedFile with a switch."""

    def __init__(self, fuse: int, image: int, log: int, control: int) -> None:
        super().__init__(fuse, image, log)
        self._control = control

    def _do(self, opcode: int, body: memoryview) -> bytes:
        failing = os.pread(self._control, 1, 0)[0]
        if (opcode == Op.WRITE and failing & WRITES) or (opcode == Op.FSYNC and failing & FLUSHES):
            raise OSError(errno.EIO, "told to fail")
        return super()._do(opcode, body)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    names = ("fuse", "image", "log", "control")
    for name in names:
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--home", type=int, required=True)
    options = parser.parse_args()
    # as firmware_stubs.fuse_file: not from within the namespace of what it serves
    if ctypes.CDLL(None, use_errno=True).setns(options.home, _CLONE_NEWNS) != 0:
        raise OSError(ctypes.get_errno(), "setns")
    os.close(options.home)
    FailingFile(*(getattr(options, name) for name in names)).serve()


if __name__ == "__main__":
    main()
