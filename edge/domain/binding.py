"""Whose is a reading? The rule that keeps one resident's reading off another's record (H1, H3).

A reading belongs to the resident on screen when it arrives, unless somebody else was on screen while it may have been
running: a cuff that was put on one resident and answers when the next is on screen. One that a device had kept in its
memory belongs to who was on screen when it was made, if that is known and still so. Any other is saved, and nobody's until
a person says whose.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType

from edge.domain.measurement import Kind
from edge.domain.patient import Encounter, Patient

TAKES_SECONDS: Mapping[Kind, float] = MappingProxyType(
    {
        Kind.BLOOD_PRESSURE: 45.0,
        Kind.SPO2: 10.0,
        Kind.TEMPERATURE: 30.0,
        Kind.HEART_RATE: 10.0,
        Kind.RESPIRATION: 30.0,
        Kind.WEIGHT: 20.0,
        Kind.BODY_COMPOSITION: 30.0,
        Kind.GLUCOSE: 15.0,
        Kind.CONSCIOUSNESS: 0.0,
        Kind.OXYGEN: 0.0,
        Kind.PAIN: 0.0,
        Kind.ECG: 10.0,
        Kind.PHOTO: 0.0,
        Kind.SOUND: 0.0,
    }
)
"""How long a measurement may have been running when it arrives, in seconds; a cuff inflates and deflates in under 45."""

AT_ONCE = 10.0
"""Seconds that a device may take to hand over what it has just measured; whoever is on screen then was meant."""

REMEMBERED_SECONDS = 120.0
"""For how long it matters who was on screen: more than any measurement takes."""


@dataclasses.dataclass(frozen=True, slots=True)
class OnScreen:
    """Who is on screen since ``since``, and until when the last other resident was (None: none is remembered).

    Monotonic seconds.
    """

    patient: Patient
    encounter: Encounter
    since: float
    other_until: float | None = None


class Presence:
    """Who is on screen, and until when every other resident was. Times are monotonic seconds, given in."""

    def __init__(self) -> None:
        self.shown: OnScreen | None = None
        self._left: dict[str, float] = {}

    def show(self, patient: Patient, encounter: Encounter, now: float) -> None:
        if self.shown is not None:
            self._left[self.shown.patient.id] = now
        others = [until for patient_id, until in self._left.items() if patient_id != patient.id]
        self.shown = OnScreen(patient, encounter, now, max(others, default=None))

    def renew(self, patient: Patient) -> None:
        """The same resident under other traits: since when she is on screen stays."""
        if self.shown is not None and self.shown.patient.id == patient.id:
            self.shown = dataclasses.replace(self.shown, patient=patient)

    def clear(self, now: float) -> None:
        if self.shown is not None:
            self._left[self.shown.patient.id] = now
        self.shown = None

    def remember(self, patient_id: str, until: float) -> None:
        """After a restart: this resident had been on screen until then."""
        self._left[patient_id] = max(until, self._left.get(patient_id, until))


def owner(kind: Kind, arrived: float, on_screen: OnScreen | None, *, age: float | None = 0.0) -> OnScreen | None:
    """To whom a reading that arrived at ``arrived`` (monotonic seconds) belongs; None: to nobody yet.

    ``age`` is how many seconds before that the measurement ended, None where it cannot be told.
    """
    if on_screen is None or age is None:
        return None
    ended = arrived - age
    if age > AT_ONCE and ended < on_screen.since:
        return None
    began = ended - TAKES_SECONDS[kind]
    if on_screen.other_until is not None and began < on_screen.other_until:
        return None
    return on_screen
