"""A replacement nurse gets access at a real edge: every tap of the two people at the bedside screen is counted."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
import pytest
from textual.pilot import Pilot

from edge import settings as settings_file, staff_file
from edge.mains import users
from edge.mains.children import Child, telecart
from edge.settings import Settings, Staff
from tests.integration.test_entrance import KEY, PUBLIC
from ui.bedside.app import DEBOUNCE_SECONDS, BedsideApp
from ui.bedside.views import Page
from ui.bedside.widgets.number import BigNumber

SOON = 60.0
NAME = "INES MOREAU"
SECONDS_A_TAP = 2.5
"""Of somebody in gloves who reads what stands there."""

LIST = """
site = "EHPAD"
number = 1
expires = 2099-12-31

[[user]]
id = "c.leroy"
name = "Camille LEROY"
role = "infirmier"
code = "214"
"""


class Taps:
    """Fingers on the bedside screen of a real edge."""

    def __init__(self, app: BedsideApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot
        self.count = 0

    def _stands(self, selector: str) -> bool:
        """Nobody touches what is still being laid out."""
        screen = self.app.screen
        widget = screen.query_one(selector)
        x, y = widget.region.x + widget.region.width // 2, widget.region.y + widget.region.height // 2
        if not widget.region or not screen.region.contains_point((x, y)):
            return False
        found, _ = screen.get_widget_at(x, y)
        return widget in found.ancestors_with_self

    async def tap(self, selector: str) -> None:
        self.count += 1
        self.app.tapped_at = float("-inf")  # the finger is no faster than DEBOUNCE_SECONDS
        await self.until(lambda: self._stands(selector), f"{selector} to stand on the display")
        assert await self.pilot.click(selector), f"{selector} is covered or outside the display"
        await self.pilot.pause()

    async def digits(self, text: str) -> None:
        for digit in text:
            await self.tap(f"#entrance-{digit}")
        await self.tap("#entrance-enter")

    async def until(self, true: Callable[[], bool], what: str) -> None:
        try:
            async with asyncio.timeout(SOON):
                while not true():
                    await self.pilot.pause(0.05)
        except TimeoutError:
            raise AssertionError(f"no {what}: {self.app.view.lock}") from None

    def big(self, selector: str) -> str:
        return self.app.screen.query_one(selector, BigNumber).number

    async def first_time(self, number: str, start: str, pin: str) -> None:
        await self.digits(number)
        await self.until(lambda: "première connexion" in self.app.view.lock.title, "question for the start code")
        await self.digits(start)
        await self.until(lambda: "choisissez" in self.app.view.lock.title, "question for a new code")
        await self.digits(pin)
        await self.until(lambda: not self.app.view.lock.locked, "sign-in")


@pytest.fixture
async def settings(tmp_path: Path) -> AsyncIterator[Settings]:
    config = tmp_path / "telecart.toml"
    data = tmp_path / "data"
    config.write_text(
        f'demo = true\nbluetooth = false\ndata = "{data}"\n[staff]\npublic_key = "{PUBLIC}"\n', encoding="utf-8"
    )
    read = settings_file.read(config)
    edge = Child("edge", telecart(config, "edge"), tmp_path, {})
    await edge.start()
    try:
        async with asyncio.timeout(SOON):
            while not data.joinpath("door.sock").exists():
                await asyncio.sleep(0.05)
        listed = tmp_path / "staff.toml"
        listed.write_text(LIST, encoding="utf-8")
        staff_file.signature_of(listed).write_bytes(staff_file.sign(listed.read_bytes(), KEY))
        await users.take(msgspec.structs.replace(read, staff=Staff(public_key=PUBLIC)), listed)
        yield read
    finally:
        await edge.stop()


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_replacement_gets_access_in_two_minutes_without_any_command(settings: Settings, tmp_path: Path) -> None:
    app = BedsideApp(settings.door)
    async with app.run_test(size=(106, 33)) as pilot:
        taps = Taps(app, pilot)
        await taps.until(lambda: app.complete and app.view.lock.locked and app.page is Page.LOCKED, "locked screen")
        start = await users.invite(settings, "c.leroy")
        await taps.first_time("214", start, "2580")
        await taps.until(lambda: app.page is Page.RESIDENTS, "list of residents")
        # --- from here on it is counted: the nurse is signed in, the replacement stands beside her
        taps.count = 0
        await taps.tap("#residents-let-in")
        for letter in NAME:
            await taps.tap("#letting-space" if letter == " " else f"#letting-{letter}")
        await taps.tap("#letting-NURSE")
        await taps.tap("#letting-go")
        await taps.until(lambda: bool(taps.big("#welcome-number")), "number and start code")
        number, start = taps.big("#welcome-number"), taps.big("#welcome-start")
        let_in = taps.count
        await taps.tap("#welcome-lock")
        await taps.until(lambda: app.view.lock.locked, "locked screen")
        await taps.first_time(number, start, "9513")
        assert let_in - len(NAME) == 3
        # number and OK, start code and OK, her own code and OK, and the lock between the two people
        assert taps.count == let_in + 1 + 4 + 9 + 5
        assert taps.count * max(SECONDS_A_TAP, DEBOUNCE_SECONDS) <= 120
        await taps.until(lambda: "IDE INES MOREAU" in str(app.view.status), "her name")
    listed = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "edge.cli", "--config", str(tmp_path / "telecart.toml"), "users", "list", "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    (leroy, moreau) = json.loads(listed.stdout)
    assert (leroy["ends"], moreau["name"], moreau["let_in_by"]) == (None, NAME, "c.leroy")
