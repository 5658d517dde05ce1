"""Cutting a byte stream into frames, and finding the beat again after bytes that are none."""

from __future__ import annotations

import collections
import enum
from collections.abc import Callable
from typing import Final

from edge.domain.fault import Fault, Reason
from edge.domain.ports import NEED_DATA, Decoded, NeedData

LONG_BURST: Final = 4096
"""A burst of undecodable bytes is told once, and once more after every so many bytes of it."""

CALM: Final = 2
"""Good frames in a row after which a burst is over."""


class Not(enum.Enum):
    """Why no frame stands at a place: it is not all there yet, it cannot be one, or it is one with a wrong sum."""

    YET = enum.auto()
    FRAME = enum.auto()
    SUM = enum.auto()


Measure = Callable[[bytearray, int], int | Not]
"""Length of the whole good frame that begins at a place of the buffer, or why there is none.

``Not.YET`` only as long as a bounded number of bytes is missing: that bounds what is kept.
"""


class Frames:
    """Feed, then ask. What is no frame is dropped byte by byte, so that a frame behind it is never lost with it.

    ``device`` is named in faults. At the opening of a line fewer than ``slack`` bytes are the rest of a frame, and no
    fault. Bytes of ``between`` may stand between frames. ``gap`` is the number of bytes that were dropped before the
    newest frame; ``before`` is the byte that was dropped last, None where nothing was since a frame.
    """

    def __init__(self, measure: Measure, device: str, slack: int, between: bytes = b"") -> None:
        self._measure = measure
        self._device = device
        self._slack = slack
        self._between = between
        self._buffer = bytearray()
        self._ended = False
        self._in_burst = False
        self._good = 0
        self._untold = 0
        self._dropped = 0
        self.gap = 0
        self.before: int | None = None

    def __len__(self) -> int:
        """Bytes that are kept."""
        return len(self._buffer)

    def feed(self, data: bytes) -> None:
        self._buffer += data

    def end(self) -> None:
        """No more bytes will come: a frame that is not all there is none."""
        self._ended = True

    def next(self) -> bytes | None:
        """The next good frame; None where more bytes are needed. Raises Fault once a burst, and goes on after it."""
        while self._buffer:
            if not self._dropped and self._buffer[0] in self._between:
                del self._buffer[:1]
                continue
            at, found = 0, self._measure(self._buffer, 0)
            reason = Reason.CHECKSUM if found is Not.SUM else Reason.UNDECODABLE
            while not isinstance(found, int) and (found is not Not.YET or self._ended):
                at += 1
                if at >= len(self._buffer):
                    break
                found = self._measure(self._buffer, at)
            if at:
                self.before = self._buffer[at - 1]
                del self._buffer[:at]
                self._drop(at, reason)
            if isinstance(found, int):
                return self._take(found)
            if found is Not.YET and not self._ended:
                return None
        if self._ended and self._untold and not self._in_burst:
            self._tell(Reason.UNDECODABLE)
        return None

    def _take(self, length: int) -> bytes:
        frame = bytes(self._buffer[:length])
        del self._buffer[:length]
        self.gap, self._dropped, self._untold, self.before = self._dropped, 0, 0, None
        self._slack = 1
        self._good += 1
        if self._good >= CALM:
            self._in_burst = False
        return frame

    def _drop(self, count: int, reason: Reason) -> None:
        self._good = 0
        self._dropped += count
        self._untold += count
        if self._untold >= (LONG_BURST if self._in_burst else self._slack):
            self._tell(reason)

    def _tell(self, reason: Reason) -> None:
        self._untold = 0
        self._in_burst = True
        if reason is Reason.CHECKSUM:
            raise Fault(reason, f"a frame of the {self._device} has a wrong sum", "check the cable and its plug")
        raise Fault(
            reason,
            f"bytes came that are no frames of the {self._device}",
            "check the cable, and that the line is set as the device is",
        )


class FrameDecoder:
    """A Decoder (edge.domain.ports) that takes one frame after the other; formats say what is in them."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames
        self._ready: collections.deque[Decoded] = collections.deque()
        self._ended = False

    def feed(self, data: bytes, source: str = "") -> None:  # noqa: ARG002
        self._frames.feed(data)

    def end(self) -> None:
        self._frames.end()
        self._ended = True

    def next_frame(self) -> Decoded | NeedData:
        while not self._ready:
            frame = self._frames.next()
            if frame is not None:
                self._take(frame)
            elif self._ended:
                self._ended = False
                self._last()
            else:
                return NEED_DATA
        return self._ready.popleft()

    def _take(self, frame: bytes) -> None:
        """Puts what ``frame`` says into ``_ready``. Raises Fault."""
        raise NotImplementedError

    def _last(self) -> None:
        """The recording is over: what was held back is given now."""
