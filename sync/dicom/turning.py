"""A picture as its camera wants it shown: turned once, without a second loss.

No attribute of a visible-light image says how to turn it (PS3.17 NNNN: Orientation is not mapped; Patient Orientation tells
anatomical directions), and viewers do not read the EXIF block inside an object. So the pixels themselves are turned: a JPEG
cannot be turned without loss unless its sides are whole blocks, what its decoder gives always can. The decoder is in a worker
(T8): this process is on the network.
"""

from __future__ import annotations

import atexit
import functools
from typing import Final

import msgspec

from edge.domain.fault import Fault, Reason
from edge.foreign.messages import Limits
from edge.foreign.sandbox import NotStarted, Sandbox
from sync.dicom.jpeg_strip import BareJpeg

MOST_PIXELS: Final = 50_000_000
"""A decoder needs memory for every pixel that a header announces."""

TURN_IT: Final = "turn the picture itself, then import it again"

_MEBIBYTE: Final = 1024 * 1024
_LIMITS: Final = Limits(memory_bytes=512 * _MEBIBYTE, answer_bytes=3 * MOST_PIXELS + _MEBIBYTE, objects=50)
"""The picture as it is decoded, once more in its new order, and as the answer; two workers are never needed at once."""

_LIES_DOWN: Final = frozenset({5, 6, 7, 8})


class Turned(msgspec.Struct, frozen=True):
    """Pixels from the top, row by row, red green blue or grey."""

    pixels: bytes
    width: int
    height: int


@functools.cache
def sandbox() -> Sandbox[Turned]:
    """The one of this process."""
    made = Sandbox(("sync.dicom.turner",), Turned, _LIMITS)
    atexit.register(made.close)
    return made


def upright(jpeg: BareJpeg) -> tuple[bytes, int, int]:
    """(pixels from the top, row by row, red green blue or grey; width; height). Raises Fault(OBJECT_INVALID | MISSING_PROGRAM)."""
    if jpeg.width * jpeg.height > MOST_PIXELS:
        raise _invalid(f"the photo has more than {MOST_PIXELS // 1_000_000} million pixels and is marked as turned")
    try:
        turned = sandbox().read(asked(jpeg))
    except NotStarted as exc:
        raise Fault(Reason.MISSING_PROGRAM, "the reader of pictures does not start", "tell the support") from exc
    except Fault as fault:
        raise _invalid(fault.what) from fault
    size = (jpeg.height, jpeg.width) if jpeg.orientation in _LIES_DOWN else (jpeg.width, jpeg.height)
    if (turned.width, turned.height) != size or len(turned.pixels) != jpeg.width * jpeg.height * jpeg.components:
        raise _invalid("the photo is damaged")
    return turned.pixels, turned.width, turned.height


def asked(jpeg: BareJpeg) -> bytes:
    """What the worker is given: how it lies, of how many components it is, and the picture."""
    return bytes((jpeg.orientation, jpeg.components)) + jpeg.content


def _invalid(what: str) -> Fault:
    return Fault(Reason.OBJECT_INVALID, what, TURN_IT)
