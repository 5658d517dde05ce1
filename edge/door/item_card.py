"""One saved item as a screen shows it. Pure."""

from __future__ import annotations

from edge.domain.capture import Line
from edge.domain.item import Paper, Withdrawal
from edge.domain.measurement import Component, Instant, Reading
from edge.domain.opinion import Opinion, stands
from edge.domain.photo import Photo
from edge.domain.quantity import Unit
from edge.domain.sound import Sound
from edge.domain.typed import acvpu
from edge.domain.waveform import Waveform
from edge.door import messages as m


def value_of(component: Component) -> m.Value:
    """With the digits that people read: 120.009852 mm[Hg], converted from a kilopascal, is 120; consciousness is a letter."""
    quantity = component.quantity
    said = None if quantity is None else f"{quantity.shown():f}"
    if quantity is not None and quantity.unit is Unit.ACVPU:
        answer = acvpu(quantity)
        said = answer.value if answer else None
    return m.Value(
        name=component.name.value,
        value=said,
        unit=None if quantity is None else quantity.unit.value,
        quality=tuple(q.value for q in component.quality),
    )


def age(taken: Instant, now: Instant) -> float:
    """Seconds. By the monotonic clock where it can be, so that a corrected wall clock makes nothing younger (H6)."""
    if taken.boot_id == now.boot_id:
        return max(0.0, (now.monotonic_ns - taken.monotonic_ns) / 1e9)
    return max(0.0, (now.utc - taken.utc).total_seconds())


def photo_remark(photo: Photo) -> str:
    """What is wrong with it, in the word that the screen knows it by; "" for nothing."""
    if photo.too_bright:
        return "surexposée"
    return "sombre" if photo.too_dark else "floue" if photo.too_blurred else ""


def item(line: Line, now: Instant) -> m.ItemCard:
    values: tuple[m.Value, ...] = ()
    quality: tuple[str, ...] = ()
    remark = device_time = ""
    match line.payload:
        case Reading(components=components, quality=qualities, device_time=when):
            values = tuple(value_of(c) for c in components)
            quality = tuple(q.value for q in qualities)
            device_time = when.isoformat() if when else ""
        case Photo() as still:
            values = (m.Value(name="view", value=still.view.value, unit=None),)
            remark = photo_remark(still)
        case Sound() as sound:
            values = (m.Value(name="source", value=sound.source.value, unit=None),)
            values += (m.Value(name="seconds", value=f"{sound.seconds:.0f}", unit="s"),)
            remark = "trop faible" if sound.too_quiet else "saturé" if sound.too_loud else ""
        case Opinion() as asked:
            values = tuple(
                m.Value(name=name, value=word, unit=None)
                for name, word in (
                    ("specialty", asked.specialty.value),
                    ("question", asked.question.value),
                    ("urgency", asked.urgency.value),
                    ("state", stands(asked, line.taken.utc, now.utc, undone=line.entered_in_error).value),
                )
            )
        case Waveform() | Paper() | Withdrawal():
            pass
    photo = line.payload if isinstance(line.payload, Photo) else None
    return m.ItemCard(
        item_id=line.item_id,
        kind=line.kind.value,
        device=line.device.label,
        model=line.device.model,
        taken=line.taken.utc.isoformat(),
        age_seconds=age(line.taken, now),
        values=values,
        quality=quality,
        state=line.state.value,
        entered_in_error=line.entered_in_error,
        remark=remark,
        device_time=device_time,
        site=photo.site.value if photo and photo.site else "",
        side=photo.side.value if photo and photo.side else "",
        intimate=photo is not None and photo.is_intimate,
    )
