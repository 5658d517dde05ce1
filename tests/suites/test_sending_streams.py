"""Objects that go piece by piece, several at once: what is damaged on the way, who breaks off, who has room for one only."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pynetdicom import AE, evt

from edge.domain.delivery import Event
from edge.domain.fault import Fault, Reason
from edge.domain.item import PIECE, Frozen, InMemory
from edge.domain.ports import Outcome
from sync.dicom.sending import batch as sending
from tests import items, servers
from tests.sending import large_photo
from tests.servers import TAKEN, EmbeddedFarEnd, Scripted, frozen, pacs
from tests.web_servers import EmbeddedWebFarEnd

ECG = next(iter(TAKEN))


@dataclasses.dataclass(frozen=True, slots=True)
class Damaged(InMemory):
    """Its last piece is not what was frozen, as a file's is of which one bit fell over."""

    def pieces(self) -> Iterator[bytes]:
        for at in range(0, len(self.content) - PIECE, PIECE):
            yield self.content[at : at + PIECE]
        raise Fault(Reason.STORE_DAMAGED, "the stored file has changed", "call the fleet admin")


def ecgs(count: int) -> list[Frozen]:
    return [frozen(pacs(0), items.ecg()) for _ in range(count)]


def by_item(outcomes: list[Outcome] | Any) -> dict[str, Event]:
    assert len({one.item_id for one in outcomes}) == len(outcomes)
    return {one.item_id: one.event for one in outcomes}


@pytest.mark.parametrize("kind", [EmbeddedFarEnd, EmbeddedWebFarEnd])
async def test_what_turns_out_damaged_at_its_end_is_not_delivered(kind: type[EmbeddedFarEnd], tmp_path: Path) -> None:
    async with servers.running(kind(tmp_path)) as far_end:
        photo, ecg, other = large_photo(4.0), items.ecg(), items.ecg()
        whole = frozen(far_end.destination, photo)
        assert whole.body.size > 2 * PIECE
        broken = dataclasses.replace(whole, body=Damaged(whole.content))
        batch = [frozen(far_end.destination, ecg), broken, frozen(far_end.destination, other)]
        outcomes = {one.item_id: one for one in await far_end.destination.send(batch)}
        assert (outcomes[photo.id].event, outcomes[photo.id].reason) == (Event.REFUSED, Reason.STORE_DAMAGED)
        assert {outcomes[one.id].event for one in (ecg, other)} == {Event.ACCEPTED}
        assert [await far_end.held(one) for one in (photo, ecg, other)] == [0, 1, 1]
        (proof,) = await far_end.destination.prove([whole])
        assert proof.event is Event.NOT_HELD


@pytest.mark.parametrize("kind", [EmbeddedFarEnd, EmbeddedWebFarEnd])
async def test_an_object_of_many_pieces_arrives_as_it_was_frozen(kind: type[EmbeddedFarEnd], tmp_path: Path) -> None:
    async with servers.running(kind(tmp_path)) as far_end:
        photo = large_photo(4.0)
        whole = frozen(far_end.destination, photo)
        assert by_item(await far_end.destination.send([whole])) == {photo.id: Event.ACCEPTED}
        assert servers.data_set(far_end.file(photo)) == servers.data_set(whole.content)
        assert by_item(await far_end.destination.prove([whole])) == {photo.id: Event.PROVEN}


async def test_many_objects_go_side_by_side_and_each_is_told_once() -> None:
    objects, told = ecgs(4 * sending.OBJECTS_A_STREAM), []
    together = threading.Barrier(sending.STREAMS, timeout=20)

    def answer(event: Any) -> int:
        # the first object of each association waits for the others
        if event.request.MessageID == 1:
            together.wait()
        return 0x0000

    with Scripted(answer=answer).running() as node:
        outcomes = await pacs(node.port).send(objects, told.append)
    assert node.associations == sending.STREAMS
    assert by_item(outcomes) == dict.fromkeys((one.item_id for one in objects), Event.ACCEPTED)
    assert by_item(told) == by_item(outcomes)
    assert sorted(node.stored) == sorted(one.sop_uid for one in objects)


async def test_one_stream_that_breaks_touches_no_object_of_the_others_and_the_next_batch_goes_alone() -> None:
    objects, more = ecgs(4 * sending.OBJECTS_A_STREAM), ecgs(2 * sending.OBJECTS_A_STREAM)
    statuses = {objects[9].sop_uid: 0xC000, objects[20].sop_uid: 0xA700}

    def answer(event: Any) -> int:
        uid = str(event.request.AffectedSOPInstanceUID)
        if uid == objects[5].sop_uid:
            event.assoc.abort()
        return statuses.get(uid, 0x0000)

    with Scripted(answer=answer).running() as node:
        destination = pacs(node.port)
        outcomes = by_item(await destination.send(objects))
        before = node.associations
        again = by_item(await destination.send(more))
        assert node.associations == before + 1
        third = by_item(await destination.send(more))
        assert node.associations == before + 1 + 2
    expected = dict.fromkeys((one.item_id for one in objects), Event.ACCEPTED)
    expected |= {objects[5].item_id: Event.TRY_LATER, objects[9].item_id: Event.REFUSED}
    expected |= {objects[20].item_id: Event.TRY_LATER}
    assert outcomes == expected
    assert set(again.values()) == set(third.values()) == {Event.ACCEPTED}


@contextlib.contextmanager
def room_for_one(seen: list[str]) -> Iterator[tuple[int, Callable[[], None]]]:
    """The port of a node that takes one association at a time and refuses any other; and what waits until it has room."""
    ae = AE(ae_title="DEMOPACS")
    ae.maximum_associations = 1
    ae.acse_timeout = ae.dimse_timeout = ae.network_timeout = 10
    ae.add_supported_context(ECG, list(TAKEN[ECG]))
    refused = threading.Event()

    def store(_: Any) -> int:
        # until somebody else was refused: while the first one is still at it
        if "requested" in seen:
            refused.wait(20)
        return 0x0000

    def requested(_: Any) -> None:
        seen.append("requested")
        if len(seen) > 1:
            refused.set()

    server = ae.start_server(
        ("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, store), (evt.EVT_REQUESTED, requested)]
    )
    assert server is not None

    def wait_for_room() -> None:
        for one in server.active_associations:
            one.join(20)

    try:
        yield server.server_address[1], wait_for_room
    finally:
        server.shutdown()


async def test_a_node_with_room_for_one_gets_everything_by_one_and_is_not_pressed_again() -> None:
    objects, seen = ecgs(2 * sending.OBJECTS_A_STREAM), list[str]()
    with room_for_one(seen) as (port, wait_for_room):
        destination = pacs(port)
        first = by_item(await destination.send(objects))
        assert seen == ["requested"] * 2
        wait_for_room()
        second = by_item(await destination.send(objects))
        assert seen == ["requested"] * 3
    assert first == second == dict.fromkeys((one.item_id for one in objects), Event.ACCEPTED)


def test_how_many_streams_are_worth_it() -> None:
    def of(count: int, size: int) -> int:
        return sending.streams_for([Frozen("", "", "", InMemory(bytes(size)), "")] * count)

    assert [of(1, 40_000_000), of(5, 200_000), of(16, 200_000), of(200, 200_000)] == [1, 1, 2, sending.STREAMS]
    assert [of(2, 5_000_000), of(60, 5_000_000)] == [2, sending.STREAMS]
