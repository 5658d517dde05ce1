"""`python -m ui.drawing.worker`: draws what the bedside screen shows, in a process that can open nothing (T8)."""

from __future__ import annotations

import io
import zlib
from typing import Final

import cv2
import msgspec
import numpy as np
from PIL import Image

from edge.door.still_messages import LeadScale, WholeEcg
from edge.foreign.serving import serve
from ui.drawing import ecg, kitty, letters, photo, sheet, sixel
from ui.drawing.messages import Drawn, EcgWanted, PhotoWanted, SheetWanted, Space, Wanted, Way

_wanted: Final = msgspec.msgpack.Decoder(Wanted)


def draw(asked: bytes) -> Drawn:
    """Raises Fault(UNDECODABLE), and msgspec's errors for what the screen never asks."""
    wanted: Wanted = _wanted.decode(asked)
    if isinstance(wanted, PhotoWanted):
        return _pictured(photo.draw(wanted), wanted.space)
    if isinstance(wanted, SheetWanted):
        picture, part, parts = sheet.draw(wanted)
        return msgspec.structs.replace(_pictured(picture, wanted.space), page=part, pages=parts)
    pixels, paper, pages = ecg.draw(wanted)
    palette = ecg.palette()
    sixels = wanted.space.way is Way.SIXEL
    drawn = _as_sixels(pixels, palette, wanted.space) if sixels else _as_png(_indexed(pixels, palette), wanted.space)
    return msgspec.structs.replace(
        drawn,
        page=min(max(wanted.page, 0), pages - 1),
        pages=pages,
        since=paper.since,
        until=paper.until,
        outside=paper.leaves_the_grid,
    )


def _pictured(picture: Image.Image, space: Space) -> Drawn:
    if space.way is Way.SIXEL:
        return _as_sixels(*photo.few_colours(picture), space)
    return _as_png(picture, space)


def _as_sixels(pixels: ecg.Pixels, palette: ecg.Pixels, space: Space) -> Drawn:
    return Drawn(columns=space.columns, rows=tuple(sixel.rows(pixels, palette, space.cell_height)))


def _indexed(pixels: ecg.Pixels, palette: ecg.Pixels) -> Image.Image:
    image = Image.fromarray(pixels, "P")
    image.putpalette(palette.tobytes())
    return image


def _as_png(image: Image.Image, space: Space) -> Drawn:
    content = io.BytesIO()
    image.save(content, "PNG", compress_level=3)
    png = content.getvalue()
    if space.way is Way.PNG:
        return Drawn(columns=space.columns, png=png)
    # the same picture is the same number: one that is drawn again takes the place of itself
    number = zlib.crc32(png) & 0xFFFFFF or 1
    rows = min(image.height // space.cell_height, kitty.MOST_ROWS)
    return Drawn(
        columns=space.columns,
        rows=tuple(kitty.row(number, at, space.columns) for at in range(rows)),
        before=kitty.transmission(png, number, space.columns, image.height // space.cell_height),
        after=kitty.deletion(number),
    )


def prepare() -> None:
    """All that is imported or read from a file later could not be opened any more."""
    cv2.setNumThreads(1)
    letters.prepare()
    photo.prepare()
    space = Space(way=Way.PNG, columns=40, rows=10, cell_width=12, cell_height=24, pixel_mm=0.17)
    one = WholeEcg(
        taken="",
        device="",
        leads=("II",),
        hertz="100",
        scales=(LeadScale(microvolts_per_step="1", baseline_microvolts="0"),),
        samples=np.zeros(200, "<i2").tobytes(),
    )
    for way in Way:
        wanted = EcgWanted(
            space=msgspec.structs.replace(space, way=way),
            ecg=one, gain=10.0, page=0, who="-", when="-", scale="-", absent="-", unscaled="-", outside="{}",
        )  # fmt: skip
        draw(msgspec.msgpack.encode(wanted))


if __name__ == "__main__":
    prepare()
    serve(draw)
