"""What comes back to a request for an opinion: whose it is, that it is there once, and who took note of it (H1, H11)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from edge.domain.answer import Answer, AnswerKind, Arrived, Came, named
from edge.domain.audit import THE_CART, Act, Actor, KnownBy, Origin, Who
from edge.domain.capture import Capture
from edge.domain.fault import Fault, Reason
from edge.domain.followed import Followed, Happened, Standing, followed, told_by, worst_first
from edge.domain.identifier import uuid7
from edge.domain.measurement import Instant, Kind
from edge.domain.operator import Operator
from edge.domain.opinion import (
    ASKED_HERE,
    EXPECTED,
    Opinion,
    OpinionEvent,
    OpinionState,
    Question,
    Specialty,
    Urgency,
)
from edge.domain.patient import Encounter
from edge.domain.whose import NOBODY
from edge.store.damage.mending import mend
from edge.store.file.marks import reached
from edge.store.keeping import answer_ends as keeping, audit
from edge.store.keeping.answers import Answers
from edge.store.leaving.backup import naming_columns
from edge.store.ledger import open_for_sync
from tests.unit.test_assigning import OTHER, Cart
from tests.unit.test_store import JEANNE, now

NURSE: Final = Actor(Who(KnownBy.PROFESSIONAL, "10003456789", "C. LEROY"), Origin("edge", "ui"))
DOCTOR: Final = Operator("Dr NGUYEN", "10009876543")
PDF: Final = b"%PDF-1.4\n%invented\n"
ASKED: Final = dt.datetime(2026, 11, 22, 8, tzinfo=dt.UTC)
HOUR: Final = dt.timedelta(hours=1)


def came(*names: str, key: str = "mail:1", kind: AnswerKind = AnswerKind.REPORT, pdf: bytes | None = PDF) -> Came:
    return Came(
        key, key.partition("#")[0], names, kind, DOCTOR, ASKED, "Pansement hydrocolloïde, trois fois par semaine.", pdf
    )


class Asked(Cart):
    """A cart with a request for each of two residents."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.answers = Answers(self.store.database, self.store.blobs)
        self.rounds = {one.id: self.round(one.id) for one in (JEANNE, OTHER)}
        self.hers, self.others = (self.ask(self.rounds[one.id]) for one in (JEANNE, OTHER))

    def ask(self, encounter: Encounter, urgency: Urgency = Urgency.ROUTINE) -> str:
        request = Opinion(Specialty.WOUNDS, Question.CONDUCT, urgency, consent=True)
        one = Capture(Kind.OPINION, request, ASKED_HERE, now(), f"opinion {uuid7()}")
        return self.store.journal.save(one, encounter).item_id

    def take(self, one: Came) -> bool:
        return self.answers.take(one, "mail", now(), THE_CART)

    def standing(self, at: dt.datetime | None = None) -> Standing:
        return self.answers.standing(at or now().utc)

    def of(self, request_id: str) -> Followed:
        return next(one for one in self.standing().requests if one.request_id == request_id)

    def acts(self) -> list[str]:
        return [one.act for one in audit.entries(self.store.database)]


@pytest.fixture
def cart(tmp_path: Path) -> Iterator[Asked]:
    one = Asked(tmp_path)
    yield one
    one.store.database.close()


# --- pure


def test_a_name_in_an_answer_is_an_identifier_and_nothing_else() -> None:
    one = "0198c0de-0000-7000-8000-0123456789ab"
    assert named([f"Re: avis [urn:uuid:{one.upper()}]", f"<{one}@borne.example>"]) == (one,)
    assert named(["DUPONT Jeanne 12/03/1938", ""]) == ()


