"""A damaged log that still says all that was committed: it goes to its place page by page, as a checkpoint would bring it there.

That takes no room to speak of. A page that was damaged in the log is no loss where a later transaction has it anew.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from edge.domain.fault import Fault, Reason
from edge.store.damage.aside import new_folder
from edge.store.damage.remains import remains
from edge.store.disk.durable import fsync_directory
from edge.store.disk.lock import StoreLock
from edge.store.disk.space import MEBIBYTE, Space
from edge.store.file.log_file import index_of, log_of
from edge.store.file.pages import PAGE


def take_in(database: Path, key: bytes) -> str | None:
    """Returns the name of the folder in which the log lies then; None where not all of it can be read, with nothing changed.

    The log is where it was until all of it is in the database, and flushed: cut short anywhere, this is done again. Raises
    Fault(NOT_ALLOWED) while another process has the store open, Fault(STORE_KEY), Fault(STORE_IO).
    """
    with StoreLock.alone(database):
        try:
            pages = remains(database, database.parent, key).newest_in_the_log()
            if not pages or not database.exists():
                return None
            _write(database, pages)
            folder = new_folder(database.parent)
            folder.mkdir(mode=0o770)
            fsync_directory(folder.parent)
            for path in (index_of(database), log_of(database)):
                with contextlib.suppress(FileNotFoundError):
                    path.rename(folder / path.name)
            fsync_directory(folder)
            fsync_directory(folder.parent)
        except OSError as exc:
            raise Fault(
                Reason.STORE_IO, f"the log could not be mended: {exc.strerror}", "make room on its disk"
            ) from exc
    return folder.name


def _write(database: Path, pages: dict[int, bytes]) -> None:
    grows = max(0, max(pages) * PAGE - database.stat().st_size)
    space = Space(database)
    if space.free() < grows + MEBIBYTE:
        space.give_back()
    descriptor = os.open(database, os.O_WRONLY | os.O_CLOEXEC)
    try:
        for number, page in sorted(pages.items()):
            os.pwrite(descriptor, page, (number - 1) * PAGE)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
