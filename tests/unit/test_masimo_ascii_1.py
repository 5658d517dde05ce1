from __future__ import annotations

import pytest

from drivers.codec.masimo_ascii_1 import LONGEST, MasimoAscii1
from drivers.models.masimo_ascii_1 import MASIMO_ASCII_1
from edge.domain.fault import Fault
from edge.domain.measurement import DeviceTime, Name, Quality, Reading
from tests.capture_files import captures, decoded, drained, told

RAD_5 = next(one for one in captures(MASIMO_ASCII_1, "golden") if "ALARM=20" in one.text).text
RAD_7 = next(one for one in captures(MASIMO_ASCII_1, "golden") if "SPCO=01.0" in one.text).text


def read(line: str) -> list[Reading | Fault]:
    return [one for one in decoded(MasimoAscii1(), line.encode()) if isinstance(one, (Reading, Fault))]


def only(line: str) -> Reading:
    (reading,) = read(line)
    assert isinstance(reading, Reading)
    return reading


@pytest.mark.parametrize(
    ("exceptions", "quality"),
    [
        ("000001", Quality.SENSOR_OFF),
        ("000002", Quality.DEVICE_FAULT),
        ("000004", Quality.LOW_PERFUSION),
        ("000008", Quality.SEARCHING),
        ("000010", Quality.ARTIFACT),
        ("000020", Quality.SENSOR_OFF),
        ("000040", Quality.ARTIFACT),
        ("000080", Quality.DEVICE_FAULT),
        ("000400", Quality.LOW_SIGNAL),
        ("001000", Quality.SENSOR_OFF),
        ("010000", Quality.DEVICE_FAULT),
        ("020000", Quality.SEARCHING),
    ],
)
@pytest.mark.hazard("H17", without="tests.controls_serial_codecs:the_sensor_is_not_asked")
def test_what_the_device_says_of_a_value_stays_with_it(exceptions: str, quality: Quality) -> None:
    reading = only(RAD_5.replace("EXC=800", f"EXC={exceptions}"))
    assert reading.quality == (quality,)
    assert (part := reading.component(Name.SPO2)) is not None
    assert part.quantity is not None


def test_masimo_set_is_no_complaint() -> None:
    assert only(RAD_5).quality == ()


def test_dashes_are_no_value_and_what_a_model_does_not_give_is_left_out() -> None:
    reading = only(RAD_5.replace("097", "---").replace("064", "---").replace("11.82", "--.--"))
    assert told([reading]) == ["spo2 none - missing", "pulse_rate none - missing"]


def test_a_value_in_doubt_is_marked_alone() -> None:
    lines = told([only(RAD_7.replace("000820", "200800"))])
    assert "carboxyhemoglobin 1.0 % low_signal" in lines
    assert "methemoglobin 0.5 %" in lines


def test_hemoglobin_is_not_guessed_at_because_the_line_names_no_unit() -> None:
    line = RAD_7.replace(" PVI=", " SPHB=12.5 PVI=")
    assert only(line).components == only(RAD_7).components


def test_the_time_is_that_of_the_device() -> None:
    assert only(RAD_5).device_time == DeviceTime(2010, 9, 15, 15, 10, 29)
    unset = only(RAD_5.replace("09/15/10", "00/00/00"))
    assert unset.device_time is None
    assert unset.quality == (Quality.DEVICE_CLOCK_UNSET,)


@pytest.mark.parametrize("length", range(1, len(RAD_5) - 1))
def test_a_line_that_was_cut_before_its_end_yields_nothing(length: int) -> None:
    found = read(RAD_5[:length])
    assert [type(one) for one in found] == [Fault]
    # nor does it when another one begins behind it
    assert told(decoded(MasimoAscii1(), (RAD_5[:length] + RAD_7).encode())) == told(read(RAD_7))


@pytest.mark.parametrize(
    "damage",
    [
        ("SPO2=097%", "SPO2=97%"),
        ("SPO2=097%", "SPO2=0 7%"),
        ("BPM=064", "BPM=06-"),
        ("PI=11.82%", "PI=1182%"),
        (" ALARM=20", ""),
        (" EXC=800", ""),
        ("EXC=800", "EXC=8G0"),
        ("BPM=064", "BPM=064 BPM=065"),
        ("09/15/10", "9/15/10"),
        ("SPO2", "SP\x002"),
    ],
)
def test_a_line_without_its_form_is_none(damage: tuple[str, str]) -> None:
    found = decoded(MasimoAscii1(), (RAD_5 + RAD_5.replace(*damage) + RAD_5).encode())
    assert told(found) == told(read(RAD_5)) * 2
    assert len([one for one in found if isinstance(one, Fault)]) == 1


def test_a_wrong_bit_outside_the_digits_makes_no_value() -> None:
    data = RAD_5.encode()
    clean = told(read(RAD_5))
    digits = {at for at, byte in enumerate(data) if chr(byte).isdigit()}
    for at in set(range(len(data))) - digits:
        for bit in range(8):
            damaged = data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]
            assert set(told(decoded(MasimoAscii1(), damaged))) <= set(clean)


@pytest.mark.parametrize("end", ["\r\n", "\n\r", "\r", "\n", "\r\n\r\n"])
def test_lines_may_end_as_they_like(end: str) -> None:
    stream = (RAD_5.strip() + end) * 3
    found = read(stream)
    assert told(found) == told(read(RAD_5)) * 3
    assert not [one for one in found if isinstance(one, Fault)]


def test_a_line_without_an_end_is_not_waited_for_for_ever() -> None:
    decoder = MasimoAscii1()
    decoder.feed(RAD_5.strip().encode() + b" X=" + b"1" * 10 * LONGEST)
    list(drained(decoder))
    assert len(decoder._frames) < LONGEST
