"""A doctor who comes while the screen is locked: it is said without a name, and whoever unlocks is where he is answered."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from edge.door import messages as m
from tests.screens.door import BESIDE_JEANNE, bedside
from tests.screens.test_bedside_entrance import LOCKED, signed_in
from ui.bedside.invented_diary import CALLED_BACK, PARKED
from ui.bedside.locales import LANGUAGES
from ui.bedside.views import Page

RINGS = msgspec.structs.replace(LOCKED, call=m.CallCard(state="waiting"))
SIZES = [(80, 24), (106, 33), (120, 32)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_locked_screen_says_that_a_doctor_waits_and_names_nobody(
    tmp_path: Path, size: tuple[int, int], language: str
) -> None:
    async with bedside(tmp_path, LOCKED, size, language) as screen:
        await screen.until(lambda: screen.app.page is Page.LOCKED)
        line = screen.app.screen.query_one("#entrance-rings")
        assert not line.display
        screen.door.say(RINGS)
        await screen.until(lambda: bool(line.region))
        await screen.pilot.pause()
        await screen.says(screen.app.words.diary_rings_locked)
        keys = screen.app.screen.query("#entrance-keys Touch, #entrance-emergency")
        assert all(key.region.height >= 3 and key.region.bottom <= size[1] for key in keys)
        assert not {"DUPONT", "PETIT", "Vidal"} & set(screen.seen().replace("·", " ").split())
        screen.door.say(LOCKED)
        await screen.until(lambda: not line.display)


@pytest.mark.parametrize(
    ("call", "diary", "page"),
    [
        (PARKED, CALLED_BACK, Page.DIARY),
        (m.CallCard(call_id="c-1", state="waiting"), m.DiaryCard(), Page.CALL),
        (m.CallCard(), m.DiaryCard(), Page.VITALS),
    ],
)
async def test_whoever_unlocks_is_where_the_doctor_is_answered(
    tmp_path: Path, call: m.CallCard, diary: m.DiaryCard, page: Page
) -> None:
    async with bedside(tmp_path, signed_in()) as screen:
        await screen.tap("#bar-vitals")
        screen.door.say(msgspec.structs.replace(RINGS, call=m.CallCard(state=call.state)))
        await screen.until(lambda: screen.app.page is Page.LOCKED)
        screen.door.say(signed_in(snapshot=msgspec.structs.replace(BESIDE_JEANNE, call=call, diary=diary)))
        await screen.until(lambda: screen.app.page is not Page.LOCKED)
        assert screen.app.page is page
        assert screen.app.view.resident is not None
        assert screen.app.view.resident.id == "r-214"
        assert not [one for one in screen.door.heard if isinstance(one, m.SelectResident | m.AdmitSpecialist)]
