"""What specialists wrote during calls, for the report of the encounter."""

from __future__ import annotations

import datetime as dt

from edge.domain.audit import Act, Actor, Entry
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Instant
from edge.domain.specialist_note import MOST_NOTES, SpecialistNote
from edge.store.file.database import Database
from edge.store.keeping import audit


def add(database: Database, note: SpecialistNote, encounter_id: str, now: Instant, by: Actor) -> None:
    """With its entry in the audit trail, which holds none of its text. Raises Fault(NO_ROOM) beyond MOST_NOTES, Fault(STORE_IO)."""
    run = database.connection.execute
    with database.write():
        (count,) = run("SELECT count(*) FROM note WHERE call_id = ?", (note.call_id,)).fetchone()
        if count >= MOST_NOTES:
            raise Fault(Reason.NO_ROOM, "too many notes in one call", "end the call and begin another")
        run(
            "INSERT INTO note (call_id, encounter_id, text, author, rpps, at_utc) VALUES (?,?,?,?,?,?)",
            (note.call_id, encounter_id, note.text, note.author, note.rpps, note.said.isoformat()),
        )
        (patient_id,) = run("SELECT patient_id FROM encounter WHERE id = ?", (encounter_id,)).fetchone()
        entry = Entry(Act.NOTE, by.in_call(note.call_id), now, patient_id, encounter_id, detail="for the report")
        audit.append(database, entry)


def of(database: Database, encounter_id: str) -> tuple[SpecialistNote, ...]:
    """In the order in which they were written, without those that were forgotten."""
    found = database.connection.execute(
        "SELECT call_id, text, author, rpps, at_utc FROM note WHERE encounter_id = ? AND text <> '' ORDER BY sequence",
        (encounter_id,),
    )
    return tuple(
        SpecialistNote(call_id, text, author, rpps, dt.datetime.fromisoformat(at))
        for call_id, text, author, rpps, at in found
    )


def forget_of(database: Database, patient_id: str) -> None:
    """Runs in the caller's transaction."""
    database.connection.execute(
        "UPDATE note SET text = '', author = '', rpps = '' WHERE encounter_id IN"
        " (SELECT id FROM encounter WHERE patient_id = ?)",
        (patient_id,),
    )
