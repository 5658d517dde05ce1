"""`telecart appointments`: what a secretary plans, moves and cancels, beside a running edge or not."""

from __future__ import annotations

import datetime as dt
import re

from edge.domain.appointment import Appointment, Event, Why
from edge.domain.fault import Fault, Reason
from edge.domain.identifier import uuid7
from edge.domain.opinion import Addressee, Specialty, Urgency
from edge.door.opinion_desk import addressed
from edge.mains.actor import of_process
from edge.mains.clock import SystemClock
from edge.mains.places import own_store
from edge.settings import Settings
from edge.store.appointment_book import StoredAppointments


async def listed(settings: Settings) -> tuple[Appointment, ...]:
    """By their time."""
    async with own_store(settings, of_process("appointments", "telecart appointments list")) as ledger:
        return await StoredAppointments(ledger.thread).all()


async def plan(
    settings: Settings,
    patient_id: str,
    starts: dt.datetime,
    minutes: int,
    addressee: tuple[str, str],
    specialty: Specialty | None,
    urgency: Urgency,
    request_id: str,
) -> Appointment:
    """``addressee`` is name and RPPS number, who answers for ``specialty`` here where both are "". Raises Fault(NOT_ALLOWED | NO_RESIDENT)."""
    if addressee[1] and not re.fullmatch(r"\d{11}", addressee[1], re.ASCII):
        raise Fault(Reason.NOT_ALLOWED, "an RPPS number has 11 digits", "correct --rpps")
    with_whom = Addressee(*addressee)
    if with_whom == Addressee() and specialty:
        with_whom = addressed(settings.contact, specialty)
    by = of_process("appointments", "telecart appointments plan")
    one = Appointment(
        id=str(uuid7()),
        patient_id=patient_id,
        starts=starts,
        lasts=dt.timedelta(minutes=minutes),
        addressee=with_whom,
        specialty=specialty,
        urgency=urgency,
        request_id=request_id,
    )
    async with own_store(settings, by) as ledger:
        return await StoredAppointments(ledger.thread).plan(one, SystemClock().now(), by)


async def move(settings: Settings, appointment_id: str, starts: dt.datetime) -> None:
    by = of_process("appointments", "telecart appointments move")
    async with own_store(settings, by) as ledger:
        await StoredAppointments(ledger.thread).reschedule(appointment_id, starts, SystemClock().now(), by)


async def delay(settings: Settings, appointment_id: str, minutes: int, said_by: str) -> None:
    by = of_process("appointments", "telecart appointments delay")
    async with own_store(settings, by) as ledger:
        await StoredAppointments(ledger.thread).delay(appointment_id, minutes, said_by, SystemClock().now(), by)


async def cancel(settings: Settings, appointment_id: str) -> None:
    by = of_process("appointments", "telecart appointments cancel")
    async with own_store(settings, by) as ledger:
        book = StoredAppointments(ledger.thread)
        await book.step(appointment_id, Event.CANCELLED, SystemClock().now(), by, why=Why.BY_HAND)
