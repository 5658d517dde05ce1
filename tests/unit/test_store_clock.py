"""A clock that is a year off, in 1970, set back or an hour back for the winter: order, waiting and ages keep their sense."""

from __future__ import annotations

import datetime as dt
import itertools
import time
from pathlib import Path

import pytest

from edge.acquire.devices import Devices
from edge.acquire.recorder import Recorder
from edge.domain.delivery import Event, State
from edge.domain.measurement import Instant
from edge.domain.ports import Arrived, Outcome
from edge.door.item_card import age as _age
from edge.store.ledger import StoredLedger, open_for_edge, open_for_sync
from edge.store.sending import outbox
from edge.store.sending.outbox import StoredOutbox
from edge.store.thread import StoreThread
from tests.store_on_disk import TO, places_in
from tests.unit.test_recorder import OXIMETER, patient, spo2

START = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)
YEAR = dt.timedelta(days=365)
TEN_YEARS = dt.timedelta(days=3652)


class TwoClocks:
    """The Clock port: a wall clock that is set as one likes, and one that only goes on."""

    def __init__(self) -> None:
        self.wall = START
        self.ticks = 1000.0

    def now(self) -> Instant:
        return Instant(self.wall, "boot", int(self.ticks * 1e9), clock_trusted=False)

    def pass_seconds(self, seconds: float) -> None:
        self.ticks += seconds
        self.wall += dt.timedelta(seconds=seconds)


JUMPS = {
    "a year on": lambda _now: START + YEAR,
    "a year back": lambda _now: START - YEAR,
    "ten years back": lambda _now: START - TEN_YEARS,
    "1970": lambda _now: dt.datetime(1970, 1, 1, 0, 0, 5, tzinfo=dt.UTC),
    "an hour back": lambda now: now - dt.timedelta(hours=1),
    "an hour on": lambda now: now + dt.timedelta(hours=1),
}


@pytest.mark.parametrize("jump", JUMPS)
@pytest.mark.hazard("H8", without="tests.controls_space:lines_are_sorted_by_the_clock")
async def test_order_is_that_of_saving_and_ages_grow_by_what_has_passed(jump: str, tmp_path: Path) -> None:
    clock = TwoClocks()
    async with StoreThread(lambda: open_for_edge(places_in(tmp_path), TO, "demonstration")) as thread:
        ledger = StoredLedger(thread, "TC")
        await ledger.put_patient(patient(1))
        found, encounter = await ledger.open_encounter("P1", clock.now())
        recorder = Recorder(ledger, clock, Devices(ledger, clock, {OXIMETER.id}), lambda: None)
        recorder.show(found, encounter)
        clock.pass_seconds(60)
        for value in range(90, 96):
            await recorder.take(Arrived(OXIMETER, spo2(value), bytes([value])))
            clock.pass_seconds(30)
            if value == 92:
                clock.wall = JUMPS[jump](clock.wall)
        lines = (await ledger.overview(encounter.id)).lines
        shown = [int(line.payload.components[0].quantity.value) for line in lines]  # type: ignore[union-attr]
        assert shown == [95, 94, 93, 92, 91, 90]
        ages = [_age(line.taken, clock.now()) for line in lines]
        assert ages == pytest.approx([30, 60, 90, 120, 150, 180])
        # after a reboot the wall clock is all there is: never younger than now
        rebooted = Instant(clock.wall, "another boot", 5 * 10**9, clock_trusted=False)
        assert all(_age(line.taken, rebooted) >= 0 for line in lines)


