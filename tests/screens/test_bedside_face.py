"""The picture of a resident on the card that is confirmed: hers, or none (H1)."""

from __future__ import annotations

import io
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from edge.door import messages as m
from tests.screens.door import NOBODY, RESIDENTS, Bedside
from tests.screens.test_bedside_still import SIXEL, pictured, sixels
from ui.bedside.graphics import LETTERS
from ui.bedside.messages import Consider, Go, Tapped
from ui.bedside.views import Page
from ui.bedside.widgets.face import Face

LOUIS, ODETTE = RESIDENTS[0], RESIDENTS[1]
SIZES = [(80, 24), (106, 33), (120, 32)]


def jpeg(colour: str = "tan") -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (180, 240), colour).save(content, "JPEG")
    return content.getvalue()


def face(of: m.ResidentCard, content: bytes | None = None) -> bytes:
    return m.encode(m.Face(patient_id=of.id, jpeg=jpeg() if content is None else content))


async def considered(screen: Bedside, one: m.ResidentCard) -> None:
    screen.clock.seconds += 1.0
    screen.app.post_message(Tapped(Consider(one.id)))
    await screen.until(lambda: screen.app.page is Page.CONFIRM and screen.app.candidate == one.id)


async def asked(screen: Bedside, one: m.ResidentCard) -> None:
    await screen.until(lambda: m.ShowFace(patient_id=one.id) in screen.door.heard)


def place(screen: Bedside) -> Face:
    return screen.app.screen.query_one(Face)


@pytest.mark.parametrize("size", SIZES)
async def test_the_face_stands_on_the_card_and_covers_nothing(tmp_path: Path, size: tuple[int, int]) -> None:
    async with pictured(tmp_path, NOBODY, size) as screen:
        await screen.until(lambda: screen.app.complete)
        await considered(screen, LOUIS)
        before = {word for row in screen.rows() for word in row.split()}
        answers = screen.app.screen.query_one("#it-is").region.bottom
        await asked(screen, LOUIS)
        screen.door.say_bytes(face(LOUIS))
        await screen.until(lambda: bool(sixels(screen)))
        one = place(screen)
        assert sixels(screen) == list(range(one.region.y, one.region.bottom))
        assert one.region.right <= screen.app.screen.query_one("#candidate").region.right
        assert before <= {word for row in screen.rows() for word in row.split()}
        page = screen.app.screen.query_one("#confirm").region
        assert screen.app.screen.query_one("#it-is").region.bottom <= max(answers, page.bottom)
        await screen.tap("#candidate-face")
        assert screen.app.page is Page.CONFIRM
        await screen.tap("#it-is")
        assert m.SelectResident(patient_id=LOUIS.id) in screen.door.heard
        await screen.until(lambda: screen.app.page is Page.HOME)
        assert sixels(screen) == []
        assert place(screen).drawn is None


@pytest.mark.hazard("H1", without="tests.controls_faces_of_residents:a_face_outlives_its_card")
@pytest.mark.parametrize("way", ["list", "scan"])
async def test_no_face_stands_beside_another_name(tmp_path: Path, way: str) -> None:
    async with pictured(tmp_path, NOBODY) as screen:
        await screen.until(lambda: screen.app.complete)
        await considered(screen, LOUIS)
        await asked(screen, LOUIS)
        screen.door.say_bytes(face(LOUIS))
        await screen.until(lambda: bool(sixels(screen)))
        if way == "list":
            screen.clock.seconds += 1.0
            screen.app.post_message(Tapped(Go(Page.RESIDENTS)))
            await screen.until(lambda: screen.app.page is Page.RESIDENTS)
            await considered(screen, ODETTE)
        else:
            scan = m.ScanCard(number=7, patient_id=ODETTE.id)
            screen.door.say(msgspec.structs.replace(NOBODY, scan=scan))
            await screen.until(lambda: screen.app.candidate == ODETTE.id)
        await screen.says("PETIT")
        assert sixels(screen) == []
        await asked(screen, ODETTE)
        screen.door.say_bytes(face(ODETTE, b""))
        await screen.pilot.pause()
        assert sixels(screen) == []
        assert place(screen).drawn is None


@pytest.mark.hazard("H1", without="tests.controls_faces_of_residents:a_late_face_is_the_next_residents")
async def test_a_face_that_comes_late_is_left_out(tmp_path: Path) -> None:
    async with pictured(tmp_path, NOBODY) as screen:
        await screen.until(lambda: screen.app.complete)
        await considered(screen, LOUIS)
        await asked(screen, LOUIS)
        await considered(screen, ODETTE)
        await asked(screen, ODETTE)
        screen.door.say_bytes(face(LOUIS, jpeg("red")))
        await screen.pilot.pause()
        hand = screen.app.stills.faces
        assert hand._jpeg == b""
        assert place(screen).drawn is None
        screen.door.say_bytes(face(ODETTE, jpeg("blue")))
        await screen.until(lambda: bool(sixels(screen)))
        assert hand._jpeg == jpeg("blue")


async def test_who_locks_finds_no_face(tmp_path: Path) -> None:
    async with pictured(tmp_path, NOBODY) as screen:
        await screen.until(lambda: screen.app.complete)
        await considered(screen, LOUIS)
        await asked(screen, LOUIS)
        screen.door.say_bytes(face(LOUIS))
        await screen.until(lambda: bool(sixels(screen)))
        locked = m.AttendanceCard(required=True, locked=True)
        screen.door.say(msgspec.structs.replace(NOBODY, attendance=locked))
        await screen.until(lambda: screen.app.page is Page.LOCKED)
        assert sixels(screen) == []
        assert place(screen).drawn is None
        assert screen.app.stills.faces._jpeg == b""


@pytest.mark.parametrize("pictures", [LETTERS, SIXEL], ids=["letters", "no picture"])
async def test_without_a_picture_nothing_is_other_than_before(tmp_path: Path, pictures: object) -> None:
    async with pictured(tmp_path, NOBODY, pictures=pictures) as screen:  # type: ignore[arg-type]
        await screen.until(lambda: screen.app.complete)
        await considered(screen, LOUIS)
        rows = screen.rows()
        if pictures is SIXEL:
            await asked(screen, LOUIS)
            screen.door.say_bytes(face(LOUIS, b"no JPEG at all"))
            await screen.pilot.pause()
        else:
            assert m.ShowFace(patient_id=LOUIS.id) not in screen.door.heard
        assert screen.rows() == rows
        assert not place(screen).display
