"""`python -m sync.report.shrinker`: decodes a picture and makes it small, in a process that can do nothing else (T8)."""

from __future__ import annotations

import io

from PIL import Image, ImageOps, JpegImagePlugin, TiffImagePlugin

from edge.domain.fault import Fault, Reason
from edge.foreign.serving import Coming, serve_coming
from sync.report.small import ASKED, Small

_MOST_PIXELS = 120_000_000
_QUALITY = 82
_NEEDED = TiffImagePlugin  # which reads EXIF, and cannot be imported once the worker is confined


def small(coming: Coming) -> Small:
    """Raises Fault(UNDECODABLE), EOFError where the parent is gone."""
    (longest,) = ASKED.unpack(coming.take(ASKED.size))
    Image.MAX_IMAGE_PIXELS = _MOST_PIXELS
    # what is taken is in memory once: this reader shares the bytes
    picture: Image.Image = JpegImagePlugin.JpegImageFile(io.BytesIO(coming.take(coming.left)))
    if picture.width * picture.height > _MOST_PIXELS:
        raise Fault(Reason.UNDECODABLE, "the photo has too many pixels", "it is kept")
    # decoded at a half, a quarter or an eighth where that is enough: less to hold, and less to do
    picture.draft("RGB", (longest, longest))
    picture.thumbnail((longest, longest), Image.Resampling.BICUBIC)
    # a copy that knows of no file: of one that does, saving asks where that lies, which is not allowed here
    picture = ImageOps.exif_transpose(picture)
    upright = picture if picture.mode == "RGB" else picture.convert("RGB")
    made = io.BytesIO()
    upright.save(made, "JPEG", quality=_QUALITY)
    return Small(made.getvalue(), upright.width, upright.height)


if __name__ == "__main__":
    Image.preinit()
    serve_coming(small)
