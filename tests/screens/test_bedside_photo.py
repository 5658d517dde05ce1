"""S5: what a photo shows is said by fingers before it is taken, and what is wrong with it at once (H4)."""

from __future__ import annotations

import string
from pathlib import Path

import msgspec
import pytest

from edge.domain.body_site import SITES, BodySite, Side
from edge.domain.photo import Shows, View as PhotoView
from edge.domain.staff import MAY, Deed, Role
from edge.door import messages as m
from tests.screens.door import BESIDE_JEANNE, NOBODY, RESIDENTS, Bedside, bedside
from tests.screens.test_bedside_entrance import LOCKED, signed_in
from ui.bedside import letters, zones
from ui.bedside.locales import LANGUAGES
from ui.bedside.screens.photo import PhotoPage
from ui.bedside.views import Page
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.touch import Touch
from ui.bedside.widgets.word import BigWord
from ui.bedside.zones import REGIONS, UNTOLD, Zone, offered, zone_of

SIZES = [
    pytest.param((80, 24), marks=pytest.mark.slow),
    (106, 33),
    pytest.param((120, 32), marks=pytest.mark.slow),
]
CARDS = "ResidentCardTouch"
EARLIER = (
    m.EarlierCard(
        prior_id="p1",
        kind="photo",
        taken="2026-11-12T10:15:00",
        title="close_up",
        site="heel",
        side="L",
        who="A. PETIT",
    ),
    m.EarlierCard(
        prior_id="p2", kind="photo", taken="2026-10-29", title="overview", site="heel", side="R", who="P. ROY"
    ),
    m.EarlierCard(
        prior_id="p3", kind="photo", taken="2026-09-02", title="close_up", site="knee", side="R", who="P. ROY"
    ),
    m.EarlierCard(prior_id="p4", kind="photo", taken="2026-08-01", title="close_up", site="heel", who="P. ROY"),
)
EMPTY = msgspec.structs.replace(BESIDE_JEANNE, items=(), live=(), trace=None)


def still(number: int, view: str = "overview", **changes: object) -> m.ItemCard:
    card = m.ItemCard(
        item_id=f"photo-{number}",
        kind="photo",
        device="Caméra",
        model="demo",
        taken="2026-11-20T14:30:00Z",
        age_seconds=50.0 - number,
        values=(m.Value(name="view", value=view, unit=None),),
    )
    return msgspec.structs.replace(card, **changes)


def comes(screen: Bedside, *cards: m.ItemCard) -> None:
    """The cart has saved them: they stand in the next thing it says."""
    before = screen.door.snapshot
    screen.door.say(msgspec.structs.replace(before, items=(*before.items, *cards)))


def page(screen: Bedside) -> PhotoPage:
    return screen.app.frame.page(PhotoPage)


def text(screen: Bedside, selector: str) -> str:
    return screen.app.screen.query_one(selector, Line).text


# --- the flow


async def test_three_dermatology_photos_take_seven_taps_from_the_list_of_residents(tmp_path: Path) -> None:
    """The opinion asks two more (speciality, ask): nine."""
    async with bedside(tmp_path, signed_in(snapshot=msgspec.structs.replace(NOBODY, items=()))) as screen:
        await screen.until(lambda: len(screen.app.screen.query(CARDS)) > 0)
        taps = ["card", "#it-is", "#home-photo", "#usual-1", "#take", "#take", "#take"]
        card = next(one for one in screen.app.screen.query(CARDS) if "Ch. 214" in str(one.render()))
        screen.clock.seconds += 1.0
        assert await screen.pilot.click(card)
        await screen.pilot.pause()
        number = 0
        for selector in taps[1:]:
            await screen.tap(selector)
            if selector == "#it-is":
                await screen.until(lambda: screen.app.screen.query_one("#home").display)
            elif selector == "#take":
                asked = screen.door.heard[-1]
                assert isinstance(asked, m.TakePhoto)
                number += 1
                comes(screen, still(number, asked.view, site=asked.site, side=asked.side))
                await screen.until(lambda number=number: len(screen.app.view.shots) == number)  # type: ignore[misc]
        taken = [one for one in screen.door.heard if isinstance(one, m.TakePhoto)]
        assert taken == [
            m.TakePhoto(view=view, site="heel", side="L") for view in ("overview", "close_up", "dermoscopy")
        ]
        assert len(taps) + 2 <= 9


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("size", SIZES)
async def test_every_part_of_the_body_is_at_most_three_taps_away(
    tmp_path: Path, size: tuple[int, int], language: str
) -> None:
    """And what leaves is what was touched, with its side where it has two."""
    words = LANGUAGES[language]()
    async with bedside(tmp_path, EMPTY, size, language) as screen:
        await screen.tap("#bar-photo")
        for region, sites in REGIONS.items():
            for number, site in enumerate(sites):
                for side in (Side.RIGHT, Side.LEFT) if SITES[site].paired else (None,):
                    await screen.tap(f"#region-{region}")
                    await screen.tap(f"#site-{number}")
                    if side:
                        assert words.site(site, side) in screen.seen()
                        await screen.tap(f"#side-{side}")
                    assert page(screen).zone == Zone(site, side)
                    assert text(screen, "#zone").endswith(words.site(site, side).upper())
                    await screen.tap("#take")
                    asked = screen.door.heard[-1]
                    assert asked == m.TakePhoto(
                        site=site.value, side=side.value if side else "", intimate=SITES[site].intimate
                    )
                    await screen.tap("#zone")
                    assert screen.app.screen.query_one("#zones-first").display


