"""Binding and saving: whose a reading is, and what happens to it when it is nobody's or cannot be kept."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from edge.acquire.devices import Devices
from edge.acquire.recorder import Recorder, supervise
from edge.domain.binding import REMEMBERED_SECONDS, TAKES_SECONDS, Presence, owner
from edge.domain.delivery import State
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Component, Device, Instant, Kind, Name, Quality, Reading
from edge.domain.patient import Encounter, Patient, Sex
from edge.domain.ports import Arrived, LinkState, LiveValue, PeripheralEvent, Undecodable
from edge.domain.quantity import Quantity, Unit
from edge.store.ledger import EdgeStore, Places, StoredLedger, open_for_edge
from edge.store.thread import StoreThread

OXIMETER = Device("00:01", "pulse-oximeter", "Oxymètre")


class SetClock:
    """The Clock port, set by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def now(self) -> Instant:
        utc = dt.datetime(2026, 11, 22, tzinfo=dt.UTC) + dt.timedelta(seconds=self.seconds)
        return Instant(utc, "boot", int(self.seconds * 1e9), clock_trusted=True)


def recorder_of(ledger: StoredLedger, clock: SetClock, changed: Callable[[], None]) -> Recorder:
    """A recorder with the oximeter on a cable."""
    return Recorder(ledger, clock, Devices(ledger, clock, {OXIMETER.id}), changed)


def patient(number: int) -> Patient:
    return Patient(f"P{number}", "EHPAD", f"NAME{number}", "A", dt.date(1940, 1, 1), Sex.FEMALE, str(number))


def spo2(value: int, quality: tuple[Quality, ...] = ()) -> Reading:
    return Reading(
        Kind.SPO2, (Component(Name.SPO2, Quantity(Decimal(value), Unit.PERCENT)),), raw=b"r", quality=quality
    )


def arrived(value: int = 97, quality: tuple[Quality, ...] = ()) -> Arrived:
    return Arrived(OXIMETER, spo2(value, quality), b"raw")


@pytest.fixture
async def thread(tmp_path: Path) -> AsyncIterator[StoreThread[EdgeStore]]:
    places = Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "key")
    async with StoreThread(lambda: open_for_edge(places, {Kind.SPO2: ("fhir",)}, "demonstration")) as opened:
        yield opened


@pytest.fixture
async def ledger(thread: StoreThread[EdgeStore]) -> StoredLedger:
    ledger = StoredLedger(thread, "TC")
    for number in (1, 2):
        await ledger.put_patient(patient(number))
    return ledger


async def show(recorder: Recorder, ledger: StoredLedger, clock: SetClock, number: int) -> Encounter:
    found, encounter = await ledger.open_encounter(f"P{number}", clock.now())
    recorder.show(found, encounter)
    return encounter


async def test_a_reading_is_saved_for_the_resident_on_screen(ledger: StoredLedger) -> None:
    clock, changes = SetClock(), []
    recorder = recorder_of(ledger, clock, lambda: changes.append(1))
    encounter = await show(recorder, ledger, clock, 1)
    await recorder.take(arrived())
    overview = await ledger.overview(encounter.id)
    assert [(line.kind, line.state) for line in overview.lines] == [(Kind.SPO2, State.KEPT)]
    assert changes


@pytest.mark.hazard("H1", without="tests.controls_edge:measurements_take_no_time")
async def test_a_reading_that_began_on_the_resident_before_is_nobodys(ledger: StoredLedger) -> None:
    clock = SetClock()
    recorder = recorder_of(ledger, clock, lambda: None)
    await show(recorder, ledger, clock, 1)
    clock.seconds += 60
    second = await show(recorder, ledger, clock, 2)
    clock.seconds += 4
    await recorder.take(arrived())
    overview = await ledger.overview(second.id)
    assert overview.lines == ()
    assert overview.unassigned == 1
    assert "SANS résident" in recorder.notice
    clock.seconds += 30
    await recorder.take(arrived(96))
    assert len((await ledger.overview(second.id)).lines) == 1


