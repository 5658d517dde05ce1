"""`telecart handover`: what changed since somebody last read it, to be entered into the residents' record by whoever keeps it."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
from collections.abc import Sequence

from edge.domain.audit import Act, Entry
from edge.door import messages as m, standing_card
from edge.mains.actor import of_process
from edge.mains.clock import SystemClock
from edge.mains.places import places_of
from edge.settings import Settings
from edge.store.keeping import audit, handovers, scales
from edge.store.ledger import open_for_sync
from edge.store.sending import ways
from ui.bedside import standing
from ui.bedside.locales import LANGUAGES
from ui.bedside.standing_views import ChangeView, HandoverView

COLUMNS = ("chambre", "resident", "situation", "contexte", "mesures", "reste")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclasses.dataclass(frozen=True, slots=True)
class Printed:
    """``card`` for a program, ``view`` in French for people."""

    card: m.HandoverCard
    view: HandoverView


def changed(settings: Settings, hours: float | None) -> Printed:
    """Since it was last read on the screen, or of the last ``hours``. Nothing is marked as read; that it was written out is traced.

    Raises Fault where there is no store or no key.
    """
    now = SystemClock().now()
    opened = open_for_sync(places_of(settings))
    try:
        found = handovers.changed(opened.database, now.utc, dt.timedelta(hours=hours) if hours else None)
        left = ways.ways(opened)
        residents = handovers.residents(opened.database)
        scoring = None
        if settings.news2.enabled:
            known = {one.patient_id: scales.of(opened.database, one.patient_id) for one in found.changes}
            set_two = {patient_id: scale for patient_id, scale in known.items() if scale is not None}
            scoring = standing_card.Scoring(dt.timedelta(minutes=settings.news2.window_minutes), set_two)
        by = of_process("handover", "telecart handover")
        with opened.database.write():
            audit.append(opened.database, Entry(Act.HANDED_OUT, by, now, detail=f"{len(found.changes)} residents"))
    finally:
        opened.database.close()
    card = standing_card.handover(found, left, residents, now, scoring)
    snapshot = m.Snapshot(
        cart=settings.cart,
        demo=settings.demo,
        clock=now.utc.isoformat(),
        standing=m.StandingCard(handover=card),
    )
    view = standing.view(snapshot, LANGUAGES["fr"](), 0.0, None).handover
    return Printed(card, dataclasses.replace(view, since=f"Depuis {hours:g} h") if hours else view)


def as_text(printed: Printed, cart: str) -> str:
    """For a printer: a paragraph each."""
    words = LANGUAGES["fr"]()
    view = printed.view
    head = [f"{words.handover_title} · {cart}", view.since, words.handover_aid, ""]
    body = [*view.besides, *([""] if view.besides else [])]
    for one in view.changes:
        body += [one.who, *(f"  {letter}  {text}" for letter, text in one.rows), ""]
    return "\n".join([*head, *(body or [words.handover_none])]).rstrip() + "\n"


def as_csv(printed: Printed) -> str:
    """For a spreadsheet: semicolons as in France, UTF-8; a name that looks like a formula is none."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for card, view in zip(printed.card.changes, printed.view.changes, strict=True):
        writer.writerow([_plain(text) for text in (card.room, card.name, *_rows(view))])
    return out.getvalue()


def _rows(view: ChangeView) -> Sequence[str]:
    letters = LANGUAGES["fr"]().handover_letters
    said = dict(view.rows)
    return [said.get(letters[name], "") for name in "sbar"]


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
