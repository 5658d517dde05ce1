"""An ECG recorder that hands over EDF+C files (Kemp and Olivan 2003, edfplus.info): one data record a second.

The layout is that of the specification, field by field. No arithmetic is shared with any reader.
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

from firmware_stubs import heart

HERTZ = 500
STEPS_A_MILLIVOLT = 400
_LOWEST, _HIGHEST = -32768, 32767
_RANGE_UV = ("-81920", "81917.5")
"""What the lowest and the highest number stand for: 2.5 microvolts a step."""

_ANNOTATION_WORDS = 15
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def samples(lead: str, seconds: float, beats_a_minute: float = 72.0) -> list[int]:
    """The lead in steps of 2.5 microvolts."""
    count = round(seconds * HERTZ)
    return [round(heart.millivolts(lead, n / HERTZ, beats_a_minute) * STEPS_A_MILLIVOLT) for n in range(count)]


def recording(leads: Mapping[str, Sequence[int]], began: dt.datetime) -> bytes:
    """A whole file of leads in steps, all of the same whole number of seconds; ``began`` is the recorder's own clock."""
    number = len(leads) + 1
    records = len(next(iter(leads.values()))) // HERTZ
    date = f"{began.day:02}-{_MONTHS[began.month - 1]}-{began.year}"
    head = _field("0", 8) + _field("X X X X", 80) + _field(f"Startdate {date} X X Simulated", 80)
    head += _field(began.strftime("%d.%m.%y"), 8) + _field(began.strftime("%H.%M.%S"), 8)
    head += _field(str(256 * (number + 1)), 8) + _field("EDF+C", 44)
    head += _field(str(records), 8) + _field("1", 8) + _field(str(number), 4)
    for width, of_a_lead, of_the_annotations in (
        (16, "", "EDF Annotations"),
        (80, "AgAgCl electrodes", ""),
        (8, "uV", ""),
        (8, _RANGE_UV[0], "-1"),
        (8, _RANGE_UV[1], "1"),
        (8, str(_LOWEST), str(_LOWEST)),
        (8, str(_HIGHEST), str(_HIGHEST)),
        (80, "HP:0.05Hz LP:150Hz", ""),
        (8, str(HERTZ), str(_ANNOTATION_WORDS)),
        (32, "", ""),
    ):
        head += b"".join(_field(of_a_lead or (f"ECG {name}" if width == 16 else ""), width) for name in leads)
        head += _field(of_the_annotations, width)
    return head + b"".join(_record(second, leads) for second in range(records))


def _field(text: str, width: int) -> bytes:
    """Left-justified and filled up with spaces (2.1.3)."""
    return f"{text:<{width}}".encode("ascii")


def _record(second: int, leads: Mapping[str, Sequence[int]]) -> bytes:
    """A second of every lead, then the time-keeping annotation (2.2.4) and, in the first one, what happened (2.2.2)."""
    said = f"+{second}\x14\x14\0" + ("+0\x14Recording starts\x14\0" if second == 0 else "")
    signals = b"".join(
        struct.pack(f"<{HERTZ}h", *values[second * HERTZ : (second + 1) * HERTZ]) for values in leads.values()
    )
    return signals + said.encode("ascii").ljust(2 * _ANNOTATION_WORDS, b"\0")


class EdfRecorder:
    """``record()`` drops ten seconds of twelve leads into ``folder``, complete, by renaming."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = 0

    def record(self, beats_a_minute: float = 72.0, began: dt.datetime | None = None) -> Path:
        self._number += 1
        leads = {name: samples(name, 10, beats_a_minute) for name in heart.TWELVE}
        unfinished = self._folder / f".ecg-{self._number}.edf.tmp"
        # a recorder's clock knows no zone
        unfinished.write_bytes(recording(leads, began or dt.datetime.now()))  # noqa: DTZ005
        return unfinished.rename(self._folder / f"ecg-{self._number}.edf")
