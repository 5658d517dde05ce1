"""S7: what still has to leave the cart."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from edge.domain.delivery import State
from ui.bedside.locales import Words
from ui.bedside.messages import Go
from ui.bedside.screens.page import PageBody
from ui.bedside.views import CountView, Page, View
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.number import BigNumber
from ui.bedside.widgets.touch import Touch


class OutboxPage(PageBody):
    def __init__(self, words: Words) -> None:
        super().__init__(Page.OUTBOX, words)

    def compose(self) -> ComposeResult:
        with Horizontal(classes="head"):
            yield Line(self.words.outbox_title, classes="headline")
            yield Touch("", Go(Page.WHOSE), id="outbox-whose")
        with Horizontal(id="words"):
            for state, word in self.words.delivery.items():
                if state == State.WITHDRAWN:
                    continue  # it waits for nothing: a line says how many
                yield CountTile(word, id=f"count-{state}")
        yield Line(id="outbox-lines")

    def show(self, view: View) -> None:
        whose = self.query_one("#outbox-whose", Touch)
        whose.put(self.words.whose_open.format(view.whose.waits))
        whose.display = bool(view.whose.waits or view.whose.reconciled)
        for tile, count in zip(self.query(CountTile), view.outbox.counts, strict=False):
            tile.show(count)
        self.query_one("#outbox-lines", Line).put("\n".join(view.outbox.lines))


class CountTile(Vertical):
    def __init__(self, word: str, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id, classes="count")
        self._word = word

    def compose(self) -> ComposeResult:
        yield BigNumber("0")
        yield Line(self._word, classes="title")

    def show(self, count: CountView) -> None:
        self.set_class(count.count == 0, "-none")
        self.query_one(BigNumber).number = str(count.count)
