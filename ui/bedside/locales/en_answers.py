"""The words about answers to requests for an opinion, in English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar


class EnglishAnswers:
    answers_title = "Opinions and answers"
    answers_hint = "Nothing is done before somebody with a name has taken note of it."
    answers_not_yours = "Your role does not take note of answers: tell the nurse."
    answers_none = "No opinion was asked for, no answer waits."
    answers_none_hers = "No opinion was asked for this resident."
    answers_button = "OPINIONS"
    answers_button_count = "OPINIONS · {}"
    answers_alert = "Opinions: {}"
    answers_take = "TAKE\nNOTE"
    answers_taken = "Noted in your name."
    answers_chase = "CHASED"
    answers_chase_done = "Noted: the delay begins again."
    answers_see = "SEE"
    answers_stands = "{}, {}"
    answers_print = "PRINT"
    answers_printed = "Sent to the printer."
    answers_asked = "asked on {}"
    answers_late = "No answer, {} late: call, then note it."
    answers_undone = "request withdrawn by the house"
    answers_superseded = "a newer version took its place"
    answers_first = "Take note of it first: then the prescription is shown."
    answers_document = "A PDF document came with it."
    answers_noted = "Noted by {}, {}"
    answers_nobodys = "Whose it is has to be said"
    answers_loose_hint = "The support says which request it answers (telecart opinions)."
    answers_mark_read = "● Answer to read"
    answers_mark_chase = "● Opinion to chase"
    answers_kinds: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "report": "ANSWER",
            "prescription": "PRESCRIPTION",
            "come": "TO BE SEEN IN PERSON",
            "declined": "REQUEST DECLINED",
            "retracted": "ANSWER TAKEN BACK",
        }
    )

    stray_title = "Which request does it answer?"
    stray_hint = "Touch the request, then confirm who it is. It is noted in your name."
    stray_whose = "WHOSE?"
    stray_this = "THIS\nONE"
    stray_question = "The answer is this person's: {}?"
    stray_yes = "YES, HER ANSWER"
    stray_matched = "Noted: the answer is on her page, to be read."
    stray_nobodys = "None of these requests"
    stray_nobodys_hint = "The answer is for nobody here: it is not shown any more."
    stray_aside_done = "Noted: for nobody here."
    stray_why: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "unnamed": "It names no request of this cart.",
            "several": "It names several requests.",
            "subject": "Careful: it is about another person than its request, or about somebody unknown.",
        }
    )

    dossier_situation = "REASON ▸"
    dossier_situation_none = "not said"
    dossier_without = "without: {}"
    dossier_roles: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"dlu": "DLU", "treatment": "treatment", "history": "history", "directives": "directives"}
    )
    dossier_situations: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "rash": "Rash",
            "lesion": "Lesion to assess",
            "itch": "Itch",
            "skin_infection": "Infection?",
            "chest_pain": "Chest pain",
            "breathless": "Breathless",
            "faint": "Faint",
            "palpitations": "Palpitations",
            "new_wound": "New wound",
            "worse_wound": "Getting worse",
            "not_healing": "Not healing",
            "infected_wound": "Infected?",
            "fall": "Fall",
            "confusion": "Confusion",
            "decline": "Less independent",
            "weight_loss": "Weight loss",
        }
    )

    def answers_to_read(self, count: int) -> str:
        return f"{count} answer{'s' if count > 1 else ''} to read"

    def answers_to_chase(self, count: int) -> str:
        return f"{count} to chase"

    def answers_loose(self, count: int) -> str:
        return f"{count} answer{'s' if count > 1 else ''} to no known request"

    def answers_chased(self, count: int) -> str:
        return "chased once" if count == 1 else f"chased {count} times"
