"""A still picture as it reaches a terminal: the bytes on a real pseudo-terminal, decoded by another program."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections.abc import AsyncIterator
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest

from edge.door import messages as m
from tests.screens.door import PATIENCE, RESIDENTS, ScriptedDoor
from tests.screens.test_bedside_still import EMPTY, WHOLE, WITH_ECG, whole
from tests.screens.test_bedside_terminal import Terminal, terminal
from tests.unit.test_ecg_still import by_libsixel
from ui.bedside import state
from ui.bedside.locales import LANGUAGES
from ui.bedside.still_hand import USUAL_PIXEL_MM
from ui.drawing import letters, worker
from ui.drawing.messages import EcgWanted, Space, Way

FOOT = b"\x1b[6;24;12t\x1b[?62;4;22c"
"""As foot answers: a cell is 24 pixels high and 12 broad, and it knows sixels."""

ECG_BUTTON = b"\x1b[<0;52;30M\x1b[<0;52;30m"
PIECE = re.compile(
    r"\x1b\[(\d+);(\d+)H(?:\x1b\[[0-9;]*m)* *(?:\x1b\[[0-9;]*m)*\x1b7\x1b\[(\d+)G(\x1bP[^\x1b]*\x1b\\)\x1b8"
)
"""Where the row begins, the blanks, back to the left edge, and a picture of one row of cells."""


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[ScriptedDoor]:
    opened = ScriptedDoor(tmp_path / "door.sock", EMPTY)
    await opened.open()
    yield opened
    await opened.close()


async def ecg_is_shown(seen: Terminal, door: ScriptedDoor) -> dict[int, str]:
    """The pieces by their row of the display, the newest of each."""
    seen.press(FOOT)
    await seen.shows("DUPONT")
    await seen.shows("ACCUEIL")
    async with asyncio.timeout(PATIENCE):
        # a touch before the first page stands is nobody's
        while "électrocardiographe" not in seen.written:
            seen.press(ECG_BUTTON)
            await asyncio.sleep(0.5)
    door.say(WITH_ECG)
    async with asyncio.timeout(PATIENCE):
        while m.ShowEcg(prior_id="ecg-1") not in door.heard:
            await asyncio.sleep(0.05)
    door.say_bytes(m.encode(whole()))
    async with asyncio.timeout(PATIENCE):
        while "\x1bP0;1;0q" not in seen.written:
            await asyncio.sleep(0.05)
    await seen.shows("page 1 / 2")
    return await _settled(seen)


async def _settled(seen: Terminal) -> dict[int, str]:
    """The pieces once no more come: a busy machine writes a picture in parts, and may write it anew after a layout."""
    pieces, heard = _pieces(seen.written), -1
    async with asyncio.timeout(PATIENCE):
        while heard != len(seen.written):
            heard = len(seen.written)
            await asyncio.sleep(1)
            pieces = _pieces(seen.written)
    return pieces


def _pieces(written: str) -> dict[int, str]:
    return {int(found[1]): found[4] for found in PIECE.finditer(written)}


@pytest.mark.slow
async def test_the_sixels_that_reach_the_terminal_are_the_picture_that_was_drawn(
    door: ScriptedDoor, tmp_path: Path
) -> None:
    letters.prepare()
    async with terminal(door.path) as seen:
        pieces = await ecg_is_shown(seen, door)
    rows = sorted(pieces)
    assert rows == list(range(rows[0], rows[0] + len(rows)))
    space = Space(way=Way.PNG, columns=105, rows=len(rows), cell_width=12, cell_height=24, pixel_mm=USUAL_PIXEL_MM)
    drawn = worker.draw(msgspec.msgpack.encode(as_shown(space)))
    picture = cv2.imdecode(np.frombuffer(drawn.png, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert picture is not None
    assert picture.shape[0] == 24 * len(rows)
    for number, row in enumerate(rows):
        read = by_libsixel(pieces[row], tmp_path)[:24]
        part = picture[24 * number : 24 * (number + 1)]
        assert read.shape == part.shape
        assert np.abs(read.astype(int) - part.astype(int)).max() <= 2, row


def as_shown(space: Space) -> EcgWanted:
    words = LANGUAGES["fr"]()
    resident = state.view(state.clean(WITH_ECG), words).resident
    assert resident is not None
    at = dt.datetime.fromisoformat(WHOLE.taken)
    return EcgWanted(
        space=space,
        ecg=WHOLE,
        gain=10.0,
        page=0,
        who=" · ".join((resident.name, resident.birth, resident.room)),
        when=f"ECG · {words.date(at.date())} {at:%H:%M:%S}",
        scale=" · ".join((words.still_scale.format("25", "10"), words.still_not_true, words.still_filters)),
        absent=words.still_absent,
        unscaled=words.still_unscaled,
        outside=words.still_outside,
    )


@pytest.mark.slow
async def test_under_another_banner_every_row_of_the_picture_was_written_over(door: ScriptedDoor) -> None:
    """H3, in the bytes: after the other name no picture comes, and each of its rows got letters or blanks."""
    async with terminal(door.path) as seen:
        pieces = await ecg_is_shown(seen, door)
        assert "BERNARD" not in seen.written
        door.say(msgspec.structs.replace(EMPTY, resident=RESIDENTS[0], encounter_id="e-2"))
        await seen.shows("BERNARD")
        # what the terminal had been sent while the first name stood is that resident's
        renamed = seen.written.index("BERNARD")
        async with asyncio.timeout(PATIENCE):
            while not set(pieces) <= _rows(seen.written[renamed:]):
                await asyncio.sleep(0.05)
        assert "\x1bP" not in seen.written[renamed:]


def _rows(written: str) -> set[int]:
    return {int(row) for row in re.findall(r"\x1b\[(\d+);\d+H", written)}
