"""The bedside screen in a browser with a touch display: the real app behind textual-serve, headless Chromium, one finger."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import msgspec
import pytest

from edge.door import messages as m
from tests.screens.door import NOBODY, PATIENCE, RESIDENTS, ScriptedDoor
from tests.screens.test_bedside_terminal import MAIN
from tests.touch_page import CELLS, Glass, glass
from ui.served.server import SCREENS_AT_ONCE, ScreenServer

HOUSE = tuple(
    msgspec.structs.replace(
        one, id=f"r-{floor}-{number}", room=f"{floor}{number:02d}", birth_name=f"Rue{floor}{number:02d}"
    )
    for floor in range(1, 4)
    for number, one in enumerate(RESIDENTS)
)
"""More residents than one display shows."""


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[ScriptedDoor]:
    opened = ScriptedDoor(tmp_path / "door.sock", NOBODY)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def address(door: ScriptedDoor) -> AsyncIterator[str]:
    async with ScreenServer([sys.executable, "-c", MAIN, str(door.path)], "fr").opened() as address:
        yield address


@pytest.fixture
async def shown(tmp_path: Path, address: str) -> AsyncIterator[Glass]:
    async with glass(tmp_path, address) as shown:
        yield shown
        assert shown.failed == []


def chosen(door: ScriptedDoor) -> list[str]:
    return [said.patient_id for said in door.heard if isinstance(said, m.SelectResident)]


@pytest.mark.slow
async def test_taps_choose_a_resident_and_turn_the_pages(door: ScriptedDoor, shown: Glass) -> None:
    await shown.shows("Qui est devant vous ?")
    await shown.tap("Jeanne Marie")
    await shown.shows("C'EST ELLE")
    assert chosen(door) == []
    await shown.tap("C'EST ELLE")
    await shown.shows("QUITTER CE RÉSIDENT")
    assert chosen(door) == ["r-214"]
    await shown.tap("CONSTANTES")
    await shown.shows("ENREGISTRER")
    await shown.tap("ECG")
    await shown.shows("ÉLECTROCARDIOGRAMME")


@pytest.mark.slow
async def test_two_taps_at_once_are_one(door: ScriptedDoor, shown: Glass) -> None:
    """The second would land on what the first brought up: the button that says who it is."""
    await shown.shows("Qui est devant vous ?")
    column, row = shown.grid.find("Jeanne Marie")
    await shown.tap("Jeanne Marie", times=2)
    await shown.shows("C'EST ELLE")
    await shown.tap("NON, CHANGER", times=3)
    await shown.shows("Qui est devant vous ?")
    assert shown.grid.find("Jeanne Marie") == (column, row)
    assert door.heard == []


@pytest.mark.slow
@pytest.mark.parametrize("rows", [5, 9])
async def test_a_swipe_moves_the_list_by_the_way_of_the_finger(door: ScriptedDoor, shown: Glass, rows: int) -> None:
    door.say(msgspec.structs.replace(NOBODY, residents=HOUSE))
    await shown.shows("RUE101", "RUE200")
    _, before = shown.grid.find("RUE200")
    await shown.swipe(50, 22, -rows)
    await shown.until(lambda: any("RUE200" in line for line in shown.grid.rows[: before - rows + 1]))
    assert shown.grid.find("RUE200")[1] == before - rows
    # and back, and a finger that slides taps nothing
    await shown.swipe(50, 22 - rows, rows)
    await shown.until(lambda: any("RUE101" in line for line in shown.grid.rows))
    await shown.until(lambda: shown.grid.find("RUE200")[1] == before)
    await shown.shows("Qui est devant vous ?")
    assert door.heard == []


@pytest.mark.slow
async def test_the_page_asks_for_nothing_from_elsewhere_and_fills_the_glass(address: str, shown: Glass) -> None:
    await shown.shows("Qui est devant vous ?")
    assert shown.sizes[-1] == CELLS
    ours = urlsplit(address).netloc
    assert {urlsplit(url).netloc for url in shown.requested if not url.startswith("data:")} == {ours}
    assert len(shown.requested) >= 5
    # nothing that a text says opens a page or reaches the clipboard
    assert await shown.page.evaluate("() => window.open('https://example.org') === null && !navigator.clipboard")
    policy = (await shown.page.request.get(address)).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy
    refused = await shown.page.evaluate(
        "() => fetch('https://example.org/').then(() => 'fetched', (error) => error.name)"
    )
    assert refused == "TypeError"


@pytest.mark.slow
async def test_only_who_knows_the_address_gets_a_screen(address: str, door: ScriptedDoor) -> None:
    place = urlsplit(address)
    ours = f"{place.scheme}://{place.netloc}"
    async with aiohttp.ClientSession() as session:
        for path in (
            "/",
            "/ws",
            "/x/",
            "/x/ws",
            "/static/js/textual.js",
            f"{place.path}../",
            f"{place.path}download/x",
        ):
            async with session.get(ours + path) as answer:
                assert answer.status == 404, path
        for origin in (
            None,
            "https://example.org",
            "http://127.0.0.1:1",
            f"http://{place.hostname}.example.org:{place.port}",
        ):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await session.ws_connect(f"{address}ws", headers={"Origin": origin} if origin else {})
            assert refused.value.status == 403, origin
        screens = [await session.ws_connect(f"{address}ws", origin=ours) for _ in range(SCREENS_AT_ONCE)]
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(f"{address}ws", origin=ours)
        assert refused.value.status == 503
        for screen in screens:
            await screen.close()
    assert place.hostname == "127.0.0.1"
    assert len(place.path) >= 22


@pytest.mark.slow
async def test_a_screen_ends_with_its_page_and_with_the_server(tmp_path: Path, door: ScriptedDoor) -> None:
    async with AsyncExitStack() as serving:
        server = ScreenServer([sys.executable, "-c", MAIN, str(door.path)], "en")
        address = await serving.enter_async_context(server.opened())
        async with glass(tmp_path / "one", address) as shown:
            await shown.shows("Qui est devant vous ?")
            assert len(door._writers) == 1
        async with asyncio.timeout(PATIENCE):
            while door._writers:
                await asyncio.sleep(0.01)
        async with glass(tmp_path / "two", address) as shown:
            await shown.shows("Qui est devant vous ?")
            await serving.aclose()
            assert not door._writers
            await shown.page.wait_for_selector("#ended", state="visible", timeout=20_000)
            assert "OPEN AGAIN" in await shown.page.inner_text("#ended")
