"""A modality worklist as a cart keeps it (DICOM PS3.4 annex K), and when a round is one of its steps."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable

from edge.domain.order import Order
from edge.domain.patient import Patient


@dataclasses.dataclass(frozen=True, slots=True)
class Scheduled:
    """An order, of whom and when. ``start`` is ISO 8601 without an offset: the worklist's own wall clock.

    ``birth_date`` None where it is not told; ``sex`` as DICOM writes it.
    """

    order: Order
    patient_id: str
    issuer: str
    name: str
    birth_date: dt.date | None
    sex: str
    start: str
    station: str
    modality: str

    def is_of(self, patient: Patient) -> bool:
        """The same identifier of the same issuer, and the same birth date: a number alone is nobody (H1)."""
        return (self.patient_id, self.issuer, self.birth_date) == (patient.id, patient.issuer, patient.birth_date)


@dataclasses.dataclass(frozen=True, slots=True)
class Listed:
    """A scheduled step as the store has it. ``gone``: when the worklist no longer had it; ``taken_by``: a round."""

    scheduled: Scheduled
    first_seen: str
    last_seen: str
    gone: str | None
    taken_by: str | None


def only_one(scheduled: Iterable[Scheduled], patient: Patient) -> tuple[Order | None, str]:
    """The order that a round of ``patient`` is, and what is to be told; None where none is hers, or more than one."""
    hers = [one.order for one in scheduled if one.is_of(patient)]
    if len(hers) > 1:
        return None, f"{len(hers)} orders: none taken"
    return (hers[0], f"order {hers[0].accession_number} taken") if hers else (None, "")
