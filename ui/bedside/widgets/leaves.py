"""Two big keys beside a list: a page up, a page down. A swipe does the same."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical

from ui.bedside.locales import Words
from ui.bedside.standing_acts import Leaf
from ui.bedside.widgets.touch import Touch


class Leaves(Vertical):
    def __init__(self, words: Words) -> None:
        super().__init__(classes="leaves")
        self._words = words

    def compose(self) -> ComposeResult:
        yield Touch(self._words.leaf_up, Leaf(down=False), classes="choice leaf-up")
        yield Touch(self._words.leaf_down, Leaf(down=True), classes="choice leaf-down")
