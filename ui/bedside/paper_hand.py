"""The PDF of an answer on the screen: a page at a time asked of the cart, drawn by the worker, gone with its resident (H1)."""

from __future__ import annotations

import dataclasses
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import structlog

from edge.domain.fault import Fault, Reason
from edge.door import messages as m
from ui.bedside import answer_acts as act
from ui.bedside.answer_views import RowView
from ui.bedside.graphics import Graphics, cell_now
from ui.bedside.screens.paper import PaperPage, Place
from ui.bedside.still_window import StillWindow
from ui.bedside.views import Page
from ui.bedside.widgets.paper import Paper
from ui.drawing.hand import DrawingHand
from ui.drawing.messages import Drawn, SheetWanted, Space

if TYPE_CHECKING:
    from ui.bedside.app import BedsideApp

log = structlog.get_logger()

AGAIN_SECONDS: Final = 5.0
"""After which a page that did not come is asked for once more."""

MOST_TRIES: Final = 3
MOST_SHEETS, MOST_DRAWN = 4, 6
LAST: Final = 1_000_000
"""The last part of a page whose parts nobody has counted yet."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Attempt:
    """What a picture is made of. ``turn`` counts what was opened and forgotten: what comes of an earlier one is nobody's."""

    turn: int
    page: int
    part: int
    space: Space
    background: tuple[int, int, int]


@dataclasses.dataclass(slots=True)
class _Question:
    asked_at: float
    tries: int = 1
    refused: str = ""
    ended: bool = False


