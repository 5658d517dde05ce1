"""Who is at the cart: over the real store, with a clock that is set."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from edge.acquire.attendance import IDLE_SECONDS, PIN_SECONDS, Attendance, hashed
from edge.domain.audit import Act, Actor, KnownBy, Origin, Who
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Instant
from edge.domain.staff import START_FOR, Deed, Entrance, Member, Role, StaffList
from edge.store.keeping import audit
from edge.store.ledger import EdgeStore, Places, open_for_edge
from edge.store.staff_book import StoredStaff
from edge.store.thread import StoreThread

ADMIN = Actor(Who(KnownBy.ACCOUNT, "root"), Origin("users", command="telecart users import"))
LEROY = Member("c.leroy", "Camille LEROY", Role.NURSE, "10001234567", "04A2241A5C6180", "214")
DIALLO = Member("a.diallo", "Aïssatou DIALLO", Role.CARE_ASSISTANT, code="215", until=dt.date(2026, 11, 30))
STAFF = StaffList("EHPAD Les Tilleuls", 3, dt.date(2026, 12, 31), (DIALLO, LEROY))


class SetClock:
    """The Clock port, set by hand: ``wall`` is how far the wall clock is off."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.wall = dt.timedelta()
        self.trusted = True

    def now(self) -> Instant:
        utc = dt.datetime(2026, 11, 22, tzinfo=dt.UTC) + dt.timedelta(seconds=self.seconds) + self.wall
        return Instant(utc, "boot", int(self.seconds * 1e9), self.trusted)


def entrance(attendance: Attendance) -> Entrance | None:
    return attendance.asked.entrance


@dataclasses.dataclass
class Cart:
    store: StoreThread[EdgeStore]
    book: StoredStaff
    clock: SetClock
    attendance: Attendance

    async def acts(self) -> list[tuple[str, str]]:
        """(act, who), the oldest first."""
        found = await self.store.run(lambda s: list(audit.entries(s.database)))
        return [(one.act, one.who) for one in found if one.act not in {Act.CREATED, Act.PURPOSE}]

    async def signed_in(self, member: Member = LEROY, pin: str = "2580") -> None:
        """The first time with her badge."""
        known = await self.book.known(member_id=member.id)
        if known is not None and known.pin is None:
            await self.attendance.badge(member.badge)
        else:
            await self.attendance.code(member.code)
        await self.attendance.pin(pin)
        assert self.attendance.present is not None


@pytest.fixture
async def cart(tmp_path: Path) -> AsyncIterator[Cart]:
    places = Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "key")
    async with StoreThread(lambda: open_for_edge(places, {}, "demonstration")) as thread:
        clock = SetClock()
        book = StoredStaff(thread)
        made = Cart(thread, book, clock, Attendance(book, clock, Origin("edge", "ui")))
        today = clock.now().utc.date()
        staff = dataclasses.replace(
            STAFF,
            expires=today + dt.timedelta(days=30),
            members=(dataclasses.replace(DIALLO, until=today + dt.timedelta(days=2)), LEROY),
        )
        await book.take(staff, ADMIN, clock.now())
        await made.attendance.refresh()
        yield made


async def test_without_a_list_the_screen_is_open(tmp_path: Path) -> None:
    places = Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "key")
    async with StoreThread(lambda: open_for_edge(places, {}, "demonstration")) as thread:
        attendance = Attendance(StoredStaff(thread), SetClock(), Origin("edge", "ui"))
        await attendance.refresh()
        assert not attendance.locked
        assert attendance.may(Deed.MEASURE)
        assert attendance.actor().who.known_by is KnownBy.ROLE


async def test_the_first_time_she_chooses_her_pin_and_then_types_it(cart: Cart) -> None:
    attendance = cart.attendance
    assert attendance.locked
    assert not any(attendance.may(deed) for deed in Deed)
    await attendance.badge(LEROY.badge)
    assert (attendance.asked.entrance, attendance.asked.name) == (Entrance.SET_PIN, LEROY.name)
    assert attendance.locked
    await attendance.pin("1234")
    assert attendance.asked.what.startswith("trop simple")
    assert attendance.locked
    await attendance.pin("2580")
    assert attendance.asked.entrance is Entrance.IN
    assert attendance.may(Deed.MEASURE)
    assert not attendance.may(Deed.ADMINISTER)
    assert attendance.actor().who == Who(KnownBy.PROFESSIONAL, "10001234567", LEROY.name)
    await attendance.badge(LEROY.badge)
    assert attendance.locked
    await attendance.badge(LEROY.badge)
    assert attendance.asked.entrance is None
    await attendance.pin("2581")
    assert (attendance.locked, attendance.asked.entrance) == (True, Entrance.WRONG_PIN)
    await attendance.pin("2580")
    assert not attendance.locked
    assert await cart.acts() == [
        ("staff", "root"),
        ("pin_set", LEROY.rpps),
        ("signed_in", LEROY.rpps),
        ("signed_out", LEROY.rpps),
        ("not_let_in", LEROY.rpps),
        ("signed_in", LEROY.rpps),
    ]


