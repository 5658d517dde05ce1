"""A video file that stands for a camera: an asymmetric test chart in which every frame is another.

Asymmetric in both directions, so that a mirrored or turned picture cannot pass for the right one; a running counter and
a moving disc, so that two frames are never the same.

    python -m firmware_stubs.video_source FILE.avi
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT, RATE = 1280, 720, 25

_WHITE, _INK = (255, 255, 255), (60, 50, 40)


def _background(width: int, height: int) -> NDArray[np.uint8]:
    """Skin-coloured ground with a lesion left of the middle, a grey wedge at the bottom, and one lettered corner each."""
    chart = np.full((height, width, 3), (170, 190, 225), np.uint8)
    unit = height // 18
    cv2.ellipse(chart, (width * 3 // 8, height // 2), (4 * unit, 3 * unit), 25, 0, 360, (70, 90, 140), -1)
    cv2.ellipse(chart, (width * 3 // 8 - unit, height // 2), (2 * unit, unit), 70, 0, 360, (40, 50, 80), -1)
    for step in range(12):
        grey = step * 255 // 11
        left = 2 * unit + step * (width - 4 * unit) // 12
        right = 2 * unit + (step + 1) * (width - 4 * unit) // 12
        cv2.rectangle(chart, (left, height - 3 * unit), (right, height - 2 * unit), (grey, grey, grey), -1)
    corners = (("A", 1, 2), ("B", width // unit - 3, 2), ("C", 1, 17), ("D", width // unit - 3, 17))
    for letter, across, down in corners:
        cv2.putText(chart, letter, (across * unit, down * unit), cv2.FONT_HERSHEY_DUPLEX, unit / 24, _INK, 2)
    for tick in range(0, width, unit):
        cv2.line(chart, (tick, 0), (tick, unit // (1 if tick % (5 * unit) == 0 else 2)), _INK, 2)
    return chart


def draw(number: int, width: int = WIDTH, height: int = HEIGHT, rate: int = RATE) -> NDArray[np.uint8]:
    """Frame ``number`` of the chart."""
    return _draw_on(_background(width, height), number, rate)


def _draw_on(ground: NDArray[np.uint8], number: int, rate: int) -> NDArray[np.uint8]:
    chart = ground.copy()
    height, width = chart.shape[:2]
    unit = height // 18
    angle = 2 * np.pi * number / (4 * rate)
    centre = (int(width * 0.74 + 4 * unit * np.cos(angle)), int(height * 0.5 + 3 * unit * np.sin(angle)))
    cv2.circle(chart, centre, unit, (200, 120, 30), -1)
    cv2.circle(chart, centre, unit // 3, _WHITE, -1)
    clock = f"{number // rate // 60:02}:{number // rate % 60:02}.{number % rate * 100 // rate:02}  #{number:04}"
    cv2.rectangle(chart, (4 * unit, unit * 3 // 2), (18 * unit, 3 * unit), _WHITE, -1)
    cv2.putText(chart, clock, (4 * unit + 10, 3 * unit - 14), cv2.FONT_HERSHEY_DUPLEX, unit / 30, _INK, 2)
    return chart


def write(path: Path, seconds: float = 10.0, width: int = WIDTH, height: int = HEIGHT, rate: int = RATE) -> Path:
    """Writes the chart as Motion JPEG in AVI; returns ``path``. Raises OSError when it cannot be written."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), rate, (width, height))
    if not writer.isOpened():
        raise OSError(f"{path} cannot be written")
    try:
        ground = _background(width, height)
        for number in range(round(seconds * rate)):
            writer.write(_draw_on(ground, number, rate))
    finally:
        writer.release()
    return path


if __name__ == "__main__":
    write(Path(sys.argv[1]))
