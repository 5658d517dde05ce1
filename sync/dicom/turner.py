"""`python -m sync.dicom.turner`: decodes a picture and turns it, in a process that can do nothing else (T8)."""

from __future__ import annotations

import cv2
import numpy as np

from edge.domain.fault import Fault, Reason
from edge.foreign.serving import serve
from sync.dicom.turning import TURN_IT, Turned


def turned(asked: bytes) -> Turned:
    """Of what ``turning.asked`` made. Raises Fault(OBJECT_INVALID)."""
    orientation, grey = asked[0], asked[1] == 1
    how = (cv2.IMREAD_GRAYSCALE if grey else cv2.IMREAD_COLOR_RGB) | cv2.IMREAD_IGNORE_ORIENTATION
    picture = cv2.imdecode(np.frombuffer(asked, np.uint8, offset=2), how)
    if picture is None:
        raise Fault(Reason.OBJECT_INVALID, "the photo is damaged", TURN_IT)
    # EXIF 2.32, 4.6.4 A: where the 0th row and the 0th column are at the visual display
    match orientation:
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
    return Turned(picture.tobytes(), int(width), int(height))


if __name__ == "__main__":
    serve(turned)
