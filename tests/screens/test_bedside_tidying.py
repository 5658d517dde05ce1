"""Garbage is looked for between two taps, never instead of none."""

from __future__ import annotations

import asyncio
import gc

import pytest
from textual.app import App

from ui.bedside import tidying
from ui.bedside.tidying import Tidying


def looks() -> int:
    """At everything, so far."""
    return int(gc.get_stats()[2]["collections"])


async def looked(since: int) -> None:
    async with asyncio.timeout(20):
        while looks() == since:
            await asyncio.sleep(0.01)


@pytest.fixture
def frequent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tidying, "APART", 0.0)
    monkeypatch.setattr(tidying, "AFTER_A_TAP", 0.01)


@pytest.mark.usefixtures("frequent")
async def test_after_a_tap_there_is_a_look_and_nothing_by_itself() -> None:
    app: App[None] = App()
    one, before = Tidying(app), gc.get_threshold()
    with one.kept():
        async with app.run_test():
            since = looks()
            for _ in range(200):
                gc.collect(1)
            _ = [[] for _ in range(100_000)]
            assert looks() == since
            one.tapped()
            await looked(since)
    assert gc.get_threshold() == before


@pytest.mark.usefixtures("frequent")
async def test_where_nobody_touches_it_there_is_a_look_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tidying, "AT_LEAST", 0.01)
    app: App[None] = App()
    one = Tidying(app)
    with one.kept():
        async with app.run_test():
            since = looks()
            one.begin()
            await looked(since)


async def test_soon_after_a_look_a_tap_asks_for_none() -> None:
    app: App[None] = App()
    one = Tidying(app)
    with one.kept():
        async with app.run_test() as pilot:
            one.look()
            since = looks()
            one.tapped()
            await pilot.pause(2 * tidying.AFTER_A_TAP)
            assert looks() == since
