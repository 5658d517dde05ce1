"""An appointment with somebody afar: for whom, with whom, when, how it stands, and what the screen reminds of. Pure.

It allows nothing: a call opens on a consent as any other (edge.domain.consent). How it stands is the table below.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from edge.domain.opinion import Addressee, Specialty, Urgency


class State(enum.StrEnum):
    PLANNED = "planned"
    WAITING = "waiting"  # resident and nurse are ready, the lobby of the call is open
    AWAY = "away"  # likewise, but the nurse left the room: she is called back when the doctor is there
    IN_CALL = "in_call"
    DONE = "done"
    MISSED = "missed"
    CANCELLED = "cancelled"


class Event(enum.StrEnum):
    PLANNED = "planned"  # the first
    RESCHEDULED = "rescheduled"
    DELAYED = "delayed"  # the doctor said by how much he is late
    READY = "ready"
    LEFT = "left"
    BACK = "back"
    BEGUN = "begun"
    ENDED = "ended"
    STOPPED = "stopped"  # nobody waits any more, or the call broke
    MISSED = "missed"
    CANCELLED = "cancelled"


class Why(enum.StrEnum):
    """Why an appointment was missed or cancelled; NONE for any other step."""

    NONE = ""
    NOT_READY = "not_ready"  # nobody opened the call for the resident in time
    NO_DOCTOR = "no_doctor"  # people waited and nobody came
    BY_HAND = "by_hand"
    DEPARTED = "departed"  # she left the house, or died
    BY_SOURCE = "by_source"  # whoever planned it took it back


NEXT: Mapping[tuple[State, Event], State] = MappingProxyType(
    {
        (State.PLANNED, Event.RESCHEDULED): State.PLANNED,
        (State.PLANNED, Event.DELAYED): State.PLANNED,
        (State.PLANNED, Event.READY): State.WAITING,
        (State.PLANNED, Event.MISSED): State.MISSED,
        (State.PLANNED, Event.CANCELLED): State.CANCELLED,
        (State.WAITING, Event.DELAYED): State.WAITING,
        (State.WAITING, Event.LEFT): State.AWAY,
        (State.WAITING, Event.BEGUN): State.IN_CALL,
        (State.WAITING, Event.STOPPED): State.PLANNED,
        (State.WAITING, Event.MISSED): State.MISSED,
        (State.WAITING, Event.CANCELLED): State.CANCELLED,
        (State.AWAY, Event.DELAYED): State.AWAY,
        (State.AWAY, Event.BACK): State.WAITING,
        (State.AWAY, Event.STOPPED): State.PLANNED,
        (State.AWAY, Event.MISSED): State.MISSED,
        (State.AWAY, Event.CANCELLED): State.CANCELLED,
        (State.IN_CALL, Event.ENDED): State.DONE,
        (State.IN_CALL, Event.STOPPED): State.PLANNED,
    }
)
"""What was done, missed or cancelled stays so; another appointment is planned then."""

OPEN: Final = frozenset({State.PLANNED, State.WAITING, State.AWAY, State.IN_CALL})
HELD: Final = frozenset({State.WAITING, State.AWAY, State.IN_CALL})
"""A call is open for it."""


def next_state(state: State, event: Event) -> State:
    """Raises ValueError for what cannot happen in ``state``."""
    try:
        return NEXT[state, event]
    except KeyError:
        raise ValueError(f"{event} cannot happen to an appointment that is {state}") from None


SHORTEST: Final = dt.timedelta(minutes=5)
LONGEST: Final = dt.timedelta(hours=3)
AHEAD: Final = dt.timedelta(days=366)
"""How far ahead one is planned."""

LONGEST_DELAY: Final = 240
"""Minutes that a doctor may announce."""

PATIENCE: Final = dt.timedelta(minutes=30)
"""After the start, as announced last, within which a call has to begin."""

REMINDED: Final = dt.timedelta(minutes=60)
"""Before the start from which every page says it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Delay:
    """``minutes`` after the planned start, as ``by`` announced ``at``. 0 takes back what was said."""

    minutes: int
    by: str
    at: dt.datetime

    def __post_init__(self) -> None:
        if not 0 <= self.minutes <= LONGEST_DELAY:
            raise ValueError(f"a delay is of 0 to {LONGEST_DELAY} minutes")
        if self.at.tzinfo is None:
            raise ValueError("a delay was announced at a time with its zone")


