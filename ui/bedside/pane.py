"""Where the windows of running pictures stand on the display: the rectangles that the screen keeps free for them. Pure.

The compositor puts the windows there by rules that it reads once (systemd/kiosk/labwc/rc.xml), in hundredths of the display: so
they hold on every display, and two processes need no word about pixels. The screen knows cells. A display of C columns of
``w`` pixels is C * w pixels wide, or wider by less than one more column: a rectangle is kept free for both.
"""

from __future__ import annotations

import dataclasses

from textual.geometry import Region, Size


@dataclasses.dataclass(frozen=True, slots=True)
class Share:
    """Hundredths of the display, from its left upper corner."""

    x: int
    y: int
    width: int
    height: int


SMALL = Share(2, 30, 39, 32)
"""Beside what is asked and said: the camera's picture, the specialist's."""

LARGE = Share(0, 26, 100, 50)
"""All between the banner and the way back."""


def cells(share: Share, display: Size) -> Region:
    """The cells that a window on ``share`` of a display of ``display`` cells may touch."""
    left, top = share.x * display.width // 100, share.y * display.height // 100
    right = -(-(share.x + share.width) * (display.width + 1) // 100)
    bottom = -(-(share.y + share.height) * (display.height + 1) // 100)
    return Region(left, top, min(right, display.width) - left, min(bottom, display.height) - top)


def fits(share: Share, display: Size, free: Region) -> bool:
    """Whether a window on ``share`` covers nothing outside ``free``."""
    return free.contains_region(cells(share, display))
