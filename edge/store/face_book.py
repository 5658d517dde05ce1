"""The pictures of residents, over the store's thread."""

from __future__ import annotations

from typing import Generic, TypeVar

from edge.domain.audit import Actor
from edge.domain.measurement import Instant
from edge.domain.patient import Patient
from edge.store.keeping.faces import Faces
from edge.store.leaving import faces as leaving
from edge.store.sending.outbox import Opened
from edge.store.thread import StoreThread

Store = TypeVar("Store", bound=Opened)


class StoredFaces(Generic[Store]):
    """Each method is one short transaction; Fault(STORE_IO | STORE_DAMAGED | NO_ROOM)."""

    def __init__(self, store: StoreThread[Store]) -> None:
        self._store = store

    async def put(self, patient: Patient, jpeg: bytes, now: Instant, by: Actor) -> bool:
        """As Faces.put."""
        await self._store.admit(len(jpeg))
        return await self._store.run(lambda s: Faces(s.database, s.blobs).put(patient, jpeg, now, by))

    async def take_away(self, patient_id: str, now: Instant, by: Actor) -> bool:
        """As leaving.faces.take_away."""
        return await self._store.run(lambda s: leaving.take_away(s.database, s.blobs, patient_id, now, by))

    async def get(self, patient_id: str) -> bytes | None:
        """As Faces.get."""
        return await self._store.run(lambda s: Faces(s.database, s.blobs).get(patient_id))
