"""What a DICOMweb server, or what answers in its place, may do to the cart."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import io
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pydicom
import pytest
from aiohttp import web
from pydicom.dataset import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian

from edge.domain.delivery import Event
from edge.domain.fault import Reason
from edge.domain.item import Frozen, InMemory, Item
from edge.domain.photo import View
from firmware_stubs.dicomweb import DicomwebSide
from firmware_stubs.pacs import EmbeddedPacs
from sync.dicom.sending.stow import DicomwebDestination
from sync.dicom.speaking.association import Timeouts
from tests import items
from tests.servers import frozen, running, stalling_after
from tests.web_servers import EmbeddedWebFarEnd, dicomweb

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
IMPATIENT = Timeouts(connect=2.0, stalled=0.5, answer=1.0, bytes_per_second=10_000_000.0)


@contextlib.asynccontextmanager
async def answering(handler: Handler, timeouts: Timeouts = IMPATIENT) -> AsyncIterator[DicomwebDestination]:
    """A destination whose every request is answered by ``handler``."""
    application = web.Application(client_max_size=1 << 30)
    application.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield dicomweb(f"http://127.0.0.1:{runner.addresses[0][1]}/dicom-web/", timeouts)
    finally:
        await runner.cleanup()


def ecgs(count: int) -> list[Frozen]:
    destination = dicomweb("http://127.0.0.1:1")
    return [frozen(destination, items.ecg()) for _ in range(count)]


def listed(uid: str, tag: str, reason_tag: str = "", reason: int = 0) -> dict[str, Any]:
    """An answer of STOW-RS (PS3.18 I.2) that lists ``uid`` in the sequence ``tag``."""
    item: dict[str, Any] = {"00081155": {"vr": "UI", "Value": [uid]}} if uid else {}
    if reason_tag:
        item[reason_tag] = {"vr": "US", "Value": [reason]}
    return {tag: {"vr": "SQ", "Value": [item]}}


REFERENCED, FAILED, OTHERS = "00081199", "00081198", "0008119A"
WARNING, FAILURE = "00081196", "00081197"
OK, BUSY, NO = Event.ACCEPTED, Reason.DESTINATION_BUSY, Reason.DESTINATION_REFUSED


@pytest.mark.parametrize(
    ("status", "answer", "event", "reason", "told"),
    [
        (200, lambda uid: listed(uid, REFERENCED), OK, None, ""),
        (200, lambda uid: listed(uid, REFERENCED, WARNING, 0), OK, None, ""),
        (202, lambda uid: listed(uid, REFERENCED, WARNING, 0xB000), OK, None, "changed values"),
        (202, lambda uid: listed(uid, REFERENCED, WARNING, 0xB006), OK, None, "dropped elements"),
        (202, lambda uid: listed(uid, REFERENCED, WARNING, 0xB007), OK, None, "does not match its class"),
        (202, lambda uid: listed(uid, REFERENCED, WARNING, 0x1234), OK, None, "1234"),
        (409, lambda uid: listed(uid, FAILED, FAILURE, 0xA700), Event.TRY_LATER, BUSY, "A700"),
        (409, lambda uid: listed(uid, FAILED, FAILURE, 0x0110), Event.TRY_LATER, BUSY, "failed while it worked"),
        (200, lambda uid: listed(uid, FAILED, FAILURE, 0xA900), Event.REFUSED, NO, "A900"),
        (409, lambda uid: listed(uid, FAILED, FAILURE, 0xC122), Event.REFUSED, NO, "C122"),
        (409, lambda uid: listed(uid, FAILED, FAILURE, 0x0122), Event.REFUSED, NO, "does not take this kind"),
        (409, lambda _: listed("", OTHERS, FAILURE, 0xC000), Event.REFUSED, NO, "C000"),
        (409, lambda uid: listed(uid, FAILED, FAILURE, 0x0000), Event.TRY_LATER, BUSY, "no failure as its reason"),
        (409, lambda uid: listed(uid, FAILED), Event.TRY_LATER, BUSY, "failed while it worked"),
        # what it names in both lists is not stored
        (202, lambda uid: listed(uid, REFERENCED) | listed(uid, FAILED, FAILURE, 0xA900), Event.REFUSED, NO, "A900"),
        # Orthanc with a full disk; somebody else's object; nothing that could be read
        (200, lambda _: {}, Event.TRY_LATER, BUSY, "does not say"),
        (200, lambda _: listed("1.2.3", REFERENCED), Event.TRY_LATER, BUSY, "does not say"),
        (200, lambda _: {REFERENCED: {"vr": "SQ", "Value": ["x", 3]}}, Event.TRY_LATER, BUSY, "does not say"),
        (200, lambda _: [], Event.TRY_LATER, BUSY, "does not say"),
        (400, lambda _: {}, Event.REFUSED, NO, "400"),
        (413, lambda _: {}, Event.REFUSED, NO, "413"),
        (401, lambda _: {}, Event.TRY_LATER, NO, "401"),
        (404, lambda _: {}, Event.TRY_LATER, NO, "404"),
        (429, lambda _: {}, Event.TRY_LATER, BUSY, "429"),
        (503, lambda _: {}, Event.TRY_LATER, BUSY, "503"),
        (507, lambda _: {}, Event.TRY_LATER, BUSY, "507"),
        (302, lambda _: {}, Event.TRY_LATER, Reason.DESTINATION_UNREACHABLE, "302"),
    ],
)
async def test_each_answer_has_its_meaning(
    status: int, answer: Callable[[str], Any], event: Event, reason: Reason | None, told: str
) -> None:
    (one,) = ecgs(1)

    async def handler(request: web.Request) -> web.Response:
        await request.read()
        body = json.dumps(answer(one.sop_uid)).encode()
        return web.Response(status=status, body=body, headers={"Location": "/elsewhere"})

    async with answering(handler) as destination:
        (outcome,) = await destination.send([one])
    assert (outcome.event, outcome.reason) == (event, reason)
    assert told in outcome.what
    assert bool(outcome.what) == bool(told)
    assert "\n" not in outcome.what


@pytest.mark.parametrize("body", [b"", b"<html>Bienvenue</html>", b"[" * 100_000, b"\xff\xfe", b'{"00081199":null}'])
async def test_nonsense_with_a_good_status_is_not_sent(body: bytes) -> None:
    async def handler(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=body)

    async with answering(handler) as destination:
        for (outcome,) in (await destination.send(ecgs(1)), await destination.prove(ecgs(1))):
            assert outcome.event is Event.TRY_LATER
            assert outcome.what


@pytest.mark.parametrize(
    ("item", "event"),
    [
        (items.photo(view=View.DERMOSCOPY), Event.PLAINER),
        (items.photo(view=View.OTOSCOPY), Event.PLAINER),
        (items.photo(view=View.OVERVIEW), Event.REFUSED),
        (items.sound(), Event.NOT_TAKEN),
    ],
)
async def test_an_object_of_a_class_that_it_does_not_support_goes_otherwise_or_stays(item: Item, event: Event) -> None:
    async with answering(_of_no_such_class) as destination:
        one = frozen(destination, item)
        (outcome,) = await destination.send([one])
    assert (outcome.event, outcome.reason) == (event, NO)


async def _of_no_such_class(request: web.Request) -> web.Response:
    """The server names what failed, as it was named in the request."""
    body = await request.read()
    content = body[body.index(b"DICM") - 128 : body.rindex(b"\r\n--")]
    uid = str(pydicom.dcmread(io.BytesIO(content)).SOPInstanceUID)
    return web.Response(status=409, body=json.dumps(listed(uid, FAILED, FAILURE, 0x0122)).encode())


async def test_one_object_s_answer_does_not_touch_the_others() -> None:
    objects = ecgs(6)

    async def handler(request: web.Request) -> web.Response:
        body = await request.read()
        uid = next(one.sop_uid for one in objects if one.sop_uid.encode() in body)
        if uid == objects[2].sop_uid:
            return web.Response(status=400)
        return web.Response(body=json.dumps(listed(uid, REFERENCED)).encode())

    async with answering(handler) as destination:
        outcomes = {one.item_id: one.event for one in await destination.send(objects)}
    assert [outcomes[one.item_id] for one in objects] == [OK, OK, Event.REFUSED, OK, OK, OK]


async def test_a_few_requests_side_by_side_and_no_more() -> None:
    objects = ecgs(9)
    running_now = most = 0
    together = asyncio.Event()

    async def handler(request: web.Request) -> web.Response:
        nonlocal running_now, most
        body = await request.read()
        running_now += 1
        most = max(most, running_now)
        if running_now == 4:
            together.set()
        await together.wait()
        running_now -= 1
        uid = next(one.sop_uid for one in objects if one.sop_uid.encode() in body)
        return web.Response(body=json.dumps(listed(uid, REFERENCED)).encode())

    async with answering(handler) as destination:
        outcomes = await destination.send(objects)
    assert most == 4
    assert [one.event for one in outcomes] == [OK] * 9


async def test_a_server_that_does_not_answer_is_left_alone() -> None:
    """Three silences are enough, with those that are under way then; what is behind them is left for later."""

    async def handler(request: web.Request) -> web.Response:
        await request.read()
        await asyncio.Event().wait()
        return web.Response()

    objects = ecgs(9)
    async with answering(handler) as destination, asyncio.timeout(10):
        outcomes = await destination.send(objects)
    assert {one.item_id for one in outcomes} == {one.item_id for one in objects}
    reasons = [one.reason for one in outcomes]
    assert reasons.count(BUSY) in range(3, 7)
    assert reasons.count(Reason.DESTINATION_UNREACHABLE) == 9 - reasons.count(BUSY)


async def test_a_server_that_stops_reading_does_not_hold_the_cart(tmp_path: Path) -> None:
    async with running(EmbeddedWebFarEnd(tmp_path)) as far_end, stalling_after(100_000, far_end.web.port) as port:
        destination = dicomweb(f"http://127.0.0.1:{port}/dicom-web", IMPATIENT)
        (one,) = ecgs(1)
        big = dataclasses.replace(one, body=InMemory(one.content + bytes(20_000_000)))
        async with asyncio.timeout(10):
            (outcome,) = await destination.send([big])
    assert (outcome.event, outcome.reason) == (Event.TRY_LATER, Reason.DESTINATION_BUSY)
    assert "stopped reading" in outcome.what


async def test_a_server_that_breaks_off_in_the_middle() -> None:
    async def handler(request: web.Request) -> web.Response:
        await request.content.read(1000)
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async with answering(handler) as destination:
        (outcome,) = await destination.send(ecgs(1))
    assert (outcome.event, outcome.reason) == (Event.TRY_LATER, Reason.DESTINATION_BUSY)


async def test_an_endless_answer_is_not_swallowed() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        await request.read()
        response = web.StreamResponse()
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            while True:
                await response.write(bytes(1 << 20))
        return response

    async with answering(handler) as destination, asyncio.timeout(20):
        for (outcome,) in (await destination.send(ecgs(1)), await destination.prove(ecgs(1))):
            assert outcome.event is Event.TRY_LATER


async def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    outcomes = await dicomweb(f"http://127.0.0.1:{port}").send(ecgs(3))
    assert {(one.event, one.reason) for one in outcomes} == {(Event.TRY_LATER, Reason.DESTINATION_UNREACHABLE)}
    assert len(outcomes) == 3


# --- proof


@pytest.fixture
async def far_end(tmp_path: Path) -> AsyncIterator[EmbeddedWebFarEnd]:
    async with running(EmbeddedWebFarEnd(tmp_path)) as far_end:
        yield far_end


def changed(far_end: EmbeddedWebFarEnd, change: Callable[[Dataset], None]) -> None:
    """The PACS changes the one object that it holds."""
    (instance,) = far_end.server.instances()
    dataset = pydicom.dcmread(instance.path)
    change(dataset)
    content = io.BytesIO()
    dataset.save_as(content)
    instance.path.write_bytes(content.getvalue())


def coerce(dataset: Dataset) -> None:
    dataset.InstitutionName = "CHU"
    dataset.PatientName = "DOEUVRE^MARIE-EVE"
    del dataset.StationName


def move_a_sample(dataset: Dataset) -> None:
    samples = bytearray(dataset.WaveformSequence[0].WaveformData)
    samples[1000] ^= 1
    dataset.WaveformSequence[0].WaveformData = bytes(samples)


def gain(dataset: Dataset) -> None:
    dataset.WaveformSequence[0].ChannelDefinitionSequence[0].ChannelSensitivity = "2.5"


def move_a_pixel(dataset: Dataset) -> None:
    pixels = bytearray(dataset.PixelData)
    pixels[500] ^= 1
    dataset.PixelData = bytes(pixels)


def birth(dataset: Dataset) -> None:
    dataset.PatientBirthDate = "19400101"


def issuer(dataset: Dataset) -> None:
    dataset.IssuerOfPatientID = "EHPAD DES LILAS"


def nothing(_: Dataset) -> None:
    pass


@pytest.mark.parametrize(
    ("make", "change", "event", "told"),
    [
        (items.ecg, coerce, Event.PROVEN, "coerced: InstitutionName, StationName, PatientName"),
        (items.photo, coerce, Event.PROVEN, "coerced: InstitutionName, StationName, PatientName"),
        (items.ecg, move_a_sample, Event.REFUSED, "WaveformSequence differs"),
        (items.ecg, gain, Event.REFUSED, "WaveformSequence differs"),
        (items.photo, move_a_pixel, Event.REFUSED, "PixelData differs"),
        (items.photo, birth, Event.REFUSED, "PatientBirthDate differs"),
        (items.photo, issuer, Event.REFUSED, "IssuerOfPatientID differs"),
    ],
)
async def test_what_a_pacs_may_coerce_and_what_not(
    far_end: EmbeddedWebFarEnd,
    make: Callable[[], Item],
    change: Callable[[Dataset], None],
    event: Event,
    told: str,
) -> None:
    one = frozen(far_end.destination, make())
    await far_end.destination.send([one])
    changed(far_end, change)
    (outcome,) = await far_end.destination.prove([one])
    assert outcome.event is event
    assert told in outcome.what
    assert "DOEUVRE" not in outcome.what


async def test_the_file_itself_must_name_the_patient_where_the_search_does_not(far_end: EmbeddedWebFarEnd) -> None:
    """H1: not every server tells the patient of an instance that it finds."""
    ours = items.ecg()
    await far_end.destination.send([frozen(far_end.destination, items.of(ours, items.OTHER_PATIENT))])
    (instance,) = far_end.server.instances()

    async def handler(request: web.Request) -> web.Response:
        if request.path.endswith("/instances"):
            return web.json_response([{"00080018": {"vr": "UI", "Value": [ours.sop_uid]}}])
        return web.Response(body=instance.path.read_bytes(), content_type="application/dicom")

    async with answering(handler) as destination:
        (outcome,) = await destination.prove([frozen(destination, ours)])
    assert outcome.event is Event.REFUSED
    assert "PatientID differs" in outcome.what


@pytest.mark.parametrize(
    "held", [b"", b"x" * 200, bytes(128) + b"DICM", bytes(128) + b"DICM\x02\x00\x10\x00UI\xff\xff1.2"]
)
async def test_what_is_no_dicom_file_is_no_proof(held: bytes) -> None:
    (one,) = ecgs(1)

    async def handler(request: web.Request) -> web.Response:
        if request.path.endswith("/instances"):
            return web.json_response([{"00080018": {"vr": "UI", "Value": [one.sop_uid]}}])
        return web.Response(body=held, content_type="application/dicom")

    async with answering(handler) as destination:
        (outcome,) = await destination.prove([one])
    assert (outcome.event, outcome.reason) == (Event.REFUSED, Reason.DESTINATION_REFUSED)


@pytest.mark.hazard("T7", without="tests.controls_destinations:any_transfer_syntax_is_read")
async def test_a_deflated_file_is_never_inflated() -> None:
    (one,) = ecgs(1)
    sent = pydicom.dcmread(io.BytesIO(one.content))
    sent.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    sent.StationName = "other"
    deflated = io.BytesIO()
    sent.save_as(deflated)

    async def handler(request: web.Request) -> web.Response:
        if request.path.endswith("/instances"):
            return web.json_response([{"00080018": {"vr": "UI", "Value": [one.sop_uid]}}])
        return web.Response(body=deflated.getvalue(), content_type="application/dicom")

    async with answering(handler) as destination:
        (outcome,) = await destination.prove([one])
    assert outcome.event is Event.REFUSED
    assert "another transfer syntax" in outcome.what


@pytest.mark.parametrize("same", [True, False])
async def test_a_duplicate_counts_only_if_it_is_this_very_object(far_end: EmbeddedWebFarEnd, same: bool) -> None:
    """0111 (PS3.7 C.5.3): refused for the second time, and held from the first."""
    one = frozen(far_end.destination, items.ecg())
    await far_end.destination.send([one])
    changed(far_end, nothing if same else move_a_sample)
    (instance,) = far_end.server.instances()

    async def handler(request: web.Request) -> web.Response:
        if request.method == "POST":
            await request.read()
            return web.json_response(listed(one.sop_uid, FAILED, FAILURE, 0x0111), status=409)
        if request.path.endswith("/instances"):
            return web.json_response([{"00080018": {"vr": "UI", "Value": [one.sop_uid]}}])
        return web.Response(body=instance.path.read_bytes(), content_type="application/dicom")

    async with answering(handler) as destination:
        (outcome,) = await destination.send([one])
    assert outcome.event is (Event.ACCEPTED if same else Event.REFUSED)


# --- the embedded side


@pytest.mark.hazard("T6", without="tests.controls_sync:the_pacs_listens_everywhere")
async def test_the_demonstration_s_dicomweb_is_on_loopback_only(tmp_path: Path) -> None:
    async with DicomwebSide(EmbeddedPacs(tmp_path)) as side:
        socket.create_connection(("127.0.0.1", side.port), 5).close()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", side.port), 5).close()
