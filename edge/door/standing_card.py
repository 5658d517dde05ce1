"""How the cart stands, as a screen may show it: from what is stored. Pure."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections.abc import Mapping, Sequence

import msgspec

from edge.domain.battery import Power, step
from edge.domain.capture import Line
from edge.domain.fault import Reason
from edge.domain.handover import Change, Handover
from edge.domain.measurement import VITAL_SIGNS, Instant, Kind
from edge.domain.news2 import ScaleTwo
from edge.domain.patient import Patient
from edge.domain.reach import Answered, Contact, elapsed
from edge.domain.way import Stopped, Way, Ways
from edge.door import messages as m
from edge.door.item_card import age, item, value_of
from edge.door.score_card import news2

PAGE = 30
"""Residents on one page of a handover."""

_CLAUSE = {
    1: "Batterie {0} %. Branchez le chariot.",
    2: "Batterie {0} % : tracés et sons de 30 s au plus. Branchez le chariot.",
    3: "Batterie {0} % : plus d'enregistrement, les mesures restent gardées. Branchez le chariot tout de suite.",
    4: "Batterie {0} % : le chariot va s'arrêter, les mesures restent gardées. Branchez-le tout de suite.",
}
_CLAUSE_EN = {
    1: "Battery {0} %. Plug the cart in.",
    2: "Battery {0} %: traces and sounds of 30 s at most. Plug the cart in.",
    3: "Battery {0} %: nothing is recorded any more, readings are still kept. Plug the cart in at once.",
    4: "Battery {0} %: the cart is about to stop, readings are still kept. Plug it in at once.",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Scoring:
    """Where the site turned the score on: its window, and for whom scale 2 is set."""

    window: dt.timedelta
    scales: Mapping[str, ScaleTwo]


def reach(contact: Contact, found: Sequence[Answered]) -> m.ReachCard:
    refusing = {one.destination for one in found if one.why == Reason.DESTINATION_REFUSED}
    return m.ReachCard(
        state=contact.reach.value,
        seconds=contact.seconds,
        silent=contact.silent,
        refusing=tuple(name for name in contact.silent if name in refusing),
    )


def power(now: Power | None) -> m.PowerCard:
    return m.PowerCard() if now is None else m.PowerCard(percent=now.percent, plugged=now.plugged, step=step(now))


def warnings(card: m.PowerCard) -> tuple[str, str]:
    """What the screen says of the battery until somebody plugs the cart in: French, English; "" for nothing."""
    if not card.step or card.percent is None:
        return "", ""
    return _CLAUSE[card.step].format(card.percent), _CLAUSE_EN[card.step].format(card.percent)


def ways(found: Ways, residents: Mapping[str, Patient], now: Instant) -> tuple[m.WayCard, ...]:
    return tuple(_way(one, residents.get(one.patient_id), now) for one in found.ways)


def _way(one: Way, patient: Patient | None, now: Instant) -> m.WayCard:
    return m.WayCard(
        patient_id=one.patient_id,
        name=name_of(patient),
        room=patient.room if patient else "",
        kept=one.kept,
        pending=one.pending,
        sent=one.sent,
        needs_person=one.needs_person,
        under_way=one.under_way,
        oldest_seconds=elapsed(one.oldest, now),
    )


def stopped(found: Ways, residents: Mapping[str, Patient], now: Instant) -> tuple[m.StoppedCard, ...]:
    return tuple(_stopped(one, residents.get(one.patient_id), now) for one in found.stopped)


def _stopped(one: Stopped, patient: Patient | None, now: Instant) -> m.StoppedCard:
    return m.StoppedCard(
        item=item(one.line, now),
        patient_id=one.patient_id,
        name=name_of(patient),
        destinations=one.destinations,
        reason=one.reason,
        what=one.what,
        own=one.own,
    )


def name_of(patient: Patient | None) -> str:
    return f"{patient.birth_name.upper()} {patient.given_names}".strip() if patient else ""


def handover(
    found: Handover,
    left: Ways,
    residents: Mapping[str, Patient],
    now: Instant,
    scoring: Scoring | None,
    page: int | None = None,
) -> m.HandoverCard:
    """By room, as somebody goes from door to door. ``page`` counts from 0 and is the last one where there are fewer; None: all."""

    def place(one: Change) -> tuple[bool, int, str, str, str]:
        patient = residents.get(one.patient_id)
        room = patient.room if patient else ""
        return not room, len(room), room, name_of(patient), one.patient_id

    waits = {one.patient_id: one for one in left.ways}
    sorted_changes = sorted(found.changes, key=place)
    pages = 1 if page is None else max(1, math.ceil(len(sorted_changes) / PAGE))
    at = min(max(page or 0, 0), pages - 1)
    shown = sorted_changes if page is None else sorted_changes[at * PAGE : (at + 1) * PAGE]
    return m.HandoverCard(
        through=found.through,
        audited=found.audited,
        read_seconds=elapsed(found.since.at, now) if found.since else None,
        read_by=found.since.name if found.since else "",
        changes=tuple(
            _change(one, waits.get(one.patient_id), residents.get(one.patient_id), now, scoring) for one in shown
        ),
        more=found.more,
        page=at,
        pages=pages,
    )


def _change(
    one: Change, way: Way | None, patient: Patient | None, now: Instant, scoring: Scoring | None
) -> m.ChangeCard:
    standing = [line for line in one.lines if not line.entered_in_error]
    values: dict[Kind, Line] = {}
    for line in standing:
        if line.kind in VITAL_SIGNS:
            values.setdefault(line.kind, line)
    newest = next(iter(standing), None)
    scored = next((line for line in standing if line.kind in VITAL_SIGNS), None)
    card = m.ChangeCard(
        patient_id=one.patient_id,
        name=name_of(patient),
        room=patient.room if patient else "",
        allergies=patient.allergies if patient else None,
        values=tuple(_by_the_minute(item(line, now)) for line in values.values()),
        more=sum(line.kind in VITAL_SIGNS for line in standing) - len(values),
        ecgs=_count(standing, Kind.ECG),
        photos=_count(standing, Kind.PHOTO),
        sounds=_count(standing, Kind.SOUND),
        undone=len(one.lines) - len(standing),
        taken_away=one.taken_away,
        waits=way.waits if way else 0,
        needs_person=way.needs_person if way else 0,
        newest_seconds=_minutes(age(newest.taken, now)) if newest else 0.0,
        newest=newest.taken.utc.isoformat() if newest else "",
    )
    if scoring is None or scored is None:
        return card
    scale = scoring.scales.get(one.patient_id)
    # as it was when the last of them came: by now all of it is too old for a score
    found = news2(standing, scored.taken, scoring.window, age=age, value=value_of, scale_two=scale)
    return msgspec.structs.replace(card, news2=found, scored_seconds=_minutes(age(scored.taken, now)))


def _minutes(seconds: float) -> float:
    """Whole ones, in seconds: nobody reads more of them, and what is equal need not be drawn anew every second."""
    return seconds // 60 * 60


def _by_the_minute(card: m.ItemCard) -> m.ItemCard:
    return msgspec.structs.replace(card, age_seconds=_minutes(card.age_seconds))


def _count(lines: Sequence[Line], kind: Kind) -> int:
    return sum(line.kind is kind for line in lines)
