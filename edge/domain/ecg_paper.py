"""An ECG on millimetre paper: where each point lies, in millimetres from the top left corner of a page.

25 mm are a second, and 10 mm a millivolt unless 5 or 20 are asked for, on the page and on the screen (H15). The page is A4
across: three rows of four leads, 2.5 s each, and a row of lead II below, with one pulse of a millivolt at the head of every row.
A recording of more than 10 s takes more pages. A lead that was not recorded, or whose device gives no scale, has an empty place
and is named as such (H16).
"""

from __future__ import annotations

import dataclasses
import math
from typing import Final

from edge.domain.waveform import Waveform

Point = tuple[float, float]
"""Millimetres to the right, millimetres down."""

MM_PER_SECOND: Final = 25.0
MM_PER_MILLIVOLT: Final = 10.0
SMALL_MM: Final = 1.0
LARGE_MM: Final = 5.0

PAGE: Final = (297.0, 210.0)
GRID_LEFT, GRID_TOP, GRID_WIDTH, GRID_HEIGHT = 16.0, 40.0, 265.0, 155.0

_PULSE_MM: Final = 5.0
_LABEL_MM: Final = 12.0

_ROWS: Final = (("I", "aVR", "V1", "V4"), ("II", "aVL", "V2", "V5"), ("III", "aVF", "V3", "V6"))
_PAIRS: Final = (("I", "V1"), ("II", "V2"), ("III", "V3"), ("aVR", "V4"), ("aVL", "V5"), ("aVF", "V6"))
_RHYTHM: Final = "II"

ABSENT: Final = "non enregistrée"
UNSCALED: Final = "sans échelle, non tracée"

Stretch = tuple[str, float, float]
"""A lead, where on a page its stretch begins and how long it is, in seconds."""


@dataclasses.dataclass(frozen=True, slots=True)
class Sheet:
    """A piece of paper in millimetres: where its grid lies, and what stands in each row.

    ``first`` is the first baseline and ``pitch`` how far the next one is; the pulse of a row begins ``pulse`` and its first lead
    ``lead_in`` to the right of the grid's edge.
    """

    left: float
    top: float
    width: float
    height: float
    rows: tuple[tuple[Stretch, ...], ...]
    first: float
    pitch: float
    pulse: float
    lead_in: float

    @property
    def seconds(self) -> float:
        """Of a recording, on one page."""
        return max(since + seconds for row in self.rows for _, since, seconds in row)

    def baseline(self, row: int) -> float:
        return self.first + row * self.pitch


def _columns(rows: tuple[tuple[str, ...], ...], seconds: float) -> tuple[tuple[Stretch, ...], ...]:
    """Rows of leads one after the other, and lead II below."""
    twelve = tuple(tuple((lead, at * seconds, seconds) for at, lead in enumerate(row)) for row in rows)
    return (*twelve, ((_RHYTHM, 0.0, len(rows[0]) * seconds),))


A4: Final = Sheet(
    left=GRID_LEFT,
    top=GRID_TOP,
    width=GRID_WIDTH,
    height=GRID_HEIGHT,
    rows=_columns(_ROWS, 2.5),
    first=GRID_TOP + 25.0,
    pitch=35.0,
    pulse=5.0,
    lead_in=15.0,
)

HEAD_MM, FOOT_MM = 7.0, 6.0
"""Above and below the grid on a screen, for words."""

_LEAD_IN_MM: Final = 11.0
_CLOSEST_MM, _WIDEST_MM = 17.5, 35.0
_OVERHEAD_MM: Final = 5.0
_FEW_LEADS: Final = 3
_SHORTEST, _LONGEST = 2.0, 2.5


def on_screen(waveform: Waveform, width: float, height: float, mm_per_millivolt: float = MM_PER_MILLIVOLT) -> Sheet:
    """At true scale, as broad as a screen of ``width`` mm; higher than its ``height`` where rows would come too close.

    Four leads in a row where each has two seconds, else two; a lead has 2.5 s at most. Up to three leads have rows of their
    own, a single one goes on in the next row.
    """
    room = (width - _LEAD_IN_MM) / MM_PER_SECOND
    four, two = _half(room / 4), _half(room / 2)
    if len(waveform.leads) <= _FEW_LEADS:
        rows = _of_few(waveform, max(1.0, _half(room)))
    elif four >= _SHORTEST:
        rows = _columns(_ROWS, min(four, _LONGEST))
    else:
        rows = _columns(_PAIRS, max(1.0, min(two, _LONGEST)))
    free = height - HEAD_MM - FOOT_MM - _OVERHEAD_MM
    closest = _CLOSEST_MM * max(1.0, mm_per_millivolt / MM_PER_MILLIVOLT)
    pitch = min(_WIDEST_MM, max(closest, free / len(rows)))
    grid = _OVERHEAD_MM + pitch * len(rows)
    return Sheet(0.0, HEAD_MM, width, grid, rows, HEAD_MM + _OVERHEAD_MM + 0.62 * pitch, pitch, 3.0, _LEAD_IN_MM)