@pytest.mark.parametrize("urgency", Urgency)
def test_a_request_that_nobody_answers_in_time_is_to_be_chased_again_and_again(urgency: Urgency) -> None:
    within = EXPECTED[urgency]
    late = ASKED + within + HOUR
    assert followed(ASKED, within, (), ASKED + within).state is OpinionState.ASKED
    assert followed(ASKED, within, (), late).state is OpinionState.TO_CHASE
    read = Happened(OpinionEvent.WAS_READ, ASKED + HOUR)
    assert followed(ASKED, within, [read], ASKED + HOUR).state is OpinionState.READ
    assert followed(ASKED, within, [read], late).state is OpinionState.TO_CHASE, "read is not answered"
    chased = Happened(OpinionEvent.CHASED, late)
    again = followed(ASKED, within, [read, chased], late)
    assert (again.state, again.chased, again.due) == (OpinionState.ASKED, 1, late + within)
    assert followed(ASKED, within, [read, chased], late + within + HOUR).state is OpinionState.TO_CHASE
    answered = Happened(OpinionEvent.WAS_ANSWERED, late)
    assert followed(ASKED, within, [answered], late + within * 9).state is OpinionState.ANSWERED


def test_chasing_too_early_changes_nothing_and_an_answer_outlives_an_undoing() -> None:
    within = EXPECTED[Urgency.ROUTINE]
    early = Happened(OpinionEvent.CHASED, ASKED + HOUR)
    assert followed(ASKED, within, [early], ASKED + HOUR).chased == 0
    undo = Happened(OpinionEvent.UNDO, ASKED + 2 * HOUR)
    answered = Happened(OpinionEvent.WAS_ANSWERED, ASKED + HOUR)
    assert followed(ASKED, within, [undo, answered], ASKED + 3 * HOUR).state is OpinionState.ANSWERED
    later = dataclasses.replace(answered, at=ASKED + 3 * HOUR)
    assert followed(ASKED, within, [undo, later], ASKED + 4 * HOUR).state is OpinionState.UNDONE


def test_what_its_author_took_back_answers_nothing() -> None:
    answer = Answer("k", "r", AnswerKind.REPORT, DOCTOR, ASKED, "")
    old = Arrived(1, answer, ASKED, superseded=True)
    retracted = Arrived(2, dataclasses.replace(answer, kind=AnswerKind.RETRACTED), ASKED)
    assert told_by([old, retracted]) == []
    assert not old.waits
    assert retracted.waits


def test_the_worst_comes_first() -> None:
    opinion = Opinion(Specialty.WOUNDS, Question.CONDUCT, Urgency.ROUTINE, consent=True)
    urgent = dataclasses.replace(opinion, urgency=Urgency.EMERGENCY)
    late = dt.timedelta(days=8)
    chase = Followed("1", "p", "e", opinion, ASKED, followed(ASKED, opinion.expected, (), ASKED + late))
    worst = Followed("2", "p", "e", urgent, ASKED, followed(ASKED, urgent.expected, (), ASKED + late))
    waits = Followed("3", "p", "e", opinion, ASKED, followed(ASKED, opinion.expected, (), ASKED))
    arrived = Arrived(1, Answer("k", "4", AnswerKind.COME, DOCTOR, ASKED, ""), ASKED)
    unread = dataclasses.replace(waits, request_id="4", arrived=(arrived,))
    assert [one.request_id for one in worst_first([waits, unread, chase, worst])] == ["2", "1", "4", "3"]


# --- kept


def test_an_answer_is_of_the_request_that_it_names_and_there_once(cart: Asked) -> None:
    assert cart.take(came(f"Re: urn:uuid:{cart.hers}"))
    assert not cart.take(came(f"Re: urn:uuid:{cart.hers}"))
    (arrived,) = cart.of(cart.hers).arrived
    assert arrived.answer.author == DOCTOR
    assert arrived.waits
    assert cart.answers.pdf(arrived.number) == PDF
    assert cart.of(cart.hers).stands.state is OpinionState.ANSWERED
    assert cart.of(cart.others).arrived == ()
    assert cart.acts().count(Act.ANSWERED.value) == 1
    assert cart.standing().to_read == 1


def test_a_request_that_was_only_read_says_so_and_waits_for_nobody(cart: Asked) -> None:
    cart.take(came(cart.hers, kind=AnswerKind.READ, pdf=None))
    assert cart.of(cart.hers).stands.state is OpinionState.READ
    assert not cart.of(cart.hers).waits


