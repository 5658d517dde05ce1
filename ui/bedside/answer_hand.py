"""What each tap on the page of answers asks for: every command names the encounter that was on screen (H1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.door import messages as m
from ui.bedside import answer_acts as act

if TYPE_CHECKING:
    from ui.bedside.app import BedsideApp


class AnswerHand:
    def __init__(self, app: BedsideApp) -> None:
        self._app = app

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
            case _:
                return False
        return True
