"""A picture as its camera wants it shown: turned once, without a second loss.

No attribute of a visible-light image says how to turn it (PS3.17 NNNN: Orientation is not mapped; Patient Orientation tells
anatomical directions), and viewers do not read the EXIF block inside an object. So the pixels themselves are turned: a JPEG
cannot be turned without loss unless its sides are whole blocks, what its decoder gives always can.
"""

from __future__ import annotations

from typing import Final

from edge.domain.fault import Fault, Reason
from sync.dicom.jpeg_strip import BareJpeg

MOST_PIXELS: Final = 50_000_000
"""A decoder needs memory for every pixel that a header announces (T8)."""


def upright(jpeg: BareJpeg) -> tuple[bytes, int, int]:
    """(pixels from the top, row by row, red green blue or grey; width; height). Raises Fault(OBJECT_INVALID)."""
    # OpenCV is large, and nearly every photo is upright
    import cv2
    import numpy as np

    if jpeg.width * jpeg.height > MOST_PIXELS:
        raise _invalid(f"the photo has more than {MOST_PIXELS // 1_000_000} million pixels and is marked as turned")
    grey = jpeg.components == 1
    how = (cv2.IMREAD_GRAYSCALE if grey else cv2.IMREAD_COLOR) | cv2.IMREAD_IGNORE_ORIENTATION
    picture = cv2.imdecode(np.frombuffer(jpeg.content, np.uint8), how)
    if picture is None or picture.shape[:2] != (jpeg.height, jpeg.width):
        raise _invalid("the photo is damaged")
    if not grey:
        picture = picture[:, :, ::-1]
    # EXIF 2.32, 4.6.4 A: where the 0th row and the 0th column are at the visual display
    match jpeg.orientation:
        case 2:
            picture = picture[:, ::-1]
        case 3:
            picture = picture[::-1, ::-1]
        case 4:
            picture = picture[::-1]
        case 5:
            picture = picture.swapaxes(0, 1)
        case 6:
            picture = picture[::-1].swapaxes(0, 1)
        case 7:
            picture = picture[::-1, ::-1].swapaxes(0, 1)
        case 8:
            picture = picture[:, ::-1].swapaxes(0, 1)
    height, width = picture.shape[:2]
    return np.ascontiguousarray(picture).tobytes(), int(width), int(height)


def _invalid(what: str) -> Fault:
    return Fault(Reason.OBJECT_INVALID, what, "turn the picture itself, then import it again")
