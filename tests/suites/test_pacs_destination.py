"""What a DICOM node may do to the cart: refuse, break off, stop reading, answer with any status."""

from __future__ import annotations

import asyncio
import io
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pynetdicom import evt

from edge.domain.delivery import Event
from edge.domain.fault import Fault, Reason
from edge.domain.item import Frozen
from firmware_stubs.pacs import EmbeddedPacs
from sync.dicom.proving.proof import FIND_CONTEXT, ask
from sync.dicom.sending.store_scu import PacsDestination
from sync.dicom.speaking.association import Handler, Line, Peer, Timeouts
from tests import items
from tests.servers import QUICK, SOURCE, TAKEN, Scripted, frozen, pacs, stalling_after

ECG, PHOTO, FIND = TAKEN
IMPATIENT = Timeouts(connect=5.0, stalled=0.5, answer=2.0)


def ecgs(count: int) -> list[Frozen]:
    return [frozen(pacs(0), items.ecg()) for _ in range(count)]


@pytest.mark.parametrize(
    ("status", "event", "reason"),
    [
        (0x0000, Event.ACCEPTED, None),
        (0xB000, Event.ACCEPTED, None),
        (0xB006, Event.ACCEPTED, None),
        (0xB007, Event.ACCEPTED, None),
        (0x0110, Event.TRY_LATER, Reason.DESTINATION_BUSY),
        (0xA700, Event.TRY_LATER, Reason.DESTINATION_BUSY),
        (0xA7FF, Event.TRY_LATER, Reason.DESTINATION_BUSY),
        (0xA900, Event.REFUSED, Reason.DESTINATION_REFUSED),
        (0xC123, Event.REFUSED, Reason.DESTINATION_REFUSED),
        (0x0117, Event.REFUSED, Reason.DESTINATION_REFUSED),
        (0x0122, Event.REFUSED, Reason.DESTINATION_REFUSED),
        (0x0124, Event.REFUSED, Reason.DESTINATION_REFUSED),
    ],
)
async def test_each_status_has_its_meaning(status: int, event: Event, reason: Reason | None) -> None:
    with Scripted(answer=lambda _: status).running() as node:
        (outcome,) = await pacs(node.port).send(ecgs(1))
    assert (outcome.event, outcome.reason) == (event, reason)
    assert bool(outcome.what) == (status != 0)


async def test_a_batch_takes_one_association() -> None:
    objects = ecgs(5)
    with Scripted().running() as node:
        outcomes = await pacs(node.port).send(objects)
    assert [one.event for one in outcomes] == [Event.ACCEPTED] * 5
    assert node.stored == [one.sop_uid for one in objects]
    assert node.associations == 1


async def test_one_status_does_not_touch_the_others() -> None:
    objects = ecgs(3)
    statuses = dict(zip((one.sop_uid for one in objects), (0x0000, 0xC000, 0x0000), strict=True))
    with Scripted(answer=lambda event: statuses[str(event.request.AffectedSOPInstanceUID)]).running() as node:
        outcomes = await pacs(node.port).send(objects)
    assert [one.event for one in outcomes] == [Event.ACCEPTED, Event.REFUSED, Event.ACCEPTED]


async def test_a_refused_association_is_one_plain_line(tmp_path: Path) -> None:
    embedded = EmbeddedPacs(tmp_path, aet="OTHERPACS")
    embedded.start()
    try:
        destination = pacs(embedded.port)
        for (outcome,) in (await destination.send(ecgs(1)), await destination.prove(ecgs(1))):
            assert (outcome.event, outcome.reason) == (Event.TRY_LATER, Reason.DESTINATION_REFUSED)
            assert "DEMOPACS refused the association of TELECART" in outcome.what
            assert "\n" not in outcome.what
    finally:
        embedded.stop()


class Late(Line):
    """The thread that asked goes on only when the peer's answer was read and the connection is over."""

    def _handlers(self) -> list[Handler]:
        return [*super()._handlers(), (evt.EVT_REQUESTED, lambda event: event.assoc.dul.join(20))]


def test_a_refusal_is_told_also_by_a_machine_that_is_busy(tmp_path: Path) -> None:
    embedded = EmbeddedPacs(tmp_path, aet="OTHERPACS")
    embedded.start()
    try:
        line = Late(Peer("DEMOPACS", "127.0.0.1", embedded.port, "TELECART"), QUICK)
        with pytest.raises(Fault) as caught, line.associated([FIND_CONTEXT]):
            pass
        assert caught.value.reason is Reason.DESTINATION_REFUSED
    finally:
        embedded.stop()