@pytest.mark.hazard("H4", without="tests.controls_photo:nobody_is_asked_for_the_zone")
async def test_no_photo_is_taken_before_somebody_said_what_it_shows_or_that_it_is_not_told(tmp_path: Path) -> None:
    async with bedside(tmp_path, EMPTY) as screen:
        await screen.tap("#bar-photo")
        await screen.says("Quelle partie du corps ?")
        await screen.tap("#zones-close")
        await screen.says("Zone : À CHOISIR")
        await screen.tap("#take")
        assert screen.door.heard == []
        await screen.says("Quelle partie du corps ?")
        await screen.tap("#zone-none")
        await screen.says("Zone : NON PRÉCISÉE")
        await screen.tap("#take")
        await screen.until(lambda: screen.door.heard == [m.TakePhoto()])


@pytest.mark.hazard("H4", without="tests.controls_photo:the_zone_stays_for_the_next_resident")
async def test_the_zone_stays_for_the_next_shots_and_not_for_the_next_resident(tmp_path: Path) -> None:
    async with bedside(tmp_path, EMPTY) as screen:
        await screen.tap("#bar-photo")
        await screen.tap("#usual-2")
        await screen.tap("#take")
        await screen.tap("#bar-vitals")
        await screen.tap("#bar-photo")
        await screen.tap("#take")
        await screen.until(lambda: screen.door.heard == 2 * [m.TakePhoto(site="heel", side="R")])
        await screen.tap("#zone")
        await screen.tap("#region-foot")
        screen.door.say(msgspec.structs.replace(EMPTY, resident=RESIDENTS[0], encounter_id="e-2"))
        await screen.says("BERNARD")
        await screen.tap("#bar-photo")
        assert not page(screen).knows_zone
        await screen.says("Quelle partie du corps ?")


async def test_behind_the_lock_the_zone_of_the_same_resident_stays(tmp_path: Path) -> None:
    async with bedside(tmp_path, signed_in(snapshot=EMPTY)) as screen:
        await screen.tap("#bar-photo")
        await screen.tap("#usual-1")
        screen.door.say(LOCKED)
        await screen.until(lambda: screen.app.view.lock.locked)
        assert "Talon" not in screen.seen()
        screen.door.say(signed_in(Role.CARE_ASSISTANT, EMPTY))
        await screen.says("Zone : TALON GAUCHE")


def test_a_paired_part_is_never_told_without_its_side() -> None:
    for site in BodySite:
        with pytest.raises(ValueError, match="side"):
            Zone(site, None if SITES[site].paired else Side.LEFT)
        assert (zone_of(site.value, "") is None) is SITES[site].paired
    assert zone_of("", "") is None
    assert zone_of("elsewhere", "L") is None
    assert zone_of("heel", "both") is None


