"""A word at the end of the status row that turns the language or the theme."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.widget import Widget

from ui.bedside.locales import Words
from ui.bedside.messages import Tapped
from ui.bedside.speaking_acts import SpeakingAct


class Switch(Widget):
    """``name`` is that of the word which says what a touch turns to. It lies at the edge of the display, which stops the finger."""

    ALLOW_SELECT = False

    def __init__(self, words: Words, name: str, act: SpeakingAct, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id, markup=False)
        self._words = words
        self._word = name
        self._act = act

    def render(self) -> Content:
        night = self.app.current_theme.dark
        text: str = getattr(self._words, self._word)
        return Content(self._words.theme_day if self._word == "other_theme" and night else text)

    def get_content_width(self, container: object, viewport: object) -> int:  # noqa: ARG002
        return len(str(self.render()))

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(Tapped(self._act))
