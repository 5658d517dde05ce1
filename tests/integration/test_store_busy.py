"""A store that is proven whole or made anew takes minutes: the screen goes on meanwhile, and says what it said last."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from edge.acquire.attendance import Attendance
from edge.acquire.consents import Consents
from edge.domain.audit import Origin
from edge.door import messages as m
from edge.mains import screens as screens_main
from edge.mains.badges import Badges
from edge.mains.clock import SystemClock
from edge.mains.followed import Follow
from edge.mains.standing import Stand
from edge.settings import Settings
from edge.store.answer_book import StoredAnswers
from edge.store.consent_book import StoredConsents
from edge.store.ledger import StoredLedger, open_for_edge
from edge.store.scale_book import StoredScales
from edge.store.staff_book import StoredStaff
from edge.store.thread import StoreThread
from edge.store.way_book import StoredWays
from edge.store.whose_book import StoredWhose
from tests.store_on_disk import TO, places_in


async def test_a_screen_does_not_wait_for_a_store_that_is_busy_with_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screens_main, "_ANSWERS_WITHIN", 0.05)
    done = threading.Event()
    asked = 0

    class Counted(StoredLedger):
        async def version(self) -> int:
            nonlocal asked
            asked += 1
            return await super().version()

    async with StoreThread(lambda: open_for_edge(places_in(tmp_path), TO, "demonstration")) as thread:
        clock = SystemClock()
        attendance = Attendance(StoredStaff(thread), clock, Origin("edge", m.UI))
        whose = StoredWhose(thread, "TC", "EHPAD")
        settings = Settings(data=tmp_path, demo=True)
        ledger = Counted(thread, "TC")
        badges = Badges(None, attendance, lambda: None)
        standing = Stand(settings, ledger, StoredWays(thread), clock, lambda: None)
        screens = screens_main.Screens(
            settings,
            ledger,
            StoredScales(thread),
            clock,
            attendance,
            whose,
            badges,
            standing,
            Consents(StoredConsents(thread)),
            Follow(StoredAnswers(thread), clock, lambda: None),
        )
        now = await screens._version(-1)
        assert now > 0
        busy = thread.run(lambda _: done.wait(20))
        occupied = asyncio.ensure_future(busy)
        for _ in range(5):
            assert await screens._version(-1) == -1
            assert (await screens._stored(None)).residents == ()
        # what waits for an answer is not asked again: each question would prove a failing store whole once more
        assert asked == 2
        done.set()
        assert await occupied
        monkeypatch.setattr(screens_main, "_ANSWERS_WITHIN", 20.0)
        assert await screens._version(-1) == now
