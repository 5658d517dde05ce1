"""What a host says to a Contec CMS50D+ with its older firmware to get what it has stored (drivers/codec/cms50d.py).

F5 F5 asks for the recording; the device stops its live frames, maybe within one, sends it, and is then silent until F6 F6 F6
makes it live again. Tried on the device by two authors who do not know one another: Asbjørn Brask (atbrask/CMS50Dplus and
atbrask.dk, 2015) and Mark Watkins (a log on cpaptalk.com, t=65978, 2011, and the loader of SleepyHead). Nothing is deleted.
How a device that has stored nothing answers is not published: here it counts as one that does not answer.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence
from typing import Final

from drivers.codec.cms50d import RECORD
from drivers.codec.record_access import INCOMPLETE, SILENT
from edge.domain.dialogue import Finished, Known, Listening, Say, Step, Tell

ASK: Final = b"\xf5\xf5"
LIVE: Final = b"\xf6\xf6\xf6"

AGAIN: Final = 3.0
"""Seconds without the beginning of a recording after which it is asked for again."""

TRIES: Final = 4

SILENCE: Final = 3.0
"""Seconds without a byte after which a recording that has begun is over."""

MOST: Final = 24 * 60 * 60 * RECORD
"""Bytes of a recording: a day is all that the device holds."""

_BEGINNING: Final = re.compile(rb"\xf2\x80\x00(?!\xf2\x80\x00)([\x80-\xff])([\x80-\xff])([\x00-\x7f])")
"""The last of the three preambles, and the length."""

_BEGINNING_LESS_ONE: Final = 5


class _Turn(enum.Enum):
    ASKING = enum.auto()
    COMING = enum.auto()
    OVER = enum.auto()


class Cms50dStored(Listening):
    """Asks for the recording, lets all of it come, and makes the device live again."""

    def __init__(self) -> None:
        self._turn = _Turn.ASKING
        self._buffer = bytearray()
        self._missing: int | None = None
        self._tries = 1
        self._asked = 0.0
        self._heard = False
        self._quiet_since = 0.0

    def opened(self, known: Known) -> Sequence[Step]:  # noqa: ARG002
        # a download that somebody broke off before leaves the device silent
        return (Say(LIVE), Say(ASK))

    def heard(self, data: bytes, source: str) -> Sequence[Step]:  # noqa: ARG002
        self._heard = self._heard or bool(data)
        if self._turn is _Turn.ASKING:
            self._look_for_the_beginning(data)
        elif self._turn is _Turn.COMING and self._missing is not None:
            self._missing -= len(data)
        whole = self._turn is _Turn.COMING and self._missing is not None and self._missing <= 0
        return self._finish() if whole else ()

    def _look_for_the_beginning(self, data: bytes) -> None:
        self._buffer += data
        found = _BEGINNING.search(self._buffer)
        if found is None:
            del self._buffer[:-_BEGINNING_LESS_ONE]
            return
        high, middle, low = (part[0] & 0x7F for part in found.groups())
        length = (high << 14 | middle << 7 | low) + 1
        if length <= MOST and length % RECORD == 0:
            self._missing = length - (len(self._buffer) - found.end())
        self._turn = _Turn.COMING
        self._buffer.clear()

    def waited(self, seconds: float) -> Sequence[Step]:
        heard, self._heard = self._heard, False
        if heard:
            self._quiet_since = seconds
        if self._turn is _Turn.ASKING and seconds - self._asked >= AGAIN:
            self._asked = seconds
            return self._ask_again()
        if self._turn is _Turn.COMING and seconds - self._quiet_since >= SILENCE:
            # the device, or the length that it announced, was cut off
            return (Tell(INCOMPLETE), *self._finish())
        return ()

    def _ask_again(self) -> Sequence[Step]:
        if self._tries >= TRIES:
            return (Tell(SILENT), *self._finish())
        self._tries += 1
        return (Say(ASK),)

    def _finish(self) -> Sequence[Step]:
        self._turn = _Turn.OVER
        return (Say(LIVE), Finished())
