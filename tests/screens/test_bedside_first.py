"""A page is made when it is first needed: whole at once, and not before."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.screens.door import NOBODY, Bedside, bedside
from ui.bedside.app import BedsideApp
from ui.bedside.display import PAGES
from ui.bedside.messages import Go, Tapped
from ui.bedside.picture import ZONE
from ui.bedside.screens.finding import FindPage
from ui.bedside.screens.page import PageBody
from ui.bedside.screens.vitals import VitalsPage
from ui.bedside.views import Page
from ui.bedside.whose_acts import FindKey
from ui.bedside.widgets.tile import Tile


def _there(screen: Bedside) -> set[str | None]:
    return {page.id for page in screen.app.screen.query(PageBody)}


async def test_a_screen_begins_with_what_is_shown_and_nothing_else(tmp_path: Path) -> None:
    async with bedside(tmp_path, NOBODY) as screen:
        assert _there(screen) == {Page.STARTING.value, Page.RESIDENTS.value}


async def test_a_page_comes_with_the_first_tap_and_stays_the_same_one(tmp_path: Path) -> None:
    async with bedside(tmp_path) as screen:
        assert Page.VITALS.value not in _there(screen)
        await screen.tap("#bar-vitals")
        page = screen.app.frame.page(VitalsPage)
        assert page.display
        assert "SpO₂" in screen.seen()
        await screen.tap("#bar-home")
        await screen.tap("#bar-vitals")
        assert screen.app.frame.page(VitalsPage) is page


async def test_whoever_asks_a_page_for_something_finds_all_that_stands_on_it(tmp_path: Path) -> None:
    async with bedside(tmp_path) as screen:
        before = screen.seen()
        page = screen.app.frame.page(VitalsPage)
        tiles = len(page.query(Tile))
        assert tiles
        await screen.pilot.pause()
        assert len(page.query(Tile)) == tiles, "composed once"
        assert screen.seen() == before, "it is not turned to"


@pytest.mark.parametrize("name", sorted(PAGES, key=lambda page: page.value))
async def test_every_page_is_made_by_its_name(tmp_path: Path, name: Page) -> None:
    app = BedsideApp(tmp_path / "no.sock", zone=ZONE)
    async with app.run_test(size=(106, 33)):
        assert app.frame.at(name).page is name


async def test_nothing_is_touched_before_the_cart_has_said_anything(tmp_path: Path) -> None:
    app = BedsideApp(tmp_path / "no.sock", zone=ZONE)
    async with app.run_test(size=(106, 33)) as pilot:
        app.on_tapped(Tapped(Go(Page.VITALS)))
        await pilot.pause()
        assert app.page is Page.STARTING


async def test_two_fingers_on_a_late_screen_are_two_and_none_is_meant_for_the_page_that_follows(tmp_path: Path) -> None:
    async with bedside(tmp_path, NOBODY) as screen:
        app = screen.app
        app.go(Page.FIND)
        app.now, app.tapped_at = time.monotonic, float("-inf")
        now = time.monotonic()
        # half a second apart, a tenth, and all of them handled together
        for act, ago in ((FindKey("1"), 5.0), (FindKey("2"), 4.5), (FindKey("3"), 4.4), (Go(Page.RESIDENTS), 3.5)):
            app.on_tapped(Tapped(act, now - ago))
        assert app.frame.page(FindPage).digits == "12"
        assert app.page is Page.RESIDENTS
        app.on_tapped(Tapped(Go(Page.FIND), now - 3.0))
        assert app.page is Page.RESIDENTS, "the finger came before this page stood there"
