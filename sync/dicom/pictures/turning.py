"""A picture as its camera wants it shown: turned once, without a second loss.

No attribute of a visible-light image says how to turn it (PS3.17 NNNN: Orientation is not mapped; Patient Orientation tells
anatomical directions), and viewers do not read the EXIF block inside an object. So the pixels themselves are turned: a JPEG
cannot be turned without loss unless its sides are whole blocks, what its decoder gives always can. The decoder is in a worker
(T8): this process is on the network.

The picture is asked for in strips, each from the whole JPEG, which passes by: so neither process ever holds the one or its pixels,
of which 12 million are 36 MB. A row of what lies down is a column of what was taken, for which every row has to be decoded again.
"""

from __future__ import annotations

import atexit
import dataclasses
import functools
from collections.abc import Iterator
from typing import Final

from edge.domain.fault import Fault, Reason
from edge.domain.item import PIECE, Body, InMemory, Joined
from edge.foreign.messages import Limits
from edge.foreign.sandbox import NotStarted, Sandbox
from sync.dicom.pictures.jpeg_strip import BareJpeg
from sync.dicom.pictures.strips import ASKED, TURN_IT, Turned

MOST_PIXELS: Final = 50_000_000
"""A JPEG of a few bytes may announce any number of them."""

STRIP: Final = 1_600_000
"""Bytes of pixels at once."""

_MEBIBYTE: Final = 1024 * 1024
_LIMITS: Final = Limits(memory_bytes=192 * _MEBIBYTE, answer_bytes=STRIP + _MEBIBYTE, objects=2000)
"""A strip as it is decoded, in its new order, and as the answer, and what a picture of several scans needs; never the JPEG."""

_LIES_DOWN: Final = frozenset({5, 6, 7, 8})


@functools.cache
def sandbox() -> Sandbox[Turned]:
    """The one of this process."""
    made = Sandbox(("sync.dicom.pictures.turner",), Turned, _LIMITS)
    atexit.register(made.close)
    return made


@dataclasses.dataclass(frozen=True, slots=True)
class Upright:
    """Pixels from the top, row by row, red green blue or grey: ``width`` x ``height``.

    Its pieces raise Fault(OBJECT_INVALID | MISSING_PROGRAM).
    """

    jpeg: BareJpeg
    width: int
    height: int

    @property
    def size(self) -> int:
        return self.width * self.height * self.jpeg.components

    def pieces(self) -> Iterator[bytes]:
        most = max(1, STRIP // (self.width * self.jpeg.components))
        try:
            for first in range(0, self.height, most):
                pixels = self._strip(first, min(most, self.height - first))
                for at in range(0, len(pixels), PIECE):
                    yield bytes(pixels[at : at + PIECE])
        finally:
            sandbox().close()

    def _strip(self, first: int, count: int) -> memoryview:
        try:
            turned = sandbox().read(asked(self.jpeg, first, count))
        except NotStarted as exc:
            raise Fault(Reason.MISSING_PROGRAM, "the reader of pictures does not start", "tell the support") from exc
        except Fault as fault:
            if fault.reason is Reason.STORE_DAMAGED:
                raise
            raise _invalid("the photo is damaged, or too much for its reader") from fault
        decoded = turned.width, turned.height, len(turned.pixels)
        if decoded != (self.jpeg.width, self.jpeg.height, count * self.width * self.jpeg.components):
            raise _invalid("the photo is damaged")
        return turned.pixels


def upright(jpeg: BareJpeg) -> Upright:
    """Raises Fault(OBJECT_INVALID)."""
    if jpeg.width * jpeg.height > MOST_PIXELS:
        raise _invalid(f"the photo has more than {MOST_PIXELS // 1_000_000} million pixels and is marked as turned")
    size = (jpeg.height, jpeg.width) if jpeg.orientation in _LIES_DOWN else (jpeg.width, jpeg.height)
    return Upright(jpeg, *size)


def asked(jpeg: BareJpeg, first: int, count: int) -> Body:
    """What the worker is given for ``count`` rows from ``first`` on."""
    return Joined((InMemory(ASKED.pack(jpeg.orientation, jpeg.components, first, count)), jpeg.body))


def _invalid(what: str) -> Fault:
    return Fault(Reason.OBJECT_INVALID, what, TURN_IT)
