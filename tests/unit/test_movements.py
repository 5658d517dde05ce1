"""What the residents' record may do by itself, and what waits for a person: the rules, and the store that keeps to them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from edge.domain.audit import THE_CART
from edge.domain.capture import Capture
from edge.domain.fault import Fault, Reason
from edge.domain.identity_status import Standing
from edge.domain.measurement import Component, Device, Instant, Kind, Name, Reading
from edge.domain.movement import (
    Kept,
    Known,
    Movement,
    Outcome,
    Received,
    Reliability,
    Told,
    Way,
    What,
    decide,
    standing,
)
from edge.domain.patient import REPRESENTED, Attribute, IdentityStatus, Ins, Patient, Protection, Sex
from edge.domain.quantity import Quantity, Unit
from edge.store.keeping import movements
from edge.store.ledger import EdgeStore, Places, open_for_edge
from edge.store.movement_book import House, ListRefused, Movements

BORN = dt.date(1938, 3, 12)
DAY = dt.date(2026, 11, 20)
QUALIFIED = Ins("238033800100125", "1.2.250.1.213.1.4.8")
OF_TESTS = Ins("279035121518989", "1.2.250.1.213.1.4.10")


def now(second: int = 0) -> Instant:
    return Instant(
        dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC) + dt.timedelta(seconds=second), "boot", second * 10**9, True
    )


def told(name: str, **more: object) -> Told:
    fields = {"birth_name": "DUPONT", "given_names": "ANNE MARIE", "birth_date": BORN, "sex": Sex.FEMALE, "room": "12"}
    return Told(name, **(fields | more))  # type: ignore[arg-type]


def patient(name: str, **more: object) -> Patient:
    return dataclasses.replace(
        Patient(name, "EHPAD", "DUPONT", "ANNE MARIE", BORN, Sex.FEMALE, "12"),
        **more,  # type: ignore[arg-type]
    )


NOBODY = Known()


def ruled(movement: Movement, here: Known = NOBODY, other: Known = NOBODY, **options: bool) -> Outcome:
    return decide(movement, here, other, "EHPAD", **options).outcome


# --- the rules


def test_a_message_never_makes_more_of_an_identity_than_the_table() -> None:
    validated = Reliability(validated=True)
    assert standing(Standing(), validated, has_ins=True, changed=False).status is IdentityStatus.QUALIFIED
    assert standing(Standing(), validated, has_ins=False, changed=False).status is IdentityStatus.VALIDATED
    said = Reliability(validated=False)
    assert standing(Standing(), said, has_ins=True, changed=False).status is IdentityStatus.RETRIEVED
    for attribute in (Attribute.DOUBTFUL, Attribute.FICTITIOUS):
        found = standing(Standing(), Reliability(True, frozenset({attribute})), has_ins=True, changed=False)
        assert found == Standing(IdentityStatus.PROVISIONAL, frozenset({attribute}))
    fictitious = Standing(IdentityStatus.PROVISIONAL, frozenset({Attribute.FICTITIOUS}))
    assert standing(fictitious, validated, has_ins=True, changed=False) == fictitious


@pytest.mark.parametrize("status", IdentityStatus)
def test_who_says_nothing_of_reliability_adds_nothing(status: IdentityStatus) -> None:
    before = Standing(status)
    assert standing(before, None, has_ins=True, changed=False) == before
    assert standing(before, None, has_ins=True, changed=True).status is IdentityStatus.PROVISIONAL
    assert not standing(before, None, has_ins=False, changed=False).ins_may_leave


@pytest.mark.hazard("H7", without="tests.controls_record:every_number_is_taken")
def test_a_number_of_tests_is_refused_in_care() -> None:
    admitted = Movement(What.ADMITTED, told("1", ins=OF_TESTS))
    assert ruled(admitted) is Outcome.REFUSED
    assert ruled(admitted, demonstration=True) is Outcome.APPLIED


@pytest.mark.hazard("H2", without="tests.controls_record:merges_are_silent")
@pytest.mark.parametrize(
    ("here", "gone"),
    [
        (Known(patient("1"), captured=True), Known(patient("2"), captured=True)),
        (Known(patient("1")), Known(patient("2", birth_date=dt.date(1939, 3, 12)))),
        (Known(patient("1")), Known(patient("2", birth_name="DURAND"), captured=True)),
        (Known(), Known(patient("2", sex=Sex.MALE), captured=True)),
        (Known(patient("1")), Known(patient("2"), captured=True, on_screen=True)),
    ],
    ids=["both captured", "another birth date", "another name", "another sex", "on screen"],
)
def test_two_become_one_by_themselves_only_where_nothing_speaks_against_it(here: Known, gone: Known) -> None:
    merged = Movement(What.MERGED, told("1"), "2")
    assert ruled(merged, here, gone) is Outcome.WAITING


def test_a_person_may_say_yes_but_not_while_she_is_on_screen() -> None:
    merged = Movement(What.MERGED, told("1"), "2")
    here, gone = Known(patient("1"), captured=True), Known(patient("2", birth_name="DURAND"), captured=True)
    assert ruled(merged, here, gone, accepted=True) is Outcome.APPLIED
    assert ruled(merged, here, dataclasses.replace(gone, on_screen=True), accepted=True) is Outcome.WAITING


def test_what_waited_brings_no_former_traits_back() -> None:
    here, gone = Known(patient("1", birth_name="DUPOND"), captured=True), Known(patient("2"), captured=True)
    found = decide(Movement(What.MERGED, told("1"), "2"), here, gone, "EHPAD", accepted=True)
    assert (found.put, found.join) == (here.patient, ("2", "1"))


@pytest.mark.hazard("H1", without="tests.controls_record:the_record_is_believed_in_all")
@pytest.mark.parametrize("what", [What.ADMITTED, What.UPDATED, What.MOVED, What.LEFT, What.MERGED])
def test_under_an_identifier_with_captures_there_stays_one_person(what: What) -> None:
    other = told("1", birth_name="MOREL", given_names="PAUL", birth_date=dt.date(1950, 1, 1))
    gone = Known(patient("2", birth_name="MOREL", given_names="PAUL", birth_date=dt.date(1950, 1, 1)))
    found = ruled(Movement(what, other, "2", DAY), Known(patient("1"), captured=True), gone)
    assert found is Outcome.REFUSED


def test_a_corrected_trait_keeps_the_person_and_builds_her_objects_anew() -> None:
    found = decide(
        Movement(What.UPDATED, told("1", birth_name="DUPOND")), Known(patient("1"), captured=True), Known(), "EHPAD"
    )
    assert (found.outcome, found.anew) == (Outcome.APPLIED, True)
    assert found.put is not None
    assert found.put.birth_name == "DUPOND"


def test_what_a_message_does_not_say_stays() -> None:
    before = patient("1", allergies=("Latex",), used_name="MARTIN", long_term_illness=True)
    found = decide(Movement(What.UPDATED, Told("1", room="14")), Known(before), Known(), "EHPAD")
    assert found.put == dataclasses.replace(before, room="14")


@pytest.mark.parametrize("before", [None, *Protection])
def test_a_guardian_makes_no_other_measure_of_one_that_represents_her(before: Protection | None) -> None:
    here = Known(patient("1", protection=before))
    said = Movement(What.UPDATED, told("1", protection=Protection.GUARDIANSHIP))
    put = decide(said, here, NOBODY, "EHPAD").put or here.patient
    assert put is not None
    assert put.protection is (before if before in REPRESENTED else Protection.GUARDIANSHIP)


def test_a_room_says_nothing_of_traits_and_a_departure_nothing_of_rooms() -> None:
    moved = decide(
        Movement(What.MOVED, told("1", birth_name="DUPOND", room="14")), Known(patient("1")), Known(), "EHPAD"
    )
    assert moved.put == patient("1", room="14")
    left = decide(Movement(What.LEFT, told("1", room="99"), day=DAY), Known(patient("1")), Known(), "EHPAD")
    assert left.put == patient("1", departed=DAY)
    back = decide(Movement(What.ADMITTED, told("1")), Known(patient("1", departed=DAY)), Known(), "EHPAD")
    assert back.put == patient("1")


def test_who_was_erased_comes_back_by_an_admission_only() -> None:
    erased = Known(erased=True)
    for what in (What.UPDATED, What.MOVED):
        assert ruled(Movement(what, told("1")), erased) is Outcome.NOTHING
    assert ruled(Movement(What.ADMITTED, told("1")), erased) is Outcome.APPLIED


@pytest.mark.parametrize("name", ["", " 1", "a\\b", "x" * 65, "1\x1b"])
def test_an_identifier_that_no_object_can_hold_is_refused(name: str) -> None:
    assert ruled(Movement(What.ADMITTED, told(name))) is Outcome.REFUSED


# --- the store


class Cart:
    def __init__(self, folder: Path) -> None:
        places = Places(folder / "store.db", folder / "blobs", folder / "key")
        self.store: EdgeStore = open_for_edge(places, {Kind.WEIGHT: ("fhir",)}, "care")
        self.movements = Movements(self.store, House("EHPAD", "TC", {Kind.WEIGHT: ("fhir",)}))
        self._numbers = itertools.count(1)

    def take(self, movement: Movement, control_id: str = "") -> Outcome:
        number = control_id or str(next(self._numbers))
        received = Received(Way.MLLP, "DUI|EHPAD", number, f"digest of {number}", b"raw", movement)
        return self.movements.take(received, now(), THE_CART).outcome

    def capture(self, patient_id: str, number: int) -> None:
        _, encounter = self.store.journal.open_encounter(patient_id, now(number), "TC")
        reading = Reading(
            Kind.WEIGHT, (Component(Name.WEIGHT, Quantity(Decimal(60 + number), Unit.KILOGRAM)),), raw=b""
        )
        capture = Capture(Kind.WEIGHT, reading, Device("scale", "scale", "Balance"), now(number), f"reading {number}")
        self.store.journal.save(capture, encounter)
        self.store.journal.leave_encounter(encounter.id, now(number))

    def count(self, question: str) -> int:
        (found,) = self.store.run(question).fetchone()
        return int(found)

    @property
    def live(self) -> int:
        """Readings that somebody has and that are not withdrawn."""
        return self.count("SELECT count(*) FROM item WHERE entered_in_error IS NULL AND patient_id IS NOT NULL")

    @property
    def known(self) -> dict[str, Patient]:
        return {one.id: one for one in self.store.journal.patients()}


@pytest.fixture
def cart(tmp_path: Path) -> Iterator[Cart]:
    made = Cart(tmp_path)
    yield made
    made.store.database.close()


def test_the_same_message_twice_is_one_movement(cart: Cart) -> None:
    assert cart.take(Movement(What.ADMITTED, told("1")), "7") is Outcome.APPLIED
    assert cart.take(Movement(What.ADMITTED, told("1")), "7") is Outcome.APPLIED
    assert cart.count("SELECT count(*) FROM movement") == 1
    assert cart.count("SELECT count(*) FROM audit WHERE act = 'residents'") == 1


def test_what_was_refused_is_looked_at_again(cart: Cart) -> None:
    moved = Movement(What.MOVED, Told("1", room="14"))
    assert cart.take(moved, "7") is Outcome.REFUSED
    cart.take(Movement(What.ADMITTED, told("1")))
    assert cart.take(moved, "7") is Outcome.APPLIED
    assert cart.known["1"].room == "14"
    assert cart.count("SELECT count(*) FROM movement") == 2


def test_a_merge_of_two_with_captures_waits_and_goes_over_on_a_persons_word_and_back(cart: Cart) -> None:
    for number, name in enumerate(("1", "2"), 1):
        cart.take(Movement(What.ADMITTED, told(name)))
        cart.capture(name, number)
    merged = Movement(What.MERGED, told("1"), "2")
    assert cart.take(merged) is Outcome.WAITING
    assert set(cart.known) == {"1", "2"}
    (waits,) = movements.listed(cart.store.database)
    assert (waits.patient_id, waits.other_id, waits.outcome) == ("1", "2", Outcome.WAITING)

    def reread(_kept: Kept, raw: bytes) -> Movement:
        assert raw == b"raw"
        return merged

    cart.movements.accept(waits.number, reread, now(), THE_CART)
    assert set(cart.known) == {"1"}
    assert cart.live == 2
    assert cart.count("SELECT count(*) FROM item WHERE patient_id = '1' AND entered_in_error IS NULL") == 2
    with pytest.raises(Fault) as caught:
        cart.movements.accept(waits.number, reread, now(), THE_CART)
    assert caught.value.reason is Reason.NOT_ALLOWED
    cart.store.assigning.take_back("2", now(), THE_CART)
    assert cart.count("SELECT count(*) FROM item WHERE patient_id = '2' AND entered_in_error IS NULL") == 1
    assert set(cart.known) == {"1", "2"}


def test_who_says_no_leaves_two_residents(cart: Cart) -> None:
    for name in ("1", "2"):
        cart.take(Movement(What.ADMITTED, told(name, sex=Sex.FEMALE if name == "1" else Sex.MALE)))
    assert cart.take(Movement(What.MERGED, told("1"), "2"), "m") is Outcome.WAITING
    (waits,) = movements.listed(cart.store.database)
    cart.movements.decline(waits.number, now(), THE_CART)
    assert movements.listed(cart.store.database) == []
    assert cart.take(Movement(What.MERGED, told("1"), "2"), "m") is Outcome.DECLINED
    assert set(cart.known) == {"1", "2"}


def test_another_identifier_takes_everything_along(cart: Cart) -> None:
    cart.take(Movement(What.ADMITTED, told("old", allergies=("Latex",))))
    cart.capture("old", 1)
    assert cart.take(Movement(What.RENAMED, told("new"), "old")) is Outcome.APPLIED
    assert cart.known["new"].allergies == ("Latex",)
    assert set(cart.known) == {"new"}
    assert cart.count("SELECT count(*) FROM item WHERE patient_id = 'new' AND entered_in_error IS NULL") == 1
    assert cart.take(Movement(What.MOVED, told("old", room="3"))) is Outcome.REFUSED


def test_who_left_is_on_no_list_to_choose_from_and_comes_back(cart: Cart) -> None:
    cart.take(Movement(What.ADMITTED, told("1")))
    cart.take(Movement(What.DIED, told("1"), day=DAY))
    assert cart.known["1"].departed == DAY
    with pytest.raises(Fault) as caught:
        cart.store.journal.open_encounter("1", now(), "TC")
    assert caught.value.reason is Reason.NO_RESIDENT
    cart.take(Movement(What.ADMITTED, told("1")))
    assert cart.known["1"].departed is None


def test_a_table_is_taken_whole_or_not_at_all(cart: Cart) -> None:
    cart.take(Movement(What.ADMITTED, told("1")))
    cart.capture("1", 1)
    other = patient("1", birth_name="MOREL", given_names="PAUL", birth_date=dt.date(1950, 1, 1))
    with pytest.raises(ListRefused) as caught:
        cart.movements.take_list([patient("3"), other], now(), THE_CART)
    assert [one.place for one in caught.value.lines] == [1]
    assert set(cart.known) == {"1"}
    assert cart.movements.take_list([patient("3"), patient("1", room="9")], now(), THE_CART) == 2
    assert cart.known["1"].room == "9"


def test_the_words_of_a_message_go_with_its_resident(cart: Cart) -> None:
    cart.take(Movement(What.ADMITTED, told("1")))
    cart.take(Movement(What.ADMITTED, told("2")))
    with cart.store.database.write():
        movements.forget_of(cart.store.database, "1")
    assert cart.count("SELECT count(*) FROM movement WHERE raw = x''") == 1
    movements.forget(cart.store.database, now(60).utc)
    assert cart.count("SELECT count(*) FROM movement WHERE raw = x''") == 2


NAMES = ["1", "2", "3"]
STEPS = st.one_of(
    st.tuples(st.just("capture"), st.sampled_from(NAMES)),
    st.tuples(
        st.sampled_from([What.ADMITTED, What.UPDATED, What.MOVED, What.LEFT, What.STAYS, What.DIED]),
        st.sampled_from(NAMES),
        st.sampled_from(["DUPONT", "DUPOND"]),
    ),
    st.tuples(st.sampled_from([What.MERGED, What.RENAMED]), st.sampled_from(NAMES), st.sampled_from(NAMES)),
)


@pytest.mark.hazard("H2", without="tests.controls_record:merges_are_silent")
@given(st.lists(STEPS, max_size=14), st.booleans())
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_nothing_is_merged_silently_and_no_reading_is_lost(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, ...]], twice: bool
) -> None:
    cart = Cart(tmp_path_factory.mktemp("cart"))
    cart.take(Movement(What.ADMITTED, told("1")))
    cart.take(Movement(What.ADMITTED, told("2")))
    cart.capture("1", 1000)
    cart.capture("2", 1001)
    assert cart.take(Movement(What.MERGED, told("1"), "2")) is Outcome.WAITING
    saved = 2
    for number, (step, *rest) in enumerate(steps):
        if step == "capture":
            one = cart.known.get(rest[0])
            if one is not None and one.departed is None:
                cart.capture(rest[0], number)
                saved += 1
            continue
        what, name, more = What(step), rest[0], rest[1]
        joins = what in {What.MERGED, What.RENAMED}
        movement = Movement(what, told(name, birth_name="DUPONT" if joins else more), more if joins else "", DAY)
        both = (
            joins and all(movements.known(cart.store.database, one).captured for one in (name, more)) and name != more
        )
        outcome = cart.take(movement, f"step {number}")
        assert not (both and outcome is Outcome.APPLIED and _joined_now(cart, more, name))
        if twice:
            before = cart.count("SELECT count(*) FROM item")
            cart.take(movement, f"step {number}")
            assert cart.count("SELECT count(*) FROM item") == before
    assert cart.live == saved
    cart.store.database.close()


def _joined_now(cart: Cart, gone: str, stays: str) -> bool:
    return movements.known(cart.store.database, gone).became == stays
