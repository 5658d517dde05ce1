"""Whose something is, said by a person afterwards: what is sent anew, what is withdrawn, and the way back (H1, H2)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import pytest

from edge.domain.audit import THE_CART, Act
from edge.domain.capture import Capture
from edge.domain.delivery import Event, State
from edge.domain.fault import Fault, Reason
from edge.domain.item import Frozen, Withdrawal
from edge.domain.measurement import IMAGING, VITAL_SIGNS, Kind
from edge.domain.patient import Encounter, IdentityStatus, Sex
from edge.domain.ports import Outcome
from edge.domain.whose import NOBODY, Why, is_without_identity
from edge.store.damage.mending import counted_anew, mend
from edge.store.keeping import audit
from edge.store.keeping.apart import apart
from edge.store.ledger import EdgeStore, Places, open_for_edge, open_for_sync
from edge.store.sending import outbox
from edge.store.sending.outbox import StoredOutbox
from edge.store.thread import StoreThread
from sync.fhir import observations
from tests import items
from tests.unit.test_store import CUFF, JEANNE, capture, now, reading
from tests.unit.test_withdrawal import TWELVE

OTHER: Final = dataclasses.replace(JEANNE, id="IPP2", birth_name="DUPOND", room="215")
THIRD: Final = dataclasses.replace(JEANNE, id="IPP3", birth_name="MARTIN", room="216")
TO: Final[Mapping[Kind, Sequence[str]]] = dict.fromkeys(IMAGING, ("pacs",)) | dict.fromkeys(VITAL_SIGNS, ("fhir",))


class Cart:
    def __init__(self, folder: Path) -> None:
        self.places = Places(folder / "store.db", folder / "blobs", folder / "store.key")
        self.store: EdgeStore = open_for_edge(self.places, TO, "care")
        for one in (JEANNE, OTHER, THIRD):
            self.store.journal.put_patient(one)
        self.does = self.store.assigning

    def round(self, patient_id: str = JEANNE.id) -> Encounter:
        return self.store.journal.open_encounter(patient_id, now(), "TC")[1]

    def pressure(self, encounter: Encounter | None, systolic: int = 124) -> str:
        return self.store.journal.save(capture(reading(systolic)), encounter).item_id

    def photo(self, encounter: Encounter | None) -> str:
        content = items.photo().payload
        one = Capture(Kind.PHOTO, content, CUFF, now(), f"photo {uuid.uuid4()}")
        return self.store.journal.save(one, encounter).item_id

    def ecg(self, encounter: Encounter | None) -> str:
        return self.store.journal.save(Capture(Kind.ECG, TWELVE, CUFF, now(), "ecg"), encounter).item_id

    def assign(self, item_id: str, patient_id: str = JEANNE.id) -> None:
        self.does.assign(item_id, patient_id, now(), "TC", THE_CART)

    def move(self, item_id: str, patient_id: str = OTHER.id) -> None:
        self.does.move(item_id, patient_id, now(), "TC", THE_CART)

    def of(self, patient_id: str | None) -> list[str]:
        """Items that stand as this resident's."""
        found = self.store.run(
            "SELECT id FROM item WHERE patient_id IS ? AND entered_in_error IS NULL AND part_of IS NULL ORDER BY sequence",
            (patient_id,),
        )
        return [name for (name,) in found]

    def stands(self) -> list[tuple[object, ...]]:
        """What is whose, without the names that a move has to change."""
        return list(
            self.store.run(
                "SELECT patient_id, encounter_id, kind, device_id, device_model, device_label, taken_utc, boot_id, monotonic_ns,"
                " clock_trusted, payload, samples, raw, blob_sha256 FROM item WHERE entered_in_error IS NULL AND part_of IS NULL"
                " ORDER BY patient_id, taken_utc, payload"
            )
        )

    def states(self, item_id: str) -> dict[str, State]:
        return next(dict(item.states) for item in outbox.items(self.store) if item.item_id == item_id)

    def notes(self) -> list[Withdrawal]:
        names = [item.item_id for item in outbox.items(self.store) if item.kind == Kind.WITHDRAWAL]
        found = [self.store.journal.load(name).payload for name in names]
        return [one for one in found if isinstance(one, Withdrawal)]

    def acts(self) -> list[str]:
        return [entry.act for entry in audit.entries(self.store.database)]

    def counters_are_right(self) -> None:
        told = dict(self.store.run("SELECT name, value FROM counter WHERE name <> 'filed'").fetchall())
        assert told == counted_anew(self.store.database.connection)


