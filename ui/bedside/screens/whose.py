"""Whose is it? What is nobody's, one large card each, and what was not understood."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Grid, Horizontal
from textual.content import Content

from edge.domain.staff import Deed
from ui.bedside.locales import Words
from ui.bedside.messages import Go
from ui.bedside.screens.page import PageBody
from ui.bedside.views import Page, View
from ui.bedside.whose_acts import GoBack, Looked, PickStray
from ui.bedside.whose_views import ReconciledView, StrayView, UnreadView, WhoseView
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.touch import Touch


class WhosePage(PageBody):
    def __init__(self, words: Words) -> None:
        super().__init__(Page.WHOSE, words)
        self._shown: tuple[WhoseView, bool] | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(classes="head"):
            yield Line(self.words.whose_title, id="whose-title", classes="headline")
            yield Touch(self.words.whose_back, Go(Page.OUTBOX), id="whose-back", classes="quiet")
        yield Line(id="whose-hint", classes="faint")
        yield Grid(id="strays", classes="cards")
        yield Line(id="whose-more", classes="faint")

    def show(self, view: View) -> None:
        may = view.lock.allows(Deed.RECONCILE.value)
        if (view.whose, may) == self._shown:
            return
        self._shown = view.whose, may
        words, whose = self.words, view.whose
        hint = words.whose_hint if may else words.whose_not_yours
        waits = bool(whose.strays or whose.unread or whose.reconciled)
        self.query_one("#whose-hint", Line).put(hint if waits else words.whose_none)
        more = self.query_one("#whose-more", Line)
        more.put(whose.more)
        more.display = bool(whose.more)
        cards = self.query_one("#strays")
        cards.remove_children()
        cards.mount_all(
            [
                *(_stray(one, may) for one in whose.strays),
                *(_unread(one, words, may) for one in whose.unread),
                *(_reconciled(one, words, may) for one in whose.reconciled),
            ]
        )


def _stray(one: StrayView, may: bool) -> Touch:
    touch = Touch("", PickStray(one.item_id) if may else None, classes="card stray")
    touch.put(Content("\n").join([Content.styled(one.title, "bold"), Content(one.facts), Content(one.why)]))
    return touch


def _unread(one: UnreadView, words: Words, may: bool) -> Touch:
    touch = Touch("", Looked(one.number) if may else None, classes="card unread")
    touch.put(
        Content("\n").join(
            [Content.styled(words.whose_unread, "bold"), Content(one.facts), Content.styled(words.whose_seen, "bold")]
        )
    )
    return touch


def _reconciled(one: ReconciledView, words: Words, may: bool) -> Touch:
    touch = Touch("", GoBack(one.id) if may else None, classes="card reconciled")
    touch.put(Content("\n").join([Content(one.text), Content.styled(words.whose_undo, "bold")]))
    return touch
