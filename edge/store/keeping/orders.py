"""Orders of a worklist: kept as they were told last; taken by at most one round each, and those that no round took go again."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Final

import msgspec

from edge.domain.identifier import accession_number, dicom_uid
from edge.domain.order import Order
from edge.domain.patient import Encounter, Patient
from edge.domain.worklist import Listed, Scheduled, only_one
from edge.store.file.database import Database

BELIEVED: Final = dt.timedelta(hours=24)
"""How long an order counts after the worklist told it last."""

FORGOTTEN: Final = dt.timedelta(days=30)
"""After that one that was not told again is gone, or, where a round took it, says no more of whom it was."""

MOST_KEPT: Final = 10_000
"""Orders that no round took: a worklist that invents them fills no disk."""

_NOT_TAKEN: Final = "NOT EXISTS (SELECT 1 FROM ordered o WHERE o.study_uid = scheduled.study_uid)"

_COLUMNS: Final = (
    "study_uid, step_id, accession_number, accession_issuer, procedure_id, description, code, patient_id, issuer, name,"
    " birth_date, sex, start, station, modality"
)
_NAMES: Final = tuple(name.strip() for name in _COLUMNS.split(","))

Column = str | None


def put(database: Database, told: Sequence[Scheduled], now: dt.datetime, *, whole: bool) -> None:
    """What the worklist told now. ``whole``: what it did not tell is gone; otherwise nothing is known of it.

    What was told long ago is forgotten.
    """
    changed = ", ".join(f"{name} = excluded.{name}" for name in _NAMES)
    at = now.isoformat()
    with database.write():
        database.connection.executemany(
            f"INSERT INTO scheduled ({_COLUMNS}, first_seen_utc, last_seen_utc)"
            f" VALUES ({','.join('?' * (len(_NAMES) + 2))}) ON CONFLICT (study_uid, step_id) DO UPDATE"
            f" SET {changed}, last_seen_utc = excluded.last_seen_utc, gone_utc = NULL",
            [(*_columns(one), at, at) for one in told],
        )
        if whole:
            database.connection.execute(
                "UPDATE scheduled SET gone_utc = ?1 WHERE gone_utc IS NULL AND last_seen_utc <> ?1", (at,)
            )
        _forget(database, now)


def forget(database: Database, now: dt.datetime) -> None:
    """What was told long ago, where nobody asks a worklist any more."""
    if database.connection.execute(f"SELECT 1 FROM scheduled WHERE {_LONG_AGO} LIMIT 1", (_long_ago(now),)).fetchone():
        with database.write():
            _forget(database, now)


def _forget(database: Database, now: dt.datetime) -> None:
    run = database.connection.execute
    run(f"DELETE FROM scheduled WHERE {_LONG_AGO} AND {_NOT_TAKEN}", (_long_ago(now),))
    run(
        f"UPDATE scheduled SET patient_id = '', name = '', birth_date = NULL, sex = '' WHERE {_LONG_AGO}",
        (_long_ago(now),),
    )
    run(
        "DELETE FROM scheduled WHERE (study_uid, step_id) IN (SELECT study_uid, step_id FROM scheduled"
        f" WHERE {_NOT_TAKEN} ORDER BY last_seen_utc DESC, study_uid, step_id LIMIT -1 OFFSET ?)",
        (MOST_KEPT,),
    )


_LONG_AGO: Final = "coalesce(gone_utc, last_seen_utc) < ?1 AND patient_id <> ''"


def _long_ago(now: dt.datetime) -> str:
    return (now - FORGOTTEN).isoformat()


def for_round(database: Database, patient: Patient, now: dt.datetime) -> tuple[Order | None, str]:
    """The order that a round of this resident is, and what the audit trail shall say. Runs in the caller's transaction."""
    found = database.connection.execute(
        f"SELECT {_COLUMNS} FROM scheduled s WHERE gone_utc IS NULL AND patient_id = ? AND last_seen_utc >= ?"
        # a study and an accession number are of one round
        " AND NOT EXISTS (SELECT 1 FROM encounter e WHERE e.study_uid = s.study_uid"
        " OR e.accession_number = s.accession_number)",
        (patient.id, (now - BELIEVED).isoformat()),
    )
    return only_one((_scheduled(row) for row in found), patient)


_NOTHING_DONE: Final = " AND ".join(
    f"NOT EXISTS (SELECT 1 FROM {table} t WHERE t.{column} = e.id)"
    for table, column in (
        ("item", "encounter_id"),
        ("recording", "encounter_id"),
        ("consultation", "encounter_id"),
        ("moved", "encounter_id"),
        ("moved_round", "encounter_id"),
        ("moved_round", "became"),
    )
)


def give_back(database: Database, patient_id: str, prefix: str) -> None:
    """A round of this resident that was closed with nothing in it was a tap of a wrong finger: its order is there for the
    next one, and it has a study and an accession number of its own. Runs in the caller's transaction.
    """
    run = database.connection.execute
    empty = run(
        "SELECT e.id FROM encounter e JOIN ordered o ON o.encounter_id = e.id"
        f" WHERE e.patient_id = ? AND e.closed IS NOT NULL AND {_NOTHING_DONE}",
        (patient_id,),
    ).fetchall()
    for (encounter_id,) in empty:
        name = uuid.UUID(encounter_id)
        run("DELETE FROM ordered WHERE encounter_id = ?", (encounter_id,))
        run(
            "UPDATE encounter SET study_uid = ?, accession_number = ? WHERE id = ?",
            (dicom_uid(name), accession_number(prefix, name), encounter_id),
        )


def take(database: Database, encounter: Encounter) -> None:
    """Keeps the order of a new encounter, where it has one. Runs in the caller's transaction."""
    if encounter.order is not None:
        said = msgspec.json.encode(encounter.order).decode()
        database.connection.execute(
            "INSERT INTO ordered VALUES (?, ?, ?)", (encounter.id, encounter.order.study_uid, said)
        )


def listed(database: Database) -> list[Listed]:
    """All that is known, what comes first first."""
    found = database.connection.execute(
        f"SELECT {_COLUMNS}, first_seen_utc, last_seen_utc, gone_utc,"
        " (SELECT encounter_id FROM ordered o WHERE o.study_uid = s.study_uid) FROM scheduled s"
        " ORDER BY gone_utc IS NOT NULL, start, study_uid, step_id"
    )
    width = len(_NAMES)
    return [Listed(_scheduled(row), *row[width:]) for row in found]


def _columns(one: Scheduled) -> tuple[Column, ...]:
    order = one.order
    return (
        order.study_uid,
        order.step_id,
        order.accession_number,
        order.accession_issuer,
        order.procedure_id,
        order.description,
        None if order.code is None else msgspec.json.encode(order.code).decode(),
        one.patient_id,
        one.issuer,
        one.name,
        None if one.birth_date is None else one.birth_date.isoformat(),
        one.sex,
        one.start,
        one.station,
        one.modality,
    )


def _scheduled(row: Sequence[Column]) -> Scheduled:
    study_uid, step_id, accession, issuer, procedure, description, code, *rest = row[: len(_NAMES)]
    patient_id, of, name, born, sex, start, station, modality = rest
    return Scheduled(
        Order(
            study_uid or "",
            accession or "",
            issuer or "",
            procedure or "",
            step_id or "",
            description or "",
            None if code is None else msgspec.json.decode(code, type=tuple[str, str, str]),
        ),
        patient_id or "",
        of or "",
        name or "",
        None if born is None else dt.date.fromisoformat(born),
        sex or "",
        start or "",
        station or "",
        modality or "",
    )
