"""The first page is shown before the others are made, and what is touched meanwhile is not lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.screens.door import NOBODY, PATIENCE, ScriptedDoor, at_rest
from ui.bedside.app import BedsideApp
from ui.bedside.display import REST
from ui.bedside.messages import Consider, Go, Tapped
from ui.bedside.picture import JEANNE, ZONE
from ui.bedside.screens.page import PageBody
from ui.bedside.views import Page


async def test_the_first_page_does_not_wait_for_the_others(tmp_path: Path) -> None:
    door = ScriptedDoor(tmp_path / "door.sock", NOBODY)
    app = BedsideApp(door.path, zone=ZONE)
    early: list[int] = []
    async with app.run_test(size=(106, 33)):
        assert not app.complete
        await door.open()
        before = app.turn_to

        def turn_to(page: Page) -> None:
            early.append(len(app.screen.query(PageBody)))
            before(page)
            if page is Page.RESIDENTS:
                app.on_tapped(Tapped(Consider(JEANNE.id)))

        app.turn_to = turn_to  # type: ignore[method-assign]
        try:
            async with asyncio.timeout(PATIENCE):
                while not (app.complete and app.page is Page.CONFIRM):
                    # the link tries the door again after a moment
                    await asyncio.sleep(0.01)
                    await at_rest()
            pages = len(app.screen.query(PageBody))
            assert app.page is Page.CONFIRM, "what was touched before is done as soon as it can be"
            assert early[0] == pages - len(REST)
        finally:
            await door.close()


async def test_nothing_is_touched_on_a_page_that_is_not_there(tmp_path: Path) -> None:
    app = BedsideApp(tmp_path / "no.sock", zone=ZONE)
    async with app.run_test(size=(106, 33)):
        app.on_tapped(Tapped(Go(Page.VITALS)))
        await at_rest()
        assert app.page is Page.STARTING
