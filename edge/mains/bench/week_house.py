"""A week of a house of 90 beds, played through a cart: its nurse, its record, who answers, and a line that breaks.

Everything but the devices, the screen and the calendar is as on a cart: the recorder over the encrypted store, the drain over HTTP to an
endpoint that holds what it is given, movements over MLLP, answers by FHIR. The clock is the plan's: a week takes as long as its work.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final

from edge.acquire.devices import Devices
from edge.acquire.recorder import Recorder
from edge.domain.audit import THE_CART
from edge.domain.capture import Capture
from edge.domain.consent import Basis, Consent, Scope
from edge.domain.delivery import State
from edge.domain.followed import Standing
from edge.domain.identifier import uuid7
from edge.domain.measurement import Component, Device, Instant, Kind, Name, Reading
from edge.domain.movement import Outcome
from edge.domain.operator import Operator
from edge.domain.opinion import ASKED_HERE, Opinion, Question, Specialty, Urgency
from edge.domain.patient import Patient, Sex
from edge.domain.ports import Arrived
from edge.domain.quantity import Quantity, Unit
from edge.mains import record_in, sync
from edge.mains.places import destinations, places_of
from edge.settings import Fhir, Settings, Site
from edge.store.answer_book import ArrivingAnswers, StoredAnswers
from edge.store.ledger import EdgeStore, StoredLedger, open_for_edge, open_for_sync
from edge.store.movement_book import StoredMovements
from edge.store.sending.outbox import Opened, StoredOutbox
from edge.store.thread import StoreThread
from firmware_stubs import house_week as week, record_sender
from firmware_stubs.fhir_answers import FhirAnswering
from firmware_stubs.fhir_endpoint import FhirEndpoint
from firmware_stubs.fhir_troubles import EVERYDAY, Trouble, Troubles, Unsteady
from sync.drain import Drain
from sync.record.answering import Answering
from sync.record.fhir_answers import FhirAnswers
from sync.record.listener import Listener, Place

MONDAY: Final = dt.datetime(2026, 11, 16, tzinfo=dt.UTC)
RECORD: Final = "record"
ISSUER: Final = "EHPAD"
NURSE: Final = Operator("Camille MARTIN")
_DEVICE: Final = Device("AA:BB:CC:DD:EE:01", "blood-pressure", "Tensiomètre")
_MEASURING: Final = 50
"""Seconds from the choice of the resident to the readings: longer than a cuff takes."""
BETWEEN: Final = 1.0
"""Seconds that a record which is back is given before the week goes on."""
_SHARE_OF_TROUBLE: Final = 0.02
_CONFLICT: Final = 409
_PASSING: Final = tuple(one for one in EVERYDAY if one.status != _CONFLICT)
"""Nobody is there to look at what a record calls a conflict."""
_PATIENCE: Final = 100.0

_NAMES: Mapping[str, tuple[Kind, tuple[tuple[Name, Unit], ...]]] = {
    "blood_pressure": (
        Kind.BLOOD_PRESSURE,
        (
            (Name.SYSTOLIC, Unit.MMHG),
            (Name.DIASTOLIC, Unit.MMHG),
            (Name.MEAN_ARTERIAL_PRESSURE, Unit.MMHG),
        ),
    ),
    "spo2": (Kind.SPO2, ((Name.SPO2, Unit.PERCENT),)),
    "temperature": (Kind.TEMPERATURE, ((Name.TEMPERATURE, Unit.CELSIUS),)),
    "heart_rate": (Kind.HEART_RATE, ((Name.HEART_RATE, Unit.PER_MINUTE),)),
}


class PlanClock:
    """Says what it is told: seconds since Monday."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> Instant:
        at = MONDAY + dt.timedelta(seconds=self.seconds)
        return Instant(at, "week", int(self.seconds * 1e9), clock_trusted=True)


@dataclasses.dataclass(frozen=True, slots=True)
class Played:
    """``resources`` is what the record holds, by type and id; ``seconds`` is how long the week took. ``left`` counts the rows that are
    not proven received, by kind of item and state."""

    seconds: float
    resources: Mapping[tuple[str, str], Mapping[str, object]]
    opinions: Standing
    left: Mapping[str, int]
    waiting: int
    refusals: int


def reading_of(kind: str, numbers: Sequence[int]) -> Reading:
    of, parts = _NAMES[kind]
    scale = Decimal(10) if kind == "temperature" else Decimal(1)
    components = tuple(
        Component(name, Quantity(Decimal(number) / scale, unit))
        for (name, unit), number in zip(parts, numbers, strict=True)
    )
    return Reading(of, components, raw=repr((kind, tuple(numbers))).encode())


