"""What each tap on the page of answers asks for: every command names the encounter that was on screen (H1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.door import messages as m
from ui.bedside import answer_acts as act
from ui.bedside.screens.answers import AnswersPage
from ui.bedside.whose_hand import WhoseHand

if TYPE_CHECKING:
    from ui.bedside.app import BedsideApp


class AnswerHand:
    def __init__(self, app: BedsideApp, whose: WhoseHand) -> None:
        self._app = app
        self._whose = whose

    def takes(self, wanted: object) -> bool:
        """Whether it was for this page; then it is done."""
        app = self._app
        match wanted:
            case act.TakeNote(answer):
                app.page_moved()
                app.ask(
                    m.AcknowledgeAnswer(encounter_id=app.view.encounter_id, answer=answer), done=app.words.answers_taken
                )
            case act.Chased(request_id):
                app.page_moved()
                app.ask(
                    m.ChaseOpinion(encounter_id=app.view.encounter_id, request_id=request_id),
                    done=app.words.answers_chase_done,
                )
            case act.PrintIt(answer):
                app.ask(
                    m.PrintAnswer(encounter_id=app.view.encounter_id, answer=answer), done=app.words.answers_printed
                )
            case act.PickAnswer(answer):
                app.page_moved()
                app.frame.page(AnswersPage).pick(answer)
            case act.PickRequest():
                self._whose.of_answer(wanted)
            case act.NobodysAnswer(answer):
                app.page_moved()
                app.frame.page(AnswersPage).pick(0)
                app.ask(m.SetAnswerAside(answer=answer), done=app.words.stray_aside_done)
            case _:
                return False
        return True