class PaperHand:
    """``look`` is called often and does what is to be done: it never waits."""

    def __init__(self, app: BedsideApp, pictures: Graphics, drawing: DrawingHand, pixel_mm: float) -> None:
        self._app = app
        self._pictures = pictures
        self._drawing = drawing
        self._pixel_mm = pixel_mm
        self.window = StillWindow(app, pictures, pixel_mm, Page.PAPER, "#paper-picture")
        self._turn = 0
        self._answer = 0
        self._encounter = ""
        self._place = Place()
        self._sheets: OrderedDict[int, m.AnswerPage] = OrderedDict()
        self._questions: dict[int, _Question] = {}
        self._drawn: OrderedDict[_Attempt, Drawn] = OrderedDict()
        self._undrawable: set[_Attempt] = set()
        self._under_way: _Attempt | None = None

    # --- from the cart

    def heard(self, said: m.AnswerPage) -> None:
        """Only of the answer that is read, and of who is on screen now: what was asked for before is left out (H1)."""
        if not self._answer or (said.answer, said.encounter_id) != (self._answer, self._encounter):
            log.info("page_of_another_answer")
            return
        self._sheets[said.page] = said
        while len(self._sheets) > MOST_SHEETS:
            self._sheets.popitem(last=False)
        self.look()

    def forget(self) -> None:
        """No page stands there, and none is kept."""
        self._turn += 1
        self._answer, self._encounter, self._place = 0, "", Place()
        for kept in (self._sheets, self._questions, self._drawn, self._undrawable):
            kept.clear()
        self.window.gone()
        for page in self._app.frame.made(PaperPage):
            page.look_at(None, self._place)
            place = page.query_one(Paper)
            place.attempt = None
            place.put(None)

    # --- from a finger

    def takes(self, wanted: object) -> bool:
        """Whether it was for this hand; then it is done."""
        match wanted:
            case act.OpenPaper(answer):
                self._open(answer)
            case act.TurnPart(onwards):
                self._turn_part(onwards)
            case act.ClosePaper():
                self._close()
            case _:
                return False
        return True

    def _open(self, answer: int) -> None:
        self.forget()
        self._answer, self._encounter = answer, self._app.view.encounter_id
        self._app.turn_to(Page.PAPER)
        self.look()

    def _close(self) -> None:
        self.forget()
        self._app.turn_to(Page.ANSWERS)

    def _turn_part(self, onwards: bool) -> None:
        at = self._place
        if onwards and at.more:
            within = at.part + 1 < at.parts
            at = dataclasses.replace(at, part=at.part + 1) if within else Place(at.page + 1, at.pages)
        elif not onwards and at.less:
            at = dataclasses.replace(at, part=at.part - 1) if at.part else Place(at.page - 1, at.pages, LAST, LAST + 1)
        self._place = at
        self.look()

    # --- what is to be seen

    def look(self) -> None:
        app = self._app
        self.window.look()
        if app.page is not Page.PAPER:
            return
        row = self._row()
        if row is None or self._encounter != app.view.encounter_id:
            # it was taken back, or turned out to be another resident's
            self._close()
            app.page_moved()
            return
        self._settle(app.frame.page(PaperPage), row)

    def _row(self) -> RowView | None:
        return next((one for one in self._app.view.answers.rows if self._answer and one.document == self._answer), None)

    def _settle(self, page: PaperPage, row: RowView) -> None:
        place = page.query_one(Paper)
        page.look_at(row, self._place)
        space = self._space(place)
        if space is None:
            place.put(None, self._app.words.still_impossible)
            return
        if not (space.columns and space.rows):
            return  # not laid out yet
        colour = place.background_colors[1]
        attempt = _Attempt(self._turn, self._place.page, self._place.part, space, colour.rgb)
        if (drawn := self._drawn.get(attempt)) is not None:
            self._stands(place, page, row, attempt, drawn)
        elif attempt in self._undrawable:
            place.put(None, self._unreadable())
        elif (said := self._sheets.get(attempt.page)) is None:
            self.window.gone()
            place.attempt = None
            place.put(None, self._asked(attempt.page))
        elif self._under_way is None:
            self._under_way = attempt
            self._app.run_worker(self._draw(attempt, said), name="draw")

    def _stands(self, place: Paper, page: PaperPage, row: RowView, attempt: _Attempt, drawn: Drawn) -> None:
        pages = self._sheets[attempt.page].pages if attempt.page in self._sheets else self._place.pages
        now = Place(attempt.page, pages, drawn.page, drawn.pages)
        if now != self._place:
            self._place = now
            # under the number that it has, and not only under that by which it was wished
            attempt = dataclasses.replace(attempt, part=drawn.page)
            self._drawn[attempt] = drawn
            page.look_at(row, now)
        if drawn.png and not self.window.has_room:
            self.window.gone()
            place.put(None, self._app.words.still_impossible)
            return
        place.attempt = attempt
        place.put(drawn)
        if drawn.png:
            self.window.put(drawn)

    def _space(self, place: Paper) -> Space | None:
        if self.window.possible:
            return self.window.space
        way, cell = self._pictures.way, cell_now(self._pictures)
        if way is None:
            return None
        return Space(
            way=way,
            columns=place.size.width,
            rows=place.size.height,
            cell_width=cell[0],
            cell_height=cell[1],
            pixel_mm=self._pixel_mm,
        )

    def _asked(self, page: int) -> str:
        """What stands in its place while it is not here."""
        question, now = self._questions.get(page), self._app.now()
        lost = question is not None and not question.ended and now - question.asked_at > AGAIN_SECONDS
        if question is None or (lost and question.tries < MOST_TRIES):
            self._questions[page] = _Question(now, (question.tries if question else 0) + 1)
            self._app.run_worker(self._ask(page, self._turn), name="paper")
            return self._app.words.paper_coming
        return question.refused or self._app.words.paper_coming

    async def _ask(self, page: int, turn: int) -> None:
        try:
            await self._app.told(m.ShowAnswer(encounter_id=self._encounter, answer=self._answer, page=page))
        except Fault as fault:
            log.info("page_refused", reason=fault.reason)
            question = self._questions.get(page)
            if turn != self._turn or question is None:
                return
            unreadable = fault.reason is Reason.UNDECODABLE
            question.refused = self._unreadable() if unreadable else self._app.words.fault(fault)
            question.ended = unreadable
            self.look()

    def _unreadable(self) -> str:
        words = self._app.words
        return words.paper_unreadable.format(
            words.paper_print if self._app.view.answers.printer else words.paper_no_printer
        )

    async def _draw(self, attempt: _Attempt, said: m.AnswerPage) -> None:
        wanted = SheetWanted(space=attempt.space, jpeg=said.jpeg, part=attempt.part, background=attempt.background)
        try:
            drawn = await self._drawing.draw(wanted)
        except Fault as fault:
            log.warning("page_not_drawn", reason=fault.reason)
            if attempt.turn == self._turn:
                self._undrawable.add(attempt)
        else:
            if attempt.turn == self._turn:
                self._drawn[attempt] = drawn
                while len(self._drawn) > MOST_DRAWN:
                    self._drawn.popitem(last=False)
        finally:
            self._under_way = None
        self.look()
