"""The pages of a 12-lead ECG on millimetre paper, as PDF: many viewers show no waveforms. Pure: the same item, the same bytes.

Points are those of edge.domain.ecg_paper; nothing is smoothed, filtered, joined or interpreted here.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from edge.domain import ecg_paper
from edge.domain.ecg_paper import GRID_HEIGHT, GRID_LEFT, GRID_TOP, GRID_WIDTH, LARGE_MM, PAGE, SMALL_MM, Paper, Point
from edge.domain.item import Item
from edge.domain.waveform import Waveform
from sync.dicom.building.elements import text
from sync.dicom.building.modules import Source, local

_SMALL_COLOUR, _LARGE_COLOUR, _INK = (1.0, 0.85, 0.85), (0.95, 0.55, 0.55), (0.0, 0.0, 0.0)
_SMALL_WIDTH, _LARGE_WIDTH, _INK_WIDTH = 0.1, 0.2, 0.25
"""Millimetres."""

_PRINT = "Imprimer à 100 % : un grand carreau mesure 5 mm."
_NO_READING = (
    "Tracé tel qu'il a été enregistré, non filtré par la borne. Ce document ne contient aucune interprétation."
)


def draw(item: Item, waveform: Waveform, source: Source, mm_per_millivolt: float = ecg_paper.MM_PER_MILLIVOLT) -> bytes:
    """A4 across, one page for every ten seconds."""
    content = io.BytesIO()
    canvas = Canvas(content, pagesize=(PAGE[0] * mm, PAGE[1] * mm), invariant=1, pageCompression=1)
    canvas.setTitle("ECG 12 dérivations")
    canvas.setCreator("telecart")
    pages = ecg_paper.papers(waveform, mm_per_millivolt)
    for number, paper in enumerate(pages, 1):
        _grid(canvas)
        _traces(canvas, paper)
        _heading(canvas, item, source)
        _foot(canvas, waveform, paper, f"page {number} / {len(pages)}")
        canvas.showPage()
    canvas.save()
    return content.getvalue()


def written(value: str) -> str:
    """``value`` with the letters that the fonts of every PDF reader have (WinAnsi); others lose their accent, or become "?"."""
    return "".join(_letter(letter) for letter in text(value))


def _letter(letter: str) -> str:
    for form in (letter, unicodedata.normalize("NFKD", letter)[0]):
        try:
            form.encode("cp1252")
        except UnicodeEncodeError:
            continue
        return form
    return "?"


def _at(point: Point) -> Point:
    """In points from the bottom left corner, as PDF counts."""
    return point[0] * mm, (PAGE[1] - point[1]) * mm


def _grid(canvas: Canvas) -> None:
    for step, colour, width in ((SMALL_MM, _SMALL_COLOUR, _SMALL_WIDTH), (LARGE_MM, _LARGE_COLOUR, _LARGE_WIDTH)):
        path = canvas.beginPath()
        for number in range(round(GRID_WIDTH / step) + 1):
            path.moveTo(*_at((GRID_LEFT + number * step, GRID_TOP)))
            path.lineTo(*_at((GRID_LEFT + number * step, GRID_TOP + GRID_HEIGHT)))
        for number in range(round(GRID_HEIGHT / step) + 1):
            path.moveTo(*_at((GRID_LEFT, GRID_TOP + number * step)))
            path.lineTo(*_at((GRID_LEFT + GRID_WIDTH, GRID_TOP + number * step)))
        canvas.setStrokeColorRGB(*colour)
        canvas.setLineWidth(width * mm)
        canvas.drawPath(path)


def _traces(canvas: Canvas, paper: Paper) -> None:
    canvas.setStrokeColorRGB(*_INK)
    canvas.setFillColorRGB(*_INK)
    canvas.setLineWidth(_INK_WIDTH * mm)
    canvas.setLineJoin(1)
    for line in (*paper.pulses, *(place.points for place in paper.places)):
        _line(canvas, line)
    for place in paper.places:
        _say(canvas, place.label, place.lead, 9, bold=True)
        if place.missing:
            _say(canvas, (place.label[0], place.label[1] + 5.0), place.missing, 8)


def _line(canvas: Canvas, points: Sequence[Point]) -> None:
    if len(points) < 2:
        return
    path = canvas.beginPath()
    path.moveTo(*_at(points[0]))
    for point in points[1:]:
        path.lineTo(*_at(point))
    canvas.drawPath(path)


def _heading(canvas: Canvas, item: Item, source: Source) -> None:
    who, taken = item.patient, local(item.taken.utc, item, source)
    name = f"{who.used_name or who.birth_name} {who.given_names}"
    born = f"né(e) {who.birth_name} le {who.birth_date:%d/%m/%Y}, sexe {who.sex.value}"
    doubt = "" if item.taken.clock_trusted else " (heure à vérifier)"
    _say(canvas, (GRID_LEFT, 12.0), name, 13, bold=True)
    _say(canvas, (GRID_LEFT, 18.0), f"{born}, identifiant {who.id} ({who.issuer})", 10)
    when = f"{taken:%d/%m/%Y %H:%M:%S} UTC{taken:%z}"
    _say(canvas, (GRID_LEFT, 24.0), f"ECG enregistré le {when}{doubt}, {item.device.model}", 10)
    _say(canvas, (GRID_LEFT, 30.0), f"{source.institution}, dossier {item.encounter.accession_number}", 10)
    if item.entered_in_error:
        _say(canvas, (GRID_LEFT, 36.0), "SAISI PAR ERREUR : NE PAS UTILISER", 13, bold=True)


def _foot(canvas: Canvas, waveform: Waveform, paper: Paper, page: str) -> None:
    speed = f"{ecg_paper.MM_PER_SECOND:g} mm/s   {paper.mm_per_millivolt:g} mm/mV   "
    span = f"de {paper.since:g} à {paper.until:g} s   {format(waveform.sampling_hz.normalize(), 'f')} Hz   {page}"
    _say(canvas, (GRID_LEFT, 199.0), speed + span, 9, bold=True)
    _say(canvas, (GRID_LEFT + 120.0, 199.0), _PRINT, 9)
    warnings = list(paper.missing)
    if outside := paper.leaves_the_grid:
        warnings.append(f"le tracé sort du papier : {', '.join(outside)}")
    _say(canvas, (GRID_LEFT, 203.0), _NO_READING, 8)
    if warnings:
        _say(canvas, (GRID_LEFT, 207.0), f"Attention : {' ; '.join(warnings)}", 8, bold=True)


def _say(canvas: Canvas, where: Point, words: str, size: int, *, bold: bool = False) -> None:
    canvas.setFont("Helvetica-Bold" if bold else "Helvetica", size)
    canvas.drawString(*_at(where), written(words))