@pytest.fixture
def cart(tmp_path: Path) -> Iterator[Cart]:
    one = Cart(tmp_path)
    yield one
    one.counters_are_right()
    assert audit.check(one.store.database) == []
    one.store.database.close()


async def _sent(cart: Cart, item_id: str, destination: str, *events: Event) -> Frozen:
    """As a drain does it."""
    async with StoreThread(lambda: open_for_sync(cart.places)) as thread:
        box = StoredOutbox(thread)
        await box.claim(destination, State.KEPT, 100, 60)
        await box.load(destination, item_id)
        frozen = await box.freeze(destination, item_id, f"object {uuid.uuid4()}".encode())
        assert frozen is not None
        await box.give_back(destination)
        await box.claim(destination, State.PENDING, 100, 60)
        for event in events:
            await box.record(destination, Outcome(item_id, event), 0, 0)
        await box.give_back(destination)
        return frozen


# --- what is nobody's


@pytest.mark.parametrize("kind", ["pressure", "photo", "ecg"])
def test_what_was_nobodys_is_promised_as_if_it_had_been_hers(cart: Cart, kind: str) -> None:
    stray = getattr(cart, kind)(None)
    assert cart.store.journal.unassigned() == 1
    cart.assign(stray)
    assert cart.store.journal.unassigned() == 0
    assert cart.of(JEANNE.id) == [stray]
    assert set(cart.states(stray).values()) == {State.KEPT}
    item = cart.store.journal.load(stray)
    assert (item.patient.id, item.encounter.patient_id) == (JEANNE.id, JEANNE.id)
    papers = [item.item_id for item in outbox.items(cart.store) if item.kind == Kind.ECG_PAPER]
    assert len(papers) == (kind == "ecg")
    assert Act.ASSIGNED in cart.acts()
    # two taps are one
    cart.assign(stray)
    assert cart.acts().count(Act.ASSIGNED) == 1


async def test_what_was_assigned_goes_out_although_the_bookmark_is_past_it(cart: Cart) -> None:
    stray, seen = cart.pressure(None), cart.pressure(cart.round(), 130)
    await _sent(cart, seen, "fhir", Event.ACCEPTED)
    cart.assign(stray)
    frozen = await _sent(cart, stray, "fhir", Event.ACCEPTED, Event.PROVEN)
    assert frozen.item_id == stray
    assert cart.states(stray) == {"fhir": State.RECEIVED}


def test_a_stray_of_a_round_belongs_to_that_round(cart: Cart) -> None:
    """It came after its resident had left the screen: a cuff takes its time."""
    encounter = cart.round()
    cart.round(OTHER.id)
    stray = cart.pressure(None)
    cart.assign(stray)
    assert cart.store.journal.load(stray).encounter.id == encounter.id
    assert [line.item_id for line in cart.store.journal.lines(encounter.id)] == [stray]


def test_strays_of_one_time_are_one_round_that_was_never_on_screen(cart: Cart) -> None:
    first, second = cart.pressure(None, 120), cart.pressure(None, 121)
    for stray in (first, second):
        cart.assign(stray)
    rounds = {cart.store.journal.load(stray).encounter.id for stray in (first, second)}
    assert len(rounds) == 1
    assert {line.item_id for line in cart.store.journal.lines(rounds.pop())} == {first, second}


