"""What waits for a person to say whose it is, read back for a screen."""

from __future__ import annotations

import datetime as dt
from typing import Final

from edge.domain.measurement import NOT_CAPTURED, Kind, Quality, Reading
from edge.domain.patient import Patient
from edge.domain.whose import Apart, Stray, Unread, Why, is_without_identity
from edge.store.file.database import Database
from edge.store.keeping import reading, rows

MOST: Final = 12
"""Of each, the newest: how many there are in all is counted."""

_NEAR_SECONDS: Final = 3600.0
_OFFERED: Final = 4
_CAPTURED: Final = ",".join(f"'{kind.value}'" for kind in Kind if kind not in NOT_CAPTURED)


def apart(database: Database) -> Apart:
    """A few index look-ups where nothing waits."""
    return Apart(_strays(database), _unread(database), _reconciled(database))


def _strays(database: Database) -> tuple[Stray, ...]:
    run = database.connection.execute
    found = run(
        f"SELECT {reading.LINE}, EXISTS (SELECT 1 FROM moved m WHERE m.item = i.sequence) FROM item i"
        " INDEXED BY item_of_nobody WHERE i.patient_id IS NULL AND i.aside IS NULL AND i.entered_in_error IS NULL"
        f" AND i.purged IS NULL AND i.kind IN ({_CAPTURED}) ORDER BY i.sequence DESC LIMIT ?",
        (MOST,),
    ).fetchall()
    strays = []
    for *columns, moved in found:
        line = reading.line(columns)
        near = _near(database, line.taken.utc)
        payload = line.payload
        if moved:
            why = Why.TAKEN_BACK
        elif isinstance(payload, Reading) and Quality.FROM_STORAGE in payload.quality:
            why = Why.FROM_MEMORY
        else:
            why = Why.CHANGED if _somebody_was_there(database, line.taken.utc) else Why.NO_RESIDENT
        strays.append(Stray(line, why, near))
    return tuple(strays)


def _somebody_was_there(database: Database, taken: dt.datetime) -> bool:
    at = taken.isoformat()
    row = database.connection.execute(
        "SELECT 1 FROM encounter WHERE opened <= ?1 AND (closed >= ?1 OR id IN (SELECT encounter_id FROM on_screen)) LIMIT 1",
        (at,),
    ).fetchone()
    return row is not None


def _near(database: Database, taken: dt.datetime) -> tuple[str, ...]:
    """Who was on screen last before ``taken``, or first after it, within an hour: the newest first."""
    early, late = (taken + dt.timedelta(seconds=_NEAR_SECONDS * sign) for sign in (-1, 1))
    found = database.connection.execute(
        "SELECT e.patient_id FROM encounter e JOIN patient p ON p.id = e.patient_id WHERE e.opened <= ?1"
        " AND (e.closed >= ?2 OR e.id IN (SELECT encounter_id FROM on_screen)) AND p.erased IS NULL"
        f" AND {rows.NOT_RECONCILED} GROUP BY e.patient_id ORDER BY min(abs(julianday(e.opened) - julianday(?3))) LIMIT ?4",
        (late.isoformat(), early.isoformat(), taken.isoformat(), _OFFERED),
    )
    return tuple(str(patient_id) for (patient_id,) in found)


def _unread(database: Database) -> tuple[Unread, ...]:
    found = database.connection.execute(
        "SELECT sequence, device_id, device_model, taken_utc, reason FROM quarantine WHERE looked_utc IS NULL"
        " ORDER BY sequence DESC LIMIT ?",
        (MOST,),
    )
    return tuple(
        Unread(int(number), device, model, dt.datetime.fromisoformat(taken), reason)
        for number, device, model, taken, reason in found
    )


def _reconciled(database: Database) -> tuple[tuple[Patient, str], ...]:
    """Of those whom the record merged, only who ever was on screen: of the others there is nothing to take back."""
    found = database.connection.execute(
        f"SELECT {rows.PATIENT}, r.became, EXISTS (SELECT 1 FROM encounter e WHERE e.patient_id = p.id)"
        " FROM reconciled r JOIN patient p ON p.id = r.patient_id"
        " WHERE r.became IS NOT NULL AND p.erased IS NULL"
        " AND r.sequence = (SELECT max(n.sequence) FROM reconciled n WHERE n.patient_id = r.patient_id)"
        " ORDER BY r.sequence DESC LIMIT ?",
        (MOST,),
    )
    return tuple(
        (rows.patient(row[: rows.PATIENT_WIDTH]), str(row[rows.PATIENT_WIDTH]))
        for row in found
        if row[-1] or is_without_identity(str(row[0]))
    )
