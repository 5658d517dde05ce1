"""A document that grows from page to page: a cursor, text that wraps, and what stands on every page. Points, from the top left."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Sequence
from typing import Final

from reportlab import rl_config
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from sync.report import letters
from sync.report.letters import PLAIN, STRONG

rl_config.useA85 = 0  # streams as they are: as ASCII they take a quarter more room, and of each picture 50 ms

Colour = tuple[float, float, float]

INK: Final[Colour] = (0.09, 0.11, 0.14)
MUTED: Final[Colour] = (0.36, 0.40, 0.45)
LINE: Final[Colour] = (0.84, 0.86, 0.89)
ACCENT: Final[Colour] = (0.03, 0.34, 0.53)
WASH: Final[Colour] = (0.94, 0.96, 0.98)
DOUBT: Final[Colour] = (0.60, 0.30, 0.0)
DOUBT_WASH: Final[Colour] = (1.0, 0.96, 0.88)
ALERT: Final[Colour] = (0.70, 0.07, 0.07)

UPRIGHT: Final[tuple[float, float]] = (595.2756, 841.8898)
ACROSS: Final[tuple[float, float]] = (841.8898, 595.2756)
"""A4, 210 mm by 297 mm."""

LEFT: Final = 20 * mm
SIDE: Final = 16 * mm
"""The margin of a page across: an ECG of ten seconds needs the room."""
TOP: Final = 18 * mm
BOTTOM: Final = 24 * mm
"""Above the bottom edge; the foot stands below."""

LEADING: Final = 1.38


@dataclasses.dataclass(frozen=True, slots=True)
class Frame:
    """What stands on every page. ``running`` names the resident from the second page on; ``warning`` is "" for none."""

    title: str
    author: str
    subject: str
    language: str
    of_pages: str
    running: str
    foot: tuple[str, ...]
    warning: str = ""


class Sheet:
    """``size`` is that of the page at hand; ``y`` how far down the next thing stands."""

    def __init__(self, frame: Frame) -> None:
        letters.load()
        self._content = io.BytesIO()
        self._frame = frame
        self._canvas = _Counted(
            self._content, pagesize=UPRIGHT, invariant=1, initialFontName=PLAIN, lang=frame.language, frame=frame
        )
        self.canvas: Canvas = self._canvas
        self.canvas.setTitle(letters.written(frame.title))
        self.canvas.setAuthor(letters.written(frame.author))
        self.canvas.setSubject(letters.written(frame.subject))
        self.canvas.setCreator("telecart")
        self.canvas.setViewerPreference("DisplayDocTitle", "true")
        self.size: tuple[float, float] = UPRIGHT
        self.y = TOP
        self._begun = False
        self._begin()

    # --- pages

    @property
    def broad(self) -> float:
        """Between the margins."""
        return float(self.size[0] - 2 * LEFT)

    @property
    def left(self) -> float:
        """Down to the foot."""
        return float(self.size[1] - BOTTOM - self.y)

    def page(self, size: tuple[float, float] = UPRIGHT) -> None:
        """Begins another one."""
        self.canvas.showPage()
        self.size = size
        self.canvas.setPageSize(size)
        self._begin()

    def _begin(self) -> None:
        self.y = TOP
        if self._frame.warning:
            height = 16.0
            self.fill(0, 0, self.size[0], height, ALERT)
            self.say(LEFT, 11.5, self._frame.warning, 8.5, STRONG, (1, 1, 1))
            self.y = max(self.y, height + 18)
        if self._begun:
            side = LEFT if self.size == UPRIGHT else SIDE
            for line in letters.lines(self._frame.running, PLAIN, 8, self.size[0] - 2 * side):
                self.say(side, self.y + 2, line, 8, PLAIN, MUTED)
                self.y += 10
            self.rule(self.y - 1, side, self.size[0] - side)
            self.y += 15
        self._begun = True

    def need(self, height: float) -> bool:
        """Goes on on another page where there is less than ``height`` left. Whether it did."""
        if self.left >= height or self.y <= TOP + 60:
            return False
        self.page(self.size)
        return True

    def done(self) -> bytes:
        self.canvas.showPage()
        self.canvas.save()
        return self._content.getvalue()

    # --- what is drawn

    def down(self, y: float) -> float:
        return self.size[1] - y

    def say(self, x: float, y: float, words: str, size: float, font: str = PLAIN, colour: Colour = INK) -> float:
        """One line whose baseline is at ``y``. Returns where it ends."""
        said = letters.written(words)
        self.canvas.setFont(font, size)
        self.canvas.setFillColorRGB(*colour)
        self.canvas.drawString(x, self.down(y), said)
        return x + letters.width(said, font, size)

    def say_to(self, x: float, y: float, words: str, size: float, font: str = PLAIN, colour: Colour = INK) -> None:
        """The same, ending at ``x``."""
        said = letters.written(words)
        self.say(x - letters.width(said, font, size), y, said, size, font, colour)

    def fill(self, x: float, y: float, broad: float, high: float, colour: Colour, radius: float = 0) -> None:
        self.canvas.setFillColorRGB(*colour)
        if radius:
            self.canvas.roundRect(x, self.down(y + high), broad, high, radius, stroke=0, fill=1)
        else:
            self.canvas.rect(x, self.down(y + high), broad, high, stroke=0, fill=1)

    def rule(self, y: float, x: float = LEFT, until: float | None = None, colour: Colour = LINE) -> None:
        self.canvas.setStrokeColorRGB(*colour)
        self.canvas.setLineWidth(0.6)
        end = self.size[0] - LEFT if until is None else until
        self.canvas.line(x, self.down(y), end, self.down(y))

    def tag(self, x: float, y: float, words: str, colour: Colour) -> float:
        """A small outlined word on the baseline ``y``. Returns where it ends."""
        said, size = letters.written(words), 6.5
        end = x + letters.width(said, STRONG, size) + 7
        self.canvas.setStrokeColorRGB(*colour)
        self.canvas.setLineWidth(0.7)
        self.canvas.roundRect(x, self.down(y + 2.2), end - x, 9.6, 2, stroke=1, fill=0)
        self.say(x + 3.5, y, said, size, STRONG, colour)
        return end

    # --- what flows

    def text(
        self,
        words: str,
        size: float = 9.5,
        font: str = PLAIN,
        colour: Colour = INK,
        *,
        x: float = LEFT,
        broad: float | None = None,
    ) -> None:
        """Wraps, and goes on on the next page."""
        room = self.size[0] - LEFT - x if broad is None else broad
        for line in letters.lines(words, font, size, room):
            self.need(size * LEADING)
            self.say(x, self.y + size, line, size, font, colour)
            self.y += size * LEADING

    def heading(self, words: str, keep: float = 60) -> None:
        """Of a section; at least ``keep`` of it stands on the same page."""
        self.gap(16)
        self.need(keep + 24)
        self.say(LEFT, self.y + 12, words, 12.5, STRONG, ACCENT)
        self.y += 22

    def gap(self, height: float) -> None:
        self.y += height

    def labelled(self, label: str, words: str | Sequence[str], label_broad: float = 100) -> None:
        """A name in the margin of its text."""
        paragraphs = [words] if isinstance(words, str) else list(words)
        names = letters.lines(label, PLAIN, 9, label_broad - 8)
        self.need(max(len(names) * 9 * LEADING, 14))
        before, top = self.canvas.getPageNumber(), self.y
        for number, line in enumerate(names):
            self.say(LEFT, top + 9 + number * 9 * LEADING, line, 9, PLAIN, MUTED)
        for paragraph in paragraphs:
            self.text(paragraph, 9.5, x=LEFT + label_broad)
        if self.canvas.getPageNumber() == before:
            self.y = max(self.y, top + len(names) * 9 * LEADING)
        self.gap(3)


class _Counted(Canvas):  # type: ignore[misc]
    """Knows at the end how many pages there are: each gets its foot then."""

    def __init__(self, *arguments: object, frame: Frame, **more: object) -> None:
        super().__init__(*arguments, **more)
        self._frame = frame
        self._kept: list[dict[str, object]] = []

    def showPage(self) -> None:  # noqa: N802 - so it is called
        self._kept.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for number, page in enumerate(self._kept, 1):
            self.__dict__.update(page)
            self._foot(number, len(self._kept))
            super().showPage()
        super().save()

    def _foot(self, number: int, count: int) -> None:
        broad, high = self._pagesize
        side = SIDE if broad > high else LEFT
        self.setFillColorRGB(*MUTED)
        self.setFont(PLAIN, 7)
        for at, line in enumerate(self._frame.foot):
            self.drawString(side, 12 * mm - at * 9, letters.written(line))
        self.setFont(PLAIN, 8)
        self.drawRightString(broad - side, 12 * mm, letters.written(self._frame.of_pages.format(number, count)))
