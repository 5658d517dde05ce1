"""What is on the display: one frame, and in it each page that somebody has needed so far."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final, TypeVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import ContentSwitcher

from ui.bedside import making
from ui.bedside.locales import Words
from ui.bedside.messages import HangUp
from ui.bedside.screens.answers import AnswersPage
from ui.bedside.screens.appliances import AppliancePage, AppliancesPage, NearbyPage, PasskeyPage
from ui.bedside.screens.call import CallPage
from ui.bedside.screens.consent import ConsentPage
from ui.bedside.screens.diary import DiaryPage, PlanningPage
from ui.bedside.screens.ecg import EcgPage
from ui.bedside.screens.entrance import CleaningPage, LockedPage
from ui.bedside.screens.finding import FindPage, UnknownPage
from ui.bedside.screens.handover import HandoverPage
from ui.bedside.screens.home import HomePage, StartingPage
from ui.bedside.screens.letting import LettingPage
from ui.bedside.screens.outbox import OutboxPage
from ui.bedside.screens.page import PageBody
from ui.bedside.screens.paper import PaperPage
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
from ui.bedside.views import Page
from ui.bedside.widgets.frame import Banner, BottomBar, StatusBar
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.live_pane import WayBack
from ui.bedside.widgets.recall import Recall
from ui.bedside.widgets.touch import Touch

PAGES: Final[Mapping[Page, Callable[[Words], PageBody]]] = MappingProxyType(
    {
        Page.STARTING: StartingPage,
        Page.RESIDENTS: ResidentsPage,
        Page.CONFIRM: ConfirmPage,
        Page.HOME: HomePage,
        Page.LOCKED: LockedPage,
        Page.DETAILS: DetailsPage,
        Page.VITALS: VitalsPage,
        Page.TYPING: PadPage,
        Page.PAIN: PainPage,
        Page.ALGOPLUS: AlgoplusPage,
        Page.SCORE: ScorePage,
        Page.ECG: EcgPage,
        Page.PHOTO: PhotoPage,
        Page.CALL: CallPage,
        Page.ANSWERS: AnswersPage,
        Page.PAPER: PaperPage,
        Page.CONSENT: ConsentPage,
        Page.SOUND: SoundPage,
        Page.STILL: StillPage,
        Page.OUTBOX: OutboxPage,
        Page.HANDOVER: HandoverPage,
        Page.STOPPED: StoppedPage,
        Page.WHOSE: WhosePage,
        Page.FIND: FindPage,
        Page.UNKNOWN: UnknownPage,
        Page.APPLIANCES: AppliancesPage,
        Page.APPLIANCE: AppliancePage,
        Page.NEARBY: NearbyPage,
        Page.PASSKEY: PasskeyPage,
        Page.LETTING: LettingPage,
        Page.SETTINGS: SettingsPage,
        Page.CLEANING: CleaningPage,
        Page.DIARY: DiaryPage,
        Page.PLANNING: PlanningPage,
    }
)
"""What makes each of them, when it is first turned to or asked something."""


_Kind = TypeVar("_Kind", bound=PageBody)


class Frame(Screen[None], inherit_bindings=False):
    """What is on the display: it has no keys. ``on_made`` is told of each page once it is there with all its parts."""

    ALLOW_SELECT = False

    def __init__(self, words: Words, on_made: Callable[[PageBody], None]) -> None:
        super().__init__()
        self._words = words
        self._on_made = on_made
        self._made: dict[Page, PageBody] = {Page.STARTING: StartingPage(words)}

    def on_mount(self) -> None:
        for node in self.walk_children(with_self=True):
            making.forgetful(node)

    @property
    def pages(self) -> Sequence[PageBody]:
        """Those that somebody has needed so far."""
        return tuple(self._made.values())

    def made(self, kind: type[_Kind]) -> Iterator[_Kind]:
        """That page if somebody has needed it so far, else nothing."""
        return (page for page in self.pages if isinstance(page, kind))

    def page(self, kind: type[_Kind]) -> _Kind:
        """That page, made now if nobody has needed it yet."""
        page = self.at(next(name for name, made in PAGES.items() if made is kind))
        assert isinstance(page, kind)
        return page

    def at(self, name: Page) -> PageBody:
        """The page of that name, made now if nobody has needed it yet."""
        if name not in self._made:
            page = PAGES[name](self._words)
            page.display = False
            making.make(page, self.query_one("#body", ContentSwitcher))
            self._made[name] = page
            self._on_made(page)
        return self._made[name]

    def compose(self) -> ComposeResult:
        words = self._words
        yield StatusBar()
        yield Banner(words)
        with Horizontal(id="demo"):
            yield Line(words.demonstration, id="demo-word")
            yield Line(words.leave_demonstration, id="demo-exit")
        yield Line(id="warning")
        yield Recall()
        with ContentSwitcher(initial=Page.STARTING.value, id="body"):
            yield self._made[Page.STARTING]
        yield Line(id="notice")
        yield WayBack(words, Touch(words.call_end, HangUp(), id="hang-up-large"))
        yield BottomBar(words)
