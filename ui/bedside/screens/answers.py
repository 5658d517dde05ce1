"""Opinions asked for and what came back: hers first, then whose page to open."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content

from edge.domain.staff import Deed
from ui.bedside.answer_acts import Chased, PrintIt, TakeNote
from ui.bedside.answer_views import RowView, Stand
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
        self._shown: tuple[tuple[RowView, ...], bool, bool, str] | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(classes="head"):
            yield Line(id="answers-title")
            yield Touch(self.words.close, Go(Page.HOME), id="answers-close", classes="quiet")
        with Horizontal(classes="leafed"):
            yield VerticalScroll(id="answers-rows", can_focus=False)
            yield Leaves(self.words)

    def show(self, view: View) -> None:
        words, found = self.words, view.answers
        notes = view.lock.allows(Deed.ACKNOWLEDGE.value) and not view.old
        asks = view.lock.allows(Deed.ASK_OPINION.value) and not view.old
        hint = words.answers_hint if view.lock.allows(Deed.ACKNOWLEDGE.value) else words.answers_not_yours
        self.query_one("#answers-title", Line).put(Content.assemble((words.answers_title, "bold"), f"\n{hint}"))
        self.query_one("#answers-close", Touch).arm(Go(Page.HOME if view.resident else Page.RESIDENTS))
        shown = (found.rows, notes, asks, view.encounter_id)
        if shown == self._shown:
            return
        self._shown = shown
        rows: list[Line | Horizontal] = [AnswerRow(row, words, notes=notes, asks=asks) for row in found.rows]
        listed = self.query_one("#answers-rows")
        listed.remove_children()
        none = words.answers_none_hers if view.resident else words.answers_none
        listed.mount_all(rows or [Line(none, classes="headline")])

    def told_again(self, view: View) -> None:
        self._shown = None
        super().told_again(view)


class AnswerRow(Horizontal):
    """What it says on the left; on the right the one thing that can be done about it."""

    def __init__(self, row: RowView, words: Words, *, notes: bool, asks: bool) -> None:
        super().__init__(classes=f"answer -{row.stand.value}")
        self._row, self._words = row, words
        self._notes, self._asks = notes, asks

    def compose(self) -> ComposeResult:
        line = Line(classes="answer-text")
        line.put(Content("\n").join([Content.styled(self._row.title, "bold"), *map(Content, self._row.lines)]))
        yield line
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
            case Stand.ELSEWHERE if row.patient_id:
                return Touch(words.answers_see, Consider(row.patient_id), classes="answer-way")
            case _:
                return None
