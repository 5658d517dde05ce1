"""Room for a new store beside the one that is damaged."""

from __future__ import annotations

import struct
from pathlib import Path

from edge.domain.fault import Fault, Reason
from edge.store.damage.keepsakes import keepsakes
from edge.store.damage.remains import Remains
from edge.store.damage.trees import Unreadable
from edge.store.disk.space import MEBIBYTE, Space
from edge.store.file.pages import PAGE

_FREE_PAGES = 36
"""Where the first page says how many pages are free (https://www.sqlite.org/fileformat2.html, 1.3)."""

_AT_LEAST = 256 * 1024
"""Bytes for the folder, the report, and what a new schema begins with."""


class NoRoomToMend(Fault):
    """Nothing was moved yet. ``needs``: bytes that have to be free, with the reserve given back."""

    def __init__(self, needs: int, free: int, database: Path) -> None:
        what = f"the store is damaged: to make it anew takes {_mebibytes(needs)} MiB, {_mebibytes(free)} are free"
        kept = ", ".join(f"{one.name} ({_mebibytes(one.bytes)} MiB)" for one in keepsakes(database))
        super().__init__(Reason.STORE_FULL, what, f"move away {kept}" if kept else "make room on its disk")
        self.needs = needs


def make_room(database: Path, source: Remains) -> None:
    """Gives the reserve back where the new store fits with it and not without. Raises NoRoomToMend, OSError."""
    needs = (source.count - _free_pages(source)) * PAGE + _AT_LEAST
    space = Space(database)
    if space.free() >= needs:
        return
    if space.free() + space.givable() < needs:
        raise NoRoomToMend(needs, space.free(), database)
    space.give_back()


def _free_pages(source: Remains) -> int:
    try:
        (free,) = struct.unpack_from(">I", source.read(1), _FREE_PAGES)
    except (Unreadable, struct.error):
        return 0
    return min(int(free), source.count)


def _mebibytes(size: int) -> int:
    return -(-size // MEBIBYTE)
