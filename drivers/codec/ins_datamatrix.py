"""The Data Matrix of the identité nationale de santé (ANS, "Datamatrix INS", version 01): not a 2D-Doc, and not signed.

    IS 01 0000000000000000000000   the head: 26 characters
    S1 matricule (15)   S2 OID (19 or 20)   S3 given names (<= 100)   S4 birth name (<= 100)
    S5 sex (1)   S6 date of birth DD-MM-YYYY (10)   S7 INSEE code of the birthplace (5, may be absent)

GS (1D) closes a field of variable length only where it is shorter than its greatest length and not the last. Reading such
a code gives traits; it does not qualify an identity.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from edge.domain import ins
from edge.domain.patient import Ins, Sex
from edge.domain.recognition import ScannedIdentity

HEAD: Final = "IS01" + "0" * 22
GS: Final = "\x1d"
LONGEST: Final = 512
"""Characters: a symbol holds 26 and at most 288 of fields."""

_GS_IN_WORDS = "<GS>"  # what some readers send in its place
_NAME = re.compile(r"[A-Z](?:[A-Z' -]*[A-Z])?")
_INSEE = re.compile(r"(?:\d\d|2A|2B)\d{3}", re.ASCII)
_DATE = re.compile(r"(\d\d)-(\d\d)-(\d{4})", re.ASCII)
_FIRST_YEAR = 1850


@dataclasses.dataclass(frozen=True, slots=True)
class Wrong:
    """``field`` as in ScannedIdentity, or "payload"; ``reason`` in one plain line, without what stood there."""

    field: str
    reason: str


class NotAnIdentity(ValueError):
    """The text is no identity that the cart takes: ``wrong`` says it field by field."""

    def __init__(self, wrong: tuple[Wrong, ...]) -> None:
        super().__init__("; ".join(f"{one.field}: {one.reason}" for one in wrong))
        self.wrong = wrong


@dataclasses.dataclass(frozen=True, slots=True)
class _Field:
    name: str
    longest: int
    fixed: bool
    why_not: Callable[[str], str | None]


def parse(text: str, today: dt.date, *, allow_test: bool = False) -> ScannedIdentity:
    """The identity in ``text``, as a reader gave it. ``allow_test``: a matricule that is nobody's is taken, with a warning.

    Raises NotAnIdentity, which names everything that is wrong.
    """
    values, wrong = _fields(text)
    ill_placed = {one.field for one in wrong}
    for key, value in values.items():
        field = _FIELDS[key]
        if field.name not in ill_placed and (why := field.why_not(value)) is not None:
            wrong.append(Wrong(field.name, why))
    if values.get("S2") in ins.OF_NOBODY and not allow_test:
        wrong.append(Wrong("oid", "of test or demonstration: nobody's identity"))
    born = _date(values.get("S6", ""))
    if born is not None and born > today:
        wrong.append(Wrong("birth_date", "in the future"))
    if wrong or born is None:
        raise NotAnIdentity(tuple(wrong))
    found = ScannedIdentity(
        ins=Ins(values["S1"], values["S2"]),
        birth_given_names=tuple(values["S3"].split(" ")),
        birth_name=values["S4"],
        sex=Sex(values["S5"]),
        birth_date=born,
        birth_place=values.get("S7"),
    )
    return dataclasses.replace(found, warnings=tuple(_contradictions(found)))


def _fields(text: str) -> tuple[dict[str, str], list[Wrong]]:
    """Values by their two characters, and what is wrong with how they stand there."""
    payload = text.removesuffix("\n").removesuffix("\r").replace(_GS_IN_WORDS, GS)
    if len(payload) > LONGEST or not payload.isascii():
        return {}, [Wrong("payload", "not an INS Data Matrix: too long, or not plain characters")]
    if not payload.startswith(HEAD):
        return {}, [Wrong("payload", "not an INS Data Matrix of version 01: it does not begin with IS01 and 22 zeros")]
    values: dict[str, str] = {}
    wrong: list[Wrong] = []
    rest = payload[len(HEAD) :]
    while rest:
        key, rest = rest[:2], rest[2:]
        field = _FIELDS.get(key)
        if field is None:
            wrong.append(Wrong("payload", "an unknown field, or one that is not closed before it"))
            break
        if key in values:
            wrong.append(Wrong(field.name, "stands there twice"))
        values[key], rest, why = _take(field, rest)
        if why is not None:
            wrong.append(Wrong(field.name, why))
    wrong += [
        Wrong(field.name, "missing")
        for key, field in _FIELDS.items()
        if key not in values and key not in _MAY_BE_ABSENT
    ]
    return values, wrong


def _take(field: _Field, rest: str) -> tuple[str, str, str | None]:
    """The value, what follows it, and what is wrong with its end."""
    value, closed, _ = rest[: field.longest].partition(GS)
    after = rest[len(value) :]
    if field.fixed:
        if closed or after.startswith(GS):
            return value, after.removeprefix(GS), "closed by GS, although its length is fixed"
        return value, after, None if len(value) == field.longest else "cut short"
    if not after.startswith(GS):
        return value, after, None
    after = after[1:]
    if len(value) == field.longest:
        return value, after, "closed by GS, although it has its full length"
    return value, after, None if after else "closed by GS, although nothing follows"


def _oid(value: str) -> str | None:
    return None if value in set(ins.Authority) else "not an authority of the INS"


def _name(value: str) -> str | None:
    """RNIV: upper case without accents; hyphen, apostrophe and single blanks between letters."""
    if not value:
        return "empty"
    if _NAME.fullmatch(value) is None:
        return "not in capitals without accents, or a field before it is not closed"
    return "two blanks in a row" if "  " in value else None


def _sex(value: str) -> str | None:
    return None if value in set(Sex) else "neither M nor F"


def _date(value: str) -> dt.date | None:
    found = _DATE.fullmatch(value)
    if found is None:
        return None
    day, month, year = map(int, found.groups())
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _born(value: str) -> str | None:
    born = _date(value)
    if born is None:
        return "not a day of the calendar as DD-MM-YYYY"
    return "too long ago" if born.year < _FIRST_YEAR else None


def _place(value: str) -> str | None:
    return None if _INSEE.fullmatch(value) else "not an INSEE code of five characters"


_FIELDS: Mapping[str, _Field] = MappingProxyType(
    {
        "S1": _Field("matricule", 15, fixed=True, why_not=ins.why_not),
        "S2": _Field("oid", 20, fixed=False, why_not=_oid),
        "S3": _Field("birth_given_names", 100, fixed=False, why_not=_name),
        "S4": _Field("birth_name", 100, fixed=False, why_not=_name),
        "S5": _Field("sex", 1, fixed=True, why_not=_sex),
        "S6": _Field("birth_date", 10, fixed=True, why_not=_born),
        "S7": _Field("birth_place", 5, fixed=True, why_not=_place),
    }
)
_MAY_BE_ABSENT = frozenset({"S7"})

_SEX_OF_DIGIT: Mapping[str, Sex] = MappingProxyType(
    {"1": Sex.MALE, "3": Sex.MALE, "7": Sex.MALE, "2": Sex.FEMALE, "4": Sex.FEMALE, "8": Sex.FEMALE}
)
_MONTHS = frozenset(f"{month:02}" for month in range(1, 13))


def _contradictions(found: ScannedIdentity) -> list[str]:
    """What a person should look at: a matricule is given for life, and traits are corrected."""
    matricule = found.ins.matricule
    warnings = []
    if _SEX_OF_DIGIT.get(matricule[0], found.sex) is not found.sex:
        warnings.append("the matricule was given to a person of the other sex")
    if matricule[1:3] != f"{found.birth_date.year % 100:02}":
        warnings.append("the matricule was given for another year of birth")
    # months above 12 stand for dates that were not known
    if matricule[3:5] in _MONTHS and matricule[3:5] != f"{found.birth_date.month:02}":
        warnings.append("the matricule was given for another month of birth")
    if found.ins.oid in ins.OF_NOBODY:
        warnings.append("a matricule of test or demonstration")
    return warnings
