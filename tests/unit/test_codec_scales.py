"""Weights and what scales with electrodes add: both systems of units, every flag, a measurement in two values."""

from __future__ import annotations

from decimal import Decimal

import pytest

from drivers.codec.body_composition import FIELDS, BodyCompositionDecoder, body_composition
from drivers.codec.weight import weight
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Component, DeviceTime, Kind, Name, Quality, Reading
from edge.domain.ports import NEED_DATA
from edge.domain.quantity import Quantity, Unit
from tests.capture_files import decoded

TIME = "e8070c1f173b3b"
NEW_YEARS_EVE = DeviceTime(2024, 12, 31, 23, 59, 59)


def values(reading: Reading) -> dict[Name, Decimal]:
    return {one.name: one.quantity.value for one in reading.components if one.quantity}


@pytest.mark.parametrize("flags", range(16))
def test_every_combination_of_fields_of_a_weight_is_read(flags: int) -> None:
    text = f"{flags:02x}" + "1027" + (TIME if flags & 2 else "") + ("05" if flags & 4 else "")
    reading = weight(bytes.fromhex(text + ("f000 d007" if flags & 8 else "")))
    pounds = bool(flags & 1)
    expected = {Name.WEIGHT: Decimal("45.359237") if pounds else Decimal(50)}
    if flags & 8:
        expected |= {Name.BMI: Decimal(24), Name.HEIGHT: Decimal("5.08") if pounds else Decimal(2)}
    assert reading.kind is Kind.WEIGHT
    assert values(reading) == expected
    assert reading.device_time == (NEW_YEARS_EVE if flags & 2 else None)
    assert reading.user == (5 if flags & 4 else None)


@pytest.mark.hazard("H5", without="tests.controls_vitals:units_are_mixed_up")
def test_pounds_and_inches_are_told_from_kilograms_and_metres() -> None:
    imperial = weight(bytes.fromhex("09 1027 f000 9001"))
    assert imperial.components == (
        Component(
            Name.WEIGHT,
            Quantity(Decimal("45.359237"), Unit.KILOGRAM),
            (),
            Quantity(Decimal(100), Unit.POUND),
        ),
        Component(Name.BMI, Quantity(Decimal(24), Unit.KILOGRAM_PER_SQUARE_METRE)),
        Component(Name.HEIGHT, Quantity(Decimal("1.016"), Unit.METRE), (), Quantity(Decimal(40), Unit.INCH)),
    )
    metric = values(weight(bytes.fromhex("08 1027 f000 9001")))
    assert metric == {Name.WEIGHT: Decimal(50), Name.BMI: Decimal(24), Name.HEIGHT: Decimal("0.4")}
    composed = values(body_composition(bytes.fromhex("010c 0001 1027 9001")))
    assert composed[Name.WEIGHT] == Decimal("45.359237")
    assert composed[Name.HEIGHT] == Decimal("1.016")


@pytest.mark.hazard("H5", without="tests.controls_vitals:special_values_are_numbers")
@pytest.mark.parametrize("flags", ["00", "01"])
def test_a_measurement_that_did_not_succeed_has_no_value(flags: str) -> None:
    (found,) = weight(bytes.fromhex(flags + "ffff")).components
    assert found == Component(Name.WEIGHT, None, (Quality.MISSING,))
    (fat,) = body_composition(bytes.fromhex(flags + "00 ffff")).components
    assert fat == Component(Name.BODY_FAT, None, (Quality.MISSING,))


def test_an_unknown_user_is_nobody() -> None:
    assert weight(bytes.fromhex("04 1027 ff")).user is None
    assert body_composition(bytes.fromhex("0400 0001 ff")).user is None
    assert body_composition(bytes.fromhex("0400 0001 02")).user == 2


def test_a_scale_without_a_date_says_so() -> None:
    for reading in (
        weight(bytes.fromhex("02 1027 00000000000000")),
        body_composition(bytes.fromhex("0200 0001 00000000000000")),
    ):
        assert (reading.device_time, reading.quality) == (None, (Quality.DEVICE_CLOCK_UNSET,))


@pytest.mark.parametrize(
    ("bit", "code", "name", "expected"),
    [
        (3, "a01b", Name.BASAL_METABOLISM, Quantity(Decimal(7072), Unit.KILOJOULE)),
        (4, "7c01", Name.MUSCLE_PERCENTAGE, Quantity(Decimal(38), Unit.PERCENT)),
        (5, "1027", Name.MUSCLE_MASS, Quantity(Decimal(50), Unit.KILOGRAM)),
        (6, "1027", Name.FAT_FREE_MASS, Quantity(Decimal(50), Unit.KILOGRAM)),
        (7, "1027", Name.SOFT_LEAN_MASS, Quantity(Decimal(50), Unit.KILOGRAM)),
        (8, "1027", Name.BODY_WATER_MASS, Quantity(Decimal(50), Unit.KILOGRAM)),
        (9, "5212", Name.IMPEDANCE, Quantity(Decimal(469), Unit.OHM)),
        (10, "1027", Name.WEIGHT, Quantity(Decimal(50), Unit.KILOGRAM)),
        (11, "a406", Name.HEIGHT, Quantity(Decimal("1.7"), Unit.METRE)),
    ],
)
def test_each_field_stands_behind_its_own_flag(bit: int, code: str, name: Name, expected: Quantity) -> None:
    reading = body_composition((1 << bit).to_bytes(2, "little") + bytes.fromhex("1801" + code))
    assert [one.name for one in reading.components] == [Name.BODY_FAT, name]
    assert reading.components[0].quantity == Quantity(Decimal(28), Unit.PERCENT)
    assert reading.components[1].quantity == expected


