"""The PDF of an answer, under the banner of whose it is: as broad as the display, a part of a page at a time."""

from __future__ import annotations

import dataclasses

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content

from edge.domain.answer import MOST_LEAVES
from edge.domain.staff import Deed
from ui.bedside.answer_acts import ClosePaper, PrintIt, TakeNote, TurnPart
from ui.bedside.answer_views import RowView, Stand
from ui.bedside.locales import Words
from ui.bedside.screens.page import PageBody
from ui.bedside.views import Page, View
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.paper import Paper
from ui.bedside.widgets.touch import Touch


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Which part of ``parts`` of which page of ``pages`` is looked at, from 0. ``pages`` 0: nobody knows yet."""

    page: int = 0
    pages: int = 0
    part: int = 0
    parts: int = 1

    @property
    def last(self) -> int:
        """Of the pages that are shown."""
        return min(self.pages, MOST_LEAVES) - 1

    @property
    def more(self) -> bool:
        return self.pages > 0 and (self.part + 1 < self.parts or self.page < self.last)

    @property
    def less(self) -> bool:
        return self.part > 0 or self.page > 0


class PaperPage(PageBody):
    """Its own ways stand where the five places are on other pages."""

    def __init__(self, words: Words) -> None:
        super().__init__(Page.PAPER, words)
        self._row: RowView | None = None
        self._place = Place()
        self._view = View()

    def compose(self) -> ComposeResult:
        words = self.words
        yield Line(id="paper-title")
        yield Paper(id="paper-picture")
        with Horizontal(id="paper-ways"):
            yield Touch(words.still_close, ClosePaper(), id="paper-close", classes="choice")
            yield Touch(words.paper_back, None, id="paper-back", classes="choice")
            yield Touch(words.paper_on, None, id="paper-on", classes="choice")
            yield Touch(words.answers_print, None, id="paper-print", classes="choice")
            yield Touch(words.answers_take, None, id="paper-take", classes="primary")

    def show(self, view: View) -> None:
        self._view = view
        self._draw()

    def look_at(self, row: RowView | None, place: Place) -> None:
        if (row, place) != (self._row, self._place):
            self._row, self._place = row, place
            self._draw()

    def _draw(self) -> None:
        row, place, words = self._row, self._place, self.words
        may = self._view.lock.allows(Deed.ACKNOWLEDGE.value) and not self._view.old
        beyond = f"\n{words.paper_beyond.format(MOST_LEAVES)}" if place.pages > MOST_LEAVES else ""
        title = self.query_one("#paper-title", Line)
        title.put(Content.assemble((row.title if row else "", "bold"), beyond))
        title.set_class(bool(beyond), "-beyond")
        back, onwards = self.query_one("#paper-back", Touch), self.query_one("#paper-on", Touch)
        back.arm(TurnPart(onwards=False) if place.less else None)
        onwards.arm(TurnPart(onwards=True) if place.more else None)
        where = words.paper_page.format(place.page + 1, place.pages) if place.pages else ""
        onwards.put("\n".join(part for part in (words.paper_on, where) if part))
        take, to_print = self.query_one("#paper-take", Touch), self.query_one("#paper-print", Touch)
        take.display = row is not None and row.stand is Stand.UNREAD
        to_print.display = row is not None and row.stand is Stand.PRINTABLE
        if row is not None:
            take.arm(TakeNote(row.document) if may else None)
            to_print.arm(PrintIt(row.document) if may else None)
