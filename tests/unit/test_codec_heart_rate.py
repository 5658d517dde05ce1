"""A heart rate: one or two bytes, skin contact, energy, and the intervals between the beats."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from drivers.codec.heart_rate import heart_rate
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Kind, Name, Quality, Reading
from edge.domain.quantity import Quantity, Unit


def hr(text: str) -> Reading:
    return heart_rate(bytes.fromhex(text))


@pytest.mark.parametrize("flags", range(32))
def test_every_combination_of_fields_is_read(flags: int) -> None:
    text = (
        f"{flags:02x}"
        + ("4800" if flags & 1 else "48")
        + ("2c01" if flags & 8 else "")
        + ("0004" if flags & 16 else "")
    )
    reading = hr(text)
    assert reading.kind is Kind.HEART_RATE
    expected = [(Name.HEART_RATE, Quantity(Decimal(72), Unit.PER_MINUTE))]
    if flags & 8:
        expected.append((Name.ENERGY_EXPENDED, Quantity(Decimal(300), Unit.KILOJOULE)))
    if flags & 16:
        expected.append((Name.RR_INTERVAL, Quantity(Decimal(1), Unit.SECOND)))
    assert [(one.name, one.quantity) for one in reading.components] == expected


@pytest.mark.hazard("H17", without="tests.controls_vitals:what_the_device_says_of_its_values_is_ignored")
def test_a_strap_that_feels_no_skin_says_so() -> None:
    assert [hr(f"{contact:02x} 48").quality for contact in (0b000, 0b010, 0b100, 0b110)] == [
        (),
        (),
        (Quality.SENSOR_OFF,),
        (),
    ]


def test_a_rate_above_255_needs_both_bytes() -> None:
    component = hr("01 2c01").component(Name.HEART_RATE)
    assert component is not None
    assert component.quantity == Quantity(Decimal(300), Unit.PER_MINUTE)


@pytest.mark.parametrize("code", ["00", "13", "ff"])
def test_an_impossible_rate_is_kept_and_marked(code: str) -> None:
    component = hr(f"00 {code}").component(Name.HEART_RATE)
    assert component is not None
    assert component.quantity == Quantity(Decimal(int(code, 16)), Unit.PER_MINUTE)
    assert component.quality == (() if code == "ff" else (Quality.IMPLAUSIBLE,))


@given(st.lists(st.integers(0, 0xFFFF), max_size=9))
def test_intervals_are_exact_and_the_oldest_stands_first(steps: list[int]) -> None:
    data = bytes((0x10, 60)) + b"".join(one.to_bytes(2, "little") for one in steps)
    intervals = [one.quantity for one in heart_rate(data).components[1:]]
    assert all(one is not None and one.unit is Unit.SECOND for one in intervals)
    assert [one.value * 1024 for one in intervals if one] == steps


@pytest.mark.parametrize("text", ["", "00", "01 48", "08 48", "08 48 2c", "10 48 00", "10 48 0004 00", "00 48 00"])
def test_half_a_field_and_one_too_many_are_refused(text: str) -> None:
    with pytest.raises(Fault) as raised:
        hr(text)
    assert raised.value.reason is Reason.UNDECODABLE
