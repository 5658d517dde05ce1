"""S3: opens listening; each tile fills by itself."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal

from ui.bedside.locales import Words
from ui.bedside.messages import Finish
from ui.bedside.screens.page import PageBody
from ui.bedside.views import Page, View
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.tile import Tile
from ui.bedside.widgets.touch import Touch

KEYS = ("blood_pressure", "spo2", "pulse")


class VitalsPage(PageBody):
    def __init__(self, words: Words) -> None:
        super().__init__(Page.VITALS, words)

    def compose(self) -> ComposeResult:
        with Horizontal(id="tiles"):
            for key in KEYS:
                yield Tile(key, self.words)
        with Horizontal(id="round"):
            yield Line(id="devices")
            yield Touch(self.words.finish, Finish(), id="finish", classes="primary")

    def on_resize(self) -> None:
        self.call_after_refresh(self._fit)

    def on_tile_reshaped(self) -> None:
        self._fit()

    def _fit(self) -> None:
        """Where the display is too low for what the tiles have to say, the page scrolls: nothing is cut."""
        tiles = self.query_one("#tiles")
        needed = max(tile.rows_needed() for tile in self.query(Tile))
        if tiles.styles.min_height is None or tiles.styles.min_height.value != needed:
            tiles.styles.min_height = needed

    def show(self, view: View) -> None:
        for tile in view.tiles:
            self.query_one(f"#tile-{tile.key}", Tile).show(tile)
        devices = "   ".join(view.devices) or self.words.no_devices
        self.query_one("#devices", Line).put(f"{self.words.kept_on_arrival}\n{devices}")
        self.call_after_refresh(self._fit)
