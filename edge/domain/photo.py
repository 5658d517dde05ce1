"""Still pictures."""

from __future__ import annotations

import dataclasses
import enum


class Encoding(enum.StrEnum):
    """How the JPEG came to be, told in the record."""

    CAMERA_MJPEG = "camera-mjpeg"  # the camera's own bytes
    JPEG_Q95 = "jpeg-q95"  # encoded once by the cart, quality 95
    IMPORTED = "imported"  # a file's own bytes


class View(enum.StrEnum):
    OVERVIEW = "overview"
    CLOSE_UP = "close_up"
    DERMOSCOPY = "dermoscopy"
    OTOSCOPY = "otoscopy"


@dataclasses.dataclass(frozen=True, slots=True)
class Photo:
    """One still: baseline JPEG bytes, ``width`` x ``height`` pixels.

    ``sharpness`` is the variance of the Laplacian of the grey picture, ``brightness`` its mean, 0 to 255.
    """

    jpeg: bytes
    width: int
    height: int
    encoding: Encoding
    view: View
    sharpness: float
    brightness: float

    @property
    def too_blurred(self) -> bool:
        return self.sharpness < 20.0

    @property
    def too_dark(self) -> bool:
        return self.brightness < 25.0
