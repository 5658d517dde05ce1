"""The electrical signal of an invented heart, for the simulated recorders: Gaussian waves on a line, lead by lead."""

from __future__ import annotations

import math
from collections.abc import Mapping

# of a beat's length: when each wave peaks, and how wide it is
_WAVES = {"P": (0.18, 0.025), "Q": (0.265, 0.008), "R": (0.29, 0.010), "S": (0.315, 0.009), "T": (0.50, 0.045)}

LEADS: Mapping[str, Mapping[str, float]] = {
    # millivolts of each wave
    "I": {"P": 0.08, "Q": -0.04, "R": 0.70, "S": -0.10, "T": 0.20},
    "II": {"P": 0.14, "Q": -0.06, "R": 1.10, "S": -0.14, "T": 0.30},
    "V1": {"P": 0.05, "Q": 0.0, "R": 0.20, "S": -0.90, "T": -0.10},
    "V2": {"P": 0.06, "Q": 0.0, "R": 0.40, "S": -1.20, "T": 0.35},
    "V3": {"P": 0.07, "Q": -0.02, "R": 0.80, "S": -0.80, "T": 0.40},
    "V4": {"P": 0.08, "Q": -0.05, "R": 1.40, "S": -0.50, "T": 0.40},
    "V5": {"P": 0.08, "Q": -0.06, "R": 1.30, "S": -0.25, "T": 0.32},
    "V6": {"P": 0.07, "Q": -0.06, "R": 1.00, "S": -0.10, "T": 0.25},
}

_DERIVED = {"III": (-1.0, 1.0), "aVR": (-0.5, -0.5), "aVL": (1.0, -0.5), "aVF": (-0.5, 1.0)}
"""What each is of leads I and II (Einthoven, Goldberger)."""

TWELVE = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")


def millivolts(lead: str, at_seconds: float, beats_a_minute: float = 72.0) -> float:
    """The signal of ``lead`` at a moment."""
    if lead in _DERIVED:
        one, two = _DERIVED[lead]
        return one * millivolts("I", at_seconds, beats_a_minute) + two * millivolts("II", at_seconds, beats_a_minute)
    phase = at_seconds * beats_a_minute / 60 % 1.0
    return sum(
        height * math.exp(-(((phase - _WAVES[wave][0]) / _WAVES[wave][1]) ** 2) / 2)
        for wave, height in LEADS[lead].items()
    )
