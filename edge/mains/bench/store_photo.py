"""photo_vs_raw: what it costs to keep a photo of 5 MB encrypted, checked by its hash and named by a row, in plain writes.

Half of all photos take no longer to "saved" than this many times the write of a new file as large, and its fsync.
"""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from edge.domain.capture import Capture, identity_of
from edge.domain.measurement import Kind
from edge.domain.photo import Encoding, Photo, View
from edge.mains.bench.figure import Figure
from edge.mains.bench.store_peers import photo_in_a_row
from edge.mains.bench.store_scene import DEVICE, in_turns, new_store, now, scratch

LIMIT: Final = 2.0
SIZE: Final = 5_000_000


def measure(folder: Path | None = None, rounds: int = 25, size: int = SIZE) -> Figure:
    with scratch(folder) as place:
        store, encounter = new_store(place / "store")
        photos = _photos(size)
        with contextlib.closing(store.database), photo_in_a_row(place, photos) as in_a_row:
            journal = store.journal

            def save(_: int) -> Callable[[], object]:
                photo = Photo(next(photos), 2560, 1920, Encoding.JPEG_Q95, View.CLOSE_UP, 80.0, 120.0)
                identity = identity_of(Kind.PHOTO, photo, DEVICE, photo.jpeg)
                return lambda: journal.save(Capture(Kind.PHOTO, photo, DEVICE, now(), identity), encounter)

            def write(number: int) -> Callable[[], object]:
                content = next(photos)
                return lambda: _write(place / f"raw-{number}", content)

            found = in_turns({"save": save, "write": write, "row": in_a_row}, rounds, warm=3)
    return Figure(
        found["save"] / found["write"],
        LIMIT,
        {
            "save_ms": found["save"] * 1e3,
            "write_and_fsync_ms": found["write"] * 1e3,
            "peer": {
                "name": "the photo as a value of an encrypted row (sqlcipher3), over the same write",
                "ratio": found["row"] / found["write"],
            },
        },
    )


def _photos(size: int) -> Iterator[bytes]:
    """Never the same twice, and nothing that could be packed."""
    content = os.urandom(size - 8)
    return (number.to_bytes(8, "big") + content for number in itertools.count())


def _write(path: Path, content: bytes) -> None:
    with path.open("wb", buffering=0) as file:
        file.write(content)
        os.fsync(file.fileno())
