"""S6: the call. The resident's agreement first, then the lobby, then the specialist whom the nurse lets in."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content

from ui.bedside.locales import Words
from ui.bedside.messages import Admit, Call, Consent, HangUp
from ui.bedside.screens.page import PageBody
from ui.bedside.views import CallPhase, CallView, Page, View
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.number import BigNumber
from ui.bedside.widgets.touch import Touch

AT_REST = frozenset({CallPhase.IDLE, CallPhase.ENDED, CallPhase.FAILED})
MEETING = frozenset({CallPhase.OPENING, CallPhase.LOBBY, CallPhase.WAITING})


class CallPage(PageBody):
    """``agreed`` is this call's agreement: never ticked beforehand, forgotten with the call and with the resident."""

    def __init__(self, words: Words) -> None:
        super().__init__(Page.CALL, words)
        self.agreed = False
        self._resident = ""
        self._call = CallView()

    def compose(self) -> ComposeResult:
        yield Line(self.words.call_title, id="call-headline", classes="headline")
        yield Line(id="call-what")
        with Horizontal(id="meeting"):
            with Vertical(id="meeting-address"):
                yield Line(self.words.call_address, classes="label")
                yield Line(id="address")
            with Vertical(id="meeting-pin"):
                yield Line(self.words.call_pin, classes="label")
                yield BigNumber(id="pin")
        with Horizontal(id="counts"):
            yield Line(id="frames", classes="figure")
            yield Line(id="numbers", classes="figure")
        yield Touch("", Consent(), id="consent", classes="choice")
        yield Line(self.words.consent_first, id="consent-first")
        with Horizontal(classes="actions"):
            yield Touch(self.words.call_end, HangUp(), id="hang-up")
            yield Touch(self.words.call_admit, Admit(), id="admit", classes="primary")
            yield Touch(self.words.call_start, None, id="start", classes="primary")

    def show(self, view: View) -> None:
        resident = view.resident.id if view.resident else ""
        if resident != self._resident or (view.call.phase not in AT_REST and self._call.phase in AT_REST):
            self.agreed = False
        self._resident = resident
        self._call = view.call
        self._draw()

    def turn_agreement(self) -> None:
        self.agreed = not self.agreed
        self._draw()

    def _draw(self) -> None:
        call = self._call
        rest = call.phase in AT_REST
        meeting = call.phase in MEETING and bool(call.address or call.pin)
        self.query_one("#call-headline", Line).put(call.headline or self.words.call_title)
        what = self.query_one("#call-what", Line)
        what.put(call.what)
        what.display = bool(call.what)
        self.query_one("#meeting").display = meeting
        self.query_one("#address", Line).put(call.address)
        self.query_one("#meeting-pin").display = bool(call.pin)
        self.query_one("#pin", BigNumber).number = call.pin
        talking = call.phase in {CallPhase.ADMITTED, CallPhase.CONNECTED}
        self.query_one("#counts").display = talking
        self.query_one("#frames", Line).put(_figure(call.frames, self.words.call_frames))
        self.query_one("#numbers", Line).put(_figure(call.numbers, self.words.call_numbers))
        consent = self.query_one("#consent", Touch)
        consent.display = rest
        consent.put((self.words.consent_yes if self.agreed else self.words.consent_no) + self.words.consent)
        consent.set_class(self.agreed, "-here")
        self.query_one("#consent-first").display = rest and not self.agreed
        start = self.query_one("#start", Touch)
        start.display = rest
        start.arm(Call() if self.agreed else None)
        self.query_one("#admit").display = call.phase is CallPhase.WAITING
        self.query_one("#hang-up").display = not rest


def _figure(count: int, word: str) -> Content:
    return Content.assemble((str(count), "bold"), f" {word}")
