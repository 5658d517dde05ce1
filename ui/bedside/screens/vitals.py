"""S3: opens listening; each tile fills by itself."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal

from ui.bedside.locales import Words
from ui.bedside.messages import Finish, Undo
from ui.bedside.screens.page import PageBody
from ui.bedside.tiles import ROWS
from ui.bedside.views import Page, TileView, View
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.tile import Tile
from ui.bedside.widgets.touch import Touch

ONE_ROW = 3
"""Tiles that stand side by side in full; more of them are laid out in rows, and share one button to undo."""

WIDE_COLUMNS, NARROW_COLUMNS = 4, 3
"""Of which blood pressure takes two."""


class VitalsPage(PageBody):
    def __init__(self, words: Words) -> None:
        super().__init__(Page.VITALS, words)
        self._tiles: tuple[TileView, ...] = ()
        self._picked = ""

    def compose(self) -> ComposeResult:
        with Horizontal(id="tiles"):
            for row in ROWS:
                yield Tile(row.key, self.words)
        with Horizontal(id="round"):
            yield Line(id="devices")
            yield Touch("", None, id="undo-picked", classes="undo")
            yield Touch(self.words.finish, Finish(), id="finish", classes="primary")

    def on_resize(self) -> None:
        self.call_after_refresh(self._fit)

    def on_tile_reshaped(self) -> None:
        self._fit()

    def _many(self) -> bool:
        return len(self._tiles) > ONE_ROW

    def _fit(self) -> None:
        """Where the display is too low for what the tiles have to say, the page scrolls: nothing is cut."""
        tiles = self.query_one("#tiles")
        needed = max(tile.rows_needed() for tile in self.query(Tile) if tile.display)
        if self._many():
            columns = NARROW_COLUMNS if self.screen.has_class("-narrow") else WIDE_COLUMNS
            rows = -(-(len(self._tiles) + 1) // columns)
            needed = rows * needed + rows - 1
        if tiles.styles.min_height is None or tiles.styles.min_height.value != needed:
            tiles.styles.min_height = needed

    def pick(self, key: str) -> None:
        """The tile that the shared button undoes."""
        self._picked = "" if key == self._picked else key
        self._mark()

    def show(self, view: View) -> None:
        self._tiles = view.tiles
        many = self._many()
        self.set_class(many, "-many")
        shown = {tile.key: tile for tile in view.tiles}
        for widget in self.query(Tile):
            tile = shown.get(widget.key)
            widget.display = tile is not None
            if tile is not None:
                widget.show(tile, compact=many)
        devices = "   ".join(view.devices) or self.words.no_devices
        self.query_one("#devices", Line).put(f"{self.words.kept_on_arrival}\n{devices}")
        self._mark()
        self.call_after_refresh(self._fit)

    def _mark(self) -> None:
        picked = next((tile for tile in self._tiles if tile.key == self._picked and tile.item_id), None)
        for widget in self.query(Tile):
            widget.set_class(self._many() and picked is not None and widget.key == picked.key, "-picked")
        button = self.query_one("#undo-picked", Touch)
        button.display = self._many()
        button.put(f"{picked.undo}\n{picked.kept_line}" if picked else self.words.undo_pick)
        button.arm(Undo(picked.item_id) if picked else None)
