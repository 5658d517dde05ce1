"""The early warning score in one place: digit, word and shape; never a colour of its own."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical

from ui.bedside.locales import Words
from ui.bedside.messages import Go, Tapped
from ui.bedside.views import Page, ScoreView
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.number import BigNumber


class ScorePanel(Vertical):
    """Without a total there is no digit: a word says that it is not whole, and what lacks. A touch shows all seven parts."""

    def __init__(self, words: Words, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id, classes="score")
        self._words = words

    def compose(self) -> ComposeResult:
        yield Line(self._words.score_title, classes="headline")
        yield BigNumber()
        yield Line(classes="score-word")
        yield Line(classes="score-more")

    def put(self, score: ScoreView) -> None:
        number = self.query_one(BigNumber)
        number.number = score.number
        number.display = bool(score.number)
        self.query_one(".score-word", Line).put(score.word)
        self.query_one(".score-more", Line).put("\n".join(score.lines))

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(Tapped(Go(Page.SCORE)))
