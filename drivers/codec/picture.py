"""What a still says of itself in figures, so that a blurred or dark picture is seen before the resident is gone."""

from __future__ import annotations

import dataclasses
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

_OVEREXPOSED: Final = 250
_COLUMNS: Final = 1024


@dataclasses.dataclass(frozen=True, slots=True)
class Figures:
    """``sharpness`` is the variance of the Laplacian of the grey picture, ``brightness`` its mean, 0 to 255;
    ``overexposed`` is the share of its pixels, 0 to 1, at 250 or more.
    """

    sharpness: float
    brightness: float
    overexposed: float


def decoded(jpeg: bytes) -> NDArray[np.uint8] | None:
    """The grey picture as it lies in the file, [rows][columns]; None where it cannot be decoded."""
    try:
        grey = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error:
        return None
    return None if grey is None else np.asarray(grey, dtype=np.uint8)


def measure(pixels: NDArray[np.uint8]) -> Figures:
    """Of ``pixels`` of the shape [rows][columns] (grey) or [rows][columns][3] (blue, green, red).

    A wider picture is first reduced to 1,024 columns, so that the same skin is as sharp from a camera with more pixels.
    """
    grey = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    rows, columns = grey.shape
    if columns > _COLUMNS:
        grey = cv2.resize(grey, (_COLUMNS, max(1, rows * _COLUMNS // columns)), interpolation=cv2.INTER_AREA)
    # the Laplacian of 8 bits fits 16: a picture of 50 megapixels needs no 400 MB of doubles
    deviation = cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S))[1].item()
    return Figures(
        sharpness=float(deviation**2),
        brightness=float(grey.mean()),
        overexposed=int(np.count_nonzero(grey >= _OVEREXPOSED)) / grey.size,
    )
