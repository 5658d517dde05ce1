from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from drivers.codec.framing import LONG_BURST
from drivers.codec.nonin_2 import Nonin2
from drivers.models.nonin_2 import NONIN_2
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Component, Kind, Name, Quality, Reading
from edge.domain.ports import NEED_DATA
from edge.domain.quantity import Quantity, Unit
from edge.domain.samples import Samples, Signal
from tests.capture_files import captures, decoded as recorded, told

GOLDEN = captures(NONIN_2, "golden")[0].data
PACKET = GOLDEN[20:145]
SPO2_96 = Component(Name.SPO2, Quantity(Decimal(96), Unit.PERCENT))
PULSE_74 = Component(Name.PULSE_RATE, Quantity(Decimal(74), Unit.PER_MINUTE))
OTHERS = tuple(
    Component(name, Quantity(Decimal(number), unit))
    for name, number, unit in (
        (Name.SPO2_DISPLAY, 96, Unit.PERCENT),
        (Name.SPO2_FAST, 96, Unit.PERCENT),
        (Name.SPO2_BEAT, 96, Unit.PERCENT),
        (Name.PULSE_RATE_EXTENDED, 74, Unit.PER_MINUTE),
        (Name.SPO2_EXTENDED, 96, Unit.PERCENT),
        (Name.SPO2_EXTENDED_DISPLAY, 96, Unit.PERCENT),
        (Name.PULSE_RATE_DISPLAY, 74, Unit.PER_MINUTE),
        (Name.PULSE_RATE_EXTENDED_DISPLAY, 74, Unit.PER_MINUTE),
    )
)


def decoded(*chunks: bytes, decoder: Nonin2 | None = None) -> list[Reading | Reason]:
    """What comes out, in order, the pleth aside; a Fault as its reason."""
    decoder = decoder or Nonin2()
    out: list[Reading | Reason] = []
    for chunk in chunks:
        decoder.feed(chunk)
        while True:
            try:
                reading = decoder.next_frame()
            except Fault as fault:
                out.append(fault.reason)
                continue
            if isinstance(reading, Samples):
                continue
            if not isinstance(reading, Reading):
                assert reading is NEED_DATA
                break
            out.append(reading)
    return out


def changed(packet: bytes, frame: int, **fields: int) -> bytes:
    """``packet`` with status or value of one frame (1 to 25) set, and its sum as the frame layout says."""
    start = 5 * (frame - 1)
    one, status, pleth, value, _ = packet[start : start + 5]
    status, value = fields.get("status", status), fields.get("value", value)
    new = [one, status, pleth, value]
    return packet[:start] + bytes([*new, sum(new) % 256]) + packet[start + 5 :]


def only(packet: bytes) -> Reading:
    (reading,) = decoded(packet)
    assert isinstance(reading, Reading)
    return reading


def test_the_logged_frames_are_one_reading_of_96_percent_and_74_a_minute() -> None:
    assert decoded(GOLDEN) == [Reading(Kind.SPO2, (SPO2_96, PULSE_74, *OTHERS), raw=PACKET)]


def test_it_comes_the_same_byte_by_byte() -> None:
    assert decoded(*(bytes([byte]) for byte in GOLDEN)) == decoded(GOLDEN)


def test_a_truncated_packet_is_no_reading_yet() -> None:
    truncated = captures(NONIN_2, "truncated")[0].data
    decoder = Nonin2()
    assert decoded(truncated, decoder=decoder) == []
    assert len(decoded(GOLDEN[len(truncated) :], decoder=decoder)) == 1


def test_a_frame_with_a_wrong_sum_takes_its_packet_with_it_and_is_told_once() -> None:
    corrupt = captures(NONIN_2, "corrupt")[0].data[:145]
    reading = only(PACKET)
    assert decoded(corrupt + PACKET) == [Reason.CHECKSUM, reading]


def test_several_wrong_sums_before_the_next_reading_are_one_burst() -> None:
    twice = bytearray(PACKET)
    twice[22] ^= 1
    twice[82] ^= 1
    assert decoded(bytes(twice) * 3 + PACKET + bytes(twice) + PACKET) == [
        Reason.CHECKSUM,
        only(PACKET),
        Reason.CHECKSUM,
        only(PACKET),
    ]


