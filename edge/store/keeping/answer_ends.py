"""What answers answer, of whom they are since, and when their content goes: after its request, or where nobody claimed it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from edge.domain.audit import Act, Actor, Entry
from edge.domain.measurement import Instant
from edge.store.file.database import Database
from edge.store.keeping import audit, rounds

REQUEST: Final = (
    "coalesce((SELECT e.request FROM opinion_event e WHERE e.answer = a.sequence AND e.event = 'matched'"
    " ORDER BY e.sequence DESC LIMIT 1), a.request)"
)
LATE: Final = (
    "(a.text || a.author || coalesce(a.blob_sha256, '')) <> '' AND EXISTS (SELECT 1 FROM item p WHERE p.sequence ="
    f" {REQUEST} AND p.purged IS NOT NULL AND NOT EXISTS (SELECT 1 FROM moved v WHERE v.was = p.sequence))"
)
"""It came after what it answers had gone: a person looks at it, and no page of a resident shows it."""
GONE: Final = f"{REQUEST} IS NULL AND a.author = '' AND a.text = '' AND a.blob_sha256 IS NULL"
"""Nobody said whose it was, and it went after its retention."""


def forget(database: Database, request: int) -> list[str]:
    """What answered the item of ``request`` goes with it, in the caller's transaction. The names of its files.

    Nothing goes while another item that is still here stands for it.
    """
    run = database.connection.execute
    stands = rounds.stands_for(database, request)
    row = run("SELECT purged FROM item WHERE sequence = ?", (stands,)).fetchone()
    if stands != request and row is not None and row[0] is None:
        return []
    names: list[str] = []
    for one in lineage(database, request):
        found = run(f"SELECT a.sequence FROM answer a WHERE {REQUEST} = ?", (one,)).fetchall()
        names += _forget(database, [number for (number,) in found])
    return names


def forget_late(database: Database, before: dt.datetime) -> list[str]:
    """What came before ``before`` to requests that had gone goes too. The names of its files."""
    run = database.connection.execute
    which = f"SELECT a.sequence FROM answer a WHERE a.received_utc < ? AND {LATE}"
    if not run(f"{which} LIMIT 1", (before.isoformat(),)).fetchone():
        return []
    with database.write():
        return _forget(database, [number for (number,) in run(which, (before.isoformat(),)).fetchall()])


def forget_loose(
    database: Database, aside_before: dt.datetime, before: dt.datetime, now: Instant, by: Actor
) -> list[str]:
    """What nobody has claimed goes: said to be nobody's before ``aside_before``, or come before ``before``. The names of its files.

    Each leaves its trace, by its number.
    """
    run = database.connection.execute
    which = (
        f"SELECT a.sequence FROM answer a WHERE {REQUEST} IS NULL AND NOT ({GONE}) AND (a.received_utc < ? OR EXISTS"
        " (SELECT 1 FROM answer_aside s WHERE s.answer = a.sequence AND s.at_utc < ?))"
    )
    since = (before.isoformat(), aside_before.isoformat())
    if not run(f"{which} LIMIT 1", since).fetchone():
        return []
    with database.write():
        numbers = [int(number) for (number,) in run(which, since).fetchall()]
        for number in numbers:
            detail = f"answer {number}, which nobody claimed, after its retention"
            audit.append(database, Entry(Act.PURGED, by, now, detail=detail))
        return _forget(database, numbers)


def forget_of(database: Database, patient_id: str) -> list[str]:
    """What came for one resident, late or not, in the caller's transaction. The names of its files."""
    found = database.connection.execute(
        f"SELECT a.sequence FROM answer a JOIN item i ON i.sequence = {REQUEST} WHERE i.patient_id = ? AND {LATE}",
        (patient_id,),
    )
    return _forget(database, [number for (number,) in found.fetchall()])


def _forget(database: Database, numbers: Sequence[int]) -> list[str]:
    run = database.connection.execute
    names = []
    for number in numbers:
        names += [name for (name,) in run("SELECT blob_sha256 FROM answer WHERE sequence = ?", (number,)) if name]
        run(
            "UPDATE answer SET text = '', author = '', author_rpps = '', blob_sha256 = NULL WHERE sequence = ?",
            (number,),
        )
    return names


def newest(database: Database, request: int) -> dt.datetime | None:
    """When the newest answer came to the item of ``request`` or to what it stands for."""
    places = lineage(database, request)
    (at,) = database.connection.execute(
        f"SELECT max(a.received_utc) FROM answer a WHERE {REQUEST} IN ({','.join('?' * len(places))})", places
    ).fetchone()
    return None if at is None else dt.datetime.fromisoformat(at)


def lineage(database: Database, sequence: int) -> list[int]:
    """The item, and all for which it stands."""
    found = [sequence]
    while row := database.connection.execute(
        "SELECT was FROM moved WHERE item = ? AND was IS NOT NULL", (found[-1],)
    ).fetchone():
        found.append(int(row[0]))
    return found
