"""What is drawn over a running picture before somebody sees it: never over what is stored, and never mirrored (H4). Pure.

Pixels are [row][column][blue, green, red].
"""

from __future__ import annotations

import dataclasses
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.codec.picture import measure
from edge.domain.media import Frame
from edge.domain.photo import Encoding, Photo, View

Pixels = NDArray[np.uint8]

PREVIEW = (800, 600)
"""Columns and rows of a preview at most: its place on a display of 1280 x 800 has fewer."""

LARGE = (1280, 720)

MOST_DRAWN_PIXELS = 16_000_000
"""As ui.drawing.ecg draws at most."""

_LIGHT: Final = (255, 255, 255)
_DARK: Final = (0, 0, 0)
_INSET: Final = 4
"""The cart's own picture beside somebody else's has one part in so many of its columns."""

_LONG_MM: Final = 10
_MIDDLE_MM: Final = 5
_LEAST_STEP: Final = 3.0
"""Columns; where a millimetre has fewer its ticks cannot be told apart, and only those of 5 are drawn."""


def pixels_of(frame: Frame) -> Pixels:
    return np.frombuffer(frame.bgr, np.uint8).reshape(frame.height, frame.width, 3)


def frame_of(pixels: Pixels, at_ns: int) -> Frame:
    rows, columns = pixels.shape[:2]
    return Frame(width=columns, height=rows, bgr=np.ascontiguousarray(pixels).data.cast("B"), at_ns=at_ns)


@dataclasses.dataclass(frozen=True, slots=True)
class Canvas:
    """The one size that a window's frames have, in columns and rows."""

    width: int
    height: int

    @classmethod
    def of(cls, frame: Frame, at_most: tuple[int, int], *, grown: bool = False) -> Canvas:
        """As wide and high as ``frame`` is, or smaller by the same factor, or larger where ``grown``: a call begins small."""
        share = min(at_most[0] / frame.width, at_most[1] / frame.height)
        share = share if grown else min(1.0, share)
        return cls(max(2, round(frame.width * share)), max(2, round(frame.height * share)))

    def black(self) -> Pixels:
        return np.zeros((self.height, self.width, 3), np.uint8)

    def put(self, pixels: Pixels) -> Pixels:
        """All of ``pixels``, as large as there is room for, in the middle of black: nothing cut off, nothing stretched."""
        rows, columns = pixels.shape[:2]
        share = min(self.width / columns, self.height / rows)
        width, height = min(self.width, max(1, round(columns * share))), min(self.height, max(1, round(rows * share)))
        how = cv2.INTER_AREA if share < 1 else cv2.INTER_LINEAR
        scaled = (
            pixels if (width, height) == (columns, rows) else cv2.resize(pixels, (width, height), interpolation=how)
        )
        if (width, height) == (self.width, self.height):
            return np.array(scaled, dtype=np.uint8)
        shown = self.black()
        left, top = (self.width - width) // 2, (self.height - height) // 2
        shown[top : top + height, left : left + width] = scaled
        return shown


def earlier(jpeg: bytes, canvas: Canvas) -> Pixels | None:
    """An earlier picture as it lies over ``canvas``; None for bytes that are no picture."""
    try:
        decoded = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error:
        return None
    return None if decoded is None else canvas.put(np.asarray(decoded, dtype=np.uint8))


def drawn(png: bytes) -> Pixels | None:
    """A picture that was drawn, as it is; None for bytes that are none, or one of more pixels than a display has (T8)."""
    columns, rows = int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")
    if not 0 < columns * rows <= MOST_DRAWN_PIXELS:
        return None
    try:
        decoded = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    return None if decoded is None else np.asarray(decoded, dtype=np.uint8)


def through(shown: Pixels, over: Pixels) -> Pixels:
    """``over`` half transparent upon ``shown``, which is as large."""
    return np.asarray(cv2.addWeighted(shown, 0.5, over, 0.5, 0.0), dtype=np.uint8)


def guide(shown: Pixels, field_mm: float | None) -> None:
    """Draws on ``shown``: millimetres where its columns are known to show ``field_mm`` of them, else a frame and its centre.

    Without a known field there is no scale: a made-up one would be read as a measure.
    """
    if field_mm:
        _ruler(shown, field_mm)
    else:
        _frame(shown)


