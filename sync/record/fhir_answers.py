"""A FHIR R4 server as a source of answers: what is based on requests of ours (Task, DiagnosticReport, Communication).

https://hl7.org/fhir/R4/search.html, task.html, diagnosticreport.html, communication.html. A search finds; whether what it found
answers a request of ours is seen from its own ``basedOn``.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import quote, urljoin, urlsplit

import aiohttp
import structlog

from edge.domain.answer import LARGEST_PDF, Came, named
from edge.domain.fault import Fault, Reason
from edge.domain.patient import Patient
from sync.fhir import canonical
from sync.fhir.canonical import Resource
from sync.fhir.patient import NO_OIDS
from sync.record import about
from sync.record.fhir_answer import attachments, based_on, came_of, dicts
from sync.tls import Identity, Tls

log = structlog.get_logger()

TYPES: Final = ("Task", "DiagnosticReport", "Communication")
_MIME: Final = "application/fhir+json"
_LARGEST_PAGE: Final = 48 * 1024 * 1024
_PAGES: Final = 40
"""After which a look ends where the server is known to give the oldest first: the next one goes on from there."""
_MOST_PAGES: Final = 4_000
"""Of one look, whatever the server does."""
_AT_ONCE: Final = 20
"""Requests that one search names."""
_OVERLAP: Final = dt.timedelta(minutes=10)
"""Of the server's own clock: what was being written when it was asked last."""


class _Reached:
    """How far a look came: ``cursor`` is before all that a search left for the next one, and never after ``now``.

    A server that says to have written something next year would hide from us what it writes until then.
    """

    def __init__(self, begun: str, now: str) -> None:
        self.begun, self.now = begun, now
        self._ended, self._stopped = begun, ""

    @property
    def cursor(self) -> str:
        reached = min(self._ended, self._stopped) if self._stopped else self._ended
        return max(self.begun, min(reached, self.now))

    def ended(self, newest: str) -> None:
        self._ended = max(self._ended, newest)

    def stopped(self, newest: str) -> None:
        self.ended(newest)
        self._stopped = min(self._stopped or newest, newest)


class _Search:
    """What one search gave, page by page. It ``may_stop`` only where it comes in the order of its times, as it was asked for, and
    the next look would begin further on: so each look makes way, however much was written in one instant.
    """

    def __init__(self, reached: _Reached) -> None:
        self._reached = reached
        self._ordered = True
        self.newest = ""

    def saw(self, updated: str) -> None:
        self._ordered = self._ordered and bool(updated) and updated >= self.newest
        self.newest = max(self.newest, updated)

    @property
    def may_stop(self) -> bool:
        return self._ordered and self._reached.begun < self.newest <= self._reached.now


