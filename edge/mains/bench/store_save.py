"""save_vs_fdatasync: what a durable save of one encrypted reading with its promise costs, in flushes of one page.

Half of all saves take no longer than this many times an overwritten page and its fdatasync on the same disk.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from edge.mains.bench import store_peers as peers
from edge.mains.bench.figure import Figure
from edge.mains.bench.store_scene import file_system, in_turns, new_store, overwriting, reading, scratch

LIMIT: Final = 2.5
_WARM: Final = 300
"""Rounds until the log has reached its limit and is overwritten."""


def measure(folder: Path | None = None, rounds: int = 1500, warm: int = _WARM) -> Figure:
    with scratch(folder) as place:
        # each with the floor beside it and nobody else: caches and the file system's journal are shared
        ours, floor = _ours(place, rounds, warm)
        others = {name: _peer(place, name, rounds, 2 * warm) for name in _PEERS}
        disk = file_system(place)
    return Figure(
        ours / floor,
        LIMIT,
        {
            "save_us": ours * 1e6,
            "fdatasync_us": floor * 1e6,
            "file_system": disk,
            "peer": {"name": "the same without a store, over the same floor", **others},
        },
    )


def _ours(place: Path, rounds: int, warm: int) -> tuple[float, float]:
    store, encounter = new_store(place / "store")
    with contextlib.closing(store.database), overwriting(place) as floor:
        journal = store.journal

        def save(_: int) -> Callable[[], object]:
            capture = reading()
            return lambda: journal.save(capture, encounter)

        found = in_turns({"save": save, "floor": floor}, rounds, warm)
    return found["save"], found["floor"]


_PEERS: Final = ("sqlite3_two_rows", "sqlite_utils_insert", "sqlcipher_two_rows")


def _peer(place: Path, name: str, rounds: int, warm: int) -> float:
    match name:
        case "sqlite3_two_rows":
            way = peers.two_rows(place, encrypted=False)
        case "sqlcipher_two_rows":
            way = peers.two_rows(place, encrypted=True)
        case _:
            way = peers.insert_by_sqlite_utils(place)
    with way as insert, overwriting(place) as floor:
        found = in_turns({"insert": insert, "floor": floor}, rounds, warm)
    return found["insert"] / found["floor"]
