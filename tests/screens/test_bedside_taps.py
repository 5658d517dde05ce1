"""Each flow of a nurse, finger by finger, through the real screen, door, edge and store: how many taps it takes.

Taps count from after the sign-in, choosing the resident included, without a scan. What is neither a tap nor a device's own
doing is not in them: nothing is posted to the screen, and no command is given beside it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from textual.widget import Widget

from edge import settings as s
from edge.door import messages as m
from edge.door.client import DoorClient
from edge.mains import edge
from edge.mains.actor import of_process
from edge.mains.places import own_store
from firmware_stubs.ecg_recorder import EcgRecorder
from firmware_stubs.serial.cable import Pty
from firmware_stubs.serial.nonin_waves import Nonin2
from tests import items
from tests.screens.door import BESIDE_JEANNE, Bedside, Clock, Finger, ScriptedDoor
from ui.bedside.app import BedsideApp
from ui.bedside.views import Page

RESIDENTS = """
[[resident]]
id = "P1"
birth_name = "DUPONT"
given_names = "Jeanne"
birth_date = 1938-03-12
sex = "F"
room = "214"

[[resident]]
id = "P2"
birth_name = "BERNARD"
given_names = "Louis"
birth_date = 1941-07-04
sex = "M"
room = "211"
"""
CONSENT = 1
"""Taps that consent takes, beyond those of the flow."""


class Media:
    """A camera at the door: every picture that is asked for is sharp, and comes."""

    def __init__(self, door: Path) -> None:
        self._client = DoorClient(door, m.MEDIA)

    async def __aenter__(self) -> Media:
        await self._client.__aenter__()
        self._task = asyncio.create_task(self._answer())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.__aexit__()
        await self._task

    async def _answer(self) -> None:
        picture = items.photo().payload
        async for said in self._client.said():
            if isinstance(said, m.StillWanted):
                still = m.SubmitStill(
                    request_id=said.request_id,
                    jpeg=picture.jpeg,  # type: ignore[union-attr]
                    width=640,
                    height=480,
                    encoding="camera-mjpeg",
                    sharpness=40.0,
                    brightness=120.0,
                )
                asking = asyncio.ensure_future(self._client.ask(still))
                asking.add_done_callback(lambda done: done.cancelled() or done.exception())


class Nurse:
    """``taps`` are those so far."""

    def __init__(self, screen: Bedside, folder: Path) -> None:
        self.screen = screen
        self.folder = folder
        self.taps = 0

    @property
    def app(self) -> BedsideApp:
        return self.screen.app

    async def tap(self, what: str | Widget) -> None:
        self.screen.clock.seconds += 1.0
        assert await self.screen.pilot.click(what), f"{what} is covered or outside the display"
        self.taps += 1
        await self.screen.pilot.pause()

    async def until(self, true: Callable[[], bool]) -> None:
        await self.screen.until(true)

    async def choose(self) -> None:
        """Two taps: the room, and that it is she."""
        cards = self.app.screen.query("#residents .card")
        await self.until(lambda: len(cards) > 0 or len(self.app.screen.query("#residents .card")) > 0)
        card = next(one for one in self.app.screen.query("#residents .card") if "DUPONT" in str(one.render()))
        await self.tap(card)
        await self.until(lambda: self.app.page is Page.CONFIRM)
        await self.tap("#it-is")
        await self.until(lambda: self.app.page is Page.HOME)

    def kinds(self) -> list[str]:
        snapshot = self.app._snapshot
        return [] if snapshot is None else [item.kind for item in snapshot.items if not item.entered_in_error]

    async def has(self, *kinds: str) -> None:
        await self.until(lambda: set(kinds) <= set(self.kinds()))

    async def agrees(self) -> None:
        """One tap for the usual basis, and the cart says that it stands."""
        await self.tap("#consent")
        await self.until(lambda: self.app.view.consent.allows)


@contextlib.asynccontextmanager
async def at_work(folder: Path, more: str = "") -> AsyncIterator[Nurse]:
    (folder / "residents.toml").write_text(RESIDENTS, encoding="utf-8")
    (folder / "recorder").mkdir()
    file = folder / "telecart.toml"
    file.write_text(
        f'bluetooth = false\nresidents = "{folder}/residents.toml"\nrecorder_folder = "{folder}/recorder"\n{more}',
        encoding="utf-8",
    )
    settings = s.read(file, folder)
    async with own_store(settings, of_process("test")):
        pass  # made before anybody waits for it
    task = asyncio.create_task(edge.run(settings))
    try:
        async with asyncio.timeout(20):
            while not settings.door.exists():
                assert not task.done(), task.exception()
                await asyncio.sleep(0.01)
        async with Media(settings.door):
            clock = Clock()
            app = BedsideApp(settings.door, clock=clock)
            async with app.run_test(size=(106, 33)):
                screen = Bedside(app, Finger(app), ScriptedDoor(settings.door, BESIDE_JEANNE), clock)
                await screen.until(lambda: app.page is Page.RESIDENTS)
                yield Nurse(screen, folder)
    finally:
        task.cancel()
        await asyncio.wait([task])
    assert task.cancelled(), task.exception()


async def test_a_set_of_vital_signs_takes_at_most_six_taps(tmp_path: Path) -> None:
    port = tmp_path / "ttyUSB0"
    line = f'[[serial]]\nport = "{port}"\nmodel = "nonin-2"\n'
    async with Nonin2(Pty(port), speed=4) as oximeter, at_work(tmp_path, line) as nurse:
        await nurse.choose()
        await nurse.tap("#home-vitals")
        oximeter.set(96, 72)
        await nurse.has("spo2")
        await nurse.tap("#said-A")
        await nurse.has("spo2", "consciousness")
        await nurse.tap("#said-air")
        await nurse.has("spo2", "consciousness", "oxygen")
        await nurse.tap("#finish")
        await nurse.until(lambda: nurse.app.page is Page.RESIDENTS)
        assert nurse.taps <= 6


async def test_a_dermatology_opinion_takes_at_most_nine_taps(tmp_path: Path) -> None:
    async with at_work(tmp_path) as nurse:
        await nurse.choose()
        await nurse.tap("#home-photo")
        await nurse.tap("#usual-0")
        await nurse.until(lambda: bool(nurse.app.screen.query_one("#studio").display))
        for number in range(1, 4):
            await nurse.tap("#take")
            await nurse.until(lambda number=number: nurse.kinds().count("photo") == number)  # type: ignore[misc]
        await nurse.tap("#photo-opinion")
        await nurse.until(lambda: nurse.app.page is Page.CALL)
        await nurse.agrees()
        await nurse.tap("#ask-opinion")
        await nurse.has("opinion")
        asked = next(item for item in nurse.app._snapshot.items if item.kind == "opinion")  # type: ignore[union-attr]
        assert next(value.value for value in asked.values if value.name == "specialty") == "dermatology"
        assert nurse.taps - CONSENT <= 9


async def test_an_ecg_opinion_takes_at_most_five_taps(tmp_path: Path) -> None:
    async with at_work(tmp_path) as nurse:
        await nurse.choose()
        await nurse.tap("#home-ecg")
        EcgRecorder(tmp_path / "recorder").record()
        await nurse.has("ecg")
        await nurse.tap("#ecg-opinion")
        await nurse.until(lambda: nurse.app.page is Page.CALL)
        await nurse.agrees()
        await nurse.tap("#ask-opinion")
        await nurse.has("opinion")
        assert nurse.taps - CONSENT <= 5


async def test_it_rings_after_at_most_four_taps(tmp_path: Path) -> None:
    async with at_work(tmp_path) as nurse:
        await nurse.choose()
        await nurse.tap("#home-call")
        await nurse.agrees()
        await nurse.tap("#start")
        await nurse.until(lambda: nurse.app._snapshot.call.state == "requested")  # type: ignore[union-attr]
        assert nurse.taps - CONSENT <= 4


@pytest.mark.parametrize(("label", "number"), [("SAMU", "15"), ("Médecin de garde", "116-117")])
async def test_a_number_to_dial_stands_there_large_after_at_most_four_taps(
    tmp_path: Path, label: str, number: str
) -> None:
    async with at_work(tmp_path) as nurse:
        await nurse.choose()
        await nurse.tap("#home-call")
        contact = next(
            one for one in nurse.app.screen.query("#contacts .choice") if one.display and label in str(one.render())
        )
        await nurse.tap(contact)
        await nurse.until(lambda: bool(nurse.app.screen.query_one("#dialling").display))
        assert nurse.app.screen.query_one("#dial-number").number == number  # type: ignore[attr-defined]
        assert nurse.taps <= 4


async def test_the_handover_is_read_with_at_most_two_taps(tmp_path: Path) -> None:
    async with at_work(tmp_path) as nurse:
        await nurse.choose()
        await nurse.tap("#home-vitals")
        await nurse.tap("#said-A")
        await nurse.has("consciousness")
        await nurse.tap("#bar-home")
        await nurse.until(lambda: bool(nurse.app._snapshot.standing.handover.changes))  # type: ignore[union-attr]
        before = nurse.taps
        await nurse.tap("#home-handover")
        await nurse.until(lambda: nurse.app.page is Page.HANDOVER)
        await nurse.tap("#handover-read")
        await nurse.until(lambda: nurse.app._snapshot.standing.handover.read_seconds is not None)  # type: ignore[union-attr]
        assert nurse.taps - before <= 2
