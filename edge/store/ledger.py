"""The Ledger port over the store's thread, and how each process opens the store."""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from edge.domain.appliance import Appliance, Memory
from edge.domain.audit import THE_CART, Act, Actor
from edge.domain.capture import Capture, Overview, Saved
from edge.domain.fault import Fault, Reason
from edge.domain.item import Item
from edge.domain.measurement import Device, Instant, Kind
from edge.domain.operator import Operator
from edge.domain.patient import Encounter, Patient
from edge.domain.photo import Photo
from edge.domain.posture import Posture
from edge.domain.prior import Prior, Search
from edge.domain.retention import DEFAULT_RETENTION, Certificate, Retention
from edge.domain.sound import Sound
from edge.domain.waveform import Waveform
from edge.store.damage.opening import open_joined, open_whole
from edge.store.disk import rekey
from edge.store.disk.blobs import Blobs
from edge.store.disk.keys import read_key
from edge.store.disk.roomy import RoomyBlobs
from edge.store.disk.space import Space
from edge.store.file.database import Database, for_reading, migrations
from edge.store.keeping import audit
from edge.store.keeping.appliances import Appliances
from edge.store.keeping.assigning import Assigning
from edge.store.keeping.journal import Journal
from edge.store.keeping.priors import Priors
from edge.store.keeping.recordings import Recordings
from edge.store.keeping.staff import Staff
from edge.store.leaving import copies, faces
from edge.store.leaving.purge import Purge
from edge.store.leaving.sweep import Sweep
from edge.store.sending import outbox
from edge.store.thread import StoreThread


@dataclasses.dataclass(frozen=True, slots=True)
class Places:
    """Where the store lies."""

    database: Path
    blobs: Path
    key: Path


class EdgeStore(outbox.Opened):
    """The store as edge's thread holds it."""

    def __init__(
        self, database: Database, blobs: Blobs, destinations: Mapping[Kind, Sequence[str]], retention: Retention
    ) -> None:
        super().__init__(database, blobs)
        self.journal = Journal(database, blobs, destinations)
        self.assigning = Assigning(database, self.journal)
        self.recordings = Recordings(database, self.journal.promise_new_ecg)
        self.purge = Purge(database, blobs, retention)
        self.sweep = Sweep(database, blobs)
        self._renewed: Iterator[str] | None = None
        self.appliances = Appliances(database)
        self.priors = Priors(database, blobs)
        self.staff = Staff(database)

    def renew_file(self) -> bool:
        """One file that lies under a former key is encrypted anew. False where there is none left, or none that can be read.

        Raises Fault(STORE_IO).
        """
        if self._renewed is None:
            if not self.blobs.has_former_keys():
                return False
            self._renewed = rekey.finish(self.blobs, self.database.write)
        try:
            return next(self._renewed, None) is not None
        except BaseException:
            self._renewed = None  # it is begun again
            raise


def open_for_edge(
    places: Places,
    destinations: Mapping[Kind, Sequence[str]],
    purpose: str,
    retention: Retention = DEFAULT_RETENTION,
    *,
    by: Actor = THE_CART,
    at: Instant | None = None,
) -> EdgeStore:
    """Creates or migrates the store. ``purpose`` (care or demonstration) is written once and never changes (H7).

    ``by`` and ``at`` stand in the audit trail where the store is made or migrated.
    """
    places.database.parent.mkdir(parents=True, exist_ok=True)
    key = read_key(places.key, create=not places.database.exists())
    database = open_whole(places.database, key)
    try:
        stands = database.mark("purpose", purpose)
        if stands != purpose:
            raise Fault(Reason.SETTINGS, f"this store is for {stands}, not for {purpose}", "give another --data")
        audit.trace_store(database, purpose, by, at or _by_the_wall_clock())
        store = EdgeStore(database, Blobs(places.blobs, key), destinations, retention)
        store.journal.promise_what_is_missing(dt.datetime.now(dt.UTC))
        store.journal.withdraw_what_is_left(at or _by_the_wall_clock())
    except BaseException:
        database.close()
        raise
    return store


def _by_the_wall_clock() -> Instant:
    """Of no boot that is known."""
    return Instant(dt.datetime.now(dt.UTC), "", time.monotonic_ns(), clock_trusted=False)


