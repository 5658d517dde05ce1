"""Two processes at one item, in the orders that hurt: whatever comes between, what is said last is what goes out."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from edge.domain.audit import THE_CART
from edge.domain.capture import Capture
from edge.domain.delivery import Event, State
from edge.domain.fault import Fault, Reason
from edge.domain.item import Body, Frozen, InMemory, Item
from edge.domain.measurement import Kind
from edge.domain.patient import Encounter
from edge.domain.photo import Encoding, Photo, View
from edge.domain.ports import Outcome, Tell, tell_nobody
from edge.domain.retention import Retention
from edge.domain.waveform import Waveform
from edge.store.ledger import EdgeStore, Places, open_for_edge, open_for_sync
from edge.store.sending import outbox, release
from edge.store.sending.outbox import StoredOutbox
from edge.store.thread import StoreThread
from sync import drain as drain_module
from sync.drain import Drain
from tests.unit.test_purge import later
from tests.unit.test_store import CUFF, JEANNE, capture, now, reading

TO = {Kind.BLOOD_PRESSURE: ("fhir",), Kind.PHOTO: ("pacs", "archive")}
PHOTO = Photo(b"\xff\xd8 a wound \xff\xd9", 4, 3, Encoding.JPEG_Q95, View.OVERVIEW, 80.5, 120.0)
STRIP = Waveform(("",), Decimal(125), (None,), bytes(250))
OPEN = (State.KEPT, State.PENDING, State.SENT)
DAYS = Retention(vitals_days=10, photo_days=10, departure_days=3)


class Cart:
    def __init__(self, places: Places) -> None:
        self.places = places
        self.store: EdgeStore = open_for_edge(places, TO, "care", DAYS)
        self.store.journal.put_patient(JEANNE)
        self.encounter: Encounter = self.store.journal.open_encounter(JEANNE.id, now(), "TC")[1]

    def vital(self, systolic: int = 120) -> str:
        content = reading(systolic)
        assert content.device_time is not None
        content = dataclasses.replace(
            content, device_time=dataclasses.replace(content.device_time, minute=systolic % 60)
        )
        return self.store.journal.save(capture(content), self.encounter).item_id

    def photo(self, identity: str = "photo") -> str:
        return self.store.journal.save(Capture(Kind.PHOTO, PHOTO, CUFF, now(), identity), self.encounter).item_id

    def undo(self, item_id: str) -> None:
        self.store.journal.mark_entered_in_error(item_id, self.encounter.id, now())

    def sync(self) -> StoreThread[outbox.Opened]:
        return StoreThread(lambda: open_for_sync(self.places))

    def state(self, item_id: str) -> dict[str, State]:
        return next(dict(item.states) for item in outbox.items(self.store) if item.item_id == item_id)

    def files(self) -> set[str]:
        return {path.name for path in self.places.blobs.glob("[0-9a-f][0-9a-f]/*")}


@pytest.fixture
def cart(tmp_path: Path) -> Cart:
    return Cart(Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "store.key"))


def built(item: Item) -> bytes:
    return f"{item.id} {item.sop_uid} {item.entered_in_error} {item.payload!r}".encode()


async def test_what_is_undone_while_its_object_is_built_goes_out_as_undone(cart: Cart) -> None:
    vital = cart.vital()
    async with cart.sync() as thread:
        box = StoredOutbox(thread)
        [claim] = await box.claim("fhir", State.KEPT, 10, 1800)
        content = built(await box.load("fhir", claim.item_id))
        cart.undo(vital)
        assert await box.freeze("fhir", vital, content) is None
        assert await box.next_due("fhir") == 0
        [again] = await box.claim("fhir", State.KEPT, 10, 1800)
        item = await box.load("fhir", again.item_id)
        assert item.entered_in_error
        frozen = await box.freeze("fhir", vital, built(item))
        assert frozen is not None
        assert frozen.content == built(item)


class FarEnd:
    """Holds what it got; ``meddle`` is called with an item's id while its object is built, ``at_send`` while one is sent."""

    name = "fhir"
    kinds = frozenset({Kind.BLOOD_PRESSURE})

    def __init__(self, meddle: Callable[[str], None] = lambda _: None, at_send: Callable[[str], None] = lambda _: None):
        self.meddle, self.at_send = meddle, at_send
        self.held: dict[str, bytes] = {}

    def freeze(self, item: Item) -> Body:
        self.meddle(item.id)
        return InMemory(built(item))

    async def send(self, objects: Sequence[Frozen], tell: Tell = tell_nobody) -> Sequence[Outcome]:
        for one in objects:
            await asyncio.to_thread(self.at_send, one.item_id)
            self.held[one.item_id] = one.content
        return [Outcome(one.item_id, Event.ACCEPTED) for one in objects]

    async def prove(self, objects: Sequence[Frozen]) -> Sequence[Outcome]:
        return [
            Outcome(one.item_id, Event.PROVEN if self.held.get(one.item_id) == one.content else Event.NOT_HELD)
            for one in objects
        ]


