"""An ECG on millimetre paper in pixels, at true scale: where everything lies is said by edge.domain.ecg_paper.

Nothing is smoothed, filtered, joined or interpreted: points are joined by straight lines in their order (H15). The paper and the
ink are the same by day and by night: what is read is not to depend on the theme.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from edge.domain import ecg_paper
from edge.domain.ecg_paper import FOOT_MM, LARGE_MM, SMALL_MM, Paper, Point, Sheet
from edge.domain.fault import Fault, Reason
from ui.drawing import letters
from ui.drawing.messages import EcgWanted

PAPER, SMALL, LARGE = (255, 253, 250), (250, 220, 216), (239, 168, 160)
INK: Final = (16, 18, 24)

SHADES: Final = 16
"""Steps from a background to the ink, at the edges of a line."""

_GROUNDS: Final = (PAPER, SMALL, LARGE)
_LINE_MM: Final = 0.25
_LABEL_MM, _HEAD_MM, _FOOT_MM, _SMALLEST_MM = 4.2, 3.6, 3.0, 2.6
_SHIFT: Final = 4
_QUARTER: Final = 1 << _SHIFT - 2
"""OpenCV takes corners in sixteenths of a pixel."""

MOST_PIXELS: Final = 16_000_000

Pixels = npt.NDArray[np.uint8]


def palette() -> Pixels:
    """Colours of ``draw``: for each ground, its shades towards the ink. Shape [colours][3]."""
    steps = np.linspace(0.0, 1.0, SHADES)[:, None]
    shades = [(1 - steps) * np.array(ground) + steps * np.array(INK) for ground in _GROUNDS]
    colours: Pixels = np.rint(np.concatenate(shades)).astype(np.uint8)
    return colours


def draw(wanted: EcgWanted) -> tuple[Pixels, Paper, int]:
    """Numbers of ``palette``, shape [height][width], the page, and how many there are.

    As broad as the space, and as high as the paper is, in whole cells. Raises Fault(UNDECODABLE).
    """
    space = wanted.space
    try:
        waveform = wanted.ecg.waveform
    except (ValueError, ArithmeticError) as exc:
        raise Fault(Reason.UNDECODABLE, "the samples of this ECG make no sense", "open it elsewhere") from exc
    sheet = ecg_paper.on_screen(waveform, space.width * space.pixel_mm, space.height * space.pixel_mm, wanted.gain)
    papers = ecg_paper.papers(waveform, wanted.gain, sheet)
    paper = papers[min(max(wanted.page, 0), len(papers) - 1)]
    high = sheet.top + sheet.height + FOOT_MM
    height = math.ceil(high / space.pixel_mm / space.cell_height - 1e-6) * space.cell_height
    if height * space.width > MOST_PIXELS:
        raise Fault(Reason.UNDECODABLE, "the paper of this ECG is too large", "open it elsewhere")
    canvas = _Canvas(space.width, height, space.pixel_mm)
    canvas.grid(sheet)
    _lead_names(canvas, paper, wanted)
    for line in (*paper.pulses, *(place.points for place in paper.places)):
        canvas.line(line)
    canvas.head(wanted.who, wanted.when, sheet.width)
    foot = sheet.top + sheet.height + 1.4
    canvas.say((2.0, foot), wanted.scale, _FOOT_MM)
    if outside := paper.leaves_the_grid:
        words = wanted.outside.replace("{}", ", ".join(outside))
        canvas.say((sheet.width - 2.0, foot), words, _FOOT_MM, bold=True, right=True, box=True)
    return canvas.indices(), paper, len(papers)


def _lead_names(canvas: _Canvas, paper: Paper, wanted: EcgWanted) -> None:
    words = {ecg_paper.ABSENT: wanted.absent, ecg_paper.UNSCALED: wanted.unscaled}
    for place in paper.places:
        across, down = place.label
        canvas.say((across, down - 2.0), place.lead or "?", _LABEL_MM, bold=True, box=True)
        if place.missing:
            canvas.say((across, down + 4.0), words.get(place.missing, place.missing), _FOOT_MM, box=True)


class _Canvas:
    """``ground`` is what lies below, ``ink`` how much of it is covered, 0 to 255."""

    def __init__(self, width: int, height: int, pixel_mm: float) -> None:
        self._mm = pixel_mm
        self._ground = np.zeros((height, width), np.uint8)
        self._ink = np.zeros((height, width), np.uint8)

    def indices(self) -> Pixels:
        shades = (self._ink.astype(np.uint16) * (SHADES - 1) + 127) // 255
        numbers: Pixels = (self._ground * SHADES + shades).astype(np.uint8)
        return numbers

    def grid(self, sheet: Sheet) -> None:
        """From the left edge of the paper and its first row on; the line of a large square is as thin as the others, and darker."""
        top, bottom = self._px(sheet.top), self._px(sheet.top + sheet.height)
        for step, ground in ((SMALL_MM, 1), (LARGE_MM, 2)):
            for number in range(int(sheet.width / step) + 1):
                if (at := self._px(sheet.left + number * step)) < self._ground.shape[1]:
                    self._ground[top:bottom, at] = ground
            for number in range(int(sheet.height / step) + 1):
                self._ground[self._px(sheet.top + number * step), :] = ground

    def line(self, points: Sequence[Point]) -> None:
        if len(points) < 2:
            return
        # a millimetre is measured from edge to edge of a pixel, OpenCV counts from its middle
        corners = np.array(points, np.float64) / self._mm - 0.5
        limit = float(1 << 20)
        fixed = np.rint(np.clip(corners, -limit, limit) * (1 << _SHIFT)).astype(np.int32)
        thick = max(1, round(_LINE_MM / self._mm))
        # twice, a quarter of a pixel to either side: between OpenCV's one pixel, which is faint, and its two, which are three
        for aside in (-_QUARTER, _QUARTER):
            cv2.polylines(self._ink, [fixed + aside], False, 255, thick, cv2.LINE_AA, _SHIFT)

    def say(
        self, where: Point, words: str, high_mm: float, *, bold: bool = False, right: bool = False, box: bool = False
    ) -> None:
        """``where`` is the top left corner, or the right one. What is too long is cut at the edge. ``box``: no grid behind."""
        if not words:
            return
        covered = letters.mask(words, max(8, self._px(high_mm)), bold=bold)
        left, top = self._px(where[0]) - (covered.shape[1] if right else 0), self._px(where[1])
        left, top = max(left, 0), max(top, 0)
        part = self._ink[top : top + covered.shape[0], left : left + covered.shape[1]]
        np.maximum(part, covered[: part.shape[0], : part.shape[1]], out=part)
        if box:
            self._ground[top : top + covered.shape[0], left : left + covered.shape[1]] = 0

    def head(self, who: str, when: str, width: float) -> None:
        """Both in one line: smaller where they are long, and of a name that is still too long its beginning and three points."""
        high = _HEAD_MM
        room = self._px(width - 6.0)
        while self._length(who, high, bold=True) + self._length(when, high) > room and high > _SMALLEST_MM:
            high -= 0.2
        cut = who
        while cut and self._length(who, high, bold=True) + self._length(when, high) > room:
            cut = cut[:-1]
            who = f"{cut.rstrip()}…"
        self.say((2.0, 1.4), who, high, bold=True)
        self.say((width - 2.0, 1.4), when, high, right=True)

    def _length(self, words: str, high_mm: float, *, bold: bool = False) -> int:
        return letters.length(words, max(8, self._px(high_mm)), bold=bold)

    def _px(self, mm: float) -> int:
        return round(mm / self._mm)
