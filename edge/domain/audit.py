"""The audit trail: who did what, on whom, when, from where; each entry chained to the one before it by a hash.

A reading that a device sent is no entry: its own row says what came and when. What a person does is one, and so is what
changes the store itself. Residents, encounters and items are named by their ids and never by traits; ``detail`` holds
counts, words of ours and ids.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import hashlib
from collections.abc import Iterable, Iterator

from edge.domain.measurement import Instant


class Act(enum.StrEnum):
    """One word for each kind of act. A word is never given another meaning; later releases may add words."""

    # the store
    CREATED = "created"
    MIGRATED = "migrated"
    PURPOSE = "purpose"  # for care or for demonstrations
    RESIDENTS = "residents"  # the residents' file changed somebody
    EXPORTED = "exported"  # this trail
    STUDY = "study"  # the files of one, written to a folder
    REPORTED = "reported"  # the report of a round, or what its billing needs: to a file, or to be sent
    BACKED_UP = "backed_up"
    RESTORED = "restored"
    REKEYED = "rekeyed"
    SALVAGED = "salvaged"
    REMOVED = "removed"  # a copy that was kept of the store as it was, on a person's word
    LOST = "lost"  # rows that had been saved were found to be gone
    PURGED = "purged"
    SEEN = "seen"  # an incident of the store was acknowledged
    # the bedside
    CHOSEN = "chosen"
    LEFT = "left"
    UNDONE = "undone"  # marked as entered in error
    PHOTO = "photo"  # asked for
    SOUND = "sound"  # asked for
    STRIP = "strip"  # a recording of the running ECG, asked for
    STRIP_STOPPED = "strip_stopped"  # by a person
    TYPED = "typed"  # a value; ``detail`` says of which kind
    OPINION = "opinion"  # asked for; ``detail`` says of whom, how soon and with what
    NOTE = "note"  # the specialist of a call wrote something for the report
    ANSWERED = "answered"  # an answer to a request for an opinion came in
    MATCHED = "matched"  # a person said which request it answers
    ACKNOWLEDGED = "acknowledged"  # somebody took note of it
    PRINTED = "printed"  # an answer, on the site's printer
    OVERDUE = "overdue"  # a request was not answered in time
    CHASED = "chased"  # it was asked again
    APPOINTMENT = "appointment"  # planned or changed; ``detail`` says how it stands now, and its id
    DIALLED = "dialled"  # somebody was shown a number to call by telephone
    SCALE_TWO = "scale_two"  # of NEWS2, set or taken away for a resident
    HANDOVER = "handover"  # read what changed for the next shift
    HANDED_OUT = "handed_out"  # the same, written to a terminal or a file
    # whose something is, said by a person
    ASSIGNED = "assigned"  # what was nobody's
    SET_ASIDE = "set_aside"  # what is nobody's stays so
    MOVED = "moved"  # from this resident to another, or to nobody; or a whole round
    LOOKED = "looked"  # somebody saw bytes that were not understood
    NEW_RESIDENT = "new_resident"  # without identity
    RECONCILED = "reconciled"
    TAKEN_BACK = "taken_back"  # a reconciliation
    # on which basis a resident is seen, heard or told about; ``detail`` says which, and its id
    AGREED = "agreed"  # or refused, or decided by others
    AGREEMENT_WITHDRAWN = "agreement_withdrawn"
    AGREEMENT_COMPLETED = "agreement_completed"  # a name or a document that came later
    # a call: consent, then the states of edge.acquire.call
    CONSENT = "consent"
    LOBBY = "lobby"
    WAITING = "waiting"
    ADMITTED = "admitted"
    CONNECTED = "connected"
    ENDED = "ended"
    FAILED = "failed"
    # earlier pictures and ECGs
    FETCHED = "fetched"  # from a far end, by the cart
    NOT_THEIRS = "not_theirs"  # an object that said to be this resident's and was not believed
    SHOWN = "shown"  # an earlier one, or a page of an answer, to somebody
    # who is at the cart
    STAFF = "staff"  # a list was taken in
    INVITED = "invited"  # was given a start code
    LET_IN = "let_in"  # a replacement, for a shift
    SENT_AWAY = "sent_away"  # a replacement, before its end
    PIN_SET = "pin_set"
    PIN_TAKEN = "pin_taken"  # taken away, so that another one can be chosen
    SIGNED_IN = "signed_in"
    NOT_LET_IN = "not_let_in"
    SIGNED_OUT = "signed_out"  # or locked, after a while or by the badge
    EMERGENCY = "emergency"  # without a badge
    # devices
    PAIRED = "paired"
    FORGOTTEN = "forgotten"
    # by command
    OPENED = "opened"  # an encounter that was never on screen
    IMPORTED = "imported"
    RELEASED = "released"
    CORRECTED = "corrected"


class KnownBy(enum.StrEnum):
    """How somebody was recognised, the weakest first."""

    PROGRAM = "program"  # nobody asked: a process of the cart by itself
    ROLE = "role"  # whoever stands at that screen; nobody signed in
    ACCOUNT = "account"  # a user of the operating system
    PROFESSIONAL = "professional"  # who signed in: ``id`` is the RPPS number, or that of the badge


@dataclasses.dataclass(frozen=True, slots=True)
class Who:
    """``id`` is unique among those who are known in the same way; ``name`` is for people, or ""."""

    known_by: KnownBy
    id: str
    name: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Origin:
    """From where: the process, the role at the door or "", the command (of the door or the command line), the call."""

    process: str
    door: str = ""
    command: str = ""
    call_id: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, and from where. Handed along from the door or the command to what writes the entry."""

    who: Who
    origin: Origin

    def in_call(self, call_id: str) -> Actor:
        return dataclasses.replace(self, origin=dataclasses.replace(self.origin, call_id=call_id))


