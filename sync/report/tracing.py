"""ECGs on millimetre paper, at true scale, on pages across. Nothing is smoothed, joined or interpreted (H15, H16)."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from reportlab.lib.units import mm

from edge.domain import ecg_paper
from edge.domain.ecg_paper import GRID_HEIGHT, GRID_LEFT, GRID_TOP, GRID_WIDTH, LARGE_MM, SMALL_MM, Paper, Point
from edge.domain.report import House, Trace
from edge.domain.waveform import Waveform
from sync.report.letters import PLAIN, STRONG
from sync.report.sheet import ACROSS, ALERT, MUTED, Colour, Sheet
from sync.report.words import Words

MOST_SECONDS: Final = 60
"""Of one recording: six pages. The whole is where the recordings are."""

_SMALL: Final[tuple[Colour, float]] = ((1.0, 0.87, 0.86), 0.1)
_LARGE: Final[tuple[Colour, float]] = ((0.94, 0.62, 0.60), 0.2)
_INK_WIDTH: Final = 0.28
_ROWS: Final = 4
_ROW_SECONDS: Final = 10.0


def draw(sheet: Sheet, trace: Trace, words: Words, house: House) -> None:
    """As many pages as it needs, a minute at most."""
    shown = _beginning(trace.waveform)
    pages = ecg_paper.papers(shown, sheet=_paper_of(shown))
    for paper in pages:
        sheet.page(ACROSS)
        _grid(sheet)
        _lines(sheet, paper, words)
        _said(sheet, trace, paper, words, house)


def _paper_of(waveform: Waveform) -> ecg_paper.Sheet:
    """Of up to four leads, each has a row of ten seconds; a single one goes on in the next row."""
    if len(waveform.leads) > _ROWS:
        return ecg_paper.A4
    if len(waveform.leads) > 1:
        rows = tuple(((lead, 0.0, _ROW_SECONDS),) for lead in waveform.leads)
    else:
        count = min(_ROWS, max(1, math.ceil(float(waveform.seconds) / _ROW_SECONDS - 1e-9)))
        rows = tuple(((waveform.leads[0], row * _ROW_SECONDS, _ROW_SECONDS),) for row in range(count))
    return dataclasses.replace(ecg_paper.A4, rows=rows)


def _beginning(waveform: Waveform) -> Waveform:
    if waveform.seconds <= MOST_SECONDS:
        return waveform
    count = int(waveform.sampling_hz * MOST_SECONDS)
    samples = waveform.samples[: count * 2 * len(waveform.leads)]
    return Waveform(waveform.leads, waveform.sampling_hz, waveform.scales, samples)


def _at(sheet: Sheet, point: Point) -> Point:
    return point[0] * mm, sheet.down(point[1] * mm)


def _grid(sheet: Sheet) -> None:
    canvas = sheet.canvas
    for step, (colour, width) in ((SMALL_MM, _SMALL), (LARGE_MM, _LARGE)):
        path = canvas.beginPath()
        for number in range(round(GRID_WIDTH / step) + 1):
            path.moveTo(*_at(sheet, (GRID_LEFT + number * step, GRID_TOP)))
            path.lineTo(*_at(sheet, (GRID_LEFT + number * step, GRID_TOP + GRID_HEIGHT)))
        for number in range(round(GRID_HEIGHT / step) + 1):
            path.moveTo(*_at(sheet, (GRID_LEFT, GRID_TOP + number * step)))
            path.lineTo(*_at(sheet, (GRID_LEFT + GRID_WIDTH, GRID_TOP + number * step)))
        canvas.setStrokeColorRGB(*colour)
        canvas.setLineWidth(width * mm)
        canvas.drawPath(path)


def _lines(sheet: Sheet, paper: Paper, words: Words) -> None:
    canvas = sheet.canvas
    canvas.setStrokeColorRGB(0, 0, 0)
    canvas.setLineWidth(_INK_WIDTH * mm)
    canvas.setLineJoin(1)
    for line in (*paper.pulses, *(place.points for place in paper.places)):
        _line(sheet, line)
    for place in paper.places:
        across, down = place.label[0] * mm, place.label[1] * mm
        sheet.say(across, down, place.lead, 9, STRONG)
        if place.missing:
            sheet.say(across, down + 5 * mm, _missing(place.missing, words), 8, PLAIN, MUTED)


def _line(sheet: Sheet, points: Sequence[Point]) -> None:
    if len(points) < 2:
        return
    # every sample is a point of the page: a path object of the library takes ten times as long for it
    placed = [f"{across * mm:.2f} {sheet.down(down * mm):.2f}" for across, down in points]
    sheet.canvas.addLiteral(f"{placed[0]} m\n" + " l\n".join(placed[1:]) + " l S")


def _missing(why: str, words: Words) -> str:
    return {ecg_paper.ABSENT: words.ecg.absent, ecg_paper.UNSCALED: words.ecg.unscaled}.get(why, why)


def _said(sheet: Sheet, trace: Trace, paper: Paper, words: Words, house: House) -> None:
    left = GRID_LEFT * mm
    taken = trace.taken.at
    when = words.moment(taken.utc.astimezone(house.zone))
    if not taken.clock_trusted:
        when += f" ({words.vitals.clock})"
    sheet.say(left, 28 * mm, words.ecg.heading, 12.5, STRONG)
    sheet.say(left + 34, 28 * mm, words.ecg.recorded.format(when, trace.taken.device.model), 9, PLAIN, MUTED)
    hertz = format(trace.waveform.sampling_hz.normalize(), "f")
    scale = words.ecg.scale.format(
        f"{ecg_paper.MM_PER_SECOND:g}", f"{paper.mm_per_millivolt:g}", f"{paper.since:g}", f"{paper.until:g}", hertz
    )
    sheet.say(left, 37.5 * mm, scale, 9, STRONG)
    told = f"{words.ecg.no_reading} {words.ecg.print_it}"
    sheet.say_to((GRID_LEFT + GRID_WIDTH) * mm, 37.5 * mm, told, 7.5, PLAIN, MUTED)
    beware = _gaps(paper, words)
    if outside := paper.leaves_the_grid:
        beware.append(words.ecg.leaves_paper.format(", ".join(outside)))
    if trace.waveform.seconds > MOST_SECONDS:
        beware.append(words.ecg.cut.format(MOST_SECONDS, f"{trace.waveform.seconds.quantize(Decimal(1)):f}"))
    if beware:
        sheet.say(left, 32.9 * mm, words.ecg.beware.format(" ; ".join(beware)), 8, STRONG, ALERT)


def _gaps(paper: Paper, words: Words) -> list[str]:
    """The leads that are not drawn, by why."""
    found: dict[str, dict[str, None]] = {}
    for place in paper.places:
        if place.missing:
            found.setdefault(_missing(place.missing, words), {})[place.lead] = None
    return [f"{why}{words.colon} {', '.join(lead or '?' for lead in leads)}" for why, leads in found.items()]
