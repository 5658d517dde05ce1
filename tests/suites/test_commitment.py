"""Storage commitment: by a real Orthanc that calls back, and by nodes that call back wrongly, late, or not at all."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

from edge.domain.delivery import Event
from edge.domain.fault import Fault, Reason
from edge.domain.ports import Outcome
from sync.dicom.proving.commitment import Awaited
from sync.dicom.proving.listening import MOST_BYTES, Callback, Patience, listening
from sync.dicom.sending.store_scu import PacsDestination
from sync.dicom.speaking.association import Timeouts
from sync.tls import Identity, Tls
from tests import items, servers
from tests.certificates import Authority
from tests.committing import Committing, calls_with, never, over, report
from tests.servers import QUICK, SOURCE, OrthancFarEnd, free_port, frozen, pacs

OURS = items.PATIENT.id
SHORT = Patience(same=0.1, report=0.6, silent=60.0)
LONG = Patience(same=0.1, report=15.0, silent=60.0)


def destination(
    port: int,
    listen: int,
    patience: Patience,
    aet: str = "DEMOPACS",
    tls: Tls | None = None,
    timeouts: Timeouts = QUICK,
) -> PacsDestination:
    context = Identity(tls, lambda: tls.listening("[[pacs]] pacs")) if tls else None
    callback = Callback("127.0.0.1", listen, ("127.0.0.1",), context, patience)
    return PacsDestination("pacs", aet, "127.0.0.1", port, "TELECART", SOURCE, timeouts, tls, callback)


async def proven(node: Committing, patience: Patience = LONG, count: int = 1) -> list[Outcome]:
    objects = [frozen(pacs(0), items.ecg()) for _ in range(count)]
    with node.running():
        outcomes = await destination(node.port, node.listening, patience).prove(objects)
    assert [one.item_id for one in outcomes] == [one.item_id for one in objects]
    return list(outcomes)


async def test_what_it_answers_for_is_proven() -> None:
    node = Committing(free_port(), calls_with(), OURS)
    outcomes = await proven(node, count=3)
    assert {(one.event, one.what) for one in outcomes} == {(Event.PROVEN, "committed")}
    assert len(node.requests) == 1
    assert node.answers == [0x0000]


@pytest.mark.parametrize(
    ("reason", "event", "why"),
    [
        (0x0112, Event.NOT_HELD, None),
        (0x0110, Event.TRY_LATER, Reason.DESTINATION_BUSY),
        (0x0213, Event.TRY_LATER, Reason.DESTINATION_BUSY),
        (0x0131, Event.TRY_LATER, Reason.DESTINATION_BUSY),
        (0xC123, Event.TRY_LATER, Reason.DESTINATION_BUSY),
        (0x0119, Event.REFUSED, Reason.DESTINATION_REFUSED),
        # it says only that it commits itself to no object of this class: C-FIND decides
        (0x0122, Event.PROVEN, None),
    ],
)
async def test_each_failure_has_its_meaning_and_touches_no_other_object(
    reason: int, event: Event, why: Reason | None
) -> None:
    first, second = await proven(Committing(free_port(), calls_with(failed=[reason]), OURS), count=2)
    assert (first.event, first.reason) == (event, why)
    assert (second.event, second.what) == (Event.PROVEN, "committed")


@pytest.mark.hazard("H1", without="tests.controls_commitment:commitment_is_all_the_proof")
async def test_what_is_committed_under_another_patient_is_no_proof() -> None:
    (outcome,) = await proven(Committing(free_port(), calls_with(), "IPP-1"))
    assert (outcome.event, outcome.reason) == (Event.REFUSED, Reason.DESTINATION_REFUSED)


async def test_what_is_committed_and_not_shown_is_asked_again() -> None:
    (outcome,) = await proven(Committing(free_port(), calls_with(), ""))
    assert (outcome.event, outcome.reason) == (Event.TRY_LATER, Reason.DESTINATION_BUSY)


async def test_where_nobody_can_ask_whose_it_is_commitment_is_the_proof() -> None:
    (outcome,) = await proven(Committing(free_port(), calls_with(), None))
    assert outcome.event is Event.PROVEN
    assert "no C-FIND" in outcome.what


async def test_a_report_may_come_on_the_association_of_the_request() -> None:
    node = Committing(free_port(), never, OURS)

    def same(association: Any, asked: Dataset) -> None:
        # before the request itself is answered: what may happen, and is the hardest to take
        node.answers.append(over(association, report(asked)))

    node.same = same
    (outcome,) = await proven(node)
    assert (outcome.event, outcome.what) == (Event.PROVEN, "committed")
    assert node.answers == [0x0000]


async def test_no_report_and_c_find_decides_and_the_pacs_is_left_alone_for_a_while() -> None:
    node = Committing(free_port(), never, OURS)
    with node.running():
        way = destination(node.port, node.listening, SHORT)
        for _ in range(2):
            (outcome,) = await way.prove([frozen(pacs(0), items.ecg())])
            assert (outcome.event, outcome.what) == (Event.PROVEN, "")
    assert len(node.requests) == 1


async def test_no_report_and_no_c_find_is_no_proof() -> None:
    (outcome,) = await proven(Committing(free_port(), never, None), SHORT)
    assert (outcome.event, outcome.reason) == (Event.TRY_LATER, Reason.DESTINATION_REFUSED)


@pytest.mark.parametrize("node", [{"status": 0x0110}, {"taken": False}], ids=["refused", "not taken"])
async def test_a_pacs_without_commitment_is_asked_by_c_find(node: dict[str, Any]) -> None:
    (outcome,) = await proven(Committing(free_port(), never, OURS, **node))
    assert (outcome.event, outcome.what) == (Event.PROVEN, "")


async def test_a_report_that_comes_twice_has_one_effect() -> None:
    def twice(node: Committing, asked: Dataset) -> None:
        named = str(asked.ReferencedSOPSequence[0].ReferencedSOPInstanceUID)
        node.send(report(asked, {named: 0x0112}), report(asked), report(asked))

    node = Committing(free_port(), twice, OURS)
    (outcome,) = await proven(node)
    assert outcome.event is Event.NOT_HELD
    assert node.answers == [0x0000] * 3


async def test_a_report_of_another_transaction_is_thanked_for_and_means_nothing() -> None:
    def other(node: Committing, asked: Dataset) -> None:
        named = str(asked.ReferencedSOPSequence[0].ReferencedSOPInstanceUID)
        node.send(report(asked, {named: 0x0112}, transaction="1.2.3"))

    node = Committing(free_port(), other, OURS)
    (outcome,) = await proven(node, SHORT)
    assert (outcome.event, outcome.what) == (Event.PROVEN, "")
    assert node.answers == [0x0000]


async def test_a_report_of_other_objects_says_nothing_of_ours() -> None:
    def other(node: Committing, asked: Dataset) -> None:
        asked.ReferencedSOPSequence[0].ReferencedSOPInstanceUID = "1.2.3"
        node.send(report(asked))

    (outcome,) = await proven(Committing(free_port(), other, ""))
    assert outcome.event is Event.NOT_HELD


async def test_an_object_of_another_class_says_nothing_of_ours() -> None:
    def other(node: Committing, asked: Dataset) -> None:
        asked.ReferencedSOPSequence[0].ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
        node.send(report(asked))

    (outcome,) = await proven(Committing(free_port(), other, ""))
    assert outcome.event is Event.NOT_HELD


def nested(depth: int) -> Dataset:
    inner = Dataset()
    for _ in range(depth):
        outer = Dataset()
        outer.ReferencedSOPSequence = [inner]
        inner = outer
    inner.TransactionUID = "1.2.3"
    return inner


def without(asked: Dataset, keyword: str) -> Dataset:
    made = report(asked)
    if keyword in made:
        del made[keyword]
    else:
        for one in made.ReferencedSOPSequence:
            del one[keyword]
    return made


def crowded(asked: Dataset) -> Dataset:
    made = report(asked)
    made.ReferencedSOPSequence = list(made.ReferencedSOPSequence) * 1001
    return made


def reasonless(asked: Dataset) -> Dataset:
    made = report(asked, {str(asked.ReferencedSOPSequence[0].ReferencedSOPInstanceUID): 0x0112})
    del made.FailedSOPSequence[0].FailureReason
    return made


@pytest.mark.parametrize(
    "made",
    [
        lambda asked: without(asked, "TransactionUID"),
        lambda asked: without(asked, "ReferencedSOPInstanceUID"),
        lambda _: nested(200),
        crowded,
        reasonless,
    ],
    ids=["no transaction", "no instance", "nested", "crowded", "no reason"],
)
async def test_a_report_that_is_none_is_refused_and_c_find_decides(made: Any) -> None:
    node = Committing(free_port(), lambda node, asked: node.send(made(asked)), OURS)
    (outcome,) = await proven(node, SHORT)
    assert (outcome.event, outcome.what) == (Event.PROVEN, "")
    assert node.answers == [0x0110]


async def test_an_event_that_nobody_defined_is_none() -> None:
    node = Committing(free_port(), lambda node, asked: node.send(report(asked), event_type=7), OURS)
    (outcome,) = await proven(node, SHORT)
    assert (outcome.event, outcome.what) == (Event.PROVEN, "")
    assert node.answers == [0x0113]


@pytest.mark.hazard("T6", without="tests.controls_commitment:any_caller_is_heard")
@pytest.mark.parametrize("stranger", [{"title": "STRANGER"}, {"source": "127.0.0.9"}], ids=["title", "address"])
async def test_a_stranger_s_report_is_not_heard(stranger: dict[str, str]) -> None:
    """It would otherwise have the object purged: the node itself does not hold it."""
    node = Committing(free_port(), lambda node, asked: node.send(report(asked), **stranger), "")
    (outcome,) = await proven(node, SHORT)
    assert outcome.event is Event.NOT_HELD
    assert node.answers == [None]


async def test_who_asks_for_another_title_than_ours_is_not_heard() -> None:
    node = Committing(free_port(), lambda node, asked: node.send(report(asked), called="OTHER"), "")
    (outcome,) = await proven(node, SHORT)
    assert outcome.event is Event.NOT_HELD
    assert node.answers == [None]


def pdu(length: int, announced: int | None = None) -> bytes:
    return struct.pack(">BBL", 1, 0, length if announced is None else announced) + bytes(length)


def poured(port: int, data: bytes) -> int:
    """How much of ``data`` the listener took before it hung up."""
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        sent = 0
        try:
            while sent < len(data):
                sent += connection.send(data[sent : sent + 65536])
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass
        except OSError:
            pass
        return sent


@pytest.mark.hazard("T6", without="tests.controls_commitment:a_caller_may_say_anything")
def test_a_caller_that_says_too_much_is_hung_up_on() -> None:
    """pynetdicom buffers what a PDU announces, before any association."""
    port = free_port()
    with listening(Callback("127.0.0.1", port, ("127.0.0.1",)), "TELECART", "DEMOPACS", Awaited("1.2").take):
        assert poured(port, pdu(48 * 1024 * 1024)) < 16 * MOST_BYTES


def test_callers_that_say_nothing_are_few_and_end_with_the_wait() -> None:
    port = free_port()
    before = threading.active_count()
    connections = []
    with listening(Callback("127.0.0.1", port, ("127.0.0.1",)), "TELECART", "DEMOPACS", Awaited("1.2").take):
        connections = [socket.create_connection(("127.0.0.1", port), 5) for _ in range(20)]
        for connection in connections[2:]:
            connection.settimeout(20)
            assert connection.recv(1) == b""
    begun = time.monotonic()
    for connection in connections:
        connection.settimeout(20)
        assert connection.recv(1) == b""
        connection.close()
    assert time.monotonic() - begun < 15
    assert threading.active_count() <= before


def test_nothing_listens_when_nothing_is_awaited() -> None:
    port = free_port()
    with listening(Callback("127.0.0.1", port, ("127.0.0.1",)), "TELECART", "DEMOPACS", Awaited("1.2").take):
        socket.create_connection(("127.0.0.1", port), 5).close()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", port), 5)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 5)


async def test_a_port_that_somebody_has_leaves_c_find() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        node = Committing(taken.getsockname()[1], never, OURS)
        (outcome,) = await proven(node)
        assert (outcome.event, outcome.what) == (Event.PROVEN, "")
        assert node.requests == []
        with node.running():
            said = await destination(node.port, node.listening, SHORT).examine()
    assert "storage commitment not tried" in said


async def test_a_cancelled_proof_ends_at_once() -> None:
    """A cart that is told to stop does not wait for a report."""
    node = Committing(free_port(), never, OURS)
    with node.running():
        waits = Patience(same=0.0, report=60.0)
        proof = asyncio.create_task(destination(node.port, node.listening, waits).prove([frozen(pacs(0), items.ecg())]))
        async with asyncio.timeout(20):
            while not node.requests and not proof.done():
                await asyncio.sleep(0.01)
        proof.cancel()
        async with asyncio.timeout(30):
            with pytest.raises(asyncio.CancelledError):
                await proof
            await asyncio.get_running_loop().shutdown_default_executor()


@pytest.mark.parametrize(
    ("call", "taken", "told"),
    [
        (calls_with(failed=[0x0112]), True, "storage commitment works"),
        (never, True, "takes storage commitment and does not report"),
        (never, False, "takes no storage commitment"),
    ],
)
async def test_a_test_of_the_destination_names_whether_it_works(call: Any, taken: bool, told: str) -> None:
    node = Committing(free_port(), call, OURS, taken=taken)
    with node.running():
        said = await destination(node.port, node.listening, SHORT).examine()
    assert "takes C-FIND; not encrypted; " in said
    assert told in said


# --- a real PACS


class CommittingOrthanc(OrthancFarEnd):
    def __init__(self, folder: Path, tls: dict[str, str | bool] | None = None) -> None:
        super().__init__(folder)
        self.listening = free_port()
        cart: Any = {"AET": "TELECART", "Host": "127.0.0.1", "Port": self.listening, "AllowStorageCommitment": True}
        if tls:
            cart["UseDicomTls"] = True
        self.options = {"DicomModalities": {"cart": cart}, **(tls or {})}  # type: ignore[dict-item]
        self.destination = destination(self.port, self.listening, LONG, "ORTHANC")


@pytest.fixture
async def orthanc(tmp_path: Path) -> AsyncIterator[CommittingOrthanc]:
    async with servers.running(CommittingOrthanc(tmp_path / "far")) as running:
        yield running


@pytest.mark.slow
async def test_orthanc_answers_for_what_it_holds_and_not_for_what_it_does_not(orthanc: CommittingOrthanc) -> None:
    way = orthanc.destination
    held, lost = [servers.frozen(way, items.photo()) for _ in range(3)], servers.frozen(way, items.ecg())
    assert {one.event for one in await way.send(held)} == {Event.ACCEPTED}
    outcomes = {one.item_id: one for one in await way.prove([*held, lost])}
    assert {(outcomes[one.item_id].event, outcomes[one.item_id].what) for one in held} == {(Event.PROVEN, "committed")}
    assert outcomes[lost.item_id].event is Event.NOT_HELD
    assert "reports" in outcomes[lost.item_id].what


@pytest.mark.slow
async def test_a_request_that_a_restart_forgot_is_made_again(orthanc: CommittingOrthanc) -> None:
    one = servers.frozen(orthanc.destination, items.photo())
    await orthanc.destination.send([one])
    forgetful = destination(orthanc.port, orthanc.listening, Patience(same=0.0, report=60.0), "ORTHANC")
    proof = asyncio.create_task(forgetful.prove([one]))
    await asyncio.sleep(0)
    proof.cancel()
    with pytest.raises(asyncio.CancelledError):
        await proof
    anew = destination(orthanc.port, orthanc.listening, LONG, "ORTHANC")
    # the thread of the first may still be about to leave the port
    async with asyncio.timeout(60):
        while (outcome := (await anew.prove([one]))[0]).what != "committed":
            assert outcome.event is Event.PROVEN
            anew = destination(orthanc.port, orthanc.listening, LONG, "ORTHANC")
    assert (outcome.event, outcome.what) == (Event.PROVEN, "committed")


@pytest.mark.slow
async def test_orthanc_is_said_to_work(orthanc: CommittingOrthanc) -> None:
    way = orthanc.destination
    assert isinstance(way, PacsDestination)
    assert "storage commitment works" in await way.examine()


@pytest.mark.slow
async def test_orthanc_calls_back_over_mutual_tls(tmp_path: Path) -> None:
    region = Authority(tmp_path / "region", "region")
    server, cart = region.issue("pacs", "127.0.0.1"), region.issue("cart", "127.0.0.1")
    tls: dict[str, str | bool] = {
        "DicomTlsEnabled": True,
        "DicomTlsCertificate": str(server.certificate),
        "DicomTlsPrivateKey": str(server.key),
        "DicomTlsTrustedCertificates": str(region.file),
        "DicomTlsRemoteCertificateRequired": True,
    }
    far_end = CommittingOrthanc(tmp_path / "far", tls)
    believed = Tls(region.file, cart.certificate, cart.key)
    way = destination(far_end.port, far_end.listening, LONG, "ORTHANC", believed)
    async with servers.running(far_end):
        one = servers.frozen(way, items.photo())
        assert [outcome.event for outcome in await way.send([one])] == [Event.ACCEPTED]
        (outcome,) = await way.prove([one])
    assert (outcome.event, outcome.what) == (Event.PROVEN, "committed")


@pytest.mark.hazard("T6", without="tests.controls_commitment:any_certificate_may_call")
def test_who_calls_without_a_certificate_that_we_believe_is_not_heard(tmp_path: Path) -> None:
    region, stranger = Authority(tmp_path / "region", "region"), Authority(tmp_path / "stranger", "stranger")
    cart, other = region.issue("cart", "127.0.0.1"), stranger.issue("pacs", "127.0.0.1")
    asked = Dataset()
    asked.TransactionUID = "1.2"
    asked.ReferencedSOPSequence = []
    awaited = Awaited("1.2")
    port = free_port()
    ours = Tls(region.file, cart.certificate, cart.key)
    context = Identity(ours, lambda: ours.listening("pacs"))
    theirs = Tls(region.file, other.certificate, other.key).context()
    theirs.check_hostname = False
    node = Committing(port, never, OURS, tls=theirs)
    with listening(Callback("127.0.0.1", port, ("127.0.0.1",), context), "TELECART", "DEMOPACS", awaited.take):
        node.send(report(asked))
    assert node.answers == [None]
    assert awaited.report is None


@pytest.mark.parametrize("tls", [Tls(), Tls(ca=Path("ca.pem")), Tls(certificate=Path("cart.pem"))])
def test_a_callback_over_tls_needs_to_know_who_calls(tls: Tls) -> None:
    with pytest.raises(Fault, match="`ca` and `certificate`") as caught:
        tls.listening("[[pacs]] pacs")
    assert caught.value.reason is Reason.SETTINGS