@pytest.mark.hazard("H1", without="tests.controls_edge:measurements_take_no_time")
@given(
    events=st.lists(
        st.one_of(
            st.tuples(st.just("show"), st.integers(1, 3)),
            st.tuples(st.just("release"), st.just(0)),
            st.tuples(st.just("restart"), st.just(0)),
            st.tuples(st.just("wait"), st.integers(1, 60)),
            st.tuples(st.just("reading"), st.sampled_from(sorted(TAKES_SECONDS))),
        ),
        max_size=60,
    )
)
@example(events=[("show", 1), ("wait", 5), ("show", 2), ("wait", 1), ("reading", Kind.BLOOD_PRESSURE)])
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=300)
def test_no_sequence_of_events_gives_a_reading_to_a_resident_while_it_may_be_anothers(
    events: list[tuple[str, int | Kind]],
) -> None:
    """The judge keeps who was on screen at every second, and shares nothing with the rule."""
    takes = {kind: int(TAKES_SECONDS[kind]) for kind in TAKES_SECONDS}
    presence, history = Presence(), []
    left: dict[str, int] = {}
    for what, value in events:
        second, shown = len(history), presence.shown
        if what == "show" and not (shown and shown.patient.id == f"P{value}"):
            if shown:
                left[shown.patient.id] = second
            encounter = Encounter("e", f"P{value}", dt.datetime.now(dt.UTC), "1", "2")
            presence.show(patient(int(value)), encounter, second)
        elif what == "release" and shown:
            left[shown.patient.id] = second
            presence.clear(second)
        elif what == "restart":
            # a new process knows what the store tells: who is on screen, and who left lately
            presence = Presence()
            for who, until in left.items():
                if second - until <= REMEMBERED_SECONDS:
                    presence.remember(who, until)
            if shown:
                presence.show(shown.patient, shown.encounter, second)
        elif what == "wait":
            history += [shown.patient.id if shown else None] * int(value)
        elif what == "reading":
            kind = Kind(value)
            found = owner(kind, second, presence.shown)
            there = {who for who in history[max(0, second - takes[kind]) :] if who}
            if found is not None:
                assert there <= {found.patient.id}


async def test_a_reading_from_a_devices_memory_is_nobodys(ledger: StoredLedger) -> None:
    clock = SetClock()
    recorder = recorder_of(ledger, clock, lambda: None)
    encounter = await show(recorder, ledger, clock, 1)
    await recorder.take(arrived(quality=(Quality.FROM_STORAGE,)))
    overview = await ledger.overview(encounter.id)
    assert (overview.lines, overview.unassigned) == ((), 1)


async def test_without_a_resident_a_reading_is_kept_for_nobody(ledger: StoredLedger) -> None:
    recorder = recorder_of(ledger, SetClock(), lambda: None)
    await recorder.take(arrived())
    overview = await ledger.overview(None)
    assert overview.unassigned == 1
    assert overview.standing.counts[State.KEPT] == 0


async def test_nonsense_is_quarantined_with_its_bytes(ledger: StoredLedger, thread: StoreThread[EdgeStore]) -> None:
    recorder = recorder_of(ledger, SetClock(), lambda: None)
    await recorder.take(Undecodable(OXIMETER, b"\x00nonsense", Reason.UNDECODABLE, "too short"))
    rows = await thread.run(lambda s: s.run("SELECT raw, reason FROM quarantine").fetchall())
    assert rows == [(b"\x00nonsense", "undecodable")]
    assert "illisible" in recorder.notice


@pytest.mark.hazard("H7", without="tests.controls_edge:demonstration_counts_as_real")
async def test_what_a_device_calls_demonstration_is_no_reading(ledger: StoredLedger) -> None:
    clock = SetClock()
    recorder = recorder_of(ledger, clock, lambda: None)
    encounter = await show(recorder, ledger, clock, 1)
    await recorder.take(arrived(quality=(Quality.DEMONSTRATION,)))
    overview = await ledger.overview(encounter.id)
    assert overview.lines == ()
    assert overview.quarantined == 1


@pytest.mark.hazard("H3", without="tests.controls_edge:running_values_survive_a_change")
async def test_a_running_value_is_not_shown_to_the_next_resident(ledger: StoredLedger) -> None:
    clock = SetClock()
    recorder = recorder_of(ledger, clock, lambda: None)
    await show(recorder, ledger, clock, 1)
    await recorder.take(LiveValue(OXIMETER, spo2(88)))
    assert len(recorder.live()) == 1
    await show(recorder, ledger, clock, 2)
    assert recorder.live() == []


@pytest.mark.hazard("H6", without="tests.controls_edge:running_values_never_age")
async def test_a_running_value_that_stopped_is_not_shown_as_live(ledger: StoredLedger) -> None:
    clock = SetClock()
    recorder = recorder_of(ledger, clock, lambda: None)
    await recorder.take(LiveValue(OXIMETER, spo2(88)))
    for later in (1, 3600, 86400):
        clock.seconds = 1000.0 + later
        assert (recorder.live() == []) is (later > 3)


