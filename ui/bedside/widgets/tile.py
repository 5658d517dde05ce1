"""One vital sign: the number, how sure, by what, how old, and where it is on its way."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message

from ui.bedside import digits
from ui.bedside.locales import Words
from ui.bedside.messages import PickTile, Tapped, Undo
from ui.bedside.views import Phase, TileView
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.number import BigNumber
from ui.bedside.widgets.touch import Touch
from ui.bedside.wrapping import wrap

UNDO_ROWS = 3


class Tile(Vertical):
    """``key`` names the vital sign. A compact tile has no button of its own: a touch picks it for the page's."""

    class Reshaped(Message):
        """The tile became wider or narrower: its words wrap in another way."""

    def __init__(self, key: str, words: Words) -> None:
        super().__init__(id=f"tile-{key}", classes="tile")
        self.key = key
        self._words = words
        self._compact = False

    def compose(self) -> ComposeResult:
        with Horizontal(classes="top"):
            yield Line(classes="title")
            yield Line(classes="mark")
        yield BigNumber()
        yield Line(classes="doubt")
        yield Line(classes="facts")
        yield Line(classes="way")
        yield Touch(self._words.undo, None, classes="undo")

    def on_click(self, event: events.Click) -> None:
        if self._compact:
            event.stop()
            self.post_message(Tapped(PickTile(self.key)))

    def show(self, tile: TileView, *, compact: bool = False) -> None:
        self._compact = compact
        for phase in Phase:
            self.set_class(tile.phase is phase, f"-{phase}")
        self.set_class(tile.doubtful, "-doubtful")
        self.set_class(tile.old, "-old")
        self.query_one(".title", Line).put(title(tile))
        self.query_one(BigNumber).number = tile.number or self._words.expected
        state = self.query_one(".mark", Line)
        state.put(mark(tile, self._words))
        state.display = bool(state.text)
        doubt = self.query_one(".doubt", Line)
        doubt.put(", ".join(tile.doubts))
        doubt.set_class(not tile.doubts, "-empty")
        self.query_one(".facts", Line).put("\n".join(facts(tile, self._words, compact=compact)))
        way = self.query_one(".way", Line)
        way.put("" if compact else tile.delivery)
        way.display = not compact
        undo = self.query_one(".undo", Touch)
        undo.display = bool(tile.item_id) and not compact
        undo.put(tile.undo)
        undo.arm(Undo(tile.item_id) if tile.item_id else None)

    def on_resize(self) -> None:
        self.post_message(self.Reshaped())

    def rows_needed(self) -> int:
        """Rows, border included, below which something on the tile would be cut."""
        width = max(self.content_size.width, 1)
        texts = "\n".join(self.query_one(name, Line).text for name in (".doubt", ".facts", ".way"))
        rows = sum(len(wrap(row, width)) for row in texts.split("\n") if row)
        rows += self.query_one(".doubt").has_class("-empty") and self.query_one(".doubt").display
        undo = self.query_one(".undo").display * UNDO_ROWS
        return self.query_one(".top").outer_size.height + digits.ROWS + rows + undo + self.gutter.height


def title(tile: TileView) -> Content:
    return Content.assemble((tile.title, "bold"), f"  {tile.unit}" if tile.unit else "")


def mark(tile: TileView, words: Words) -> str:
    """A shape and a word, never colour alone."""
    if tile.phase is Phase.LIVE:
        return f"▸ {words.running}"
    return f"┄ {words.doubtful}" if tile.doubtful else ""


def facts(tile: TileView, words: Words, *, compact: bool = False) -> list[str]:
    if tile.phase is Phase.EXPECTED:
        return [text for text in (tile.hint, *tile.remarks, tile.undone) if text]
    heading = " · ".join(part for part in (tile.device, tile.age, tile.delivery if compact else "") if part)
    lines = [tile.beside, heading, words.old if tile.old else "", *tile.remarks, tile.before, tile.undone]
    return [text for text in lines if text]
