"""`telecart store purge` and `certificates`."""

from __future__ import annotations

from collections.abc import Sequence

from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Instant
from edge.domain.retention import Certificate
from edge.mains.actor import of_process
from edge.mains.clock import SystemClock
from edge.mains.places import own_store, places_of, retention
from edge.settings import Settings
from edge.store.leaving.purge import Purge
from edge.store.ledger import open_for_sync


def _trusted_now() -> Instant:
    now = SystemClock().now()
    if not now.clock_trusted:
        raise Fault(
            Reason.NOT_ALLOWED,
            "nothing goes while the cart's clock is not known to be right",
            "wait until it is synchronised (timedatectl)",
        )
    return now


async def purge(settings: Settings) -> Sequence[Certificate]:
    """All that is due, a batch at a time. Raises Fault(NOT_ALLOWED) while the clock is not known to be right."""
    now = _trusted_now()
    made = []
    by = of_process("store", "telecart store purge")
    async with own_store(settings, by) as ledger:
        while certificate := await ledger.purge(now, by):
            made.append(certificate)
    return made


def due(settings: Settings) -> int:
    """How many items would go now. Raises Fault(NOT_ALLOWED) while the clock is not known to be right."""
    opened = open_for_sync(places_of(settings))
    try:
        return len(Purge(opened.database, opened.blobs, retention(settings)).due(_trusted_now(), limit=1_000_000))
    finally:
        opened.database.close()


def certificates(settings: Settings) -> Sequence[Certificate]:
    opened = open_for_sync(places_of(settings))
    try:
        return Purge(opened.database, opened.blobs, retention(settings)).certificates()
    finally:
        opened.database.close()