@pytest.mark.parametrize("position", range(125))
def test_every_single_wrong_byte_is_noticed(position: int) -> None:
    damaged = bytearray(PACKET)
    damaged[position] ^= 0x80
    found = decoded(PACKET + bytes(damaged) + PACKET)
    assert found[0] == found[-1] == only(PACKET)
    assert len(found) == 3
    assert found[1] in {Reason.CHECKSUM, Reason.UNDECODABLE}


@pytest.mark.parametrize("garbage", [b"\x00", b"\x01", b"\x01\x80", bytes(range(60)), b"\xff" * 300, b"\x01" * 50])
def test_after_garbage_the_next_whole_packet_counts(garbage: bytes) -> None:
    found = decoded(PACKET + garbage + PACKET)
    assert [one for one in found if isinstance(one, Reading)] == [only(PACKET)] * 2
    assert len(found) == 3


def test_garbage_and_then_two_good_frames_are_enough_to_find_the_beat() -> None:
    decoder = Nonin2()
    assert decoded(bytes(40), decoder=decoder) == [Reason.UNDECODABLE]
    decoded(PACKET[:10], decoder=decoder)
    assert decoded(PACKET[10:], decoder=decoder) == [only(PACKET)]


def test_the_rest_of_a_frame_at_the_opening_of_the_line_is_no_fault() -> None:
    for start in range(1, 20):
        assert decoded(GOLDEN[start:]) == [only(PACKET)]


