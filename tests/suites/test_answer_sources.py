"""The port Source against a real mailbox (dovecot) and a FHIR server: once, under the right request, told only after the commit."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import dataclasses
import datetime as dt
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from edge.answering import Answers as Named
from edge.domain.answer import AnswerKind, Came, Source
from edge.domain.audit import THE_CART
from edge.domain.fault import Fault, Reason
from edge.domain.operator import Operator
from edge.domain.opinion import OpinionState
from edge.door import messages as m
from edge.mains import answering as answering_main
from edge.mains.clock import SystemClock
from edge.mains.followed import Follow
from edge.settings import Fhir, Settings
from edge.store.answer_book import ArrivingAnswers, StoredAnswers
from edge.store.ledger import open_for_edge, open_for_sync
from edge.store.thread import StoreThread
from firmware_stubs.fhir_answers import FhirAnswering
from sync.record.answering import Answering
from sync.record.fhir_answer import came_of
from sync.record.fhir_answers import FhirAnswers, _before, _updated
from sync.record.mailbox import Account, Mailbox
from sync.tls import Tls
from tests.answer_mails import PDF, mail, metadata, xdm
from tests.mailbox_house import USER, MailboxHouse
from tests.unit.test_answers import Asked
from tests.unit.test_assigning import TO
from tests.unit.test_store import JEANNE, now

CLOCK: Final = SystemClock()


@pytest.fixture
def cart(tmp_path: Path) -> Iterator[Asked]:
    one = Asked(tmp_path)
    yield one
    one.store.database.close()


@contextlib.asynccontextmanager
async def answering(cart: Asked, source: Source) -> AsyncIterator[Answering]:
    async with StoreThread(lambda: open_for_sync(cart.places)) as thread:
        yield Answering(ArrivingAnswers(thread, CLOCK.now, THE_CART), [source], CLOCK.now, 60.0)


def looked(cart: Asked, source: Source) -> int:
    async def once() -> int:
        async with answering(cart, source) as one:
            return await one.once(source)

    return asyncio.run(once())


# --- the mailbox


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailboxHouse]:
    with MailboxHouse(tmp_path_factory.mktemp("house")) as one:
        yield one


def mailbox(house: MailboxHouse, **more: Any) -> Mailbox:
    account = Account("127.0.0.1", house.port, USER, house.password, timeout=60.0)
    return Mailbox("mailbox", dataclasses.replace(account, **more), Tls(house.authority.file), lambda: now().utc)


def test_mails_are_taken_once_and_marked_as_seen_after_that(house: MailboxHouse, cart: Asked) -> None:
    house.put(mail("1", "Newsletter"))
    house.put(mail("2", "XDM/1.0/DDM+report", xdm(metadata(f"urn:uuid:{cart.hers}"))))
    house.put(mail("3", f"Re: {cart.others}", pdf=PDF))
    house.put(mail("4", "DUPONT Jeanne", pdf=PDF))
    house.put(mail("5", "avis", b"PK\x03\x04 no archive"))
    source = mailbox(house)

    async def untold(_: Came) -> None:
        raise Fault(Reason.DESTINATION_BUSY, "the line broke before it was told")

    told, source.taken = source.taken, untold  # type: ignore[method-assign]
    with pytest.raises(Fault):
        looked(cart, source)
    assert house.seen() == [False] * 5, "nobody was told"
    source.taken = told  # type: ignore[method-assign]
    assert looked(cart, source) == 0, "all three were durable before the line broke"
    assert house.seen() == [False, True, True, True, False]
    assert looked(cart, source) == 0
    (hers,) = cart.of(cart.hers).arrived
    assert hers.answer.author == Operator("DR Linh NGUYEN", "10009876543")
    assert cart.answers.pdf(hers.number) == PDF
    assert cart.of(cart.others).stands.state is OpinionState.ANSWERED
    assert len(cart.standing().loose) == 1, "a name is nobody's answer"
    # the same mail once more, as a server that lost its flags has it
    house.put(mail("2", "XDM/1.0/DDM+report", xdm(metadata(f"urn:uuid:{cart.hers}"))))
    assert looked(cart, mailbox(house)) == 0
    assert len(cart.of(cart.hers).arrived) == 1
    source.close()


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"user": "somebody@else.example"}, Reason.DESTINATION_REFUSED),
        ({"folder": "Answers"}, Reason.DESTINATION_REFUSED),
        ({"port": 1}, Reason.DESTINATION_UNREACHABLE),
        ({"password": Path("/nowhere/password")}, Reason.SETTINGS),
    ],
    ids=["user", "folder", "port", "password"],
)
def test_a_mailbox_that_does_not_admit_is_said(
    house: MailboxHouse, cart: Asked, more: dict[str, Any], reason: Reason
) -> None:
    with pytest.raises(Fault) as refused:
        looked(cart, mailbox(house, **more))
    assert refused.value.reason is reason


@pytest.mark.parametrize("password", ["motdepassé".encode(), "motdepassé".encode("latin-1")], ids=["utf-8", "latin-1"])
def test_a_password_of_other_letters_is_said_and_stands_in_no_exception(
    house: MailboxHouse, cart: Asked, tmp_path: Path, password: bytes
) -> None:
    (tmp_path / "password").write_bytes(password)
    with pytest.raises(Fault) as refused:
        looked(cart, mailbox(house, password=tmp_path / "password"))
    assert refused.value.reason is Reason.SETTINGS
    assert "motdepass" not in str(refused.value)


def test_a_mailbox_whose_certificate_is_not_believed_gets_no_password(house: MailboxHouse, cart: Asked) -> None:
    account = Account("127.0.0.1", house.port, USER, house.password, timeout=60.0)
    source = Mailbox("mailbox", account, Tls(), lambda: now().utc)
    with pytest.raises(Fault) as refused:
        looked(cart, source)
    assert refused.value.reason is Reason.DESTINATION_REFUSED


# --- the FHIR server


def based_on(*requests: str) -> list[dict[str, str]]:
    return [{"reference": f"ServiceRequest/{one}"} for one in requests]


def report(name: str, *requests: str, **more: Any) -> dict[str, Any]:
    doctor = {"identifier": {"system": "https://rpps.esante.gouv.fr", "value": "10009876543"}, "display": "Dr NGUYEN"}
    return {
        "resourceType": "DiagnosticReport",
        "id": name,
        "status": "final",
        "basedOn": based_on(*requests),
        "code": {"coding": [{"system": "http://loinc.org", "code": "34108-1"}]},
        "issued": "2026-11-22T09:30:00+01:00",
        "performer": [doctor],
        "conclusion": "Dermatite, pas de signe de gravité.",
        **more,
    }


def asked(cart: Asked, *resources: dict[str, Any], rounds: int = 1) -> tuple[list[int], FhirAnswering]:
    """How many were new in each look."""

    async def play() -> tuple[list[int], FhirAnswering]:
        async with FhirAnswering() as server:
            server.binaries["7"] = PDF
            for one in resources:
                server.put(one)
            source = FhirAnswers("fhir", server.url, lambda: now().utc, 60.0)
            async with answering(cart, source) as one:
                return [await one.once(source) for _ in range(rounds)], server

    return asyncio.run(play())


def test_reports_tasks_and_messages_answer_what_they_are_based_on(cart: Asked) -> None:
    pdf = base64.b64encode(PDF).decode()
    come = {"system": "https://telecart.example/answer", "code": "come"}
    new, server = asked(
        cart,
        report("1", cart.hers, presentedForm=[{"contentType": "application/pdf", "data": pdf}]),
        report("2", cart.hers, conclusionCode=[{"coding": [come]}]),
        report("3", cart.hers, presentedForm=[{"contentType": "application/pdf", "url": "Binary/7"}], status="amended"),
        {"resourceType": "Task", "id": "4", "status": "accepted", "basedOn": based_on(cart.others)},
        {
            "resourceType": "Communication",
            "id": "5",
            "status": "completed",
            "basedOn": based_on(cart.hers),
            "payload": [{"contentString": "Merci de rappeler."}],
        },
        report("6", "0198c0de-0000-7000-8000-000000000000"),
        rounds=2,
    )
    assert new == [5, 0], "each once"
    kinds = [one.answer.kind for one in reversed(cart.of(cart.hers).arrived)]
    assert kinds == [AnswerKind.REPORT, AnswerKind.COME, AnswerKind.REPORT, AnswerKind.REPORT]
    assert sum(one.pdf_bytes == len(PDF) for one in cart.of(cart.hers).arrived) == 2
    assert cart.of(cart.hers).arrived[-1].answer.author == Operator("Dr NGUYEN", "10009876543")
    assert cart.of(cart.others).stands.state is OpinionState.READ
    assert cart.standing().loose == ()
    assert any("at=" in one for one in server.asked), "it took another page"
    assert any("_lastUpdated=ge" in one for one in server.asked), "the second look began where the first had ended"


def test_one_that_is_based_on_two_requests_waits_for_a_person(cart: Asked) -> None:
    assert asked(cart, report("1", cart.hers, cart.others))[0] == [1]
    assert len(cart.standing().loose) == 1


def test_what_was_corrected_comes_again_and_what_was_only_touched_does_not(cart: Asked) -> None:
    async def play() -> list[int]:
        async with FhirAnswering() as server:
            source = FhirAnswers("fhir", server.url, lambda: now().utc, 60.0)
            async with answering(cart, source) as one:
                found = []
                for change in ({}, {"language": "fr"}, {"conclusion": "Autre."}, {"status": "entered-in-error"}):
                    server.put(report("1", cart.hers, **change))
                    found.append(await one.once(source))
                return found

    assert asyncio.run(play()) == [1, 0, 1, 1]
    newest, corrected, first = cart.of(cart.hers).arrived
    assert (newest.answer.kind, newest.superseded) == (AnswerKind.RETRACTED, False)
    assert corrected.superseded
    assert first.superseded
    assert cart.of(cart.hers).stands.state is OpinionState.ASKED


@pytest.mark.hazard("T10", without="tests.controls_answers:the_next_page_is_wherever_it_is")
def test_a_next_page_of_another_server_is_not_asked_for(cart: Asked) -> None:
    async def play() -> None:
        async with FhirAnswering(page=1) as server, FhirAnswering() as other:
            server.elsewhere = f"http://127.0.0.1:{other.port}"
            for place in range(2):
                server.put(report(str(place), cart.hers))
            source = FhirAnswers("fhir", server.url, lambda: now().utc, 60.0)
            async with answering(cart, source) as one:
                with pytest.raises(Fault):
                    await one.once(source)
            assert other.asked == []

    asyncio.run(play())
    assert len(cart.of(cart.hers).arrived) == 1, "what came before that is kept"


def test_an_address_that_is_none_is_followed_by_nobody(cart: Asked) -> None:
    """http://[ is a URL that cannot be read: neither a next page nor a PDF."""

    async def play() -> None:
        async with FhirAnswering(page=1) as server:
            server.elsewhere = "http://["
            for place in range(2):
                form = {"contentType": "application/pdf", "url": "http://["}
                server.put(report(str(place), cart.hers, presentedForm=[form]))
            source = FhirAnswers("fhir", server.url, lambda: now().utc, 60.0)
            async with answering(cart, source) as one:
                with pytest.raises(Fault) as refused:
                    await one.once(source)
            assert refused.value.reason is Reason.DESTINATION_REFUSED

    asyncio.run(play())
    (arrived,) = cart.of(cart.hers).arrived
    assert arrived.pdf_bytes == 0, "its text is taken nevertheless"


