"""S3, typed: the pad of one vital sign, the scale of pain, and Algoplus for who cannot say it."""

from __future__ import annotations

import dataclasses

from textual.app import ComposeResult
from textual.containers import Grid, Horizontal, Vertical, VerticalScroll

from edge.domain.staff import Deed
from edge.domain.typed import ALGOPLUS_ITEMS
from ui.bedside import typing
from ui.bedside.locales import Words
from ui.bedside.messages import Go, Undo
from ui.bedside.screens.page import PageBody
from ui.bedside.typed_acts import KeepAlgoplus, Observe, OpenSheet, PadAnswer, PadEnter, PadKey, Say
from ui.bedside.typing import Pad
from ui.bedside.views import Page, View
from ui.bedside.whose_acts import AskMove
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.number import BigNumber
from ui.bedside.widgets.touch import Touch

OTHERS = ("weight", "glucose")
"""What has no tile of its own unless its device is there."""

MOST_PAIN = 10


class OfOneResident(PageBody):
    """What is half typed is of the resident and of who typed it: with another resident, or once it is locked, it is gone (H1)."""

    def __init__(self, page: Page, words: Words) -> None:
        super().__init__(page, words)
        self.encounter_id = ""
        self.may = True

    def show(self, view: View) -> None:
        self.may = view.lock.allows(Deed.TYPE_VALUE)
        if view.lock.locked or (self.encounter_id and view.encounter_id != self.encounter_id):
            self.encounter_id = ""
            self.forget()

    def forget(self) -> None:
        raise NotImplementedError


class PadPage(OfOneResident):
    """``pad`` is what stands on it."""

    def __init__(self, words: Words) -> None:
        super().__init__(Page.TYPING, words)
        self.pad = Pad()
        self._tile = self.pad.sheet
        self._view = View()

    def compose(self) -> ComposeResult:
        words = self.words
        with Horizontal(id="typing-halves"):
            with VerticalScroll(id="typing-left", can_focus=False):
                yield Line(id="typing-title", classes="headline")
                yield Line(id="typing-unit", classes="faint")
                yield BigNumber(id="typing-shown")
                yield Line(id="typing-line")
                with Horizontal(id="typing-back-ways"):
                    yield Touch("", None, id="typing-undo", classes="undo")
                    yield Touch(words.move_tile, None, id="typing-move", classes="undo")
                with Horizontal(id="typing-others"):
                    yield Line(words.typed_other, id="typing-other", classes="faint")
                    for sheet in OTHERS:
                        yield Touch(words.tiles[sheet], OpenSheet(sheet), id=f"typing-{sheet}")
                with Horizontal(id="typing-ways"):
                    yield Touch(words.typed_back, Go(Page.VITALS), id="typing-back", classes="choice")
                    yield Touch(words.typed_enter, None, id="typing-enter", classes="primary")
            with Grid(id="typing-keys"):
                for digit in "123456789":
                    yield Touch(digit, None, id=f"typing-{digit}", classes="choice")
                yield Touch("", None, id="typing-sign", classes="choice")
                yield Touch("0", None, id="typing-0", classes="choice")
                yield Touch(words.typed_erase, None, id="typing-erase", classes="choice")

    def on_mount(self) -> None:
        self._draw()

    def open(self, sheet: str, encounter_id: str, tile: str) -> None:
        """``tile`` is the one that was touched: what it shows can be undone here."""
        self.encounter_id = encounter_id
        self._tile = tile
        self.put(Pad(sheet, encounter_id))

    def put(self, pad: Pad) -> None:
        self.pad = pad
        self._draw()

    def told_again(self, view: View) -> None:
        if self.pad.asking or self.pad.wrong:
            self.pad, _ = typing.check(self.pad, self.words)
        super().told_again(view)

    def forget(self) -> None:
        self.pad = dataclasses.replace(self.pad, text="", asking="", wrong="")

    def show(self, view: View) -> None:
        super().show(view)
        self._view = view
        self._draw()

    def _draw(self) -> None:
        pad, words = self.pad, self.words
        self.query_one("#typing-title", Line).put(words.typed_title.format(words.tiles[pad.sheet]))
        self.query_one("#typing-unit", Line).put(words.typed_fields[pad.sheet])
        number = self.query_one(BigNumber)
        number.number = pad.text
        number.set_class(not pad.text, "-empty")
        line = self.query_one("#typing-line", Line)
        line.put(pad.asking or pad.wrong or ("" if self.may else words.typed_not_yours))
        line.set_class(bool(pad.asking or pad.wrong), "-urgent")
        self._draw_ways()
        for digit in "0123456789":
            self.query_one(f"#typing-{digit}", Touch).arm(PadKey(digit) if self.may else None)
        sign = self.query_one("#typing-sign", Touch)
        key = typing.SLASH if pad.numbers > 1 else typing.COMMA if pad.has_comma else ""
        sign.put(words.number(".") if key == typing.COMMA else key)
        sign.arm(PadKey(key) if key and self.may else None)
        self.query_one("#typing-erase", Touch).arm(PadKey(typing.BACK) if pad.text else None)

    def _draw_ways(self) -> None:
        pad, words = self.pad, self.words
        back, enter = self.query_one("#typing-back", Touch), self.query_one("#typing-enter", Touch)
        back.put(words.typed_no if pad.asking else words.typed_back)
        back.arm(PadAnswer(yes=False) if pad.asking else Go(Page.VITALS))
        enter.put(words.typed_yes if pad.asking else words.typed_enter)
        ready = bool(pad.text) and bool(self.encounter_id) and self.may
        enter.arm((PadAnswer(yes=True) if pad.asking else PadEnter()) if ready else None)
        undo = self.query_one("#typing-undo", Touch)
        tile = next((one for one in self._view.tiles if one.key == self._tile and one.item_id), None)
        self.query_one("#typing-back-ways").display = tile is not None and not pad.text
        if tile is not None:
            undo.put(f"{tile.undo}\n{tile.kept_line}")
            undo.arm(Undo(tile.item_id))
            move = self._view.lock.allows(Deed.RECONCILE)
            self.query_one("#typing-move", Touch).arm(AskMove(tile.item_id) if move else None)
        self.query_one("#typing-others").display = not pad.text and self.may