@pytest.mark.parametrize("years", [1, 10])
@pytest.mark.hazard("H8", without="tests.controls_space:far_attempts_are_believed")
async def test_what_was_put_off_by_a_clock_that_was_ahead_is_not_waited_for(
    years: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await neither_stalls_nor_storms(years, tmp_path, monkeypatch)


@pytest.mark.parametrize("years", [-56, -1])
async def test_what_was_put_off_by_a_clock_that_was_behind_is_due_once(
    years: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await neither_stalls_nor_storms(years, tmp_path, monkeypatch)


async def neither_stalls_nor_storms(years: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written under one clock, read under another: what waits is due soon, and what is lent stays lent meanwhile."""
    places, clock = places_in(tmp_path), TwoClocks()
    async with StoreThread(lambda: open_for_edge(places, TO, "demonstration")) as edge:
        ledger = StoredLedger(edge, "TC")
        await ledger.put_patient(patient(1))
        found, encounter = await ledger.open_encounter("P1", clock.now())
        recorder = Recorder(ledger, clock, Devices(ledger, clock, {OXIMETER.id}), lambda: None)
        recorder.show(found, encounter)
        clock.pass_seconds(60)
        for value in (90, 91):
            await recorder.take(Arrived(OXIMETER, spo2(value), bytes([value])))
        async with StoreThread(lambda: open_for_sync(places)) as sync:
            box = StoredOutbox(sync)
            real = time.time()
            monkeypatch.setattr(outbox.time, "time", lambda: real + years * 365.25 * 86400)
            [first, second] = await box.claim("fhir", State.KEPT, 10, 1800)
            await box.record("fhir", Outcome(first.item_id, Event.TRY_LATER), 5, 300)
            monkeypatch.undo()
            # no stall: within an hour at the most, whichever way the clock was wrong
            due = await box.next_due("fhir")
            assert due is not None
            assert due <= outbox.LONGEST_WAIT
            claims = await box.claim("fhir", State.KEPT, 10, 1800)
            assert {claim.item_id for claim in claims} == {first.item_id, second.item_id}
            # no storm: taken up once, it is lent by this clock now
            assert await box.claim("fhir", State.KEPT, 10, 1800) == []
            await box.record("fhir", Outcome(first.item_id, Event.TRY_LATER), 6, 300)
            await box.record("fhir", Outcome(second.item_id, Event.TRY_LATER), 1, 300)
            assert await box.claim("fhir", State.KEPT, 10, 1800) == []
            due = await box.next_due("fhir")
            assert due is not None
            assert due > 200


@pytest.mark.parametrize("change", ["2026-03-29T01:00Z", "2026-10-25T01:00Z"])
@pytest.mark.hazard("H9", without="tests.controls_space:ages_by_the_clock_on_the_wall")
def test_both_changes_of_the_clocks_minute_by_minute(change: str) -> None:
    """UTC in, UTC out: twenty minutes are twenty minutes, also in the hour that is there twice or not at all."""
    moment = dt.datetime.fromisoformat(change)
    for minute in range(-90, 91):
        taken_at = moment + dt.timedelta(minutes=minute)
        taken = Instant(taken_at, "before the reboot", 0, clock_trusted=True)
        later = Instant(taken_at + dt.timedelta(minutes=20), "after it", 0, clock_trusted=True)
        assert _age(taken, later) == 20 * 60


async def test_what_is_stored_at_the_change_of_clocks_is_utc(tmp_path: Path) -> None:
    clock = TwoClocks()
    stored = []
    async with StoreThread(lambda: open_for_edge(places_in(tmp_path), TO, "demonstration")) as thread:
        ledger = StoredLedger(thread, "TC")
        await ledger.put_patient(patient(1))
        recorder = Recorder(ledger, clock, Devices(ledger, clock, {OXIMETER.id}), lambda: None)
        for minute in range(0, 180, 10):
            clock.wall = dt.datetime(2026, 10, 24, 23, 30, tzinfo=dt.UTC) + dt.timedelta(minutes=minute)
            clock.ticks += 600
            await recorder.take(Arrived(OXIMETER, spo2(90), bytes([minute])))
        stored = await thread.run(lambda s: s.run("SELECT taken_utc FROM item ORDER BY sequence").fetchall())
    moments = [dt.datetime.fromisoformat(text) for (text,) in stored]
    assert [one.utcoffset() for one in moments] == [dt.timedelta(0)] * len(moments)
    assert {b - a for a, b in itertools.pairwise(moments)} == {dt.timedelta(minutes=10)}
