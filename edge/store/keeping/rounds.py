"""Where a round stands now: a person may have said that it was another resident's while something of it was still to come."""

from __future__ import annotations

import datetime as dt

from edge.domain.patient import Encounter
from edge.store.file.database import Database
from edge.store.keeping import rows

BECAME = "(SELECT m.became FROM moved_round m WHERE m.encounter_id = {} ORDER BY m.sequence DESC LIMIT 1)"
"""The round that the round {} became, NULL where nobody said anything of it, in SQL."""

_BECAME = "SELECT became FROM moved_round WHERE encounter_id = ? ORDER BY sequence DESC LIMIT 1"
"""Asked by every save."""


def stands_at(database: Database, encounter_id: str) -> str:
    """The id of the round that it became, or its own."""
    row = database.run(_BECAME, (encounter_id,)).fetchone()
    return encounter_id if row is None else str(row[0])


def standing(database: Database, encounter: Encounter) -> Encounter:
    """``encounter``, or the round that it became."""
    became = stands_at(database, encounter.id)
    if became == encounter.id:
        return encounter
    row = database.connection.execute(f"SELECT {rows.ENCOUNTER} FROM encounter e WHERE e.id = ?", (became,)).fetchone()
    return rows.encounter(row)


def note_became(database: Database, encounter_id: str, became: str, at: dt.datetime) -> None:
    """And of every round that had become ``encounter_id``. In the caller's transaction."""
    run = database.connection.execute
    found = run(
        f"SELECT DISTINCT encounter_id FROM moved_round r WHERE {BECAME.format('r.encounter_id')} = ?", (encounter_id,)
    ).fetchall()
    for one in {encounter_id, *(str(row[0]) for row in found)}:
        run(
            "INSERT INTO moved_round (encounter_id, became, at_utc) VALUES (?, ?, ?)",
            (one, became, at.isoformat()),
        )


def note_back(database: Database, encounter_id: str, at: dt.datetime) -> None:
    """It is itself again, and so is what had become it before it went. In the caller's transaction."""
    run = database.connection.execute
    found = run(
        f"SELECT DISTINCT encounter_id FROM moved_round r WHERE {BECAME.format('r.encounter_id')} = ?1"
        " AND EXISTS (SELECT 1 FROM moved_round b WHERE b.encounter_id = r.encounter_id AND b.became = ?2)",
        (stands_at(database, encounter_id), encounter_id),
    ).fetchall()
    for one in {encounter_id, *(str(row[0]) for row in found)}:
        run(
            "INSERT INTO moved_round (encounter_id, became, at_utc) VALUES (?, ?, ?)",
            (one, encounter_id, at.isoformat()),
        )


def note_moved(database: Database, item: int, was: int | None, encounter_id: str | None, at: dt.datetime) -> None:
    """``item`` stands since for what was captured for ``encounter_id`` (None: nobody). In the caller's transaction."""
    database.connection.execute(
        "INSERT INTO moved (item, was, encounter_id, at_utc) VALUES (?, ?, ?, ?)",
        (item, was, encounter_id, at.isoformat()),
    )


def stands_for(database: Database, sequence: int) -> int:
    """The item that stands now for the item of ``sequence``: itself, or what it became by being moved."""
    while True:
        row = database.connection.execute("SELECT item FROM moved WHERE was = ?", (sequence,)).fetchone()
        if row is None:
            return sequence
        sequence = int(row[0])
