"""A cart's edge, its store and its door: what is typed there is saved, scored and shown, and survives a restart."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from edge import settings as s
from edge.domain.patient import Patient, Sex
from edge.door import messages as m
from edge.door.client import DoorClient
from edge.mains import edge
from edge.mains.actor import of_process
from edge.mains.places import own_store
from ui.bedside import typing

SEVEN = {
    "respiration": ("22",),
    "spo2": ("94",),
    "oxygen": ("2",),
    "blood_pressure": ("142", "85"),
    "pulse": ("76",),
    "consciousness": ("0",),
    "temperature": ("38.4",),
}
POINTS = [2, 1, 2, 0, 0, 0, 1]
"""By the chart of the RCP, in its order."""

JEANNE = Patient("P1", "EHPAD", "DUPONT", "Jeanne", dt.date(1938, 3, 12), Sex.FEMALE, "214")


class Screen:
    """A client at the door that remembers the newest snapshot."""

    def __init__(self, door: Path) -> None:
        self._client = DoorClient(door, m.UI)
        self._came = asyncio.Condition()
        self.newest: m.Snapshot | None = None

    async def __aenter__(self) -> Screen:
        await self._client.__aenter__()
        self._task = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.__aexit__()
        await self._task

    async def _listen(self) -> None:
        async for said in self._client.said():
            if isinstance(said, m.Snapshot):
                async with self._came:
                    self.newest = said
                    self._came.notify_all()

    async def ask(self, command: m.Command) -> None:
        async with asyncio.timeout(20):
            await self._client.ask(command)

    async def until(self, true: Callable[[m.Snapshot], bool]) -> m.Snapshot:
        async with asyncio.timeout(20), self._came:
            await self._came.wait_for(lambda: self.newest is not None and true(self.newest))
        assert self.newest is not None
        return self.newest


@contextlib.asynccontextmanager
async def running(settings: s.Settings) -> AsyncIterator[Screen]:
    # of the edge before: nobody is behind it
    settings.door.unlink(missing_ok=True)
    task = asyncio.create_task(edge.run(settings))
    try:
        async with asyncio.timeout(20):
            while not settings.door.exists():
                assert not task.done(), task.exception()
                await asyncio.sleep(0.01)
        async with Screen(settings.door) as screen:
            yield screen
    finally:
        task.cancel()
        await asyncio.wait([task])
    assert task.cancelled(), task.exception()


def written(folder: Path, enabled: bool) -> s.Settings:
    file = folder / "telecart.toml"
    file.write_text(f"bluetooth = false\n[news2]\nenabled = {str(enabled).lower()}\n", encoding="utf-8")
    return s.read(file, folder)


async def test_seven_values_that_were_typed_make_a_score_where_the_site_wants_it(tmp_path: Path) -> None:
    settings = written(tmp_path, enabled=True)
    async with own_store(settings, of_process("test")) as ledger:
        await ledger.put_patient(JEANNE)
    async with running(settings) as screen:
        await screen.ask(m.SelectResident(patient_id="P1"))
        shown = await screen.until(lambda said: said.resident is not None)
        assert shown.news2.total is None
        assert {part.why for part in shown.news2.parts} == {"missing"}
        for sheet, numbers in SEVEN.items():
            assert shown.news2.total is None
            values = tuple(
                m.TypedValue(name=one.name, value=one.value, unit=one.unit) for one in typing.values(sheet, numbers)
            )
            await screen.ask(m.TypeValue(sheet=sheet, values=values, encounter_id=shown.encounter_id or ""))
        shown = await screen.until(lambda said: len(said.items) == len(SEVEN) and said.news2.total is not None)
        assert [part.points for part in shown.news2.parts] == POINTS
        assert (shown.news2.total, shown.news2.risk) == (sum(POINTS), "medium")
        assert {(item.model, *item.quality) for item in shown.items} == {("typed", "typed")}
    async with running(settings) as screen:
        again = await screen.until(lambda said: said.resident is not None and said.news2.total is not None)
        assert again.news2.total == sum(POINTS)
    async with running(written(tmp_path, enabled=False)) as screen:
        off = await screen.until(lambda said: len(said.items) == len(SEVEN))
        assert off.news2 == m.News2Card()
