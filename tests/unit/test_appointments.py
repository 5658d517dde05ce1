"""Appointments: the table, what time makes of them, whose they are, and the call that goes with one. At a real door over a real store."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlcipher3.dbapi2 as sqlite
from click.testing import CliRunner

from edge.acquire.call import CallState
from edge.cli import main
from edge.contacts import Contact
from edge.domain.appointment import (
    NEXT,
    OPEN,
    PATIENCE,
    Appointment,
    Delay,
    Event,
    State,
    Why,
    clash,
    link_minutes,
    missed,
    next_state,
    reminders,
)
from edge.domain.audit import Act, Actor, KnownBy, Origin, Who
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Kind
from edge.door import messages as m, sight
from edge.door.appointment_desk import AppointmentDesk, card
from edge.store.appointment_book import StoredAppointments
from edge.store.consent_book import StoredConsents
from edge.store.file.marks import reached
from edge.store.keeping import audit
from edge.store.ledger import Places, StoredLedger, open_for_edge
from edge.store.thread import StoreThread
from tests.screens.test_bedside_taps import RESIDENTS
from tests.unit.test_door import Cart
from tests.unit.test_recorder import patient

NURSE = Actor(Who(KnownBy.PROFESSIONAL, "10003456789", "C. LEROY"), Origin("edge", m.UI))
MEDIA = Actor(Who(KnownBy.ROLE, m.MEDIA), Origin("edge", m.MEDIA))
NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
HEART = Contact(label="Dr VIDAL", specialty="cardiology", rpps="10001234567")


def minutes(count: float) -> dt.timedelta:
    return dt.timedelta(minutes=count)


def at(start: float = 0, *, state: State = State.PLANNED, delay: int | None = None, name: str = "a") -> Appointment:
    """``start`` minutes after noon."""
    said = None if delay is None else Delay(delay, "Dr VIDAL", NOON)
    return Appointment(name, "P1", NOON + minutes(start), minutes(20), state=state, delay=said)


# --- pure


def test_what_is_over_stays_so_and_everything_open_can_end() -> None:
    for state, event in itertools.product(State, Event):
        if (state, event) in NEXT:
            assert state in OPEN
        else:
            with pytest.raises(ValueError, match="cannot happen"):
                next_state(state, event)
    for state in OPEN - {State.IN_CALL}:
        assert next_state(state, Event.CANCELLED) is State.CANCELLED
        assert next_state(state, Event.MISSED) is State.MISSED
    assert {next_state(State.IN_CALL, one) for one in (Event.ENDED, Event.STOPPED)} == {State.DONE, State.PLANNED}


def test_a_delay_moves_when_it_is_missed_and_when_it_is_said() -> None:
    late = at(delay=45)
    assert late.expected == NOON + minutes(45)
    assert missed(late, NOON + minutes(45) + PATIENCE) is Why.NONE
    just_after = NOON + minutes(45) + PATIENCE + dt.timedelta(seconds=1)
    assert missed(late, just_after) is Why.NOT_READY
    assert missed(at(delay=45, state=State.AWAY), just_after) is Why.NO_DOCTOR
    assert missed(at(delay=45, state=State.AWAY), just_after, doctor_there=True) is Why.NONE
    assert missed(at(state=State.IN_CALL), NOON + minutes(600)) is Why.NONE
    later, sooner, done = at(61, name="l"), at(60, name="s"), at(10, state=State.DONE, name="d")
    assert reminders([later, late, sooner, done], NOON) == [late, sooner]
    assert link_minutes(late, NOON) >= 45 + 30
    assert link_minutes(at(-1000), NOON) <= 480


def test_one_person_has_one_appointment_at_a_time() -> None:
    assert clash(at(10, name="b"), [at()]) == at()
    assert clash(at(20, name="b"), [at()]) is None
    assert clash(at(), [at()]) is None
    assert clash(at(10, name="b"), [at(state=State.CANCELLED)]) is None


@pytest.mark.parametrize("wrong", [{"minutes": -1}, {"minutes": 241}, {"at": dt.datetime(2026, 1, 1)}])  # noqa: DTZ001
def test_a_delay_that_cannot_be_is_none(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="delay"):
        Delay(**{"minutes": 5, "by": "", "at": NOON, **wrong})  # type: ignore[arg-type]


# --- at the door, over a store


class Planned(Cart):
    """The same cart with its diary."""

    def __init__(self, ledger: StoredLedger, path: Path) -> None:
        super().__init__(ledger, path)
        self.book = StoredAppointments(ledger.thread)
        self.appointments = AppointmentDesk(
            self.recorder, self.book, self.clock, (HEART,), self.desk, self.consent_desk.handle
        )

    async def ask(self, command: m.AnyCommand, by: Actor = NURSE) -> None:
        await self.appointments.handle(command, by)

    @property
    def encounter(self) -> str:
        return self.recorder.who().encounter.id

    async def plan(self, after: float = 10) -> Appointment:
        """For who is on screen."""
        starts = (self.clock.now().utc + minutes(after)).isoformat()
        await self.ask(m.PlanAppointment(encounter_id=self.encounter, starts=starts, specialty="cardiology"))
        return (await self.book.all())[-1]

    async def of(self, one: Appointment) -> Appointment:
        return await self.book.one(one.id)

    async def ready(self, one: Appointment) -> None:
        await self.ask(self.agreed())
        await self.ask(m.BeReady(appointment_id=one.id, encounter_id=self.encounter))

    async def media(self, state: str) -> None:
        told = m.CallProgress(call_id=self.desk.call.call_id, state=state, address="http://x/#t", pin="123456")
        await self.ask(told, MEDIA)

    async def diary(self) -> m.DiaryCard:
        return card(await self.book.all(), self.desk.call, self.clock.now().utc)


@pytest.fixture
async def cart(tmp_path: Path) -> AsyncIterator[Planned]:
    places = Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "key")
    async with StoreThread(lambda: open_for_edge(places, {Kind.SPO2: ("fhir",)}, "demonstration")) as thread:
        ledger = StoredLedger(thread, "TC")
        for number in (1, 2):
            await ledger.put_patient(patient(number))
        cart = Planned(ledger, tmp_path / "door.sock")
        await cart.ask(m.SelectResident(patient_id="P1"))
        yield cart


async def test_an_appointment_allows_nothing(cart: Planned) -> None:
    one = await cart.plan()
    with pytest.raises(Fault, match="Sans consentement"):
        await cart.ask(m.BeReady(appointment_id=one.id, encounter_id=cart.encounter))
    assert ((await cart.of(one)).state, cart.desk.call.state) == (State.PLANNED, CallState.NONE)


async def test_from_the_plan_to_the_end_of_the_call(cart: Planned) -> None:
    one = await cart.plan()
    assert (one.addressee.label, one.addressee.rpps, one.planned_by) == ("Dr VIDAL", "10001234567", "C. LEROY")
    await cart.ready(one)
    assert cart.desk.call.link_minutes >= 40
    for state in ("lobby", "waiting"):
        await cart.media(state)
    await cart.ask(m.AdmitSpecialist())
    assert (await cart.of(one)).state is State.IN_CALL
    await cart.media("connected")
    await cart.ask(m.EndCall())
    assert (await cart.of(one)).state is State.DONE
    entries = await cart.ledger.thread.run(lambda s: list(audit.entries(s.database)))
    said = [entry.detail.partition(",")[0] for entry in entries if entry.act == Act.APPOINTMENT.value]
    assert said == ["planned: planned", "ready: waiting", "begun: in_call", "ended: done"]


@pytest.mark.hazard("H1", without="tests.controls_appointments:an_appointment_is_whoevers_is_on_screen")
async def test_nobody_is_made_ready_for_anothers_appointment(cart: Planned) -> None:
    one = await cart.plan()
    await cart.ask(m.SelectResident(patient_id="P2"))
    await cart.ask(cart.agreed())
    with pytest.raises(Fault) as refused:
        await cart.ask(m.BeReady(appointment_id=one.id, encounter_id=cart.encounter))
    assert refused.value.reason is Reason.RESIDENT_CHANGED
    assert cart.desk.call.state is CallState.NONE


@pytest.mark.hazard("H1", without="tests.controls_appointments:who_is_called_back_need_not_be_there")
async def test_the_nurse_goes_elsewhere_and_is_called_back_and_nobody_is_admitted_meanwhile(cart: Planned) -> None:
    one = await cart.plan()
    await cart.ready(one)
    await cart.media("lobby")
    with pytest.raises(Fault, match="Un appel est en cours"):
        await cart.ask(m.SelectResident(patient_id="P2"))
    await cart.ask(m.LeaveRoom(appointment_id=one.id))
    await cart.ask(m.SelectResident(patient_id="P2"))
    await cart.desk.consented(NURSE)
    shown = await cart.publish()
    assert shown.resident is not None
    assert (shown.resident.id, shown.call.parked, shown.call.address, shown.call.pin) == ("P2", True, "", "")
    await cart.media("waiting")
    (said,) = (await cart.diary()).appointments
    assert (said.rings, said.patient_id) == (True, "P1")
    # nobody changed the resident, and nobody is let in to this one
    assert cart.recorder.who().patient.id == "P2"
    with pytest.raises(Fault, match="Personne n'est auprès"):
        await cart.ask(m.AdmitSpecialist())
    with pytest.raises(Fault):
        await cart.ask(m.ComeBack(appointment_id=one.id, encounter_id=cart.encounter))
    to_media = sight.for_media(await cart.publish(), cart.desk.call, ())
    assert (to_media.call.state, to_media.resident, to_media.items) == ("waiting", None, ())
    await cart.ask(m.SelectResident(patient_id="P1"))
    await cart.ask(m.ComeBack(appointment_id=one.id, encounter_id=cart.encounter))
    await cart.ask(m.AdmitSpecialist())
    assert (await cart.of(one)).state is State.IN_CALL
    assert cart.desk.call.encounter_id == cart.encounter


@pytest.mark.hazard("H19", without="tests.controls_appointments:what_was_agreed_before_still_counts")
async def test_who_took_back_her_agreement_meanwhile_is_neither_seen_nor_heard(cart: Planned) -> None:
    one = await cart.plan()
    await cart.ready(one)
    await cart.media("lobby")
    await cart.ask(m.LeaveRoom(appointment_id=one.id))
    await cart.ask(m.SelectResident(patient_id="P2"))
    book = StoredConsents(cart.ledger.thread)
    for consent in await book.of("P1"):
        await book.withdraw_any(consent.id, cart.clock.now(), NURSE)
    await cart.media("waiting")
    await cart.ask(m.SelectResident(patient_id="P1"))
    with pytest.raises(Fault, match="retiré"):
        await cart.ask(m.ComeBack(appointment_id=one.id, encounter_id=cart.encounter))
    assert cart.desk.call.state is CallState.ENDED
    await cart.appointments.settle()
    assert (await cart.of(one)).state is State.PLANNED


async def test_a_call_for_who_is_there_ends_a_lobby_where_nobody_is(cart: Planned) -> None:
    one = await cart.plan()
    await cart.ready(one)
    await cart.ask(m.LeaveRoom(appointment_id=one.id))
    await cart.ask(m.SelectResident(patient_id="P2"))
    await cart.ask(cart.agreed("emergency"))
    await cart.ask(m.StartCall())
    assert (cart.desk.call.encounter_id, cart.desk.call.parked) == (cart.encounter, False)
    await cart.appointments.settle()
    assert (await cart.of(one)).state is State.PLANNED


async def test_the_doctor_says_how_late_he_is(cart: Planned) -> None:
    one = await cart.plan()
    await cart.ready(one)
    await cart.media("lobby")
    await cart.ask(m.DoctorLate(call_id=cart.desk.call.call_id, minutes=20), MEDIA)
    told = await cart.of(one)
    assert told.delay is not None
    assert (told.delay.minutes, told.delay.by, told.state) == (20, "Dr VIDAL", State.WAITING)
    with pytest.raises(Fault):
        await cart.ask(m.DoctorLate(call_id=cart.desk.call.call_id, minutes=1000), MEDIA)
    await cart.ask(m.DoctorLate(call_id="another", minutes=5), MEDIA)
    assert await cart.of(one) == told


async def test_what_nobody_came_to_is_missed_and_its_lobby_closed(cart: Planned) -> None:
    one, other = await cart.plan(10), await cart.plan(40)
    await cart.ready(one)
    await cart.media("lobby")
    assert await cart.appointments.settle() == []
    cart.clock.seconds += minutes(41).total_seconds()
    (gone,) = await cart.appointments.settle()
    assert (gone.id, gone.state, gone.why) == (one.id, State.MISSED, Why.NO_DOCTOR)
    assert cart.desk.call.state is CallState.ENDED
    cart.clock.seconds += minutes(60).total_seconds()
    (gone,) = await cart.appointments.settle()
    assert (gone.id, gone.why) == (other.id, Why.NOT_READY)
    assert await cart.appointments.settle() == []


async def test_of_who_left_the_house_they_are_cancelled(cart: Planned) -> None:
    one = await cart.plan(3000)
    await cart.ledger.put_patient(dataclasses.replace(patient(1), departed=dt.date(2026, 11, 22)))
    (gone,) = await cart.appointments.settle()
    assert (gone.id, gone.state, gone.why) == (one.id, State.CANCELLED, Why.DEPARTED)


async def test_of_who_turned_out_to_be_another_one_they_are_hers_and_go_back(cart: Planned) -> None:
    one = await cart.plan(3000)

    said = "INSERT INTO reconciled (patient_id, became, after_moved, at_utc) VALUES ('P1', ?, 0, '2026-11-22')"
    for whom, whose in (("P2", "P2"), (None, "P1")):
        await cart.ledger.thread.run(lambda s, to=whom: s.database.connection.execute(said, (to,)))
        assert (await cart.of(one)).patient_id == whose


async def test_a_time_that_cannot_be_is_refused(cart: Planned) -> None:
    await cart.plan(30)
    for after in (-10, 35, 366 * 24 * 60 + 10):
        with pytest.raises(Fault) as refused:
            await cart.plan(after)
        assert refused.value.reason is Reason.NOT_ALLOWED
    for starts in ("2026-11-24T10:00", "tomorrow"):
        with pytest.raises(Fault):
            await cart.ask(m.PlanAppointment(encounter_id=cart.encounter, starts=starts))
    assert len(await cart.book.all()) == 1


async def test_rows_are_only_added_and_the_mark_knows_them(cart: Planned) -> None:
    one = await cart.plan(30)
    await cart.ask(m.CancelAppointment(appointment_id=one.id))
    with pytest.raises(Fault):
        await cart.ask(m.CancelAppointment(appointment_id=one.id))
    assert (await cart.ledger.thread.run(lambda s: reached(s.database.connection)))["appointment"] == 2
    for statement in ("UPDATE appointment SET state = 'done'", "DELETE FROM appointment"):
        with pytest.raises((sqlite.IntegrityError, Fault)):
            await cart.ledger.thread.run(lambda s, said=statement: s.database.connection.execute(said))


# --- by command


def test_a_secretary_plans_and_cancels(tmp_path: Path) -> None:
    (tmp_path / "residents.toml").write_text(RESIDENTS, encoding="utf-8")
    file = tmp_path / "telecart.toml"
    file.write_text(f'bluetooth = false\nresidents = "{tmp_path}/residents.toml"\n', encoding="utf-8")

    def telecart(*arguments: str) -> tuple[int, str, str]:
        options = ["--config", str(file), "--data", str(tmp_path / "data")]
        result = CliRunner().invoke(main, [*options, "appointments", *arguments])
        return result.exit_code, result.stdout, result.stderr

    day = (dt.datetime.now().astimezone() + dt.timedelta(days=3)).date()
    status, out, err = telecart("plan", "--patient", "P1", "--at", f"{day}T14:15", "--with", "Dr VIDAL")
    assert (status, err) == (0, "")
    one = out.split()[-1]
    assert telecart("delay", one, "--minutes", "20")[0] == 0
    (said,) = json.loads(telecart("list", "--json", "--open")[1])
    assert (said["id"], said["state"], said["addressee"], said["delay_minutes"]) == (one, "planned", "Dr VIDAL", 20)
    assert dt.datetime.fromisoformat(said["starts"]).astimezone().strftime("%H:%M") == "14:15"
    assert telecart("move", one, "--at", f"{day}T15:00")[0] == 0
    assert "20 min late" not in telecart("list")[1]
    assert telecart("cancel", one)[0] == 0
    status, _, err = telecart("cancel", one)
    assert (status, err.count("\n")) == (1, 1)
    assert telecart("list", "--open") == (0, "", "")
    assert telecart("plan", "--patient", "nobody", "--at", f"{day}T14:15")[0] == 1
