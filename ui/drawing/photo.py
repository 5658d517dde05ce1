"""A photo in few colours, as a terminal takes it. Its bytes are a stranger's: its size is read before anything is decoded (T8)."""

from __future__ import annotations

import io
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from edge.domain.fault import Fault, Reason
from ui.drawing.messages import PhotoWanted, Space, Way

MOST_PIXELS: Final = 50_000_000
COLOURS: Final = 240

Pixels = npt.NDArray[np.uint8]


def draw(wanted: PhotoWanted) -> Image.Image:
    """In red, green and blue, as broad and high as the space: the whole picture in its middle. Raises Fault(UNDECODABLE)."""
    space = wanted.space
    try:
        with Image.open(io.BytesIO(wanted.jpeg), formats=("JPEG",)) as file:
            if not 0 < file.width * file.height <= MOST_PIXELS:
                raise _undecodable("the photo has more pixels than are drawn")
            # the decoder leaves out what would be thrown away; either side may become the broad one
            largest = max(space.width, space.height)
            file.draft("RGB", (largest, largest))
            upright = ImageOps.exif_transpose(file).convert("RGB")
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as exc:
        raise _undecodable("the photo cannot be read") from exc
    fitted = ImageOps.contain(upright, (space.width, space.height), Image.Resampling.LANCZOS)
    page = Image.new("RGB", (space.width, space.height), wanted.background)
    page.paste(fitted, ((space.width - fitted.width) // 2, (space.height - fitted.height) // 2))
    return page


def few_colours(picture: Image.Image) -> tuple[Pixels, Pixels]:
    """Numbers of a palette of its own, shape [height][width], and the palette, shape [colours][3]."""
    few = picture.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.FLOYDSTEINBERG)
    return np.asarray(few, np.uint8), np.array(few.getpalette(), np.uint8).reshape(-1, 3)


def prepare() -> None:
    """For the worker: formats are imported when the first picture is opened."""
    content = io.BytesIO()
    Image.new("RGB", (8, 8)).save(content, "JPEG")
    space = Space(way=Way.PNG, columns=1, rows=1, cell_width=8, cell_height=8, pixel_mm=1.0)
    few_colours(draw(PhotoWanted(space=space, jpeg=content.getvalue(), background=(0, 0, 0))))


def _undecodable(what: str) -> Fault:
    return Fault(Reason.UNDECODABLE, what, "the photo is kept; look at it where it was sent")
