"""The running ECG as it is recorded: durable second by second, whose it is, and everything that ends it."""

from __future__ import annotations

import array
import asyncio
import dataclasses
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from edge.acquire import strip
from edge.acquire.assembly import LONGEST, SILENT, Assembly, End
from edge.acquire.devices import Devices
from edge.acquire.recorder import Recorder
from edge.acquire.strip import BACKLOG, Strips
from edge.domain.delivery import State
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Device, Kind
from edge.domain.patient import Encounter
from edge.domain.ports import LinkState, LiveSamples
from edge.domain.samples import Samples, Signal
from edge.domain.waveform import Scale, Waveform
from edge.store.ledger import EdgeStore, Places, StoredLedger, open_for_edge
from edge.store.sending import outbox
from edge.store.thread import StoreThread
from tests.unit.test_recorder import SetClock, patient, show

BOARD = Device("/dev/ttyACM0", "healthypi", "Carte HealthyPi")
OTHER = Device("/dev/ttyACM1", "healthypi", "Carte HealthyPi")
PATIENCE = 20


def ecg(*values: int, label: str = "", hertz: str = "125", lost: int = 0, step: str | None = None) -> Samples:
    return Samples(Signal.ECG, Decimal(hertz), values, label, Decimal(step) if step else None, lost)


def int16(*values: int) -> bytes:
    return array.array("h", values).tobytes()


# --- put together


def assembly(*leads: str, start: int = 0, hertz: str = "10") -> Assembly:
    return Assembly(Waveform(leads, Decimal(hertz), (None,) * len(leads), b""), start)


@given(st.data(), st.integers(1, 3), st.integers(0, 30), st.integers(0, 95))
def test_whatever_the_batches_every_instant_is_there_once_and_in_its_place(
    data: st.DataObject, leads: int, start: int, instants: int
) -> None:
    names = ["I", "II", "III"][:leads]
    made = assembly(*names, start=start)
    total, at = start + instants, dict.fromkeys(names, 0)
    cut: list[bytes] = []
    while left := [name for name in names if at[name] < total]:
        # the lead that is behind goes on: none is ever two seconds ahead
        name = min(left, key=lambda one: at[one])
        size = data.draw(st.integers(1, min(15, total - at[name])))
        values = [names.index(name) * 1000 + at[name] + step for step in range(size)]
        cut += made.take(ecg(*values, label=name, hertz="10"), at[name])
        at[name] += size
    assert all(len(one) == 2 * leads * 10 for one in cut)
    assert len(cut) == instants // 10
    expected = [column * 1000 + instant for instant in range(start, total) for column in range(leads)]
    assert b"".join([*cut, made.rest()]) == int16(*expected)
    assert made.ended is None


def test_a_gap_before_the_first_sample_is_no_gap_in_the_strip() -> None:
    made = assembly("I", "II", start=5)
    assert not list(made.take(ecg(1, 2, label="I", hertz="10", lost=7), 0))
    assert not list(made.take(ecg(10, 11, 12, label="II", hertz="10"), 6))
    assert (made.ended, made.rest()) == (None, int16(1, 11, 2, 12))


@pytest.mark.parametrize(
    ("samples", "end"),
    [
        (ecg(7, hertz="10", lost=1), End.LOST),
        (ecg(7, hertz="20"), End.CHANGED),
        (ecg(7, hertz="10", step="2"), End.CHANGED),
        (ecg(7, 32768, 8, hertz="10"), End.RANGE),
        (ecg(7, -32769, hertz="10"), End.RANGE),
    ],
)
def test_what_breaks_it_ends_it_and_what_came_before_stays(samples: Samples, end: End) -> None:
    made = assembly("")
    assert not list(made.take(ecg(1, 2, 3, hertz="10"), 0))
    list(made.take(samples, 3))
    assert made.ended is end
    assert not list(made.take(ecg(*range(40), hertz="10"), 4))
    assert made.rest() == int16(1, 2, 3, 7) if end is End.RANGE else int16(1, 2, 3)


def test_the_ends_of_sixteen_bits_fit() -> None:
    made = assembly("")
    list(made.take(ecg(-32768, 32767, hertz="10"), 0))
    assert (made.ended, made.rest()) == (None, int16(-32768, 32767))


