from __future__ import annotations

import pytest

from drivers.codec.and_bp import ACCEPTED, REFUSED, AndBloodPressure, AndDialogue
from drivers.models.and_bp import AND_BP
from edge.domain.dialogue import Known, Say
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import DeviceTime, Quality, Reading
from tests.capture_files import captures, decoded, told

TEXT = captures(AND_BP, "golden")[0].data
PACKET = captures(AND_BP, "golden")[2].data[6:]
GIVES = list(captures(AND_BP, "golden")[0].gives)


def readings(data: bytes) -> list[Reading]:
    return [one for one in decoded(AndBloodPressure(), data) if isinstance(one, Reading)]


def test_the_logged_text_is_105_over_76() -> None:
    assert told(decoded(AndBloodPressure(), b"801D4C4152")) == [
        "systolic 105 mm[Hg]",
        "diastolic 76 mm[Hg]",
        "mean_arterial_pressure 82 mm[Hg]",
        "pulse_rate 65 /min",
    ]


def test_a_packet_says_when_it_was_measured() -> None:
    (reading,) = readings(PACKET)
    assert reading.device_time == DeviceTime(2012, 9, 17, 11, 2, 38)
    assert reading.quality == ()


def test_a_date_that_does_not_exist_is_a_clock_that_was_never_set() -> None:
    (reading,) = readings(PACKET[:9] + bytes(7) + PACKET[16:])
    assert reading.device_time is None
    assert reading.quality == (Quality.DEVICE_CLOCK_UNSET,)


def test_no_wrong_bit_of_what_has_a_form_makes_a_reading() -> None:
    for at in (*range(6), 60, 61):
        for bit in range(8):
            damaged = PACKET[:at] + bytes([PACKET[at] ^ 1 << bit]) + PACKET[at + 1 :]
            found = decoded(AndBloodPressure(), damaged + PACKET)
            assert told(found) == GIVES, (at, bit)
            assert len([one for one in found if isinstance(one, Fault)]) == 1


def test_the_text_of_a_damaged_packet_is_no_reading_of_its_own() -> None:
    assert readings(b"\x03" + PACKET[1:]) == []


@pytest.mark.parametrize("mean", ["4B", "4C", "69", "70", "00", "FF"])
def test_a_mean_pressure_that_is_not_between_the_others_puts_them_in_doubt(mean: str) -> None:
    (reading,) = readings(TEXT[:8] + mean.encode())
    pressures = reading.components[:3]
    assert all(Quality.IMPLAUSIBLE in part.quality for part in pressures)
    assert [part.quantity and part.quantity.value for part in pressures] == [105, 76, int(mean, 16)]


@pytest.mark.parametrize("text", [b"811D4C4152", b"801d4c4152", b"801D4C415", b"801D4C415G", b"80 1D4C415"])
def test_other_texts_are_none(text: bytes) -> None:
    found = decoded(AndBloodPressure(), text + b"\r\n")
    assert [type(one) for one in found] == [Fault]


def test_text_in_lines_and_in_a_row() -> None:
    assert told(decoded(AndBloodPressure(), TEXT + b"\r\n" + TEXT + b"\n" + TEXT)) == GIVES * 3
    assert told(decoded(AndBloodPressure(), TEXT * 3)) == GIVES * 3
    assert told(decoded(AndBloodPressure(), b"garbage\n" + TEXT + b"\n")) == GIVES


@pytest.mark.hazard("H10", without="tests.controls_serial_codecs:what_was_heard_is_acknowledged")
def test_it_is_acknowledged_only_when_it_is_durable() -> None:
    dialogue = AndDialogue()
    (reading,) = readings(PACKET)
    assert not [*dialogue.opened(Known()), *dialogue.heard(PACKET, ""), *dialogue.waited(60.0)]
    assert dialogue.kept(reading) == (Say(ACCEPTED),)
    assert dialogue.refused(Fault(Reason.UNDECODABLE, "no packet")) == (Say(REFUSED),)
    assert isinstance(AND_BP.dialogue(), AndDialogue)