async def drained(cart: Cart, far_end: FarEnd) -> None:
    """Until all is received."""
    async with cart.sync() as thread, asyncio.timeout(20):
        drain = asyncio.create_task(Drain(StoredOutbox(thread, 0.01), [far_end], (0.01,)).run())
        while set(outbox.standing(cart.store).counts.items()) & {(s, 0) for s in OPEN} != {(s, 0) for s in OPEN}:
            assert not drain.done(), await drain
            await asyncio.sleep(0.02)
        drain.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await drain


def once(cart: Cart, item_id: str) -> Callable[[str], None]:
    """Undoes ``item_id`` at the first call, as edge does it from another process."""
    pending = [item_id]

    def undo(_of: str) -> None:
        if pending:
            edge = open_for_edge(cart.places, TO, "care")
            edge.journal.mark_entered_in_error(pending.pop(), cart.encounter.id, now())
            edge.database.close()

    return undo


async def test_the_far_end_hears_of_what_is_undone_while_its_object_is_built(cart: Cart) -> None:
    vital = cart.vital()
    far_end = FarEnd(meddle=once(cart, vital))
    await drained(cart, far_end)
    assert far_end.held[vital] == built(cart.store.journal.load(vital))


async def test_the_far_end_hears_of_what_is_undone_while_it_waits_for_its_turn(
    cart: Cart, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain_module, "BATCH_BYTES", 1)
    vitals = [cart.vital(systolic) for systolic in (120, 130)]
    far_end = FarEnd(at_send=once(cart, vitals[1]))
    await drained(cart, far_end)
    assert far_end.held == {vital: built(cart.store.journal.load(vital)) for vital in vitals}


@pytest.mark.parametrize("place", [0, 1])
async def test_the_far_end_hears_of_what_is_undone_while_it_is_sent(cart: Cart, place: int) -> None:
    vitals = [cart.vital(systolic) for systolic in (120, 130)]
    far_end = FarEnd(at_send=once(cart, vitals[place]))
    await drained(cart, far_end)
    assert far_end.held == {vital: built(cart.store.journal.load(vital)) for vital in vitals}


@pytest.mark.parametrize("answer", [Event.ACCEPTED, Event.TRY_LATER, Event.REFUSED])
async def test_what_is_undone_while_it_is_sent_goes_out_again(cart: Cart, answer: Event) -> None:
    vital = cart.vital()
    async with cart.sync() as thread:
        box = StoredOutbox(thread)
        await box.claim("fhir", State.KEPT, 10, 1800)
        await box.freeze("fhir", vital, b"final")
        await box.claim("fhir", State.PENDING, 10, 1800)
        cart.undo(vital)
        assert await box.frozen("fhir", vital) is None
        await box.record("fhir", Outcome(vital, answer), 0, 0)
        if answer is Event.REFUSED:
            release.release(cart.store.database, vital, None, now(), THE_CART)
        assert cart.state(vital) == {"fhir": State.KEPT}
        [again] = await box.claim("fhir", State.KEPT, 10, 1800)
        assert (await box.load("fhir", again.item_id)).entered_in_error


