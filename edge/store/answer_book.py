"""Answers to requests for an opinion over the store's thread: what sync brings in, and what edge shows and a person says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from edge.domain.answer import Came, Hers
from edge.domain.audit import Actor
from edge.domain.dossier import Document
from edge.domain.followed import Standing
from edge.domain.measurement import Instant
from edge.store.keeping.answer_papers import Papers
from edge.store.keeping.answers import Answers
from edge.store.keeping.documents import Documents
from edge.store.ledger import EdgeStore
from edge.store.sending.outbox import Opened
from edge.store.thread import StoreThread


class ArrivingAnswers:
    """The AnswerBook port; ``by`` stands in the audit trail."""

    def __init__(self, store: StoreThread[Opened], now: Callable[[], Instant], by: Actor) -> None:
        self._store = store
        self._now = now
        self._by = by

    async def waiting(self) -> Sequence[str]:
        return await self._store.run(lambda s: Answers(s.database, s.blobs).waiting(self._now().utc))

    async def known(self, key: str) -> bool:
        return await self._store.run(lambda s: Answers(s.database, s.blobs).known(key))

    async def take(self, came: Came, source: str, now: Instant, hers: Hers) -> bool:
        if came.pdf is not None:
            await self._store.admit(len(came.pdf))
        return await self._store.run(lambda s: Answers(s.database, s.blobs).take(came, source, now, self._by, hers))

    async def cursor(self, source: str) -> str:
        return await self._store.run(lambda s: Answers(s.database, s.blobs).cursor(source))

    async def reached(self, source: str, cursor: str) -> None:
        await self._store.run(lambda s: Answers(s.database, s.blobs).reached(source, cursor))


class StoredAnswers:
    """As edge has them. Raises Fault(STORE_IO | STORE_DAMAGED) beside what each says."""

    def __init__(self, store: StoreThread[EdgeStore]) -> None:
        self._store = store

    async def documents(self, patient_id: str) -> tuple[Document, ...]:
        """What the site has on paper of her: the newest of each role, without its content."""
        return await self._store.run(lambda s: Documents(s.database, s.blobs).of(patient_id))

    async def written(self) -> tuple[int, int]:
        """Is another one whenever anybody wrote to the store, this process included."""
        return await self._store.run(lambda s: (s.database.data_version(), s.database.connection.total_changes))

    async def standing(self, now: dt.datetime) -> Standing:
        return await self._store.run(lambda s: Answers(s.database, s.blobs).standing(now))

    async def pdf(self, number: int) -> bytes | None:
        return await self._store.run(lambda s: Answers(s.database, s.blobs).pdf(number))

    async def acknowledge(self, number: int, encounter_id: str, now: Instant, by: Actor) -> None:
        """As Answers.acknowledge."""
        await self._store.run(lambda s: Answers(s.database, s.blobs).acknowledge(number, encounter_id, now, by))

    async def to_print(self, number: int, encounter_id: str, now: Instant, by: Actor) -> bytes:
        """As Papers.to_print."""
        return await self._store.run(lambda s: Papers(s.database, s.blobs).to_print(number, encounter_id, now, by))

    async def to_read(self, number: int, encounter_id: str) -> bytes:
        """As Papers.to_read."""
        return await self._store.run(lambda s: Papers(s.database, s.blobs).to_read(number, encounter_id))

    async def shown(self, number: int, encounter_id: str, page: int, now: Instant, by: Actor) -> None:
        """As Papers.shown."""
        await self._store.run(lambda s: Papers(s.database, s.blobs).shown(number, encounter_id, page, now, by))

    async def match(self, number: int, request_id: str, now: Instant, by: Actor, patient_id: str = "") -> None:
        """As Answers.match."""
        await self._store.run(lambda s: Answers(s.database, s.blobs).match(number, request_id, now, by, patient_id))

    async def set_aside(self, number: int, now: Instant, by: Actor) -> None:
        """As Answers.set_aside."""
        await self._store.run(lambda s: Answers(s.database, s.blobs).set_aside(number, now, by))

    async def chase(self, request_id: str, encounter_id: str, now: Instant, by: Actor) -> None:
        """As Answers.chase."""
        await self._store.run(lambda s: Answers(s.database, s.blobs).chase(request_id, encounter_id, now, by))

    async def escalate(self, now: Instant, by: Actor) -> int:
        """As Answers.escalate."""
        return await self._store.run(lambda s: Answers(s.database, s.blobs).escalate(now, by))