class FhirAnswers:
    """The port Source over the FHIR base ``url``. ``seconds`` is for one exchange, ``oids`` are those of issuers of local identifiers.
    Raises Fault(SETTINGS).
    """

    def __init__(
        self,
        name: str,
        url: str,
        now: Callable[[], dt.datetime],
        seconds: float = 30.0,
        tls: Tls | None = None,
        oids: Mapping[str, str] = NO_OIDS,
    ) -> None:
        self.name = name
        self._url = url.rstrip("/")
        self._now = now
        self._seconds = seconds
        self._identity = Identity(tls) if tls else None
        self._newest = ""
        self._oids = oids

    def reached(self) -> str:
        return self._newest

    def hers(self, came: Came, patient: Patient) -> bool:
        return about.is_hers(came.about, patient, self._oids)

    async def taken(self, came: Came) -> None:
        """Nobody has to be told."""

    async def look(self, waiting: Sequence[str], cursor: str) -> AsyncIterator[Came]:
        self._newest = cursor
        reached = _Reached(cursor, self._now().astimezone(dt.UTC).isoformat(timespec="milliseconds"))
        timeout = aiohttp.ClientTimeout(total=self._seconds, connect=10.0)
        async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as session:
            for begin in range(0, len(waiting), _AT_ONCE):
                asked = waiting[begin : begin + _AT_ONCE]
                for kind in TYPES:
                    async for resource in self._found(session, kind, asked, reached):
                        if (came := came_of(resource, self.name, self._now())) is not None:
                            yield await self._whole(session, came, resource)
        self._newest = reached.cursor

    async def _found(
        self, session: aiohttp.ClientSession, kind: str, asked: Sequence[str], reached: _Reached
    ) -> AsyncIterator[Resource]:
        """The oldest first. Raises Fault where there is no end of it: then nothing is skipped, and the next look begins anew."""
        based = ",".join(f"ServiceRequest/{one}" for one in asked)
        since = f"&_lastUpdated=ge{quote(_before(reached.begun))}" if reached.begun else ""
        url: str | None = f"{self._url}/{kind}?based-on={quote(based, safe='/,')}{since}&_sort=_lastUpdated&_count=50"
        wanted = set(asked)
        search = _Search(reached)
        for page_number in range(_MOST_PAGES):
            if url is None:
                reached.ended(search.newest)
                return
            if page_number >= _PAGES and search.may_stop:
                log.info("answers_left", source=self.name, what="the next look goes on with them")
                reached.stopped(search.newest)
                return
            page = await self._ask(session, url)
            if page.get("resourceType") != "Bundle":
                raise Fault(Reason.DESTINATION_BUSY, f"what answers for {self.name} is no FHIR server")
            for resource in _entries(page):
                search.saw(_updated(resource))
                if resource.get("resourceType") == kind and wanted & set(named(based_on(resource))):
                    yield resource
            url = self._next(page, url)
        what = f"the pages of {self.name} have no end"
        raise Fault(Reason.DESTINATION_BUSY, what, "ask its administrator where it stays so")

    def _next(self, page: Resource, url: str) -> str | None:
        """The next page, of this very server: a link that leads elsewhere is not followed (T10)."""
        links = page.get("link")
        for link in links if isinstance(links, list) else []:
            if isinstance(link, dict) and link.get("relation") == "next" and isinstance(link.get("url"), str):
                to = _joined(url, str(link["url"]))
                if to is None or urlsplit(to)[:2] != urlsplit(self._url)[:2]:
                    raise Fault(Reason.DESTINATION_REFUSED, f"{self.name} sends to another server for its next page")
                return to
        return None

    async def _whole(self, session: aiohttp.ClientSession, came: Came, resource: Resource) -> Came:
        """With its PDF, where that is a Binary of this server."""
        if came.pdf is not None:
            return came
        for attachment in attachments(resource):
            url = attachment.get("url")
            if attachment.get("contentType") != "application/pdf" or not isinstance(url, str):
                continue
            to = _joined(f"{self._url}/", url)
            if to is None or not to.startswith(f"{self._url}/Binary/"):
                continue
            content = await self._bytes(session, to, "application/pdf", LARGEST_PDF)
            if content.startswith(b"%PDF-"):
                return dataclasses.replace(came, pdf=content)
        return came

    async def _ask(self, session: aiohttp.ClientSession, url: str) -> Resource:
        try:
            found = canonical.decode(await self._bytes(session, url, _MIME, _LARGEST_PAGE))
        except (ValueError, RecursionError) as exc:
            raise Fault(Reason.DESTINATION_BUSY, f"what answers for {self.name} is no FHIR server") from exc
        return found if isinstance(found, dict) else {}

    async def _bytes(self, session: aiohttp.ClientSession, url: str, accept: str, most: int) -> bytes:
        """Raises Fault."""
        name, context = None, None
        if self._identity is not None:
            name, context = self._identity.server_name or None, self._identity.context()
        who = f"the FHIR server {self.name}"
        try:
            async with session.get(
                url, headers={"Accept": accept}, allow_redirects=False, ssl=context or True, server_hostname=name
            ) as response:
                if response.status != 200:
                    what = f"{who} does not give its answers (HTTP {response.status})"
                    raise Fault(Reason.DESTINATION_BUSY, what, "ask its administrator where it stays so")
                content = bytearray()
                async for piece in response.content.iter_any():
                    content += piece
                    if len(content) > most:
                        raise Fault(Reason.DESTINATION_BUSY, f"what {who} gives is too large")
                return bytes(content)
        except (aiohttp.ClientError, TimeoutError, OSError) as exc:
            if self._identity is not None and (told := self._identity.refusal_in(exc, who)):
                raise told from exc
            raise Fault(Reason.DESTINATION_UNREACHABLE, f"{who} does not answer", "check the network") from exc


def _joined(base: str, url: str) -> str | None:
    """None where it is no address."""
    try:
        to = urljoin(base, url)
        urlsplit(to)
    except ValueError:
        return None
    return to


def _updated(resource: Resource) -> str:
    """As an instant in UTC, so that the later one is the greater text; "" where the server does not say it."""
    meta = resource.get("meta")
    try:
        found = dt.datetime.fromisoformat(str(meta.get("lastUpdated", ""))) if isinstance(meta, dict) else None
        return found.astimezone(dt.UTC).isoformat(timespec="milliseconds") if found and found.tzinfo else ""
    except (ValueError, OverflowError):
        return ""


def _before(cursor: str) -> str:
    earliest = dt.datetime.min.replace(tzinfo=dt.UTC) + _OVERLAP
    at = max(dt.datetime.fromisoformat(cursor), earliest)
    return (at - _OVERLAP).isoformat(timespec="milliseconds")


def _entries(page: Resource) -> Iterator[Resource]:
    for entry in dicts(page.get("entry")):
        if isinstance(entry.get("resource"), dict):
            yield entry["resource"]  # type: ignore[misc]
