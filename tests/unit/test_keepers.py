"""What edge does beside the readings goes on after a defect: it is told, and ends nothing."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path

from edge.acquire.attendance import Attendance
from edge.domain.audit import Origin
from edge.mains import keepers
from edge.store.ledger import EdgeStore, Places, StoredLedger, open_for_edge
from edge.store.staff_book import StoredStaff
from edge.store.thread import StoreThread
from tests.unit.test_attendance import ADMIN, STAFF, SetClock

PATIENCE = 20.0


async def test_a_defect_ends_no_keeper(tmp_path: Path) -> None:
    places = Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "key")

    def opened() -> EdgeStore:
        return open_for_edge(places, {}, "demonstration")

    async with StoreThread(opened) as thread, StoreThread(opened) as beside:
        # the list is brought by another process
        book, clock = StoredStaff(beside), SetClock()
        attendance = Attendance(StoredStaff(thread), clock, Origin("edge", "ui"))
        heard: list[int] = []

        def changed() -> None:
            heard.append(1)
            if len(heard) == 1:
                raise RuntimeError("a defect")

        task = asyncio.create_task(keepers.keep_staff(attendance, StoredLedger(thread, "TC"), changed))
        try:
            async with asyncio.timeout(PATIENCE):
                number = STAFF.number
                while len(heard) < 2:
                    # a list that is newer each time: the store is another one
                    number += 1
                    await book.take(dataclasses.replace(STAFF, number=number), ADMIN, clock.now())
                    await asyncio.sleep(0.1)
            assert not task.done()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
