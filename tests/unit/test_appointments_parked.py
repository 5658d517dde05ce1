"""A lobby where nobody is with its resident: who is let in at that moment, who refused meanwhile, what was taken back elsewhere."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import pytest

from edge.acquire.call import OPEN, CallState
from edge.domain.appointment import Appointment, Event, Offered, State, Why
from edge.domain.fault import Fault
from edge.door import messages as m, sight
from edge.store.appointment_book import StoredAppointments
from edge.store.consent_book import StoredConsents
from edge.store.keeping.appointments import Appointments
from tests.unit.test_appointments import NURSE, Planned, cart, minutes

__all__ = ["cart"]


async def _waiting(cart: Planned) -> Appointment:
    one = await cart.plan()
    await cart.ready(one)
    await cart.media("lobby")
    await cart.media("waiting")
    return one


@pytest.mark.hazard("H1", without="tests.controls_appointments:a_call_is_parked_whatever_its_state")
@pytest.mark.hazard("H19", without="tests.controls_appointments:a_call_is_parked_whatever_its_state")
async def test_who_is_let_in_while_the_nurse_leaves_sees_nobody(cart: Planned) -> None:
    await _waiting(cart)

    async def leaves() -> None:
        cart.desk.park()

    await asyncio.gather(cart.desk.handle(m.AdmitSpecialist(), NURSE), leaves(), return_exceptions=True)
    assert not (cart.desk.call.parked and cart.desk.call.state in OPEN)


async def test_nobody_leaves_a_call_that_is_open(cart: Planned) -> None:
    one = await _waiting(cart)
    await cart.desk.handle(m.AdmitSpecialist(), NURSE)
    with pytest.raises(Fault, match="en ligne"):
        cart.desk.park()
    with pytest.raises(Fault):
        await cart.ask(m.LeaveRoom(appointment_id=one.id))
    assert not cart.desk.call.parked
    assert sight.for_media(await cart.publish(), cart.desk.call, ()).call.state == CallState.ENDED.value


async def test_a_doctor_let_in_while_she_leaves_is_found_with_her_there(
    cart: Planned, monkeypatch: pytest.MonkeyPatch
) -> None:
    """He came in between what was written and what was to follow: that she left is taken back."""
    one = await _waiting(cart)
    written = StoredAppointments.step

    async def let_in_behind(book: StoredAppointments, appointment_id: str, event: Event, *rest: Any) -> Appointment:
        stands = await written(book, appointment_id, event, *rest)
        if event is Event.LEFT:
            await cart.desk.handle(m.AdmitSpecialist(), NURSE)
        return stands

    monkeypatch.setattr(StoredAppointments, "step", let_in_behind)
    with pytest.raises(Fault, match="en ligne"):
        await cart.ask(m.LeaveRoom(appointment_id=one.id))
    assert (await cart.book.one(one.id)).state is not State.AWAY
    assert cart.desk.call.state in OPEN
    assert not cart.desk.call.parked


async def test_who_refused_meanwhile_is_called_no_more(cart: Planned) -> None:
    one = await _waiting(cart)
    await cart.ask(m.LeaveRoom(appointment_id=one.id))
    book = StoredConsents(cart.ledger.thread)
    for consent in await book.of("P1"):
        await book.withdraw_any(consent.id, cart.clock.now(), NURSE)
    await cart.ask(cart.agreed("refusal"))
    with pytest.raises(Fault):
        await cart.ask(m.ComeBack(appointment_id=one.id, encounter_id=cart.encounter))
    assert cart.desk.call.state is CallState.ENDED


async def test_what_is_cancelled_elsewhere_closes_its_lobby(cart: Planned) -> None:
    one = await _waiting(cart)
    await cart.ask(m.LeaveRoom(appointment_id=one.id))
    await cart.book.step(one.id, Event.CANCELLED, cart.clock.now(), NURSE, why=Why.BY_SOURCE)
    await cart.appointments.settle()
    assert cart.desk.call.state is CallState.ENDED


@pytest.mark.parametrize("moved", ["9999-12-31T23:59:00+00:00", "2001-01-01T00:00:00+00:00"])
async def test_a_time_that_cannot_be_moves_nothing(cart: Planned, moved: str) -> None:
    now = cart.clock.now()
    first = Offered("o", now.utc + minutes(60), minutes(20))

    async def take(offered: Offered) -> bool:
        return await cart.ledger.thread.run(
            lambda s: Appointments(s.database).take(offered, "P1", "agenda", now, NURSE)
        )

    assert await take(first)
    assert not await take(Offered("o", dt.datetime.fromisoformat(moved), minutes(20)))
    await cart.appointments.settle()
    (one,) = await cart.book.all()
    assert (one.starts, one.state) == (first.starts, State.PLANNED)
