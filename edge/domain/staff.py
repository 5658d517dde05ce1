"""Who works at the cart: the staff list of a site, what each profession may do, and how often a PIN may be tried.

A list is signed by the site, has a number that only grows, and a day on which it ends: a cart that was offline for long
trusts nobody for ever. A replacement is let in for one shift by somebody who may. Whoever is neither gets through the
emergency door only, which opens the call and nothing else.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import itertools
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from edge.domain.measurement import Instant


class Role(enum.StrEnum):
    """The word is the one of the staff file."""

    NURSE = "infirmier"
    CARE_ASSISTANT = "aide-soignant"
    DOCTOR = "medecin"
    PHARMACIST = "pharmacien"
    OTHER_PROFESSION = "autre"  # télésoin: physiotherapist, speech therapist, psychologist, ...
    ADMIN = "admin"


class Deed(enum.StrEnum):
    """What somebody may want to do at the screen."""

    CHOOSE_RESIDENT = "choose_resident"
    NEW_RESIDENT = "new_resident"  # without identity, to be reconciled
    RECONCILE = "reconcile"  # says whose a reading is, or that two are one
    MEASURE = "measure"
    TYPE_VALUE = "type_value"
    UNDO = "undo"
    ECG = "ecg"
    PHOTO = "photo"
    SOUND = "sound"
    ASK_OPINION = "ask_opinion"
    ACKNOWLEDGE = "acknowledge"  # an answer that came back
    CALL = "call"
    EMERGENCY_CALL = "emergency_call"
    HANDOVER = "handover"
    SCALE_TWO = "scale_two"  # the SpO2 scale of NEWS2 for hypercapnic failure
    LET_IN = "let_in"  # a replacement, for one shift
    DEVICES = "devices"
    ADMINISTER = "administer"


_AT_THE_BEDSIDE: Final = frozenset(
    {
        *(Deed.CHOOSE_RESIDENT, Deed.NEW_RESIDENT, Deed.MEASURE, Deed.TYPE_VALUE, Deed.UNDO, Deed.PHOTO),
        *(Deed.ECG, Deed.CALL, Deed.EMERGENCY_CALL, Deed.HANDOVER),
    }
)
_CARE: Final = _AT_THE_BEDSIDE | {Deed.SOUND, Deed.RECONCILE, Deed.ASK_OPINION, Deed.ACKNOWLEDGE}

MAY: Mapping[Role, frozenset[Deed]] = MappingProxyType(
    {
        Role.NURSE: _CARE | {Deed.LET_IN, Deed.DEVICES},
        # at night often alone: she measures and calls; whose a stray reading is, and what an answer asks for, waits for a nurse
        Role.CARE_ASSISTANT: _AT_THE_BEDSIDE,
        Role.DOCTOR: _CARE | {Deed.SCALE_TWO, Deed.LET_IN},
        Role.PHARMACIST: frozenset({Deed.CHOOSE_RESIDENT, Deed.CALL, Deed.EMERGENCY_CALL, Deed.HANDOVER}),
        Role.OTHER_PROFESSION: frozenset(
            {Deed.CHOOSE_RESIDENT, Deed.MEASURE, Deed.TYPE_VALUE, Deed.UNDO, Deed.PHOTO, Deed.CALL, Deed.EMERGENCY_CALL}
        ),
        Role.ADMIN: frozenset({Deed.DEVICES, Deed.ADMINISTER, Deed.EMERGENCY_CALL}),
    }
)
"""What a screen shows as possible, and what edge refuses otherwise."""

WITHOUT_BADGE: Final = frozenset({Deed.CHOOSE_RESIDENT, Deed.EMERGENCY_CALL})
"""What the emergency door on the locked screen opens; traced as such."""


@dataclasses.dataclass(frozen=True, slots=True)
class Member:
    """One person of the list. ``id`` is what the audit trail names; ``rpps`` has 11 digits where the profession has one.

    ``badge`` is what the reader gives of her badge, or ""; ``code`` is the number that she types in its place, or "", and no
    secret; ``until`` is her last day. ``ends`` is set for a replacement who was let in at the screen: the end of her shift.
    """

    id: str
    name: str
    role: Role
    rpps: str = ""
    badge: str = ""
    code: str = ""
    until: dt.date | None = None
    ends: dt.datetime | None = None

    @property
    def may(self) -> frozenset[Deed]:
        """A replacement lets nobody in: access goes on from shift to shift by those of the list."""
        return MAY[self.role] - ({Deed.LET_IN} if self.ends else set())


REPLACEMENTS: Final = (Role.NURSE, Role.CARE_ASSISTANT, Role.OTHER_PROFESSION)
"""Who may be let in at the screen; a doctor and a pharmacist come with their RPPS number, on the list."""

SHIFTS: Final = (4, 8, 12)
"""Hours that the screen offers."""

LONGEST_SHIFT: Final = dt.timedelta(hours=12)

LONGEST_NAME: Final = 24


@dataclasses.dataclass(frozen=True, slots=True)
class Replacement:
    """Let in at ``since`` by ``let_in_by`` (the id of a member) until the member's ``ends``."""

    member: Member
    since: Instant
    let_in_by: str

    def over(self, now: Instant) -> bool:
        """Whether her shift is, by the wall clock or, since the machine started, by monotonic time. Once over it stays over."""
        ends = self.member.ends
        if ends is None or now.utc >= ends:
            return True
        gone = dt.timedelta(microseconds=(now.monotonic_ns - self.since.monotonic_ns) / 1000)
        return now.boot_id == self.since.boot_id and gone >= ends - self.since.utc

    def there(self, now: Instant) -> bool:
        """A clock that is set back prolongs nothing; after a restart one that says less than when she was let in is not believed."""
        return not self.over(now) and (now.boot_id == self.since.boot_id or self.since.utc <= now.utc)

    @property
    def closed(self) -> bool:
        """Ended for good, whatever a clock says later."""
        return self.member.ends is not None and self.member.ends <= self.since.utc


