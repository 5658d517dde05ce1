"""The record is not well, or does not want it: what the client makes of that, item by item, against the strict endpoint."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from edge.domain.delivery import Event, State
from edge.domain.fault import Reason
from edge.domain.item import Frozen, InMemory, Item
from edge.domain.ports import Outcome
from firmware_stubs.fhir_endpoint import FhirEndpoint
from firmware_stubs.fhir_troubles import Trouble
from sync.drain import LONGEST_ASKED, Drain
from sync.fhir import canonical, replies
from sync.fhir.bundle import opened
from sync.fhir.client import FhirDestination
from sync.fhir.patient import patient_id
from tests import items
from tests.memory_outbox import MemoryOutbox
from tests.servers import frozen


@pytest.fixture
async def endpoint(tmp_path: Path) -> AsyncIterator[FhirEndpoint]:
    async with FhirEndpoint(tmp_path / "fhir") as endpoint:
        yield endpoint


def destination(endpoint: FhirEndpoint) -> FhirDestination:
    return FhirDestination("dossier", endpoint.url)


def changed(item: Item, change: Callable[[dict[str, Any]], object]) -> Frozen:
    """``item`` as frozen by somebody who builds its Observation wrongly."""
    sent = frozen(FhirDestination("fhir", "http://127.0.0.1:1"), item)
    bundle = json.loads(sent.content)
    change(bundle["entry"][1]["resource"])
    return dataclasses.replace(sent, body=InMemory(json.dumps(bundle).encode()))


def once(trouble: Trouble) -> Callable[[str, str], Trouble | None]:
    """To the first Observation. A line that was cut while it was kept open is tried once more by aiohttp itself."""
    left = [trouble] * (2 if trouble.hang_up or trouble.lose_answer else 1)

    def troubles(asked: str, path: str) -> Trouble | None:
        return left.pop() if left and asked == "PUT" and "/Observation/" in path else None

    return troubles


async def sent(endpoint: FhirEndpoint, *objects: Frozen) -> list[Outcome]:
    return list(await destination(endpoint).send(objects))


# --- what it refuses


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        (lambda one: one.update(statuz="final"), "structure", "not of the structure that FHIR wants: Observation"),
        (lambda one: one.pop("status"), "required", "something that it wants is missing: Observation.status"),
        (lambda one: one.update(status="done"), "code-invalid", "a code that it does not take: Observation.status"),
        (lambda one: one.update(effectiveDateTime="hier"), "value", "a value that it does not take"),
        (lambda one: one.update(note=[]), "structure", "not of the structure"),
        (lambda one: one["subject"].update(reference="Patient/nobody"), "not-found", "does not hold"),
        (lambda one: one.update(dataAbsentReason={"text": "x"}, valueInteger=1), "invariant", "a rule is broken"),
        (lambda one: one["component"][0].pop("valueQuantity"), "invariant", "a rule is broken: Observation.component"),
        (lambda one: one["device"].update(reference="#other"), "invariant", "a rule is broken"),
        (
            lambda one: one["component"][0]["valueQuantity"].update(value="128"),
            "value",
            "component[0].valueQuantity.value",
        ),
    ],
)
async def test_what_r4_does_not_allow_waits_for_a_person_with_the_reason(
    endpoint: FhirEndpoint, change: Callable[[dict[str, Any]], object], code: str, said: str
) -> None:
    wrong = changed(items.blood_pressure(), change)
    observation = opened(wrong.content)[1]
    (outcome,) = await sent(endpoint, wrong)
    assert (outcome.event, outcome.reason) == (Event.REFUSED, Reason.DESTINATION_REFUSED)
    assert "HTTP 422" in outcome.what
    assert said in outcome.what
    async with ClientSession(headers={"Content-Type": "application/fhir+json"}) as session:
        url = f"{endpoint.url}/Observation/{observation['id']}"
        answer = await (await session.put(url, data=canonical.encode(observation))).json()
    assert code in {issue["code"] for issue in answer["issue"]}
    assert ("Observation", observation["id"]) not in endpoint.resources()


@pytest.mark.hazard("T20", without="tests.controls_fhir:a_server_s_words_are_told")
async def test_the_words_of_a_server_are_not_told_for_they_may_repeat_what_was_sent(endpoint: FhirEndpoint) -> None:
    wrong = changed(
        items.blood_pressure("128"), lambda one: one["component"][0]["valueQuantity"].update(value="SECRET9")
    )
    (outcome,) = await sent(endpoint, wrong)
    assert outcome.event is Event.REFUSED
    assert "SECRET9" not in outcome.what


async def test_one_bad_item_holds_up_no_other(endpoint: FhirEndpoint) -> None:
    good = [items.spo2(), items.blood_pressure(), items.spo2("91")]
    fhir = destination(endpoint)
    bad = changed(items.blood_pressure(), lambda one: one.pop("code"))
    outcomes = await fhir.send([frozen(fhir, good[0]), bad, *(frozen(fhir, one) for one in good[1:])])
    assert [one.event for one in outcomes] == [Event.ACCEPTED, Event.REFUSED, Event.ACCEPTED, Event.ACCEPTED]
    assert all(("Observation", one.id) in endpoint.resources() for one in good)


async def test_a_resident_who_is_known_under_another_id_needs_a_person(endpoint: FhirEndpoint) -> None:
    fhir = destination(endpoint)
    ours = opened(frozen(fhir, items.spo2()).content)[0]
    theirs = {**ours, "id": "theirs"}
    async with ClientSession(headers={"Content-Type": "application/fhir+json"}) as session:
        await session.put(f"{endpoint.url}/Patient/theirs", data=canonical.encode(theirs))
    (outcome,) = await fhir.send([frozen(fhir, items.spo2())])
    assert (outcome.event, outcome.reason) == (Event.REFUSED, Reason.DESTINATION_REFUSED)
    assert "it holds the same already" in outcome.what
    assert ("Patient", patient_id(items.PATIENT)) not in endpoint.resources()


async def test_another_version_than_the_one_that_is_held_is_a_conflict(endpoint: FhirEndpoint) -> None:
    patient = opened(frozen(destination(endpoint), items.spo2()).content)[0]
    url, body = f"{endpoint.url}/Patient/{patient['id']}", canonical.encode(patient)
    async with ClientSession(headers={"Content-Type": "application/fhir+json"}) as session:
        created = await session.put(url, data=body, headers={"If-None-Match": "*"})
        assert (created.status, created.headers["ETag"]) == (201, 'W/"1"')
        assert (await session.put(url, data=body, headers={"If-None-Match": "*"})).status == 412
        assert (await session.put(url, data=body, headers={"If-Match": 'W/"7"'})).status == 412
        assert (await session.put(url, data=body, headers={"If-Match": 'W/"1"'})).status == 200
        assert (await session.put(url, data=body, headers={"Content-Type": "text/plain"})).status == 415


# --- what passes


@pytest.mark.parametrize(
    ("trouble", "after"),
    [
        (Trouble(status=429, retry_after="7"), 7.0),
        (Trouble(status=503, retry_after="120"), 120.0),
        (Trouble(status=503), 0.0),
        (Trouble(status=500), 0.0),
        (Trouble(status=409), 0.0),
        (Trouble(status=429, retry_after="999999999999"), replies.LONGEST_PAUSE),
        (Trouble(hang_up=True), 0.0),
    ],
)
async def test_what_passes_is_tried_again_no_sooner_than_asked(
    endpoint: FhirEndpoint, trouble: Trouble, after: float
) -> None:
    fhir = destination(endpoint)
    item = items.spo2()
    endpoint.troubles = once(trouble)
    (outcome,) = await fhir.send([frozen(fhir, item)])
    assert (outcome.event, outcome.reason, outcome.after) == (Event.TRY_LATER, Reason.DESTINATION_BUSY, after)
    (again,) = await fhir.send([frozen(fhir, item)])
    assert again.event is Event.ACCEPTED


async def test_a_lost_answer_is_sent_again_and_is_there_once(endpoint: FhirEndpoint) -> None:
    fhir = destination(endpoint)
    item = items.spo2()
    endpoint.troubles = once(Trouble(lose_answer=True))
    (outcome,) = await fhir.send([frozen(fhir, item)])
    assert outcome.event is Event.TRY_LATER
    assert ("Observation", item.id) in endpoint.resources()
    (again,) = await fhir.send([frozen(fhir, item)])
    (proof,) = await fhir.prove([frozen(fhir, item)])
    assert (again.event, proof.event) == (Event.ACCEPTED, Event.PROVEN)
    mine = [one for one in endpoint.resources().values() if item.id in json.dumps(one.get("identifier"))]
    assert len(mine) == 2  # the saturation, and the pulse that came with it


async def test_a_conflict_over_what_is_there_already_is_no_trouble(endpoint: FhirEndpoint) -> None:
    fhir = destination(endpoint)
    item = items.spo2()
    await fhir.send([frozen(fhir, item)])
    endpoint.troubles = once(Trouble(status=409))
    (outcome,) = await fhir.send([frozen(fhir, item)])
    assert outcome.event is Event.ACCEPTED


async def test_a_conflict_over_something_else_under_our_name_needs_a_person(endpoint: FhirEndpoint) -> None:
    fhir = destination(endpoint)
    item = items.spo2()
    await fhir.send([changed(item, lambda one: one.update(identifier=[{"value": "theirs"}]))])
    endpoint.troubles = once(Trouble(status=409))
    (outcome,) = await fhir.send([frozen(fhir, item)])
    assert (outcome.event, outcome.reason) == (Event.REFUSED, Reason.DESTINATION_REFUSED)


async def test_a_server_that_wants_a_pause_is_left_alone_after_three_answers(endpoint: FhirEndpoint) -> None:
    fhir = destination(endpoint)
    asked = []

    def troubles(method: str, path: str) -> Trouble:
        asked.append(path)
        return Trouble(status=429, retry_after="30")

    endpoint.troubles = troubles
    outcomes = await fhir.send([frozen(fhir, items.spo2()) for _ in range(6)])
    assert len(asked) == 3
    assert {one.event for one in outcomes} == {Event.TRY_LATER}
    assert [one.reason for one in outcomes] == [Reason.DESTINATION_BUSY] * 3 + [Reason.DESTINATION_UNREACHABLE] * 3
    assert {one.after for one in outcomes} == {30.0}


async def test_what_was_undone_travels_as_entered_in_error(endpoint: FhirEndpoint) -> None:
    fhir = destination(endpoint)
    item = items.blood_pressure()
    undone = dataclasses.replace(item, entered_in_error=True)
    await fhir.send([frozen(fhir, item)])
    await fhir.send([frozen(fhir, undone)])
    (proof,) = await fhir.prove([frozen(fhir, undone)])
    assert proof.event is Event.PROVEN
    for name in (item.id, f"{item.id}-pulse"):
        assert endpoint.resources()["Observation", name]["status"] == "entered-in-error"


# --- what it says of itself


async def test_a_record_that_lets_nobody_create_is_told_before_anything_is_sent(endpoint: FhirEndpoint) -> None:
    assert "answers, FHIR 4.0.1" in await destination(endpoint).examine()
    async with ClientSession() as session:
        statement = await (await session.get(f"{endpoint.url}/metadata")).json()
    assert replies.not_to_be_created(statement) == ()
    (rest,) = statement["rest"]
    assert {one["type"] for one in rest["resource"]} >= set(replies.SENT)
    for resource in rest["resource"]:
        resource["updateCreate"] = resource["type"] not in {"Patient", "Device"}
    assert replies.not_to_be_created(statement) == ("Patient",)
    for nothing in (None, {}, {"rest": {}}, {"rest": [{"resource": [None, {"type": "Patient"}]}]}):
        assert replies.not_to_be_created(nothing) == ()


# --- how long it waits


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0.0),
        ({"Retry-After": "3"}, 3.0),
        ({"Retry-After": "-3"}, 0.0),
        ({"Retry-After": "soon"}, 0.0),
        ({"Retry-After": "٣"}, 0.0),
        ({"Retry-After": "9" * 400}, 3600.0),
        ({"Retry-After": "Sun, 06 Nov 1994 08:49:47 GMT", "Date": "Sun, 06 Nov 1994 08:49:37 GMT"}, 10.0),
        ({"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT", "Date": "Sun, 06 Nov 1994 08:49:47 GMT"}, 0.0),
        # without the server's own clock nothing can be said of a date (H8)
        ({"Retry-After": "Sun, 06 Nov 2094 08:49:47 GMT"}, 0.0),
    ],
)
def test_a_pause_is_as_rfc_9110_writes_it(headers: dict[str, str], seconds: float) -> None:
    assert replies.pause(headers) == seconds


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (None, ""),
        ("no", ""),
        ({"resourceType": "Patient"}, ""),
        ({"resourceType": "OperationOutcome"}, ""),
        ({"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "value"}]}, ""),
        ({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "Mme Dupont"}]}, ""),
        (
            {
                "resourceType": "OperationOutcome",
                "issue": [
                    {
                        "severity": "fatal",
                        "code": "required",
                        "expression": ["Observation.code"],
                        "diagnostics": "Dupont",
                    },
                    {"severity": "error", "code": "value", "location": ["Patient.name[0].family"]},
                    {"severity": "error", "code": "value", "expression": ["Mme Dupont"]},
                ],
            },
            "something that it wants is missing: Observation.code; a value that it does not take: Patient.name[0].family;"
            " and 1 more",
        ),
    ],
)
def test_an_operation_outcome_is_told_by_its_codes(body: Any, said: str) -> None:
    assert replies.objections(body) == said


@pytest.mark.parametrize(
    ("codes", "passes"),
    [
        ([], True),
        (["conflict"], True),
        (["conflict", "lock-error"], True),
        (["duplicate"], False),
        (["business-rule"], False),
        (["conflict", "forbidden"], False),
    ],
)
def test_only_a_conflict_with_another_writer_is_over_by_itself(codes: list[str], passes: bool) -> None:
    issues: list[canonical.Json] = [{"severity": "error", "code": code} for code in codes]
    assert replies.passes({"resourceType": "OperationOutcome", "issue": issues}) is passes
    assert replies.passes(None)


async def test_one_item_waits_as_long_as_asked_and_all_others_go_on(endpoint: FhirEndpoint) -> None:
    waiting, others = items.spo2(), [items.spo2() for _ in range(4)]

    def troubles(_: str, path: str) -> Trouble | None:
        return Trouble(status=429, retry_after="120") if waiting.id in path else None

    endpoint.troubles = troubles
    outbox = MemoryOutbox()
    for item in (waiting, *others):
        await outbox.promise(item, "dossier")
    begun = time.monotonic()
    task = asyncio.create_task(Drain(outbox, [destination(endpoint)], (0.01,)).run())
    try:
        row = outbox.rows["dossier", waiting.id]
        await outbox.until(lambda: outbox.states("dossier").count(State.RECEIVED) == 4 and bool(row.outcomes), 60)
        assert row.state is State.PENDING
        assert row.due >= begun + 120
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    assert LONGEST_ASKED <= replies.LONGEST_PAUSE
