"""A badge reader that types the number as a keyboard would (HID): its events are read by the cart, and by nobody else.

Events are ``struct input_event`` of linux/input.h: two longs (time), type and code of 16 bits, a value of 32 bits, in the
machine's own order. EVIOCGRAB gives them to this process alone, so that no keystroke reaches the screen (T4). Codes are
places on the keyboard (linux/input-event-codes.h), so that the layout that a reader is set to matters little: the digits
have the same places with shift (AZERTY) and without (QWERTY), and so have B to F; A is where the layout has it. The grab
was not tried on hardware.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import struct
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

from edge.domain.badge import LEAST_DIGITS, MOST_DIGITS, BadgeEvent, ReaderState, Shown, Unread
from edge.domain.fault import Fault, Reason

EVENT: Final = struct.Struct("@llHHi")
EVIOCGRAB: Final = 0x40044590
"""_IOW('E', 0x90, int)."""

SILENCE_SECONDS: Final = 0.2
"""After which a number without Enter is whole."""

AGAIN_SECONDS: Final = 1.0

_SYN, _KEY = 0, 1
_DROPPED: Final = 3
_PRESSED: Final = 1
_ENDS: Final = frozenset({15, 28, 96})  # Tab, Enter, Enter of the keypad
_BESIDE: Final = frozenset({29, 42, 54, 56, 58, 69, 97, 100})  # Ctrl, Shift, Alt, Caps Lock, Num Lock
_PLACES: Final = {
    **{2 + place: digit for place, digit in enumerate("1234567890")},
    **dict(zip((79, 80, 81, 75, 76, 77, 71, 72, 73, 82), "1234567890", strict=True)),  # the keypad
    30: "A",
    16: "A",
    48: "B",
    46: "C",
    32: "D",
    18: "E",
    33: "F",  # 16 is A on AZERTY, and no digit on QWERTY
}

DO = "tapez votre numéro"
UNREADABLE = "Badge illisible : présentez-le de nouveau, ou tapez votre numéro."
NOT_THERE = "n'est pas branché. Branchez-le, ou tapez votre numéro."
NO_KEYBOARD = "n'est pas un lecteur qui tape : vérifiez les réglages du chariot. Tapez votre numéro."
TAKEN = "est déjà pris par un autre programme. Tapez votre numéro."
NOT_ALLOWED = "n'est pas accessible : vérifiez les droits du lecteur. Tapez votre numéro."


class TypedNumber:
    """Bytes of input events in, numbers out. Times are monotonic seconds; memory is bounded whatever comes."""

    def __init__(self) -> None:
        self._rest = b""
        self._digits = ""
        self._spoiled = False
        self._silent_at = 0.0

    @property
    def pending(self) -> bool:
        """Whether a number has begun."""
        return bool(self._digits) or self._spoiled

    def feed(self, data: bytes, now: float) -> Iterator[BadgeEvent]:
        yield from self.due(now)
        data = self._rest + data
        whole = len(data) - len(data) % EVENT.size
        self._rest = data[whole:]
        for _, _, kind, code, value in EVENT.iter_unpack(data[:whole]):
            if kind == _SYN and code == _DROPPED:
                self._spoiled = True
            if kind == _KEY and value == _PRESSED:
                self._silent_at = now + SILENCE_SECONDS
                yield from self._pressed(code)

    def _pressed(self, code: int) -> Iterator[BadgeEvent]:
        if code in _ENDS:
            yield from self._end()
        elif code in _PLACES and len(self._digits) < MOST_DIGITS:
            self._digits += _PLACES[code]
        elif code not in _BESIDE:
            self._spoiled = True

    def due(self, now: float) -> Iterator[BadgeEvent]:
        if self.pending and now >= self._silent_at:
            yield from self._end()

    def _end(self) -> Iterator[BadgeEvent]:
        """Enter alone is nothing."""
        digits, spoiled = self._digits, self._spoiled
        self._digits, self._spoiled = "", False
        if spoiled or 0 < len(digits) < LEAST_DIGITS:
            yield Unread(UNREADABLE)
        elif digits:
            yield Shown(digits)


class KeyboardReader:
    """Implements BadgeReader over the event device ``path`` (/dev/telecart-badge, a name that a udev rule gives)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._told: ReaderState | None = None

    async def events(self) -> AsyncIterator[BadgeEvent]:
        while True:
            try:
                device = grabbed(self._path)
            except Fault as fault:
                for told in self._tell(ReaderState(connected=False, what=fault.what)):
                    yield told
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            for told in self._tell(ReaderState(connected=True)):
                yield told
            try:
                async for event in numbers(device):
                    yield event
            finally:
                # what closes it lets it go
                os.close(device)

    def _tell(self, state: ReaderState) -> Iterator[BadgeEvent]:
        if state != self._told:
            self._told = state
            yield state


def grabbed(path: Path) -> int:
    """The open event device, whose events nobody else gets. Raises Fault(LINK_REFUSED)."""
    try:
        device = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as exc:
        what = NOT_ALLOWED if exc.errno in {errno.EACCES, errno.EPERM} else NOT_THERE
        raise Fault(Reason.LINK_REFUSED, what, DO) from exc
    try:
        fcntl.ioctl(device, EVIOCGRAB, 1)
    except OSError as exc:
        os.close(device)
        what = TAKEN if exc.errno == errno.EBUSY else NO_KEYBOARD
        raise Fault(Reason.LINK_REFUSED, what, DO) from exc
    return device


async def numbers(device: int) -> AsyncIterator[BadgeEvent]:
    """Of an open event device, until it is unplugged. ``device`` stays open."""
    loop = asyncio.get_running_loop()
    decoder, ready = TypedNumber(), asyncio.Event()
    loop.add_reader(device, ready.set)
    try:
        while True:
            try:
                async with asyncio.timeout(SILENCE_SECONDS if decoder.pending else None):
                    await ready.wait()
            except TimeoutError:
                for event in decoder.due(loop.time()):
                    yield event
                continue
            ready.clear()
            try:
                data = os.read(device, 64 * EVENT.size)
            except BlockingIOError:
                continue
            except OSError:
                return
            if not data:
                return
            for event in decoder.feed(data, loop.time()):
                yield event
    finally:
        loop.remove_reader(device)
