"""What passes the pipe between a process of the cart and its worker for foreign objects.

Each message is an 8-byte big-endian length and that many bytes. The parent first says its ``Limits``, then one object a
message, as it is; the worker answers ``Ready``, then one ``Answer`` an object, in MessagePack.
"""

from __future__ import annotations

import struct
from typing import Final

import msgspec

from edge.domain.fault import Reason

LENGTH: Final = struct.Struct(">Q")

_MEBIBYTE: Final = 1024 * 1024


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Of one worker. ``memory_bytes`` beside what its program itself needs; ``cpu_seconds`` and ``wall_seconds`` an object;
    ``object_bytes`` and ``answer_bytes`` at most; after ``objects`` it is replaced, after ``idle_seconds`` it goes.
    """

    memory_bytes: int = 320 * _MEBIBYTE
    cpu_seconds: int = 20
    wall_seconds: float = 60.0
    start_seconds: float = 60.0
    object_bytes: int = 64 * _MEBIBYTE
    answer_bytes: int = 65 * _MEBIBYTE
    objects: int = 200
    idle_seconds: float = 60.0


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The limits hold. ``confined``: the kernel lets the worker open no file and no socket."""

    confined: bool


class Read(msgspec.Struct, frozen=True, tag=True):
    """``content`` is what the object says, in the form on which both ends agreed."""

    content: msgspec.Raw


class Refused(msgspec.Struct, frozen=True, tag=True):
    """``spent``: the worker is not to be asked again."""

    reason: Reason
    what: str
    do: str = ""
    spent: bool = False


Answer = Read | Refused
