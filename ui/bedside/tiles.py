"""One vital sign from what is saved and what is running: pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence

from edge.domain.measurement import DOUBTFUL, Kind, Name, Quality
from edge.domain.quantity import Unit
from edge.domain.typed import ALGOPLUS_PAIN_FROM, BY_HAND
from edge.door import messages as m
from ui.bedside import views as v
from ui.bedside.locales import Words

NEVER_LIVE = frozenset({Quality.FROM_STORAGE})
"""What a device reads back from its memory is not running, whatever way it comes (H6)."""


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """Where one tile gets its number: the first of ``names`` that a reading of ``kinds`` has all of.

    ``beside`` are values of the same reading that are told under it, in the tile of ``unless`` where the reading has that.
    ``models`` are the families of devices for which the tile is shown before anything was measured, None = always.
    """

    key: str
    names: tuple[tuple[Name, ...], ...]
    kinds: tuple[Kind, ...]
    beside: tuple[Name, ...] = ()
    unless: Name | None = None
    models: tuple[str, ...] | None = ()

    @property
    def every_name(self) -> tuple[Name, ...]:
        return tuple(name for names in self.names for name in names)

    def values(self, values: Sequence[m.Value]) -> list[m.Value] | None:
        """What the tile shows of a reading: of the first alternative that was measured, one with a number before others."""
        by_name = {value.name: value for value in reversed(values)}
        if self.unless in by_name:
            return None
        whole = [[by_name[name] for name in names] for names in self.names if all(name in by_name for name in names)]
        numbers = (found for found in whole if any(one.value is not None for one in found))
        return next(numbers, whole[0] if whole else None)


_COMPOSITION = (Name.MUSCLE_PERCENTAGE, Name.MUSCLE_MASS, Name.BODY_WATER_MASS, Name.FAT_FREE_MASS)

ROWS = (
    Row("blood_pressure", ((Name.SYSTOLIC, Name.DIASTOLIC),), (Kind.BLOOD_PRESSURE,), models=None),
    Row("spo2", ((Name.SPO2,),), (Kind.SPO2,), models=None),
    Row(
        "pulse",
        ((Name.HEART_RATE,), (Name.PULSE_RATE,)),
        (Kind.SPO2, Kind.BLOOD_PRESSURE, Kind.HEART_RATE, Kind.RESPIRATION),
        models=None,
    ),
    Row("temperature", ((Name.TEMPERATURE,),), (Kind.TEMPERATURE,), models=None),
    Row("respiration", ((Name.RESPIRATORY_RATE,),), (Kind.RESPIRATION,), models=None),
    Row("pain", ((Name.PAIN,), (Name.ALGOPLUS,)), (Kind.PAIN,), models=None),
    Row(
        "weight",
        ((Name.WEIGHT,),),
        (Kind.WEIGHT, Kind.BODY_COMPOSITION),
        beside=(Name.BMI, Name.HEIGHT, Name.BODY_FAT, *_COMPOSITION),
        models=("weight-scale", "body-composition"),
    ),
    Row(
        "body_fat",
        ((Name.BODY_FAT,),),
        (Kind.BODY_COMPOSITION, Kind.WEIGHT),
        beside=_COMPOSITION,
        unless=Name.WEIGHT,
    ),
    Row("glucose", ((Name.GLUCOSE,),), (Kind.GLUCOSE,), models=("glucose",)),
    Row("consciousness", ((Name.CONSCIOUSNESS,),), (Kind.CONSCIOUSNESS,), models=None),
    Row("oxygen", ((Name.OXYGEN_FLOW,),), (Kind.OXYGEN,), models=None),
)
"""The tiles in the order in which they always stand."""

SAID = ("consciousness", "oxygen")
"""What is said with one touch and stands in a strip of its own."""


def newest(items: Iterable[m.ItemCard], *kinds: Kind) -> list[m.ItemCard]:
    """What was measured in front of the nurse comes before what a device read back from its memory, whenever that came."""
    found = sorted((item for item in items if item.kind in kinds), key=lambda item: item.age_seconds)
    stored = [item for item in found if Quality.FROM_STORAGE in _said(item.quality, item.values)]
    stored.sort(key=lambda item: item.device_time, reverse=True)
    return [item for item in found if item not in stored] + stored


def tiles(snapshot: m.Snapshot, words: Words, elapsed: float, old: bool) -> tuple[v.TileView, ...]:
    """Those that are always there, have something to show, or whose device this cart knows."""
    shown = ((row, tile(row, snapshot, words, elapsed, old)) for row in ROWS)
    models = {device.model for device in snapshot.devices}
    return tuple(
        one
        for row, one in shown
        if row.models is None or one.phase is not v.Phase.EXPECTED or one.undone or models.intersection(row.models)
    )


def tile(row: Row, snapshot: m.Snapshot, words: Words, elapsed: float, old: bool) -> v.TileView:
    every = [(item, values) for item in newest(snapshot.items, *row.kinds) if (values := row.values(item.values))]
    saved = next(((item, values) for item, values in every if not item.entered_in_error), None)
    undone = sum(item.entered_in_error for item, _ in every)
    blank = v.TileView(
        key=row.key,
        title=words.tiles[row.key],
        hint=words.expected_hint[row.key],
        undone=words.undone(undone) if undone else "",
        old=old,
    )
    if saved:
        blank = dataclasses.replace(blank, kept=_number(saved[1], words), kept_line=_line(row, *saved, words))
    # a running measurement without a number (no finger in the oximeter) never hides what is saved
    running = next(
        (
            (card, values)
            for card in snapshot.live
            if card.kind in row.kinds
            and (values := row.values(card.values))
            and any(value.value is not None for value in values)
            and not NEVER_LIVE.intersection(_said(card.quality, card.values))
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
            item_id, undo = saved[0].item_id, _undo(row.key, saved[0], words, words.undo_value.format(number))
        return _filled(
            blank,
            v.Phase.LIVE,
            card.device,
            values,
            card.quality,
            words,
            delivery=words.not_saved,
            beside=_beside(row, card.values, words),
            before=before,
            item_id=item_id,
            undo=undo,
        )
    if saved:
        item, values = saved
        return _filled(
            blank,
            v.Phase.SAVED,
            _by(item, words),
            values,
            item.quality,
            words,
            delivery=words.delivery.get(item.state, item.state),
            beside=_scored(item.values, words) or _beside(row, item.values, words),
            age=_age(item, words, elapsed),
            item_id=item.item_id,
            undo=_undo(row.key, item, words, words.undo),
            before=item.remark,
        )
    unmeasured = [
        code
        for card in snapshot.live
        if card.kind in row.kinds
        for value in card.values
        if value.name in row.every_name and value.value is None
        for code in (*value.quality, *card.quality)
    ]
    return dataclasses.replace(blank, remarks=_in_words(unmeasured, words))


def line_of(row: Row, item: m.ItemCard, words: Words) -> str:
    """What ``item`` says on this tile, in one line; "" for nothing."""
    values = row.values(item.values) if item.kind in row.kinds else None
    return _line(row, item, values, words) if values else ""


def _line(row: Row, item: m.ItemCard, values: Sequence[m.Value], words: Words) -> str:
    doubtful = _doubtful(values, _said(item.quality, values))
    number, unit = _number(values, words), _unit(values, words)
    return " ".join(part for part in (words.tiles[row.key], number, unit, words.doubt_sign if doubtful else "") if part)


def _doubtful(values: Sequence[m.Value], said: Iterable[str]) -> bool:
    return any(value.value is None for value in values) or any(code in DOUBTFUL for code in said)


def _said(quality: Sequence[str], values: Sequence[m.Value]) -> list[str]:
    return list(dict.fromkeys([*quality, *(code for value in values for code in value.quality)]))


def _age(item: m.ItemCard, words: Words, elapsed: float) -> str:
    """How old the measurement is; of one from a device's memory only its arrival is known for sure."""
    ago = words.ago(item.age_seconds + elapsed)
    if Quality.FROM_STORAGE not in _said(item.quality, item.values):
        return ago
    came = words.came.format(ago)
    return f"{words.measured_at.format(words.moment(item.device_time))}, {came}" if item.device_time else came


