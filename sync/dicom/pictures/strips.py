"""What passes between whoever wants a picture turned and the worker that decodes it."""

from __future__ import annotations

import struct
from typing import Final

import msgspec

ASKED: Final = struct.Struct(">BBLL")
"""Before the JPEG: how it lies, of how many components it is, and the first row and how many are wanted as it is to be shown."""

TURN_IT: Final = "turn the picture itself, then import it again"


class Turned(msgspec.Struct, frozen=True):
    """Rows of pixels, red green blue or grey; ``width`` and ``height`` are those of the picture as it was decoded."""

    pixels: memoryview
    width: int
    height: int
