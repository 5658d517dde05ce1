"""`telecart ui`: the bedside screen. Only the door and the terminal."""

from __future__ import annotations

import asyncio

from edge.settings import Settings
from ui.bedside import app


def run(settings: Settings) -> None:
    """Until the screen is left."""
    asyncio.run(app.run(settings.door))
