"""What is said with one touch: consciousness, and what is breathed."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from edge.domain.staff import Deed
from edge.domain.typed import ACVPU
from ui.bedside import tiles
from ui.bedside.locales import Words
from ui.bedside.typed_acts import OpenSheet, Say
from ui.bedside.views import TileView, View
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.touch import Touch
from ui.bedside.wrapping import wrap

TEXT_WIDTH = 13
"""Cells, as in vitals.tcss."""


class SaidStrip(Horizontal):
    """A, C, V, P, U; air, or oxygen by the litre. What was said is ticked, with its age beside it."""

    def __init__(self, words: Words) -> None:
        super().__init__(id="strip")
        self._words = words

    def compose(self) -> ComposeResult:
        words = self._words
        with Horizontal(id="said-consciousness", classes="said"):
            with Vertical(classes="said-text"):
                yield Line(words.tiles["consciousness"], classes="headline")
                yield Line(id="said-consciousness-facts", classes="faint")
            for place, answer in enumerate(ACVPU):
                yield Touch(answer.value, Say("consciousness", str(place)), id=f"said-{answer.value}")
        with Horizontal(id="said-oxygen", classes="said"):
            with Vertical(classes="said-text"):
                yield Line(words.tiles["oxygen"], classes="headline")
                yield Line(id="said-oxygen-facts", classes="faint")
            yield Touch(words.air, Say("oxygen", "0"), id="said-air")
            yield Touch(words.oxygen_flow, OpenSheet("oxygen"), id="said-flow")

    def show(self, view: View) -> None:
        words, shown = self._words, {tile.key: tile for tile in view.tiles}
        may = view.lock.allows(Deed.TYPE_VALUE) and bool(view.encounter_id)
        for key in tiles.SAID:
            self.query_one(f"#said-{key}-facts", Line).put(_facts(shown.get(key), words))
        consciousness, oxygen = _kept(shown.get("consciousness")), _kept(shown.get("oxygen"))
        for place, answer in enumerate(ACVPU):
            self._mark(f"#said-{answer.value}", f"{answer.value}\n{words.acvpu[answer]}", consciousness == answer.value)
            self.query_one(f"#said-{answer.value}", Touch).arm(Say("consciousness", str(place)) if may else None)
        self._mark("#said-air", words.air, oxygen == words.air)
        on = oxygen not in {"", words.air}
        self._mark("#said-flow", words.oxygen_on.format(f"{oxygen} {_unit(shown)}") if on else words.oxygen_flow, on)
        self.query_one("#said-air", Touch).arm(Say("oxygen", "0") if may else None)
        self.query_one("#said-flow", Touch).arm(OpenSheet("oxygen") if may else None)

    def _mark(self, selector: str, text: str, chosen: bool) -> None:
        target = self.query_one(selector, Touch)
        target.put(self._words.answer_chosen.format(text) if chosen else text)
        target.set_class(chosen, "-here")


def _kept(tile: TileView | None) -> str:
    return tile.kept if tile is not None else ""


def _unit(shown: dict[str, TileView]) -> str:
    return shown["oxygen"].unit


def _facts(tile: TileView | None, words: Words) -> str:
    if tile is None or not tile.item_id:
        return words.never_said
    more = words.old if tile.old else tile.delivery
    # a long age takes the row of where it is on its way; that it is old is never left out
    return f"{tile.age}\n{more}" if tile.old or len(wrap(tile.age, TEXT_WIDTH)) == 1 else tile.age
