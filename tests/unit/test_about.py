"""What a device says of itself at connection, and whether its clock is set."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, strategies as st

from drivers.codec.battery import battery_level
from drivers.models.about import READ, about, clock_setting
from edge.domain.dialogue import Known, Say
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Device
from edge.domain.ports import About

DEVICE = Device("00:00:00:00:00:01", "thermometer", "Thermomètre")
NOW = dt.datetime.fromisoformat("2024-06-15T17:17:27.5")
KNOWN = Known(civil=NOW)

# 2024-06-15 is a Saturday; 80 = 128/256 s
SATURDAY = bytes.fromhex("e807 06 0f 11 11 1b 06 80 00")
UNKNOWN = bytes.fromhex("0000 00 00 00 00 00 00 00 00")


def seen(values: dict[str, bytes], known: Known = KNOWN) -> About:
    return about(DEVICE, values, known, bonded=False)


def test_all_that_a_device_says_is_read() -> None:
    values = {
        "2a19": b"\x55",
        "2a29": b"A&D Medical",
        "2a24": b"UT-201BLE-A\0\0",
        "2a25": " 5\N{MASCULINE ORDINAL INDICATOR}7 ".encode(),
        "2a26": b"BLP008_d017",
        "2a2b": SATURDAY,
    }
    assert set(values) | {"2a08"} == set(READ)
    assert about(DEVICE, values, KNOWN, bonded=True) == About(
        DEVICE, "A&D Medical", "UT-201BLE-A", "5º7", "BLP008_d017", 85, 0.0, bonded=True
    )


def test_what_it_does_not_say_stays_open() -> None:
    assert seen({}) == About(DEVICE)


@pytest.mark.parametrize("level", [0, 1, 99, 100])
def test_a_battery_says_per_cent(level: int) -> None:
    assert battery_level(bytes((level,))) == level
    assert seen({"2a19": bytes((level,))}).battery_percent == level


@pytest.mark.parametrize("data", [b"", b"\x65", b"\xff", b"\x32\x00"])
def test_nonsense_of_a_battery_is_left_out(data: bytes) -> None:
    with pytest.raises(Fault) as raised:
        battery_level(data)
    assert raised.value.reason is Reason.UNDECODABLE
    assert seen({"2a19": data}).battery_percent is None


def test_text_of_a_device_is_harmless_and_short() -> None:
    found = seen({"2a29": b"\x1b]52;c;AAAA\x07\n", "2a25": "\N{RIGHT-TO-LEFT OVERRIDE}1".encode(), "2a24": b"x" * 512})
    assert found.manufacturer == "\ufffd]52;c;AAAA\ufffd"
    assert found.serial_number == "\ufffd1"
    assert len(found.model_number) == 80
    assert seen({"2a29": b"\xff\xfe"}).manufacturer == ""


@pytest.mark.parametrize(
    ("source", "text", "offset"),
    [
        ("2a2b", "e807 06 0f 11 11 1b 06 80 00", 0.0),
        ("2a2b", "e807 06 0f 11 11 1a 06 80 00", 1.0),
        ("2a2b", "e807 06 0f 12 11 1b 06 80 00", -3600.0),
        ("2a2b", "da07 01 01 00 00 00 05 00 00", (NOW - dt.datetime.fromisoformat("2010-01-01")).total_seconds()),
        ("2a08", "e807 06 0f 11 11 1b", 0.5),
        ("2a2b", "0000 00 00 00 00 00 00 00 00", None),
        ("2a2b", "e807 0d 0f 11 11 1b 06 80 00", None),
        ("2a2b", "e807 02 1e 11 11 1b 06 80 00", None),
        ("2a2b", "e807 06 0f 11 11 1b", None),
        ("2a08", "e807 06 0f 11 11 1b 06 80 00", None),
    ],
)
def test_the_offset_is_the_site_s_clock_minus_the_device_s(source: str, text: str, offset: float | None) -> None:
    assert seen({source: bytes.fromhex(text)}).clock_offset == offset


def test_without_a_clock_of_its_own_the_cart_says_no_offset_and_sets_nothing() -> None:
    values = {"2a2b": bytes.fromhex("da07 01 01 00 00 00 05 00 00")}
    assert seen(values, Known()).clock_offset is None
    assert clock_setting(values, Known()) is None


@pytest.mark.parametrize("civil", [NOW, NOW + dt.timedelta(seconds=2), NOW - dt.timedelta(seconds=2)])
def test_a_clock_that_is_right_is_left_alone(civil: dt.datetime) -> None:
    assert clock_setting({"2a2b": SATURDAY}, Known(civil=civil)) is None


@pytest.mark.parametrize("clock", [SATURDAY, UNKNOWN])
def test_a_clock_that_is_off_or_unknown_is_set(clock: bytes) -> None:
    sunday = dt.datetime.fromisoformat("2024-06-16T08:05:09.75")
    assert clock_setting({"2a2b": clock}, Known(civil=sunday)) == Say(
        bytes.fromhex("e807 06 10 08 05 09 07 c0 01"), "2a2b"
    )


def test_a_plain_clock_is_set_where_it_is_the_only_one() -> None:
    later = dt.datetime.fromisoformat("2024-06-15T17:17:30")
    plain = bytes.fromhex("e807 06 0f 11 11 1b")
    assert clock_setting({"2a08": plain}, Known(civil=later)) == Say(bytes.fromhex("e807 06 0f 11 11 1e"), "2a08")
    assert clock_setting({"2a08": plain, "2a2b": SATURDAY}, KNOWN) is None


@pytest.mark.parametrize("values", [{}, {"2a2b": b""}, {"2a2b": SATURDAY[:9]}, {"2a08": SATURDAY}, {"2a19": b"\x55"}])
def test_what_is_no_clock_is_not_set(values: dict[str, bytes]) -> None:
    assert clock_setting(values, KNOWN) is None


@pytest.mark.hazard("T5", without="tests.controls_vitals:a_value_never_ends")
@given(
    st.dictionaries(st.sampled_from(READ), st.binary(max_size=24)),
    st.datetimes(dt.datetime.fromisoformat("1990-01-01")),
)
def test_whatever_a_device_says_nothing_is_raised(values: dict[str, bytes], civil: dt.datetime) -> None:
    known = Known(civil=civil)
    found = about(DEVICE, values, known, bonded=True)
    assert found.battery_percent is None or 0 <= found.battery_percent <= 100
    assert all(ord(one) >= 32 for one in found.manufacturer + found.model_number + found.serial_number + found.firmware)
    said = clock_setting(values, known)
    if said is not None:
        assert about(DEVICE, {said.target: said.data}, known, bonded=True).clock_offset == pytest.approx(0, abs=1)
        assert len(said.data) == (10 if said.target == "2a2b" else 7)
