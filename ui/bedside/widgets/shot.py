"""Pictures of the resident on screen in words: those that were taken now, and those of before."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content

from ui.bedside.locales import Words
from ui.bedside.messages import Tapped, Undo
from ui.bedside.still_acts import OpenStill
from ui.bedside.views import EarlierView, ShotView
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.touch import Touch
from ui.bedside.zones import Zone, named


def shot_title(shot: ShotView, words: Words) -> str:
    """``DE PRÈS · Talon gauche``."""
    return f"{shot.title} · {named(shot.zone, words)}" if shot.zone else shot.title


class Shots(VerticalScroll):
    """``fill`` puts them in order: new ones, earlier ones of the same zone, earlier ones of others."""

    can_focus = False

    def __init__(self, words: Words) -> None:
        super().__init__(id="shots")
        self._words = words
        self._shown: object = None

    def fill(
        self,
        shots: Sequence[ShotView],
        earlier: Sequence[EarlierView],
        zone: Zone | None,
        *,
        may_undo: bool,
        pictures: bool = False,
    ) -> None:
        """``pictures``: a touch on one of before shows it; this display can."""
        wanted = (tuple(shots), tuple(earlier), zone, may_undo, pictures)
        if wanted == self._shown:
            return
        self._shown = wanted
        words = self._words
        rows: list[Line | Shot] = [Shot(shot, words, may_undo=may_undo) for shot in shots]
        if not rows:
            rows.append(Line(words.photo_none, classes="faint"))
        told = zone is not None and zone.site is not None
        same = [one for one in earlier if told and _same_part(one, zone)]
        others = [one for one in earlier if one not in same]
        if same:
            rows += _group(words.photo_earlier_of.format(named(zone, words)), same, of_zone=True, touched=pictures)
        if others:
            rows += _group(words.photo_earlier_others if told else words.photo_earlier_title, others, touched=pictures)
        if earlier and not pictures:
            rows.append(Line(words.photo_earlier_where, classes="faint where"))
        self.remove_children()
        self.mount_all(rows)


def _same_part(one: EarlierView, zone: Zone | None) -> bool:
    """The same side too: a left heel is not the right one (H4)."""
    return one.zone is not None and one.zone == zone


def _group(title: str, earlier: Sequence[EarlierView], *, of_zone: bool = False, touched: bool = False) -> list[Line]:
    rows = (Before(one, of_zone=of_zone, touched=touched) for one in earlier)
    return [Line(title, classes="headline before-title"), *rows]


class Before(Line):
    """One photo that was taken before this round; ``of_zone``: what it shows stands above it already.

    ``touched``: a touch shows it.
    """

    def __init__(self, one: EarlierView, *, of_zone: bool = False, touched: bool = False) -> None:
        super().__init__(classes="before -touched" if touched else "before")
        self._opens = OpenStill(one.prior_id) if touched else None
        title = one.age or one.title if of_zone else one.title
        rows = [Content.styled(title, "bold"), *map(Content, (one.age, one.facts))]
        self.put(Content("\n").join(row for row in rows if str(row) and (row is rows[0] or str(row) != title)))

    def on_click(self, event: events.Click) -> None:
        if self._opens is not None:
            event.stop()
            self.post_message(Tapped(self._opens))


class Shot(Horizontal):
    """One picture that was taken, with what is wrong with it and a way to undo it."""

    def __init__(self, shot: ShotView, words: Words, *, may_undo: bool = True) -> None:
        super().__init__(classes="shot -undone" if shot.undone else "shot")
        self._shot = shot
        self._words = words
        self._may_undo = may_undo

    def compose(self) -> ComposeResult:
        shot, words = self._shot, self._words
        mark = words.photo_marked if shot.intimate else ""
        facts = (shot.age, words.undone(1) if shot.undone else shot.delivery, mark)
        rows = [
            Content.styled(shot_title(shot, words), "bold"),
            Content(" · ".join(fact for fact in facts if fact)),
        ]
        if shot.remark:
            rows.append(Content.styled(f"┄ {words.photo_remarks.get(shot.remark, shot.remark)}", "bold"))
        line = Line(classes="shot-text")
        line.put(Content("\n").join(rows))
        yield line
        if not shot.undone:
            yield Touch(words.undo, Undo(shot.item_id) if self._may_undo else None, classes="undo")
