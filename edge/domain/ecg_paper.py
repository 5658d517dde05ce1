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

SECONDS_A_PAGE: Final = 10.0
SECONDS_A_PLACE: Final = 2.5
_TRACE_LEFT: Final = GRID_LEFT + 15.0
_ROW_MM: Final = 35.0
_FIRST_BASELINE: Final = GRID_TOP + 25.0
_PULSE_MM: Final = 5.0
_PULSE_LEFT: Final = GRID_LEFT + 5.0
_LABEL_MM: Final = 12.0

_ROWS: Final = (("I", "aVR", "V1", "V4"), ("II", "aVL", "V2", "V5"), ("III", "aVF", "V3", "V6"))
_RHYTHM: Final = "II"


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

    @property
    def missing(self) -> tuple[str, ...]:
        """One line for each lead that is not drawn, each lead once."""
        return tuple(dict.fromkeys(f"{place.lead} : {place.missing}" for place in self.places if place.missing))

    @property
    def leaves_the_grid(self) -> tuple[str, ...]:
        """The leads whose line goes beyond the paper's grid."""
        bottom = GRID_TOP + GRID_HEIGHT
        return tuple(
            dict.fromkeys(
                place.lead for place in self.places if any(not GRID_TOP <= down <= bottom for _, down in place.points)
            )
        )


def across(seconds: float) -> float:
    """Millimetres."""
    return seconds * MM_PER_SECOND


def up(microvolts: float, mm_per_millivolt: float) -> float:
    """Millimetres."""
    return microvolts / 1000.0 * mm_per_millivolt


def papers(waveform: Waveform, mm_per_millivolt: float = MM_PER_MILLIVOLT) -> tuple[Paper, ...]:
    """As many pages as the recording needs, one at least."""
    names = {lead.upper(): lead for lead in waveform.leads}
    pages = max(1, math.ceil(waveform.count / float(waveform.sampling_hz) / SECONDS_A_PAGE))
    return tuple(_paper(waveform, names, page * SECONDS_A_PAGE, mm_per_millivolt) for page in range(pages))


def _paper(waveform: Waveform, names: dict[str, str], since: float, gain: float) -> Paper:
    places: list[Place] = []
    for row, leads in enumerate(_ROWS):
        for column, lead in enumerate(leads):
            offset = column * SECONDS_A_PLACE
            places.append(_place(waveform, names, lead, row, since, offset, SECONDS_A_PLACE, gain))
    places.append(_place(waveform, names, _RHYTHM, len(_ROWS), since, 0.0, SECONDS_A_PAGE, gain))
    scaled = any(place.points for place in places)
    pulses = tuple(_pulse(_baseline(row), gain) for row in range(len(_ROWS) + 1)) if scaled else ()
    return Paper(gain, tuple(places), pulses, since, min(since + SECONDS_A_PAGE, float(waveform.seconds)))


def _baseline(row: int) -> float:
    return _FIRST_BASELINE + row * _ROW_MM


def _pulse(baseline: float, gain: float) -> tuple[Point, ...]:
    left, right, top = _PULSE_LEFT, _PULSE_LEFT + _PULSE_MM, baseline - up(1000.0, gain)
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
    row: int,
    since: float,
    offset: float,
    seconds: float,
    gain: float,
) -> Place:
    left, baseline = _TRACE_LEFT + across(offset), _baseline(row)
    label = (left + 1.0, baseline - _LABEL_MM)
    name = names.get(lead.upper())
    if name is None:
        return Place(lead, label, (), "non enregistrée")
    scale = waveform.scale(name)
    if scale is None:
        return Place(lead, label, (), "sans échelle, non tracée")
    rate, step, zero = float(waveform.sampling_hz), float(scale.microvolts_per_step), float(scale.baseline_microvolts)
    samples = waveform.lead(name)
    points = tuple(
        (left + across(at / rate - since - offset), baseline - up(samples[at] * step + zero, gain))
        for at in _within(len(samples), rate, since + offset, seconds)
    )
    return Place(lead, label, points)


def _within(count: int, rate: float, since: float, seconds: float) -> range:
    """The samples of a stretch, both ends included."""
    first = math.ceil(since * rate - 1e-9)
    return range(first, max(first, min(count, math.floor((since + seconds) * rate + 1e-9) + 1)))
