"""Whom a FHIR answer is about is compared with whose request it answers (H1), and none is ever skipped, however many there are."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.domain.answer import AnswerKind, Loose
from edge.domain.audit import THE_CART
from edge.domain.ins import Authority
from edge.domain.opinion import OpinionState
from edge.domain.patient import Ins, Patient
from edge.domain.retention import Retention
from edge.store.keeping import audit
from edge.store.leaving.purge import Purge
from firmware_stubs.fhir_answers import FhirAnswering
from sync.fhir.patient import issuer_system, patient_id
from sync.record import fhir_answers, letters
from sync.record.about import is_hers, subject_of
from sync.record.fhir_answers import FhirAnswers
from sync.record.mailbox import Account, Mailbox, came_of
from sync.tls import Tls
from tests.answer_mails import mail, metadata, xdm
from tests.suites.test_answer_sources import answering, asked, report
from tests.unit.test_answers import NURSE, Asked, came
from tests.unit.test_assigning import OTHER
from tests.unit.test_store import JEANNE, now

INS = Ins("255081416802538", Authority.NIR)
KNOWN = dataclasses.replace(JEANNE, ins=INS)


@pytest.fixture
def cart(tmp_path: Path) -> Iterator[Asked]:
    one = Asked(tmp_path)
    yield one
    one.store.database.close()


def of(patient: Patient) -> dict[str, Any]:
    return {"reference": f"Patient/{patient_id(patient)}", "display": "nobody by name"}


def ins(matricule: str, authority: Authority = Authority.NIR) -> dict[str, Any]:
    return {"identifier": {"system": f"urn:oid:{authority.value}", "value": matricule}}


# --- whom it is about


@pytest.mark.parametrize(
    ("subject", "hers"),
    [
        ({}, True),
        (of(JEANNE), True),
        ({"reference": f"https://record.example/fhir/Patient/{patient_id(JEANNE)}/_history/3"}, True),
        ({"reference": f"urn:uuid:{patient_id(JEANNE)}"}, True),
        ({"identifier": {"system": issuer_system("EHPAD"), "value": "IPP1"}}, True),
        (ins("2 55 08 14 168 025 38"), True),
        ({**ins("255081416802538"), **of(JEANNE)}, True),
        ({**of(JEANNE), **ins("000000000000097", Authority.NIA)}, True),
        (of(OTHER), False),
        ({**of(JEANNE), **ins("101017510000000")}, False),
        ({**of(OTHER), **ins("255081416802538")}, False),
        ({"identifier": {"system": issuer_system("EHPAD"), "value": "IPP2"}}, False),
        ({"display": "DUPONT Jeanne"}, False),
        ({"reference": "Group/1"}, False),
        ({"identifier": {"system": "https://elsewhere.example", "value": "IPP1"}}, False),
        ({"identifier": {"use": "old", "system": issuer_system("EHPAD"), "value": "IPP1"}}, False),
        ({"reference": "#nobody"}, False),
    ],
)
@pytest.mark.parametrize("key", ["subject", "for"])
def test_it_is_hers_where_something_says_so_and_nothing_says_otherwise(
    key: str, subject: dict[str, Any], hers: bool
) -> None:
    assert is_hers(subject_of({"resourceType": "Task", key: subject}), KNOWN) is hers


def test_a_contained_patient_is_read_and_of_an_unknown_ins_nothing_is_concluded() -> None:
    identifiers = [{"system": "urn:oid:1.2.250.1.213.1.4.8", "value": "255081416802538"}]
    within = {"contained": [{"resourceType": "Patient", "id": "p", "identifier": identifiers}]}
    about = subject_of({**within, "subject": {"reference": "#p"}})
    assert is_hers(about, KNOWN)
    assert not is_hers(about, JEANNE), "her INS is not known: nothing says that it is she"
    assert is_hers((*about, ("", patient_id(JEANNE))), JEANNE)


@pytest.mark.hazard("H1", without="tests.controls_answers_whose:nobody_looks_whom_it_is_about")
def test_an_answer_about_another_resident_is_on_nobodys_page(cart: Asked) -> None:
    new, _ = asked(cart, report("1", cart.hers, subject=of(OTHER)), report("2", cart.others, subject=of(OTHER)))
    assert new == [2], "what is another's is kept"
    assert cart.of(cart.hers).arrived == ()
    assert cart.of(cart.hers).stands.state is OpinionState.ASKED, "and nobody takes the request for answered"
    (loose,) = cart.standing().loose
    assert loose.why is Loose.SUBJECT
    assert len(cart.of(cart.others).arrived) == 1
    said = [one.detail for one in audit.entries(cart.store.database) if one.act == "answered"]
    assert said == ["report, whose it is nobody knows: subject", "report"]


@pytest.mark.hazard("H1", without="tests.controls_answers_whose:nobody_looks_whom_it_is_about")
def test_one_that_is_corrected_to_be_another_residents_counts_no_more_for_her(cart: Asked) -> None:
    async def play() -> list[int]:
        async with FhirAnswering() as server:
            source = FhirAnswers("fhir", server.url, lambda: now().utc, 60.0)
            async with answering(cart, source) as one:
                found = []
                for whose in (JEANNE, OTHER):
                    server.put(report("1", cart.hers, subject=of(whose)))
                    found.append(await one.once(source))
                return found

    assert asyncio.run(play()) == [1, 1]
    (first,) = cart.of(cart.hers).arrived
    assert first.superseded
    assert cart.of(cart.hers).stands.state is OpinionState.ASKED
    assert [one.why for one in cart.standing().loose] == [Loose.SUBJECT]


def test_what_was_asked_under_the_wrong_resident_is_answered_under_that_one(cart: Asked) -> None:
    """The far end knows the request as it was asked; a person said since whose it is."""
    request = cart.hers
    cart.move(request, OTHER.id)
    asked(cart, report("1", request, subject=of(JEANNE)), report("2", request, subject=of(OTHER)))
    assert cart.standing().loose == ()
    moved = [one for one in cart.standing().requests if one.patient_id == OTHER.id and one.arrived]
    assert [len(one.arrived) for one in moved] == [2]


def test_a_version_that_is_nobodys_takes_no_place_of_one_that_a_person_matched(cart: Asked) -> None:
    def comes(version: int, *names: str, kind: AnswerKind = AnswerKind.REPORT) -> None:
        one = dataclasses.replace(came(*names, kind=kind), key=f"r#{version}", origin="r", about=(("", ""),))
        assert cart.answers.take(one, "fhir", now(), THE_CART, lambda *_: False)

    comes(1, cart.hers)
    (first,) = cart.standing().loose
    cart.answers.match(first.number, cart.hers, now(), NURSE)
    cart.answers.acknowledge(first.number, cart.rounds[JEANNE.id].id, now(), NURSE)
    comes(2, cart.hers)
    (still,) = cart.of(cart.hers).arrived
    assert not still.superseded
    assert still.answer.acknowledged_by is not None
    assert cart.of(cart.hers).stands.state is OpinionState.ANSWERED
    (second,) = cart.standing().loose
    assert second.number != first.number, "a person looks at the new one"
    cart.answers.match(second.number, cart.hers, now(), NURSE)
    assert [one.superseded for one in cart.of(cart.hers).arrived] == [False, True]
    comes(3, cart.hers, kind=AnswerKind.RETRACTED)
    assert [one.superseded for one in cart.of(cart.hers).arrived] == [True, True]
    assert cart.of(cart.hers).stands.state is OpinionState.ASKED, "its author took it back"


# --- a mail


def of_ins(told: bytes, matricule: str, authority: Authority = Authority.NIR) -> bytes:
    """With the patientId that metadata of a document have (ITI TF-3 4.2.3.2.16)."""
    value = f"{matricule}^^^&amp;{authority.value}&amp;ISO^NH"
    scheme = "urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427"
    found = f'<ExternalIdentifier identificationScheme="{scheme}" value="{value}"/></ExtrinsicObject>'
    return told.replace(b"</ExtrinsicObject>", found.encode())


@pytest.mark.hazard("H1", without="tests.controls_answers_whose:nobody_looks_whom_it_is_about")
@pytest.mark.parametrize(
    ("matricule", "authority", "hers"),
    [
        (INS.matricule, Authority.NIR, True),
        ("101017510000000", Authority.NIR, False),
        ("900000000000007", Authority.NIA, True),
    ],
)
def test_a_mail_whose_metadata_say_another_ins_is_on_nobodys_page(
    cart: Asked, matricule: str, authority: Authority, hers: bool
) -> None:
    cart.store.journal.put_patient(KNOWN)
    letter = letters.read(bytes(mail("1", "avis", xdm(of_ins(metadata(cart.hers), matricule, authority)))))
    assert letter.about == ((f"urn:oid:{authority.value}", matricule),)
    source = Mailbox("mailbox", Account("127.0.0.1", 1, "user", Path("/nowhere")), Tls(), lambda: now().utc)
    try:
        (came_in,) = came_of(letter, "1:1", now().utc)
        assert cart.answers.take(came_in, "mailbox", now(), THE_CART, source.hers)
    finally:
        source.close()
    assert [one.why for one in cart.standing().loose] == ([] if hers else [Loose.SUBJECT])
    assert bool(cart.of(cart.hers).arrived) is hers
    if hers:
        # so that this case fails as the others do where nobody looks
        assert not source.hers(dataclasses.replace(came_in, about=(("urn:oid:" + Authority.NIR, "1"),)), KNOWN)


# --- however many


def looks(cart: Asked, written: list[dt.datetime], monkeypatch: pytest.MonkeyPatch, *, sorts: bool = True) -> list[int]:
    """How many were new in each look, of looks of six; until one has nothing new."""
    monkeypatch.setattr(fhir_answers, "_PAGES", 3)

    async def play() -> list[int]:
        async with FhirAnswering(page=2) as server:
            server.sorts = sorts
            for place, at in enumerate(written):
                server.put(report(str(place), cart.hers, subject=of(JEANNE), conclusion=f"n {place}"), at)
            source = FhirAnswers("fhir", server.url, lambda: now().utc, 60.0)
            async with answering(cart, source) as one:
                found = [await one.once(source)]
                while found[-1]:
                    found.append(await one.once(source))
                return found

    return asyncio.run(play())


def test_what_one_look_does_not_take_the_next_ones_do(cart: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written out of order, the newest first, as a server without an order of its own lists them."""
    begun = now().utc - dt.timedelta(days=1)
    found = looks(cart, [begun + dt.timedelta(minutes=5 * place) for place in reversed(range(20))], monkeypatch)
    assert sum(found) == 20
    assert found[0] == 6, "a look ends, and the next goes on"
    assert len(cart.of(cart.hers).arrived) == 20


