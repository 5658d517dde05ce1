"""The Ledger port over the store's thread, and how each process opens the store."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

from edge.domain.appliance import Appliance, Memory
from edge.domain.capture import Capture, Overview, Saved
from edge.domain.fault import Fault, Reason
from edge.domain.item import Item
from edge.domain.measurement import Device, Instant, Kind
from edge.domain.patient import Encounter, Patient
from edge.store import outbox
from edge.store.appliances import Appliances
from edge.store.blobs import Blobs
from edge.store.database import Database, read_key
from edge.store.journal import Journal
from edge.store.thread import StoreThread


@dataclasses.dataclass(frozen=True, slots=True)
class Places:
    """Where the store lies."""

    database: Path
    blobs: Path
    key: Path


class EdgeStore(outbox.Opened):
    """The store as edge's thread holds it."""

    def __init__(self, database: Database, blobs: Blobs, destinations: Mapping[Kind, Sequence[str]]) -> None:
        super().__init__(database, blobs)
        self.journal = Journal(database, blobs, destinations)
        self.appliances = Appliances(database)


def open_for_edge(places: Places, destinations: Mapping[Kind, Sequence[str]], purpose: str) -> EdgeStore:
    """Creates or migrates the store. ``purpose`` (care or demonstration) is written once and never changes (H7)."""
    places.database.parent.mkdir(parents=True, exist_ok=True)
    key = read_key(places.key, create=not places.database.exists())
    database = Database(places.database, key, owner=True)
    stands = database.mark("purpose", purpose)
    if stands != purpose:
        raise Fault(Reason.SETTINGS, f"this store is for {stands}, not for {purpose}", "give another --data")
    store = EdgeStore(database, Blobs(places.blobs, key), destinations)
    store.journal.promise_what_is_missing(dt.datetime.now(dt.UTC))
    return store


def open_for_sync(places: Places) -> outbox.Opened:
    """Joins the store. Raises Fault where edge has not made it yet."""
    key = read_key(places.key)
    return outbox.Opened(Database(places.database, key), Blobs(places.blobs, key))


class StoredLedger:
    """The Ledger and ApplianceStore ports."""

    def __init__(self, store: StoreThread[EdgeStore], accession_prefix: str) -> None:
        self._store = store
        self._prefix = accession_prefix

    async def put_patient(self, patient: Patient) -> None:
        await self._store.run(lambda s: s.journal.put_patient(patient))

    async def patients(self) -> Sequence[Patient]:
        return await self._store.run(lambda s: s.journal.patients())

    async def open_encounter(self, patient_id: str, now: Instant) -> tuple[Patient, Encounter]:
        return await self._store.run(lambda s: s.journal.open_encounter(patient_id, now, self._prefix))

    async def open_aside(self, patient_id: str, now: Instant) -> tuple[Patient, Encounter]:
        """An encounter that does not change who is on screen. Raises Fault(NO_RESIDENT)."""
        return await self._store.run(lambda s: s.journal.open_encounter(patient_id, now, self._prefix, on_screen=False))

    async def holders(self, identity: str) -> Sequence[str]:
        return await self._store.run(lambda s: s.journal.holders(identity))

    async def leave_encounter(self, encounter_id: str, now: Instant) -> None:
        await self._store.run(lambda s: s.journal.leave_encounter(encounter_id, now))

    async def on_screen(self, boot_id: str) -> tuple[Patient, Encounter] | None:
        return await self._store.run(lambda s: s.journal.on_screen(boot_id))

    async def recently_on_screen(self, now: Instant, within_seconds: float) -> Sequence[tuple[str, float]]:
        return await self._store.run(lambda s: s.journal.recently_on_screen(now, within_seconds))

    async def save(self, capture: Capture, encounter: Encounter | None) -> Saved:
        return await self._store.run(lambda s: s.journal.save(capture, encounter))

    async def quarantine(self, device: Device, raw: bytes, reason: Reason, what: str, now: Instant) -> None:
        await self._store.run(lambda s: s.journal.quarantine(device, raw, reason, what, now))

    async def mark_entered_in_error(self, item_id: str, encounter_id: str, now: Instant) -> None:
        await self._store.run(lambda s: s.journal.mark_entered_in_error(item_id, encounter_id, now))

    async def note_consultation(self, call_id: str, encounter_id: str, event: str, now: Instant) -> None:
        await self._store.run(lambda s: s.journal.note_consultation(call_id, encounter_id, event, now))

    async def overview(self, encounter_id: str | None) -> Overview:
        def work(store: EdgeStore) -> Overview:
            lines = tuple(store.journal.lines(encounter_id)) if encounter_id else ()
            return Overview(lines, outbox.standing(store), store.journal.unassigned(), store.journal.quarantined())

        return await self._store.run(work)

    async def load(self, item_id: str) -> Item:
        return await self._store.run(lambda s: s.journal.load(item_id))

    async def version(self) -> int:
        return await self._store.run(lambda s: s.database.data_version())

    # --- devices

    async def appliances(self) -> Sequence[Appliance]:
        return await self._store.run(lambda s: s.appliances.all())

    async def put_appliance(self, appliance: Appliance) -> None:
        await self._store.run(lambda s: s.appliances.put(appliance, dt.datetime.now(dt.UTC)))

    async def forget_appliance(self, device_id: str, now: dt.datetime) -> None:
        await self._store.run(lambda s: s.appliances.forget(device_id, now))

    async def memories(self) -> Sequence[Memory]:
        return await self._store.run(lambda s: s.appliances.memories())

    async def remember(self, memory: Memory) -> None:
        await self._store.run(lambda s: s.appliances.remember(memory))