def test_a_line_that_carries_something_else_is_told_again_and_again_but_rarely() -> None:
    decoder = Nonin2()
    found = list(itertools.chain(*(decoded(b"\x55" * 100, decoder=decoder) for _ in range(5 * LONG_BURST // 100))))
    assert set(found) == {Reason.UNDECODABLE}
    assert 4 <= len(found) <= 6


def test_lost_frames_make_no_reading() -> None:
    short = PACKET[:50] + PACKET[75:]
    assert decoded(PACKET + short + PACKET) == [only(PACKET), Reason.UNDECODABLE, only(PACKET)]


def test_frames_too_many_are_told() -> None:
    assert decoded(PACKET + PACKET[5:10] + PACKET) == [only(PACKET), Reason.UNDECODABLE, only(PACKET)]


@pytest.mark.parametrize(
    ("status", "quality"),
    [
        (0x80, ()),
        (0x82, ()),
        (0x84, (Quality.LOW_PERFUSION,)),
        (0x86, (Quality.LOW_PERFUSION,)),
        (0x88, (Quality.SENSOR_OFF,)),
        (0x90, (Quality.ARTIFACT,)),
        (0xA0, (Quality.ARTIFACT,)),
        (0xC0, (Quality.SENSOR_OFF,)),
        (0xF8, (Quality.SENSOR_OFF, Quality.ARTIFACT)),
    ],
)
def test_the_status_of_any_frame_qualifies_the_reading_and_the_value_stays(
    status: int, quality: tuple[Quality, ...]
) -> None:
    reading = only(changed(PACKET, 17, status=status))
    assert reading.quality == quality
    assert reading.components == (SPO2_96, PULSE_74, *OTHERS)


def test_missing_values_are_none_and_say_why() -> None:
    packet = changed(changed(PACKET, 1, value=3), 2, value=127)
    assert only(packet).component(Name.PULSE_RATE) == Component(Name.PULSE_RATE, None, (Quality.MISSING,))
    assert only(packet).component(Name.SPO2) == SPO2_96
    packet = changed(changed(packet, 3, value=127), 9, status=0xC0)
    assert [(one.quantity, one.quality) for one in only(packet).components[:2]] == [(None, (Quality.SENSOR_OFF,))] * 2


def test_the_pulse_rate_has_nine_bits() -> None:
    packet = changed(changed(PACKET, 1, value=1), 2, value=22)
    assert only(packet).component(Name.PULSE_RATE) == Component(
        Name.PULSE_RATE, Quantity(Decimal(150), Unit.PER_MINUTE)
    )


@pytest.mark.parametrize("spo2", [0, 12, 101, 126])
def test_an_impossible_value_is_kept_and_marked(spo2: int) -> None:
    assert only(changed(PACKET, 3, value=spo2)).component(Name.SPO2) == Component(
        Name.SPO2, Quantity(Decimal(spo2), Unit.PERCENT), (Quality.IMPLAUSIBLE,)
    )


@given(st.lists(st.binary(max_size=200), max_size=6))
def test_any_bytes_give_readings_or_faults_and_leave_little_behind(chunks: list[bytes]) -> None:
    decoder = Nonin2()
    decoded(*chunks, decoder=decoder)
    assert len(decoder._buffer) < 10
    # whatever came before, the second whole packet is understood
    assert decoded(PACKET * 2, decoder=decoder)[-1] == only(PACKET)


@given(st.data())
def test_a_torn_stream_gives_only_readings_of_packets_that_came_in_one_piece(data: st.DataObject) -> None:
    stream = bytearray(PACKET * 4)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(stream) - 1))
        stream[at : at + data.draw(st.integers(0, 7))] = data.draw(st.binary(max_size=7))
    for one in decoded(bytes(stream)):
        assert isinstance(one, Reason) or one.raw in bytes(stream)


def test_the_averages_stand_where_the_specification_places_them() -> None:
    packet = PACKET
    for number, frame in enumerate((9, 10, 11, 16, 17), start=91):
        packet = changed(packet, frame, value=number)
    for number, frame in enumerate((15, 21, 23), start=101):
        packet = changed(packet, frame, value=number)
    packet = changed(packet, 14, value=1)
    found = {part.name: part.quantity and part.quantity.value for part in only(packet).components}
    assert found == {
        Name.SPO2: 96,
        Name.PULSE_RATE: 74,
        Name.SPO2_DISPLAY: 91,
        Name.SPO2_FAST: 92,
        Name.SPO2_BEAT: 93,
        Name.SPO2_EXTENDED: 94,
        Name.SPO2_EXTENDED_DISPLAY: 95,
        Name.PULSE_RATE_EXTENDED: 128 + 101,
        Name.PULSE_RATE_DISPLAY: 102,
        Name.PULSE_RATE_EXTENDED_DISPLAY: 103,
    }


def test_averages_that_the_device_does_not_give_are_left_out() -> None:
    packet = changed(changed(PACKET, 10, value=0), 11, value=127)
    packet = changed(changed(packet, 20, value=3), 21, value=127)
    names = {part.name for part in only(packet).components}
    assert names == {SPO2_96.name, PULSE_74.name, *(one.name for one in OTHERS)} - {
        Name.SPO2_FAST,
        Name.SPO2_BEAT,
        Name.PULSE_RATE_DISPLAY,
    }


def test_a_packet_is_also_a_third_of_a_second_of_pleth() -> None:
    decoder = Nonin2()
    decoder.feed(PACKET[50:] + PACKET + PACKET[:40] + PACKET)
    drawn = []
    while (one := _next(decoder)) is not NEED_DATA:
        drawn += [one] if isinstance(one, Samples) else []
    pleth = tuple(PACKET[2::5])
    assert drawn == [
        Samples(Signal.PLETH, Decimal(75), pleth),
        # the eight frames of the packet that was cut short
        Samples(Signal.PLETH, Decimal(75), pleth, lost=8),
    ]


def _next(decoder: Nonin2) -> object:
    try:
        return decoder.next_frame()
    except Fault as fault:
        return fault


@pytest.mark.parametrize("frames", [0, 1, 2])
def test_a_recording_that_stops_before_the_values_of_a_packet_has_none(frames: int) -> None:
    assert recorded(Nonin2(), PACKET[: 5 * frames]) == []


def test_a_recording_that_stops_behind_them_has_them_and_a_live_line_does_not() -> None:
    assert told(recorded(Nonin2(), PACKET[:15])) == ["spo2 96 %", "pulse_rate 74 /min"]
    assert decoded(PACKET[:120]) == []


def test_a_recording_that_stops_within_a_frame_says_so() -> None:
    (fault,) = recorded(Nonin2(), PACKET[:13])
    assert isinstance(fault, Fault)
    assert fault.reason is Reason.UNDECODABLE


@pytest.mark.hazard("T5", without="tests.controls_serial_codecs:sums_are_not_checked")
def test_no_single_wrong_bit_makes_a_value() -> None:
    for bit in range(8 * len(PACKET)):
        damaged = bytearray(PACKET)
        damaged[bit // 8] ^= 1 << bit % 8
        found = [one for one in decoded(bytes(damaged) + PACKET) if isinstance(one, Reading)]
        assert found == [only(PACKET)], bit


def test_the_model_is_a_streaming_serial_one() -> None:
    assert NONIN_2.continuous
    assert NONIN_2.line.baud == 9600
    assert isinstance(NONIN_2.decoder(), Nonin2)
