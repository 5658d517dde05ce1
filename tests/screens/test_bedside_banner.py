"""Who is in front of the nurse: on every page, at every size, with the longest names (H1, H14)."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from edge.door import messages as m
from tests.screens.door import BESIDE_JEANNE, JEANNE, RESIDENTS, Bedside, bedside
from ui.bedside.answer_acts import OpenPaper
from ui.bedside.invented_answers import ANSWERED, REPORT
from ui.bedside.messages import Act, AskZone, ChooseZone, Consider, Go, Tapped
from ui.bedside.views import Page
from ui.bedside.widgets.frame import Banner
from ui.bedside.zones import UNTOLD

SIZES = [
    pytest.param((80, 24), marks=pytest.mark.slow),
    (106, 33),
    pytest.param((120, 32), marks=pytest.mark.slow),
]
LONGEST = msgspec.structs.replace(
    JEANNE,
    birth_name="De La Rochefoucauld-Montmorency " * 3 + "Fin1",  # 100 characters, the longest of the INS
    given_names="Marie-Antoinette Philippine " * 3 + "Clotilde Fin2",
    used_name="Vandenbroucke-Van Der Straeten " * 3 + "Fin3",
    room="Unité protégée 214 bis",
    allergies=tuple(f"allergène numéro {number}" for number in range(1, 31)),
)


PLACES: tuple[tuple[Page, Act], ...] = (
    *((page, Go(page)) for page in (Page.HOME, Page.VITALS, Page.ECG, Page.PHOTO)),
    (Page.PHOTO, AskZone("head")),
    (Page.PHOTO, AskZone("foot", "outer_ankle")),
    (Page.PHOTO, ChooseZone(UNTOLD)),
    *((page, Go(page)) for page in (Page.CALL, Page.OUTBOX, Page.SOUND, Page.APPLIANCES, Page.APPLIANCE)),
    *((page, Go(page)) for page in (Page.NEARBY, Page.PASSKEY, Page.RESIDENTS, Page.DETAILS)),
    *((page, Go(page)) for page in (Page.TYPING, Page.PAIN, Page.ALGOPLUS, Page.SCORE)),
    *((page, Go(page)) for page in (Page.WHOSE, Page.FIND, Page.UNKNOWN, Page.SETTINGS)),
    *((page, Go(page)) for page in (Page.HANDOVER, Page.STOPPED, Page.LETTING, Page.STILL)),
    *((page, Go(page)) for page in (Page.ANSWERS, Page.CONSENT, Page.DIARY, Page.PLANNING)),
    (Page.PAPER, OpenPaper(REPORT.answer)),
    (Page.CONFIRM, Consider(RESIDENTS[0].id)),
)


WITHOUT_BANNER = {Page.STARTING, Page.LOCKED, Page.CLEANING}
"""Nothing of a resident may stand there."""

SAID = {
    "fr": ("88 ans", ("Née le", "Femme", "INS qualifiée", "Allergies :"), "toucher pour tout lire"),
    "en": ("88 years", ("Born", "Woman", "INS qualified", "Allergies:"), "touch to read all"),
}
TOLD = {
    "fr": ("Une annonce du chariot", "DÉMONSTRATION - données fictives"),
    "en": ("What the cart tells", "DEMONSTRATION - invented data"),
}


def test_every_page_is_looked_at() -> None:
    assert {page for page, _ in PLACES} == set(Page) - WITHOUT_BANNER


def identity_is_whole(screen: Bedside, who: m.ResidentCard, where: str, language: str = "fr") -> None:
    years, parts, more = SAID[language]
    banner = screen.app.screen.query_one(Banner)
    width, height = screen.app.size
    assert banner.region.y == 1
    assert banner.region.height >= 3
    assert banner.region.width == width
    assert banner.content_size.height == len(str(banner.render()).split("\n"))
    shown = screen.rows()[banner.region.y : banner.region.bottom]
    words = " ".join(" ".join(shown).split())
    for part in (
        who.birth_name.upper(),
        who.given_names,
        (who.used_name or "").upper(),
        who.room,
        "12/03/1938",
        years,
    ):
        for word in part.split():
            assert word in words, f"{word} on {where}"
    for part in parts:
        assert part in words, f"{part} on {where}"
    assert (more in words) == (who is LONGEST)
    bar = screen.app.screen.query_one("#bar")
    # a picture at its true size, and a face that fills the screen, take the room of the five places; a way back is there
    alone = screen.app.page in {Page.STILL, Page.PAPER} or screen.app.screen.query_one("#way-back").display
    assert bar.region.bottom == height or (alone and not bar.display), where


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("who", [JEANNE, LONGEST], ids=["usual", "longest"])
@pytest.mark.parametrize("language", ["fr", "en"])
async def test_identity_is_whole_on_every_page(
    tmp_path: Path, size: tuple[int, int], who: m.ResidentCard, language: str
) -> None:
    french, english = TOLD["fr"][0], TOLD["en"][0]
    snapshot = msgspec.structs.replace(
        BESIDE_JEANNE, resident=who, notice=french, notice_en=english, following=m.FollowCard(requests=(ANSWERED,))
    )
    async with bedside(tmp_path, snapshot, size, language) as screen:
        for page, wanted in PLACES:
            screen.clock.seconds += 1.0
            screen.app.post_message(Tapped(wanted))
            await screen.until(lambda page=page: screen.app.page is page)  # type: ignore[misc]
            await screen.pilot.pause()
            identity_is_whole(screen, who, f"{page} after {wanted} at {size}", language)
            assert all(text in screen.seen() for text in TOLD[language]), page
        await screen.tap("#bar-photo")
        blurred = msgspec.structs.replace(BESIDE_JEANNE.items[-1], item_id="new", remark="surexposée", age_seconds=1.0)
        screen.door.say(msgspec.structs.replace(snapshot, items=(*snapshot.items, blurred)))
        await screen.until(lambda: screen.app.screen.query_one("#verdict").display)
        await screen.pilot.pause()
        identity_is_whole(screen, who, f"a picture that is not good at {size}", language)
        assert all(text in screen.seen() for text in TOLD[language])


@pytest.mark.hazard("H14", without="tests.screens.controls:clipped_allergies")
@pytest.mark.parametrize("size", SIZES)
async def test_every_allergy_is_shown_or_one_touch_away(tmp_path: Path, size: tuple[int, int]) -> None:
    async with bedside(tmp_path, msgspec.structs.replace(BESIDE_JEANNE, resident=LONGEST), size) as screen:
        await screen.says("+", "toucher pour tout lire")
        await screen.tap("#banner")
        assert screen.app.page is Page.DETAILS
        body = screen.app.screen.query_one("#details")
        unseen = {f"• ALLERGÈNE NUMÉRO {number}" for number in range(1, 31)}
        for offset in range(int(body.max_scroll_y) + 1):
            body.scroll_to(y=offset, animate=False, immediate=True)
            await screen.pilot.pause()
            rows = [row.strip() for row in screen.rows()]
            unseen = {allergy for allergy in unseen if not any(row.startswith(allergy) for row in rows)}
        assert unseen == set()


@pytest.mark.parametrize(
    ("allergies", "said"),
    [(None, "Allergies : non renseignées"), ((), "Aucune allergie connue")],
    ids=["unknown", "none"],
)
async def test_unknown_allergies_are_never_shown_as_none(
    tmp_path: Path, allergies: tuple[str, ...] | None, said: str
) -> None:
    who = msgspec.structs.replace(JEANNE, allergies=allergies)
    async with bedside(tmp_path, msgspec.structs.replace(BESIDE_JEANNE, resident=who)) as screen:
        await screen.says(said)
        other = {"Allergies : non renseignées", "Aucune allergie connue"} - {said}
        assert not any(words in screen.seen() for words in other)
