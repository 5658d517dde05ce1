"""An opinion that nobody gave in time is told to the site's mailbox: once for each delay, however often anything dies, about nobody."""

from __future__ import annotations

import asyncio
import datetime as dt
import email
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from email import policy
from pathlib import Path

import pytest

from edge.answering import Answers as Named
from edge.domain.audit import THE_CART
from edge.domain.delivery import Event
from edge.domain.fault import Fault, Reason
from edge.domain.item import Frozen
from edge.domain.measurement import Instant
from edge.domain.opinion import EXPECTED, Urgency
from edge.domain.ports import Outcome
from edge.mailbox import Mailbox
from edge.mains import mailing
from edge.settings import Settings, read
from edge.store.escalation_book import StoredEscalations
from edge.store.ledger import open_for_sync
from edge.store.thread import StoreThread
from sync.mail.escalation import Escalating, build, message_id
from sync.mail.message import Envelope
from tests.reports import HOUSE
from tests.unit.test_answers import NURSE, Asked, came
from tests.unit.test_assigning import OTHER
from tests.unit.test_store import JEANNE, now

TO = Envelope("ehpad@tilleuls.example", ("ehpad@tilleuls.example",))
BEFORE = dt.timedelta(minutes=1)


class Post:
    """What a mail server was handed; ``answers`` is what it says to each message in turn, the last one for ever."""

    name = "mailbox"

    def __init__(self, *answers: Event) -> None:
        self.handed: list[bytes] = []
        self._answers = list(answers or (Event.ACCEPTED,))

    async def send(self, objects: Sequence[Frozen]) -> Sequence[Outcome]:
        told = []
        for one in objects:
            self.handed.append(one.content)
            answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
            told.append(Outcome(one.item_id, answer))
        return told


@pytest.fixture
def cart(tmp_path: Path) -> Iterator[Asked]:
    one = Asked(tmp_path)
    yield one
    one.store.database.close()


def late(urgency: Urgency = Urgency.ROUTINE, times: int = 1) -> Instant:
    at = now()
    return Instant(at.utc + EXPECTED[urgency] * times + BEFORE * times, at.boot_id, at.monotonic_ns, clock_trusted=True)


@asynccontextmanager
async def telling(cart: Asked, post: Post, at: Instant) -> AsyncIterator[Escalating]:
    async with StoreThread(lambda: open_for_sync(cart.places)) as thread:
        yield Escalating(StoredEscalations(thread), post, TO, HOUSE, lambda: at, 60.0)


def told(cart: Asked, post: Post, at: Instant) -> bool:
    async def once() -> bool:
        async with telling(cart, post, at) as one:
            return await one.once()

    return asyncio.run(once())


def test_each_delay_that_ends_without_an_answer_is_told_once(cart: Asked) -> None:
    post, at = Post(), late()
    assert told(cart, post, at)
    assert post.handed == [], "nobody noted it yet"
    assert cart.answers.escalate(at, THE_CART) == 2
    for _ in range(3):
        assert told(cart, post, at)
    assert len(post.handed) == 2
    # it was asked again, and again nobody answered
    cart.answers.chase(cart.hers, cart.rounds[JEANNE.id].id, at, NURSE)
    again = late(times=2)
    assert cart.answers.escalate(again, THE_CART) == 1
    assert told(cart, post, again)
    third = email.message_from_bytes(post.handed[2], policy=policy.default)
    assert "Déjà relancé : 1 fois" in third.get_content()
    assert len({email.message_from_bytes(one)["Message-ID"] for one in post.handed}) == 3


def test_a_server_that_refuses_is_asked_again_and_what_it_took_is_not_sent_twice(cart: Asked) -> None:
    post, at = Post(Event.ACCEPTED, Event.TRY_LATER, Event.REFUSED, Event.ACCEPTED), late()
    cart.answers.escalate(at, THE_CART)
    assert [told(cart, post, at) for _ in range(4)] == [False, False, True, True]
    first, *others = post.handed
    assert len(others) == 3
    assert set(others) == {others[0]}, "the same bytes each time, under the same name"
    assert first != others[0]


