"""ADT messages of IHE PAM (ITI-30, ITI-31) with its French extension (IHE ITI TF-4, 4.1) as movements.

    PID-3   identifiers: type PI is the local one (IPP); type INS, its OID in the second part of the authority
    PID-5   names: type L is the birth name, its first and all its given names; type D the used name
    PID-7, 8, 11 (type BDL: INSEE code of the birthplace in component 9), 29, 30, 32 (table 0445 with the French codes)
    PV1-3   component 2 is the room      PV1-45  the end of the stay
    ROL     ROL-3 = ODRP: the treating doctor        NK1     NK1-3 or NK1-7: who represents her, and that she has a guardian
    AL1     her allergies, all of them              MRG-1   the identifier that is given up
    PV2-18  that she has an ALD

The French extension (PAM France 2.11.2) has no word for other kinds of legal protection, nor for the end of one, nor for somebody
without ALD; OBX is for weight and height alone there, so that a photo has no place. None of its Z segments (ZFA, ZFP, ZFV,
ZFM, ZFD, ZFS) is about any of that: ZFS is about psychiatric care. All this comes by CSV.
"""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

import hl7

from edge.domain.identifier import is_oid
from edge.domain.ins import Authority
from edge.domain.movement import Movement, Outcome, Received, Reliability, Told, Way, What
from edge.domain.patient import Doctor, Ins, Protection, Sex
from edge.domain.recognition import plain
from edge.domain.text import sanitise_line
from sync.record import codes
from sync.record.header import Header, NotTaken, text_of

EVENTS: Mapping[str, What] = MappingProxyType(
    {
        "A01": What.ADMITTED,
        "A02": What.MOVED,
        "A03": What.LEFT,
        "A04": What.ADMITTED,
        "A06": What.UPDATED,
        "A07": What.UPDATED,
        "A08": What.UPDATED,
        "A11": What.LEFT,
        "A12": What.MOVED,
        "A13": What.STAYS,
        "A28": What.UPDATED,
        "A31": What.UPDATED,
        "A40": What.MERGED,
        "A47": What.RENAMED,
    }
)

OF_NO_CONCERN: Final = frozenset(
    {"A05", "A14", "A15", "A16", "A21", "A22", "A25", "A26", "A27", "A38", "A44", "A52", "A53", "A54", "A55", "Z99"}
)
"""Of IHE PAM too, and nothing at a cart changes by them: what is only planned, leaves of absence, accounts, movements of the past."""

_RPPS_OID: Final = "1.2.250.1.71.4.2.1"
_DELETED: Final = '""'
_LONGEST_NAME: Final = 100
_MOST_SIGNS: Final = 20_000
"""Separators of a message: the library makes an object of each part."""


def received(frame: bytes, header: Header, house: tuple[str, str], *, demonstration: bool) -> Received:
    """What ``frame`` says. ``house`` are the name and the OID ("" for none) of who gives our identifiers. Raises NotTaken."""
    if header.message_type != "ADT":
        raise NotTaken("AR", 200, "only ADT messages are taken")
    if not header.version.startswith("2."):
        raise NotTaken("AR", 203, "MSH-12 is no version 2 of HL7")
    if header.processing.split(header.component)[0] != "P" and not demonstration:
        raise NotTaken("AR", 202, "a cart in care takes only what MSH-11 says to be production (P)")
    if not header.control_id:
        raise NotTaken("AR", 101, "MSH-10 is empty: nobody could tell whether this message came before")
    trigger = header.trigger
    if trigger not in EVENTS and trigger not in OF_NO_CONCERN:
        raise NotTaken("AR", 201, "this event is none of those that are taken")
    message = _parsed(frame, header)
    sender = f"{header.application}|{header.facility}"
    told = None if trigger in OF_NO_CONCERN else movement(message, EVENTS[trigger], house)
    why = f"the event {trigger} changes nothing at a cart" if told is None else ""
    return Received(Way.MLLP, sender, header.control_id, _digest(frame, header), frame, told, Outcome.NOTHING, why)


def not_read(frame: bytes, header: Header, why: NotTaken) -> Received:
    """The same of a message that is not taken, to be kept with the reason."""
    sender = f"{header.application}|{header.facility}"
    digest = _digest(frame, header)
    return Received(Way.MLLP, sender, header.control_id, digest, frame, None, Outcome.REFUSED, why.what)


def _digest(frame: bytes, header: Header) -> str:
    """Who sends a message again may say in MSH-7 that it was sent now."""
    separator = header.separator.encode("iso8859-1")
    fields = frame.split(separator, 7)
    return hashlib.sha256(separator.join(fields[:6] + fields[7:])).hexdigest()


