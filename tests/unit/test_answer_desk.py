"""Answers at the bedside: only for who is on screen, only by who has a name, and nothing of anybody on a locked screen (H1)."""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
import pytest
from click.testing import CliRunner

from edge.acquire.devices import Devices
from edge.acquire.recorder import Recorder
from edge.answering import Answers as Named, Mailbox
from edge.cli import main
from edge.domain.answer import AnswerKind, Leaf
from edge.domain.audit import Actor, KnownBy, Origin, Who
from edge.domain.fault import Fault, Reason
from edge.door import answer_card, messages as m, sight
from edge.door.answer_desk import AnswerDesk
from edge.mains import answering
from edge.mains.clock import SystemClock
from edge.mains.printing import to_printer, way_to
from edge.settings import Fhir, Settings
from edge.store.answer_book import StoredAnswers
from edge.store.ledger import Places, StoredLedger, open_for_edge
from edge.store.thread import StoreThread
from tests.unit.test_answers import NURSE, PDF, Asked, came
from tests.unit.test_assigning import OTHER, TO
from tests.unit.test_review_imaging import Cart as Entrance
from tests.unit.test_store import JEANNE, now
from ui.bedside.answer_views import Stand
from ui.bedside.answers import answers
from ui.bedside.invented_answers import FOLLOWING, REPORT
from ui.bedside.locales import LANGUAGES
from ui.bedside.picture import SAMPLE

NOBODY: Final = Actor(Who(KnownBy.ROLE, m.UI), Origin("edge", m.UI))


@pytest.fixture
def cart(tmp_path: Path) -> Iterator[Asked]:
    one = Asked(tmp_path)
    yield one
    one.store.database.close()


async def _nothing(_command: m.AnyCommand, _by: Actor) -> None:
    raise AssertionError("it was about answers")


async def _no_leaf(_pdf: bytes, _page: int) -> Leaf:
    raise AssertionError("nobody asked to read it")


def _told(_said: m.AnswerPage) -> None:
    raise AssertionError("nobody asked to read it")


def ask(cart: Asked, shown: str, command: m.AnyCommand, by: Actor, printer: str = "") -> None:
    """At a desk of that store, ``shown`` on screen; ``printer`` is a program that takes what CUPS would."""

    async def asked() -> None:
        async with StoreThread(lambda: open_for_edge(cart.places, TO, "care")) as thread:
            ledger, clock = StoredLedger(thread, "TC"), SystemClock()
            recorder = Recorder(ledger, clock, Devices(ledger, clock), lambda: None)
            recorder.show(JEANNE if shown == JEANNE.id else OTHER, cart.rounds[shown])
            lp = functools.partial(to_printer, "queue", program=printer) if printer else None
            desk = AnswerDesk(recorder, StoredAnswers(thread), clock, _nothing, lp, _no_leaf, _told)
            await desk.handle(command, by)

    asyncio.run(asked())


@pytest.mark.hazard("H1", without="tests.controls_answers:an_answer_is_whoevers_is_on_screen")
def test_an_answer_is_taken_note_of_for_who_is_on_screen_and_by_name(cart: Asked) -> None:
    cart.take(came(cart.hers))
    (arrived,) = cart.of(cart.hers).arrived
    hers, others = cart.rounds[JEANNE.id].id, cart.rounds[OTHER.id].id
    for shown, encounter_id, by, reason in (
        (JEANNE.id, hers, NOBODY, Reason.NOT_ALLOWED),
        (OTHER.id, hers, NURSE, Reason.RESIDENT_CHANGED),
        (OTHER.id, others, NURSE, Reason.NOT_ALLOWED),
    ):
        with pytest.raises(Fault) as refused:
            ask(cart, shown, m.AcknowledgeAnswer(encounter_id=encounter_id, answer=arrived.number), by)
        assert refused.value.reason is reason
        assert cart.of(cart.hers).waits
    ask(cart, JEANNE.id, m.AcknowledgeAnswer(encounter_id=hers, answer=arrived.number), NURSE)
    assert not cart.of(cart.hers).waits