def _line(shown: Pixels, start: tuple[int, int], end: tuple[int, int]) -> None:
    """Light on dark: seen on any skin."""
    cv2.line(shown, start, end, _DARK, 3)
    cv2.line(shown, start, end, _LIGHT, 1)


def _frame(shown: Pixels) -> None:
    rows, columns = shown.shape[:2]
    across, down = columns // 10, rows // 10
    for x, inwards in ((across, 1), (columns - 1 - across, -1)):
        for y, downwards in ((down, 1), (rows - 1 - down, -1)):
            _line(shown, (x, y), (x + inwards * across, y))
            _line(shown, (x, y), (x, y + downwards * across))
    middle = (columns // 2, rows // 2)
    arm = max(6, rows // 30)
    _line(shown, (middle[0] - arm, middle[1]), (middle[0] + arm, middle[1]))
    _line(shown, (middle[0], middle[1] - arm), (middle[0], middle[1] + arm))


def _ruler(shown: Pixels, field_mm: float) -> None:
    rows, columns = shown.shape[:2]
    per_mm = columns / field_mm
    for mm in range(int(field_mm) + 1):
        if mm % _MIDDLE_MM and per_mm < _LEAST_STEP:
            continue
        x = min(columns - 1, round(mm * per_mm))
        length = rows // 12 if mm % _LONG_MM == 0 else rows // 18 if mm % _MIDDLE_MM == 0 else rows // 30
        _line(shown, (x, rows - 1), (x, rows - 1 - length))
        if mm % _LONG_MM == 0 and mm:
            where = (min(columns - 70, x + 4), rows - 6 - rows // 12)
            for colour, thickness in ((_DARK, 4), (_LIGHT, 1)):
                cv2.putText(shown, f"{mm} mm", where, cv2.FONT_HERSHEY_SIMPLEX, 0.55, colour, thickness, cv2.LINE_AA)


def inset(shown: Pixels, own: Frame) -> None:
    """Draws the cart's ``own`` picture small into the lower right corner of ``shown``, as its camera sees it."""
    rows, columns = shown.shape[:2]
    room = Canvas(max(2, columns // _INSET), max(2, rows // _INSET))
    share = min(room.width / own.width, room.height / own.height)
    width, height = max(1, int(own.width * share)), max(1, int(own.height * share))
    small = cv2.resize(pixels_of(own), (width, height), interpolation=cv2.INTER_AREA)
    gap = max(2, columns // 100)
    top, left = rows - height - gap, columns - width - gap
    shown[top : top + height, left : left + width] = small
    cv2.rectangle(shown, (left - 1, top - 1), (left + width, top + height), _LIGHT, 1)


def pointed(canvas: Canvas, own: Frame, at: tuple[int, int]) -> Pixels:
    """All of the cart's ``own`` picture with a ring ``at`` so many thousandths of it from the left and from the top."""
    shown = canvas.put(pixels_of(own))
    share = min(canvas.width / own.width, canvas.height / own.height)
    width, height = round(own.width * share), round(own.height * share)
    x = (canvas.width - width) // 2 + round(at[0] * (width - 1) / 1000)
    y = (canvas.height - height) // 2 + round(at[1] * (height - 1) / 1000)
    radius = max(12, canvas.height // 22)
    for colour, thickness in ((_DARK, 7), (_LIGHT, 3)):
        cv2.circle(shown, (x, y), radius, colour, thickness, cv2.LINE_AA)
        cv2.circle(shown, (x, y), 2, colour, thickness, cv2.LINE_AA)
    return shown


def judged(frame: Frame, view: View) -> Photo:
    """``frame`` as if it were a still without bytes: for its too_dark, too_blurred and too_bright."""
    figures = measure(pixels_of(frame))
    return Photo(
        jpeg=b"",
        width=frame.width,
        height=frame.height,
        encoding=Encoding.JPEG_Q95,
        view=view,
        sharpness=figures.sharpness,
        brightness=figures.brightness,
        overexposed=figures.overexposed,
    )
