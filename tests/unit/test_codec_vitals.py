"""What qualifies a blood pressure or an oxygen saturation is kept with it, and nothing is edited."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given, settings, strategies as st

from drivers.codec.blood_pressure import blood_pressure
from drivers.codec.plx import continuous, spot_check
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import NEVER_A_PATIENT, Kind, Name, Quality, Reading
from edge.domain.quantity import Quantity, Unit


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