def why_not_let_in(name: str, role: Role, shift: dt.timedelta) -> str | None:
    """What is wrong, in French for the screen; None where nothing is."""
    if not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        return f"un nom de 1 à {LONGEST_NAME} lettres"
    if role not in REPLACEMENTS:
        return "cette fonction n'entre que par la liste du personnel"
    if not dt.timedelta() < shift <= LONGEST_SHIFT:
        return "12 heures au plus"
    return None


@dataclasses.dataclass(frozen=True, slots=True)
class StaffList:
    """``number`` grows from list to list; ``expires`` is the last day on which it is believed."""

    site: str
    number: int
    expires: dt.date
    members: tuple[Member, ...]


class Entrance(enum.StrEnum):
    """What came of a try to sign in."""

    IN = "in"
    SET_PIN = "set_pin"  # known, and has none yet: she chooses one now
    START = "start"  # has none yet, and came without a badge: her start code is asked for
    NOT_INVITED = "not_invited"  # likewise, and there is no start code for her
    WRONG_PIN = "wrong_pin"
    WAIT = "wait"  # too many wrong ones
    UNKNOWN = "unknown"
    ENDED = "ended"  # her last day, or that of the list, is over


FREE_TRIES: Final = 3
_LONGEST_WAIT: Final = dt.timedelta(minutes=15)


def wait_after(failures: int) -> dt.timedelta:
    """How long no PIN is looked at after so many wrong ones in a row: nothing, then 30 s doubling, at most 15 minutes.

    Never for ever: whoever stands before a resident must get in again.
    """
    if failures < FREE_TRIES:
        return dt.timedelta()
    return min(_LONGEST_WAIT, dt.timedelta(seconds=30 * 2 ** min(failures - FREE_TRIES, 10)))


@dataclasses.dataclass(frozen=True, slots=True)
class Tries:
    """Of one member's PIN: how many wrong ones in a row, and when the last was (boot and monotonic nanoseconds)."""

    failures: int = 0
    boot_id: str = ""
    monotonic_ns: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """A member as the cart knows her. ``pin`` is the hash (argon2id, PHC) of the one that she chose, or None.

    ``start`` likewise of the code with which she may choose it without a badge, believed until ``start_until``.
    """

    member: Member
    pin: str | None
    tries: Tries
    start: str | None = None
    start_until: dt.datetime | None = None


def still_to_wait(tries: Tries, boot_id: str, monotonic_ns: int) -> dt.timedelta:
    """By monotonic time: a clock that is set forward opens nothing. After a reboot all of it is waited from the start of the machine."""
    since = monotonic_ns - (tries.monotonic_ns if tries.boot_id == boot_id else 0)
    return max(dt.timedelta(), wait_after(tries.failures) - dt.timedelta(microseconds=since / 1000))


START_DIGITS: Final = 8
START_FOR: Final = dt.timedelta(hours=24)
"""For which a start code is believed."""

PIN_DIGITS: Final = range(4, 9)


def why_not_pin(pin: str) -> str | None:
    """What is wrong with a new PIN, in French for the screen; None where nothing is."""
    if not pin.isascii() or not pin.isdigit() or len(pin) not in PIN_DIGITS:
        return "4 à 8 chiffres"
    steps = {(int(b) - int(a)) % 10 for a, b in itertools.pairwise(pin)}
    return "trop simple : pas de suite ni de chiffre répété" if len(steps) == 1 and steps <= {0, 1, 9} else None


def standing(member: Member, staff: StaffList, today: dt.date) -> bool:
    """Whether ``member`` may work here today."""
    return today <= staff.expires and (member.until is None or today <= member.until)
