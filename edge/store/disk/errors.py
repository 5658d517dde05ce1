"""What SQLite and the disk say, in the words of this house."""

from __future__ import annotations

import errno

import sqlcipher3.dbapi2 as sqlite

from edge.domain.fault import Fault, Reason

_FULL = 13
_BUSY = 5
_LOCKED = 6
CORRUPT = 11
NOT_A_DATABASE = 26
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


def code_of(exc: sqlite.Error) -> int:
    """The primary result code of SQLite, 0 where none came with it."""
    return (getattr(exc, "sqlite_errorcode", 0) or 0) & 0xFF


def translated(exc: sqlite.Error, said: str = "not saved") -> Fault:
    """Raise it ``from exc``. ``said`` begins the line."""
    if code_of(exc) == _FULL:
        return Fault(Reason.STORE_FULL, f"{said}: the disk is full", "make room on the disk of the cart")
    if isinstance(exc, sqlite.OperationalError):
        return Fault(Reason.STORE_IO, f"{said}: {exc}", "check the disk of the cart; measure again")
    if isinstance(exc, sqlite.IntegrityError):
        return Fault(
            Reason.STORE_DAMAGED, f"{said}: it contradicts what is stored", "keep the files, call the fleet admin"
        )
    return Fault(Reason.STORE_DAMAGED, f"{said}: {exc}", "keep the files, call the fleet admin")


def is_full(exc: Exception) -> bool:
    """Whether the disk had no room for what was written. It was not written."""
    match exc:
        case Fault(reason=Reason.STORE_FULL):
            return True
        case OSError():
            return exc.errno in _NO_ROOM
        case sqlite.Error():
            return code_of(exc) == _FULL
        case _:
            return isinstance(exc.__cause__, OSError) and exc.__cause__.errno in _NO_ROOM


def spoils_the_connection(exc: BaseException | None) -> bool:
    """Whether ``exc`` says that the connection must not be believed any more.

    After a flush that failed the page cache may hold what the disk does not; and a file system that failed shows as
    SQLITE_CORRUPT although the data is whole.
    """
    if not isinstance(exc, sqlite.DatabaseError) or isinstance(exc, sqlite.IntegrityError):
        return False
    return code_of(exc) not in {_FULL, _BUSY, _LOCKED, 0, 1}