@pytest.mark.hazard("H1", without="tests.controls_answers:an_answer_of_two_is_the_firsts")
def test_an_answer_that_names_none_or_two_waits_for_a_person(cart: Asked) -> None:
    cart.take(came("DUPONT Jeanne, née le 12/03/1938", key="mail:2"))
    cart.take(came(cart.hers, cart.others, key="mail:3"))
    assert not any(one.arrived for one in cart.standing().requests)
    assert len(cart.standing().loose) == 2
    number = cart.standing().loose[0].number
    with pytest.raises(Fault):
        cart.answers.acknowledge(number, cart.rounds[JEANNE.id].id, now(), NURSE)
    cart.answers.match(number, cart.hers, now(), NURSE)
    assert [one.number for one in cart.of(cart.hers).arrived] == [number]
    assert len(cart.standing().loose) == 1
    assert cart.acts()[-1] == Act.MATCHED.value


def test_nothing_but_a_request_is_answered(cart: Asked) -> None:
    reading = cart.pressure(cart.rounds[JEANNE.id])
    cart.take(came(reading))
    assert len(cart.standing().loose) == 1
    with pytest.raises(Fault) as refused:
        cart.answers.match(cart.standing().loose[0].number, reading, now(), NURSE)
    assert refused.value.reason is Reason.NOT_ALLOWED


@pytest.mark.hazard("H1", without="tests.controls_answers:whoever_read_it_read_it")
def test_an_answer_lands_where_its_request_stands_now_and_is_read_for_her_anew(cart: Asked) -> None:
    cart.take(came(cart.hers))
    (arrived,) = cart.of(cart.hers).arrived
    cart.answers.acknowledge(arrived.number, cart.rounds[JEANNE.id].id, now(), NURSE)
    (read,) = cart.of(cart.hers).arrived
    assert read.answer.acknowledged_by == Operator("C. LEROY", "10003456789")
    assert not read.waits
    cart.does.move(cart.hers, OTHER.id, now(), "TC", NURSE)
    stands = [one for one in cart.standing().requests if one.arrived]
    assert [one.patient_id for one in stands] == [OTHER.id]
    assert stands[0].waits, "nobody read it as hers"
    # one that still names the request as it was asked
    cart.take(came(cart.hers, key="mail:9"))
    (stands_now,) = (one for one in cart.standing().requests if one.arrived)
    assert len(stands_now.arrived) == 2
    assert cart.hers in cart.answers.waiting(now().utc)
    with pytest.raises(Fault):
        cart.answers.acknowledge(arrived.number, cart.rounds[JEANNE.id].id, now(), NURSE)
    cart.answers.acknowledge(arrived.number, cart.rounds[OTHER.id].id, now(), NURSE)
    assert cart.acts().count(Act.ACKNOWLEDGED.value) == 2


def test_of_a_request_that_turned_out_to_be_nobodys_the_answer_is_nobodys(cart: Asked) -> None:
    cart.take(came(cart.hers))
    cart.does.move(cart.hers, NOBODY, now(), "TC", NURSE)
    (stands,) = (one for one in cart.standing().requests if one.arrived)
    assert stands.patient_id == ""
    assert stands.waits


def test_an_answer_to_an_undone_request_is_shown_all_the_same(cart: Asked) -> None:
    cart.store.journal.mark_entered_in_error(cart.hers, cart.rounds[JEANNE.id].id, now())
    cart.take(came(cart.hers))
    one = cart.of(cart.hers)
    assert one.undone
    assert one.stands.state is OpinionState.UNDONE
    assert one.waits
    cart.take(came(cart.others, key="mail:2"))
    cart.store.journal.mark_entered_in_error(cart.others, cart.rounds[OTHER.id].id, now())
    one = cart.of(cart.others)
    assert one.undone
    assert one.stands.state is OpinionState.ANSWERED
    assert one.waits


def test_a_later_version_takes_the_place_of_the_one_before(cart: Asked) -> None:
    cart.take(came(cart.hers, key="fhir:DiagnosticReport/1#a"))
    cart.take(came(cart.hers, key="fhir:DiagnosticReport/1#b"))
    assert [one.superseded for one in cart.of(cart.hers).arrived] == [False, True]
    cart.take(came(cart.hers, key="fhir:DiagnosticReport/1#c", kind=AnswerKind.RETRACTED, pdf=None))
    assert cart.of(cart.hers).stands.state is OpinionState.ASKED
    assert cart.of(cart.hers).waits