def test_what_was_written_in_one_instant_is_all_taken(cart: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = now().utc - dt.timedelta(days=1)
    found = looks(cart, [begun] * 14 + [begun + dt.timedelta(hours=1)], monkeypatch)
    assert sum(found) == 15


def test_of_a_server_that_does_not_sort_all_is_taken_at_once(cart: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = now().utc - dt.timedelta(days=1)
    written = [begun + dt.timedelta(hours=(place * 7) % 15) for place in range(15)]
    assert looks(cart, written, monkeypatch, sorts=False) == [15, 0]


# --- of nobody


def test_a_person_says_that_it_is_for_nobody_here_and_may_say_otherwise_later(cart: Asked) -> None:
    cart.take(came("nothing"))
    (loose,) = cart.standing().loose
    assert loose.why is Loose.UNNAMED
    for _ in range(2):
        cart.answers.set_aside(loose.number, now(), NURSE)
    assert cart.standing().loose == ()
    assert cart.acts().count("set_aside") == 1
    cart.answers.match(loose.number, cart.hers, now(), NURSE)
    assert [one.number for one in cart.of(cart.hers).arrived] == [loose.number]


@pytest.mark.parametrize(("said", "gone_after"), [(True, 31), (False, 366)])
def test_what_nobody_claims_goes_after_its_retention(cart: Asked, said: bool, gone_after: int) -> None:
    cart.take(came("nothing"))
    cart.take(came(cart.hers, key="mail:2", pdf=b"%PDF-2"))
    (loose,) = cart.standing().loose
    if said:
        cart.answers.set_aside(loose.number, now(), NURSE)
    purge = Purge(cart.store.database, cart.store.blobs, Retention())
    for days, there in ((gone_after - 2, True), (gone_after, False)):
        at = now()
        purge.run(dataclasses.replace(at, utc=at.utc + dt.timedelta(days=days)), THE_CART)
        assert (cart.answers.pdf(loose.number) is not None) is there
    assert cart.standing().loose == ()
    assert cart.answers.pdf(cart.of(cart.hers).arrived[0].number) == b"%PDF-2", "hers stays"
    gone = [one.detail for one in audit.entries(cart.store.database) if one.act == "purged"]
    assert gone == [f"answer {loose.number}, which nobody claimed, after its retention"], "with its trace, once"
