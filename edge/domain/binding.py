"""Whose is a reading? The rule that keeps one resident's reading off another's record (H1, H3).

A reading belongs to the resident on screen when it arrived, unless it began before she was there: a cuff that was put on
one resident and answers when the next is on screen. Such a reading is kept, and nobody's until a person says whose.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType

from edge.domain.measurement import Kind
from edge.domain.patient import Encounter, Patient

TAKES_SECONDS: Mapping[Kind, float] = MappingProxyType(
    {Kind.BLOOD_PRESSURE: 45.0, Kind.SPO2: 10.0, Kind.ECG: 10.0, Kind.PHOTO: 0.0}
)
"""How long a measurement may have been running when it arrives, in seconds; a cuff inflates and deflates in under 45."""


@dataclasses.dataclass(frozen=True, slots=True)
class OnScreen:
    """Who is on screen since ``since`` (monotonic seconds), and until when somebody else was (None: nobody lately)."""

    patient: Patient
    encounter: Encounter
    since: float
    other_until: float | None = None


def owner(kind: Kind, arrived: float, on_screen: OnScreen | None) -> OnScreen | None:
    """To whom a reading that arrived at ``arrived`` (monotonic seconds) belongs; None: to nobody yet."""
    if on_screen is None:
        return None
    began = arrived - TAKES_SECONDS[kind]
    if on_screen.other_until is not None and began < on_screen.other_until:
        return None
    return on_screen
