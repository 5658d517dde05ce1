"""The movements of the residents' record as rows, and what is known of an identifier. The rules are edge.domain.movement's."""

from __future__ import annotations

import datetime as dt

from edge.domain.measurement import Instant
from edge.domain.movement import Kept, Known, Outcome, Received, Taken, Way, What
from edge.store.file.database import Database
from edge.store.keeping import rows

_KEPT = "sequence, came_utc, source, what, patient_id, other_id, outcome, reason"


def known(database: Database, patient_id: str) -> Known:
    """What is here of ``patient_id``. A resident whose traits were erased is not."""
    run = database.connection.execute
    row = run(f"SELECT {rows.PATIENT}, p.erased FROM patient p WHERE p.id = ?", (patient_id,)).fetchone()
    if row is None:
        return Known()
    captured, on_screen, became = run(
        "SELECT EXISTS (SELECT 1 FROM encounter e WHERE e.patient_id = ?1),"
        " EXISTS (SELECT 1 FROM on_screen s JOIN encounter e ON e.id = s.encounter_id WHERE e.patient_id = ?1),"
        " (SELECT r.became FROM reconciled r WHERE r.patient_id = ?1 ORDER BY r.sequence DESC LIMIT 1)",
        (patient_id,),
    ).fetchone()
    if row[-1] is not None:
        return Known(became=became or "", erased=True)
    return Known(rows.patient(row[:-1]), bool(captured), bool(on_screen), became or "")


def found(database: Database, received: Received) -> Taken | None:
    """What became of this very message, where it came before."""
    row = database.connection.execute(
        "SELECT sequence, outcome, reason FROM movement WHERE sender = ? AND control_id = ? AND digest = ?",
        (received.sender, received.control_id, received.digest),
    ).fetchone()
    return None if row is None else Taken(int(row[0]), Outcome(row[1]), str(row[2]), again=True)


def put(database: Database, received: Received, outcome: Outcome, reason: str, now: Instant) -> int:
    """Its number. One that was refused before gets what became of it now. In the caller's transaction."""
    movement = received.movement
    row = database.connection.execute(
        "INSERT INTO movement (source, sender, control_id, digest, what, patient_id, other_id, raw, came_utc, boot_id,"
        " monotonic_ns, outcome, reason) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)"
        " ON CONFLICT (sender, control_id, digest) DO UPDATE SET outcome = excluded.outcome, reason = excluded.reason"
        " RETURNING sequence",
        (
            received.way.value,
            received.sender,
            received.control_id,
            received.digest,
            movement.what.value if movement else "",
            movement.told.id if movement else "",
            movement.other_id if movement else "",
            bytearray(received.raw),
            now.utc.isoformat(),
            now.boot_id,
            now.monotonic_ns,
            outcome.value,
            reason,
        ),
    ).fetchone()
    return int(row[0])


def settle(database: Database, number: int, outcome: Outcome, reason: str, now: Instant) -> None:
    """What a person decided. In the caller's transaction."""
    database.connection.execute(
        "UPDATE movement SET outcome = ?, reason = ?, decided_utc = ? WHERE sequence = ?",
        (outcome.value, reason, now.utc.isoformat(), number),
    )


def raw(database: Database, number: int) -> tuple[Kept, bytes] | None:
    row = database.connection.execute(f"SELECT {_KEPT}, raw FROM movement WHERE sequence = ?", (number,)).fetchone()
    return None if row is None else (_kept(row), bytes(row[8]))


def listed(database: Database, *, everything: bool = False, limit: int = 200) -> list[Kept]:
    """What waits for a person, the oldest first; or the newest of all."""
    which = "ORDER BY sequence DESC" if everything else "WHERE outcome = 'waiting' ORDER BY sequence"
    return [
        _kept(row) for row in database.connection.execute(f"SELECT {_KEPT} FROM movement {which} LIMIT ?", (limit,))
    ]


def waiting(database: Database) -> int:
    (count,) = database.connection.execute("SELECT count(*) FROM movement WHERE outcome = 'waiting'").fetchone()
    return int(count)


def forget(database: Database, before: dt.datetime) -> None:
    """The words of a message go after a time; that it came, and what became of it, stays."""
    which = "raw <> x'' AND outcome <> 'waiting' AND came_utc < ?"
    run, at = database.connection.execute, before.isoformat()
    if run(f"SELECT 1 FROM movement WHERE {which} LIMIT 1", (at,)).fetchone():
        with database.write():
            run(f"UPDATE movement SET raw = x'' WHERE {which}", (at,))


def forget_of(database: Database, patient_id: str) -> None:
    """Those of one resident. In the caller's transaction."""
    database.connection.execute(
        "UPDATE movement SET raw = x'' WHERE raw <> x'' AND (patient_id = ?1 OR other_id = ?1)", (patient_id,)
    )


def _kept(row: tuple[object, ...]) -> Kept:
    number, came, way, what, patient_id, other_id, outcome, reason = row[:8]
    return Kept(
        number=int(str(number)),
        came=dt.datetime.fromisoformat(str(came)),
        way=Way(str(way)),
        what=What(str(what)) if what else None,
        patient_id=str(patient_id),
        other_id=str(other_id),
        outcome=Outcome(str(outcome)),
        reason=str(reason),
    )
