"""`telecart sync` as a process on a real store: its memory whatever an object's size, and its death between sending and recording."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from edge.domain.capture import Capture
from edge.domain.delivery import State
from edge.domain.measurement import Kind
from edge.mains.bench import send_scene
from edge.mains.bench.store_scene import DEVICE, now, places_in
from firmware_stubs.pacs import EmbeddedPacs
from tests import items
from tests.sending import Cart, large_photo, pacs_section, web_section
from tests.servers import EmbeddedFarEnd, running
from tests.web_servers import EmbeddedWebFarEnd

HUGE, PEAK_MB = 36.5, 128.0


def huge(number: int) -> Capture:
    return Capture(Kind.PHOTO, large_photo(HUGE).payload, DEVICE, now(), f"huge-{number}")


@pytest.mark.slow
@pytest.mark.parametrize("way", ["c-store", "stow"])
async def test_objects_of_36_mb_are_sent_and_proven_in_128_mb(way: str, tmp_path: Path) -> None:
    frozen = await asyncio.to_thread(send_scene.frozen, tmp_path / "store", 3, huge)
    assert frozen.megabytes > 3 * 36
    kind = EmbeddedFarEnd if way == "c-store" else EmbeddedWebFarEnd
    async with running(kind(tmp_path / "far")) as far_end:
        name, web = send_scene.DESTINATION, getattr(far_end, "web", None)
        section = web_section(name, web.port) if web else pacs_section(name, far_end.server.port)
        config = tmp_path / "store" / "telecart.toml"
        config.write_text(f'data = "{tmp_path / "store" / "data"}"\nbluetooth = false\n{section}')
        places = places_in(tmp_path / "store" / "data")
        run = await asyncio.to_thread(send_scene.drained, config, places, frozen.count, State.RECEIVED)
        assert len(far_end.server.instances()) == frozen.count
    assert run.peak_mb < PEAK_MB


class Killing(EmbeddedPacs):
    """Kills ``pid`` once it keeps object number ``at``, before it says so."""

    pid = 0
    at = 0
    _killing = threading.Lock()

    def keep(self, content: bytes, dataset: Dataset, sop_uid: str) -> int:
        status = super().keep(content, dataset, sop_uid)
        with self._killing:
            pid = self.pid if len(self.instances()) >= self.at else 0
            self.pid -= pid
            if pid:
                os.kill(pid, signal.SIGKILL)
        return status


@pytest.mark.slow
@pytest.mark.parametrize("at", [1, 7, 20])
async def test_killed_between_sending_and_recording_each_has_one_effect(at: int, tmp_path: Path) -> None:
    far_end = EmbeddedFarEnd(tmp_path / "far")
    server = Killing(tmp_path / "far", port=far_end.server.port)
    far_end.server = server
    server.at = at
    async with running(far_end), Cart(tmp_path / "cart", [pacs_section("far", server.port)]) as cart:
        saved = [cart.save(items.photo(items.drawn_jpeg(320, 240 + number))) for number in range(20)]
        process = await cart.sync.start()
        server.pid = process.pid
        async with asyncio.timeout(60):
            assert await process.wait() == -signal.SIGKILL
        kept = len(server.instances())
        assert kept >= at
        waiting = [row for row in await cart.outbox() if row["state"] in {"kept", "pending"}]
        # what was kept there when it died is not recorded as sent here
        assert len(waiting) > len(saved) - kept
        await cart.sync.start()
        await cart.until(lambda rows: not rows)
        assert [await far_end.held(item) for item in saved] == [1] * len(saved)
