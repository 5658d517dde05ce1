"""What is nobody's, and who says whose it is: values, and the port through which a person decides (H1, H2).

The cart never decides: it offers who was on screen at about that time, and a person says. Residents are never taken for one
another by themselves, not even where all traits are alike.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from typing import Final, Protocol

from edge.domain.audit import Actor
from edge.domain.capture import Line
from edge.domain.identifier import uuid7
from edge.domain.measurement import Instant
from edge.domain.patient import Encounter, Patient, Sex

NOBODY: Final = ""
"""In place of a resident's id: it becomes nobody's again."""

LATE_SECONDS: Final = 120.0
"""How long after its end what was measured in a round may still arrive."""

ESTIMATED_YEARS: Final = range(1, 121)

_WITHOUT_IDENTITY: Final = "SANS-IDENTITE-"
_CALLED: Final = {Sex.FEMALE: "INCONNUE", Sex.MALE: "INCONNU"}
_LONGEST_ROOM: Final = 16


class Why(enum.StrEnum):
    """Why a reading is nobody's, as far as the store can tell."""

    NO_RESIDENT = "no_resident"  # nobody was on screen
    CHANGED = "changed"  # it may have begun on the one before
    FROM_MEMORY = "from_memory"  # out of a device's memory, of a time that is not known for sure
    TAKEN_BACK = "taken_back"  # a person said that it is not whose it was


@dataclasses.dataclass(frozen=True, slots=True)
class Stray:
    """An item of nobody. ``near`` are ids of residents who were on screen at about that time, the nearest first: an offer."""

    line: Line
    why: Why
    near: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Unread:
    """Bytes that were kept and not understood: ``number`` is their name in the store."""

    number: int
    device_id: str
    device_model: str
    taken: dt.datetime
    reason: str


@dataclasses.dataclass(frozen=True, slots=True)
class Apart:
    """What waits for a person to say whose it is, newest first, as much as a screen takes; and who can be reconciled back."""

    strays: tuple[Stray, ...] = ()
    unread: tuple[Unread, ...] = ()
    reconciled: tuple[tuple[Patient, str], ...] = ()
    """Residents without identity, and the id of whom each turned out to be."""


def without_identity(sex: Sex, room: str, about_years: int, issuer: str, now: dt.datetime) -> Patient:
    """A resident whom nobody can name: provisional, unique by a local id, so that she can be measured at once.

    ``now`` with the offset of the place. Where only the age can be told, RNIV has the 31st of December of that year. Raises
    ValueError for an age that nobody has, or a room of more than 16 characters.
    """
    if about_years not in ESTIMATED_YEARS or len(room) > _LONGEST_ROOM:
        raise ValueError("an estimated age is 1 to 120 years, a room 16 characters at most")
    return Patient(
        id=f"{_WITHOUT_IDENTITY}{uuid7()}",
        issuer=issuer,
        birth_name=_CALLED[sex],
        given_names=f"{now:%d/%m %H:%M}" + (f" Ch. {room}" if room else ""),
        birth_date=dt.date(now.year - about_years, 12, 31),
        sex=sex,
        room=room,
    )


def is_without_identity(patient_id: str) -> bool:
    return patient_id.startswith(_WITHOUT_IDENTITY)


class WhoseBook(Protocol):
    """A person says whose something is. What returns is durable and traced.

    Every method raises Fault(NOT_ALLOWED) for what cannot be, Fault(NO_RESIDENT) for a resident who is not known or was
    reconciled, Fault(PURGED) for what is not here any more, and then changed nothing.
    """

    async def apart(self) -> Apart: ...

    async def assign(self, item_id: str, patient_id: str, now: Instant, by: Actor) -> None:
        """What is nobody's is this resident's. Twice is as once."""
        ...

    async def set_aside(self, item_id: str, now: Instant, by: Actor) -> None:
        """What is nobody's stays so: it is kept, and listed no more."""
        ...

    async def move(self, item_id: str, patient_id: str, now: Instant, by: Actor) -> None:
        """What is somebody's is this resident's, or NOBODY's; what left of it is withdrawn, and it goes out anew."""
        ...

    async def move_round(
        self, encounter_id: str, patient_id: str, now: Instant, by: Actor, into: Encounter | None = None
    ) -> int:
        """All that was captured in a round, and all that still arrives of it. Returns how many items that were."""
        ...

    async def looked(self, number: int, now: Instant, by: Actor) -> None:
        """Somebody saw that these bytes are there."""
        ...

    async def new_resident(self, sex: Sex, room: str, about_years: int, now: Instant, by: Actor) -> Patient: ...

    async def reconcile(self, patient_id: str, became: str, now: Instant, by: Actor) -> int:
        """A resident without identity turned out to be ``became``. Returns how many items moved."""
        ...

    async def take_back(self, patient_id: str, now: Instant, by: Actor) -> int:
        """She is not who she was taken for: what was captured as hers is hers again."""
        ...
