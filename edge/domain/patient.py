"""Residents: identity traits and their status after the French RNIV (référentiel national d'identitovigilance)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum

from edge.domain import ins as national
from edge.domain.order import Order


class Sex(enum.StrEnum):
    MALE = "M"
    FEMALE = "F"


class IdentityStatus(enum.StrEnum):
    """RNIV statuses. Only a qualified identity lets the INS leave the cart."""

    PROVISIONAL = "provisoire"
    RETRIEVED = "recuperee"
    VALIDATED = "validee"
    QUALIFIED = "qualifiee"


class Attribute(enum.StrEnum):
    """What is known against an identity (RNIV). ``DOUBTFUL`` and ``FICTITIOUS`` bar the INS."""

    HOMONYM = "homonyme"
    DOUBTFUL = "douteux"
    FICTITIOUS = "fictif"


class Protection(enum.StrEnum):
    """Legal protection of an adult (Code civil, art. 425 to 494-12). The last three have somebody who represents the person."""

    SAFEGUARD = "sauvegarde de justice"
    CURATORSHIP = "curatelle"
    GUARDIANSHIP = "tutelle"
    FAMILY = "habilitation familiale"
    MANDATE = "mandat de protection future"


REPRESENTED = frozenset({Protection.GUARDIANSHIP, Protection.FAMILY, Protection.MANDATE})


@dataclasses.dataclass(frozen=True, slots=True)
class Doctor:
    """A doctor by name; ``rpps`` is "" where the number is not known."""

    name: str
    rpps: str = ""


_BARS_THE_INS = frozenset({Attribute.DOUBTFUL, Attribute.FICTITIOUS})


@dataclasses.dataclass(frozen=True, slots=True)
class Ins:
    """Identité nationale de santé: 13 characters + 2 check digits, and the OID of its authority."""

    matricule: str
    oid: str

    def why_not(self, *, demonstration: bool = False) -> str | None:
        """Why a cart does not take it, in one plain line without the number; None where it does.

        A number of tests or demonstrations is nobody's: only a demonstration takes it (H7).
        """
        if self.oid not in set(national.Authority):
            return "its OID is none of those that give an INS"
        if self.oid in national.OF_NOBODY and not demonstration:
            return "it is of tests or demonstrations: nobody's"
        return national.why_not(self.matricule)


@dataclasses.dataclass(frozen=True, slots=True)
class Patient:
    """A resident. ``allergies`` None means unknown, () means none known: never the same words on a screen (H14).

    ``departed`` is the day of discharge or death: from then on nothing is captured, and the retention runs. ``attributes``
    is what is known against the identity. ``protection`` and ``representative`` (by name, and how to reach her) are as the record
    of the house says, None and "" where it does not. ``long_term_illness`` is whether she has an ALD, None where that is not known.
    ``birth_place`` is the INSEE code of where she was born, a strict trait; "" where it is not known.
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
    attributes: frozenset[Attribute] = frozenset()
    treating_doctor: Doctor | None = None
    protection: Protection | None = None
    representative: str = ""
    long_term_illness: bool | None = None
    birth_place: str = ""

    @property
    def contradiction(self) -> str | None:
        """What the RNIV does not allow in these traits, in one plain line; None where it allows them."""
        if Attribute.FICTITIOUS in self.attributes and len(self.attributes) > 1:
            return "a fictitious identity has no other attribute"
        if self.attributes & _BARS_THE_INS and self.status is not IdentityStatus.PROVISIONAL:
            return "a doubtful or fictitious identity is provisional"
        if self.status is IdentityStatus.QUALIFIED and self.ins is None:
            return "a qualified identity has an INS"
        return None

    @property
    def ins_to_send(self) -> Ins | None:
        """The INS where it may leave the cart: of a qualified identity against which nothing is known."""
        if self.status is not IdentityStatus.QUALIFIED or self.attributes & _BARS_THE_INS:
            return None
        return self.ins


@dataclasses.dataclass(frozen=True, slots=True)
class Encounter:
    """One round at one resident's bedside. Each opens its own DICOM study, or the one of the ``order`` that it carries out."""

    id: str
    patient_id: str
    opened: dt.datetime
    study_uid: str
    accession_number: str
    order: Order | None = None
