"""An ECG on a terminal that shows letters only: in a window beside them, its resident's, and gone with its page (H3)."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from edge.door import messages as m
from tests.screens.door import NOBODY, Bedside
from tests.screens.test_bedside_still import WITH_ECG, asked, pictured, sixels, whole
from ui.bedside.graphics import LETTERS
from ui.bedside.views import Page

CAN = m.WindowCard(possible=True)
BESIDE = msgspec.structs.replace(WITH_ECG, windows=CAN)
PNG = b"\x89PNG\r\n\x1a\n"


def drawn(screen: Bedside) -> list[m.StillDrawn]:
    return [one for one in screen.door.heard if isinstance(one, m.StillDrawn)]


def wished(screen: Bedside) -> m.Watch:
    return next((one for one in reversed(screen.door.heard) if isinstance(one, m.Watch)), m.Watch())


async def stands(screen: Bedside) -> m.StillDrawn:
    await screen.tap("#bar-ecg")
    await screen.tap("#ecg-open")
    await asked(screen, m.ShowEcg(prior_id="ecg-1"))
    screen.door.say_bytes(m.encode(whole()))
    await screen.until(lambda: bool(drawn(screen)))
    await screen.until(lambda: wished(screen).still == drawn(screen)[-1].key)
    return drawn(screen)[-1]


@pytest.mark.parametrize("size", [(80, 24), (106, 33), (120, 32)])
async def test_the_paper_is_drawn_for_a_window_and_goes_with_its_page(tmp_path: Path, size: tuple[int, int]) -> None:
    async with pictured(tmp_path, BESIDE, size, pictures=LETTERS) as screen:
        one = await stands(screen)
        assert one.png.startswith(PNG)
        assert one.encounter_id == wished(screen).encounter_id == "e-1"
        assert sixels(screen) == []
        # while it is shown it is not sent again
        screen.door.say(msgspec.structs.replace(BESIDE, windows=m.WindowCard(possible=True, still="shown")))
        screen.clock.seconds += 10.0
        await screen.until(lambda: screen.app.view.window.still == "shown")
        assert len(drawn(screen)) == 1
        await screen.tap("#still-close")
        assert screen.app.page is Page.ECG
        await screen.until(lambda: wished(screen).still == "")
        assert screen.app.stills.window.key == ""


async def test_a_cart_that_forgot_it_is_given_it_again(tmp_path: Path) -> None:
    async with pictured(tmp_path, BESIDE, pictures=LETTERS) as screen:
        one = await stands(screen)
        screen.clock.seconds += 5.0
        await screen.until(lambda: len(drawn(screen)) > 1)
        assert drawn(screen)[-1] == one


async def test_the_window_goes_with_its_resident(tmp_path: Path) -> None:
    async with pictured(tmp_path, BESIDE, pictures=LETTERS) as screen:
        await stands(screen)
        screen.door.say(msgspec.structs.replace(NOBODY, windows=CAN))
        await screen.until(lambda: wished(screen).still == "")
        assert screen.app.stills.window._png == b""


async def test_without_windows_nothing_is_promised(tmp_path: Path) -> None:
    async with pictured(tmp_path, WITH_ECG, pictures=LETTERS) as screen:
        assert not screen.app.stills.possible
        await screen.tap("#bar-ecg")
        assert not screen.app.screen.query_one("#ecg-open").display
