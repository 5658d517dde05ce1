from __future__ import annotations

import pytest

from drivers.codec.nonin_13 import ACK, NACK, Nonin13, Nonin13Dialogue
from drivers.models.nonin_13 import NONIN_13
from edge.domain.dialogue import Known, Say
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import DeviceTime, Quality, Reading
from tests.capture_files import captures, decoded, drained, told

GOLDEN, STORED, _ = (capture.data for capture in captures(NONIN_13, "golden"))
GIVES = list(captures(NONIN_13, "golden")[0].gives)


def packet(data: bytes) -> bytes:
    """``data`` in the frame of the specification."""
    return b"\x00\x02\x00\x0d" + len(data).to_bytes(2, "big") + data + bytes([sum(data) % 256, 3])


def only(data: bytes) -> Reading:
    (reading,) = decoded(Nonin13(), data)
    assert isinstance(reading, Reading)
    return reading


@pytest.mark.hazard("T5", without="tests.controls_serial_codecs:sums_are_not_checked")
def test_no_single_wrong_bit_of_the_data_makes_a_value() -> None:
    for bit in range(8 * len(GOLDEN)):
        damaged = bytearray(GOLDEN)
        damaged[bit // 8] ^= 1 << bit % 8
        found = decoded(Nonin13(), bytes(damaged) + GOLDEN * 2)
        assert told(found) == GIVES * 2, bit
        assert len([one for one in found if isinstance(one, Fault)]) == 1


def test_a_wrong_sum_is_told_as_one() -> None:
    found = decoded(Nonin13(), GOLDEN[:-2] + b"\x00\x03")
    assert [one.reason for one in found if isinstance(one, Fault)] == [Reason.CHECKSUM]


def test_a_wrong_length_keeps_nothing_waiting_longer_than_the_next_packet() -> None:
    damaged = bytearray(GOLDEN)
    damaged[5] = 30
    decoder = Nonin13()
    decoder.feed(bytes(damaged) + GOLDEN)
    assert told(list(drained(decoder))) == GIVES


def test_it_knows_when_the_device_measured() -> None:
    assert only(GOLDEN).device_time == DeviceTime(2015, 6, 15, 17, 17, 27)


@pytest.mark.parametrize("at", [0, 2, 3, 4, 5, 6])
def test_a_date_that_does_not_exist_is_a_clock_that_was_never_set(at: int) -> None:
    data = bytearray(GOLDEN[6:-2])
    data[at] = 0xFF
    reading = only(packet(bytes(data)))
    assert reading.device_time is None
    assert Quality.DEVICE_CLOCK_UNSET in reading.quality
    assert told([reading])[0].startswith("spo2 97 %")


@pytest.mark.hazard("H6", without="tests.controls_serial_codecs:memory_counts_as_live")
def test_what_comes_out_of_its_memory_says_so() -> None:
    assert Quality.FROM_STORAGE in only(STORED).quality
    assert Quality.FROM_STORAGE not in only(GOLDEN).quality


def test_it_is_acknowledged_only_when_it_is_durable() -> None:
    dialogue = Nonin13Dialogue()
    assert not [*dialogue.opened(Known()), *dialogue.heard(GOLDEN, ""), *dialogue.waited(60.0)]
    assert dialogue.kept(only(GOLDEN)) == (Say(ACK),)
    assert dialogue.refused(Fault(Reason.CHECKSUM, "a wrong sum")) == (Say(NACK),)
    assert isinstance(NONIN_13.dialogue(), Nonin13Dialogue)