THE_CART = Actor(Who(KnownBy.PROGRAM, "edge"), Origin("edge"))
"""Edge itself, asked by nobody."""


@dataclasses.dataclass(frozen=True, slots=True)
class Noted:
    """What is said of something that is written in the same transaction."""

    detail: str
    now: Instant
    by: Actor


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One act, before it has its place in the chain. Ids are "" where there is none."""

    act: Act
    by: Actor
    at: Instant
    patient_id: str = ""
    encounter_id: str = ""
    item_id: str = ""
    detail: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Link:
    """An entry as it stands in the chain: every field a text, so that words of later releases are kept and checked too."""

    sequence: int
    at_utc: str
    boot_id: str
    monotonic_ns: int
    clock_trusted: int
    known_by: str
    who: str
    who_name: str
    act: str
    patient_id: str
    encounter_id: str
    item_id: str
    process: str
    door: str
    command: str
    call_id: str
    detail: str
    hash: bytes = b""


FIELDS = tuple(field.name for field in dataclasses.fields(Link))
_HASHED = FIELDS[:-1]


@dataclasses.dataclass(frozen=True, slots=True)
class Break:
    """Where a chain is not what was written: the sequence number, and one plain line."""

    sequence: int
    what: str


def genesis(store_id: str) -> bytes:
    """What the first entry follows: it binds the chain to its store."""
    return hashlib.sha256(_netstring("telecart audit 1") + _netstring(store_id)).digest()


def link(entry: Entry, sequence: int, before: bytes) -> Link:
    """``entry`` in its place after the entry whose hash is ``before``."""
    by, at = entry.by, entry.at
    bare = Link(
        sequence=sequence,
        at_utc=at.utc.astimezone(dt.UTC).isoformat(),
        boot_id=at.boot_id,
        monotonic_ns=at.monotonic_ns,
        clock_trusted=int(at.clock_trusted),
        known_by=by.who.known_by.value,
        who=by.who.id,
        who_name=by.who.name,
        act=entry.act.value,
        patient_id=entry.patient_id,
        encounter_id=entry.encounter_id,
        item_id=entry.item_id,
        process=by.origin.process,
        door=by.origin.door,
        command=by.origin.command,
        call_id=by.origin.call_id,
        detail=entry.detail,
    )
    return dataclasses.replace(bare, hash=chained(bare, before))


def canonical(one: Link) -> bytes:
    """What is hashed: all fields but the hash, in their order, each as a netstring of its text in UTF-8."""
    return b"".join(_netstring(str(getattr(one, name))) for name in _HASHED)


def chained(one: Link, before: bytes) -> bytes:
    """The chain rule: SHA-256 over the hash before (32 bytes) and the canonical bytes."""
    return hashlib.sha256(before + canonical(one)).digest()


def breaks(links: Iterable[Link], store_id: str) -> Iterator[Break]:
    """Every place where the chain is broken, in order. After a break it is followed on from what stands there."""
    before, expected = genesis(store_id), 1
    for one in links:
        if one.sequence > expected:
            gone = (
                f"entry {expected} is"
                if one.sequence == expected + 1
                else f"entries {expected} to {one.sequence - 1} are"
            )
            yield Break(expected, f"{gone} missing")
        elif one.sequence < expected:
            yield Break(one.sequence, f"entry {one.sequence} stands after entry {expected - 1}")
        elif chained(one, before) != one.hash:
            yield Break(
                one.sequence, f"entry {one.sequence} was changed, or is not the one that followed the entry before it"
            )
        before, expected = one.hash, max(expected, one.sequence) + 1


def _netstring(text: str) -> bytes:
    data = text.encode()
    return b"%d:%s," % (len(data), data)
