"""A FHIR R4 server as destination: PUT under our own ids, proof by GET (https://hl7.org/fhir/R4/http.html)."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Sequence

import aiohttp

from edge.domain.delivery import Event
from edge.domain.fault import Fault, Reason
from edge.domain.item import Body, Frozen, InMemory, Item
from edge.domain.measurement import AS_FHIR, Kind
from edge.domain.ports import Outcome, Tell, tell_nobody
from sync.fhir import canonical
from sync.fhir.bundle import bundle, opened
from sync.fhir.canonical import Json, Resource
from sync.tls import Identity, Tls

_MIME = "application/fhir+json"
_LARGEST_ANSWER = 4 * 1024 * 1024
_BEGINNING = 64 * 1024
_STATEMENT = b'"CapabilityStatement"'
_SERVERS_OWN = ("meta", "text")  # a server adds versions, tags and its own narrative
_ATTEMPTS_A_BATCH = 3  # answers that may fail to come before the rest of a batch is left for later
_UNTRIED = "the line broke before its turn"
_ABOUT_THE_CART = frozenset({401, 403, 407, 421})
"""Not about an object: when it is put right, all that waits may go."""


@dataclasses.dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to a connection, and for one whole exchange."""

    connect: float = 10.0
    total: float = 30.0


@dataclasses.dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: Json


