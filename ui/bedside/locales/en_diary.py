"""The words about appointments, in English."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar


class EnglishDiary:
    diary_title = "Appointments"
    diary_hint = "An appointment is no consent: it is asked for before the call."
    diary_none = "No appointment."
    diary_button = "APPOINTMENTS"
    diary_button_count = "APPOINTMENTS · {}"
    diary_plan = "PLAN ONE"
    diary_plan_it = "NOTE THE APPOINTMENT\n{}"
    diary_choose = "Choose day, hour and quarter"
    diary_planned = "Appointment noted."
    diary_cancel = "CANCEL"
    diary_cancelled = "Appointment cancelled."
    diary_back_key = "BACK"
    diary_hour = "{}:00"
    diary_doctor = "the doctor"
    diary_now = "now"
    diary_in = "in {}"
    diary_since = "since {}"
    diary_late = "Delay announced by {}: {} min"
    diary_late_short = "{} min late"
    diary_urgent: ClassVar[Mapping[str, str]] = MappingProxyType({"soon": "soon", "emergency": "urgent"})
    diary_length = "LENGTH\n{} min"
    diary_urgency = "PRIORITY\n{}"
    diary_urgencies: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"routine": "routine", "soon": "soon", "emergency": "urgent"}
    )
    diary_dossier = "File: the open request for an opinion"
    diary_rings = "● THE DOCTOR IS THERE"
    diary_back = "● {} is there for {}: TOUCH TO GO"
    diary_back_hers = "● {} is there: TOUCH TO GO ON"
    diary_rings_locked = "● THE DOCTOR IS THERE: UNLOCK TO GO"
    diary_leave_line = "{} ▸ I LEAVE, CALL ME BACK"
    diary_not_there = "The doctor is not there yet"
    diary_left = "The waiting room stays open: the cart calls you back."
    diary_consent = "Ask for the resident's consent first."
    diary_weekdays = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    diary_near_days = ("Today", "Tomorrow")
    diary_states: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "planned": "Planned",
            "waiting": "In the waiting room",
            "away": "In the waiting room, carer to be called back",
            "in_call": "Under way",
            "done": "Done",
            "missed": "Missed",
            "cancelled": "Cancelled",
        }
    )
    diary_whys: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "not_ready": "Nobody opened the call: plan another one or ask for an opinion.",
            "no_doctor": "The doctor did not come: ask for an opinion or plan another one.",
            "departed": "The resident left the house.",
            "by_source": "Cancelled by the practice.",
        }
    )
    diary_ways: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "ready": "WE ARE\nREADY",
            "leave": "I LEAVE,\nCALL ME BACK",
            "back": "I AM BACK",
            "call": "SEE THE CALL",
            "ask": "ASK FOR\nAN OPINION",
            "see": "SEE",
        }
    )

    def diary_at(self, at: dt.datetime) -> str:
        """``Tue 24/11 at 14:15``."""
        return f"{self.diary_weekdays[at.weekday()]} {at:%d/%m} at {at:%H:%M}"
