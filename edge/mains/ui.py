"""`telecart ui`: the bedside screen. Only the door and the terminal."""

from __future__ import annotations

import asyncio
import sys

from edge.mains import logs
from edge.settings import Settings
from ui.bedside.running import run as show


def run(settings: Settings) -> None:
    """Until the screen is left."""
    logs.configure("ui")
    sys.exit(
        asyncio.run(
            show(
                settings.door, demo=settings.demo, language=settings.language, pixel_mm=settings.screen.pixel_mm or None
            )
        )
    )
