"""The worklist of a clinic: dcmtk's, Orthanc's, and what a hostile one may say."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

from edge.domain.fault import Fault, Reason
from edge.domain.order import Order
from edge.domain.worklist import Scheduled
from sync.dicom.fetching import worklist as worklist_module
from tests import items, servers
from tests.servers import Scripted
from tests.worklists import DAY, OrthancWorklist, Telling, asked, telling, wlmscpfs, worklist, write

ORDER = Order(
    "1.2.826.0.1.1",
    "RIS1",
    "CLINIQUE",
    "RP1",
    "SPS1",
    "ECG de repos",
    ("29303009", "SCT", "Electrocardiographic procedure"),
)
STEP = Scheduled(
    ORDER,
    items.PATIENT.id,
    items.PATIENT.issuer,
    "L'HÉRITIER MARIE-ÈVE",
    items.PATIENT.birth_date,
    "F",
    "2026-03-29T09:30:00",
    "TELECART",
    "ECG",
)


async def test_everything_that_is_told_is_read() -> None:
    node = telling(asked())
    with node.running() as port:
        told = await worklist(port, modality="ECG").ask(DAY)
    assert told.scheduled == (STEP,)
    assert told.whole
    (query,) = node.queries
    (step,) = query.ScheduledProcedureStepSequence
    assert (step.ScheduledStationAETitle, step.ScheduledProcedureStepStartDate, step.Modality) == (
        "TELECART",
        "20260329",
        "ECG",
    )


async def test_dcmtk_s_worklist_tells_today_s_steps_for_this_cart(tmp_path: Path) -> None:
    other_day = asked(2, ScheduledProcedureStepStartDate="20260330")
    other_cart = asked(3, ScheduledStationAETitle="SCANNER")
    write(tmp_path / "WORKLIST", asked(), other_day, other_cart)
    with wlmscpfs(tmp_path) as port:
        told = await worklist(port, issuer=items.PATIENT.issuer).ask(DAY)
        assert await worklist(port, modality="CT").ask(DAY) == worklist_module.Told((), whole=True)
    (step,) = told.scheduled
    assert (step.order.study_uid, step.order.accession_number, step.order.step_id) == ("1.2.826.0.1.1", "RIS1", "SPS1")
    assert step.is_of(items.PATIENT)
    assert step.name == "L'HÉRITIER MARIE-ÈVE"
    assert step.start == "2026-03-29T09:30:00"
    assert told.whole


@pytest.mark.slow
async def test_orthanc_s_worklist_tells_the_same(tmp_path: Path) -> None:
    write(tmp_path / "files", asked(), asked(2, ScheduledProcedureStepStartDate="20260330"))
    async with servers.running(OrthancWorklist(tmp_path / "orthanc", tmp_path / "files")) as orthanc:
        told = await worklist(orthanc.port, "ORTHANC").ask(DAY)
    assert told.scheduled == (STEP,)


@pytest.mark.parametrize(
    "change",
    [
        {"StudyInstanceUID": "1.2.x"},
        {"StudyInstanceUID": "1." + "2" * 64},
        {"StudyInstanceUID": ""},
        {"AccessionNumber": "12345678901234567"},
        {"AccessionNumber": ""},
        {"AccessionNumber": "RIS\u202e1"},
        {"PatientID": ""},
        {"PatientID": "IPP\x07"},
        {"PatientID": "1" * 65},
        {"PatientBirthDate": "19310231"},
        {"ScheduledProcedureStepID": ""},
        {"ScheduledProcedureStepStartDate": ""},
        {"ScheduledProcedureStepStartTime": "99"},
        {"AccessionNumber": "A\\B"},
        {"PatientID": "A\\B"},
        {"PatientBirthDate": "1931203"},
        # of another cart, another day, another machine: a node that does not match as it was asked
        {"ScheduledStationAETitle": "SCANNER"},
        {"ScheduledProcedureStepStartDate": "20260330"},
        {"Modality": "CT"},
    ],
    ids=str,
)
async def test_an_order_that_is_none_is_left_out_and_the_others_are_not(change: dict[str, str]) -> None:
    with telling(asked(2, **change), asked()).running() as port:
        told = await worklist(port, modality="ECG").ask(DAY)
    assert told.scheduled == (STEP,)
    assert told.left_out == 1


async def test_a_step_for_several_stations_is_for_each_of_them() -> None:
    with telling(asked(ScheduledStationAETitle="SCANNER\\TELECART")).running() as port:
        assert (await worklist(port).ask(DAY)).scheduled == (STEP,)


async def test_a_station_that_is_a_pattern_is_the_node_s_to_match() -> None:
    with telling(asked()).running() as port:
        assert (await worklist(port, station="TELE*").ask(DAY)).scheduled == (STEP,)


@pytest.mark.hazard("T7", without="tests.controls_commitment:a_worklist_has_no_end")
async def test_an_answer_with_steps_without_end_is_ended() -> None:
    many = asked()
    many.ScheduledProcedureStepSequence = list(many.ScheduledProcedureStepSequence) * 1500
    with telling(many).running() as port:
        told = await worklist(port).ask(DAY)
    assert len(told.scheduled) == worklist_module.MOST_ORDERS
    assert not told.whole


async def test_what_a_person_reads_is_fit_for_a_screen() -> None:
    long = asked(RequestedProcedureDescription="ECG\u202e de repos" + "s" * 500, PatientName="DUPONT^\x07JEANNE")
    with telling(long).running() as port:
        (step,) = (await worklist(port).ask(DAY)).scheduled
    assert len(step.order.description) <= 64
    assert "\u202e" not in step.order.description
    assert "\x07" not in step.name


async def test_what_is_not_told_is_not_known() -> None:
    with telling(asked(PatientBirthDate="", IssuerOfPatientID="", PatientSex="")).running() as port:
        (step,) = (await worklist(port).ask(DAY)).scheduled
        (of_site,) = (await worklist(port, issuer=items.PATIENT.issuer).ask(DAY)).scheduled
    assert (step.birth_date, step.issuer, step.sex) == (None, "", "")
    assert not step.is_of(items.PATIENT)
    assert not of_site.is_of(items.PATIENT)


@pytest.mark.hazard("T7", without="tests.controls_commitment:a_worklist_has_no_end")
async def test_a_worklist_without_end_is_ended() -> None:
    node = Telling(lambda _: ((0xFF00, asked(number)) for number in range(1500)))
    with node.running() as port:
        told = await worklist(port).ask(DAY)
    assert len(told.scheduled) == worklist_module.MOST_ORDERS
    assert not told.whole


@pytest.mark.hazard("T7", without="tests.controls_commitment:a_worklist_has_no_end")
async def test_a_worklist_that_says_too_much_is_hung_up_on() -> None:
    def find(_: Any) -> Iterator[tuple[int, Dataset | None]]:
        for number in range(20):
            yield 0xFF00, asked(number, RequestedProcedureComments="x" * (1 << 20))

    with Telling(find).running() as port, pytest.raises(Fault) as caught:
        await worklist(port).ask(DAY)
    assert caught.value.reason is Reason.DESTINATION_BUSY


def nested(depth: int) -> Dataset:
    """Sequences in sequences, none of which says how long it is: so the reader goes into each."""
    sequence, item = bytes.fromhex("08001011 FFFFFFFF"), bytes.fromhex("FEFF00E0 FFFFFFFF")
    made = asked(2)
    made.add_new(0x00081110, "UN", item + (sequence + item) * depth)
    made[0x00081110].is_undefined_length = True
    return made


async def test_an_answer_that_is_nested_without_end_harms_nobody() -> None:
    with telling(nested(20_000), asked()).running() as port, pytest.raises(Fault) as caught:
        await worklist(port).ask(DAY)
    assert caught.value.reason is Reason.DESTINATION_BUSY


@pytest.mark.parametrize("status", [0xA700, 0xC001, 0x0122])
async def test_a_query_that_fails_is_no_answer(status: int) -> None:
    def find(_: Any) -> Iterator[tuple[int, Dataset | None]]:
        yield 0xFF00, asked()
        yield status, None

    with Telling(find).running() as port, pytest.raises(Fault) as caught:
        await worklist(port).ask(DAY)
    assert caught.value.reason is Reason.DESTINATION_BUSY


async def test_a_node_that_breaks_off_gives_no_answer() -> None:
    def find(event: Any) -> Iterator[tuple[int, Dataset | None]]:
        yield 0xFF00, asked()
        event.assoc.abort()

    with Telling(find).running() as port, pytest.raises(Fault) as caught:
        await worklist(port).ask(DAY)
    assert caught.value.reason is Reason.DESTINATION_BUSY


async def test_a_node_without_worklist_is_told() -> None:
    with Scripted().running() as node, pytest.raises(Fault, match="has no worklist for TELECART") as caught:
        await worklist(node.port, "DEMOPACS").ask(DAY)
    assert caught.value.reason is Reason.DESTINATION_REFUSED


async def test_nobody_there_is_told() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with pytest.raises(Fault) as caught:
            await worklist(nobody.getsockname()[1]).ask(dt.date(2026, 3, 29))
    assert caught.value.reason is Reason.DESTINATION_UNREACHABLE


async def test_a_cancelled_question_ends_at_once() -> None:
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def find(event: Any) -> Iterator[tuple[int, Dataset | None]]:
        loop.call_soon_threadsafe(begun.set)
        while not event.assoc._kill and event.assoc.is_established:
            event.assoc.dul.join(0.05)
        yield 0x0000, None

    with Telling(find).running() as port:
        question = asyncio.create_task(worklist(port).ask(DAY))
        async with asyncio.timeout(10):
            await begun.wait()
            question.cancel()
            with pytest.raises(asyncio.CancelledError):
                await question
            await loop.shutdown_default_executor()