def test_what_nobody_answered_in_time_is_noted_once_and_chased(cart: Asked) -> None:
    urgent = cart.ask(cart.rounds[JEANNE.id], Urgency.EMERGENCY)
    later = dataclasses.replace(now(), utc=now().utc + 3 * HOUR)
    with pytest.raises(Fault):
        cart.answers.chase(urgent, cart.rounds[JEANNE.id].id, now(), NURSE)
    assert cart.answers.escalate(now(), THE_CART) == 0
    assert cart.answers.escalate(later, THE_CART) == 1
    assert cart.answers.escalate(later, THE_CART) == 0
    assert cart.standing(later.utc).requests[0].request_id == urgent
    with pytest.raises(Fault):
        cart.answers.chase(urgent, cart.rounds[OTHER.id].id, later, NURSE)
    assert cart.standing(later.utc).to_chase == 1
    cart.answers.chase(urgent, cart.rounds[JEANNE.id].id, later, NURSE)
    assert cart.standing(later.utc).to_chase == 0
    again: Instant = dataclasses.replace(later, utc=later.utc + 3 * HOUR)
    assert cart.answers.escalate(again, THE_CART) == 1, "each delay by itself"
    assert [one for one in cart.acts() if one in {Act.OVERDUE.value, Act.CHASED.value}] == [
        "overdue",
        "chased",
        "overdue",
    ]


def test_sync_takes_in_while_edge_has_the_store(cart: Asked) -> None:
    opened = open_for_sync(cart.places)
    try:
        theirs = Answers(opened.database, opened.blobs)
        assert theirs.take(came(cart.hers), "mail", now(), THE_CART)
        theirs.reached("mail", "2026-11-22T08:00:00Z")
        assert theirs.cursor("mail") == "2026-11-22T08:00:00Z"
        assert theirs.cursor("other") == ""
    finally:
        opened.database.close()
    assert cart.of(cart.hers).waits


def test_what_is_kept_of_answers_is_known_to_the_rest_of_the_store(cart: Asked) -> None:
    cart.take(came(cart.hers))
    connection = cart.store.database.connection
    assert {"answer", "opinion_event"} <= reached(connection).keys()
    assert ("answer", "blob_sha256") in {(table, column) for table, column, _ in naming_columns(connection)}
    sequence = connection.execute("SELECT request FROM answer").fetchone()[0]
    with cart.store.database.write():
        names = keeping.forget(cart.store.database, sequence)
    assert len(names) == 1
    (row,) = connection.execute("SELECT text, author, blob_sha256 FROM answer").fetchall()
    assert row == ("", "", None)
    for change in ("DELETE FROM answer", "UPDATE answer SET key = 'x'", "UPDATE answer SET request = NULL"):
        with pytest.raises(Fault, match="contradicts"), cart.store.database.write():
            connection.execute(change)


def test_an_answer_whose_request_is_lost_is_still_there(cart: Asked) -> None:
    cart.take(came(cart.hers))
    connection = cart.store.database.connection
    connection.execute("PRAGMA foreign_keys = OFF")
    triggers = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for (name,) in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute("DELETE FROM outbox")
    connection.execute("DELETE FROM item WHERE id = ?", (cart.hers,))
    assert "1 answers whose request is lost: a person says what they answer" in mend(connection)
    assert len(cart.standing().loose) == 1


def _gone(cart: Asked, patient_id: str, at: Instant) -> None:
    """Her requests went after their retention."""
    run = cart.store.database.connection.execute
    with cart.store.database.write():
        for (sequence,) in run("SELECT sequence FROM item WHERE patient_id = ?", (patient_id,)).fetchall():
            keeping.forget(cart.store.database, sequence)
            run("UPDATE item SET payload = '{}', purged = ? WHERE sequence = ?", (at.utc.isoformat(), sequence))


def _said(cart: Asked) -> list[tuple[str, str | None]]:
    return cart.store.database.connection.execute("SELECT text, blob_sha256 FROM answer ORDER BY sequence").fetchall()