def test_what_stays_nobodys_is_kept_and_listed_no_more(cart: Cart) -> None:
    stray = cart.pressure(None)
    assert [one.line.item_id for one in apart(cart.store.database).strays] == [stray]
    cart.does.set_aside(stray, now(), THE_CART)
    assert cart.store.journal.unassigned() == 0
    assert apart(cart.store.database).strays == ()
    assert cart.of(None) == [stray]
    assert Act.SET_ASIDE in cart.acts()
    cart.counters_are_right()
    cart.assign(stray)
    assert cart.of(JEANNE.id) == [stray]


def test_why_it_is_nobodys_and_who_was_there(cart: Cart) -> None:
    stray = cart.pressure(None, 120)
    (first,) = apart(cart.store.database).strays
    assert (first.why, first.near) == (Why.NO_RESIDENT, ())
    cart.round()
    cart.round(OTHER.id)
    cart.pressure(None, 121)
    second, first = apart(cart.store.database).strays
    assert first.line.item_id == stray
    assert second.why is Why.CHANGED
    assert set(second.near) == {JEANNE.id, OTHER.id}


def test_bytes_that_were_not_understood_are_marked_as_seen(cart: Cart) -> None:
    cart.store.journal.quarantine(CUFF, b"nonsense", Reason.UNDECODABLE, "too short", now())
    (unread,) = apart(cart.store.database).unread
    cart.does.looked(unread.number, now(), THE_CART)
    cart.does.looked(unread.number, now(), THE_CART)
    assert apart(cart.store.database).unread == ()
    assert cart.store.journal.quarantined() == 0
    assert cart.store.run("SELECT raw FROM quarantine").fetchall() == [(b"nonsense",)]
    assert cart.acts().count(Act.LOOKED) == 1


def test_what_is_somebodys_is_not_assigned_again(cart: Cart) -> None:
    hers = cart.pressure(cart.round())
    with pytest.raises(Fault, match="somebody's already"):
        cart.assign(hers, OTHER.id)
    with pytest.raises(Fault, match="not known"):
        cart.assign(cart.pressure(None, 99), "nobody there")
    with pytest.raises(Fault, match="no such"):
        cart.assign("no such item")


def test_what_a_device_sent_again_for_somebody_is_not_assigned_twice(cart: Cart) -> None:
    stray = cart.pressure(None)
    again = cart.pressure(cart.round())
    assert again != stray
    with pytest.raises(Fault, match="same reading"):
        cart.assign(stray, OTHER.id)


# --- what is somebody else's


@pytest.mark.hazard("H1", without="tests.controls_whose:what_is_moved_stays_as_well")
def test_what_never_left_leaves_under_one_name_only(cart: Cart) -> None:
    encounter = cart.round()
    pressure, photo = cart.pressure(encounter), cart.photo(encounter)
    for item_id in (pressure, photo):
        cart.move(item_id)
        assert set(cart.states(item_id).values()) == {State.WITHDRAWN}
    assert cart.of(JEANNE.id) == []
    assert [cart.states(one) for one in cart.of(OTHER.id)] == [{"fhir": State.KEPT}, {"pacs": State.KEPT}]
    assert cart.notes() == []
    new = cart.store.journal.load(cart.of(OTHER.id)[1])
    old = cart.store.journal.load(photo)
    assert new.payload == old.payload
    assert len({new.sop_uid, old.sop_uid, new.series_uid, old.series_uid}) == 4
    assert new.encounter.study_uid != old.encounter.study_uid


@pytest.mark.hazard("H1", without="tests.controls_withdrawal:nobody_is_told")
async def test_an_image_that_left_is_withdrawn_and_another_one_made(cart: Cart) -> None:
    photo = cart.photo(cart.round())
    frozen = await _sent(cart, photo, "pacs", Event.ACCEPTED, Event.PROVEN)
    cart.move(photo)
    (note,) = cart.notes()
    assert (note.destination, note.objects) == ("pacs", (frozen.sha256,))
    assert cart.states(photo) == {"pacs": State.WITHDRAWN}
    (new,) = cart.of(OTHER.id)
    assert cart.states(new) == {"pacs": State.KEPT}


