"""The ScaleBook port over the store's thread."""

from __future__ import annotations

from edge.domain.audit import Actor
from edge.domain.measurement import Instant
from edge.domain.news2 import ScaleTwo
from edge.domain.operator import Operator
from edge.domain.patient import Encounter
from edge.store.keeping import scales
from edge.store.ledger import EdgeStore
from edge.store.thread import StoreThread


class StoredScales:
    """What returns is durable; raises Fault(STORE_IO | STORE_DAMAGED)."""

    def __init__(self, store: StoreThread[EdgeStore]) -> None:
        self._store = store

    async def set(self, encounter: Encounter, doctor: Operator | None, now: Instant, by: Actor) -> None:
        await self._store.run(lambda s: scales.put(s.database, encounter, doctor, now, by))

    async def of(self, patient_id: str) -> ScaleTwo | None:
        return await self._store.run(lambda s: scales.of(s.database, patient_id))
