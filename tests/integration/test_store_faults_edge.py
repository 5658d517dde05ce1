"""Edge itself on a disk that is too small and then breaks."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

from edge.door import messages as m
from edge.door.client import DoorClient
from edge.mains import edge
from edge.settings import Settings
from tests.small_disk import SmallDisk, on_small_disk


async def shown(client: DoorClient, true: Callable[[m.Snapshot], bool]) -> m.Snapshot:
    async with asyncio.timeout(60):
        async for said in client.said():
            if isinstance(said, m.Snapshot) and true(said):
                return said
    raise AssertionError("the door closed")


def test_edge_tells_the_screen_of_its_disk_and_outlives_it(tmp_path: Path) -> None:
    """The disk is smaller than what is kept free for readings; then it breaks."""

    async def breaks(disk: SmallDisk) -> None:
        settings = Settings(data=disk.root, demo=True, bluetooth=False)
        running = asyncio.create_task(edge.run(settings))
        async with asyncio.timeout(30):
            while not settings.door.exists():
                await asyncio.sleep(0.02)
        async with DoorClient(settings.door, m.UI) as client:
            low = await shown(client, lambda said: "photos refusées" in said.warning)
            assert "pictures refused" in low.warning_en
            assert low.disk_free_bytes is not None
            disk.break_file_system()
            await shown(client, lambda said: "rien n'est enregistré" in said.warning)
            assert not running.done()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running

    on_small_disk(tmp_path, breaks, megabytes=64)
