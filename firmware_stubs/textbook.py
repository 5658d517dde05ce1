"""The reader of a cuff that bleak's examples lead to: find it, connect, subscribe, and begin anew when that ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bleak import BleakClient, BleakScanner
from bleak.exc import BleakError

_FIND_SECONDS = 10.0
_PAUSE_SECONDS = 0.5
_MEASUREMENT = "00002a35-0000-1000-8000-00805f9b34fb"


async def textbook_loop(address: str, heard: Callable[[bytes], None]) -> None:
    """Until it is cancelled. ``heard`` gets every value."""
    while True:
        try:
            device = await BleakScanner.find_device_by_address(address, timeout=_FIND_SECONDS)
            if device is None:
                continue
            gone = asyncio.Event()
            async with BleakClient(device, disconnected_callback=lambda _: gone.set()) as client:  # noqa: B023
                await client.start_notify(_MEASUREMENT, lambda _, data: heard(bytes(data)))
                await gone.wait()
        except (BleakError, OSError, EOFError, TimeoutError):
            pass
        await asyncio.sleep(_PAUSE_SECONDS)
