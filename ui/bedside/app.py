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
from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import ContentSwitcher

from edge.domain.fault import Fault
from edge.domain.text import sanitise_line
from edge.door import messages as m
from ui.bedside import messages as act, state, themes
from ui.bedside.display import Frame
from ui.bedside.held_logs import held
from ui.bedside.link import DoorLink
from ui.bedside.live import LiveSignals
from ui.bedside.locales import LANGUAGES
from ui.bedside.screens.appliances import AppliancePage, NearbyPage, PasskeyPage
from ui.bedside.screens.call import CallPage
from ui.bedside.screens.ecg import EcgPage
from ui.bedside.screens.page import PageBody
from ui.bedside.screens.photo import PhotoPage
from ui.bedside.screens.residents import ConfirmPage, ResidentsPage
from ui.bedside.screens.sound import CLIP_SECONDS, SoundPage
from ui.bedside.screens.vitals import VitalsPage
from ui.bedside.views import DEVICE_PAGES, NEEDS_RESIDENT, Page, View
from ui.bedside.widgets.frame import Banner, BottomBar, StatusBar
from ui.bedside.widgets.line import Line

log = structlog.get_logger()

DEBOUNCE_SECONDS = 0.4
"""A second tap sooner than this is the same finger (or lands on what the first one brought up)."""

NOTICE_SECONDS = 8.0

DRAWN_EVERY_SECONDS = 0.1
"""How often a running signal is drawn."""

SOUND_WITHIN_SECONDS = CLIP_SECONDS + 10.0
"""After which a clip that was asked for and did not come is not waited for any more."""


