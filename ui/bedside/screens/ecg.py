"""S4: the running ECG, else the newest one that is saved, as a check of its signal. No reading of it here."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content

from ui.bedside.live import WINDOW_SECONDS, LiveSignal, centred
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
        self._ecg = EcgView()
        self._live: LiveSignal | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(classes="head"):
            yield Line(id="ecg-head")
            yield Touch(self.words.undo, None, id="ecg-undo", classes="undo")
        yield TraceCurve(id="ecg-trace")
        yield Line(id="ecg-scale")
        yield Line(self.words.ecg_caption, id="ecg-caption")

    def show(self, view: View) -> None:
        self._ecg = view.ecg
        self._draw()

    def show_live(self, live: LiveSignal | None) -> None:
        if live != self._live:
            self._live = live
            self._draw()

    def _draw(self) -> None:
        ecg, live = self._ecg, self._live
        self.set_class(ecg.old, "-old")
        self.set_class(live is not None, "-live")
        self.query_one("#ecg-head", Line).put(live_head(live, self.words) if live else head(ecg, self.words))
        undo = self.query_one("#ecg-undo", Touch)
        undo.display = bool(ecg.item_id) and live is None
        undo.arm(Undo(ecg.item_id) if undo.display else None)
        self.query_one(TraceCurve).scaled = live is None or live.in_millivolts
        self.query_one(TraceCurve).millivolts = centred(live.values) if live else ecg.millivolts
        caption = self.words.ecg_live_caption if live else self.words.ecg_caption
        self.query_one("#ecg-caption", Line).put(caption)
        self.query_one("#ecg-scale", Line).put(self._scale())

    def _scale(self) -> str:
        ecg = self._ecg
        if self._live:
            words = self.words.ecg_live_scale if self._live.in_millivolts else self.words.ecg_live_no_scale
            return words.format(seconds=f"{WINDOW_SECONDS:.0f}")
        if ecg.millivolts:
            return self.words.ecg_scale.format(seconds=self.words.number(seconds_of(ecg.millivolts, ecg.hertz)))
        return self.words.ecg_no_trace if ecg.item_id else self.words.ecg_expected_hint


def live_head(live: LiveSignal, words: Words) -> Content:
    lead = words.ecg_lead.format(live.label) if live.label else words.ecg_title
    return Content.assemble((f"{words.ecg_live}   {lead}", "bold"), "\n", live.device)


def head(ecg: EcgView, words: Words) -> Content:
    if not ecg.item_id:
        return Content.assemble((f"{words.ecg_title}   {words.expected}", "bold"))
    facts = [ecg.device, ecg.age, ecg.delivery, ecg.remark, words.old if ecg.old else ""]
    title = f"{words.ecg_title}   {ecg.lead}" if ecg.lead else words.ecg_title
    return Content.assemble((title, "bold"), "\n", " · ".join(fact for fact in facts if fact))
