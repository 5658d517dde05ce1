"""Still pictures on the bedside screen: drawn by the worker, written with their rows, gone with their resident (H3)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest

from edge.door import messages as m
from tests.screens.door import BESIDE_JEANNE, NOBODY, RESIDENTS, Bedside, Clock, Finger, ScriptedDoor
from tests.screens.test_bedside_photo import EARLIER, comes, still
from tests.unit.test_ecg_still import DISPLAYS, wanted
from ui.bedside.app import BedsideApp
from ui.bedside.graphics import LETTERS, Graphics
from ui.bedside.picture import ZONE
from ui.bedside.screens.still import StillPage
from ui.bedside.views import Page
from ui.bedside.widgets.still import Still
from ui.drawing.messages import Way

SIXEL = Graphics(Way.SIXEL, (12, 24))
EMPTY = msgspec.structs.replace(BESIDE_JEANNE, items=(), live=(), trace=None, encounter_id="e-1")
ECG = m.ItemCard(item_id="ecg-1", kind="ecg", device="ECG", model="scp", taken="2026-11-20T14:31:05Z", age_seconds=10.0)
WITH_ECG = msgspec.structs.replace(EMPTY, items=(ECG,))
WHOLE = wanted(DISPLAYS["10.1 inches"]).ecg
DCS = "\x1bP"


def whole(encounter_id: str = "e-1", prior_id: str = "ecg-1") -> m.Earlier:
    return m.Earlier(prior_id=prior_id, encounter_id=encounter_id, ecg=WHOLE)


def jpeg(prior_id: str, encounter_id: str = "e-1") -> m.Earlier:
    _, encoded = cv2.imencode(".jpg", np.full((60, 80, 3), 120, np.uint8))
    return m.Earlier(prior_id=prior_id, encounter_id=encounter_id, jpeg=encoded.tobytes())


@asynccontextmanager
async def pictured(
    path: Path,
    snapshot: m.Snapshot = EMPTY,
    size: tuple[int, int] = (106, 33),
    language: str = "fr",
    pictures: Graphics = SIXEL,
    pixel_mm: float | None = 0.17,
) -> AsyncIterator[Bedside]:
    """The screen on a terminal that shows pictures."""
    door = ScriptedDoor(path / "door.sock", snapshot)
    clock = Clock()
    app = BedsideApp(door.path, language=language, clock=clock, zone=ZONE, pictures=pictures, pixel_mm=pixel_mm)
    await door.open()
    try:
        async with app.run_test(size=size):
            screen = Bedside(app, Finger(app), door, clock)
            await screen.until(lambda: app.view.started and app.complete)
            yield screen
    finally:
        await door.close()


def places(screen: Bedside) -> list[Still]:
    return list(screen.app.screen.query(Still))


def standing(screen: Bedside) -> list[Still]:
    return [one for one in places(screen) if one.drawn is not None]


def sixels(screen: Bedside) -> list[int]:
    """The rows of the display that hold a piece of a picture."""
    strips = screen.app.screen._compositor.render_strips()
    return [y for y, strip in enumerate(strips) if any(DCS in part.text for part in strip)]


async def asked(screen: Bedside, command: m.Command) -> None:
    await screen.until(lambda: command in screen.door.heard)


async def ecg_stands(screen: Bedside) -> None:
    await asked(screen, m.ShowEcg(prior_id="ecg-1"))
    screen.door.say_bytes(m.encode(whole()))
    await screen.until(lambda: bool(sixels(screen)))


async def test_an_ecg_that_comes_while_it_is_waited_for_stands_there_by_itself(tmp_path: Path) -> None:
    async with pictured(tmp_path) as screen:
        await screen.tap("#bar-ecg")
        screen.door.say(WITH_ECG)
        await screen.until(lambda: screen.app.page is Page.STILL)
        await ecg_stands(screen)
        drawn = screen.app.screen.query_one("#still-picture", Still).drawn
        assert drawn is not None
        paper = screen.app.screen.query_one("#still-paper").region
        assert sixels(screen) == list(range(paper.y, paper.bottom))
        await screen.says("25 mm/s", "10 mm/mV", "REFAIRE", "ENVOYER POUR AVIS", "DUPONT")


async def test_the_next_page_and_another_gain_are_one_touch(tmp_path: Path) -> None:
    async with pictured(tmp_path, WITH_ECG) as screen:
        await screen.tap("#bar-ecg")
        await screen.tap("#ecg-open")
        await ecg_stands(screen)
        await screen.says("0 à 8 s")
        await screen.tap("#still-next")
        await screen.says("8 à 10 s")
        await screen.tap("#still-gain")
        await screen.says("20 mm/mV", "8 à 10 s")
        assert screen.door.heard.count(m.ShowEcg(prior_id="ecg-1")) == 1
        await screen.tap("#still-close")
        assert screen.app.page is Page.ECG
        assert sixels(screen) == []


@pytest.mark.hazard("H3", without="tests.controls_stills:pictures_outlive_their_resident")
async def test_no_picture_outlives_its_resident(tmp_path: Path) -> None:
    """Neither on the display nor kept for later: whoever comes next, by choice, by nobody, or behind the lock."""
    async with pictured(tmp_path, WITH_ECG) as screen:
        await screen.tap("#bar-ecg")
        await screen.tap("#ecg-open")
        await ecg_stands(screen)
        other = msgspec.structs.replace(EMPTY, resident=RESIDENTS[0], encounter_id="e-2")
        screen.door.say(other)
        await screen.says("BERNARD")
        assert sixels(screen) == []
        assert standing(screen) == []
        hand = screen.app.stills
        assert not hand._contents
        assert not hand._drawn
        assert all(one.shows is None for one in places(screen))


@pytest.mark.hazard("H3", without="tests.controls_stills:a_late_answer_is_the_next_residents")
async def test_what_was_asked_for_the_resident_before_is_left_out(tmp_path: Path) -> None:
    async with pictured(tmp_path, WITH_ECG) as screen:
        await screen.tap("#bar-ecg")
        await screen.tap("#ecg-open")
        await asked(screen, m.ShowEcg(prior_id="ecg-1"))
        same_name = msgspec.structs.replace(WITH_ECG, resident=RESIDENTS[0], encounter_id="e-2")
        screen.door.say(same_name)
        await screen.says("BERNARD")
        await screen.tap("#bar-ecg")
        await screen.tap("#ecg-open")
        screen.door.say_bytes(m.encode(whole("e-1")))
        screen.door.say(msgspec.structs.replace(same_name, clock="2026-11-20T15:00:00+01:00"))
        await screen.says("15:00")
        assert not screen.app.stills._contents
        assert sixels(screen) == []


async def test_a_name_that_is_corrected_is_on_the_paper_at_once(tmp_path: Path) -> None:
    async with pictured(tmp_path, WITH_ECG) as screen:
        await screen.tap("#bar-ecg")
        await screen.tap("#ecg-open")
        await ecg_stands(screen)
        first = screen.app.screen.query_one("#still-picture", Still).drawn
        assert WITH_ECG.resident is not None
        right = msgspec.structs.replace(WITH_ECG.resident, given_names="Jeannette")
        screen.door.say(msgspec.structs.replace(WITH_ECG, resident=right))
        await screen.until(lambda: screen.app.screen.query_one("#still-picture", Still).drawn not in {None, first})


@pytest.mark.parametrize("size", [(80, 24), (106, 33), (120, 32)])
@pytest.mark.parametrize("language", ["fr", "en"])
async def test_the_banner_and_the_ways_stand_around_every_picture(
    tmp_path: Path, size: tuple[int, int], language: str
) -> None:
    cell = {80: (10, 20), 106: (12, 24), 120: (16, 33)}[size[0]]
    async with pictured(tmp_path, WITH_ECG, size, language, Graphics(Way.SIXEL, cell), 0.17) as screen:
        await screen.tap("#bar-ecg")
        await screen.tap("#ecg-open")
        await ecg_stands(screen)
        paper = screen.app.screen.query_one("#still-paper").region
        assert set(sixels(screen)) <= set(range(paper.y, paper.bottom))
        seen = screen.seen()
        assert "DUPONT" in seen.split(DCS)[0]
        for name in ("still-close", "still-gain", "still-again", "still-opinion"):
            part = screen.app.screen.query_one(f"#{name}")
            assert part.region.height >= 4
            assert part.region.bottom <= size[1]


async def test_where_the_terminal_shows_letters_only_it_is_said_and_nothing_is_asked(tmp_path: Path) -> None:
    async with pictured(tmp_path, WITH_ECG, pictures=LETTERS) as screen:
        await screen.tap("#bar-ecg")
        await screen.says("Cet écran ne sait pas montrer d'image", "ne pas interpréter")
        assert not screen.app.screen.query_one("#ecg-open").display
        await screen.tap("#bar-photo")
        assert screen.door.heard == []


async def test_a_picture_that_cannot_be_drawn_is_said_and_the_next_one_is(tmp_path: Path) -> None:
    async with pictured(tmp_path, WITH_ECG) as screen:
        await screen.tap("#bar-ecg")
        await screen.tap("#ecg-open")
        await asked(screen, m.ShowEcg(prior_id="ecg-1"))
        bad = msgspec.structs.replace(whole(), ecg=msgspec.structs.replace(WHOLE, hertz="none"))
        screen.door.say_bytes(m.encode(bad))
        await screen.says("ne peut pas être dessinée")
        screen.door.say_bytes(m.encode(whole()))
        await screen.tap("#still-gain")
        await screen.until(lambda: bool(sixels(screen)))


async def test_what_the_cart_refuses_is_said_in_its_place(tmp_path: Path) -> None:
    async with pictured(tmp_path, WITH_ECG) as screen:
        screen.door.refusal = m.Refused(id=0, reason="purged", what="Cette image n'est plus ici", do="")
        await screen.tap("#bar-ecg")
        await screen.tap("#ecg-open")
        await screen.says("plus ici")
        assert screen.app.frame.page(StillPage).display


# --- photos


async def test_a_photo_that_was_taken_stands_beside_the_last_one_of_the_same_part(tmp_path: Path) -> None:
    """Of the left heel: neither of the right one nor of one whose side nobody told (H4)."""
    before = msgspec.structs.replace(EMPTY, earlier=EARLIER)
    async with pictured(tmp_path, before) as screen:
        await screen.tap("#bar-photo")
        await screen.tap("#usual-1")
        comes(screen, still(1, "close_up", site="heel", side="L"))
        await asked(screen, m.ShowEarlier(prior_id="photo-1"))
        await asked(screen, m.ShowEarlier(prior_id="p1"))
        for prior_id in ("photo-1", "p1"):
            screen.door.say_bytes(m.encode(jpeg(prior_id)))
        await screen.until(lambda: len(standing(screen)) == 2)
        assert m.ShowEarlier(prior_id="p2") not in screen.door.heard
        assert m.ShowEarlier(prior_id="p4") not in screen.door.heard
        await screen.says("A. PETIT", "EN GRAND", "REFAIRE")
        await screen.tap("#pair-now-full")
        assert screen.app.page is Page.STILL
        await screen.until(lambda: len(standing(screen)) >= 3)
        await screen.says("maintenant", "A. PETIT")
        await screen.tap("#still-again")
        assert screen.app.page is Page.PHOTO
        await screen.until(lambda: any(isinstance(one, m.TakePhoto) for one in screen.door.heard))


async def test_a_blurred_photo_is_seen_while_it_is_judged(tmp_path: Path) -> None:
    async with pictured(tmp_path) as screen:
        await screen.tap("#bar-photo")
        await screen.tap("#usual-1")
        comes(screen, still(1, site="heel", side="L", remark="floue"))
        await asked(screen, m.ShowEarlier(prior_id="photo-1"))
        screen.door.say_bytes(m.encode(jpeg("photo-1")))
        verdict = screen.app.screen.query_one("#verdict-picture", Still)
        await screen.until(lambda: verdict.drawn is not None)
        assert verdict.region.height >= 5


# --- ten seconds


async def test_a_strip_ends_by_itself_when_ten_seconds_are_safe(tmp_path: Path) -> None:
    async with pictured(tmp_path) as screen:
        await screen.tap("#bar-ecg")
        screen.app.stills.strip_begun(True)
        for safe, stops in ((4.0, 0), (9.9, 0), (10.0, 1), (11.0, 1)):
            card = m.StripCard(state="recording", device="ECG", seconds=safe, safe_seconds=safe)
            screen.door.say(msgspec.structs.replace(EMPTY, strip=card, clock=f"2026-11-20T14:{10 + int(safe * 2)}:00Z"))
            await screen.says(f":{10 + int(safe * 2)}")
            await screen.pilot.pause()
            assert screen.door.heard.count(m.StopStrip()) == stops


async def test_nobody_waits_for_a_picture_that_the_next_resident_does_not_want(tmp_path: Path) -> None:
    async with pictured(tmp_path, WITH_ECG) as screen:
        await screen.tap("#bar-ecg")
        await screen.tap("#ecg-open")
        await ecg_stands(screen)
        screen.door.say(msgspec.structs.replace(NOBODY, encounter_id=None))
        await screen.until(lambda: screen.app.page is Page.RESIDENTS)
        assert standing(screen) == []