class BedsideApp(App[None], inherit_bindings=False):
    """``door`` is edge's socket. ``demo``: a way out exists even before the cart has said that it is a demo.

    ``language`` is one of ``locales.LANGUAGES``.

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
        language: str = "fr",
        theme: str = themes.NIGHT.name,
        clock: Callable[[], float] = time.monotonic,
        zone: dt.tzinfo | None = None,
    ) -> None:
        super().__init__()
        self.words = LANGUAGES[language]()
        self.page = Page.STARTING
        self.view = View()
        self.failure = ""
        self._demo = demo
        self._clock = clock
        self._zone = zone
        self._link = DoorLink(door, self._heard, self._heard_live, self._lost)
        self._signals = LiveSignals()
        self._snapshot: m.Snapshot | None = None
        self._heard_at = 0.0
        self._answering = False
        self._understood = True
        self._tapped_at = float("-inf")
        self._candidate = ""
        self._choosing = ""
        self._scans = -1
        self._recording_since: float | None = None
        self._saying = ""
        self._said_at = float("-inf")
        self.scroll_sensitivity_y = 1.0
        for one in themes.THEMES:
            self.register_theme(one)
        self.theme = theme

    def get_default_screen(self) -> Screen[None]:
        return Frame(self.words)

    def on_mount(self) -> None:
        self.set_interval(1.0, self._show)
        self.set_interval(DRAWN_EVERY_SECONDS, self._draw_live)

    def on_ready(self) -> None:
        # a snapshot that came before there is a page to put it on would be seen a second later
        self.run_worker(self._link.run(), name="door")

    # --- from the door to the screen

    def _heard(self, snapshot: m.Snapshot) -> None:
        before, self._snapshot = self._snapshot, state.clean(snapshot)
        if before is None or before.encounter_id != snapshot.encounter_id:
            # what runs was the one's before: it is not drawn for the next (H3)
            self._signals.clear()
        self._heard_at = self._clock()
        self._answering = self._understood = True
        if self._saying == self.words.not_now:
            self._saying = ""
        self._show()
        self._scanned(self._snapshot.scan)

    def _heard_live(self, said: m.LiveTrace) -> None:
        self._signals.hear(state.clean(said), self._clock())

    def _lost(self, understood: bool) -> None:
        self._answering = False
        self._understood = understood
        self._signals.clear()
        self._show()

    def _draw_live(self) -> None:
        if not self.is_running or not self.screen.is_mounted:
            return
        if self.page is Page.ECG:
            self.screen.query_one(EcgPage).show_live(self._signals.live("ecg", self._clock()))
        elif self.page is Page.SOUND:
            elapsed = None if self._recording_since is None else self._clock() - self._recording_since
            self.screen.query_one(SoundPage).progress(elapsed)

    def _scanned(self, scan: m.ScanCard) -> None:
        """A bar code that was read since: its resident is proposed, and confirmed like any other."""
        new, self._scans = -1 < self._scans < scan.number, scan.number
        if not new:
            return
        if not any(one.id == scan.patient_id for one in self.view.residents):
            self._say(self.words.scan_unknown)
        elif self.view.resident is not None and self.view.resident.id == scan.patient_id:
            self._say(self.words.scan_same)
        else:
            # a tap that was meant for the page before must not confirm somebody else
            self._tapped_at = self._clock()
            self._consider(scan.patient_id)

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
        self._await_sound(came=len(self.view.sounds) > len(before.sounds))
        self._notice()
        if self.view == before:
            return
        screen = self.screen
        screen.query_one(StatusBar).status = self.view.status
        screen.query_one(Banner).resident = self.view.resident
        screen.query_one("#demo").set_class(self.view.demo, "-shown")
        warning = screen.query_one("#warning", Line)
        warning.put(self.view.warning)
        warning.set_class(bool(self.view.warning), "-shown")
        for page in screen.query(PageBody):
            page.show(self.view)
        self._follow(before)

    def _await_sound(self, *, came: bool) -> None:
        since = self._recording_since
        if since is not None and (came or self._clock() - since > SOUND_WITHIN_SECONDS or not self._answering):
            self._recording_since = None
            if self._saying == self.words.sound_asked:
                self._saying = ""

    def _follow(self, before: View) -> None:
        """The page follows who is on screen, and a device that wants its six digits; nothing else."""
        now = self.view.resident
        if self.view.pairing.passkey and not before.pairing.passkey and self.page in DEVICE_PAGES:
            self._turn_to(Page.PASSKEY)
        elif self.page is Page.PASSKEY and not self.view.pairing.passkey:
            self._turn_to(Page.NEARBY)
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
        self._draw_live()

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
            case act.Record() if self._recording_since is None:
                self._record()
            case act.Strip(begin):
                self._ask(m.StartStrip() if begin else m.StopStrip())
            case act.PickTile(key):
                self.screen.query_one(VitalsPage).pick(key)
            case act.Consent() | act.Call() | act.Admit() | act.HangUp():
                self._do_call(wanted)
            case _:
                self._do_device(wanted)

    def _do_call(self, wanted: act.CallAct) -> None:
        page = self.screen.query_one(CallPage)
        match wanted:
            case act.Consent():
                page.turn_agreement()
            case act.Call() if page.agreed:
                self._ask(m.StartCall(consent=True))
            case act.Admit():
                self._ask(m.AdmitSpecialist())
            case act.HangUp():
                self._ask(m.EndCall())
            case _:
                log.info("tap_without_effect", act=type(wanted).__name__)

    def _do_device(self, wanted: act.Act) -> None:
        words = self.words
        one, nearby = self.screen.query_one(AppliancePage), self.screen.query_one(NearbyPage)
        match wanted:
            case act.ShowAppliance(device_id):
                one.consider(device_id)
                self._turn_to(Page.APPLIANCE)
            case act.Pair(device_id):
                nearby.expect(device_id)
                self._turn_to(Page.NEARBY)
                self._ask(m.PairDevice(device_id=device_id))
            case act.TryAppliance(device_id):
                self._ask(m.TestDevice(device_id=device_id), done=words.appliance_test_asked)
            case act.AskForget(asking):
                one.ask_forget(asking)
            case act.Forget(device_id):
                one.ask_forget(False)
                self._turn_to(Page.APPLIANCES)
                self._ask(m.ForgetDevice(device_id=device_id), done=words.appliance_forgotten)
            case act.Key(digit):
                self.screen.query_one(PasskeyPage).type(digit)
            case act.SendPasskey():
                page = self.screen.query_one(PasskeyPage)
                command = m.AnswerPasskey(device_id=self.view.pairing.device_id, passkey=int(page.typed))
                page.type("")
                self._turn_to(Page.NEARBY)
                self._ask(command, done=words.passkey_sent)
            case _:
                log.info("tap_without_effect", act=type(wanted).__name__)

    def _record(self) -> None:
        self._recording_since = self._clock()
        self._say(self.words.sound_asked)
        self._ask(m.RecordSound(source="stethoscope", seconds=CLIP_SECONDS))

    def _go(self, page: Page) -> None:
        if not self.view.started:
            return
        if page is Page.NEARBY:
            self.screen.query_one(NearbyPage).expect("")
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
            if isinstance(command, m.RecordSound):
                self._recording_since = None
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


async def run(door: Path, *, demo: bool = False, language: str = "fr", theme: str = themes.NIGHT.name) -> int:
    """Shows the screen on this terminal until it is left or the process is told to end; returns the exit code."""
    app = BedsideApp(door, demo=demo, language=language, theme=theme)
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
