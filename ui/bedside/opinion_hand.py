"""What each tap on the page of calls and opinions asks for: of the page, or of the cart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.domain.opinion import Specialty, Urgency
from edge.door import messages as m
from ui.bedside import opinion_acts as act
from ui.bedside.screens.call import CallPage
from ui.bedside.views import Page
from ui.bedside.widgets.asking import AtRest

if TYPE_CHECKING:
    from ui.bedside.app import BedsideApp


class OpinionHand:
    """Every command names the encounter that was on screen when it was touched (H1)."""

    def __init__(self, app: BedsideApp) -> None:
        self._app = app

    def takes(self, wanted: object) -> bool:
        """Whether it was for this page; then it is done."""
        if not isinstance(wanted, act.OpinionAct):
            return False
        self._do(wanted)
        return True

    def _do(self, wanted: act.OpinionAct) -> None:
        page = self._app.frame.page(CallPage).query_one(AtRest)
        match wanted:
            case act.OpenOpinion(specialty):
                page.choose(act.ChooseSpecialty(specialty))
                self._app.go(Page.CALL)
            case act.ChooseSpecialty() | act.ChooseQuestion() | act.ChooseUrgency():
                page.choose(wanted)
            case act.NextSituation():
                page.next_situation()
            case act.Ask(anyway):
                self._ask(page, anyway=anyway)
            case act.Ring(contact):
                self._ring(page, contact)
            case act.CloseNumber():
                page.dial("")

    def _ask(self, page: AtRest, *, anyway: bool) -> None:
        specialty: Specialty | None = page.specialty
        if specialty is None:
            return
        if page.lacks and not anyway:
            page.stop()
            return
        command = m.AskOpinion(
            encounter_id=self._app.view.encounter_id,
            specialty=specialty.value,
            question=page.question.value,
            urgency=page.urgency.value,
            anyway=anyway or page.urgency is Urgency.EMERGENCY,
            situation=page.situation.value if page.situation else "",
        )
        page.forget()
        page.dial("")
        self._app.ask(command, done=self._app.words.opinion_asked)

    def _ring(self, page: AtRest, contact: str) -> None:
        """By video where that can get through; else the number, large, to dial by telephone."""
        app = self._app
        one = next((one for one in app.view.opinion.contacts if one.key == contact), None)
        if one is None:
            return
        if one.video and not (app.view.opinion.offline and one.number):
            if app.frame.page(CallPage).agreed:
                app.ask(m.StartCall())
            else:
                app.say(app.words.consent_first)
            return
        page.dial(contact)
        app.ask(m.Dialled(encounter_id=app.view.encounter_id, contact=contact))