def patient_of(one: week.Resident) -> Patient:
    born = dt.datetime.strptime(one.born, "%Y%m%d").replace(tzinfo=dt.UTC).date()
    return Patient(one.ipp, ISSUER, one.name, one.given, born, Sex(one.sex), one.room)


class House:
    """``folder`` is where its store lies, ``between`` as BETWEEN. ``async with House.open(folder) as house: await house.play(plan)``."""

    def __init__(
        self,
        edge: StoreThread[EdgeStore],
        drained: StoreThread[Opened],
        record: FhirEndpoint,
        settings: Settings,
        between: float,
    ) -> None:
        self._between = between
        self._sync = drained
        self._record = record
        self._settings = settings
        self._clock = PlanClock()
        self._ledger = StoredLedger(edge, "TC")
        self._recorder = Recorder(self._ledger, self._clock, Devices(self._ledger, self._clock, {_DEVICE.id}), _nothing)
        self._answering = FhirAnswering(page=20)
        self._told = record_sender.Record(ISSUER)
        self._answers = StoredAnswers(edge)
        self._down = {"line": False, "record": False}
        self._drain: asyncio.Task[None] | None = None
        self._port = 0
        self.refusals = 0

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, folder: Path, between: float = BETWEEN) -> AsyncIterator[House]:
        async with FhirEndpoint(folder / "record") as record:
            far_end = Fhir(name=RECORD, url=record.url)
            settings = Settings(demo=True, data=folder, site=Site(name="EHPAD", issuer=ISSUER), fhir=(far_end,))
            places, promised = places_of(settings), destinations(settings)
            async with (
                StoreThread(lambda: open_for_edge(places, promised, "demonstration")) as edge,
                StoreThread(lambda: open_for_sync(places)) as drained,
            ):
                house = cls(edge, drained, record, settings, between)
                async with house._answering:
                    yield house

    # --- the week

    async def play(self, plan: week.Week) -> Played:
        begun = time.monotonic()
        await self._ledger.put_residents([patient_of(one) for one in plan.there], self._clock.now())
        desk = record_in.Desk(self._settings, self._sync, self._clock)
        listener = Listener(Place("127.0.0.1", 0, ("127.0.0.1",)), desk.answer)
        answers = [one for one in plan.happenings if isinstance(one, week.Question) and one.answered is not None]
        due = sorted(answers, key=lambda one: one.answered or 0)
        asked: dict[week.Question, str] = {}
        async with listener.open():
            self._port = listener.port
            await self._weather()
            for one in plan.happenings:
                while due and (due[0].answered or 0) <= one.at:
                    await self._answer(due.pop(0), asked)
                self._clock.seconds = max(self._clock.seconds, one.at * 60.0)
                await self._happen(one, asked)
            for last in due:
                await self._answer(last, asked)
        self._clock.seconds = week.WEEK * 60.0
        await self._fetch()
        # until the slowest answer was due, a week later
        self._clock.seconds += 8 * week.DAY * 60.0
        await self._answers.escalate(self._clock.now(), THE_CART)
        self._down = dict.fromkeys(self._down, False)
        await self._weather()
        left = await self._drained()
        standing = await self._answers.standing(self._clock.now().utc)
        return Played(
            time.monotonic() - begun, self._record.resources(), standing, left, await self._waiting(), self.refusals
        )

    async def _happen(self, one: week.Happening, asked: dict[week.Question, str]) -> None:
        match one:
            case week.Admission(_, who):
                await self._tell(self._told.admitted(_person(who)))
            case week.Move(_, who):
                await self._tell(self._told.moved(_person(who)))
            case week.Merge(_, kept, gone):
                await self._tell(self._told.merged(_person(kept), gone.ipp))
                await self._decide()
            case week.Departure(at, who, died):
                say = self._told.died if died else self._told.left
                await self._tell(say(_person(who), MONDAY + dt.timedelta(minutes=at)))
            case week.Round():
                await self._round(one)
            case week.Question():
                asked[one] = await self._ask(one)
            case week.Line(_, record_only, up):
                self._down["record" if record_only else "line"] = not up
                await self._weather()
                if up and not any(self._down.values()):
                    await self._fetch()
                    await asyncio.sleep(self._between)

    async def _tell(self, message: bytes) -> None:
        code, _ = record_sender.code_of(await record_sender.tell("127.0.0.1", self._port, message))
        if code != "AA":
            self.refusals += 1

    async def _decide(self) -> None:
        """The person whom the site names for it: what waits is looked at and done."""
        book = StoredMovements(self._sync, record_in.house_of(self._settings))
        for kept in await book.kept():
            if kept.outcome is Outcome.WAITING:
                await book.accept(
                    kept.number, lambda k, raw: record_in.reread(self._settings, k, raw), self._clock.now(), THE_CART
                )

    async def _round(self, one: week.Round) -> None:
        patient, encounter = await self._ledger.open_encounter(one.ipp, self._clock.now())
        self._recorder.show(patient, encounter)
        self._clock.seconds = one.at * 60.0 + _MEASURING
        for kind, numbers in one.vitals:
            await self._recorder.take(
                Arrived(_DEVICE, reading_of(kind, numbers), repr((one.at, kind, numbers)).encode())
            )
        self._recorder.clear()
        await self._ledger.leave_encounter(encounter.id, self._clock.now())

    async def _ask(self, one: week.Question) -> str:
        now = self._clock.now()
        patient, encounter = await self._ledger.open_encounter(one.ipp, now)
        self._recorder.show(patient, encounter)
        act_id = str(uuid7())
        agreed = Consent(act_id, patient.id, Basis.PERSON, Scope.ACT, now.utc, NURSE, act_id=act_id)
        urgency = Urgency.SOON if one.urgent else Urgency.ROUTINE
        opinion = Opinion(Specialty.GERIATRICS, Question.CONDUCT, urgency, agreed)
        shown = self._recorder.who(encounter.id)
        saved = await self._recorder.keep_for(
            Capture(Kind.OPINION, opinion, ASKED_HERE, now, f"opinion {act_id}", operator=NURSE), shown
        )
        self._recorder.clear()
        await self._ledger.leave_encounter(encounter.id, now)
        return saved.item_id

    async def _answer(self, one: week.Question, asked: Mapping[week.Question, str]) -> None:
        self._clock.seconds = max(self._clock.seconds, (one.answered or 0) * 60.0)
        request = asked[one]
        self._answering.put(
            {
                "resourceType": "DiagnosticReport",
                "id": f"answer-{request}",
                "status": "final",
                "basedOn": [{"reference": f"ServiceRequest/{request}"}],
                "code": {"coding": [{"system": "http://loinc.org", "code": "11488-4"}]},
                "issued": self._clock.now().utc.isoformat(timespec="milliseconds"),
                "performer": [{"display": "Dr Claude BERNARD"}],
                "conclusion": "Surveillance, nouvel avis dans une semaine.",
            },
            self._clock.now().utc,
        )

    # --- what comes and goes

    async def _weather(self) -> None:
        """The line and the record as they are now; a sync that starts anew does not wait out an older silence."""
        down = any(self._down.values())
        self._record.troubles = _away if down else _shaky()
        await self._stop()
        far_ends = sync.destinations(self._settings)
        self._drain = asyncio.create_task(Drain(StoredOutbox(self._sync), far_ends).run())

    async def _fetch(self) -> None:
        book = ArrivingAnswers(self._sync, self._clock.now, THE_CART)
        source = FhirAnswers("answers", self._answering.url, lambda: self._clock.now().utc)
        await Answering(book, [source], self._clock.now, 3600.0).once(source)
        await self._ledger.renew_reports(self._clock.now())

    async def _drained(self) -> Mapping[str, int]:
        """The rows that are not proven received when nothing moves any more, or patience ends."""
        until = time.monotonic() + _PATIENCE
        while True:
            overview = await self._ledger.overview(None)
            counts = overview.standing.counts
            left = sum(counts[state] for state in (State.KEPT, State.PENDING, State.SENT, State.NEEDS_PERSON))
            if not left or time.monotonic() > until:
                break
            await asyncio.sleep(0.2)
        await self._stop()
        return await self._sync.run(_left)

    async def _stop(self) -> None:
        """What it had begun in the store is over when this returns: the next one gives back what it had claimed."""
        if self._drain is not None:
            self._drain.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._drain
            await self._sync.run(lambda _: None)

    async def _waiting(self) -> int:
        book = StoredMovements(self._sync, record_in.house_of(self._settings))
        return sum(one.outcome is Outcome.WAITING for one in await book.kept())


def _left(opened: Opened) -> Mapping[str, int]:
    found = opened.run(
        "SELECT i.kind || ' ' || o.state || ' ' || coalesce(o.reason, ''), count(*) FROM outbox o JOIN item i ON i.sequence = o.item"
        " WHERE o.state <> 'received' GROUP BY 1",
        (),
    ).fetchall()
    return {str(what).strip(): int(count) for what, count in found}


def _nothing() -> None:
    return


def _away(_method: str, _path: str) -> Trouble:
    return Trouble(hang_up=True)


def _shaky() -> Troubles:
    return Unsteady(_SHARE_OF_TROUBLE, troubles=_PASSING)


def _person(one: week.Resident) -> record_sender.Person:
    return record_sender.Person(one.ipp, one.name, one.given, one.born, one.sex, room=one.room, status="VALI")
