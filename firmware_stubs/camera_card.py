"""A camera with a card: each picture is a JPEG file with its Exif, in the folders of a card (CIPA DC-009 and DC-008).

The picture is the test chart of the simulated cameras; no two are the same.
"""

from __future__ import annotations

import datetime as dt
import struct
from pathlib import Path

import cv2
import numpy as np

from firmware_stubs.video_source import draw

WIDTH, HEIGHT = 1600, 1200
_QUALITY = 92
_ASCII, _SHORT = 2, 3
_MAKE, _MODEL, _ORIENTATION, _DATE_TIME = 0x010F, 0x0110, 0x0112, 0x0132


def picture(
    number: int,
    when: dt.datetime,
    *,
    width: int = WIDTH,
    height: int = HEIGHT,
    orientation: int = 1,
    grain: float = 0.0,
) -> bytes:
    """A whole file. ``orientation`` is that of the Exif: 6 is a camera that was held upright.

    ``grain`` is the noise of the sensor, as the standard deviation of a pixel of 0 to 255: it makes a file large.
    """
    chart = draw(number, width, height)
    if grain:
        noise = np.random.default_rng(number).standard_normal(chart.shape, np.float32)
        chart = np.clip(chart + noise * np.float32(grain), 0, 255).astype(np.uint8)
    done, coded = cv2.imencode(".jpg", chart, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not done:
        raise OSError("the picture cannot be coded")
    plain = coded.tobytes()
    exif = _exif(when, orientation)
    # behind SOI comes APP1 (DC-008, 4.5.4); its length counts itself
    return plain[:2] + b"\xff\xe1" + struct.pack(">H", 2 + len(exif)) + exif + plain[2:]


def _exif(when: dt.datetime, orientation: int) -> bytes:
    """A TIFF with one directory of four entries: a value of more than four bytes stands behind it (DC-008, 4.6.2)."""
    entries: list[tuple[int, int, int, bytes]] = [
        (_MAKE, _ASCII, 0, b"Simulated\0"),
        (_MODEL, _ASCII, 0, b"Card camera\0"),
        (_ORIENTATION, _SHORT, 1, struct.pack("<H", orientation)),
        (_DATE_TIME, _ASCII, 0, f"{when:%Y:%m:%d %H:%M:%S}\0".encode("ascii")),
    ]
    behind = 8 + 2 + 12 * len(entries) + 4
    directory, values = struct.pack("<H", len(entries)), b""
    for tag, kind, count, value in entries:
        short = len(value) <= 4
        held = value.ljust(4, b"\0") if short else struct.pack("<I", behind + len(values))
        directory += struct.pack("<HHI", tag, kind, count or len(value)) + held
        values += b"" if short else value + b"\0" * (len(value) % 2)
    return b"Exif\0\0" + b"II*\0" + struct.pack("<I", 8) + directory + struct.pack("<I", 0) + values


class CameraCard:
    """``take()`` puts the next picture on the card that is mounted at ``folder``, complete, by renaming."""

    def __init__(self, folder: Path) -> None:
        self.pictures = folder / "DCIM" / "100TELEC"
        self._number = 0

    def take(self, when: dt.datetime | None = None, *, orientation: int = 1) -> Path:
        self._number += 1
        self.pictures.mkdir(parents=True, exist_ok=True)
        # a camera's clock knows no zone
        whole = picture(self._number, when or dt.datetime.now(), orientation=orientation)  # noqa: DTZ005
        unfinished = self.pictures / f".DSC_{self._number:04}.tmp"
        unfinished.write_bytes(whole)
        return unfinished.rename(self.pictures / f"DSC_{self._number:04}.JPG")
