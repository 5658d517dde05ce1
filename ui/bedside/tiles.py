"""One vital sign from what is saved and what is running: pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from edge.domain.measurement import Kind, Name, Quality
from edge.door import messages as m
from ui.bedside import views as v
from ui.bedside.locales import Words

DOUBTFUL = frozenset(
    {
        Quality.NAN,
        Quality.NRES,
        Quality.POSITIVE_INFINITY,
        Quality.NEGATIVE_INFINITY,
        Quality.RESERVED,
        Quality.MISSING,
        Quality.IMPLAUSIBLE,
        Quality.BODY_MOVEMENT,
        Quality.CUFF_LOOSE,
        Quality.PULSE_OUT_OF_RANGE,
        Quality.IMPROPER_POSITION,
        Quality.LOW_PERFUSION,
        Quality.ARTIFACT,
        Quality.SENSOR_OFF,
    }
)
"""Qualities that put the number itself in doubt; the others are told beside it."""

TILES: tuple[tuple[str, tuple[Name, ...], Kind | None], ...] = (
    ("blood_pressure", (Name.SYSTOLIC, Name.DIASTOLIC), Kind.BLOOD_PRESSURE),
    ("spo2", (Name.SPO2,), Kind.SPO2),
    ("pulse", (Name.PULSE_RATE,), None),
)


def newest(items: Iterable[m.ItemCard], *kinds: Kind) -> list[m.ItemCard]:
    return sorted((item for item in items if item.kind in kinds), key=lambda item: item.age_seconds)


def _values(values: Sequence[m.Value], names: Sequence[Name]) -> list[m.Value] | None:
    """The values of all ``names``, or None where one of them was not measured at all."""
    found = [next((value for value in values if value.name == name), None) for name in names]
    return [value for value in found if value] if None not in found else None


def _number(values: Sequence[m.Value], words: Words) -> str:
    """The decimals as the device sent them; ``—`` where it gave none."""
    return "/".join(words.number(value.value) if value.value is not None else "—" for value in values)


def _unit(values: Sequence[m.Value], words: Words) -> str:
    units = list(dict.fromkeys(words.units.get(value.unit, value.unit) for value in values if value.unit))
    return " ".join(units)


def tile(
    row: tuple[str, tuple[Name, ...], Kind | None],
    snapshot: m.Snapshot,
    words: Words,
    elapsed: float,
    old: bool,
) -> v.TileView:
    key, names, kind = row
    every = [
        (item, values)
        for item in newest(snapshot.items, *([kind] if kind else [Kind.SPO2, Kind.BLOOD_PRESSURE]))
        if (values := _values(item.values, names))
    ]
    saved = next(((item, values) for item, values in every if not item.entered_in_error), None)
    undone = sum(item.entered_in_error for item, _ in every)
    blank = v.TileView(
        key=key,
        title={"blood_pressure": words.blood_pressure, "spo2": words.spo2, "pulse": words.pulse}[key],
        hint=words.expected_hint[key],
        undone=words.undone(undone) if undone else "",
        old=old,
    )
    if saved:
        blank = dataclasses.replace(blank, kept=_number(saved[1], words))
    # a running measurement without a number (no finger in the oximeter) never hides what is saved
    running = next(
        (
            (card, values)
            for card in snapshot.live
            if (kind is None or card.kind == kind)
            and (values := _values(card.values, names))
            and any(value.value is not None for value in values)
        ),
        None,
    )
    if running and not old:
        card, values = running
        before = ""
        item_id = undo = ""
        if saved:
            number = _number(saved[1], words)
            before = words.saved_before.format(number, words.ago(saved[0].age_seconds + elapsed))
            item_id, undo = saved[0].item_id, _undo(key, saved[0], words, words.undo_value.format(number))
        return _filled(
            blank,
            v.Phase.LIVE,
            card.device,
            values,
            card.quality,
            words,
            delivery=words.not_saved,
            before=before,
            item_id=item_id,
            undo=undo,
        )
    if saved:
        item, values = saved
        return _filled(
            blank,
            v.Phase.SAVED,
            item.device,
            values,
            item.quality,
            words,
            delivery=words.delivery.get(item.state, item.state),
            age=words.ago(item.age_seconds + elapsed),
            item_id=item.item_id,
            undo=_undo(key, item, words, words.undo),
            before=item.remark,
        )
    unmeasured = [
        code
        for card in snapshot.live
        if kind is None or card.kind == kind
        for value in card.values
        if value.name in names and value.value is None
        for code in (*value.quality, *card.quality)
    ]
    return dataclasses.replace(blank, remarks=_in_words(unmeasured, words))


def _in_words(codes: Iterable[str], words: Words) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words.quality.get(code, code) for code in codes))


def _filled(
    tile: v.TileView,
    phase: v.Phase,
    device: str,
    values: Sequence[m.Value],
    quality: Sequence[str],
    words: Words,
    *,
    delivery: str,
    before: str = "",
    age: str = "",
    item_id: str = "",
    undo: str = "",
) -> v.TileView:
    said = list(dict.fromkeys([*quality, *(code for value in values for code in value.quality)]))
    absent = any(value.value is None for value in values)
    return dataclasses.replace(
        tile,
        phase=phase,
        number=_number(values, words),
        unit=_unit(values, words),
        device=device,
        age=age,
        delivery=delivery,
        doubts=_in_words((code for code in said if code in DOUBTFUL), words),
        remarks=_in_words((code for code in said if code not in DOUBTFUL), words),
        doubtful=absent or any(code in DOUBTFUL for code in said),
        before=before,
        item_id=item_id,
        undo=undo,
    )


def _undo(key: str, item: m.ItemCard, words: Words, label: str) -> str:
    """What undoing takes along: one item may fill two tiles."""
    titles = {
        Name.SYSTOLIC: ("blood_pressure", words.blood_pressure),
        Name.SPO2: ("spo2", words.spo2),
        Name.PULSE_RATE: ("pulse", words.pulse),
    }
    also = [
        title for value in item.values for name, (own, title) in titles.items() if value.name == name and own != key
    ]
    return words.undo_with.format(label, ", ".join(also)) if also else label
