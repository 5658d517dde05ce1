"""The part of `telecart sync` that brings in the appointments of others."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from edge.domain.audit import Actor
from edge.domain.fault import Fault, Reason
from edge.mains.actor import of_process
from edge.mains.clock import SystemClock
from edge.mains.lines import tls_of
from edge.mains.places import places_of
from edge.settings import Settings
from edge.store.appointment_book import ArrivingAppointments
from edge.store.ledger import open_for_sync
from edge.store.thread import StoreThread
from sync.record.fhir_appointments import FhirAppointments

log = structlog.get_logger()


def sources(settings: Settings) -> Sequence[FhirAppointments]:
    """Raises Fault(SETTINGS) for a name that is none."""
    ends, clock, site = {end.name: end for end in settings.fhir}, SystemClock(), settings.site
    oids = {site.issuer: site.issuer_oid} if site.issuer and site.issuer_oid else {}
    found = []
    for name in settings.appointments.fhir:
        if name not in ends:
            what = f"[appointments] names {name}, which is no [[fhir]]"
            raise Fault(Reason.SETTINGS, what, "write the name of one, or leave it out")
        end = ends[name]
        found.append(FhirAppointments(name, end.url, lambda: clock.now().utc, end.patience, tls_of(end), oids))
    return found


async def once(source: FhirAppointments, book: ArrivingAppointments, clock: SystemClock, by: Actor) -> int:
    """How many were new or otherwise. Raises Fault; what was taken before it stays."""
    residents, changed = await book.residents(), 0
    async for seen in source.appointments():
        if patient_id := source.of(seen, residents):
            changed += await book.take(seen.offered, patient_id, source.name, clock.now(), by)
    return changed


async def keep(settings: Settings, from_where: Sequence[FhirAppointments]) -> None:
    """Until cancelled. A source that does not answer keeps no other waiting."""
    clock, by = SystemClock(), of_process("sync")
    async with StoreThread(lambda: open_for_sync(places_of(settings))) as thread:
        book = ArrivingAppointments(thread)

        async def follow(source: FhirAppointments) -> None:
            while True:
                try:
                    if changed := await once(source, book, clock, by):
                        log.info("appointments", source=source.name, count=changed)
                except Fault as fault:
                    log.warning("appointments_failed", source=source.name, reason=fault.reason.value, what=fault.what)
                except Exception:  # a defect of one look is told, and ends neither this source nor another
                    log.exception("appointments_failed", source=source.name)
                await asyncio.sleep(settings.appointments.every_seconds)

        async with asyncio.TaskGroup() as tasks:
            for source in from_where:
                tasks.create_task(follow(source))