def test_every_site_stands_in_one_region_and_every_word_is_there() -> None:
    assert sorted(site for sites in REGIONS.values() for site in sites) == sorted(BodySite)
    for language in LANGUAGES.values():
        words = language()
        assert list(words.regions) == list(REGIONS)
        assert set(words.photo_views) == set(PhotoView)
        assert set(words.photo_sites) == set(BodySite)
        for site, template in words.photo_sites.items():
            holes = [name for _, name, _, _ in string.Formatter().parse(template) if name]
            assert len(holes) == SITES[site].paired, site
            if SITES[site].paired:
                assert words.site(site, Side.LEFT) != words.site(site, Side.RIGHT) != words.site(site)
        for verdict in words.photo_verdicts.values():
            assert set(verdict) <= set(letters.FACES[0]), verdict


def test_what_is_one_tap_away_stands_where_it_stood_and_then_what_was_before() -> None:
    knee, ankle = Zone(BodySite.KNEE, Side.RIGHT), Zone(BodySite.OUTER_ANKLE, Side.LEFT)
    assert offered(()) == (*zones.ALWAYS, *zones.OFTEN)
    assert offered((knee, Zone(BodySite.SACRUM), UNTOLD, ankle)) == (*zones.ALWAYS, knee, ankle, *zones.OFTEN[:2])
    many = [Zone(site) for site in BodySite if not SITES[site].paired and site is not BodySite.SACRUM]
    assert len(offered(many)) == 8
    assert all(Shows(PhotoView.OVERVIEW, one.site, one.side) for one in offered(many))


# --- intimate


async def test_a_photo_is_marked_intimate_by_hand_and_the_mark_goes_with_the_zone(tmp_path: Path) -> None:
    async with bedside(tmp_path, EMPTY) as screen:
        await screen.tap("#bar-photo")
        await screen.tap("#usual-0")
        assert text(screen, "#intimate") == "[   ]  INTIME"
        await screen.tap("#intimate")
        assert text(screen, "#intimate") == "[ ✓ ]  INTIME"
        await screen.tap("#take")
        await screen.tap("#intimate")
        await screen.tap("#take")
        await screen.tap("#intimate")
        await screen.tap("#zone")
        await screen.tap("#usual-3")
        await screen.tap("#take")
        await screen.until(lambda: len(screen.door.heard) == 3)
        assert screen.door.heard == [
            m.TakePhoto(site="sacrum", intimate=True),
            m.TakePhoto(site="sacrum"),
            m.TakePhoto(site="face"),
        ]


async def test_what_is_always_intimate_says_so_and_cannot_be_unmarked(tmp_path: Path) -> None:
    async with bedside(tmp_path, EMPTY) as screen:
        await screen.tap("#bar-photo")
        await screen.tap("#region-pelvis")
        await screen.tap(f"#site-{REGIONS['pelvis'].index(BodySite.GENITALIA)}")
        await screen.says("[ ✓ ]  INTIME", "toujours, ici")
        await screen.tap("#intimate")
        await screen.tap("#take")
        await screen.until(lambda: screen.door.heard == [m.TakePhoto(site="genitalia", intimate=True)])
        comes(screen, still(1, site="genitalia", intimate=True))
        await screen.says("VUE LARGE · Organes génitaux")
        assert "à l'instant · Gardé ici · INTIME" in text(screen, ".shot-text")


# --- what came


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("remark", ["floue", "sombre", "surexposée"])
async def test_what_is_wrong_is_said_at_once_in_big_letters(
    tmp_path: Path, remark: str, size: tuple[int, int], language: str
) -> None:
    words = LANGUAGES[language]()
    async with bedside(tmp_path, EMPTY, size, language) as screen:
        await screen.tap("#bar-photo")
        await screen.tap("#usual-1")
        await screen.tap("#take")
        comes(screen, still(1, remark=remark, site="heel", side="L"))
        await screen.says(words.photo_retake, words.photo_advice[remark], words.site(BodySite.HEEL, Side.LEFT))
        word = screen.app.screen.query_one(BigWord)
        assert word.number == words.photo_verdicts[remark]
        drawn = letters.digits.draw(word.number, word.content_size.width, letters.FACES)
        assert drawn is not None
        assert word.content_size.height == len(drawn) == 5
        whole(screen)


