"""S0: the locked screen, and the screen that is being cleaned."""

from __future__ import annotations

import math

from textual.app import ComposeResult
from textual.containers import Grid, Horizontal, Vertical

from ui.bedside.locales import Words
from ui.bedside.messages import Emergency, Enter, Key, LockUp
from ui.bedside.screens.page import PageBody
from ui.bedside.views import LockView, Page, View
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.number import BigNumber
from ui.bedside.widgets.switch import Switches
from ui.bedside.widgets.touch import Touch

MOST_DIGITS = 8
CLEANING_SECONDS = 30.0


class LockedPage(PageBody):
    """``typed`` is her number, or her secret code once the cart knows who she is."""

    def __init__(self, words: Words) -> None:
        super().__init__(Page.LOCKED, words)
        self.typed = ""
        self._lock = LockView()

    def compose(self) -> ComposeResult:
        words = self.words
        yield Line(words.diary_rings_locked, id="entrance-rings")
        with Horizontal(id="entrance"):
            with Vertical(id="entrance-left"):
                yield Line(words.locked_title, id="entrance-title", classes="headline")
                yield Line(words.locked_or_code, id="entrance-hint", classes="faint")
                yield BigNumber(id="entrance-typed")
                yield Line(id="entrance-line")
                yield Line(words.locked_goes_on, id="entrance-goes-on")
                with Vertical(id="entrance-bottom"):
                    yield Switches(words, "entrance")
                    yield Touch(words.locked_emergency, Emergency(), id="entrance-emergency")
            with Grid(id="entrance-keys"):
                for digit in "123456789":
                    yield Touch(digit, Key(digit), id=f"entrance-{digit}", classes="choice")
                yield Touch(words.locked_erase, Key(""), id="entrance-erase", classes="choice")
                yield Touch("0", Key("0"), id="entrance-0", classes="choice")
                yield Touch(words.locked_enter, None, id="entrance-enter", classes="choice")

    def show(self, view: View) -> None:
        lock = view.lock
        if (lock.locked, lock.pin, lock.title) != (self._lock.locked, self._lock.pin, self._lock.title):
            self.typed = ""
        if lock.rings and not self._lock.rings:
            self.app.bell()
        self._lock = lock
        self.query_one("#entrance-rings").display = lock.rings
        self.query_one("#entrance-title", Line).put(lock.title)
        self.query_one("#entrance-hint", Line).put(lock.hint)
        self.query_one("#entrance-line", Line).put(lock.line)
        self.query_one("#entrance-goes-on").display = lock.goes_on
        self._draw()

    def type(self, digit: str) -> None:
        """One more digit; "" erases all."""
        self.typed = (self.typed + digit)[:MOST_DIGITS] if digit else ""
        self._draw()

    def type_again(self, typed: str) -> None:
        """What stood there already: other words for who is asked make it nobody else's."""
        self.typed = typed
        self._draw()

    def _draw(self) -> None:
        # a secret code is not shown, not even how many digits are still to come
        self.query_one(BigNumber).number = "—" * len(self.typed) if self._lock.pin else self.typed
        self.query_one("#entrance-enter", Touch).arm(Enter() if self.typed else None)
        back = self._lock.pin and not self.typed
        erase = self.query_one("#entrance-erase", Touch)
        erase.put(self.words.whose_back if back else self.words.locked_erase)
        erase.arm(LockUp() if back else Key(""))


class CleaningPage(PageBody):
    """Answers to no finger; goes away by itself."""

    def __init__(self, words: Words) -> None:
        super().__init__(Page.CLEANING, words)

    def compose(self) -> ComposeResult:
        yield Line(self.words.cleaning_title, classes="headline")
        yield Line(id="cleaning-left")

    def show(self, view: View) -> None:
        """Nothing of the cart stands on it."""

    def left(self, seconds: float) -> None:
        self.query_one("#cleaning-left", Line).put(self.words.cleaning_left.format(max(0, math.ceil(seconds))))
