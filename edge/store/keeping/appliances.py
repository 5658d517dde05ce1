"""The tables of devices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from edge.domain.appliance import Appliance, Memory
from edge.domain.audit import Act, Actor, Entry
from edge.domain.measurement import Instant
from edge.store.file.database import Database
from edge.store.keeping import audit


class Appliances:
    """Edge's list of devices. Raises Fault(STORE_IO | STORE_DAMAGED) where nothing was written."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._run = database.connection.execute

    def take_in(self, one: Appliance, by: Actor, now: Instant) -> None:
        """A person takes ``one`` in, anew where it was forgotten."""
        self.put(one, now.utc, Entry(Act.PAIRED, by, now, detail=f"{one.model} {one.id}"))

    def put(self, one: Appliance, now: dt.datetime, trace: Entry | None = None) -> None:
        """``one`` as it is known now; with ``trace`` in the same transaction, where a person did it."""
        slot, consent = one.user or (None, None)
        with self._database.write():
            self._run(
                "INSERT INTO appliance (id, model, label, serial_number, bonded, user_slot, consent, added)"
                " VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (id) DO UPDATE SET model = excluded.model, label = excluded.label,"
                " serial_number = excluded.serial_number, bonded = excluded.bonded, user_slot = excluded.user_slot,"
                " consent = excluded.consent, added = excluded.added, forgotten = NULL",
                (
                    one.id,
                    one.model,
                    one.label,
                    one.serial_number,
                    int(one.bonded),
                    slot,
                    consent,
                    (one.added or now).isoformat(),
                ),
            )
            if trace is not None:
                audit.append(self._database, trace)

    def forget(self, device_id: str, by: Actor, now: Instant) -> None:
        with self._database.write():
            self._run(
                "UPDATE appliance SET forgotten = ? WHERE id = ? AND forgotten IS NULL",
                (now.utc.isoformat(), device_id),
            )
            audit.append(self._database, Entry(Act.FORGOTTEN, by, now, detail=device_id))

    def all(self) -> Sequence[Appliance]:
        """Those that are not forgotten, the oldest first."""
        found = self._run(
            "SELECT id, model, label, serial_number, bonded, user_slot, consent, added FROM appliance"
            " WHERE forgotten IS NULL ORDER BY added, id"
        )
        return [
            Appliance(
                row[0],
                row[1],
                row[2],
                row[3],
                bool(row[4]),
                None if row[5] is None else (row[5], row[6]),
                dt.datetime.fromisoformat(row[7]),
            )
            for row in found
        ]

    def remember(self, memory: Memory) -> None:
        with self._database.write():
            self._run(
                "INSERT OR REPLACE INTO device_memory VALUES (?,?,?)",
                (memory.device_id, memory.clock_least, memory.last_sequence),
            )

    def memories(self) -> Sequence[Memory]:
        return [Memory(*row) for row in self._run("SELECT device_id, clock_least, last_sequence FROM device_memory")]
