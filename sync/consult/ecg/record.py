"""The ECG of one call: the samples of each lead numbered from 0, and kept for repairs as long as the call lasts. Pure.

A series is one lead of one device without a break that nobody counted: after two seconds of silence another one begins, so that
what lies between is never drawn as if nothing had been missed (H15).
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence
from typing import Final

ABSENT: Final = -(2**31)
"""In the place of a sample that the device lost, or whose value is beyond what is carried."""

GREATEST: Final = 2**31 - 3
"""Microvolts, or steps of a device that has no unit."""

SILENT_SECONDS: Final = 2.0
FASTEST_HERTZ: Final = 2000.0
LONGEST_LABEL: Final = 8
MOST_SERIES: Final = 16
"""Twelve leads and some room; of more than these the oldest is forgotten."""

MOST_SAMPLES: Final = 4 * 1024 * 1024
"""Of four bytes each, of all series: one lead at 250 Hz for four hours, twelve at 500 Hz for eleven minutes."""

_LONGEST_GAP: Final = 60.0
_LAST: Final = 0xFFFF
_LEADS: Final = ("II", "I", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")


class Series:
    """``head`` samples were taken so far; those from ``begin`` on are kept."""

    __slots__ = ("_samples", "begin", "device", "heard", "hertz", "in_millivolts", "label", "number")

    def __init__(
        self, number: int, device: str, label: str, hertz: float, heard: float, *, in_millivolts: bool = True
    ) -> None:
        self.number = number
        self.device = device
        self.label = label
        self.hertz = hertz
        self.heard = heard
        self.in_millivolts = in_millivolts
        self.begin = 0
        self._samples = array("i")

    @property
    def head(self) -> int:
        return self.begin + len(self._samples)

    def extend(self, samples: Iterable[int]) -> None:
        self._samples.extend(samples)

    def between(self, first: int, end: int) -> array[int]:
        """Microvolts or steps, or ABSENT; only what is kept of it."""
        return self._samples[max(0, first - self.begin) : max(0, end - self.begin)]

    def forget(self, count: int) -> None:
        """The oldest ``count``."""
        del self._samples[:count]
        self.begin += count

    def __len__(self) -> int:
        return len(self._samples)


class Record:
    """``now`` counts seconds and never goes back."""

    def __init__(self) -> None:
        self._series: dict[int, Series] = {}
        self._newest: dict[tuple[str, str], Series] = {}
        self._next = 0

    @property
    def series(self) -> tuple[Series, ...]:
        """Lead II first, then as leads are counted, then the others; of one lead the newest first."""
        return tuple(sorted(self._series.values(), key=lambda one: (_rank(one.label), -one.number)))

    def numbered(self, number: int) -> Series | None:
        return self._series.get(number)

    def take(
        self,
        device: str,
        label: str,
        hertz: float,
        values: Sequence[float],
        lost: int,
        now: float,
        *,
        in_millivolts: bool = True,
    ) -> Series | None:
        """The next stretch of a lead, ``lost`` samples missing before it, in millivolts or in steps of the device.

        None for what no ECG has: it is not kept.
        """
        if not (0.0 < hertz <= FASTEST_HERTZ) or lost < 0 or len(label) > LONGEST_LABEL or not _plain(label):
            return None
        one = self._newest.get((device, label))
        same = one is not None and (one.hertz, one.in_millivolts) == (hertz, in_millivolts)
        if one is None or not same or now - one.heard > SILENT_SECONDS or lost > _LONGEST_GAP * hertz:
            if self._next > _LAST:
                return None
            one, lost = self._begin(Series(self._next, device, label, hertz, now, in_millivolts=in_millivolts)), 0
        one.heard = now
        one.extend([ABSENT] * lost)
        factor = 1000 if in_millivolts else 1
        one.extend(_whole(factor * value) for value in values)
        self._bound()
        return one

    def _begin(self, one: Series) -> Series:
        self._next += 1
        self._series[one.number] = self._newest[one.device, one.label] = one
        if len(self._series) > MOST_SERIES:
            oldest = self._series.pop(min(self._series))
            if self._newest.get((oldest.device, oldest.label)) is oldest:
                del self._newest[oldest.device, oldest.label]
        return one

    def _bound(self) -> None:
        while sum(map(len, self._series.values())) > MOST_SAMPLES:
            longest = max(self._series.values(), key=len)
            longest.forget(1 + len(longest) // 8)


def _whole(value: float) -> int:
    return round(value) if math.isfinite(value) and abs(value) <= GREATEST else ABSENT


def _plain(label: str) -> bool:
    return label.isascii() and (not label or label.isalnum())


def _rank(label: str) -> int:
    return _LEADS.index(label) if label in _LEADS else len(_LEADS)
