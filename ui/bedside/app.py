"""The bedside screen: one frame, one page at a time, and the only place where a tap becomes a command."""

from __future__ import annotations

import asyncio
import datetime as dt
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import structlog
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import ContentSwitcher

from edge.domain.fault import Fault
from edge.domain.text import sanitise_line
from edge.door import messages as m
from ui.bedside import messages as act, state, themes
from ui.bedside.held_logs import held
from ui.bedside.link import DoorLink
from ui.bedside.locales import Words
from ui.bedside.screens.call import CallPage
from ui.bedside.screens.ecg import EcgPage
from ui.bedside.screens.home import HomePage, StartingPage
from ui.bedside.screens.outbox import OutboxPage
from ui.bedside.screens.page import PageBody
from ui.bedside.screens.photo import PhotoPage
from ui.bedside.screens.residents import ConfirmPage, DetailsPage, ResidentsPage
from ui.bedside.screens.vitals import VitalsPage
from ui.bedside.views import NEEDS_RESIDENT, Page, View
from ui.bedside.widgets.frame import Banner, BottomBar, StatusBar
from ui.bedside.widgets.line import Line

log = structlog.get_logger()

DEBOUNCE_SECONDS = 0.4
"""A second tap sooner than this is the same finger (or lands on what the first one brought up)."""

NOTICE_SECONDS = 8.0


class Frame(Screen[None], inherit_bindings=False):
    """What is on the display: it has no keys."""

    ALLOW_SELECT = False

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words

    def compose(self) -> ComposeResult:
        words = self._words
        yield StatusBar()
        yield Banner(words)
        with Horizontal(id="demo"):
            yield Line(words.demonstration, id="demo-word")
            yield Line(words.leave_demonstration, id="demo-exit")
        with ContentSwitcher(initial=Page.STARTING.value, id="body"):
            yield StartingPage(words)
            yield ResidentsPage(words)
            yield ConfirmPage(words)
            yield DetailsPage(words)
            yield HomePage(words)
            yield VitalsPage(words)
            yield EcgPage(words)
            yield PhotoPage(words)
            yield CallPage(words)
            yield OutboxPage(words)
        yield Line(id="notice")
        yield BottomBar(words)


