"""Residents: identity traits and their status after the French RNIV (référentiel national d'identitovigilance)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum


class Sex(enum.StrEnum):
    MALE = "M"
    FEMALE = "F"


class IdentityStatus(enum.StrEnum):
    """RNIV statuses. Only a qualified identity lets the INS leave the cart."""

    PROVISIONAL = "provisoire"
    RETRIEVED = "recuperee"
    VALIDATED = "validee"
    QUALIFIED = "qualifiee"


@dataclasses.dataclass(frozen=True, slots=True)
class Ins:
    """Identité nationale de santé: 13 characters + 2 check digits, and the OID of its authority."""

    matricule: str
    oid: str


@dataclasses.dataclass(frozen=True, slots=True)
class Patient:
    """A resident. ``allergies`` None means unknown, () means none known: never the same words on a screen (H14).

    ``departed`` is the day of discharge or death: from then on nothing is captured, and the retention runs.
    """

    id: str
    issuer: str
    birth_name: str
    given_names: str
    birth_date: dt.date
    sex: Sex
    room: str
    status: IdentityStatus = IdentityStatus.PROVISIONAL
    used_name: str | None = None
    ins: Ins | None = None
    allergies: tuple[str, ...] | None = None
    departed: dt.date | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Encounter:
    """One round at one resident's bedside. Each opens its own DICOM study."""

    id: str
    patient_id: str
    opened: dt.datetime
    study_uid: str
    accession_number: str