def test_a_destination_that_is_gone_does_not_make_what_waits_slow_to_find(cart: Cart) -> None:
    """Its promises stay, and are found without reading all that was saved since."""
    photo = cart.photo()
    vitals = [cart.vital(systolic) for systolic in range(100, 130)]
    without = open_for_edge(cart.places, {Kind.BLOOD_PRESSURE: ("fhir",)}, "care")
    (last,) = without.run("SELECT max(sequence) FROM item").fetchone()
    stands = dict(without.run("SELECT destination, taken_through FROM bookmark").fetchall())
    assert stands == {"fhir": 0, "pacs": last, "archive": last}
    standing = outbox.standing(without)
    assert standing.counts[State.KEPT] == len(vitals) + 1
    (oldest,) = without.run("SELECT taken_utc FROM item WHERE id = ?", (photo,)).fetchone()
    assert standing.oldest_utc == oldest
    assert cart.state(photo) == {"pacs": State.KEPT, "archive": State.KEPT}


async def test_what_is_promised_to_a_destination_that_was_gone_and_came_back_goes_out(cart: Cart) -> None:
    photo = cart.photo()
    open_for_edge(cart.places, {Kind.BLOOD_PRESSURE: ("fhir",)}, "care").database.close()
    back = open_for_edge(cart.places, TO, "care")
    async with cart.sync() as thread:
        box = StoredOutbox(thread)
        assert [claim.item_id for claim in await box.claim("pacs", State.KEPT, 10, 60)] == [photo]
    back.database.close()


async def received(cart: Cart, item_id: str, *destinations: str) -> None:
    async with cart.sync() as thread:
        box = StoredOutbox(thread)
        for destination in destinations:
            await box.claim(destination, State.KEPT, 10, 1800)
            await box.freeze(destination, item_id, f"{item_id} to {destination}".encode())
            for event in (Event.ACCEPTED, Event.PROVEN):
                await box.record(destination, Outcome(item_id, event), 0, 0)


def between(cart: Cart, monkeypatch: pytest.MonkeyPatch, act: Callable[[EdgeStore], object]) -> EdgeStore:
    """A store of another process (`telecart store purge`), in which ``act`` of edge comes just before each transaction."""
    other = open_for_edge(cart.places, TO, "care", DAYS)
    write = other.database.write
    pending = [act]

    @contextlib.contextmanager
    def late() -> Iterator[None]:
        if pending:
            pending.pop()(cart.store)
        with write():
            yield

    monkeypatch.setattr(other.database, "write", late)
    return other


@pytest.mark.hazard("H10", without="tests.controls_store:what_was_due_is_not_asked_again")
async def test_what_is_undone_while_it_is_purged_stays_and_goes_out_again(
    cart: Cart, monkeypatch: pytest.MonkeyPatch
) -> None:
    vital = cart.vital()
    await received(cart, vital, "fhir")
    purging = between(cart, monkeypatch, lambda _: cart.undo(vital))
    purging.purge.run(later(11))
    assert cart.state(vital) == {"fhir": State.KEPT}
    assert cart.store.journal.load(vital).entered_in_error
    assert cart.store.purge.certificates() == []


async def test_two_that_purge_at_once_make_one_certificate(cart: Cart, monkeypatch: pytest.MonkeyPatch) -> None:
    vital = cart.vital()
    await received(cart, vital, "fhir")
    purging = between(cart, monkeypatch, lambda edge: edge.purge.run(later(11)))
    assert purging.purge.run(later(11)) is None
    [certificate] = cart.store.purge.certificates()
    assert [gone.item_id for gone in certificate.items] == [vital]


