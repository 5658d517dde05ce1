"""S4: the newest ECG as a check of its signal. No reading of it here."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content

from ui.bedside.locales import Words
from ui.bedside.messages import Undo
from ui.bedside.screens.page import PageBody
from ui.bedside.state import seconds_of
from ui.bedside.views import EcgView, Page, View
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.touch import Touch
from ui.bedside.widgets.trace import TraceCurve


class EcgPage(PageBody):
    def __init__(self, words: Words) -> None:
        super().__init__(Page.ECG, words)

    def compose(self) -> ComposeResult:
        with Horizontal(classes="head"):
            yield Line(id="ecg-head")
            yield Touch(self.words.undo, None, id="ecg-undo", classes="undo")
        yield TraceCurve(id="ecg-trace")
        yield Line(id="ecg-scale")
        yield Line(self.words.ecg_caption, id="ecg-caption")

    def show(self, view: View) -> None:
        ecg = view.ecg
        self.set_class(ecg.old, "-old")
        self.query_one("#ecg-head", Line).put(head(ecg, self.words))
        undo = self.query_one("#ecg-undo", Touch)
        undo.display = bool(ecg.item_id)
        undo.arm(Undo(ecg.item_id) if ecg.item_id else None)
        curve = self.query_one(TraceCurve)
        curve.millivolts = ecg.millivolts
        if ecg.millivolts:
            scale = self.words.ecg_scale.format(seconds=self.words.number(seconds_of(ecg.millivolts, ecg.hertz)))
        else:
            scale = self.words.ecg_no_trace if ecg.item_id else self.words.ecg_expected_hint
        self.query_one("#ecg-scale", Line).put(scale)


def head(ecg: EcgView, words: Words) -> Content:
    if not ecg.item_id:
        return Content.assemble((f"{words.ecg_title}   {words.expected}", "bold"))
    facts = [ecg.device, ecg.age, ecg.delivery, ecg.remark, words.old if ecg.old else ""]
    title = f"{words.ecg_title}   {ecg.lead}" if ecg.lead else words.ecg_title
    return Content.assemble((title, "bold"), "\n", " · ".join(fact for fact in facts if fact))
