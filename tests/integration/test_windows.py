"""Running pictures on a display: labwc with the rules of a cart, the screen in foot, a whole cart behind, and what is seen."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import pytest

from edge.door import messages as m
from edge.mains.demo_cart import DemoCart
from edge.mains.nurse import Nurse
from firmware_stubs.specialist import FACE, consult
from tests.compositor import Display, Pixels, display
from tests.media_door import eventually, holds

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("display")]

PATIENCE = 100.0
GONE_WITHIN = 8.0
"""Seconds in which a window is gone when nobody may look any more: two by design, and here several tests share the machine."""

Cells = tuple[int, int, int, int]


class Screen:
    """The bedside screen on ``shown``, with a finger and eyes."""

    def __init__(self, shown: Display, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.display = shown
        self._reader = reader
        self._writer = writer

    async def tap(self, name: str = "") -> dict[str, object]:
        """Taps, or only asks where things are."""
        self._writer.write(f"{name}\n".encode())
        async with asyncio.timeout(PATIENCE):
            said: dict[str, object] = json.loads(await self._reader.readline())
        return said

    async def until(self, true: Callable[[dict[str, object]], bool]) -> dict[str, object]:
        async with asyncio.timeout(PATIENCE):
            while not true(said := await self.tap()):
                await asyncio.sleep(0.05)
        return said

    async def seen(self, true: Callable[[Pixels], bool], within: float = PATIENCE) -> Pixels:
        """The first picture of the display that is so."""
        async with asyncio.timeout(within):
            while not true(picture := await self.display.picture()):
                await asyncio.sleep(0.02)
        return picture

    async def part(self, name: str) -> tuple[slice, slice]:
        """The pixels of a part, as its rows and columns."""
        said = await self.tap()
        x, y, width, height = said[name]  # type: ignore[misc]
        across, down = said["width"] // said["columns"], said["height"] // said["rows"]  # type: ignore[operator]
        return slice(y * down, (y + height) * down), slice(x * across, (x + width) * across)


@contextlib.asynccontextmanager
async def screen_on(shown: Display, door: Path) -> AsyncIterator[Screen]:
    socket = shown.folder / "finger"
    async with shown.terminal(sys.executable, "-m", "tests.driven_screen", str(door), str(socket)):
        async with asyncio.timeout(PATIENCE):
            while True:
                with contextlib.suppress(OSError):
                    reader, writer = await asyncio.open_unix_connection(socket)
                    break
                await asyncio.sleep(0.05)
        yield Screen(shown, reader, writer)
        writer.close()


@dataclasses.dataclass(frozen=True, slots=True)
class Bedside:
    cart: DemoCart
    nurse: Nurse
    screen: Screen


@pytest.fixture
async def bedside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bedside]:
    """A cart with somebody on screen."""
    async with display() as shown:
        for name in ("XDG_RUNTIME_DIR", "WAYLAND_DISPLAY"):
            monkeypatch.setenv(name, str(shown.folder) if name == "XDG_RUNTIME_DIR" else "wayland-0")
        folder = shown.folder / "cart"
        folder.mkdir()
        async with DemoCart(folder) as cart, Nurse(cart.settings.door) as nurse:
            await nurse.ask(m.SelectResident(patient_id="IPP-0214"))
            async with screen_on(shown, cart.settings.door) as screen:
                await screen.until(lambda said: said["page"] == "home" and said["possible"] is True)
                yield Bedside(cart, nurse, screen)


def skin(picture: Pixels) -> int:
    """How many pixels have the ground of the camera's chart, which nothing of the screen has."""
    return int(np.count_nonzero(np.all(np.abs(picture.astype(int) - (170, 190, 225)) < 12, axis=2)))


def outside(picture: Pixels, part: tuple[slice, slice]) -> Pixels:
    rest = picture.copy()
    rest[part] = 0
    return rest


async def on_the_photo_page(bedside: Bedside) -> Pixels:
    screen = bedside.screen
    await screen.tap("photo")
    await screen.tap("heel")
    place = await screen.part("small")
    return await opened(screen, skin, place, 20_000)


async def opened(screen: Screen, colour: Callable[[Pixels], int], place: tuple[slice, slice], many: int) -> Pixels:
    """A window stands in its place, and from its first frame on nothing of it stood above."""

    def there(seen: Pixels) -> bool:
        assert colour(seen[: place[0].start]) == 0
        return colour(seen[place]) > many and colour(outside(seen, place)) == 0

    return await screen.seen(there)


async def test_the_camera_stands_in_its_rectangle_and_the_banner_is_never_covered(bedside: Bedside) -> None:
    screen = bedside.screen
    banner, bar = await screen.part("banner"), await screen.part("bar")
    before = await screen.display.picture()
    picture = await on_the_photo_page(bedside)
    assert np.array_equal(before[banner], picture[banner])
    assert skin(picture[bar]) == 0
    # not mirrored (H4): the chart's lesion is left of its middle, its disc moves in the right half
    place = await screen.part("small")
    dark = np.all(picture[place].astype(int) < (90, 110, 160), axis=2) & np.any(picture[place] > 45, axis=2)
    columns = np.nonzero(dark)[1]
    assert columns.size
    assert np.median(columns) < (place[1].stop - place[1].start) / 2

    await screen.tap("home")
    await screen.seen(lambda seen: skin(seen) == 0, GONE_WITHIN)
    assert bedside.cart.children["media"].pid


