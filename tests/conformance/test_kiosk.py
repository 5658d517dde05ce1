"""The bedside screen as a nurse has it: in foot under labwc, on a display of 1280 x 800, with one finger."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import numpy as np
import pytest

from edge.door import messages as m
from edge.mains.demo_cart import new_folder
from firmware_stubs.touch_screen import ALT, CONTROL, SHIFT
from tests.conformance.kiosk import CELL, CELLS, EDGE, LABWC, PIXELS, PROJECT, Kiosk, kiosk, until
from tests.integration.test_screen_in_browser import HOUSE
from tests.screens.door import NOBODY, ScriptedDoor, bedside
from tests.screens.test_bedside_entrance import LOCKED
from ui.bedside.app import DEBOUNCE_SECONDS
from ui.bedside.messages import Act, Consider, Tapped

FOOT_INI = (PROJECT / "systemd" / "foot.ini").read_text()

# numbers of linux/input-event-codes.h
KEY_ESC, KEY_BACKSPACE, KEY_TAB, KEY_ENTER, KEY_SPACE, KEY_F1, KEY_F4, KEY_F10, KEY_F11 = (
    1,
    14,
    15,
    28,
    57,
    59,
    62,
    68,
    87,
)
DIGITS, LETTERS = tuple(range(2, 12)), (*range(16, 26), *range(30, 39), *range(44, 51))
KEY_N = 49
PAD_AND_ARROWS = (96, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111)
OTHERS = (
    KEY_ESC,
    KEY_BACKSPACE,
    KEY_TAB,
    KEY_ENTER,
    KEY_SPACE,
    *range(KEY_F1, KEY_F10 + 1),
    KEY_F11,
    88,
    99,
    119,
    127,
    183,
)
HELD = (0, SHIFT, CONTROL, ALT, CONTROL | SHIFT, CONTROL | ALT)

CLOSE = "-M alt -k F4"
COMPOSITOR_KEYS = (
    *(
        "-M alt -k Tab",
        "-M alt -k Escape",
        "-M alt -k space",
        "-M ctrl -M alt -k Delete",
        "-M ctrl -M alt -k BackSpace",
    ),
    *("-M logo -k Return", "-M logo -k a", "-M logo -k Left", "-k Menu", "-k XF86PowerOff"),
)
"""For wtype: what labwc does something at by itself."""

pytestmark = [pytest.mark.conformance, pytest.mark.slow, pytest.mark.timeout(600)]


@asynccontextmanager
async def shown(
    snapshot: m.Snapshot, foot_ini: str = FOOT_INI, labwc: str = LABWC
) -> AsyncIterator[tuple[Kiosk, ScriptedDoor]]:
    """The screen shows ``snapshot``."""
    run = new_folder()
    try:
        async with kiosk(run, foot_ini, labwc) as made:
            door = ScriptedDoor(made.door, snapshot)
            await door.open()
            await made.show()
            await until(lambda: bool(door._writers))
            await at_rest(made)
            yield made, door
            await door.close()
    except BaseException:
        # what foot, labwc and the screen said
        print((run / "log").read_text())
        raise
    finally:
        shutil.rmtree(run)


async def at_rest(screen: Kiosk) -> np.ndarray:
    """The display as soon as two pictures of it are the same, and not of an empty terminal."""
    async with asyncio.timeout(60):
        before = await screen.picture()
        while True:
            await asyncio.sleep(0.2)
            now = await screen.picture()
            if np.array_equal(before, now) and now.max(axis=(0, 1)).min() > 0xC0:
                return now
            before = now


async def changed(screen: Kiosk, before: np.ndarray) -> np.ndarray:
    async with asyncio.timeout(60):
        while np.array_equal(before, now := await at_rest(screen)):
            pass
    return now


async def middle_of(folder: Path, snapshot: m.Snapshot, selector: str, *acts: Act) -> tuple[float, float]:
    """Column and row of a target, as the screen lays it out on a display of the same cells."""
    async with bedside(folder, snapshot, CELLS) as screen:
        for act in acts:
            screen.clock.seconds += 1.0
            screen.app.post_message(Tapped(act))
            await screen.pilot.pause()
        region = screen.app.screen.query_one(selector).region
        assert region.area
        return region.x + (region.width - 1) / 2, region.y + (region.height - 1) / 2


async def tap(screen: Kiosk, place: tuple[float, float]) -> None:
    """Later than the last one by as long as a person needs for the next."""
    await asyncio.sleep(DEBOUNCE_SECONDS + 0.1)
    screen.touch.tap(*screen.at(*place))


def done(door: ScriptedDoor) -> list[m.Command]:
    """What was asked of edge, but for the faces that a page shows."""
    return [command for command in door.heard if not isinstance(command, m.ShowFace)]


async def test_a_tap_turns_the_page_and_chooses(tmp_path: Path) -> None:
    card = await middle_of(tmp_path, NOBODY, "Touch.card")
    it_is = await middle_of(tmp_path, NOBODY, "#it-is", Consider("r-201"))
    async with shown(NOBODY) as (screen, door):
        before = await screen.picture()
        assert before.shape == (PIXELS[1], PIXELS[0], 3)
        await tap(screen, card)
        asked = await changed(screen, before)
        assert done(door) == []
        # two taps at once are one
        await tap(screen, it_is)
        screen.touch.tap(*screen.at(*it_is))
        await until(lambda: done(door) != [])
        await changed(screen, asked)
        assert done(door) == [m.SelectResident(patient_id="r-201")]


@pytest.mark.parametrize("rows", [3, 8])
async def test_a_swipe_moves_the_list_by_the_way_of_the_finger(tmp_path: Path, rows: int) -> None:
    house = msgspec.structs.replace(NOBODY, residents=HOUSE)
    async with shown(house) as (screen, door):
        before = await screen.picture()
        screen.touch.swipe(*screen.at(50, 22), -rows * CELL[1])
        after = await changed(screen, before)
        moved = rows * CELL[1]
        # under the banner, and above the switches, which stay where they are
        top, bottom = EDGE[1] + 7 * CELL[1], EDGE[1] + 21 * CELL[1]
        columns = slice(EDGE[0] + 3 * CELL[0], EDGE[0] + 95 * CELL[0])
        assert np.array_equal(after[top : bottom - moved, columns], before[top + moved : bottom, columns])
        screen.touch.swipe(*screen.at(50, 12), moved)
        assert np.array_equal(await changed(screen, after), before)
        # a finger that slides taps nothing
        assert door.heard == []


async def test_the_pad_of_the_locked_screen(tmp_path: Path) -> None:
    keys = [await middle_of(tmp_path, LOCKED, f"#entrance-{key}") for key in ("2", "1", "4", "enter")]
    async with shown(LOCKED) as (screen, door):
        await enter(screen, door, *keys)


async def enter(screen: Kiosk, door: ScriptedDoor, *places: tuple[float, float]) -> None:
    """Taps digit by digit, each shown as a dot, then the last place: 214 is asked for and nothing else."""
    for place in places[:-1]:
        before = await screen.picture()
        await tap(screen, place)
        await changed(screen, before)
    await tap(screen, places[-1])
    await until(lambda: door.heard != [])
    assert door.heard == [m.SayWho(code="214")]


async def test_no_key_does_anything_on_a_locked_screen(tmp_path: Path) -> None:
    """T4, T17: every key, alone and with others held, reaches foot; nothing starts, leaves, types, erases or moves."""
    pad = [await middle_of(tmp_path, LOCKED, f"#entrance-{key}") for key in ("2", "1", "4", "enter")]
    async with shown(LOCKED) as (screen, door):
        running, before = await screen.processes(), await screen.picture()
        await tap(screen, pad[0])
        await changed(screen, before)
        for key in (*DIGITS, *LETTERS, *PAD_AND_ARROWS, *OTHERS):
            for held in HELD:
                screen.touch.press(key, held)
        # what is touched afterwards comes after the keys: when it has its effect, they have had theirs
        await enter(screen, door, *pad[1:])
        assert await screen.processes() == running
        assert screen.touch.windows == 1
        assert len(door._writers) == 1


async def test_the_same_keys_start_a_program_in_a_terminal_with_its_own_settings() -> None:
    """What the test before this one sees nothing of is there to be seen."""
    async with shown(LOCKED, "font=DejaVu Sans Mono:pixelsize=20\n") as (screen, _door):
        running = await screen.processes()
        screen.touch.press(KEY_N, CONTROL | SHIFT)
        await until(lambda: screen.touch.windows == 2)
        assert len(await screen.processes()) > len(running)


async def test_the_keys_of_the_screen_arrive_where_it_has_some() -> None:
    """F10 leaves a demonstration: what comes from the keyboard gets to the screen itself."""
    async with shown(NOBODY) as (screen, door):
        screen.touch.press(KEY_F10)
        await until(lambda: not door._writers and screen.touch.windows == 0)


async def test_no_key_of_the_compositor_does_anything() -> None:
    async with shown(LOCKED) as (screen, door):
        before, running = await screen.picture(), await screen.processes()
        for keys in (*COMPOSITOR_KEYS, CLOSE):
            await screen.type_at_the_compositor(keys)
        assert np.array_equal(await at_rest(screen), before)
        assert await screen.processes() == running
        assert len(door._writers) == 1


async def test_a_compositor_with_its_own_keys_closes_the_screen() -> None:
    """What the test before this one sees nothing of is there to be seen."""
    async with shown(LOCKED, labwc="labwc") as (screen, door):
        await screen.type_at_the_compositor(CLOSE)
        await until(lambda: not door._writers and screen.touch.windows == 0)
