"""Where an item stood before, and who was taken for whom: the lines of what was moved, read backwards."""

from __future__ import annotations

from edge.domain.measurement import Instant
from edge.store.file.database import Database
from edge.store.keeping import rows


def former(database: Database, sequence: int, patient_id: str) -> str | None:
    """The round of ``patient_id`` in which it once stood."""
    at: int | None = sequence
    while at is not None:
        row = database.connection.execute(
            "SELECT m.was, m.encounter_id, e.patient_id FROM moved m LEFT JOIN encounter e ON e.id = m.encounter_id"
            " WHERE m.item = ?",
            (at,),
        ).fetchone()
        if row is None:
            return None
        if row[2] == patient_id:
            return str(row[1])
        at = row[0]
    return None


def came_from(database: Database, sequence: int, patient_id: str, became: str, after: int) -> str | None:
    """The round of ``patient_id`` from which it went to ``became`` with her; since then it was nobody's but theirs whom
    ``became`` was taken for, and not by a person's word about the item.
    """
    at: int | None = sequence
    while at is not None:
        row = database.connection.execute(
            "SELECT m.was, m.encounter_id, e.patient_id, e.patient_id = ?2 OR EXISTS (SELECT 1 FROM reconciled r"
            " WHERE r.patient_id = ?2 AND r.became = e.patient_id)"
            " FROM moved m JOIN encounter e ON e.id = m.encounter_id WHERE m.item = ?1 AND m.sequence > ?3",
            (at, became, after),
        ).fetchone()
        if row is None:
            return None
        if row[2] == patient_id:
            return str(row[1])
        at = row[0] if row[3] else None
    return None


def is_given_up(database: Database, patient_id: str) -> bool:
    known = database.connection.execute(
        f"SELECT {rows.NOT_RECONCILED} FROM patient p WHERE p.id = ?", (patient_id,)
    ).fetchone()
    return known is not None and not known[0]


def note(database: Database, patient_id: str, became: str | None, after: int, now: Instant) -> None:
    database.connection.execute(
        "INSERT INTO reconciled (patient_id, became, after_moved, at_utc) VALUES (?, ?, ?, ?)",
        (patient_id, became, after, now.utc.isoformat()),
    )


def moved_so_far(database: Database) -> int:
    (sequence,) = database.connection.execute("SELECT coalesce(max(sequence), 0) FROM moved").fetchone()
    return int(sequence)
