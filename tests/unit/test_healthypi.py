from __future__ import annotations

import struct
from decimal import Decimal

import pytest

from drivers.codec.healthypi import HealthyPi
from drivers.models.healthypi import HEALTHYPI
from edge.domain.fault import Fault
from edge.domain.measurement import Kind, Reading
from edge.domain.ports import NeedData
from edge.domain.samples import Samples, Signal
from tests.capture_files import captures, decoded, drained, told

V4, V5 = (capture.data for capture in captures(HEALTHYPI, "golden"))
V4_GOOD, V4_OFF, V5_GOOD, V5_HELD = V4[:27], V4[81:108], V5[:29], V5[29:58]
VALUES = ["heart_rate 65 /min", "respiratory_rate 16 /min", "spo2 97 %", "temperature 36.50 Cel"]


def live(data: bytes) -> tuple[list[str], list[Samples]]:
    """What comes while the line is open: values, and samples."""
    decoder = HealthyPi()
    decoder.feed(data)
    values: list[Reading] = []
    drawn: list[Samples] = []
    while True:
        try:
            one = decoder.next_frame()
        except Fault:
            continue
        match one:
            case NeedData():
                return told(list(values)), drawn
            case Reading():
                values.append(one)
            case Samples():
                drawn.append(one)


def v4(rates: bytes, leads: int) -> bytes:
    """A packet with temperature 0, ``rates`` (respiration, SpO2, heart) and the electrodes' byte."""
    return b"\x0a\xfa\x14\x00\x02" + bytes(14) + rates + bytes([80, 120, leads]) + b"\x00\x0b"


def test_a_value_counts_when_it_stood_in_three_packets_and_is_told_once_a_second() -> None:
    assert live(V4_GOOD * 2)[0] == []
    assert live(V4_GOOD * 127)[0] == VALUES
    assert live(V4_GOOD * 128)[0] == VALUES * 2


def test_each_kind_of_value_is_a_reading_of_its_own() -> None:
    found = [one for one in decoded(HealthyPi(), V4_GOOD * 3) if isinstance(one, Reading)]
    assert [one.kind for one in found] == [Kind.HEART_RATE, Kind.RESPIRATION, Kind.SPO2, Kind.TEMPERATURE]


@pytest.mark.hazard("H17", without="tests.controls_serial_codecs:one_frame_is_enough")
@pytest.mark.hazard("T5", without="tests.controls_serial_codecs:one_frame_is_enough")
@pytest.mark.parametrize("packet", [V4_GOOD, V5_GOOD], ids=["v4", "v5"])
def test_no_single_wrong_bit_makes_a_value(packet: bytes) -> None:
    clean = set(live(packet * 3)[0])
    for bit in range(8 * len(packet)):
        damaged = bytearray(packet)
        damaged[bit // 8] ^= 1 << bit % 8
        assert set(live(packet * 5 + bytes(damaged) + packet * 5)[0]) == clean, bit


def test_the_constants_where_a_blood_pressure_would_be_are_never_one() -> None:
    assert all(one.kind is not Kind.BLOOD_PRESSURE for one in decoded(HealthyPi(), V4) if isinstance(one, Reading))


@pytest.mark.hazard("H17", without="tests.controls_serial_codecs:the_sensor_is_not_asked")
def test_electrodes_that_are_off_give_no_rate_and_draw_no_line() -> None:
    # respiration 16, SpO2 97, heart 65, all electrodes off, though the rates were not set to 0
    lines, drawn = live(v4(bytes([16, 97, 65]), 0x1D) * 40)
    assert lines == ["heart_rate none - sensor_off", "respiratory_rate none - sensor_off", "spo2 97 %"]
    assert {one.signal for one in drawn} == {Signal.PLETH}
    # the probe of v3 is open: the low byte of its -999 is 25
    lines, drawn = live(v4(bytes([16, 25, 65]), 0x02) * 3)
    assert lines == ["heart_rate 65 /min", "respiratory_rate 16 /min", "spo2 none - sensor_off"]


def test_what_the_board_never_had_is_not_spoken_of_and_what_it_lost_is() -> None:
    assert live(v4(bytes(3), 0) * 300)[0] == []
    assert live(V4_GOOD * 3 + v4(bytes([16, 97, 65]), 0) * 3)[0] == [*VALUES, "temperature none - missing"]


def test_an_impossible_value_is_kept_and_marked() -> None:
    assert told(decoded(HealthyPi(), v4(bytes([16, 12, 65]), 0) * 3)) == [
        "heart_rate 65 /min",
        "respiratory_rate 16 /min",
        "spo2 12 % implausible",
    ]


def test_samples_come_four_times_a_second_at_the_rate_of_the_board() -> None:
    _, drawn = live(V4_GOOD * 62)
    assert [(one.signal, one.hertz, len(one.values), one.lost) for one in drawn[:3]] == [
        (Signal.ECG, Decimal(125), 31, 0),
        (Signal.RESPIRATION, Decimal(125), 31, 0),
        (Signal.PLETH, Decimal(125), 31, 0),
    ]
    assert len(drawn) == 6
    assert [set(one.values) for one in drawn[:3]] == [{100}, {-100}, {10000}]
    assert all(one.microvolts_per_step is None for one in drawn)


def test_respiration_of_v5_is_what_was_measured_and_not_what_was_held() -> None:
    _, drawn = live((V5_GOOD + V5_HELD) * 16)
    assert [(one.signal, one.hertz, len(one.values)) for one in drawn] == [
        (Signal.ECG, Decimal(128), 32),
        (Signal.RESPIRATION, Decimal(64), 16),
        (Signal.PLETH, Decimal(128), 32),
    ]
    assert set(drawn[1].values) == {1000}


def test_lost_packets_are_a_gap_of_their_length() -> None:
    _, drawn = live(V4_GOOD * 31 + V4_GOOD[1:] + V4_GOOD[:-1] + V4_GOOD * 31)
    assert [one.lost for one in drawn if one.signal is Signal.ECG] == [0, 2]


def test_bytes_of_a_sample_that_look_like_a_start_do_no_harm() -> None:
    tricky = struct.pack("<hhii", 0xFA0A - 0x10000, 0x0014, 0x0AFA1400, 0x0B000AFA) + bytes.fromhex("420E1061415078")
    packet = b"\x0a\xfa\x14\x00\x02" + tricky + b"\x00\x00\x0b"
    assert live(packet * 3)[0] == VALUES
    assert set(told(decoded(HealthyPi(), packet[5:] + packet * 3))) == set(VALUES)


def test_a_damaged_packet_is_told_once() -> None:
    found = list(drained(_fed(V4_GOOD * 5 + V4_GOOD[:-1] + b"\x00" + V4_GOOD * 5)))
    assert len([one for one in found if isinstance(one, Fault)]) == 1


def _fed(data: bytes) -> HealthyPi:
    decoder = HealthyPi()
    decoder.feed(data)
    return decoder
