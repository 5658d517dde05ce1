"""Opinions asked for and what came back: hers first, then whose page to open."""

from __future__ import annotations

import dataclasses

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content

from edge.domain.staff import Deed
from ui.bedside.answer_acts import Chased, NobodysAnswer, OpenPaper, PickAnswer, PickRequest, PrintIt, TakeNote
from ui.bedside.answer_views import AnswersView, RowView, Stand
from ui.bedside.locales import Words
from ui.bedside.messages import Consider, Go
from ui.bedside.screens.page import PageBody
from ui.bedside.views import Page, View
from ui.bedside.widgets.leaves import Leaves
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.touch import Touch


class AnswersPage(PageBody):
    def __init__(self, words: Words) -> None:
        super().__init__(Page.ANSWERS, words)
        self._shown: tuple[tuple[RowView, ...], bool, bool, bool, bool, str] | None = None
        self._pictures = False
        self._picking = 0
        self._view: View | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(classes="head"):
            yield Line(id="answers-title")
            yield Touch(self.words.close, Go(Page.HOME), id="answers-close", classes="quiet")
        with Horizontal(classes="leafed"):
            yield VerticalScroll(id="answers-rows", can_focus=False)
            yield Leaves(self.words)

    def pick(self, answer: int) -> None:
        """Asks which request this answer of nobody answers; 0: the page is as it always is."""
        self._picking = answer
        if self._view is not None:
            self.show(self._view)

    def has_pictures(self, possible: bool) -> None:
        """Whether this display shows a page of a PDF; else none is offered."""
        if possible != self._pictures:
            self._pictures = possible
            if self._view is not None:
                self.show(self._view)

    def _picked(self, found: AnswersView) -> tuple[RowView, ...]:
        """What is asked about, the requests that it may answer, and the way out. () where nothing is asked, or it has gone."""
        one = next((one for one in found.strays if one.answer == self._picking), None)
        if one is None:
            self._picking = 0
            return ()
        words = self.words
        about = dataclasses.replace(one, stand=Stand.QUIET)
        nobodys = RowView("n", Stand.NOBODYS, words.stray_nobodys, (words.stray_nobodys_hint,), answer=one.answer)
        picks = [dataclasses.replace(row, answer=one.answer) for row in found.candidates]
        return (about, *picks, nobodys)

    def show(self, view: View) -> None:
        words, found = self.words, view.answers
        self._view = view
        may = view.lock.allows(Deed.RECONCILE.value) and not view.old
        picked = self._picked(found) if self._picking and may else ()
        notes = view.lock.allows(Deed.ACKNOWLEDGE.value) and not view.old
        asks = view.lock.allows(Deed.ASK_OPINION.value) and not view.old
        hint = words.answers_hint if view.lock.allows(Deed.ACKNOWLEDGE.value) else words.answers_not_yours
        title, hint = (words.stray_title, words.stray_hint) if picked else (words.answers_title, hint)
        self.query_one("#answers-title", Line).put(Content.assemble((title, "bold"), f"\n{hint}"))
        close = Go(Page.HOME if view.resident else Page.RESIDENTS)
        self.query_one("#answers-close", Touch).arm(PickAnswer(0) if picked else close)
        shown = (picked or found.rows, notes, asks, may, self._pictures, view.encounter_id)
        if shown == self._shown:
            return
        self._shown = shown
        rows: list[Line | Horizontal] = [
            AnswerRow(row, words, notes=notes, asks=asks, may=may, reads=self._pictures) for row in picked or found.rows
        ]
        listed = self.query_one("#answers-rows")
        listed.remove_children()
        none = words.answers_none_hers if view.resident else words.answers_none
        listed.mount_all(rows or [Line(none, classes="headline")])

    def told_again(self, view: View) -> None:
        self._shown = None
        super().told_again(view)


class AnswerRow(Horizontal):
    """What it says on the left; on the right its document, and the one thing that can be done about it."""

    def __init__(self, row: RowView, words: Words, *, notes: bool, asks: bool, may: bool, reads: bool) -> None:
        super().__init__(classes=f"answer -{row.stand.value}")
        self._row, self._words = row, words
        self._notes, self._asks, self._may, self._reads = notes, asks, may, reads

    def compose(self) -> ComposeResult:
        line = Line(classes="answer-text")
        line.put(Content("\n").join([Content.styled(self._row.title, "bold"), *map(Content, self._row.lines)]))
        yield line
        if self._row.document and self._reads:
            way = OpenPaper(self._row.document) if self._notes else None
            yield Touch(self._words.paper_read, way, classes="answer-read")
        touch = self._touch()
        if touch is not None:
            yield touch

    def _touch(self) -> Touch | None:
        row, words = self._row, self._words
        match row.stand:
            case Stand.UNREAD:
                return Touch(words.answers_take, TakeNote(row.answer) if self._notes else None, classes="answer-way")
            case Stand.CHASE:
                return Touch(words.answers_chase, Chased(row.request_id) if self._asks else None, classes="answer-way")
            case Stand.PRINTABLE:
                return Touch(words.answers_print, PrintIt(row.answer) if self._notes else None, classes="answer-way")
            case Stand.STRAY:
                return Touch(words.stray_whose, PickAnswer(row.answer) if self._may else None, classes="answer-way")
            case Stand.PICK:
                pick = PickRequest(row.answer, row.request_id, row.patient_id)
                return Touch(words.stray_this, pick if self._may else None, classes="answer-way")
            case Stand.NOBODYS:
                way = NobodysAnswer(row.answer) if self._may else None
                return Touch(words.whose_nobodys, way, classes="answer-way")
            case Stand.ELSEWHERE if row.patient_id:
                return Touch(words.answers_see, Consider(row.patient_id), classes="answer-way")
            case _:
                return None
