"""Two touches that turn the language and the theme, each with the word of what it turns to."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal

from ui.bedside.locales import Words
from ui.bedside.speaking_acts import Speak, SpeakingAct, Wear
from ui.bedside.widgets.touch import Touch


class Switch(Touch):
    """``word`` is the name of what is said on it, which the theme of now may change."""

    def __init__(self, words: Words, word: str, act: SpeakingAct, *, id: str) -> None:  # noqa: A002
        super().__init__("", act, id=id)
        self._words = words
        self._word = word

    def on_mount(self) -> None:
        self.turned()

    def turned(self) -> None:
        """Another language or theme is on the screen."""
        night = self.app.current_theme.dark
        self.put(self._words.theme_day if self._word == "other_theme" and night else getattr(self._words, self._word))


class Switches(Horizontal):
    """Of the page ``page``: together they are within two touches of every page that has the bar."""

    def __init__(self, words: Words, page: str) -> None:
        super().__init__(classes="switches", id=f"{page}-switches")
        self._words = words
        self._page = page

    def compose(self) -> ComposeResult:
        yield Switch(self._words, "other_language", Speak(), id=f"{self._page}-language")
        yield Switch(self._words, "other_theme", Wear(), id=f"{self._page}-theme")
