"""Where each process finds the store, and how those who own it open it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

from edge import residents
from edge.domain.audit import Actor
from edge.domain.measurement import AS_FHIR, DOCUMENTS, IMAGING, Kind
from edge.domain.retention import Retention
from edge.mains.actor import of_process
from edge.mains.clock import SystemClock
from edge.settings import Settings
from edge.store.ledger import EdgeStore, Places, StoredLedger, open_for_edge
from edge.store.thread import StoreThread


def places_of(settings: Settings) -> Places:
    return Places(settings.database, settings.blobs, settings.key_file)


def destinations(settings: Settings) -> Mapping[Kind, Sequence[str]]:
    """Who shall have which kind."""
    imaging = (*(pacs.name for pacs in settings.pacs), *(web.name for web in settings.dicomweb))
    record = tuple(fhir.name for fhir in settings.fhir)
    documents = (*imaging, *record, *(box.name for box in settings.mailbox))
    return dict.fromkeys(IMAGING, imaging) | dict.fromkeys(AS_FHIR, record) | dict.fromkeys(DOCUMENTS, documents)


def retention(settings: Settings) -> Retention:
    days = settings.retention
    return Retention(days.vitals_days, days.ecg_days, days.photo_days, days.sound_days, days.departure_days)


@contextlib.contextmanager
def for_the_group() -> Iterator[None]:
    """Edge and sync are two users of one group: whatever is made here both have to write, also where root makes it."""
    before = os.umask(0o007)
    try:
        yield
    finally:
        os.umask(before)


@contextlib.asynccontextmanager
async def own_thread(settings: Settings, by: Actor) -> AsyncIterator[StoreThread[EdgeStore]]:
    """The store as edge has it, made or migrated where that is needed. ``by`` is who opens it. Raises Fault where it does not."""
    clock = SystemClock()

    def open_it() -> EdgeStore:
        purpose = "demonstration" if settings.demo else "care"
        return open_for_edge(
            places_of(settings), destinations(settings), purpose, retention(settings), by=by, at=clock.now()
        )

    with for_the_group():
        async with StoreThread(open_it) as thread:
            yield thread


@contextlib.asynccontextmanager
async def own_store(settings: Settings, by: Actor | None = None) -> AsyncIterator[StoredLedger]:
    """The same with the residents of the settings in it; ``by`` is by default whoever runs this process.

    Raises Fault where it does not open, or where the residents' file is wrong.
    """
    by = by or of_process("command")
    async with own_thread(settings, by) as thread:
        ledger = StoredLedger(thread, settings.site.accession_prefix)
        if settings.residents is not None:
            listed = residents.read(settings.residents, settings.site.issuer, demonstration=settings.demo)
            await ledger.put_residents(listed, SystemClock().now(), by)
        yield ledger
