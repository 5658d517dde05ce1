"""What changed since somebody last read it, and that somebody did."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
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


def _ones(database: Database) -> dict[str, tuple[int, int]]:
    """By resident how far she was read by herself: the newest item and act."""
    found = database.connection.execute(
        "SELECT patient_id, max(through), max(audited) FROM handover_one GROUP BY patient_id"
    )
    return {str(patient_id): (int(through), int(audited)) for patient_id, through, audited in found}


def changed(database: Database, now: dt.datetime, within: dt.timedelta | None = None) -> Handover:
    """Since the last reading, or of the last day where there was none; ``within`` that time, whoever read what.

    Who was read by herself since then: since that.
    """
    read = None if within else last_read(database)
    ones = {} if within else _ones(database)
    run = database.connection.execute
    (through,) = run("SELECT coalesce(max(sequence), 0) FROM item").fetchone()
    audited, _ = audit.head(database)
    found = run(
        f"SELECT i.patient_id, i.sequence, {reading.LINE} FROM item i WHERE i.sequence > ? AND i.patient_id IS NOT NULL"
        f" AND i.purged IS NULL AND i.kind IN ({_CAPTURED}) ORDER BY i.sequence DESC LIMIT ?",
        (read.through if read else 0, MOST + 1),
    ).fetchall()
    lines: dict[str, list[Line]] = {}
    for patient_id, sequence, *columns in found[:MOST]:
        one = ones.get(patient_id)
        if one is not None and sequence <= one[0]:
            continue
        line = reading.line(columns)
        if read is not None or one is not None or line.taken.utc > now - (within or FIRST):
            lines.setdefault(patient_id, []).append(line)
    gone: dict[str, int] = {}
    for said, taken in _since(database, read, ones):
        for patient_id, columns in said:
            lines.setdefault(patient_id, []).append(reading.line(columns))
        gone |= taken
    changes = tuple(
        Change(patient_id, tuple(lines.get(patient_id, ())), gone.get(patient_id, 0))
        for patient_id in dict.fromkeys([*lines, *gone])
    )
    more = len(found) > MOST and (read is not None or sum(map(len, lines.values())) == MOST)
    return Handover(read, int(through), audited, changes, more=more)


_Said = list[tuple[str, tuple[Any, ...]]]


def _since(
    database: Database, read: Read | None, ones: dict[str, tuple[int, int]]
) -> Iterator[tuple[_Said, dict[str, int]]]:
    """What was said of old items since they were read, first of all who were read together, then of each by herself."""
    before = (read.through, read.audited) if read else (0, 0)
    alone = {patient_id: mark for patient_id, mark in ones.items() if mark[0] > before[0] or mark[1] > before[1]}
    if read:
        said = [one for one in _said_whose(database, *before) if one[0] not in alone]
        yield said, {who: count for who, count in _taken_away(database, *before).items() if who not in alone}
    for patient_id, (through, audited) in alone.items():
        mark = max(through, before[0]), max(audited, before[1])
        yield _said_whose(database, *mark, patient_id), _taken_away(database, *mark, patient_id)


def _said_whose(database: Database, through: int, audited: int, patient_id: str | None = None) -> _Said:
    """What was nobody's when it was read up to there, and is a resident's since: nobody has read it yet."""
    found = database.connection.execute(
        f"SELECT i.patient_id, {reading.LINE} FROM item i WHERE i.sequence IN (SELECT"
        " (SELECT n.item FROM item_named n WHERE n.id = a.item_id) FROM audit a WHERE a.sequence > ? AND a.act = ?)"
        " AND i.sequence <= ? AND i.patient_id IS NOT NULL AND i.purged IS NULL AND i.entered_in_error IS NULL"
        f" AND (?4 IS NULL OR i.patient_id = ?4) AND i.kind IN ({_CAPTURED}) ORDER BY i.sequence DESC LIMIT {MOST}",
        (audited, Act.ASSIGNED.value, through, patient_id),
    )
    return [(str(row[0]), row[1:]) for row in found]


def _taken_away(database: Database, through: int, audited: int, patient_id: str | None = None) -> dict[str, int]:
    """By resident: what she had when it was read up to there, and has not any more."""
    found = database.connection.execute(
        "SELECT i.patient_id, count(DISTINCT i.sequence) FROM audit a JOIN item i ON i.sequence ="
        " (SELECT n.item FROM item_named n WHERE n.id = a.item_id) WHERE a.sequence > ? AND a.act IN (?, ?)"
        " AND i.sequence <= ? AND i.entered_in_error IS NOT NULL AND i.patient_id IS NOT NULL"
        " AND (?5 IS NULL OR i.patient_id = ?5) GROUP BY i.patient_id",
        (audited, Act.UNDONE.value, Act.MOVED.value, through, patient_id),
    )
    return {str(who): int(count) for who, count in found}


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


def put_read_of(
    database: Database, patient_ids: Sequence[str], through: int, audited: int, now: Instant, by: Actor
) -> None:
    """Of these residents only: what is of others stays to be read. Traced of each in the same transaction. Raises Fault."""
    with database.write():
        (newest,) = database.connection.execute("SELECT coalesce(max(sequence), 0) FROM item").fetchone()
        at, _ = audit.head(database)
        through, audited = min(through, newest), min(audited, at)
        for patient_id in patient_ids:
            database.connection.execute(
                "INSERT INTO handover_one (patient_id, through, audited, read_utc, boot_id, monotonic_ns, known_by, who, name)"
                " VALUES (?,?,?,?,?,?,?,?,?)",
                (
                    *(patient_id, through, audited, now.utc.isoformat(), now.boot_id, now.monotonic_ns),
                    *(by.who.known_by.value, by.who.id, by.who.name),
                ),
            )
            audit.append(database, Entry(Act.HANDOVER, by, now, patient_id, detail=f"through item {through}"))
