"""For whom scale 2 of NEWS2 is set."""

from __future__ import annotations

from edge.domain.audit import Act, Actor, Entry
from edge.domain.measurement import Instant
from edge.domain.news2 import ScaleTwo
from edge.domain.operator import Operator
from edge.domain.patient import Encounter
from edge.store.file.database import Database
from edge.store.keeping import audit


def put(database: Database, encounter: Encounter, doctor: Operator | None, now: Instant, by: Actor) -> None:
    """For the resident of ``encounter``; None takes it away. Traced in the same transaction. Raises Fault."""
    with database.write():
        if doctor is None:
            database.connection.execute("DELETE FROM scale_two WHERE patient_id = ?", (encounter.patient_id,))
        else:
            database.connection.execute(
                "INSERT OR REPLACE INTO scale_two VALUES (?,?,?,?)",
                (encounter.patient_id, doctor.name, doctor.rpps, now.utc.isoformat()),
            )
        detail = "off" if doctor is None else "on"
        audit.append(database, Entry(Act.SCALE_TWO, by, now, encounter.patient_id, encounter.id, detail=detail))


def of(database: Database, patient_id: str) -> ScaleTwo | None:
    """None: scale 1, as for everybody else."""
    row = database.connection.execute("SELECT name, rpps FROM scale_two WHERE patient_id = ?", (patient_id,)).fetchone()
    return ScaleTwo(" ".join(part for part in (row[0], row[1] and f"RPPS {row[1]}") if part)) if row else None
