"""A replacement is let in for a shift; badges that are taken out of the reader; ids that are used again."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from edge.acquire.attendance import PIN_SECONDS, Attendance
from edge.domain.audit import Act, Actor, Origin
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Instant
from edge.domain.staff import (
    LONGEST_NAME,
    LONGEST_SHIFT,
    Deed,
    Entrance,
    Member,
    Replacement,
    Role,
    why_not_let_in,
)
from edge.door import messages as m, sight
from edge.door.attendance_desk import AttendanceDesk
from tests.unit.test_attendance import ADMIN, DIALLO, LEROY, STAFF, Cart, cart as cart, entrance  # noqa: PLC0414
from tests.unit.test_attendance_desk import SCREEN

SHIFT = dt.timedelta(hours=8)
SUZE = dataclasses.replace(LEROY, id="s.uze", name="Anne SUZE", badge="0493B21AEF5C80", code="216", rpps="10009876543")


async def let_in(cart: Cart, name: str = "INES MOREAU", role: Role = Role.NURSE) -> tuple[str, str]:
    """Her number and her start code."""
    if cart.attendance.present is None:
        await cart.signed_in()
    await cart.attendance.let_in(name, role, SHIFT)
    welcome = cart.attendance.welcome
    assert welcome is not None
    return welcome.member.code, welcome.start


async def comes_in(cart: Cart, number: str, start: str, pin: str = "9513") -> None:
    attendance = cart.attendance
    await attendance.lock()
    await attendance.code(number)
    assert entrance(attendance) is Entrance.START
    await attendance.pin(start)
    assert entrance(attendance) is Entrance.SET_PIN
    await attendance.pin(pin)
    assert attendance.present is not None


async def test_a_nurse_lets_in_a_replacement_who_does_her_work_until_the_end_of_her_shift(cart: Cart) -> None:
    attendance = cart.attendance
    number, start = await let_in(cart)
    assert len(start) == 8
    await comes_in(cart, number, start)
    present = attendance.present
    assert present is not None
    assert present.member is not None
    assert (present.member.name, present.member.role) == ("INES MOREAU", Role.NURSE)
    assert all(attendance.may(deed) for deed in (Deed.MEASURE, Deed.CALL, Deed.ASK_OPINION))
    # she lets in nobody herself: her access would have no end
    assert not attendance.may(Deed.LET_IN)
    # her start code was good once, her own code is good again
    await attendance.lock()
    await attendance.code(number)
    await attendance.pin(start)
    assert attendance.locked
    await attendance.pin("9513")
    assert not attendance.locked
    acts = await cart.acts()
    assert ("let_in", LEROY.rpps) in acts
    assert acts[-1] == ("signed_in", "replacement:1")


@pytest.mark.hazard("T16", without="tests.controls_badge:a_shift_has_no_end")
@pytest.mark.parametrize("set_back", [dt.timedelta(), -dt.timedelta(days=3)])
async def test_at_the_end_of_the_shift_she_is_out_also_where_the_clock_was_set_back(
    cart: Cart, set_back: dt.timedelta
) -> None:
    number, start = await let_in(cart)
    await comes_in(cart, number, start)
    cart.clock.wall = set_back
    cart.clock.seconds += SHIFT.total_seconds() - 5
    cart.attendance.touched()
    assert not await cart.attendance.tick()
    cart.clock.seconds += 5
    cart.attendance.touched()
    assert await cart.attendance.tick()
    assert cart.attendance.locked
    await cart.attendance.code(number)
    assert entrance(cart.attendance) is Entrance.ENDED


@pytest.mark.hazard("T16", without="tests.controls_badge:a_shift_that_is_over_is_not_closed")
@pytest.mark.parametrize("set_back", [dt.timedelta(), -dt.timedelta(days=3)], ids=["wall", "monotonic"])
async def test_a_shift_that_was_seen_to_be_over_does_not_begin_again_after_a_restart(
    cart: Cart, set_back: dt.timedelta
) -> None:
    number, _ = await let_in(cart)
    await cart.attendance.lock()
    [before] = cart.attendance.replacements
    cart.clock.wall = set_back
    cart.clock.seconds += SHIFT.total_seconds() + 1
    await cart.attendance.tick()
    assert cart.attendance.replacements == ()
    # another boot, whose clock says that it is in the middle of her shift
    middle = Instant(before.since.utc + SHIFT / 2, "another boot", 10**9, True)
    cart.clock.now = lambda: middle  # type: ignore[method-assign]
    again = Attendance(cart.book, cart.clock, Origin("edge", "ui"))
    await again.refresh()
    assert again.replacements == ()
    await again.code(number)
    assert entrance(again) is Entrance.ENDED


async def test_she_is_still_known_after_a_restart_and_a_new_list_and_sent_away_at_once(cart: Cart) -> None:
    number, start = await let_in(cart)
    newer = dataclasses.replace(
        STAFF, number=4, expires=cart.clock.now().utc.date() + dt.timedelta(days=9), members=(LEROY,)
    )
    await cart.book.take(newer, ADMIN, cart.clock.now())
    again = Attendance(cart.book, cart.clock, Origin("edge", "ui"))
    await again.refresh()
    cart.attendance = again
    await comes_in(cart, number, start)
    (here,) = again.replacements
    await again.send_away(here.member.id)
    assert again.locked
    assert again.replacements == ()
    with pytest.raises(Fault):
        await again.send_away(here.member.id)
    with pytest.raises(Fault):
        await again.send_away(LEROY.id)


async def test_whoever_was_sent_away_stays_away_also_where_the_clock_was_set_back(cart: Cart) -> None:
    cart.clock.wall = dt.timedelta()
    number, start = await let_in(cart)
    await comes_in(cart, number, start)
    # set forward while she was here, and right again after she was sent away
    cart.clock.wall = dt.timedelta(hours=4)
    await cart.attendance.lock()
    await cart.signed_in()
    await cart.attendance.send_away("replacement:1")
    await cart.attendance.lock()
    cart.clock.wall = dt.timedelta()
    await cart.attendance.refresh()
    await cart.attendance.code(number)
    for typed in ("9513", start):
        await cart.attendance.pin(typed)
    assert cart.attendance.locked
    assert cart.attendance.replacements == ()


@pytest.mark.hazard("T16", without="tests.controls_badge:anybody_lets_anybody_in")
async def test_only_who_may_lets_in_and_only_who_may_be(cart: Cart) -> None:
    with pytest.raises(Fault):  # locked
        await cart.attendance.let_in("INES MOREAU", Role.NURSE, SHIFT)
    await cart.signed_in()
    for name, role, shift in (
        ("INES MOREAU", Role.ADMIN, SHIFT),
        ("INES MOREAU", Role.DOCTOR, SHIFT),
        ("INES MOREAU", Role.PHARMACIST, SHIFT),
        ("INES MOREAU", Role.NURSE, LONGEST_SHIFT + dt.timedelta(seconds=1)),
        ("INES MOREAU", Role.NURSE, dt.timedelta()),
        (" ", Role.NURSE, SHIFT),
        ("A\x1b[2J", Role.NURSE, SHIFT),
        ("A" * (LONGEST_NAME + 1), Role.NURSE, SHIFT),
    ):
        with pytest.raises(Fault) as raised:
            await cart.attendance.let_in(name, role, shift)
        assert raised.value.reason is Reason.NOT_ALLOWED
    await cart.attendance.lock()
    number, start = await let_in(cart, role=Role.CARE_ASSISTANT)
    await comes_in(cart, number, start)
    with pytest.raises(Fault):
        await cart.attendance.let_in("AUTRE", Role.CARE_ASSISTANT, SHIFT)
    assert len(cart.attendance.replacements) == 1


@pytest.mark.parametrize("hours", [float("inf"), float("nan"), -1e308, 1e308])
async def test_a_shift_that_is_no_time_is_refused_in_words(cart: Cart, hours: float) -> None:
    async def inner(command: m.AnyCommand, by: Actor) -> None:
        raise AssertionError(command, by)

    await cart.signed_in()
    desk = AttendanceDesk(cart.attendance, inner)
    with pytest.raises(Fault) as refused:
        await desk.handle(m.LetIn(name="INES MOREAU", role=Role.NURSE.value, hours=hours), SCREEN)
    assert refused.value.reason is Reason.NOT_ALLOWED


def test_after_a_restart_a_clock_of_before_her_shift_lets_nobody_in() -> None:
    began = Instant(dt.datetime(2026, 11, 22, 8, tzinfo=dt.UTC), "one", 0, True)
    member = Member("replacement:1", "INES MOREAU", Role.NURSE, ends=began.utc + SHIFT)
    there = Replacement(member, began, LEROY.id).there
    assert there(Instant(began.utc + dt.timedelta(hours=1), "two", 0, True))
    assert not there(Instant(began.utc - dt.timedelta(hours=1), "two", 0, True))
    # in the same boot the other clock tells: one that was set right loses her nothing
    assert there(Instant(began.utc - dt.timedelta(hours=1), "one", 3600 * 10**9, True))


def test_what_may_be_typed() -> None:
    assert why_not_let_in("INES MOREAU", Role.NURSE, LONGEST_SHIFT) is None


async def test_numbers_are_nobody_elses(cart: Cart) -> None:
    await cart.signed_in()
    numbers = set()
    for name in ("UNE", "DEUX", "TROIS"):
        numbers.add((await let_in(cart, name))[0])
    assert len(numbers) == 3
    assert not numbers & {LEROY.code, DIALLO.code}


async def test_the_code_is_seen_by_who_let_in_and_by_nobody_after_her(cart: Cart) -> None:
    async def inner(*_: object) -> None:
        raise AssertionError

    desk = AttendanceDesk(cart.attendance, inner)
    bare = m.Snapshot(cart="Borne 3", demo=False, clock="")
    await cart.signed_in()
    await desk.handle(m.LetIn(name="INES MOREAU", role="infirmier", hours=8), SCREEN)
    seen = sight.at_the_screen(bare, cart.attendance).attendance
    assert seen.welcome is not None
    assert (seen.welcome.number, [one.name for one in seen.replacements]) == ("901", ["INES MOREAU"])
    start = seen.welcome.start
    with pytest.raises(Fault):
        await desk.handle(m.LetIn(name="X", role="no role", hours=8), SCREEN)
    await desk.handle(m.Lock(), SCREEN)
    assert start not in m.encode(sight.at_the_screen(bare, cart.attendance)).decode()
    await cart.signed_in()
    assert start not in m.encode(sight.at_the_screen(bare, cart.attendance)).decode()
    await desk.handle(m.SendAway(member_id="replacement:1"), SCREEN)
    assert sight.at_the_screen(bare, cart.attendance).attendance.replacements == ()
    await desk.handle(m.Lock(), SCREEN)
    with pytest.raises(Fault):
        await desk.handle(m.LetIn(name="X", role="infirmier", hours=8), SCREEN)


# --- badges in and out of the reader


@pytest.mark.hazard("H1", without="tests.controls_badge:a_badge_that_goes_locks_nothing")
async def test_a_badge_that_is_taken_out_locks(cart: Cart) -> None:
    attendance = cart.attendance
    await attendance.badge(LEROY.badge, stays=True)
    await attendance.pin("2580")
    assert not attendance.locked
    await attendance.badge_out("04FFFFFFFFFFFF")
    assert not attendance.locked
    await attendance.badge_out(LEROY.badge)
    assert attendance.locked
    assert (await cart.acts())[-1] == (Act.SIGNED_OUT.value, LEROY.rpps)


async def test_a_badge_that_was_only_held_to_the_reader_still_waits_for_its_code(cart: Cart) -> None:
    attendance = cart.attendance
    await attendance.badge(LEROY.badge, stays=True)
    await attendance.badge_out(LEROY.badge)
    assert attendance.asked.name == LEROY.name
    await attendance.pin("2580")
    assert not attendance.locked
    cart.clock.seconds += PIN_SECONDS + 1
    attendance.touched()
    assert not await attendance.tick()


async def test_a_badge_that_stays_in_the_reader_of_an_idle_screen_asks_for_its_code_again(cart: Cart) -> None:
    attendance = cart.attendance
    await attendance.badge(LEROY.badge, stays=True)
    await attendance.pin("2580")
    cart.clock.seconds += 3600
    assert await attendance.tick()
    assert (attendance.locked, attendance.asked.name) == (True, LEROY.name)
    cart.clock.seconds += 3600
    assert not await attendance.tick()
    await attendance.pin("2580")
    assert not attendance.locked
    await attendance.lock()
    assert attendance.asked.name == LEROY.name
    await attendance.badge_out(LEROY.badge)
    cart.clock.seconds += PIN_SECONDS
    assert await attendance.tick()
    assert attendance.asked.name == ""


@pytest.mark.hazard("H1", without="tests.controls_badge:another_badge_signs_nobody_out")
async def test_another_badge_ends_what_is_done_in_the_name_of_the_one_before(cart: Cart) -> None:
    await cart.book.take(
        dataclasses.replace(
            STAFF, number=4, expires=cart.clock.now().utc.date() + dt.timedelta(days=9), members=(LEROY, SUZE)
        ),
        ADMIN,
        cart.clock.now(),
    )
    attendance = cart.attendance
    await attendance.refresh()
    await cart.signed_in()
    await attendance.badge(SUZE.badge)
    assert (attendance.locked, attendance.asked.name) == (True, SUZE.name)
    assert attendance.actor().who.name == ""
    await attendance.pin("1470")
    assert attendance.actor().who.name == SUZE.name
    assert [act for act, _ in await cart.acts()][-3:] == ["signed_out", "pin_set", "signed_in"]


async def test_a_badge_without_a_number_is_told_of_for_a_minute(cart: Cart) -> None:
    attendance = cart.attendance
    attendance.unread("Badge non lu : présentez-le de nouveau, à plat sur le lecteur.")
    assert attendance.asked.what.startswith("Badge non lu")
    cart.clock.seconds += PIN_SECONDS
    assert await attendance.tick()
    assert attendance.asked.what == ""
    await cart.signed_in()
    attendance.unread("Badge non lu.")
    assert attendance.asked.what == ""


# --- an id that is used again


async def after(cart: Cart, number: int, *members: Member) -> None:
    expires = cart.clock.now().utc.date() + dt.timedelta(days=30)
    await cart.book.take(
        dataclasses.replace(STAFF, number=number, expires=expires, members=members), ADMIN, cart.clock.now()
    )
    await cart.attendance.refresh()


async def has_pin(cart: Cart) -> bool:
    known = await cart.book.known(member_id=LEROY.id)
    assert known is not None
    return known.pin is not None


@pytest.mark.parametrize(
    ("changed", "kept"),
    [
        ({"badge": "04000000000000"}, True),
        ({"code": "300"}, True),
        ({"role": Role.DOCTOR}, True),
        ({"name": "Chloé LEROY"}, False),
        ({"rpps": "10007654321"}, False),
    ],
)
async def test_a_code_stays_with_its_person_and_not_with_its_id(
    cart: Cart, changed: dict[str, object], kept: bool
) -> None:
    await cart.signed_in()
    await cart.attendance.lock()
    await after(cart, 4, dataclasses.replace(LEROY, **changed))  # type: ignore[arg-type]
    assert await has_pin(cart) == kept
    assert (("pin_taken", "root") in await cart.acts()) != kept


@pytest.mark.hazard("T16", without="tests.controls_badge:a_pin_stays_with_its_id")
async def test_an_id_that_was_gone_comes_back_without_its_code(cart: Cart) -> None:
    await cart.signed_in()
    await after(cart, 4, DIALLO)
    await after(cart, 5, LEROY)
    assert not await has_pin(cart)
    await cart.attendance.code(LEROY.code)
    assert entrance(cart.attendance) is Entrance.NOT_INVITED


async def test_a_start_code_that_waits_is_not_the_next_ones(cart: Cart) -> None:
    await cart.book.invite(LEROY.id, "$argon2id$", cart.clock.now().utc + SHIFT, ADMIN, cart.clock.now())
    await after(cart, 4, dataclasses.replace(LEROY, name="Chloé LEROY"))
    known = await cart.book.known(member_id=LEROY.id)
    assert known is not None
    assert (known.start, known.start_until) == (None, None)