class FhirDestination:
    """The port ``Destination`` onto one FHIR base ``url``; ``tls`` is for an https one. Only a ``demonstration`` sends an INS
    of tests.

    Raises Fault(SETTINGS) for certificates that cannot be used.
    """

    kinds: frozenset[Kind] = AS_FHIR

    def __init__(
        self,
        name: str,
        url: str,
        timeouts: Timeouts = Timeouts(),
        tls: Tls | None = None,
        *,
        demonstration: bool = False,
    ) -> None:
        self.name = name
        self._demonstration = demonstration
        self._identity = Identity(tls) if tls else None
        self._url = url.rstrip("/")
        self._timeouts = timeouts

    def freeze(self, item: Item) -> Body:
        """A Bundle (collection) of the resident and her Observations, or what is asked about her."""
        return InMemory(bundle(item, demonstration=self._demonstration))

    async def send(self, objects: Sequence[Frozen], tell: Tell = tell_nobody) -> Sequence[Outcome]:
        return await self._each(objects, self._send, tell)

    async def prove(self, objects: Sequence[Frozen]) -> Sequence[Outcome]:
        return await self._each(objects, self._prove)

    async def answer(self) -> None:
        """Returns where a FHIR server says what it is, in short (R4, http.html#capabilities). Raises Fault."""
        try:
            async with self._session() as session:
                status, beginning = await self._beginning(session, f"{self._url}/metadata?_summary=true")
        except (aiohttp.ClientError, TimeoutError) as exc:
            raise Fault(Reason.DESTINATION_UNREACHABLE, f"the FHIR server {self.name} does not answer") from exc
        if status in _ABOUT_THE_CART:
            what = f"the FHIR server {self.name} does not admit this cart (HTTP {status})"
            raise Fault(Reason.DESTINATION_REFUSED, what)
        if status != 200 or _STATEMENT not in beginning:
            raise Fault(
                Reason.DESTINATION_UNREACHABLE, f"what answers for {self.name} is no FHIR server (HTTP {status})"
            )

    async def _beginning(self, session: aiohttp.ClientSession, url: str) -> tuple[int, bytes]:
        """Of what stands there: a whole statement may be megabytes. Raises Fault, and what aiohttp raises."""
        name, context = None, None
        if self._identity is not None:
            name, context = self._identity.server_name or None, self._identity.context()
        async with session.get(
            url, headers={"Accept": _MIME}, allow_redirects=False, ssl=context or True, server_hostname=name
        ) as response:
            found = bytearray()
            async for piece in response.content.iter_any():
                found += piece
                if len(found) >= _BEGINNING or _STATEMENT in found:
                    break
            return response.status, bytes(found)

    async def examine(self) -> str:
        """Its CapabilityStatement. Raises Fault."""
        who = f"the FHIR server {self.name}"
        try:
            async with self._session() as session:
                answer = await self._ask(session, "GET", f"{self._url}/metadata")
        except (aiohttp.ClientError, TimeoutError) as exc:
            if self._identity is not None and (told := self._identity.refusal_in(exc, who)):
                raise told from exc
            what, do = f"{who} does not answer at {self._url}", "check the network and the server"
            raise Fault(Reason.DESTINATION_UNREACHABLE, what, do) from exc
        if answer.status != 200:
            what, do = (
                f"{who} does not say what it can (HTTP {answer.status})",
                "ask its administrator to admit this cart",
            )
            raise Fault(Reason.DESTINATION_REFUSED, what, do)
        said = answer.body if isinstance(answer.body, dict) else {}
        release = said.get("fhirVersion")
        if said.get("resourceType") != "CapabilityStatement" or not str(release).startswith("4.0"):
            what = f"what answers at {self._url} is no FHIR server of release 4.0"
            raise Fault(Reason.DESTINATION_REFUSED, what, "check the network and the url in the settings")
        how = self._identity.how if self._identity else "not encrypted"
        return f"{who} answers, FHIR {release}; {how}"

    def _session(self) -> aiohttp.ClientSession:
        timeout = aiohttp.ClientTimeout(total=self._timeouts.total, connect=self._timeouts.connect)
        return aiohttp.ClientSession(timeout=timeout, trust_env=False)

    async def _each(
        self,
        objects: Sequence[Frozen],
        work: Callable[[aiohttp.ClientSession, Frozen], Awaitable[Outcome]],
        tell: Tell = tell_nobody,
    ) -> list[Outcome]:
        outcomes: list[Outcome] = []
        failures = 0
        async with self._session() as session:
            for index, frozen in enumerate(objects):
                try:
                    outcomes.append(await work(session, frozen))
                    tell(outcomes[-1])
                except Fault as fault:
                    if fault.reason is Reason.DESTINATION_REFUSED:
                        return outcomes + _later(objects[index:], str(fault), fault.reason)
                    # its own bytes are damaged
                    outcomes.append(Outcome.unread(frozen.item_id, fault))
                except (aiohttp.ClientError, TimeoutError) as exc:
                    who = f"the FHIR server {self.name}"
                    if self._identity is not None and (told := self._identity.refusal_in(exc, who)):
                        return outcomes + _later(objects[index:], str(told), told.reason)
                    if isinstance(exc, aiohttp.ClientConnectorError):
                        what = (
                            f"the FHIR server {self.name} cannot be reached: check the network; the cart goes on trying"
                        )
                        return outcomes + _later(objects[index:], what)
                    what = f"the FHIR server {self.name} broke off or did not answer in time"
                    outcomes.append(Outcome(frozen.item_id, Event.TRY_LATER, Reason.DESTINATION_BUSY, what))
                    failures += 1
                    if failures == _ATTEMPTS_A_BATCH:
                        return outcomes + _later(objects[index + 1 :], _UNTRIED)
        return outcomes

    async def _send(self, session: aiohttp.ClientSession, frozen: Frozen) -> Outcome:
        for resource in opened(frozen.content):
            if resource["resourceType"] == "Patient":
                # created where missing, never overwritten: a measurement does not decide on somebody's traits
                known = await self._exchange(session, "GET", resource)
                if known.status == 200:
                    if not isinstance(known.body, dict):
                        return self._no_server(frozen)
                    if not _same_person(resource, known.body):
                        return _another_person(frozen)
                    continue
                if known.status not in {404, 410}:
                    return _failure(frozen, known.status)
            answer = await self._exchange(session, "PUT", resource)
            if not 200 <= answer.status < 300:
                return _failure(frozen, answer.status)
        return Outcome(frozen.item_id, Event.ACCEPTED)

    async def _prove(self, session: aiohttp.ClientSession, frozen: Frozen) -> Outcome:
        # the Observations first: one that is there as somebody else's must not pass for a resident who is missing (H1)
        for resource in reversed(opened(frozen.content)):
            answer = await self._exchange(session, "GET", resource)
            if answer.status in {404, 410}:
                return Outcome(frozen.item_id, Event.NOT_HELD, None, "the FHIR server does not have it yet")
            if answer.status != 200:
                return _failure(frozen, answer.status)
            if not isinstance(answer.body, dict):
                return self._no_server(frozen)
            if resource["resourceType"] == "Patient":
                if not _same_person(resource, answer.body):
                    return _another_person(frozen)
            elif _content(answer.body) != _content(resource):
                what = "the FHIR server holds another content under this name: have its administrator look at it"
                return Outcome(frozen.item_id, Event.REFUSED, Reason.DESTINATION_REFUSED, what)
        return Outcome(frozen.item_id, Event.PROVEN)

    def _no_server(self, frozen: Frozen) -> Outcome:
        """For a login page of the network, or a proxy's own page."""
        what = f"what answers for the FHIR server {self.name} is not one: check the network"
        return Outcome(frozen.item_id, Event.TRY_LATER, Reason.DESTINATION_UNREACHABLE, what)

    async def _exchange(self, session: aiohttp.ClientSession, method: str, resource: Resource) -> _Answer:
        url = f"{self._url}/{resource['resourceType']}/{resource['id']}"
        return await self._ask(session, method, url, canonical.encode(resource) if method == "PUT" else None)

    async def _ask(self, session: aiohttp.ClientSession, method: str, url: str, body: bytes | None = None) -> _Answer:
        """Raises Fault(DESTINATION_REFUSED) where our certificate is of no use, and what aiohttp raises."""
        headers = {"Accept": _MIME} | ({"Content-Type": _MIME} if body is not None else {})
        name, context = None, None
        if self._identity is not None:
            # another context than before is another connection
            name, context = self._identity.server_name or None, self._identity.context()
        async with session.request(
            method,
            url,
            data=body,
            headers=headers,
            allow_redirects=False,
            ssl=context or True,
            server_hostname=name,
        ) as response:
            content = bytearray()
            async for piece in response.content.iter_any():
                content += piece
                if len(content) > _LARGEST_ANSWER:
                    return _Answer(response.status, None)
            try:
                return _Answer(response.status, canonical.decode(bytes(content)))
            except (ValueError, RecursionError):
                return _Answer(response.status, None)