def test_a_strip_has_a_longest_duration_to_the_sample() -> None:
    made = assembly("", hertz="0.5")
    cut = list(made.take(ecg(*range(LONGEST), hertz="0.5"), 0))
    assert made.ended is End.LONGEST
    assert b"".join([*cut, made.rest()]) == int16(*range(LONGEST // 2))


def test_a_lead_that_falls_silent_beside_another_ends_it() -> None:
    made = assembly("I", "II")
    list(made.take(ecg(1, label="II", hertz="10"), 0))
    list(made.take(ecg(*range(int(10 * SILENT) + 2), label="I", hertz="10"), 0))
    assert (made.ended, made.rest()) == (End.SILENT, int16(0, 1))


# --- recorded


class Bench:
    """Strips over a real store, and a board that is played by the test."""

    def __init__(self, thread: StoreThread[EdgeStore]) -> None:
        self.thread = thread
        self.ledger = StoredLedger(thread, "TC")
        self.clock = SetClock()
        self._changed = asyncio.Event()
        self.recorder = Recorder(self.ledger, self.clock, Devices(self.ledger, self.clock), self._changed.set)
        self.strips = Strips(self.ledger, self.clock, self.recorder, self._changed.set)
        self.leads: tuple[str, ...] = ("",)
        self.hertz = 125
        self.sent = 0

    async def show(self, number: int) -> Encounter:
        return await show(self.recorder, self.ledger, self.clock, number)

    async def begin(self) -> None:
        shown = self.recorder.on_screen
        assert shown is not None
        await self.strips.begin(shown)

    def play(self, seconds: float, *, lost: int = 0, device: Device = BOARD) -> bytes:
        """The board says ``seconds`` of each lead, a quarter of a second at a time; returns them as they are kept."""
        said: list[int] = []
        for _ in range(round(seconds * 4)):
            values = [(self.sent + step) % 30_000 for step in range(self.hertz // 4)]
            self.clock.seconds += 0.25
            for label in self.leads:
                samples = ecg(*values, label=label, hertz=str(self.hertz), lost=lost)
                self.strips.take(LiveSamples(device, samples))
            said += [value for value in values for _ in self.leads]
            self.sent += len(values)
            lost = 0
        return int16(*said)

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not true():
                self._changed.clear()
                await self._changed.wait()

    async def ended(self) -> None:
        await self.until(lambda: self.strips.state is None and self.recorder.notice != "")

    async def chunks(self) -> int:
        (count,) = await self.thread.run(lambda s: s.run("SELECT count(*) FROM chunk").fetchone())
        return int(count)

    async def kept(self, encounter: Encounter) -> Sequence[Waveform]:
        """The recordings of this encounter, the newest first."""
        found = [await self.ledger.load(line.item_id) for line in (await self.ledger.overview(encounter.id)).lines]
        return [item.payload for item in found if isinstance(item.payload, Waveform)]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    places = Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "key")
    async with StoreThread(lambda: open_for_edge(places, {Kind.ECG: ("pacs",)}, "demonstration")) as thread:
        made = Bench(thread)
        for number in (1, 2):
            await made.ledger.put_patient(patient(number))
        yield made
        await made.strips.aclose()


async def test_every_second_is_durable_and_the_whole_is_one_ecg_promised_to_the_pacs(bench: Bench) -> None:
    encounter = await bench.show(1)
    bench.play(1)
    await bench.begin()
    sent = b""
    for second in range(1, 4):
        sent += bench.play(1)
        # 31 samples a quarter: the fourth second ends a little later
        await bench.until(lambda: (state := bench.strips.state) is not None and state.safe >= second - 1)  # noqa: B023
        assert await bench.chunks() >= second - 1
    assert (await bench.ledger.overview(encounter.id)).lines == ()
    assert bench.strips.stop() == encounter
    await bench.ended()
    [recorded] = await bench.kept(encounter)
    assert recorded == Waveform(("",), Decimal(125), (None,), sent)
    [item] = await bench.thread.run(outbox.items)
    assert dict(item.states) == {"pacs": State.KEPT}
    assert bench.recorder.notice == "Carte HealthyPi : tracé arrêté. Gardé : 3 s"


async def test_leads_with_a_scale_keep_it(bench: Bench) -> None:
    encounter = await bench.show(1)
    for label, step in (("I", "0.5"), ("II", "1.25")):
        bench.strips.take(LiveSamples(BOARD, ecg(1, label=label, step=step)))
    await bench.begin()
    for label, step in (("I", "0.5"), ("II", "1.25")):
        bench.strips.take(LiveSamples(BOARD, ecg(7, 8, label=label, step=step)))
    bench.strips.stop()
    await bench.ended()
    [recorded] = await bench.kept(encounter)
    assert (recorded.leads, recorded.scales) == (("I", "II"), (Scale(Decimal("0.5")), Scale(Decimal("1.25"))))
    assert recorded.samples == int16(7, 7, 8, 8)


@pytest.mark.hazard("H3", without="tests.controls_strip:a_strip_outlives_its_resident")
async def test_a_strip_stays_with_whom_it_was_begun_for_and_takes_nothing_of_the_next(bench: Bench) -> None:
    first = await bench.show(1)
    bench.play(0.5)
    await bench.begin()
    sent = bench.play(1)
    second = await bench.show(2)
    bench.play(1)
    state = bench.strips.state
    assert state is None or state.ending
    await bench.ended()
    assert [one.samples for one in await bench.kept(first)] == [sent]
    assert await bench.kept(second) == []
    assert "le résident a changé" in bench.recorder.notice
    # the next strip is the next resident's
    bench.play(0.5)
    await bench.begin()
    sent = bench.play(1)
    bench.strips.stop()
    await bench.until(lambda: "tracé arrêté. Gardé : 1 s" in bench.recorder.notice)
    assert [one.samples for one in await bench.kept(second)] == [sent]


async def test_it_ends_with_its_resident_although_nothing_more_comes(bench: Bench) -> None:
    first = await bench.show(1)
    bench.play(0.5)
    await bench.begin()
    bench.play(1)
    bench.recorder.clear()
    await bench.ended()
    assert len(await bench.kept(first)) == 1


@pytest.mark.hazard("H15", without="tests.controls_strip:gaps_are_bridged")
async def test_a_gap_ends_the_strip_and_the_next_may_begin(bench: Bench) -> None:
    encounter = await bench.show(1)
    bench.play(0.5)
    await bench.begin()
    before = bench.play(1.5)
    bench.play(1, lost=1)
    state = bench.strips.state
    assert state is None or state.ending
    await bench.ended()
    assert "des données ont manqué" in bench.recorder.notice
    await bench.begin()
    after = bench.play(1)
    bench.strips.stop()
    await bench.until(lambda: "tracé arrêté. Gardé" in bench.recorder.notice)
    assert [one.samples for one in await bench.kept(encounter)] == [after, before]


@pytest.mark.parametrize("connected", [True, False])
async def test_a_line_that_was_opened_anew_ends_it(bench: Bench, connected: bool) -> None:
    encounter = await bench.show(1)
    bench.play(0.5)
    await bench.begin()
    sent = bench.play(1)
    bench.strips.linked(LinkState(OTHER, connected))
    assert bench.strips.state is not None
    assert not bench.strips.state.ending
    bench.strips.linked(LinkState(BOARD, connected))
    bench.play(1)
    await bench.ended()
    assert [one.samples for one in await bench.kept(encounter)] == [sent]
    assert "liaison perdue" in bench.recorder.notice


async def test_a_signal_that_stops_ends_it(bench: Bench) -> None:
    encounter = await bench.show(1)
    bench.play(0.5)
    await bench.begin()
    sent = bench.play(1)
    bench.clock.seconds += SILENT + 0.1
    await bench.ended()
    assert [one.samples for one in await bench.kept(encounter)] == [sent]
    assert "plus de signal" in bench.recorder.notice


async def test_one_in_which_nothing_came_leaves_nothing_and_says_so(bench: Bench) -> None:
    encounter = await bench.show(1)
    bench.play(0.5)
    await bench.begin()
    bench.strips.stop()
    await bench.ended()
    assert await bench.kept(encounter) == []
    assert "Rien n'est gardé" in bench.recorder.notice


async def test_what_cannot_be_recorded_is_refused_with_what_to_do(bench: Bench) -> None:
    await bench.show(1)

    async def refused() -> str:
        with pytest.raises(Fault) as caught:
            await bench.begin()
        assert caught.value.reason is Reason.TRACE
        assert caught.value.do
        return caught.value.what

    assert await refused() == "Aucun tracé en direct"
    pleth = dataclasses.replace(ecg(1, 2), signal=Signal.PLETH)
    bench.strips.take(LiveSamples(BOARD, pleth))
    assert await refused() == "Aucun tracé en direct"
    bench.strips.take(LiveSamples(BOARD, ecg(1, hertz="2000")))
    assert await refused() == "Ce tracé ne peut pas être gardé"
    bench.play(0.25)
    bench.play(0.25, device=OTHER)
    assert await refused() == "Deux appareils donnent un tracé"
    bench.clock.seconds += SILENT + 0.1
    assert await refused() == "Aucun tracé en direct"
    bench.play(0.25)
    await bench.begin()
    assert await refused() == "Un tracé s'enregistre déjà"


async def test_a_resident_who_leaves_while_it_is_begun_has_no_strip(bench: Bench) -> None:
    await bench.show(1)
    bench.play(0.5)
    await bench.ledger.version()
    free = threading.Event()
    held = asyncio.create_task(bench.thread.run(lambda _: free.wait(PATIENCE)))
    beginning = asyncio.create_task(bench.begin())
    await asyncio.sleep(0)
    bench.recorder.clear()
    free.set()
    await held
    with pytest.raises(Fault) as caught:
        await beginning
    assert caught.value.reason is Reason.RESIDENT_CHANGED
    assert bench.strips.state is None
    left = "SELECT count(*) FROM recording WHERE finished IS NULL"
    assert await bench.thread.run(lambda s: s.run(left).fetchone()) == (0,)


async def test_a_store_that_hangs_holds_up_nothing_and_a_minute_is_not_lost(bench: Bench) -> None:
    encounter = await bench.show(1)
    bench.play(0.5)
    await bench.begin()
    free = threading.Event()
    held = asyncio.create_task(bench.thread.run(lambda _: free.wait(PATIENCE)))
    sent = bench.play(BACKLOG - 1)
    state = bench.strips.state
    assert state is not None
    assert (state.safe, state.ending) == (0, False)
    sent += bench.play(5)
    assert bench.strips.state is not None
    assert bench.strips.state.ending
    bench.play(1)
    free.set()
    await held
    await bench.ended()
    assert "le disque refuse depuis une minute" in bench.recorder.notice
    [recorded] = await bench.kept(encounter)
    assert sent.startswith(recorded.samples)
    assert float(recorded.seconds) == pytest.approx(BACKLOG + 1, abs=0.3)


async def test_a_disk_that_refuses_is_told_and_asked_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strip, "_RETRY", 0.05)
    bench.leads, bench.hertz = tuple(f"L{number}" for number in range(12)), 1000
    encounter = await bench.show(1)
    bench.play(0.25)
    await bench.begin()
    await bench.thread.run(lambda s: s.run("PRAGMA max_page_count = 1").fetchone())
    sent = bench.play(10)
    await bench.until(lambda: "PAS ENCORE gardé" in bench.recorder.notice)
    assert bench.strips.state is not None
    assert bench.strips.state.safe < 10
    await bench.thread.run(lambda s: s.run("PRAGMA max_page_count = 1000000").fetchone())
    sent += bench.play(1)
    bench.strips.stop()
    await bench.until(lambda: "tracé arrêté. Gardé : 11 s" in bench.recorder.notice)
    [recorded] = await bench.kept(encounter)
    assert recorded.samples == sent


async def test_what_a_process_that_died_had_begun_is_an_item_before_the_next_begins(bench: Bench) -> None:
    encounter = await bench.show(1)
    header = Waveform(("",), Decimal(125), (None,), b"")
    number = await bench.ledger.begin_recording(header, BOARD, encounter, bench.clock.now())
    await bench.ledger.append_recording(number, 0, int16(*range(125)))
    await bench.strips.recover()
    assert [one.samples for one in await bench.kept(encounter)] == [int16(*range(125))]
    assert "interrompu par un redémarrage" in bench.recorder.notice
    bench.play(0.5)
    await bench.begin()
    await bench.strips.recover()
    assert bench.strips.state is not None
    assert not bench.strips.state.ending


async def test_a_process_that_ends_finishes_it(bench: Bench) -> None:
    encounter = await bench.show(1)
    bench.play(0.5)
    await bench.begin()
    sent = bench.play(1.5)
    await bench.strips.aclose()
    assert [one.samples for one in await bench.kept(encounter)] == [sent]


async def test_a_defect_ends_it_with_what_was_durable(bench: Bench) -> None:
    encounter = await bench.show(1)
    bench.play(0.5)
    await bench.begin()
    sent = bench.play(1.25)
    await bench.until(lambda: (state := bench.strips.state) is not None and state.safe >= 1)
    # as after the store was made anew from what could be read
    await bench.ledger.finish_recordings(bench.clock.now())
    bench.play(1)
    await bench.ended()
    assert bench.recorder.notice == "Carte HealthyPi : tracé arrêté : défaut de la borne. Recommencez. Gardé : 1 s"
    assert [one.samples for one in await bench.kept(encounter)] == [sent[: 2 * 125]]
