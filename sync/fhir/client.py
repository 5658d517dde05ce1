"""A FHIR R4 server as destination: PUT under our own ids, proof by GET (https://hl7.org/fhir/R4/http.html).

Nothing is sent with conditions (If-None-Exist, If-Match): the same PUT twice is one resource, and a search would have to be trusted
to find it. What a server refuses waits for a person with what it says against it, in its codes; what passes is tried again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Mapping, Sequence

import aiohttp

from edge.domain.delivery import Event
from edge.domain.fault import Fault, Reason
from edge.domain.item import Body, Frozen, InMemory, Item
from edge.domain.measurement import AS_FHIR, DOCUMENTS, Kind
from edge.domain.ports import Outcome, Tell, tell_nobody
from edge.domain.report import House
from sync.fhir import canonical, replies
from sync.fhir.bundle import bundle, opened
from sync.fhir.canonical import Json, Resource
from sync.fhir.patient import NO_OIDS
from sync.tls import Identity, Tls

_MIME = "application/fhir+json"
_LARGEST_ANSWER = 32 * 1024 * 1024
"""Bytes: a report is read back whole, in base64."""
_BEGINNING = 64 * 1024
_STATEMENT = b'"CapabilityStatement"'
_SERVERS_OWN = ("meta", "text")  # a server adds versions, tags and its own narrative
_ATTEMPTS_A_BATCH = 3  # answers that may fail to come, or be "not now", before the rest of a batch is left for later
_UNTRIED = "the line broke, or the FHIR server asked for a pause, before its turn"
_NOT_NOW = frozenset({429, 503})
_CONFLICT = frozenset({409, 412})
_ABOUT_THE_CART = frozenset({401, 403, 407, 421})
"""Not about an object: when it is put right, all that waits may go."""


@dataclasses.dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to a connection, and for one whole exchange."""

    connect: float = 10.0
    total: float = 30.0


@dataclasses.dataclass(frozen=True, slots=True)
class _Answer:
    """``pause`` in seconds, as the server asks for it."""

    status: int
    body: Json
    pause: float = 0.0


@dataclasses.dataclass(frozen=True, slots=True)
class _Line:
    """One batch of exchanges. ``residents`` are the Patients that were seen to be ours in it, by address: not asked again."""

    session: aiohttp.ClientSession
    residents: set[str] = dataclasses.field(default_factory=set)


class _NotNow(Exception):
    """The server takes nothing for a while."""

    def __init__(self, answer: _Answer) -> None:
        super().__init__()
        self.answer = answer


