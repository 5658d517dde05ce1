"""From the bedside to a record that is down half the time: each reading under the right resident, once, and what was undone
or turned out to be somebody else's, as that."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from edge.domain.audit import THE_CART
from edge.domain.delivery import State
from edge.domain.measurement import DOCUMENTS, VITAL_SIGNS, Kind
from edge.domain.patient import Encounter, Patient
from edge.store.ledger import EdgeStore, Places, open_for_edge, open_for_sync
from edge.store.sending.outbox import StoredOutbox
from edge.store.thread import StoreThread
from firmware_stubs.fhir_endpoint import FhirEndpoint
from firmware_stubs.fhir_troubles import Outages
from sync import drain
from sync.drain import Drain
from sync.fhir.client import FhirDestination, Timeouts
from sync.fhir.documents import text_id
from sync.fhir.patient import patient_id
from tests import reports
from tests.unit.test_assigning import OTHER, THIRD
from tests.unit.test_store import JEANNE, capture, now, reading

TO = dict.fromkeys(VITAL_SIGNS | DOCUMENTS | {Kind.OPINION}, ("dossier",))
PATIENCE = 120.0
"""Seconds: the record comes back every second."""


class House:
    """A cart and its residents."""

    def __init__(self, folder: Path) -> None:
        self.places = Places(folder / "store.db", folder / "blobs", folder / "store.key")
        self.store: EdgeStore = open_for_edge(self.places, TO, "care")
        for one in (JEANNE, OTHER, THIRD):
            self.store.journal.put_patient(one)

    def round(self, patient: Patient, *systolic: int) -> tuple[Encounter, list[str]]:
        journal = self.store.journal
        encounter = journal.open_encounter(patient.id, now(), "TC")[1]
        saved = [journal.save(capture(reading(value)), encounter).item_id for value in systolic]
        journal.leave_encounter(encounter.id, now())
        return encounter, saved

    def states(self) -> dict[str, str]:
        """By item; withdrawn counts as over."""
        found = self.store.database.connection.execute(
            "SELECT i.id, o.state, o.withdrawn FROM outbox o JOIN item i ON i.sequence = o.item"
        )
        return {str(name): "over" if withdrawn else str(state) for name, state, withdrawn in found}

    def over(self) -> bool:
        return set(self.states().values()) <= {"over", State.RECEIVED.value}


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@contextlib.asynccontextmanager
async def draining(house: House, destination: FhirDestination) -> AsyncIterator[None]:
    async with StoreThread(lambda: open_for_sync(house.places)) as thread:
        task = asyncio.create_task(Drain(StoredOutbox(thread, 0.05), [destination], (0.05,)).run())
        try:
            yield
            assert not task.done()
        finally:
            task.cancel()
            await asyncio.wait([task])


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():
            await asyncio.sleep(0.05)


async def test_a_record_that_is_down_half_the_time_gets_everything_once_and_under_the_right_resident(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain, "retry_after", lambda attempts: min(0.4, 0.05 * 2 ** min(attempts, 3)))
    monkeypatch.setattr(drain, "LONGEST_PAUSE", 0.4)
    journal, assigning = house.store.journal, house.store.assigning
    async with FhirEndpoint(tmp_path / "record", troubles=Outages(0.5, 0.5, loses=5)) as record:
        destination = FhirDestination("dossier", record.url, Timeouts(5.0, 10.0), house=reports.HOUSE)
        async with draining(house, destination):
            first, mine = house.round(JEANNE, 120, 121, 122, 123)
            _, hers = house.round(OTHER, 130, 131)
            await until(lambda: house.states()[mine[0]] == State.RECEIVED.value)
            # undone, one moved to somebody else, and then a whole round of hers to a third: what a merge does
            journal.mark_entered_in_error(mine[0], first.id, now())
            assigning.move(mine[1], OTHER.id, now(), "TC", THE_CART)
            second, more = house.round(JEANNE, 140, 141)
            assigning.move_round(second.id, THIRD.id, now(), "TC", THE_CART)
            with house.store.database.write():
                report = journal.reports.ask(first.id, "fr", now())
            await until(house.over)
        held = record.resources()
    observed = {name: one for (kind, name), one in held.items() if kind == "Observation" and "component" in one}
    final = {name: one for name, one in observed.items() if one["status"] == "final"}
    assert systolics(final, JEANNE) == [122, 123]
    assert systolics(final, OTHER) == [121, 130, 131]
    assert systolics(final, THIRD) == [140, 141]
    assert observed[mine[0]]["status"] == "entered-in-error"
    for gone in (mine[1], *more):
        # never there, or said to be wrong, and always as the resident's who was on screen
        assert observed.get(gone, {"status": "entered-in-error"})["status"] == "entered-in-error"
    assert {*mine[2:], *hers} <= set(final)
    document = held["DocumentReference", report]
    assert base64.b64decode(held["Binary", report]["data"]).startswith(b"%PDF-")
    assert document["subject"] == {"reference": f"Patient/{patient_id(JEANNE)}"}
    pasted = held["DocumentReference", text_id(report)]["content"][0]["attachment"]["data"]
    assert "122 / " in base64.b64decode(pasted).decode()


def systolics(observed: dict[str, dict[str, Any]], patient: Patient) -> list[int]:
    mine = [one for one in observed.values() if one["subject"]["reference"] == f"Patient/{patient_id(patient)}"]
    return sorted(one["component"][0]["valueQuantity"]["value"] for one in mine)
