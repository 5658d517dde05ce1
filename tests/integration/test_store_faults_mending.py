"""Damage that edge itself never meets, because it does not read that page: found by others, mended by edge while it runs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from edge.domain.fault import Fault, Reason
from edge.mains import outbox as waiting, store_verify
from edge.settings import Settings
from edge.store.damage.opening import mark_damaged
from edge.store.damage.remains import remains
from edge.store.damage.trees import Pages, Tree
from edge.store.disk.keys import read_key
from edge.store.ledger import EdgeStore, open_for_sync
from edge.store.sending.outbox import Opened, StoredOutbox
from edge.store.thread import StoreThread
from tests.integration.test_store_faults_damage import SMALL, flip
from tests.small_disk import BLOCK
from tests.store_on_disk import Cart, cart_on, places_in, stored_raws

OLD = 120
"""Readings, on pages that nobody reads to save one more."""


def laid_aside(root: Path) -> int:
    return len(list(root.glob("quarantine-*")))


@contextlib.asynccontextmanager
async def cart_and_sync(root: Path) -> AsyncIterator[tuple[Cart, StoreThread[Opened]]]:
    """Edge with readings behind it, and sync, which asks the store as its drain does while nothing is to be sent."""
    async with cart_on(root, SMALL) as cart:
        for _ in range(OLD):
            await cart.measure()
        async with StoreThread(lambda: open_for_sync(places_in(root))) as thread:
            box = StoredOutbox(thread)
            await box.version()
            cart.users.append(box.version)
            yield cart, thread


async def spoil_an_old_page(cart: Cart, root: Path) -> str:
    """A leaf of the oldest items; returns the name of one that lies on it."""

    def work(store: EdgeStore) -> tuple[int, str]:
        store.run("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        (page,) = store.run("SELECT rootpage FROM sqlite_schema WHERE name = 'item'").fetchone()
        (name,) = store.run("SELECT id FROM item ORDER BY sequence LIMIT 1").fetchone()
        return int(page), str(name)

    table, name = await cart.thread.run(work)
    places = places_in(root)
    source, read = remains(places.database, places.database, read_key(places.key)), list[int]()

    def noted(number: int) -> bytes:
        read.append(number)
        return source.read(number)

    next(Pages(noted, source.count).walk(table, Tree()))
    page = read[-1]
    assert page != table
    flip(places_in(root).database, (page - 1) * BLOCK + 60, 2)
    return name


@pytest.mark.hazard("H10", without="tests.controls_mending:nobody_looks_for_the_marker")
async def test_what_verify_finds_edge_mends_while_it_runs_and_sync_goes_on(tmp_path: Path) -> None:
    async with cart_and_sync(tmp_path) as (cart, thread):
        await spoil_an_old_page(cart, tmp_path)
        found = await asyncio.to_thread(store_verify.verify, Settings(data=tmp_path, demo=True))
        assert found.is_damage
        await cart.until_warned("Mémoire réparée")
        await cart.measure()
        assert cart.was_warned("abîmée")
        async with asyncio.timeout(10):
            await StoredOutbox(thread).version()
    assert laid_aside(tmp_path) == 1
    assert not (tmp_path / "store.damaged").exists()
    kept = stored_raws(tmp_path)
    assert OLD + 1 - 12 <= len(kept) < OLD + 1
    assert kept[-1] == cart.told[-1]


@pytest.mark.hazard("H10", without="tests.controls_mending:nobody_looks_for_the_marker")
async def test_what_sync_finds_damaged_edge_mends(tmp_path: Path) -> None:
    """Edge never reads that page again: sync would try for ever."""
    async with cart_and_sync(tmp_path) as (cart, thread):
        box = StoredOutbox(thread)
        name = await spoil_an_old_page(cart, tmp_path)
        await thread.run(lambda opened: opened.run("PRAGMA shrink_memory"))
        with pytest.raises(Fault) as raised:
            await box.load("fhir", name)
        assert raised.value.reason is Reason.STORE_IO
        await cart.until_warned("Mémoire réparée")
        assert cart.was_warned("abîmée")
        await box.version()
        await cart.measure()
    assert laid_aside(tmp_path) == 1


async def test_a_suspicion_that_is_none_costs_nobody_the_store(tmp_path: Path) -> None:
    """A disk that fails shows as damage to whoever reads it then."""
    async with cart_and_sync(tmp_path) as (cart, thread):
        await asyncio.to_thread(mark_damaged, places_in(tmp_path).database)
        await cart.until(lambda: not (tmp_path / "store.damaged").exists())
        assert cart.was_warned("abîmée")
        await cart.measure()
        await cart.until_warned("")
        await StoredOutbox(thread).version()
    assert laid_aside(tmp_path) == 0
    assert len(stored_raws(tmp_path)) == OLD + 1


async def test_telecart_outbox_says_that_the_store_is_being_mended(tmp_path: Path) -> None:
    async with cart_on(tmp_path, SMALL) as cart:
        await cart.measure()
    mark_damaged(places_in(tmp_path).database)
    with pytest.raises(Fault, match="is damaged and is made anew"):
        waiting.waiting(Settings(data=tmp_path, demo=True))
