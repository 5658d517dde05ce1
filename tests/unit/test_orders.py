"""Orders of a worklist: kept, gone, and taken by a round only where they are exactly that resident's."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import pydicom
import pytest
from click.testing import CliRunner

from edge.cli import main
from edge.domain.order import Order
from edge.domain.worklist import Scheduled
from edge.mains.worklist import once, worklist_of
from edge.settings import Worklist
from edge.store.damage import mending
from edge.store.keeping import orders
from edge.store.ledger import EdgeStore, Places, open_for_edge, open_for_sync
from edge.store.thread import StoreThread
from sync.dicom.building.objects import build
from tests import items
from tests.servers import SOURCE, dciodvfy
from tests.unit.test_store import JEANNE, TO, capture, now, reading
from tests.worklists import asked, telling

ORDER = Order("1.2.826.0.1.1", "RIS1", "CLINIQUE", "RP1", "SPS1", "ECG de repos", ("29303009", "SCT", "ECG"))
STEP = Scheduled(
    ORDER, "IPP1", "EHPAD", "DUPONT JEANNE", JEANNE.birth_date, "F", "2026-03-29T09:30:00", "TELECART", "ECG"
)
SECOND = dataclasses.replace(
    STEP, order=dataclasses.replace(ORDER, study_uid="1.2.826.0.1.2", accession_number="RIS2", step_id="SPS2")
)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "store.key")


@pytest.fixture
def store(places: Places) -> EdgeStore:
    opened = open_for_edge(places, TO, "demonstration")
    opened.journal.put_patient(JEANNE)
    return opened


def put(store: EdgeStore, *told: Scheduled, at: dt.datetime | None = None, whole: bool = True) -> None:
    orders.put(store.database, told, at or now().utc, whole=whole)


def test_a_round_takes_the_one_order_of_its_resident(store: EdgeStore) -> None:
    put(store, STEP)
    _, encounter = store.journal.open_encounter("IPP1", now(), "TC")
    assert (encounter.study_uid, encounter.accession_number, encounter.order) == ("1.2.826.0.1.1", "RIS1", ORDER)
    shown = store.journal.on_screen("boot")
    assert shown is not None
    assert shown[1] == encounter
    saved = store.journal.save(capture(reading()), encounter)
    assert store.journal.load(saved.item_id).encounter == encounter
    (listed,) = orders.listed(store.database)
    assert (listed.scheduled, listed.taken_by, listed.gone) == (STEP, encounter.id, None)
    (detail,) = store.database.connection.execute(
        "SELECT detail FROM audit WHERE act = 'chosen' ORDER BY sequence DESC LIMIT 1"
    ).fetchone()
    assert detail == "order RIS1 taken"


@pytest.mark.hazard("H1", without="tests.controls_commitment:an_identifier_alone_is_somebody")
@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "CLINIQUE"},
        {"issuer": ""},
        {"birth_date": dt.date(1938, 3, 13)},
        {"birth_date": None},
    ],
    ids=str,
)
def test_an_order_that_agrees_only_in_its_number_is_nobody_s(store: EdgeStore, change: dict[str, Any]) -> None:
    put(store, dataclasses.replace(STEP, **change))
    _, encounter = store.journal.open_encounter("IPP1", now(), "TC")
    assert encounter.order is None
    assert encounter.study_uid.startswith("2.25.")
    assert encounter.accession_number.startswith("TC")


@pytest.mark.parametrize("patient_id", ["IPP10", "ipp1", "IPP1 "])
def test_another_number_is_somebody_else_s(store: EdgeStore, patient_id: str) -> None:
    put(store, dataclasses.replace(STEP, patient_id=patient_id))
    assert store.journal.open_encounter("IPP1", now(), "TC")[1].order is None


@pytest.mark.hazard("H1", without="tests.controls_commitment:the_first_order_is_taken")
def test_of_two_orders_none_is_taken_and_it_is_told(store: EdgeStore) -> None:
    put(store, STEP, SECOND)
    _, encounter = store.journal.open_encounter("IPP1", now(), "TC")
    assert encounter.order is None
    (detail,) = store.database.connection.execute(
        "SELECT detail FROM audit WHERE act = 'chosen' ORDER BY sequence DESC LIMIT 1"
    ).fetchone()
    assert detail == "2 orders: none taken"


def test_an_order_is_taken_once(store: EdgeStore) -> None:
    put(store, STEP)
    _, first = store.journal.open_encounter("IPP1", now(), "TC")
    store.journal.save(capture(reading()), first)
    put(store, STEP)
    _, second = store.journal.open_encounter("IPP1", now(), "TC")
    assert (first.order, second.order) == (ORDER, None)
    # another step that claims the same accession number neither
    put(store, dataclasses.replace(SECOND, order=dataclasses.replace(SECOND.order, accession_number="RIS1")))
    assert store.journal.open_encounter("IPP1", now(), "TC")[1].order is None


def test_a_round_with_nothing_in_it_gives_its_order_back(store: EdgeStore) -> None:
    """Somebody tapped on the wrong resident, and left again."""
    put(store, STEP)
    _, mistaken = store.journal.open_encounter("IPP1", now(), "TC")
    store.journal.leave_encounter(mistaken.id, now())
    _, meant = store.journal.open_encounter("IPP1", now(), "TC")
    assert (mistaken.order, meant.order) == (ORDER, ORDER)
    assert meant.study_uid == ORDER.study_uid
    uids = store.database.connection.execute("SELECT study_uid, accession_number FROM encounter").fetchall()
    assert len(uids) == len({uid for uid, _ in uids}) == len({number for _, number in uids}) == 2
    # a reading that comes late for the first one is of a study of its own
    store.journal.save(capture(reading()), mistaken)
    assert [one.taken_by for one in orders.listed(store.database)] == [meant.id]
    store.journal.leave_encounter(meant.id, now())
    assert store.journal.open_encounter("IPP1", now(), "TC")[1].order == ORDER


def test_a_round_in_which_somebody_was_called_keeps_its_order(store: EdgeStore) -> None:
    put(store, STEP)
    _, called = store.journal.open_encounter("IPP1", now(), "TC")
    store.database.connection.execute(
        "INSERT INTO consultation (call_id, encounter_id, event, at_utc) VALUES ('c', ?, 'consent', ?)",
        (called.id, now().utc.isoformat()),
    )
    store.journal.leave_encounter(called.id, now())
    assert store.journal.open_encounter("IPP1", now(), "TC")[1].order is None


def test_what_is_imported_is_no_order_of_today(store: EdgeStore) -> None:
    put(store, STEP)
    assert store.journal.open_encounter("IPP1", now(), "TC", on_screen=False)[1].order is None


def test_what_the_worklist_no_longer_tells_is_gone_and_stays_listed(store: EdgeStore) -> None:
    begun = now().utc
    put(store, STEP, SECOND, at=begun)
    put(store, SECOND, at=begun + dt.timedelta(minutes=5))
    assert [(one.scheduled, one.gone is None) for one in orders.listed(store.database)] == [
        (SECOND, True),
        (STEP, False),
    ]
    assert store.journal.open_encounter("IPP1", now(), "TC")[1].order == SECOND.order


def test_it_comes_back_with_what_is_said_now(store: EdgeStore) -> None:
    begun = now().utc
    put(store, STEP, at=begun)
    put(store, at=begun + dt.timedelta(minutes=5))
    assert [one.gone is None for one in orders.listed(store.database)] == [False]
    later = dataclasses.replace(STEP, start="2026-03-29T11:00:00")
    put(store, later, at=begun + dt.timedelta(minutes=10))
    (listed,) = orders.listed(store.database)
    assert (listed.scheduled, listed.gone, listed.first_seen) == (later, None, begun.isoformat())


def test_an_order_that_nobody_took_and_that_is_gone_is_forgotten(store: EdgeStore) -> None:
    begun = now().utc
    put(store, STEP, at=begun)
    put(store, SECOND, at=begun + dt.timedelta(minutes=5))
    put(store, SECOND, at=begun + orders.FORGOTTEN)
    assert {one.scheduled for one in orders.listed(store.database)} == {STEP, SECOND}
    put(store, SECOND, at=begun + orders.FORGOTTEN + dt.timedelta(minutes=6))
    assert {one.scheduled for one in orders.listed(store.database)} == {SECOND}


def test_an_answer_that_is_not_whole_makes_nothing_gone(store: EdgeStore) -> None:
    begun = now().utc
    put(store, STEP, at=begun)
    put(store, SECOND, at=begun + dt.timedelta(minutes=5), whole=False)
    assert [one.gone for one in orders.listed(store.database)] == [None, None]


def test_an_order_of_yesterday_is_not_taken(store: EdgeStore) -> None:
    put(store, STEP, at=now().utc - orders.BELIEVED - dt.timedelta(minutes=1))
    assert store.journal.open_encounter("IPP1", now(), "TC")[1].order is None


def test_what_the_worklist_says_later_changes_nothing_in_a_round(store: EdgeStore) -> None:
    put(store, STEP)
    _, encounter = store.journal.open_encounter("IPP1", now(), "TC")
    saved = store.journal.save(capture(reading()), encounter)
    put(store, dataclasses.replace(STEP, order=dataclasses.replace(ORDER, description="another", procedure_id="RP9")))
    assert store.journal.load(saved.item_id).encounter.order == ORDER


def test_an_encounter_that_damage_took_is_that_of_its_order_again(store: EdgeStore) -> None:
    put(store, STEP)
    _, encounter = store.journal.open_encounter("IPP1", now(), "TC")
    store.journal.save(capture(reading()), encounter)
    run = store.database.connection.execute
    run("PRAGMA foreign_keys = OFF")
    with store.database.write():
        run("DELETE FROM on_screen")
        run("DELETE FROM encounter")
        assert mending._encounters(store.database.connection) == 1
    assert run("SELECT study_uid, accession_number FROM encounter").fetchall() == [("1.2.826.0.1.1", "RIS1")]


def test_its_objects_say_what_they_were_asked_for() -> None:
    item = items.ecg()
    encounter = dataclasses.replace(
        item.encounter, study_uid=ORDER.study_uid, accession_number=ORDER.accession_number, order=ORDER
    )
    for made in (
        dataclasses.replace(item, encounter=encounter),
        dataclasses.replace(items.photo(), encounter=encounter),
    ):
        content = build(made, SOURCE)
        dataset = pydicom.dcmread(io.BytesIO(content))
        assert (dataset.StudyInstanceUID, dataset.AccessionNumber) == ("1.2.826.0.1.1", "RIS1")
        assert dataset.IssuerOfAccessionNumberSequence[0].LocalNamespaceEntityID == "CLINIQUE"
        assert dataset.StudyDescription == "ECG de repos"
        assert dataset.ProcedureCodeSequence[0].CodeValue == "29303009"
        (request,) = dataset.RequestAttributesSequence
        assert (request.RequestedProcedureID, request.ScheduledProcedureStepID) == ("RP1", "SPS1")
        assert request.RequestedProcedureDescription == "ECG de repos"
        assert request.RequestedProcedureCodeSequence[0].CodingSchemeDesignator == "SCT"
        assert dciodvfy(content) == []


def test_an_accession_number_of_somebody_who_is_not_named_is_not_ours() -> None:
    item = items.ecg()
    order = dataclasses.replace(ORDER, accession_issuer="", code=None, description="")
    dataset = pydicom.dcmread(
        io.BytesIO(
            build(
                dataclasses.replace(item, encounter=dataclasses.replace(item.encounter, order=order)),
                SOURCE,
            )
        )
    )
    assert "IssuerOfAccessionNumberSequence" not in dataset
    assert "RequestedProcedureDescription" not in dataset.RequestAttributesSequence[0]


def test_without_an_order_nothing_is_said_of_one() -> None:
    assert "RequestAttributesSequence" not in pydicom.dcmread(io.BytesIO(build(items.ecg(), SOURCE)))


async def test_sync_asks_and_the_command_shows(places: Places, store: EdgeStore, tmp_path: Path) -> None:
    today = f"{dt.datetime.now(dt.UTC).astimezone():%Y%m%d}"
    told = asked(
        PatientID="IPP1",
        IssuerOfPatientID="EHPAD",
        PatientBirthDate="19380312",
        ScheduledProcedureStepStartDate=today,
    )
    with telling(told).running() as port:
        named = Worklist(aet="WORKLIST", host="127.0.0.1", port=port)
        async with StoreThread(lambda: open_for_sync(places)) as thread:
            await once(worklist_of(named), thread)
    _, encounter = store.journal.open_encounter("IPP1", now(), "TC")
    assert encounter.accession_number == "RIS1"
    data = ["--data", str(tmp_path), "worklist"]
    plain = CliRunner().invoke(main, data)
    assert plain.exit_code == 0
    assert "RIS1" in plain.stdout
    assert "taken" in plain.stdout
    (row,) = json.loads(CliRunner().invoke(main, [*data, "--json"]).stdout)
    assert row["order"]["accession_number"] == "RIS1"
    assert row["birth_date"] == "1938-03-12"
    assert row["taken_by"] == encounter.id


def test_an_empty_worklist_is_told(store: EdgeStore, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["--data", str(tmp_path), "worklist"])
    assert (result.exit_code, result.stdout) == (0, "nothing is asked for\n")


def test_without_a_store_the_command_fails_in_one_line(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["--data", str(tmp_path / "nowhere"), "worklist"])
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
