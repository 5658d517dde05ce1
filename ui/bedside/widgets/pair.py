"""The picture that was just taken, and beside it the last one of before of the very same part of the body (H4)."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content

from ui.bedside.locales import Words
from ui.bedside.messages import Retake
from ui.bedside.still_acts import OpenStill
from ui.bedside.views import EarlierView, ShotView
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.still import Shows, Still
from ui.bedside.widgets.touch import Touch
from ui.bedside.zones import Zone


class Pair(Horizontal):
    """``fill`` says which ones; there is none where the display shows no pictures. When and who in full stand below, and in full size."""

    def __init__(self, words: Words) -> None:
        super().__init__(id="pair")
        self._words = words

    def compose(self) -> ComposeResult:
        words = self._words
        with Vertical(id="pair-now"):
            yield Line(id="pair-now-line")
            yield Still(id="pair-now-picture")
            with Horizontal(classes="pair-ways"):
                yield Touch(words.still_full, None, id="pair-now-full", classes="chip")
                yield Touch(words.still_again, None, id="pair-again", classes="chip")
        with Vertical(id="pair-before"):
            yield Line(id="pair-before-line")
            yield Still(id="pair-before-picture")
            with Horizontal(classes="pair-ways"):
                yield Touch(words.still_full, None, id="pair-before-full", classes="chip")

    def fill(self, shot: ShotView | None, before: EarlierView | None, *, may_retake: bool) -> None:
        words = self._words
        self.display = shot is not None or before is not None
        self.query_one("#pair-now").display = shot is not None
        self.query_one("#pair-before").display = before is not None
        self.query_one("#pair-now-picture", Still).shows = Shows(shot.item_id) if shot else None
        self.query_one("#pair-before-picture", Still).shows = Shows(before.prior_id) if before else None
        if shot:
            remark = words.photo_verdicts.get(shot.remark, shot.remark.upper())
            second = Content.styled(f" {remark} ", "bold reverse") if remark else Content(shot.age)
            self.query_one("#pair-now-line", Line).put(Content.assemble((shot.title, "bold"), "\n", second))
            self.query_one("#pair-now-full", Touch).arm(OpenStill(shot.item_id))
            self.query_one("#pair-again", Touch).arm(Retake(shot.item_id) if may_retake else None)
        if before:
            who = before.facts.rpartition(" · ")[2]
            self.query_one("#pair-before-line", Line).put(
                Content.assemble((before.age or before.day, "bold"), f"\n{who}")
            )
            self.query_one("#pair-before-full", Touch).arm(OpenStill(before.prior_id))


def beside(shot: ShotView | None, zone: Zone | None, earlier: tuple[EarlierView, ...]) -> EarlierView | None:
    """The newest of before that shows what ``shot`` does, or what the next one will; None where nobody told what that is."""
    told = shot.zone if shot else zone
    if told is None or told.site is None:
        return None
    return next((one for one in earlier if one.zone == told), None)
