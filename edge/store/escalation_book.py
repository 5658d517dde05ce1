"""What mailboxes were told of requests that nobody answered, over the store's thread."""

from __future__ import annotations

from collections.abc import Sequence

from edge.domain.escalation import Overdue
from edge.domain.measurement import Instant
from edge.store.keeping.answers import Answers
from edge.store.keeping.escalations import Escalations
from edge.store.sending.outbox import Opened
from edge.store.thread import StoreThread


def _kept(store: Opened) -> Escalations:
    return Escalations(store.database, Answers(store.database, store.blobs))


class StoredEscalations:
    """The EscalationBook port."""

    def __init__(self, store: StoreThread[Opened]) -> None:
        self._store = store

    async def to_tell(self, mailbox: str, now: Instant) -> Sequence[Overdue]:
        return await self._store.run(lambda s: _kept(s).to_tell(mailbox, now))

    async def told(self, one: Overdue, mailbox: str, now: Instant) -> None:
        await self._store.run(lambda s: _kept(s).told(one, mailbox, now))
