"""What stands on every page: status, identity, the demonstration's strip, the notice, and the five fixed buttons."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from ui.bedside import identity
from ui.bedside.letting import opens
from ui.bedside.locales import Words
from ui.bedside.messages import Go, Tapped
from ui.bedside.standing_views import StatusView
from ui.bedside.views import LockView, Page, ResidentView
from ui.bedside.widgets.face import BANNER_COLUMNS, BANNER_ROWS, BannerFace
from ui.bedside.widgets.touch import Touch

_GAP = "   "

_FACE = BANNER_COLUMNS + 2
"""Columns that a picture takes from the words beside it."""

CLOCK_RANK = 2
"""Of the slots of the status row: whatever ranks higher comes after the clock."""


class StatusBar(Widget):
    """One row. A touch opens what waits."""

    ALLOW_SELECT = False
    status: reactive[StatusView] = reactive(StatusView())

    def __init__(self) -> None:
        super().__init__(id="status", markup=False)

    def render(self) -> Content:
        row = fitted(self.status, self.content_size.width)
        content = Content(row)
        for slot in self.status.slots:
            for text in (slot.full, slot.short, slot.least):
                if slot.strong and text and (at := row.find(text)) >= 0:
                    content = content.stylize("$foreground bold", at, at + len(text))
                    break
        return content

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(Tapped(Go(Page.OUTBOX)))


def fitted(status: StatusView, width: int) -> str:
    """Whole slots only: what has rank 0 in any case, then the clock and the others by their rank as far as there is room.

    They say as much as fits, the first ones first; the clock keeps the right edge.
    """
    texts = [(slot.short or slot.full) if not slot.rank else "" for slot in status.slots]
    clock = ""

    def fits(extra: int = 0) -> bool:
        return cell_len(_GAP.join(text for text in (*texts, clock) if text)) + extra <= width

    for at, slot in reversed(list(enumerate(status.slots))):
        if texts[at] and slot.least and not fits():
            texts[at] = slot.least
    others = sorted((slot.rank, at) for at, slot in enumerate(status.slots) if slot.rank)
    for rank, at in sorted([*others, (CLOCK_RANK, len(texts))]):
        text = status.clock if at == len(texts) else status.slots[at].short or status.slots[at].full
        if not text or not fits(len(_GAP) + cell_len(text)):
            continue
        if rank == CLOCK_RANK and at == len(texts):
            clock = text
        else:
            texts[at] = text
    for at, slot in enumerate(status.slots):
        for more in (slot.short, slot.full):
            if texts[at] and more and fits(cell_len(more) - cell_len(texts[at])):
                texts[at] = more
    left = _GAP.join(text for text in texts if text)
    return left + " " * max(width - cell_len(left) - cell_len(clock), 0) + clock


class Banner(Widget):
    """Who is in front of the nurse: as many rows as it takes, at least three. A touch shows all in full.

    Her picture stands at the right edge, where there is one and the words leave room for it.
    """

    ALLOW_SELECT = False
    resident: reactive[ResidentView | None] = reactive[ResidentView | None](None, layout=True)

    def __init__(self, words: Words) -> None:
        super().__init__(id="banner", markup=False)
        self._words = words
        self._pictured = False

    def compose(self) -> ComposeResult:
        yield BannerFace(id="banner-face")

    @property
    def has_room(self) -> bool:
        """Whether a picture beside the words costs nothing: on a low display not one row of the page below."""
        width = self.content_size.width
        beside = self._rows_of(width - _FACE)
        return not self.screen.has_class("-short") or beside <= max(self._rows_of(width), BANNER_ROWS)

    def picture(self, *, shown: bool) -> bool:
        """Whether the page below moves by it."""
        if shown == self._pictured:
            return False
        self._pictured = shown
        self.refresh(layout=True)
        width = self.content_size.width
        return max(self._rows_of(width - _FACE), BANNER_ROWS) != max(self._rows_of(width), BANNER_ROWS)

    def _rows_of(self, width: int) -> int:
        return len(identity.lines(self.resident, self._words, width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        return self._rows_of(width - (_FACE if self._pictured else 0))

    def render(self) -> Content:
        width = self.content_size.width - (_FACE if self._pictured else 0)
        return Content("\n").join(self._rows(width))

    def _rows(self, width: int) -> Iterator[Content]:
        for index, line in enumerate(identity.lines(self.resident, self._words, width)):
            gap = " " * max(width - cell_len(line.left) - cell_len(line.right), 0) if line.right else ""
            text = Content(f"{line.left}{gap}{line.right}")
            if line.more:
                text = text.stylize("bold underline")
            elif line.strong or index == 0:
                text = text.stylize("bold")
            yield text

    def on_click(self, event: events.Click) -> None:
        event.stop()
        if self.resident is not None:
            self.post_message(Tapped(Go(Page.DETAILS)))


class BottomBar(Horizontal):
    """Five places, always where they were."""

    def __init__(self, words: Words) -> None:
        super().__init__(id="bar")
        self._words = words

    def compose(self) -> ComposeResult:
        for name, text in self._words.bar.items():
            yield Touch(text, Go(Page(name)), id=f"bar-{name}")

    def allow(self, lock: LockView) -> None:
        """Only what she may do is offered."""
        for touch in self.query(Touch):
            page = Page(str(touch.id).removeprefix("bar-"))
            touch.arm(Go(page) if opens(page.value, lock.allows) else None)

    def mark(self, page: Page) -> None:
        for button in self.query(Touch):
            button.set_class(button.id == f"bar-{page}", "-here")
