"""Consents, over the store's thread."""

from __future__ import annotations

import dataclasses

from edge.domain.audit import Act, Actor, Entry, Noted
from edge.domain.capture import Capture, Saved
from edge.domain.consent import Consent
from edge.domain.measurement import Instant
from edge.domain.patient import Encounter
from edge.store.keeping import audit
from edge.store.keeping.consents import Consents
from edge.store.ledger import EdgeStore
from edge.store.thread import StoreThread


def _kept(store: EdgeStore) -> Consents:
    return Consents(store.database, store.blobs)


class StoredConsents:
    """The ConsentBook port, and what a command does. What returns is durable; raises Fault(STORE_IO | STORE_DAMAGED | NO_ROOM)."""

    def __init__(self, store: StoreThread[EdgeStore]) -> None:
        self._store = store

    async def of(self, patient_id: str) -> tuple[Consent, ...]:
        return tuple(await self._store.run(lambda s: _kept(s).of(patient_id)))

    async def of_all(self) -> tuple[Consent, ...]:
        return tuple(await self._store.run(lambda s: _kept(s).of_all()))

    async def collect(self, consent: Consent, encounter: Encounter, now: Instant, by: Actor) -> None:
        """As Consents.collect."""
        await self._store.run(lambda s: _kept(s).collect(consent, encounter.id, now, by))

    async def withdraw(self, consent_id: str, encounter: Encounter, now: Instant, by: Actor) -> None:
        """As Consents.withdraw, of the resident of ``encounter``."""
        patient_id, encounter_id = encounter.patient_id, encounter.id
        await self._store.run(lambda s: _kept(s).withdraw(consent_id, patient_id, encounter_id, now, by))

    async def ask(self, capture: Capture, consent: Consent, act_id: str, encounter: Encounter, note: Noted) -> Saved:
        """As ConsentBook.ask."""

        def work(store: EdgeStore) -> Saved:
            def first() -> None:
                _kept(store).ask(consent, act_id, encounter.id, note.now, note.by)
                asked = Entry(Act.OPINION, note.by, note.now, encounter.patient_id, encounter.id, detail=note.detail)
                audit.append(store.database, asked)

            return store.journal.save(capture, encounter, first=first)

        return await self._store.run(work)

    # --- by command

    async def collect_with(self, consent: Consent, document: bytes, now: Instant, by: Actor) -> Consent:
        """Outside any encounter; ``document`` b"" for none. What was kept."""
        kept = await self._with(document)
        told = dataclasses.replace(consent, document_id=kept)
        await self._store.run(lambda s: _kept(s).collect(told, "", now, by))
        return told

    async def withdraw_any(self, consent_id: str, now: Instant, by: Actor) -> Consent:
        return await self._store.run(lambda s: _kept(s).withdraw(consent_id, "", "", now, by))

    async def complete(self, consent_id: str, other: str, document: bytes, now: Instant, by: Actor) -> Consent:
        """As Consents.complete."""
        kept = await self._with(document)
        return await self._store.run(lambda s: _kept(s).complete(consent_id, other, kept, now, by))

    async def document(self, consent: Consent) -> bytes | None:
        return await self._store.run(lambda s: _kept(s).document(consent))

    async def _with(self, document: bytes) -> str:
        if not document:
            return ""
        await self._store.admit(len(document))
        return await self._store.run(lambda s: _kept(s).put_document(document))