class BedsideApp(App[None], inherit_bindings=False):
    """``door`` is edge's socket. ``demo``: a way out exists even before the cart has said that it is a demo.

    ``clock`` counts seconds and never goes back; ``zone`` is where the wall clock is read, by default the machine's.
    """

    CSS_PATH = "bedside.tcss"
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f10,ctrl+c", "leave_demonstration", show=False, priority=True),
    ]

    def __init__(
        self,
        door: Path,
        *,
        demo: bool = False,
        theme: str = themes.NIGHT.name,
        clock: Callable[[], float] = time.monotonic,
        zone: dt.tzinfo | None = None,
    ) -> None:
        super().__init__()
        self.words = Words()
        self.page = Page.STARTING
        self.view = View()
        self.failure = ""
        self._demo = demo
        self._clock = clock
        self._zone = zone
        self._link = DoorLink(door, self._heard, self._lost)
        self._snapshot: m.Snapshot | None = None
        self._heard_at = 0.0
        self._answering = False
        self._understood = True
        self._tapped_at = float("-inf")
        self._candidate = ""
        self._choosing = ""
        self._saying = ""
        self._said_at = float("-inf")
        self.scroll_sensitivity_y = 1.0
        for one in themes.THEMES:
            self.register_theme(one)
        self.theme = theme

    def get_default_screen(self) -> Screen[None]:
        return Frame(self.words)

    def on_mount(self) -> None:
        self.run_worker(self._link.run(), name="door")
        self.set_interval(1.0, self._show)

    # --- from the door to the screen

    def _heard(self, snapshot: m.Snapshot) -> None:
        self._snapshot = state.clean(snapshot)
        self._heard_at = self._clock()
        self._answering = self._understood = True
        if self._saying == self.words.not_now:
            self._saying = ""
        self._show()

    def _lost(self, understood: bool) -> None:
        self._answering = False
        self._understood = understood
        self._show()

    def _show(self) -> None:
        """Puts what is known now on the frame and on every page."""
        if not self.is_running or not self.screen.is_mounted:
            return
        before = self.view
        if self._snapshot is not None:
            elapsed = self._clock() - self._heard_at
            self.view = state.view(
                self._snapshot, self.words, elapsed=elapsed, old=not self._answering, zone=self._zone
            )
        if self._saying == self.words.photo_asked and len(self.view.shots) > len(before.shots):
            self._saying = ""
        self._notice()
        if self.view == before:
            return
        screen = self.screen
        screen.query_one(StatusBar).status = self.view.status
        screen.query_one(Banner).resident = self.view.resident
        screen.query_one("#demo").set_class(self.view.demo, "-shown")
        for page in screen.query(PageBody):
            page.show(self.view)
        self._follow(before)

    def _follow(self, before: View) -> None:
        """The page follows who is on screen, and nothing else."""
        now = self.view.resident
        if now and now.id == self._choosing:
            self._choosing = self._candidate = ""
            self._turn_to(Page.HOME)
        elif now is None and (self.page in NEEDS_RESIDENT or self.page in {Page.STARTING, Page.DETAILS}):
            self._turn_to(Page.RESIDENTS)
        elif now and (self.page is Page.STARTING or (before.resident and before.resident.id != now.id)):
            self._turn_to(Page.HOME)

    def _notice(self) -> None:
        line = self.screen.query_one("#notice", Line)
        text, urgent = self.view.notice, False
        if self._saying and self._clock() - self._said_at < NOTICE_SECONDS:
            text = self._saying
        if not self._understood:
            text, urgent = self.words.other_version, True
        elif self._snapshot is not None and not self._answering:
            text, urgent = self.words.restarting.format(clock=self.view.as_of), True
        line.put(text)
        line.set_class(urgent, "-urgent")

    def _say(self, text: str) -> None:
        self._saying = sanitise_line(text)
        self._said_at = self._clock()
        self._notice()

    def _turn_to(self, page: Page) -> None:
        self.page = page
        self.screen.query_one("#body", ContentSwitcher).current = page.value
        self.screen.query_one(BottomBar).mark(page)

    # --- from a finger to the door

    def on_tapped(self, tapped: act.Tapped) -> None:
        now = self._clock()
        if now - self._tapped_at < DEBOUNCE_SECONDS:
            return
        self._tapped_at = now
        self._do(tapped.act)

    def _do(self, wanted: act.Act) -> None:
        words = self.words
        match wanted:
            case act.Go(page):
                self._go(page)
            case act.Consider(resident_id):
                self._consider(resident_id)
            case act.Confirm() if self._candidate:
                self._choosing = self._candidate
                self._ask(m.SelectResident(patient_id=self._candidate))
            case act.Floor(floor):
                self.screen.query_one(ResidentsPage).choose_floor(floor)
            case act.Release():
                self._ask(m.ReleaseResident())
            case act.Finish():
                self._ask(m.FinishRound(), done=words.finished)
            case act.Undo(item_id):
                self._ask(m.MarkEnteredInError(item_id=item_id), done=words.undo_asked)
            case act.ChooseView(name):
                self.screen.query_one(PhotoPage).choose(name)
            case act.Take():
                self._say(words.photo_asked)
                self._ask(m.TakePhoto(view=self.screen.query_one(PhotoPage).chosen))
            case act.Consent():
                self.screen.query_one(CallPage).turn_agreement()
            case act.Call() if self.screen.query_one(CallPage).agreed:
                self._ask(m.StartCall(consent=True))
            case act.Admit():
                self._ask(m.AdmitSpecialist())
            case act.HangUp():
                self._ask(m.EndCall())
            case _:
                log.info("tap_without_effect", act=type(wanted).__name__)

    def _go(self, page: Page) -> None:
        if not self.view.started:
            return
        if page in NEEDS_RESIDENT | {Page.DETAILS} and self.view.resident is None:
            if self.page is not Page.RESIDENTS or page is not Page.HOME:
                self._say(self.words.choose_first)
            page = Page.RESIDENTS
        self._turn_to(page)

    def _consider(self, resident_id: str) -> None:
        one = next((one for one in self.view.residents if one.id == resident_id), None)
        if one is not None:
            self._candidate = one.id
            self.screen.query_one(ConfirmPage).consider(one)
            self._turn_to(Page.CONFIRM)

    def _ask(self, command: m.Command, done: str = "") -> None:
        self.run_worker(self._asked(command, done), name="ask")

    async def _asked(self, command: m.Command, done: str) -> None:
        """Asks and tells how it went."""
        try:
            await self._link.ask(command)
        except Fault as fault:
            self._choosing = ""
            log.info("command_failed", command=type(command).__name__, reason=fault.reason)
            self._say(self.words.fault(fault))
            return
        if done:
            self._say(done)
        self._show()

    # --- the ways out

    def action_leave_demonstration(self) -> None:
        if self._demo or self.view.demo:
            self.exit()

    def _fatal_error(self) -> None:
        """Where it happened and of which kind; neither the words nor the variables, which may hold a patient (T20)."""
        kind, _, where = sys.exc_info()
        frames = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(where)]
        self.failure = f"{kind.__name__ if kind else 'unknown'} at {frames[-1] if frames else 'unknown'}"
        self._close_messages_no_wait()


async def run(door: Path, *, demo: bool = False, theme: str = themes.NIGHT.name) -> int:
    """Shows the screen on this terminal until it is left or the process is told to end; returns the exit code."""
    app = BedsideApp(door, demo=demo, theme=theme)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, app.exit)
    try:
        with held():
            await app.run_async()
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
    if app.failure:
        log.error("screen_failed", where=app.failure)
        return 1
    return 0
