"""What is stored, read back: items whole, the lines of a screen, counters. One short statement each."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from edge.domain.capture import Line
from edge.domain.delivery import ADVANCE, State
from edge.domain.fault import Fault, Reason
from edge.domain.item import Item, Paper, Withdrawal
from edge.domain.measurement import NOT_CAPTURED, VITAL_SIGNS, Kind
from edge.domain.opinion import Evidence, Opinion
from edge.domain.photo import Photo
from edge.domain.waveform import Waveform
from edge.store.disk.blobs import Blobs
from edge.store.disk.stored import Stored
from edge.store.file.database import Database
from edge.store.keeping import documents, operators, parts, rounds, rows, series
from edge.store.keeping.recordings import samples_of

NOT_FILED = "sequence > (SELECT value FROM counter WHERE name = 'filed')"
"""The newest few items: no table finds them by name or resident yet (0003_lean.sql)."""

OF_RESIDENT = (
    "SELECT item FROM filed_resident WHERE patient_id = ?1"
    f" UNION ALL SELECT sequence FROM item WHERE {NOT_FILED} AND patient_id = ?1"
)
"""Sequences of all items of resident ?1, in SQL."""

_KINDS = ",".join(f"'{kind.value}'" for kind in Kind if kind not in NOT_CAPTURED)

LINE = (
    "i.id, i.kind, i.device_id, i.device_model, i.device_label, i.taken_utc, i.boot_id, i.monotonic_ns, i.clock_trusted,"
    f" i.payload, i.entered_in_error, (SELECT group_concat({parts.STATE}) FROM outbox o WHERE o.item = i.sequence)"
)


def lines(database: Database, encounter_id: str, limit: int) -> list[Line]:
    """The captured items of an encounter, newest first, each with the state of its least advanced destination."""
    found = database.connection.execute(
        f"SELECT {LINE} FROM item i WHERE i.purged IS NULL AND i.encounter_id = ?1 AND i.sequence IN ("
        "SELECT f.item FROM encounter e JOIN filed_resident f ON f.patient_id = e.patient_id"
        f" AND f.kind IN ({_KINDS}) AND f.item > e.after_sequence WHERE e.id = ?1"
        f" UNION ALL SELECT sequence FROM item WHERE {NOT_FILED} AND encounter_id = ?1 AND kind IN ({_KINDS}))"
        " ORDER BY i.sequence DESC LIMIT ?2",
        (encounter_id, limit),
    )
    return [line(row) for row in found]


def latest(database: Database, patient_id: str, kinds: Iterable[Kind] = VITAL_SIGNS) -> list[Line]:
    """The newest item of each kind that was not undone, of this resident, whatever the encounter."""
    found = (
        database.connection.execute(
            f"SELECT {LINE} FROM item i WHERE i.sequence = coalesce("
            f"(SELECT sequence FROM item WHERE {NOT_FILED} AND patient_id = ?1 AND kind = ?2"
            " AND entered_in_error IS NULL AND purged IS NULL ORDER BY sequence DESC LIMIT 1),"
            " (SELECT f.item FROM filed_resident f JOIN item o ON o.sequence = f.item WHERE f.patient_id = ?1"
            " AND f.kind = ?2 AND o.entered_in_error IS NULL AND o.purged IS NULL ORDER BY f.item DESC LIMIT 1))",
            (patient_id, kind.value),
        ).fetchone()
        for kind in kinds
    )
    return [line(row) for row in found if row is not None]


def line(row: Sequence[Any]) -> Line:
    return Line(
        item_id=row[0],
        kind=Kind(row[1]),
        device=rows.device(row[2:5]),
        taken=rows.instant(*row[5:9]),
        payload=rows.payload(Kind(row[1]), row[9], None, None),
        state=least_advanced(row[11]),
        entered_in_error=row[10] is not None,
    )


def counted(database: Database, name: str) -> int:
    """A counter of the schema: it never costs more, however much is stored."""
    (value,) = database.connection.execute("SELECT value FROM counter WHERE name = ?", (name,)).fetchone()
    return int(value)


def least_advanced(states: str | None) -> State:
    """Of a comma-separated list of states; an item promised to nobody is kept here."""
    return min((State(s) for s in (states or State.KEPT.value).split(",")), key=ADVANCE.index)


def load(database: Database, blobs: Blobs, item_id: str, destination: str = "", *, whole: bool = True) -> Item:
    """An assigned item as ``destination`` shall have it: under its UID and in its form there.

    ``whole``, or the file of a photo is left where it is.

    A paper comes with its ECG, a withdrawal with the objects that it names. Raises Fault(STORE_DAMAGED) where its blob cannot
    be read, Fault(PURGED) where it went after its retention, LookupError for no such item.
    """
    row = database.connection.execute(
        "SELECT i.kind, i.device_id, i.device_model, i.device_label, i.taken_utc, i.boot_id, i.monotonic_ns,"
        " i.clock_trusted, i.payload, i.samples, i.blob_sha256,"
        " coalesce(o.sop_uid, i.sop_uid), i.series_uid, i.entered_in_error, i.purged, i.recording, coalesce(o.plain, 0),"
        f" {rows.PATIENT}, {rows.ENCOUNTER} FROM item i"
        " JOIN patient p ON p.id = i.patient_id JOIN encounter e ON e.id = i.encounter_id"
        " LEFT JOIN outbox o ON o.item = i.sequence AND o.destination = ?"
        " WHERE i.sequence = (SELECT item FROM item_named WHERE id = ?)",
        (destination, item_id),
    ).fetchone()
    if row is None:
        raise LookupError(item_id)
    if row[14] is not None:
        raise Fault(Reason.PURGED, "its retention here is over", "look where it was received")
    kind = Kind(row[0])
    file = Stored.of(blobs, row[10]) if kind is Kind.PHOTO and row[10] and not whole else None
    large = blobs.get(row[10]) if row[10] and file is None else None
    samples = row[9] if row[15] is None else samples_of(database, row[15])
    patient = 17 + rows.PATIENT_WIDTH
    item = Item(
        id=item_id,
        kind=kind,
        device=rows.device(row[1:4]),
        taken=rows.instant(*row[4:8]),
        payload=rows.payload(kind, row[8], samples, large),
        sop_uid=row[11],
        series_uid=row[12],
        entered_in_error=row[13] is not None,
        plain=bool(row[16]),
        patient=rows.patient(row[17:patient]),
        encounter=rows.encounter(row[patient:]),
        operator=operators.of(database, item_id),
        serial_number=_serial_number(database, row[1]),
        file=file,
    )
    match item.payload:
        case Photo() as photo:
            earlier = series.predecessor(database, item.patient.id, photo, item.taken.utc, destination or None)
            return dataclasses.replace(item, earlier=earlier)
        case Paper():
            return dataclasses.replace(item, payload=_paper(database, blobs, item_id, destination))
        case Withdrawal() as note:
            contents = tuple(Stored.of(blobs, sha256) for sha256 in note.objects)
            return dataclasses.replace(item, payload=dataclasses.replace(note, contents=contents))
        case Opinion() as asked:
            evidence = _evidence(database, asked, item.patient.id)
            papers = documents.loaded(database, blobs, item.patient.id, asked.documents)
            return dataclasses.replace(item, payload=dataclasses.replace(asked, evidence=evidence, documents=papers))
        case _:
            return item


def _evidence(database: Database, asked: Opinion, patient_id: str) -> tuple[Evidence, ...]:
    """What is attached, as it stands now: nothing that was undone, and nothing that turned out to be another resident's (H1)."""
    run = database.connection.execute
    found: list[Evidence] = []
    for name in asked.attached:
        row = run("SELECT item FROM item_named WHERE id = ?", (name,)).fetchone()
        if row is None:
            continue
        one = run(
            "SELECT i.id, i.kind, i.taken_utc, e.study_uid, i.sop_uid FROM item i JOIN encounter e ON e.id = i.encounter_id"
            " WHERE i.sequence = ? AND i.patient_id = ? AND i.entered_in_error IS NULL",
            (rounds.stands_for(database, int(row[0])), patient_id),
        ).fetchone()
        if one is not None:
            found.append(Evidence(one[0], Kind(one[1]), dt.datetime.fromisoformat(one[2]), one[3], one[4]))
    return tuple(found)


def _serial_number(database: Database, device_id: str) -> str:
    """Of a device on the cart's list, forgotten since or not."""
    row = database.connection.execute("SELECT serial_number FROM appliance WHERE id = ?", (device_id,)).fetchone()
    return str(row[0]) if row else ""


def _paper(database: Database, blobs: Blobs, item_id: str, destination: str) -> Paper:
    """Raises Fault(STORE_DAMAGED | PURGED) where its ECG cannot be read."""
    row = database.connection.execute(
        "SELECT e.id FROM item i JOIN item e ON e.sequence = i.part_of"
        " WHERE i.sequence = (SELECT item FROM item_named WHERE id = ?)",
        (item_id,),
    ).fetchone()
    ecg = load(database, blobs, row[0], destination) if row is not None else None
    if ecg is None or not isinstance(ecg.payload, Waveform):
        raise Fault(Reason.STORE_DAMAGED, "the ECG of this paper is lost", "record it again if you can")
    return Paper(ecg.payload, ecg.sop_uid)
