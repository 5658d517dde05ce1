"""What is asked of the worker that makes photos smaller, and what it answers: all that it has to load of ours."""

from __future__ import annotations

import struct
from typing import Final

import msgspec

ASKED: Final = struct.Struct(">H")
"""Before the JPEG: how long the longer side may be, in pixels."""


class Small(msgspec.Struct, frozen=True):
    """A baseline JPEG without EXIF, ``width`` x ``height`` pixels."""

    jpeg: bytes
    width: int
    height: int
