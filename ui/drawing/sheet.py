"""A page of a document, as broad as its place: a part of it at a time, so that it can be read. Its bytes are a stranger's (T8)."""

from __future__ import annotations

import io
from typing import Final

from PIL import Image

from edge.domain.fault import Fault, Reason
from ui.drawing.messages import SheetWanted

MOST_PIXELS: Final = 20_000_000
LARGEST_SCALE: Final = 2.0
"""A page that is high and narrow is not blown up until a letter fills the display."""

OVERLAP: Final = 8
"""An eighth of a part stands in the next one too: no line is lost between them."""


def draw(wanted: SheetWanted) -> tuple[Image.Image, int, int]:
    """In red, green and blue, as broad and high as the space; which part it is, and how many there are. Raises Fault(UNDECODABLE)."""
    space = wanted.space
    try:
        with Image.open(io.BytesIO(wanted.jpeg), formats=("JPEG",)) as file:
            if not 0 < file.width * file.height <= MOST_PIXELS:
                raise _undecodable("the page has more pixels than are drawn")
            page = file.convert("RGB")
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as exc:
        raise _undecodable("the page cannot be read") from exc
    scale = min(space.width / page.width, LARGEST_SCALE)
    height = max(1, round(page.height * scale))
    step = max(1, space.height - space.height // OVERLAP)
    parts = 1 + max(0, -(-(height - space.height) // step))
    part = min(max(wanted.part, 0), parts - 1)
    top = max(0, min(part * step, height - space.height))
    seen = min(space.height, height)
    size = (max(1, round(page.width * scale)), seen)
    box = (0.0, top / scale, float(page.width), min(float(page.height), (top + seen) / scale))
    drawn = page.resize(size, Image.Resampling.LANCZOS, box)
    place = Image.new("RGB", (space.width, space.height), wanted.background)
    place.paste(drawn, ((space.width - drawn.width) // 2, 0))
    return place, part, parts


def _undecodable(what: str) -> Fault:
    return Fault(Reason.UNDECODABLE, what, "print it")
