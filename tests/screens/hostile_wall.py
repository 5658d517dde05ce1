"""``python -m tests.screens.hostile_wall COUNT [off]``: a terminal full of hostile texts, again and again, COUNT of them in all.

They come as they do from the door, as residents of a snapshot that ``state.clean`` was given, and are drawn by the widget that
all texts of the bedside screen are made of. Each begins with its number, so that whoever reads the terminal can count them.
``off`` draws them as they are.
"""

from __future__ import annotations

import itertools
import random
import sys

from textual.app import App, ComposeResult

from edge.door import messages as m
from tests.screens.hostile import hostile_text
from ui.bedside import state
from ui.bedside.widgets.line import Line

COLUMNS, ROWS = 480, 200
WIDTH = 24
"""Columns that each text has, its number of seven digits included."""

BESIDE = COLUMNS // WIDTH
AT_ONCE = BESIDE * ROWS


class Wall(App[None]):
    CSS = "Line { height: 1; }"

    def __init__(self, count: int) -> None:
        super().__init__()
        self._seed = random.Random(count)
        self._numbers = iter(range(count))

    def compose(self) -> ComposeResult:
        for _ in range(ROWS):
            yield Line()

    def on_ready(self) -> None:
        self._next()

    def _next(self) -> None:
        numbers = list(itertools.islice(self._numbers, AT_ONCE))
        if not numbers:
            self.exit()
            return
        said = m.Snapshot(cart="", demo=False, clock="", residents=tuple(self._resident(number) for number in numbers))
        texts = [one.birth_name[: WIDTH - 1].ljust(WIDTH) for one in state.clean(said).residents]
        for row, line in enumerate(self.query(Line)):
            line.put("".join(texts[row * BESIDE : (row + 1) * BESIDE]))
        # after this display has been written
        self.call_after_refresh(self.call_after_refresh, self._next)

    def _resident(self, number: int) -> m.ResidentCard:
        name = f"{number:07d}{hostile_text(self._seed)}"
        return m.ResidentCard(
            id="", birth_name=name, given_names="", used_name=None, birth_date="", sex="", room="",
            identity_status="", allergies=None,
        )  # fmt: skip


if __name__ == "__main__":
    if sys.argv[2:] == ["off"]:
        state.sanitise_line = lambda text: text  # type: ignore[attr-defined]
    Wall(int(sys.argv[1])).run()
