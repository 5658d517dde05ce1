"""Whether somebody is served: the file that edge holds while it is so, and the updater while it is not (H21).

flock(2): edge holds ``in-use.lock`` shared, the updater alone, from before the switch until the new release has proved itself. The
kernel lets go of it when a process dies, however it dies. Nobody waits for the other.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from edge.domain.fault import Fault, Reason

NAME = "in-use.lock"


class InUse:
    """Edge's side, in its own folder."""

    def __init__(self, data: Path) -> None:
        self._path = data / NAME
        self._descriptor: int | None = None

    @property
    def served(self) -> bool:
        return self._descriptor is not None

    def begin(self) -> None:
        """Somebody is served from here on; twice is as once. Raises Fault(NOT_ALLOWED) while the cart is being updated."""
        if self._descriptor is not None:
            return
        descriptor = _opened(self._path)
        if not _locked(descriptor, fcntl.LOCK_SH):
            os.close(descriptor)
            raise Fault(Reason.NOT_ALLOWED, "Le chariot se met à jour", "il revient dans une minute")
        self._descriptor = descriptor

    def end(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class Interlock:
    """The updater's side."""

    def __init__(self, data: Path) -> None:
        self._path = data / NAME

    @contextlib.contextmanager
    def hold(self) -> Iterator[bool]:
        """True where nobody is served: then nobody can begin to be before the end of it."""
        if not self._path.parent.is_dir():
            yield True  # edge was never started here
            return
        descriptor = _opened(self._path)
        try:
            yield _locked(descriptor, fcntl.LOCK_EX)
        finally:
            os.close(descriptor)


def _opened(path: Path) -> int:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o660)
    except OSError as exc:
        raise Fault(Reason.STORE_IO, f"{path.name} cannot be opened: {exc.strerror}", "check the disk") from exc
    with contextlib.suppress(PermissionError):
        # edge and the updater are users of one group, whatever the umask of who came first
        os.fchmod(descriptor, 0o660)
    return descriptor


def _locked(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
