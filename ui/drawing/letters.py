"""Words in a picture: the one place where fonts are read, before the worker can read nothing any more."""

from __future__ import annotations

import functools
import importlib.util
import io
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

_DEJAVU: Final = Path("/usr/share/fonts/truetype/dejavu")
"""The font of the terminal (systemd/foot.ini), with the letters of every European name."""

_files: dict[bool, bytes] = {}


def prepare() -> None:
    """For the worker. Raises OSError where there is no font at all."""
    for bold, name, other in ((False, "DejaVuSans.ttf", "Vera.ttf"), (True, "DejaVuSans-Bold.ttf", "VeraBd.ttf")):
        file = _DEJAVU / name
        if not file.exists():
            file = _beside_reportlab() / other
        _files[bold] = file.read_bytes()
    mask("É", 12, bold=True)


def _beside_reportlab() -> Path:
    found = importlib.util.find_spec("reportlab")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError("no font")
    return Path(found.submodule_search_locations[0]) / "fonts"


@functools.lru_cache(maxsize=16)
def _font(pixels: int, bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(io.BytesIO(_files[bold]), pixels, layout_engine=ImageFont.Layout.BASIC)


def length(words: str, pixels: int, *, bold: bool = False) -> int:
    """How broad a line is, in pixels."""
    return int(_font(pixels, bold).getlength(words)) + 2


def mask(words: str, pixels: int, *, bold: bool = False) -> npt.NDArray[np.uint8]:
    """How much each pixel is covered, 0 to 255, shape [height][width]: the line is one and a quarter times ``pixels`` high."""
    font = _font(pixels, bold)
    image = Image.new("L", (length(words, pixels, bold=bold), pixels + pixels // 4), 0)
    ImageDraw.Draw(image).text((0, pixels), words, fill=255, font=font, anchor="ls")
    return np.asarray(image, dtype=np.uint8)
