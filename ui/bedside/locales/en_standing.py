"""The English words of what leaves the cart, of who answers it, of the handover and of the battery."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from ui.bedside.locales.fr_standing import FrenchStanding


class EnglishStanding(FrenchStanding):
    # --- who answers
    offline = "○ OFFLINE for {}"
    offline_short = "○ OFFLINE {}"
    offline_never = "○ OFFLINE, never answered"
    offline_never_short = "○ OFFLINE"
    refused_by = "○ REFUSED by {}"
    refused_by_short = "○ REFUSED"
    partly = "◐ no answer from {} for {}"
    partly_never = "◐ {} never answered"
    answers = "● Answered {}"
    reach_unknown = "○ Network not checked yet"
    reach_unknown_short = "○ Network?"
    reach_none = "○ No destination is set"
    reach_none_short = "○ No sending"
    reach_silent = "No answer: {}"
    reach_refusing = "{} does not admit this cart: call the person in charge."
    to_see = "⚠ {} to see"
    call_short = "● Call"
    strip_short = "● Trace"

    # --- disk and battery
    disk_unknown = "Disk: how long is not known yet"
    disk_more = "Disk: more than two years"
    disk_none = "Disk: no room for photos any more"
    battery_plugged = "{} {} % mains"

    # --- what leaves
    home_handover = "HANDOVER"
    send_title = "TO SEND"
    send_all = "SEND ALL AGAIN"
    send_handover = "HANDOVER"
    send_since = "The oldest has waited for {}"
    send_last = "Last proof of receipt {}"
    send_never = "No proof of receipt yet"
    send_none = "Nothing waits to leave"
    send_offline_hint = "All of it is kept here and leaves by itself as soon as a destination answers"
    send_to_correct = "TO CORRECT"
    send_touch = "TOUCH TO SEE"
    send_moving = "⟳ leaving now"
    send_gone = "A resident who left"
    send_oldest = "for {}"
    send_list = "BY RESIDENT"
    send_counts: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"kept": "Kept here", "pending": "Waiting", "sent": "Sent", "needs_person": "To correct"}
    )

    # --- what waits for a person
    stopped_why: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "object_invalid": "Something that is said of it keeps it from being sent.",
            "destination_refused": "{} refused it.",
            "store_damaged": "Its content cannot be read on the cart any more.",
        }
    )
    stopped_why_else = "Sending it to {} has stopped."
    stopped_advice: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "object_invalid": "Correct what the photo shows, or the resident; else send it again.",
            "destination_refused": "Check the resident, then send it again. If it comes back, call the person in charge.",
            "store_damaged": "Measure again if you can, and call the person in charge.",
        }
    )
    stopped_advice_else = "Send it again. If it comes back, call the person in charge."
    stopped_detail = "Technical detail: {}"
    stopped_part = "A document made by the cart"
    stopped_resend = "SEND AGAIN"
    stopped_relabel = "WHAT THE PHOTO SHOWS"
    stopped_move = "IT IS ANOTHER RESIDENT"
    stopped_back = "BACK"
    stopped_gone = "It asks for nothing any more."
    stopped_to = "to {}"
    stopped_view = "Which view does the photo show?"
    stopped_resent = "It is on its way again."
    stopped_relabelled = "Corrected: the photo goes out again."
    move_of = "Whose is this: {}?"
    move_question = "{} goes over to this person. What had left is withdrawn."
    move_yes = "YES, IT IS THEIRS"
    move_done = "Noted: the reading is another resident's now."
    move_nobody_done = 'Noted: the reading waits under "Whose?".'
    move_one = "Is one of these not theirs? Touch it."
    move_tile = "ANOTHER'S"

    # --- the handover
    handover_title = "HANDOVER"
    handover_read = "READ"
    handover_read_done = "Handover read: it is on record."
    handover_none = "Nothing new with the cart since."
    handover_since = "Since the handover read {} by {}"
    handover_since_nobody = "Since the handover read {}"
    handover_first = "Of 24 h: no handover was read here yet"
    handover_aid = "Does not replace the record's handover: enter there what belongs there."
    handover_more = "Older ones: telecart handover, or the record."
    handover_unknown = "A resident who left"
    handover_no_measures = "no new reading"
    handover_typed = "typed"
    handover_doubt = "measure again: {}"
    handover_allergies = "allergies {}"
    handover_allergies_none = "no known allergy"
    handover_allergies_unknown = "allergies not recorded"
    handover_score = "NEWS2 {} {} ({})"
    handover_letters: ClassVar[Mapping[str, str]] = MappingProxyType({"s": "S", "b": "B", "a": "A", "r": "R"})
    handover_score_partial = "NEWS2 incomplete ({})"
    handover_nothing_left = "nothing left here"

    def span(self, seconds: float) -> str:
        return super().span(seconds).replace(" j", " d")

    def silent_count(self, count: int) -> str:
        return f"◐ {count} silent"

    def disk_days(self, days: int) -> str:
        return f"Disk: {days} more day{'s' if days > 1 else ''}"

    def send_correct_count(self, count: int) -> str:
        return f"and {count} more to correct"

    def handover_captured(self, ecgs: int, photos: int, sounds: int) -> str:
        parts = [(ecgs, "ECG"), (photos, "photo"), (sounds, "sound")]
        return " · ".join(f"{count} {word}{'s' if count > 1 else ''}" for count, word in parts if count)

    def handover_others(self, count: int) -> str:
        return f"{count} other reading{'s' if count > 1 else ''}"

    def handover_count(self, count: int) -> str:
        return f"{count} new"

    def handover_undone(self, count: int) -> str:
        return f"{count} undone"

    def handover_taken_away(self, count: int) -> str:
        return f"{count} from before undone or another resident's now"

    def handover_left(self, waits: int, needs_person: int) -> str:
        parts = [f"{waits} to send" if waits else "", f"{needs_person} to correct" if needs_person else ""]
        return " · ".join(part for part in parts if part)

    def handover_strays(self, count: int) -> str:
        return f"{count} reading{'s' if count > 1 else ''} of nobody: say whose"

    def handover_unread(self, count: int) -> str:
        return f"{count} unreadable frame{'s' if count > 1 else ''} kept"
