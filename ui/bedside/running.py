"""The bedside screen on this terminal, until it is left, told to end, or the terminal is gone."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import structlog

from ui.bedside import graphics, themes
from ui.bedside.app import BedsideApp
from ui.bedside.hangup import ends_with
from ui.bedside.held_logs import held
from ui.bedside.making import OFTEN
from ui.bedside.tidying import Tidying

log = structlog.get_logger()


async def run(
    door: Path,
    *,
    demo: bool = False,
    language: str = "fr",
    theme: str = themes.NIGHT.name,
    pixel_mm: float | None = None,
) -> int:
    """Shows the screen on this terminal until it is left, the process is told to end, or the terminal goes; returns the exit code.

    ``pixel_mm`` is how large a pixel of the display is, None where nobody said it.
    """
    here = graphics.here()
    app = BedsideApp(door, demo=demo, language=language, theme=theme, pictures=here, pixel_mm=pixel_mm, ahead=OFTEN)
    app.tidying = tidying = Tidying(app)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, app.exit)
    try:
        with (
            held(),
            tidying.kept(),
            ends_with(sys.__stdin__.fileno() if sys.__stdin__ else 0, lambda: loop.call_soon_threadsafe(app.exit)),
        ):
            await app.run_async()
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
    if app.failure:
        log.error("screen_failed", where=app.failure)
        return 1
    return 0
