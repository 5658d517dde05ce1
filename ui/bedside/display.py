"""What is on the display: one frame, and every page in it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import ContentSwitcher

from ui.bedside.locales import Words
from ui.bedside.screens.appliances import AppliancePage, AppliancesPage, NearbyPage, PasskeyPage
from ui.bedside.screens.call import CallPage
from ui.bedside.screens.ecg import EcgPage
from ui.bedside.screens.entrance import CleaningPage, LockedPage
from ui.bedside.screens.finding import FindPage, UnknownPage
from ui.bedside.screens.home import HomePage, StartingPage
from ui.bedside.screens.outbox import OutboxPage
from ui.bedside.screens.photo import PhotoPage
from ui.bedside.screens.residents import ConfirmPage, DetailsPage, ResidentsPage
from ui.bedside.screens.score import ScorePage
from ui.bedside.screens.sound import SoundPage
from ui.bedside.screens.typed import AlgoplusPage, PadPage, PainPage
from ui.bedside.screens.vitals import VitalsPage
from ui.bedside.screens.whose import WhosePage
from ui.bedside.views import Page
from ui.bedside.widgets.frame import Banner, BottomBar, StatusBar
from ui.bedside.widgets.line import Line


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
        yield Line(id="warning")
        with ContentSwitcher(initial=Page.STARTING.value, id="body"):
            yield StartingPage(words)
            yield ResidentsPage(words)
            yield ConfirmPage(words)
            yield DetailsPage(words)
            yield HomePage(words)
            yield VitalsPage(words)
            yield PadPage(words)
            yield PainPage(words)
            yield AlgoplusPage(words)
            yield ScorePage(words)
            yield EcgPage(words)
            yield PhotoPage(words)
            yield CallPage(words)
            yield SoundPage(words)
            yield OutboxPage(words)
            yield WhosePage(words)
            yield FindPage(words)
            yield UnknownPage(words)
            yield AppliancesPage(words)
            yield AppliancePage(words)
            yield NearbyPage(words)
            yield PasskeyPage(words)
            yield LockedPage(words)
            yield CleaningPage(words)
        yield Line(id="notice")
        yield BottomBar(words)
