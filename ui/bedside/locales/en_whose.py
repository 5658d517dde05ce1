"""The English words of the pages about whose something is, and about who somebody is."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from ui.bedside.locales.fr_whose import FrenchWhose


class EnglishWhose(FrenchWhose):
    whose_title = "WHOSE?"
    whose_hint = "Touch a reading, then the person whose it is. Nothing leaves until somebody says so."
    whose_not_yours = "A nurse or a doctor says whose a reading is: all of it stays kept here."
    whose_none = "Nothing waits: every reading is somebody's."
    whose_open = "WHOSE? ({})"
    whose_unread = "unreadable, kept"
    whose_seen = "SEEN"
    whose_back = "BACK"
    whose_undo = "UNDO"
    whose_became = "{} became: {}"
    whose_gone = "a resident who left"
    whose_why: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "no_resident": "Nobody was on screen.",
            "changed": "The resident had just changed on screen.",
            "from_memory": "Read from the device's memory: its time is not sure.",
            "taken_back": "Taken back from a resident: it was not theirs.",
        }
    )
    whose_of = "Whose is this: {}?"
    whose_is_it = "{}: is it theirs?  {}"
    whose_yes = "YES, IT IS THEIRS"
    whose_nobodys = "NOBODY'S"
    whose_aside_done = "Kept, nobody's."
    whose_assigned = "Noted: the reading is this resident's."
    whose_offered = "on screen at that time"
    round_wrong = "THIS ROUND WAS NOT THEIRS"
    round_of = "Whose round is this?"
    round_question = "All readings of this round go over to this person."
    round_yes = "YES, THEIR ROUND"
    round_moved = "Noted: the whole round is another resident's now."
    who_found = "IDENTITY FOUND"
    who_of = "Who is {}?"
    who_question = "{} and this person are one: all readings go over to this name."
    who_yes = "YES, THE SAME PERSON"
    who_reconciled = "Noted: all readings are under this name."
    who_taken_back = "Undone: the readings stand apart again."
    about_years = "about {} years old, birth date unknown"
    unknown_open = "NO IDENTITY"
    unknown_title = "Somebody without identity: measured at once, recognised later"
    unknown_sex: ClassVar[Mapping[str, str]] = MappingProxyType({"F": "WOMAN", "M": "MAN"})
    unknown_age = "~ {} years"
    unknown_room = "Room: {}"
    unknown_no_room = "Room: not told"
    unknown_begin = "BEGIN"
    erase = "ERASE"
    find_open = "FIND"
    find_title = "Date of birth: DD MM YYYY"
    find_letters = "3 LETTERS"
    find_digits = "DATE"
    find_letters_title = "At most three letters of the birth name"
    find_nobody = "Nobody matches."

    def whose_more(self, count: int) -> str:
        return f"and {count} older one{'s' if count > 1 else ''}"

    def find_count(self, count: int) -> str:
        return f"{count} {'people' if count > 1 else 'person'}"
