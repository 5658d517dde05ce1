"""`telecart sync`: what is kept here goes out, is proven received, and nothing else. No devices."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
from collections.abc import Callable, Coroutine, Mapping, Sequence
from importlib.metadata import version
from typing import Protocol

import structlog

from edge.domain.fault import Fault, Reason
from edge.domain.ports import Destination
from edge.domain.reach import Answered
from edge.mailbox import Mailbox
from edge.mains import answering, appointments_in, fetching, notify, record_in, worklist
from edge.mains.clock import SystemClock
from edge.mains.lines import callback_of, host_of, is_loopback, timeouts_of, tls_of
from edge.mains.places import places_of
from edge.settings import Dicomweb, Fhir, Pacs, Settings
from edge.store.keeping import standing
from edge.store.ledger import Places, is_migrated, open_for_sync
from edge.store.sending.outbox import Opened, StoredOutbox
from edge.store.thread import StoreThread
from sync.dicom.building.modules import Source
from sync.dicom.sending.store_scu import PacsDestination
from sync.dicom.sending.stow import DicomwebDestination
from sync.drain import Drain
from sync.fhir.client import FhirDestination, Timeouts
from sync.heartbeat import Answering, Pulse, pulses

log = structlog.get_logger()

_STORE_RETRY = 0.5


class Examinable(Answering, Protocol):
    """A destination that can be asked whether it would do, without an object."""

    async def examine(self) -> str:
        """What answered, in one plain line. Raises Fault with what is wrong and what to do."""
        ...


def destinations(settings: Settings) -> Sequence[Examinable]:
    """Raises Fault(SETTINGS) where a demonstration would reach somebody who was not named for it (H7), or a line would be
    plain that nobody allowed to be (T10).
    """
    if settings.demo:
        refuse_strangers(settings)
    source = source_of(settings)
    return [destination_of(end, source) for end in settings.destinations]


def destination_of(end: Pacs | Dicomweb | Fhir | Mailbox, source: Source) -> Examinable:
    """Raises Fault(SETTINGS)."""
    tls = tls_of(end)
    match end:
        case Pacs():
            callback = callback_of(end, tls)
            names = (end.name, end.aet, end.host, end.port, end.calling_aet)
            return PacsDestination(*names, source, timeouts_of(end), tls, callback)
        case Dicomweb():
            return DicomwebDestination(end.name, end.url, source, timeouts_of(end), tls)
        case Fhir():
            timeouts = Timeouts(total=end.patience)
            oids = oids_of(source)
            return FhirDestination(
                end.name, end.url, timeouts, tls, demonstration=source.demonstration, oids=oids, house=source.house
            )
        case Mailbox():
            from edge.mains.mailing import mailbox_of  # what speaks mail is for the carts that do

            return mailbox_of(end, source.house, tls)


def oids_of(source: Source) -> Mapping[str, str]:
    """The OID of the issuer of local identifiers, by its name, where the settings have one."""
    return {source.issuer: source.issuer_oid} if source.issuer and source.issuer_oid else {}


def source_of(settings: Settings) -> Source:
    site = settings.site
    return Source(
        institution=site.name,
        station=settings.cart,
        software=version("telecart"),
        finess=site.finess,
        issuer=site.issuer,
        issuer_oid=site.issuer_oid,
        demonstration=settings.demo,
    )


def refuse_strangers(settings: Settings) -> None:
    """A demonstration sends to this machine, or to whom its user pointed it."""
    for end in (*settings.destinations, *([settings.worklist] if settings.worklist else [])):
        if not end.for_demonstration and not is_loopback(host_of(end)):
            raise Fault(
                Reason.SETTINGS,
                f"a demonstration does not send to {host_of(end)}",
                "name it with --pacs, or with for_demonstration in the settings",
            )


_ARENAS = 2
"""Of glibc's heap: it would give each thread one of its own, and every one keeps what a large object left behind."""
_LARGE = 1536 * 1024
"""Bytes of what is given back as soon as it is free: more than a piece of what is sent, of which there are many; left to itself, glibc raises this
to the largest of what was freed, and keeps the rest in pieces that nothing fits in.
"""
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8
"""mallopt(3)."""


def keep_memory_small() -> None:
    """Where the C library can; elsewhere nothing happens. What the start of the process used and left is given back."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(_M_ARENA_MAX, _ARENAS)
        library.mallopt(_M_MMAP_THRESHOLD, _LARGE)
        library.malloc_trim(0)


async def run(settings: Settings) -> None:
    """Until cancelled. Waits for edge to make the store; raises Fault where key or settings are wrong."""
    keep_memory_small()
    ends = destinations(settings)
    asked = worklist.worklist_of(settings.worklist) if settings.worklist else None
    answers = answering.sources(settings)
    planned = appointments_in.sources(settings)
    escalating = _escalating(settings)
    thread = await _joined(settings)
    clock = SystemClock()
    async with thread:
        log.info("draining", destinations=[end.name for end in ends])
        notify.ready()
        async with asyncio.TaskGroup() as tasks:
            often = {end.name for end in settings.heard}
            asked_often = [end for end in ends if end.name in often]
            heard = await pulses_of(asked_often, thread, clock, settings.heartbeat.every_seconds)
            listened: list[Destination] = [
                *(one.destination for one in heard),
                *(end for end in ends if end.name not in often),
            ]
            outbox = StoredOutbox(thread, clock_is_right=lambda: clock.now().clock_trusted)
            tasks.create_task(Drain(outbox, listened).run())
            for one in heard:
                tasks.create_task(one.run())
            if asked is not None and settings.worklist is not None:
                tasks.create_task(worklist.follow(asked, thread, settings.worklist.every_seconds))
            tasks.create_task(record_in.keep_listening(settings, thread, clock))
            if (far_end := fetching.source(settings)) is not None:
                tasks.create_task(fetching.keep_fetching(settings, far_end))
            if answers:
                tasks.create_task(answering.keep_answers(settings, answers))
            if planned:
                tasks.create_task(appointments_in.keep(settings, planned))
            if escalating is not None:
                tasks.create_task(escalating())


def _escalating(settings: Settings) -> Callable[[], Coroutine[None, None, None]] | None:
    """None where nobody is told. Raises Fault(SETTINGS)."""
    if not settings.answers.escalate:
        return None
    from edge.mains import mailing  # what speaks mail is for the carts that do

    told, house = mailing.escalated(settings), source_of(settings).house
    return lambda: mailing.keep_escalating(settings, told, house)


async def pulses_of(
    ends: Sequence[Answering], store: StoreThread[Opened], clock: SystemClock, every_seconds: float
) -> list[Pulse]:
    """One for each far end. What was noted before goes on: since when it is silent survives a restart."""
    known = await store.run(lambda opened: {one.destination: one for one in standing.answered(opened.database)})

    async def note(one: Answered) -> None:
        await store.run(lambda opened: standing.put_answered(opened.database, one))

    return pulses(ends, clock, note, every_seconds, known)


async def _joined(settings: Settings) -> StoreThread[Opened]:
    places = places_of(settings)
    while not settings.database.exists() or not await asyncio.to_thread(_is_ready, places):
        log.info("no_store_yet")
        await asyncio.sleep(_STORE_RETRY)
    return StoreThread(lambda: open_for_sync(places))


def _is_ready(places: Places) -> bool:
    """One that cannot be looked at is for the opening to say what is wrong with."""
    try:
        return is_migrated(places)
    except Fault:
        return True
