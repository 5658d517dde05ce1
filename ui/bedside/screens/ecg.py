"""S4: the running ECG, else the newest one that is saved, as a check of its signal. No reading of it here."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content

from ui.bedside.live import ECG, PLETH, RESPIRATION, WINDOW_SECONDS, LiveSignal, LiveSignals
from ui.bedside.locales import Words
from ui.bedside.messages import Strip, Undo
from ui.bedside.opinion_acts import OpenOpinion
from ui.bedside.screens.page import PageBody
from ui.bedside.state import seconds_of
from ui.bedside.still_acts import OpenStill
from ui.bedside.views import EcgView, Page, StripView, View
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.monitors import Monitors
from ui.bedside.widgets.touch import Touch
from ui.bedside.widgets.trace import TraceCurve


class EcgPage(PageBody):
    def __init__(self, words: Words) -> None:
        super().__init__(Page.ECG, words)
        self._ecg = EcgView()
        self._strip = StripView()
        self._live: LiveSignal | None = None
        self._pictures = False

    def compose(self) -> ComposeResult:
        with Horizontal(classes="head"):
            yield Line(id="ecg-head")
            yield Touch(self.words.strip_start, None, id="ecg-strip", classes="primary")
            yield Touch(self.words.still_open, None, id="ecg-open", classes="primary")
            yield Touch(self.words.undo, None, id="ecg-undo", classes="undo")
            yield Touch(self.words.opinion_ask_here, OpenOpinion("cardiology"), id="ecg-opinion", classes="choice")
        yield TraceCurve(id="ecg-trace")
        yield Monitors({PLETH: self.words.live_pleth, RESPIRATION: self.words.live_respiration}, id="ecg-live")
        yield Line(id="ecg-scale")
        yield Line(self.words.ecg_caption, id="ecg-caption")

    def has_pictures(self, pictures: bool) -> None:
        """Whether this display can show an ECG that is readable."""
        if pictures != self._pictures:
            self._pictures = pictures
            self._draw()

    def show(self, view: View) -> None:
        self._ecg, self._strip = view.ecg, view.strip
        self._draw()

    def show_live(self, signals: LiveSignals, now: float) -> None:
        """As often as the screen is to follow what runs."""
        if (live := signals.live(ECG, now)) != self._live:
            self._live = live
            self._draw()
        self.query_one(Monitors).draw(signals, now)

    def _draw(self) -> None:
        ecg, live = self._ecg, self._live
        self.set_class(ecg.old, "-old")
        self.set_class(live is not None, "-live")
        self.query_one("#ecg-head", Line).put(live_head(live, self.words) if live else head(ecg, self.words))
        undo = self.query_one("#ecg-undo", Touch)
        undo.display = bool(ecg.item_id) and live is None
        undo.arm(Undo(ecg.item_id) if undo.display else None)
        self.query_one("#ecg-opinion").display = bool(ecg.item_id) and not self._recording()
        look = self.query_one("#ecg-open", Touch)
        look.display = self._pictures and bool(ecg.item_id)
        look.arm(OpenStill(ecg.item_id, ecg=True) if look.display else None)
        self._draw_strip()
        self.query_one(Monitors).display = live is not None
        trace = self.query_one(TraceCurve)
        trace.display = live is None
        trace.scaled, trace.millivolts = ecg.scaled, ecg.millivolts
        running = self.words.strip_caption if self._recording() else self.words.ecg_live_caption
        caption = running if live else self.words.ecg_caption
        if ecg.item_id and not live and not self._pictures:
            caption = f"{caption}. {self.words.still_impossible}"
        self.query_one("#ecg-caption", Line).put(caption)
        self.query_one("#ecg-scale", Line).put(self._scale())

    def _recording(self) -> bool:
        return bool(self._strip.kept) and not self._strip.ending

    def _draw_strip(self) -> None:
        """One button beside the running trace: it begins to record, or stops and says how much is safe."""
        strip, button, words = self._strip, self.query_one("#ecg-strip", Touch), self.words
        button.display = self._live is not None or bool(strip.kept)
        button.set_class(self._recording(), "-recording")
        if not strip.kept:
            button.put(words.strip_start)
            button.arm(Strip(begin=True))
        else:
            button.put((words.strip_ending if strip.ending else words.strip_stop).format(strip.kept))
            button.arm(None if strip.ending else Strip(begin=False))

    def _scale(self) -> str:
        ecg = self._ecg
        if self._live:
            words = self.words.ecg_live_scale if self._live.in_millivolts else self.words.ecg_live_no_scale
            return words.format(seconds=f"{WINDOW_SECONDS:.0f}")
        if ecg.millivolts:
            shown = seconds_of(ecg.millivolts, ecg.hertz)
            scale = (self.words.ecg_scale if ecg.scaled else self.words.ecg_no_scale).format(
                seconds=self.words.number(shown)
            )
            if ecg.seconds - float(shown) < 1.0:
                return scale
            return self.words.ecg_beginning.format(seconds=f"{ecg.seconds:.0f}", rest=scale)
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
