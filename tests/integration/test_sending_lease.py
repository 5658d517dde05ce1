"""The drain on the real encrypted store, where a lease ends before an object is through."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from edge.mains.places import places_of
from edge.mains.sync import destinations
from edge.store.ledger import open_for_sync
from edge.store.sending.outbox import StoredOutbox
from edge.store.thread import StoreThread
from sync import drain
from tests.sending import C_STORE, STOW, Cart, Line, Way, named, through
from tests.servers import running


@pytest.mark.parametrize("way", [C_STORE, STOW], ids=named)
async def test_a_lease_that_ends_while_an_object_is_sent_sends_nothing_twice(
    way: Way, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain, "LEASE_SECONDS", 0.05)
    async with (
        running(way.far_end(tmp_path / "far-end")) as far_end,
        Line(way.port(far_end), through(rate=20_000.0)) as line,
        Cart(tmp_path / "cart", [way.section("slow", line.port)]) as cart,
        StoreThread(lambda: open_for_sync(places_of(cart.settings))) as thread,
    ):
        saved = [cart.save(way.item()) for _ in range(4)]
        draining = asyncio.create_task(drain.Drain(StoredOutbox(thread), destinations(cart.settings)).run())
        await cart.until(lambda rows: rows == [])
        draining.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await draining
        assert [await far_end.held(item) for item in saved] == [1] * len(saved)
        frozen = cart.store.run("SELECT frozen_sha256 FROM outbox").fetchall()
        assert line.there < sum(len(cart.store.blobs.get(sha256)) for (sha256,) in frozen) * 1.1 + 10_000
