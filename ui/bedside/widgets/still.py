"""A still picture among the letters of the screen.

The picture came from the worker as one piece for each row of cells, and is written with that row: whatever else is written there
erases it (another page, another theme, a banner that grows), and scrolling moves it as it moves text. So no picture outlives its
place, and none stands under another resident's banner.
"""

from __future__ import annotations

import dataclasses

from rich.segment import ControlType, Segment
from textual import events
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from ui.bedside.messages import Tapped
from ui.bedside.still_acts import OpenStill
from ui.drawing.messages import Drawn

_MARK = ((ControlType.CURSOR_MOVE_TO_COLUMN, 0),)
"""Any code makes it a control segment: it takes no place in the line, and is written as it is."""


@dataclasses.dataclass(frozen=True, slots=True)
class Shows:
    """What is to be seen: an ECG or a photo of the resident on screen, by its id of the store."""

    prior_id: str
    ecg: bool = False
    page: int = 0
    gain: float = 10.0


class Still(Widget):
    """``shows`` is what somebody wants to see here; ``put`` is called when it is drawn, or with words where it is not."""

    ALLOW_SELECT = False
    can_focus = False
    shows: reactive[Shows | None] = reactive[Shows | None](None)

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes, markup=False)
        self._drawn: Drawn | None = None
        self._words = ""
        self._to_tell: list[str] = []
        self.attempt: object = None
        """What the picture that stands here was made of, for whoever puts it."""

    @property
    def room(self) -> tuple[int, int]:
        """Columns and rows that are seen at once; one that is as high as its picture is scrolled by what it lies in."""
        around = self.parent if self.styles.is_auto_height and isinstance(self.parent, Widget) else self
        return self.size.width, around.scrollable_content_region.height if around is not self else self.size.height

    @property
    def drawn(self) -> Drawn | None:
        return self._drawn

    def put(self, drawn: Drawn | None, words: str = "") -> None:
        if drawn is self._drawn and words == self._words:
            return
        higher = len(drawn.rows if drawn else ()) != len(self._drawn.rows if self._drawn else ())
        if self._drawn is not None and self._drawn.after and drawn is not self._drawn:
            self._to_tell.append(self._drawn.after)
        self._drawn, self._words = drawn, words
        if drawn is not None:
            self._to_tell.extend(drawn.before)
        self.refresh(layout=higher)

    def on_click(self, event: events.Click) -> None:
        """A touch on a small picture shows it large."""
        shows = self.shows
        if shows is not None and self._drawn is not None:
            event.stop()
            self.post_message(Tapped(OpenStill(shows.prior_id, shows.ecg)))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """Of a picture that is higher than its place: it is scrolled."""
        return max(len(self._drawn.rows) if self._drawn else 0, 1)

    def render_lines(self, crop: Region) -> list[Strip]:
        strips = [self._line(y, crop) for y in crop.line_range]
        if self._to_tell and strips:
            first = Segment("".join(self._to_tell), None, _MARK)
            strips[0] = Strip([first, *strips[0]], crop.width)
            self._to_tell.clear()
        return strips

    def _line(self, y: int, crop: Region) -> Strip:
        size, style = self.size, self.rich_style
        drawn = self._drawn
        if drawn is None and self._words and y == size.height // 2:
            words = self._words[: size.width].center(size.width)
            return Strip([Segment(words, style)], size.width).crop(crop.x, crop.right)
        blank = Segment(" " * crop.width, style)
        whole = crop.x == 0 and crop.width >= size.width
        if drawn is None or not whole or drawn.columns > size.width or y >= len(drawn.rows):
            return Strip([blank], crop.width)
        # first the blanks, which would erase it, then back to their left edge
        piece = f"\x1b7\x1b[{self.content_region.x + 1}G{drawn.rows[y]}\x1b8"
        return Strip([blank, Segment(piece, None, _MARK)], crop.width)
