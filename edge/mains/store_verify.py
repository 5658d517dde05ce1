"""`telecart store verify` and `telecart store salvage`: is what is stored what was written, and a new store where it is not."""

from __future__ import annotations

import datetime as dt

from edge.domain.audit import Act, Entry
from edge.domain.fault import Fault, Reason
from edge.mains.actor import of_process
from edge.mains.clock import SystemClock
from edge.mains.places import for_the_group, places_of
from edge.settings import Settings
from edge.store.damage import incidents, salvage as salvaging
from edge.store.damage.aside import is_unfinished
from edge.store.damage.opening import mark_damaged
from edge.store.damage.salvage import Report
from edge.store.damage.verify import Verified, verify as verify_store
from edge.store.disk.keys import read_key
from edge.store.keeping import audit
from edge.store.ledger import open_for_sync


def verify(settings: Settings) -> Verified:
    """Reads everything. Where edge will make the store anew at its next start, that is noted. Raises Fault."""
    places = places_of(settings)
    found = verify_store(places.database, places.blobs, places.key)
    if found.is_damage:
        try:
            mark_damaged(places.database)
        except OSError as exc:
            raise Fault(
                Reason.STORE_IO, f"the store is damaged, and its disk refuses: {exc.strerror}", "check the disk"
            ) from exc
    return found


def lines_of(found: Verified) -> list[str]:
    """For a person."""
    lines = [f"{one.check}: {'ok' if not one.wrong else f'{len(one.wrong)} wrong'}" for one in found.verdicts]
    lines += [f"  {line}" for line in found.wrong]
    lines += [f"noted {one.at_utc}: {one.what}" for one in found.unseen]
    now = dt.datetime.now(dt.UTC)
    return lines + [f"kept, and read by nobody: {one.line(now)}" for one in found.kept]


def settle(settings: Settings) -> int:
    """What befell the store was seen by a person: screens say no more of it. Returns how many there were."""
    opened = open_for_sync(places_of(settings))
    try:
        by = of_process("store", "telecart store verify")
        return incidents.settle(opened.database, by, SystemClock().now())
    finally:
        opened.database.close()


@for_the_group()
def salvage(settings: Settings) -> Report:
    """Raises Fault where the store is whole, open somewhere, or the disk does not take the new one."""
    places = places_of(settings)
    found = verify_store(places.database, places.blobs, places.key)
    if not found.is_damage and not is_unfinished(places.database):
        raise Fault(Reason.NOT_ALLOWED, "the store is whole: there is nothing to salvage", "see telecart store verify")
    report = salvaging.salvage(places.database, read_key(places.key))
    opened = open_for_sync(places)
    try:
        by = of_process("store", "telecart store salvage")
        audit.note(
            opened.database, Entry(Act.SALVAGED, by, SystemClock().now(), detail=f"the old one is in {report.folder}")
        )
    finally:
        opened.database.close()
    return report
