"""A picture in kitty's graphics protocol, by Unicode placeholders: cells of text that are covered and scrolled as any other.

https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders
"""

from __future__ import annotations

import base64
from typing import Final

CHUNK: Final = 4096
"""Bytes of base64 in one escape code."""

_PLACEHOLDER: Final = "\U0010eeee"
_ROWS: Final = tuple(
    map(
        chr,
        (
            *(0x305, 0x30D, 0x30E, 0x310, 0x312, 0x33D, 0x33E, 0x33F, 0x346, 0x34A, 0x34B, 0x34C, 0x350, 0x351, 0x352),
            *(0x357, 0x35B, 0x363, 0x364, 0x365, 0x366, 0x367, 0x368, 0x369, 0x36A, 0x36B, 0x36C, 0x36D, 0x36E, 0x36F),
            *(0x483, 0x484, 0x485, 0x486, 0x487, 0x592, 0x593, 0x594, 0x595, 0x597, 0x598, 0x599, 0x59C, 0x59D, 0x59E),
            *(0x59F, 0x5A0, 0x5A1, 0x5A8, 0x5A9, 0x5AB, 0x5AC, 0x5AF, 0x5C4, 0x610, 0x611, 0x612, 0x613, 0x614, 0x615),
        ),
    )
)
"""Diacritics that stand for the numbers of rows, rowcolumn-diacritics.txt; there are more, and no picture needs them."""

MOST_ROWS: Final = len(_ROWS)


def transmission(png: bytes, number: int, columns: int, rows: int) -> tuple[str, ...]:
    """``number`` is the picture's, below 2 to the power of 24."""
    text = base64.standard_b64encode(png).decode("ascii")
    pieces = [text[at : at + CHUNK] for at in range(0, len(text), CHUNK)] or [""]
    head = f"a=T,U=1,f=100,i={number},c={columns},r={rows},"
    return tuple(
        f"\x1b_G{head if at == 0 else ''}q=2,m={int(at < len(pieces) - 1)};{piece}\x1b\\"
        for at, piece in enumerate(pieces)
    )


def row(number: int, at: int, columns: int) -> str:
    """The cells of row ``at``; the number is their colour."""
    red, green, blue = number >> 16 & 255, number >> 8 & 255, number & 255
    first = f"{_PLACEHOLDER}{_ROWS[at]}{_ROWS[0]}"
    return f"\x1b[38;2;{red};{green};{blue}m{first}{_PLACEHOLDER * (columns - 1)}\x1b[39m"


def deletion(number: int) -> str:
    return f"\x1b_Ga=d,d=I,i={number},q=2\x1b\\"
