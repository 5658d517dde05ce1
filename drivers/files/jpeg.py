"""Photos as JPEG files (ITU-T T.81): bytes in, a photo of the same bytes out.

How a picture is to be turned (EXIF) stays in its bytes; ``width`` and ``height`` are those of the pixels as they lie there.
"""

from __future__ import annotations

from typing import Final

from edge.domain.fault import Fault, Reason
from edge.domain.photo import Encoding, Photo, View

MAXIMUM: Final = 64 * 1024 * 1024
"""Largest file in bytes."""

MOST_PIXELS: Final = 50_000_000
"""A decoder needs memory for every pixel that a header announces (T8)."""

_SOI, _EOI, _SOS, _SOF0 = 0xD8, 0xD9, 0xDA, 0xC0
_OTHER_FRAMES: Final = frozenset(range(0xC1, 0xD0)) - {0xC4, 0xC8, 0xCC}


def recognises(data: bytes) -> bool:
    return data[:3] == b"\xff\xd8\xff"


def prepare() -> None:
    """Imports what ``read`` needs."""
    from drivers.codec import picture  # noqa: F401


def read(data: bytes) -> Photo:
    """A baseline JPEG as an overview; whoever knows better says so. Raises Fault(CORRUPT_FILE)."""
    # OpenCV is large, and edge, which knows this format by the catalog, never reads a photo
    from drivers.codec.picture import decoded, measure

    if len(data) > MAXIMUM:
        raise _corrupt(f"the photo is larger than {MAXIMUM // 1024 // 1024} MiB")
    if not recognises(data):
        raise _corrupt("the file is no JPEG")
    width, height = _size(data)
    grey = decoded(data)
    if grey is None or grey.shape != (height, width):
        raise _corrupt("the photo is damaged")
    figures = measure(grey)
    return Photo(
        jpeg=data,
        width=width,
        height=height,
        encoding=Encoding.IMPORTED,
        view=View.OVERVIEW,
        sharpness=figures.sharpness,
        brightness=figures.brightness,
        overexposed=figures.overexposed,
    )


def _corrupt(what: str) -> Fault:
    return Fault(Reason.CORRUPT_FILE, what, "take the photo again, or save it as a plain JPEG; the file is kept")


def _size(data: bytes) -> tuple[int, int]:
    """Width and height of the frame header, after a walk over the segments to the scan (annex B.1, B.2)."""
    size: tuple[int, int] | None = None
    at = 2
    while True:
        while data[at : at + 2] == b"\xff\xff":
            at += 1
        head = data[at : at + 4]
        if len(head) < 4 or head[0] != 0xFF:
            raise _corrupt("the photo is damaged")
        marker, length = head[1], int.from_bytes(head[2:], "big")
        body = data[at + 4 : at + 2 + length]
        if length < 2 or len(body) != length - 2:
            raise _corrupt("the photo is cut off")
        at += 2 + length
        if marker == _SOS:
            break
        if marker in _OTHER_FRAMES:
            raise _corrupt("the photo is a JPEG of another kind than baseline (progressive, lossless or 12 bits)")
        if marker == _SOF0:
            size = _frame(body)
    if size is None:
        raise _corrupt("the photo is damaged")
    if data.find(bytes((0xFF, _EOI)), at) < 0:
        raise _corrupt("the photo is cut off")
    return size


def _frame(body: bytes) -> tuple[int, int]:
    if len(body) < 6 or body[0] != 8 or body[5] not in {1, 3}:
        raise _corrupt("the photo is neither grey nor in three colours of 8 bits")
    height, width = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
    if not 0 < width * height <= MOST_PIXELS:
        raise _corrupt(f"the photo has no size, or more than {MOST_PIXELS // 1_000_000} million pixels")
    return width, height
