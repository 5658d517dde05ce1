"""The bedside screen: one frame, one page at a time; what the cart says goes onto it, and a tap is handed on."""

from __future__ import annotations

import datetime as dt
import sys
import time
import traceback
from collections.abc import Callable, Sequence
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
from ui.bedside.acting import Acting
from ui.bedside.display import Frame
from ui.bedside.following import Following
from ui.bedside.graphics import LETTERS, Graphics
from ui.bedside.link import DoorLink
from ui.bedside.live import LiveSignals
from ui.bedside.locales import LANGUAGES
from ui.bedside.making import make_ahead
from ui.bedside.screens.appliances import NearbyPage
from ui.bedside.screens.ecg import EcgPage
from ui.bedside.screens.page import PageBody
from ui.bedside.screens.residents import ConfirmPage
from ui.bedside.screens.sound import CLIP_SECONDS, SoundPage
from ui.bedside.still_hand import StillHand
from ui.bedside.styles import STYLES
from ui.bedside.tidying import Tidying
from ui.bedside.views import NEEDS_RESIDENT, Page, View
from ui.bedside.widgets.frame import Banner, BottomBar, StatusBar
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.recall import Recall

log = structlog.get_logger()

DEBOUNCE_SECONDS = 0.4
"""A second tap sooner than this is the same finger (or lands on what the first one brought up)."""

NOTICE_SECONDS = 8.0

AWAKE_SECONDS = 20.0
"""How often at most the cart is told that somebody touches the screen."""

DRAWN_EVERY_SECONDS = 0.05
"""How often a running signal is drawn."""

LOOKED_EVERY_SECONDS = 0.2
"""How often it is looked at whether running and still pictures are where, and what, they are to be."""

SOUND_WITHIN_SECONDS = CLIP_SECONDS + 10.0
"""After which a clip that was asked for and did not come is not waited for any more."""


