"""The early warning score, line by line: what counts, what does not and why."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from edge.domain.news2 import Part
from edge.domain.staff import Deed
from ui.bedside.locales import Words
from ui.bedside.messages import Go
from ui.bedside.screens.page import PageBody
from ui.bedside.typed_acts import ScaleTwo
from ui.bedside.views import Page, View
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.score import ScorePanel
from ui.bedside.widgets.touch import Touch


class ScorePage(PageBody):
    def __init__(self, words: Words) -> None:
        super().__init__(Page.SCORE, words)

    def compose(self) -> ComposeResult:
        words = self.words
        yield Line(words.score_page.format(words.score_aid), classes="headline")
        with Horizontal(id="score-halves"):
            with Vertical(id="score-lines"):
                for part in Part:
                    with Horizontal(classes="score-part", id=f"score-{part}"):
                        yield Line(words.score_parts[part], classes="score-name")
                        yield Line(classes="score-value")
                        yield Line(classes="score-points")
                yield Line(id="score-scale", classes="faint")
                yield Line(id="score-window", classes="faint")
            with Vertical(id="score-side"):
                yield ScorePanel(words, id="score-whole")
                yield Touch("", None, id="score-set", classes="choice")
                yield Line(words.score_scale_doctor, id="score-doctor", classes="faint")
                yield Touch(words.typed_back, Go(Page.VITALS), id="score-back", classes="choice")

    def show(self, view: View) -> None:
        score, words = view.score, self.words
        for one in score.parts:
            line = self.query_one(f"#score-{one.key}")
            line.query_one(".score-value", Line).put("  ".join(part for part in (one.value, one.age) if part))
            line.query_one(".score-points", Line).put(one.points or f"— {one.why}")
            line.set_class(bool(one.why), "-lacking")
        self.query_one(ScorePanel).put(score)
        self.query_one("#score-scale", Line).put(score.scale)
        self.query_one("#score-window", Line).put(score.window)
        doctor = view.lock.required and view.lock.allows(Deed.SCALE_TWO)
        button = self.query_one("#score-set", Touch)
        button.display = doctor and score.enabled
        button.put(words.score_set_one if score.scale_two else words.score_set_two)
        button.arm(ScaleTwo(not score.scale_two))
        self.query_one("#score-doctor").display = not doctor
