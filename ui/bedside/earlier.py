"""Earlier photos in words: when, of what part of the body, by whom. The pictures themselves are ui.bedside.still_hand's."""

from __future__ import annotations

import datetime as dt

from edge.domain.body_site import SITES, BodySite
from edge.door import messages as m
from ui.bedside.locales import Words
from ui.bedside.views import EarlierView
from ui.bedside.zones import zone_of


def photos(snapshot: m.Snapshot, words: Words, today: dt.date | None) -> tuple[EarlierView, ...]:
    """Of the resident on screen, as the door lists them: the newest first. Without ``today`` no age is said."""
    return tuple(_view(card, words, today) for card in snapshot.earlier if card.kind == "photo")


def _view(card: m.EarlierCard, words: Words, today: dt.date | None) -> EarlierView:
    view = words.photo_views.get(card.title, card.title)
    where = _where(card, words)
    taken = _date(card.taken)
    day = words.date(taken) if taken else words.photo_no_date
    facts = (day, view if where else "", card.who or card.source or card.device)
    return EarlierView(
        card.prior_id,
        where or view or words.home_photo,
        " · ".join(fact for fact in facts if fact),
        zone=zone_of(card.site, card.side),
        day=day if taken else "",
        age=words.days_ago((today - taken).days) if taken and today and taken <= today else "",
    )


def _where(card: m.EarlierCard, words: Words) -> str:
    """The part, and always its side where it has two: a left heel is not the right one (H4)."""
    try:
        site = SITES[BodySite(card.site)]
    except ValueError:
        return card.region
    name = words.site(BodySite(card.site))
    return f"{name}, {words.photo_sides.get(card.side, words.photo_no_side)}" if site.paired else name


def _date(taken: str) -> dt.date | None:
    try:
        return dt.datetime.fromisoformat(taken).date()
    except ValueError:
        return None
