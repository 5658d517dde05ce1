"""The residents as a table that an office writes: CSV, one line each, every line checked with its number and reason.

Separated by ; or , with a head line of column names, French or English (COLUMNS); UTF-8, or the Windows-1252 of an office
program. Dates are 12/03/1938 or 1938-03-12. ``allergies`` are separated by |; empty is unknown, "aucune" is none known.
``photo`` is the name of a picture's file, from the folder of the table; empty leaves the picture that is there, "aucune" takes
it away. ``long_term_illness`` is oui or non; empty is unknown. What has no column stays as it is known.
"""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeVar

from edge.domain.fault import Fault, Reason
from edge.domain.patient import Attribute, IdentityStatus, Patient, Protection, Sex
from edge.residents import Row, resident

Word = TypeVar("Word")

LARGEST: Final = 8 * 1024 * 1024
"""Bytes."""

COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "ipp": "id",
        "nom_naissance": "birth_name",
        "prenoms": "given_names",
        "date_naissance": "birth_date",
        "sexe": "sex",
        "chambre": "room",
        "nom_utilise": "used_name",
        "statut": "status",
        "attributs": "attributes",
        "matricule_ins": "ins_matricule",
        "oid_ins": "ins_oid",
        "allergies": "allergies",
        "sortie": "departed",
        "photo": "photo",
        "medecin_traitant": "treating_doctor",
        "rpps_medecin": "treating_rpps",
        "protection": "protection",
        "representant": "representative",
        "ald": "long_term_illness",
        "lieu_naissance": "birth_place",
    }
)
"""The French names of the columns; the English ones are those of the residents' file. The first six are needed."""

NEEDED: Final = ("id", "birth_name", "given_names", "birth_date", "sex", "room")

_FRENCH_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_NONE_KNOWN = frozenset({"aucune", "aucun", "none"})
_YES_NO: Mapping[str, bool] = MappingProxyType({"oui": True, "non": False, "yes": True, "no": False})
_SEXES: Mapping[str, Sex] = MappingProxyType({"M": Sex.MALE, "H": Sex.MALE, "F": Sex.FEMALE})


@dataclasses.dataclass(frozen=True, slots=True)
class WrongLine:
    """``line`` as an editor counts; ``reason`` in one plain line, without what stood there (T20)."""

    line: int
    reason: str


@dataclasses.dataclass(frozen=True, slots=True)
class Pictured:
    """``line`` names the file ``photo`` as the picture of a resident; "" says that she has none any more."""

    line: int
    patient: Patient
    photo: str


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """``spoken_of`` are the fields of Patient that it has columns for."""

    residents: tuple[Patient, ...]
    pictured: tuple[Pictured, ...] = ()
    spoken_of: frozenset[str] = frozenset()


class WrongTable(Exception):
    """Nobody of it is taken: ``lines`` says what is wrong in each."""

    def __init__(self, lines: Sequence[WrongLine]) -> None:
        super().__init__(f"{len(lines)} lines are wrong")
        self.lines = tuple(lines)


def read(path: Path, issuer: str, *, demonstration: bool = False) -> tuple[Patient, ...]:
    """Its residents. As ``read_all``."""
    return read_all(path, issuer, demonstration=demonstration).residents


def read_all(path: Path, issuer: str, *, demonstration: bool = False) -> Table:
    """Raises WrongTable, with every line that is wrong; Fault(SETTINGS) for a file that cannot be read."""
    text = _text(path)
    separator = ";" if text.partition("\n")[0].count(";") else ","
    lines = csv.reader(io.StringIO(text), delimiter=separator, strict=True)
    try:
        head = [_column(name) for name in next(lines, [])]
        _check_head(head)
        pictured: list[Pictured] = []
        taken = list(_rows(lines, head, issuer, pictured, demonstration=demonstration))
    except csv.Error as exc:
        raise WrongTable(
            [WrongLine(lines.line_num, "a quotation mark is not closed, or stands in the wrong place")]
        ) from exc
    wrong = [one for one in taken if isinstance(one, WrongLine)]
    if wrong:
        raise WrongTable(wrong)
    return Table(tuple(one for one in taken if isinstance(one, Patient)), tuple(pictured), _spoken_of(head))


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as exc:
        raise Fault(Reason.SETTINGS, f"{path}: {exc.strerror}", "look where the file is") from exc
    if len(content) > LARGEST:
        raise Fault(Reason.SETTINGS, f"{path}: too large for a list of residents", "look whether it is the right file")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # five bytes of Windows-1252 mean nothing: they then stand in a name as a sign that no name has
        return content.decode("cp1252", errors="replace")


