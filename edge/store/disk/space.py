"""Room on the disk: a reserve that is given back when a commit meets a full disk, and refusal long before that.

A full disk stops the checkpoint as well as the commit, so that nothing can be freed either. The reserve is room for both: it
is twice what the log may grow to.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
from pathlib import Path

import structlog

from edge.domain.fault import Fault, Reason
from edge.domain.posture import Trouble
from edge.store.disk.durable import fsync_directory, opened_for_all

log = structlog.get_logger()

MEBIBYTE = 1 << 20


@dataclasses.dataclass(frozen=True, slots=True)
class Room:
    """In bytes. ``reserve``: twice the limit of the log. Photos, sounds and imports leave ``for_readings`` free, sync's objects half of it."""

    reserve: int = 16 * MEBIBYTE
    for_readings: int = 256 * MEBIBYTE


class Space:
    """The disk of the store whose database is ``database``. ``owner`` (edge) keeps the reserve."""

    def __init__(self, database: Path, room: Room = Room(), *, owner: bool = False) -> None:
        self._database = database
        self._folder = database.parent
        self._reserve = database.with_suffix(".reserve")
        self._room = room
        self._owner = owner
        self._keeps = room.for_readings if owner else room.for_readings // 2
        if owner:
            self.restore()

    def free(self) -> int:
        """Bytes that this process may still write. Raises OSError."""
        found = os.statvfs(self._folder)
        return (found.f_bfree if os.geteuid() == 0 else found.f_bavail) * found.f_frsize

    def troubles(self) -> tuple[Trouble, ...]:
        """What there is to say of the disk; takes the reserve back where there is room. Raises OSError."""
        if self._owner and not self.has_reserve():
            self.restore()
            if not self.has_reserve():
                return (Trouble.DISK_FULL,)
        return (Trouble.DISK_LOW,) if self.free() < self._keeps else ()

    def admit(self, size: int) -> None:
        """Whether ``size`` bytes that can wait may be added. Raises Fault(NO_ROOM): readings keep the room they need."""
        try:
            free = self.free()
        except OSError:
            return  # the write itself will tell
        if free - size < self._keeps or (self._owner and not self.has_reserve()):
            raise Fault(
                Reason.NO_ROOM,
                "the disk is almost full: only readings are saved",
                "make room on it, or call the support",
            )

    def has_reserve(self) -> bool:
        """Whether it is there whole, and not only in name."""
        try:
            found = self._reserve.stat()
        except OSError:
            return False
        return found.st_size >= self._room.reserve <= found.st_blocks * 512

    def givable(self) -> int:
        """Bytes that giving the reserve back would free."""
        try:
            return self._reserve.stat().st_blocks * 512
        except OSError:
            return 0

    def give_back(self) -> bool:
        """Whether there was something to give."""
        try:
            given = self._reserve.stat().st_blocks > 0
            os.truncate(self._reserve, 0)
        except OSError:
            return False
        if given:
            log.warning("reserve_given_back", bytes=self._room.reserve)
        return given

    def room_to_open(self) -> None:
        """A store on a full disk would not even open: the index that every process shares takes room."""
        with contextlib.suppress(OSError):
            if self.free() < MEBIBYTE:
                self.give_back()

    def restore(self) -> None:
        """Where there is room for it twice over: else what is freed would be taken at once from what is being written."""
        if self.has_reserve():
            return
        with contextlib.suppress(OSError):
            if self.free() < 2 * self._room.reserve:
                return
            descriptor = opened_for_all(self._reserve, self._database)
            try:
                os.posix_fallocate(descriptor, 0, self._room.reserve)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            fsync_directory(self._folder)
