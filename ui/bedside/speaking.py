"""Another language or theme on a running screen: at once, on the page that is there, with what stands on it.

Every part of the screen holds one and the same object of words; what changes is of which language it is. Texts that a page
made when it was composed are composed once more, beside it, and taken over; all others are drawn again by their own page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.compose import compose
from textual.widget import Widget

from ui.bedside import speaking_acts as act
from ui.bedside.locales import LANGUAGES, Words
from ui.bedside.screens.entrance import LockedPage
from ui.bedside.screens.page import PageBody
from ui.bedside.screens.residents import ConfirmPage
from ui.bedside.themes import THEMES
from ui.bedside.widgets.frame import Banner, StatusBar
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.switch import Switch
from ui.bedside.widgets.touch import Touch

if TYPE_CHECKING:
    from ui.bedside.app import BedsideApp

_OURS = "ui.bedside."


class Speaking:
    """The hand of ``app`` on its two switches. ``also`` is told when the words have changed."""

    def __init__(self, app: BedsideApp, also: Callable[[], None]) -> None:
        self._app = app
        self._also = also

    def takes(self, wanted: object) -> bool:
        """Whether it was for these switches; then it is done."""
        match wanted:
            case act.Speak(language):
                self._speak(language)
            case act.Wear(theme):
                names = [one.name for one in THEMES]
                self._app.theme = theme or _next(names, self._app.theme)
                self._tell_again()
            case _:
                return False
        return True

    def _speak(self, language: str) -> None:
        names = list(LANGUAGES)
        spoken = next(name for name, words in LANGUAGES.items() if type(self._app.words) is words)
        turn(self._app.words, language or _next(names, spoken))
        self._tell_again()

    def _tell_again(self) -> None:
        """All that stands on the screen, in the words of now."""
        app = self._app
        typed = [(page, page.typed) for page in app.frame.made(LockedPage)]
        retell(app.screen)
        app.tell_again()
        for page in app.screen.query(PageBody):
            page.told_again(app.view)
        for locked, stood in typed:
            locked.type_again(stood)
        self._also()
        for end in app.screen.query("#hang-up-large, #talking-end").results(Touch):
            end.put(app.words.call_end)
        candidate = next((one for one in app.view.residents if one.id == app.candidate), None)
        if candidate is not None:
            app.frame.page(ConfirmPage).consider(candidate)
        app.screen.query_one(Banner).refresh(layout=True)
        app.screen.query_one(StatusBar).refresh()
        for switch in app.screen.query(Switch):
            switch.turned()


def turn(words: Words, language: str) -> None:
    """``words``, wherever it is held, is that of ``language`` from now on."""
    words.__class__ = LANGUAGES[language]


def _next(names: Sequence[str], now: str) -> str:
    return names[(names.index(now) + 1) % len(names)]


def retell(root: Widget) -> None:
    """Texts of ``root`` and of all in it that were made when they were composed."""
    for one in (root, *root.query("*")):
        if type(one).__module__.startswith(_OURS) and "compose" in _defined(type(one)):
            _take_over(list(one.children), compose(one))


def _defined(kind: type) -> set[str]:
    return {name for one in kind.__mro__ if one.__module__.startswith(_OURS) for name in vars(one)}


def _take_over(there: Sequence[Widget], anew: Sequence[Widget]) -> None:
    """``anew`` is what was composed once more: never mounted, its texts are all that is wanted of it."""
    named = {one.id: one for one in there if one.id}
    nameless = [one for one in there if not one.id]
    for one in anew:
        if one.id:
            old = named.get(one.id)
        else:
            old = next((other for other in nameless if type(other) is type(one)), None)
            if old is not None:
                nameless.remove(old)
        if old is None:
            continue
        if isinstance(one, Line) and isinstance(old, Line) and one.text:
            old.put(one.shown)
        _take_over(list(old.children), one._pending_children)  # noqa: SLF001
