from __future__ import annotations

import pytest

from drivers.codec.cms50d import Cms50d
from drivers.codec.cms50d_stored import ASK, LIVE as LIVE_AGAIN, MOST, TRIES, Cms50dStored
from drivers.codec.record_access import INCOMPLETE, SILENT
from drivers.models.cms50d import CMS50D
from edge.domain.dialogue import Finished, Known, Say, Step, Tell
from edge.domain.fault import Fault
from edge.domain.measurement import Quality, Reading
from edge.domain.ports import NeedData
from edge.domain.samples import Samples
from tests.capture_files import captures, decoded, drained, told

LIVE = captures(CMS50D, "golden")[0].data
STORED = captures(CMS50D, "golden")[1].data
GOOD = LIVE[:5]
OTHER = LIVE[15:20]
VALUES = ["spo2 97 %", "pulse_rate 65 /min"]


def live(data: bytes) -> list[str]:
    """What comes while the line is open."""
    decoder = Cms50d()
    decoder.feed(data)
    return told(list(drained(decoder)))


def test_a_value_counts_when_it_stood_in_three_frames_and_is_told_once_a_second() -> None:
    assert live(GOOD * 2) == []
    assert live(GOOD * 3) == VALUES
    assert live(GOOD * 62) == VALUES
    assert live(GOOD * 63) == VALUES * 2


def test_a_value_that_becomes_another_is_told_at_once() -> None:
    assert live(GOOD * 10 + OTHER * 3) == [*VALUES, "spo2 96 %", "pulse_rate 150 /min"]