def _beside(row: Row, values: Sequence[m.Value], words: Words) -> str:
    return " · ".join(
        words.beside.format(words.names[name], _number([value], words), _unit([value], words))
        for name in row.beside
        for value in values
        if value.name == name and value.value is not None
    )


def figures(values: Sequence[m.Value], words: Words) -> str:
    """The number and its unit in one line."""
    if len(values) == 1 and values[0].unit == Unit.ACVPU:
        answer = _number(values, words)
        return ", ".join(part for part in (answer, words.acvpu.get(answer, "")) if part)
    return " ".join(part for part in (_number(values, words), _unit(values, words)) if part)


def _scored(values: Sequence[m.Value], words: Words) -> str:
    """What a sum of Algoplus means, by its authors; "" for anything else."""
    total = next((value.value for value in values if value.name == Name.ALGOPLUS and value.value), "0")
    return words.algoplus_found if total.isdigit() and int(total) >= ALGOPLUS_PAIN_FROM else ""


def _by(item: m.ItemCard, words: Words) -> str:
    """The device, or that a person typed it; of a pain on which scale."""
    scale = next((words.scale_names[value.name] for value in item.values if value.name in words.scale_names), "")
    return (scale or words.typed_device) if item.model == BY_HAND.model else item.device


def _number(values: Sequence[m.Value], words: Words) -> str:
    """The decimals as the device sent them; ``—`` where it gave none."""
    return "/".join(_figure(value, words) for value in values)


def _figure(value: m.Value, words: Words) -> str:
    """A number, an answer of a list, or air."""
    if value.value is None:
        return "—"
    if is_air(value):
        return words.air
    return words.number(value.value)


def is_air(value: m.Value) -> bool:
    """No oxygen at all, however many zeros were typed for it."""
    return value.name == Name.OXYGEN_FLOW and value.value is not None and not value.value.strip("0.")


def _unit(values: Sequence[m.Value], words: Words) -> str:
    units = list(
        dict.fromkeys(
            words.scales.get(value.name) or words.units.get(value.unit, value.unit)
            for value in values
            if value.unit and not is_air(value)
        )
    )
    return " ".join(units)


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
    beside: str = "",
    before: str = "",
    age: str = "",
    item_id: str = "",
    undo: str = "",
) -> v.TileView:
    said = _said(quality, values)
    return dataclasses.replace(
        tile,
        phase=phase,
        number=_number(values, words),
        unit=_unit(values, words),
        beside=beside,
        device=device,
        age=age,
        delivery=delivery,
        doubts=_in_words((code for code in said if code in DOUBTFUL), words),
        # that it was typed stands where the device would
        remarks=_in_words((code for code in said if code not in DOUBTFUL | {Quality.TYPED}), words),
        doubtful=_doubtful(values, said),
        before=before,
        item_id=item_id,
        undo=undo,
    )


def _undo(key: str, item: m.ItemCard, words: Words, label: str) -> str:
    """What undoing takes along: one item may fill several tiles."""
    also = list(dict.fromkeys(_others(key, item, words)))
    return words.undo_with.format(label, ", ".join(also)) if also else label


def _others(key: str, item: m.ItemCard, words: Words) -> Iterator[str]:
    for row in ROWS:
        if row.key != key and item.kind in row.kinds and row.values(item.values):
            yield words.tiles[row.key]
