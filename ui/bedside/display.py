"""What is on the display: one frame, and every page in it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import ContentSwitcher

from ui.bedside.locales import Words
from ui.bedside.messages import HangUp
from ui.bedside.screens.appliances import AppliancePage, AppliancesPage, NearbyPage, PasskeyPage
from ui.bedside.screens.call import CallPage
from ui.bedside.screens.ecg import EcgPage
from ui.bedside.screens.entrance import CleaningPage, LockedPage
from ui.bedside.screens.finding import FindPage, UnknownPage
from ui.bedside.screens.handover import HandoverPage
from ui.bedside.screens.home import HomePage, StartingPage
from ui.bedside.screens.letting import LettingPage
from ui.bedside.screens.outbox import OutboxPage
from ui.bedside.screens.page import PageBody
from ui.bedside.screens.photo import PhotoPage
from ui.bedside.screens.residents import ConfirmPage, DetailsPage, ResidentsPage
from ui.bedside.screens.score import ScorePage
from ui.bedside.screens.settings import SettingsPage
from ui.bedside.screens.sound import SoundPage
from ui.bedside.screens.still import StillPage
from ui.bedside.screens.stopped import StoppedPage
from ui.bedside.screens.typed import AlgoplusPage, PadPage, PainPage
from ui.bedside.screens.vitals import VitalsPage
from ui.bedside.screens.whose import WhosePage
from ui.bedside.speaking_acts import Speak, Wear
from ui.bedside.views import Page
from ui.bedside.widgets.frame import Banner, BottomBar, StatusBar
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.live_pane import WayBack
from ui.bedside.widgets.switch import Switch
from ui.bedside.widgets.touch import Touch

FIRST: tuple[Callable[[Words], PageBody], ...] = (
    StartingPage,
    ResidentsPage,
    ConfirmPage,
    HomePage,
    LockedPage,
)
"""What a screen may begin with."""

REST: tuple[Callable[[Words], PageBody], ...] = (
    DetailsPage,
    VitalsPage,
    PadPage,
    PainPage,
    AlgoplusPage,
    ScorePage,
    EcgPage,
    PhotoPage,
    CallPage,
    SoundPage,
    StillPage,
    OutboxPage,
    HandoverPage,
    StoppedPage,
    WhosePage,
    FindPage,
    UnknownPage,
    AppliancesPage,
    AppliancePage,
    NearbyPage,
    PasskeyPage,
    LettingPage,
    SettingsPage,
    CleaningPage,
)
"""What is made while somebody already reads the first: all together would keep it away for as long again."""


class Frame(Screen[None], inherit_bindings=False):
    """What is on the display: it has no keys. ``complete`` says that every page is there; ``on_complete`` is called then."""

    ALLOW_SELECT = False

    def __init__(self, words: Words, on_complete: Callable[[], None]) -> None:
        super().__init__()
        self._words = words
        self._on_complete = on_complete
        self.complete = False
        self._coming: PageBody | None = None

    @property
    def pages(self) -> Iterator[PageBody]:
        """Those that have all that stands on them."""
        return (page for page in self.query(PageBody) if page is not self._coming)

    async def bring_rest(self) -> None:
        """One page after another, so that what comes meanwhile waits for one of them at most."""
        body = self.query_one("#body", ContentSwitcher)
        for make in REST:
            page = make(self._words)
            page.display = False
            self._coming = page
            await body.mount(page)
            self._coming = None
            await asyncio.sleep(0)
        self.complete = True
        self._on_complete()

    def compose(self) -> ComposeResult:
        words = self._words
        with Horizontal(id="status-row"):
            yield StatusBar()
            yield Switch(words, "other_language", Speak(), id="status-language")
            yield Switch(words, "other_theme", Wear(), id="status-theme")
        yield Banner(words)
        with Horizontal(id="demo"):
            yield Line(words.demonstration, id="demo-word")
            yield Line(words.leave_demonstration, id="demo-exit")
        yield Line(id="warning")
        with ContentSwitcher(initial=Page.STARTING.value, id="body"):
            for page in FIRST:
                yield page(words)
        yield Line(id="notice")
        yield WayBack(words, Touch(words.call_end, HangUp(), id="hang-up-large"))
        yield BottomBar(words)