@pytest.mark.hazard("H1", without="tests.controls_whose:the_far_end_is_not_told")
async def test_a_vital_sign_that_left_is_entered_in_error_there_and_goes_under_another_name(cart: Cart) -> None:
    pressure = cart.pressure(cart.round())
    await _sent(cart, pressure, "fhir", Event.ACCEPTED, Event.PROVEN)
    cart.move(pressure)
    (new,) = cart.of(OTHER.id)
    assert cart.states(pressure) == cart.states(new) == {"fhir": State.KEPT}
    old, made = (observations.resources(cart.store.journal.load(one)) for one in (pressure, new))
    assert [part["status"] for part in old[1:]] == ["entered-in-error"]
    assert [part["status"] for part in made[1:]] == ["final"]
    assert {part["id"] for part in old}.isdisjoint(part["id"] for part in made)


def test_a_12_lead_ecg_takes_its_paper_along(cart: Cart) -> None:
    ecg = cart.ecg(cart.round())
    cart.move(ecg)
    found = cart.store.run(
        "SELECT patient_id, entered_in_error IS NULL FROM item WHERE kind = ? ORDER BY sequence",
        (Kind.ECG_PAPER.value,),
    ).fetchall()
    assert found == [(JEANNE.id, 0), (OTHER.id, 1)]
    (new,) = cart.of(OTHER.id)
    assert cart.store.journal.load(new).payload == TWELVE


def test_a_recorded_strip_takes_its_samples_along(cart: Cart) -> None:
    header = dataclasses.replace(TWELVE, samples=b"")
    number = cart.store.recordings.begin(header, CUFF, cart.round(), now())
    cart.store.recordings.append(number, 0, bytes(range(240)))
    saved = cart.store.recordings.finish(number, dt.datetime.now(dt.UTC))
    assert saved is not None
    cart.move(saved.item_id)
    (new,) = cart.of(OTHER.id)
    assert cart.store.journal.load(new).payload == dataclasses.replace(TWELVE, samples=bytes(range(240)))


def test_what_goes_back_to_nobody_waits_with_the_others(cart: Cart) -> None:
    pressure = cart.pressure(cart.round())
    cart.move(pressure, NOBODY)
    (stray,) = apart(cart.store.database).strays
    assert stray.why is Why.TAKEN_BACK
    assert cart.store.journal.unassigned() == 1
    cart.assign(stray.line.item_id, OTHER.id)
    assert cart.of(OTHER.id) == [stray.line.item_id]


@pytest.mark.hazard("H2", without="tests.controls_whose:nobody_knows_where_it_came_from")
def test_moving_there_and_back_gives_what_was(cart: Cart) -> None:
    encounter = cart.round()
    cart.round()  # another one of hers, so that time alone does not tell
    found = [cart.pressure(encounter), cart.photo(encounter), cart.ecg(encounter)]
    before = cart.stands()
    for item_id in found:
        cart.move(item_id)
    assert cart.of(JEANNE.id) == []
    for item_id in cart.of(OTHER.id):
        cart.move(item_id, JEANNE.id)
    assert cart.stands() == before


@pytest.mark.hazard("H1", without="tests.controls_whose:a_device_may_say_it_again")
def test_a_device_that_repeats_what_was_moved_makes_no_other_item(cart: Cart) -> None:
    encounter = cart.round()
    pressure = cart.pressure(encounter)
    cart.move(pressure)
    again = cart.store.journal.save(capture(reading()), encounter)
    assert (again.item_id, again.new) == (cart.of(OTHER.id)[0], False)


def test_what_was_undone_or_purged_does_not_move(cart: Cart) -> None:
    encounter = cart.round()
    undone, purged = cart.pressure(encounter, 120), cart.pressure(encounter, 121)
    cart.store.journal.mark_entered_in_error(undone, encounter.id, now())
    cart.store.run("UPDATE item SET purged = '2026' WHERE id = ?", (purged,))
    with pytest.raises(Fault, match="was undone"):
        cart.move(undone)
    with pytest.raises(Fault) as caught:
        cart.move(purged)
    assert caught.value.reason is Reason.PURGED


