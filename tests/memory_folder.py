"""A folder in memory for tests of rules that open a store again and again: what a disk does is for tests/faults and its like."""

from __future__ import annotations

import os
import tempfile

_MEMORY = "/dev/shm"
_ROOM = 1 << 30
"""Bytes that have to be free there: a store refuses photos on a small disk."""


def memory_folder() -> tempfile.TemporaryDirectory[str]:
    """Where the machine has no such room it is an ordinary one."""
    try:
        found = os.statvfs(_MEMORY)
    except OSError:
        return tempfile.TemporaryDirectory()
    roomy = found.f_bavail * found.f_frsize >= _ROOM and os.access(_MEMORY, os.W_OK)
    return tempfile.TemporaryDirectory(dir=_MEMORY if roomy else None)