async def test_a_name_that_does_not_exist_is_unreachable() -> None:
    destination = PacsDestination("pacs", "PACS", "pacs.invalid", 104, "TELECART", SOURCE)
    (outcome,) = await destination.send(ecgs(1))
    assert (outcome.event, outcome.reason) == (Event.TRY_LATER, Reason.DESTINATION_UNREACHABLE)


@pytest.mark.parametrize("title", ["", " ", "SEVENTEEN_LETTERS", "TÉLÉ", "A\\B", "A\nB"])
def test_an_impossible_title_is_told_before_anything_is_sent(title: str) -> None:
    with pytest.raises(Fault) as caught:
        pacs(104, title)
    assert caught.value.reason is Reason.SETTINGS


async def test_a_kind_that_is_not_taken_needs_a_person_and_stops_nothing_else() -> None:
    ecg, photo = frozen(pacs(0), items.ecg()), frozen(pacs(0), items.photo())
    with Scripted(contexts={ECG: TAKEN[ECG]}).running() as node:
        outcomes = await pacs(node.port).send([photo, ecg])
    assert {one.item_id: one.event for one in outcomes} == {ecg.item_id: Event.ACCEPTED, photo.item_id: Event.REFUSED}


async def test_a_node_that_takes_none_of_the_kinds() -> None:
    with Scripted(contexts={FIND: TAKEN[FIND]}).running() as node:
        outcomes = await pacs(node.port).send(ecgs(2))
    assert {(one.event, one.reason) for one in outcomes} == {(Event.REFUSED, Reason.DESTINATION_REFUSED)}


async def test_an_object_on_which_the_node_breaks_off_does_not_hold_up_the_others() -> None:
    objects = ecgs(4)

    def answer(event: Any) -> int:
        if str(event.request.AffectedSOPInstanceUID) == objects[1].sop_uid:
            event.assoc.abort()
        return 0x0000

    with Scripted(answer=answer).running() as node:
        outcomes = await pacs(node.port).send(objects)
    expected = [Event.ACCEPTED, Event.TRY_LATER, Event.ACCEPTED, Event.ACCEPTED]
    assert [{one.item_id: one.event for one in outcomes}[one.item_id] for one in objects] == expected
    assert node.associations == 2


async def test_a_node_that_always_breaks_off_is_left_alone() -> None:
    objects = ecgs(5)

    def answer(event: Any) -> int:
        event.assoc.abort()
        return 0x0000

    with Scripted(answer=answer).running() as node:
        outcomes = await pacs(node.port).send(objects)
    assert [one.item_id for one in outcomes] == [one.item_id for one in objects]
    assert [one.reason for one in outcomes] == [Reason.DESTINATION_BUSY] * 3 + [Reason.DESTINATION_UNREACHABLE] * 2
    assert {one.event for one in outcomes} == {Event.TRY_LATER}
    assert node.associations == 3


def large() -> Frozen:
    """More than the buffers of both ends hold."""
    noise = np.random.default_rng(1).integers(0, 255, (2600, 2600, 3), dtype=np.uint8)
    return frozen(pacs(0), items.photo(cv2.imencode(".jpg", noise, (cv2.IMWRITE_JPEG_QUALITY, 100))[1].tobytes()))


@pytest.mark.slow
async def test_a_node_that_stops_reading_does_not_hold_the_cart() -> None:
    with Scripted().running() as node:
        async with stalling_after(100_000, node.port) as port, asyncio.timeout(30):
            (outcome,) = await pacs(port, timeouts=IMPATIENT).send([large()])
    assert (outcome.event, outcome.reason) == (Event.TRY_LATER, Reason.DESTINATION_BUSY)


async def test_a_node_that_never_answers_an_association_does_not_hold_the_cart() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        async with asyncio.timeout(20):
            (outcome,) = await pacs(silent.getsockname()[1], timeouts=IMPATIENT).send(ecgs(1))
    assert (outcome.event, outcome.reason) == (Event.TRY_LATER, Reason.DESTINATION_UNREACHABLE)


