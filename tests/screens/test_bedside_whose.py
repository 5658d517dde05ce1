"""Whose is it, said at the bedside; residents found by date of birth and letters; somebody without identity (H1, H2)."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from edge.domain.staff import Role
from edge.door import messages as m
from tests.screens.door import Bedside, bedside
from tests.screens.strays import PRESSURE, UNKNOWN, WAITING, WAITING_BESIDE
from tests.screens.test_bedside_entrance import LOCKED, signed_in
from ui.bedside.locales import LANGUAGES, Words
from ui.bedside.locales.en_whose import EnglishWhose
from ui.bedside.locales.fr_whose import FrenchWhose
from ui.bedside.messages import Act, Consider, Go, Tapped
from ui.bedside.screens.residents import DetailsPage
from ui.bedside.state import resident
from ui.bedside.views import Page
from ui.bedside.whose import found
from ui.bedside.whose_acts import AskRound, AskWho, FindBy, PickStray
from ui.bedside.widgets.touch import Touch

SIZES = [
    pytest.param((80, 24), marks=pytest.mark.slow),
    (106, 33),
    pytest.param((120, 32), marks=pytest.mark.slow),
]
LANGUAGE = sorted(LANGUAGES)


async def does(screen: Bedside, act: Act) -> None:
    screen.clock.seconds += 1.0
    screen.app.post_message(Tapped(act))
    await screen.pilot.pause()
    await screen.pilot.pause()


async def touches(screen: Bedside, touch: str) -> None:
    """Scrolls to it as a finger does, then taps."""
    screen.app.screen.query_one(touch).scroll_visible(animate=False, immediate=True)
    await screen.pilot.pause()
    await screen.tap(touch)


def words_of(screen: Bedside) -> str:
    return " ".join(screen.seen().split())


@pytest.mark.parametrize("size", SIZES)
async def test_a_reading_of_nobody_becomes_somebodys_with_one_confirmation(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with bedside(tmp_path, WAITING, size) as screen:
        await screen.tap("#status")
        await screen.tap("#outbox-whose")
        assert screen.app.page is Page.WHOSE
        await screen.says("PA 128/74 mmHg", "Tensiomètre", "venait de changer")
        await screen.tap("#strays .stray")
        assert screen.app.page is Page.RESIDENTS
        await screen.says("À qui est : PA 128/74 mmHg")
        cards = list(screen.app.screen.query("#cards Touch").results(Touch))
        assert [card.act for card in cards[:2]] == [Consider("r-212"), Consider("r-203")]
        await screen.tap("#cards Touch")
        await screen.says("est-ce la sienne", "OUI, C'EST LA SIENNE", "DUPONT", "Jeannine")
        assert screen.door.heard == []
        await screen.tap("#it-is")
        assert screen.door.heard == [m.AssignItem(item_id="i-pressure", patient_id="r-212")]
        assert screen.app.page is Page.WHOSE
        await screen.says("C'est noté")


async def test_nobodys_is_a_third_way(tmp_path: Path) -> None:
    async with bedside(tmp_path, WAITING) as screen:
        await does(screen, PickStray("i-spo2"))
        await screen.tap("#residents-aside")
        assert screen.door.heard == [m.LeaveAside(item_id="i-spo2")]
        assert screen.app.page is Page.WHOSE


@pytest.mark.hazard("H1", without="tests.screens.controls:a_question_is_never_forgotten")
async def test_whoever_leaves_the_question_chooses_a_resident_again(tmp_path: Path) -> None:
    """A confirmation that was meant to open a round must not say whose an old reading is, nor the other way round."""
    for leave in (Go(Page.HOME), Go(Page.OUTBOX), Go(Page.WHOSE)):
        async with bedside(tmp_path, WAITING) as screen:
            await does(screen, PickStray("i-pressure"))
            await does(screen, leave)
            await does(screen, Go(Page.RESIDENTS))
            await screen.says("Qui est devant vous ?")
            await does(screen, Consider("r-212"))
            await screen.tap("#it-is")
            assert screen.door.heard == [m.SelectResident(patient_id="r-212")]


@pytest.mark.hazard("H1", without="tests.screens.controls:a_question_is_never_forgotten")
async def test_a_question_does_not_outlive_a_lock_or_its_reading(tmp_path: Path) -> None:
    nurse = signed_in(Role.NURSE, WAITING)
    for meanwhile in (LOCKED, msgspec.structs.replace(nurse, strays=())):
        async with bedside(tmp_path, nurse) as screen:
            await does(screen, PickStray("i-pressure"))
            await does(screen, Consider("r-212"))
            screen.door.say(meanwhile)
            await screen.until(lambda: screen.app.page is not Page.CONFIRM)
            screen.door.say(nurse)
            await screen.until(lambda: screen.app.page is Page.RESIDENTS)
            await screen.says("Qui est devant vous ?")


async def test_a_care_assistant_sees_what_waits_and_that_a_nurse_says_whose_it_is(tmp_path: Path) -> None:
    async with bedside(tmp_path, signed_in(Role.CARE_ASSISTANT, WAITING)) as screen:
        await does(screen, Go(Page.WHOSE))
        await screen.says("Une infirmière ou un médecin dit")
        assert all(card.act is None for card in screen.app.screen.query("#strays Touch").results(Touch))
        await screen.tap("#strays Touch")
        assert screen.app.page is Page.WHOSE
        await does(screen, Go(Page.DETAILS))
        assert screen.app.frame.page(DetailsPage).query_one("#round-wrong", Touch).act is None


async def test_bytes_are_seen_and_a_reconciliation_is_gone_back(tmp_path: Path) -> None:
    async with bedside(tmp_path, WAITING) as screen:
        await does(screen, Go(Page.WHOSE))
        await touches(screen, "#strays .unread")
        await touches(screen, "#strays .reconciled")
        assert screen.door.heard == [m.LookedAt(number=7), m.TakeBack(patient_id="SANS-IDENTITE-0")]


async def test_a_round_on_the_wrong_resident_goes_to_the_right_one(tmp_path: Path) -> None:
    async with bedside(tmp_path, msgspec.structs.replace(WAITING_BESIDE, encounter_id="E1")) as screen:
        await screen.tap("#banner")
        await screen.tap("#round-wrong")
        await screen.says("De qui est ce tour ?")
        shown = [card.act for card in screen.app.screen.query("#cards Touch").results(Touch)]
        assert Consider("r-214") not in shown
        await does(screen, Consider("r-212"))
        await screen.says("OUI, C'EST SON TOUR")
        await screen.tap("#it-is")
        assert screen.door.heard == [m.MoveRound(encounter_id="E1", patient_id="r-212")]


async def test_somebody_without_identity_is_on_screen_with_four_taps_and_found_later(tmp_path: Path) -> None:
    async with bedside(tmp_path, WAITING) as screen:
        await screen.tap("#residents-unknown")
        assert not screen.app.screen.query_one("#unknown-begin", Touch).act
        await screen.tap("#unknown-F")
        await screen.tap("#unknown-80")
        for digit in "214":
            await screen.tap(f"#unknown-key-{digit}")
        await screen.says("Chambre : 214")
        await screen.tap("#unknown-begin")
        assert screen.door.heard == [m.NewResident(sex="F", room="214", about_years=80)]
        screen.door.say(msgspec.structs.replace(WAITING, resident=UNKNOWN, encounter_id="E2"))
        await screen.until(lambda: screen.app.page is Page.HOME)
        await screen.says("INCONNUE", "environ 80 ans")
        assert "1946" not in screen.seen()
        screen.door.heard.clear()
        await does(screen, Go(Page.RESIDENTS))
        await does(screen, Consider(UNKNOWN.id))
        await screen.tap("#who-found")
        await screen.says("Qui est INCONNUE")
        await does(screen, Consider("r-203"))
        await screen.says("OUI, LA MÊME PERSONNE", "PETIT")
        await screen.tap("#it-is")
        assert screen.door.heard == [m.Reconcile(patient_id=UNKNOWN.id, became="r-203")]


async def test_residents_are_found_by_date_of_birth_then_by_letters(tmp_path: Path) -> None:
    async with bedside(tmp_path, WAITING) as screen:
        await screen.tap("#residents-find")
        for digit in "12031938":
            await screen.tap(f"#find-{digit}")
        await screen.says("12 03 1938", "1 personne", "DUPONT", "⚠ HOMONYME")
        await screen.tap("#find-erase")
        await screen.tap("#find-by-letters")
        for letter in "DUPO":
            await screen.tap(f"#find-{letter}")
        await screen.says("DUP", "2 personnes")
        await screen.tap("#find-found Touch")
        assert screen.app.page is Page.CONFIRM


def test_accents_and_hyphens_do_not_hide_anybody() -> None:
    named = ("LEFÈVRE", "L'HÉRITIER", "ŒUVRARD", "DE-LA-TOUR")
    cards = [
        resident(msgspec.structs.replace(UNKNOWN, id=name, birth_name=name, birth_date="1938-03-12"), Words(), None)
        for name in named
    ]
    for letters, name in (("LEF", "LEFÈVRE"), ("LHE", "L'HÉRITIER"), ("OEU", "ŒUVRARD"), ("DEL", "DE-LA-TOUR")):
        assert [one.id for one in found(cards, "", letters)] == [name]
    assert found(cards, "", "") == ()


@pytest.mark.parametrize("language", LANGUAGE)
@pytest.mark.parametrize("size", SIZES)
async def test_every_target_is_large_enough_and_whole(tmp_path: Path, size: tuple[int, int], language: str) -> None:
    """At 106 x 33 12 mm are 6 x 3 cells, 20 mm are 10 x 5."""
    steps: tuple[tuple[Act, ...], ...] = (
        (Go(Page.WHOSE),),
        (PickStray("i-pressure"),),
        (PickStray("i-pressure"), Consider("r-212")),
        (Go(Page.RESIDENTS),),
        (Go(Page.FIND),),
        (Go(Page.FIND), FindBy(letters=True)),
        (Go(Page.UNKNOWN),),
        (Go(Page.RESIDENTS), Consider(UNKNOWN.id)),
        (Go(Page.RESIDENTS), Consider(UNKNOWN.id), AskWho()),
        (Go(Page.DETAILS),),
        (AskRound(),),
    )
    width, height = size
    async with bedside(tmp_path, WAITING_BESIDE, size, language) as screen:
        for acts in steps:
            for act in acts:
                await does(screen, act)
            page = screen.app.screen.query_one(f"#{screen.app.page}")
            shown = [one for one in page.query(Touch) if one.is_on_screen or one.region.height]
            shown = [one for one in shown if one.display and all(up.display for up in one.ancestors)]
            assert shown
            for one in shown:
                least = (10, 5 if height >= 30 else 4) if one.has_class("primary") else (6, 3)
                assert one.region.width >= least[0], (one, one.region, acts)
                assert one.region.height >= least[1], (one, one.region, acts)
                assert one.region.x >= 0, (one, one.region, acts)
                assert one.region.right <= width, (one, one.region, acts)
            ours = [one for one in shown if one.region.height and not one.has_class("card")]
            assert all(_whole(one) for one in ours), [one for one in ours if not _whole(one)]


def _whole(touch: Touch) -> bool:
    """All of its words fit."""
    rows = touch.text.split("\n")
    width = touch.content_size.width
    return sum(-(-len(row) // max(width, 1)) for row in rows) <= touch.content_size.height


async def test_the_pages_are_whole_in_english(tmp_path: Path) -> None:
    async with bedside(tmp_path, WAITING, language="en") as screen:
        await does(screen, Go(Page.WHOSE))
        assert "WHOSE?" in words_of(screen)
        await screen.says("Nobody was on screen.", "unreadable, kept")
        await does(screen, PickStray(PRESSURE.item.item_id))
        await screen.says("Whose is this:", "NOBODY'S", "on screen at that time")


def test_every_word_has_its_english() -> None:
    said = {name for name in vars(FrenchWhose) if not name.startswith("_")}
    assert said - set(vars(EnglishWhose)) == {"whose_at"}