async def test_a_bad_picture_is_taken_again_with_one_tap_and_undone_when_the_better_one_is_there(
    tmp_path: Path,
) -> None:
    async with bedside(tmp_path, EMPTY) as screen:
        await screen.tap("#bar-photo")
        await screen.tap("#usual-1")
        await screen.tap("#intimate")
        await screen.tap("#view-close_up")
        await screen.tap("#take")
        comes(screen, still(1, "close_up", remark="floue", site="heel", side="L", intimate=True))
        await screen.says("REFAIRE")
        await screen.tap("#retake")
        again = m.TakePhoto(view="close_up", site="heel", side="L", intimate=True)
        assert screen.door.heard == [again, again]
        screen.door.say(msgspec.structs.replace(screen.door.snapshot, notice="Photo impossible : caméra"))
        await screen.says("Photo impossible", "floue : à refaire")
        assert screen.door.heard == [again, again]
        comes(screen, still(2, "close_up", site="heel", side="L", intimate=True))
        await screen.until(lambda: screen.door.heard[2:] == [m.MarkEnteredInError(item_id="photo-1")])
        comes(screen, still(3, "close_up", site="heel", side="L", intimate=True))
        await screen.until(lambda: len(screen.app.view.shots) == 3)
        assert len(screen.door.heard) == 3


async def test_a_picture_that_was_to_be_taken_again_for_one_resident_is_left_alone_for_the_next(tmp_path: Path) -> None:
    async with bedside(tmp_path, EMPTY) as screen:
        await screen.tap("#bar-photo")
        await screen.tap("#usual-1")
        comes(screen, still(1, remark="sombre"))
        await screen.says("REFAIRE")
        await screen.tap("#retake")
        screen.door.say(msgspec.structs.replace(EMPTY, resident=RESIDENTS[0], items=(still(7),), encounter_id="e-2"))
        await screen.says("BERNARD")
        comes(screen, still(8))
        await screen.until(lambda: len(screen.app.view.shots) == 2)
        assert [one for one in screen.door.heard if isinstance(one, m.MarkEnteredInError)] == []


async def test_a_picture_that_is_good_enough_is_kept(tmp_path: Path) -> None:
    async with bedside(tmp_path, EMPTY) as screen:
        await screen.tap("#bar-photo")
        await screen.tap("#usual-1")
        comes(screen, still(1, remark="floue", site="heel", side="L"))
        await screen.says("GARDER CELLE-CI")
        await screen.tap("#keep-shot")
        await screen.says("PRENDRE", "floue : à refaire")
        assert "▸ VUE LARGE" in screen.seen()
        assert screen.door.heard == []


async def test_a_remark_that_this_screen_does_not_know_is_said_as_it_is(tmp_path: Path) -> None:
    async with bedside(tmp_path, EMPTY) as screen:
        await screen.tap("#bar-photo")
        comes(screen, still(1, remark="voilée"))
        await screen.says("VOILÉE", "REFAIRE")


async def test_a_good_picture_arms_the_next_view_unless_one_was_touched(tmp_path: Path) -> None:
    async with bedside(tmp_path, EMPTY) as screen:
        await screen.tap("#bar-photo")
        await screen.tap("#usual-1")
        comes(screen, still(1, site="heel", side="R"))
        await screen.says("VUE LARGE · Talon droit")
        assert page(screen).chosen == "overview"
        assert "✓" not in text(screen, "#view-overview")
        comes(screen, still(2, site="heel", side="L"))
        await screen.says("▸ DE PRÈS", "VUE LARGE ✓")
        await screen.tap("#view-otoscopy")
        comes(screen, still(3, "otoscopy", site="heel", side="L"))
        await screen.says("▸ OTOSCOPE ✓")
        await screen.tap("#view-overview")
        comes(screen, still(4, site="heel", side="L"))
        await screen.until(lambda: len(screen.app.view.shots) == 4)
        assert page(screen).chosen == "overview"


async def test_what_was_there_before_the_page_was_opened_is_no_news(tmp_path: Path) -> None:
    async with bedside(tmp_path) as screen:
        await screen.tap("#bar-photo")
        await screen.tap("#zones-close")
        await screen.says("floue : à refaire", "PRENDRE")
        assert not screen.app.screen.query_one("#verdict").display


# --- earlier ones


