"""A record of a glucose meter: when it was, in what unit, of what, and what was wrong."""

from __future__ import annotations

from decimal import Decimal

import pytest

from drivers.codec.glucose import glucose, glucose_context
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import NEVER_A_PATIENT, Component, DeviceTime, Kind, Name, Quality, Reading
from edge.domain.quantity import Quantity, Unit

BASE = "e807021d080000"  # 2024-02-29 08:00:00
SAMPLE = "f1"


def gl(text: str) -> Reading:
    return glucose(bytes.fromhex(text))


def status(bits: int) -> Reading:
    return gl(f"0a 0100 {BASE} 78b0 f1" + bits.to_bytes(2, "little").hex())


@pytest.mark.parametrize("flags", range(32))
def test_every_combination_of_fields_is_read(flags: int) -> None:
    text = f"{flags:02x} 0201 {BASE}" + ("3c00" if flags & 1 else "")
    text += ("37d0" if flags & 4 else "78b0") + SAMPLE if flags & 2 else ""
    reading = gl(text + ("0000" if flags & 8 else ""))
    assert (reading.kind, reading.sequence, reading.quality) == (Kind.GLUCOSE, 258, ())
    assert reading.device_time == DeviceTime(2024, 2, 29, 9 if flags & 1 else 8, 0, 0)
    (found,) = reading.components
    assert found.name is Name.GLUCOSE
    if not flags & 2:
        assert (found.quantity, found.quality) == (None, (Quality.MISSING,))
    else:
        assert found.quantity is not None
        assert found.quantity.value == (Decimal(55) if flags & 4 else Decimal("6.660894"))


@pytest.mark.hazard("H5", without="tests.controls_vitals:units_are_mixed_up")
@pytest.mark.parametrize(
    ("flags", "code", "value", "sent"),
    [
        ("02", "78b0", "6.660894", Quantity(Decimal("0.00120"), Unit.KILOGRAM_PER_LITRE)),
        ("06", "37d0", "55", Quantity(Decimal("0.055"), Unit.MOLE_PER_LITRE)),
        ("06", "3ec0", "6.2", Quantity(Decimal("0.0062"), Unit.MOLE_PER_LITRE)),
    ],
)
def test_both_units_become_millimoles_a_litre(flags: str, code: str, value: str, sent: Quantity) -> None:
    (found,) = gl(f"{flags} 0100 {BASE} {code} {SAMPLE}").components
    assert found.quantity == Quantity(Decimal(value), Unit.MILLIMOLE_PER_LITRE)
    assert found.as_sent == sent


@pytest.mark.hazard("H5", without="tests.controls_vitals:special_values_are_numbers")
@pytest.mark.parametrize("flags", ["02", "06"])
@pytest.mark.parametrize(
    ("code", "quality"),
    [
        ("ff07", Quality.NAN),
        ("0008", Quality.NRES),
        ("fe07", Quality.POSITIVE_INFINITY),
        ("0208", Quality.NEGATIVE_INFINITY),
        ("0108", Quality.RESERVED),
    ],
)
def test_every_special_value_is_no_concentration(flags: str, code: str, quality: Quality) -> None:
    assert gl(f"{flags} 0100 {BASE} {code} {SAMPLE}").components == (Component(Name.GLUCOSE, None, (quality,)),)


@pytest.mark.parametrize(
    ("base", "offset", "expected"),
    [
        ("e807021d080000", "0100", (2024, 2, 29, 8, 1, 0)),
        ("e807021c173b3b", "0100", (2024, 2, 29, 0, 0, 59)),
        ("e707021c173b3b", "0100", (2023, 3, 1, 0, 0, 59)),
        ("e8070301000000", "ffff", (2024, 2, 29, 23, 59, 0)),
        ("e8070c1f173b00", "0100", (2025, 1, 1, 0, 0, 0)),
        ("e9070101000000", "ffff", (2024, 12, 31, 23, 59, 0)),
        ("e807021d080000", "a005", (2024, 3, 1, 8, 0, 0)),
        ("e807021d080000", "60fa", (2024, 2, 28, 8, 0, 0)),
        ("e807021d080000", "fe7f", (2024, 3, 23, 2, 6, 0)),
        ("e807021d080000", "0180", (2024, 2, 6, 13, 53, 0)),
        ("e807021d080000", "0000", (2024, 2, 29, 8, 0, 0)),
    ],
)
def test_the_offset_is_added_over_days_months_and_years(base: str, offset: str, expected: tuple[int, ...]) -> None:
    assert gl(f"01 0100 {base} {offset}").device_time == DeviceTime(*expected)


