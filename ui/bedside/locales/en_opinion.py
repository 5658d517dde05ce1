"""The words about calls, contacts and requests for an opinion, in English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar


class EnglishOpinion:
    call_column = "Call now"
    call_video = "BY VIDEO"
    call_video_hint = "doctor or specialist"
    dial_title = "Dial this number on the telephone"
    dial_offline = "Without a network there is no video; the telephone works."
    dial_close = "CLOSE"
    call_number = "☎ {}"

    opinion_column = "Ask for an opinion"
    opinion_ask = "ASK FOR THE OPINION"
    opinion_ask_here = "ASK FOR\nAN OPINION"
    opinion_leaves = "leaves as soon as there is a network"
    opinion_choose = "Choose the specialty."
    opinion_consent_first = "First touch the resident's agreement, unless it is an emergency."
    opinion_not_allowed = "Your profession does not ask for opinions."
    opinion_complete = "COMPLETE IT"
    opinion_anyway = "SEND ANYWAY"
    opinion_asked = "Request kept: it leaves as soon as there is a network."
    opinion_to = "to {}"
    opinion_attached = "Attached: {}"
    opinion_nothing_attached = "Nothing to attach yet"
    opinion_missing = "⚠ Missing or not good: {}"
    opinion_title_of = "Opinion: {}"
    opinion_specialties: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"dermatology": "Skin", "cardiology": "Heart", "wounds": "Wounds", "geriatrics": "Geriatrics"}
    )
    opinion_questions: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "conduct": "What to do?",
            "urgent": "Is it urgent?",
            "treatment": "Which care?",
            "hospital": "Hospital or here?",
        }
    )
    opinion_urgencies: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"routine": "Within 7 days", "soon": "Within 48 h", "emergency": "URGENT 2 h"}
    )
    opinion_states: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"demandé": "asked", "lu": "read", "répondu": "answered", "à relancer": "TO CHASE", "annulé": "undone"}
    )
    opinion_gaps: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "photo": "no photo",
            "ecg": "no ECG",
            "vitals": "no vital signs",
            "blurred": "blurred photo",
            "dark": "dark photo",
            "overexposed": "overexposed photo",
            "faint": "unusable sound",
        }
    )

    def opinion_vitals(self, count: int) -> str:
        return f"{count} vital sign{'s' if count > 1 else ''}"
