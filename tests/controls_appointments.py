"""Switches (see tests/controls.py) of the controls about appointments."""

from __future__ import annotations

import pytest

from edge.acquire.consents import Consents
from edge.domain.consent import Consent
from edge.door import desk, messages as m
from edge.door.appointment_desk import AppointmentDesk
from edge.door.desk import Desk
from sync.record import fhir_appointments
from sync.record.fhir_appointments import seen_in
from ui.bedside.app import BedsideApp


def an_appointment_is_whoevers_is_on_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: the call of one resident's appointment opens while another one is on screen."""

    async def hers(self: AppointmentDesk, appointment_id: str, _shown: object) -> object:
        return await self._book.one(appointment_id)

    monkeypatch.setattr(AppointmentDesk, "_hers", hers)


def who_is_called_back_need_not_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: a doctor who comes while another resident is on screen is let in to that one."""

    async def admit(self: Desk, by: object) -> None:
        self.call = desk.dataclasses.replace(self.call, parked=False)
        await admitted(self, by)  # type: ignore[arg-type]

    admitted = Desk._admit
    monkeypatch.setattr(Desk, "_admit", admit)


def what_was_agreed_before_still_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """H19: what the resident agreed to before the nurse left the room opens the call when she is back, whatever was said since."""

    async def basis(self: Consents, shown: object, _act_id: str) -> Consent | None:
        return next(iter(await self.book.of(shown.patient.id)), None)  # type: ignore[attr-defined]

    monkeypatch.setattr(Consents, "basis", basis)
    monkeypatch.setattr(Consents, "allows", lambda *_: True)


def a_call_back_chooses_the_resident(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: a touch on the line that calls back puts its resident on screen without the one confirmation."""

    def consider(self: BedsideApp, resident_id: str) -> None:
        self.ask(m.SelectResident(patient_id=resident_id))

    monkeypatch.setattr(BedsideApp, "consider", consider)


def whoever_is_named_first_is_hers(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1: an appointment that comes from outside is of the first resident, whatever it says of whom it is about."""
    monkeypatch.setattr(fhir_appointments.FhirAppointments, "of", lambda _self, _seen, residents: residents[0].id)
    monkeypatch.setattr(
        fhir_appointments,
        "seen_in",
        lambda resource: seen_in({**resource, "participant": [{"actor": {"reference": "Patient/anybody"}}]}),
    )


def a_call_is_parked_whatever_its_state(monkeypatch: pytest.MonkeyPatch) -> None:
    """H1, H19: the nurse leaves at the moment the doctor is let in, and he sees whoever comes on screen next."""

    async def admit(self: Desk, by: object) -> None:
        await self._turned("admitted", by)  # type: ignore[arg-type]
        self.call = desk.dataclasses.replace(self.call, state=desk.CallState.ADMITTED)

    def park(self: Desk) -> None:
        self.call = desk.dataclasses.replace(self.call, parked=True)

    monkeypatch.setattr(Desk, "_admit", admit)
    monkeypatch.setattr(Desk, "park", park)
