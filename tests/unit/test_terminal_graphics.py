"""What a terminal says that it can show: asked on a real pseudo-terminal, with the answers that terminals publish."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ui.bedside import graphics
from ui.bedside.graphics import LETTERS, Graphics
from ui.drawing.messages import Way

FOOT = b"\x1b[6;24;12t\x1b[?62;4;22c"
KITTY = b"\x1b_Gi=4242;OK\x1b\\\x1b[6;20;10t\x1b[?62;c"
XTERM = b"\x1b[6;24;12t\x1b[?64;1;2;6;9;15;16;17;18;21;22;28c"
VT340 = b"\x1b[?63;1;2;3;4;6;7;8;9;15c"


@contextmanager
def terminal(
    answer: bytes, cell: tuple[int, int] | None = (12, 24), after: float = 0.0
) -> Iterator[tuple[int, list[bytes]]]:
    """The end that a screen has, and what was asked of it; it answers once the last question has come, ``after`` seconds."""
    master, slave = pty.openpty()
    width, height = (106 * cell[0], 33 * cell[1]) if cell else (0, 0)
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 106, width, height))
    asked: list[bytes] = []
    closing = threading.Event()

    def serve() -> None:
        said = b""
        while not said.endswith(b"\x1b[c"):
            said += os.read(master, 1024)
        asked.append(said)
        closing.wait(after)
        os.write(master, answer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield slave, asked
    finally:
        closing.set()
        thread.join(10)
        os.close(slave)
        os.close(master)


@pytest.mark.parametrize(
    ("answer", "cell", "expected"),
    [
        (FOOT, (12, 24), Graphics(Way.SIXEL, (12, 24))),
        (FOOT, None, Graphics(Way.SIXEL, (12, 24))),
        (VT340, (10, 20), Graphics(Way.SIXEL, (10, 20))),
        (VT340, None, LETTERS),
        (KITTY, (10, 20), Graphics(Way.KITTY, (10, 20))),
        (XTERM, (12, 24), LETTERS),
        (b"\x1b[?4;22c", (12, 24), LETTERS),
    ],
    ids=[
        "foot",
        "foot, no pixels in the kernel",
        "VT340",
        "no size of a cell",
        "kitty",
        "xterm without sixels",
        "VT132",
    ],
)
def test_what_it_answers_is_what_is_used(answer: bytes, cell: tuple[int, int] | None, expected: Graphics) -> None:
    with terminal(answer, cell) as (slave, asked):
        assert graphics.ask(slave, 10.0) == expected
        assert asked[0].endswith(b"\x1b[c")


def test_one_that_says_nothing_costs_a_bounded_time() -> None:
    with terminal(FOOT, after=0.3) as (slave, _):
        before = time.monotonic()
        mode = termios.tcgetattr(slave)
        assert graphics.ask(slave, 0.05) == LETTERS
        assert time.monotonic() - before < 10
        assert termios.tcgetattr(slave) == mode


def test_what_is_no_terminal_shows_letters() -> None:
    reading, writing = os.pipe()
    try:
        assert graphics.ask(reading, 0.05) == LETTERS
        assert graphics.cell_size(reading) is None
    finally:
        os.close(reading)
        os.close(writing)


def test_letters_of_another_size_are_seen_at_once() -> None:
    with terminal(b"", (12, 24)) as (slave, _):
        shown = Graphics(Way.SIXEL, (12, 24), slave)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 800, 480))
        assert graphics.cell_now(shown) == (10, 20)
        os.write(slave, b"\x1b[c")
    assert graphics.cell_now(Graphics(Way.SIXEL, (12, 24))) == (12, 24)


def test_a_terminal_that_answers_without_end_is_not_listened_to_for_ever() -> None:
    with terminal(b"x" * 4000, (12, 24)) as (slave, _):
        assert graphics.ask(slave, 1.0) == LETTERS
