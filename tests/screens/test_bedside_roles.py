"""What each profession may do is seen: no place of the screen offers what edge would refuse, and home says who may."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from edge.domain.staff import MAY, WITHOUT_BADGE, Deed, Role
from edge.door import messages as m
from edge.door.attendance_desk import DEEDS
from tests.screens.door import BESIDE_JEANNE, Bedside, bedside
from tests.screens.test_bedside_entrance import signed_in
from ui.bedside.invented_staff import HERE
from ui.bedside.messages import Tapped
from ui.bedside.picture import APPLIANCES, FULL_SET, NEARBY
from ui.bedside.screens.home import NEEDS
from ui.bedside.views import Page
from ui.bedside.widgets.touch import Touch

FULL = msgspec.structs.replace(
    BESIDE_JEANNE, items=(*BESIDE_JEANNE.items, *FULL_SET), devices=APPLIANCES, nearby=NEARBY, unassigned=1
)
SITUATIONS: Mapping[str, m.Snapshot] = {
    "beside somebody": FULL,
    "in a call": msgspec.structs.replace(FULL, call=m.CallCard(call_id="c", state="connected")),
}
WHO: Mapping[str, frozenset[Deed]] = {role.value: MAY[role] for role in Role} | {"emergency": WITHOUT_BADGE}
ELSEWHERE = {Page.STARTING, Page.LOCKED, Page.CLEANING}


def as_seen_by(who: str, snapshot: m.Snapshot) -> m.Snapshot:
    """As edge.door.sight leaves it."""
    if Deed.CHOOSE_RESIDENT not in WHO[who]:
        snapshot = msgspec.structs.replace(
            snapshot, resident=None, encounter_id=None, items=(), live=(), trace=None, residents=(), unassigned=0
        )
    if who != "emergency":
        return signed_in(Role(who), snapshot)
    card = m.AttendanceCard(required=True, emergency=True, may=tuple(deed.value for deed in WITHOUT_BADGE))
    return msgspec.structs.replace(snapshot, attendance=card, items=(), trace=None, strip=m.StripCard())


def offered(screen: Bedside) -> list[Touch]:
    """What can be tapped on the page that is shown and in the frame around it."""
    return [one for one in screen.app.screen.query(Touch) if one.act is not None and one.is_on_screen]


async def asked(screen: Bedside) -> list[tuple[Page, str, m.Command]]:
    """What the door hears when everything is tapped, on every page to which taps lead from the one that is shown."""
    heard: list[tuple[Page, str, m.Command]] = []
    seen: set[Page] = set()
    waiting = [screen.app.page]
    while waiting:
        page = waiting.pop()
        if page in seen or page in ELSEWHERE:
            continue
        seen.add(page)
        screen.app.turn_to(page)
        await screen.pilot.pause()
        for touch in offered(screen):
            if screen.app.page is not page:
                screen.app.turn_to(page)
                await screen.pilot.pause()
            if touch.act is None or not touch.is_on_screen:
                continue
            screen.clock.seconds += 1.0
            screen.door.heard.clear()
            screen.app.post_message(Tapped(touch.act))
            await screen.pilot.pause()
            heard += [(page, str(touch.id), command) for command in screen.door.heard]
            waiting.append(screen.app.page)
    return heard


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("who", WHO)
async def test_nothing_is_offered_that_would_be_refused(tmp_path: Path, who: str, situation: str) -> None:
    async with bedside(tmp_path, as_seen_by(who, SITUATIONS[situation])) as screen:
        screen.door.refusal = m.Refused(id=0, reason="not_allowed", what="", do="")
        refused = [
            (page.value, name, type(command).__name__)
            for page, name, command in await asked(screen)
            if (wanted := DEEDS.get(type(command), frozenset())) and not wanted & WHO[who]
        ]
        assert refused == []


async def test_a_care_assistant_alone_sees_what_she_may_do_and_who_may_do_the_rest(tmp_path: Path) -> None:
    async with bedside(tmp_path, signed_in(Role.CARE_ASSISTANT)) as screen:
        await screen.until(lambda: screen.app.page is Page.HOME)
        places = {str(one.id): one for one in screen.app.screen.query("#places Touch").results(Touch)}
        for name, deeds in NEEDS.items():
            may = any(Deed(deed) in MAY[Role.CARE_ASSISTANT] for deed in deeds)
            place = places[f"home-{name}"]
            assert (place.act is not None) == may, name
            region = place.region
            rows = [row[region.x : region.right] for row in screen.rows()[region.y : region.bottom]]
            assert any("Réservé" in row for row in rows) != may, name
        await screen.says("Réservé : IDE, Dr")
        assert not screen.app.screen.query_one("#home-let-in").display


@pytest.mark.parametrize("role", Role)
async def test_only_who_may_let_somebody_in_is_offered_it(tmp_path: Path, role: Role) -> None:
    async with bedside(tmp_path, signed_in(role)) as screen:
        await screen.until(lambda: screen.app.page in {Page.HOME, Page.RESIDENTS})
        assert screen.app.screen.query_one("#home-let-in").display == (Deed.LET_IN in MAY[role])


async def test_a_replacement_is_let_in_and_another_s_access_is_ended(tmp_path: Path) -> None:
    snapshot = signed_in(Role.NURSE)
    there = msgspec.structs.replace(snapshot.attendance, replacements=(HERE,))
    async with bedside(tmp_path, msgspec.structs.replace(snapshot, attendance=there)) as screen:
        await screen.tap("#home-let-in")
        for letter in "INES":
            await screen.tap(f"#letting-{letter}")
        await screen.tap("#letting-space")
        for letter in "MOX":
            await screen.tap(f"#letting-{letter}")
        await screen.tap("#letting-erase")
        await screen.says("INES MO_")
        await screen.tap("#letting-go")
        await screen.tap("#letting-CARE_ASSISTANT")
        await screen.tap("#letting-8")
        await screen.tap("#letting-go")
        await screen.tap("#letting-there-0")
        heard = [one for one in screen.door.heard if not isinstance(one, m.Awake)]
        assert heard == [m.LetIn(name="INES MO", role="aide-soignant", hours=8), m.SendAway(member_id=HERE.member_id)]
        welcome = m.WelcomeCard(
            name="INES MO", role="aide-soignant", ends="2026-11-20T21:32:00+00:00", number="902", start="40718263"
        )
        screen.door.say(msgspec.structs.replace(snapshot, attendance=msgspec.structs.replace(there, welcome=welcome)))
        await screen.says("Accès créé", "AS INES MO, jusqu'à 22:32")
        await screen.tap("#welcome-lock")
        assert screen.door.heard[-1] == m.Lock()


async def test_a_name_that_is_half_typed_is_not_there_for_the_next_one(tmp_path: Path) -> None:
    async with bedside(tmp_path, signed_in(Role.NURSE)) as screen:
        await screen.tap("#home-let-in")
        await screen.tap("#letting-I")
        await screen.says("I_")
        card = msgspec.structs.replace(screen.door.snapshot.attendance, name="Anne SUZE")
        screen.door.say(msgspec.structs.replace(screen.door.snapshot, attendance=card))
        await screen.until(lambda: "I_" not in screen.seen())


async def test_whoever_typed_a_wrong_number_goes_back_with_one_tap(tmp_path: Path) -> None:
    card = m.AttendanceCard(required=True, locked=True, asked="Camille LEROY")
    bare = m.Snapshot(cart="Borne 3", demo=False, clock=BESIDE_JEANNE.clock, attendance=card)
    async with bedside(tmp_path, bare) as screen:
        await screen.says("Camille LEROY : tapez", "Touchez RETOUR")
        await screen.tap("#entrance-erase")
        assert screen.door.heard == [m.Lock()]


async def test_a_cart_without_a_reader_asks_for_no_badge(tmp_path: Path) -> None:
    card = m.AttendanceCard(required=True, locked=True)
    bare = m.Snapshot(cart="Borne 3", demo=False, clock=BESIDE_JEANNE.clock, attendance=card)
    async with bedside(tmp_path, bare) as screen:
        await screen.says("Tapez votre numéro")
        assert "Présentez" not in screen.seen()
        away = msgspec.structs.replace(
            card, reader="away", reader_what="Lecteur de badge n'est pas branché. Branchez-le."
        )
        screen.door.say(msgspec.structs.replace(bare, attendance=away))
        await screen.says("Lecteur de badge n'est pas branché")
