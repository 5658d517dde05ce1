"""`telecart identity`: from a payload or a picture to the traits of a person, or to what is wrong, field by field."""

from __future__ import annotations

import dataclasses
import datetime as dt

from drivers.codec.ins_datamatrix import LONGEST, NotAnIdentity, ScannedIdentity, Wrong, parse as parse_text

LONGEST_PAYLOAD = LONGEST + 4
"""Bytes that are read at most: a reader may end with CR LF."""


@dataclasses.dataclass(frozen=True, slots=True)
class Traits:
    """As it is printed. ``birth_date`` ISO 8601; ``birth_place`` an INSEE code."""

    matricule: str
    oid: str
    birth_given_names: tuple[str, ...]
    birth_name: str
    sex: str
    birth_date: str
    birth_place: str | None
    warnings: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Refused:
    errors: tuple[Wrong, ...]


def parse(payload: bytes, *, allow_test: bool) -> Traits | Refused:
    """Never raises for what stands in ``payload``."""
    today = dt.datetime.now(dt.UTC).date()
    try:
        return _printed(parse_text(payload.decode("ascii", errors="replace"), today, allow_test=allow_test))
    except NotAnIdentity as exc:
        return Refused(exc.wrong)


def _printed(found: ScannedIdentity) -> Traits:
    return Traits(
        matricule=found.ins.matricule,
        oid=found.ins.oid,
        birth_given_names=found.birth_given_names,
        birth_name=found.birth_name,
        sex=found.sex.value,
        birth_date=found.birth_date.isoformat(),
        birth_place=found.birth_place,
        warnings=found.warnings,
    )
