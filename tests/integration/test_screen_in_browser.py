"""The bedside screen in a browser with a touch display: the real app behind textual-serve, headless Chromium, one finger."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import msgspec
import pytest

from edge.door import messages as m
from edge.mains.demo import RESIDENT
from edge.mains.demo_cart import new_folder
from edge.mains.nurse import Nurse
from tests import listening, needs
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
    await shown.shows("CHANGER DE RÉSIDENT")
    assert chosen(door) == ["r-214"]
    await shown.tap("CONSTANTES")
    await shown.shows("ENREGISTRER")
    await shown.tap("ACCUEIL")
    await shown.shows("CHANGER DE RÉSIDENT")


@pytest.mark.slow
async def test_two_taps_at_once_are_one(door: ScriptedDoor, shown: Glass) -> None:
    """The second would land on what the first brought up: the button that says who it is."""
    await shown.shows("Qui est devant vous ?")
    _, row = shown.grid.find("Jeanne Marie")
    await shown.tap("Jeanne Marie", times=2)
    await shown.shows("C'EST ELLE")
    await shown.tap("NON, CHANGER", times=3)
    await shown.shows("Qui est devant vous ?")
    assert shown.grid.find("Jeanne Marie")[1] == row
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
    await shown.shows("Étage 3")
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


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_the_demonstration_in_a_browser_is_the_whole_cart(tmp_path: Path) -> None:
    """`telecart demo --browser`: edge saves what a finger asked for, and Ctrl+C leaves nothing running."""
    needs.program("dbus-daemon", "dbus")
    folder = new_folder()
    demo = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "edge.cli", "--data", str(folder), "demo", "--browser", stdout=asyncio.subprocess.PIPE
    )
    assert demo.stdout is not None
    try:
        address = (await asyncio.wait_for(demo.stdout.readline(), 60)).decode().strip()
        async with glass(tmp_path, address) as shown, Nurse(folder / "data" / "door.sock", m.ADMIN) as watching:
            await shown.shows("DUPONT")
            await shown.tap("Jeanne Marie")
            await shown.shows("C'EST ELLE")
            await shown.tap("C'EST ELLE")
            await watching.until(lambda s: s.resident is not None and s.resident.id == RESIDENT, 20, "resident")
            await shown.shows("CHANGER DE RÉSIDENT")
            await shown.tap("CONSTANTES")
            # somebody puts the cuff on: its tile fills by itself
            await watching.until(lambda s: any(i.kind == "blood_pressure" for i in s.items), 60, "blood pressure")
            await shown.shows("Tensiomètre")
            assert {urlsplit(url).netloc for url in shown.requested} == {urlsplit(address).netloc}
            assert listening.addresses(served(demo.pid)) == {"127.0.0.1"}
        left = commands(demo.pid)
        assert len(left) > 5
        demo.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(demo.wait(), 60) == 0
        assert still_there(left) == []
    finally:
        if demo.returncode is None:
            demo.kill()
            await demo.wait()
        shutil.rmtree(folder)


def descendants(pid: int) -> list[int]:
    """The processes below ``pid``."""
    below = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return below + [deeper for child in below for deeper in descendants(child)]


def commands(pid: int) -> dict[int, bytes]:
    """The command lines of the processes below ``pid``."""
    return {one: Path(f"/proc/{one}/cmdline").read_bytes().replace(b"\0", b" ") for one in descendants(pid)}


def still_there(processes: dict[int, bytes]) -> list[bytes]:
    return [command for pid, command in processes.items() if Path(f"/proc/{pid}").exists()]


def served(pid: int) -> int:
    """Which of the processes below ``pid`` serves the page."""
    return next(one for one in descendants(pid) if b"--browser" in Path(f"/proc/{one}/cmdline").read_bytes())