def test_a_defect_is_told_and_ends_nothing(cart: Asked) -> None:
    """As if something that a store or a server says were not foreseen: the next look hands in what waits."""
    post, at, looks = Post(), late(), 0
    cart.answers.escalate(at, THE_CART)

    def clock() -> Instant:
        nonlocal looks
        looks += 1
        if looks == 1:
            raise TypeError("not foreseen")
        return at

    async def play() -> None:
        async with StoreThread(lambda: open_for_sync(cart.places)) as thread:
            running = asyncio.create_task(Escalating(StoredEscalations(thread), post, TO, HOUSE, clock, 0.01).run())
            try:
                async with asyncio.timeout(60):
                    while len(post.handed) < 2:
                        assert not running.done()
                        await asyncio.sleep(0.01)
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)

    asyncio.run(play())


def test_what_was_answered_or_chased_before_it_could_be_sent_is_not_told(cart: Asked) -> None:
    at = late()
    cart.answers.escalate(at, THE_CART)
    cart.take(came(cart.hers))
    cart.answers.chase(cart.others, cart.rounds[OTHER.id].id, at, NURSE)
    post = Post()
    assert told(cart, post, at)
    assert post.handed == []
    said = cart.store.run("SELECT said FROM escalation_told").fetchall()
    assert said == [("settled",), ("settled",)]


def test_what_a_clock_that_was_ahead_noted_is_told_when_it_is_so(cart: Asked) -> None:
    cart.answers.escalate(late(), THE_CART)
    post = Post()
    assert told(cart, post, now())
    assert post.handed == []
    assert told(cart, post, late())
    assert len(post.handed) == 2


def test_what_moved_to_another_resident_since_is_told_of_what_stands(cart: Asked) -> None:
    at = late()
    cart.answers.escalate(at, THE_CART)
    cart.move(cart.hers, OTHER.id)
    post = Post()
    told(cart, post, at)
    assert len(post.handed) == 2
    assert all(cart.hers not in one.decode() for one in post.handed)


@pytest.mark.parametrize("urgency", Urgency)
def test_a_message_says_what_is_to_be_done_and_nothing_of_whom(cart: Asked, urgency: Urgency) -> None:
    request = cart.ask(cart.rounds[JEANNE.id], urgency)
    at = late(urgency)
    cart.answers.escalate(at, THE_CART)
    post = Post()
    told(cart, post, at)
    messages = [email.message_from_bytes(one, policy=policy.default) for one in post.handed]
    one = next(one for one in messages if request in one.get_content())
    body = one.get_content()
    assert one["Message-ID"].strip().startswith(f"<{request}.overdue.")
    assert "plaies et cicatrisation" in one["Subject"]
    assert ("URGENT" in one["Subject"]) is (urgency is Urgency.EMERGENCY)
    assert "notez la relance" in body
    everything = f"{one['Subject']}\n{body}".upper()
    for about_her in (JEANNE.birth_name, JEANNE.given_names, JEANNE.id, JEANNE.room, "1938"):
        assert about_her not in everything.replace(request.upper(), "").replace("2026", "")


def test_the_same_delay_is_the_same_bytes(cart: Asked) -> None:
    at = late()
    cart.answers.escalate(at, THE_CART)

    async def play() -> tuple[bytes, bytes, str]:
        async with StoreThread(lambda: open_for_sync(cart.places)) as thread:
            book = StoredEscalations(thread)
            first, second = [(await book.to_tell("mailbox", at))[0] for _ in range(2)]
            return build(first, HOUSE, TO), build(second, HOUSE, TO), message_id(first, TO.sender)

    first, second, name = asyncio.run(play())
    assert first == second
    assert name.endswith("@tilleuls.example>")


def test_a_mailbox_that_there_is_not_is_refused(tmp_path: Path) -> None:
    box = Mailbox(name="box", host="127.0.0.1", sender=TO.sender, recipients=TO.recipients, security="plain")
    wanted = Settings(mailbox=(box,), answers=Named(escalate=("box", "box")))
    assert mailing.escalated(wanted) == [box]
    file = tmp_path / "telecart.toml"
    file.write_text('[answers]\nescalate = ["box"]\n')
    with pytest.raises(Fault) as refused:
        mailing.escalated(read(file, tmp_path))
    assert refused.value.reason is Reason.SETTINGS
