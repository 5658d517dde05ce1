"""The PriorStore port over the store's thread: what sync fetches of far ends."""

from __future__ import annotations

import time
from collections.abc import Sequence

from edge.domain.audit import Actor
from edge.domain.measurement import Instant
from edge.domain.patient import Patient
from edge.domain.prior import Found, Held, Search
from edge.store.keeping.priors import Priors
from edge.store.sending.outbox import Opened, StoredOutbox
from edge.store.thread import StoreThread


class StoredPriors:
    """``destinations`` are those whose deliveries go first; ``by`` stands in the audit trail."""

    def __init__(self, store: StoreThread[Opened], destinations: Sequence[str], by: Actor) -> None:
        self._store = store
        self._outbox = StoredOutbox(store)
        self._destinations = destinations
        self._by = by

    async def wanted(self, source: str, now: Instant, every_seconds: float) -> Sequence[Patient]:
        return await self._store.run(lambda s: _priors(s).wanted(source, now, every_seconds))

    async def busy(self) -> bool:
        if await self._store.run(_lent):
            return True
        for name in self._destinations:
            due = await self._outbox.next_due(name)
            if due is not None and due <= 0:
                return True
        return False

    async def held(self, patient_id: str, source: str) -> Held:
        return await self._store.run(lambda s: _priors(s).held(patient_id, source))

    async def keep(self, patient: Patient, source: str, found: Found, content: bytes, now: Instant) -> bool:
        await self._store.admit(len(content))
        return await self._store.run(lambda s: _priors(s).keep(patient, source, found, content, now))

    async def refuse(self, patient_id: str, source: str, sop_uid: str, reason: str, now: Instant) -> None:
        await self._store.run(lambda s: _priors(s).refuse(patient_id, source, sop_uid, reason, now, self._by))

    async def searched(self, patient_id: str, search: Search, fetched: int, now: Instant) -> None:
        await self._store.run(lambda s: _priors(s).searched(patient_id, search, fetched, now, self._by))


def _priors(opened: Opened) -> Priors:
    return Priors(opened.database, opened.blobs)


def _lent(opened: Opened) -> bool:
    """Whether a delivery is under way."""
    row = opened.run(
        "SELECT 1 FROM outbox WHERE lease_until > ? AND state IN ('kept', 'pending', 'sent') LIMIT 1", (time.time(),)
    ).fetchone()
    return row is not None
