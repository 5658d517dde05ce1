"""What changed since somebody last read it, and that somebody did."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from edge.domain.audit import Act, Actor, Entry
from edge.domain.capture import Line
from edge.domain.handover import FIRST, Change, Handover, Read
from edge.domain.measurement import NOT_CAPTURED, Instant, Kind
from edge.domain.patient import Patient
from edge.store.file.database import Database
from edge.store.keeping import audit, reading, rows

MOST: Final = 2000
"""Items that are looked through: the newest."""

_CAPTURED: Final = ",".join(f"'{kind.value}'" for kind in Kind if kind not in NOT_CAPTURED)


def last_read(database: Database) -> Read | None:
    row = database.connection.execute(
        "SELECT through, audited, read_utc, boot_id, monotonic_ns, name FROM handover ORDER BY sequence DESC LIMIT 1"
    ).fetchone()
    return Read(int(row[0]), int(row[1]), rows.instant(row[2], row[3], row[4], 0), row[5]) if row else None


def changed(database: Database, now: dt.datetime, within: dt.timedelta | None = None) -> Handover:
    """Since the last reading, or of the last day where there was none; ``within`` that time, whoever read what."""
    read = None if within else last_read(database)
    run = database.connection.execute
    (through,) = run("SELECT coalesce(max(sequence), 0) FROM item").fetchone()
    audited, _ = audit.head(database)
    found = run(
        f"SELECT i.patient_id, {reading.LINE} FROM item i WHERE i.sequence > ? AND i.patient_id IS NOT NULL"
        f" AND i.purged IS NULL AND i.kind IN ({_CAPTURED}) ORDER BY i.sequence DESC LIMIT ?",
        (read.through if read else 0, MOST + 1),
    ).fetchall()
    lines: dict[str, list[Line]] = {}
    for patient_id, *columns in found[:MOST]:
        line = reading.line(columns)
        if read is not None or line.taken.utc > now - (within or FIRST):
            lines.setdefault(patient_id, []).append(line)
    for patient_id, *columns in _said_whose(database, read) if read else ():
        lines.setdefault(patient_id, []).append(reading.line(columns))
    gone = _taken_away(database, read) if read else {}
    changes = tuple(
        Change(patient_id, tuple(lines.get(patient_id, ())), gone.get(patient_id, 0))
        for patient_id in dict.fromkeys([*lines, *gone])
    )
    more = len(found) > MOST and (read is not None or sum(map(len, lines.values())) == MOST)
    return Handover(read, int(through), audited, changes, more=more)


def _said_whose(database: Database, read: Read) -> list[tuple[Any, ...]]:
    """What was nobody's when the last one was read, and is a resident's since: nobody has read it yet."""
    found = database.connection.execute(
        f"SELECT i.patient_id, {reading.LINE} FROM item i WHERE i.sequence IN (SELECT"
        " (SELECT n.item FROM item_named n WHERE n.id = a.item_id) FROM audit a WHERE a.sequence > ? AND a.act = ?)"
        " AND i.sequence <= ? AND i.patient_id IS NOT NULL AND i.purged IS NULL AND i.entered_in_error IS NULL"
        f" AND i.kind IN ({_CAPTURED}) ORDER BY i.sequence DESC LIMIT ?",
        (read.audited, Act.ASSIGNED.value, read.through, MOST),
    )
    return list(found)


def _taken_away(database: Database, read: Read) -> dict[str, int]:
    """By resident: what she had when the last one was read, and has not any more."""
    found = database.connection.execute(
        "SELECT i.patient_id, count(DISTINCT i.sequence) FROM audit a JOIN item i ON i.sequence ="
        " (SELECT n.item FROM item_named n WHERE n.id = a.item_id) WHERE a.sequence > ? AND a.act IN (?, ?)"
        " AND i.sequence <= ? AND i.entered_in_error IS NOT NULL AND i.patient_id IS NOT NULL GROUP BY i.patient_id",
        (read.audited, Act.UNDONE.value, Act.MOVED.value, read.through),
    )
    return {str(patient_id): int(count) for patient_id, count in found}


def residents(database: Database) -> dict[str, Patient]:
    """All that the cart ever knew, by id: what is handed over may be of somebody who left."""
    found = database.connection.execute(f"SELECT {rows.PATIENT} FROM patient p WHERE p.erased IS NULL")
    return {one.id: one for one in map(rows.patient, found)}


def put_read(database: Database, through: int, audited: int, now: Instant, by: Actor) -> None:
    """Never back behind what somebody read already. Traced in the same transaction. Raises Fault."""
    with database.write():
        before = last_read(database)
        (newest,) = database.connection.execute("SELECT coalesce(max(sequence), 0) FROM item").fetchone()
        at, _ = audit.head(database)
        through = max(min(through, newest), before.through if before else 0)
        audited = max(min(audited, at), before.audited if before else 0)
        database.connection.execute(
            "INSERT INTO handover (through, audited, read_utc, boot_id, monotonic_ns, known_by, who, name)"
            " VALUES (?,?,?,?,?,?,?,?)",
            (
                *(through, audited, now.utc.isoformat(), now.boot_id, now.monotonic_ns),
                *(by.who.known_by.value, by.who.id, by.who.name),
            ),
        )
        audit.append(database, Entry(Act.HANDOVER, by, now, detail=f"through item {through}"))
