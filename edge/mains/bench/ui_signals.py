"""rhythm_core_share, traces13_core_share, sample_to_cell_ms: running signals on the ECG page, drawn twenty times a second."""

from __future__ import annotations

import asyncio
import math
import random
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Final

from edge.door import messages as m
from edge.mains.bench import ui_programs as programs
from edge.mains.bench.figure import Detail, Figure, Unmeasured, percentile
from edge.mains.bench.ui_scene import ECG, bedside, turn
from edge.mains.bench.ui_terminal import Door, Terminal
from firmware_stubs import heart

_SECONDS: Final = 10.0
_A_FRAME: Final = 0.05
_HERTZ: Final = 250
_PLETH_HERTZ: Final = 75
_FEWEST_FRAMES: Final = 15
_LEADS: Final = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")


def rhythm() -> Figure:
    """rhythm_core_share: the processor for one lead of an ECG and a pleth, drawn twenty times a second."""
    return _share(("II",), 0.10)


def traces13() -> Figure:
    """traces13_core_share: the same for twelve leads and a pleth."""
    return _share(_LEADS, 0.25)


def _share(leads: tuple[str, ...], limit: float) -> Figure:
    drawn, still, frames = asyncio.run(_drawing(leads))
    peer = asyncio.run(_peer_share())
    details: dict[str, Detail] = {
        "traces": len(leads) + 1,
        "frames_per_second": frames,
        "without_signals": still,
        "peer": {"name": "a sparkline of Textual, one lead, twenty times a second", "core_share": peer},
    }
    return Figure(drawn, limit, details)


async def _drawing(leads: tuple[str, ...]) -> tuple[float, float, float]:
    """The share of a core while they run, the share of the same page without them, and how often the screen was drawn."""
    async with bedside() as (terminal, door):
        await turn(terminal, ECG)
        still = await _taken(terminal, lambda: asyncio.sleep(3.0))
        stop = asyncio.Event()
        streaming = asyncio.create_task(stream(door, leads, stop))
        try:
            await asyncio.sleep(2.0)
            before = terminal.frames
            drawn = await _taken(terminal, lambda: asyncio.sleep(_SECONDS))
            frames = (terminal.frames - before) / _SECONDS
        finally:
            stop.set()
            await streaming
    if frames < _FEWEST_FRAMES:
        raise Unmeasured(f"the screen is drawn {frames:.0f} times a second here, not twenty")
    return drawn, still, frames


async def _taken(terminal: Terminal, work: Callable[[], Awaitable[object]]) -> float:
    cpu, begin = terminal.cpu(), time.perf_counter()
    await work()
    return (terminal.cpu() - cpu) / (time.perf_counter() - begin)


async def stream(door: Door, leads: tuple[str, ...], stop: asyncio.Event) -> None:
    """An ECG at 250 samples a second and a pleth at 75, as the recorder tells them: a frame at a time."""
    begin, told = time.perf_counter(), 0
    while not stop.is_set():
        await asyncio.sleep(_A_FRAME)
        now = int((time.perf_counter() - begin) * _HERTZ)
        for lead in leads:
            door.tell(_stretch(lead, told, now))
        steps = range(told * _PLETH_HERTZ // _HERTZ, now * _PLETH_HERTZ // _HERTZ)
        pleth = tuple(100.0 + 40.0 * math.sin(7.5 * step / _PLETH_HERTZ) for step in steps)
        door.tell(
            m.LiveTrace(
                device="Oxymètre", signal="pleth", label="", hertz=_PLETH_HERTZ, values=pleth, in_millivolts=False
            )
        )
        told = now


async def _peer_share() -> float:
    async with Terminal([sys.executable, "-c", programs.SPARKLINE]) as terminal:
        await terminal.frame()
        await asyncio.sleep(2.0)
        return await _taken(terminal, lambda: asyncio.sleep(_SECONDS / 2))


def sample_to_cell() -> Figure:
    """sample_to_cell_ms: from the door to the end of the frame in which a stretch of the running ECG stands, 95 in 100."""
    found = asyncio.run(_samples())
    return Figure(
        percentile(found, 0.95),
        100.0,
        {
            "p50": percentile(found, 0.5),
            "stretches": len(found),
            "peer": {"name": "the screen's own rhythm: twenty pictures a second", "ms": 1e3 * _A_FRAME},
        },
    )


async def _samples() -> list[float]:
    found = []
    chance = random.Random(6)  # noqa: S311
    async with bedside() as (terminal, door):
        await turn(terminal, ECG)
        told = 0
        for number in range(120):
            stretch = _stretch("II", told, told + 25)
            told += 25
            terminal.forget()
            begin = time.perf_counter()
            door.tell(stretch)
            ended = await terminal.frame()
            if number >= 20:
                found.append((ended - begin) * 1e3)
            await asyncio.sleep(0.1 + chance.random() * 0.1)
    return found


def _stretch(lead: str, begin: int, end: int) -> m.LiveTrace:
    values = tuple(round(heart.millivolts(lead, step / _HERTZ), 4) for step in range(begin, end))
    return m.LiveTrace(device="ECG", signal="ecg", label=lead, hertz=_HERTZ, values=values)