class FhirDestination:
    """The port ``Destination`` onto one FHIR base ``url``; ``tls`` is for an https one. Only a ``demonstration`` sends an INS
    of tests. ``oids`` are those of issuers of local identifiers, by their names. With the ``house`` in which reports are made it
    takes those too.

    Raises Fault(SETTINGS) for certificates that cannot be used.
    """

    def __init__(
        self,
        name: str,
        url: str,
        timeouts: Timeouts = Timeouts(),
        tls: Tls | None = None,
        *,
        demonstration: bool = False,
        oids: Mapping[str, str] = NO_OIDS,
        house: House | None = None,
    ) -> None:
        self.name = name
        self.kinds: frozenset[Kind] = AS_FHIR | DOCUMENTS if house else AS_FHIR
        self._house = house
        self._demonstration = demonstration
        self._oids = oids
        self._identity = Identity(tls) if tls else None
        self._url = url.rstrip("/")
        self._timeouts = timeouts

    def freeze(self, item: Item) -> Body:
        """A Bundle (collection) of the resident and her Observations, of what is asked about her, or of a report."""
        return InMemory(bundle(item, demonstration=self._demonstration, oids=self._oids, house=self._house))

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
        if closed := replies.not_to_be_created(answer.body):
            what = f"{who} does not let this cart create {', '.join(closed)} under its own ids"
            raise Fault(Reason.DESTINATION_REFUSED, what, "have its administrator allow update as create for this cart")
        how = self._identity.how if self._identity else "not encrypted"
        return f"{who} answers, FHIR {release}; {how}"

    def _session(self) -> aiohttp.ClientSession:
        timeout = aiohttp.ClientTimeout(total=self._timeouts.total, connect=self._timeouts.connect)
        return aiohttp.ClientSession(timeout=timeout, trust_env=False)

    async def _each(
        self,
        objects: Sequence[Frozen],
        work: Callable[[_Line, Frozen], Awaitable[Outcome]],
        tell: Tell = tell_nobody,
    ) -> list[Outcome]:
        outcomes: list[Outcome] = []
        failures = 0
        pause = 0.0
        async with self._session() as session:
            on = _Line(session)
            for index, frozen in enumerate(objects):
                try:
                    outcomes.append(await work(on, frozen))
                    tell(outcomes[-1])
                except Fault as fault:
                    if fault.reason is Reason.DESTINATION_REFUSED:
                        return outcomes + _later(objects[index:], str(fault), fault.reason)
                    # its own bytes are damaged
                    outcomes.append(Outcome.unread(frozen.item_id, fault))
                except _NotNow as told:
                    outcomes.append(_failure(frozen, told.answer))
                    failures += 1
                    pause = max(pause, told.answer.pause)
                except (aiohttp.ClientError, TimeoutError) as exc:
                    who = f"the FHIR server {self.name}"
                    if self._identity is not None and (refusal := self._identity.refusal_in(exc, who)):
                        return outcomes + _later(objects[index:], str(refusal), refusal.reason)
                    if isinstance(exc, aiohttp.ClientConnectorError):
                        what = (
                            f"the FHIR server {self.name} cannot be reached: check the network; the cart goes on trying"
                        )
                        return outcomes + _later(objects[index:], what)
                    what = f"the FHIR server {self.name} broke off or did not answer in time"
                    outcomes.append(Outcome(frozen.item_id, Event.TRY_LATER, Reason.DESTINATION_BUSY, what))
                    failures += 1
                if failures == _ATTEMPTS_A_BATCH:
                    return outcomes + _later(objects[index + 1 :], _UNTRIED, after=pause)
        return outcomes

    async def _send(self, on: _Line, frozen: Frozen) -> Outcome:
        session = on.session
        for resource in opened(frozen.content):
            if resource["resourceType"] == "Patient":
                if _who(resource) in on.residents:
                    continue
                # created where missing, never overwritten: a measurement does not decide on somebody's traits
                known = await self._exchange(session, "GET", resource)
                if known.status == 200:
                    if not isinstance(known.body, dict):
                        return self._no_server(frozen)
                    if not _same_person(resource, known.body):
                        return _another_person(frozen)
                    on.residents.add(_who(resource))
                    continue
                if known.status not in {404, 410}:
                    return _failure(frozen, known)
            answer = await self._exchange(session, "PUT", resource)
            if answer.status in _CONFLICT:
                conflict = await self._conflict(session, frozen, resource, answer)
                if conflict is not None:
                    return conflict
            elif not 200 <= answer.status < 300:
                return _failure(frozen, answer)
        return Outcome(frozen.item_id, Event.ACCEPTED)

    async def _conflict(
        self, session: aiohttp.ClientSession, frozen: Frozen, resource: Resource, answer: _Answer
    ) -> Outcome | None:
        """None where it is there as it should be: an answer to an earlier attempt was lost, or two were under way at once."""
        held = await self._exchange(session, "GET", resource)
        if held.status == 200 and isinstance(held.body, dict):
            if _content(held.body) == _content(resource):
                return None
            if not _our_own(resource, held.body):
                return _failure(frozen, answer)
        elif held.status not in {404, 410}:
            return _failure(frozen, held)
        if not replies.passes(answer.body):
            return _failure(frozen, answer)
        what = f"the FHIR server is changing it at the moment (HTTP {answer.status})"
        return Outcome(frozen.item_id, Event.TRY_LATER, Reason.DESTINATION_BUSY, what, answer.pause)

    async def _prove(self, on: _Line, frozen: Frozen) -> Outcome:
        # the Observations first: one that is there as somebody else's must not pass for a resident who is missing (H1)
        for resource in reversed(opened(frozen.content)):
            if resource["resourceType"] == "Patient" and _who(resource) in on.residents:
                continue
            answer = await self._exchange(on.session, "GET", resource)
            if answer.status in {404, 410}:
                return Outcome(frozen.item_id, Event.NOT_HELD, None, "the FHIR server does not have it yet")
            if answer.status != 200:
                return _failure(frozen, answer)
            if not isinstance(answer.body, dict):
                return self._no_server(frozen)
            if resource["resourceType"] == "Patient":
                if not _same_person(resource, answer.body):
                    return _another_person(frozen)
                on.residents.add(_who(resource))
            elif _content(answer.body) != _content(resource):
                what = "the FHIR server holds another content under this name: have its administrator look at it"
                return Outcome(frozen.item_id, Event.REFUSED, Reason.DESTINATION_REFUSED, what)
        return Outcome(frozen.item_id, Event.PROVEN)

    def _no_server(self, frozen: Frozen) -> Outcome:
        """For a login page of the network, or a proxy's own page."""
        what = f"what answers for the FHIR server {self.name} is not one: check the network"
        return Outcome(frozen.item_id, Event.TRY_LATER, Reason.DESTINATION_UNREACHABLE, what)

    async def _exchange(self, session: aiohttp.ClientSession, method: str, resource: Resource) -> _Answer:
        """Raises _NotNow, and what ``_ask`` raises."""
        url = f"{self._url}/{resource['resourceType']}/{resource['id']}"
        answer = await self._ask(session, method, url, canonical.encode(resource) if method == "PUT" else None)
        if answer.status in _NOT_NOW:
            raise _NotNow(answer)
        return answer

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
            pause = replies.pause(response.headers)
            try:
                return _Answer(response.status, canonical.decode(bytes(content)), pause)
            except (ValueError, RecursionError):
                return _Answer(response.status, None, pause)


