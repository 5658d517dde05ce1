"""Only what is proven received, and past its retention, ever leaves the cart; its certificate stays."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pytest

from edge.domain.capture import Capture
from edge.domain.delivery import Event, State
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Instant, Kind
from edge.domain.patient import Encounter
from edge.domain.photo import Encoding, Photo, View
from edge.domain.ports import Outcome
from edge.domain.retention import Certificate, Retention, Rule
from edge.store.ledger import Places, open_for_edge, open_for_sync
from edge.store.sending import outbox
from edge.store.sending.outbox import StoredOutbox
from edge.store.thread import StoreThread
from tests.unit.test_store import CUFF, JEANNE, capture, now, reading

PROMISED = {Kind.BLOOD_PRESSURE: ("fhir", "copy"), Kind.PHOTO: ("pacs",)}
DAYS = Retention(vitals_days=10, photo_days=20, departure_days=3)
PHOTO = Photo(b"\xff\xd8 a wound \xff\xd9", 4, 3, Encoding.JPEG_Q95, View.CLOSE_UP, 80.5, 120.0)


def later(days: float, *, trusted: bool = True) -> Instant:
    begin = now()
    return dataclasses.replace(begin, utc=begin.utc + dt.timedelta(days=days), clock_trusted=trusted)


class Cart:
    """A store of edge, and what sync would do with it."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.store = open_for_edge(places, PROMISED, "demonstration", DAYS)
        self.store.journal.put_patient(JEANNE)
        self.encounter = self.store.journal.open_encounter(JEANNE.id, now(), "TC")[1]

    def vital(self, minute: int = 0) -> str:
        content = reading(120 + minute)
        assert content.device_time is not None
        content = dataclasses.replace(content, device_time=dataclasses.replace(content.device_time, minute=minute))
        return self.store.journal.save(capture(content), self.encounter).item_id

    def photo(self, identity: str = "photo", encounter: Encounter | None = None) -> str:
        one = Capture(Kind.PHOTO, PHOTO, CUFF, now(), identity)
        return self.store.journal.save(one, encounter or self.encounter).item_id

    async def bring(self, item_id: str, destination: str, *events: Event) -> None:
        async with StoreThread(lambda: open_for_sync(self.places)) as thread:
            box = StoredOutbox(thread)
            await box.freeze(destination, item_id, f"{item_id} to {destination}".encode())
            for event in events:
                await box.record(destination, Outcome(item_id, event), 0, 0)

    async def received(self, item_id: str, destinations: Sequence[str]) -> None:
        for destination in destinations:
            await self.bring(item_id, destination, Event.ACCEPTED, Event.PROVEN)

    def purge(self, at: Instant) -> list[Certificate]:
        made = []
        while certificate := self.store.purge.run(at):
            made.append(certificate)
        return made

    def files(self) -> set[str]:
        return {path.name for path in self.places.blobs.glob("[0-9a-f][0-9a-f]/*")}


@pytest.fixture
def cart(tmp_path: Path) -> Cart:
    return Cart(Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "store.key"))


async def test_what_every_destination_has_goes_after_its_retention(cart: Cart) -> None:
    vital, photo = cart.vital(), cart.photo()
    await cart.received(vital, ("fhir", "copy"))
    await cart.received(photo, ("pacs",))
    assert cart.purge(later(9.9)) == []
    [certificate] = cart.purge(later(10.1))
    assert [(gone.item_id, gone.rule) for gone in certificate.items] == [(vital, Rule.AGE)]
    assert set(certificate.items[0].received) == set(certificate.items[0].sha256) == {"fhir", "copy"}
    with pytest.raises(Fault) as caught:
        cart.store.journal.load(vital)
    assert caught.value.reason is Reason.PURGED
    assert cart.store.journal.load(photo).payload == PHOTO
    held = cart.files()
    [second] = cart.purge(later(20.1))
    assert [gone.item_id for gone in second.items] == [photo]
    assert len(held) - len(cart.files()) == 2
    assert cart.files() == set()
    assert cart.store.purge.certificates() == [certificate, second]
    assert [line.item_id for line in cart.store.journal.lines(cart.encounter.id)] == []