# --- a whole round


@pytest.mark.hazard("H1", without="tests.controls_whose:what_is_still_to_come_stays")
def test_a_round_on_the_wrong_resident_goes_over_with_what_is_still_to_come(cart: Cart) -> None:
    encounter = cart.round()
    first, undone, photo = cart.pressure(encounter, 120), cart.pressure(encounter, 119), cart.photo(encounter)
    cart.store.journal.mark_entered_in_error(undone, encounter.id, now())
    number = cart.store.recordings.begin(dataclasses.replace(TWELVE, samples=b""), CUFF, encounter, now())
    cart.store.recordings.append(number, 0, bytes(240))
    assert cart.does.move_round(encounter.id, OTHER.id, now(), "TC", THE_CART) == 2
    late = cart.pressure(encounter, 122)
    strip = cart.store.recordings.finish(number, dt.datetime.now(dt.UTC))
    assert strip is not None
    assert cart.of(JEANNE.id) == []
    assert cart.of(OTHER.id)[2:] == [late, strip.item_id]
    assert len({cart.store.journal.load(one).encounter.id for one in cart.of(OTHER.id)}) == 1
    assert {first, photo}.isdisjoint(cart.of(OTHER.id))


@pytest.mark.hazard("H2", without="tests.controls_whose:nobody_knows_where_it_came_from")
def test_a_round_goes_back_to_where_it_was(cart: Cart) -> None:
    encounter = cart.round()
    for systolic in (120, 121):
        cart.pressure(encounter, systolic)
    cart.photo(encounter)
    before = cart.stands()
    cart.does.move_round(encounter.id, OTHER.id, now(), "TC", THE_CART)
    there = cart.store.journal.load(cart.of(OTHER.id)[0]).encounter
    cart.does.move_round(there.id, JEANNE.id, now(), "TC", THE_CART)
    assert cart.stands() == before
    late = cart.pressure(encounter, 122)
    assert cart.store.journal.load(late).encounter == encounter


# --- residents without identity


def _unknown(cart: Cart) -> str:
    return cart.does.new_resident(Sex.FEMALE, "214", 80, "EHPAD", now(), THE_CART).id


def test_somebody_without_identity_is_measured_at_once(cart: Cart) -> None:
    unknown = _unknown(cart)
    one = next(one for one in cart.store.journal.patients() if one.id == unknown)
    assert is_without_identity(unknown)
    assert (one.birth_name, one.status, one.ins, one.room) == ("INCONNUE", IdentityStatus.PROVISIONAL, None, "214")
    assert one.given_names.endswith("Ch. 214")
    assert one.birth_date == dt.date(dt.datetime.now().astimezone().year - 80, 12, 31)
    cart.pressure(cart.round(unknown))
    assert len(cart.of(unknown)) == 1
    with pytest.raises(Fault):
        cart.does.new_resident(Sex.FEMALE, "214", 0, "EHPAD", now(), THE_CART)


async def test_once_she_is_known_all_of_hers_goes_over(cart: Cart) -> None:
    unknown = _unknown(cart)
    pressure, photo = cart.pressure(cart.round(unknown)), cart.photo(cart.round(unknown))
    for item_id, destination in ((pressure, "fhir"), (photo, "pacs")):
        await _sent(cart, item_id, destination, Event.ACCEPTED, Event.PROVEN)
    assert cart.does.reconcile(unknown, OTHER.id, now(), "TC", THE_CART) == 2
    assert cart.of(unknown) == []
    assert len(cart.of(OTHER.id)) == 2
    assert len(cart.notes()) == 1
    assert unknown not in {one.id for one in cart.store.journal.patients()}
    assert cart.store.run("SELECT count(*) FROM patient WHERE id = ?", (unknown,)).fetchone() == (1,)
    assert [(one.id, became) for one, became in apart(cart.store.database).reconciled] == [(unknown, OTHER.id)]
    with pytest.raises(Fault, match="not known"):
        cart.round(unknown)


