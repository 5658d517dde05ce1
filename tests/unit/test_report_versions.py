"""A report that does not tell what stands any more: voided and made anew where it was wrong, superseded where more came."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from edge.domain.answer import AnswerKind, Came
from edge.domain.audit import THE_CART
from edge.domain.delivery import State
from edge.domain.item import Report
from edge.domain.measurement import Kind
from edge.mains import outbox as correcting
from edge.settings import Fhir, Settings
from edge.store.keeping.answers import Answers
from edge.store.keeping.reporting import load
from edge.store.movement_book import House, Movements
from edge.store.sending import outbox, release
from sync.fhir import documents
from tests import items, reports
from tests.unit.test_report_store import OTHER, TO, Cart
from tests.unit.test_store import now


@pytest.fixture
def cart(tmp_path: Path) -> Cart:
    return Cart(tmp_path)


def arrives(cart: Cart, asked: str, key: str = "k", kind: AnswerKind = AnswerKind.REPORT) -> None:
    came = Came(key, f"origin {key}", (asked,), kind, reports.SPECIALIST, now().utc, f"décharge du talon {key}")
    assert Answers(cart.store.database, cart.store.blobs).take(came, "mailbox", now(), THE_CART)


def renewed(cart: Cart) -> int:
    with cart.store.database.write():
        return cart.store.journal.reports.answered(now())


def texts(cart: Cart, item_id: str) -> list[str]:
    return [one.text for one in cart.loaded(item_id).answers]


def statuses(cart: Cart, item_id: str) -> list[str]:
    item = load(cart.store.database, cart.store.blobs, item_id, "fhir")
    made = documents.report_resources(item, reports.HOUSE)
    return [str(one["status"]) for one in made if one["resourceType"] == "DocumentReference"]


def test_an_answer_that_comes_later_makes_another_report_which_names_the_one_before(cart: Cart) -> None:
    asked = cart.ask()
    cart.close()
    (first,) = cart.standing()
    cart.left(first)
    assert renewed(cart) == 0
    arrives(cart, asked)
    assert renewed(cart) == 1
    assert renewed(cart) == 0
    second = cart.standing()[-1]
    assert second != first
    assert cart.loaded(second).replaces == first
    assert texts(cart, second) == ["décharge du talon k"]
    assert set(cart.states(second).values()) == {State.KEPT}


def test_the_one_before_was_right_nothing_is_taken_back_and_the_record_says_superseded(cart: Cart) -> None:
    asked = cart.ask()
    cart.close()
    (first,) = cart.standing()
    cart.left(first)
    arrives(cart, asked)
    renewed(cart)
    second = cart.standing()[-1]
    before = cart.loaded(first)
    assert (before.void, before.superseded) == (False, True)
    assert before.answers == ()
    assert cart.states(first) == {"pacs": State.SENT, "fhir": State.KEPT, "mailbox": State.SENT}
    assert [one.item_id for one in outbox.items(cart.store) if one.kind == Kind.WITHDRAWAL] == []
    assert statuses(cart, first) == ["superseded", "superseded"]
    assert statuses(cart, second) == ["current", "current"]


def test_one_that_waits_still_is_not_sent_any_more(cart: Cart) -> None:
    asked = cart.ask()
    cart.close()
    (first,) = cart.standing()
    arrives(cart, asked)
    renewed(cart)
    second = cart.standing()[-1]
    assert set(cart.states(first).values()) == {State.WITHDRAWN}
    assert cart.loaded(second).replaces == "", "nobody has the one before"


@pytest.mark.hazard("H1", without="tests.controls_reports:nobody_looks_whose_answers")
def test_an_answer_that_was_another_ones_voids_the_report_in_which_it_stands(cart: Cart) -> None:
    """A person had said the wrong request, and says the right one."""
    asked = cart.ask()
    cart.close()
    hers = cart.encounter
    cart.encounter = cart.open(OTHER.id)
    other = cart.ask()
    cart.close()
    answers = Answers(cart.store.database, cart.store.blobs)
    arrives(cart, "nobody", "loose")
    (loose,) = answers.standing(now().utc).loose
    answers.match(loose.number, asked, now(), THE_CART)
    assert renewed(cart) == 1
    told = cart.standing(hers)[-1]
    assert texts(cart, told) == ["décharge du talon loose"]
    cart.left(told)
    answers.match(loose.number, other, now(), THE_CART)
    assert renewed(cart) == 2
    assert cart.loaded(told).void
    assert cart.states(told) == {"pacs": State.WITHDRAWN, "fhir": State.KEPT, "mailbox": State.KEPT}
    (anew,) = cart.standing(hers)
    assert (texts(cart, anew), cart.loaded(anew).replaces) == ([], told)
    assert texts(cart, cart.standing()[-1]) == ["décharge du talon loose"]
    assert renewed(cart) == 0


def _unreadable(cart: Cart, item_id: str) -> None:
    """As of a disk that failed."""
    connection = cart.store.database.connection
    for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute("UPDATE item SET payload = '[]' WHERE id = ?", (item_id,))


def test_a_report_that_cannot_be_read_keeps_no_other_round_waiting(cart: Cart) -> None:
    asked = cart.ask()
    cart.close()
    damaged = cart.standing()[0]
    cart.encounter = cart.open(OTHER.id)
    other = cart.ask()
    cart.close()
    arrives(cart, asked, "hers")
    arrives(cart, other, "others")
    _unreadable(cart, damaged)
    assert renewed(cart) == 1
    assert texts(cart, cart.standing()[-1]) == ["décharge du talon others"]


def test_a_request_that_cannot_be_read_keeps_no_other_one_waiting(cart: Cart) -> None:
    damaged = cart.ask()
    asked = cart.ask()
    arrives(cart, asked)
    _unreadable(cart, damaged)
    followed = Answers(cart.store.database, cart.store.blobs).standing(now().utc)
    assert [(one.request_id, len(one.arrived)) for one in followed.requests] == [(asked, 1)]


def test_an_answer_that_is_there_already_makes_none(cart: Cart) -> None:
    asked = cart.ask()
    arrives(cart, asked)
    cart.close()
    assert renewed(cart) == 0
    assert texts(cart, cart.standing()[0]) == ["décharge du talon k"]


def test_an_answer_that_was_only_read_or_has_no_report_makes_none(cart: Cart) -> None:
    asked = cart.ask()
    arrives(cart, asked, "early")
    assert renewed(cart) == 0, "the round is still on screen"
    cart.close()
    arrives(cart, asked, "read", AnswerKind.READ)
    assert renewed(cart) == 0


@pytest.mark.hazard("H1", without="tests.controls_reports:no_report_is_renamed")
def test_a_report_under_former_traits_is_voided_and_made_anew(cart: Cart) -> None:
    """With every version of it."""
    asked = cart.ask()
    cart.close()
    (first,) = cart.standing()
    cart.left(first)
    arrives(cart, asked)
    renewed(cart)
    second = cart.standing()[-1]
    cart.left(second)
    cart.store.journal.put_patient(dataclasses.replace(reports.PATIENT, birth_name="LÉRITIER"))
    made = release.correct_resident(
        cart.store.database, reports.PATIENT.id, now(), THE_CART, cart.store.journal.reports
    )
    (third,) = cart.standing()
    assert {(one.item_id, one.destination) for one in made} == {(third, to) for to in ("pacs", "fhir", "mailbox")}
    assert cart.loaded(third).patient.birth_name == "LÉRITIER"
    assert cart.loaded(third).replaces == second
    for wrong in (first, second):
        assert cart.loaded(wrong).void
        assert cart.states(wrong) == {"pacs": State.WITHDRAWN, "fhir": State.KEPT, "mailbox": State.KEPT}
        assert statuses(cart, wrong) == ["entered-in-error"] * 2
    notes = [one for one in outbox.items(cart.store) if one.kind == Kind.WITHDRAWAL]
    assert [name for one in notes for name, _ in one.states] == ["pacs", "pacs"]
    assert texts(cart, third) == ["décharge du talon k"]


def test_what_the_record_corrects_makes_the_report_anew(cart: Cart) -> None:
    cart.save(items.blood_pressure())
    cart.ask()
    cart.close()
    (first,) = cart.standing()
    cart.left(first)
    book = Movements(cart.store, House(reports.PATIENT.issuer, "TC", TO))
    corrected = dataclasses.replace(reports.PATIENT, given_names="MARIE-ÈVE JEANNE")
    assert book.take_list([corrected], now(), THE_CART) == 1
    (second,) = cart.standing()
    assert cart.loaded(first).void
    assert cart.loaded(second).patient.given_names == "MARIE-ÈVE JEANNE"
    assert set(cart.states(second).values()) == {State.KEPT}


def test_the_command_that_corrects_a_resident_makes_her_reports_anew(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    cart = Cart(data)
    cart.ask()
    cart.close()
    (first,) = cart.standing()
    cart.left(first)
    cart.store.database.close()
    settings = Settings(data=data, fhir=(Fhir(name="fhir", url="http://127.0.0.1:1/r4"),))
    released = correcting.correct_resident(settings, reports.PATIENT.id)
    assert [one.destination for one in released] == ["fhir"]
    assert released[0].item_id != first


def test_a_report_that_was_not_built_yet_gets_the_traits_of_today(cart: Cart) -> None:
    cart.ask()
    cart.close()
    (name,) = cart.standing()
    cart.store.journal.put_patient(dataclasses.replace(reports.PATIENT, birth_name="LÉRITIER"))
    with cart.store.database.write():
        assert cart.store.journal.reports.renamed(reports.PATIENT.id, now()) == []
    assert cart.standing() == [name]
    assert cart.loaded(name).patient.birth_name == "LÉRITIER"


def test_a_call_without_a_request_is_reported_anew_too(cart: Cart) -> None:
    cart.call("consent", "lobby", "admitted", "connected", "ended")
    cart.close()
    (first,) = cart.standing()
    cart.left(first)
    with cart.store.database.write():
        (second,) = cart.store.journal.reports.renamed(reports.PATIENT.id, now())
    assert cart.standing() == [second]
    assert cart.loaded(second).replaces == first


def test_what_was_undone_after_all_voids_every_version(cart: Cart) -> None:
    value = cart.save(items.blood_pressure())
    asked = cart.ask()
    cart.close()
    cart.left(cart.standing()[0])
    arrives(cart, asked)
    renewed(cart)
    first, second = cart.standing()
    cart.left(second)
    cart.store.journal.mark_entered_in_error(value, cart.encounter.id, now())
    (third,) = cart.standing()
    assert {cart.loaded(one).void for one in (first, second)} == {True}
    assert cart.loaded(third).values == ()


def test_what_names_its_answers_is_read_back(cart: Cart) -> None:
    asked = cart.ask()
    arrives(cart, asked)
    cart.close()
    payload = load(cart.store.database, cart.store.blobs, cart.standing()[0], "fhir").payload
    assert isinstance(payload, Report)
    assert payload.answers == ("k",)
