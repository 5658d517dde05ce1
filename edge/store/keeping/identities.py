"""Under a local identifier there is one person: a list that gives it to another would hand over what was captured (H1)."""

from __future__ import annotations

from edge.domain.fault import Fault, Reason
from edge.domain.patient import Patient
from edge.domain.recognition import is_another
from edge.store.file.database import Database
from edge.store.keeping import rows


def refuse_another(database: Database, patient: Patient) -> None:
    """Raises Fault(NOT_ALLOWED) where ``patient``'s identifier stands for another person of whom something was captured."""
    row = database.connection.execute(
        f"SELECT {rows.PATIENT} FROM patient p WHERE p.id = ? AND p.erased IS NULL"
        " AND EXISTS (SELECT 1 FROM encounter e WHERE e.patient_id = p.id)",
        (patient.id,),
    ).fetchone()
    if row is not None and is_another(rows.patient(row), patient):
        # which line it is, its place in the list says; the identifier itself may name somebody (T20)
        raise Fault(
            Reason.NOT_ALLOWED,
            "an identifier of the list stood for somebody else, and there are captures of that person",
            "give the new resident an identifier of her own",
        )
