"""What passes the pipe between the bedside screen and the worker that draws for it."""

from __future__ import annotations

import enum

import msgspec

from edge.door.still_messages import WholeEcg


class Way(enum.StrEnum):
    """How a picture gets onto the display."""

    SIXEL = "sixel"
    KITTY = "kitty"
    PNG = "png"


class Space(msgspec.Struct, frozen=True, kw_only=True):
    """Where it is shown: ``columns`` by ``rows`` cells of ``cell_width`` by ``cell_height`` pixels, ``pixel_mm`` broad and high."""

    way: Way
    columns: int
    rows: int
    cell_width: int
    cell_height: int
    pixel_mm: float

    @property
    def width(self) -> int:
        return self.columns * self.cell_width

    @property
    def height(self) -> int:
        return self.rows * self.cell_height


class EcgWanted(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Page ``page`` of an ECG on millimetre paper, ``gain`` in mm/mV. ``who`` and ``when`` stand above it, ``scale`` below.

    ``absent`` and ``unscaled`` are the words for a lead that was not recorded, and for one without a scale; ``outside`` those for
    leads that leave the paper, with one placeholder.
    """

    space: Space
    ecg: WholeEcg
    gain: float
    page: int
    who: str
    when: str
    scale: str
    absent: str
    unscaled: str
    outside: str


class PhotoWanted(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """A JPEG as large as ``space`` allows, whole, its orientation honoured, on ``background`` (red, green, blue)."""

    space: Space
    jpeg: bytes
    background: tuple[int, int, int]


class SheetWanted(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """A page of a document as a JPEG, as broad as ``space``, on ``background``: part ``part`` of it, or the last there is."""

    space: Space
    jpeg: bytes
    part: int
    background: tuple[int, int, int]


Wanted = EcgWanted | PhotoWanted | SheetWanted


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of ``columns`` by ``len(rows)`` cells; each of ``rows`` draws one row of cells from its left edge.

    ``before`` is told to the terminal once before any row of it, ``after`` when none stands any more. ``png`` instead of rows where
    that was asked for. Of an ECG: which page of how many (of a sheet: which part), seconds of the recording, and warnings as (lead, what) pairs.
    """

    columns: int
    rows: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    after: str = ""
    png: bytes = b""
    page: int = 0
    pages: int = 1
    since: float = 0.0
    until: float = 0.0
    outside: tuple[str, ...] = ()
