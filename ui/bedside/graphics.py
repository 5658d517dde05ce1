"""What the terminal can show beside letters: asked once, before the screen starts, within a bounded time.

Sixels: attribute 4 of the primary device attributes (DA1, xterm's ctlseqs). Kitty's graphics: an answer to a query by an invisible picture.
The size of a cell in pixels comes from the kernel's window size where the terminal tells it, else from report 6 of window
operation 16.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import os
import re
import select
import struct
import sys
import termios
import time
import tty
from typing import Final

from ui.drawing.messages import Way

ANSWERS_WITHIN: Final = 0.5
"""Seconds. A terminal answers in a few milliseconds; one that does not know the questions still answers the last one."""

_PICTURE: Final = 4242
_QUESTION: Final = f"\x1b_Gi={_PICTURE},s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[16t\x1b[c".encode()
_ATTRIBUTES: Final = re.compile(rb"\x1b\[\?([0-9;]+)c")
_CELL: Final = re.compile(rb"\x1b\[6;([0-9]{1,3});([0-9]{1,3})t")
_KITTY: Final = re.compile(rb"\x1b_Gi=%d[^;]*;OK" % _PICTURE)
_SIXEL: Final = b"4"
_MOST: Final = 4096
"""Bytes of an answer that are read."""


@dataclasses.dataclass(frozen=True, slots=True)
class Graphics:
    """``way`` None: letters only. ``cell`` is width and height of one in pixels, ``terminal`` the descriptor of who knows it."""

    way: Way | None = None
    cell: tuple[int, int] = (0, 0)
    terminal: int = -1


LETTERS: Final = Graphics()


def ask(terminal: int, seconds: float = ANSWERS_WITHIN) -> Graphics:
    """``terminal`` is the descriptor of one; any other thing shows letters only. What was typed meanwhile is lost."""
    try:
        before = termios.tcgetattr(terminal)
    except termios.error:
        return LETTERS
    try:
        tty.setraw(terminal, termios.TCSANOW)
        os.write(terminal, _QUESTION)
        said = _said(terminal, seconds)
    except OSError:
        return LETTERS
    finally:
        with contextlib.suppress(termios.error):
            # an answer that comes late is not taken for keys
            termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
    return understood(said, cell_size(terminal))


def understood(said: bytes, cell: tuple[int, int] | None) -> Graphics:
    """``cell`` is what the kernel knows of it."""
    if cell is None:
        found = _CELL.search(said)
        cell = (int(found[2]), int(found[1])) if found else (0, 0)
    attributes = _ATTRIBUTES.search(said)
    if min(cell) <= 0:
        return LETTERS
    if attributes is not None and _SIXEL in attributes[1].split(b";")[1:]:
        return Graphics(Way.SIXEL, cell)
    return Graphics(Way.KITTY, cell) if _KITTY.search(said) else LETTERS


def here() -> Graphics:
    """Of the terminal on which this process runs."""
    shown = sys.stdin.fileno() if sys.stdin is not None and sys.stdin.isatty() else -1
    if shown < 0 or sys.stderr is None or not sys.stderr.isatty():
        return LETTERS
    return dataclasses.replace(ask(shown), terminal=shown)


def cell_now(pictures: Graphics) -> tuple[int, int]:
    """As ``pictures`` says, unless the terminal says by now that its letters have another size."""
    return (cell_size(pictures.terminal) if pictures.terminal >= 0 else None) or pictures.cell


def cell_size(terminal: int) -> tuple[int, int] | None:
    """Of the terminal as it is now; None where it does not tell it."""
    try:
        told = fcntl.ioctl(terminal, termios.TIOCGWINSZ, struct.pack("HHHH", 0, 0, 0, 0))
    except OSError:
        return None
    rows, columns, width, height = struct.unpack("HHHH", told)
    if not (rows and columns and width >= columns and height >= rows):
        return None
    return width // columns, height // rows


def _said(terminal: int, seconds: float) -> bytes:
    """Until the primary attributes have come: they are asked for last."""
    said = b""
    until = time.monotonic() + seconds
    while len(said) < _MOST and not _ATTRIBUTES.search(said):
        left = until - time.monotonic()
        if left <= 0 or not select.select([terminal], [], [], left)[0]:
            break
        said += os.read(terminal, 1024)
    return said
