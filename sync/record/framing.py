"""Frames of MLLP (HL7 v2.5 appendix C, "Minimal Lower Layer Protocol"): 0B, the message, 1C 0D. What comes between them is skipped.

Bounded whatever comes: a message of at most MOST bytes is held, and of one that is longer only its beginning.
"""

from __future__ import annotations

import dataclasses
from typing import Final

BEGIN: Final = b"\x0b"
END: Final = b"\x1c"
AFTER: Final = b"\r"

MOST: Final = 1024 * 1024
"""Bytes of a message."""
HEAD: Final = 4096
"""Bytes that are kept of one that is longer: its MSH stands there."""
MOST_BETWEEN: Final = 64 * 1024
"""Bytes between frames, after which whoever is there does not speak MLLP."""


@dataclasses.dataclass(frozen=True, slots=True)
class Frame:
    """``whole`` False: ``content`` is the beginning of a message that is too long."""

    content: bytes
    whole: bool = True


class Frames:
    """``feed`` bytes, then ask ``next_frame`` until it has none."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._within = False
        self._looked = 0
        self._between = 0

    @property
    def begun(self) -> bool:
        """Whether a message has begun and not ended."""
        return self._within

    @property
    def is_mllp(self) -> bool:
        """False: so much came outside of frames that nobody here speaks MLLP."""
        return self._between <= MOST_BETWEEN

    def feed(self, data: bytes) -> None:
        """At most MOST bytes at a time."""
        self._bytes += data

    def next_frame(self) -> Frame | None:
        """None until more comes. After one that is not whole nothing on this line can be understood any more."""
        if not self._within and not self._find_begin():
            return None
        end = self._bytes.find(END, self._looked)
        if end > MOST or (end < 0 and len(self._bytes) > MOST):
            head = bytes(self._bytes[:HEAD])
            self._bytes.clear()
            return Frame(head, whole=False)
        if end < 0:
            self._looked = len(self._bytes)
            return None
        content = bytes(self._bytes[:end])
        del self._bytes[: end + 1]
        self._within, self._looked, self._between = False, 0, 0
        return Frame(content)

    def _find_begin(self) -> bool:
        begin = self._bytes.find(BEGIN)
        skipped = len(self._bytes) if begin < 0 else begin
        self._between += skipped
        del self._bytes[: skipped + (begin >= 0)]
        self._within, self._looked = begin >= 0, 0
        return self._within


def framed(message: bytes) -> bytes:
    return BEGIN + message + END + AFTER