@pytest.mark.hazard("T16", without="tests.controls_staff:every_pin_fits")
async def test_only_her_pin_lets_her_in(cart: Cart) -> None:
    await cart.signed_in()
    await cart.attendance.leave()
    for wrong in ("2581", "", "25800", "٢٥٨٠"):
        await cart.attendance.code(LEROY.code)
        await cart.attendance.pin(wrong)
        assert cart.attendance.locked


async def test_wrong_pins_have_to_wait_also_after_a_restart(cart: Cart) -> None:
    await cart.signed_in()
    await cart.attendance.leave()
    await cart.attendance.code(LEROY.code)
    for _ in range(3):
        await cart.attendance.pin("0")
    assert (cart.attendance.asked.entrance, cart.attendance.asked.wait_seconds) == (Entrance.WAIT, 30.0)
    again = Attendance(cart.book, cart.clock, Origin("edge", "ui"))
    await again.refresh()
    await again.code(LEROY.code)
    assert again.asked.entrance is Entrance.WAIT
    await again.pin("2580")
    assert again.locked
    cart.clock.seconds += 31
    await again.code(LEROY.code)
    await again.pin("2580")
    assert not again.locked


async def test_a_clock_that_is_set_forward_shortens_no_wait(cart: Cart) -> None:
    await cart.signed_in()
    await cart.attendance.leave()
    await cart.attendance.code(LEROY.code)
    for _ in range(3):
        await cart.attendance.pin("0")
    cart.clock.wall += dt.timedelta(hours=1)
    await cart.attendance.pin("2580")
    assert cart.attendance.locked


async def test_nobody_and_who_left_are_not_asked_for_a_pin(cart: Cart) -> None:
    await cart.attendance.badge("FFFF")
    assert entrance(cart.attendance) is Entrance.UNKNOWN
    await cart.attendance.pin("2580")
    assert cart.attendance.locked
    cart.clock.wall += dt.timedelta(days=3)
    await cart.attendance.code(DIALLO.code)
    assert entrance(cart.attendance) is Entrance.ENDED


@pytest.mark.hazard("H1", without="tests.controls_staff:the_screen_stays_open")
async def test_the_screen_locks_when_nobody_touches_it(cart: Cart) -> None:
    await cart.signed_in()
    cart.clock.seconds += IDLE_SECONDS - 1
    assert not await cart.attendance.tick()
    cart.attendance.touched()
    cart.clock.seconds += IDLE_SECONDS - 1
    assert not await cart.attendance.tick()
    cart.clock.seconds += 1
    assert await cart.attendance.tick()
    assert cart.attendance.locked
    assert (await cart.acts())[-1] == ("signed_out", LEROY.rpps)


async def test_a_badge_waits_for_its_pin_for_a_while_only(cart: Cart) -> None:
    await cart.signed_in()
    await cart.attendance.leave()
    await cart.attendance.badge(LEROY.badge)
    cart.clock.seconds += PIN_SECONDS
    assert await cart.attendance.tick()
    await cart.attendance.pin("2580")
    assert cart.attendance.locked


async def test_another_badge_locks_first(cart: Cart) -> None:
    await cart.signed_in()
    await cart.attendance.code(DIALLO.code)
    assert cart.attendance.locked
    assert cart.attendance.asked.name == DIALLO.name


async def test_who_is_no_longer_listed_is_out_at_once(cart: Cart) -> None:
    await cart.signed_in()
    staff = await cart.book.staff_list()
    assert staff is not None
    gone = await cart.book.take(
        dataclasses.replace(staff, number=4, members=tuple(one for one in staff.members if one != LEROY)),
        ADMIN,
        cart.clock.now(),
    )
    await cart.attendance.refresh()
    assert (gone, cart.attendance.locked) == (1, True)
    await cart.attendance.badge(LEROY.badge)
    assert cart.attendance.asked.entrance is Entrance.UNKNOWN


async def test_a_list_that_is_not_newer_is_refused_and_the_same_one_is_no_trouble(cart: Cart) -> None:
    staff = await cart.book.staff_list()
    assert staff is not None
    assert await cart.book.take(dataclasses.replace(staff, members=staff.members[::-1]), ADMIN, cart.clock.now()) == 0
    for number in (2, 3):
        with pytest.raises(Fault) as raised:
            await cart.book.take(dataclasses.replace(staff, number=number, members=()), ADMIN, cart.clock.now())
        assert raised.value.reason is Reason.NOT_ALLOWED


async def test_a_pin_outlives_a_new_list_and_goes_when_it_is_taken_away(cart: Cart) -> None:
    await cart.signed_in()
    await cart.attendance.leave()
    staff = await cart.book.staff_list()
    assert staff is not None
    await cart.book.take(dataclasses.replace(staff, number=4), ADMIN, cart.clock.now())
    await cart.attendance.refresh()
    await cart.signed_in()
    await cart.attendance.leave()
    await cart.book.take_pin_away(LEROY.id, ADMIN, cart.clock.now())
    await cart.attendance.badge(LEROY.badge)
    assert cart.attendance.asked.entrance is Entrance.SET_PIN