@pytest.mark.hazard("H10", without="tests.controls_edge:a_full_disk_is_shrugged_off")
async def test_nothing_is_called_saved_while_the_disk_refuses_and_it_is_saved_when_it_takes_again(
    ledger: StoredLedger, thread: StoreThread[EdgeStore]
) -> None:
    clock = SetClock()
    noticed = asyncio.Event()
    recorder = recorder_of(ledger, clock, lambda: noticed.set() if "NON ENREGISTRÉ" in recorder.notice else None)
    encounter = await show(recorder, ledger, clock, 1)
    await thread.run(lambda s: s.run("PRAGMA max_page_count = 1").fetchone())
    # fill the last free page, so that the next save really meets SQLITE_FULL
    filler = asyncio.create_task(_fill(recorder))
    async with asyncio.timeout(20):
        await noticed.wait()
    before = len((await ledger.overview(encounter.id)).lines)
    await thread.run(lambda s: s.run("PRAGMA max_page_count = 1000000").fetchone())
    async with asyncio.timeout(20):
        saved = await filler
    assert len((await ledger.overview(encounter.id)).lines) == saved > before
    assert recorder.notice == ""


async def _fill(recorder: Recorder) -> int:
    """More readings than the last free pages hold; returns how many were taken."""
    for _ in range(40):
        await recorder.take(Arrived(OXIMETER, spo2(90), bytes(4000)))
    return 40


async def test_a_link_that_fails_is_started_again_and_others_go_on(ledger: StoredLedger) -> None:
    class Flaky:
        def __init__(self) -> None:
            self.starts = 0
            self.third = asyncio.Event()

        async def events(self) -> AsyncIterator[PeripheralEvent]:
            self.starts += 1
            if self.starts == 1:
                raise Fault(Reason.LINK_LOST, "unplugged")
            yield LinkState(OXIMETER, connected=True)
            self.third.set()

    flaky = Flaky()
    recorder = recorder_of(ledger, SetClock(), lambda: None)
    task = asyncio.create_task(supervise(flaky, recorder, "flaky"))
    async with asyncio.timeout(10):
        await flaky.third.wait()
    task.cancel()
    assert recorder.devices.seen[OXIMETER.id].connected


class Defective(Recorder):
    """A recorder with a defect that shows at the second reading."""

    taken = 0

    async def take(self, event: PeripheralEvent) -> None:
        self.taken += 1
        if self.taken == 2:
            raise ValueError("a defect")
        await super().take(event)


async def test_a_reading_that_meets_a_defect_is_set_aside_and_the_link_goes_on(ledger: StoredLedger) -> None:
    starts, told, ended = [], asyncio.Event(), asyncio.Event()

    class Link:
        async def events(self) -> AsyncIterator[PeripheralEvent]:
            starts.append(1)
            try:
                for value in (95, 96, 97):
                    yield arrived(value)
                told.set()
                await asyncio.Event().wait()
            finally:
                ended.set()

    clock = SetClock()
    recorder = Defective(ledger, clock, Devices(ledger, clock, {OXIMETER.id}), lambda: None)
    encounter = await show(recorder, ledger, clock, 1)
    task = asyncio.create_task(supervise(Link(), recorder, "link"))
    async with asyncio.timeout(10):
        await told.wait()
        overview = await ledger.overview(encounter.id)
        task.cancel()
        await ended.wait()
    assert (len(overview.lines), overview.quarantined, len(starts)) == (2, 1, 1)


async def test_a_link_has_ended_before_it_is_started_again(ledger: StoredLedger) -> None:
    order: list[str] = []
    again = asyncio.Event()

    class Link:
        async def events(self) -> AsyncIterator[PeripheralEvent]:
            order.append("begins")
            if len(order) > 1:
                again.set()
            try:
                yield Undecodable(OXIMETER, b"1", Reason.UNDECODABLE, "nonsense")
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                order.append("ends")

    class Broken(Defective):
        async def set_aside(self, event: PeripheralEvent) -> None:
            raise ValueError("another defect")

    clock = SetClock()
    recorder = Broken(ledger, clock, Devices(ledger, clock), lambda: None)
    recorder.taken = 1
    task = asyncio.create_task(supervise(Link(), recorder, "link"))
    async with asyncio.timeout(10):
        await again.wait()
    task.cancel()
    assert order[:3] == ["begins", "ends", "begins"]
