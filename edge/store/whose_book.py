"""The WhoseBook port over the store's thread."""

from __future__ import annotations

from edge.domain.audit import Actor
from edge.domain.measurement import Instant
from edge.domain.patient import Encounter, Patient, Sex
from edge.domain.whose import Apart
from edge.store.keeping.apart import apart
from edge.store.ledger import EdgeStore
from edge.store.thread import StoreThread


class StoredWhose:
    """What returns is durable; raises Fault(STORE_IO | STORE_DAMAGED) beside what the port says.

    ``issuer`` gave the residents' ids, ``prefix`` begins the accession numbers of new rounds.
    """

    def __init__(self, store: StoreThread[EdgeStore], prefix: str, issuer: str) -> None:
        self._store = store
        self._prefix = prefix
        self._issuer = issuer

    async def apart(self) -> Apart:
        return await self._store.run(lambda s: apart(s.database))

    async def assign(self, item_id: str, patient_id: str, now: Instant, by: Actor) -> None:
        await self._store.run(lambda s: s.assigning.assign(item_id, patient_id, now, self._prefix, by))

    async def set_aside(self, item_id: str, now: Instant, by: Actor) -> None:
        await self._store.run(lambda s: s.assigning.set_aside(item_id, now, by))

    async def move(self, item_id: str, patient_id: str, now: Instant, by: Actor) -> None:
        await self._store.run(lambda s: s.assigning.move(item_id, patient_id, now, self._prefix, by))

    async def move_round(
        self, encounter_id: str, patient_id: str, now: Instant, by: Actor, into: Encounter | None = None
    ) -> int:
        to = into.id if into else None
        return await self._store.run(
            lambda s: s.assigning.move_round(encounter_id, patient_id, now, self._prefix, by, to)
        )

    async def looked(self, number: int, now: Instant, by: Actor) -> None:
        await self._store.run(lambda s: s.assigning.looked(number, now, by))

    async def new_resident(self, sex: Sex, room: str, about_years: int, now: Instant, by: Actor) -> Patient:
        return await self._store.run(lambda s: s.assigning.new_resident(sex, room, about_years, self._issuer, now, by))

    async def reconcile(self, patient_id: str, became: str, now: Instant, by: Actor) -> int:
        return await self._store.run(lambda s: s.assigning.reconcile(patient_id, became, now, self._prefix, by))

    async def take_back(self, patient_id: str, now: Instant, by: Actor) -> int:
        return await self._store.run(lambda s: s.assigning.take_back(patient_id, now, by))