async def test_the_emergency_door_opens_a_call_and_nothing_else_and_leaves_its_trace(cart: Cart) -> None:
    await cart.attendance.emergency()
    assert {deed for deed in Deed if cart.attendance.may(deed)} == {Deed.CHOOSE_RESIDENT, Deed.EMERGENCY_CALL}
    assert (await cart.acts())[-1] == ("emergency", "ui")
    await cart.signed_in()
    with pytest.raises(Fault):
        await cart.attendance.emergency()


async def test_no_pin_stands_in_the_store_as_it_was_typed(cart: Cart) -> None:
    await cart.signed_in(pin="27182818")
    known = await cart.book.known(code=LEROY.code)
    assert known is not None
    assert known.pin is not None
    assert known.pin.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert "27182818" not in known.pin


@pytest.mark.hazard("T16", without="tests.controls_staff:a_number_is_proof_enough")
async def test_a_number_alone_chooses_nobodys_first_pin(cart: Cart) -> None:
    """Numbers are no secret: a colleague must not choose hers and sign as her."""
    await cart.attendance.code(LEROY.code)
    assert entrance(cart.attendance) is Entrance.NOT_INVITED
    await cart.attendance.pin("2580")
    assert cart.attendance.locked


async def test_a_start_code_lets_her_choose_her_pin_once_and_for_a_day(cart: Cart) -> None:
    now = cart.clock.now()
    await cart.book.invite(DIALLO.id, hashed("31415926"), now.utc + START_FOR, ADMIN, now)
    await cart.attendance.code(DIALLO.code)
    assert entrance(cart.attendance) is Entrance.START
    await cart.attendance.pin("11111111")
    assert (entrance(cart.attendance), cart.attendance.asked.what[:14]) == (Entrance.START, "code de départ")
    await cart.attendance.pin("31415926")
    assert (entrance(cart.attendance), cart.attendance.locked) == (Entrance.SET_PIN, True)
    await cart.attendance.pin("2580")
    assert not cart.attendance.locked
    await cart.attendance.leave()
    await cart.attendance.code(DIALLO.code)
    await cart.attendance.pin("31415926")
    assert entrance(cart.attendance) is Entrance.WRONG_PIN
    later = cart.clock.now()
    await cart.book.invite(DIALLO.id, hashed("31415926"), later.utc + START_FOR, ADMIN, later)
    cart.clock.wall += START_FOR + dt.timedelta(seconds=1)
    await cart.attendance.code(DIALLO.code)
    assert entrance(cart.attendance) is Entrance.NOT_INVITED


async def test_a_start_code_cannot_be_guessed_in_a_night(cart: Cart) -> None:
    now = cart.clock.now()
    await cart.book.invite(DIALLO.id, hashed("31415926"), now.utc + START_FOR, ADMIN, now)
    await cart.attendance.code(DIALLO.code)
    for _ in range(3):
        await cart.attendance.pin("0")
    assert entrance(cart.attendance) is Entrance.WAIT
    await cart.attendance.pin("31415926")
    assert entrance(cart.attendance) is Entrance.WAIT


@pytest.mark.hazard("T16", without="tests.controls_badge:no_day_is_remembered")
async def test_a_list_that_ended_does_not_count_again_when_the_clock_goes_back(cart: Cart) -> None:
    """Nor one of its people whose last day was seen to go by; after a restart likewise."""
    await cart.signed_in()
    cart.clock.wall = dt.timedelta(days=31)
    assert await cart.attendance.tick()
    assert cart.attendance.locked
    cart.clock.wall = dt.timedelta()
    again = Attendance(cart.book, cart.clock, Origin("edge", "ui"))
    await again.refresh()
    for attendance in (cart.attendance, again):
        await attendance.code(LEROY.code)
        assert entrance(attendance) is Entrance.ENDED
        await attendance.pin("2580")
        assert attendance.locked


@pytest.mark.parametrize("cause", ["a clock that is not trusted", "a new list"])
async def test_a_day_that_never_was_does_not_end_a_list_for_good(cart: Cart, cause: str) -> None:
    cart.clock.trusted = cause == "a new list"
    cart.clock.wall = dt.timedelta(days=3650)
    await cart.attendance.tick()
    cart.clock.wall, cart.clock.trusted = dt.timedelta(), True
    if cause == "a new list":
        staff = await cart.book.staff_list()
        assert staff is not None
        await cart.book.take(dataclasses.replace(staff, number=4), ADMIN, cart.clock.now())
    await cart.attendance.refresh()
    await cart.signed_in()


async def test_a_store_that_takes_no_writes_keeps_nobody_signed_in(cart: Cart, monkeypatch: pytest.MonkeyPatch) -> None:
    await cart.signed_in()

    async def refused(*_: object) -> None:
        raise Fault(Reason.STORE_IO, "the disk is read-only", "call the administrator")

    monkeypatch.setattr(cart.book, "saw_day", refused)
    cart.clock.wall = dt.timedelta(days=1)
    cart.clock.seconds += IDLE_SECONDS + 1
    await cart.attendance.tick()
    assert cart.attendance.locked
