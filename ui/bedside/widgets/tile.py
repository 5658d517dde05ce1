"""One vital sign: the number, how sure, by what, how old, and where it is on its way."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message

from ui.bedside import digits
from ui.bedside.locales import Words
from ui.bedside.messages import Tapped
from ui.bedside.typed_acts import OpenSheet
from ui.bedside.views import Phase, TileView
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.number import BigNumber
from ui.bedside.wrapping import wrap

SHORT_UNIT = 3
"""Characters below which a unit stands close to its number where there is little room."""

EXPECTED_ROWS = 2
"""Of what is still to come: its sign is no number."""


class Tile(Vertical):
    """``key`` names the vital sign. A touch opens its pad: there it is typed, or undone.

    ``dense``: its number stands in the row of its title, where there are more tiles than rows for large digits.
    """

    class Reshaped(Message):
        """The tile became wider or narrower: its words wrap in another way."""

    def __init__(self, key: str, words: Words) -> None:
        super().__init__(id=f"tile-{key}", classes="tile")
        self.key = key
        self._words = words
        self._phase = Phase.EXPECTED
        self._tile: TileView | None = None
        self.dense = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="top"):
            yield Line(classes="title")
            yield Line(classes="mark")
        yield BigNumber()
        yield Line(classes="doubt")
        yield Line(classes="facts")

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(Tapped(OpenSheet(self.key)))

    def show(self, tile: TileView) -> None:
        self._phase = tile.phase
        for phase in Phase:
            self.set_class(tile.phase is phase, f"-{phase}")
        self.set_class(tile.doubtful, "-doubtful")
        self.set_class(tile.old, "-old")
        self.query_one(BigNumber).number = tile.number or self._words.expected
        self._head(tile)
        self._doubt(tile)
        self.query_one(".facts", Line).put("\n".join(facts(tile, self._words)))

    def _doubt(self, tile: TileView) -> None:
        said = ", ".join(tile.doubts)
        doubt = self.query_one(".doubt", Line)
        doubt.put(f"┄ {said}" if said and self.dense and tile.doubtful else said)
        doubt.set_class(not tile.doubts, "-empty")

    def _head(self, tile: TileView) -> None:
        """The title and the mark, in one row where they fit."""
        self._tile = tile
        sign = "" if self.dense and tile.doubts else mark(tile, self._words)
        named = _dense(tile, self._words) if self.dense else title(tile)
        both = Content.assemble(named, (f"  {sign}", "bold")) if sign else named
        fits = both.cell_length <= self.content_size.width
        self.query_one(".title", Line).put(both if fits else named)
        state = self.query_one(".mark", Line)
        state.put("" if fits else sign)
        state.display = bool(state.text)

    @property
    def said(self) -> TileView | None:
        """What it shows."""
        return self._tile

    def press_together(self, dense: bool) -> None:
        if dense != self.dense:
            self.dense = dense
            self.set_class(dense, "-dense")
            self.query_one(BigNumber).display = not dense
            if self._tile is not None:
                self._head(self._tile)
                self._doubt(self._tile)

    def on_resize(self) -> None:
        if self._tile is not None:
            self._head(self._tile)
        self.post_message(self.Reshaped())

    def rows_needed(self, width: int = 0) -> int:
        """Rows, border included, below which something on the tile would be cut; ``width`` cells of words, 0: as wide as it is."""
        width = max(width or self.content_size.width, 1)
        texts = "\n".join(self.query_one(name, Line).text for name in (".doubt", ".facts"))
        rows = sum(len(wrap(row, width)) for row in texts.split("\n") if row)
        number = 0 if self.dense else EXPECTED_ROWS if self._phase is Phase.EXPECTED else digits.ROWS
        heads = "\n".join(self.query_one(name, Line).text for name in (".title", ".mark"))
        top = sum(len(wrap(row, width)) for row in heads.split("\n") if row)
        return top + number + rows + self.gutter.height


def title(tile: TileView) -> Content:
    return Content.assemble((tile.title, "bold"), f" {tile.unit}" if tile.unit else "")


def _dense(tile: TileView, words: Words) -> Content:
    """Title and number in one row."""
    number = tile.number or words.expected
    return Content.assemble(
        f"{tile.title} ", (f"{number}{tile.unit if len(tile.unit) < SHORT_UNIT else f' {tile.unit}'}", "bold")
    )


def mark(tile: TileView, words: Words) -> str:
    """A shape and a word, never colour alone."""
    if tile.phase is Phase.LIVE:
        return f"▸ {words.running}"
    return f"┄ {words.doubtful}" if tile.doubtful else ""


def facts(tile: TileView, words: Words) -> list[str]:
    if tile.phase is Phase.EXPECTED:
        return [text for text in (tile.hint, *tile.remarks, tile.undone) if text]
    # of a running value each on a row of its own, so that a line break does not part what belongs together
    between = "\n" if tile.phase is Phase.LIVE else " · "
    heading = between.join(part for part in (tile.device, tile.age, tile.delivery) if part)
    lines = [tile.beside, *heading.split("\n"), words.old if tile.old else "", *tile.remarks, tile.before, tile.undone]
    return [text for text in lines if text]
