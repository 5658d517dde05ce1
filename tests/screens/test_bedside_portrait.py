"""The picture of who is on screen, on the banner and behind it: hers, or none (H1)."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from edge.door import messages as m
from tests.screens.door import RESIDENTS, Bedside
from tests.screens.test_bedside_face import face, jpeg
from tests.screens.test_bedside_still import EMPTY, pictured, sixels
from ui.bedside.graphics import LETTERS
from ui.bedside.views import Page
from ui.bedside.widgets.face import BannerFace, OwnFace

LOUIS, ODETTE = RESIDENTS[0], RESIDENTS[1]
WITH_LOUIS = msgspec.structs.replace(EMPTY, resident=LOUIS)
WITH_ODETTE = msgspec.structs.replace(EMPTY, resident=ODETTE, encounter_id="e-2")
LONG = msgspec.structs.replace(
    WITH_LOUIS,
    resident=msgspec.structs.replace(
        LOUIS, allergies=("PÉNICILLINE", "IODE", "SULFAMIDES", "ARACHIDE", "LATEX", "FRAISES")
    ),
)
SIZES = [(80, 24), (106, 33), (120, 32)]


async def stands(screen: Bedside, one: m.ResidentCard, content: bytes | None = None) -> None:
    await screen.until(lambda: m.ShowFace(patient_id=one.id) in screen.door.heard)
    screen.door.say_bytes(face(one, content))
    await screen.until(lambda: bool(sixels(screen)))


def places(screen: Bedside) -> list[OwnFace]:
    return list(screen.app.screen.query(OwnFace))


@pytest.mark.parametrize("size", SIZES)
async def test_the_banner_shows_who_it_is_and_nothing_moves(tmp_path: Path, size: tuple[int, int]) -> None:
    async with pictured(tmp_path, WITH_LOUIS, size) as screen:
        await screen.until(lambda: screen.app.page is Page.HOME)
        body = screen.app.screen.query_one("#body").region
        words = set(" ".join(screen.rows()).split())
        await stands(screen, LOUIS)
        one, banner = screen.app.screen.query_one(BannerFace), screen.app.screen.query_one("#banner")
        assert sixels(screen) == list(range(banner.region.y, banner.region.y + 3))
        assert one.region.right <= banner.region.right
        assert screen.app.screen.query_one("#body").region == body
        assert words <= set(" ".join(screen.rows()).split())
        await screen.tap("#banner-face")
        assert screen.app.page is Page.DETAILS
        await screen.until(lambda: len(sixels(screen)) > 3)
        assert screen.app.screen.query_one("#details-face", OwnFace).drawn is not None


async def test_where_the_words_need_the_room_they_have_it(tmp_path: Path) -> None:
    async with pictured(tmp_path, LONG, (80, 24)) as screen:
        await screen.until(lambda: m.ShowFace(patient_id=LOUIS.id) in screen.door.heard)
        rows = screen.rows()
        assert not screen.app.screen.query_one("#banner").has_room  # type: ignore[attr-defined]
        screen.door.say_bytes(face(LOUIS))
        await screen.until(lambda: screen.app.stills.portrait._jpeg != b"")
        assert sixels(screen) == []
        assert screen.rows() == rows
        await screen.tap("#banner")
        await screen.until(lambda: bool(sixels(screen)))
        assert screen.app.screen.query_one("#details-face", OwnFace).drawn is not None


@pytest.mark.hazard("H1", without="tests.controls_faces_of_residents:a_portrait_outlives_its_resident")
async def test_no_picture_stands_on_the_banner_of_another(tmp_path: Path) -> None:
    async with pictured(tmp_path, WITH_LOUIS) as screen:
        await stands(screen, LOUIS)
        screen.door.say(WITH_ODETTE)
        await screen.says("PETIT")
        assert sixels(screen) == []
        assert all(one.drawn is None for one in places(screen))
        await screen.until(lambda: m.ShowFace(patient_id=ODETTE.id) in screen.door.heard)
        # what was asked for the one before comes late
        screen.door.say_bytes(face(LOUIS, jpeg("red")))
        await screen.pilot.pause()
        assert screen.app.stills.portrait._jpeg == b""
        assert sixels(screen) == []
        await stands(screen, ODETTE, jpeg("blue"))


async def test_a_picture_that_was_taken_away_goes_from_the_banner(tmp_path: Path) -> None:
    async with pictured(tmp_path, WITH_LOUIS) as screen:
        await stands(screen, LOUIS)
        before = screen.door.heard.count(m.ShowFace(patient_id=LOUIS.id))
        screen.clock.seconds += 31.0
        await screen.until(lambda: screen.door.heard.count(m.ShowFace(patient_id=LOUIS.id)) > before)
        screen.door.say_bytes(face(LOUIS, b""))
        await screen.until(lambda: not sixels(screen))
        assert all(one.drawn is None for one in places(screen))


async def test_a_locked_screen_has_no_picture_and_letters_ask_for_none(tmp_path: Path) -> None:
    async with pictured(tmp_path, WITH_LOUIS) as screen:
        await stands(screen, LOUIS)
        screen.door.say(msgspec.structs.replace(WITH_LOUIS, attendance=m.AttendanceCard(required=True, locked=True)))
        await screen.until(lambda: screen.app.page is Page.LOCKED)
        assert sixels(screen) == []
        assert screen.app.stills.portrait._jpeg == b""
    (tmp_path / "letters").mkdir()
    async with pictured(tmp_path / "letters", WITH_LOUIS, pictures=LETTERS) as screen:
        await screen.pilot.pause()
        assert m.ShowFace(patient_id=LOUIS.id) not in screen.door.heard
