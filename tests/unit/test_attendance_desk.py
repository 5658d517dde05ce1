"""What the screen may ask while it is locked, and what each profession may ask when it is not."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import AsyncIterator, Collection
from pathlib import Path

import msgspec
import pytest

from edge.acquire.attendance import Attendance, hashed
from edge.domain.audit import Actor, KnownBy, Origin, Who
from edge.domain.fault import Fault, Reason
from edge.domain.staff import MAY, Deed, Member, Role
from edge.door import messages as m, sight
from edge.door.attendance_desk import DEEDS, AttendanceDesk
from edge.store.ledger import Places, open_for_edge
from edge.store.staff_book import StoredStaff
from edge.store.thread import StoreThread
from tests.unit.test_attendance import ADMIN, DIALLO, LEROY, STAFF, SetClock

SCREEN = Actor(Who(KnownBy.ROLE, "ui", "telecart-ui"), Origin("edge", m.UI, "TakePhoto"))
MEDIA = Actor(Who(KnownBy.ROLE, "media", "telecart-media"), Origin("edge", m.MEDIA, "SubmitStill"))
BOSS = Member("p.roy", "Paul ROY", Role.ADMIN, code="900")


@dataclasses.dataclass
class Cart:
    book: StoredStaff
    attendance: Attendance
    desk: AttendanceDesk
    done: list[tuple[m.AnyCommand, Actor]]

    async def ask(self, command: m.AnyCommand) -> None:
        await self.desk.handle(command, SCREEN)

    async def sign_in(self, member: Member) -> None:
        known = await self.book.known(member_id=member.id)
        if known is not None and known.pin is None:
            await self.book.set_pin(member.id, hashed("2580"), ADMIN, SetClock().now())
        await self.ask(m.SayWho(code=member.code))
        await self.ask(m.TypePin(pin="2580"))
        assert not self.attendance.locked


@pytest.fixture
async def cart(tmp_path: Path) -> AsyncIterator[Cart]:
    places = Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "key")
    async with StoreThread(lambda: open_for_edge(places, {}, "demonstration")) as thread:
        clock, book = SetClock(), StoredStaff(thread)
        await book.take(dataclasses.replace(STAFF, members=(BOSS, DIALLO, LEROY)), ADMIN, clock.now())
        attendance = Attendance(book, clock, Origin("edge", m.UI))
        await attendance.refresh()
        done: list[tuple[m.AnyCommand, Actor]] = []

        async def inner(command: m.AnyCommand, by: Actor) -> None:
            done.append((command, by))

        yield Cart(book, attendance, AttendanceDesk(attendance, inner), done)


def example(kind: type[m.Command]) -> m.AnyCommand:
    """As it might come through the door."""
    needed = {"number": "1", "about_years": "80", "passkey": "1", "hours": "1", "role": '"infirmier"'}
    of_type = {str: '"x"', bool: "true", int: "1", bytes: '"eA=="'}
    found = [f'"type":"{kind.__name__}"']
    for field in msgspec.structs.fields(kind):
        if field.required:
            found.append(f'"{field.name}":{needed.get(field.name) or of_type.get(field.type, "[]")}')
    return m.decode_command(f"{{{','.join(found)}}}".encode())


def test_every_command_of_the_screen_has_its_place() -> None:
    """A new command is gated, or is said to need no gate."""
    assert m.ALLOWED[m.UI] - {m.Hello, *m.ENTRANCE} == set(DEEDS)


@pytest.mark.hazard("H1", without="tests.controls_staff:a_locked_screen_asks_anything")
async def test_a_locked_screen_can_ask_nothing(cart: Cart) -> None:
    for kind in DEEDS:
        with pytest.raises(Fault) as raised:
            await cart.ask(example(kind))
        assert raised.value.reason is Reason.NOT_ALLOWED
    assert cart.done == []


@pytest.mark.hazard("T16", without="tests.controls_staff:everybody_may_everything")
async def test_each_profession_can_ask_what_its_row_says(cart: Cart) -> None:
    for member in (BOSS, DIALLO, LEROY):
        await cart.sign_in(member)
        await asks_everything(cart, MAY[member.role])
        await cart.ask(m.Lock())


async def asks_everything(cart: Cart, may: Collection[Deed]) -> None:
    for kind, wanted in DEEDS.items():
        if kind in m.STAFF:  # done by the entrance itself: tests/unit/test_replacement.py
            continue
        cart.done.clear()
        allowed = bool(wanted & set(may))
        with contextlib.suppress(Fault):
            await cart.ask(example(kind))
        assert bool(cart.done) == allowed, kind


async def test_what_is_done_is_done_by_who_signed_in_from_where_it_was_asked(cart: Cart) -> None:
    await cart.sign_in(LEROY)
    await cart.ask(m.TakePhoto())
    ((command, by),) = cart.done
    assert isinstance(command, m.TakePhoto)
    assert by == Actor(Who(KnownBy.PROFESSIONAL, LEROY.rpps, LEROY.name), SCREEN.origin)


async def test_other_processes_are_not_asked_for_a_badge(cart: Cart) -> None:
    still = m.StillFailed(request_id="1", what="")
    await cart.desk.handle(still, MEDIA)
    assert cart.done == [(still, MEDIA)]


async def test_the_emergency_door_opens_a_call_only(cart: Cart) -> None:
    await cart.ask(m.OpenEmergency())
    await asks_everything(cart, {Deed.EMERGENCY_CALL, Deed.CHOOSE_RESIDENT})
    await cart.ask(m.Lock())
    assert cart.attendance.locked


async def test_a_locked_screen_gets_nothing_of_residents(cart: Cart) -> None:
    resident = m.ResidentCard(
        id="P1",
        birth_name="DUPONT",
        given_names="Jeanne",
        used_name=None,
        birth_date="1938-03-12",
        sex="F",
        room="214",
        identity_status="validee",
        allergies=("PENICILLINE",),
    )
    item = m.ItemCard(item_id="i", kind="spo2", device="Oxymètre", model="nonin", taken="", age_seconds=1.0)
    full = m.Snapshot(
        cart="Borne 3",
        demo=False,
        clock="2026-11-22T10:00:00+00:00",
        resident=resident,
        encounter_id="E1",
        items=(item,),
        residents=(resident,),
        notice="Mesure de DUPONT gardée",
        strip=m.StripCard(state="recording", safe_seconds=4.0),
        call=m.CallCard(state="lobby", address="https://cart/secret", pin="123456"),
    )
    locked = sight.at_the_screen(full, cart.attendance)
    said = m.encode(locked).decode()
    assert not any(secret in said for secret in ("DUPONT", "Jeanne", "PENICILLINE", "214", "secret", "123456", '"E1"'))
    assert (locked.attendance.locked, locked.strip.state, locked.call.state) == (True, "recording", "lobby")
    await cart.ask(m.OpenEmergency())
    emergency = sight.at_the_screen(full, cart.attendance)
    assert (emergency.items, emergency.residents) == ((), (resident,))
    await cart.ask(m.Lock())
    await cart.sign_in(LEROY)
    shown = sight.at_the_screen(full, cart.attendance)
    assert shown.items == (item,)
    assert (shown.attendance.name, shown.attendance.role) == (LEROY.name, "infirmier")
    assert set(shown.attendance.may) == {deed.value for deed in MAY[Role.NURSE]}
