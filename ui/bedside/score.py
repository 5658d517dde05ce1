"""The early warning score in words: pure. A part that does not count is named, and partial data has no total (H13, H22)."""

from __future__ import annotations

from edge.domain.news2 import Part
from edge.door import messages as m
from ui.bedside import tiles
from ui.bedside.locales import Words
from ui.bedside.views import ScorePartView, ScoreView


def view(card: m.News2Card, words: Words, elapsed: float, old: bool) -> ScoreView:
    """``elapsed`` seconds after ``card`` came. What grew too old since is gone at once; ``old``: the cart is silent."""
    if not card.enabled:
        return ScoreView()
    parts = tuple(_part(part, card, words, elapsed) for part in card.parts)
    lacking = tuple(one for one in parts if one.why)
    whole = not old and not lacking and card.total is not None and len(card.parts) == len(Part)
    number = str(card.total) if whole else ""
    scale = words.score_scale_two.format(card.scale_two_by) if card.scale_two_by else words.score_scale_one
    return ScoreView(
        enabled=True,
        number=number,
        word=words.score_risk.get(card.risk, card.risk) if whole else words.score_incomplete,
        lines=_lines(card, lacking, words, elapsed, old),
        parts=parts,
        scale=scale,
        scale_two=bool(card.scale_two_by),
        window=words.score_window.format(words.lasting(card.window_seconds)),
    )


def _lines(
    card: m.News2Card, lacking: tuple[ScorePartView, ...], words: Words, elapsed: float, old: bool
) -> tuple[str, ...]:
    if old:
        return (words.score_old, words.score_aid)
    if lacking or card.total is None:
        named = ", ".join(words.score_short.get(one.key, one.name) for one in lacking)
        return (words.score_lacking.format(named), words.score_aid)
    oldest = words.score_oldest.format(words.lasting((card.oldest_seconds or 0.0) + elapsed))
    return (oldest, words.score_aid)


def _part(part: m.News2Part, card: m.News2Card, words: Words, elapsed: float) -> ScorePartView:
    age = None if part.age_seconds is None else part.age_seconds + elapsed
    why = part.why
    if not why and age is not None and age > card.window_seconds:
        why = "stale"
    said = words.score_why.get(why, why)
    if part.part == Part.SPO2 and card.scale_two_by and why == "missing" and part.value is not None:
        said = words.score_needs_oxygen
    points = "" if why or part.points is None else f"{part.points}  {words.score_points.get(part.points, '')}"
    return ScorePartView(
        key=part.part,
        name=words.score_parts.get(part.part, part.part),
        value=tiles.figures([part.value], words) if part.value is not None else "",
        points=points,
        why=said or ("" if points else words.score_why["missing"]),
        age=words.ago(age) if age is not None else "",
    )