def test_what_somebody_took_note_of_is_printed_and_nothing_else(cart: Asked, tmp_path: Path) -> None:
    cart.take(came(cart.hers))
    (arrived,) = cart.of(cart.hers).arrived
    paper, lp, broken = tmp_path / "paper", tmp_path / "lp", tmp_path / "broken"
    lp.write_text(f'#!/bin/sh\necho "$@" >"{paper}.said"\nexec cat >"{paper}"\n')
    broken.write_text("#!/bin/sh\ncat >/dev/null\nexit 1\n")
    for program in (lp, broken):
        program.chmod(0o755)
    encounter_id = cart.rounds[JEANNE.id].id
    wanted = m.PrintAnswer(encounter_id=encounter_id, answer=arrived.number)
    for shown, printer in ((JEANNE.id, str(lp)), (OTHER.id, str(lp)), (JEANNE.id, "")):
        with pytest.raises(Fault):
            ask(cart, shown, wanted, NURSE, printer)
    assert not paper.exists()
    ask(cart, JEANNE.id, m.AcknowledgeAnswer(encounter_id=encounter_id, answer=arrived.number), NURSE)
    for printer in (str(broken), "/nowhere/lp"):
        with pytest.raises(Fault):
            ask(cart, JEANNE.id, wanted, NURSE, printer)
    ask(cart, JEANNE.id, wanted, NURSE, str(lp))
    assert paper.read_bytes() == PDF
    assert Path(f"{paper}.said").read_text().split() == ["-d", "queue", "-t", "telecart", "-"]
    assert "printed" in cart.acts()
    assert way_to("") is None


def test_a_prescription_is_shown_once_somebody_took_note_of_it(cart: Asked) -> None:
    cart.take(came(cart.hers, kind=AnswerKind.PRESCRIPTION))
    card = answer_card.follow(cart.standing(), JEANNE.id, now().utc)
    assert card.requests[0].answers[0].lines == ()
    ask(
        cart,
        JEANNE.id,
        m.AcknowledgeAnswer(encounter_id=cart.rounds[JEANNE.id].id, answer=card.requests[0].answers[0].answer),
        NURSE,
    )
    (shown,) = answer_card.follow(cart.standing(), JEANNE.id, now().utc).requests[0].answers
    assert shown.lines == ("Pansement hydrocolloïde, trois fois par semaine.",)
    assert shown.acknowledged_by == "C. LEROY"


def test_another_residents_page_says_that_there_is_one_and_not_what_it_says(cart: Asked) -> None:
    cart.take(came(cart.hers))
    card = answer_card.follow(cart.standing(), OTHER.id, now().utc)
    assert [(one.patient_id, one.answers) for one in card.others] == [(JEANNE.id, ())]
    assert answer_card.of_nobody(card) == m.FollowCard(to_read=1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_what_to_do_first(language: str) -> None:
    words = LANGUAGES[language]()
    view = answers(msgspec.structs.replace(SAMPLE, following=FOLLOWING), words, dt.UTC)
    assert [row.stand for row in view.rows][:3] == [Stand.CHASE, Stand.UNREAD, Stand.UNREAD]
    assert view.rows[1].lines[0] == words.answers_first
    assert dict(view.marks) == {"r-214": words.answers_mark_chase, "r-203": words.answers_mark_read}
    quiet = answers(SAMPLE, words, dt.UTC)
    assert (quiet.alert, quiet.wants, quiet.rows) == ("", False, ())


async def test_a_locked_screen_is_told_how_many_there_are_and_of_nobody(tmp_path: Path) -> None:
    places = Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "store.key")
    full = msgspec.structs.replace(SAMPLE, following=FOLLOWING)
    async with StoreThread(lambda: open_for_edge(places, {}, "demonstration")) as thread:
        entrance = await Entrance.of(thread)
        seen = sight.at_the_screen(full, entrance.attendance)
        assert entrance.attendance.locked
        assert seen.following == answer_card.of_nobody(FOLLOWING)
        said = m.encode(seen).decode()
        assert not any(secret in said for secret in (REPORT.author, "hydrocolloïde", "r-214", "r-203"))


