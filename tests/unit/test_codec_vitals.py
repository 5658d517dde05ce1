"""What qualifies a blood pressure or an oxygen saturation is kept with it, and nothing is edited."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given, settings, strategies as st

from drivers.codec.blood_pressure import blood_pressure
from drivers.codec.plx import continuous, spot_check
from drivers.models.beurer_bm85 import BEURER_BM85
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import NEVER_A_PATIENT, DeviceTime, Kind, Name, Quality, Reading
from edge.domain.quantity import Quantity, Unit
from tests.capture_files import decoded


def bp(text: str) -> Reading:
    return blood_pressure(bytes.fromhex(text))


def qualities(reading: Reading, name: Name) -> tuple[Quality, ...]:
    component = reading.component(name)
    assert component is not None
    return component.quality


@pytest.mark.parametrize(
    ("status", "quality"),
    [
        ("0100", Quality.BODY_MOVEMENT),
        ("0200", Quality.CUFF_LOOSE),
        ("0400", Quality.IRREGULAR_PULSE),
        ("0800", Quality.PULSE_OUT_OF_RANGE),
        ("1000", Quality.PULSE_OUT_OF_RANGE),
        ("1800", Quality.RESERVED),
        ("2000", Quality.IMPROPER_POSITION),
    ],
)
def test_each_status_of_a_cuff_is_kept(status: str, quality: Quality) -> None:
    assert bp(f"10 7c00 5600 6100 {status}").quality == (quality,)


def test_a_cuff_s_user_is_kept_and_ff_is_nobody() -> None:
    assert bp("08 7c00 5600 6100 02").user == 2
    assert bp("08 7c00 5600 6100 ff").user is None


def test_a_cuff_without_a_date_says_so() -> None:
    reading = bp("02 7c00 5600 6100 00000000000000")
    assert reading.device_time is None
    assert reading.quality == (Quality.DEVICE_CLOCK_UNSET,)


def test_a_value_that_the_cuff_does_not_have_is_no_zero() -> None:
    reading = bp("00 7c00 5600 ff07")
    component = reading.component(Name.MEAN_ARTERIAL_PRESSURE)
    assert component is not None
    assert (component.quantity, component.quality) == (None, (Quality.NAN,))


@pytest.mark.hazard("H17", without="tests.controls_codec:everything_is_plausible")
@pytest.mark.parametrize(
    ("frame", "names"),
    [
        ("00 2d01 5600 6100", {Name.SYSTOLIC}),
        ("00 7c00 1300 6100", {Name.DIASTOLIC}),
        ("00 7c00 5600 0000", {Name.MEAN_ARTERIAL_PRESSURE}),
        ("04 7c00 5600 6100 2d01", {Name.PULSE_RATE}),
        ("01 7c00 5600 6100", {Name.SYSTOLIC, Name.DIASTOLIC, Name.MEAN_ARTERIAL_PRESSURE}),
    ],
)
def test_an_implausible_value_is_kept_and_marked(frame: str, names: set[Name]) -> None:
    reading = bp(frame)
    assert all(component.quantity is not None for component in reading.components)
    assert {c.name for c in reading.components if Quality.IMPLAUSIBLE in c.quality} == names


@pytest.mark.parametrize("frame", ["00 5600 7c00 6100", "00 5600 5600 5600"])
def test_a_systolic_not_above_the_diastolic_marks_both(frame: str) -> None:
    reading = bp(frame)
    assert qualities(reading, Name.SYSTOLIC) == qualities(reading, Name.DIASTOLIC) == (Quality.IMPLAUSIBLE,)
    assert qualities(reading, Name.MEAN_ARTERIAL_PRESSURE) == ()


@pytest.mark.hazard("H7", without="tests.controls_codec:status_is_ignored")
@pytest.mark.parametrize(("status", "quality"), [("0004", Quality.DEMONSTRATION), ("0008", Quality.TEST_DATA)])
def test_demonstration_and_test_data_say_that_they_are_nobody_s(status: str, quality: Quality) -> None:
    for reading in (
        spot_check(bytes.fromhex(f"02 6100 4800 {status}")),
        continuous(bytes.fromhex(f"04 6100 4800 {status}")),
    ):
        assert reading.quality == (quality,)
        assert quality in NEVER_A_PATIENT


@pytest.mark.hazard("H17", without="tests.controls_codec:status_is_ignored")
@pytest.mark.parametrize(
    ("measurement", "sensor", "quality"),
    [
        ("0002", "000000", Quality.FROM_STORAGE),
        ("0020", "000000", Quality.MISSING),
        ("0040", "000000", Quality.ARTIFACT),
        ("0080", "000000", Quality.IMPLAUSIBLE),
        ("0000", "020000", Quality.ARTIFACT),
        ("0000", "200000", Quality.LOW_PERFUSION),
        ("0000", "000800", Quality.SENSOR_OFF),
        ("0000", "008000", Quality.SENSOR_OFF),
    ],
)
def test_each_status_of_an_oximeter_is_kept(measurement: str, sensor: str, quality: Quality) -> None:
    assert spot_check(bytes.fromhex(f"06 6100 4800 {measurement} {sensor}")).quality == (quality,)


@pytest.mark.parametrize(("code", "value"), [("6500", 101), ("0000", 0), ("1d00", 29)])
def test_an_impossible_saturation_is_kept_and_marked(code: str, value: int) -> None:
    component = spot_check(bytes.fromhex(f"00 {code} 4800")).component(Name.SPO2)
    assert component is not None
    assert component.quantity == Quantity(Decimal(value), Unit.PERCENT)
    assert component.quality == (Quality.IMPLAUSIBLE,)


@pytest.mark.parametrize("flags", range(32))
def test_every_combination_of_fields_of_a_cuff_is_read(flags: int) -> None:
    text = f"{flags:02x} 7c00 5600 6100" + ("e807060f11111b" if flags & 2 else "") + ("3300" if flags & 4 else "")
    reading = bp(text + ("02" if flags & 8 else "") + ("0400" if flags & 16 else ""))
    assert len(reading.components) == (4 if flags & 4 else 3)
    assert reading.device_time == (DeviceTime(2024, 6, 15, 17, 17, 27) if flags & 2 else None)
    assert reading.user == (2 if flags & 8 else None)
    assert reading.quality == ((Quality.IRREGULAR_PULSE,) if flags & 16 else ())


@pytest.mark.hazard("H5", without="tests.controls_vitals:units_are_mixed_up")
@pytest.mark.parametrize(
    ("flags", "code", "value", "sent"),
    [("00", "7800", "120", None), ("01", "a0f0", "120.009852", Quantity(Decimal("16.0"), Unit.KPA))],
)
def test_both_units_of_a_pressure_become_mmhg(flags: str, code: str, value: str, sent: Quantity | None) -> None:
    component = bp(f"{flags} {code} ff07 ff07").component(Name.SYSTOLIC)
    assert component is not None
    assert component.quantity == Quantity(Decimal(value), Unit.MMHG)
    assert component.as_sent == sent


SPECIALS = [
    ("ff07", Quality.NAN),
    ("0008", Quality.NRES),
    ("fe07", Quality.POSITIVE_INFINITY),
    ("0208", Quality.NEGATIVE_INFINITY),
    ("0108", Quality.RESERVED),
]


@pytest.mark.hazard("H5", without="tests.controls_vitals:special_values_are_numbers")
@pytest.mark.parametrize(("code", "quality"), SPECIALS)
@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("flags", ["04", "05"])
def test_every_special_value_of_a_cuff_stays_apart_wherever_it_stands(
    flags: str, place: int, code: str, quality: Quality
) -> None:
    codes = ["7c00", "5600", "6100", "3300"]
    codes[place] = code
    reading = bp(flags + "".join(codes))
    found = reading.components[place]
    assert (found.quantity, found.quality) == (None, (quality,))
    assert sum(one.quantity is None for one in reading.components) == 1


@pytest.mark.hazard("H5", without="tests.controls_vitals:special_values_are_numbers")
@pytest.mark.parametrize(("code", "quality"), SPECIALS)
def test_every_special_value_of_an_oximeter_stays_apart(code: str, quality: Quality) -> None:
    for reading in (spot_check(bytes.fromhex(f"00 {code} 4800")), continuous(bytes.fromhex(f"00 {code} 4800"))):
        assert (reading.components[0].quantity, reading.components[0].quality) == (None, (quality,))


@pytest.mark.parametrize("flags", range(32))
def test_every_average_of_an_oximeter_has_its_own_name(flags: int) -> None:
    text = f"{flags:02x} 6100 4800" + ("6000 4900" if flags & 1 else "") + ("6200 4a00" if flags & 2 else "")
    text += ("0000" if flags & 4 else "") + ("000000" if flags & 8 else "") + ("23f0" if flags & 16 else "")
    expected = {Name.SPO2: 97, Name.PULSE_RATE: 72}
    expected |= {Name.SPO2_FAST: 96, Name.PULSE_RATE_FAST: 73} if flags & 1 else {}
    expected |= {Name.SPO2_SLOW: 98, Name.PULSE_RATE_SLOW: 74} if flags & 2 else {}
    found = [(one.name, one.quantity and one.quantity.value) for one in continuous(bytes.fromhex(text)).components]
    assert found == [*expected.items(), *([(Name.PERFUSION_INDEX, Decimal("3.5"))] if flags & 16 else [])]


def bm85(text: str) -> Reading:
    (reading,) = decoded(BEURER_BM85.decoder(), bytes.fromhex(text), "2a35")
    assert isinstance(reading, Reading)
    return reading


def test_a_bm85_says_its_user_and_its_status_in_its_own_way() -> None:
    first = bm85("56 6a00 4700 0000 ea07080b121f00 003f 00 0000")
    second = bm85("56 7100 4900 0000 ea07080b143800 0041 01 0000")
    assert (first.user, second.user) == (0, 1)
    assert bm85("56 7600 5000 0000 ea07080b141b00 003c 00 0004").quality == (Quality.IRREGULAR_PULSE,)
    # as logged: bit 6 is reserved, and says nothing
    assert bm85("56 7700 4600 0000 ea07080b143900 0057 01 0040").quality == ()


def test_a_mean_of_zero_is_none_on_a_bm85_and_a_mean_that_it_has_is_kept() -> None:
    component = bm85("56 6a00 4700 5300 ea07080b121f00 003f 00 0000").component(Name.MEAN_ARTERIAL_PRESSURE)
    assert component is not None
    assert component.quantity == Quantity(Decimal(83), Unit.MMHG)


def outcome(decode: Callable[[bytes], Reading], data: bytes) -> Reading | Fault:
    try:
        return decode(data)
    except Fault as fault:
        return fault


@settings(deadline=None)
@given(st.binary(max_size=32))
def test_any_bytes_are_a_whole_reading_or_undecodable(data: bytes) -> None:
    for decode, kind in ((blood_pressure, Kind.BLOOD_PRESSURE), (spot_check, Kind.SPO2), (continuous, Kind.SPO2)):
        came = outcome(decode, data)
        if isinstance(came, Fault):
            assert came.reason is Reason.UNDECODABLE
        else:
            assert came.kind is kind
            assert came.raw == data
            assert all((one.quantity is None) <= bool(one.quality) for one in came.components)
