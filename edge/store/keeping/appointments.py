"""Appointments: each step is a row that holds all that stands from then on, with its trace, in one transaction.

Whose an appointment is, is asked anew each time: of a resident who turned out to be another one they are hers, and go back with
her where a person takes that back.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Final

from edge.domain.appointment import Appointment, Delay, Event, Offered, State, Why, clash, missed, to_plan
from edge.domain.audit import Act, Actor, Entry
from edge.domain.fault import Fault, Reason
from edge.domain.identifier import uuid7
from edge.domain.measurement import Instant, Kind
from edge.domain.opinion import Addressee, Specialty, Urgency
from edge.store.file.database import Database
from edge.store.keeping import audit

MOST: Final = 300
"""That are listed: the newest of what is over, all that is open."""

_COLUMNS: Final = (
    "id, event, state, patient_id, starts_utc, minutes, specialty, urgency, addressee, rpps, request_id, source, origin,"
    " delay, delay_by, delay_utc, call_id, reason, at_utc, boot_id, monotonic_ns, known_by, who, name"
)
_INSERT: Final = f"INSERT INTO appointment ({_COLUMNS}) VALUES ({','.join('?' * (_COLUMNS.count(',') + 1))})"
_READ: Final = (
    "SELECT a.id, a.state, a.patient_id, a.starts_utc, a.minutes, a.specialty, a.urgency, a.addressee, a.rpps, a.request_id,"
    " a.source, a.origin, a.delay, a.delay_by, a.delay_utc, a.call_id, a.reason,"
    " (SELECT f.name FROM appointment f WHERE f.id = a.id ORDER BY f.sequence LIMIT 1)"
    " FROM appointment a WHERE a.sequence = (SELECT max(b.sequence) FROM appointment b WHERE b.id = a.id)"
)
_OVER: Final = "a.state IN ('done', 'missed', 'cancelled')"


class Appointments:
    """Raises Fault(STORE_IO | STORE_DAMAGED)."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._run = database.connection.execute

    # --- looking

    def all(self) -> list[Appointment]:
        """By their start: all that are open, and the newest of what is over. None of somebody who is forgotten."""
        rows = self._run(f"{_READ} AND NOT {_OVER}").fetchall()
        rows += self._run(f"{_READ} AND {_OVER} ORDER BY a.sequence DESC LIMIT ?", (MOST,)).fetchall()
        found = [self._read(row) for row in rows]
        return sorted((one for one in found if self._living(one.patient_id)), key=lambda one: (one.starts, one.id))

    def one(self, appointment_id: str) -> Appointment:
        """Raises Fault(NOT_ALLOWED)."""
        row = self._run(f"{_READ} AND a.id = ?", (appointment_id,)).fetchone()
        if row is None:
            raise Fault(Reason.NOT_ALLOWED, "Ce rendez-vous n'est pas connu", "regardez l'écran et recommencez")
        return self._read(row)

    # --- steps

    def plan(self, one: Appointment, now: Instant, by: Actor) -> Appointment:
        """Raises Fault(NOT_ALLOWED) for a time that cannot be, or is taken; Fault(NO_RESIDENT)."""
        with self._database.write():
            if not self._living(one.patient_id) or self._departed(one.patient_id):
                raise Fault(Reason.NO_RESIDENT, "this resident is not in the house", "choose again from the list")
            self._free(one, now)
            if one.request_id:
                self._dossier(one)
            self._put(Event.PLANNED, one, now, by)
        return one

    def reschedule(self, appointment_id: str, starts: dt.datetime, now: Instant, by: Actor) -> Appointment:
        """What the doctor had said of a delay was of another time."""
        with self._database.write():
            stood = self.one(appointment_id)
            told = dataclasses.replace(_after(stood, Event.RESCHEDULED), starts=starts, delay=None)
            self._free(told, now)
            self._put(Event.RESCHEDULED, told, now, by)
        return told

    def step(
        self, appointment_id: str, event: Event, now: Instant, by: Actor, *, why: Why = Why.NONE, call_id: str = ""
    ) -> Appointment:
        """What it is from now on. Raises Fault(NOT_ALLOWED) for what cannot happen to it."""
        with self._database.write():
            told = _after(self.one(appointment_id), event, why)
            if event is Event.READY:
                told = dataclasses.replace(told, call_id=call_id)
            self._put(event, told, now, by)
        return told

    def delay(self, appointment_id: str, minutes: int, said_by: str, now: Instant, by: Actor) -> Appointment:
        """Raises Fault(NOT_ALLOWED)."""
        with self._database.write():
            stood = self.one(appointment_id)
            try:
                told = dataclasses.replace(
                    _after(stood, Event.DELAYED), delay=Delay(minutes, said_by or stood.addressee.label, now.utc)
                )
            except ValueError as exc:
                raise Fault(Reason.NOT_ALLOWED, str(exc), "say it in minutes") from exc
            self._put(Event.DELAYED, told, now, by)
        return told

    def take(self, offered: Offered, patient_id: str, source: str, now: Instant, by: Actor) -> bool:
        """What a source says; whether anything changed by it. What is under way, or was undone here, stays as it is.

        A time that was taken by another appointment is no hindrance: both are shown.
        """
        with self._database.write():
            row = self._run(
                f"{_READ} AND a.source = ? AND a.origin = ? ORDER BY a.sequence DESC LIMIT 1", (source, offered.origin)
            ).fetchone()
            stood = self._read(row) if row else None
            if stood is None or stood.patient_id != patient_id:
                if stood is not None and stood.may(Event.CANCELLED):
                    self._put(Event.CANCELLED, _after(stood, Event.CANCELLED, Why.BY_SOURCE), now, by)
                return self._new(offered, patient_id, source, now, by)
            if offered.taken_back:
                if not stood.may(Event.CANCELLED):
                    return False
                self._put(Event.CANCELLED, _after(stood, Event.CANCELLED, Why.BY_SOURCE), now, by)
                return True
            if stood.starts == offered.starts:
                return False
            if not stood.may(Event.RESCHEDULED):
                return not stood.open and self._new(offered, patient_id, source, now, by)
            told = dataclasses.replace(
                _after(stood, Event.RESCHEDULED), starts=offered.starts, lasts=offered.lasts, delay=None
            )
            try:
                to_plan(told, now.utc)
            except ValueError:
                return False
            self._put(Event.RESCHEDULED, told, now, by)
            return True

    def _new(self, offered: Offered, patient_id: str, source: str, now: Instant, by: Actor) -> bool:
        one = Appointment(
            id=str(uuid7()),
            patient_id=patient_id,
            starts=offered.starts,
            lasts=offered.lasts,
            addressee=offered.addressee,
            source=source,
            origin=offered.origin,
        )
        try:
            to_plan(one, now.utc)
        except ValueError:
            return False
        if offered.taken_back or not self._living(patient_id) or self._departed(patient_id):
            return False
        for request_id in offered.requests:
            with contextlib.suppress(Fault):
                told = dataclasses.replace(one, request_id=request_id)
                self._dossier(told)
                one = told
        self._put(Event.PLANNED, one, now, by)
        return True

    def settle(self, now: Instant, by: Actor, *, call_id: str = "", doctor_there: bool = False) -> list[Appointment]:
        """What time and the record have made of them, each noted once: missed, or cancelled because she is gone.

        ``call_id`` is the call that is open; one that is over (its cart was switched off) holds no appointment. What is talked
        over stays as it is.
        """
        changed = []
        for one in self.all():
            event, why = self._due(one, now.utc, call_id, doctor_there=doctor_there)
            if event is None:
                continue
            with self._database.write():
                told = _after(self.one(one.id), event, why)
                self._put(event, told, now, by)
            changed.append(told)
        return changed

    def _due(self, one: Appointment, now: dt.datetime, call_id: str, *, doctor_there: bool) -> tuple[Event | None, Why]:
        held = bool(call_id) and one.call_id == call_id
        if one.may(Event.CANCELLED) and self._departed(one.patient_id):
            return Event.CANCELLED, Why.DEPARTED
        if why := missed(one, now, doctor_there=doctor_there and held):
            return Event.MISSED, why
        if one.may(Event.STOPPED) and not held:
            return Event.STOPPED, Why.NONE
        return None, Why.NONE

    # --- rows

    def _free(self, one: Appointment, now: Instant) -> None:
        try:
            to_plan(one, now.utc)
        except ValueError as exc:
            raise Fault(Reason.NOT_ALLOWED, "Cette heure n'est pas possible", "choisissez-en une autre") from exc
        if clash(one, self.all()) is not None:
            raise Fault(
                Reason.NOT_ALLOWED, "Ce résident a déjà un rendez-vous à cette heure", "choisissez-en une autre"
            )

    def _dossier(self, one: Appointment) -> None:
        """Raises Fault(NOT_ALLOWED) where the request is none of hers."""
        found = self._run(
            "SELECT 1 FROM item WHERE sequence = (SELECT item FROM item_named WHERE id = ?) AND kind = ? AND patient_id = ?",
            (one.request_id, Kind.OPINION.value, one.patient_id),
        ).fetchone()
        if found is None:
            raise Fault(Reason.NOT_ALLOWED, "Cette demande d'avis n'est pas de ce résident", "choisissez-en une autre")

    def _put(self, event: Event, one: Appointment, now: Instant, by: Actor) -> None:
        delay = one.delay
        self._run(
            _INSERT,
            (
                *(one.id, event.value, one.state.value, one.patient_id, one.starts.astimezone(dt.UTC).isoformat()),
                *(int(one.lasts.total_seconds() // 60), one.specialty.value if one.specialty else ""),
                *(one.urgency.value, one.addressee.label, one.addressee.rpps, one.request_id, one.source, one.origin),
                *((delay.minutes, delay.by, delay.at.isoformat()) if delay else (None, "", "")),
                *(one.call_id, one.why.value, now.utc.isoformat(), now.boot_id, now.monotonic_ns),
                *(by.who.known_by.value, by.who.id, by.who.name),
            ),
        )
        said = f", {one.why}" if one.why else f", {delay.minutes} min" if event is Event.DELAYED and delay else ""
        detail = f"{event}: {one.state}{said}, appointment {one.id}"
        audit.append(self._database, Entry(Act.APPOINTMENT, by, now, one.patient_id, detail=detail))

    def _living(self, patient_id: str) -> bool:
        found = self._run("SELECT 1 FROM patient WHERE id = ? AND erased IS NULL", (patient_id,)).fetchone()
        return found is not None

    def _departed(self, patient_id: str) -> bool:
        found = self._run("SELECT 1 FROM patient WHERE id = ? AND departed IS NOT NULL", (patient_id,)).fetchone()
        return found is not None

    def _became(self, patient_id: str) -> str:
        """Who this resident turned out to be, herself where she did not."""
        seen = {patient_id}
        while True:
            row = self._run(
                "SELECT became FROM reconciled WHERE patient_id = ? ORDER BY sequence DESC LIMIT 1", (patient_id,)
            ).fetchone()
            if row is None or row[0] is None or row[0] in seen:
                return patient_id
            patient_id = str(row[0])
            seen.add(patient_id)

    def _read(self, row: Sequence[object]) -> Appointment:
        text = ["" if column is None else str(column) for column in row]
        return Appointment(
            id=text[0],
            state=State(text[1]),
            patient_id=self._became(text[2]),
            starts=dt.datetime.fromisoformat(text[3]),
            lasts=dt.timedelta(minutes=int(text[4])),
            specialty=Specialty(text[5]) if text[5] else None,
            urgency=Urgency(text[6]),
            addressee=Addressee(text[7], text[8]),
            request_id=text[9],
            source=text[10],
            origin=text[11],
            delay=Delay(int(text[12]), text[13], dt.datetime.fromisoformat(text[14])) if text[12] else None,
            call_id=text[15],
            why=Why(text[16]),
            planned_by=text[17],
        )


def _after(stood: Appointment, event: Event, why: Why = Why.NONE) -> Appointment:
    try:
        return stood.after(event, why)
    except ValueError as exc:
        raise Fault(Reason.NOT_ALLOWED, "Ce rendez-vous ne le permet plus", "regardez l'écran et recommencez") from exc
