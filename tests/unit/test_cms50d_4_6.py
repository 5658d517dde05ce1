from __future__ import annotations

import pytest

from drivers.codec.cms50d_4_6 import Cms50d46
from drivers.codec.cms50d_dialogue import CONNECTED, START, STOP, STOP_STORED, Cms50d46Live, Cms50d46Stored, command
from drivers.models.cms50d import CMS50D_4_6
from edge.domain.dialogue import Finished, Known, Say
from edge.domain.fault import Fault
from edge.domain.measurement import DeviceTime, Quality, Reading
from tests.capture_files import captures, decoded, drained, told

LOGGED, STORED, LIVE, DATED = (capture.data for capture in captures(CMS50D_4_6, "golden"))
GOOD = LIVE[:9]
OFF = LIVE[27:36]
VALUES = ["spo2 97 %", "pulse_rate 65 /min", "perfusion_index 2.50 %"]


def live(data: bytes) -> list[str]:
    """What comes while the line is open."""
    decoder = Cms50d46()
    decoder.feed(data)
    return told(list(drained(decoder)))


def test_a_value_counts_when_it_stood_in_three_packages_and_is_told_once_a_second() -> None:
    assert live(GOOD * 2) == []
    assert live(GOOD * 62) == VALUES
    assert live(GOOD * 63) == VALUES * 2


@pytest.mark.hazard("H17", without="tests.controls_serial_codecs:one_frame_is_enough")
@pytest.mark.hazard("T5", without="tests.controls_serial_codecs:one_frame_is_enough")
def test_no_single_wrong_bit_makes_a_live_value() -> None:
    for bit in range(8 * len(GOOD)):
        damaged = bytearray(GOOD)
        damaged[bit // 8] ^= 1 << bit % 8
        found = live(GOOD * 5 + bytes(damaged) + GOOD * 5)
        # a type byte that turned into that of a recording: what it says is no live value
        assert {line for line in found if "from_storage" not in line} == set(VALUES), bit


def test_every_sync_bit_the_reserved_bits_and_the_range_are_asked_for() -> None:
    for position in range(1, 9):
        damaged = bytearray(GOOD)
        damaged[position] ^= 0x80
        assert [one for one in decoded(Cms50d46(), GOOD * 3 + bytes(damaged) + GOOD) if isinstance(one, Fault)]
    reserved = GOOD[:4] + bytes([GOOD[4] | 0x20]) + GOOD[5:]
    too_much = GOOD[:6] + b"\xe5" + GOOD[7:]
    assert live(reserved * 5) == []
    assert live(too_much * 5) == []


@pytest.mark.hazard("H17", without="tests.controls_serial_codecs:the_sensor_is_not_asked")
def test_what_the_sensor_says_of_a_value_stays_with_it() -> None:
    (off,) = decoded(Cms50d46(), OFF * 3)
    assert isinstance(off, Reading)
    assert off.quality == (Quality.SENSOR_OFF,)
    assert not any(part.quantity for part in off.components)
    searching = GOOD[:1] + bytes([GOOD[1] | 0x02]) + GOOD[2:]
    (found,) = decoded(Cms50d46(), searching * 3)
    assert isinstance(found, Reading)
    assert found.quality == (Quality.SEARCHING,)


def test_a_perfusion_index_outside_its_range_is_none() -> None:
    # 2201 hundredths: 0899 hex
    too_much = bytes([0x01, 0xA0, 0x85, 0xC0, 0x8A, 0xC1, 0xE1, 0x99, 0x88])
    assert told(decoded(Cms50d46(), too_much * 3)) == VALUES[:2]


@pytest.mark.hazard("H6", without="tests.controls_serial_codecs:memory_counts_as_live")
def test_a_recording_is_told_as_what_it_is_second_by_second() -> None:
    found = decoded(Cms50d46(), DATED[:16] + STORED)
    readings = [one for one in found if isinstance(one, Reading)]
    assert all(Quality.FROM_STORAGE in one.quality for one in readings)
    assert [one.device_time for one in readings] == [DeviceTime(2024, 6, 15, 17, 17, second) for second in (27, 28, 29)]


def test_a_recording_that_does_not_say_when_it_began_has_no_time() -> None:
    without_clock = DATED[:8] + bytes([0x12, 0xBC, 0x80, 0x80, 0xFF, 0xFF, 0xFF, 0xFF])
    for start in (b"", DATED[:8], without_clock):
        readings = [one for one in decoded(Cms50d46(), start + STORED) if isinstance(one, Reading)]
        assert [one.device_time for one in readings] == [None] * 3


def test_what_fills_up_the_last_package_is_no_record() -> None:
    assert len(told(decoded(Cms50d46(), bytes.fromhex("0f80e2bf80808080")))) == 2


def test_live_values_are_asked_for_and_asked_for_again() -> None:
    dialogue = Cms50d46Live()
    assert dialogue.opened(Known()) == (Say(STOP_STORED), Say(STOP), Say(START))
    said = []
    for second in range(1, 13):
        if second <= 6:
            dialogue.heard(GOOD, "")
        said += [(second, step.data) for step in dialogue.waited(float(second)) if isinstance(step, Say)]
    assert said == [(4, CONNECTED), (8, CONNECTED), (9, START), (12, START), (12, CONNECTED)]


def test_the_commands_are_those_of_the_protocol() -> None:
    assert START.hex() == "7d81a1808080808080"
    assert STOP.hex() == "7d81a2808080808080"
    assert CONNECTED.hex() == "7d81af808080808080"
    assert command(0xA6, user=1, segment=2).hex() == "7d81a6818280808080"


def test_a_recording_is_asked_for_after_its_beginning_and_the_device_is_let_go() -> None:
    dialogue = Cms50d46Stored(user=1)
    assert dialogue.opened(Known()) == (Say(STOP_STORED), Say(STOP), Say(command(0xA5, 1)))
    # a live package may still be on its way, and packages come in pieces
    assert dialogue.heard(GOOD + DATED[:12], "") == []
    assert dialogue.heard(DATED[12:16], "") == [Say(command(0xA6, 1))]
    assert dialogue.heard(STORED * 20, "") == []
    assert dialogue.heard(bytes([0x0D, 0x80, 0x80]), "") == [Say(STOP_STORED), Finished()]
    assert dialogue.heard(STORED, "") == []
    assert dialogue.waited(60.0) == ()


def test_a_device_that_does_not_know_when_is_asked_all_the_same() -> None:
    dialogue = Cms50d46Stored()
    dialogue.opened(Known())
    # command feedback: A5, reason 05 "not supported"
    assert dialogue.heard(bytes([0x0B, 0x81, 0xA5, 0x85]), "") == [Say(command(0xA6))]
    silent = Cms50d46Stored()
    silent.opened(Known())
    assert [silent.waited(float(second)) for second in (1, 2)] == [(), ()]
    assert silent.waited(3.0) == (Say(command(0xA6)),)
    assert silent.waited(6.0) == (Say(STOP_STORED), Finished())


def test_a_dialogue_keeps_no_garbage() -> None:
    dialogue = Cms50d46Stored()
    dialogue.heard(b"\x07\x80" * 5000 + b"\x33" * 5000, "")
    assert len(dialogue._buffer) < 10
