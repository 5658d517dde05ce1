"""S6: calls and opinions. At rest two columns; in a call the lobby, then the specialist whom the nurse lets in."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content

from ui.bedside.locales import Words
from ui.bedside.messages import Admit, HangUp
from ui.bedside.screens.page import PageBody
from ui.bedside.views import CallPhase, CallView, Page, View
from ui.bedside.widgets.asking import AtRest
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.live_pane import CallPane
from ui.bedside.widgets.number import BigNumber
from ui.bedside.widgets.touch import Touch
from ui.bedside.window_acts import PutNoteAway

AT_REST = frozenset({CallPhase.IDLE, CallPhase.ENDED, CallPhase.FAILED})
TALKING = frozenset({CallPhase.ADMITTED, CallPhase.CONNECTED})
MEETING = frozenset({CallPhase.OPENING, CallPhase.LOBBY, CallPhase.WAITING})


class CallPage(PageBody):
    """A call begins where something that was said allows it (H19)."""

    def __init__(self, words: Words) -> None:
        super().__init__(Page.CALL, words)
        self._resident = ""
        self._call = CallView()
        self._view = View()
        self._large = False
        self._read: tuple[str, ...] = ()
        self.room = True

    def put_note_away(self) -> None:
        """The note was read."""
        self._read = self._call.note
        self._draw()

    @property
    def agreed(self) -> bool:
        return self._view.consent.allows

    # --- the specialist's picture

    @property
    def is_talking(self) -> bool:
        """Her window is wanted."""
        return self._call.phase in TALKING and self._view.window.possible

    @property
    def filled(self) -> bool:
        """It fills the screen, facing the resident."""
        return self._large and self.is_talking

    def fill(self, large: bool) -> None:
        self._large = large
        self._draw()

    def has_room(self, room: bool) -> None:
        if room != self.room:
            self.room = room
            self._draw()

    def _draw_talking(self) -> None:
        pane, shown = self.query_one(CallPane), self.is_talking
        pane.display = shown and not self._large
        if shown:
            for part in ("#counts", "#call-what", "#meeting"):
                self.query_one(part).display = False
            self.query_one("#actions").display = False
            self.query_one("#call-headline").display = not self._large
            self.query_one("#talking-frames", Line).put(_figure(self._call.frames, self.words.call_frames))
            self.query_one("#talking-numbers", Line).put(_figure(self._call.numbers, self.words.call_numbers))
            pane.draw(self._view.window, room=self.room)
        else:
            self._large = False
            self.query_one("#call-headline").display = True
            self.query_one("#actions").display = True

    def compose(self) -> ComposeResult:
        yield Line(self.words.call_title, id="call-headline", classes="headline")
        yield Line(id="call-what")
        with VerticalScroll(id="call-note-room"):
            yield Line(id="call-note")
        yield Touch(self.words.note_read, PutNoteAway(), id="note-read", classes="primary")
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
        yield AtRest(self.words)
        yield CallPane(
            self.words,
            Line(id="talking-frames"),
            Line(id="talking-numbers"),
            Touch(self.words.call_end, HangUp(), id="talking-end", classes="choice"),
        )
        with Horizontal(id="actions", classes="actions"):
            yield Touch(self.words.call_end, HangUp(), id="hang-up")
            yield Touch(self.words.call_admit, Admit(), id="admit", classes="primary")

    def show(self, view: View) -> None:
        resident = view.resident.id if view.resident else ""
        if resident != self._resident or (view.call.phase not in AT_REST and self._call.phase in AT_REST):
            self.query_one(AtRest).forget()
        self._resident = resident
        self._call = view.call
        self._view = view
        self._draw()

    def _draw(self) -> None:
        call = self._call
        rest = call.phase in AT_REST
        meeting = call.phase in MEETING and bool(call.address or call.pin)
        self.query_one("#call-headline", Line).put(call.who or call.headline or self.words.call_title)
        what = self.query_one("#call-what", Line)
        what.put(call.what)
        what.display = bool(call.what)
        self.query_one("#call-note", Line).put("\n".join(call.note))
        # beside her window there is no room, whose place is fixed
        to_read = bool(call.note) and not self.is_talking and call.note != self._read
        self.query_one("#call-note-room").display = to_read
        self.query_one("#note-read").display = to_read and rest
        self.query_one("#meeting").display = meeting
        self.query_one("#address", Line).put(call.address)
        self.query_one("#meeting-pin").display = bool(call.pin)
        self.query_one("#pin", BigNumber).number = call.pin
        talking = call.phase in TALKING
        self.query_one("#counts").display = talking
        self.query_one("#frames", Line).put(_figure(call.frames, self.words.call_frames))
        self.query_one("#numbers", Line).put(_figure(call.numbers, self.words.call_numbers))
        at_rest = self.query_one(AtRest)
        at_rest.display = rest and not to_read
        at_rest.draw(self._view)
        self.query_one("#admit").display = call.phase is CallPhase.WAITING
        self.query_one("#hang-up").display = not rest
        self._draw_talking()
        if rest:
            self.query_one("#actions").display = False
            self.query_one("#call-headline").display = bool(call.headline)


def _figure(count: int, word: str) -> Content:
    return Content.assemble((str(count), "bold"), f" {word}")