@pytest.mark.parametrize(
    ("base", "offset"),
    [
        ("00000000000000", "0100"),  # the meter does not know its date
        (BASE, "ff7f"),  # overrun
        (BASE, "0080"),  # underrun
        ("e807021e080000", "0100"),  # the 30th of February
        ("0f270c1f173b00", "0100"),  # the year 10000
    ],
)
def test_a_time_that_is_none_is_left_out_and_said_so(base: str, offset: str) -> None:
    reading = gl(f"01 0100 {base} {offset}")
    assert (reading.device_time, reading.quality) == (None, (Quality.DEVICE_CLOCK_UNSET,))


@pytest.mark.hazard("H17", without="tests.controls_vitals:what_the_device_says_of_its_values_is_ignored")
@pytest.mark.parametrize(
    ("bit", "quality"),
    [
        (1, Quality.DEVICE_FAULT),
        (2, Quality.SAMPLE_INSUFFICIENT),
        (3, Quality.STRIP_ERROR),
        (4, Quality.STRIP_ERROR),
        (5, Quality.ABOVE_RANGE),
        (6, Quality.BELOW_RANGE),
        (7, Quality.AMBIENT_TEMPERATURE),
        (8, Quality.AMBIENT_TEMPERATURE),
        (9, Quality.INTERRUPTED),
        (10, Quality.DEVICE_FAULT),
    ],
)
def test_each_status_of_a_value_is_kept_with_it(bit: int, quality: Quality) -> None:
    reading = status(1 << bit)
    (found,) = reading.components
    assert found.quantity is not None
    assert (found.quality, reading.quality) == ((quality,), ())


@pytest.mark.hazard("H17", without="tests.controls_vitals:what_the_device_says_of_its_values_is_ignored")
@pytest.mark.parametrize(("bit", "quality"), [(0, Quality.BATTERY_LOW), (11, Quality.DEVICE_CLOCK_UNSET)])
def test_each_status_of_the_meter_is_kept_with_the_reading(bit: int, quality: Quality) -> None:
    reading = status(1 << bit)
    assert (reading.components[0].quality, reading.quality) == ((), (quality,))


def test_reserved_bits_of_the_status_say_nothing() -> None:
    reading = status(0xF000)
    assert (reading.components[0].quality, reading.quality) == ((), ())


@pytest.mark.hazard("H7", without="tests.controls_vitals:what_the_device_says_of_its_values_is_ignored")
@pytest.mark.parametrize("sample", ["fa", "1a", "4a", "41", "48"])
def test_a_control_solution_is_nobody_s_blood(sample: str) -> None:
    reading = gl(f"02 0100 {BASE} 78b0 {sample}")
    assert reading.quality == (Quality.TEST_DATA,)
    assert Quality.TEST_DATA in NEVER_A_PATIENT


@pytest.mark.parametrize("sample", ["f1", "f8", "11", "22", "39", "f0"])
def test_blood_of_any_kind_is_a_reading(sample: str) -> None:
    assert gl(f"02 0100 {BASE} 78b0 {sample}").quality == ()


@pytest.mark.parametrize("flags", range(256))
def test_a_context_is_read_over_as_long_as_its_flags_announce(flags: int) -> None:
    lengths = {0: 3, 1: 1, 2: 1, 3: 3, 4: 3, 6: 2, 7: 1}
    data = bytes((flags, 1, 0)) + bytes(sum(octets for bit, octets in lengths.items() if flags >> bit & 1))
    glucose_context(data)
    for other in (data[:-1], data + b"\0"):
        with pytest.raises(Fault) as raised:
            glucose_context(other)
        assert raised.value.reason is Reason.UNDECODABLE