class PainPage(OfOneResident):
    """The scale that the resident says; one touch is the answer."""

    def __init__(self, words: Words) -> None:
        super().__init__(Page.PAIN, words)

    def compose(self) -> ComposeResult:
        words = self.words
        yield Line(words.pain_title, classes="headline")
        yield Line(words.pain_hint, id="pain-hint", classes="faint")
        with Grid(id="pain-keys"):
            for number in range(MOST_PAIN + 1):
                yield Touch(str(number), None, id=f"pain-{number}", classes="choice")
            yield Touch(words.typed_back, Go(Page.VITALS), id="pain-back", classes="choice")
        yield Touch(words.pain_cannot_speak, None, id="pain-algoplus", classes="choice")
        with Horizontal(id="pain-back-ways"):
            yield Touch("", None, id="pain-undo", classes="undo")
            yield Touch(words.move_tile, None, id="pain-move", classes="undo")

    def open(self, encounter_id: str) -> None:
        self.encounter_id = encounter_id
        self._draw()

    def forget(self) -> None:
        self._draw()

    def show(self, view: View) -> None:
        super().show(view)
        tile = next((one for one in view.tiles if one.key == "pain" and one.item_id), None)
        undo = self.query_one("#pain-undo", Touch)
        self.query_one("#pain-back-ways").display = tile is not None
        if tile is not None:
            undo.put(f"{tile.undo}  {tile.kept_line}")
            undo.arm(Undo(tile.item_id))
            move = view.lock.allows(Deed.RECONCILE)
            self.query_one("#pain-move", Touch).arm(AskMove(tile.item_id) if move else None)
        self._draw()

    def _draw(self) -> None:
        open_now = bool(self.encounter_id) and self.may
        for number in range(MOST_PAIN + 1):
            self.query_one(f"#pain-{number}", Touch).arm(Say("pain", str(number)) if open_now else None)
        self.query_one("#pain-algoplus", Touch).arm(OpenSheet("algoplus") if self.may else None)


class AlgoplusPage(OfOneResident):
    """Five lines, each to be answered: no answer is taken for a no (H22)."""

    def __init__(self, words: Words) -> None:
        super().__init__(Page.ALGOPLUS, words)
        self.answers: dict[str, bool] = {}

    def compose(self) -> ComposeResult:
        words = self.words
        yield Line(words.algoplus_title, classes="headline")
        for name in ALGOPLUS_ITEMS:
            title, signs = words.algoplus_items[name]
            with Horizontal(classes="algoplus-item"):
                with Vertical(classes="algoplus-text"):
                    yield Line(title, classes="headline")
                    yield Line(signs, classes="faint")
                yield Touch(words.algoplus_yes, Observe(name, seen=True), id=f"{name}-yes")
                yield Touch(words.algoplus_no, Observe(name, seen=False), id=f"{name}-no")
        with Horizontal(id="algoplus-ways"):
            yield Touch(words.typed_back, OpenSheet("pain"), id="algoplus-back", classes="choice")
            yield Line(id="algoplus-total")
            yield Touch(words.algoplus_save, None, id="algoplus-keep", classes="primary")

    def on_mount(self) -> None:
        self._draw()

    def open(self, encounter_id: str) -> None:
        self.encounter_id = encounter_id
        self.forget()

    def forget(self) -> None:
        self.answers = {}
        self._draw()

    def observe(self, name: str, *, seen: bool) -> None:
        self.answers[name] = seen
        self._draw()

    def show(self, view: View) -> None:
        super().show(view)
        self._draw()

    def _draw(self) -> None:
        words = self.words
        for name in ALGOPLUS_ITEMS:
            for button, seen, word in (("yes", True, words.algoplus_yes), ("no", False, words.algoplus_no)):
                chosen = self.answers.get(name) is seen
                target = self.query_one(f"#{name}-{button}", Touch)
                target.put(words.answer_chosen.format(word) if chosen else word)
                target.set_class(chosen, "-here")
        whole = len(self.answers) == len(ALGOPLUS_ITEMS)
        total = sum(self.answers.values())
        said = words.algoplus_total.format(total) if whole else words.algoplus_open.format(len(self.answers))
        self.query_one("#algoplus-total", Line).put(f"{said}\n{words.algoplus_pain}")
        ready = whole and bool(self.encounter_id) and self.may
        self.query_one("#algoplus-keep", Touch).arm(KeepAlgoplus() if ready else None)
