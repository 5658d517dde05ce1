"""What a tap about appointments asks for."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Attend:
    """Resident and nurse are ready for it."""

    appointment_id: str


@dataclasses.dataclass(frozen=True, slots=True)
class StepOut:
    """The nurse leaves the room and is called back."""

    appointment_id: str


@dataclasses.dataclass(frozen=True, slots=True)
class ReturnTo:
    """She is back."""

    appointment_id: str


@dataclasses.dataclass(frozen=True, slots=True)
class CallOff:
    appointment_id: str


@dataclasses.dataclass(frozen=True, slots=True)
class ChooseDay:
    day: str


@dataclasses.dataclass(frozen=True, slots=True)
class ChooseHour:
    hour: int


@dataclasses.dataclass(frozen=True, slots=True)
class ChooseQuarter:
    minute: int


@dataclasses.dataclass(frozen=True, slots=True)
class ChooseField:
    """A speciality; "" for none."""

    specialty: str


@dataclasses.dataclass(frozen=True, slots=True)
class NextLength:
    """The next of the lengths that are offered."""


@dataclasses.dataclass(frozen=True, slots=True)
class NextUrgency:
    """The next of the urgencies."""


@dataclasses.dataclass(frozen=True, slots=True)
class PlanIt:
    """What was chosen is to be an appointment."""


DiaryAct = (
    Attend
    | StepOut
    | ReturnTo
    | CallOff
    | ChooseDay
    | ChooseHour
    | ChooseQuarter
    | ChooseField
    | NextLength
    | NextUrgency
    | PlanIt
)
