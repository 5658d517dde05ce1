"""From what the door said of a consent to what the screen shows of it. Pure."""

from __future__ import annotations

import datetime as dt

from edge.domain.consent import Basis
from edge.door import messages as m
from ui.bedside.consent_views import ConsentView
from ui.bedside.instants import instant
from ui.bedside.locales import Words


def consent(snapshot: m.Snapshot, words: Words, zone: dt.tzinfo | None) -> ConsentView:
    if snapshot.resident is None:
        return ConsentView()
    card = snapshot.consent
    female = snapshot.resident.sex == "F"
    anonymous = snapshot.attendance.emergency
    usual = Basis.EMERGENCY if anonymous else Basis.PERSON
    stands = bool(card.basis) and not card.withdrawn
    return ConsentView(
        consent_id=card.consent_id,
        basis=card.basis,
        allows=card.allows,
        stands=stands,
        line=_line(card, words, female=female) if stands else words.consent_ask(usual, female=female),
        facts=_facts(card, words, zone) if card.basis else words.consent_touch,
        brief=_brief(card, words, zone, female=female) if stands else words.consent_ask(usual, female=female),
        law=words.consent_law.get(card.protection, ""),
        usual=usual.value,
        representative=card.representative,
        title=words.consent_title(female=female),
        anonymous=anonymous,
    )


def _line(card: m.ConsentCard, words: Words, *, female: bool) -> str:
    line = words.consent_line(card.basis, female=female)
    other = words.consent_relations.get(card.other, card.other)
    return f"{line} {other}" if other else line


def _brief(card: m.ConsentCard, words: Words, zone: dt.tzinfo | None, *, female: bool) -> str:
    """``AVEC UNE AIDE : fille`` and, below, ``durable · 04/09/2026``; the rest is on the page of all."""
    title = words.consent_bases[card.basis][0] if card.basis in words.consent_bases else card.basis
    if card.other:
        title = words.consent_by.format(title, words.consent_relations.get(card.other, card.other))
    elif card.basis in {Basis.PERSON, Basis.REFUSAL}:
        title = words.consent_line(card.basis, female=female)
    when = instant(card.collected, zone)
    how_long = words.consent_standing if card.standing else words.consent_for_act
    return f"{title}\n{how_long}" + (f" · {when:%d/%m/%Y}" if when and card.standing else "")


def _facts(card: m.ConsentCard, words: Words, zone: dt.tzinfo | None) -> str:
    """``durable · recueilli le 22/11/2026 à 14:32 par C. LEROY``."""
    when = instant(card.collected, zone)
    said = words.consent_collected(when, card.by, withdrawn=card.withdrawn) if when else ""
    how_long = "" if card.withdrawn else words.consent_standing if card.standing else words.consent_for_act
    return " · ".join(part for part in (how_long, said) if part)
