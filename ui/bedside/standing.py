"""How the cart stands, in words: the status row, what leaves it, the handover. Pure."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator

from edge.domain.delivery import State
from edge.domain.disk_days import MOST as MOST_DAYS
from edge.domain.measurement import DOUBTFUL, Kind, Quality
from edge.domain.reach import Reach
from edge.door import messages as m
from ui.bedside import entrance, score
from ui.bedside.locales import Words
from ui.bedside.standing_views import (
    ChangeView,
    HandoverView,
    SlotView,
    StandingView,
    StatusView,
    StoppedView,
    WayLine,
)
from ui.bedside.tiles import ROWS, line_of
from ui.bedside.whose import clock, title
from ui.bedside.zones import named, zone_of

CART, BATTERY, CLOCK, USER, KEPT = 4, 3, 2, 1, 0
"""Ranks of the status row: the highest goes first where there is no room."""

_BLOCKS = 4


def to_send(waiting: m.Waiting) -> int:
    return waiting.kept + waiting.pending + waiting.sent


# --- the status row


def status(snapshot: m.Snapshot, words: Words, elapsed: float, clock: str) -> StatusView:
    """What asks for somebody, who answers, what waits, who is here, the battery, the cart: always in this order."""
    slots = [*_alarms(snapshot, words), network(snapshot.standing.reach, words, elapsed)]
    slots.append(_outbox(snapshot.waiting, words, elapsed))
    if who := entrance.who(snapshot.attendance, words):
        slots.append(SlotView(who, rank=USER))
    power = snapshot.standing.power
    if power.percent is not None:
        text = (words.battery_plugged if power.plugged else words.battery).format(_blocks(power.percent), power.percent)
        # on the last of it the battery is no ornament
        slots.append(SlotView(text, f"{power.percent} %", KEPT if power.step else BATTERY, power.step > 0))
    slots.append(SlotView(snapshot.cart, rank=CART))
    return StatusView(tuple(slots), clock)


def _alarms(snapshot: m.Snapshot, words: Words) -> Iterator[SlotView]:
    match snapshot.call.state:
        case "admitted" | "connected":
            yield SlotView(words.in_call, words.call_short, strong=True)
        case "waiting":
            yield SlotView(words.at_the_door, words.call_short, strong=True)
        case _:
            pass
    if snapshot.strip.state != "none":
        kept = words.kept_seconds(int(snapshot.strip.safe_seconds))
        yield SlotView(words.strip_status.format(kept), words.strip_short, strong=True)
    correct, strays = snapshot.waiting.needs_person, snapshot.unassigned
    if correct or strays:
        said = [words.to_correct(correct) if correct else "", words.unassigned(strays) if strays else ""]
        yield SlotView(
            f"⚠ {' · '.join(part for part in said if part)}",
            words.to_see.format(correct + strays),
            strong=True,
            least=f"⚠ {correct + strays}",
        )


def _blocks(percent: int) -> str:
    """``▮▮▮▯``: a shape beside the number; never fuller than it is."""
    full = percent * _BLOCKS // 100
    return "▮" * full + "▯" * (_BLOCKS - full)


def network(card: m.ReachCard, words: Words, elapsed: float) -> SlotView:
    """By the age of the last answer, end to end (H23); that a line is up is never said."""
    seconds = None if card.seconds is None else card.seconds + elapsed
    match card.state:
        case Reach.OFFLINE if card.refusing and len(card.refusing) == len(card.silent):
            return SlotView(words.refused_by.format(", ".join(card.refusing)), words.refused_by_short, strong=True)
        case Reach.OFFLINE if seconds is None:
            return SlotView(words.offline_never, words.offline_never_short, strong=True)
        case Reach.OFFLINE:
            return SlotView(
                words.offline.format(words.lasting(seconds or 0.0)),
                words.offline_short.format(words.span(seconds or 0.0)),
                strong=True,
            )
        case Reach.PARTLY:
            who = ", ".join(card.silent)
            text = (
                words.partly_never.format(who) if seconds is None else words.partly.format(who, words.lasting(seconds))
            )
            return SlotView(text, words.silent_count(len(card.silent)), strong=True)
        case Reach.ANSWERS:
            ago = words.ago(seconds or 0.0)
            return SlotView(words.answers.format(ago), words.answers_short.format(words.span(seconds or 0.0)))
        case Reach.NONE:
            return SlotView(words.reach_none, words.reach_none_short)
        case _:
            return SlotView(words.reach_unknown, words.reach_unknown_short)


def _outbox(waiting: m.Waiting, words: Words, elapsed: float) -> SlotView:
    count = to_send(waiting)
    if not count:
        return SlotView(words.nothing_waits, words.waits_short.format(0))
    since = waiting.oldest_seconds + elapsed
    return SlotView(
        words.waits_since.format(words.to_send(count), words.lasting(since)),
        words.waits_since.format(words.waits_short.format(count), words.span(since)),
        least=words.waits_short.format(count),
    )


# --- what leaves


def view(snapshot: m.Snapshot, words: Words, elapsed: float, zone: dt.tzinfo | None) -> StandingView:
    card, waiting = snapshot.standing, snapshot.waiting
    left = waiting.needs_person - len(card.stopped)
    return StandingView(
        facts=tuple(_facts(snapshot, words, elapsed)),
        saved=tuple((item.item_id, title(item, words)) for item in snapshot.items if not item.entered_in_error),
        ways=tuple(_way(one, words, elapsed) for one in card.ways),
        stopped=tuple(_stopped(one, words, elapsed) for one in card.stopped),
        more_stopped=words.send_correct_count(left) if left > 0 else "",
        handover=_handover(snapshot, words, elapsed, zone),
    )


def _facts(snapshot: m.Snapshot, words: Words, elapsed: float) -> Iterator[str]:
    card, waiting = snapshot.standing, snapshot.waiting
    if to_send(waiting):
        yield words.send_since.format(words.lasting(waiting.oldest_seconds + elapsed))
    elif not waiting.needs_person:
        yield words.send_none
    if card.reach.refusing:
        yield words.reach_refusing.format(", ".join(card.reach.refusing))
    elif card.reach.silent:
        yield words.reach_silent.format(", ".join(card.reach.silent))
    if card.reach.state == Reach.OFFLINE and to_send(waiting):
        yield words.send_offline_hint
    if waiting.last_received_seconds is None:
        yield words.send_never
    else:
        yield words.send_last.format(words.ago(waiting.last_received_seconds + elapsed))
    if waiting.withdrawn:
        yield words.outbox_withdrawn.format(waiting.withdrawn)
    if snapshot.quarantined:
        yield words.handover_unread(snapshot.quarantined)
    yield disk(card.days_left, words)


def disk(days: int | None, words: Words) -> str:
    if days is None:
        return words.disk_unknown
    if not days:
        return words.disk_none
    return words.disk_more if days >= MOST_DAYS else words.disk_days(days)


def _who(name: str, room: str, words: Words, gone: str) -> str:
    return " · ".join(part for part in (words.room.format(room) if room else "", name or gone) if part)


def _way(one: m.WayCard, words: Words, elapsed: float) -> WayLine:
    counted = (("needs_person", one.needs_person), ("kept", one.kept), ("pending", one.pending), ("sent", one.sent))
    return WayLine(
        who=_who(one.name, one.room, words, words.send_gone),
        counts=" · ".join(words.send_count.format(count, words.send_counts[name]) for name, count in counted if count),
        since=words.send_oldest.format(words.lasting(one.oldest_seconds + elapsed)),
        moving=words.send_moving if one.under_way else "",
    )


def _stopped(one: m.StoppedCard, words: Words, elapsed: float) -> StoppedView:
    item = one.item
    to = ", ".join(one.destinations)
    photo = one.own and item.kind == Kind.PHOTO
    where = zone_of(item.site, item.side) if photo else None
    said = [title(item, words) if one.own else words.stopped_part, named(where, words) if where else ""]
    return StoppedView(
        item_id=item.item_id,
        title=" · ".join(part for part in said if part),
        who=one.name or words.send_gone,
        facts=" · ".join((words.ago(item.age_seconds + elapsed), words.stopped_to.format(to))),
        why=words.stopped_why.get(one.reason, words.stopped_why_else).format(to),
        advice=words.stopped_advice.get(one.reason, words.stopped_advice_else),
        detail=words.stopped_detail.format(one.what) if one.what else "",
        photo=photo and not item.entered_in_error,
        view=next((value.value or "" for value in item.values if value.name == "view"), ""),
        intimate=item.intimate,
        movable=one.own and not item.entered_in_error,
        patient_id=one.patient_id,
    )


# --- the handover


def _handover(snapshot: m.Snapshot, words: Words, elapsed: float, zone: dt.tzinfo | None) -> HandoverView:
    card = snapshot.standing.handover
    since = words.handover_first
    if card.read_seconds is not None:
        ago = words.ago(card.read_seconds + elapsed)
        since = (
            words.handover_since.format(ago, card.read_by) if card.read_by else words.handover_since_nobody.format(ago)
        )
    besides = []
    if snapshot.unassigned:
        besides.append(words.handover_strays(snapshot.unassigned))
    if snapshot.quarantined:
        besides.append(words.handover_unread(snapshot.quarantined))
    if card.more:
        besides.append(words.handover_more)
    # the words are one object, whatever language they are of by now
    changes = tuple(_change(one, words, type(words).__name__, elapsed // 60 * 60, zone) for one in card.changes)
    return HandoverView(card.through, card.audited, since, changes, tuple(besides), card.page, card.pages)


@functools.lru_cache(maxsize=256)
def _change(
    one: m.ChangeCard,
    words: Words,
    language: str,  # noqa: ARG001 - by which it is kept
    elapsed: float,
    zone: dt.tzinfo | None,
) -> ChangeView:
    letters = words.handover_letters
    rows = (
        (letters["s"], _situation(one, words, elapsed, zone)),
        (letters["b"], _background(one, words)),
        (letters["a"], _assessment(one, words, elapsed)),
        (letters["r"], _remains(one, words)),
    )
    return ChangeView(
        one.patient_id,
        _who(one.name, one.room, words, words.handover_unknown),
        tuple((letter, text) for letter, text in rows if text),
    )


def _situation(one: m.ChangeCard, words: Words, elapsed: float, zone: dt.tzinfo | None) -> str:
    new = len(one.values) + one.more
    captured = words.handover_captured(one.ecgs, one.photos, one.sounds)
    parts = [
        words.handover_count(new) if new else "",
        captured,
        words.handover_undone(one.undone) if one.undone else "",
        words.handover_taken_away(one.taken_away) if one.taken_away else "",
        f"{clock(one.newest, words, zone)} ({words.ago(one.newest_seconds + elapsed)})" if one.newest else "",
    ]
    return " · ".join(part for part in parts if part)


def _background(one: m.ChangeCard, words: Words) -> str:
    if one.allergies is None:
        return words.handover_allergies_unknown
    if not one.allergies:
        return words.handover_allergies_none
    return words.handover_allergies.format(", ".join(allergy.upper() for allergy in one.allergies))


def _assessment(one: m.ChangeCard, words: Words, elapsed: float) -> str:
    said = [measured(item, words) for item in one.values]
    parts = [text for text in said if text] or [words.handover_no_measures]
    if one.more:
        parts.append(words.handover_others(one.more))
    if one.news2.enabled:
        found, ago = score.view(one.news2, words, 0.0, old=False), words.ago(one.scored_seconds + elapsed)
        parts.append(
            words.handover_score.format(found.number, found.word, ago)
            if found.number
            else words.handover_score_partial.format(ago)
        )
    return " · ".join(parts)


def measured(item: m.ItemCard, words: Words) -> str:
    """All that was measured at once, with a sign of doubt, and that it was typed."""
    said = " · ".join(text for row in ROWS if (text := line_of(row, item, words)))
    return f"{said} ({words.handover_typed})" if said and Quality.TYPED in item.quality else said


def _remains(one: m.ChangeCard, words: Words) -> str:
    doubtful = [
        words.tiles[row.key]
        for item in one.values
        for row in ROWS
        if (values := row.values(item.values) if item.kind in row.kinds else None)
        and any(code in DOUBTFUL for code in (*item.quality, *(code for value in values for code in value.quality)))
    ]
    parts = [words.handover_doubt.format(", ".join(doubtful)) if doubtful else ""]
    parts.append(words.handover_left(one.waits, one.needs_person))
    return " · ".join(part for part in parts if part) or words.handover_nothing_left


def counts(waiting: m.Waiting) -> tuple[tuple[str, int], ...]:
    """By the words of delivery, exactly: over the whole store."""
    return (
        (State.KEPT, waiting.kept),
        (State.PENDING, waiting.pending),
        (State.SENT, waiting.sent),
        (State.RECEIVED, waiting.received),
        (State.NEEDS_PERSON, waiting.needs_person),
    )
