"""tap_to_screen_p95_ms and ui_first_paint_ms: how long a page takes, and the first one.

The peer is a bare program of the same library that turns between two pages of six labels, on the same terminal.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from edge.mains.bench import ui_programs as programs
from edge.mains.bench.figure import Figure, percentile
from edge.mains.bench.ui_scene import APART, BAR, ECG, PAGES, QUIET, SCENE, VITALS, bedside, command, turn
from edge.mains.bench.ui_terminal import COLUMNS, Door, Terminal

_TAPS: Final = 100
_WARM: Final = 8
_FIRST: Final = 12


def tap_to_screen() -> Figure:
    """tap_to_screen_p95_ms: from the finger to the last byte of a complete new page."""
    found = asyncio.run(_taps())
    peer = asyncio.run(_peer_taps())
    return Figure(
        percentile(found, 0.95),
        30.0,
        {
            "p50": percentile(found, 0.5),
            "taps": len(found),
            "peer": {"name": "a bare Textual program, two pages of six labels", "p95": percentile(peer, 0.95), "p50": percentile(peer, 0.5)},
        },
    )  # fmt: skip


async def _taps() -> list[float]:
    found = []
    async with bedside() as (terminal, _):
        for number in range(_TAPS + _WARM):
            begin = time.perf_counter()
            seconds = await turn(terminal, (VITALS, 0, ECG, 3, 4)[number % PAGES])
            if number >= _WARM:
                found.append(seconds * 1e3)
            await asyncio.sleep(max(APART - (time.perf_counter() - begin), 0.0))
    return found


async def _peer_taps() -> list[float]:
    found = []
    async with Terminal([sys.executable, "-c", programs.PAGES]) as terminal:
        await terminal.rest(1.0)
        for number in range(50 + _WARM):
            begin = time.perf_counter()
            await terminal.tap(COLUMNS // 2, BAR)
            await asyncio.sleep(0.01)
            ended = await terminal.rest(QUIET)
            if number >= _WARM:
                found.append((ended - begin) * 1e3)
    return found


def first_paint() -> Figure:
    """ui_first_paint_ms: from the start of the process to the first page with a resident, complete; half of all."""
    found = sorted(asyncio.run(_first()) for _ in range(_FIRST))
    peer = sorted(asyncio.run(_peer_first()) for _ in range(_FIRST // 2))
    return Figure(
        percentile(found, 0.5),
        600.0,
        {
            "p95": percentile(found, 0.95),
            "peer": {"name": "a bare Textual program", "p50": percentile(peer, 0.5), "p95": percentile(peer, 0.95)},
        },
    )


async def _first() -> float:
    with tempfile.TemporaryDirectory(prefix="telecart-bench-") as made:
        folder = Path(made)
        door = Door(folder / "door.sock", SCENE)
        async with door.open(), Terminal(command(folder)) as terminal:
            ended = await terminal.frame("BENCH")
            return (ended - terminal.started) * 1e3


async def _peer_first() -> float:
    async with Terminal([sys.executable, "-c", programs.PAGES]) as terminal:
        return (await terminal.frame("page 1") - terminal.started) * 1e3