@pytest.mark.parametrize("gone", ["resident", "another", "ui", "edge", "list"])
async def test_the_window_is_gone_when_nobody_may_look(bedside: Bedside, gone: str) -> None:
    await on_the_photo_page(bedside)
    match gone:
        case "resident":
            await bedside.nurse.ask(m.ReleaseResident())
        case "another":
            await bedside.nurse.ask(m.SelectResident(patient_id="IPP-0212"))
        case "ui":
            os.kill(await screen_pid(bedside), signal.SIGKILL)
        case "edge":
            os.kill(bedside.cart.children["edge"].pid, signal.SIGKILL)
        case _:
            await bedside.screen.tap("shots")
    await bedside.screen.seen(lambda seen: skin(seen) == 0, GONE_WITHIN)


async def screen_pid(bedside: Bedside) -> int:
    found = [one for one in processes("tests.driven_screen") if "foot" not in one[1]]
    assert len(found) == 1
    return found[0][0]


def processes(word: str) -> list[tuple[int, str]]:
    """Those whose command line has ``word`` in it."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if word in line and (entry / "status").read_text().find("State:\tZ") < 0:
                    found.append((int(entry.name), line))
    return found


def mpv_of(media: int) -> int:
    """The process id of the window of the process ``media``; 0 for none."""
    for pid, line in processes("--wayland-app-id=telecart-"):
        with contextlib.suppress(OSError):
            if f"PPid:\t{media}\n" in Path(f"/proc/{pid}/status").read_text() and "mpv" in line:
                return pid
    return 0


# --- what dies and comes back


async def test_a_window_that_is_killed_comes_back_and_a_media_that_is_killed_too(bedside: Bedside) -> None:
    screen, media = bedside.screen, bedside.cart.children["media"]
    await on_the_photo_page(bedside)
    first = media.pid
    window = mpv_of(first)
    assert window
    os.kill(window, signal.SIGKILL)
    await screen.seen(lambda seen: skin(seen) == 0)
    place = await screen.part("small")
    await screen.seen(lambda seen: skin(seen[place]) > 20_000)
    assert media.pid == first
    assert mpv_of(first) not in {0, window}

    os.kill(first, signal.SIGKILL)
    await screen.seen(lambda seen: skin(seen) == 0, GONE_WITHIN)
    await screen.seen(lambda seen: skin(seen[place]) > 20_000)
    assert media.pid not in {0, first}
    # of the one that was killed no window is left
    assert [pid for pid, _ in processes("--wayland-app-id=telecart-")] == [mpv_of(media.pid)]


async def test_the_camera_is_closed_with_its_window(bedside: Bedside) -> None:
    await on_the_photo_page(bedside)
    media = bedside.cart.children["media"].pid
    camera = Path(bedside.cart.settings.cameras.room)
    assert holds(media, camera)
    await bedside.screen.tap("home")
    await eventually(lambda: not holds(media, camera), within=GONE_WITHIN)
    await eventually(lambda: mpv_of(media) == 0, within=GONE_WITHIN)


async def test_a_photo_that_was_taken_lies_over_the_camera_the_next_time_and_only_over_hers(bedside: Bedside) -> None:
    nurse, screen = bedside.nurse, bedside.screen
    await nurse.ask(m.TakePhoto(view="close_up", site="heel", side="L"))
    await nurse.until(lambda snapshot: any(one.kind == "photo" for one in snapshot.items), PATIENCE, "photo")
    await nurse.ask(m.FinishRound())
    await nurse.ask(m.SelectResident(patient_id="IPP-0214"))
    await nurse.until(lambda snapshot: bool(snapshot.earlier), PATIENCE, "earlier photo")
    await screen.until(lambda said: "DUPONT" in str(said["resident"]))
    await on_the_photo_page(bedside)
    await screen.tap("over")
    await screen.until(lambda said: bool(said["overlay"]))
    await nurse.ask(m.SelectResident(patient_id="IPP-0212"))
    await screen.seen(lambda seen: skin(seen) == 0, GONE_WITHIN)
    said = await screen.until(lambda said: "PETIT" in str(said["resident"]))
    assert not said["overlay"]


# --- a call


def face(picture: Pixels) -> int:
    return int(np.count_nonzero(np.all(np.abs(picture.astype(int) - FACE) < 25, axis=2)))


async def test_the_specialist_is_seen_and_fills_the_screen_below_the_banner(bedside: Bedside) -> None:
    nurse, screen = bedside.nurse, bedside.screen
    await nurse.agree()
    await nurse.ask(m.StartCall())
    lobby = await nurse.until(lambda snapshot: bool(snapshot.call.address), PATIENCE, "lobby")
    specialist = asyncio.create_task(consult(lobby.call.address, 120.0, face=True))
    try:
        await nurse.until(lambda snapshot: snapshot.call.state == "waiting", PATIENCE, "specialist")
        await screen.tap("call")
        # before she is let in nothing of her is seen (H19)
        assert face(await screen.display.picture()) == 0
        await nurse.ask(m.AdmitSpecialist())
        small, banner = await screen.part("small"), await screen.part("banner")
        picture = await opened(screen, face, small, 40_000)
        # the cart's own picture is in its corner
        assert skin(picture[small]) > 500

        await screen.tap("large")
        large = await screen.part("large")
        picture = await opened(screen, face, large, 120_000)
        bar = await screen.part("bar")
        assert face(picture[banner]) == face(picture[bar]) == 0
        await screen.tap("small")
        await screen.seen(lambda seen: 0 < face(seen) < 100_000)
        await nurse.ask(m.EndCall())
        await screen.seen(lambda seen: face(seen) == 0, GONE_WITHIN)
    finally:
        specialist.cancel()
        await asyncio.gather(specialist, return_exceptions=True)
