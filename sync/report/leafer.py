"""`python -m sync.report.leafer`: draws one page of a foreign PDF, in a process that can do nothing else (T8)."""

from __future__ import annotations

import contextlib
import io
from typing import Final

import pypdfium2 as pdfium
from PIL import Image

from edge.domain.answer import MOST_LEAVES, Leaf
from edge.domain.fault import Fault, Reason
from edge.foreign.serving import Coming, serve_coming
from sync.report.leaf import ASKED

QUALITY: Final = 90
LARGEST_SCALE: Final = 4.0
"""Pixels a point."""


def leaf(coming: Coming) -> Leaf:
    """Raises Fault(UNDECODABLE), EOFError where the parent is gone."""
    page, across, down = ASKED.unpack(coming.take(ASKED.size))
    try:
        with contextlib.closing(pdfium.PdfDocument(coming.take(coming.left))) as document:
            pages = len(document)
            if page >= min(pages, MOST_LEAVES):
                raise _undecodable("the PDF has no such page to show")
            # without it what was typed into the fields of a form would be missing
            document.init_forms()
            picture = _drawn(document[page], across, down)
    except pdfium.PdfiumError as exc:
        raise _undecodable("the PDF cannot be read") from exc
    made = io.BytesIO()
    picture.save(made, "JPEG", quality=QUALITY)
    return Leaf(made.getvalue(), page, pages)


def _drawn(page: pdfium.PdfPage, across: int, down: int) -> Image.Image:
    width, height = page.get_size()
    if not (width > 0 and height > 0):
        raise _undecodable("the page of the PDF has no size")
    scale = min(across / width, down / height, LARGEST_SCALE)
    if min(width, height) * scale < 1:
        raise _undecodable("the page of the PDF is too narrow")
    drawn: Image.Image = page.render(scale=scale).to_pil().convert("RGB")
    return drawn


def _undecodable(what: str) -> Fault:
    return Fault(Reason.UNDECODABLE, what, "print it")


if __name__ == "__main__":
    Image.preinit()
    serve_coming(leaf)
