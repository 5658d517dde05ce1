"""RELÈVE: by resident what changed since somebody last read it; a touch says that hers was read, or all of the page."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content

from edge.domain.staff import Deed
from ui.bedside.locales import Words
from ui.bedside.messages import Go
from ui.bedside.screens.page import PageBody
from ui.bedside.standing_acts import ReadAll, ReadOne, TurnPage
from ui.bedside.standing_views import ChangeView, HandoverView
from ui.bedside.views import Page, View
from ui.bedside.widgets.leaves import Leaves
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.touch import Touch


class HandoverPage(PageBody):
    def __init__(self, words: Words) -> None:
        super().__init__(Page.HANDOVER, words)
        self._shown: HandoverView | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(classes="head"):
            yield Line(id="handover-title")
            yield Touch(self.words.send_title, Go(Page.OUTBOX), id="handover-outbox", classes="quiet")
            yield Touch(self.words.handover_read, None, id="handover-read", classes="primary")
        with Horizontal(classes="leafed"):
            yield VerticalScroll(id="changes", can_focus=False)
            yield Leaves(self.words)

    def show(self, view: View) -> None:
        handover, words = view.standing.handover, self.words
        may = view.lock.allows(Deed.HANDOVER.value) and not view.old
        several = handover.pages > 1
        button = self.query_one("#handover-read", Touch)
        button.put(words.relay_read_page if several else words.handover_read)
        button.arm(ReadAll() if may else None)
        title = f"{words.handover_title}   {words.relay_page.format(handover.page + 1, handover.pages)}"
        self.query_one("#handover-title", Line).put(
            Content.assemble(
                (title if several else words.handover_title, "bold"),
                f"\n{handover.since}\n",
                (words.handover_aid, "$faint"),
            )
        )
        if handover != self._shown:
            before, self._shown = self._shown, handover
            if before is None or not self._same(before, handover):
                self._list(handover)
        for row in self.query(ChangeRow):
            row.show(handover, self.words, may=may)

    @staticmethod
    def _same(before: HandoverView, now: HandoverView) -> bool:
        """Whether only ages and figures of the same residents are others: then no row is made anew."""
        return (
            [one.patient_id for one in before.changes] == [one.patient_id for one in now.changes]
            and (before.page, before.pages, before.besides) == (now.page, now.pages, now.besides)
            and bool(now.changes)
        )

    def _list(self, handover: HandoverView) -> None:
        rows: list[Line | Horizontal] = [Line(text, classes="besides") for text in handover.besides]
        rows += [ChangeRow(one, self.words) for one in handover.changes]
        if not rows:
            rows = [Line(self.words.handover_none, classes="headline")]
        if handover.pages > 1:
            rows.append(Pages(handover, self.words))
        listed = self.query_one("#changes")
        listed.remove_children()
        listed.mount_all(rows)


class ChangeRow(Horizontal):
    """What changed of one resident, and the touch that says that it was read."""

    def __init__(self, one: ChangeView, words: Words) -> None:
        super().__init__(classes="change")
        self._patient_id = one.patient_id
        self._line = Line(classes="change-text")
        self._line.put(said(one))
        self._read = Touch(words.relay_read_one, None, classes="change-read")

    def compose(self) -> ComposeResult:
        yield self._line
        yield self._read

    def show(self, handover: HandoverView, words: Words, *, may: bool) -> None:
        one = next((one for one in handover.changes if one.patient_id == self._patient_id), None)
        if one is not None:
            self._line.put(said(one))
        self._read.put(words.relay_read_one)
        self._read.arm(ReadOne(self._patient_id) if may and one is not None else None)


class Pages(Horizontal):
    """To the page before and the one after, at the end of this one."""

    def __init__(self, handover: HandoverView, words: Words) -> None:
        super().__init__(classes="pages")
        self._page, self._pages = handover.page, handover.pages
        self._words = words

    def compose(self) -> ComposeResult:
        before, after = self._page > 0, self._page + 1 < self._pages
        yield Touch(
            self._words.relay_page_before.format(self._page) if before else "",
            TurnPage(self._page - 1) if before else None,
            classes="page-before",
        )
        yield Touch(
            self._words.relay_page_after.format(self._page + 2) if after else "",
            TurnPage(self._page + 1) if after else None,
            classes="page-after",
        )


def said(one: ChangeView) -> Content:
    """Who, then what stands behind each letter of SBAR."""
    (first, situation), *rest = one.rows
    rows = [Content.assemble((f"{one.who}   {first} ", "bold"), situation)]
    rows += [Content.assemble((f"{letter} ", "bold"), text) for letter, text in rest]
    return Content("\n").join(rows)