@pytest.mark.hazard("H2", without="tests.controls_whose:nobody_knows_where_it_came_from")
def test_a_reconciliation_is_gone_back(cart: Cart) -> None:
    unknown = _unknown(cart)
    hers = cart.round(unknown)
    cart.pressure(hers, 120)
    cart.photo(hers)
    cart.ecg(cart.round(unknown))
    known = cart.round(OTHER.id)
    cart.pressure(known, 140)
    before = cart.stands()
    cart.does.reconcile(unknown, OTHER.id, now(), "TC", THE_CART)
    assert cart.stands() != before
    cart.does.take_back(unknown, now(), THE_CART)
    assert cart.stands() == before
    assert unknown in {one.id for one in cart.store.journal.patients()}
    late = cart.pressure(hers, 122)
    assert cart.of(unknown)[-1] == late
    # and again
    cart.does.reconcile(unknown, THIRD.id, now(), "TC", THE_CART)
    assert len(cart.of(THIRD.id)) == 4


@pytest.mark.hazard("H2", without="tests.controls_whose:going_back_takes_more_than_it_brought")
def test_what_a_person_said_herself_stays_when_a_reconciliation_is_gone_back(cart: Cart) -> None:
    unknown = _unknown(cart)
    encounter = cart.round(unknown)
    said, went_on = cart.pressure(encounter, 120), cart.pressure(encounter, 121)
    cart.move(said, OTHER.id)
    stays = cart.of(OTHER.id)
    cart.does.reconcile(unknown, OTHER.id, now(), "TC", THE_CART)
    late = cart.pressure(encounter, 123)
    (moved,) = set(cart.of(OTHER.id)) - {*stays, late}
    assert moved != went_on
    cart.does.take_back(unknown, now(), THE_CART)
    assert cart.of(OTHER.id) == stays
    assert len(cart.of(unknown)) == 2


@pytest.mark.hazard("H2", without="tests.controls_whose:anybody_is_reconciled")
def test_two_who_are_known_are_never_made_one(cart: Cart) -> None:
    cart.pressure(cart.round())
    with pytest.raises(Fault, match="without identity"):
        cart.does.reconcile(JEANNE.id, OTHER.id, now(), "TC", THE_CART)
    unknown = _unknown(cart)
    with pytest.raises(Fault):
        cart.does.reconcile(unknown, unknown, now(), "TC", THE_CART)
    with pytest.raises(Fault, match="was not reconciled"):
        cart.does.take_back(unknown, now(), THE_CART)


# --- a store that was salvaged


@pytest.mark.hazard("H1", without="tests.controls_whose:a_salvage_forgets_what_was_said")
def test_a_salvage_that_lost_the_newest_state_of_a_page_believes_the_trail(cart: Cart) -> None:
    stray, wrong = cart.pressure(None, 120), cart.pressure(cart.round(), 121)
    cart.assign(stray, OTHER.id)
    cart.move(wrong, OTHER.id)
    connection = cart.store.database.connection
    cart.store.run("UPDATE item SET patient_id = NULL, encounter_id = NULL WHERE id = ?", (stray,))
    cart.store.run("UPDATE item SET entered_in_error = NULL WHERE id = ?", (wrong,))
    with cart.store.database.write():
        mend(connection)
    assert stray in cart.of(OTHER.id)
    assert cart.of(JEANNE.id) == []


@pytest.mark.hazard("H2", without="tests.controls_whose:near_names_are_one")
def test_ten_thousand_near_twins_stay_ten_thousand(cart: Cart) -> None:
    """Same name, same day, same sex, one letter or nothing apart: only a person makes two into one."""
    twins = [
        dataclasses.replace(JEANNE, id=f"T{number}", birth_name=name, room=str(number % 7))
        for number, name in enumerate(("DUPONT", "DUPOND", "DUPONT", "DU PONT") * 2500)
    ]
    cart.store.journal.put_residents(twins, now())
    assert len(cart.store.journal.patients()) == 10_000 + 3
    assert apart(cart.store.database).reconciled == ()
