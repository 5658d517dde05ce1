"""What each command about an appointment does, and how an appointment follows the call that is held for it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Iterable, Sequence

import structlog

from edge.acquire.call import ACTIVE, OPEN, Call, CallState
from edge.acquire.recorder import Recorder
from edge.contacts import Contact
from edge.domain.appointment import (
    HELD,
    LONGEST_DELAY,
    Appointment,
    Event,
    State,
    Why,
    link_minutes,
    reminders,
)
from edge.domain.audit import THE_CART, Actor
from edge.domain.binding import OnScreen
from edge.domain.fault import Fault, Reason
from edge.domain.identifier import uuid7
from edge.domain.opinion import Addressee, Specialty, Urgency
from edge.domain.ports import Clock
from edge.door import messages as m
from edge.door.desk import Desk
from edge.door.opinion_desk import addressed
from edge.store.appointment_book import StoredAppointments

log = structlog.get_logger()

SHOWN_AFTER = dt.timedelta(days=1)
"""How long what is over is still shown."""


class AppointmentDesk:
    """``desk`` holds the call. What is nothing about appointments goes on to ``inner``."""

    def __init__(
        self,
        recorder: Recorder,
        book: StoredAppointments,
        clock: Clock,
        contacts: Sequence[Contact],
        desk: Desk,
        inner: Callable[[m.AnyCommand, Actor], Awaitable[None]],
    ) -> None:
        self._recorder = recorder
        self._book = book
        self._clock = clock
        self._contacts = contacts
        self._desk = desk
        self._inner = inner
        self._one_at_a_time = asyncio.Lock()
        self._followed: object = None

    async def handle(self, command: m.AnyCommand, by: Actor) -> None:
        """Raises Fault where it cannot be done; then nothing has changed."""
        match command:
            case m.PlanAppointment():
                await self._plan(command, by)
            case m.CancelAppointment(appointment_id=appointment_id):
                await self._cancel(appointment_id, by)
            case m.BeReady():
                await self._ready(command, by)
            case m.LeaveRoom(appointment_id=appointment_id):
                await self._leave(appointment_id, by)
            case m.ComeBack():
                await self._back(command, by)
            case m.DoctorLate():
                await self._late(command, by)
            case m.StartCall() | m.AdmitSpecialist() | m.EndCall() | m.CallProgress():
                await self._inner(command, by)
                await self.follow()
            case _:
                await self._inner(command, by)

    # --- what is asked

    async def _plan(self, command: m.PlanAppointment, by: Actor) -> None:
        shown = self._recorder.who(command.encounter_id)
        try:
            specialty = Specialty(command.specialty) if command.specialty else None
            one = Appointment(
                id=str(uuid7()),
                patient_id=shown.patient.id,
                starts=dt.datetime.fromisoformat(command.starts),
                lasts=dt.timedelta(minutes=command.minutes),
                addressee=addressed(self._contacts, specialty) if specialty else Addressee(),
                specialty=specialty,
                urgency=Urgency(command.urgency),
                request_id=command.request_id,
            )
        except (ValueError, OverflowError) as exc:
            raise Fault(Reason.NOT_ALLOWED, "Ce rendez-vous ne se prend pas ainsi", "recommencez") from exc
        await self._book.plan(one, self._clock.now(), by)

    async def _cancel(self, appointment_id: str, by: Actor) -> None:
        held = (await self._book.one(appointment_id)).call_id
        async with self._one_at_a_time:
            await self._book.step(appointment_id, Event.CANCELLED, self._clock.now(), by, why=Why.BY_HAND)
        await self._free(held, by)

    async def _ready(self, command: m.BeReady, by: Actor) -> None:
        """The call first, since it may be refused: an appointment allows none (H19)."""
        shown = self._recorder.who(command.encounter_id)
        one = await self._hers(command.appointment_id, shown)
        if not one.may(Event.READY):
            raise _not_any_more()
        now = self._clock.now()
        async with self._one_at_a_time:
            await self._inner(m.StartCall(link_minutes=link_minutes(one, now.utc)), by)
            call_id = self._desk.call.call_id
            try:
                await self._book.step(one.id, Event.READY, now, by, call_id=call_id)
            except Fault:
                await self._inner(m.EndCall(), by)
                raise

    async def _leave(self, appointment_id: str, by: Actor) -> None:
        one = await self._book.one(appointment_id)
        if not self._holds(one) or self._desk.call.state in OPEN:
            raise _not_any_more()
        async with self._one_at_a_time:
            await self._book.step(one.id, Event.LEFT, self._clock.now(), by)
            try:
                self._desk.park()
            except Fault:  # the doctor was let in while that was written
                await self._book.step(one.id, Event.BACK, self._clock.now(), by)
                raise

    async def _back(self, command: m.ComeBack, by: Actor) -> None:
        shown = self._recorder.who(command.encounter_id)
        one = await self._hers(command.appointment_id, shown)
        if not self._holds(one):
            raise _not_any_more()
        async with self._one_at_a_time:
            # read anew: what she agreed to may have been taken back while nobody was with her
            await self._desk.resume(shown)
            await self._book.step(one.id, Event.BACK, self._clock.now(), by)

    async def _late(self, command: m.DoctorLate, by: Actor) -> None:
        if command.call_id != self._desk.call.call_id:
            return  # of a call that is over
        if not 0 <= command.minutes <= LONGEST_DELAY:
            raise Fault(Reason.NOT_ALLOWED, f"a delay is of 0 to {LONGEST_DELAY} minutes", "say it in minutes")
        if not self._desk.call.parked:
            self._recorder.notice = f"Le médecin annonce {command.minutes} min de retard."
        if (one := await self._of_call(command.call_id)) is None:
            return
        await self._book.delay(one.id, command.minutes, one.addressee.label, self._clock.now(), by)

    # --- what becomes of them

    async def follow(self) -> None:
        """An appointment goes with its call. What the store refuses now is done by the next look."""
        call = self._desk.call
        if self._followed == (call.call_id, call.state):
            return
        try:
            async with self._one_at_a_time:
                one = await self._of_call(call.call_id)
                event = _follows(one, call) if one else None
                if one is not None and event is not None:
                    await self._book.step(one.id, event, self._clock.now(), THE_CART)
            self._followed = (call.call_id, call.state)
        except Fault as fault:
            log.warning("appointment_not_followed", reason=fault.reason.value, what=fault.what)

    async def settle(self) -> Sequence[Appointment]:
        """What was missed, or is of nobody who is here any more. Its lobby is closed. Raises Fault."""
        await self.follow()
        async with self._one_at_a_time:
            call = self._desk.call
            of_call = await self._of_call(call.call_id)
            held = of_call.id if of_call else ""
            changed = await self._book.settle(
                self._clock.now(),
                THE_CART,
                call_id=call.call_id if call.state in ACTIVE else "",
                doctor_there=call.state is CallState.WAITING,
            )
        orphaned = of_call is None and call.parked  # taken back elsewhere
        if orphaned or any(one.id == held for one in changed):
            await self._free(call.call_id, THE_CART)
        return changed

    async def _free(self, call_id: str, by: Actor) -> None:
        """Nobody waits any more in the lobby that was held for an appointment. Of a call that has begun nothing is touched."""
        call = self._desk.call
        if call_id and call.call_id == call_id and call.state in ACTIVE - OPEN:
            await self._inner(m.EndCall(), by)

    # --- looking

    def _holds(self, one: Appointment) -> bool:
        call = self._desk.call
        return one.state in HELD and call.state in ACTIVE and call.call_id == one.call_id

    async def _hers(self, appointment_id: str, shown: OnScreen) -> Appointment:
        """Raises Fault(RESIDENT_CHANGED) for one of anybody else (H1)."""
        one = await self._book.one(appointment_id)
        if one.patient_id != shown.patient.id:
            raise Fault(
                Reason.RESIDENT_CHANGED, "Ce rendez-vous est d'un autre résident", "choisissez ce résident d'abord"
            )
        return one

    async def _of_call(self, call_id: str) -> Appointment | None:
        if not call_id:
            return None
        return next((one for one in await self._book.all() if one.call_id == call_id and one.state in HELD), None)


def _follows(one: Appointment, call: Call) -> Event | None:
    if call.state in OPEN and one.state is State.WAITING:
        return Event.BEGUN
    if call.state is CallState.ENDED and one.state is State.IN_CALL:
        return Event.ENDED
    if call.state in {CallState.ENDED, CallState.FAILED}:
        return Event.STOPPED
    return None


def _not_any_more() -> Fault:
    return Fault(Reason.NOT_ALLOWED, "Ce rendez-vous ne le permet plus", "regardez l'écran et recommencez")


def card(appointments: Iterable[Appointment], call: Call, now: dt.datetime) -> m.DiaryCard:
    """Pure: what the screen is told of them."""
    listed = [one for one in appointments if one.open or now - one.starts <= SHOWN_AFTER]
    due = {one.id for one in reminders(listed, now)}
    return m.DiaryCard(appointments=tuple(_card(one, call, reminded=one.id in due) for one in listed))


def _card(one: Appointment, call: Call, *, reminded: bool) -> m.AppointmentCard:
    delay = one.delay
    return m.AppointmentCard(
        id=one.id,
        patient_id=one.patient_id,
        starts=one.starts.isoformat(),
        expected=one.expected.isoformat(),
        minutes=int(one.lasts.total_seconds() // 60),
        state=one.state.value,
        why=one.why.value,
        specialty=one.specialty.value if one.specialty else "",
        urgency=one.urgency.value,
        addressee=one.addressee.label,
        request_id=one.request_id,
        delay=delay.minutes if delay else None,
        delay_by=delay.by if delay else "",
        delay_at=delay.at.isoformat() if delay else "",
        reminded=reminded,
        rings=one.state is State.AWAY and call.call_id == one.call_id and call.state is CallState.WAITING,
        elsewhere=bool(one.source),
    )