@pytest.mark.hazard("H17", without="tests.controls_serial_codecs:one_frame_is_enough")
@pytest.mark.hazard("T5", without="tests.controls_serial_codecs:one_frame_is_enough")
def test_no_single_wrong_bit_makes_a_value() -> None:
    for bit in range(8 * len(GOOD)):
        damaged = bytearray(GOOD)
        damaged[bit // 8] ^= 1 << bit % 8
        assert set(live(GOOD * 5 + bytes(damaged) + GOOD * 5)) == set(VALUES), bit


def test_frames_around_a_gap_do_not_confirm_each_other() -> None:
    assert live(GOOD * 2 + b"\x07" + GOOD) == []
    assert live(GOOD * 2 + b"\x07" + GOOD * 3) == VALUES


def test_a_short_recording_still_gives_its_last_value_but_not_behind_a_gap() -> None:
    assert told(decoded(Cms50d(), GOOD)) == VALUES
    assert told(decoded(Cms50d(), GOOD + b"\x07" + OTHER)) == []


def test_every_sync_bit_and_the_range_are_asked_for() -> None:
    for position in range(5):
        damaged = bytearray(GOOD)
        damaged[position] ^= 0x80
        found = decoded(Cms50d(), GOOD * 3 + bytes(damaged) + GOOD)
        assert len([one for one in found if isinstance(one, Fault)]) == 1
    assert live((GOOD[:4] + b"\x65") * 5) == []


@pytest.mark.parametrize(
    ("first", "third", "quality"),
    [
        (0x90, 0x0A, (Quality.SENSOR_OFF, Quality.SEARCHING)),
        (0x80, 0x1A, (Quality.SENSOR_OFF,)),
        (0x80, 0x2A, (Quality.SEARCHING,)),
        (0xA0, 0x0A, ()),
    ],
)
@pytest.mark.hazard("H17", without="tests.controls_serial_codecs:the_sensor_is_not_asked")
def test_what_the_sensor_says_of_a_value_stays_with_it(first: int, third: int, quality: tuple[Quality, ...]) -> None:
    (reading,) = decoded(Cms50d(), bytes([first, 0x40, third, 65, 97]) * 3)
    assert isinstance(reading, Reading)
    assert reading.quality == quality
    # the switch makes every one of these a clean value; the last one is clean
    (off,) = decoded(Cms50d(), bytes([0x90, 0x40, 0x10, 0, 0]) * 3)
    assert isinstance(off, Reading)
    assert Quality.SENSOR_OFF in off.quality


@pytest.mark.hazard("H6", without="tests.controls_serial_codecs:memory_counts_as_live")
def test_a_download_is_told_as_what_it_is() -> None:
    found = decoded(Cms50d(), GOOD * 3 + STORED + GOOD * 3)
    readings = [one for one in found if isinstance(one, Reading)]
    assert [Quality.FROM_STORAGE in one.quality for one in readings] == [False, True, True, True]
    assert not [one for one in found if isinstance(one, Fault)]


def test_records_count_only_within_the_length_that_was_announced() -> None:
    assert told(decoded(Cms50d(), STORED[12:])) == []
    assert len(told(decoded(Cms50d(), STORED + b"\xf0\xc1\x61"))) == 6


def test_the_pleth_comes_four_times_a_second_and_knows_its_gaps() -> None:
    decoder = Cms50d()
    decoder.feed(GOOD * 15 + GOOD * 4 + GOOD[:3] + GOOD * 15)
    found: list[Samples] = []
    while True:
        try:
            one = decoder.next_frame()
        except Fault:
            continue
        if isinstance(one, NeedData):
            break
        found += [one] if isinstance(one, Samples) else []
    assert [(len(one.values), one.lost) for one in found] == [(15, 0), (4, 0), (15, 1)]
    assert set(found[0].values) == {0x40}


# --- asking for the memory

LOGGED = captures(CMS50D, "corrupt")[1].data
DONE: list[Step] = [Say(LIVE_AGAIN), Finished()]


def asked() -> Cms50dStored:
    dialogue = Cms50dStored()
    assert dialogue.opened(Known()) == (Say(LIVE_AGAIN), Say(ASK))
    return dialogue


def test_the_commands_are_those_that_were_published() -> None:
    assert (ASK.hex(), LIVE_AGAIN.hex()) == ("f5f5", "f6f6f6")


@pytest.mark.parametrize("chunk", [1, 2, 5, 100])
def test_a_recording_is_let_come_to_its_end_and_the_device_is_made_live_again(chunk: int) -> None:
    dialogue, whole = asked(), GOOD * 3 + GOOD[:4] + STORED
    steps = [(at, step) for at in range(0, len(whole), chunk) for step in dialogue.heard(whole[at : at + chunk], "")]
    # not before its last byte, and once
    assert steps == [((len(whole) - 1) // chunk * chunk, step) for step in DONE]
    assert dialogue.heard(GOOD * 20, "") == ()
    assert [dialogue.waited(float(second)) for second in range(1, 30)] == [()] * 29


def test_a_recording_as_it_was_logged_is_waited_for() -> None:
    """Ten of its 81 records are quoted: then it is silent."""
    dialogue = asked()
    assert dialogue.heard(LOGGED, "") == ()
    assert [dialogue.waited(float(second)) for second in (1, 2, 3)] == [()] * 3
    assert list(dialogue.waited(4.0)) == [Tell(INCOMPLETE), *DONE]
    assert dialogue.waited(9.0) == ()


def test_a_lost_preamble_does_no_harm() -> None:
    assert list(asked().heard(STORED[3:], "")) == DONE
    assert list(asked().heard(STORED[6:], "")) == DONE


@pytest.mark.parametrize("length", [b"\xff\xff\x7f", b"\x80\x80\x07"])
def test_an_impossible_length_is_no_end(length: bytes) -> None:
    assert MOST == 259_200
    dialogue = asked()
    assert dialogue.heard(STORED[:9] + length + STORED[12:], "") == ()
    dialogue.waited(1.0)
    assert list(dialogue.waited(4.0)) == [Tell(INCOMPLETE), *DONE]


def test_a_device_that_does_not_answer_is_asked_again_and_then_told_of() -> None:
    dialogue = asked()
    steps: list[tuple[int, Step]] = []
    for second in range(1, 40):
        # its live values go on
        dialogue.heard(GOOD * 60, "")
        steps += [(second, step) for step in dialogue.waited(float(second))]
    assert steps == [
        *[(3 * number, Say(ASK)) for number in range(1, TRIES)],
        *[(3 * TRIES, step) for step in (Tell(SILENT), *DONE)],
    ]


def test_the_dialogue_keeps_no_garbage() -> None:
    dialogue = asked()
    dialogue.heard(b"\xf2\x80\x00" * 5000, "")
    assert len(dialogue._buffer) < 10
