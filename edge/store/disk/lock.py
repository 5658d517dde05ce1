"""Who has the store open. Every opener holds ``store.lock`` shared; what exchanges whole files holds it alone.

flock(2): the kernel lets go of it when a process dies, however it dies.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from edge.domain.fault import Fault, Reason

_A_LOOK = 1.0
"""Seconds for which who opens the store after a crash may have it alone."""


class StoreLock:
    """Held from ``shared`` or ``alone`` until ``release``, or until nobody refers to it any more."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    @classmethod
    def shared(cls, database: Path) -> StoreLock:
        """For those who open the store. Raises Fault(STORE_IO) while somebody holds it alone, but for a look at its log."""
        until = time.monotonic() + _A_LOOK
        while not _locked(descriptor := _open(database), fcntl.LOCK_SH):
            if time.monotonic() < until:
                time.sleep(0.02)
                continue
            raise Fault(
                Reason.STORE_IO,
                "the store is closed while it gets another key or is restored",
                "try again when it is done",
            )
        return cls(descriptor)

    @classmethod
    def alone(cls, database: Path) -> StoreLock:
        """For those who exchange its files. Raises Fault(NOT_ALLOWED) while any process has the store open."""
        descriptor = _open(database)
        if not _locked(descriptor, fcntl.LOCK_EX):
            raise Fault(
                Reason.NOT_ALLOWED, "a process has the store open", "stop it first: systemctl stop telecart.target"
            )
        return cls(descriptor)

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> StoreLock:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def __del__(self) -> None:
        self.release()


def lock_file(database: Path) -> Path:
    return database.with_suffix(".lock")


def _open(database: Path) -> int:
    path = lock_file(database)
    try:
        try:
            return os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            descriptor = os.open(path, os.O_RDONLY | os.O_CREAT, 0o660)
            if os.fstat(descriptor).st_uid == os.geteuid():
                # edge and sync are users of one group, whatever the umask of who came first
                os.fchmod(descriptor, 0o660)
            return descriptor
    except OSError as exc:
        raise Fault(Reason.STORE_IO, f"the store cannot be opened: {exc.strerror}", "check the disk") from exc


def _locked(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return False
    return True
