"""What a badge reader that types sends, as linux/input.h and linux/input-event-codes.h write it, and what is made of it."""

from __future__ import annotations

import asyncio
import os
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from drivers.link import badge_keyboard
from drivers.link.badge_keyboard import SILENCE_SECONDS, KeyboardReader, TypedNumber, numbers
from edge.domain.badge import BadgeEvent, ReaderState, Shown, Unread

# KEY_... of linux/input-event-codes.h
KEYS = {
    "ESC": 1,
    "1": 2,
    "2": 3,
    "3": 4,
    "4": 5,
    "5": 6,
    "6": 7,
    "7": 8,
    "8": 9,
    "9": 10,
    "0": 11,
    "TAB": 15,
    "Q": 16,
    "E": 18,
    "ENTER": 28,
    "A": 30,
    "D": 32,
    "F": 33,
    "SHIFT": 42,
    "C": 46,
    "B": 48,
    "G": 34,
    "LEFTCTRL": 29,
    "KP7": 71,
    "KP8": 72,
    "KP9": 73,
    "KP4": 75,
    "KP5": 76,
    "KP6": 77,
    "KP1": 79,
    "KP2": 80,
    "KP3": 81,
    "KP0": 82,
    "KPENTER": 96,
    "CAPSLOCK": 58,
}
EV_SYN, EV_KEY, EV_MSC, MSC_SCAN, SYN_DROPPED = 0, 1, 4, 4, 3


def event(kind: int, code: int, value: int) -> bytes:
    """struct input_event where a long has 64 bits: struct timeval, __u16 type, __u16 code, __s32 value."""
    return struct.pack("<qqHHi", 1_763_800_000, 250_000, kind, code, value)


def stroke(key: str, value: int) -> bytes:
    """As hid-input reports one: the scan code, the key, the end of the report."""
    return event(EV_MSC, MSC_SCAN, 0x70000 + KEYS[key]) + event(EV_KEY, KEYS[key], value) + event(EV_SYN, 0, 0)


def pressed(*keys: str) -> bytes:
    return b"".join(stroke(key, 1) + stroke(key, 0) for key in keys)


def shifted(*keys: str) -> bytes:
    return b"".join(stroke("SHIFT", 1) + pressed(key) + stroke("SHIFT", 0) for key in keys)


QWERTY = pressed(*"04") + shifted("A") + pressed("2", "2", "4", "1") + shifted("A") + pressed(*"5") + shifted("C")
AZERTY = shifted("0", "4") + shifted("Q") + shifted(*"2241") + shifted("Q") + shifted("5") + shifted("C")
NUMBER = Shown("04A2241A5C")


def fed(data: bytes, now: float = 0.0) -> list[BadgeEvent]:
    return list(TypedNumber().feed(data, now))


def test_the_machine_has_such_events() -> None:
    assert (badge_keyboard.EVENT.size, sys.byteorder) == (24, "little")


@pytest.mark.parametrize("typed", [QWERTY, AZERTY], ids=["qwerty", "azerty"])
@pytest.mark.parametrize("end", ["ENTER", "KPENTER", "TAB"])
def test_a_number_is_the_same_in_both_layouts(typed: bytes, end: str) -> None:
    assert fed(typed + pressed(end)) == [NUMBER]


def test_small_letters_and_the_keypad() -> None:
    assert fed(pressed("0", "4", "A", "B", "C", "D", "E", "F", "ENTER")) == [Shown("04ABCDEF")]
    keypad = [f"KP{digit}" for digit in "1234567890"]
    assert fed(pressed(*keypad, "KPENTER")) == [Shown("1234567890")]


def test_without_enter_a_number_ends_with_silence() -> None:
    decoder = TypedNumber()
    assert list(decoder.feed(QWERTY, 10.0)) == []
    assert list(decoder.due(10.0 + 0.9 * SILENCE_SECONDS)) == []
    assert list(decoder.due(10.0 + SILENCE_SECONDS)) == [NUMBER]
    assert list(decoder.due(20.0)) == []
    assert not decoder.pending


def test_the_next_badge_does_not_run_into_the_one_before() -> None:
    decoder = TypedNumber()
    assert list(decoder.feed(QWERTY, 10.0)) == []
    assert list(decoder.feed(pressed(*"1234", "ENTER"), 10.0 + SILENCE_SECONDS)) == [NUMBER, Shown("1234")]


@pytest.mark.parametrize(
    "typed",
    [
        pressed("0", "4", "G", "2", "2", "ENTER"),
        pressed("0", "4", "A", "ENTER"),
        pressed(*("1" for _ in range(65)), "ENTER"),
        pressed("0", "4", "A") + event(EV_SYN, SYN_DROPPED, 0) + pressed("2", "2", "ENTER"),
        pressed("ESC", "ENTER"),
    ],
    ids=["no digit", "too short", "too long", "lost events", "another key"],
)
def test_what_is_no_number_is_said_once_and_never_shortened(typed: bytes) -> None:
    assert fed(typed) == [Unread(badge_keyboard.UNREADABLE)]
    assert fed(typed + QWERTY + pressed("ENTER"))[-1] == NUMBER


def test_enter_alone_and_keys_that_repeat_or_are_let_go_are_nothing() -> None:
    assert fed(pressed("ENTER", "TAB", "SHIFT", "CAPSLOCK", "LEFTCTRL")) == []
    assert fed(stroke("1", 1) + stroke("1", 2) * 9 + stroke("1", 0) + pressed("2", "3", "4", "ENTER")) == [
        Shown("1234")
    ]


@given(st.binary(max_size=4096), st.lists(st.integers(0, 4096), max_size=8))
def test_whatever_comes_in_whatever_pieces_is_bounded(data: bytes, cuts: list[int]) -> None:
    decoder, found = TypedNumber(), 0
    for begin, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(data)], strict=True):
        for event_ in decoder.feed(data[begin:end], 0.0):
            found += 1
            assert isinstance(event_, Unread) or 4 <= len(event_.number) <= 64  # type: ignore[union-attr]
    assert found <= len(data) // 24


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    yield reading, writing
    os.close(reading)


async def test_numbers_come_as_they_are_typed_and_end_when_the_reader_goes(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    found = numbers(reading)
    os.write(writing, AZERTY)
    assert await asyncio.wait_for(anext(found), 5) == NUMBER
    os.write(writing, pressed(*"2580", "ENTER"))
    assert await asyncio.wait_for(anext(found), 5) == Shown("2580")
    os.close(writing)
    assert [one async for one in found] == []


async def test_a_reader_that_is_not_there_or_no_keyboard_is_said_once(tmp_path: Path) -> None:
    path = tmp_path / "badge"
    events = KeyboardReader(path).events()
    assert await anext(events) == ReaderState(connected=False, what=badge_keyboard.NOT_THERE)
    path.write_bytes(QWERTY)
    assert await asyncio.wait_for(anext(events), 5) == ReaderState(connected=False, what=badge_keyboard.NO_KEYBOARD)
