"""Running signals that are recorded: every stretch is durable when ``append`` returns, and an item when it is finished."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Final

from edge.domain.capture import Saved
from edge.domain.fault import Fault, Reason
from edge.domain.identifier import dicom_uids, uuid7
from edge.domain.measurement import Device, Instant, Kind
from edge.domain.operator import Operator
from edge.domain.patient import Encounter
from edge.domain.waveform import Waveform
from edge.store.file.database import Database
from edge.store.keeping import operators, rounds, rows

CHUNKS: Final = "place BETWEEN ?1 << 24 AND (?1 << 24) + 0xffffff"
"""Those of recording ?1, in SQL."""

Promise = Callable[[Waveform, dt.datetime], None]
"""Promises the ECG that was just inserted, in the same transaction; its samples are not needed for that."""


class Recordings:
    """Each method is one durable transaction. Raises Fault(STORE_IO | STORE_DAMAGED) where nothing was written.

    A recording is bound to its encounter when it begins, whoever is on screen when it ends.
    """

    def __init__(self, database: Database, promise: Promise) -> None:
        self._database = database
        self._run = database.connection.execute
        self._promise = promise

    def begin(
        self, header: Waveform, device: Device, encounter: Encounter, now: Instant, operator: Operator | None = None
    ) -> int:
        """The number of a new recording; ``header`` is without samples, ``operator`` who began it."""
        text, _, _ = rows.payload_columns(header, None)
        with self._database.write():
            number = self._run(
                "INSERT INTO recording (identity, encounter_id, device_id, device_model, device_label, taken_utc, boot_id,"
                " monotonic_ns, clock_trusted, payload) VALUES (?,?,?,?,?,?,?,?,?,?)",
                (
                    str(uuid7()),
                    encounter.id,
                    device.id,
                    device.model,
                    device.label,
                    now.utc.isoformat(),
                    now.boot_id,
                    now.monotonic_ns,
                    int(now.clock_trusted),
                    text,
                ),
            ).lastrowid
            if operator is not None:
                operators.put_recording(self._database, int(number), operator)
        return int(number)

    def append(self, number: int, place: int, samples: bytes) -> None:
        """Stretch ``place`` (0, 1, 2 ...). The same one again changes nothing, so that a failed write can be tried again.

        Raises Fault(NOT_ALLOWED) for a recording that is finished.
        """
        with self._database.write():
            added = self._run(
                "INSERT INTO chunk SELECT number << 24 | ?2, number, ?3 FROM recording WHERE number = ?1 AND finished IS NULL"
                " ON CONFLICT (place) DO NOTHING",
                (number, place, samples),
            ).rowcount
            if not added and not self._is_open(number):
                raise Fault(Reason.NOT_ALLOWED, "the recording is finished", "begin another one")

    def finish(self, number: int, now: dt.datetime) -> Saved | None:
        """It becomes an item with its promises; None where nothing was ever recorded. Twice is as once."""
        with self._database.write():
            return self._finish(number, now)

    def finish_all(self, now: dt.datetime) -> Sequence[Saved]:
        """What a process that died had begun, as far as it came: for edge, when it opens the store."""
        numbers = [number for (number,) in self._run("SELECT number FROM recording WHERE finished IS NULL").fetchall()]
        return [saved for number in numbers if (saved := self.finish(number, now)) is not None]

    def _is_open(self, number: int) -> bool:
        row = self._run("SELECT 1 FROM recording WHERE number = ? AND finished IS NULL", (number,)).fetchone()
        return row is not None

    def _finish(self, number: int, now: dt.datetime) -> Saved | None:
        there = self._run(
            "SELECT id FROM item WHERE sequence = (SELECT item FROM item_captured"
            " WHERE identity = (SELECT identity FROM recording WHERE number = ?))",
            (number,),
        ).fetchone()
        if there is not None:
            return Saved(there[0], new=False)
        self._run("UPDATE recording SET finished = ? WHERE number = ?", (now.isoformat(), number))
        if self._run(f"SELECT 1 FROM chunk WHERE {CHUNKS} LIMIT 1", (number,)).fetchone() is None:
            return None
        name = str(uuid7())
        self._run(
            "INSERT INTO item (id, kind, identity, patient_id, encounter_id, device_id, device_model, device_label, taken_utc,"
            " boot_id, monotonic_ns, clock_trusted, payload, sop_uid, series_uid, recording)"
            " SELECT ?, ?, r.identity, e.patient_id, e.id, r.device_id, r.device_model, r.device_label, r.taken_utc, r.boot_id,"
            " r.monotonic_ns, r.clock_trusted, r.payload, ?, ?, r.number FROM recording r"
            f" JOIN encounter e ON e.id = coalesce({rounds.BECAME.format('r.encounter_id')}, r.encounter_id) WHERE r.number = ?",
            (name, Kind.ECG.value, *dicom_uids(2), number),
        )
        operators.put_recorded(self._database, number)
        self._run(
            "INSERT INTO moved (item, encounter_id, at_utc) SELECT i.sequence, r.encounter_id, ? FROM recording r"
            " JOIN item i ON i.sequence = (SELECT max(sequence) FROM item) WHERE r.number = ? AND i.encounter_id <> r.encounter_id",
            (now.isoformat(), number),
        )
        (text,) = self._run("SELECT payload FROM recording WHERE number = ?", (number,)).fetchone()
        header = rows.payload(Kind.ECG, text, None, None)
        assert isinstance(header, Waveform)
        self._promise(header, now)
        return Saved(name, new=True)


def samples_of(database: Database, number: int) -> bytes:
    """All stretches of a recording, in order."""
    found = database.connection.execute(f"SELECT samples FROM chunk WHERE {CHUNKS} ORDER BY place", (number,))
    return b"".join(samples for (samples,) in found)
