"""Reports to a mailbox: the store, the drain, postfix and dovecot of Debian, over TLS on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from edge.answering import Answers as Named
from edge.domain.audit import THE_CART
from edge.domain.capture import Capture
from edge.domain.delivery import Event, State
from edge.domain.fault import Fault, Reason
from edge.domain.item import Frozen, InMemory
from edge.domain.measurement import Kind
from edge.domain.opinion import EXPECTED, Opinion, Question, Specialty, Urgency
from edge.mailbox import Mailbox as MailboxSettings
from edge.mains import mailing
from edge.settings import Settings
from edge.store.keeping.answers import Answers
from edge.store.ledger import EdgeStore, Places, open_for_edge, open_for_sync
from edge.store.sending import outbox
from edge.store.sending.outbox import StoredOutbox
from edge.store.thread import StoreThread
from sync.drain import Drain
from sync.mail import mailbox, message
from sync.mail.mailbox import Account, Folder, MailboxDestination, Server
from sync.mail.message import Envelope
from sync.tls import Tls
from tests import items, reports
from tests.mail_house import DOCTOR, NOBODY, USER, MailHouse
from tests.reports import HOUSE
from tests.unit.test_report_mail import item_of
from tests.unit.test_store import now

PATIENCE = 60.0
INBOX = "INBOX"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailHouse]:
    with MailHouse(tmp_path_factory.mktemp("mail")).running() as running:
        yield running


def destination(house: MailHouse, *, sent: bool = True, **more: object) -> MailboxDestination:
    server = Server("127.0.0.1", house.smtps, "tls", 20.0)
    wanted: dict[str, object] = {
        "server": server,
        "envelope": Envelope(USER, (DOCTOR,)),
        "house": HOUSE,
        "account": Account(USER, house.password),
        "tls": Tls(ca=house.authority.file),
        "sent": Folder(INBOX, "127.0.0.1", house.imaps) if sent else None,
        **more,
    }
    return MailboxDestination("mailbox", **wanted)  # type: ignore[arg-type]


TO_DOCTOR = Envelope(USER, (DOCTOR,))


def frozen(number: str, *, envelope: Envelope = TO_DOCTOR) -> Frozen:
    content = message.build(item_of(dataclasses.replace(reports.report(), number=number)), HOUSE, envelope)
    return Frozen(number, "2.25.1", "2.25.2", InMemory(content), hashlib.sha256(content).hexdigest())


def another() -> str:
    from edge.domain.identifier import uuid7

    return str(uuid7())


async def until(what: Callable[[], bool], why: Callable[[], object]) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            while not what():
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(why()) from None


class Cart:
    def __init__(self, folder: Path, end: MailboxDestination) -> None:
        self._places = Places(folder / "store.db", folder / "blobs", folder / "store.key")
        self._end = end
        self.store: EdgeStore = open_for_edge(self._places, {Kind.REPORT: ("mailbox",)}, "care")
        self.store.journal.put_patient(reports.PATIENT)
        self.encounter = self.store.journal.open_encounter(reports.PATIENT.id, now(), "TC")[1]

    @contextlib.asynccontextmanager
    async def draining(self) -> AsyncIterator[None]:
        async with StoreThread(lambda: open_for_sync(self._places)) as thread:
            drain = asyncio.create_task(Drain(StoredOutbox(thread), [self._end]).run())
            try:
                yield
            finally:
                drain.cancel()
                await asyncio.gather(drain, return_exceptions=True)

    def round(self) -> str:
        """One with an opinion, closed. The id of its report."""
        asked = items.item(Kind.OPINION, Opinion(Specialty.WOUNDS, Question.CONDUCT, Urgency.SOON, consent=True))
        for one in (items.blood_pressure(), asked):
            self.store.journal.save(Capture(one.kind, one.payload, one.device, now(), one.id), self.encounter)
        self.store.journal.leave_encounter(self.encounter.id, now())
        return self.reports()[-1]

    def reports(self) -> list[str]:
        return [one.item_id for one in outbox.items(self.store) if one.kind == Kind.REPORT]

    def state(self, item_id: str) -> State:
        return next(dict(one.states)["mailbox"] for one in outbox.items(self.store) if one.item_id == item_id)


async def test_a_closed_round_ends_in_the_doctors_inbox_and_what_was_undone_is_said_there(
    house: MailHouse, tmp_path: Path
) -> None:
    cart = Cart(tmp_path, destination(house))
    first = cart.round()
    before = len(house.inbox())
    async with cart.draining():
        await until(lambda: cart.state(first) is State.RECEIVED, lambda: outbox.waiting(cart.store))
        (value,) = [one.item_id for one in outbox.items(cart.store) if one.kind == Kind.BLOOD_PRESSURE]
        cart.store.journal.mark_entered_in_error(value, cart.encounter.id, now())
        await until(
            lambda: {cart.state(one) for one in cart.reports()} == {State.RECEIVED},
            lambda: outbox.waiting(cart.store),
        )
    mails = house.inbox()[before:]
    subjects = [str(mail["Subject"]) for mail in mails]
    assert sorted(subject.partition("XDM")[0] for subject in subjects) == ["", "[Annulation] ", "[Annule et remplace] "]
    files = [{part.get_filename() for part in mail.iter_attachments()} for mail in mails]
    assert sum("IHE_XDM.ZIP" in one for one in files) == 2
    assert all("XDM/1.0/DDM+" in subject for subject in subjects)


async def test_without_a_folder_it_stays_sent(house: MailHouse) -> None:
    end, one = destination(house, sent=False), frozen(another())
    assert [outcome.event for outcome in await end.send([one])] == [Event.ACCEPTED]
    (proof,) = await end.prove([one])
    assert (proof.event, proof.what) == (Event.TRY_LATER, mailbox.UNPROVEN)
    assert "no folder proves" in await end.examine()


async def test_a_folder_that_has_it_proves_it_and_one_that_has_not_does_not(house: MailHouse) -> None:
    end, one, other = destination(house), frozen(another()), frozen(another())
    await end.send([one])
    house.wait_for(1, USER)
    async with asyncio.timeout(PATIENCE):
        while (await end.prove([one]))[0].event is not Event.PROVEN:
            await asyncio.sleep(0.1)
    assert [outcome.event for outcome in await end.prove([one, other])] == [Event.PROVEN, Event.TRY_LATER]
    assert INBOX in await end.examine()


async def test_another_content_under_the_same_name_is_no_proof(house: MailHouse) -> None:
    end, one = destination(house), frozen(another())
    await end.send([one])
    async with asyncio.timeout(PATIENCE):
        while (await end.prove([one]))[0].event is not Event.PROVEN:
            await asyncio.sleep(0.1)
    changed = one.content.replace(b"JVBERi0", b"JVBERi1")
    assert changed != one.content
    (outcome,) = await end.prove([dataclasses.replace(one, body=InMemory(changed))])
    assert outcome.event is Event.REFUSED


async def test_after_starttls_too_and_with_a_certificate_where_one_is_asked_for(house: MailHouse) -> None:
    issued = house.authority.issue("borne-1")
    shown = Tls(ca=house.authority.file, certificate=issued.certificate, key=issued.key)
    upgraded = destination(house, server=Server("127.0.0.1", house.submission, "starttls", 20.0))
    mutual = destination(house, server=Server("127.0.0.1", house.mutual, "tls", 20.0), tls=shown)
    for end in (upgraded, mutual):
        assert [outcome.event for outcome in await end.send([frozen(another())])] == [Event.ACCEPTED]
    stranger = destination(house, server=Server("127.0.0.1", house.mutual, "tls", 20.0))
    (outcome,) = await stranger.send([frozen(another())])
    assert outcome.event is Event.TRY_LATER


@pytest.mark.hazard("T10", without="tests.controls_reports:starttls_is_not_insisted_on")
async def test_a_server_without_tls_gets_nothing(house: MailHouse) -> None:
    end = destination(house, server=Server("127.0.0.1", house.open, "starttls", 20.0), account=Account())
    (outcome,) = await end.send([frozen(another(), envelope=TO_DOCTOR)])
    assert (outcome.event, outcome.reason) == (Event.TRY_LATER, Reason.DESTINATION_REFUSED)


async def test_a_certificate_that_nobody_vouches_for_gets_nothing(house: MailHouse) -> None:
    end = destination(house, tls=Tls())
    (outcome,) = await end.send([frozen(another())])
    assert (outcome.event, outcome.reason) == (Event.TRY_LATER, Reason.DESTINATION_REFUSED)


async def test_a_wrong_password_waits_for_the_settings_and_a_wrong_address_for_a_person(
    house: MailHouse, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("guessed")
    (outcome,) = await destination(house, account=Account(USER, wrong)).send([frozen(another())])
    assert (outcome.event, outcome.reason) == (Event.TRY_LATER, Reason.DESTINATION_REFUSED)
    unknown = Envelope(USER, (NOBODY,))
    (outcome,) = await destination(house, envelope=unknown).send([frozen(another(), envelope=unknown)])
    assert (outcome.event, outcome.reason) == (Event.REFUSED, Reason.DESTINATION_REFUSED)
    assert NOBODY not in outcome.what


async def test_where_nobody_listens_it_is_tried_again(house: MailHouse) -> None:
    end = destination(house, server=Server("127.0.0.1", 1, "tls", 5.0))
    (outcome,) = await end.send([frozen(another())])
    assert (outcome.event, outcome.reason) == (Event.TRY_LATER, Reason.DESTINATION_UNREACHABLE)
    with pytest.raises(Fault) as caught:
        await end.answer()
    assert caught.value.reason is Reason.DESTINATION_UNREACHABLE


async def test_an_opinion_that_nobody_gave_is_told_to_the_mailbox_of_the_settings(
    house: MailHouse, tmp_path: Path
) -> None:
    """The part of `telecart sync` that does it, from its settings; killed and begun again, it tells nothing twice."""
    cart = Cart(tmp_path, destination(house))
    asked = items.item(Kind.OPINION, Opinion(Specialty.WOUNDS, Question.CONDUCT, Urgency.EMERGENCY, consent=True))
    before_that = dataclasses.replace(now(), utc=now().utc - EXPECTED[Urgency.EMERGENCY] - dt.timedelta(hours=1))
    request = cart.store.journal.save(
        Capture(asked.kind, asked.payload, asked.device, before_that, asked.id), cart.encounter
    ).item_id
    assert Answers(cart.store.database, cart.store.blobs).escalate(now(), THE_CART) == 1
    box = MailboxSettings(
        host="127.0.0.1",
        port=house.smtps,
        sender=USER,
        recipients=(DOCTOR,),
        user=USER,
        password_file=house.password,
        ca=house.authority.file,
    )
    settings = Settings(data=tmp_path, mailbox=(box,), answers=Named(escalate=("mailbox",)))
    before = len(house.inbox())

    def told() -> int:
        return int(cart.store.run("SELECT count(*) FROM escalation_told WHERE said = 'sent'").fetchone()[0])

    for _ in range(2):
        work = mailing.keep_escalating(settings, mailing.escalated(settings), HOUSE)
        telling = asyncio.create_task(work)
        await until(lambda: told() == 1, told)
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
    await until(lambda: len(house.inbox()) > before, lambda: house.inbox())
    (mail,) = house.inbox()[before:]
    assert str(mail["Message-ID"]).strip() == f"<{request}.overdue.1@tilleuls.example>"
    assert "URGENT" in str(mail["Subject"])
    assert request in mail.get_content()