def _content(resource: Resource) -> Resource:
    return {key: value for key, value in resource.items() if key not in _SERVERS_OWN}


def _who(patient: Resource) -> str:
    """Under which id, with which identifiers of the house."""
    return f"{patient['id']} {sorted(_local_identifiers(patient))}"


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


def _our_own(ours: Resource, theirs: Json) -> bool:
    """Whether what is there carries the identifier that this cart gave: an older state of the same."""
    return isinstance(theirs, dict) and "identifier" in ours and theirs.get("identifier") == ours["identifier"]


def _another_person(frozen: Frozen) -> Outcome:
    what = "the FHIR server knows another person under this resident's name: have its administrator look at it"
    return Outcome(frozen.item_id, Event.REFUSED, Reason.DESTINATION_REFUSED, what)


def _failure(frozen: Frozen, answer: _Answer) -> Outcome:
    """What passes by itself, or is put right at the server or in the settings, is tried again; the rest needs a person."""
    status = answer.status
    if status in {408, 429} or status >= 500:
        what = f"the FHIR server cannot take it now (HTTP {status})"
        return Outcome(frozen.item_id, Event.TRY_LATER, Reason.DESTINATION_BUSY, what, answer.pause)
    if 300 <= status < 400:
        what = (
            f"something answers for the FHIR server and sends elsewhere (HTTP {status}): check the network and the url"
        )
        return Outcome(frozen.item_id, Event.TRY_LATER, Reason.DESTINATION_UNREACHABLE, what)
    if status in _ABOUT_THE_CART:
        what = f"the FHIR server does not admit this cart (HTTP {status}): ask its administrator"
        return Outcome(frozen.item_id, Event.TRY_LATER, Reason.DESTINATION_REFUSED, what)
    said = replies.objections(answer.body)
    against = f", {said}" if said else ""
    what = f"the FHIR server refused it (HTTP {status}{against}): have its administrator look at it"
    return Outcome(frozen.item_id, Event.REFUSED, Reason.DESTINATION_REFUSED, what)


def _later(
    objects: Sequence[Frozen], what: str, reason: Reason = Reason.DESTINATION_UNREACHABLE, after: float = 0.0
) -> list[Outcome]:
    return [Outcome(one.item_id, Event.TRY_LATER, reason, what, after) for one in objects]
