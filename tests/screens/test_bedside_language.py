"""The bedside screen in the language of the settings, from a line that is not there to what the nurse reads."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from edge import settings as s
from edge.mains import edge
from tests.screens.door import BESIDE_JEANNE, Bedside, Clock, Finger, ScriptedDoor, bedside
from tests.screens.test_bedside_terminal import terminal
from ui.bedside.app import BedsideApp
from ui.bedside.messages import Go, ShowAppliance, Tapped
from ui.bedside.picture import APPLIANCES, NEARBY
from ui.bedside.views import Page

MISSING = {
    "fr": ("Appareils de la borne", "Oxymètre Nonin", "Oxymètre Nonin : port série introuvable. Vérifiez le câble."),
    "en": ("Devices of the cart", "Nonin oximeter", "Nonin oximeter: the serial port is not there. Check the cable."),
}
TERMINAL = (
    "import pathlib, sys; from edge import settings; from edge.mains import ui;"
    " ui.run(settings.read(pathlib.Path(sys.argv[1]).parent / 'telecart.toml', pathlib.Path(sys.argv[1]).parent))"
)


def _written(folder: Path, language: str) -> s.Settings:
    port = folder / "no-such-port"
    file = folder / "telecart.toml"
    file.write_text(
        f'language = "{language}"\nbluetooth = false\n[[serial]]\nport = "{port}"\nmodel = "nonin-2"\n',
        encoding="utf-8",
    )
    return s.read(file, folder)


async def _says(screen: Bedside, *texts: str) -> None:
    """Each stands on the screen, on one row or wrapped."""
    await screen.until(lambda: all(text in " ".join(screen.seen().split()) for text in texts))


@contextlib.asynccontextmanager
async def _running(settings: s.Settings) -> AsyncIterator[None]:
    """A cart's edge in this process."""
    task = asyncio.create_task(edge.run(settings))
    try:
        async with asyncio.timeout(20):
            while not settings.door.exists():
                assert not task.done(), task.exception()
                await asyncio.sleep(0.01)
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled(), task.exception()


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_what_a_link_says_stands_on_the_screen_in_the_language_of_the_settings(
    tmp_path: Path, language: str
) -> None:
    settings = _written(tmp_path, language)
    async with _running(settings):
        app = BedsideApp(settings.door, language=settings.language)
        async with app.run_test(size=(106, 33)):
            screen = Bedside(app, Finger(app), ScriptedDoor(settings.door, BESIDE_JEANNE), Clock())
            await screen.until(lambda: app.view.started and app.complete and bool(app.view.appliances))
            app.post_message(Tapped(Go(Page.APPLIANCES)))
            await _says(screen, *MISSING[language])
            other = MISSING["en" if language == "fr" else "fr"]
            assert not [line for line in other if line in " ".join(screen.seen().split())]


async def test_the_screen_takes_its_language_from_the_settings(tmp_path: Path) -> None:
    _written(tmp_path, "en")
    door = ScriptedDoor(tmp_path / "door.sock", BESIDE_JEANNE)
    await door.open()
    try:
        async with terminal(door.path, TERMINAL) as shown:
            await shown.shows("DEVICES")
            assert "APPAREILS" not in shown.written
    finally:
        await door.close()


async def test_the_pages_about_devices_are_whole_in_english(tmp_path: Path) -> None:
    snapshot = msgspec.structs.replace(BESIDE_JEANNE, devices=APPLIANCES, nearby=NEARBY)
    async with bedside(tmp_path, snapshot, language="en") as screen:
        screen.app.post_message(Tapped(Go(Page.APPLIANCES)))
        await _says(
            screen,
            "Devices of the cart",
            "ADD A DEVICE",
            "○ not connected",
            "Battery 80 %",
            "Heard",
            "⚠ UNKNOWN",
        )
        screen.clock.seconds += 1.0
        screen.app.post_message(Tapped(ShowAppliance(APPLIANCES[0].id)))
        await screen.until(lambda: screen.app.page is Page.APPLIANCE)
        await _says(
            screen,
            "TEST",
            "PAIR",
            "FORGET",
            "BACK",
            "Battery 80 % · Heard 2 min ago",
            "Serial number: 5181201234",
            "Known to the cart",
        )
        screen.clock.seconds += 1.0
        screen.app.post_message(Tapped(Go(Page.NEARBY)))
        await _says(screen, "Which device to add?", "into pairing mode", "very near", "farther away")
