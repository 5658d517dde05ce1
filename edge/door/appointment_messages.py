"""What passes the door about appointments."""

from __future__ import annotations

import msgspec

from edge.door.command import Command


class PlanAppointment(Command, frozen=True):
    """For the resident of ``encounter_id``. ``starts`` is ISO 8601 with its offset; ``specialty`` "" for none, whose doctor of the

    settings is the addressee. ``request_id`` is the request for an opinion that is its dossier, "" for none.
    """

    encounter_id: str
    starts: str
    specialty: str = ""
    urgency: str = "routine"
    minutes: int = 20
    request_id: str = ""


class CancelAppointment(Command, frozen=True):
    appointment_id: str


class BeReady(Command, frozen=True):
    """Resident and nurse are there: the lobby is opened, where a consent allows it. For the resident of ``encounter_id``."""

    appointment_id: str
    encounter_id: str


class LeaveRoom(Command, frozen=True):
    """The lobby stays open, and whoever is at the cart is called back when the doctor is there."""

    appointment_id: str


class ComeBack(Command, frozen=True):
    """The resident of ``encounter_id`` is on screen again; the doctor may then be let in as ever."""

    appointment_id: str
    encounter_id: str


class DoctorLate(Command, frozen=True):
    """Media: whoever waits in the lobby of ``call_id`` says by how many ``minutes`` the appointment begins later than planned."""

    call_id: str
    minutes: int


AnyAppointment = PlanAppointment | CancelAppointment | BeReady | LeaveRoom | ComeBack | DoctorLate

APPOINTMENTS: frozenset[type[Command]] = frozenset({PlanAppointment, CancelAppointment, BeReady, LeaveRoom, ComeBack})
"""What is asked at the screen."""


class AppointmentCard(msgspec.Struct, frozen=True, kw_only=True):
    """``state`` and ``why`` are words of edge.domain.appointment. ``delay`` in minutes, None where nobody said one.

    ``reminded``: every page says it now. ``rings``: its doctor is there and nobody is with the resident. ``elsewhere``: it was
    planned by a source, and is cancelled there.
    """

    id: str
    patient_id: str
    starts: str
    expected: str
    minutes: int
    state: str
    why: str = ""
    specialty: str = ""
    urgency: str = "routine"
    addressee: str = ""
    request_id: str = ""
    delay: int | None = None
    delay_by: str = ""
    delay_at: str = ""
    reminded: bool = False
    rings: bool = False
    elsewhere: bool = False


class DiaryCard(msgspec.Struct, frozen=True, kw_only=True):
    """By their time: what is open, and what was over within the last day."""

    appointments: tuple[AppointmentCard, ...] = ()
