"""The picture of a resident, as a site has it, made small. It is decoded by a worker that can open nothing (T8)."""

from __future__ import annotations

import atexit
import functools
import io
from typing import Final

import msgspec

from edge.domain.fault import Fault, Reason
from edge.foreign.sandbox import Sandbox

LARGEST: Final = 20 * 1024 * 1024
"""Bytes of a picture's file."""

MOST_PIXELS: Final = 40_000_000
HEIGHT, WIDEST = 240, 320
"""Pixels at most; what is smaller stays as small."""

MOST_BYTES: Final = 20_000
_ORIENTATION: Final = 0x0112
"""Exif 2.32, table 4."""

_QUALITIES: Final = (85, 75, 60, 45, 30, 15)


class Face(msgspec.Struct, frozen=True):
    """A baseline JPEG of at most MOST_BYTES, upright, that says nothing of where, when or by what it was taken."""

    jpeg: bytes


def prepare() -> None:
    """For the worker: formats are imported when the first picture is opened."""
    from PIL import Image

    turned = Image.Exif()
    turned[_ORIENTATION] = 6
    for name, mode in (("JPEG", "RGB"), ("JPEG", "CMYK"), ("PNG", "RGBA"), ("PNG", "P")):
        content = io.BytesIO()
        Image.new(mode, (8, 300)).save(content, name, exif=turned)
        shrink(content.getvalue())


def shrink(picture: bytes) -> Face:
    """In the worker. Raises Fault(CORRUPT_FILE) for what is no JPEG and no PNG, is damaged or too large."""
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(picture), formats=("JPEG", "PNG")) as file:
            if not 0 < file.width * file.height <= MOST_PIXELS:
                raise _refused("the picture has more pixels than are taken")
            # the decoder leaves out what would be thrown away; either side may become the high one
            file.draft("RGB", (2 * WIDEST, 2 * WIDEST))
            upright = ImageOps.exif_transpose(file).convert("RGBA")
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as exc:
        raise _refused("the file is no JPEG or PNG that can be read") from exc
    upright.thumbnail((WIDEST, HEIGHT), Image.Resampling.LANCZOS)
    # a new picture has nothing of what the file said beside its pixels
    bare = Image.new("RGB", upright.size, "white")
    bare.paste(upright, mask=upright)
    for quality in _QUALITIES:
        content = io.BytesIO()
        bare.save(content, "JPEG", quality=quality, optimize=True)
        if content.tell() <= MOST_BYTES:
            return Face(content.getvalue())
    raise _refused("the picture does not become small enough")


def _refused(what: str) -> Fault:
    return Fault(Reason.CORRUPT_FILE, what, "save it as JPEG")


@functools.cache
def _sandbox() -> Sandbox[Face]:
    made = Sandbox(("drivers.face_worker",), Face)
    atexit.register(made.close)
    return made


def read(picture: bytes) -> bytes:
    """The JPEG that is kept of ``picture``, as Face has it.

    Raises Fault(CORRUPT_FILE | UNDECODABLE); NotStarted, which is an OSError, where it is to be tried again.
    """
    if len(picture) > LARGEST:
        raise _refused("the file of the picture is too large")
    jpeg = _sandbox().read(picture).jpeg
    if len(jpeg) > MOST_BYTES or not jpeg.startswith(b"\xff\xd8\xff"):
        raise Fault(Reason.UNDECODABLE, "the reader of the picture answered nonsense", "tell the support")
    return jpeg
