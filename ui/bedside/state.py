"""From what the door said to what the screen shows: pure, so that a screen is tested without a terminal."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import TypeVar, cast

import msgspec

from edge.domain.measurement import VITAL_SIGNS, Kind
from edge.domain.text import sanitise_line
from edge.domain.visitor import Visitor
from edge.door import messages as m
from ui.bedside import (
    answers,
    appliances,
    cart_settings,
    consent,
    diary,
    earlier,
    entrance,
    labels,
    letting,
    opinion,
    record,
    score,
    standing,
    views as v,
    visitors,
    whose,
)
from ui.bedside.homonyms import homonyms
from ui.bedside.instants import date_of, instant
from ui.bedside.locales import Words
from ui.bedside.tiles import newest, tiles as vital_tiles
from ui.bedside.zones import zone_of

T = TypeVar("T")

HOME_VALUES = 3
"""Vital signs that fit on their button of the home page; how many others there are is said."""


def clean(said: T) -> T:
    """``said`` with every text in it fit for a terminal (T17). The one wall between the door and the screen."""
    match said:
        case tuple() if said and isinstance(said[0], float):
            return said
        case str():
            return cast("T", sanitise_line(said))
        case tuple():
            return cast("T", tuple(clean(part) for part in said))
        case msgspec.Struct():
            changed = {name: clean(getattr(said, name)) for name in said.__struct_fields__}
            return cast("T", msgspec.structs.replace(said, **changed))
        case Visitor(name=name):
            return cast(
                "T", dataclasses.replace(said, name=clean(name), rpps=clean(said.rpps), spoken=clean(said.spoken))
            )
        case _:
            return said


def view(
    snapshot: m.Snapshot,
    words: Words,
    *,
    elapsed: float = 0.0,
    old: bool = False,
    zone: dt.tzinfo | None = None,
) -> v.View:
    """What to show of a ``clean`` snapshot, ``elapsed`` seconds after it came; ``old``: the cart has stopped answering.

    Clock times are shown in ``zone``, by default the machine's.
    """
    snapshot = labels.spoken(snapshot, words)
    said = instant(snapshot.clock, zone)
    today = (said + dt.timedelta(seconds=elapsed)).date() if said else None
    clashes = homonyms(snapshot.residents)
    answered = answers.answers(snapshot, words, zone)
    tiles = vital_tiles(snapshot, words, elapsed, old)
    ecg = _ecg(snapshot, words, elapsed, old)
    shots = tuple(_shot(item, words, elapsed) for item in newest(snapshot.items, Kind.PHOTO))
    sounds = tuple(_sound(item, words, elapsed) for item in newest(snapshot.items, Kind.SOUND))
    return v.View(
        started=True,
        old=old,
        demo=snapshot.demo,
        notice=words.of(snapshot.notice, snapshot.notice_en),
        warning="   ".join(filter(None, (words.of(snapshot.warning, snapshot.warning_en), answered.alert))),
        as_of=f"{said:%H:%M}" if said else snapshot.clock,
        status=standing.status(snapshot, words, elapsed, _clock(snapshot.clock, elapsed, zone)),
        resident=resident(snapshot.resident, words, today) if snapshot.resident else None,
        residents=tuple(
            resident(one, words, today, homonym=one.id in clashes)
            for one in sorted(snapshot.residents, key=lambda r: (len(r.room), r.room, r.birth_name, r.id))
        ),
        tiles=tiles,
        ecg=ecg,
        strip=_strip(snapshot.strip, words),
        shots=shots,
        earlier=earlier.photos(snapshot, words, today),
        sounds=sounds,
        call=_call(snapshot.call, words),
        outbox=_outbox(snapshot, words),
        standing=standing.view(snapshot, words, elapsed, zone),
        devices=tuple(appliances.line(card, words) for card in snapshot.devices),
        appliances=tuple(appliances.appliance(card, words, elapsed, old) for card in snapshot.devices),
        # by name and not by strength: nothing moves under a finger
        nearby=tuple(
            appliances.nearby(card, words) for card in sorted(snapshot.nearby, key=lambda c: (c.label, c.name, c.id))
        ),
        pairing=appliances.pairing(snapshot.pairing, words, old),
        home=_home(snapshot, tiles, ecg, shots, sounds, words),
        lock=entrance.lock(snapshot, words, elapsed),
        whose=whose.whose(snapshot, words, elapsed, zone),
        letting=letting.letting(snapshot, words, zone),
        undo_last=_undo_last(snapshot, tiles),
        encounter_id=snapshot.encounter_id or "",
        movements=words.record_waits(snapshot.movements) if snapshot.movements else "",
        look=(snapshot.look.language, snapshot.look.theme),
        score=score.view(snapshot.news2, words, elapsed, old),
        opinion=opinion.opinion(snapshot, words, elapsed, zone),
        answers=answered,
        diary=diary.diary(snapshot, words, elapsed, zone),
        consent=consent.consent(snapshot, words, zone),
        settings=cart_settings.settings(snapshot, words, _clock(snapshot.clock, elapsed, zone), elapsed),
        window=v.WindowView(
            snapshot.windows.possible and not old,
            snapshot.windows.camera,
            snapshot.windows.remark,
            snapshot.windows.overlay,
            snapshot.windows.specialist,
            snapshot.windows.still,
        ),
    )


def resident(card: m.ResidentCard, words: Words, today: dt.date | None, *, homonym: bool = False) -> v.ResidentView:
    birth = date_of(card.birth_date)
    years = None
    if birth and today and birth <= today:
        years = today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))
    if birth and today and card.without_identity:
        years = today.year - birth.year  # of the age that was told, only the year was kept
    surname = card.birth_name.upper()
    used = card.used_name.upper() if card.used_name and card.used_name.upper() != surname else ""
    return v.ResidentView(
        id=card.id,
        name=f"{surname} {card.given_names}".strip(),
        surname=surname,
        given=card.given_names,
        used=words.used.format(used) if used else "",
        room=words.room.format(card.room) if card.room else words.no_room,
        birth=_born(card, words, birth, years),
        sex=words.sex.get(card.sex, words.no_sex),
        identity=words.identity.get(card.identity_status, card.identity_status or words.no_identity),
        it_is=words.it_is.get(card.sex, words.it_is_them),
        allergies=None if card.allergies is None else tuple(a.upper() for a in card.allergies if a),
        homonym=homonym,
        floor=card.room[:1] if card.room[:1].isdigit() and len(card.room) > 1 else "",
        born_digits=f"{birth:%d%m%Y}" if birth and not card.without_identity else "",
        without_identity=card.without_identity,
        record=record.lines(card, words),
    )


def _born(card: m.ResidentCard, words: Words, birth: dt.date | None, years: int | None) -> str:
    if birth is None:
        return words.no_birth_date
    return words.about_years.format(years) if card.without_identity else words.born(card.sex, words.date(birth), years)


def _clock(text: str, elapsed: float, zone: dt.tzinfo | None) -> str:
    """``14:32``, ``elapsed`` seconds after the instant ``text``; any other text as it is."""
    said = instant(text, dt.UTC)
    if said is None:
        return text
    return f"{(said + dt.timedelta(seconds=elapsed)).astimezone(zone):%H:%M}"


def _ecg(snapshot: m.Snapshot, words: Words, elapsed: float, old: bool) -> v.EcgView:
    last = next((item for item in newest(snapshot.items, Kind.ECG) if not item.entered_in_error), None)
    if last is None:
        return v.EcgView(old=old)
    trace = snapshot.trace if snapshot.trace and snapshot.trace.item_id == last.item_id else None
    return v.EcgView(
        item_id=last.item_id,
        device=last.device,
        age=words.ago(last.age_seconds + elapsed),
        delivery=words.delivery.get(last.state, last.state),
        remark=last.remark,
        lead=words.ecg_lead.format(trace.lead) if trace and trace.lead else "",
        hertz=trace.hertz if trace else 0.0,
        millivolts=trace.millivolts if trace else (),
        scaled=trace.in_millivolts if trace else True,
        seconds=trace.seconds if trace else 0.0,
        old=old,
    )


def _strip(card: m.StripCard, words: Words) -> v.StripView:
    if card.state == "none":
        return v.StripView()
    return v.StripView(words.kept_seconds(int(card.safe_seconds)), ending=card.state != "recording")


def _shot(item: m.ItemCard, words: Words, elapsed: float) -> v.ShotView:
    kind = next((value.value for value in item.values if value.name == "view"), None)
    return v.ShotView(
        view=kind or "",
        zone=zone_of(item.site, item.side),
        intimate=item.intimate,
        item_id=item.item_id,
        title=words.photo_views.get(kind or "", words.home_photo),
        age=words.ago(item.age_seconds + elapsed),
        device=item.device,
        delivery=words.delivery.get(item.state, item.state),
        remark=item.remark,
        undone=item.entered_in_error,
    )


def _sound(item: m.ItemCard, words: Words, elapsed: float) -> v.ShotView:
    said = {value.name: value.value or "" for value in item.values}
    source = words.sound_sources.get(said.get("source", ""), words.sound_title)
    seconds = said.get("seconds")
    return dataclasses.replace(
        _shot(item, words, elapsed),
        title=words.sound_title_of.format(source, words.number(seconds)) if seconds else source,
    )


_CALL = {
    "requested": v.CallPhase.OPENING,
    "lobby": v.CallPhase.LOBBY,
    "waiting": v.CallPhase.WAITING,
    "admitted": v.CallPhase.ADMITTED,
    "connected": v.CallPhase.CONNECTED,
    "ended": v.CallPhase.ENDED,
    "failed": v.CallPhase.FAILED,
}


def _call(card: m.CallCard, words: Words) -> v.CallView:
    # of one who may not be on screen nothing is shown but that a doctor is there, in the lines that say so
    phase = v.CallPhase.IDLE if card.parked else _CALL.get(card.state, v.CallPhase.IDLE)
    headline = {
        v.CallPhase.OPENING: words.call_opening,
        v.CallPhase.LOBBY: words.call_lobby,
        v.CallPhase.WAITING: words.call_waiting,
        v.CallPhase.ADMITTED: words.call_admitted,
        v.CallPhase.CONNECTED: words.call_connected,
        v.CallPhase.ENDED: words.call_ended,
        v.CallPhase.FAILED: words.call_failed,
    }.get(phase, "")
    sent = (card.video_frames_sent, card.vitals_messages)
    return v.CallView(
        phase,
        headline,
        card.what,
        card.address,
        card.pin,
        *sent,
        visitors.line(card, words),
        visitors.note(card, words),
    )


def _to_see(snapshot: m.Snapshot, words: Words) -> tuple[str, ...]:
    count = snapshot.waiting.needs_person
    return (words.to_correct(count),) if count else ()


def _outbox(snapshot: m.Snapshot, words: Words) -> v.OutboxView:
    counts = (v.CountView(words.delivery[state], count) for state, count in standing.counts(snapshot.waiting))
    return v.OutboxView(tuple(counts))


def _undo_last(snapshot: m.Snapshot, tiles: Sequence[v.TileView]) -> v.UndoView:
    """Of the vital signs; what stands beside it in other tiles goes with it, and its label says so."""
    by_item = {tile.item_id: tile for tile in reversed(tiles) if tile.item_id}
    found = [item for item in newest(snapshot.items, *VITAL_SIGNS) if not item.entered_in_error]
    last = min(found, key=lambda item: item.age_seconds, default=None)
    tile = by_item.get(last.item_id) if last is not None else None
    return v.UndoView(tile.item_id, tile.undo, tile.kept_line) if tile is not None else v.UndoView()


def _home(
    snapshot: m.Snapshot,
    tiles: Sequence[v.TileView],
    ecg: v.EcgView,
    shots: Sequence[v.ShotView],
    sounds: Sequence[v.ShotView],
    words: Words,
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The lines under each big button of the home page, by the name of its place."""
    taken = sum(not shot.undone for shot in shots)
    heard = sum(not sound.undone for sound in sounds)
    waits = standing.to_send(snapshot.waiting)
    kept = [one.kept_line for one in tiles if one.kept_line]
    if len(kept) > HOME_VALUES:
        kept = [*kept[: HOME_VALUES - 1], words.others(len(kept) - HOME_VALUES + 1)]
    return (
        ("vitals", (" · ".join(kept) or words.nothing_yet,)),
        ("ecg", (f"{ecg.age} · {ecg.delivery}" if ecg.item_id else words.nothing_yet,)),
        ("photo", (words.photos(taken) if taken else words.nothing_yet,)),
        ("sound", (words.sounds(heard) if heard else words.nothing_yet,)),
        ("call", (_call(snapshot.call, words).headline or words.call_hint,)),
        ("handover", (words.to_send(waits) if waits else words.nothing_waits, *_to_see(snapshot, words))),
        ("appliances", (words.appliances(sum(device.connected for device in snapshot.devices)),)),
        ("residents", (words.change_hint,)),
    )


def seconds_of(millivolts: Sequence[float], hertz: float) -> str:
    """How long a trace is, in seconds, as text without a useless decimal."""
    try:
        return f"{(Decimal(len(millivolts)) / Decimal(str(hertz))).quantize(Decimal('0.1')).normalize():f}"
    except (InvalidOperation, ZeroDivisionError):
        return "0"
