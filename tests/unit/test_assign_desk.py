"""Whose something is, through the desks: what the screen is shown of it, and who is on screen afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from drivers.english import english
from edge.domain.audit import Actor, KnownBy, Origin, Who
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Kind
from edge.door import messages as m, sight, snapshot
from edge.door.assign_desk import AssignDesk
from edge.store.ledger import Places, StoredLedger, open_for_edge
from edge.store.thread import StoreThread
from edge.store.whose_book import StoredWhose
from tests.unit.test_door import Cart
from tests.unit.test_recorder import arrived, patient

NURSE = Actor(Who(KnownBy.ROLE, "ui"), Origin("edge", m.UI))


class At:
    """A screen without its socket."""

    def __init__(self, thread: StoreThread, path: Path) -> None:  # type: ignore[type-arg]
        self.cart = Cart(StoredLedger(thread, "TC"), path)
        self.book = StoredWhose(thread, "TC", "EHPAD")
        self.desk = AssignDesk(self.cart.recorder, self.book, self.cart.clock, self.cart.desk.handle)

    async def ask(self, command: m.AnyCommand) -> None:
        await self.desk.handle(command, NURSE)

    async def shown(self) -> m.Snapshot:
        recorder = self.cart.recorder
        shown = recorder.on_screen
        return snapshot.for_bedside(
            cart="Borne",
            demo=True,
            now=self.cart.clock.now(),
            shown=shown,
            overview=await self.cart.ledger.overview(shown.encounter.id if shown else None),
            newest_trace=None,
            running=(),
            devices=self.cart.devices,
            nearby=(),
            pairing=m.PairingCard(),
            scan=recorder.scan,
            residents=await self.cart.ledger.patients(),
            notice=recorder.notice,
            call=self.cart.desk.call,
            english=english,
            apart=await self.book.apart(),
        )


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[At]:
    places = Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "key")
    async with StoreThread(lambda: open_for_edge(places, {Kind.SPO2: ("fhir",)}, "demonstration")) as thread:
        at = At(thread, tmp_path / "door.sock")
        for number in (1, 2):
            await at.cart.ledger.put_patient(patient(number))
        yield at


async def test_what_waits_is_shown_until_a_person_says_whose_it_is(at: At) -> None:
    await at.cart.recorder.take(arrived(93))
    before = await at.shown()
    (stray,) = before.strays
    assert (before.unassigned, stray.why, stray.item.values[0].value) == (1, "no_resident", "93")
    await at.ask(m.AssignItem(item_id=stray.item.item_id, patient_id="P1"))
    after = await at.shown()
    assert (after.unassigned, after.strays, after.waiting.kept) == (0, (), 1)


async def test_media_is_shown_nothing_of_it(at: At) -> None:
    await at.cart.recorder.take(arrived(93))
    for_media = sight.for_media(await at.shown(), at.cart.desk.call, ())
    assert (for_media.strays, for_media.unread, for_media.reconciled) == ((), (), ())


@pytest.mark.hazard("H1", without="tests.controls_whose:the_wrong_one_stays_on_screen")
async def test_a_round_that_is_another_residents_brings_that_one_on_screen_with_it(at: At) -> None:
    await at.ask(m.SelectResident(patient_id="P1"))
    await at.cart.recorder.take(arrived(93))
    wrong = await at.shown()
    assert wrong.encounter_id is not None
    await at.ask(m.MoveRound(encounter_id=wrong.encounter_id, patient_id="P2"))
    right = await at.shown()
    assert right.resident is not None
    assert right.resident.id == "P2"
    assert [item.values[0].value for item in right.items] == ["93"]
    # a tap that was made before the screen changed finds nothing more to move
    await at.ask(m.MoveRound(encounter_id=wrong.encounter_id, patient_id="P2"))
    assert (await at.shown()).items == right.items


async def test_somebody_without_identity_is_on_screen_at_once_and_becomes_who_she_is(at: At) -> None:
    await at.ask(m.NewResident(sex="F", room="214", about_years=80))
    shown = (await at.shown()).resident
    assert shown is not None
    assert (shown.without_identity, shown.birth_name, shown.identity_status) == (True, "INCONNUE", "provisoire")
    await at.cart.recorder.take(arrived(93))
    await at.ask(m.Reconcile(patient_id=shown.id, became="P2"))
    after = await at.shown()
    assert after.resident is not None
    assert after.resident.id == "P2"
    assert [(one.resident.id, one.became) for one in after.reconciled] == [(shown.id, "P2")]
    assert shown.id not in {one.id for one in after.residents}
    await at.ask(m.TakeBack(patient_id=shown.id))
    assert shown.id in {one.id for one in (await at.shown()).residents}


@pytest.mark.parametrize(
    "command", [m.NewResident(sex="X", room="1", about_years=80), m.NewResident(sex="F", room="1", about_years=0)]
)
async def test_what_nobody_is_is_refused(at: At, command: m.NewResident) -> None:
    with pytest.raises(Fault) as caught:
        await at.ask(command)
    assert caught.value.reason is Reason.NOT_ALLOWED
    assert len(await at.cart.ledger.patients()) == 2
