"""Text on the screen: never markup, whatever it holds (T17)."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


class Line(Static):
    """Words that wrap. ``put`` redraws only when they changed."""

    ALLOW_SELECT = False

    def __init__(self, text: str = "", *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(Content(text), id=id, classes=classes, markup=False)
        self._shown = Content(text)

    def put(self, text: str | Content) -> None:
        content = text if isinstance(text, Content) else Content(text)
        if str(content) != str(self._shown) or content.spans != self._shown.spans:
            self._shown = content
            self.update(content)

    @property
    def shown(self) -> Content:
        return self._shown

    @property
    def text(self) -> str:
        return str(self._shown)
