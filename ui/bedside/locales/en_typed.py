"""The English words of what is typed and of the early warning score."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from edge.domain.measurement import Name


class EnglishTyped:
    tiles: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "blood_pressure": "BP",
            "spo2": "SpO₂",
            "pulse": "Pulse",
            "temperature": "Temperature",
            "respiration": "Respiration",
            "weight": "Weight",
            "body_fat": "Body fat",
            "glucose": "Glucose",
            "consciousness": "Consciousness",
            "oxygen": "Oxygen",
            "pain": "Pain",
        }
    )
    expected = "— expected"
    expected_hint: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "blood_pressure": "Start the cuff, or touch to type.",
            "spo2": "Oximeter on the finger, or touch.",
            "pulse": "Comes with either, or touch.",
            "temperature": "Thermometer, or touch to type.",
            "respiration": "Count, then touch.",
            "weight": "Have the resident step on the scale.",
            "body_fat": "Comes with the scale.",
            "glucose": "Measure with the meter, or touch.",
            "consciousness": "Touch A, C, V, P or U.",
            "oxygen": "Touch AIR, or O₂ and its flow.",
            "pain": "Touch to rate it.",
        }
    )
    running = "RUNNING"
    not_saved = "Not kept yet"
    doubtful = "DOUBTFUL"
    doubt_sign = "┄ doubtful"
    saved_before = "Before: {}, {}"
    undo_with = "{} (and {})"
    undo_value = "UNDO {}"
    undo_nothing = "Nothing to undo"
    finish = "SAVE AND NEXT"
    finished = "Round saved."
    kept_on_arrival = "Each reading is kept as it arrives."

    typed_device = "✎ Typed"
    typed_saved = "Value kept, marked as typed."
    typed_title = "{} · typed"
    typed_fields: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "blood_pressure": "systolic / diastolic, in mmHg",
            "spo2": "in %",
            "pulse": "a minute",
            "temperature": "in °C",
            "respiration": "count a whole minute, breaths a minute",
            "weight": "in kg",
            "glucose": "in g/L",
            "oxygen": "oxygen flow, in litres a minute",
        }
    )
    typed_back = "BACK"
    typed_question = "{} {}: is that right?"
    typed_yes = "YES, KEEP"
    typed_no = "NO, CORRECT"
    typed_impossible = "{} cannot be {}: correct it."
    typed_unfinished = "Type both numbers, divided by the slash."
    typed_not_yours = "Your role may not type values."
    typed_other = "Other value:"

    acvpu: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"A": "alert", "C": "confus.", "V": "voice", "P": "pain", "U": "unresp."}
    )
    air = "AIR"
    oxygen_flow = "O₂ l/min"
    never_said = "not told yet"

    scale_names: ClassVar[Mapping[str, str]] = MappingProxyType({Name.PAIN: "✎ NRS", Name.ALGOPLUS: "✎ Algoplus"})
    pain_title = "Pain as the resident says it: from 0 to 10?"
    pain_hint = "0: no pain.   10: the worst pain imaginable."
    pain_cannot_speak = "CANNOT SAY IT: ALGOPLUS"
    algoplus_title = "Algoplus: what you see now"
    algoplus_items: ClassVar[Mapping[str, tuple[str, str]]] = MappingProxyType(
        {
            Name.ALGOPLUS_FACE: ("Facial expressions", "Frowning, grimacing, wincing, clenching teeth, unexpressive"),
            Name.ALGOPLUS_LOOK: ("Look", "Inattentive, blank stare, distant or imploring, teary-eyed, closed eyes"),
            Name.ALGOPLUS_COMPLAINTS: ("Complaints", "“Ow-ouch”, “that hurts”, groaning, screaming"),
            Name.ALGOPLUS_BODY: ("Body position", "Withdrawn, guarded, refuses to move, frozen posture"),
            Name.ALGOPLUS_BEHAVIOUR: (
                "Atypical behaviours",
                "Agitation, aggressivity, grabbing onto something or someone",
            ),
        }
    )
    algoplus_yes = "YES"
    algoplus_no = "NO"
    algoplus_open = "Answer all five lines: {} of 5."
    algoplus_total = "{} of 5"
    algoplus_pain = "2 and more: pain"
    algoplus_found = "pain (2 or more)"
    algoplus_save = "KEEP"

    score_aid = "a scoring aid, not an alarm"
    score_incomplete = "◌ INCOMPLETE"
    score_lacking = "Lacking: {}"
    score_oldest = "The oldest: {}"
    score_scale_one = "SpO₂ read on scale 1"
    score_scale_two = "SpO₂ read on scale 2, set by {}"
    score_set_two = "CHANGE TO SCALE 2 (hypercapnic respiratory failure)"
    score_set_one = "BACK TO SCALE 1"
    score_scale_doctor = "Only a doctor who signed in changes the scale."
    score_scale_asked = "Scale changed: traced under your name."
    score_window = "Each value counts for {}, then no more."
    score_old = "The cart is restarting: no score for the moment."
    score_risk: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "low": "△ LOW RISK",
            "low_medium": "▲ A SINGLE 3",
            "medium": "▲▲ MEDIUM RISK",
            "high": "▲▲▲ HIGH RISK",
        }
    )
    score_parts: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "respiration": "Respiration rate",
            "spo2": "SpO₂",
            "oxygen": "Air or oxygen",
            "systolic": "Systolic pressure",
            "pulse": "Pulse",
            "consciousness": "Consciousness",
            "temperature": "Temperature",
        }
    )
    score_short: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "respiration": "RR",
            "spo2": "SpO₂",
            "oxygen": "O₂",
            "systolic": "BP",
            "pulse": "pulse",
            "consciousness": "consc.",
            "temperature": "temp.",
        }
    )
    score_why: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "missing": "lacking",
            "stale": "too old",
            "doubtful": "doubtful, repeat it",
            "ahead": "still to come: a clock is wrong",
        }
    )
    score_needs_oxygen = "waits for air or oxygen"
