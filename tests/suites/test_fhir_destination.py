"""What a FHIR server, or what answers in its place, may do to the cart."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import ClientSession, web

from edge.domain.delivery import Event
from edge.domain.fault import Reason
from edge.domain.item import Frozen
from firmware_stubs.fhir_endpoint import FhirEndpoint
from sync.fhir.client import FhirDestination, Timeouts
from sync.fhir.patient import patient_id
from tests import items
from tests.servers import frozen

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@contextlib.asynccontextmanager
async def answering(handler: Handler) -> AsyncIterator[FhirDestination]:
    """A destination whose every request is answered by ``handler``."""
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield FhirDestination("fhir", f"http://127.0.0.1:{runner.addresses[0][1]}/fhir/", Timeouts(2.0, 2.0))
    finally:
        await runner.cleanup()


def one() -> Frozen:
    return frozen(FhirDestination("fhir", "http://127.0.0.1:1"), items.spo2())


@pytest.mark.parametrize(
    ("status", "event", "reason"),
    [
        (408, Event.TRY_LATER, Reason.DESTINATION_BUSY),
        (429, Event.TRY_LATER, Reason.DESTINATION_BUSY),
        (500, Event.TRY_LATER, Reason.DESTINATION_BUSY),
        (503, Event.TRY_LATER, Reason.DESTINATION_BUSY),
        (302, Event.TRY_LATER, Reason.DESTINATION_UNREACHABLE),
        (400, Event.REFUSED, Reason.DESTINATION_REFUSED),
        (401, Event.TRY_LATER, Reason.DESTINATION_REFUSED),
        (403, Event.TRY_LATER, Reason.DESTINATION_REFUSED),
        (422, Event.REFUSED, Reason.DESTINATION_REFUSED),
    ],
)
async def test_each_status_has_its_meaning(status: int, event: Event, reason: Reason) -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": "/elsewhere"})

    async with answering(handler) as destination:
        for (outcome,) in (await destination.send([one()]), await destination.prove([one()])):
            assert (outcome.event, outcome.reason) == (event, reason)
            assert str(status) in outcome.what


async def test_a_put_that_is_refused_is_not_sent() -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=404 if request.method == "GET" else 422)

    async with answering(handler) as destination:
        (outcome,) = await destination.send([one()])
    assert outcome.event is Event.REFUSED


@pytest.mark.parametrize("page", ["<html>Bienvenue, veuillez vous connecter</html>", "[" * 100_000])
async def test_the_login_page_of_a_network_is_no_server(page: str) -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(text=page, content_type="text/html")

    async with answering(handler) as destination:
        for (outcome,) in (await destination.send([one()]), await destination.prove([one()])):
            assert (outcome.event, outcome.reason) == (Event.TRY_LATER, Reason.DESTINATION_UNREACHABLE)


async def test_a_server_that_does_not_answer_does_not_hold_the_cart() -> None:
    async def handler(_: web.Request) -> web.Response:
        await asyncio.Event().wait()
        return web.Response()

    objects = [one(), one(), one(), one()]
    async with answering(handler) as destination:
        impatient = FhirDestination("fhir", destination._url, Timeouts(5.0, 0.5))
        async with asyncio.timeout(10):
            outcomes = await impatient.send(objects)
    assert [outcome.item_id for outcome in outcomes] == [frozen.item_id for frozen in objects]
    assert [outcome.reason for outcome in outcomes] == [Reason.DESTINATION_BUSY] * 3 + [Reason.DESTINATION_UNREACHABLE]


async def test_an_endless_answer_is_not_swallowed() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            while True:
                await response.write(bytes(1 << 20))
        return response

    async with answering(handler) as destination, asyncio.timeout(20):
        (outcome,) = await destination.prove([one()])
    assert outcome.event is Event.TRY_LATER


@pytest.fixture
async def endpoint(tmp_path: Path) -> AsyncIterator[FhirEndpoint]:
    async with FhirEndpoint(tmp_path) as endpoint:
        yield endpoint


async def test_the_far_end_holds_exactly_what_was_frozen(endpoint: FhirEndpoint) -> None:
    destination = FhirDestination("fhir", endpoint.url)
    sent = frozen(destination, items.blood_pressure("128.5", "74"))
    await destination.send([sent])
    for entry in json.loads(sent.content)["entry"]:
        wanted = entry["resource"]
        held = endpoint.resources()[wanted["resourceType"], wanted["id"]]
        assert {**held, "meta": None} == {**wanted, "meta": None}


async def test_a_known_resident_is_not_overwritten(endpoint: FhirEndpoint) -> None:
    """Her traits at the far end may be newer than those of a measurement that waited for days."""
    destination = FhirDestination("fhir", endpoint.url)
    older = items.spo2()
    renamed = items.of(items.spo2(), dataclasses.replace(items.PATIENT, used_name="MARTIN"))
    await destination.send([frozen(destination, renamed)])
    await destination.send([frozen(destination, older)])
    person = endpoint.resources()["Patient", patient_id(items.PATIENT)]
    assert [name["family"] for name in person["name"]] == ["L'HÉRITIER", "MARTIN"]
    proofs = await destination.prove([frozen(destination, renamed), frozen(destination, older)])
    assert [proof.event for proof in proofs] == [Event.PROVEN, Event.PROVEN]


@pytest.mark.hazard("H1", without="tests.controls_sync:anybodys_object_is_proof")
async def test_another_person_under_the_resident_s_name_needs_a_person(endpoint: FhirEndpoint) -> None:
    destination = FhirDestination("fhir", endpoint.url)
    stranger = {
        "resourceType": "Patient",
        "id": patient_id(items.PATIENT),
        "identifier": [{"value": "IPP-9999", "assigner": {"display": items.PATIENT.issuer}}],
    }
    async with ClientSession() as session:
        await session.put(f"{endpoint.url}/Patient/{stranger['id']}", json=stranger)
    (outcome,) = await destination.send([frozen(destination, items.spo2())])
    assert (outcome.event, outcome.reason) == (Event.REFUSED, Reason.DESTINATION_REFUSED)
    assert ("Observation", "1") not in endpoint.resources()
    assert all(kind == "Patient" for kind, _ in endpoint.resources())


async def test_another_content_under_our_name_is_no_proof(endpoint: FhirEndpoint) -> None:
    destination = FhirDestination("fhir", endpoint.url)
    item = items.spo2("96")
    await destination.send([frozen(destination, item)])
    assert item.payload is not None
    other = dataclasses.replace(items.spo2("69"), id=item.id, encounter=item.encounter, taken=item.taken)
    await destination.send([frozen(destination, other)])
    (outcome,) = await destination.prove([frozen(destination, item)])
    assert (outcome.event, outcome.reason) == (Event.REFUSED, Reason.DESTINATION_REFUSED)


async def test_the_endpoint_refuses_what_does_not_fit_its_address(endpoint: FhirEndpoint) -> None:
    resource = {"resourceType": "Observation", "id": "a", "status": "final", "code": {"text": "poids"}}
    async with ClientSession(headers={"Content-Type": "application/fhir+json"}) as session:
        for path, body, status in [
            ("Observation/a", json.dumps(resource), 201),
            ("Observation/a", json.dumps(resource), 200),
            ("Observation/b", json.dumps(resource), 400),
            ("Patient/a", json.dumps(resource), 400),
            ("Observation/a", "{", 400),
            ("observation/a", json.dumps(resource), 400),
            ("Observation/..%2Fa", json.dumps(resource), 400),
        ]:
            answer = await session.put(f"{endpoint.url}/{path}", data=body)
            assert answer.status == status, path
        assert (await (await session.get(f"{endpoint.url}/metadata")).json())["fhirVersion"] == "4.0.1"
        assert (await (await session.get(f"{endpoint.url}/Observation?_summary=count")).json())["total"] == 1
        assert (await session.get(f"{endpoint.url}/Observation/b")).status == 404
