"""The part of `telecart sync` that brings answers in, the part of edge that notes what nobody answered, and what `telecart opinions` lists."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import Iterator, Sequence

import structlog

from edge.domain.answer import Arrived, Source
from edge.domain.fault import Fault, Reason
from edge.domain.followed import Standing
from edge.mains.actor import of_process
from edge.mains.clock import SystemClock
from edge.mains.lines import is_loopback, tls_of
from edge.mains.places import places_of
from edge.settings import Settings
from edge.store.answer_book import ArrivingAnswers, StoredAnswers
from edge.store.keeping.answers import Answers
from edge.store.ledger import open_for_sync
from edge.store.thread import StoreThread
from sync.record.answering import Answering
from sync.record.fhir_answers import FhirAnswers
from sync.record.mailbox import Account, Mailbox
from sync.tls import Tls

log = structlog.get_logger()

LOOK_EVERY = 30.0
"""Seconds between looks at what nobody answered."""


def sources(settings: Settings) -> Sequence[Source]:
    """Raises Fault(SETTINGS) for a name that is none, and where a demonstration would look at a stranger's mailbox (H7)."""
    named, clock = settings.answers, SystemClock()
    ends = {end.name: end for end in settings.fhir}
    site = settings.site
    oids = {site.issuer: site.issuer_oid} if site.issuer and site.issuer_oid else {}
    found: list[Source] = []
    for name in named.fhir:
        if name not in ends:
            raise Fault(
                Reason.SETTINGS,
                f"[answers] names {name}, which is no [[fhir]]",
                "write the name of one, or leave it out",
            )
        end = ends[name]
        found.append(FhirAnswers(name, end.url, lambda: clock.now().utc, end.patience, tls_of(end), oids))
    if (box := named.mailbox) is not None:
        if settings.demo and not box.for_demonstration and not is_loopback(box.host):
            what = f"a demonstration does not look at the mailbox of {box.host}"
            raise Fault(Reason.SETTINGS, what, "leave it out, or write for_demonstration")
        account = Account(box.host, box.port, box.user, box.password_file, box.folder, box.days)
        tls = Tls(box.ca, box.certificate, box.key, box.server_name)
        found.append(Mailbox(box.name, account, tls, lambda: clock.now().utc, oids))
    return found


async def keep_answers(settings: Settings, from_where: Sequence[Source]) -> None:
    """Until cancelled, with a connection of its own: what is written here keeps no delivery waiting."""
    clock = SystemClock()
    async with StoreThread(lambda: open_for_sync(places_of(settings))) as thread:
        book = ArrivingAnswers(thread, clock.now, of_process("sync"))
        await Answering(book, from_where, clock.now, settings.answers.every_seconds).run()


async def keep_escalating(book: StoredAnswers, clock: SystemClock) -> None:
    """Until cancelled: what nobody answered in time is noted once. A store that fails is asked again."""
    by = of_process("edge")
    while True:
        try:
            if new := await book.escalate(clock.now(), by):
                log.warning("opinions_unanswered", count=new)
        except Fault as fault:
            log.warning("opinions_not_looked_at", reason=fault.reason.value, what=fault.what)
        except Exception:  # a defect of one keeper is told, and ends neither it nor the others
            log.exception("opinions_not_looked_at")
        await asyncio.sleep(LOOK_EVERY)


@contextlib.contextmanager
def _opened(settings: Settings) -> Iterator[Answers]:
    opened = open_for_sync(places_of(settings))
    try:
        yield Answers(opened.database, opened.blobs)
    finally:
        opened.database.close()


def listing(settings: Settings) -> Standing:
    """Raises Fault where there is no store or no key."""
    with _opened(settings) as answers:
        return answers.standing(dt.datetime.now(dt.UTC))


def aside(settings: Settings) -> tuple[Arrived, ...]:
    """Of which a person said that they are for nobody here: ``match`` undoes it. Raises Fault as ``listing``."""
    with _opened(settings) as answers:
        return answers.loose(aside=True)


def match(settings: Settings, number: int, request_id: str) -> None:
    """Raises Fault(NOT_ALLOWED)."""
    with _opened(settings) as answers:
        answers.match(number, request_id, SystemClock().now(), of_process("opinions", "telecart opinions match"))


def pdf(settings: Settings, number: int) -> bytes:
    """Raises Fault(PURGED) where nothing came as one."""
    with _opened(settings) as answers:
        content = answers.pdf(number)
    if content is None:
        raise Fault(
            Reason.PURGED,
            "no document came with this answer, or it went after its retention",
            "see `telecart opinions`",
        )
    return content
