"""What a host says to a Contec CMS50D+ 4.6 (the commands are in drivers/codec/cms50d_4_6.py)."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Final

from drivers.codec.cms50d_4_6 import DISCONNECTS, FEEDBACK, FREE, STARTED_AT, measure, opened
from edge.domain.dialogue import Finished, Known, Listening, Say, Step


def command(code: int, user: int = 0, segment: int = 0) -> bytes:
    """A package of control (clause 3.3.2.7): unused bytes are 80 on the line. ``user`` and ``segment`` below 128."""
    return bytes((0x7D, 0x81, code, 0x80 | user, 0x80 | segment, 0x80, 0x80, 0x80, 0x80))


START: Final = command(0xA1)
STOP: Final = command(0xA2)
STOP_STORED: Final = command(0xA7)
CONNECTED: Final = command(0xAF)

BETWEEN_KEEP_ALIVE: Final = 4.0
"""Seconds; the protocol says five, and the device allows thirty."""

SILENCE: Final = 3.0
"""Seconds without a byte after which the device is asked again: it was switched off and on."""

LONGEST_PACKAGE: Final = 9


class Cms50d46Live(Listening):
    """Asks for live values, and goes on asking: whatever the device was doing before is stopped first."""

    def __init__(self) -> None:
        self._told = 0.0
        self._heard = False
        self._silent_since = 0.0

    def opened(self, known: Known) -> Sequence[Step]:  # noqa: ARG002
        return (Say(STOP_STORED), Say(STOP), Say(START))

    def heard(self, data: bytes, source: str) -> Sequence[Step]:  # noqa: ARG002
        self._heard = self._heard or bool(data)
        return ()

    def waited(self, seconds: float) -> Sequence[Step]:
        steps: list[Step] = []
        if self._heard:
            self._heard, self._silent_since = False, seconds
        elif seconds - self._silent_since >= SILENCE:
            self._silent_since = seconds
            steps.append(Say(START))
        if seconds - self._told >= BETWEEN_KEEP_ALIVE:
            self._told = seconds
            steps.append(Say(CONNECTED))
        return steps


class _Turn(enum.Enum):
    TIME = enum.auto()
    RECORDS = enum.auto()
    OVER = enum.auto()


class Cms50d46Stored(Listening):
    """Asks for one recording out of the device's memory: first when it began, then its seconds. Nothing is deleted.

    A device that does not know when answers with feedback; the recording then has no time.
    """

    def __init__(self, user: int = 0, segment: int = 0) -> None:
        self._user = user
        self._segment = segment
        self._turn = _Turn.TIME
        self._buffer = bytearray()
        self._quiet_since = 0.0
        self._heard = False

    def opened(self, known: Known) -> Sequence[Step]:  # noqa: ARG002
        return (Say(STOP_STORED), Say(STOP), Say(command(0xA5, self._user, self._segment)))

    def heard(self, data: bytes, source: str) -> Sequence[Step]:  # noqa: ARG002
        self._heard = self._heard or bool(data)
        self._buffer += data
        steps: list[Step] = []
        while self._buffer and self._turn is not _Turn.OVER:
            length = measure(self._buffer, 0)
            if isinstance(length, int):
                steps += self._answer(bytes(self._buffer[:length]))
                del self._buffer[:length]
            elif len(self._buffer) < LONGEST_PACKAGE and len(self._buffer) > 1 and self._buffer[-1] & 0x80:
                break  # the rest of a package is still to come
            elif len(self._buffer) == 1:
                break
            else:
                del self._buffer[:1]
        if self._turn is _Turn.OVER:
            self._buffer.clear()
        return steps

    def waited(self, seconds: float) -> Sequence[Step]:
        """The end of a recording is silence where the device does not announce it."""
        if self._heard or self._turn is _Turn.OVER:
            self._heard, self._quiet_since = False, seconds
            return ()
        if seconds - self._quiet_since < SILENCE:
            return ()
        self._quiet_since = seconds
        return self._ask() if self._turn is _Turn.TIME else self._finish()

    def _answer(self, package: bytes) -> Sequence[Step]:
        kind = package[0]
        if self._turn is _Turn.TIME:
            refused = kind == FEEDBACK and opened(package)[0] == 0xA5
            return self._ask() if kind == STARTED_AT or refused else ()
        over = kind in {FREE, DISCONNECTS} or (kind == FEEDBACK and opened(package)[0] == 0xA6)
        return self._finish() if over else ()

    def _ask(self) -> Sequence[Step]:
        self._turn = _Turn.RECORDS
        return (Say(command(0xA6, self._user, self._segment)),)

    def _finish(self) -> Sequence[Step]:
        self._turn = _Turn.OVER
        return (Say(STOP_STORED), Finished())