def test_an_answer_that_comes_after_its_request_went_is_shown_and_goes_with_the_resident(cart: Asked) -> None:
    _gone(cart, JEANNE.id, now())
    cart.take(came(cart.hers))
    (loose,) = cart.standing().loose
    with pytest.raises(Fault, match="existe pas"):
        cart.answers.match(loose.number, cart.hers, now(), NURSE)
    with cart.store.database.write():
        cart.store.purge._forget(JEANNE.id, now())
    assert _said(cart) == [("", None)]
    assert cart.standing().loose == ()
    # and whatever comes later still goes in its time
    cart.take(came(cart.hers, key="mail:2", pdf=PDF + b"2"))
    late = dataclasses.replace(now(), utc=now().utc + dt.timedelta(days=366))
    assert len(cart.standing().loose) == 1
    cart.store.purge.run(late)
    assert _said(cart) == [("", None), ("", None)]
    assert not any(cart.store.blobs.has(name) for name in (hashlib.sha256(PDF + b"2").hexdigest(),))


def test_an_answer_is_kept_as_long_as_anything_else_from_when_it_came(cart: Asked) -> None:
    run = cart.store.database.connection.execute
    received = now().utc - dt.timedelta(days=400)
    with cart.store.database.write():
        run("DELETE FROM outbox")
        for (sequence,) in run("SELECT sequence FROM item").fetchall():
            at = received.isoformat()
            run(
                "INSERT INTO outbox (item, destination, state, changed_utc, trusted_utc) VALUES (?, 'pacs', 'received', ?, ?)",
                (sequence, at, at),
            )
    cart.take(came(cart.hers))
    due = {
        run("SELECT id FROM item WHERE sequence = ?", (sequence,)).fetchone()[0]
        for sequence, _ in cart.store.purge.due(now())
    }
    assert due == {cart.others}


def test_a_salvage_brings_back_nothing_that_went(cart: Asked) -> None:
    cart.take(came(cart.hers))
    connection = cart.store.database.connection
    connection.execute("PRAGMA foreign_keys = OFF")
    for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute("UPDATE item SET payload = '{}', purged = ? WHERE id = ?", (now().utc.isoformat(), cart.hers))
    # a page of hers as it was before
    connection.execute("UPDATE patient SET erased = ? WHERE id = ?", (now().utc.isoformat(), JEANNE.id))
    connection.execute(
        "INSERT INTO consent (id, said, patient_id, basis, act_id, other, blob_sha256, at_utc, name, rpps)"
        " VALUES ('k', 'collected', ?, 'consulted', '', 'Paul MARTIN', 'aa', '', '', '')",
        (JEANNE.id,),
    )
    connection.execute(
        "INSERT INTO document (patient_id, role, blob_sha256, bytes, added_utc) VALUES (?, 'dlu', 'bb', 1, '')",
        (JEANNE.id,),
    )
    connection.execute(
        "INSERT INTO movement (source, sender, control_id, digest, what, patient_id, other_id, raw, came_utc, boot_id,"
        " monotonic_ns, outcome, reason) VALUES ('mllp', '', '', '', '', ?, '', x'01', '', '', 0, 'applied', '')",
        (JEANNE.id,),
    )
    mend(connection)
    assert _said(cart) == [("", None)]
    assert connection.execute("SELECT other, blob_sha256 FROM consent").fetchall() == [("", None)]
    assert connection.execute("SELECT count(*) FROM document").fetchone() == (0,)
    assert connection.execute("SELECT raw FROM movement").fetchall() == [(b"",)]


def test_an_answer_stays_while_what_stands_for_its_request_is_here(cart: Asked) -> None:
    cart.take(came(cart.hers))
    cart.does.move(cart.hers, OTHER.id, now(), "TC", NURSE)
    connection = cart.store.database.connection
    (was, item) = connection.execute("SELECT was, item FROM moved WHERE was IS NOT NULL").fetchone()
    with cart.store.database.write():
        assert keeping.forget(cart.store.database, was) == []
    assert connection.execute("SELECT text <> '' FROM answer").fetchone() == (1,)
    with cart.store.database.write():
        assert len(keeping.forget(cart.store.database, item)) == 1
    assert connection.execute("SELECT text FROM answer").fetchone() == ("",)