def test_a_defect_of_one_look_is_told_and_ends_no_other_source(cart: Asked) -> None:
    """As if something that a server says were not foreseen."""
    looks = 0

    def broken() -> dt.datetime:
        nonlocal looks
        looks += 1
        raise TypeError("not foreseen")

    async def play() -> None:
        async with FhirAnswering() as server:
            server.put(report("1", cart.hers))
            sources = [
                FhirAnswers("broken", server.url, broken),
                FhirAnswers("fhir", server.url, lambda: now().utc, 60.0),
            ]
            async with StoreThread(lambda: open_for_sync(cart.places)) as thread:
                book = ArrivingAnswers(thread, CLOCK.now, THE_CART)
                running = asyncio.create_task(Answering(book, sources, CLOCK.now, 0.05).run())
                try:
                    async with asyncio.timeout(60):
                        while not (cart.of(cart.hers).arrived and looks > 1):
                            assert not running.done(), "the whole of sync has ended"
                            await asyncio.sleep(0.05)
                finally:
                    running.cancel()
                    await asyncio.gather(running, return_exceptions=True)

    asyncio.run(play())


@pytest.mark.parametrize("when", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00Z"])
def test_a_time_that_is_none_stops_nothing(cart: Asked, when: str) -> None:
    odd = report("1", cart.hers, issued=when, meta={"lastUpdated": when})
    assert came_of(odd, "fhir", now().utc) is not None
    assert _before(_updated(odd) or "0001-01-01T00:00:00.000+00:00") < "0002"


def test_a_time_to_come_hides_no_answer_until_then(cart: Asked) -> None:
    async def play() -> str:
        async with FhirAnswering() as server:
            server.put(report("1", cart.hers), dt.datetime(2999, 1, 1, tzinfo=dt.UTC))
            source = FhirAnswers("fhir", server.url, lambda: now().utc, 60.0)
            async with answering(cart, source) as one:
                await one.once(source)
            return source.reached()

    assert asyncio.run(play()) <= now().utc.isoformat()


def test_a_server_that_says_nonsense_is_said(cart: Asked) -> None:
    async def play() -> None:
        async with FhirAnswering() as server:
            source = FhirAnswers("fhir", f"{server.url}/nothing/there", lambda: now().utc, 60.0)
            async with answering(cart, source) as one:
                with pytest.raises(Fault):
                    await one.once(source)

    asyncio.run(play())


# --- as the processes do it


def test_what_a_source_has_is_on_the_screen_of_her_page(cart: Asked) -> None:
    """Sync brings it in, edge sees that somebody wrote, and notes what nobody answered."""

    async def play() -> tuple[m.Snapshot, int]:
        changes = 0

        def changed() -> None:
            nonlocal changes
            changes += 1

        async with FhirAnswering() as server:
            server.put(report("1", cart.hers))
            settings = Settings(
                data=cart.places.database.parent, fhir=(Fhir(url=server.url),), answers=Named(fhir=("fhir",))
            )
            async with StoreThread(lambda: open_for_edge(cart.places, TO, "care")) as thread:
                book = StoredAnswers(thread)
                follow = Follow(book, CLOCK, changed)
                bringing = asyncio.create_task(answering_main.keep_answers(settings, answering_main.sources(settings)))
                escalating = asyncio.create_task(answering_main.keep_escalating(book, CLOCK))
                watching = asyncio.create_task(follow.keep())
                hers = m.ResidentCard(
                    id=JEANNE.id,
                    birth_name="X",
                    given_names="",
                    used_name=None,
                    birth_date="1938-03-12",
                    sex="F",
                    room="1",
                    identity_status="validee",
                    allergies=None,
                )
                bedside = m.Snapshot(cart="", demo=False, clock="", resident=hers)
                try:
                    async with asyncio.timeout(120):
                        while not follow.upon(bedside).following.to_read:
                            await asyncio.sleep(0.1)
                finally:
                    for task in (bringing, escalating, watching):
                        task.cancel()
                    await asyncio.gather(bringing, escalating, watching, return_exceptions=True)
                return follow.upon(bedside), changes

    seen, changes = asyncio.run(play())
    (request,) = seen.following.requests
    assert (request.state, request.answers[0].lines) == ("répondu", ("Dermatite, pas de signe de gravité.",))
    assert changes
