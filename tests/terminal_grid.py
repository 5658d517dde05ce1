"""What stands on a terminal after the bytes that the bedside screen wrote: enough of one for what Textual writes.

Cursor position, erasing and letters; everything else (styles, modes, questions) changes no cell.
"""

from __future__ import annotations

import re

from rich.cells import get_character_cell_size

_PART = re.compile(
    r"\x1b\[(?P<private>[?>=<]?)(?P<numbers>[0-9;:]*)(?P<between>[ -/]*)(?P<final>[@-~])"
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"
    r"|\x1b[78=>c]"
    r"|[\r\n]"
    r"|(?P<text>[^\x1b\r\n]+)"
)


class Grid:
    """``feed`` it what was written, no sequence cut in two, then read ``rows``. Raises AssertionError for a sequence that it does not know."""

    def __init__(self, width: int, height: int) -> None:
        self._cells = [[" "] * width for _ in range(height)]
        self._x = self._y = 0

    def feed(self, text: str) -> None:
        at = 0
        while at < len(text):
            part = _PART.match(text, at)
            assert part is not None, repr(text[at : at + 40])
            at = part.end()
            self._do(part)

    def _do(self, part: re.Match[str]) -> None:
        if part["text"]:
            self._write(part["text"])
        elif part[0] == "\n":
            self._y += 1
        elif part[0] == "\r":
            self._x = 0
        elif part["final"] == "H" and not part["private"]:
            row, _, column = part["numbers"].partition(";")
            self._y, self._x = int(row or 1) - 1, int(column or 1) - 1
        elif part["final"] == "J":
            for row in self._cells:
                row[:] = [" "] * len(row)

    def _write(self, text: str) -> None:
        for letter in text:
            if 0 <= self._y < len(self._cells) and 0 <= self._x < len(self._cells[0]):
                self._cells[self._y][self._x] = letter
            self._x += get_character_cell_size(letter)

    @property
    def rows(self) -> list[str]:
        return ["".join(row) for row in self._cells]

    def find(self, text: str) -> tuple[int, int]:
        """Column and row of the middle of ``text``. Raises AssertionError where it is not there."""
        for number, row in enumerate(self.rows):
            if text in row:
                return row.index(text) + len(text) // 2, number
        raise AssertionError(f"{text!r} is not on the display:\n" + "\n".join(self.rows))