class BedsideApp(App[None], inherit_bindings=False):
    """``door`` is edge's socket. ``demo``: a way out exists even before the cart has said that it is a demo.

    ``language`` is one of ``locales.LANGUAGES``.

    ``ahead`` is made while nobody waits for it.

    ``clock`` counts seconds and never goes back; ``zone`` is where the wall clock is read, by default the machine's.
    ``pictures`` is what the terminal shows beside letters, ``pixel_mm`` how large its pixels are, None where nobody said it.
    """

    CSS_PATH = list(STYLES)  # noqa: RUF012
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
        pictures: Graphics = LETTERS,
        pixel_mm: float | None = None,
        ahead: Sequence[Page] = (),
    ) -> None:
        super().__init__()
        self._ahead = ahead
        self.words = LANGUAGES[language]()
        self.page = Page.STARTING
        self.view = View()
        self.failure = ""
        self._demo = demo
        self.now = clock
        self._zone = zone
        self._link = DoorLink(door, self._heard, self._heard_live, self._lost, self._heard_earlier)
        self._signals = LiveSignals()
        self.stills = StillHand(self, pictures, pixel_mm, zone)
        self._acting = Acting(self)
        self._snapshot: m.Snapshot | None = None
        self._heard_at = 0.0
        self._answering = False
        self._understood = True
        self.tidying: Tidying | None = None
        self.tapped_at = float("-inf")
        self.candidate = ""
        self.choosing = ""
        self.beginning = False
        self.recording_since: float | None = None
        self._looking = False
        self._following = Following(self)
        self._saying = ""
        self._said_at = float("-inf")
        self._awake_at = float("-inf")
        self.scroll_sensitivity_y = 1.0
        for one in themes.THEMES:
            self.register_theme(one)
        self.theme = theme

    def get_default_screen(self) -> Screen[None]:
        return Frame(self.words, self._made)

    def on_mount(self) -> None:
        self.set_interval(1.0, self._show)

    def on_ready(self) -> None:
        # a snapshot that came before there is a page to put it on would be seen a second later
        self.run_worker(self._link.run(), name="door")

    @property
    def frame(self) -> Frame:
        """What is on the display, while the screen runs."""
        frame = self.screen
        assert isinstance(frame, Frame)
        return frame

    @property
    def complete(self) -> bool:
        """Whether the first page that the cart asked for has been drawn."""
        return self._looking and self._frame is not None

    @property
    def _frame(self) -> Frame | None:
        """None before there is one, and after."""
        if not self.is_running or not self.screen_stack:
            return None
        frame = self.screen
        return frame if isinstance(frame, Frame) and frame.is_mounted else None

    def _made(self, page: PageBody) -> None:
        if self.view.started:
            page.show(self.view)

    def _first_drawn(self) -> None:
        if self._looking or (frame := self._frame) is None:
            return
        if not frame.at(self.page).region:
            self.call_after_refresh(self._first_drawn)
            return
        self._looking = True
        self.set_interval(LOOKED_EVERY_SECONDS, self.stills.look)
        self.set_interval(DRAWN_EVERY_SECONDS, self._draw_live)
        self.set_interval(LOOKED_EVERY_SECONDS, self._acting.windows.look)
        make_ahead(self, frame.at, self._ahead)
        if self.tidying:
            self.tidying.begin()

    # --- from the door to the screen

    def _heard(self, snapshot: m.Snapshot) -> None:
        before, self._snapshot = self._snapshot, state.clean(snapshot)
        if before is None or before.encounter_id != snapshot.encounter_id:
            # what runs was the one's before: it is not drawn for the next (H3)
            self._signals.clear()
        self._heard_at = self.now()
        self._answering = self._understood = True
        if self._saying == self.words.not_now:
            self._saying = ""
        self._show()
        self.stills.strip(self._snapshot.strip)
        self._following.scanned(self._snapshot)

    def _heard_earlier(self, said: m.Pictured) -> None:
        self.stills.heard(state.clean(said))

    def _heard_live(self, said: m.LiveTrace) -> None:
        self._signals.hear(state.clean(said), self.now())

    def _lost(self, understood: bool) -> None:
        self._answering = False
        self._understood = understood
        self._signals.clear()
        self._show()

    def _draw_live(self) -> None:
        if not self.complete:
            return
        if self.page is Page.CLEANING:
            self._acting.clean_on()
        elif self.page is Page.ECG:
            self.frame.page(EcgPage).show_live(self._signals, self.now())
        elif self.page is Page.SOUND:
            elapsed = None if self.recording_since is None else self.now() - self.recording_since
            self.frame.page(SoundPage).progress(elapsed)

    def _show(self) -> None:
        """Puts what is known now on the frame and on every page."""
        screen = self._frame
        if screen is None:
            return
        before = self.view
        if self._snapshot is not None:
            elapsed = self.now() - self._heard_at
            self.view = state.view(
                self._snapshot, self.words, elapsed=elapsed, old=not self._answering, zone=self._zone
            )
        answered = len(self.view.shots) > len(before.shots) or self.view.notice != before.notice
        if self._saying == self.words.photo_asked and answered:
            self._saying = ""
        self._await_sound(came=len(self.view.sounds) > len(before.sounds))
        self._notice()
        if self.view == before:
            return
        screen.query_one(StatusBar).status = self.view.status
        screen.query_one(Banner).resident = self.view.resident
        screen.query_one(BottomBar).allow(self.view.lock)
        screen.query_one(Recall).draw(self.view.diary.recall, self.page)
        screen.query_one("#demo").set_class(self.view.demo, "-shown")
        warning = screen.query_one("#warning", Line)
        warning.put(self.view.warning)
        warning.set_class(bool(self.view.warning), "-shown")
        for page in screen.pages:
            page.show(self.view)
        self._following.follow(before)
        self._acting.follow(before)
        self.stills.follow(before)
        if before == View():
            # what is shown is to be seen first
            self.call_after_refresh(self._first_drawn)

    def tell_again(self) -> None:
        """In the words of now, whatever was told before."""
        self._saying = ""
        self._show()
        self._notice()

    def _await_sound(self, *, came: bool) -> None:
        since = self.recording_since
        if since is not None and (came or self.now() - since > SOUND_WITHIN_SECONDS or not self._answering):
            self.recording_since = None
            if self._saying == self.words.sound_asked:
                self._saying = ""

    def _notice(self) -> None:
        line = self.screen.query_one("#notice", Line)
        text, urgent = self.view.notice, False
        if self._saying and self.now() - self._said_at < NOTICE_SECONDS:
            text = self._saying
        if not self._understood:
            text, urgent = self.words.other_version, True
        elif self._snapshot is not None and not self._answering:
            text, urgent = self.words.restarting.format(clock=self.view.as_of), True
        line.put(text)
        line.set_class(urgent, "-urgent")

    def say(self, text: str) -> None:
        self._saying = sanitise_line(text)
        self._said_at = self.now()
        self._notice()

    def turn_to(self, page: Page) -> None:
        self.frame.at(page)
        self.page = page
        self.screen.query_one("#body", ContentSwitcher).current = page.value
        self.screen.query_one(BottomBar).mark(page)
        self.screen.query_one(Recall).draw(self.view.diary.recall, page)
        for part in (BottomBar, Banner):
            self.screen.query_one(part).display = page not in {Page.LOCKED, Page.CLEANING}
        if page in {Page.STILL, Page.PAPER}:
            self.screen.query_one(BottomBar).display = False
        if self.complete:
            self._acting.windows.look()
            self.stills.look()
            self._draw_live()

    # --- from a finger to the door

    def on_tapped(self, tapped: act.Tapped) -> None:
        # another clock than the machine's cannot say when the finger came
        came = tapped.down if self.now is time.monotonic else self.now()
        if came - self.tapped_at < DEBOUNCE_SECONDS:
            return
        self.tapped_at = came
        if self.page is Page.CLEANING:
            return
        before = self.page
        self._stay_awake(came)
        self._acting.do(tapped.act)
        if self.page is not before:
            self.page_moved()
        if self.tidying:
            self.tidying.tapped()

    def _stay_awake(self, now: float) -> None:
        """The cart hears that somebody is there; not of every tap."""
        if self.view.lock.required and not self.view.lock.locked and now - self._awake_at > AWAKE_SECONDS:
            self._awake_at = now
            self.ask(m.Awake())

    def page_moved(self) -> None:
        """What stood elsewhere a moment ago is not touched by a finger that was on its way."""
        self.tapped_at = self.now()

    def go(self, page: Page) -> None:
        if not self.view.started or self.view.lock.locked:
            return
        if page is Page.NEARBY:
            self.frame.page(NearbyPage).expect("")
        if page in NEEDS_RESIDENT | {Page.DETAILS} and self.view.resident is None:
            if self.page is not Page.RESIDENTS or page is not Page.HOME:
                self.say(self.words.choose_first)
            page = Page.RESIDENTS
        self.turn_to(page)

    def consider(self, resident_id: str) -> None:
        one = next((one for one in self.view.residents if one.id == resident_id), None)
        if one is not None:
            self.candidate = one.id
            self.frame.page(ConfirmPage).consider(one)
            self.turn_to(Page.CONFIRM)

    async def told(self, command: m.Command) -> None:
        """For what the screen says by itself: nobody is told how it went. Raises Fault."""
        await self._link.ask(command)

    def ask(self, command: m.Command, done: str = "") -> None:
        self.run_worker(self._asked(command, done), name="ask")

    async def _asked(self, command: m.Command, done: str) -> None:
        """Asks and tells how it went."""
        try:
            await self._link.ask(command)
        except Fault as fault:
            self.choosing = ""
            self.beginning = False
            if isinstance(command, m.RecordSound):
                self.recording_since = None
            log.info("command_failed", command=type(command).__name__, reason=fault.reason)
            self.say(self.words.fault(fault))
            return
        if done:
            self.say(done)
        self._show()

    # --- the ways out

    def on_unmount(self) -> None:
        self.stills.close()

    def action_leave_demonstration(self) -> None:
        if self._demo or self.view.demo:
            self.exit()

    def _fatal_error(self) -> None:
        """Where it happened and of which kind; neither the words nor the variables, which may hold a patient (T20)."""
        kind, _, where = sys.exc_info()
        frames = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(where)]
        self.failure = f"{kind.__name__ if kind else 'unknown'} at {frames[-1] if frames else 'unknown'}"
        self._close_messages_no_wait()
