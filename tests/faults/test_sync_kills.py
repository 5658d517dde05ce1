"""SIGKILL of sync, hundreds of times while it sends to real PACS: nothing is lost, and each SOP instance is there once.

Four destinations have everything: the embedded PACS and Orthanc, each by C-STORE and by DICOMweb. ``TELECART_SYNC_KILLS`` says
how often (30), ``TELECART_SEED`` repeats a run's choices.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import os
import random
from pathlib import Path

import pydicom
import pytest

from edge.domain.item import Item
from tests.faults.cutting import seed_of_run
from tests.faults.forking import forked
from tests.sending import C_STORE, ORTHANC, ORTHANC_WEB, STOW, Cart
from tests.servers import running

KILLS = int(os.environ.get("TELECART_SYNC_KILLS", "30"))
WAYS = [C_STORE, STOW, ORTHANC, ORTHANC_WEB]


@pytest.mark.slow
@pytest.mark.timeout(300 + 3 * KILLS)
async def test_kills_of_sync_lose_nothing_and_make_nothing_twice(tmp_path: Path) -> None:
    seed = seed_of_run()
    print(f"seed {seed}: repeat with TELECART_SEED={seed}")
    chance = random.Random(seed)
    async with contextlib.AsyncExitStack() as stack:
        ends = {way.name: await stack.enter_async_context(running(way.far_end(tmp_path / way.name))) for way in WAYS}
        sections = [way.section(way.name, way.port(ends[way.name])) for way in WAYS]
        cart = await stack.enter_async_context(Cart(tmp_path / "cart", sections))
        saved: list[Item] = []
        async with forked(cart.config, tmp_path) as children:
            for _ in range(KILLS):
                saved += [cart.save(way.item()) for way in chance.sample(WAYS, chance.randint(0, 2))]
                await children.start("sync")
                # random moments are the point: nothing to wait for
                await asyncio.sleep(chance.uniform(0.02, 0.8))
                await children.kill("sync")
            saved.append(cart.save(C_STORE.item()))
            await children.start("sync")
            rows = await cart.until(lambda rows: rows == [], 120 + KILLS)
        assert rows == []
        once = dict.fromkeys((item.sop_uid for item in saved), 1)
        for way in WAYS:
            assert {item.sop_uid: await ends[way.name].held(item) for item in saved} == once, way.name
    for way in (C_STORE, STOW):
        # and nothing that is nobody's
        files = (tmp_path / way.name).glob("*.dcm")
        assert (
            collections.Counter(pydicom.dcmread(file, stop_before_pixels=True).SOPInstanceUID for file in files) == once
        )
