"""How large what a finger presses is, in millimetres of the cart's display, on every page and in every scene."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from textual.widget import Widget

from edge.door import messages as m
from tests.screens.door import Bedside, bedside
from tests.screens.test_bedside_entrance import LOCKED
from tests.screens.test_bedside_whose import WAITING_BESIDE
from tests.touch_page import CELLS, GLASS
from ui.bedside.messages import Act, Clean, Go, Tapped
from ui.bedside.picture import SCENES
from ui.bedside.screens.entrance import CLEANING_SECONDS
from ui.bedside.views import Page

MILLIMETRES_A_PIXEL = 10.1 * 25.4 / math.hypot(*GLASS)
COLUMN = GLASS[0] // CELLS[0] * MILLIMETRES_A_PIXEL
ROW = 24 * MILLIMETRES_A_PIXEL
PRIMARY = ".primary, .place, #bar Touch, .key, .card"
PRIMARY_MILLIMETRES, LEAST_MILLIMETRES = 20.0, 12.0

SHORT_CUT = "status"
"""A whole row of the display that also answers: what it opens has a target of its own on the home page."""

MORE: dict[str, tuple[m.Snapshot, tuple[Act, ...]]] = {
    **{page.value: (WAITING_BESIDE, (Go(page),)) for page in (Page.WHOSE, Page.FIND, Page.UNKNOWN, Page.DETAILS)},
    Page.STILL.value: (SCENES["ecg"][0], (Go(Page.ECG), Go(Page.STILL))),
    "locked": (LOCKED, ()),
    "cleaning": (SCENES["home"][0], (Clean(),)),
}
EVERY = {**SCENES, **MORE}


def targets(screen: Bedside) -> list[Widget]:
    """What answers a finger, also what has to be scrolled to."""
    return [
        one
        for one in screen.app.screen.query("*")
        if hasattr(one, "on_click")
        and not inert(one)
        and one.region.area
        and all(up.display for up in one.ancestors_with_self)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("language", ["fr", "en"])
async def test_a_gloved_finger_hits_what_it_means(tmp_path: Path, language: str) -> None:
    """One screen that goes through all scenes."""
    small, seen = [], set()
    async with bedside(tmp_path, SCENES["home"][0], CELLS, language) as screen:
        for scene, (snapshot, acts) in EVERY.items():
            heard = screen.app._snapshot
            screen.door.say(snapshot)
            await screen.until(lambda heard=heard: screen.app._snapshot is not heard)  # type: ignore[misc]
            for act in (Go(Page.HOME), *acts):
                screen.clock.seconds += 1.0
                screen.app.post_message(Tapped(act))
                await screen.pilot.pause()
            seen.add(screen.app.page)
            small += [f"{scene}: {one}" for one in too_small(screen)]
            screen.clock.seconds += CLEANING_SECONDS
    assert "\n".join(small) == ""
    # before the cart has said anything there is nothing to press
    assert set(Page) - seen == {Page.STARTING}


def inert(one: Widget) -> bool:
    """An earlier photo that is only told of opens nothing."""
    return one.has_class("before") and not one.has_class("-touched")


def too_small(screen: Bedside) -> list[str]:
    primary = set(screen.app.screen.query(PRIMARY))
    found = []
    for one in targets(screen):
        least = PRIMARY_MILLIMETRES if one in primary else LEAST_MILLIMETRES
        wide, high = one.region.width * COLUMN, one.region.height * ROW
        if min(wide, high) < least and one.id != SHORT_CUT:
            found.append(f"{one.id or one} is {wide:.1f} x {high:.1f} mm, not {least:.0f}")
    return found
