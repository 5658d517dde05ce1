"""Answers at the bedside: said on every page and on the locked one without a name, opened, taken note of with one touch (H1, H22)."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from edge.domain.staff import Role
from edge.door import messages as m
from edge.door.answer_card import of_nobody
from tests.screens.door import BESIDE_JEANNE, NOBODY, bedside
from tests.screens.test_bedside_entrance import signed_in
from tests.screens.test_bedside_whose import words_of
from ui.bedside.invented_answers import ELSEWHERE, FOLLOWING, LATE, REPORT, STRAY
from ui.bedside.views import Page

HERS = msgspec.structs.replace(BESIDE_JEANNE, following=FOLLOWING)
STRAYS = msgspec.structs.replace(HERS, following=m.FollowCard(loose=1, strays=(STRAY,), candidates=(ELSEWHERE,)))


def told(screen: object) -> list[m.Command]:
    heard = screen.door.heard  # type: ignore[attr-defined]
    return [one for one in heard if isinstance(one, m.AnyAnswer)]


@pytest.mark.parametrize("size", [(80, 24), (106, 33)])
async def test_a_nurse_takes_note_of_an_answer_in_two_touches(tmp_path: Path, size: tuple[int, int]) -> None:
    async with bedside(tmp_path, signed_in(Role.NURSE, HERS), size) as screen:
        await screen.tap("#home-answers")
        assert screen.app.page is Page.ANSWERS
        said = words_of(screen)
        assert "À RELANCER" in said
        assert "Prenez-en connaissance d'abord" in said
        await screen.tap(".answer.-unread Touch")
        assert told(screen) == [
            m.AcknowledgeAnswer(encounter_id=HERS.encounter_id or "", answer=FOLLOWING.requests[1].answers[0].answer)
        ]


async def test_what_was_chased_by_telephone_is_noted(tmp_path: Path) -> None:
    async with bedside(tmp_path, signed_in(Role.NURSE, HERS)) as screen:
        await screen.tap("#home-answers")
        await screen.tap(".answer.-chase Touch")
        assert told(screen) == [m.ChaseOpinion(encounter_id=HERS.encounter_id or "", request_id=LATE.request_id)]


async def test_who_may_not_take_note_reads_it_and_is_told_whom_to_ask(tmp_path: Path) -> None:
    async with bedside(tmp_path, signed_in(Role.CARE_ASSISTANT, HERS)) as screen:
        await screen.tap("#home-answers")
        assert "prévenez l'infirmier" in words_of(screen)
        await screen.tap(".answer.-unread Touch")
        assert told(screen) == []


async def test_the_list_of_residents_says_of_whom_there_is_one(tmp_path: Path) -> None:
    elsewhere = msgspec.structs.replace(FOLLOWING, requests=(), to_read=1, to_chase=0, loose=0)
    async with bedside(tmp_path, signed_in(Role.NURSE, msgspec.structs.replace(NOBODY, following=elsewhere))) as screen:
        said = words_of(screen)
        assert "Avis : 1 réponse à lire" in said
        assert "● Réponse à lire" in said
        await screen.tap("#residents-answers")
        await screen.tap(".answer.-elsewhere Touch")
        assert screen.app.page is Page.CONFIRM


async def test_the_locked_screen_says_that_there_is_one_and_names_nobody(tmp_path: Path) -> None:
    locked = m.Snapshot(
        cart=NOBODY.cart,
        demo=False,
        clock=NOBODY.clock,
        following=of_nobody(FOLLOWING),
        attendance=m.AttendanceCard(required=True, locked=True, may=()),
    )
    assert REPORT.author not in m.encode(locked).decode()
    async with bedside(tmp_path, locked) as screen:
        said = words_of(screen)
        assert "2 réponses à lire" in said
        assert "DUPONT" not in said


@pytest.mark.parametrize("size", [(80, 24), (106, 33)])
async def test_a_nurse_says_which_request_an_answer_of_nobody_answers(tmp_path: Path, size: tuple[int, int]) -> None:
    """Never by one touch: the request, then whose that is, on the page that shows her."""
    async with bedside(tmp_path, signed_in(Role.NURSE, STRAYS), size) as screen:
        await screen.tap("#home-answers")
        await screen.tap(".answer.-stray Touch")
        assert "À quelle demande répond-elle ?" in words_of(screen)
        await screen.tap(".answer.-pick Touch")
        assert screen.app.page is Page.CONFIRM
        said = words_of(screen)
        assert "La réponse est à cette personne" in said
        assert told(screen) == []
        await screen.tap("#it-is")
        assert told(screen) == [
            m.MatchAnswer(answer=STRAY.answer, request_id=ELSEWHERE.request_id, patient_id=ELSEWHERE.patient_id)
        ]
        assert screen.app.page is Page.ANSWERS


async def test_it_is_not_she_and_it_is_for_nobody_here(tmp_path: Path) -> None:
    async with bedside(tmp_path, signed_in(Role.NURSE, STRAYS)) as screen:
        await screen.tap("#home-answers")
        await screen.tap(".answer.-stray Touch")
        await screen.tap(".answer.-pick Touch")
        await screen.tap("#not-them")
        assert screen.app.page is Page.ANSWERS
        await screen.tap(".answer.-nobodys Touch")
        assert told(screen) == [m.SetAnswerAside(answer=STRAY.answer)]


async def test_who_may_not_say_whose_something_is_says_it_of_no_answer(tmp_path: Path) -> None:
    async with bedside(tmp_path, signed_in(Role.CARE_ASSISTANT, STRAYS)) as screen:
        await screen.tap("#home-answers")
        assert "concerne une autre personne" in words_of(screen)
        await screen.tap(".answer.-stray Touch")
        assert "À quelle demande" not in words_of(screen)
        assert told(screen) == []
