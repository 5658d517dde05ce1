"""`telecart sync`: what is kept here goes out, is proven received, and nothing else. No devices."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Sequence
from importlib.metadata import version
from urllib.parse import urlsplit

import structlog

from edge.domain.fault import Fault, Reason
from edge.domain.ports import Destination
from edge.mains import notify
from edge.mains.places import places_of
from edge.settings import Settings
from edge.store.ledger import open_for_sync
from edge.store.outbox import Opened, StoredOutbox
from edge.store.thread import StoreThread
from sync.dicom.modules import Source
from sync.dicom.store_scu import PacsDestination
from sync.drain import Drain
from sync.fhir.client import FhirDestination

log = structlog.get_logger()

_STORE_RETRY = 0.5


def destinations(settings: Settings) -> Sequence[Destination]:
    """Raises Fault(SETTINGS) where a demonstration would reach somebody who was not named for it (H7)."""
    if settings.demo:
        refuse_strangers(settings)
    source = Source(settings.site.name, settings.cart, version("telecart"))
    pacs = [PacsDestination(p.name, p.aet, p.host, p.port, p.calling_aet, source) for p in settings.pacs]
    return [*pacs, *(FhirDestination(f.name, f.url) for f in settings.fhir)]


def refuse_strangers(settings: Settings) -> None:
    """A demonstration sends to this machine, or to whom its user pointed it."""
    hosts = [(p.host, p.for_demonstration) for p in settings.pacs]
    hosts += [(urlsplit(f.url).hostname or "", f.for_demonstration) for f in settings.fhir]
    for host, named in hosts:
        if not named and not _is_loopback(host):
            raise Fault(
                Reason.SETTINGS,
                f"a demonstration does not send to {host}",
                "name it with --pacs, or with for_demonstration in the settings",
            )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def run(settings: Settings) -> None:
    """Until cancelled. Waits for edge to make the store; raises Fault where key or settings are wrong."""
    ends = destinations(settings)
    thread = await _joined(settings)
    async with thread:
        log.info("draining", destinations=[end.name for end in ends])
        notify.ready()
        await Drain(StoredOutbox(thread), ends).run()


async def _joined(settings: Settings) -> StoreThread[Opened]:
    while not settings.database.exists():
        log.info("no_store_yet")
        await asyncio.sleep(_STORE_RETRY)
    return StoreThread(lambda: open_for_sync(places_of(settings)))
