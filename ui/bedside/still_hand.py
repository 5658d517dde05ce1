"""What the places for still pictures show: asked of the cart, drawn by the worker, and forgotten with the resident (H3)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import structlog
from textual.color import Color

from edge.domain import ecg_paper
from edge.domain.fault import Fault, Reason
from edge.door import messages as m
from ui.bedside import still_acts as act
from ui.bedside.face_hand import FaceHand
from ui.bedside.graphics import Graphics, cell_now
from ui.bedside.paper_hand import PaperHand
from ui.bedside.portrait_hand import PortraitHand
from ui.bedside.screens.answers import AnswersPage
from ui.bedside.screens.ecg import EcgPage
from ui.bedside.screens.photo import PhotoPage
from ui.bedside.screens.still import StillPage
from ui.bedside.still_window import StillWindow
from ui.bedside.views import Page, View
from ui.bedside.widgets.face import Portrait
from ui.bedside.widgets.paper import Paper
from ui.bedside.widgets.still import Shows, Still
from ui.drawing.hand import DrawingHand
from ui.drawing.messages import Drawn, EcgWanted, PhotoWanted, Space, Way

if TYPE_CHECKING:
    from ui.bedside.app import BedsideApp

log = structlog.get_logger()

USUAL_PIXEL_MM: Final = 0.17
"""Of a display of 10.1 inches and 1280 pixels: what is drawn with where the site has not said its own, and said so."""

AGAIN_SECONDS: Final = 5.0
"""After which what did not come is asked for once more."""

MOST_TRIES: Final = 3
STRIP_SECONDS: Final = 10.0
MOST_CONTENTS, MOST_DRAWN = 6, 8


@dataclasses.dataclass(frozen=True, slots=True)
class Attempt:
    """What a picture is made of: another one of these is another picture."""

    shows: Shows
    space: Space
    encounter_id: str
    who: str
    background: tuple[int, int, int]
    language: str


@dataclasses.dataclass(slots=True)
class _Question:
    asked_at: float
    tries: int = 1
    refused: str = ""


class StillHand:
    """``pictures`` is how the terminal shows one, ``pixel_mm`` how large its pixels are, None where nobody said it.

    ``zone`` is where the wall clock is read. ``look`` is called often and does what is to be done: it never waits.
    """

    def __init__(
        self,
        app: BedsideApp,
        pictures: Graphics,
        pixel_mm: float | None,
        zone: dt.tzinfo | None,
    ) -> None:
        self._app = app
        self._pictures = pictures
        self._pixel_mm = pixel_mm
        self._zone = zone
        self.drawing = DrawingHand()
        self.faces = FaceHand(app, pictures, self.drawing)
        self.portrait = PortraitHand(app, pictures, self.drawing)
        self.papers = PaperHand(app, pictures, self.drawing, pixel_mm or USUAL_PIXEL_MM)
        self.window = StillWindow(app, pictures, pixel_mm or USUAL_PIXEL_MM)
        self._encounter = self._resident = ""
        self._contents: OrderedDict[tuple[str, bool], m.Earlier] = OrderedDict()
        self._questions: dict[tuple[str, bool], _Question] = {}
        self._drawn: OrderedDict[Attempt, Drawn] = OrderedDict()
        self._undrawable: dict[Attempt, tuple[str, float]] = {}
        self._under_way: Attempt | None = None
        self._back = Page.HOME
        self._stops_at: float | None = None
        self.came: dict[str, float] = {}
        """When an ECG was first seen on this screen, by its id; and how long it took to stand there, for the bench."""

    @property
    def possible(self) -> bool:
        """Whether this display shows a readable ECG: among the letters, or in a window beside them."""
        return self._pictures.way is not None or self.window.possible

    def close(self) -> None:
        self.drawing.close()

    # --- from the cart

    def heard(self, said: m.Pictured) -> None:
        """Only of who is on screen now: what was asked for the one before is left out (H3)."""
        if isinstance(said, m.AnswerPage):
            self.papers.heard(said)
            return
        if isinstance(said, m.Face):
            self.faces.heard(said)
            self.portrait.heard(said)
            return
        if not self._encounter or said.encounter_id != self._encounter:
            log.info("still_of_another_round")
            return
        self._contents[said.prior_id, said.ecg is not None] = said
        while len(self._contents) > MOST_CONTENTS:
            self._contents.popitem(last=False)
        self.look()

    def follow(self, before: View) -> None:
        """With every view: whose pictures may be shown, and an ECG that has just come."""
        now = self._app.view
        whose = ("", "") if now.lock.locked or not now.resident else (now.encounter_id, now.resident.id)
        if whose != (self._encounter, self._resident):
            self._encounter, self._resident = whose
            self.forget()
        came = now.ecg.item_id and now.ecg.item_id != before.ecg.item_id
        if came and before.encounter_id == now.encounter_id:
            self.came[now.ecg.item_id] = time.perf_counter()
            if self._app.page is Page.ECG and self.possible:
                self.do(act.OpenStill(now.ecg.item_id, ecg=True))
        self.look()

    def forget(self) -> None:
        """Nothing of the resident before is kept, and no place shows it any more."""
        self._contents.clear()
        self._questions.clear()
        self._drawn.clear()
        self._undrawable.clear()
        self.came.clear()
        self._stops_at = None
        for still in self._app.screen.query(Still):
            still.attempt = None
            still.put(None)
            still.shows = None
        for page in self._app.frame.made(StillPage):
            page.shut()
        self.window.gone()
        self.faces.forget()
        self.portrait.forget()
        self.papers.forget()

    def strip(self, card: m.StripCard) -> None:
        """What was begun as ten seconds is ended after ten seconds that are safe."""
        if card.state == "none":
            return
        if self._stops_at is not None and card.state == "recording" and card.safe_seconds >= self._stops_at:
            self._stops_at = None
            self._app.ask(m.StopStrip())

    def strip_begun(self, begin: bool) -> None:
        self._stops_at = STRIP_SECONDS if begin else None

    # --- from a finger

    def takes(self, wanted: object) -> bool:
        """Whether it was for this hand; then it is done."""
        if not isinstance(wanted, act.StillAct):
            return self.papers.takes(wanted)
        self.do(wanted)
        return True

    def do(self, wanted: act.StillAct) -> None:
        page = self._app.frame.page(StillPage)
        match wanted:
            case act.OpenStill() if self._app.page is Page.STILL:
                return
            case act.OpenStill(prior_id, ecg):
                self._back = self._app.page
                page.open(Shows(prior_id, ecg), self._app.view)
                self._app.turn_to(Page.STILL)
            case act.CloseStill() | act.RecordAgain():
                page.shut()
                self._app.turn_to(self._back if self._app.view.resident else Page.RESIDENTS)
            case act.TurnPaper():
                page.turn_paper()
            case act.TurnGain():
                page.turn_gain()
        self.look()

    # --- what is to be seen

    def look(self) -> None:
        if not self._app.is_running or not self._app.screen.is_mounted:
            return
        for ecg in self._app.frame.made(EcgPage):
            ecg.has_pictures(self.possible)
        for photo in self._app.frame.made(PhotoPage):
            photo.has_pictures(self._pictures.way is not None)
        for answers in self._app.frame.made(AnswersPage):
            answers.has_pictures(self.possible)
        here = self._app.frame.at(self._app.page)
        for still in here.query(Still):
            if still.display and still.size.width > 0 and not isinstance(still, Portrait | Paper):
                self._settle(still)
        if self._app.page is Page.STILL:
            self._app.frame.page(StillPage).draw(self._app.view)
        self.window.look()
        self.faces.look()
        self.portrait.look()
        self.papers.look()

    def _settle(self, still: Still) -> None:
        words, shows = self._app.words, still.shows
        windowed = still.id == "still-picture" and self.window.possible
        if shows is None:
            self.window.gone()
            still.attempt = None
            still.put(None)
            return
        space = self.window.space if windowed else self._space(still)
        if space is None:
            still.put(None, words.still_impossible)
            return
        attempt = Attempt(shows, space, self._encounter, self._who(), _rgb(still), type(words).__name__)
        if (drawn := self._drawn.get(attempt)) is not None:
            if still.attempt != attempt:
                still.attempt = attempt
                still.put(drawn)
                self._is_there(shows)
                if windowed:
                    self.window.put(drawn)
            return
        failed = self._undrawable.get(attempt)
        if failed is not None and self._app.now() < failed[1]:
            still.put(None, failed[0])
            return
        said = self._content(shows)
        if isinstance(said, str):
            still.put(None, said)
        elif self._under_way is None:
            self._under_way = attempt
            if still.attempt is None or _other(still.attempt, attempt):
                still.put(None, words.still_drawing)
            self._app.run_worker(self._draw(attempt, said), name="draw")

    def _space(self, still: Still) -> Space | None:
        way, cell = self._pictures.way, cell_now(self._pictures)
        if way is None:
            return None
        columns, rows = still.room
        return Space(
            way=way,
            columns=columns,
            rows=max(rows, 1),
            cell_width=cell[0],
            cell_height=cell[1],
            pixel_mm=self._pixel_mm or USUAL_PIXEL_MM,
        )

    def _content(self, shows: Shows) -> m.Earlier | str:
        """What the cart said of it; words while it is not here."""
        key = (shows.prior_id, shows.ecg)
        if (said := self._contents.get(key)) is not None:
            return said
        question, now = self._questions.get(key), self._app.now()
        if question is None or (question.tries < MOST_TRIES and now - question.asked_at > AGAIN_SECONDS):
            self._questions[key] = _Question(now, (question.tries if question else 0) + 1)
            self._app.run_worker(self._ask(key), name="still")
            return self._app.words.still_coming
        return question.refused or self._app.words.still_coming

    async def _ask(self, key: tuple[str, bool]) -> None:
        prior_id, ecg = key
        try:
            await self._app.told(m.ShowEcg(prior_id=prior_id) if ecg else m.ShowEarlier(prior_id=prior_id))
        except Fault as fault:
            log.info("still_refused", reason=fault.reason)
            if key in self._questions:
                self._questions[key].refused = self._app.words.fault(fault)
                self.look()

    async def _draw(self, attempt: Attempt, said: m.Earlier) -> None:
        wanted = self._wanted(attempt, said)
        try:
            drawn = await self.drawing.draw(wanted)
        except Fault as fault:
            log.warning("still_not_drawn", reason=fault.reason)
            later = AGAIN_SECONDS if fault.reason is Reason.LINK_REFUSED else float("inf")
            self._undrawable[attempt] = (self._app.words.still_undrawable, self._app.now() + later)
        else:
            if attempt.encounter_id == self._encounter:
                self._drawn[attempt] = drawn
                while len(self._drawn) > MOST_DRAWN:
                    self._drawn.popitem(last=False)
        finally:
            self._under_way = None
        self.look()

    def _wanted(self, attempt: Attempt, said: m.Earlier) -> EcgWanted | PhotoWanted:
        words = self._app.words
        if said.ecg is None:
            return PhotoWanted(space=attempt.space, jpeg=said.jpeg, background=attempt.background)
        gain = attempt.shows.gain
        true = words.still_true if self._pixel_mm else words.still_not_true
        if attempt.space.way is Way.PNG:
            # the compositor gives the window a size of its own
            true = words.still_in_window
        facts = (true, words.still_filters)
        return EcgWanted(
            space=attempt.space,
            ecg=said.ecg,
            gain=gain,
            page=attempt.shows.page,
            who=attempt.who,
            when=words.still_ecg_of.format(
                words.of(said.ecg.device, said.ecg.device_en or said.ecg.device), self._when(said.ecg.taken)
            ),
            scale=" · ".join((words.still_scale.format(f"{ecg_paper.MM_PER_SECOND:g}", f"{gain:g}"), *facts)),
            absent=words.still_absent,
            unscaled=words.still_unscaled,
            outside=words.still_outside,
        )

    def _who(self) -> str:
        """As it stands on the paper: a corrected name is another picture."""
        resident = self._app.view.resident
        return " · ".join((resident.name, resident.birth, resident.room)) if resident else ""

    def _when(self, taken: str) -> str:
        try:
            at = dt.datetime.fromisoformat(taken)
        except ValueError:
            return self._app.words.photo_no_date
        local = at.astimezone(self._zone) if at.tzinfo else at
        return f"{self._app.words.date(local.date())} {local:%H:%M:%S}"

    def _is_there(self, shows: Shows) -> None:
        if shows.ecg and (since := self.came.pop(shows.prior_id, None)) is not None:
            log.info("still_shown", seconds=round(time.perf_counter() - since, 3))


def _other(before: object, now: Attempt) -> bool:
    """Another picture, and not the same one in another size."""
    return not isinstance(before, Attempt) or before.shows.prior_id != now.shows.prior_id


def _rgb(still: Still) -> tuple[int, int, int]:
    colour: Color = still.background_colors[1]
    return colour.rgb
