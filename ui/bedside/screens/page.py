"""What every page is."""

from __future__ import annotations

from textual.containers import VerticalScroll

from ui.bedside.locales import Words
from ui.bedside.views import Page, View


class PageBody(VerticalScroll):
    """Between the identity banner and the bottom bar; scrolls where the display is too small for it."""

    can_focus = False

    def __init__(self, page: Page, words: Words) -> None:
        super().__init__(id=page.value)
        self.page = page
        self.words = words

    def show(self, view: View) -> None:
        """Puts ``view`` on the page. Called whenever it changed, also while the page is not on top."""
        raise NotImplementedError

    def told_again(self, view: View) -> None:
        """After the language changed: all that is drawn is drawn again, and nothing else changes."""
        self.show(view)
        draw = getattr(self, "_draw", None)
        if callable(draw):
            draw()
