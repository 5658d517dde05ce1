"""Samples of a running ECG put together to one piece. Pure: no clock, no I/O, bounded memory whatever comes."""

from __future__ import annotations

import array
import enum
import sys
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from edge.domain.samples import Samples
from edge.domain.waveform import Waveform

LONGEST: Final = 600
"""Seconds of one piece."""

SILENT: Final = 2.0
"""Seconds without samples after which a signal has stopped."""

_LEAST, _GREATEST = -(1 << 15), (1 << 15) - 1


class End(enum.StrEnum):
    """Why a strip ended."""

    STOPPED = "stopped"
    LONGEST = "longest"
    LOST = "lost"
    SILENT = "silent"
    CHANGED = "changed"  # the rate or the gain is another one
    RANGE = "range"  # a value that does not fit 16 bits
    RESIDENT = "resident"
    LINK = "link"
    BEHIND = "behind"  # the store refuses for too long
    DEFECT = "defect"


class Assembly:
    """The samples of some leads put together by instant, a second at a time.

    ``start`` is the position of the first instant. ``ended`` says why nothing more is taken.
    """

    def __init__(self, header: Waveform, start: int) -> None:
        self._header = header
        self._next = dict.fromkeys(header.leads, start)
        self._waiting: dict[str, array.array[int]] = {lead: array.array("h") for lead in header.leads}
        self._second = max(1, round(header.sampling_hz))
        self._left = int(LONGEST * header.sampling_hz)
        self._begun = False
        self.ended: End | None = None

    def take(self, samples: Samples, position: int) -> Iterator[bytes]:
        """The seconds that ``samples`` complete; ``position`` is that of what was lost before them."""
        lead = samples.label
        if self.ended is not None or lead not in self._next:
            return
        if (samples.hertz, samples.microvolts_per_step) != (self._header.sampling_hz, self._step(lead)):
            self.ended = End.CHANGED
            return
        first = position + samples.lost
        if first > self._next[lead]:
            if self._begun:
                self.ended = End.LOST
                return
            self._next = dict.fromkeys(self._next, first)
        yield from self._add(lead, samples.values[max(0, self._next[lead] - first) :])

    def rest(self) -> bytes:
        """What is left of a second at the end."""
        return self._cut(min(self._whole(), self._left))

    def _step(self, lead: str) -> Decimal | None:
        scale = self._header.scale(lead)
        return scale.microvolts_per_step if scale else None

    def _add(self, lead: str, values: Sequence[int]) -> Iterator[bytes]:
        fitting = next((at for at, value in enumerate(values) if not _LEAST <= value <= _GREATEST), len(values))
        self._begun = self._begun or fitting > 0
        self._next[lead] += fitting
        self._waiting[lead].extend(values[:fitting])
        while self._left and self._whole() >= min(self._second, self._left):
            yield self._cut(min(self._second, self._left))
        if not self._left:
            self.ended = End.LONGEST
        elif fitting < len(values):
            self.ended = End.RANGE
        elif len(self._waiting[lead]) - self._whole() > SILENT * self._second:
            self.ended = End.SILENT

    def _whole(self) -> int:
        """Instants of which every lead has come."""
        return min(len(waiting) for waiting in self._waiting.values())

    def _cut(self, instants: int) -> bytes:
        every = array.array("h", bytes(2 * instants * len(self._waiting)))
        for column, (lead, waiting) in enumerate(self._waiting.items()):
            every[column :: len(self._waiting)] = waiting[:instants]
            self._waiting[lead] = waiting[instants:]
        if sys.byteorder == "big":
            every.byteswap()
        self._left -= instants
        return every.tobytes()
