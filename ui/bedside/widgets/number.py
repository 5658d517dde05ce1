"""A number that carries to two metres."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.content import Content
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from ui.bedside import digits


class BigNumber(Widget):
    """``number`` in solid digits five rows high, in the largest face that fits; plain text where none does.

    Full cells are drawn as coloured ground and not as block characters, so that no font leaves seams in them.
    """

    ALLOW_SELECT = False
    FACES: ClassVar[Sequence[digits.Face]] = digits.FACES
    number: reactive[str] = reactive("", layout=True)

    def __init__(self, number: str = "", *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes, markup=False)
        self.set_reactive(BigNumber.number, number)

    def render(self) -> Content:
        width = self.content_size.width
        drawn = digits.draw(self.number, width, self.FACES)
        if drawn is None:
            return Content.styled(digits.plain(self.number, width), "bold")
        ink = self.styles.color
        solid = Style(background=ink)
        rows = [
            Content("").join(
                Content.styled(" ", solid) if cell is digits.Cell.FULL else Content(cell.value) for cell in row
            )
            for row in drawn
        ]
        return Content("\n").join(rows)
