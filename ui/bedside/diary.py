"""From what the door said to what the screen shows of appointments. Pure."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping

from edge.domain.appointment import HELD, State, Why
from edge.domain.opinion import OpinionState
from edge.door import messages as m
from ui.bedside.diary_views import DiaryView, PlannedView, RecallView, Way, Where
from ui.bedside.instants import instant
from ui.bedside.locales import Words

DAYS = 7
"""That the page of planning offers."""

_OPEN = frozenset({State.PLANNED.value, *(one.value for one in HELD)})
_QUARTER = 15


def diary(snapshot: m.Snapshot, words: Words, elapsed: float, zone: dt.tzinfo | None) -> DiaryView:
    said = instant(snapshot.clock, zone)
    if said is None:
        return DiaryView(button=words.diary_button)
    now = said + dt.timedelta(seconds=elapsed)
    hers = snapshot.resident.id if snapshot.resident else ""
    whose = {one.id: one for one in snapshot.residents}
    cards = snapshot.diary.appointments
    due = [one for one in cards if one.reminded or one.rings]
    count = sum(one.state in _OPEN and _is_today(one, now, zone) for one in cards)
    return DiaryView(
        recall=_recall(cards, hers, whose, words, now, zone, snapshot.call.state),
        button=words.diary_button_count.format(count) if count else words.diary_button,
        wants=bool(due),
        rows=tuple(_row(one, hers, whose, words, now, zone) for one in _ordered(cards, hers)),
        days=tuple(_day(now.date() + dt.timedelta(days=ahead), ahead, words) for ahead in range(DAYS)),
        now=now.replace(minute=now.minute // _QUARTER * _QUARTER, second=0, microsecond=0),
        zone=zone,
        requests=tuple(
            (one.specialty, one.request_id)
            for one in snapshot.following.requests
            if one.patient_id == hers and one.state not in {OpinionState.ANSWERED, OpinionState.UNDONE}
        ),
    )


def _ordered(cards: tuple[m.AppointmentCard, ...], hers: str) -> list[m.AppointmentCard]:
    """What rings, then hers that are open, then others' that are, then what is over, each by its time."""

    def place(one: m.AppointmentCard) -> tuple[int, str, str]:
        rank = (
            0 if one.rings else 1 if one.state in _OPEN and one.patient_id == hers else 2 if one.state in _OPEN else 3
        )
        return rank, one.expected, one.id

    return sorted((one for one in cards if one.state in _OPEN or one.patient_id == hers), key=place)


def _is_today(one: m.AppointmentCard, now: dt.datetime, zone: dt.tzinfo | None) -> bool:
    at = instant(one.expected, zone)
    return at is not None and at.date() <= now.date()


def _day(day: dt.date, ahead: int, words: Words) -> tuple[str, str, str]:
    near = words.diary_near_days
    name = near[ahead] if ahead < len(near) else words.diary_weekdays[day.weekday()]
    return day.isoformat(), name, f"{day:%d/%m}"


def _name(patient_id: str, whose: Mapping[str, m.ResidentCard], words: Words) -> str:
    one = whose.get(patient_id)
    if one is None:
        return words.answers_nobodys
    return (
        f"{words.room.format(one.room)} {one.birth_name.upper()} {one.given_names}"
        if one.room
        else one.birth_name.upper()
    )


def _with(one: m.AppointmentCard, words: Words) -> str:
    return one.addressee or words.opinion_specialties.get(one.specialty, one.specialty) or words.diary_doctor


def _when(one: m.AppointmentCard, now: dt.datetime, zone: dt.tzinfo | None, words: Words) -> str:
    """``14:15``, with its day where that is not today."""
    at = instant(one.starts, zone)
    if at is None:
        return ""
    if at.date() == now.date():
        return f"{at:%H:%M}"
    return f"{words.diary_weekdays[at.weekday()]} {at:%d/%m %H:%M}"


