"""What a process holds of the store, let go of and opened again when its connection must not be believed any more.

A disk that fails once leaves a page cache which may hold what the disk does not, and a file system that fails shows as
damage although the data is whole. So after such a failure nothing is said to be saved: the connection is closed, and before
anything else the store is opened anew, what stands in its log is written to its place and flushed again, and the whole of it
is read from the disk. What was being saved is saved by whoever asks again; identities keep it from being saved twice.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

import sqlcipher3.dbapi2 as sqlite
import structlog

from edge.domain.fault import Fault, Reason
from edge.domain.posture import Posture, Trouble
from edge.store.damage import incidents
from edge.store.damage.aside import is_unfinished
from edge.store.damage.opening import mark_damaged
from edge.store.disk.errors import is_full, spoils_the_connection, translated
from edge.store.disk.space import Room, Space
from edge.store.file import pages
from edge.store.file.database import Database
from edge.store.file.marks import is_writable, write_mark

log = structlog.get_logger()

REST_EVERY = 0.2
"""Seconds between notes of how far the store has come, and looks at its disk's room."""

_GRAVITY = list(Trouble)

_TRIED_AGAIN = frozenset({Reason.STORE_IO, Reason.STORE_FULL, Reason.STORE_DAMAGED})
"""What those who wait for the store wait for."""


class Holds(Protocol):
    @property
    def database(self) -> Database: ...


Held = TypeVar("Held", bound=Holds)
Result = TypeVar("Result")


class Keeper(Generic[Held]):
    """Used by one thread. ``posture`` may be read by others."""

    def __init__(self, open_it: Callable[[], Held], room: Room) -> None:
        self._open_it = open_it
        self._room = room
        self._held: Held | None = None
        self._database: Database | None = None
        self._space: Space | None = None
        self._told: set[Trouble] = set()
        self._changes = -1
        self.posture = Posture()

    def open(self) -> None:
        """Raises Fault, as the store does that is opened."""
        self._hold(self._open_it())

    def close(self, *, keep_log: bool = False) -> None:
        held, self._held = self._held, None
        if held is not None:
            with contextlib.suppress(sqlite.Error):
                held.database.close(keep_log=keep_log)

    def run(self, work: Callable[[Held], Result]) -> Result:
        """Raises Fault where the store failed: then nothing of ``work`` was saved, and it may be asked for again."""
        try:
            self._let_go_of_what_is_damaged()
            held = self._held or self._reopened()
            return self._with_room(held, work)
        except Fault as fault:
            self._failed(fault, fault.__cause__)
            if fault.reason is Reason.STORE_IO and is_full(fault):
                raise Fault(Reason.STORE_FULL, fault.what, fault.do) from fault.__cause__
            raise self._of_the_store(fault) from fault.__cause__
        except sqlite.Error as exc:
            silent = translated(exc, "the store does not answer")
            self._failed(silent, exc)
            raise self._of_the_store(silent) from exc

    def admit(self, size: int) -> None:
        """Whether ``size`` bytes that can wait may be added. Raises Fault(NO_ROOM)."""
        if self._space is not None:
            self._space.admit(size)

    def rest(self) -> None:
        """Between two calls: notes how far the store has come, and how it is."""
        held, space = self._held, self._space
        if held is None or space is None:
            return
        with contextlib.suppress(OSError, sqlite.Error):
            changes = held.database.connection.total_changes
            if held.database.owner and changes != self._changes:
                write_mark(held.database.path, held.database.connection)
                self._changes = changes
        refusing = held.database.owner and not is_writable(held.database.path)
        with contextlib.suppress(OSError):
            found = (Trouble.UNREACHABLE,) if refusing else space.troubles()
            self.posture = Posture(tuple(sorted({*found, *self._told}, key=_GRAVITY.index)), space.free())

    def _hold(self, held: Held) -> None:
        database = held.database
        self._held, self._database, self._changes = held, database, -1
        if self._space is None:
            self._space = Space(database.path, self._room, owner=database.owner)
        self._told = {one.trouble for one in incidents.incidents(database) if one.seen is None}
        self._told |= {Trouble.UNMENDED} if database.unmended else set()
        self._told |= {Trouble.UNCOPIED} if database.uncopied else set()
        self.rest()

    def _with_room(self, held: Held, work: Callable[[Held], Result]) -> Result:
        try:
            return work(held)
        except Fault as fault:
            if not is_full(fault) or not self._made_room(held.database):
                raise
        return work(held)

    def _made_room(self, database: Database) -> bool:
        """Gives the reserve back, where this process has it to give, and empties the log into it."""
        if self._space is None or not database.owner or not self._space.give_back():
            return False
        with contextlib.suppress(sqlite.Error):
            database.connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        return True

    def _failed(self, fault: Fault, cause: BaseException | None) -> None:
        if spoils_the_connection(cause):
            log.error("store_let_go", reason=fault.reason.value, what=fault.what)
            # a log that is damaged would be written over what is whole
            self.close(keep_log=fault.reason is Reason.STORE_DAMAGED)
        if self._held is None:
            gravest = Trouble.DAMAGED if fault.reason is Reason.STORE_DAMAGED else Trouble.UNREACHABLE
            self.posture = Posture((gravest,))

    def _of_the_store(self, fault: Fault) -> Fault:
        """For those who only join: a store that was let go of is no fault of the item that was asked for."""
        joins = self._database is not None and not self._database.owner
        return Fault(Reason.STORE_IO, fault.what, fault.do) if joins and self._held is None else fault

    def _let_go_of_what_is_damaged(self) -> None:
        """Whoever met damage marked the store: edge looks for itself and makes it anew as soon as nobody has it open."""
        database = self._database
        if database is None or not pages.damaged_marker(database.path).exists():
            return
        if self._held is not None and database.unmended and not self._can_be_mended(database):
            return
        self.close(keep_log=True)
        self.posture = Posture((Trouble.DAMAGED,))

    def _can_be_mended(self, database: Database) -> bool:
        """Whether there is room for it by now."""
        if self._space is None:
            return False
        with contextlib.suppress(OSError):
            return self._space.free() + self._space.givable() >= database.unmended
        return False

    def _reopened(self) -> Held:
        before = self._database
        if before is not None and not before.path.exists() and not is_unfinished(before.path):
            # an empty folder where the disk was mounted must not become an empty store
            raise Fault(Reason.STORE_IO, "the store's files are gone", "check that its disk is there and mounted")
        try:
            held = self._open_it()
        except OSError as exc:
            raise Fault(Reason.STORE_IO, f"the store cannot be opened: {exc.strerror}", "check the disk") from exc
        except Fault as fault:
            if before is None or fault.reason in _TRIED_AGAIN:
                raise
            # it did open: a key that cannot be read or does not fit now is the disk's fault, and what waits goes on waiting
            raise Fault(Reason.STORE_IO, fault.what, fault.do) from fault
        try:
            if not held.database.unmended:
                pages.prove_whole(held.database)
        except BaseException as exc:
            with contextlib.suppress(sqlite.Error):
                held.database.close()
            if isinstance(exc, Fault) and exc.reason is Reason.STORE_DAMAGED:
                with contextlib.suppress(OSError):
                    mark_damaged(held.database.path, proven=held.database.owner)
            raise
        self._hold(held)
        log.info("store_opened_again")
        return held