@pytest.mark.hazard("H4", without="tests.controls_photo:one_heel_is_as_good_as_the_other")
async def test_the_earlier_pictures_of_the_same_side_come_first(tmp_path: Path) -> None:
    async with bedside(tmp_path, msgspec.structs.replace(EMPTY, earlier=EARLIER)) as screen:
        await screen.tap("#bar-photo")
        await screen.says("vue le 12/11/2026", "Genou droit")
        await screen.tap("#usual-1")
        await screen.says("Photos d'avant : Talon gauche")
        shown = screen.seen()
        same, others = shown.index("Photos d'avant : Talon gauche"), shown.index("Photos d'avant, autres zones")
        assert same < shown.index("12/11/2026 · DE PRÈS · A. PETIT") < others < shown.index("29/10/2026")
        assert "il y a 8 jours" in shown
        assert screen.door.heard == []


# --- who may


async def test_who_may_take_no_photo_sees_it_before_she_tries(tmp_path: Path) -> None:
    role = next(role for role in Role if Deed.PHOTO not in MAY[role])
    async with bedside(tmp_path, signed_in(role, EMPTY)) as screen:
        await screen.tap("#bar-photo")
        assert screen.app.page is not Page.PHOTO
        screen.app.turn_to(Page.PHOTO)
        await screen.says("PHOTO : votre accès ne le permet pas")
        for selector in ("#take", "#zone", "#intimate"):
            assert screen.app.screen.query_one(selector, Touch).act is None
            await screen.tap(selector)
        assert [one for one in screen.door.heard if isinstance(one, m.TakePhoto)] == []


# --- targets


def whole(screen: Bedside) -> None:
    """Every target of the page is on the display, large enough, apart from the others, and its words are not cut."""
    width, height = screen.app.size
    seen: list[Touch] = []
    for target in page(screen).query(Touch):
        if not target.region.area or any(not one.display for one in target.ancestors_with_self):
            continue
        if target.has_class("undo"):
            continue  # in a list that scrolls
        region = target.region
        assert region.width >= 6, target
        assert region.height >= 3, target
        assert target.has_class("primary") <= (region.width >= 10 and region.height >= 5), target
        assert (region.x >= 0, region.right <= width, region.y >= 0, region.bottom <= height) == (True,) * 4, target
        assert target.region.bottom <= screen.app.screen.query_one("#bar").region.y, target
        assert not any(target.region.overlaps(other.region) for other in seen), target
        seen.append(target)
        needed = target.get_content_height(target.size, target.size, target.content_size.width)
        assert needed <= target.content_size.height, (target.text, target)
        longest = max((len(word) for word in target.text.split()), default=0)
        assert longest <= target.content_size.width, (target.text, target)
    assert seen
    for line in page(screen).query(Line):
        if line.region.area and all(one.display for one in line.ancestors_with_self) and line.text:
            needed = line.get_content_height(line.size, line.size, line.content_size.width)
            assert needed <= line.content_size.height, (line.text, line)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("size", SIZES)
async def test_every_question_and_every_key_is_whole(tmp_path: Path, size: tuple[int, int], language: str) -> None:
    """12 mm is 6 x 3 cells at 106 x 33, 20 mm are 10 x 5."""
    everywhere = tuple(
        m.EarlierCard(prior_id=f"p{n}", kind="photo", taken="2026-11-12", title="close_up", site=site, side=side)
        for n, (site, side) in enumerate(
            [("outer_ankle", "L"), ("inner_ankle", "R"), ("eye_region", "R"), ("ear_canal", "L")]
        )
    )
    async with bedside(tmp_path, msgspec.structs.replace(EMPTY, earlier=everywhere), size, language) as screen:
        await screen.tap("#bar-photo")
        whole(screen)
        for region, sites in REGIONS.items():
            await screen.tap(f"#region-{region}")
            whole(screen)
            for number, site in enumerate(sites):
                await screen.tap(f"#site-{number}")
                if SITES[site].paired:
                    whole(screen)
                    await screen.tap("#side-R")
                for view in screen.app.words.photo_views:
                    await screen.tap(f"#view-{view}")
                    whole(screen)
                await screen.tap("#zone")
                await screen.tap(f"#region-{region}")
            await screen.tap("#zones-back")
        if size[1] >= 33:
            for number in range(8):
                key = screen.app.screen.query_one(f"#usual-{number}").region
                assert (key.width >= 10, key.height >= 5) == (True, True)
