"""An ECG on millimetre paper, or a photo, as large as the display allows under the banner."""

from __future__ import annotations

import dataclasses
from typing import Final

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content

from edge.domain.ecg_paper import MM_PER_SECOND
from edge.domain.opinion import Specialty
from edge.domain.staff import Deed
from ui.bedside.locales import Words
from ui.bedside.messages import Retake
from ui.bedside.opinion_acts import OpenOpinion
from ui.bedside.screens.page import PageBody
from ui.bedside.still_acts import CloseStill, RecordAgain, TurnGain, TurnPaper
from ui.bedside.views import EarlierView, Page, ShotView, View
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.pair import beside
from ui.bedside.widgets.shot import shot_title
from ui.bedside.widgets.still import Shows, Still
from ui.bedside.widgets.touch import Touch
from ui.drawing.messages import Drawn

GAINS: Final = (10.0, 20.0, 5.0)
"""Millimetres a millivolt, in the order in which they are turned."""


class StillPage(PageBody):
    """Its own ways stand where the five places are on other pages."""

    def __init__(self, words: Words) -> None:
        super().__init__(Page.STILL, words)
        self._shows: Shows | None = None

    def compose(self) -> ComposeResult:
        words = self.words
        with VerticalScroll(id="still-paper"):
            yield Still(id="still-picture")
        with Horizontal(id="still-photos"):
            for name in ("now", "before"):
                with Vertical(id=f"still-{name}"):
                    yield Line(id=f"still-{name}-title")
                    yield Still(id=f"still-{name}-picture")
        with Horizontal(id="still-ways"):
            yield Touch(words.still_close, CloseStill(), id="still-close", classes="choice")
            yield Touch("", TurnGain(), id="still-gain", classes="choice")
            yield Touch("", TurnPaper(), id="still-next", classes="choice")
            yield Touch(words.still_again, None, id="still-again", classes="choice")
            yield Touch(words.still_opinion, None, id="still-opinion", classes="primary")

    def show(self, view: View) -> None:
        if self._shows is not None:
            self.draw(view)

    def open(self, shows: Shows, view: View) -> None:
        self._shows = shows
        self.query_one("#still-paper", VerticalScroll).scroll_home(animate=False)
        self.draw(view)

    def shut(self) -> None:
        self._shows = None
        for still in self.query(Still):
            still.shows = None
            still.put(None)

    def turn_paper(self) -> None:
        drawn = self.query_one("#still-picture", Still).drawn
        if self._shows and drawn and drawn.pages > 1:
            self._shows = dataclasses.replace(self._shows, page=(drawn.page + 1) % drawn.pages)

    def turn_gain(self) -> None:
        if self._shows:
            at = GAINS.index(self._shows.gain)
            self._shows = dataclasses.replace(self._shows, gain=GAINS[(at + 1) % len(GAINS)])

    def draw(self, view: View) -> None:
        shows = self._shows
        ecg = bool(shows and shows.ecg)
        self.query_one("#still-paper").display = ecg
        self.query_one("#still-photos").display = not ecg
        paper = self.query_one("#still-picture", Still)
        paper.shows = shows if ecg else None
        self._draw_photos(None if ecg else shows, view)
        self._draw_ways(paper.drawn if ecg else None, view)

    def _draw_photos(self, shows: Shows | None, view: View) -> None:
        now, before = self._pair(shows, view)
        for name, title, prior_id in (
            ("now", _of_now(now, self.words), now.item_id if now else ""),
            ("before", _of_before(before, alone=now is None), before.prior_id if before else ""),
        ):
            self.query_one(f"#still-{name}").display = bool(prior_id)
            self.query_one(f"#still-{name}-title", Line).put(title)
            self.query_one(f"#still-{name}-picture", Still).shows = Shows(prior_id) if prior_id else None

    def _pair(self, shows: Shows | None, view: View) -> tuple[ShotView | None, EarlierView | None]:
        """One of this round, and one of before of the very same part and side (H4): whichever is looked at, and what goes with it."""
        if shows is None:
            return None, None
        kept = [shot for shot in view.shots if not shot.undone]
        if (shot := next((one for one in kept if one.item_id == shows.prior_id), None)) is not None:
            return shot, beside(shot, None, view.earlier)
        before = next((one for one in view.earlier if one.prior_id == shows.prior_id), None)
        if before is None or before.zone is None:
            return None, before
        return next((one for one in kept if one.zone == before.zone), None), before

    def _draw_ways(self, paper: Drawn | None, view: View) -> None:
        shows, words = self._shows, self.words
        gain, turn = self.query_one("#still-gain", Touch), self.query_one("#still-next", Touch)
        gain.display = bool(shows and shows.ecg)
        if shows:
            gain.put(words.still_gain.format(f"{MM_PER_SECOND:g}", f"{shows.gain:g}"))
        turn.display = bool(paper and paper.pages > 1)
        if paper and paper.pages > 1:
            turn.put(words.still_span.format(f"{paper.since:g}", f"{paper.until:g}", paper.page + 1, paper.pages))
        photo = shows is not None and any(shot.item_id == shows.prior_id and not shot.undone for shot in view.shots)
        ecg = shows is not None and shows.ecg and shows.prior_id == view.ecg.item_id
        again, opinion = self.query_one("#still-again", Touch), self.query_one("#still-opinion", Touch)
        again.display = opinion.display = photo or ecg
        if ecg:
            again.arm(RecordAgain() if view.lock.allows(Deed.ECG.value) else None)
        elif shows:
            again.arm(Retake(shows.prior_id) if view.lock.allows(Deed.PHOTO.value) else None)
        opinion.arm(OpenOpinion((Specialty.CARDIOLOGY if ecg else Specialty.DERMATOLOGY).value))


def _of_now(shot: ShotView | None, words: Words) -> Content:
    if shot is None:
        return Content("")
    remark = words.photo_verdicts.get(shot.remark, shot.remark.upper())
    doubt = Content.assemble("  ", (f" {remark} ", "bold reverse")) if remark else Content("")
    return Content.assemble((f"{words.still_now} · {shot_title(shot, words)}", "bold"), f" · {shot.age}", doubt)


def _of_before(before: EarlierView | None, *, alone: bool) -> Content:
    """Beside another one of the same part it says that part not once more."""
    if before is None:
        return Content("")
    facts = " · ".join(fact for fact in (before.title if alone else "", before.facts) if fact)
    return Content.assemble((before.age or before.day, "bold"), f" · {facts}")
