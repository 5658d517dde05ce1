from __future__ import annotations

import pytest

from drivers.codec.nonin_8 import Nonin8
from edge.domain.fault import Fault
from edge.domain.measurement import Quality, Reading
from tests.capture_files import decoded, told

GOOD = bytes.fromhex("80416100")


def read(*numbers: int) -> list[str]:
    return told(decoded(Nonin8(), bytes(numbers)))


@pytest.mark.parametrize(
    ("first", "fourth", "quality"),
    [
        (0xC0, 0x00, (Quality.SENSOR_OFF,)),
        (0xA0, 0x00, (Quality.ARTIFACT,)),
        (0x90, 0x00, (Quality.LOW_PERFUSION,)),
        (0x88, 0x00, (Quality.LOW_PERFUSION,)),
        (0x84, 0x00, (Quality.ARTIFACT,)),
        (0x80, 0x08, (Quality.SENSOR_OFF,)),
        (0xFC, 0x08, (Quality.SENSOR_OFF, Quality.ARTIFACT, Quality.LOW_PERFUSION)),
    ],
)
@pytest.mark.hazard("H17", without="tests.controls_serial_codecs:the_sensor_is_not_asked")
def test_what_the_sensor_says_of_a_value_stays_with_it(first: int, fourth: int, quality: tuple[Quality, ...]) -> None:
    (reading,) = decoded(Nonin8(), bytes([first, 65, 97, fourth]))
    assert isinstance(reading, Reading)
    assert reading.quality == quality
    assert all(part.quantity for part in reading.components)


def test_the_pulse_rate_has_nine_bits() -> None:
    assert read(0x82, 0x00, 97, 0) == ["spo2 97 %", "pulse_rate 256 /min"]


@pytest.mark.parametrize(("rate", "spo2"), [((0x80, 17), 97), ((0x82, 66), 97), ((0x80, 65), 101), ((0x80, 65), 126)])
def test_values_that_the_oximeter_cannot_have_are_no_frame(rate: tuple[int, int], spo2: int) -> None:
    assert read(*rate, spo2, 0) == []


def test_bit_seven_of_every_byte_is_asked_for() -> None:
    for position in range(4):
        damaged = bytearray(GOOD)
        damaged[position] ^= 0x80
        found = decoded(Nonin8(), GOOD + bytes(damaged) + GOOD)
        assert told(found) == told(decoded(Nonin8(), GOOD)) * 2
        assert len([one for one in found if isinstance(one, Fault)]) == 1


def test_a_lost_byte_costs_its_frame_only() -> None:
    for position in range(4):
        short = GOOD[:position] + GOOD[position + 1 :]
        assert len(told(decoded(Nonin8(), GOOD + short + GOOD))) == 4
