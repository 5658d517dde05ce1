"""What the residents' record says happened, and what of it the cart does by itself (RNIV: nothing is merged silently; H2).

The record is believed about its residents, with three limits. It makes no more of an identity than the table of
edge.domain.identity_status allows. Under one identifier there stays one person once something was captured. And where two
become one, a person decides whenever both have captures, their traits contradict, or one of them is on screen.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from edge.domain.identity_status import IdentityEvent, Standing, after
from edge.domain.patient import REPRESENTED, Attribute, Doctor, IdentityStatus, Ins, Patient, Protection, Sex
from edge.domain.recognition import is_another, plain
from edge.domain.text import sanitise_line

LONGEST_ID: Final = 64
"""Characters of an LO (DICOM PS3.5 6.2)."""


class What(enum.StrEnum):
    """In brackets the trigger events of IHE PAM (ITI-30, ITI-31)."""

    ADMITTED = "admitted"  # A01, A04
    UPDATED = "updated"  # A08, A28, A31
    MOVED = "moved"  # A02, A12
    MERGED = "merged"  # A40
    RENAMED = "renamed"  # A47: another identifier
    LEFT = "left"  # A03; A11, an admission that was none
    STAYS = "stays"  # A13
    DIED = "died"  # any of them with PID-30 = Y


class Outcome(enum.StrEnum):
    APPLIED = "applied"
    NOTHING = "nothing"  # it changes nothing here
    WAITING = "waiting"  # for a person
    REFUSED = "refused"
    ACCEPTED = "accepted"  # by a person
    DECLINED = "declined"  # by a person


class Stay(enum.StrEnum):
    """What becomes of ``Patient.departed``."""

    KEPT = "kept"
    BEGINS = "begins"
    ENDS = "ends"


@dataclasses.dataclass(frozen=True, slots=True)
class May:
    """What a movement may do: take somebody in who is not known, change her traits, change her room, begin or end her stay."""

    takes_in: bool = False
    traits: bool = False
    room: bool = False
    stay: Stay = Stay.KEPT


TABLE: Mapping[What, May] = MappingProxyType(
    {
        What.ADMITTED: May(takes_in=True, traits=True, room=True, stay=Stay.BEGINS),
        What.UPDATED: May(takes_in=True, traits=True, room=True),
        What.MOVED: May(takes_in=True, room=True),
        What.MERGED: May(traits=True),
        What.RENAMED: May(traits=True),
        What.LEFT: May(stay=Stay.ENDS),
        What.STAYS: May(takes_in=True, room=True, stay=Stay.BEGINS),
        What.DIED: May(stay=Stay.ENDS),
    }
)


@dataclasses.dataclass(frozen=True, slots=True)
class Reliability:
    """PID-32: whether the traits were validated on a document, and what is known against the identity."""

    validated: bool
    attributes: frozenset[Attribute] = frozenset()


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """What is said of one person. None: nothing is said of it, and what is known stays. ``ins`` None: she has none.

    "" of ``used_name`` and ``room``: there is none.
    """

    id: str
    birth_name: str | None = None
    given_names: str | None = None
    birth_date: dt.date | None = None
    sex: Sex | None = None
    used_name: str | None = None
    room: str | None = None
    ins: Ins | None = None
    reliability: Reliability | None = None
    birth_place: str | None = None
    allergies: tuple[str, ...] | None = None
    treating_doctor: Doctor | None = None
    protection: Protection | None = None
    representative: str | None = None
    long_term_illness: bool | None = None

    @property
    def lacks(self) -> str | None:
        """What she cannot be taken in without."""
        needed = {"birth name": self.birth_name, "given names": self.given_names}
        lacking = [name for name, value in needed.items() if not value]
        lacking += [name for name, value in {"birth date": self.birth_date, "sex": self.sex}.items() if value is None]
        return ", ".join(lacking) or None


@dataclasses.dataclass(frozen=True, slots=True)
class Movement:
    """``other_id`` is the identifier that is given up (MERGED, RENAMED). ``day`` is when it happened, where the stay ends."""

    what: What
    told: Told
    other_id: str = ""
    day: dt.date | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """What is here of an identifier. ``became``: it was given up for that one. ``captured``: something was, of her.

    ``erased``: she left, and her traits went when her retention was over; then there is no ``patient``.
    """

    patient: Patient | None = None
    captured: bool = False
    on_screen: bool = False
    became: str = ""
    erased: bool = False


class Way(enum.StrEnum):
    """How a movement came."""

    MLLP = "mllp"
    CSV = "csv"


@dataclasses.dataclass(frozen=True, slots=True)
class Received:
    """A message as it came. ``digest`` is that of what it says, in hex, but for when it was sent.

    ``movement`` None: it could not be read, or says nothing that concerns a cart; ``outcome`` and ``reason`` tell which.
    """

    way: Way
    sender: str
    control_id: str
    digest: str
    raw: bytes
    movement: Movement | None = None
    outcome: Outcome = Outcome.NOTHING
    reason: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Taken:
    """What became of it. ``again``: this very message had come before."""

    number: int
    outcome: Outcome
    reason: str = ""
    again: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Kept:
    """A movement as it is kept. ``what`` is None where it could not be read."""

    number: int
    came: dt.datetime
    way: Way
    what: What | None
    patient_id: str
    other_id: str
    outcome: Outcome
    reason: str


@dataclasses.dataclass(frozen=True, slots=True)
class Decision:
    """``put`` is how she stands from now on. ``join``: (whom, into whom). ``anew``: objects of former traits are built again.

    ``reason`` is one plain line without patient data.
    """

    outcome: Outcome
    reason: str = ""
    put: Patient | None = None
    join: tuple[str, str] | None = None
    anew: bool = False


def why_not_id(text: str) -> str | None:
    """Why no resident has ``text`` as her identifier; None where one may."""
    if not text:
        return "there is no local identifier"
    if len(text) > LONGEST_ID or text.strip() != text or "\\" in text or sanitise_line(text) != text:
        return "the identifier has signs that no object can hold as they are, or more than 64"
    return None


def decide(
    movement: Movement,
    here: Known,
    other: Known,
    issuer: str,
    *,
    accepted: bool = False,
    demonstration: bool = False,
) -> Decision:
    """``here`` is what is known under the identifier of the movement, ``other`` under ``other_id``.

    ``accepted``: a person said yes to what waits. Only a ``demonstration`` takes an INS of tests (H7).
    """
    told = movement.told
    for one in (told.id, *([movement.other_id] if movement.what in _JOINING else [])):
        if wrong := why_not_id(one):
            return _refused(wrong)
    if told.ins is not None and (wrong := told.ins.why_not(demonstration=demonstration)):
        return _refused(f"the INS is not taken: {wrong}")
    if here.became:
        return _refused("this identifier was merged into another one")
    if movement.what in _JOINING and other.patient is not None and told.id != movement.other_id:
        return _joined(movement, here, other, issuer, accepted=accepted)
    if movement.what in _JOINING and other.became and other.became != told.id:
        return _refused("the identifier to give up was merged into another one already")
    return _alone(movement, here, issuer)


_JOINING: Final = frozenset({What.MERGED, What.RENAMED})


def _alone(movement: Movement, here: Known, issuer: str) -> Decision:
    may, told = TABLE[movement.what], movement.told
    before = here.patient
    if before is None:
        if not may.takes_in and movement.what not in _JOINING:
            return Decision(Outcome.NOTHING, "nobody of this identifier is known here")
        if here.erased and may.stay is not Stay.BEGINS and movement.what not in _JOINING:
            return Decision(Outcome.NOTHING, "she left, and what was known of her here is erased")
        if lacking := told.lacks:
            return _refused(f"nobody of this identifier is known here, and the message does not say: {lacking}")
        return Decision(Outcome.APPLIED, put=_stay(_new(told, issuer), movement))
    corrected = _corrected(before, told)
    if is_another(before, corrected) and (here.captured or not may.traits):
        return _refused("under this identifier there is another person; a new resident needs an identifier of her own")
    changed = corrected if may.traits else before
    if may.room and told.room is not None:
        changed = dataclasses.replace(changed, room=told.room)
    changed = _stay(changed, movement)
    if changed == before:
        return Decision(Outcome.NOTHING, "all of it is known here")
    return Decision(Outcome.APPLIED, put=changed, anew=here.captured and _shows(before) != _shows(changed))


def listed(patient: Patient, here: Known) -> Decision:
    """A list of the house names her as she is: it is believed in all, but for who is somebody else."""
    if here.became:
        return _refused("this identifier was merged into another one")
    if here.patient == patient:
        return Decision(Outcome.NOTHING, "all of it is known here")
    if here.patient is not None and here.captured and is_another(here.patient, patient):
        return _refused("under this identifier there is another person; a new resident needs an identifier of her own")
    anew = here.patient is not None and here.captured and _shows(here.patient) != _shows(patient)
    return Decision(Outcome.APPLIED, put=patient, anew=anew)


def _joined(movement: Movement, here: Known, gone: Known, issuer: str, *, accepted: bool) -> Decision:
    """Of two identifiers that both may be known here."""
    assert gone.patient is not None
    told = movement.told
    was = here.patient or dataclasses.replace(gone.patient, id=told.id, issuer=issuer)
    # what waited is old: of its traits newer messages have told since
    stays = was if accepted and here.patient is not None else _corrected(was, told)
    if here.patient is not None and is_another(here.patient, stays) and here.captured:
        return _refused("under this identifier there is another person; a new resident needs an identifier of her own")
    if gone.on_screen:
        return Decision(Outcome.WAITING, "one of the two is on screen at the cart")
    if not accepted:
        if gone.captured and here.captured:
            return Decision(Outcome.WAITING, "something was captured of both")
        if contradict(gone.patient, stays) or (here.patient is not None and contradict(gone.patient, here.patient)):
            return Decision(Outcome.WAITING, "their traits contradict each other")
    anew = here.captured and _shows(was) != _shows(stays)
    return Decision(Outcome.APPLIED, put=stays, join=(gone.patient.id, stays.id), anew=anew)


def contradict(one: Patient, two: Patient) -> bool:
    """Whether a strict trait of one is not that of the other: birth name, first given name, date of birth, sex."""
    return _strict(one) != _strict(two)


def _strict(one: Patient) -> tuple[object, ...]:
    return plain(one.birth_name), plain(one.given_names).split()[:1], one.birth_date, one.sex


def _shows(one: Patient) -> tuple[object, ...]:
    """What an object that was built says of her."""
    return one.id, one.birth_name, one.given_names, one.birth_date, one.sex


def _new(told: Told, issuer: str) -> Patient:
    assert told.birth_name
    assert told.given_names
    assert told.birth_date
    assert told.sex
    bare = Patient(told.id, issuer, told.birth_name, told.given_names, told.birth_date, told.sex, room=told.room or "")
    return _corrected(bare, told)


def _corrected(before: Patient, told: Told) -> Patient:
    """With every trait that is said; room and stay as before."""
    said = dataclasses.replace(
        before,
        birth_name=told.birth_name or before.birth_name,
        given_names=told.given_names or before.given_names,
        birth_date=told.birth_date or before.birth_date,
        sex=told.sex or before.sex,
        used_name=before.used_name if told.used_name is None else told.used_name or None,
        birth_place=told.birth_place or before.birth_place,
        allergies=before.allergies if told.allergies is None else told.allergies,
        treating_doctor=told.treating_doctor or before.treating_doctor,
        # who has a guardian may have one by another law than that of the tutelle
        protection=before.protection if before.protection in REPRESENTED else told.protection or before.protection,
        representative=before.representative if told.representative is None else told.representative,
        long_term_illness=before.long_term_illness if told.long_term_illness is None else told.long_term_illness,
    )
    stands = standing(
        Standing(before.status, before.attributes),
        told.reliability,
        has_ins=told.ins is not None,
        changed=contradict(before, said) or plain(before.given_names) != plain(said.given_names),
    )
    return dataclasses.replace(said, ins=told.ins, status=stands.status, attributes=stands.attributes)


def standing(before: Standing, said: Reliability | None, *, has_ins: bool, changed: bool) -> Standing:
    """By events of the table only. ``changed``: a strict trait is another; ``has_ins``: the record has the INS of these traits."""
    if said is None:
        events = [IdentityEvent.TRAITS_CHANGED] if changed else []
        if not has_ins and before.status in {IdentityStatus.QUALIFIED, IdentityStatus.RETRIEVED}:
            events.append(IdentityEvent.NOT_CONFIRMED)
        return _through(before, events)
    events = [IdentityEvent.TRAITS_CHANGED]
    if Attribute.DOUBTFUL in before.attributes - said.attributes:
        events.append(IdentityEvent.DOUBT_SETTLED)
    if Attribute.HOMONYM in before.attributes - said.attributes:
        events.append(IdentityEvent.HOMONYM_SETTLED)
    events += [event for attribute, event in _GIVEN.items() if attribute in said.attributes]
    events += [IdentityEvent.RETRIEVED] if has_ins else []
    events += [IdentityEvent.VALIDATED] if said.validated else []
    return _through(before, events)


_GIVEN: Mapping[Attribute, IdentityEvent] = MappingProxyType(
    {
        Attribute.HOMONYM: IdentityEvent.HOMONYM_FOUND,
        Attribute.DOUBTFUL: IdentityEvent.DOUBTED,
        Attribute.FICTITIOUS: IdentityEvent.MADE_FICTITIOUS,
    }
)


def _through(stands: Standing, events: list[IdentityEvent]) -> Standing:
    """What cannot happen to it does not."""
    for event in events:
        try:
            stands = after(stands, event)
        except ValueError:
            continue
    return stands


def _stay(one: Patient, movement: Movement) -> Patient:
    match TABLE[movement.what].stay:
        case Stay.BEGINS:
            return dataclasses.replace(one, departed=None)
        case Stay.ENDS:
            return dataclasses.replace(one, departed=movement.day or one.departed)
    return one


def _refused(reason: str) -> Decision:
    return Decision(Outcome.REFUSED, reason)
