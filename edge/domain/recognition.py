"""Whose is a code that was read? It brings the question who this is, never the answer: a person confirms (H1, H2)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import unicodedata
from collections.abc import Sequence

from edge.domain.patient import Ins, Patient, Sex


@dataclasses.dataclass(frozen=True, slots=True)
class ScannedIdentity:
    """The strict traits as the code has them; ``birth_place`` an INSEE code. ``warnings``: traits that contradict one another."""

    ins: Ins
    birth_given_names: tuple[str, ...]
    birth_name: str
    sex: Sex
    birth_date: dt.date
    birth_place: str | None = None
    warnings: tuple[str, ...] = ()


class Match(enum.StrEnum):
    """How a code led to a resident, or why it did not."""

    IDENTIFIER = "identifier"  # the text is the local identifier of one of them
    INS = "ins"  # the matricule is that of one, and so are date of birth and sex
    TRAITS = "traits"  # the strict traits are those of one
    NOBODY = "nobody"
    SEVERAL = "several"  # homonyms: never one of them by itself
    CONTRADICTION = "contradiction"  # the matricule is that of one whose date of birth or sex is another


@dataclasses.dataclass(frozen=True, slots=True)
class Recognised:
    """``patient_id`` is "" unless exactly one resident was found."""

    match: Match
    patient_id: str = ""


def by_identifier(text: str, residents: Sequence[Patient]) -> Recognised:
    found = [one.id for one in residents if one.id == text.strip()]
    return Recognised(Match.IDENTIFIER, found[0]) if len(found) == 1 else Recognised(Match.NOBODY)


def by_identity(scanned: ScannedIdentity, residents: Sequence[Patient]) -> Recognised:
    """By the matricule first; where nobody has it, by the strict traits (RNIV: birth name, first given name, date, sex)."""
    with_ins = [one for one in residents if one.ins == scanned.ins]
    if with_ins:
        if any((one.birth_date, one.sex) != (scanned.birth_date, scanned.sex) for one in with_ins):
            return Recognised(Match.CONTRADICTION)
        return _only(Match.INS, with_ins)
    return _only(Match.TRAITS, [one for one in residents if _same_traits(one, scanned)])


def _only(match: Match, found: Sequence[Patient]) -> Recognised:
    if len(found) > 1:
        return Recognised(Match.SEVERAL)
    return Recognised(match, found[0].id) if found else Recognised(Match.NOBODY)


def _same_traits(one: Patient, scanned: ScannedIdentity) -> bool:
    """Somebody who is known to have another matricule is somebody else."""
    if one.ins is not None:
        return False
    return (
        (one.birth_date, one.sex) == (scanned.birth_date, scanned.sex)
        and plain(one.birth_name) == plain(scanned.birth_name)
        and plain(one.given_names).split()[:1] == plain(scanned.birth_given_names[0]).split()[:1]
    )


def plain(name: str) -> str:
    """As the national identity writes names: capitals without accents; hyphens and apostrophes count as blanks."""
    bare = "".join(one for one in unicodedata.normalize("NFKD", name.upper()) if not unicodedata.combining(one))
    return " ".join(
        "".join(one if one.isalnum() else " " for one in bare.replace("Œ", "OE").replace("Æ", "AE")).split()
    )


def is_another(before: Patient, after: Patient) -> bool:
    """Whether under one identifier there is now another person: name, first given name and date of birth are all others.

    Somebody whose traits are corrected keeps one of them.
    """
    return (
        before.birth_date != after.birth_date
        and plain(before.birth_name) != plain(after.birth_name)
        and plain(before.given_names).split()[:1] != plain(after.given_names).split()[:1]
    )