def _column(name: str) -> str:
    plain = name.strip().lower().replace(" ", "_").replace("é", "e")
    return COLUMNS.get(plain, plain)


def _spoken_of(head: Sequence[str]) -> frozenset[str]:
    return frozenset({"ins" if name.startswith("ins_") else name for name in head} - {"photo", "treating_rpps"})


def _check_head(head: Sequence[str]) -> None:
    known = set(COLUMNS.values())
    wrong = [f"column {place} has a name that is not known" for place, name in enumerate(head, 1) if name not in known]
    wrong += [f"the column {name} is missing" for name in NEEDED if name not in head]
    if len(set(head)) != len(head):
        wrong.append("a column stands there twice")
    if wrong:
        raise WrongTable([WrongLine(1, reason) for reason in wrong])


def _rows(
    lines: Iterator[list[str]], head: Sequence[str], issuer: str, pictured: list[Pictured], *, demonstration: bool
) -> Iterator[Patient | WrongLine]:
    seen: set[str] = set()
    for fields in lines:
        number = getattr(lines, "line_num", 0)
        if not any(field.strip() for field in fields):
            continue
        if len(fields) != len(head):
            yield WrongLine(number, f"it has {len(fields)} fields, the head line {len(head)}")
            continue
        values = {name: " ".join(field.split()) for name, field in zip(head, fields, strict=True)}
        try:
            found = resident(_row(values), issuer, "", demonstration)
        except ValueError as exc:
            yield WrongLine(number, str(exc))
        except Fault as fault:
            yield WrongLine(number, fault.what.removeprefix(": "))
        else:
            if found.id in seen:
                yield WrongLine(number, "another line has the same id")
            seen.add(found.id)
            if photo := values.get("photo", ""):
                pictured.append(Pictured(number, found, "" if photo.lower() in _NONE_KNOWN else photo))
            yield found


def _row(values: Mapping[str, str]) -> Row:
    """Raises ValueError with what is wrong, and not with what stood there."""
    for name in NEEDED:
        if not values[name]:
            raise ValueError(f"{name} is empty")
    if any("\ufffd" in value or not value.isprintable() for value in values.values()):
        raise ValueError("a sign that cannot be read")
    return Row(
        id=values["id"],
        birth_name=values["birth_name"],
        given_names=values["given_names"],
        birth_date=_date("birth_date", values["birth_date"]),
        sex=_word("sex", values["sex"].upper(), _SEXES),
        room=values["room"],
        status=_word(
            "status", _plain(values.get("status") or "provisoire"), {one.value: one for one in IdentityStatus}
        ),
        used_name=values.get("used_name") or None,
        ins_matricule=values.get("ins_matricule", "").replace(" ", "") or None,
        ins_oid=values.get("ins_oid") or None,
        allergies=_allergies(values.get("allergies", "")),
        departed=_date("departed", values["departed"]) if values.get("departed") else None,
        attributes=tuple(
            _word("attributes", _plain(one), {one.value: one for one in Attribute})
            for one in values.get("attributes", "").split("|")
            if one.strip()
        ),
        treating_doctor=values.get("treating_doctor", ""),
        treating_rpps=values.get("treating_rpps", "").replace(" ", ""),
        protection=_word("protection", _plain(values["protection"]), {one.value: one for one in Protection})
        if values.get("protection")
        else None,
        representative=values.get("representative", ""),
        long_term_illness=_word("long_term_illness", _plain(values["long_term_illness"]), _YES_NO)
        if values.get("long_term_illness")
        else None,
        birth_place=values.get("birth_place", "").upper(),
    )


def _plain(word: str) -> str:
    return word.strip().lower().replace("é", "e")


def _word(name: str, word: str, words: Mapping[str, Word]) -> Word:
    if word not in words:
        raise ValueError(f"{name} is none of {', '.join(sorted(words))}")
    return words[word]


def _date(name: str, text: str) -> dt.date:
    try:
        if found := _FRENCH_DATE.fullmatch(text):
            day, month, year = map(int, found.groups())
            return dt.date(year, month, day)
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{name} is no day of the calendar, as in 31/12/1940") from None


def _allergies(text: str) -> tuple[str, ...] | None:
    """None: unknown, which is not none known (H14)."""
    if not text:
        return None
    return () if text.lower() in _NONE_KNOWN else tuple(one.strip() for one in text.split("|") if one.strip())
