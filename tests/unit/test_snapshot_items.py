"""What a saved or running measurement looks like through the door."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest

from edge.domain.capture import Line
from edge.domain.delivery import State
from edge.domain.item import Payload
from edge.domain.measurement import Component, DeviceTime, Kind, Name, Quality, Reading
from edge.domain.photo import View
from edge.domain.ports import LiveValue
from edge.domain.quantity import Quantity, Unit
from edge.domain.sound import Sound, SoundSite
from edge.door import item_card, messages as m, snapshot
from tests import items


def card(kind: Kind, payload: Payload) -> m.ItemCard:
    whole = items.item(kind, payload)
    line = Line(whole.id, kind, whole.device, whole.taken, payload, State.KEPT, entered_in_error=False)
    return item_card.item(line, whole.taken)


@pytest.mark.parametrize(
    ("sent", "unit", "shown"),
    [
        (Quantity(Decimal("16.0"), Unit.KPA), Unit.MMHG, "120"),
        (Quantity(Decimal("101.3"), Unit.FAHRENHEIT), Unit.CELSIUS, "38.5"),
        (Quantity(Decimal("159.5"), Unit.POUND), Unit.KILOGRAM, "72.3"),
        (Quantity(Decimal("1E+2"), Unit.PERCENT), Unit.PERCENT, "100"),
    ],
)
def test_a_value_is_shown_with_the_digits_that_people_read(sent: Quantity, unit: Unit, shown: str) -> None:
    reading = Reading(Kind.TEMPERATURE, (Component(Name.TEMPERATURE, sent.to(unit), as_sent=sent),), b"")
    saved = card(Kind.TEMPERATURE, reading)
    (running,) = snapshot.live([LiveValue(items.CUFF, reading)])
    for values in (saved.values, running.values):
        assert [(value.value, value.unit) for value in values] == [(shown, unit.value)]


def test_a_missing_value_has_neither_number_nor_unit() -> None:
    saved = card(Kind.GLUCOSE, Reading(Kind.GLUCOSE, (Component(Name.GLUCOSE, None, (Quality.ABOVE_RANGE,)),), b""))
    assert saved.values == (m.Value(name="glucose", value=None, unit=None, quality=("above_range",)),)


def test_when_the_device_measured_is_told_beside_when_it_came() -> None:
    reading = Reading(Kind.GLUCOSE, (), b"", device_time=DeviceTime(2026, 3, 1, 8, 5, 0))
    assert card(Kind.GLUCOSE, reading).device_time == "2026-03-01T08:05:00"
    assert card(Kind.GLUCOSE, dataclasses.replace(reading, device_time=None)).device_time == ""


@pytest.mark.parametrize(
    ("peak", "clipped", "remark"), [(12, 0, "trop faible"), (32767, 500, "saturé"), (32767, 9, "")]
)
def test_a_sound_says_what_is_wrong_with_it(peak: int, clipped: int, remark: str) -> None:
    clip = Sound(bytes(2 * 8000 * 15), 8000, SoundSite.STETHOSCOPE, peak, clipped, samples=8000 * 15)
    said = card(Kind.SOUND, clip)
    assert (said.kind, said.remark) == ("sound", remark)
    assert [(value.name, value.value, value.unit) for value in said.values] == [
        ("source", "stethoscope", None),
        ("seconds", "15", "s"),
    ]
    # the store lists a clip without its samples
    assert card(Kind.SOUND, dataclasses.replace(clip, pcm=b"")).values == said.values


def test_an_otoscope_picture_says_its_view() -> None:
    photo = items.photo(view=View.OTOSCOPY)
    assert card(Kind.PHOTO, photo.payload).values == (m.Value(name="view", value="otoscopy", unit=None),)


def test_the_trace_of_a_recording_says_whether_it_is_in_millivolts_and_how_long_all_of_it_is() -> None:
    shown = snapshot.trace(items.strip(20))
    assert shown is not None
    assert (shown.lead, shown.hertz, shown.in_millivolts, shown.seconds) == ("", 125, False, 20)
    assert shown.millivolts == tuple(range(1250))
    scaled = snapshot.trace(items.ecg())
    assert scaled is not None
    assert (scaled.lead, scaled.in_millivolts, scaled.seconds) == ("II", True, 10)
