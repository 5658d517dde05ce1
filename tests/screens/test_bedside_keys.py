"""A keyboard, be it a radio's or a USB stick's, does nothing at the bedside screen (T4, T17); nor does one tap too many."""

from __future__ import annotations

import string
from pathlib import Path

import msgspec
import pytest
from textual import events
from textual.keys import Keys

from edge.door import messages as m
from tests.screens.door import BESIDE_JEANNE, NOBODY, Bedside, bedside
from tests.screens.test_bedside_entrance import LOCKED, signed_in, types
from ui.bedside.views import Page

NAMED = sorted({key.value for key in Keys if not key.value.startswith("<")})
HELD = [
    f"{held}+{key}"
    for held in ("ctrl", "alt", "shift", "ctrl+shift", "ctrl+alt", "super")
    for key in (
        *string.ascii_lowercase,
        *string.digits,
        *(f"f{number}" for number in range(1, 13)),
        "enter",
        "escape",
        "tab",
    )
]
KEYS = (*NAMED, *HELD, *string.printable.strip(), "space")


async def press_all(screen: Bedside) -> None:
    """Every key, as the terminal's driver hands it in; also what is pasted, and the focus of the window."""
    for key in KEYS:
        screen.app.post_message(events.Key(key, key if len(key) == 1 else None))
    screen.app.post_message(events.Paste("2145\r\x1b[31337m"))
    screen.app.post_message(events.AppBlur())
    screen.app.post_message(events.AppFocus())
    await screen.pilot.pause()


@pytest.mark.hazard("T4", without="tests.controls_touch:a_key_leaves_the_screen")
@pytest.mark.hazard("T4", without="tests.controls_touch:keys_type_on_the_pad")
@pytest.mark.hazard("T17", without="tests.controls_touch:a_key_leaves_the_screen")
async def test_no_key_does_anything_on_a_locked_screen(tmp_path: Path) -> None:
    async with bedside(tmp_path, LOCKED) as screen:
        await screen.until(lambda: screen.app.page is Page.LOCKED)
        await types(screen, "2")
        before = screen.rows()
        await press_all(screen)
        assert screen.app._exit is False
        assert screen.rows() == before
        assert screen.app.focused is None
        assert len(screen.app.screen_stack) == 1
        assert screen.door.heard == []


@pytest.mark.hazard("T4", without="tests.controls_touch:a_key_leaves_the_screen")
@pytest.mark.parametrize("snapshot", [signed_in(), NOBODY], ids=["somebody", "nobody"])
async def test_no_key_does_anything_on_a_cart(tmp_path: Path, snapshot: m.Snapshot) -> None:
    async with bedside(tmp_path, msgspec.structs.replace(snapshot, demo=False)) as screen:
        page, before = screen.app.page, screen.rows()
        await press_all(screen)
        assert screen.app._exit is False
        assert (screen.app.page, screen.rows()) == (page, before)
        assert screen.door.heard == []


async def test_a_demonstration_is_left_by_its_keys(tmp_path: Path) -> None:
    """What the tests before this one see nothing of is there to be seen."""
    async with bedside(tmp_path, BESIDE_JEANNE) as screen:
        screen.app.post_message(events.Key("f10", None))
        await screen.until(lambda: screen.app._exit)


@pytest.mark.hazard("H1", without="tests.controls_touch:every_tap_counts")
async def test_a_tap_that_comes_too_soon_is_the_same_finger(tmp_path: Path) -> None:
    """The second would land on the button that says who it is, which the first brought up."""
    async with bedside(tmp_path, NOBODY) as screen:
        card = screen.app.screen.query("Touch.card").first()
        await screen.tap(f"#{card.id}" if card.id else "Touch.card")
        await screen.until(lambda: screen.app.page is Page.CONFIRM)
        assert await screen.pilot.click("#it-is")
        await screen.pilot.pause()
        assert screen.door.heard == []
