"""An invented page of a letter, as the cart hands it to the screen."""

from __future__ import annotations

import functools
import io

from PIL import Image, ImageDraw, ImageFont

A4_PIXELS = (1600, 2264)
ROWS = 32


@functools.cache
def sheet() -> bytes:
    """A JPEG: numbered lines, so that any two parts of it differ."""
    page = Image.new("RGB", A4_PIXELS, "white")
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(40)
    for row in range(ROWS):
        draw.text(
            (120, 100 + row * 66), f"{row + 1}. Plaie propre, bourgeon sain, sans signe d'infection.", "black", font
        )
    made = io.BytesIO()
    page.save(made, "JPEG", quality=85)
    return made.getvalue()
