"""The residents' file that a site without a care record writes: TOML, one ``[[resident]]`` each, checked with its reason."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import msgspec

from edge.domain.fault import Fault, Reason
from edge.domain.patient import IdentityStatus, Ins, Patient, Sex


class _Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
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


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    resident: tuple[_Row, ...] = ()


def read(path: Path, issuer: str) -> tuple[Patient, ...]:
    """Raises Fault(SETTINGS) that names the file and what is wrong in it; then none of it is taken."""
    try:
        rows = msgspec.toml.decode(path.read_bytes(), type=_File).resident
    except (OSError, msgspec.ValidationError, msgspec.DecodeError) as exc:
        # the place is told, and not what was written there: this line goes into the journal of the system (T20)
        said = re.sub(r"'.*'", "'...'", str(exc), flags=re.DOTALL)
        raise Fault(Reason.SETTINGS, f"{path}: {said}", "correct that entry") from exc
    if len({row.id for row in rows}) != len(rows):
        raise Fault(Reason.SETTINGS, f"{path}: two residents have the same id", "give each its own")
    return tuple(
        Patient(
            id=row.id,
            issuer=issuer,
            birth_name=row.birth_name,
            given_names=row.given_names,
            birth_date=row.birth_date,
            sex=row.sex,
            room=row.room,
            status=row.status,
            used_name=row.used_name,
            ins=Ins(row.ins_matricule, row.ins_oid) if row.ins_matricule and row.ins_oid else None,
            allergies=row.allergies,
            departed=row.departed,
        )
        for row in rows
    )
