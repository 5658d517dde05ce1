"""Big digits of solid cells, five rows high, readable from two metres: pure.

Each glyph is a bitmap ten half rows high; with cells twice as high as wide its dots are square.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence

from rich.cells import cell_len

ROWS = 5


class Cell(enum.Enum):
    """What a cell holds of its two dots."""

    EMPTY = " "
    UPPER = "▀"
    LOWER = "▄"
    FULL = "█"


# the 4 is open at the top: closed, it is a 9 to tired eyes
_WIDE = """
.####. ..##.. .####. .####. ##..## ###### .####. ###### .####. .####.
###### .###.. ###### ###### ##..## ###### ###### ###### ###### ######
##..## ####.. ##..## ##..## ##..## ##.... ##..## ....## ##..## ##..##
##..## ..##.. ....## ....## ##..## #####. ##.... ...##. ##..## ##..##
##..## ..##.. ...##. ..###. ###### ###### #####. ...##. .####. ######
##..## ..##.. ..##.. ..###. ###### ....## ###### ..##.. ###### .#####
##..## ..##.. .##... ....## ....## ....## ##..## ..##.. ##..## ....##
##..## ..##.. ##.... ##..## ....## ##..## ##..## .##... ##..## ##..##
###### ###### ###### ###### ....## ###### ###### .##... ###### ######
.####. ###### ###### .####. ....## .####. .####. .##... .####. .####.
"""
_NARROW = """
#### .##. #### #### #..# #### #### #### #### ####
#### ###. #### #### #..# #### #### #### #### ####
#..# .##. ...# ...# #..# #... #... ...# #..# #..#
#..# .##. ...# ...# #..# #... #... ...# #..# #..#
#..# .##. #### #### #### #### #### ..## #### ####
#..# .##. #### #### #### #### #### ..## #### ####
#..# .##. #... ...# ...# ...# #..# .##. #..# ...#
#..# .##. #... ...# ...# ...# #..# .##. #..# ...#
#### #### #### #### ...# #### #### .##. #### ####
#### #### #### #### ...# #### #### .##. #### ####
"""
_SIGNS = {
    "wide": {"/": "..## ..## ..## ..#. .##. .##. .#.. ##.. ##.. ##..", ",": "", "—": "", "-": ""},
    "narrow": {"/": ".# .# .# .# .# #. #. #. #. #.", ",": "", "—": "", "-": ""},
}
_COMMON = {
    ",": ".. .. .. .. .. .. .. ## ## #.",
    "—": ".... .... .... .... #### #### .... .... .... ....",
    "-": "... ... ... ... ### ### ... ... ... ...",
}


Face = Mapping[str, tuple[str, ...]]
"""Each character as its rows of dots, from above."""


def _face(drawing: str, size: str) -> Face:
    rows = [line.split() for line in drawing.strip().splitlines()]
    face = {str(digit): tuple(row[digit] for row in rows) for digit in range(10)}
    for sign, dots in _SIGNS[size].items():
        face[sign] = tuple((dots or _COMMON[sign]).split())
    return face


FACES = (_face(_WIDE, "wide"), _face(_NARROW, "narrow"))


def draw(text: str, width: int, faces: Sequence[Face] = FACES) -> tuple[tuple[Cell, ...], ...] | None:
    """``text`` in the largest face that fits into ``width`` cells; None where none does or a character has no glyph."""
    for face in faces:
        if all(character in face for character in text) and text:
            glyphs = [face[character] for character in text]
            if sum(len(glyph[0]) for glyph in glyphs) + len(glyphs) - 1 <= width:
                dots = [".".join(glyph[row] for glyph in glyphs) for row in range(2 * ROWS)]
                return tuple(
                    tuple(_cell(upper, lower) for upper, lower in zip(dots[row], dots[row + 1], strict=True))
                    for row in range(0, 2 * ROWS, 2)
                )
    return None


def _cell(upper: str, lower: str) -> Cell:
    if upper == "#":
        return Cell.FULL if lower == "#" else Cell.UPPER
    return Cell.LOWER if lower == "#" else Cell.EMPTY


def plain(text: str, width: int) -> str:
    """The fallback: the text itself, with a sign where even that does not fit."""
    if cell_len(text) <= width:
        return text
    return text[: max(width - 1, 0)] + "…"