def _parsed(frame: bytes, header: Header) -> Any:
    text = text_of(frame, header).replace("\r\n", "\r").replace("\n", "\r").strip("\r")
    if sum(text.count(sign) for sign in (header.separator, *header.encoding, "\r")) > _MOST_SIGNS:
        raise NotTaken("AR", 207, f"the message has more than {_MOST_SIGNS} separators")
    try:
        return hl7.parse(text)
    except (hl7.HL7Exception, ValueError, IndexError, KeyError, TypeError, AttributeError) as exc:
        raise NotTaken("AR", 100, "the segments of the message cannot be told apart") from exc


def movement(message: Any, what: What, house: tuple[str, str]) -> Movement:
    """Raises NotTaken."""
    reader = _Reader(message)
    local = reader.local("PID", 3, house)
    joins = what in {What.MERGED, What.RENAMED}
    given_up = reader.local("MRG", 1, house) if joins else ""
    at = reader.day("PV1", 45) if what is What.LEFT else None
    at = at or reader.day("EVN", 6) or reader.day("EVN", 2) or reader.day("MSH", 7)
    if not joins and reader.text("PID", 30).upper() == "Y":
        what, at = What.DIED, reader.day("PID", 29) or at
    if what in {What.LEFT, What.DIED} and at is None:
        raise NotTaken("AE", 101, "the message does not say on which day it happened (PV1-45, EVN-6, EVN-2, PID-29)")
    return Movement(what, reader.told(local), given_up, at)


def _day(text: str) -> dt.date | None:
    """YYYYMMDD; hours and what is finer are left out. None for anything less."""
    found = re.match(r"(\d{4})(\d\d)(\d\d)", text, re.ASCII)
    try:
        return dt.date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


class _Giver(enum.Enum):
    """Who gave an identifier, as it says itself."""

    THE_HOUSE = enum.auto()
    NOBODY_SAYS = enum.auto()
    ANOTHER = enum.auto()


