"""The residents' file that a site without a care record writes: TOML, one ``[[resident]]`` each, checked with its reason."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import msgspec

from edge.domain.fault import Fault, Reason
from edge.domain.patient import Attribute, Doctor, IdentityStatus, Ins, Patient, Protection, Sex
from edge.domain.text import sanitise_line

_LONGEST_ID = 64
"""Characters of an LO (DICOM PS3.5 6.2)."""


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One resident as a file has it."""

    id: str
    birth_name: str
    given_names: str
    birth_date: dt.date
    sex: Sex
    room: str
    status: IdentityStatus = IdentityStatus.PROVISIONAL
    used_name: str | None = None
    ins_matricule: str | None = None
    ins_oid: str | None = None
    allergies: tuple[str, ...] | None = None
    departed: dt.date | None = None
    attributes: tuple[Attribute, ...] = ()
    treating_doctor: str = ""
    treating_rpps: str = ""
    protection: Protection | None = None
    representative: str = ""
    long_term_illness: bool | None = None
    birth_place: str = ""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    resident: tuple[Row, ...] = ()


def read(path: Path, issuer: str, *, demonstration: bool = False) -> tuple[Patient, ...]:
    """Raises Fault(SETTINGS) that names the file, the entry and what is wrong in it; then none of it is taken.

    Only a ``demonstration`` takes an INS of tests or demonstrations (H7).
    """
    try:
        rows = msgspec.toml.decode(path.read_bytes(), type=_File).resident
    except (OSError, msgspec.ValidationError, msgspec.DecodeError) as exc:
        # the place is told, and not what was written there: this line goes into the journal of the system (T20)
        said = re.sub(r"'.*'", "'...'", str(exc), flags=re.DOTALL)
        raise Fault(Reason.SETTINGS, f"{path}: {said}", "correct that entry") from exc
    if len({row.id for row in rows}) != len(rows):
        raise Fault(Reason.SETTINGS, f"{path}: two residents have the same id", "give each its own")
    return tuple(
        resident(row, issuer, f"{path}: resident {number}", demonstration) for number, row in enumerate(rows, 1)
    )


def resident(row: Row, issuer: str, where: str, demonstration: bool) -> Patient:
    """``row`` of ``issuer``. Raises Fault(SETTINGS) that begins with ``where`` and holds nothing of what was written there (T20)."""
    if (row.ins_matricule is None) != (row.ins_oid is None):
        raise Fault(Reason.SETTINGS, f"{where}: an INS is ins_matricule and ins_oid", "give both, or neither")
    for name, value in (("id", row.id), ("birth_name", row.birth_name), ("given_names", row.given_names)):
        if not value.strip():
            raise Fault(Reason.SETTINGS, f"{where}: {name} is empty", "correct that entry")
    if len(row.id) > _LONGEST_ID or row.id.strip() != row.id or "\\" in row.id or sanitise_line(row.id) != row.id:
        what = f"{where}: id has signs that no object can hold as they are (blanks around it, a backslash), or more than 64"
        raise Fault(Reason.SETTINGS, what, "write it as the care record does")
    if row.treating_rpps and not (row.treating_doctor and re.fullmatch(r"\d{11}", row.treating_rpps, re.ASCII)):
        what = f"{where}: treating_rpps has 11 digits, and stands beside treating_doctor"
        raise Fault(Reason.SETTINGS, what, "correct that entry, or leave the number out")
    if row.birth_place and not re.fullmatch(r"(?:\d\d|2[AB])\d{3}", row.birth_place, re.ASCII):
        raise Fault(Reason.SETTINGS, f"{where}: birth_place is an INSEE code of five signs", "correct that entry")
    patient = Patient(
        id=row.id,
        issuer=issuer,
        birth_name=row.birth_name,
        given_names=row.given_names,
        birth_date=row.birth_date,
        sex=row.sex,
        room=row.room,
        status=row.status,
        used_name=row.used_name,
        ins=Ins(row.ins_matricule, row.ins_oid) if row.ins_matricule is not None and row.ins_oid is not None else None,
        allergies=row.allergies,
        departed=row.departed,
        attributes=frozenset(row.attributes),
        treating_doctor=Doctor(row.treating_doctor, row.treating_rpps) if row.treating_doctor else None,
        protection=row.protection,
        representative=row.representative,
        long_term_illness=row.long_term_illness,
        birth_place=row.birth_place,
    )
    if patient.ins and (wrong := patient.ins.why_not(demonstration=demonstration)):
        raise Fault(
            Reason.SETTINGS, f"{where}: the INS is not taken: {wrong}", "correct that entry, or leave the INS out"
        )
    if wrong := patient.contradiction:
        raise Fault(Reason.SETTINGS, f"{where}: {wrong}", "correct its status, its attributes or its INS")
    return patient
