"""S3: opens listening; each tile fills by itself, and a touch on it types the value instead."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Grid, Vertical, VerticalScroll

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

MOST_SPARE = 2
"""Rows that a tile gets beyond what it needs; what is left goes to what stands below."""


class VitalsPage(PageBody):
    def __init__(self, words: Words) -> None:
        super().__init__(Page.VITALS, words)
        self._heights: list[int] = []
        self._said: object = None

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="measures", can_focus=False):
            with VerticalScroll(id="measured", can_focus=False):
                with Grid(id="tiles"):
                    for row in ROWS:
                        if row.key not in SAID:
                            yield Tile(row.key, self.words)
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
        """Where the display is too low for what the tiles have to say, gaps go first, then it scrolls: nothing is cut."""
        tiles = self.query_one("#tiles")
        columns = NARROW_COLUMNS if self.screen.has_class("-narrow") else WIDE_COLUMNS
        wide = not self.screen.has_class("-narrow")
        needed = self._needed(columns, self.query_one("#measured").size.height if wide else None)
        spare = (self.query_one("#measured").size.height if wide else 0) - sum(needed)
        self.set_class(wide and spare < len(needed), "-tight")
        gaps = 0 if wide and spare < len(needed) else len(needed)
        each = min(max(spare - gaps, 0) // len(needed), MOST_SPARE)
        heights = [rows + each for rows in needed]
        total = sum(heights) + max(gaps - 1, 0)
        if heights != self._heights:
            self._heights = heights
            tiles.styles.grid_rows = " ".join(map(str, heights))
        if tiles.styles.height is None or tiles.styles.height.value != total:
            tiles.styles.height = total

    def _needed(self, columns: int, room: int | None) -> list[int]:
        """Rows of each row of tiles. Where ``room`` is too small for large digits on all, the first row keeps them."""
        tiles = [tile for tile in self.query(Tile) if tile.display]
        said = room, columns, tuple(tile.said for tile in tiles)
        if said != self._said:
            # only then: what was pressed together is shown in other widths, and would be let go and pressed without end
            self._said = said
            self._press(tiles, columns, room)
        return _rows(tiles, columns)

    def _press(self, tiles: list[Tile], columns: int, room: int | None) -> None:
        width = min((tile.content_size.width for tile in tiles), default=0)
        for tile in tiles:
            tile.press_together(False)
        needed = _rows(tiles, columns, width)
        pressed = bool(room and sum(needed) > room and len(needed) > MOST_LARGE_ROWS)
        used = sum(2 if tile.key == TWO_COLUMNS else 1 for tile in tiles) % columns
        for tile in tiles:
            if tile.key != TWO_COLUMNS:
                # the last one has what its row has left
                tile.styles.column_span = columns - used + 1 if pressed and used and tile is tiles[-1] else 1
        if pressed:
            for tile in tiles[_first(tiles, columns) :]:
                tile.press_together(True)

    def show(self, view: View) -> None:
        shown = {tile.key: tile for tile in view.tiles if tile.key not in SAID}
        for widget in self.query(Tile):
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


def _rows(tiles: list[Tile], columns: int, width: int = 0) -> list[int]:
    """Rows of cells that each row of the grid needs, where a tile of one column has ``width`` cells of words; 0: as it is."""
    needed, used = [LEAST_ROWS], 0
    for tile in tiles:
        cells = 2 if tile.key == TWO_COLUMNS else 1
        if used + cells > columns:
            needed.append(LEAST_ROWS)
            used = 0
        used += cells
        needed[-1] = max(needed[-1], tile.rows_needed(0 if tile.key == TWO_COLUMNS else width))
    return needed
