"""Pixels as sixels: DEC VT330/VT340 programmer reference, chapter 14. One picture for each row of cells.

So a terminal's row can be written again by itself, scrolled and covered, like any other text of the screen. A sixel stands for
six pixels one above the other; of a row whose height is no multiple of six the rest stays as it is (P2 is 1: not set is not
drawn).
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np
import numpy.typing as npt

BAND: Final = 6
MOST_COLOURS: Final = 256

_ZERO: Final = 63
_WEIGHTS: Final = (1 << np.arange(BAND)).astype(np.uint8)
_RUN: Final = re.compile(rb"([?-~])\1{3,254}")

Indices = npt.NDArray[np.uint8]
"""Shape [height][width], numbers of a palette."""


def rows(pixels: Indices, palette: npt.NDArray[np.uint8], cell_height: int) -> list[str]:
    """``palette`` has shape [colours][3]: red, green, blue, 0 to 255. The height of ``pixels`` is a multiple of ``cell_height``."""
    colours = [_colour(number, rgb) for number, rgb in enumerate(palette.tolist())]
    return [
        _picture(pixels[top : top + cell_height], colours)
        for top in range(0, pixels.shape[0] - cell_height + 1, cell_height)
    ]


def _colour(number: int, rgb: list[int]) -> bytes:
    """DECGCI: in percent, as sixel counts."""
    red, green, blue = (round(value * 100 / 255) for value in rgb)
    return b"#%d;2;%d;%d;%d" % (number, red, green, blue)


def _picture(pixels: Indices, colours: list[bytes]) -> str:
    height, width = pixels.shape
    used = np.unique(pixels)
    parts = [b'\x1bP0;1;0q"1;1;%d;%d' % (width, height), *(colours[number] for number in used)]
    bands = []
    for top in range(0, height, BAND):
        band = pixels[top : top + BAND]
        bands.append(b"$".join(_planes(band)))
    parts.append(b"-".join(bands))
    return b"".join(parts).decode("ascii") + "\x1b\\"


def _planes(band: Indices) -> list[bytes]:
    """For each colour of up to six rows: its number, and the row of sixels."""
    numbers = np.unique(band)
    weights = _WEIGHTS[: band.shape[0], None]
    planes = []
    for number in numbers.tolist():
        sixels = ((band == number) * weights).sum(axis=0, dtype=np.uint8) + _ZERO
        planes.append(b"#%d" % number + _RUN.sub(_run, sixels.tobytes().rstrip(b"?")))
    return planes


def _run(found: re.Match[bytes]) -> bytes:
    """DECGRI: ``!12~`` is twelve of them."""
    return b"!%d%s" % (len(found[0]), found[1])