class _Reader:
    """Of one message. Every text that comes out has its escapes undone, is one line, and without signs that a screen obeys."""

    def __init__(self, message: Any) -> None:
        self._message = message

    # --- parts of a message

    def segments(self, name: str) -> Iterator[Any]:
        yield from (one for one in self._message if str(one[0]) == name)

    def repetitions(self, segment: Any, number: int) -> list[Any]:
        return [one for one in segment[number] if str(one)] if len(segment) > number else []

    def part(self, repetition: Any, component: int, sub: int = 1) -> str:
        """ "" where there is none; what HL7 writes for deleted stays as it is."""
        if isinstance(repetition, str):
            found = repetition if component == sub == 1 else ""
        elif len(repetition) < component:
            found = ""
        else:
            parts = repetition[component - 1]
            parts = [parts] if isinstance(parts, str) else parts
            found = str(parts[sub - 1]) if len(parts) >= sub else ""
        undone = " ".join(self._unescaped(found).split())
        if sanitise_line(undone) != undone:
            raise NotTaken("AE", 102, "a field holds signs that no name has")
        return undone

    def _unescaped(self, text: str) -> str:
        """HL7 v2.5 2.7. Not by the library, which writes to the log what it does not know, with the field, and repeats a line
        feed as often as a message says. Raises NotTaken for an escape that is not known: what is left would be another name.
        """
        escape = str(self._message.esc)
        said = text.split(escape)
        if len(said) % 2 == 0:
            raise NotTaken("AE", 102, "a field holds an escape that does not end")
        separators = str(self._message.separators)
        signs = {"F": separators[1], "R": separators[2], "S": separators[3], "T": separators[4], "E": escape}
        signs |= {"H": "", "N": ""}
        for place in range(1, len(said), 2):
            one = said[place]
            if one in signs:
                said[place] = signs[one]
            elif re.fullmatch(r"\.(?:br|sp|fi|nf|in|ti|sk|ce)[+-]?\d*", one):
                said[place] = " "
            elif re.fullmatch(r"X(?:[0-9A-Fa-f]{2})+", one):
                said[place] = bytes.fromhex(one[1:]).decode("iso8859-1")
            else:
                raise NotTaken("AE", 102, "a field holds an escape that is not known here")
        return "".join(said)

    def text(self, name: str, number: int, component: int = 1) -> str:
        """Of the first repetition in the first segment of that name."""
        for segment in self.segments(name):
            for repetition in self.repetitions(segment, number):
                found = self.part(repetition, component)
                return "" if found == _DELETED else found
        return ""

    def day(self, name: str, number: int) -> dt.date | None:
        """Of the first segment of that name."""
        return _day(self.text(name, number))

    def _day_in(self, segment: Any, number: int) -> dt.date | None:
        said = self.repetitions(segment, number)
        return _day(self.part(said[0], 1)) if said else None

    # --- who

    def local(self, name: str, number: int, house: tuple[str, str]) -> str:
        """The one identifier of type PI that counts now: one that this house gave, or else one of which nobody says who gave it.

        Raises NotTaken where there are several, or none but others'.
        """
        found = [
            one
            for segment in self.segments(name)
            for one in self.repetitions(segment, number)
            if self.part(one, 5) in {"PI", ""} and self.part(one, 1) not in {"", _DELETED} and not self._is_over(one)
        ]
        if not found:
            raise NotTaken("AE", 101, f"{name}-{number} has no local identifier (type PI)")
        whose = [(self.part(one, 1), self._given_by(one, house)) for one in found]
        for wanted in (_Giver.THE_HOUSE, _Giver.NOBODY_SAYS):
            numbers = {one for one, giver in whose if giver is wanted}
            if len(numbers) > 1:
                raise NotTaken("AE", 204, f"{name}-{number} has several local identifiers, and not one of this house")
            if numbers:
                return numbers.pop()
        what = f"the local identifier of {name}-{number} was given by another authority than [site] of the cart names"
        ours = dict.fromkeys(setting for one in found if (setting := self._to_write(one, house)))
        do = f"; where that one gives the numbers of this house, write there {' or '.join([*ours][:3])}" if ours else ""
        raise NotTaken("AE", 204, what + do)

    def _to_write(self, identifier: Any, house: tuple[str, str]) -> str:
        """The line of [site] with which an identifier of this authority would be ours. "" for that of an INS, and for none."""
        name, oid = self._authority(identifier)
        if {name, oid} & set(Authority) or name.startswith("ASIP-SANTE-INS") or len(name) > _LONGEST_NAME:
            return ""
        if is_oid(oid):
            return f'issuer_oid = "{oid}"'
        # where both have an OID the name is not looked at
        return f"issuer = {json.dumps(name, ensure_ascii=False)}" if name and not (oid and house[1]) else ""

    def _given_by(self, identifier: Any, house: tuple[str, str]) -> _Giver:
        """By CX-4 (HD): of a name and an OID that are both said the OID counts, where the house has one."""
        name, oid = self._authority(identifier)
        our_name, our_oid = house
        if not name and not oid:
            return _Giver.NOBODY_SAYS
        ours = oid == our_oid if oid and our_oid else name in {our_name, our_oid} - {""}
        return _Giver.THE_HOUSE if ours else _Giver.ANOTHER

    def _authority(self, identifier: Any) -> tuple[str, str]:
        """Its name and its OID; "" for what is not said."""
        name, oid = self.part(identifier, 4), self.part(identifier, 4, 2)
        return "" if name == _DELETED else name, "" if oid == _DELETED else oid

    def _is_over(self, identifier: Any) -> bool:
        """CX-8: until when it counted."""
        return bool(self.part(identifier, 8))

    def _ins(self) -> Ins | None:
        found = [
            Ins(self.part(one, 1).replace(" ", ""), self.part(one, 4, 2))
            for segment in self.segments("PID")
            for one in self.repetitions(segment, 3)
            if self.part(one, 5) == "INS" and not self._is_over(one) and self.part(one, 1) != _DELETED
        ]
        # a NIR stands in the place of the NIA that was there before
        return min(found, key=lambda one: one.oid.endswith(".9"), default=None)

    def told(self, local: str) -> Told:
        names = {self.part(one, 7) or "L": one for segment in self.segments("PID") for one in self._names(segment)}
        birth, used = names.get("L"), names.get("D")
        birth_name = self.part(birth, 1) if birth is not None else ""
        used_name = self.part(used, 1) if used is not None else ""
        if plain(used_name) == plain(birth_name):
            used_name = ""
        sexes = {"M": Sex.MALE, "F": Sex.FEMALE}
        return Told(
            local,
            birth_name=birth_name or None,
            given_names=self._given(birth) or None if birth is not None else None,
            birth_date=self.day("PID", 7),
            sex=sexes.get(self.text("PID", 8).upper()),
            used_name=used_name if birth is not None else None,
            room=self._room(),
            ins=self._ins(),
            reliability=self._reliability(),
            birth_place=self._birth_place(),
            allergies=self._allergies(),
            treating_doctor=self._treating_doctor(),
            protection=self._protection(),
            representative=self._representative(),
            long_term_illness=self._long_term_illness(),
        )

    def _names(self, segment: Any) -> list[Any]:
        """The first of each type counts: the last to be put stands."""
        return list(reversed(self.repetitions(segment, 5)))

    def _given(self, name: Any) -> str:
        """XPN-2 is the first given name, XPN-3 in France all of them; elsewhere those that follow."""
        first, more = self.part(name, 2), self.part(name, 3)
        if not more or plain(more).split()[:1] == plain(first).split()[:1]:
            return more or first
        return f"{first} {more}".strip()

    def _room(self) -> str | None:
        for segment in self.segments("PV1"):
            for place in self.repetitions(segment, 3):
                room = self.part(place, 2)
                return "" if room == _DELETED else room or None
        return None

    def _reliability(self) -> Reliability | None:
        said = {
            self.part(one, 1).upper() for segment in self.segments("PID") for one in self.repetitions(segment, 32)
        } - {_DELETED, ""}
        if not said:
            return None
        return Reliability(
            "VALI" in said, frozenset(codes.RELIABILITY[one] for one in said if one in codes.RELIABILITY)
        )

    def _birth_place(self) -> str | None:
        for segment in self.segments("PID"):
            for address in self.repetitions(segment, 11):
                if self.part(address, 7) == "BDL":
                    found = self.part(address, 9).upper()
                    return found if re.fullmatch(r"(?:\d\d|2[AB])\d{3}", found, re.ASCII) else None
        return None

    def _allergies(self) -> tuple[str, ...] | None:
        """None where nothing is said: which is not none known (H14)."""
        said = [one for segment in self.segments("AL1") for one in self.repetitions(segment, 3)]
        if any(self.part(one, 1) in codes.NONE_KNOWN for one in said):
            return ()
        names = [self.part(one, 2) or self.part(one, 1) for one in said]
        return tuple(dict.fromkeys(name for name in names if name not in {"", _DELETED})) or None

    def _treating_doctor(self) -> Doctor | None:
        for segment in self.segments("ROL"):
            people = self.repetitions(segment, 4)
            if self._coded(segment, 3) != "ODRP" or self._coded(segment, 2) == "DE" or not people:
                continue
            name = " ".join(part for part in (self.part(people[0], 2), self.part(people[0], 3)) if part)
            numbers = [
                self.part(one, 1)
                for one in people
                if self.part(one, 13) == "RPPS" or (not self.part(one, 13) and self.part(one, 9, 2) == _RPPS_OID)
            ]
            rpps = next((one for one in numbers if re.fullmatch(r"\d{11}", one, re.ASCII)), "")
            if name:
                return Doctor(name, rpps)
        return None

    def _represents(self) -> list[Any]:
        """NK1 of those who stand for her now, guardians first."""
        sent = self.day("MSH", 7)
        found = [
            one
            for one in self.segments("NK1")
            if self.repetitions(one, 2)
            and (self._coded(one, 3) in codes.STAND_FOR_HER or self._coded(one, 7) == codes.LEGAL)
        ]
        standing = [one for one in found if not (ended := self._day_in(one, 9)) or (sent is not None and ended >= sent)]
        return sorted(standing, key=lambda one: self._coded(one, 3) not in codes.GUARDIANS)

    def _protection(self) -> Protection | None:
        """What a guardian says of it; nothing where nobody is named."""
        of_guardians = any(self._coded(one, 3) in codes.GUARDIANS for one in self._represents())
        return Protection.GUARDIANSHIP if of_guardians else None

    def _representative(self) -> str | None:
        """NK1-2, and the number of NK1-5."""
        for segment in self._represents():
            people = self.repetitions(segment, 2)
            name = " ".join(part for part in (self.part(people[0], 1), self.part(people[0], 2)) if part)
            numbers = [self.part(one, 12) or self.part(one, 1) for one in self.repetitions(segment, 5)]
            return ", ".join(part for part in (name, next((one for one in numbers if one), "")) if part) or None
        return None

    def _long_term_illness(self) -> bool | None:
        """Whoever's stay has to do with her ALD, or has not, has one; where nothing is said nothing is known."""
        return True if self.text("PV2", 18).upper() in codes.HAS_AN_ALD else None

    def _coded(self, segment: Any, number: int) -> str:
        found = self.repetitions(segment, number)
        return self.part(found[0], 1).upper() if found else ""
