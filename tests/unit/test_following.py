"""What hangs on a resident when the record says that she is another one, and when that is taken back (H2, H14, H19)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.domain.audit import THE_CART
from edge.domain.consent import Basis, Consent, Scope, basis_for
from edge.domain.dossier import DocumentRole
from edge.domain.joining import Facts, joined
from edge.domain.movement import Movement, Outcome, What
from edge.domain.patient import Doctor, Patient, Protection
from edge.store.keeping.consents import Consents
from edge.store.keeping.documents import Documents
from edge.store.keeping.faces import Faces
from tests.unit.test_movements import Cart, now, told

JPEG = b"\xff\xd8 her picture \xff\xd9"
PDF = b"%PDF-1.7 her treatment"
MOREL = Doctor("MOREL Paul", "10001234567")
NOTHING = Facts(None, None, "", None, None)


class House(Cart):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.consents = Consents(self.store.database, self.store.blobs)
        self.documents = Documents(self.store.database, self.store.blobs)
        self.faces = Faces(self.store.database, self.store.blobs)

    def says(self, patient_id: str, basis: Basis, name: str) -> None:
        said = Consent(name, patient_id, basis, Scope.STANDING, dt.datetime(2026, 11, 1, tzinfo=dt.UTC), None)
        self.consents.collect(said, "", now(), THE_CART)

    def takes_back(self, name: str) -> None:
        self.consents.withdraw(name, "", "", now(), THE_CART)

    def allows(self, patient_id: str) -> bool:
        return basis_for(self.consents.of(patient_id), "the next call") is not None

    def merge(self, other: str = "2") -> None:
        """The other turns out to be 1."""
        assert self.take(Movement(What.MERGED, told("1"), other)) is Outcome.APPLIED

    def part(self, other: str = "2") -> None:
        self.store.assigning.take_back(other, now(), THE_CART)

    def traced(self, act: str, patient_id: str) -> int:
        return self.count(f"SELECT count(*) FROM audit WHERE act = '{act}' AND patient_id = '{patient_id}'")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    for name in ("1", "2"):
        made.take(Movement(What.ADMITTED, told(name)))
    yield made
    made.store.database.close()


@pytest.mark.hazard("H19", without="tests.controls_following:nothing_goes_along")
@pytest.mark.parametrize("agreed_first", [True, False])
def test_a_refusal_counts_for_whoever_she_turns_out_to_be(house: House, agreed_first: bool) -> None:
    words = [("1", Basis.PERSON, "yes"), ("2", Basis.REFUSAL, "no")]
    for word in words if agreed_first else reversed(words):
        house.says(*word)
    house.merge()
    assert not house.allows("1")
    assert house.traced("agreed", "1") == 2
    # taken back at the bedside it ends nothing else
    (copy,) = [one for one in house.consents.of("1") if one.basis is Basis.REFUSAL]
    house.takes_back(copy.id)
    house.says("1", Basis.PERSON, "asked again")
    assert house.allows("1")


def test_her_own_refusal_is_not_talked_over_by_what_her_other_identifier_agreed_to(house: House) -> None:
    house.says("1", Basis.REFUSAL, "no")
    house.says("2", Basis.PERSON, "yes")
    house.merge()
    assert not house.allows("1")
    assert len(house.consents.of("1")) == 1


@pytest.mark.hazard("H19", without="tests.controls_following:nothing_goes_along")
def test_who_took_back_what_she_agreed_to_is_asked_again(house: House) -> None:
    house.says("1", Basis.PERSON, "yes")
    house.says("2", Basis.PERSON, "once")
    house.takes_back("once")
    house.merge()
    assert not house.allows("1")
    assert house.traced("agreement_withdrawn", "1") == 1


@pytest.mark.hazard("H2", without="tests.controls_following:nothing_goes_back")
def test_an_agreement_goes_along_where_she_said_nothing_and_goes_again(house: House) -> None:
    house.says("2", Basis.PERSON, "yes")
    house.merge()
    assert house.allows("1")
    house.part()
    assert not house.allows("1")
    assert house.allows("2")
    house.merge()
    assert not house.allows("1")  # what was taken back is asked for again


def test_a_refusal_said_while_they_were_one_is_believed_of_both(house: House) -> None:
    house.says("2", Basis.PERSON, "yes")
    house.merge()
    house.says("1", Basis.REFUSAL, "no")
    house.part()
    assert not house.allows("1")
    assert not house.allows("2")


def test_a_refusal_from_before_stays_with_who_said_it(house: House) -> None:
    house.says("1", Basis.REFUSAL, "no")
    house.says("2", Basis.PERSON, "yes")
    house.merge()
    house.part()
    assert not house.allows("1")
    assert house.allows("2")


def test_the_refusal_of_the_other_goes_again(house: House) -> None:
    house.says("2", Basis.REFUSAL, "no")
    house.merge()
    house.part()
    assert not any(one.stands for one in house.consents.of("1"))
    assert not house.allows("2")
    house.merge()
    assert [one.basis for one in house.consents.of("1") if one.stands] == [Basis.REFUSAL]


@pytest.mark.hazard("H19", without="tests.controls_following:what_was_taken_back_meanwhile_is_forgotten")
@pytest.mark.parametrize("both_had_agreed", [False, True])
@pytest.mark.parametrize("then", ["", "agreed", "refused"])
def test_what_she_took_back_while_they_were_one_is_believed_of_both(
    house: House, both_had_agreed: bool, then: str
) -> None:
    house.says("2", Basis.PERSON, "yes")
    if both_had_agreed:
        house.says("1", Basis.PERSON, "mine")
    house.merge()
    (one,) = house.consents.of("1")
    house.takes_back(one.id)
    if then == "agreed":  # perhaps the other one did
        house.says("1", Basis.PERSON, "again")
    elif then == "refused":
        house.says("1", Basis.REFUSAL, "no")
        house.takes_back("no")
    house.part()
    assert not house.allows("2")
    assert house.allows("1") == (then == "agreed")
    assert house.traced("agreement_withdrawn", "2") == 1


def test_a_refusal_that_was_taken_back_while_they_were_one_leaves_nothing_agreed(house: House) -> None:
    house.says("2", Basis.PERSON, "yes")
    house.merge()
    house.says("1", Basis.REFUSAL, "no")
    house.takes_back("no")
    house.part()
    assert not house.allows("1")
    assert not house.allows("2")


def test_what_went_with_another_merge_is_no_word_of_hers(house: House) -> None:
    house.take(Movement(What.ADMITTED, told("3")))
    house.says("2", Basis.PERSON, "yes")
    house.says("3", Basis.PERSON, "hers too")
    house.merge("3")
    house.merge()
    house.part("3")
    house.part()
    assert not house.allows("1")
    assert house.allows("2")
    assert house.allows("3")


def test_what_she_took_back_before_is_of_that_time(house: House) -> None:
    house.says("2", Basis.PERSON, "yes")
    house.says("1", Basis.PERSON, "once")
    house.takes_back("once")
    house.merge()
    house.part()
    assert not house.allows("1")
    assert house.allows("2")


def facts_of(one: Patient) -> Facts:
    return Facts.of(one)


@pytest.mark.hazard("H14", without="tests.controls_following:nothing_goes_along")
def test_allergies_and_who_represents_her_go_along_and_go_again(house: House) -> None:
    known = {"allergies": ("Pénicilline",), "protection": Protection.GUARDIANSHIP, "representative": "UDAF"}
    house.take(Movement(What.UPDATED, told("1", allergies=("Latex",))))
    house.take(Movement(What.UPDATED, told("2", **known, treating_doctor=MOREL, long_term_illness=True)))
    house.merge()
    assert facts_of(house.known["1"]) == Facts(("Latex", "Pénicilline"), Protection.GUARDIANSHIP, "UDAF", MOREL, True)
    # what the record says since is hers
    house.take(Movement(What.UPDATED, told("1", long_term_illness=False)))
    house.part()
    assert facts_of(house.known["1"]) == dataclasses.replace(NOTHING, allergies=("Latex",), long_term_illness=False)
    assert facts_of(house.known["2"]).allergies == ("Pénicilline",)


@pytest.mark.parametrize("first", ["2", "3"])
@pytest.mark.parametrize("second", ["2", "3"])
def test_what_is_true_by_another_who_she_still_is_stays(house: House, first: str, second: str) -> None:
    """H14, H19: whichever of them came, and goes, before the other."""
    other = {"2": "3", "3": "2"}
    house.take(Movement(What.ADMITTED, told("3")))
    house.take(Movement(What.UPDATED, told("1", allergies=("Latex",))))
    for name, allergy in (("2", "Iode"), ("3", "Pénicilline")):
        known = {"protection": Protection.GUARDIANSHIP, "representative": "UDAF", "treating_doctor": MOREL}
        house.take(Movement(What.UPDATED, told(name, allergies=("Arachide", allergy), **known)))
    before, still = facts_of(house.known["1"]), facts_of(house.known[other[second]])
    house.merge(first)
    house.merge(other[first])
    house.part(second)
    assert facts_of(house.known["1"]) == dataclasses.replace(still, allergies=("Latex", *(still.allergies or ())))
    house.part(other[second])
    assert facts_of(house.known["1"]) == before
    assert house.count("SELECT count(*) FROM brought WHERE was <> ''") == 0


def test_what_the_record_said_since_is_no_merge_s_to_take_back(house: House) -> None:
    house.take(Movement(What.ADMITTED, told("3")))
    house.take(Movement(What.UPDATED, told("2", allergies=("Iode",), protection=Protection.GUARDIANSHIP)))
    house.take(Movement(What.UPDATED, told("3", allergies=("Latex",), long_term_illness=True)))
    house.merge()
    house.merge("3")
    house.take(Movement(What.UPDATED, told("1", allergies=("Arachide",), long_term_illness=False)))
    house.part()
    hers = dataclasses.replace(NOTHING, allergies=("Arachide",), long_term_illness=False)
    assert facts_of(house.known["1"]) == hers
    house.part("3")
    assert facts_of(house.known["1"]) == hers


def test_none_known_of_one_does_not_stand_for_both() -> None:
    """H14: nobody asked her under the identifier that stays."""
    unknown, none, some = (dataclasses.replace(NOTHING, allergies=one) for one in (None, (), ("Latex",)))
    assert joined(unknown, none).allergies is None
    assert joined(none, unknown).allergies == ()
    assert joined(none, some).allergies == joined(unknown, some).allergies == joined(some, some).allergies == ("Latex",)
    assert joined(some, none).allergies == ("Latex",)


def test_of_two_protections_the_one_that_represents_counts() -> None:
    curator = dataclasses.replace(NOTHING, protection=Protection.CURATORSHIP, representative="fille")
    guardian = dataclasses.replace(NOTHING, protection=Protection.GUARDIANSHIP, representative="UDAF")
    assert joined(curator, guardian) == joined(guardian, curator) == guardian
    assert joined(NOTHING, curator) == joined(curator, NOTHING) == curator


def test_documents_and_the_picture_go_along_and_go_again(house: House) -> None:
    other = house.known["2"]
    assert house.documents.put("2", DocumentRole.TREATMENT, PDF, now(), THE_CART)
    assert house.faces.put(other, JPEG, now(), THE_CART)
    house.merge()
    assert [one.role for one in house.documents.of("1")] == [DocumentRole.TREATMENT]
    assert house.faces.get("1") == JPEG
    # the same document again is hers, and nothing new
    assert not house.documents.put("1", DocumentRole.TREATMENT, PDF, now(), THE_CART)
    house.part()
    assert house.documents.of("1") == ()
    assert house.faces.get("1") is None
    assert house.faces.get("2") == JPEG
    assert len(house.documents.of("2")) == 1


def test_a_picture_is_never_beside_another_name(house: House) -> None:
    house.take(Movement(What.UPDATED, told("2", used_name="MARTIN", birth_name="DUPOND")))
    house.faces.put(house.known["2"], JPEG, now(), THE_CART)
    assert house.take(Movement(What.MERGED, told("1"), "2")) is Outcome.WAITING
    with house.store.database.write():
        house.store.assigning.join("2", "1", now(), "TC", THE_CART)
    assert house.faces.get("1") is None


def test_another_identifier_takes_everything_along(house: House) -> None:
    house.take(Movement(What.UPDATED, told("2", allergies=("Latex",))))
    house.says("2", Basis.REFUSAL, "no")
    house.faces.put(house.known["2"], JPEG, now(), THE_CART)
    assert house.take(Movement(What.RENAMED, told("9"), "2")) is Outcome.APPLIED
    assert house.known["9"].allergies == ("Latex",)
    assert [one.basis for one in house.consents.of("9")] == [Basis.REFUSAL]
    assert house.faces.get("9") == JPEG


def test_what_was_brought_is_never_deleted(house: House) -> None:
    house.take(Movement(What.UPDATED, told("2", allergies=("Latex",))))
    house.merge()
    assert house.count("SELECT count(*) FROM brought WHERE was <> ''") == 1
    house.part()
    assert house.count("SELECT count(*) FROM brought WHERE was <> ''") == 0
    with pytest.raises(Exception, match="never deleted"):
        house.store.run("DELETE FROM brought")
