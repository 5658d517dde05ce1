"""The part of `telecart sync` that fetches what residents had made before; and what `telecart priors` lists."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from edge.domain.fault import Fault, Reason
from edge.domain.prior import Budget, Prior, Search
from edge.mains.actor import of_process
from edge.mains.clock import SystemClock
from edge.mains.lines import timeouts_of, tls_of
from edge.mains.places import places_of
from edge.settings import Settings
from edge.store.keeping.priors import Priors
from edge.store.ledger import open_for_sync
from edge.store.sending.fetching import StoredPriors
from edge.store.thread import StoreThread
from sync.dicom.fetching.prior_get import PacsSource
from sync.dicom.fetching.prior_web import WebSource
from sync.dicom.fetching.priors import Fetching, Source
from sync.dicom.speaking.association import Peer, Secured


def source(settings: Settings) -> Source | None:
    """Who gives earlier objects; None where nobody was named. Raises Fault(SETTINGS)."""
    name = settings.priors.source
    for web in settings.dicomweb:
        if web.name == name:
            return WebSource(name, web.url, tls_of(web), timeouts_of(web))
    for node in settings.pacs:
        if node.name == name:
            tls = tls_of(node)
            secured = Secured.by(tls, node.host) if tls else None
            peer = Peer(node.aet, node.host, node.port, node.calling_aet, secured)
            return PacsSource(name, peer, timeouts_of(node))
    return None


async def keep_fetching(settings: Settings, far_end: Source) -> None:
    """Until cancelled, with a connection of its own: what is written here keeps no delivery waiting."""
    said = settings.priors
    budget = Budget(said.most_mb * 1_000_000, said.seconds, said.days, frozenset(said.modalities))
    names = [one.name for one in settings.destinations]
    async with StoreThread(lambda: open_for_sync(places_of(settings))) as thread:
        store = StoredPriors(thread, names, of_process("sync"))
        await Fetching(store, far_end, budget, SystemClock().now, said.every_seconds, said.issuer).run()


@dataclasses.dataclass(frozen=True, slots=True)
class Listing:
    """What is here of a resident, and how the last search for more went."""

    priors: Sequence[Prior]
    searches: Sequence[Search]


def listing(settings: Settings, patient_id: str) -> Listing:
    """Raises Fault(NO_RESIDENT), and where there is no store or no key."""
    opened = open_for_sync(places_of(settings))
    try:
        priors = Priors(opened.database, opened.blobs)
        if not priors.knows(patient_id):
            raise Fault(Reason.NO_RESIDENT, "this resident is not known to the cart", "see the residents' file")
        return Listing(priors.listed(patient_id), priors.searches(patient_id))
    finally:
        opened.database.close()
