"""What each tap on the pages of typed values asks for: of a page, or of the cart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.domain import typed
from edge.door import messages as m
from ui.bedside import typed_acts as act, typing
from ui.bedside.screens.typed import AlgoplusPage, PadPage, PainPage
from ui.bedside.views import Page

if TYPE_CHECKING:
    from ui.bedside.app import BedsideApp

_TYPED_AS = {"body_fat": "weight"}
"""What no hand can measure opens what comes with it."""


class TypingHand:
    """Every command names the encounter of the tap that opened what it was typed on (H1)."""

    def __init__(self, app: BedsideApp) -> None:
        self._app = app

    def do(self, wanted: act.TypedAct) -> None:
        match wanted:
            case act.OpenSheet(sheet):
                self._open(sheet)
            case act.PadKey(key):
                page = self._pad
                page.put(typing.press(page.pad, key))
            case act.PadEnter():
                self._enter()
            case act.PadAnswer(yes):
                self._answer(yes)
            case act.Say(sheet, value):
                self._say(sheet, value)
            case act.Observe(name, seen):
                self._app.frame.page(AlgoplusPage).observe(name, seen=seen)
            case act.KeepAlgoplus():
                self._keep_algoplus()
            case act.ScaleTwo(on):
                command = m.SetScaleTwo(encounter_id=self._app.view.encounter_id, on=on)
                self._app.ask(command, done=self._app.words.score_scale_asked)

    @property
    def _pad(self) -> PadPage:
        return self._app.frame.page(PadPage)

    def _open(self, sheet: str) -> None:
        encounter_id = self._app.view.encounter_id
        if self._app.view.resident is None:
            self._app.go(Page.RESIDENTS)
        elif sheet == "pain":
            self._app.frame.page(PainPage).open(encounter_id)
            self._app.turn_to(Page.PAIN)
        elif sheet == "algoplus":
            self._app.frame.page(AlgoplusPage).open(encounter_id)
            self._app.turn_to(Page.ALGOPLUS)
        else:
            self._pad.open(_TYPED_AS.get(sheet, sheet), encounter_id, sheet)
            self._app.turn_to(Page.TYPING)

    def _enter(self) -> None:
        page = self._pad
        pad, found = typing.check(page.pad, self._app.words)
        page.put(pad)
        if found is not None and not pad.asking:
            self._send(pad.sheet, found, pad.encounter_id)

    def _answer(self, yes: bool) -> None:
        page = self._pad
        pad, found = typing.check(page.pad, self._app.words)
        if not yes or found is None:
            page.put(typing.press(page.pad, ""))
            return
        self._send(pad.sheet, found, pad.encounter_id, confirmed=True)

    def _say(self, sheet: str, value: str) -> None:
        encounter_id = self._app.view.encounter_id
        if sheet == "pain":
            encounter_id = self._app.frame.page(PainPage).encounter_id
        self._send(sheet, typing.values(sheet, (value,)), encounter_id)

    def _keep_algoplus(self) -> None:
        page = self._app.frame.page(AlgoplusPage)
        if set(page.answers) == set(typed.ALGOPLUS_ITEMS):
            answers = ["1" if page.answers[name] else "0" for name in typed.ALGOPLUS_ITEMS]
            self._send("algoplus", typing.values("algoplus", answers), page.encounter_id)

    def _send(self, sheet: str, values: tuple[typed.Typed, ...], encounter_id: str, *, confirmed: bool = False) -> None:
        said = tuple(m.TypedValue(name=one.name, value=one.value, unit=one.unit) for one in values)
        command = m.TypeValue(sheet=sheet, values=said, encounter_id=encounter_id, confirmed=confirmed)
        if self._app.page is not Page.VITALS:
            self._app.turn_to(Page.VITALS)
        self._app.ask(command, done=self._app.words.typed_saved)