def _until(one: m.AppointmentCard, now: dt.datetime, words: Words) -> str:
    """``dans 12 min``, counted to when the doctor is expected."""
    at = instant(one.expected, dt.UTC)
    if at is None:
        return ""
    seconds = (at - now).total_seconds()
    if abs(seconds) < 60:
        return words.diary_now
    if seconds > 0:
        # a minute that has begun counts: nothing moves for a second
        return words.diary_in.format(words.lasting(math.ceil(seconds / 60) * 60))
    return words.diary_since.format(words.lasting(-seconds))


def _late(one: m.AppointmentCard, words: Words) -> str:
    return words.diary_late.format(one.delay_by or words.diary_doctor, one.delay) if one.delay else ""


def _row(
    one: m.AppointmentCard,
    hers: str,
    whose: Mapping[str, m.ResidentCard],
    words: Words,
    now: dt.datetime,
    zone: dt.tzinfo | None,
) -> PlannedView:
    mine, is_open = one.patient_id == hers, one.state in _OPEN
    title = " · ".join(
        part
        for part in (
            _when(one, now, zone, words),
            _with(one, words),
            "" if mine else _name(one.patient_id, whose, words),
        )
        if part
    )
    state = words.diary_rings if one.rings else words.diary_states.get(one.state, one.state)
    facts = [
        state,
        _until(one, now, words) if one.reminded else "",
        words.diary_urgent.get(one.urgency, ""),
    ]
    why = words.diary_whys.get(one.why, "") if not is_open else ""
    dossier = words.diary_dossier if one.request_id and is_open else ""
    lines = (" · ".join(part for part in facts if part), _late(one, words), why, dossier)
    return PlannedView(
        key=one.id,
        title=title,
        lines=tuple(line for line in lines if line),
        way=_way(one, mine=mine, is_open=is_open),
        # what another house planned is taken back there
        cancels=mine and is_open and one.state != State.IN_CALL and not one.elsewhere,
        strong=one.rings or (one.reminded and mine),
        patient_id=one.patient_id,
    )


def _way(one: m.AppointmentCard, *, mine: bool, is_open: bool) -> Way:
    if not mine:
        return Way.SEE if is_open else Way.NONE
    match one.state:
        case State.PLANNED:
            return Way.READY
        case State.WAITING:
            return Way.LEAVE
        case State.AWAY:
            return Way.BACK
        case State.IN_CALL:
            return Way.CALL
        case State.MISSED if one.why in {Why.NO_DOCTOR, Why.NOT_READY}:
            return Way.ASK
        case _:
            return Way.NONE


def _recall(
    cards: tuple[m.AppointmentCard, ...],
    hers: str,
    whose: Mapping[str, m.ResidentCard],
    words: Words,
    now: dt.datetime,
    zone: dt.tzinfo | None,
    call: str,
) -> RecallView:
    ringing = next((one for one in cards if one.rings), None)
    if ringing is not None:
        mine = ringing.patient_id == hers
        who = _with(ringing, words)
        text = (words.diary_back_hers if mine else words.diary_back).format(
            who, _name(ringing.patient_id, whose, words)
        )
        way = Way.BACK if mine else Way.SEE
        return RecallView(text, Where.ANYWHERE, way, ringing.id, ringing.patient_id, rings=True)
    waiting = next((one for one in cards if one.patient_id == hers and one.state == State.WAITING), None)
    if waiting is not None and call == "lobby":
        text = words.diary_leave_line.format(_late(waiting, words) or words.diary_not_there)
        return RecallView(text, Where.CALL, Way.LEAVE, waiting.id, waiting.patient_id)
    due = [one for one in cards if one.state in {State.PLANNED, State.AWAY} and _is_today(one, now, zone)]
    if not due:
        return RecallView()
    first = min(due, key=lambda one: (one.expected, one.id))
    parts = [_when(first, now, zone, words), _until(first, now, words), _name(first.patient_id, whose, words)]
    parts += [_with(first, words), words.diary_late_short.format(first.delay) if first.delay else ""]
    return RecallView(" · ".join(part for part in parts if part), Where.LISTS, Way.NONE, first.id, first.patient_id)