@pytest.mark.parametrize("reached", [(), (Event.ACCEPTED,), (Event.REFUSED,), (Event.TRY_LATER,)])
@pytest.mark.hazard("H10", without="tests.controls_store:whatever_was_sent_is_purged")
async def test_what_one_destination_has_not_proven_never_goes(cart: Cart, reached: tuple[Event, ...]) -> None:
    vital = cart.vital()
    await cart.received(vital, ("fhir",))
    await cart.bring(vital, "copy", *reached)
    assert cart.purge(later(4000)) == []
    content = cart.store.journal.load(vital).payload
    assert content.kind is Kind.BLOOD_PRESSURE  # type: ignore[union-attr]
    async with StoreThread(lambda: open_for_sync(cart.places)) as thread:
        frozen = await StoredOutbox(thread).frozen("copy", vital)
    assert frozen.content == f"{vital} to copy".encode()


async def test_nothing_goes_by_a_clock_that_is_not_known_to_be_right(cart: Cart) -> None:
    vital = cart.vital()
    await cart.received(vital, ("fhir", "copy"))
    assert cart.purge(later(4000, trusted=False)) == []
    assert len(cart.purge(later(4000))) == 1


async def test_what_was_purged_does_not_come_back_as_new(cart: Cart) -> None:
    vital = cart.vital()
    await cart.received(vital, ("fhir", "copy"))
    cart.purge(later(11))
    assert cart.vital() == vital
    assert cart.store.journal.promise_what_is_missing(now().utc) == 0
    with pytest.raises(Fault) as caught:
        cart.store.journal.mark_entered_in_error(vital, cart.encounter.id, now())
    assert caught.value.reason is Reason.PURGED


async def test_a_file_that_something_else_has_too_stays(cart: Cart) -> None:
    first = cart.photo("first")
    second = cart.photo("second")
    await cart.received(first, ("pacs",))
    cart.purge(later(21))
    assert cart.store.journal.load(second).payload == PHOTO


async def test_whoever_left_goes_with_the_last_of_her_items(cart: Cart) -> None:
    vital, photo = cart.vital(), cart.photo()
    cart.store.journal.leave_encounter(cart.encounter.id, now())
    gone = dataclasses.replace(JEANNE, departed=now().utc.date())
    cart.store.journal.put_patient(gone)
    await cart.received(vital, ("fhir", "copy"))
    assert cart.purge(later(2.9)) == []
    [first] = cart.purge(later(4.1))
    assert [(one.item_id, one.rule) for one in first.items] == [(vital, Rule.DEPARTURE)]
    assert first.residents == ()
    assert [patient.birth_name for patient in cart.store.journal.patients()] == ["DUPONT"]
    await cart.received(photo, ("pacs",))
    [last] = cart.purge(later(4.2))
    assert last.residents == (JEANNE.id,)
    assert cart.store.journal.patients() == []
    traits = cart.store.run("SELECT birth_name, given_names, ins_matricule FROM patient").fetchone()
    assert traits == ("", "", None)
    cart.store.journal.put_patient(gone)
    assert cart.store.journal.patients() == []
    cart.store.journal.put_patient(JEANNE)
    assert cart.store.journal.patients() == [JEANNE]


async def test_a_resident_on_screen_is_not_forgotten(cart: Cart) -> None:
    cart.store.journal.put_patient(dataclasses.replace(JEANNE, departed=now().utc.date()))
    assert cart.purge(later(400)) == []


async def test_many_go_in_batches(cart: Cart) -> None:
    names = [cart.vital(minute) for minute in range(59)]
    for name in names:
        await cart.received(name, ("fhir", "copy"))
    made = cart.purge(later(11))
    assert [len(certificate.items) for certificate in made] == [50, 9]
    assert [gone.item_id for certificate in made for gone in certificate.items] == names


async def test_the_counters_do_not_forget_what_was_received(cart: Cart) -> None:
    vital = cart.vital()
    await cart.received(vital, ("fhir", "copy"))
    cart.purge(later(11))
    assert outbox.standing(cart.store).counts[State.RECEIVED] == 1


def test_certificates_and_corrections_cannot_be_changed(cart: Cart) -> None:
    cart.store.run("INSERT INTO purge (id, at_utc, certificate) VALUES ('one', 'now', '{}')")
    for statement in ("UPDATE purge SET certificate = '[]'", "DELETE FROM purge"):
        with pytest.raises(Exception, match="a certificate is never"):
            cart.store.run(statement)


def test_a_departure_counts_from_the_end_of_its_day() -> None:
    received = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    left = dt.date(2026, 3, 10)
    over = [
        DAYS.over(Kind.PHOTO, received, left, dt.datetime(2026, 3, day, hour, tzinfo=dt.UTC))
        for day, hour in ((13, 23), (14, 1))
    ]
    assert over == [None, Rule.DEPARTURE]


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_a_retention(kind: Kind) -> None:
    assert Retention().days(kind) >= 1
