"""What is nobody's, in words; and residents as they are looked for, by date of birth and then by letters: pure."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Sequence

from edge.domain.measurement import Kind
from edge.door import messages as m
from ui.bedside.instants import instant
from ui.bedside.locales import Words
from ui.bedside.tiles import ROWS, line_of
from ui.bedside.views import ResidentView
from ui.bedside.whose_views import ReconciledView, StrayView, UnreadView, WhoseView

MOST_LETTERS = 3
"""RNIV: the date of birth first, then no more letters of the birth name than these."""
DATE_DIGITS = 8


def whose(snapshot: m.Snapshot, words: Words, elapsed: float, zone: dt.tzinfo | None) -> WhoseView:
    strays = tuple(_stray(card, words, elapsed, zone) for card in snapshot.strays)
    unread = tuple(
        UnreadView(card.number, " · ".join(part for part in (card.device, clock(card.taken, words, zone)) if part))
        for card in snapshot.unread
    )
    names = {one.id: f"{one.birth_name.upper()} {one.given_names}" for one in snapshot.residents}
    reconciled = tuple(
        ReconciledView(
            card.resident.id,
            words.whose_became.format(
                f"{card.resident.birth_name} {card.resident.given_names}", names.get(card.became, words.whose_gone)
            ),
        )
        for card in snapshot.reconciled
    )
    left = snapshot.unassigned - len(strays) + snapshot.quarantined - len(unread)
    waits = snapshot.unassigned + snapshot.quarantined
    return WhoseView(strays, unread, reconciled, words.whose_more(left) if left > 0 else "", waits)


def _stray(card: m.StrayCard, words: Words, elapsed: float, zone: dt.tzinfo | None) -> StrayView:
    item = card.item
    when = f"{clock(item.taken, words, zone)} ({words.ago(item.age_seconds + elapsed)})"
    facts = " · ".join(part for part in (item.device, when) if part)
    return StrayView(item.item_id, title(item, words), facts, words.whose_why.get(card.why, ""), card.near)


def title(item: m.ItemCard, words: Words) -> str:
    """All that was measured at once, each as on its tile."""
    said = [text for row in ROWS if (text := line_of(row, item, words))]
    if said:
        return " · ".join(said)
    kinds: dict[str, str] = {
        Kind.ECG.value: words.home_ecg,
        Kind.PHOTO.value: words.home_photo,
        Kind.SOUND.value: words.sound_title,
    }
    view = next((words.photo_views.get(one.value or "", "") for one in item.values if one.name == "view"), "")
    return " · ".join(part for part in (kinds.get(item.kind, item.kind), view) if part)


def clock(text: str, words: Words, zone: dt.tzinfo | None) -> str:
    at = instant(text, zone)
    return words.whose_at(at) if at else text


def letters_of(name: str) -> str:
    """Capitals A to Z, without accents and signs."""
    plain = unicodedata.normalize("NFKD", name.replace("Œ", "OE").replace("Æ", "AE")).upper()
    return "".join(letter for letter in plain if "A" <= letter <= "Z")


def found(residents: Sequence[ResidentView], digits: str, letters: str) -> tuple[ResidentView, ...]:
    """Those whose date of birth begins with ``digits`` (JJMMAAAA) and whose birth name begins with ``letters``; () for neither."""
    if not digits and not letters:
        return ()
    return tuple(
        one
        for one in residents
        if one.born_digits.startswith(digits) and letters_of(one.surname).startswith(letters[:MOST_LETTERS])
    )
