"""The delivery loop over the ports Outbox and Destination."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from edge.domain.delivery import Event, State
from edge.domain.fault import Fault, Reason
from edge.domain.item import Body, Frozen, InMemory, Item
from edge.domain.measurement import IMAGING, Kind
from edge.domain.ports import Destination, Outcome, Tell, tell_nobody
from sync import drain
from sync.drain import Drain
from tests import items, servers
from tests.memory_outbox import MemoryOutbox
from tests.servers import EmbeddedFarEnd, FhirFarEnd

Answer = Callable[[Frozen], Outcome]
QUICKLY = (0.01, 0.01)


def says(event: Event, reason: Reason | None = None) -> Answer:
    return lambda frozen: Outcome(frozen.item_id, event, reason, event.value)


ACCEPTED, PROVEN = says(Event.ACCEPTED), says(Event.PROVEN)
UNREACHABLE = says(Event.TRY_LATER, Reason.DESTINATION_UNREACHABLE)
BUSY = says(Event.TRY_LATER, Reason.DESTINATION_BUSY)


class Told:
    """A destination that answers as it is told; ``sent`` and ``asked`` are the items of each of its calls."""

    kinds: frozenset[Kind] = IMAGING

    def __init__(self, name: str = "told", send: Answer = ACCEPTED, prove: Answer = PROVEN) -> None:
        self.name = name
        self.on_send = send
        self.on_prove = prove
        self.sent: list[list[str]] = []
        self.contents: list[bytes] = []
        self.asked: list[list[str]] = []

    def freeze(self, item: Item) -> Body:
        return InMemory(item.id.encode())

    async def send(self, objects: Sequence[Frozen], tell: Tell = tell_nobody) -> Sequence[Outcome]:
        self.sent.append([one.item_id for one in objects])
        self.contents += [one.content for one in objects]
        return [self.on_send(one) for one in objects]

    async def prove(self, objects: Sequence[Frozen]) -> Sequence[Outcome]:
        self.asked.append([one.item_id for one in objects])
        return [self.on_prove(one) for one in objects]


@pytest.fixture
def outbox() -> MemoryOutbox:
    return MemoryOutbox()


@contextlib.asynccontextmanager
async def draining(outbox: MemoryOutbox, *destinations: Destination) -> AsyncIterator[None]:
    task = asyncio.create_task(Drain(outbox, destinations, QUICKLY).run())
    try:
        yield
        assert not task.done()
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def promised(outbox: MemoryOutbox, *destinations: str, count: int = 1) -> list[Item]:
    made = [items.spo2() for _ in range(count)]
    for item in made:
        await outbox.promise(item, *destinations)
    return made


def all_in(outbox: MemoryOutbox, state: State, destination: str = "told") -> Callable[[], bool]:
    return lambda: set(outbox.states(destination)) == {state}


async def test_everything_arrives_on_real_far_ends(outbox: MemoryOutbox, tmp_path: Path) -> None:
    async with (
        servers.running(EmbeddedFarEnd(tmp_path / "pacs")) as pacs,
        servers.running(FhirFarEnd(tmp_path / "fhir")) as fhir,
        draining(outbox, pacs.destination, fhir.destination),
    ):
        imaging, vitals = [items.ecg(), items.photo(), items.ecg()], [items.blood_pressure(), items.spo2()]
        for item in imaging:
            await outbox.promise(item, "pacs")
        for item in vitals:
            await outbox.promise(item, "fhir")
        await outbox.until(all_in(outbox, State.RECEIVED, "pacs"))
        await outbox.until(all_in(outbox, State.RECEIVED, "fhir"))
        assert [await pacs.held(item) for item in imaging] == [1, 1, 1]
        assert [await fhir.held(item) for item in vitals] == [1, 1]


async def test_what_waits_while_a_far_end_is_down_arrives_once_when_it_is_back(
    outbox: MemoryOutbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain, "LONGEST_PAUSE", 0.1)
    pacs = EmbeddedFarEnd(tmp_path / "pacs")
    made = [items.ecg(), items.photo()]
    for item in made:
        await outbox.promise(item, "pacs")
    async with draining(outbox, pacs.destination):
        await outbox.until(lambda: all(len(row.outcomes) >= 2 for row in outbox.rows.values()))
        assert set(outbox.states("pacs")) == {State.PENDING}
        async with servers.running(pacs):
            await outbox.until(all_in(outbox, State.RECEIVED, "pacs"))
            assert [await pacs.held(item) for item in made] == [1, 1]


async def test_a_new_promise_wakes_the_drain(outbox: MemoryOutbox) -> None:
    async with draining(outbox, Told()):
        await promised(outbox, "told")
        await outbox.until(all_in(outbox, State.RECEIVED))
        await promised(outbox, "told")
        await outbox.until(all_in(outbox, State.RECEIVED))


async def test_an_unreachable_far_end_is_left_alone_and_nobody_s_patience_is_counted(outbox: MemoryOutbox) -> None:
    """One batch finds out; the other items are not even tried, and none of them waits longer for it afterwards."""
    destination = Told(send=UNREACHABLE)
    await promised(outbox, "told", count=drain.FREEZE_BATCH + 5)
    async with draining(outbox, destination):
        await outbox.until(lambda: sum(bool(row.outcomes) for row in outbox.rows.values()) == drain.FREEZE_BATCH)
        await outbox.until(all_in(outbox, State.PENDING))
        destination.on_send = ACCEPTED
        await outbox.until(all_in(outbox, State.RECEIVED))
    assert {row.attempts for row in outbox.rows.values()} == {0}


async def test_one_destination_never_waits_for_another(outbox: MemoryOutbox) -> None:
    class Stuck(Told):
        async def send(self, objects: Sequence[Frozen], tell: Tell = tell_nobody) -> Sequence[Outcome]:
            await asyncio.Event().wait()
            return []

    await promised(outbox, "told", "stuck", count=3)
    async with draining(outbox, Stuck("stuck"), Told()):
        await outbox.until(all_in(outbox, State.RECEIVED))
        assert set(outbox.states("stuck")) == {State.PENDING}


async def test_an_object_that_fails_its_checks_waits_for_a_person_and_stops_nobody(outbox: MemoryOutbox) -> None:
    bad, *_ = await promised(outbox, "told", count=3)

    class Checking(Told):
        def freeze(self, item: Item) -> Body:
            if item.id == bad.id:
                raise Fault(Reason.OBJECT_INVALID, "the ECG has too many samples", "record it again")
            return super().freeze(item)

    async with draining(outbox, Checking()):
        await outbox.until(lambda: outbox.states("told") == [State.NEEDS_PERSON, State.RECEIVED, State.RECEIVED])
    assert outbox.rows["told", bad.id].outcomes[-1].what == "the ECG has too many samples (record it again)"


@pytest.mark.hazard("T20", without="tests.controls_sync:traits_go_into_logs")
async def test_a_builder_s_mistake_stops_nobody_and_tells_no_traits(outbox: MemoryOutbox) -> None:
    bad, _ = await promised(outbox, "told", count=2)

    class Mistaken(Told):
        def freeze(self, item: Item) -> Body:
            if item.id == bad.id:
                raise KeyError(item.patient.birth_name)
            return super().freeze(item)

    with capture_logs() as logs:
        async with draining(outbox, Mistaken()):
            await outbox.until(lambda: outbox.states("told") == [State.NEEDS_PERSON, State.RECEIVED])
    assert any("KeyError" in str(entry) for entry in logs)
    written = str(logs) + str(outbox.rows["told", bad.id].outcomes)
    for trait in (bad.patient.birth_name, bad.patient.given_names, bad.patient.id):
        assert trait.strip("'") not in written
        assert repr(trait) not in written


class Spoilt:
    """A picture that its decoder gives up in its middle, or what a mistake of ours makes of one."""

    size = 10

    def __init__(self, error: Exception) -> None:
        self.error = error

    def pieces(self) -> Iterator[bytes]:
        yield b"begun"
        raise self.error


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Fault(Reason.OBJECT_INVALID, "the photo is damaged", "turn it"), "the photo is damaged (turn it)"),
        (
            Fault(Reason.STORE_DAMAGED, "the stored file cannot be read", "call"),
            "the stored file cannot be read (call)",
        ),
        (KeyError("DUPONT"), "the object could not be built: a mistake of the software, report it"),
        (OSError("DUPONT"), "the object could not be built: a mistake of the software, report it"),
    ],
)
async def test_an_object_that_breaks_off_while_it_is_made_waits_for_a_person_and_stops_nobody(
    outbox: MemoryOutbox, error: Exception, told: str
) -> None:
    bad, *_ = await promised(outbox, "told", count=3)

    class Making(Told):
        def freeze(self, item: Item) -> Body:
            return Spoilt(error) if item.id == bad.id else super().freeze(item)

    with capture_logs() as logs:
        async with draining(outbox, Making()):
            await outbox.until(lambda: outbox.states("told") == [State.NEEDS_PERSON, State.RECEIVED, State.RECEIVED])
    assert outbox.rows["told", bad.id].frozen is None
    assert outbox.rows["told", bad.id].outcomes[-1].what == told
    assert "DUPONT" not in str(logs)


async def test_a_refused_object_waits_for_a_person_and_stops_nobody(outbox: MemoryOutbox) -> None:
    bad, _, _ = await promised(outbox, "told", count=3)
    refused = says(Event.REFUSED, Reason.DESTINATION_REFUSED)
    async with draining(outbox, Told(send=lambda one: (refused if one.item_id == bad.id else ACCEPTED)(one))):
        await outbox.until(lambda: outbox.states("told") == [State.NEEDS_PERSON, State.RECEIVED, State.RECEIVED])


async def test_a_far_end_that_does_not_take_a_special_class_gets_the_plainer_form(outbox: MemoryOutbox) -> None:
    destination = Told()
    special: list[str] = []

    def choosy(one: Frozen) -> Outcome:
        special[:] = special or [one.sop_uid]
        return (says(Event.PLAINER, Reason.DESTINATION_REFUSED) if one.sop_uid in special else ACCEPTED)(one)

    destination.on_send = choosy
    (item,) = await promised(outbox, "told")
    async with draining(outbox, destination):
        await outbox.until(all_in(outbox, State.RECEIVED))
    row = outbox.rows["told", item.id]
    assert row.events == [Event.PLAINER, Event.ACCEPTED, Event.PROVEN]
    assert row.item.plain
    assert row.freezings == 2


async def test_what_a_far_end_does_not_take_stays_and_is_offered_again(
    outbox: MemoryOutbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain, "NOT_TAKEN_AGAIN", 0.05)
    destination = Told(send=says(Event.NOT_TAKEN, Reason.DESTINATION_REFUSED))
    (item,) = await promised(outbox, "told")
    row = outbox.rows["told", item.id]
    async with draining(outbox, destination):
        await outbox.until(lambda: row.events == [Event.NOT_TAKEN] * 2)
        assert row.state is State.KEPT
        destination.on_send = ACCEPTED
        await outbox.until(all_in(outbox, State.RECEIVED))
    # nothing was built anew
    assert len(set(destination.contents)) == 1


async def test_a_busy_far_end_is_asked_again_later_and_later(outbox: MemoryOutbox) -> None:
    bad, _, _ = await promised(outbox, "told", count=3)
    destination = Told(send=lambda one: (BUSY if one.item_id == bad.id else ACCEPTED)(one))
    async with draining(outbox, destination):
        await outbox.until(lambda: outbox.states("told") == [State.PENDING, State.RECEIVED, State.RECEIVED])
        row = outbox.rows["told", bad.id]
        await outbox.until(lambda: row.attempts == 2)
        destination.on_send = ACCEPTED
        await outbox.until(all_in(outbox, State.RECEIVED))
    assert row.events == [Event.TRY_LATER, Event.TRY_LATER, Event.ACCEPTED, Event.PROVEN]
    assert row.attempts == 0


async def test_a_far_end_that_shows_it_a_moment_later_is_asked_again_and_not_sent_again(outbox: MemoryOutbox) -> None:
    destination = Told()
    answers = iter([Event.NOT_HELD, Event.NOT_HELD, Event.PROVEN])
    destination.on_prove = lambda one: Outcome(one.item_id, next(answers))
    await promised(outbox, "told")
    async with draining(outbox, destination):
        await outbox.until(all_in(outbox, State.RECEIVED))
    assert (len(destination.sent), len(destination.asked)) == (1, 3)


@pytest.mark.hazard("H10", without="tests.controls_sync:accepted_counts_as_received")
async def test_what_was_accepted_and_is_not_there_is_sent_again(outbox: MemoryOutbox) -> None:
    destination = Told(prove=says(Event.NOT_HELD))
    (item,) = await promised(outbox, "told")
    row = outbox.rows["told", item.id]
    async with draining(outbox, destination):
        await outbox.until(lambda: row.events.count(Event.ACCEPTED) == 2 or State.RECEIVED in outbox.states("told"))
    assert row.events[:3] == [Event.ACCEPTED, Event.NOT_HELD, Event.ACCEPTED]
    assert destination.contents[0] == destination.contents[1]


async def test_a_drain_that_died_is_followed_by_one_that_repeats_what_was_frozen(outbox: MemoryOutbox) -> None:
    started = asyncio.Event()

    class Hanging(Told):
        async def send(self, objects: Sequence[Frozen], tell: Tell = tell_nobody) -> Sequence[Outcome]:
            started.set()
            await asyncio.Event().wait()
            return []

    (item,) = await promised(outbox, "told")
    async with draining(outbox, Hanging()), asyncio.timeout(10):
        await started.wait()
    row = outbox.rows["told", item.id]
    assert row.lent_until > 0
    destination = Told()
    async with draining(outbox, destination):
        await outbox.until(all_in(outbox, State.RECEIVED))
    assert row.freezings == 1
    assert row.frozen is not None
    assert destination.contents == [row.frozen.content]


@pytest.mark.parametrize("part", ["send", "prove"])
async def test_a_destination_that_raises_is_tried_again_and_stops_nobody(outbox: MemoryOutbox, part: str) -> None:
    def failing(_: Frozen) -> Outcome:
        raise RuntimeError

    destination = Told()
    setattr(destination, f"on_{part}", failing)
    await promised(outbox, "told", "other", count=2)
    async with draining(outbox, destination, Told("other")):
        await outbox.until(all_in(outbox, State.RECEIVED, "other"))
        await outbox.until(
            lambda: all(row.events.count(Event.TRY_LATER) for row in outbox.rows.values() if row.attempts)
        )
        destination.on_send, destination.on_prove = ACCEPTED, PROVEN
        await outbox.until(all_in(outbox, State.RECEIVED))


async def test_an_object_without_an_answer_is_tried_again(outbox: MemoryOutbox) -> None:
    class Forgetful(Told):
        async def send(self, objects: Sequence[Frozen], tell: Tell = tell_nobody) -> Sequence[Outcome]:
            return (await super().send(objects, tell))[1:]

    await promised(outbox, "told", count=2)
    async with draining(outbox, Forgetful()):
        await outbox.until(lambda: outbox.states("told") == [State.PENDING, State.RECEIVED])
    assert next(iter(outbox.rows.values())).attempts == 1


async def test_a_damaged_item_waits_for_a_person_and_stops_nobody(outbox: MemoryOutbox) -> None:
    bad, _ = await promised(outbox, "told", count=2)
    outbox.broken[bad.id] = Fault(Reason.STORE_DAMAGED, "the photo's bytes are not those that were saved")
    async with draining(outbox, Told()):
        await outbox.until(lambda: outbox.states("told") == [State.NEEDS_PERSON, State.RECEIVED])
    assert outbox.rows["told", bad.id].outcomes[-1].reason is Reason.STORE_DAMAGED


async def test_a_store_that_cannot_be_read_now_is_asked_again(
    outbox: MemoryOutbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain, "LONGEST_PAUSE", 0.05)
    item, _ = await promised(outbox, "told", count=2)
    outbox.broken_once[item.id] = Fault(Reason.STORE_IO, "the disk does not answer")
    async with draining(outbox, Told()):
        await outbox.until(all_in(outbox, State.RECEIVED))


async def test_a_batch_has_a_bound_in_number_and_in_bytes(
    outbox: MemoryOutbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain, "BATCH", 4)
    monkeypatch.setattr(drain, "BATCH_BYTES", 2 * 36)
    destination = Told()
    await promised(outbox, "told", count=9)
    async with draining(outbox, destination):
        await outbox.until(all_in(outbox, State.RECEIVED))
    assert [len(batch) for batch in destination.sent] == [2, 2, 2, 2, 1]
