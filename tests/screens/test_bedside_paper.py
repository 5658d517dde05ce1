"""The PDF of an answer on the screen: asked for page by page, under the banner of whose it is, and gone with her (H1)."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from edge.domain.answer import MOST_LEAVES
from edge.domain.staff import Role
from edge.door import messages as m
from tests.papers import sheet
from tests.screens.door import BESIDE_JEANNE, RESIDENTS, Bedside
from tests.screens.test_bedside_entrance import signed_in
from tests.screens.test_bedside_still import SIXEL, asked, pictured, sixels
from tests.screens.test_bedside_still_window import CAN, PNG, drawn, wished
from ui.bedside.graphics import LETTERS, Graphics
from ui.bedside.invented_answers import ANSWERED, PRESCRIPTION, REPORT
from ui.bedside.screens.paper import PaperPage, Place
from ui.bedside.views import Page
from ui.bedside.widgets.paper import Paper
from ui.drawing.messages import Way

NUMBER = REPORT.answer
NOTED = msgspec.structs.replace(REPORT, acknowledged="2026-11-20T12:30:00Z", acknowledged_by="C. LEROY", waits=False)


def answered(*answers: m.AnswerCard, printer: bool = True) -> m.Snapshot:
    following = m.FollowCard(requests=(msgspec.structs.replace(ANSWERED, answers=answers),), printer=printer)
    return signed_in(Role.NURSE, msgspec.structs.replace(BESIDE_JEANNE, encounter_id="e-1", following=following))


def page(number: int = 0, pages: int = 2, encounter_id: str = "e-1", answer: int = NUMBER) -> bytes:
    said = m.AnswerPage(answer=answer, encounter_id=encounter_id, jpeg=sheet(), page=number, pages=pages)
    return m.encode(said)


def ask(number: int = 0) -> m.ShowAnswer:
    return m.ShowAnswer(encounter_id="e-1", answer=NUMBER, page=number)


def place(screen: Bedside) -> Place:
    return screen.app.frame.page(PaperPage)._place


async def opened(screen: Bedside) -> None:
    await screen.tap("#home-answers")
    await screen.tap("Touch.answer-read")
    assert screen.app.page is Page.PAPER
    await asked(screen, ask())


async def stands(screen: Bedside, pages: int = 2) -> None:
    await opened(screen)
    screen.door.say_bytes(page(pages=pages))
    await screen.until(lambda: bool(sixels(screen)))


@pytest.mark.parametrize("size", [(80, 24), (106, 33), (120, 32)])
@pytest.mark.parametrize("language", ["fr", "en"])
async def test_it_is_read_part_by_part_and_page_by_page_and_back(
    tmp_path: Path, size: tuple[int, int], language: str
) -> None:
    cell = {80: (10, 20), 106: (12, 24), 120: (16, 33)}[size[0]]
    graphics = Graphics(Way.SIXEL, cell)
    async with pictured(tmp_path, answered(NOTED), size, language, graphics) as screen:
        await stands(screen)
        where = screen.app.screen.query_one(Paper).region
        assert sixels(screen) == list(range(where.y, where.bottom))
        assert where.height * cell[1] >= 230
        await screen.says("DUPONT", "page 1 / 2", *(["Nguyen"] if size[1] >= 30 else []))
        for name in ("paper-close", "paper-back", "paper-on", "paper-print"):
            part = screen.app.screen.query_one(f"#{name}").region
            assert part.height >= 4
            assert part.bottom <= size[1]
        parts = place(screen).parts
        assert parts > 2
        for part in range(1, parts):
            await screen.tap("#paper-on")
            await screen.until(lambda part=part: place(screen).part == part)  # type: ignore[misc]
        assert ask(1) not in screen.door.heard
        await screen.tap("#paper-on")
        await asked(screen, ask(1))
        screen.door.say_bytes(page(1))
        await screen.until(lambda: place(screen) == Place(1, 2, 0, parts))
        await screen.says("page 2 / 2")
        await screen.tap("#paper-back")
        await screen.until(lambda: place(screen) == Place(0, 2, parts - 1, parts))
        assert screen.door.heard.count(ask()) == 1
        await screen.tap("#paper-close")
        assert screen.app.page is Page.ANSWERS
        assert sixels(screen) == []


async def test_the_first_and_the_last_part_lead_nowhere_further(tmp_path: Path) -> None:
    async with pictured(tmp_path, answered(REPORT)) as screen:
        await stands(screen, pages=1)
        await screen.tap("#paper-back")
        assert place(screen).part == 0
        parts = place(screen).parts
        for part in range(1, parts):
            await screen.tap("#paper-on")
            await screen.until(lambda part=part: place(screen).part == part)  # type: ignore[misc]
        await screen.tap("#paper-on")
        assert place(screen) == Place(0, 1, parts - 1, parts)


async def test_who_read_it_takes_note_of_it_there(tmp_path: Path) -> None:
    async with pictured(tmp_path, answered(REPORT)) as screen:
        await stands(screen)
        assert not screen.app.screen.query_one("#paper-print").display
        await screen.tap("#paper-take")
        await asked(screen, m.AcknowledgeAnswer(encounter_id="e-1", answer=NUMBER))
        screen.door.say(answered(NOTED))
        await screen.until(lambda: screen.app.screen.query_one("#paper-print").display)
        assert not screen.app.screen.query_one("#paper-take").display
        assert screen.app.page is Page.PAPER
        await screen.tap("#paper-print")
        await asked(screen, m.PrintAnswer(encounter_id="e-1", answer=NUMBER))


@pytest.mark.hazard("H1", without="tests.controls_papers:a_late_page_is_the_next_residents")
async def test_a_page_that_was_asked_for_another_resident_is_left_out(tmp_path: Path) -> None:
    """Also where both have an answer of the same number."""
    async with pictured(tmp_path, answered(REPORT)) as screen:
        await opened(screen)
        other = msgspec.structs.replace(answered(REPORT), resident=RESIDENTS[0], encounter_id="e-2")
        screen.door.say(other)
        await screen.says("BERNARD")
        await screen.tap("#home-answers")
        await screen.tap("Touch.answer-read")
        await asked(screen, m.ShowAnswer(encounter_id="e-2", answer=NUMBER))
        screen.door.say_bytes(page(encounter_id="e-1"))
        screen.door.say_bytes(page(encounter_id="e-2", answer=NUMBER + 1))
        screen.door.say(msgspec.structs.replace(other, clock="2026-11-20T15:00:00+01:00"))
        await screen.says("15:00")
        assert not screen.app.stills.papers._sheets
        assert sixels(screen) == []
        screen.door.say_bytes(page(encounter_id="e-2"))
        await screen.until(lambda: bool(sixels(screen)))


@pytest.mark.hazard("H1", without="tests.controls_papers:a_page_outlives_its_resident")
async def test_no_page_outlives_its_resident(tmp_path: Path) -> None:
    async with pictured(tmp_path, answered(REPORT)) as screen:
        await stands(screen)
        screen.door.say(msgspec.structs.replace(answered(REPORT), resident=RESIDENTS[0], encounter_id="e-2"))
        await screen.says("BERNARD")
        assert screen.app.page is Page.HOME
        assert sixels(screen) == []
        assert screen.app.screen.query_one(Paper).drawn is None
        hand = screen.app.stills.papers
        assert not hand._sheets
        assert not hand._drawn


async def test_what_turned_out_to_be_another_residents_is_closed(tmp_path: Path) -> None:
    async with pictured(tmp_path, answered(REPORT)) as screen:
        await stands(screen)
        screen.door.say(answered(PRESCRIPTION))
        await screen.until(lambda: screen.app.page is Page.ANSWERS)
        assert sixels(screen) == []
        assert not screen.app.stills.papers._sheets


async def test_a_prescription_is_not_read_before_somebody_took_note_of_it(tmp_path: Path) -> None:
    async with pictured(tmp_path, answered(PRESCRIPTION)) as screen:
        await screen.tap("#home-answers")
        await screen.says("Prenez-en connaissance d'abord")
        assert not screen.app.screen.query("Touch.answer-read")


async def test_who_may_not_take_note_of_it_opens_nothing(tmp_path: Path) -> None:
    snapshot = answered(REPORT)
    assistant = signed_in(Role.CARE_ASSISTANT, snapshot)
    async with pictured(tmp_path, assistant) as screen:
        await screen.tap("#home-answers")
        await screen.tap("Touch.answer-read")
        assert screen.app.page is Page.ANSWERS
        assert screen.door.heard == [one for one in screen.door.heard if not isinstance(one, m.ShowAnswer)]


@pytest.mark.parametrize(("printer", "said"), [(True, "imprimez-le"), (False, "prévenez le support")])
async def test_what_cannot_be_shown_is_one_line_and_is_asked_for_once(tmp_path: Path, printer: bool, said: str) -> None:
    async with pictured(tmp_path, answered(NOTED, printer=printer)) as screen:
        screen.door.refusal = m.Refused(id=0, reason="undecodable", what="Ce document ne s'affiche pas ici", do="")
        await opened(screen)
        await screen.says(f"Ce document ne s'affiche pas ici : {said}.")
        screen.clock.seconds += 60.0
        await screen.tap("#paper-on")
        assert screen.door.heard.count(ask()) == 1
        assert screen.app.screen.query_one("#paper-print").display is printer


async def test_a_page_that_never_came_is_asked_for_again(tmp_path: Path) -> None:
    async with pictured(tmp_path, answered(NOTED)) as screen:
        await opened(screen)
        screen.clock.seconds += 6.0
        await screen.until(lambda: screen.door.heard.count(ask()) == 2)
        screen.door.say_bytes(page())
        await screen.until(lambda: bool(sixels(screen)))


async def test_of_a_long_document_it_is_said_that_the_rest_is_on_paper(tmp_path: Path) -> None:
    async with pictured(tmp_path, answered(NOTED)) as screen:
        await stands(screen, pages=MOST_LEAVES + 23)
        await screen.says("page 1 / 43", f"les {MOST_LEAVES} premières s'affichent ici : imprimez le reste")


@pytest.mark.parametrize("size", [(80, 24), (106, 33), (120, 32)])
async def test_where_the_terminal_shows_letters_only_it_stands_in_a_window(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    """Also on the smallest display, where a demonstration is told of and another answer waits."""
    full = answered(NOTED)
    following = msgspec.structs.replace(full.following, to_read=1)
    beside = msgspec.structs.replace(full, windows=CAN, following=following)
    async with pictured(tmp_path, beside, size, pictures=LETTERS) as screen:
        await opened(screen)
        screen.door.say_bytes(page())
        await screen.until(lambda: bool(drawn(screen)))
        await screen.until(lambda: wished(screen).still == drawn(screen)[-1].key)
        first = drawn(screen)[-1]
        assert first.png.startswith(PNG)
        assert first.encounter_id == wished(screen).encounter_id == "e-1"
        await screen.tap("#paper-on")
        await screen.until(lambda: wished(screen).still not in {"", first.key})
        assert drawn(screen)[-1].png != first.png
        await screen.tap("#paper-close")
        await screen.until(lambda: wished(screen).still == "")
        assert sixels(screen) == []


async def test_where_no_picture_can_be_shown_none_is_offered(tmp_path: Path) -> None:
    async with pictured(tmp_path, answered(NOTED), pictures=LETTERS) as screen:
        await screen.tap("#home-answers")
        await screen.says("Un document PDF est joint.")
        assert not screen.app.screen.query("Touch.answer-read")
    async with pictured(tmp_path, answered(NOTED), pictures=SIXEL) as screen:
        await screen.tap("#home-answers")
        await screen.until(lambda: bool(screen.app.screen.query("Touch.answer-read")))