async def test_a_promise_that_is_made_while_its_item_is_purged_is_kept(
    cart: Cart, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = cart.photo()
    await received(cart, photo, "pacs", "archive")

    def a_destination_more(_edge: EdgeStore) -> None:
        open_for_edge(cart.places, TO | {Kind.PHOTO: ("pacs", "archive", "new")}, "care").database.close()

    purging = between(cart, monkeypatch, a_destination_more)
    purging.purge.run(later(11))
    assert cart.state(photo)["new"] is State.KEPT
    assert cart.store.journal.load(photo).payload == PHOTO


async def test_what_was_frozen_before_an_undoing_or_a_correction_goes_with_its_item(cart: Cart) -> None:
    vital, photo = cart.vital(), cart.photo()
    await received(cart, vital, "fhir")
    cart.undo(vital)
    async with cart.sync() as thread:
        box = StoredOutbox(thread)
        await box.claim("pacs", State.KEPT, 10, 1800)
        await box.freeze("pacs", photo, b"of the wrong view")
        await box.record("pacs", Outcome(photo, Event.REFUSED, Reason.OBJECT_INVALID, "no"), 0, 0)
    release.correct(cart.store.database, photo, lambda _kind, content: content, now(), THE_CART)
    async with cart.sync() as thread:
        box = StoredOutbox(thread)
        await box.claim("fhir", State.KEPT, 10, 1800)
        await box.freeze("fhir", vital, b"entered in error")
        for event in (Event.ACCEPTED, Event.PROVEN):
            await box.record("fhir", Outcome(vital, event), 0, 0)
    await received(cart, photo, "pacs", "archive")
    # the note that withdraws the wrong view is built of it
    (note,) = (item.item_id for item in outbox.items(cart.store) if item.kind == Kind.WITHDRAWAL)
    first = cart.store.purge.run(later(11))
    assert first is not None
    assert [gone.item_id for gone in first.items] == [vital]
    await received(cart, note, "pacs")
    assert len(cart.files()) == 5
    gone = [certificate.items for _ in range(2) if (certificate := cart.store.purge.run(later(11))) is not None]
    assert [[one.item_id for one in items] for items in gone] == [[photo], [note]]
    assert cart.files() == set()


async def test_purging_looks_nothing_up_by_reading_every_row(cart: Cart) -> None:
    """Items and promises are looked for in an index: a nurse's reading waits as long as one batch takes."""
    vital = cart.vital()
    await received(cart, vital, "fhir")
    cart.store.journal.put_patient(dataclasses.replace(JEANNE, departed=now().utc.date()))
    cart.store.journal.leave_encounter(cart.encounter.id, now())
    said: list[str] = []
    cart.store.database.connection.set_trace_callback(said.append)
    certificate = cart.store.purge.run(later(400))
    cart.store.database.connection.set_trace_callback(None)
    assert certificate is not None
    assert [gone.item_id for gone in certificate.items] == [vital]
    assert certificate.residents == (JEANNE.id,)
    for statement in said:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            plan = [row[3] for row in cart.store.run(f"EXPLAIN QUERY PLAN {statement}")]
            scanned = [line for line in plan if line.startswith("SCAN") and line.split()[1] in TABLES]
            assert scanned == [], statement


TABLES = {"item", "i", "outbox", "o", "filed_resident", "chunk", "superseded", "encounter", "e"}
"""And their short names: what grows."""


async def test_a_resident_whose_recording_runs_is_not_forgotten(cart: Cart) -> None:
    number = cart.store.recordings.begin(dataclasses.replace(STRIP, samples=b""), CUFF, cart.encounter, now())
    cart.store.recordings.append(number, 0, STRIP.samples)
    cart.store.journal.put_patient(dataclasses.replace(JEANNE, departed=now().utc.date()))
    cart.store.journal.leave_encounter(cart.encounter.id, now())
    assert cart.store.purge.run(later(400)) is None
    assert cart.store.recordings.finish(number, now().utc) is not None


def test_nobody_can_choose_a_resident_who_was_forgotten(cart: Cart) -> None:
    cart.store.journal.put_patient(dataclasses.replace(JEANNE, departed=now().utc.date()))
    cart.store.journal.leave_encounter(cart.encounter.id, now())
    certificate = cart.store.purge.run(later(400))
    assert certificate is not None
    assert certificate.residents == (JEANNE.id,)
    with pytest.raises(Fault) as caught:
        cart.store.journal.open_encounter(JEANNE.id, now(), "TC")
    assert caught.value.reason is Reason.NO_RESIDENT


def test_a_file_that_is_undone_again_and_again_can_be_sent_again(cart: Cart) -> None:
    names = []
    for _ in range(4):
        name = cart.photo()
        assert name not in names
        assert cart.photo() == name
        cart.undo(name)
        names.append(name)
    assert cart.store.journal.holders("photo") == []
