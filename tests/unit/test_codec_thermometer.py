"""A temperature: both units, every special value, every combination of fields."""

from __future__ import annotations

from decimal import Decimal

import pytest

from drivers.codec.temperature import temperature
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Component, DeviceTime, Kind, Name, Quality
from edge.domain.quantity import Quantity, Unit

TIME = "e8070c1f173b3b"
NEW_YEARS_EVE = DeviceTime(2024, 12, 31, 23, 59, 59)


def only(text: str) -> Component:
    (found,) = temperature(bytes.fromhex(text)).components
    return found


@pytest.mark.parametrize("flags", range(8))
def test_every_combination_of_fields_is_read(flags: int) -> None:
    number = "da0300ff" if flags & 1 else "720100ff"  # 98.6, 37.0
    text = f"{flags:02x}" + number + (TIME if flags & 2 else "") + ("03" if flags & 4 else "")
    reading = temperature(bytes.fromhex(text))
    assert reading.kind is Kind.TEMPERATURE
    (found,) = reading.components
    assert found.name is Name.TEMPERATURE
    assert found.quantity == Quantity(Decimal(37), Unit.CELSIUS)
    assert reading.device_time == (NEW_YEARS_EVE if flags & 2 else None)
    assert reading.quality == ()


@pytest.mark.hazard("H5", without="tests.controls_vitals:units_are_mixed_up")
@pytest.mark.parametrize(
    ("text", "celsius", "sent"),
    [
        ("00 720100ff", Decimal(37), None),
        ("01 da0300ff", Decimal(37), Quantity(Decimal("98.6"), Unit.FAHRENHEIT)),
        ("01 e80300ff", Decimal("37.777778"), Quantity(Decimal(100), Unit.FAHRENHEIT)),
        ("01 640000 00", Decimal("37.777778"), Quantity(Decimal(100), Unit.FAHRENHEIT)),
    ],
)
def test_both_units_become_degrees_celsius(text: str, celsius: Decimal, sent: Quantity | None) -> None:
    assert only(text) == Component(Name.TEMPERATURE, Quantity(celsius, Unit.CELSIUS), (), sent)


@pytest.mark.hazard("H5", without="tests.controls_vitals:special_values_are_numbers")
@pytest.mark.parametrize("flags", ["00", "01"])
@pytest.mark.parametrize(
    ("code", "quality"),
    [
        ("ffff7f00", Quality.NAN),
        ("00008000", Quality.NRES),
        ("feff7f00", Quality.POSITIVE_INFINITY),
        ("02008000", Quality.NEGATIVE_INFINITY),
        ("01008000", Quality.RESERVED),
    ],
)
def test_every_special_value_is_no_temperature(flags: str, code: str, quality: Quality) -> None:
    assert only(flags + code) == Component(Name.TEMPERATURE, None, (quality,))


@pytest.mark.parametrize(("text", "value"), [("00 040100ff", "26.0"), ("00 f90000ff", "24.9"), ("00 c30100ff", "45.1")])
def test_what_no_living_person_has_is_kept_and_marked(text: str, value: str) -> None:
    found = only(text)
    assert found.quantity == Quantity(Decimal(value), Unit.CELSIUS)
    assert (Quality.IMPLAUSIBLE in found.quality) == (value != "26.0")


def test_a_thermometer_without_a_date_says_so() -> None:
    reading = temperature(bytes.fromhex("02 720100ff 00000000000000"))
    assert (reading.device_time, reading.quality) == (None, (Quality.DEVICE_CLOCK_UNSET,))


@pytest.mark.parametrize("flags", range(8))
def test_any_other_length_is_refused(flags: int) -> None:
    whole = bytes((flags,)) + bytes.fromhex("720100ff" + TIME) + bytes(12)
    wanted = 5 + (7 if flags & 2 else 0) + (1 if flags & 4 else 0)
    for length in (*range(wanted), *range(wanted + 1, 24)):
        with pytest.raises(Fault) as raised:
            temperature(whole[:length])
        assert raised.value.reason is Reason.UNDECODABLE