def _half(seconds: float) -> float:
    """Half seconds, rounded down."""
    return math.floor(seconds * 2 + 1e-9) / 2


def _of_few(waveform: Waveform, seconds: float) -> tuple[tuple[Stretch, ...], ...]:
    if len(waveform.leads) > 1:
        return tuple(((lead, 0.0, seconds),) for lead in waveform.leads)
    lines = min(_FEW_LEADS, max(1, math.ceil(float(waveform.seconds) / seconds - 1e-9)))
    return tuple(((waveform.leads[0], line * seconds, seconds),) for line in range(lines))


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where one lead is drawn: ``points`` is one line, empty where there is nothing to draw; ``missing`` then says why."""

    lead: str
    label: Point
    points: tuple[Point, ...]
    missing: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Paper:
    """One page: ``pulses`` are the lines of a millivolt for 0.2 s; ``since`` and ``until`` are seconds of the recording."""

    mm_per_millivolt: float
    places: tuple[Place, ...]
    pulses: tuple[tuple[Point, ...], ...]
    since: float
    until: float
    sheet: Sheet = A4

    @property
    def missing(self) -> tuple[str, ...]:
        """One line for each lead that is not drawn, each lead once."""
        return tuple(dict.fromkeys(f"{place.lead} : {place.missing}" for place in self.places if place.missing))

    @property
    def leaves_the_grid(self) -> tuple[str, ...]:
        """The leads whose line goes beyond the paper's grid."""
        top, bottom = self.sheet.top, self.sheet.top + self.sheet.height
        return tuple(
            dict.fromkeys(
                place.lead for place in self.places if any(not top <= down <= bottom for _, down in place.points)
            )
        )


def across(seconds: float) -> float:
    """Millimetres."""
    return seconds * MM_PER_SECOND


def up(microvolts: float, mm_per_millivolt: float) -> float:
    """Millimetres."""
    return microvolts / 1000.0 * mm_per_millivolt


def papers(waveform: Waveform, mm_per_millivolt: float = MM_PER_MILLIVOLT, sheet: Sheet = A4) -> tuple[Paper, ...]:
    """As many pages as the recording needs, one at least."""
    names = {lead.upper(): lead for lead in waveform.leads}
    length = waveform.count / float(waveform.sampling_hz)
    pages = max(1, math.ceil(length / sheet.seconds - 1e-9))
    return tuple(_paper(waveform, names, page * sheet.seconds, mm_per_millivolt, sheet) for page in range(pages))


def _paper(waveform: Waveform, names: dict[str, str], since: float, gain: float, sheet: Sheet) -> Paper:
    places = tuple(
        _place(
            waveform,
            names,
            lead,
            (sheet.left + sheet.lead_in + across(begin - row[0][1]), sheet.baseline(number)),
            since + begin,
            seconds,
            gain,
        )
        for number, row in enumerate(sheet.rows)
        for lead, begin, seconds in row
    )
    scaled = any(place.points for place in places)
    pulses = tuple(_pulse(sheet, row, gain) for row in range(len(sheet.rows))) if scaled else ()
    return Paper(gain, places, pulses, since, min(since + sheet.seconds, float(waveform.seconds)), sheet)


def _pulse(sheet: Sheet, row: int, gain: float) -> tuple[Point, ...]:
    left, baseline = sheet.left + sheet.pulse, sheet.baseline(row)
    right, top = left + _PULSE_MM, baseline - up(1000.0, gain)
    return (
        (left - 2.0, baseline),
        (left, baseline),
        (left, top),
        (right, top),
        (right, baseline),
        (right + 2.0, baseline),
    )


def _place(
    waveform: Waveform,
    names: dict[str, str],
    lead: str,
    corner: Point,
    since: float,
    seconds: float,
    gain: float,
) -> Place:
    """``corner`` is where the stretch of ``seconds`` from ``since`` begins, at 0 mV."""
    left, baseline = corner
    label = (left + 1.0, baseline - _LABEL_MM)
    name = names.get(lead.upper())
    if name is None:
        return Place(lead, label, (), ABSENT)
    scale = waveform.scale(name)
    if scale is None:
        return Place(lead, label, (), UNSCALED)
    rate, step, zero = float(waveform.sampling_hz), float(scale.microvolts_per_step), float(scale.baseline_microvolts)
    samples = waveform.lead(name)
    points = tuple(
        (left + across(at / rate - since), baseline - up(samples[at] * step + zero, gain))
        for at in _within(len(samples), rate, since, seconds)
    )
    return Place(lead, label, points)


def _within(count: int, rate: float, since: float, seconds: float) -> range:
    """The samples of a stretch, both ends included."""
    first = math.ceil(since * rate - 1e-9)
    return range(first, max(first, min(count, math.floor((since + seconds) * rate + 1e-9) + 1)))
