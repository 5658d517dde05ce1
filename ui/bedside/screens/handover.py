"""RELÈVE: by resident what changed since somebody last read it, and one touch that says that it was read."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content

from edge.domain.staff import Deed
from ui.bedside.locales import Words
from ui.bedside.messages import Go
from ui.bedside.screens.page import PageBody
from ui.bedside.standing_acts import ReadAll
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
        handover = view.standing.handover
        may = view.lock.allows(Deed.HANDOVER.value) and not view.old
        self.query_one("#handover-read", Touch).arm(ReadAll() if may else None)
        self.query_one("#handover-title", Line).put(
            Content.assemble(
                (self.words.handover_title, "bold"), f"\n{handover.since}\n", (self.words.handover_aid, "$faint")
            )
        )
        if handover == self._shown:
            return
        self._shown = handover
        rows = [Line(text, classes="besides") for text in handover.besides]
        rows += [change(one) for one in handover.changes]
        if not rows:
            rows = [Line(self.words.handover_none, classes="headline")]
        listed = self.query_one("#changes")
        listed.remove_children()
        listed.mount_all(rows)


def change(one: ChangeView) -> Line:
    """Who, then what stands behind each letter of SBAR."""
    line = Line(classes="change")
    (first, situation), *rest = one.rows
    rows = [Content.assemble((f"{one.who}   {first} ", "bold"), situation)]
    rows += [Content.assemble((f"{letter} ", "bold"), text) for letter, text in rest]
    line.put(Content("\n").join(rows))
    return line
