"""The suite of the port Destination, run on every far end: our stubs, a real Orthanc, dcmtk's storescp."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest

from edge.domain.delivery import Event
from edge.domain.fault import Reason
from edge.domain.item import Frozen, Item
from edge.domain.ports import Outcome
from tests import items, servers
from tests.servers import (
    EmbeddedFarEnd,
    FarEnd,
    FhirFarEnd,
    OrthancFarEnd,
    StorescpFarEnd,
)
from tests.web_servers import EmbeddedWebFarEnd, OrthancWebFarEnd

FAR_ENDS: dict[str, type[EmbeddedFarEnd | OrthancFarEnd | StorescpFarEnd | FhirFarEnd]] = {
    "embedded-pacs": EmbeddedFarEnd,
    "embedded-dicomweb": EmbeddedWebFarEnd,
    "orthanc": OrthancFarEnd,
    "orthanc-dicomweb": OrthancWebFarEnd,
    "storescp": StorescpFarEnd,
    "fhir-endpoint": FhirFarEnd,
}
SLOW = {"orthanc": pytest.mark.slow, "orthanc-dicomweb": pytest.mark.slow}
EVERY = [pytest.param(name, marks=SLOW.get(name, ())) for name in FAR_ENDS]
ASKED = [pytest.param(name, marks=SLOW.get(name, ())) for name in FAR_ENDS if name != "storescp"]
"""storescp only takes objects: it cannot be asked what it holds."""


@pytest.fixture(params=EVERY)
async def far_end(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[FarEnd]:
    async with servers.running(FAR_ENDS[request.param](tmp_path / "far")) as running:
        yield running


@pytest.fixture(params=ASKED)
async def asked(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[FarEnd]:
    async with servers.running(FAR_ENDS[request.param](tmp_path / "far")) as running:
        yield running


def frozen(far_end: FarEnd, item: Item) -> Frozen:
    return servers.frozen(far_end.destination, item)


def events(outcomes: Sequence[Outcome]) -> list[Event]:
    return [outcome.event for outcome in outcomes]


async def test_what_is_sent_is_held_and_proven(far_end: FarEnd) -> None:
    item = far_end.new_item()
    assert item.kind in far_end.destination.kinds
    sent = await far_end.destination.send([frozen(far_end, item)])
    assert [(one.item_id, one.event) for one in sent] == [(item.id, Event.ACCEPTED)]
    assert await far_end.held(item) == 1
    (proof,) = await far_end.destination.prove([frozen(far_end, item)])
    if far_end.proves:
        assert (proof.item_id, proof.event) == (item.id, Event.PROVEN)
    else:
        # it cannot be asked: the item stays "sent", and a person can read why
        assert (proof.event, proof.reason) == (Event.TRY_LATER, Reason.DESTINATION_REFUSED)
        assert "C-FIND" in proof.what


async def test_freezing_is_pure(far_end: FarEnd) -> None:
    item = far_end.new_item()
    first, second = (b"".join(far_end.destination.freeze(item).pieces()) for _ in range(2))
    assert first == second


async def test_a_batch_has_an_outcome_for_each(far_end: FarEnd) -> None:
    batch = [frozen(far_end, far_end.new_item()) for _ in range(5)]
    sent = await far_end.destination.send(batch)
    assert {one.item_id for one in sent} == {one.item_id for one in batch}
    assert events(sent) == [Event.ACCEPTED] * 5
    if far_end.proves:
        assert events(await far_end.destination.prove(batch)) == [Event.PROVEN] * 5


async def test_an_empty_batch_is_no_trouble(far_end: FarEnd) -> None:
    assert list(await far_end.destination.send([])) == []
    assert list(await far_end.destination.prove([])) == []


async def test_twice_the_same_has_one_effect(far_end: FarEnd) -> None:
    item = far_end.new_item()
    one = frozen(far_end, item)
    for _ in range(2):
        assert events(await far_end.destination.send([one])) == [Event.ACCEPTED]
    assert await far_end.held(item) == 1
    if far_end.proves:
        assert events(await far_end.destination.prove([one])) == [Event.PROVEN]


async def test_what_was_never_sent_is_not_held(asked: FarEnd) -> None:
    assert events(await asked.destination.prove([frozen(asked, asked.new_item())])) == [Event.NOT_HELD]


async def test_down_and_up_again(far_end: FarEnd) -> None:
    item = far_end.new_item()
    one = frozen(far_end, item)
    await far_end.down()
    for (outcome,) in (await far_end.destination.send([one]), await far_end.destination.prove([one])):
        assert (outcome.event, outcome.reason) == (Event.TRY_LATER, Reason.DESTINATION_UNREACHABLE)
        assert outcome.what
        assert "\n" not in outcome.what
    await far_end.up()
    assert events(await far_end.destination.send([one])) == [Event.ACCEPTED]
    assert await far_end.held(item) == 1


async def test_what_was_accepted_outlives_the_far_end(asked: FarEnd) -> None:
    one = frozen(asked, asked.new_item())
    await asked.destination.send([one])
    await asked.down()
    await asked.up()
    assert events(await asked.destination.prove([one])) == [Event.PROVEN]


@pytest.mark.hazard("H1", without="tests.controls_sync:anybodys_object_is_proof")
async def test_an_object_held_as_somebody_else_s_is_no_proof(asked: FarEnd) -> None:
    item = asked.new_item()
    other = items.of(item, items.OTHER_PATIENT)
    assert events(await asked.destination.send([frozen(asked, other)])) == [Event.ACCEPTED]
    (outcome,) = await asked.destination.prove([frozen(asked, item)])
    assert (outcome.event, outcome.reason) == (Event.REFUSED, Reason.DESTINATION_REFUSED)


@pytest.mark.parametrize(
    "kind",
    [
        EmbeddedFarEnd,
        EmbeddedWebFarEnd,
        pytest.param(OrthancFarEnd, marks=pytest.mark.slow),
        pytest.param(OrthancWebFarEnd, marks=pytest.mark.slow),
        StorescpFarEnd,
    ],
)
@pytest.mark.parametrize("make", [items.ecg, items.strip, items.photo])
async def test_a_pacs_holds_exactly_what_was_frozen(
    kind: type[EmbeddedFarEnd | OrthancFarEnd | StorescpFarEnd], make: Callable[[], Item], tmp_path: Path
) -> None:
    async with servers.running(kind(tmp_path / "far")) as far_end:
        item = make()
        one = frozen(far_end, item)
        assert events(await far_end.destination.send([one])) == [Event.ACCEPTED]
        held = far_end.file(item)
    assert servers.data_set(held) == servers.data_set(one.content)
    assert servers.dciodvfy(held) == []
