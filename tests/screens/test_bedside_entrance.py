"""Signing in at the locked screen, what each profession is shown, and the screen that is being cleaned."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from edge.domain.staff import MAY, Role
from edge.door import messages as m
from tests.screens.door import BESIDE_JEANNE, Bedside, bedside
from ui.bedside.app import AWAKE_SECONDS
from ui.bedside.messages import Go, Tapped
from ui.bedside.screens.entrance import CLEANING_SECONDS
from ui.bedside.views import Page
from ui.bedside.widgets.frame import Banner, BottomBar
from ui.bedside.widgets.touch import Touch

LOCKED_CARD = m.AttendanceCard(required=True, locked=True, reader="here")
LOCKED = m.Snapshot(cart="Borne 3", demo=False, clock=BESIDE_JEANNE.clock, attendance=LOCKED_CARD)


def asking(**changes: object) -> m.Snapshot:
    return msgspec.structs.replace(LOCKED, attendance=msgspec.structs.replace(LOCKED_CARD, **changes))


def signed_in(role: Role = Role.NURSE, snapshot: m.Snapshot = BESIDE_JEANNE) -> m.Snapshot:
    card = m.AttendanceCard(
        required=True, name="Camille LEROY", role=role.value, may=tuple(deed.value for deed in MAY[role])
    )
    return msgspec.structs.replace(snapshot, attendance=card)


async def types(screen: Bedside, digits: str) -> None:
    for digit in digits:
        await screen.tap(f"#entrance-{digit}")


@pytest.mark.parametrize("size", [(80, 24), (106, 33), (120, 32)])
async def test_number_then_secret_code(tmp_path: Path, size: tuple[int, int]) -> None:
    async with bedside(tmp_path, LOCKED, size=size) as screen:
        await screen.until(lambda: screen.app.page is Page.LOCKED)
        await screen.says("Présentez votre badge", "URGENCE")
        await types(screen, "21")
        await screen.tap("#entrance-erase")
        await types(screen, "214")
        await screen.tap("#entrance-enter")
        assert screen.door.heard == [m.SayWho(code="214")]
        screen.door.say(asking(asked="Camille LEROY"))
        await screen.says("Camille LEROY : tapez")
        await types(screen, "2580")
        assert "2580" not in screen.seen()
        await screen.tap("#entrance-enter")
        assert screen.door.heard[1:] == [m.TypePin(pin="2580")]
        screen.door.say(signed_in())
        await screen.until(lambda: screen.app.page is Page.HOME)
        await screen.says("IDE Camille LEROY")


async def test_every_key_of_the_locked_screen_is_large_enough_for_gloves(tmp_path: Path) -> None:
    """20 mm are 10 x 5 cells at 106 x 33, 12 mm are 6 x 3."""
    async with bedside(tmp_path, LOCKED, size=(106, 33)) as screen:
        await screen.until(lambda: screen.app.page is Page.LOCKED)
        keys = screen.app.screen.query("#entrance-keys Touch")
        assert len(keys) == 12
        assert all(key.region.width >= 10 and key.region.height >= 5 for key in keys)
        emergency = screen.app.screen.query_one("#entrance-emergency").region
        assert (emergency.width >= 10, emergency.height >= 5) == (True, True)


async def test_what_came_of_a_try_is_said_and_what_was_typed_is_gone(tmp_path: Path) -> None:
    async with bedside(tmp_path, asking(asked="Camille LEROY")) as screen:
        await screen.until(lambda: screen.app.page is Page.LOCKED)
        await types(screen, "1234")
        await screen.tap("#entrance-enter")
        screen.door.say(asking(asked="Camille LEROY", entrance="wrong_pin"))
        await screen.says("Code secret refusé")
        assert not screen.app.screen.query_one("#entrance-enter", Touch).act
        screen.door.say(asking(asked="Camille LEROY", entrance="wait", wait_seconds=29.5))
        await screen.says("attendez 30 s")
        screen.door.say(asking(asked="Camille LEROY", entrance="set_pin", what="trop simple"))
        await screen.says("choisissez votre code secret", "trop simple")
        screen.door.say(asking(entrance="unknown"))
        await screen.says("Badge ou numéro inconnu")


@pytest.mark.hazard("H1", without="tests.screens.controls:a_locked_screen_is_left")
async def test_a_locked_screen_shows_nobody_and_goes_nowhere(tmp_path: Path) -> None:
    async with bedside(tmp_path, signed_in()) as screen:
        await screen.says("DUPONT")
        screen.door.say(LOCKED)
        await screen.until(lambda: screen.app.page is Page.LOCKED)
        for page in Page:
            screen.clock.seconds += 1.0
            screen.app.post_message(Tapped(Go(page)))
            await screen.pilot.pause()
            assert screen.app.page is Page.LOCKED
        assert "DUPONT" not in screen.seen()
        assert not screen.app.screen.query_one(Banner).display
        assert not screen.app.screen.query_one(BottomBar).display


async def test_whoever_unlocks_finds_the_page_that_was_left(tmp_path: Path) -> None:
    async with bedside(tmp_path, signed_in()) as screen:
        await screen.tap("#bar-vitals")
        screen.door.say(LOCKED)
        await screen.until(lambda: screen.app.page is Page.LOCKED)
        screen.door.say(signed_in(Role.CARE_ASSISTANT))
        await screen.until(lambda: screen.app.page is Page.VITALS)
        assert screen.app.screen.query_one(Banner).display


async def test_another_resident_behind_the_lock_is_not_met_on_the_page_of_the_one_before(tmp_path: Path) -> None:
    async with bedside(tmp_path, signed_in()) as screen:
        await screen.tap("#bar-vitals")
        screen.door.say(LOCKED)
        await screen.until(lambda: screen.app.page is Page.LOCKED)
        other = msgspec.structs.replace(BESIDE_JEANNE.residents[0], id="another")
        screen.door.say(signed_in(snapshot=msgspec.structs.replace(BESIDE_JEANNE, resident=other, encounter_id="E9")))
        await screen.until(lambda: screen.app.page is Page.HOME)


async def test_what_a_care_assistant_may_not_do_is_seen_before_she_tries(tmp_path: Path) -> None:
    async with bedside(tmp_path, signed_in(Role.CARE_ASSISTANT)) as screen:
        await screen.until(lambda: screen.app.page is Page.HOME)
        off = {str(one.id) for one in screen.app.screen.query("#places Touch").results(Touch) if one.act is None}
        assert off == {"home-sound", "home-appliances"}
        await screen.tap("#home-sound")
        assert screen.app.page is Page.HOME


async def test_a_measurement_behind_the_lock_is_said_to_go_on(tmp_path: Path) -> None:
    running = msgspec.structs.replace(LOCKED, strip=m.StripCard(state="recording", safe_seconds=12.0))
    async with bedside(tmp_path, running) as screen:
        await screen.says("Une mesure ou un appel continue")


async def test_the_emergency_door_is_one_tap(tmp_path: Path) -> None:
    async with bedside(tmp_path, LOCKED) as screen:
        await screen.until(lambda: screen.app.page is Page.LOCKED)
        await screen.tap("#entrance-emergency")
        assert screen.door.heard == [m.OpenEmergency()]
        card = m.AttendanceCard(required=True, emergency=True, may=("choose_resident", "emergency_call"))
        screen.door.say(msgspec.structs.replace(BESIDE_JEANNE, attendance=card, items=(), trace=None))
        await screen.says("Accès d'urgence")


async def test_locking_by_hand_and_staying_awake(tmp_path: Path) -> None:
    async with bedside(tmp_path, signed_in()) as screen:
        await screen.tap("#bar-vitals")
        await screen.tap("#bar-home")
        assert screen.door.heard == [m.Awake()]
        screen.clock.seconds += AWAKE_SECONDS
        await screen.tap("#bar-vitals")
        assert screen.door.heard == [m.Awake(), m.Awake()]
        await screen.tap("#bar-home")
        await screen.tap("#home-lock")
        assert screen.door.heard[2:] == [m.Lock()]


async def test_a_screen_that_is_cleaned_answers_to_no_finger_and_comes_back_by_itself(tmp_path: Path) -> None:
    async with bedside(tmp_path, BESIDE_JEANNE) as screen:
        await screen.until(lambda: screen.app.page is Page.HOME)
        await screen.tap("#home-clean")
        await screen.says("ÉCRAN BLOQUÉ")
        for page in (Page.VITALS, Page.RESIDENTS):
            screen.clock.seconds += 1.0
            screen.app.post_message(Tapped(Go(page)))
            await screen.pilot.pause()
            assert screen.app.page is Page.CLEANING
        screen.clock.seconds += CLEANING_SECONDS
        await screen.until(lambda: screen.app.page is Page.HOME)
        assert screen.door.heard == []


async def test_without_a_staff_list_there_is_nothing_to_lock(tmp_path: Path) -> None:
    async with bedside(tmp_path, BESIDE_JEANNE) as screen:
        await screen.until(lambda: screen.app.page is Page.HOME)
        assert not screen.app.screen.query_one("#home-lock").display


@pytest.mark.parametrize("number", [7, 8])
async def test_who_was_scanned_before_the_screen_was_unlocked_is_not_proposed(tmp_path: Path, number: int) -> None:
    """Whoever signs in did not hold that code before the reader (H1)."""
    scanned = msgspec.structs.replace(BESIDE_JEANNE, scan=m.ScanCard(number=7, patient_id="P-OTHER"))
    async with bedside(tmp_path, signed_in(snapshot=scanned)) as screen:
        await screen.until(lambda: screen.app.page is Page.HOME)
        screen.door.say(msgspec.structs.replace(LOCKED, scan=m.ScanCard(number=number)))
        await screen.until(lambda: screen.app.page is Page.LOCKED)
        assert screen.app.words.scan_unknown not in screen.seen()
        other = msgspec.structs.replace(BESIDE_JEANNE.residents[0], id="P-OTHER")
        after = msgspec.structs.replace(
            scanned,
            scan=m.ScanCard(number=number, patient_id="P-OTHER"),
            residents=(*BESIDE_JEANNE.residents, other),
        )
        screen.door.say(signed_in(snapshot=after))
        await screen.until(lambda: screen.app.page is not Page.LOCKED)
        assert (screen.app.page, screen.app.candidate) == (Page.HOME, "")