@pytest.mark.slow
async def test_a_cancelled_delivery_ends_at_once() -> None:
    """Also its thread: a cart that is told to stop does not wait for a PACS that stopped reading."""
    with Scripted().running() as node:
        async with stalling_after(100_000, node.port) as port:
            delivery = asyncio.create_task(pacs(port, timeouts=Timeouts()).send([large()]))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asyncio.shield(delivery), 1.0)
            delivery.cancel()
            async with asyncio.timeout(10):
                with pytest.raises(asyncio.CancelledError):
                    await delivery
                await asyncio.get_running_loop().shutdown_default_executor()


def answers(patients: dict[str, list[str]]) -> Any:
    """A C-FIND that tells ``patients`` at each level; "" leaves the attribute out."""

    def find(event: Any) -> Iterator[tuple[int, Dataset | None]]:
        query = event.identifier
        for patient in patients[query.QueryRetrieveLevel]:
            match = Dataset()
            match.QueryRetrieveLevel = query.QueryRetrieveLevel
            match.StudyInstanceUID = query.StudyInstanceUID
            if "SOPInstanceUID" in query:
                match.SOPInstanceUID = query.SOPInstanceUID
            if patient:
                match.PatientID = patient
            yield 0xFF00, match

    return find


OURS = items.PATIENT.id


@pytest.mark.parametrize(
    ("patients", "event"),
    [
        ({"IMAGE": [OURS]}, Event.PROVEN),
        ({"IMAGE": []}, Event.NOT_HELD),
        ({"IMAGE": ["IPP-1"]}, Event.REFUSED),
        ({"IMAGE": [OURS, "IPP-1"]}, Event.REFUSED),
        ({"IMAGE": [""], "STUDY": [OURS]}, Event.PROVEN),
        ({"IMAGE": [""], "STUDY": ["IPP-1"]}, Event.REFUSED),
        ({"IMAGE": [""], "STUDY": []}, Event.REFUSED),
    ],
)
async def test_proof_is_the_object_under_its_own_patient(patients: dict[str, list[str]], event: Event) -> None:
    with Scripted(find=answers(patients)).running() as node:
        (outcome,) = await pacs(node.port).prove(ecgs(1))
    assert outcome.event is event


class Moment(threading.Event):
    """Where pynetdicom's thread is to be paused: it soon goes on, as one does that a busy machine held up."""

    def wait(self, timeout: float | None = None) -> bool:
        del timeout
        return super().wait(0.002)


@pytest.mark.parametrize(
    ("patients", "event"),
    [
        ({"IMAGE": [""], "STUDY": [OURS]}, Event.PROVEN),
        ({"IMAGE": [*[OURS] * 9, "IPP-1"]}, Event.REFUSED),
    ],
)
def test_no_answer_is_lost_to_a_thread_that_is_paused_too_late(patients: dict[str, list[str]], event: Event) -> None:
    identity = pydicom.dcmread(io.BytesIO(ecgs(1)[0].content), stop_before_pixels=True)
    with Scripted(find=answers(patients)).running() as node:
        line = Line(Peer("DEMOPACS", "127.0.0.1", node.port, "TELECART"), QUICK)
        with line.associated([FIND_CONTEXT]) as association:
            pause, association._reactor_checkpoint = association._reactor_checkpoint, Moment()
            found = [ask(association, "item", identity).event for _ in range(50)]
            association._reactor_checkpoint = pause
    assert found == [event] * 50


async def test_a_query_that_fails_is_no_answer() -> None:
    def find(_: Any) -> Iterator[tuple[int, Dataset | None]]:
        yield 0xC001, None

    with Scripted(find=find).running() as node:
        outcomes = await pacs(node.port).prove(ecgs(2))
    assert {(one.event, one.reason) for one in outcomes} == {(Event.TRY_LATER, Reason.DESTINATION_BUSY)}


@pytest.mark.hazard("T6", without="tests.controls_sync:the_pacs_listens_everywhere")
def test_the_demonstration_s_pacs_is_on_loopback_only(tmp_path: Path) -> None:
    """All of 127.0.0.0/8 is this machine: what listens on 127.0.0.1 alone does not answer on 127.0.0.2."""
    embedded = EmbeddedPacs(tmp_path)
    embedded.start()
    try:
        socket.create_connection(("127.0.0.1", embedded.port), 5).close()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", embedded.port), 5).close()
    finally:
        embedded.stop()
