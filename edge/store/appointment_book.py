"""Appointments over the store's thread. What returns is durable; raises Fault(STORE_IO | STORE_DAMAGED) beside what each says."""

from __future__ import annotations

import datetime as dt

from edge.domain.appointment import Appointment, Event, Offered, Why
from edge.domain.audit import Actor
from edge.domain.measurement import Instant
from edge.domain.patient import Patient
from edge.store.keeping import rows
from edge.store.keeping.appointments import Appointments
from edge.store.ledger import EdgeStore
from edge.store.sending.outbox import Opened
from edge.store.thread import StoreThread


class StoredAppointments:
    """Each as Appointments does it."""

    def __init__(self, store: StoreThread[EdgeStore]) -> None:
        self._store = store

    async def written(self) -> tuple[int, int]:
        """Is another one whenever anybody wrote to the store, this process included."""
        return await self._store.run(lambda s: (s.database.data_version(), s.database.connection.total_changes))

    async def all(self) -> tuple[Appointment, ...]:
        return tuple(await self._store.run(lambda s: Appointments(s.database).all()))

    async def one(self, appointment_id: str) -> Appointment:
        return await self._store.run(lambda s: Appointments(s.database).one(appointment_id))

    async def plan(self, one: Appointment, now: Instant, by: Actor) -> Appointment:
        return await self._store.run(lambda s: Appointments(s.database).plan(one, now, by))

    async def reschedule(self, appointment_id: str, starts: dt.datetime, now: Instant, by: Actor) -> Appointment:
        return await self._store.run(lambda s: Appointments(s.database).reschedule(appointment_id, starts, now, by))

    async def step(
        self, appointment_id: str, event: Event, now: Instant, by: Actor, *, why: Why = Why.NONE, call_id: str = ""
    ) -> Appointment:
        return await self._store.run(
            lambda s: Appointments(s.database).step(appointment_id, event, now, by, why=why, call_id=call_id)
        )

    async def delay(self, appointment_id: str, minutes: int, said_by: str, now: Instant, by: Actor) -> Appointment:
        return await self._store.run(
            lambda s: Appointments(s.database).delay(appointment_id, minutes, said_by, now, by)
        )

    async def settle(self, now: Instant, by: Actor, *, call_id: str, doctor_there: bool) -> list[Appointment]:
        return await self._store.run(
            lambda s: Appointments(s.database).settle(now, by, call_id=call_id, doctor_there=doctor_there)
        )


class ArrivingAppointments:
    """As sync has them."""

    def __init__(self, store: StoreThread[Opened]) -> None:
        self._store = store

    async def residents(self) -> tuple[Patient, ...]:
        """Who is in the house and stands for herself."""
        return await self._store.run(_residents)

    async def take(self, offered: Offered, patient_id: str, source: str, now: Instant, by: Actor) -> bool:
        """As Appointments.take."""
        return await self._store.run(lambda s: Appointments(s.database).take(offered, patient_id, source, now, by))


def _residents(opened: Opened) -> tuple[Patient, ...]:
    found = opened.database.connection.execute(
        f"SELECT {rows.PATIENT} FROM patient p WHERE p.erased IS NULL AND p.departed IS NULL AND {rows.NOT_RECONCILED}"
    )
    return tuple(rows.patient(row) for row in found.fetchall())
