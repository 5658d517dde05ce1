"""The fonts of a report: Roboto, embedded, whose figures are all equally broad."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from edge.domain.text import sanitise

PLAIN: Final = "Roboto"
STRONG: Final = "Roboto-Medium"

_FILES: Final = Path(__file__).parent / "fonts"
_UNKNOWN: Final = "\N{REPLACEMENT CHARACTER}"


@functools.cache
def load() -> frozenset[int]:
    """Once for each process: the letters that both fonts have."""
    known: list[set[int]] = []
    for name, file in ((PLAIN, "Roboto-Regular.ttf"), (STRONG, "Roboto-Medium.ttf")):
        font = TTFont(name, str(_FILES / file))
        pdfmetrics.registerFont(font)
        known.append(set(font.face.charToGlyph))
    return frozenset(known[0] & known[1])


def written(value: str) -> str:
    """``value`` in letters that the fonts have: others lose their accent, or are shown as unknown. Newlines stay."""
    known = load()
    return "".join(_letter(letter, known) for letter in unicodedata.normalize("NFC", sanitise(value)))


def _letter(letter: str, known: frozenset[int]) -> str:
    if letter == "\n" or ord(letter) in known:
        return letter
    for form in unicodedata.normalize("NFKD", letter):
        if ord(form) in known:
            return form
    return _UNKNOWN if ord(_UNKNOWN) in known else "?"


def width(words: str, font: str, size: float) -> float:
    """Points; ``words`` are ``written`` ones."""
    load()
    return float(pdfmetrics.stringWidth(words, font, size))


def lines(words: str, font: str, size: float, broad: float) -> list[str]:
    """``words`` in lines at most ``broad`` points long; what has no blank is cut where it must be: every letter is there."""
    found: list[str] = []
    for paragraph in written(words).split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if width(longer, font, size) <= broad:
                line = longer
                continue
            if line:
                found.append(line)
            *whole, line = _cut(word, font, size, broad)
            found += whole
        found.append(line)
    return found


def _cut(word: str, font: str, size: float, broad: float) -> Sequence[str]:
    """At least one piece."""
    pieces: list[str] = []
    piece = ""
    for letter in word:
        if piece and width(piece + letter, font, size) > broad:
            pieces.append(piece)
            piece = ""
        piece += letter
    return [*pieces, piece]