@dataclasses.dataclass(frozen=True, slots=True)
class Appointment:
    """As it stands. ``patient_id`` is whose it is now; ``request_id`` the request for an opinion that is its dossier, "" for none.

    ``source`` and ``origin``: who planned it elsewhere, and what it is called there; "" for this cart. ``call_id``: whose lobby
    is open for it. Raises ValueError for one that cannot be.
    """

    id: str
    patient_id: str
    starts: dt.datetime
    lasts: dt.timedelta
    addressee: Addressee = Addressee()  # noqa: RUF009
    specialty: Specialty | None = None
    urgency: Urgency = Urgency.ROUTINE
    request_id: str = ""
    source: str = ""
    origin: str = ""
    state: State = State.PLANNED
    delay: Delay | None = None
    call_id: str = ""
    why: Why = Why.NONE
    planned_by: str = ""

    def __post_init__(self) -> None:
        if self.starts.tzinfo is None:
            raise ValueError("an appointment starts at a time with its zone")
        if not SHORTEST <= self.lasts <= LONGEST:
            raise ValueError("an appointment lasts from 5 minutes to 3 hours")

    @property
    def expected(self) -> dt.datetime:
        """When the doctor is expected, as announced last."""
        return _later(self.starts, dt.timedelta(minutes=self.delay.minutes if self.delay else 0))

    @property
    def ends(self) -> dt.datetime:
        return _later(self.starts, self.lasts)

    @property
    def late_after(self) -> dt.datetime:
        return _later(self.expected, PATIENCE)

    @property
    def open(self) -> bool:
        return self.state in OPEN

    def may(self, event: Event) -> bool:
        return (self.state, event) in NEXT

    def after(self, event: Event, why: Why = Why.NONE) -> Appointment:
        """Raises ValueError for what cannot happen now."""
        state = next_state(self.state, event)
        return dataclasses.replace(self, state=state, why=why, call_id=self.call_id if state in HELD else "")


@dataclasses.dataclass(frozen=True, slots=True)
class Offered:
    """What a source says of one of its appointments. ``requests``: of ours, that it says to be based on."""

    origin: str
    starts: dt.datetime
    lasts: dt.timedelta
    addressee: Addressee = Addressee()  # noqa: RUF009
    requests: tuple[str, ...] = ()
    taken_back: bool = False


def _later(at: dt.datetime, by: dt.timedelta) -> dt.datetime:
    """The end of all time for what would lie behind it: a source's odd row stands for itself and stops nothing else."""
    try:
        return at + by
    except OverflowError:
        return dt.datetime.max.replace(tzinfo=at.tzinfo)


def to_plan(one: Appointment, now: dt.datetime) -> None:
    """Raises ValueError where it lies in the past or too far ahead; one that should have begun a moment ago is taken."""
    if one.starts < now - SHORTEST:
        raise ValueError("it lies in the past")
    if one.starts > now + AHEAD:
        raise ValueError("it lies more than a year ahead")


def clash(one: Appointment, others: Iterable[Appointment]) -> Appointment | None:
    """Another open one of the same resident within the same time: the cart has one call at a time, and she is one person."""
    for other in others:
        if other.id == one.id or not other.open or other.patient_id != one.patient_id:
            continue
        if one.starts < other.ends and other.starts < one.ends:
            return other
    return None


def missed(one: Appointment, now: dt.datetime, *, doctor_there: bool = False) -> Why:
    """Why it counts as missed now; NONE while it does not. Who waits for a doctor who is at the door has not missed him."""
    if not one.may(Event.MISSED) or doctor_there or now <= one.late_after:
        return Why.NONE
    return Why.NOT_READY if one.state is State.PLANNED else Why.NO_DOCTOR


def reminders(appointments: Iterable[Appointment], now: dt.datetime) -> list[Appointment]:
    """What every page says now: open ones that are due within the hour or overdue, the earliest first."""
    due = [one for one in appointments if one.open and one.expected - now <= REMINDED]
    return sorted(due, key=lambda one: (one.expected, one.id))


def link_minutes(one: Appointment, now: dt.datetime) -> int:
    """How long the doctor's link has to hold if the call is opened now: until nobody would wait any more, and its time after that."""
    until = _later(max(one.late_after, now + PATIENCE), dt.timedelta(minutes=LONGEST_DELAY))
    return max(15, min(int((until - now).total_seconds() // 60), LONGEST_LINK))


LONGEST_LINK: Final = 480
"""Minutes."""
