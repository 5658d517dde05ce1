"""The report of one encounter: everything that stands in it, gathered from what the cart recorded. Pure.

What was undone is counted and not shown; what is doubtful is shown, and said to be so. The same value is made into a PDF of
the whole (``sync.report.document``) and into the page that a doctor's billing needs (``sync.report.slip``).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from typing import Final, Literal

from edge.domain.answer import Answer
from edge.domain.body import Body
from edge.domain.consent import Consent
from edge.domain.measurement import DOUBTFUL, Device, Instant, Quality, Reading
from edge.domain.operator import Operator
from edge.domain.opinion import Opinion
from edge.domain.patient import Encounter, Patient
from edge.domain.photo import Photo
from edge.domain.specialist_note import SpecialistNote
from edge.domain.waveform import Waveform

Language = Literal["fr", "en"]

REPORTED_HERE: Final = Device("report", "report", "Compte rendu")
"""What stands where a device would."""

OLD: Final = dt.timedelta(hours=1)
"""From this age on a value's age stands beside it."""


@dataclasses.dataclass(frozen=True, slots=True)
class House:
    """Where the report was made. ``zone`` None: that of the machine; ``issuer`` gives the local identifiers, ``issuer_oid`` is
    its OID, "" where it has none. A ``demonstration`` is of invented residents, and says so on every page."""

    name: str
    finess: str = ""
    station: str = ""
    software: str = ""
    issuer: str = ""
    issuer_oid: str = ""
    zone: dt.tzinfo | None = None
    demonstration: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Taken:
    """Who captured something, with what, when."""

    item_id: str
    at: Instant
    device: Device
    operator: Operator | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Value:
    """One reading of vital signs."""

    taken: Taken
    reading: Reading

    @property
    def typed(self) -> bool:
        return Quality.TYPED in self.reading.quality

    @property
    def doubts(self) -> tuple[Quality, ...]:
        """Why the number itself is in doubt, of the reading and of each of its components, each reason once."""
        every = [*self.reading.quality, *(one for part in self.reading.components for one in part.quality)]
        return tuple(dict.fromkeys(one for one in every if one in DOUBTFUL))

    @property
    def remarks(self) -> tuple[Quality, ...]:
        """What else is known of it."""
        every = [*self.reading.quality, *(one for part in self.reading.components for one in part.quality)]
        return tuple(dict.fromkeys(one for one in every if one not in DOUBTFUL and one is not Quality.TYPED))


@dataclasses.dataclass(frozen=True, slots=True)
class Trace:
    taken: Taken
    waveform: Waveform


@dataclasses.dataclass(frozen=True, slots=True)
class Picture:
    """``photo`` is without its bytes: they are ``file``, where they are kept."""

    taken: Taken
    photo: Photo
    file: Body


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """A request for an opinion."""

    taken: Taken
    opinion: Opinion


@dataclasses.dataclass(frozen=True, slots=True)
class Talk:
    """A teleconsultation. ``connected`` None: nobody was ever seen or heard in it. ``failed``: it ended by itself."""

    call_id: str
    requested: dt.datetime
    admitted: dt.datetime | None = None
    connected: dt.datetime | None = None
    ended: dt.datetime | None = None
    failed: bool = False


class Part(enum.StrEnum):
    """What somebody did in the encounter."""

    BEDSIDE = "bedside"  # captured, asked, let in
    ASKED = "asked"  # is asked for an opinion
    ANSWERED = "answered"
    TREATING = "treating"  # the resident's doctor, who was not there for that


@dataclasses.dataclass(frozen=True, slots=True)
class Participant:
    operator: Operator
    part: Part


class Mishap(enum.StrEnum):
    """A technical incident that somebody who reads the report has to know of."""

    CALL_FAILED = "call_failed"
    CALL_ALONE = "call_alone"  # nobody came
    UNDONE = "undone"  # values or pictures that were undone, and are not in the report
    NOT_UNDERSTOOD = "not_understood"  # bytes of a device, kept, with no value in them
    CLOCK = "clock"  # captured while the cart's clock was not known to be right
    GONE = "gone"  # not on the cart any more
    STORE = "store"  # what the cart keeps was damaged or cut meanwhile
    UNREADABLE = "unreadable"  # a file of this encounter that cannot be read


@dataclasses.dataclass(frozen=True, slots=True)
class Incident:
    """``count`` of what it befell; ``at`` None where that is not one moment."""

    mishap: Mishap
    count: int = 1
    at: dt.datetime | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class EncounterReport:
    """``number`` is that of the report itself, the id of its item; ``made`` when it was promised: what is old is old by then.

    Everything stands in the order in which it was taken. ``sounds`` were recorded and are with the pictures; ``enclosed`` are the
    keys of the answers with which a PDF came. ``replaces`` is the number of the report before this one, which then counts no
    more; ``void``: neither does this one. ``superseded``: a later one tells more, and this one was right when it was made.
    """

    number: str
    made: Instant
    patient: Patient
    encounter: Encounter
    closed: dt.datetime | None = None
    values: tuple[Value, ...] = ()
    traces: tuple[Trace, ...] = ()
    pictures: tuple[Picture, ...] = ()
    sounds: int = 0
    asked: tuple[Asked, ...] = ()
    answers: tuple[Answer, ...] = ()
    enclosed: frozenset[str] = frozenset()
    talks: tuple[Talk, ...] = ()
    notes: tuple[SpecialistNote, ...] = ()
    consents: tuple[Consent, ...] = ()
    participants: tuple[Participant, ...] = ()
    incidents: tuple[Incident, ...] = ()
    replaces: str = ""
    void: bool = False
    superseded: bool = False

    def age(self, taken: Taken) -> dt.timedelta:
        """When the report was made; never less than nothing."""
        return max(dt.timedelta(), self.made.utc - taken.at.utc)

    def of_part(self, part: Part) -> tuple[Operator, ...]:
        return tuple(one.operator for one in self.participants if one.part is part)

    @property
    def spoken(self) -> tuple[Talk, ...]:
        """The calls in which somebody was seen or heard."""
        return tuple(talk for talk in self.talks if talk.connected is not None)


def due(*, opinions: int, talks: int) -> bool:
    """Whether a closed round gets a report by itself: somebody far away was asked, or spoken to."""
    return opinions + talks > 0
