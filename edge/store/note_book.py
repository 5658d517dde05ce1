"""What specialists wrote, over the store's thread."""

from __future__ import annotations

from edge.domain.audit import Actor
from edge.domain.measurement import Instant
from edge.domain.specialist_note import SpecialistNote
from edge.store.keeping import notes
from edge.store.ledger import EdgeStore
from edge.store.thread import StoreThread


class StoredNotes:
    """The NoteBook port. What returns is durable; raises Fault(STORE_IO | STORE_DAMAGED | NO_ROOM)."""

    def __init__(self, store: StoreThread[EdgeStore]) -> None:
        self._store = store

    async def add(self, note: SpecialistNote, encounter_id: str, now: Instant, by: Actor) -> None:
        await self._store.run(lambda s: notes.add(s.database, note, encounter_id, now, by))
