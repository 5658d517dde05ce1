"""The PDF of an answer at the bedside: of who is on screen and nobody else's, traced, and what cannot be drawn is still printed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from edge.acquire.devices import Devices
from edge.acquire.recorder import Recorder
from edge.domain.answer import AnswerKind, Leaf
from edge.domain.audit import Act
from edge.domain.fault import Fault, Reason
from edge.domain.staff import MAY, Role
from edge.door import messages as m
from edge.door.answer_desk import AnswerDesk
from edge.door.attendance_desk import DEEDS, while_seen
from edge.mains.clock import SystemClock
from edge.store.answer_book import StoredAnswers
from edge.store.keeping import audit
from edge.store.keeping.answer_papers import Papers
from edge.store.ledger import Places, StoredLedger, open_for_edge
from edge.store.thread import StoreThread
from sync.report.leafing import leaf_of
from tests.unit.test_answers import NURSE, Asked, came
from tests.unit.test_assigning import OTHER, TO
from tests.unit.test_leafing import pdf
from tests.unit.test_review_imaging import BOSS, LEROY, PHARMACIST, Cart as Entrance
from tests.unit.test_store import JEANNE, now

DRAWN: Final = Leaf(b"\xff\xd8jpeg", 0, 1)

Drawing = Callable[[Recorder, bytes, int], Awaitable[Leaf]]


@pytest.fixture
def cart(tmp_path: Path) -> Iterator[Asked]:
    one = Asked(tmp_path)
    yield one
    one.store.database.close()


async def drawn(_recorder: Recorder, _pdf: bytes, _page: int) -> Leaf:
    return DRAWN


async def _nothing(_command: m.AnyCommand, _by: object) -> None:
    raise AssertionError("it was about answers")


def read(cart: Asked, shown: str, command: m.ShowAnswer, drawing: Drawing = drawn) -> list[m.AnswerPage]:
    """What the screen is told at a desk of that store, ``shown`` on screen. Raises Fault."""
    told: list[m.AnswerPage] = []

    async def asked() -> None:
        async with StoreThread(lambda: open_for_edge(cart.places, TO, "care")) as thread:
            ledger, clock = StoredLedger(thread, "TC"), SystemClock()
            recorder = Recorder(ledger, clock, Devices(ledger, clock), lambda: None)
            recorder.show(JEANNE if shown == JEANNE.id else OTHER, cart.rounds[shown])

            async def leaf(content: bytes, page: int) -> Leaf:
                return await drawing(recorder, content, page)

            desk = AnswerDesk(recorder, StoredAnswers(thread), clock, _nothing, None, leaf, told.append)
            await desk.handle(command, NURSE)

    try:
        asyncio.run(asked())
    except Fault:
        assert told == []
        raise
    return told


def wanted(cart: Asked, page: int = 0, of: str = JEANNE.id) -> m.ShowAnswer:
    (arrived,) = cart.of(cart.hers).arrived
    return m.ShowAnswer(encounter_id=cart.rounds[of].id, answer=arrived.number, page=page)


def traced(cart: Asked) -> list[tuple[str | None, str]]:
    return [(one.patient_id, one.detail) for one in audit.entries(cart.store.database) if one.act == Act.SHOWN]


def test_a_page_of_it_is_shown_and_who_saw_it_is_traced(cart: Asked) -> None:
    cart.take(came(cart.hers, pdf=pdf(2)))
    command = wanted(cart, page=1)

    async def worker(_recorder: Recorder, content: bytes, page: int) -> Leaf:
        return await leaf_of(content, page)

    (said,) = read(cart, JEANNE.id, command, worker)
    assert (said.answer, said.encounter_id) == (command.answer, command.encounter_id)
    assert (said.page, said.pages) == (1, 2)
    assert said.jpeg.startswith(b"\xff\xd8")
    assert traced(cart) == [(JEANNE.id, f"answer {command.answer}, page 2")]


@pytest.mark.hazard("H1", without="tests.controls_papers:a_paper_is_whoevers_is_on_screen")
def test_the_document_of_another_resident_is_never_shown(cart: Asked) -> None:
    cart.take(came(cart.hers))
    for of, reason in ((JEANNE.id, Reason.RESIDENT_CHANGED), (OTHER.id, Reason.NOT_ALLOWED)):
        with pytest.raises(Fault) as refused:
            read(cart, OTHER.id, wanted(cart, of=of))
        assert refused.value.reason is reason
    assert traced(cart) == []


def test_a_document_of_nobody_is_not_shown(cart: Asked) -> None:
    cart.take(came("DUPONT Jeanne"))
    (loose,) = cart.standing().loose
    for number in (loose.number, 4711):
        with pytest.raises(Fault) as refused:
            read(cart, JEANNE.id, m.ShowAnswer(encounter_id=cart.rounds[JEANNE.id].id, answer=number))
        assert refused.value.reason is Reason.NOT_ALLOWED


@pytest.mark.hazard("H1", without="tests.controls_papers:whose_it_is_is_asked_once")
def test_what_became_another_residents_while_it_was_drawn_is_not_shown(cart: Asked) -> None:
    cart.take(came(cart.hers))
    command = wanted(cart)

    async def meanwhile(_recorder: Recorder, _pdf: bytes, _page: int) -> Leaf:
        cart.answers.match(command.answer, cart.others, now(), NURSE)
        return DRAWN

    with pytest.raises(Fault) as refused:
        read(cart, JEANNE.id, command, meanwhile)
    assert refused.value.reason is Reason.NOT_ALLOWED
    assert traced(cart) == []


@pytest.mark.hazard("H1", without="tests.controls_papers:who_is_on_screen_is_asked_once")
def test_who_comes_on_screen_while_it_was_drawn_does_not_get_it(cart: Asked) -> None:
    cart.take(came(cart.hers))

    async def meanwhile(recorder: Recorder, _pdf: bytes, _page: int) -> Leaf:
        recorder.show(OTHER, cart.rounds[OTHER.id])
        return DRAWN

    with pytest.raises(Fault) as refused:
        read(cart, JEANNE.id, wanted(cart), meanwhile)
    assert refused.value.reason is Reason.RESIDENT_CHANGED


def test_a_prescription_is_read_once_somebody_took_note_of_it(cart: Asked) -> None:
    cart.take(came(cart.hers, kind=AnswerKind.PRESCRIPTION))
    command = wanted(cart)
    with pytest.raises(Fault) as refused:
        read(cart, JEANNE.id, command)
    assert refused.value.reason is Reason.NOT_ALLOWED
    cart.answers.acknowledge(command.answer, command.encounter_id, now(), NURSE)
    assert len(read(cart, JEANNE.id, command)) == 1


@pytest.mark.parametrize("content", [b"%PDF-1.4\n%invented\n", pdf(secret="x1")], ids=["damaged", "encrypted"])
def test_what_cannot_be_drawn_is_one_plain_line_and_is_printed(cart: Asked, content: bytes) -> None:
    cart.take(came(cart.hers, pdf=content))
    command = wanted(cart)

    async def worker(_recorder: Recorder, given: bytes, page: int) -> Leaf:
        return await leaf_of(given, page)

    with pytest.raises(Fault) as refused:
        read(cart, JEANNE.id, command, worker)
    assert (refused.value.reason, refused.value.do) == (Reason.UNDECODABLE, "imprimez-le")
    assert traced(cart) == []
    cart.answers.acknowledge(command.answer, command.encounter_id, now(), NURSE)
    papers = Papers(cart.store.database, cart.store.blobs)
    assert papers.to_print(command.answer, command.encounter_id, now(), NURSE) == content


def test_an_answer_of_words_alone_has_no_page(cart: Asked) -> None:
    cart.take(came(cart.hers, pdf=None))
    with pytest.raises(Fault) as refused:
        read(cart, JEANNE.id, wanted(cart))
    assert refused.value.reason is Reason.NOT_ALLOWED


def test_whoever_takes_note_of_answers_reads_them_at_the_screen_alone() -> None:
    assert {role for role in Role if MAY[role] & DEEDS[m.ShowAnswer]} == {Role.NURSE, Role.DOCTOR}
    assert [role for role, commands in m.ALLOWED.items() if m.ShowAnswer in commands] == [m.UI]


async def test_a_page_that_comes_after_the_screen_was_locked_is_not_told(tmp_path: Path) -> None:
    places = Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "store.key")
    told: list[m.AnswerPage] = []
    page = m.AnswerPage(answer=1, encounter_id="e", jpeg=b"jpeg", page=0, pages=1)
    async with StoreThread(lambda: open_for_edge(places, {}, "demonstration")) as thread:
        entrance = await Entrance.of(thread)
        tell = while_seen(entrance.attendance, told.append, m.ShowAnswer)
        await entrance.sign_in(LEROY)
        tell(page)
        await entrance.attendance.lock()
        for locked_by in (None, BOSS, PHARMACIST):
            if locked_by is None:
                await entrance.attendance.emergency()
            else:
                await entrance.sign_in(locked_by)
            with pytest.raises(Fault):
                tell(page)
    assert told == [page]
