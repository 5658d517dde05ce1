"""Appointments of a FHIR server: over real HTTP into a real store, once, moved, taken back, and of nobody who is not exactly one."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from edge.domain.appointment import Event, State, Why
from edge.domain.audit import THE_CART
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Instant, Kind
from edge.domain.patient import Patient, Sex
from edge.mains import appointments_in
from edge.mains.clock import SystemClock
from edge.mains.places import places_of
from edge.settings import Appointments, Fhir, Settings
from edge.store.appointment_book import ArrivingAppointments, StoredAppointments
from edge.store.ledger import StoredLedger, open_for_edge
from edge.store.thread import StoreThread
from sync.fhir.patient import issuer_system, patient_id
from sync.record.fhir_appointments import FhirAppointments, seen_in

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
JEANNE = Patient("P1", "EHPAD", "DUPONT", "Jeanne", dt.date(1938, 3, 12), Sex.FEMALE, "214")
MARIE = Patient("P2", "EHPAD", "MARTIN", "Marie", dt.date(1940, 1, 1), Sex.FEMALE, "215")


class SetClock(SystemClock):
    def now(self) -> Instant:
        return Instant(NOW, "boot", 1, clock_trusted=True)


def appointment(origin: str = "a-1", start: str = "2026-11-24T10:15:00+01:00", **more: object) -> dict[str, object]:
    return {
        "resourceType": "Appointment",
        "id": origin,
        "status": "booked",
        "start": start,
        "end": "2026-11-24T10:45:00+01:00",
        "participant": [
            {"actor": {"reference": f"Patient/{patient_id(JEANNE)}"}, "status": "accepted"},
            {
                "actor": {
                    "display": "Dr  Sophie VIDAL",
                    "identifier": {"system": "https://rpps.esante.gouv.fr", "value": "10001234567"},
                },
                "status": "accepted",
            },
        ],
        **more,
    }


class Server:
    """Pages of two; ``resources`` are what it has."""

    def __init__(self) -> None:
        self.resources: list[dict[str, object]] = []
        self.asked: list[str] = []
        self.next = ""
        self.status = 200

    async def search(self, request: web.Request) -> web.Response:
        self.asked.append(str(request.rel_url))
        if self.status != 200:
            return web.Response(status=self.status)
        at = int(request.query.get("at", "0"))
        more = at + 2 < len(self.resources)
        to = self.next or f"{request.url.origin()}/fhir/Appointment?at={at + 2}"
        return web.json_response(
            {
                "resourceType": "Bundle",
                "type": "searchset",
                "entry": [{"resource": one} for one in self.resources[at : at + 2]],
                "link": [{"relation": "next", "url": to}] if more else [],
            }
        )


class House:
    """The store, a server, and the source that looks at it."""

    def __init__(self, server: Server, url: str, thread: StoreThread) -> None:  # type: ignore[type-arg]
        self.server, self.clock = server, SetClock()
        self.source = FhirAppointments("dossier", url, lambda: NOW)
        self.arriving = ArrivingAppointments(thread)
        self.book = StoredAppointments(thread)

    async def look(self) -> int:
        return await appointments_in.once(self.source, self.arriving, self.clock, THE_CART)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    server = Server()
    application = web.Application()
    application.router.add_get("/fhir/Appointment", server.search)
    places = places_of(Settings(data=tmp_path))
    async with (
        TestServer(application) as far,
        StoreThread(lambda: open_for_edge(places, {Kind.SPO2: ()}, "care")) as thread,
    ):
        for one in (JEANNE, MARIE):
            await StoredLedger(thread, "TC").put_patient(one)
        yield House(server, str(far.make_url("/fhir")), thread)


async def test_one_comes_once_is_moved_and_taken_back(house: House) -> None:
    house.server.resources = [appointment()]
    assert [await house.look() for _ in range(2)] == [1, 0]
    (one,) = await house.book.all()
    assert (one.patient_id, one.source, one.origin, one.state) == ("P1", "dossier", "a-1", State.PLANNED)
    assert (one.addressee.label, one.addressee.rpps) == ("Dr Sophie VIDAL", "10001234567")
    assert (one.starts, one.lasts) == (dt.datetime(2026, 11, 24, 9, 15, tzinfo=dt.UTC), dt.timedelta(minutes=30))
    assert "date=ge2026-11-21" in house.server.asked[0]
    house.server.resources = [appointment(start="2026-11-24T10:30:00+01:00")]
    assert [await house.look() for _ in range(2)] == [1, 0]
    (moved,) = await house.book.all()
    assert (moved.id, moved.starts - one.starts) == (one.id, dt.timedelta(minutes=15))
    house.server.resources = [appointment(start="2026-11-24T10:30:00+01:00", status="cancelled")]
    assert [await house.look() for _ in range(2)] == [1, 0]
    (gone,) = await house.book.all()
    assert (gone.state, gone.why) == (State.CANCELLED, Why.BY_SOURCE)


async def test_what_was_undone_here_is_not_planned_again_by_itself(house: House) -> None:
    house.server.resources = [appointment()]
    await house.look()
    (one,) = await house.book.all()
    await house.book.step(one.id, Event.CANCELLED, house.clock.now(), THE_CART, why=Why.BY_HAND)
    assert await house.look() == 0
    house.server.resources = [appointment(start="2026-11-25T10:30:00+01:00")]
    assert await house.look() == 1
    assert [one.state for one in await house.book.all()] == [State.CANCELLED, State.PLANNED]


def _with(*actors: dict[str, object]) -> list[dict[str, object]]:
    return [{"actor": actor} for actor in actors]


@pytest.mark.hazard("H1", without="tests.controls_appointments:whoever_is_named_first_is_hers")
@pytest.mark.parametrize(
    "participants",
    [
        [],
        _with({"reference": "Patient/unknown"}),
        _with({"reference": f"Patient/{patient_id(JEANNE)}"}, {"reference": f"Patient/{patient_id(MARIE)}"}),
        _with(
            {
                "reference": f"Patient/{patient_id(JEANNE)}",
                "identifier": {"system": issuer_system("EHPAD"), "value": "P2"},
            }
        ),
        _with({"reference": "Practitioner/1", "display": "Dr VIDAL"}),
    ],
)
async def test_one_of_whom_nobody_can_tell_is_nobodys(house: House, participants: list[dict[str, object]]) -> None:
    house.server.resources = [appointment(participant=participants)]
    assert await house.look() == 0
    assert await house.book.all() == ()


async def test_by_identifier_and_on_every_page(house: House) -> None:
    hers = {"type": "Patient", "identifier": {"system": issuer_system("EHPAD"), "value": "P2"}}
    house.server.resources = [
        *(appointment(f"a-{day}", f"2026-12-0{day}T10:00:00Z", end=f"2026-12-0{day}T10:20:00Z") for day in (1, 2, 3)),
        appointment("b-1", participant=_with(hers)),
    ]
    assert await house.look() == 4
    assert sorted(one.patient_id for one in await house.book.all()) == ["P1", "P1", "P1", "P2"]


async def test_a_server_that_leads_elsewhere_or_fails_is_not_followed(house: House) -> None:
    house.server.resources = [appointment(f"a-{number}") for number in range(3)]
    house.server.next = "http://198.51.100.7/fhir/Appointment?at=2"
    with pytest.raises(Fault) as refused:
        await house.look()
    assert refused.value.reason is Reason.DESTINATION_REFUSED
    house.server.status = 503
    with pytest.raises(Fault):
        await house.look()


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "proposed"},
        {"status": "noshow"},
        {"status": ["booked"]},
        {"status": {"value": "booked"}},
        {"start": "2026-11-24T10:15:00"},
        {"start": "soon"},
        {"id": 7},
        {"participant": "Jeanne"},
        {"resourceType": "Task"},
    ],
)
def test_what_says_nothing_is_nothing(wrong: dict[str, object]) -> None:
    assert seen_in(appointment()) is not None
    assert seen_in({**appointment(), **wrong}) is None  # type: ignore[dict-item]


def test_a_length_that_cannot_be_is_the_usual_one() -> None:
    for more in ({"end": "2026-11-24T09:00:00+01:00"}, {"end": None, "minutesDuration": 999}, {"end": "soon"}):
        seen = seen_in({**appointment(), **more})  # type: ignore[dict-item]
        assert seen is not None
        assert seen.offered.lasts == dt.timedelta(minutes=20)
    seen = seen_in({**appointment(), "end": None, "minutesDuration": 45})
    assert seen is not None
    assert seen.offered.lasts == dt.timedelta(minutes=45)


async def test_a_defect_of_one_look_ends_no_other_source(house: House, tmp_path: Path) -> None:
    """As if something that a server says were not foreseen."""
    looks = 0

    def broken() -> dt.datetime:
        nonlocal looks
        looks += 1
        raise TypeError("not foreseen")

    house.server.resources = [appointment(start=(dt.datetime.now(dt.UTC) + dt.timedelta(days=2)).isoformat())]
    settings = Settings(data=tmp_path)
    keeping = asyncio.create_task(
        appointments_in.keep(settings, [FhirAppointments("broken", "http://127.0.0.1:1/fhir", broken), house.source])
    )
    try:
        async with asyncio.timeout(60):
            while not (await house.book.all() and looks):
                assert not keeping.done(), "the whole of sync has ended"
                await asyncio.sleep(0.01)
    finally:
        keeping.cancel()
        (ended,) = await asyncio.gather(keeping, return_exceptions=True)
    assert isinstance(ended, asyncio.CancelledError)


def test_settings_name_a_server_that_there_is() -> None:
    end = Fhir(name="dossier", url="http://127.0.0.1:1/fhir")
    (source,) = appointments_in.sources(Settings(fhir=(end,), appointments=Appointments(fhir=("dossier",))))
    assert source.name == "dossier"
    with pytest.raises(Fault):
        appointments_in.sources(Settings(fhir=(end,), appointments=Appointments(fhir=("another",))))
    with pytest.raises(ValueError, match="every_seconds"):
        Appointments(every_seconds=1)