def _content(resource: Resource) -> Resource:
    return {key: value for key, value in resource.items() if key not in _SERVERS_OWN}


def _same_person(ours: Resource, theirs: Json) -> bool:
    """Whether the Patient there carries our local identifier of the same issuer."""
    wanted = _local_identifiers(ours)
    return isinstance(theirs, dict) and bool(wanted) and wanted <= _local_identifiers(theirs)


def _local_identifiers(patient: Resource) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    identifiers = patient.get("identifier")
    for identifier in identifiers if isinstance(identifiers, list) else []:
        assigner = identifier.get("assigner") if isinstance(identifier, dict) else None
        if isinstance(identifier, dict) and isinstance(assigner, dict):
            found.add((str(identifier.get("value")), str(assigner.get("display"))))
    return found


def _another_person(frozen: Frozen) -> Outcome:
    what = "the FHIR server knows another person under this resident's name: have its administrator look at it"
    return Outcome(frozen.item_id, Event.REFUSED, Reason.DESTINATION_REFUSED, what)


def _failure(frozen: Frozen, status: int) -> Outcome:
    """What passes by itself, or is put right at the server or in the settings, is tried again; the rest needs a person."""
    if status in {408, 429} or status >= 500:
        what = f"the FHIR server cannot take it now (HTTP {status})"
        return Outcome(frozen.item_id, Event.TRY_LATER, Reason.DESTINATION_BUSY, what)
    if 300 <= status < 400:
        what = (
            f"something answers for the FHIR server and sends elsewhere (HTTP {status}): check the network and the url"
        )
        return Outcome(frozen.item_id, Event.TRY_LATER, Reason.DESTINATION_UNREACHABLE, what)
    if status in _ABOUT_THE_CART:
        what = f"the FHIR server does not admit this cart (HTTP {status}): ask its administrator"
        return Outcome(frozen.item_id, Event.TRY_LATER, Reason.DESTINATION_REFUSED, what)
    what = f"the FHIR server refused it (HTTP {status}): have its administrator look at it"
    return Outcome(frozen.item_id, Event.REFUSED, Reason.DESTINATION_REFUSED, what)


def _later(objects: Sequence[Frozen], what: str, reason: Reason = Reason.DESTINATION_UNREACHABLE) -> list[Outcome]:
    return [Outcome(one.item_id, Event.TRY_LATER, reason, what) for one in objects]
