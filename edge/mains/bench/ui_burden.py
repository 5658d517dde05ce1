"""ui_rss_mb, ui_growth_mb, ui_lag_p99_ms: what the screen takes after a thousand pages, and how late it is while the cart works."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from edge.mains.bench import send_objects, ui_programs as programs
from edge.mains.bench.figure import Detail, Figure, Unmeasured, percentile
from edge.mains.bench.send_scene import Orthanc, ours
from edge.mains.bench.store_scene import scratch
from edge.mains.bench.ui_scene import BAR, ECG, PAGES, SCENE, bedside, turn
from edge.mains.bench.ui_signals import stream
from edge.mains.bench.ui_terminal import COLUMNS, Door, Terminal

_CHANGES: Final = 1000
_SETTLED: Final = 100
_DRAINS: Final = 2
_SNAPSHOT_EVERY: Final = 0.25


def memory() -> Figure:
    """Resident memory after a thousand changes of the page, in MB of 1,000,000 bytes."""
    before, after = _changes()
    peer = asyncio.run(_bare())
    return Figure(
        after,
        80.0,
        {
            "after_a_hundred": before,
            "changes": _CHANGES,
            "peer": {"name": "a bare Textual program, once up", "mb": peer},
        },
    )


def growth() -> Figure:
    """By how much it grew over the last nine hundred of them."""
    before, after = _changes()
    peer = asyncio.run(_bare_growth())
    return Figure(
        after - before,
        1.0,
        {"before": before, "after": after, "peer": {"name": "a bare Textual program, two pages, as often", "mb": peer}},
    )


@functools.cache
def _changes() -> tuple[float, float]:
    return asyncio.run(_turning())


async def _turning() -> tuple[float, float]:
    settled = 0.0
    async with bedside(programs.QUICK) as (terminal, _):
        for number in range(_CHANGES):
            if number == _SETTLED:
                settled = terminal.resident_mb()
            heard = terminal.heard
            await terminal.tap((2 * (number % PAGES) + 1) * COLUMNS // (2 * PAGES), BAR)
            await terminal.more_than(heard)
            await terminal.rest(0.025)
        await terminal.rest(0.5)
        return settled, terminal.resident_mb()


async def _bare() -> float:
    async with Terminal([sys.executable, "-c", programs.PAGES]) as terminal:
        await terminal.frame("page 1")
        await terminal.rest(0.5)
        return terminal.resident_mb()


async def _bare_growth() -> float:
    settled = 0.0
    async with Terminal([sys.executable, "-c", programs.PAGES]) as terminal:
        await terminal.frame("page 1")
        for number in range(_CHANGES):
            if number == _SETTLED:
                settled = terminal.resident_mb()
            heard = terminal.heard
            await terminal.tap(COLUMNS // 2, 2)
            await terminal.more_than(heard)
            await terminal.rest(0.025)
        return terminal.resident_mb() - settled


def lag() -> Figure:
    """How late the screen's event loop comes to what is due, 99 in 100, while readings are saved and sync sends 15 MB objects.

    The screen shows a running ECG with a pleth, and gets a snapshot four times a second.
    """
    with scratch(None) as place:
        alone = asyncio.run(_late(place / "alone.json", lambda: time.sleep(5.0)))
        with Orthanc(send_objects.place() / "orthanc-lag", {}).running() as orthanc, _saving(place / "saved"):
            sent = send_objects.heavy()

            def send() -> None:
                for _ in range(_DRAINS):
                    ours(orthanc, sent, orthanc.by_stow())

            beside = asyncio.run(_late(place / "beside.json", send))
    details: dict[str, Detail] = {
        "p50": percentile(beside, 0.5),
        "looks": len(beside),
        "objects": sent.count * _DRAINS,
        "megabytes_each": sent.megabytes / sent.count,
        "peer": {"name": "the same screen with nothing beside it", "p99": percentile(alone, 0.99), "p50": percentile(alone, 0.5)},
    }  # fmt: skip
    return Figure(percentile(beside, 0.99), 20.0, details)


@contextlib.contextmanager
def _saving(folder: Path) -> Iterator[None]:
    """A process that saves twenty readings a second."""
    process = subprocess.Popen([sys.executable, "-c", programs.SAVING, str(folder)])  # noqa: S603
    try:
        yield
        if process.poll() is not None:
            raise Unmeasured("the store saves nothing here")
    finally:
        process.kill()
        process.wait()


async def _late(out: Path, work: Callable[[], None]) -> list[float]:
    async with bedside(programs.PROBED, str(out)) as (terminal, door):
        await turn(terminal, ECG)
        stop = asyncio.Event()
        tasks = [asyncio.create_task(stream(door, ("II",), stop)), asyncio.create_task(_showing(door, stop))]
        try:
            await asyncio.to_thread(work)
        finally:
            stop.set()
            await asyncio.gather(*tasks)
        await terminal.end()
    found: list[float] = json.loads(await asyncio.to_thread(out.read_text))
    return found


async def _showing(door: Door, stop: asyncio.Event) -> None:
    number = 0
    while not stop.is_set():
        number += 1
        door.say(msgspec.structs.replace(SCENE, waiting=msgspec.structs.replace(SCENE.waiting, kept=number)))
        await asyncio.sleep(_SNAPSHOT_EVERY)
