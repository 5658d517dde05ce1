"""The worklist of a clinic: asked for by `telecart sync`, and shown by `telecart worklist`."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence

import structlog

from edge.domain.fault import Fault
from edge.domain.worklist import Listed
from edge.mains.lines import timeouts_of, tls_of
from edge.mains.places import places_of
from edge.settings import Settings, Worklist as Named
from edge.store.keeping import orders
from edge.store.ledger import open_for_sync
from edge.store.sending.outbox import Opened
from edge.store.thread import StoreThread
from sync.dicom.fetching.worklist import Worklist
from sync.dicom.speaking.association import Peer

log = structlog.get_logger()


def worklist_of(named: Named) -> Worklist:
    """Raises Fault(SETTINGS)."""
    peer = Peer(named.aet, named.host, named.port, named.calling_aet)
    station = named.station or named.calling_aet
    return Worklist(peer, station, named.modality, named.issuer, timeouts_of(named), tls_of(named))


async def follow(asked: Worklist, store: StoreThread[Opened], every_seconds: float) -> None:
    """Until cancelled. A worklist that does not answer changes nothing: its orders are believed for a day."""
    while True:
        try:
            await once(asked, store)
        except Fault as fault:
            log.warning("worklist_failed", reason=fault.reason.value, what=fault.what)
        await asyncio.sleep(every_seconds)


async def once(asked: Worklist, store: StoreThread[Opened]) -> None:
    """Raises Fault."""
    now = dt.datetime.now(dt.UTC)
    told = await asked.ask(now.astimezone().date())
    await store.run(lambda opened: orders.put(opened.database, told.scheduled, now, whole=told.whole))
    log.info("worklist", orders=len(told.scheduled), left_out=told.left_out, whole=told.whole)


def listed(settings: Settings) -> Sequence[Listed]:
    """What is known. Raises Fault where there is no store or no key."""
    opened = open_for_sync(places_of(settings))
    try:
        return orders.listed(opened.database)
    finally:
        opened.database.close()