async def test_the_emergency_door_says_nothing_of_who_protects_or_represents_anybody(tmp_path: Path) -> None:
    places = Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "store.key")
    assert SAMPLE.resident is not None
    guarded = msgspec.structs.replace(SAMPLE.resident, protection="tutelle", representative="Paul MARTIN")
    full = msgspec.structs.replace(SAMPLE, resident=guarded, residents=(guarded,))
    async with StoreThread(lambda: open_for_edge(places, {}, "demonstration")) as thread:
        entrance = await Entrance.of(thread)
        await entrance.attendance.emergency()
        seen = sight.at_the_screen(full, entrance.attendance)
        assert seen.resident is not None
        assert [one.id for one in seen.residents] == [guarded.id]
        said = m.encode(seen).decode()
        assert not any(secret in said for secret in ("tutelle", "MARTIN"))


# --- the command, and the settings


def run(cart: Asked, tmp_path: Path, *arguments: str) -> str:
    result = CliRunner().invoke(main, ["--data", str(tmp_path), "opinions", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_command_lists_the_worst_first_and_places_what_nobody_could(cart: Asked, tmp_path: Path) -> None:
    cart.take(came("DUPONT Jeanne"))
    (loose,) = cart.standing().loose
    told = json.loads(run(cart, tmp_path, "--json"))
    assert [one["answer"] for one in told["loose"]] == [loose.number]
    assert {one["state"] for one in told["requests"]} == {"demandé"}
    run(cart, tmp_path, "match", str(loose.number), cart.hers)
    told = json.loads(run(cart, tmp_path, "--json"))
    assert told["requests"][0]["request"] == cart.hers
    assert told["requests"][0]["to_take_note_of"]
    assert "répondu" in run(cart, tmp_path)
    out = tmp_path / "answer.pdf"
    run(cart, tmp_path, "document", str(loose.number), "--out", str(out))
    assert out.read_bytes().startswith(b"%PDF-")
    assert out.stat().st_mode & 0o077 == 0
    assert JEANNE.birth_name not in run(cart, tmp_path)


def test_the_command_lists_what_was_put_aside_and_undoes_it(cart: Asked, tmp_path: Path) -> None:
    cart.take(came("DUPONT Jeanne"))
    (loose,) = cart.standing().loose
    cart.answers.set_aside(loose.number, now(), NURSE)
    told = json.loads(run(cart, tmp_path, "--json"))
    assert (told["loose"], [one["answer"] for one in told["aside"]]) == ([], [loose.number])
    assert "for nobody here" in run(cart, tmp_path)
    run(cart, tmp_path, "match", str(loose.number), cart.hers)
    told = json.loads(run(cart, tmp_path, "--json"))
    assert told["aside"] == []
    assert told["requests"][0]["answers"][0]["answer"] == loose.number


def test_sources_are_those_of_the_settings_and_a_demonstration_looks_at_no_strangers_mail(tmp_path: Path) -> None:
    box = Mailbox(host="mail.example.org", user="u", password_file=tmp_path / "p")
    settings = Settings(fhir=(Fhir(url="http://127.0.0.1:1/fhir"),), answers=Named(fhir=("fhir",), mailbox=box))
    assert [one.name for one in answering.sources(settings)] == ["fhir", "mailbox"]
    assert answering.sources(Settings()) == []
    for wrong in (
        msgspec.structs.replace(settings, demo=True),
        msgspec.structs.replace(settings, answers=Named(fhir=("nobody",))),
    ):
        with pytest.raises(Fault) as refused:
            answering.sources(wrong)
        assert refused.value.reason is Reason.SETTINGS