def open_for_sync(places: Places) -> outbox.Opened:
    """Joins the store. Raises Fault where edge has not made it yet."""
    key = read_key(places.key)
    database = open_joined(places.database, key)
    return outbox.Opened(database, RoomyBlobs(places.blobs, key, Space(places.database)))


def is_migrated(places: Places) -> bool:
    """Whether edge has brought the store to the schema of this release: who joins before finds tables missing.

    Raises Fault, as opening it would.
    """
    with for_reading(places.database, read_key(places.key)) as connection:
        known = connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'migration'").fetchone()[0]
        newest = connection.execute("SELECT max(number) FROM migration").fetchone()[0] if known else 0
    return int(newest or 0) >= migrations()[-1][0]


class StoredLedger:
    """The Ledger and ApplianceStore ports."""

    def __init__(self, store: StoreThread[EdgeStore], accession_prefix: str) -> None:
        self._store = store
        self._prefix = accession_prefix

    @property
    def thread(self) -> StoreThread[EdgeStore]:
        """For the other ports over the same store."""
        return self._store

    async def put_patient(self, patient: Patient) -> None:
        await self._store.run(lambda s: s.journal.put_patient(patient))

    async def put_residents(self, patients: Sequence[Patient], now: Instant, by: Actor = THE_CART) -> int:
        """The residents as a list has them, all or none. Returns how many changed."""
        return await self._store.run(lambda s: s.journal.put_residents(patients, now, by))

    async def patients(self) -> Sequence[Patient]:
        return await self._store.run(lambda s: s.journal.patients())

    async def open_encounter(self, patient_id: str, now: Instant, by: Actor = THE_CART) -> tuple[Patient, Encounter]:
        return await self._store.run(lambda s: s.journal.open_encounter(patient_id, now, self._prefix, by=by))

    async def open_aside(self, patient_id: str, now: Instant, by: Actor) -> tuple[Patient, Encounter]:
        """An encounter that does not change who is on screen. Raises Fault(NO_RESIDENT)."""
        return await self._store.run(
            lambda s: s.journal.open_encounter(patient_id, now, self._prefix, on_screen=False, by=by)
        )

    async def holders(self, identity: str) -> Sequence[str]:
        return await self._store.run(lambda s: s.journal.holders(identity))

    async def leave_encounter(self, encounter_id: str, now: Instant, by: Actor = THE_CART) -> None:
        await self._store.run(lambda s: s.journal.leave_encounter(encounter_id, now, by))

    async def on_screen(self, boot_id: str) -> tuple[Patient, Encounter] | None:
        return await self._store.run(lambda s: s.journal.on_screen(boot_id))

    async def recently_on_screen(self, now: Instant, within_seconds: float) -> Sequence[tuple[str, float]]:
        return await self._store.run(lambda s: s.journal.recently_on_screen(now, within_seconds))

    @property
    def posture(self) -> Posture:
        return self._store.posture

    async def admit(self, size: int) -> None:
        """Whether ``size`` bytes of what can wait may be added. Raises Fault(NO_ROOM)."""
        await self._store.admit(size)

    async def save(self, capture: Capture, encounter: Encounter | None, by: Actor | None = None) -> Saved:
        match capture.payload:
            case Photo(jpeg=large) | Sound(pcm=large):
                await self._store.admit(len(large))
        return await self._store.run(lambda s: s.journal.save(capture, encounter, by))

    async def quarantine(self, device: Device, raw: bytes, reason: Reason, what: str, now: Instant) -> None:
        await self._store.run(lambda s: s.journal.quarantine(device, raw, reason, what, now))

    async def mark_entered_in_error(self, item_id: str, encounter_id: str, now: Instant, by: Actor = THE_CART) -> None:
        await self._store.run(lambda s: s.journal.mark_entered_in_error(item_id, encounter_id, now, by))

    async def note_consultation(
        self, call_id: str, encounter_id: str, event: str, now: Instant, by: Actor = THE_CART, detail: str = ""
    ) -> None:
        await self._store.run(lambda s: s.journal.note_consultation(call_id, encounter_id, event, now, by, detail))

    async def note(self, act: Act, by: Actor, now: Instant, encounter: Encounter, detail: str = "") -> None:
        await self._store.run(lambda s: s.journal.note(act, by, now, encounter, detail))

    async def overview(self, encounter_id: str | None) -> Overview:
        def work(store: EdgeStore) -> Overview:
            lines = tuple(store.journal.lines(encounter_id)) if encounter_id else ()
            return Overview(lines, outbox.standing(store), store.journal.unassigned(), store.journal.quarantined())

        return await self._store.run(work)

    async def load(self, item_id: str) -> Item:
        return await self._store.run(lambda s: s.journal.load(item_id))

    async def version(self) -> int:
        return await self._store.run(lambda s: s.database.data_version())

    # --- running signals

    async def begin_recording(
        self, header: Waveform, device: Device, encounter: Encounter, now: Instant, operator: Operator | None = None
    ) -> int:
        return await self._store.run(lambda s: s.recordings.begin(header, device, encounter, now, operator))

    async def append_recording(self, number: int, place: int, samples: bytes) -> None:
        await self._store.run(lambda s: s.recordings.append(number, place, samples))

    async def finish_recording(self, number: int, now: Instant) -> Saved | None:
        return await self._store.run(lambda s: s.recordings.finish(number, now.utc))

    async def finish_recordings(self, now: Instant) -> Sequence[Saved]:
        return await self._store.run(lambda s: s.recordings.finish_all(now.utc))

    # --- what was before

    async def earlier(self, patient_id: str, besides: str | None = None) -> Sequence[Prior]:
        return await self._store.run(lambda s: s.priors.listed(patient_id, besides))

    async def copy(self, patient_id: str, sop_uid: str) -> bytes:
        return await self._store.run(lambda s: s.priors.copy(patient_id, sop_uid))

    async def searches(self, patient_id: str) -> Sequence[Search]:
        return await self._store.run(lambda s: s.priors.searches(patient_id))

    async def purge_copies(self, now: Instant, days: int) -> int:
        """How many copies of far ends' objects, and pictures of residents who left, went."""
        return await self._store.run(
            lambda s: copies.purge(s.database, s.blobs, now, days) + faces.purge(s.database, s.blobs)
        )

    # --- retention

    async def purge(self, now: Instant, by: Actor = THE_CART) -> Certificate | None:
        """One batch of what is past its retention; None where there is nothing. Raises Fault(STORE_IO | STORE_DAMAGED)."""
        return await self._store.run(lambda s: s.purge.run(now, by))

    async def renew_reports(self, now: Instant) -> int:
        """How many reports were made anew since an answer came to what was asked in their rounds."""

        def work(store: EdgeStore) -> int:
            if not store.journal.reports.behind(now):
                return 0
            with store.database.write():
                return store.journal.reports.answered(now)

        return await self._store.run(work)

    async def sweep(self) -> Sequence[str]:
        """Some of the files that nothing in the store has any more go; all of them in 32 calls."""
        return await self._store.run(lambda s: s.sweep.run())

    async def renew_file(self) -> bool:
        """After a rekey: one file more lies under the key of now. False when that is done."""
        return await self._store.run(lambda s: s.renew_file())

    async def certificates(self) -> Sequence[Certificate]:
        return await self._store.run(lambda s: s.purge.certificates())

    # --- devices

    async def appliances(self) -> Sequence[Appliance]:
        return await self._store.run(lambda s: s.appliances.all())

    async def put_appliance(self, appliance: Appliance) -> None:
        await self._store.run(lambda s: s.appliances.put(appliance, dt.datetime.now(dt.UTC)))

    async def take_in(self, appliance: Appliance, by: Actor, now: Instant) -> None:
        await self._store.run(lambda s: s.appliances.take_in(appliance, by, now))

    async def forget_appliance(self, device_id: str, by: Actor, now: Instant) -> None:
        await self._store.run(lambda s: s.appliances.forget(device_id, by, now))

    async def memories(self) -> Sequence[Memory]:
        return await self._store.run(lambda s: s.appliances.memories())

    async def remember(self, memory: Memory) -> None:
        await self._store.run(lambda s: s.appliances.remember(memory))