@pytest.mark.parametrize("flags", range(0, 0x1000, 7))
def test_as_many_bytes_are_read_as_the_flags_announce(flags: int) -> None:
    data = flags.to_bytes(2, "little") + bytes.fromhex("1801")
    data += bytes.fromhex(TIME) if flags & 2 else b""
    data += b"\x01" if flags & 4 else b""
    names = [name for bit, name in enumerate(FIELDS, 3) if flags >> bit & 1]
    data += bytes.fromhex("e803") * len(names)
    assert [one.name for one in body_composition(data).components] == [Name.BODY_FAT, *names]
    for other in (data[:-1], data + b"\0"):
        with pytest.raises(Fault) as raised:
            body_composition(other)
        assert raised.value.reason is Reason.UNDECODABLE


# --- a measurement in two values

FIRST = bytes.fromhex("7e10 1801" + TIME + "02 a01b 7c01 1027 1027")
SECOND = bytes.fromhex("801f 1801 1027 1027 5212 1027 a406")


def drained(decoder: BodyCompositionDecoder) -> list[Reading]:
    out: list[Reading] = []
    while isinstance(reading := decoder.next_frame(), Reading):
        out.append(reading)
    return out


def given(*frames: bytes | tuple[str, bytes]) -> list[Reading]:
    decoder = BodyCompositionDecoder()
    out: list[Reading] = []
    for frame in frames:
        source, data = frame if isinstance(frame, tuple) else ("2a9c", frame)
        decoder.feed(data, source)
        out += drained(decoder)
    decoder.end()
    return out + drained(decoder)


def test_two_values_make_one_reading() -> None:
    (whole,) = given(FIRST, SECOND)
    assert [one.name for one in whole.components] == [Name.BODY_FAT, *FIELDS]
    assert (whole.device_time, whole.user) == (NEW_YEARS_EVE, 2)
    assert whole.raw == FIRST + SECOND
    assert values(whole)[Name.HEIGHT] == Decimal("1.7")


def test_the_first_half_waits_for_the_second() -> None:
    decoder = BodyCompositionDecoder()
    decoder.feed(FIRST, "2a9c")
    assert decoder.next_frame() is NEED_DATA
    decoder.feed(SECOND, "2A9C")
    assert isinstance(decoder.next_frame(), Reading)
    assert decoder.next_frame() is NEED_DATA


def test_a_weight_in_between_comes_at_once() -> None:
    between, whole = given(FIRST, ("2a9d", bytes.fromhex("00 1027")), SECOND)
    assert (between.kind, whole.kind) == (Kind.WEIGHT, Kind.BODY_COMPOSITION)
    assert len(whole.components) == 1 + len(FIELDS)


@pytest.mark.parametrize(
    "other",
    [
        FIRST[:10] + b"\x00" + FIRST[11:],  # the same fields at another time: the next measurement
        SECOND[:2] + bytes.fromhex("1901") + SECOND[4:],  # other body fat
        bytes((SECOND[0] | 1,)) + SECOND[1:],  # other units
        bytes.fromhex("8410 1801 01 1027"),  # a user of its own
    ],
)
def test_what_does_not_belong_together_stays_apart(other: bytes) -> None:
    assert [one.raw for one in given(FIRST, other)] == [FIRST, other]


def test_a_half_that_stays_alone_is_not_lost() -> None:
    single = bytes.fromhex("0000 1801")
    assert [one.raw for one in given(FIRST)] == [FIRST]
    assert [one.raw for one in given(FIRST, single, SECOND)] == [FIRST, single, SECOND]


def test_values_that_are_heard_twice_are_one_reading() -> None:
    (whole,) = given(FIRST, FIRST, SECOND, SECOND)
    assert whole.raw == FIRST + SECOND
    assert [one.raw for one in given(FIRST, FIRST, SECOND, SECOND, FIRST, SECOND)] == [FIRST + SECOND] * 2


def test_halves_do_not_pile_up() -> None:
    decoder = BodyCompositionDecoder()
    came = 0
    for number in range(1000):
        decoder.feed(FIRST[:-2] + number.to_bytes(2, "little"), "2a9c")
        came += len(drained(decoder))
    assert came == 999


def test_a_characteristic_that_a_scale_does_not_have_is_refused() -> None:
    (fault,) = decoded(BodyCompositionDecoder(), b"\0", "2a35")
    assert isinstance(fault, Fault)
