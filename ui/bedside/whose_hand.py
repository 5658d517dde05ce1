"""What each tap about whose something is asks for: of a page, or of the cart."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from edge.domain.staff import Deed
from edge.door import messages as m
from ui.bedside import whose_acts as act
from ui.bedside.answer_acts import PickRequest
from ui.bedside.screens.answers import AnswersPage
from ui.bedside.screens.finding import FindPage, UnknownPage
from ui.bedside.screens.residents import ConfirmPage, ResidentsPage
from ui.bedside.views import Page
from ui.bedside.whose_views import Purpose

if TYPE_CHECKING:
    from ui.bedside.app import BedsideApp

KEEPS = frozenset({Page.RESIDENTS, Page.CONFIRM, Page.FIND})
"""Where somebody is looked for: whoever goes elsewhere does not look any more."""

_STRAY, _ROUND, _WHO, _MOVE, _ANSWER = "stray", "round", "who", "move", "answer"


class WhoseHand:
    """``purpose`` is for what a resident is looked for; None: to have her on screen."""

    def __init__(self, app: BedsideApp) -> None:
        self._app = app
        self.purpose: Purpose | None = None
        self._wanted: act.PickStray | act.AskRound | act.AskMove | act.AskWho | PickRequest | None = None

    def do(self, wanted: act.WhoseAct) -> None:
        app, words = self._app, self._app.words
        match wanted:
            case act.PickStray() | act.AskRound() | act.AskWho() | act.AskMove():
                self._look_for(wanted)
            case act.Aside() if self.purpose and self.purpose.kind == _MOVE:
                app.ask(m.MoveItem(item_id=self.purpose.id, patient_id=""), done=words.move_nobody_done)
                self._leave_move()
            case act.Aside() if self.purpose and self.purpose.nobody:
                app.ask(m.LeaveAside(item_id=self.purpose.id), done=words.whose_aside_done)
                self.forget()
                app.turn_to(Page.WHOSE)
            case act.Looked(number):
                app.ask(m.LookedAt(number=number))
            case act.GoBack(resident_id):
                app.ask(m.TakeBack(patient_id=resident_id), done=words.who_taken_back)
            case act.FindKey() | act.FindBy() | act.Sort() | act.About() | act.RoomKey() | act.Begin():
                self._typed(wanted)
            case _:
                pass

    def _look_for(self, wanted: act.PickStray | act.AskRound | act.AskWho | act.AskMove) -> None:
        view, words = self._app.view, self._app.words
        match wanted:
            case act.PickStray(item_id):
                one = next((one for one in view.whose.strays if one.item_id == item_id), None)
                if one is None:
                    return
                what = words.whose_is_it.format(one.title, one.facts)
                purpose = Purpose(
                    _STRAY, item_id, words.whose_of.format(one.title), what, words.whose_yes, one.near, nobody=True
                )
            case act.AskRound() if view.resident and view.encounter_id:
                purpose = Purpose(
                    _ROUND,
                    view.encounter_id,
                    words.round_of,
                    words.round_question,
                    words.round_yes,
                    besides=view.resident.id,
                )
            case act.AskMove(item_id):
                found = self._movable(item_id)
                if found is None:
                    return
                what, besides, back = found
                purpose = Purpose(
                    *(_MOVE, item_id, words.move_of.format(what), words.move_question.format(what), words.move_yes),
                    nobody=True,
                    besides=besides,
                    back=back,
                )
            case act.AskWho():
                one_id = self._app.candidate
                who = next((one for one in view.residents if one.id == one_id and one.without_identity), None)
                if who is None:
                    return
                question = words.who_question.format(who.name)
                purpose = Purpose(_WHO, who.id, words.who_of.format(who.name), question, words.who_yes, besides=who.id)
            case _:
                return
        self._wanted = wanted
        self._set(purpose)
        self._app.turn_to(Page.RESIDENTS)

    def told_again(self) -> None:
        """For what somebody is looked for, in the words of now."""
        purpose, wanted, page = self.purpose, self._wanted, self._app.page
        if purpose is None or wanted is None:
            return
        if isinstance(wanted, PickRequest):
            self._set(self._answering(wanted) or purpose)
            return
        self._look_for(wanted)
        if self.purpose is not None:
            self._set(dataclasses.replace(self.purpose, back=purpose.back))
        self._app.turn_to(page)

    def of_answer(self, wanted: PickRequest) -> None:
        """An answer of nobody is said to answer a request: confirmed on the page of whose request that is."""
        purpose = self._answering(wanted)
        if purpose is None:
            return
        self._wanted = wanted
        self._set(purpose)
        self._app.consider(wanted.patient_id)

    def _answering(self, wanted: PickRequest) -> Purpose | None:
        """None where the request is not there any more."""
        words, candidates = self._app.words, self._app.view.answers.candidates
        one = next((one for one in candidates if one.request_id == wanted.request_id), None)
        if one is None:
            return None
        return Purpose(
            *(_ANSWER, f"{wanted.answer}:{wanted.request_id}", words.stray_title, one.said, words.stray_yes),
            back=Page.ANSWERS.value,
        )

    def _answered(self, purpose: Purpose, resident_id: str) -> None:
        number, _, request_id = purpose.id.partition(":")
        self._app.frame.page(AnswersPage).pick(0)
        self._app.ask(
            m.MatchAnswer(answer=int(number), request_id=request_id, patient_id=resident_id),
            done=self._app.words.stray_matched,
        )
        self._app.go(Page.ANSWERS)

    def _movable(self, item_id: str) -> tuple[str, str, str] | None:
        """What it is, who it cannot be, and the page on which it was touched; None where it is not there any more."""
        view, page = self._app.view, self._app.page
        stopped = next((one for one in view.standing.stopped if one.item_id == item_id and one.movable), None)
        if stopped is not None:
            return stopped.title, stopped.patient_id, Page.OUTBOX.value
        saved = dict(view.standing.saved)
        if view.resident is None or item_id not in saved:
            return None
        return saved[item_id], view.resident.id, page.value

    def _leave_move(self) -> None:
        back = self.purpose.back if self.purpose else Page.OUTBOX
        self.forget()
        self._app.go(Page(back))

    def _set(self, purpose: Purpose | None) -> None:
        self.purpose = purpose
        self._app.frame.page(ResidentsPage).look_for(purpose)
        self._app.frame.page(ConfirmPage).look_for(purpose)

    def forget(self) -> None:
        if self.purpose is not None:
            self._set(None)

    def go(self, page: Page) -> None:
        """Before the page is turned by a finger."""
        if page not in KEEPS:
            self.forget()
        if page is Page.FIND:
            self._app.frame.page(FindPage).begin()
        elif page is Page.UNKNOWN:
            self._app.frame.page(UnknownPage).begin()

    def confirm(self, resident_id: str) -> bool:
        """Whether that answered what was asked."""
        purpose, words = self.purpose, self._app.words
        if purpose is None:
            return False
        self.forget()
        self._app.candidate = ""
        match purpose.kind:
            case "stray":
                self._app.ask(m.AssignItem(item_id=purpose.id, patient_id=resident_id), done=words.whose_assigned)
                self._app.turn_to(Page.WHOSE)
            case "move":
                self._app.ask(m.MoveItem(item_id=purpose.id, patient_id=resident_id), done=words.move_done)
                self._app.go(Page(purpose.back))
            case "answer":
                self._answered(purpose, resident_id)
            case "round":
                self._app.choosing = resident_id
                self._app.ask(m.MoveRound(encounter_id=purpose.id, patient_id=resident_id), done=words.round_moved)
            case _:
                self._app.ask(m.Reconcile(patient_id=purpose.id, became=resident_id), done=words.who_reconciled)
                self._app.turn_to(Page.RESIDENTS)
        return True

    def follow(self) -> None:
        """What is asked about may have gone meanwhile, and so may who asked."""
        view, purpose = self._app.view, self.purpose
        if purpose is None:
            return
        there = {
            _STRAY: any(one.item_id == purpose.id for one in view.whose.strays),
            _ROUND: view.encounter_id == purpose.id,
            _ANSWER: purpose.id.partition(":")[0] in {str(one.answer) for one in view.answers.strays},
            _WHO: any(one.id == purpose.id for one in view.residents),
            _MOVE: purpose.id in dict(view.standing.saved)
            or any(one.item_id == purpose.id for one in view.standing.stopped),
        }[purpose.kind]
        if view.lock.locked or not there or not view.lock.allows(Deed.RECONCILE.value):
            self.forget()
            if self._app.page in KEEPS:
                self._app.turn_to(Page.RESIDENTS)

    def _typed(self, wanted: act.FindKey | act.FindBy | act.Sort | act.About | act.RoomKey | act.Begin) -> None:
        find, unknown = self._app.frame.page(FindPage), self._app.frame.page(UnknownPage)
        match wanted:
            case act.FindKey(key):
                find.type(key)
            case act.FindBy(letters):
                find.turn(letters=letters)
            case act.Sort(sex):
                unknown.look(sex=sex)
            case act.About(years):
                unknown.look(years=years)
            case act.RoomKey(digit):
                unknown.type(digit)
            case act.Begin():
                command = m.NewResident(sex=unknown.sex, room=unknown.room, about_years=unknown.years)
                self._app.turn_to(Page.RESIDENTS)
                self._app.beginning = True
                self._app.ask(command)
