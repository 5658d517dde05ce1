"""What each tap about appointments asks for: every command names the encounter that was on screen (H1)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from edge.door import messages as m
from ui.bedside import diary_acts as act
from ui.bedside.screens.diary import PlanningPage
from ui.bedside.views import Page

if TYPE_CHECKING:
    from ui.bedside.app import BedsideApp


class DiaryHand:
    def __init__(self, app: BedsideApp) -> None:
        self._app = app

    def takes(self, wanted: object) -> bool:
        """Whether it was about appointments; then it is done."""
        app, encounter_id = self._app, self._app.view.encounter_id
        match wanted:
            case act.Attend(appointment_id):
                self._attend(appointment_id)
            case act.StepOut(appointment_id):
                app.page_moved()
                app.ask(m.LeaveRoom(appointment_id=appointment_id), done=app.words.diary_left)
            case act.ReturnTo(appointment_id):
                app.page_moved()
                app.ask(m.ComeBack(appointment_id=appointment_id, encounter_id=encounter_id))
                app.go(Page.CALL)
            case act.CallOff(appointment_id):
                app.page_moved()
                app.ask(m.CancelAppointment(appointment_id=appointment_id), done=app.words.diary_cancelled)
            case act.ChooseDay() | act.ChooseHour() | act.ChooseQuarter() | act.ChooseField():
                app.frame.page(PlanningPage).choose(wanted)
            case act.NextLength() | act.NextUrgency():
                app.frame.page(PlanningPage).turn(wanted)
            case act.PlanIt():
                self._plan()
            case _:
                return False
        return True

    def _attend(self, appointment_id: str) -> None:
        app = self._app
        if not app.view.consent.allows:
            # an appointment is no consent
            app.say(app.words.diary_consent)
            app.go(Page.CONSENT)
            return
        app.page_moved()
        app.ask(m.BeReady(appointment_id=appointment_id, encounter_id=app.view.encounter_id))
        app.go(Page.CALL)

    def _plan(self) -> None:
        app, page = self._app, self._app.frame.page(PlanningPage)
        starts = page.starts
        if starts is None:
            return
        zone = app.view.diary.zone
        at = starts.replace(tzinfo=zone) if zone else starts.astimezone()
        specialty = page.specialty
        app.ask(
            m.PlanAppointment(
                encounter_id=app.view.encounter_id,
                starts=at.astimezone(dt.UTC).isoformat(),
                specialty=specialty,
                urgency=page.urgency.value,
                minutes=page.minutes,
                request_id=dict(app.view.diary.requests).get(specialty, "") if specialty else "",
            ),
            done=app.words.diary_planned,
        )
        page.forget()
        app.turn_to(Page.DIARY)
