"""What waits for a person: why, and every way on that she has herself."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Grid, Horizontal, Vertical

from edge.domain.staff import Deed
from ui.bedside.locales import Words
from ui.bedside.messages import AskZone, CloseZones, Go
from ui.bedside.screens.page import PageBody
from ui.bedside.standing_acts import Relabel, Resend
from ui.bedside.standing_views import StoppedView
from ui.bedside.views import Page, View
from ui.bedside.whose_acts import AskMove
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.touch import Touch
from ui.bedside.widgets.zone_picker import ZonePicker


class StoppedPage(PageBody):
    """``item_id`` is what stands here; ``picked`` the view that its photo shows after all, "" while nobody said one."""

    def __init__(self, words: Words) -> None:
        super().__init__(Page.STOPPED, words)
        self.item_id = ""
        self.picked = ""
        self._asking = ""
        self._view = View()

    def compose(self) -> ComposeResult:
        words = self.words
        with Vertical(id="stopped-facts"):
            with Horizontal(classes="head"):
                yield Line(id="stopped-title", classes="headline")
                yield Touch(words.stopped_back, Go(Page.OUTBOX), id="stopped-back", classes="quiet")
            yield Line(id="stopped-who")
            yield Line(id="stopped-why", classes="headline")
            yield Line(id="stopped-advice")
            yield Line(id="stopped-detail", classes="faint")
            with Horizontal(id="stopped-ways"):
                yield Touch(words.stopped_move, None, id="stopped-move", classes="choice")
                yield Touch(words.stopped_relabel, None, id="stopped-relabel", classes="choice")
                yield Touch(words.stopped_resend, None, id="stopped-resend", classes="primary")
        with Vertical(id="stopped-views"):
            with Horizontal(classes="head"):
                yield Line(words.stopped_view, classes="headline")
                yield Touch(words.stopped_back, CloseZones(), classes="quiet")
            with Grid(id="stopped-view-keys"):
                for name, text in words.photo_views.items():
                    yield Touch(text, Relabel(name), id=f"stopped-view-{name}", classes="choice")
        yield ZonePicker(words)

    @property
    def one(self) -> StoppedView | None:
        return next((one for one in self._view.standing.stopped if one.item_id == self.item_id), None)

    def open(self, item_id: str) -> None:
        self.item_id = item_id
        self.close()

    def close(self) -> None:
        """Nothing is being corrected."""
        self.picked = self._asking = ""
        self._draw()

    def relabel(self, view: str) -> None:
        """The view is asked, then, once it is touched, the part of the body."""
        self.picked = view
        self._asking = "zones" if view else "views"
        if view:
            self.query_one(ZonePicker).ask(AskZone())
        self._draw()

    def ask_zone(self, question: AskZone) -> None:
        self.query_one(ZonePicker).ask(question)

    def on_mount(self) -> None:
        self._draw()

    def show(self, view: View) -> None:
        self._view = view
        if view.lock.locked:
            self.picked = self._asking = ""
        self._draw()

    def _draw(self) -> None:
        one, words, lock = self.one, self.words, self._view.lock
        asking = self._asking if one is not None and one.photo else ""
        self.query_one("#stopped-facts").display = not asking
        self.query_one("#stopped-views").display = asking == "views"
        self.query_one(ZonePicker).display = asking == "zones"
        self.query_one("#stopped-title", Line).put(one.title if one else words.stopped_gone)
        said = (one.who, one.facts, one.why, one.advice, one.detail) if one else ("", "", "", "", "")
        self.query_one("#stopped-who", Line).put(" · ".join(part for part in said[:2] if part))
        for name, text in zip(("why", "advice", "detail"), said[2:], strict=True):
            self.query_one(f"#stopped-{name}", Line).put(text)
        ways = {
            "move": AskMove(one.item_id) if one and one.movable and lock.allows(Deed.RECONCILE.value) else None,
            "relabel": Relabel() if one and one.photo and lock.allows(Deed.PHOTO.value) else None,
            "resend": Resend(one.item_id) if one and lock.allows(Deed.HANDOVER.value) else None,
        }
        for name, act in ways.items():
            self.query_one(f"#stopped-{name}", Touch).arm(act)
        self.query_one("#stopped-ways").display = one is not None
        self.query_one("#stopped-relabel").display = one is not None and one.photo
        self.query_one("#stopped-move").display = one is not None and one.movable
