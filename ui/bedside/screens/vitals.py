"""S3: opens listening; each tile fills by itself, and a touch on it types the value instead."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Grid, Vertical, VerticalScroll
from textual.geometry import Size

from ui.bedside.locales import Words
from ui.bedside.messages import Finish, Undo
from ui.bedside.screens.page import PageBody
from ui.bedside.tiles import ROWS, SAID
from ui.bedside.views import Page, View
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.said import SaidStrip
from ui.bedside.widgets.score import ScorePanel
from ui.bedside.widgets.tile import Tile
from ui.bedside.widgets.touch import Touch

WIDE_COLUMNS, NARROW_COLUMNS = 4, 3
TWO_COLUMNS = "blood_pressure"
"""The tile that takes two of them."""

MOST_LARGE_ROWS = 2
"""Rows of tiles that have large digits wherever they fit."""

LEAST_ROWS = 3
"""A tile is pressed with a finger: 12 mm."""

GUTTER = 1
"""Cells between two columns."""

MOST_SPARE = 2
"""Rows that a tile gets beyond what it needs; what is left goes to what stands below."""


@dataclass(frozen=True, slots=True)
class Room:
    """What the tiles have: ``width`` cells in ``columns``, and ``rows``, or None where the whole page scrolls."""

    display: Size
    columns: int
    width: int
    rows: int | None

    def cells(self, columns: int) -> int:
        """Cells of a tile that takes so many columns, of which the narrowest."""
        one = (self.width - (self.columns - 1) * GUTTER) // self.columns
        return columns * one + (columns - 1) * GUTTER


class VitalsPage(PageBody):
    def __init__(self, words: Words) -> None:
        super().__init__(Page.VITALS, words)
        self._heights: list[int] = []
        self._room: Room | None = None
        self._fitted: object = None
        self._tiles = [Tile(row.key, words) for row in ROWS if row.key not in SAID]

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="measures", can_focus=False):
            with VerticalScroll(id="measured", can_focus=False):
                with Grid(id="tiles"):
                    yield from self._tiles
                yield Line(id="devices")
            yield SaidStrip(self.words)
            yield ScorePanel(self.words, id="score-below")
        with Vertical(id="round"):
            yield Touch(self.words.finish, Finish(), id="finish", classes="primary")
            yield ScorePanel(self.words, id="score-beside")
            yield Touch("", None, id="undo-last", classes="undo")

    def on_resize(self) -> None:
        self.call_after_refresh(self._fit)

    def on_tile_reshaped(self) -> None:
        self._fit()

    def _fit(self) -> None:
        """Where the display is too low for what the tiles have to say, gaps go first, then it scrolls: nothing is cut.

        All of it follows from the room there is, so that a page which is not on the display is laid out once when it comes.
        """
        room = self._look()
        if room is None:
            return
        tiles = [tile for tile in self._tiles if tile.display]
        said = room, tuple(tile.said for tile in tiles)
        if said == self._fitted:
            return
        self._fitted = said
        pressed = self._pressed(tiles, room)
        self._press(tiles, pressed, room)
        needed = _rows(tiles, room, pressed)
        spare = (room.rows or 0) - sum(needed)
        tight = room.rows is not None and spare < len(needed)
        self.set_class(tight, "-tight")
        gaps = 0 if tight else len(needed)
        each = min(max(spare - gaps, 0) // len(needed), MOST_SPARE)
        heights = [rows + each for rows in needed]
        grid = self.query_one("#tiles")
        if heights != self._heights:
            self._heights = heights
            grid.styles.grid_rows = " ".join(map(str, heights))
        total = sum(heights) + max(gaps - 1, 0)
        if grid.styles.height is None or grid.styles.height.value != total:
            grid.styles.height = total

    def _look(self) -> Room | None:
        """The room of the tiles; while another page is on the display, what it was last on a display as large as this one."""
        display, measured = self.screen.size, self.query_one("#measured")
        if width := self.query_one("#tiles").size.width:
            if self.screen.has_class("-narrow"):
                self._room = Room(display, NARROW_COLUMNS, width, None)
            else:
                # as if the bar stood there: words that wrap for the bar alone would bring it, and take it away, without end
                bar = measured.styles.scrollbar_size_vertical
                self._room = Room(display, WIDE_COLUMNS, measured.outer_size.width - bar, measured.size.height)
        return self._room if self._room and self._room.display == display else None

    def _pressed(self, tiles: list[Tile], room: Room) -> set[str]:
        """Those that are pressed together: where the room is too small for large digits on all, the first row keeps them."""
        needed = _rows(tiles, room, set())
        if not room.rows or sum(needed) <= room.rows or len(needed) <= MOST_LARGE_ROWS:
            return set()
        return {tile.key for tile in tiles[_first(tiles, room.columns) :]}

    def _press(self, tiles: list[Tile], pressed: set[str], room: Room) -> None:
        spans = _spans(tiles, room, pressed)
        for tile in tiles:
            tile.press_together(tile.key in pressed)
            if tile.key != TWO_COLUMNS:
                tile.styles.column_span = spans[tile.key]

    def show(self, view: View) -> None:
        shown = {tile.key: tile for tile in view.tiles if tile.key not in SAID}
        for widget in self._tiles:
            tile = shown.get(widget.key)
            widget.display = tile is not None
            if tile is not None:
                widget.show(tile)
        self.query_one(SaidStrip).show(view)
        devices = "   ".join(view.devices) or self.words.no_devices
        self.query_one("#devices", Line).put(f"{self.words.kept_on_arrival}   {devices}")
        self.set_class(view.score.enabled, "-scored")
        for panel in self.query(ScorePanel):
            panel.put(view.score)
        undo = self.query_one("#undo-last", Touch)
        last = view.undo_last
        undo.put(f"{last.label}\n{last.what}" if last.item_id else self.words.undo_nothing)
        undo.arm(Undo(last.item_id) if last.item_id else None)
        self.call_after_refresh(self._fit)


def _first(tiles: list[Tile], columns: int) -> int:
    """How many tiles stand in the first row of the grid."""
    used = 0
    for number, tile in enumerate(tiles):
        used += 2 if tile.key == TWO_COLUMNS else 1
        if used > columns:
            return number
    return len(tiles)


def _spans(tiles: list[Tile], room: Room, pressed: set[str]) -> dict[str, int]:
    """Columns that each takes; where some are pressed together the last one has what its row has left."""
    spans = {tile.key: 2 if tile.key == TWO_COLUMNS else 1 for tile in tiles}
    left = -sum(spans.values()) % room.columns
    if pressed and left and tiles[-1].key != TWO_COLUMNS:
        spans[tiles[-1].key] += left
    return spans


def _rows(tiles: list[Tile], room: Room, pressed: set[str]) -> list[int]:
    """Rows of cells that each row of the grid needs with the tiles of ``pressed`` pressed together."""
    spans = _spans(tiles, room, pressed)
    needed, used = [LEAST_ROWS], 0
    for tile in tiles:
        if used + spans[tile.key] > room.columns:
            needed.append(LEAST_ROWS)
            used = 0
        used += spans[tile.key]
        rows = tile.rows_needed(room.cells(spans[tile.key]), dense=tile.key in pressed)
        needed[-1] = max(needed[-1], rows)
    return needed
