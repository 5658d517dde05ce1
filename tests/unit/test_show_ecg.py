"""A whole ECG of the resident on screen, for the screen to draw: handed out one at a time, noted, and nobody else's (H1)."""

from __future__ import annotations

import pytest

from edge.domain.audit import Act
from edge.domain.capture import Capture
from edge.domain.fault import Reason
from edge.domain.measurement import Kind
from edge.domain.staff import MAY, Deed
from edge.domain.waveform import Waveform
from edge.door import messages as m
from edge.door.attendance_desk import DEEDS
from edge.store.keeping import audit
from tests import items
from tests.unit.test_door import At, Cart, refused
from tests.unit.test_earlier import cart, photo, take
from tests.unit.test_recorder import patient

__all__ = ["cart"]


async def record(cart: Cart, number: int = 1) -> tuple[str, Waveform]:
    now = cart.clock.now()
    _, encounter = await cart.ledger.open_encounter(patient(number).id, now)
    ecg = items.mortara()
    saved = await cart.ledger.save(Capture(Kind.ECG, ecg, items.RECORDER, now, f"ecg {number}"), encounter)
    return saved.item_id, ecg


async def test_every_sample_of_it_comes_once_and_is_noted(cart: Cart) -> None:
    prior_id, ecg = await record(cart)
    async with At(cart, m.UI) as nurse, At(cart, m.MEDIA) as media:
        await nurse.ask(m.SelectResident(patient_id=patient(1).id))
        await nurse.ask(m.ShowEcg(prior_id=prior_id))
        said = await nurse.until(lambda one: isinstance(one, m.Earlier))
        assert isinstance(said, m.Earlier)
        assert said.ecg is not None
        assert said.ecg.waveform == ecg
        assert said.encounter_id
        assert await refused(media.ask(m.ShowEcg(prior_id=prior_id))) is Reason.NOT_ALLOWED
    acts = await cart.ledger._store.run(lambda s: list(audit.entries(s.database)))
    (shown,) = [one for one in acts if one.act == Act.SHOWN]
    assert (shown.patient_id, shown.detail) == (patient(1).id, f"ecg, {prior_id}")


@pytest.mark.hazard("H1", without="tests.controls_priors:anybody_s_picture_is_shown")
async def test_no_ecg_of_another_resident_is_handed_out(cart: Cart) -> None:
    hers, _ = await record(cart, 2)
    async with At(cart, m.UI) as nurse:
        assert await refused(nurse.ask(m.ShowEcg(prior_id=hers))) is Reason.NO_RESIDENT
        await nurse.ask(m.SelectResident(patient_id=patient(1).id))
        assert await refused(nurse.ask(m.ShowEcg(prior_id=hers))) is Reason.PURGED
        assert not any(isinstance(one, m.Earlier) for one in nurse.said)


async def test_a_photo_is_no_ecg(cart: Cart) -> None:
    old = await take(cart, photo(), days_ago=3)
    async with At(cart, m.UI) as nurse:
        await nurse.ask(m.SelectResident(patient_id=patient(1).id))
        assert await refused(nurse.ask(m.ShowEcg(prior_id=old))) is Reason.UNDECODABLE


async def test_one_that_is_too_long_for_the_door_is_refused(cart: Cart, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.door.earlier_desk.MOST_BYTES", 1000)
    prior_id, _ = await record(cart)
    async with At(cart, m.UI) as nurse:
        await nurse.ask(m.SelectResident(patient_id=patient(1).id))
        assert await refused(nurse.ask(m.ShowEcg(prior_id=prior_id))) is Reason.UNDECODABLE


def test_who_may_take_an_ecg_may_look_at_one() -> None:
    assert DEEDS[m.ShowEcg] == {Deed.ECG}
    assert any(Deed.ECG in deeds for deeds in MAY.values())
