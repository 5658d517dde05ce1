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

PADDING, DENSE_PADDING = 2, 1
"""Cells beside its words; an expected or doubtful one has a line before them."""

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
        doubt = self.query_one(".doubt", Line)
        doubt.put(_doubts(tile, dense=self.dense))
        doubt.set_class(not tile.doubts, "-empty")

    def _head(self, tile: TileView) -> None:
        self._tile = tile
        named, sign = _heads(tile, self._words, self.content_size.width, dense=self.dense)
        self.query_one(".title", Line).put(named)
        state = self.query_one(".mark", Line)
        state.put(sign)
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

    def rows_needed(self, cells: int, *, dense: bool) -> int:
        """Rows below which something would be cut on a tile ``cells`` wide, ``dense`` or not."""
        tile = self._tile
        if tile is None:
            return 0
        line = tile.phase is Phase.EXPECTED or tile.doubtful
        width = max(cells - (DENSE_PADDING if dense else PADDING) - line, 1)
        named, sign = _heads(tile, self._words, width, dense=dense)
        texts = (named.plain, sign, _doubts(tile, dense=dense), *facts(tile, self._words))
        words = sum(len(wrap(row, width)) for text in texts for row in text.split("\n") if row)
        number = 0 if dense else EXPECTED_ROWS if self._phase is Phase.EXPECTED else digits.ROWS
        return number + words


def _heads(tile: TileView, words: Words, width: int, *, dense: bool) -> tuple[Content, str]:
    """The title and the mark; the mark is empty where both stand in one row."""
    sign = "" if dense and tile.doubts else mark(tile, words)
    named = _dense(tile, words) if dense else title(tile)
    both = Content.assemble(named, (f"  {sign}", "bold")) if sign else named
    return (both, "") if both.cell_length <= width else (named, sign)


def _doubts(tile: TileView, *, dense: bool) -> str:
    said = ", ".join(tile.doubts)
    return f"┄ {said}" if said and dense and tile.doubtful else said


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
