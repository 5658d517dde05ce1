"""From what the door said to the page of calls and opinions. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from edge.domain.measurement import VITAL_SIGNS, Kind
from edge.domain.reach import Reach
from edge.door import messages as m
from ui.bedside.instants import instant
from ui.bedside.locales import Words
from ui.bedside.opinion_views import AskedView, ContactView, DossierView, OpinionView
from ui.bedside.tiles import newest


def opinion(snapshot: m.Snapshot, words: Words, elapsed: float, zone: dt.tzinfo | None) -> OpinionView:
    by_id = {item.item_id: item for item in snapshot.items}
    states = {one.request_id: one.state for one in snapshot.following.requests}
    return OpinionView(
        contacts=tuple(_contact(card, words) for card in snapshot.contacts),
        dossiers=tuple(
            DossierView(
                specialty=card.specialty,
                to=words.opinion_to.format(card.addressee) if card.addressee else "",
                attached=_papers(
                    _attached([by_id[name] for name in card.attached if name in by_id], words, zone), card, words
                ),
                gaps=words.opinion_missing.format(lacking) if (lacking := _lacking(card, words)) else "",
                lacking=lacking,
            )
            for card in snapshot.dossiers
        ),
        asked=tuple(
            _asked(item, words, elapsed, states.get(item.item_id))
            for item in newest(snapshot.items, Kind.OPINION)
            if not item.entered_in_error
        ),
        offline=snapshot.standing.reach.state == Reach.OFFLINE,
    )


def _contact(card: m.ContactCard, words: Words) -> ContactView:
    return ContactView(
        card.label, words.of(card.label, card.label_en or card.label), card.number, card.hours, card.video
    )


def _attached(items: Sequence[m.ItemCard], words: Words, zone: dt.tzinfo | None) -> str:
    """``2 photos · ECG 14:20 · PA, SpO₂ 14:32``."""
    photos = [one for one in items if one.kind == Kind.PHOTO]
    sounds = [one for one in items if one.kind == Kind.SOUND]
    vitals = [one for one in items if one.kind in VITAL_SIGNS]
    parts = [f"{words.photos(len(photos))} {_at(photos[0], zone)}"] if photos else []
    parts += [f"{words.ecg_title} {_at(one, zone)}" for one in items if one.kind == Kind.ECG]
    parts += [f"{words.sounds(len(sounds))} {_at(sounds[0], zone)}"] if sounds else []
    if vitals:
        parts.append(f"{words.opinion_vitals(len(vitals))} {_at(vitals[0], zone)}")
    joined = " · ".join(part.strip() for part in parts)
    return words.opinion_attached.format(joined) if joined else words.opinion_nothing_attached


def _papers(attached: str, card: m.DossierCard, words: Words) -> str:
    """With what goes along on paper, and what nobody has brought in."""
    there = ", ".join(words.dossier_roles.get(role, role) for role in card.documents)
    without = ", ".join(words.dossier_roles.get(role, role) for role in card.absent)
    parts = [attached, there, words.dossier_without.format(without) if without else ""]
    return " · ".join(part for part in parts if part)


def _at(item: m.ItemCard, zone: dt.tzinfo | None) -> str:
    taken = instant(item.taken, zone)
    return f"{taken:%H:%M}" if taken else ""


def _lacking(card: m.DossierCard, words: Words) -> str:
    named = list(dict.fromkeys(words.opinion_gaps.get(gap.missing, gap.missing) for gap in card.gaps))
    return ", ".join(named)


def _asked(item: m.ItemCard, words: Words, elapsed: float, state: str | None) -> AskedView:
    """``state`` is how it stands by what came back, None where that is not known yet."""
    said = {value.name: value.value or "" for value in item.values}
    specialty = words.opinion_specialties.get(said.get("specialty", ""), said.get("specialty", ""))
    facts = (
        words.opinion_states.get(state or said.get("state", ""), ""),
        words.ago(item.age_seconds + elapsed),
        words.delivery.get(item.state, item.state),
    )
    return AskedView(item.item_id, words.opinion_title_of.format(specialty), " · ".join(fact for fact in facts if fact))
