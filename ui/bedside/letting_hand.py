"""What each tap on the page of replacements asks for: of the page, or of the cart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.door import messages as m
from ui.bedside import letting_acts as act
from ui.bedside.screens.letting import LettingPage

if TYPE_CHECKING:
    from ui.bedside.app import BedsideApp


class LettingHand:
    def __init__(self, app: BedsideApp) -> None:
        self._app = app

    def do(self, wanted: act.LettingAct) -> None:
        page = self._app.frame.page(LettingPage)
        match wanted:
            case act.NameKey() | act.As() | act.For():
                page.do(wanted)
            case act.LetHerIn() if page.whole:
                self._app.ask(m.LetIn(name=page.name_typed.strip(), role=page.role, hours=page.hours))
            case act.EndAccess(member_id):
                self._app.ask(m.SendAway(member_id=member_id), done=self._app.words.letting_ended)
            case _:
                pass
