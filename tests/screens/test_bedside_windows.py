"""Windows of running pictures: the screen asks for one only where it covers nothing but its own place (H1), and says what for."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from textual.geometry import Region

from edge.domain.body_site import BodySite, Side
from edge.door import messages as m
from tests.screens.door import BESIDE_JEANNE, NOBODY, RESIDENTS, Bedside, bedside
from tests.screens.test_bedside_banner import LONGEST
from tests.screens.test_bedside_entrance import LOCKED
from tests.screens.test_bedside_photo import EARLIER
from ui.bedside import pane
from ui.bedside.messages import ChooseZone, Clean, Go, Tapped
from ui.bedside.screens.photo import PhotoPage
from ui.bedside.views import Page
from ui.bedside.widgets.live_pane import WayBack
from ui.bedside.window_acts import FillScreen, ShowShots
from ui.bedside.zones import Zone

SIZES = [
    pytest.param((80, 24), marks=pytest.mark.slow),
    (106, 33),
    pytest.param((120, 32), marks=pytest.mark.slow),
]
POSSIBLE = msgspec.structs.replace(
    BESIDE_JEANNE, encounter_id="e1", windows=m.WindowCard(possible=True), earlier=EARLIER
)
TALKING = msgspec.structs.replace(POSSIBLE, call=m.CallCard(call_id="c", state="connected", video_frames_sent=812))
LONG = msgspec.structs.replace(POSSIBLE, resident=LONGEST, notice="Une annonce du chariot", warning="Un avertissement")


async def wished(screen: Bedside) -> m.Watch:
    """What the screen wishes now."""
    screen.clock.seconds += 1.0
    screen.app._acting.windows.look()
    await screen.pilot.pause()
    # what has no room is laid out once more
    screen.app._acting.windows.look()
    await screen.pilot.pause()
    return next((one for one in reversed(screen.door.heard) if isinstance(one, m.Watch)), m.Watch())


async def go(screen: Bedside, page: Page) -> None:
    screen.clock.seconds += 1.0
    screen.app.post_message(Tapped(Go(page)))
    await screen.pilot.pause()


async def at_the_camera(screen: Bedside) -> None:
    """The left heel, of which there is an earlier photo."""
    await go(screen, Page.PHOTO)
    screen.clock.seconds += 1.0
    screen.app.post_message(Tapped(ChooseZone(Zone(BodySite.HEEL, Side.LEFT))))
    await screen.pilot.pause()


def covered(screen: Bedside, share: pane.Share) -> set[str]:
    """What stands under a window there and says or does something."""
    place = pane.cells(share, screen.app.size)
    return {
        one.id or type(one).__name__
        for one in screen.app.screen.query("*")
        if not one.children
        and one.display
        and all(above.display for above in one.ancestors if hasattr(above, "display"))
        and one.region.overlaps(place)
        and one.region.area
    }


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("demo", [True, False])
async def test_the_camera_has_its_place_on_the_photo_page_and_covers_nothing(
    tmp_path: Path, size: tuple[int, int], demo: bool
) -> None:
    async with bedside(tmp_path, msgspec.structs.replace(POSSIBLE, demo=demo), size) as screen:
        assert await wished(screen) == m.Watch()
        await at_the_camera(screen)
        assert await wished(screen) == m.Watch(encounter_id="e1", camera="overview")
        assert covered(screen, pane.SMALL) == {"camera-space"}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("large", [False, True])
async def test_the_specialist_has_her_place_and_the_banner_and_a_way_back_stay(
    tmp_path: Path, size: tuple[int, int], large: bool
) -> None:
    async with bedside(tmp_path, TALKING, size) as screen:
        await go(screen, Page.CALL)
        assert await wished(screen) == m.Watch(encounter_id="e1", specialist="small")
        assert covered(screen, pane.SMALL) == {"specialist-space"}
        if not large:
            return
        await screen.tap("#fill-screen")
        assert await wished(screen) == m.Watch(encounter_id="e1", specialist="large")
        assert covered(screen, pane.LARGE) == set()
        place, whole = pane.cells(pane.LARGE, screen.app.size), Region(0, 0, *size)
        for part in ("#banner", "#smaller", "#hang-up-large"):
            region = screen.app.screen.query_one(part).region
            assert region.area
            assert not region.overlaps(place)
            assert whole.contains_region(region)
        await screen.tap("#smaller")
        assert await wished(screen) == m.Watch(encounter_id="e1", specialist="small")
        assert not screen.app.screen.query_one(WayBack).display
        assert screen.app.screen.query_one("#bar").display


@pytest.mark.hazard("H1", without="tests.controls_windows:any_place_will_do")
async def test_where_the_banner_needs_its_place_there_is_no_window(tmp_path: Path) -> None:
    async with bedside(tmp_path, LONG, (80, 20)) as screen:
        await at_the_camera(screen)
        assert await wished(screen) == m.Watch()
        assert not screen.app.frame.page(PhotoPage).room
        await go(screen, Page.CALL)
        screen.door.say(msgspec.structs.replace(LONG, call=TALKING.call))
        await screen.pilot.pause()
        screen.app._acting.windows.do(FillScreen(True))
        assert await wished(screen) == m.Watch()


@pytest.mark.parametrize("size", SIZES)
async def test_the_longest_banner_is_never_covered(tmp_path: Path, size: tuple[int, int]) -> None:
    async with bedside(tmp_path, LONG, size) as screen:
        for page in (Page.PHOTO, Page.CALL):
            screen.door.say(msgspec.structs.replace(LONG, call=TALKING.call))
            await go(screen, page)
            if page is Page.PHOTO:
                await at_the_camera(screen)
            wish = await wished(screen)
            if wish != m.Watch():
                place = pane.cells(pane.SMALL, screen.app.size)
                assert not screen.app.screen.query_one("#banner").region.overlaps(place)
                assert not screen.app.screen.query_one("#warning").region.overlaps(place)


async def test_every_way_off_the_page_ends_the_wish(tmp_path: Path) -> None:
    async with bedside(tmp_path, POSSIBLE) as screen:
        for leave in ("page", "zones", "shots", "lock", "nobody", "cleaning"):
            screen.door.say(POSSIBLE)
            await screen.pilot.pause()
            await at_the_camera(screen)
            screen.app._acting.windows.do(ShowShots(False))
            assert (await wished(screen)).camera == "overview", leave
            match leave:
                case "page":
                    await go(screen, Page.HOME)
                case "zones":
                    await screen.tap("#zone")
                case "shots":
                    await screen.tap("#to-shots")
                case "lock":
                    screen.door.say(LOCKED)
                case "nobody":
                    screen.door.say(NOBODY)
                case _:
                    screen.clock.seconds += 1.0
                    screen.app.post_message(Tapped(Clean()))
                    await screen.pilot.pause()
                    assert screen.app.page is Page.CLEANING
            await screen.pilot.pause()
            assert await wished(screen) == m.Watch(), leave
            screen.app.turn_to(Page.HOME)


async def test_a_wish_is_repeated_while_it_stands_and_said_once_when_it_ends(tmp_path: Path) -> None:
    async with bedside(tmp_path, POSSIBLE) as screen:
        await at_the_camera(screen)
        for _ in range(5):
            await wished(screen)
        said = [one for one in screen.door.heard if isinstance(one, m.Watch) and one.camera]
        assert len(said) >= 5
        await go(screen, Page.HOME)
        for _ in range(5):
            await wished(screen)
        assert [one for one in screen.door.heard if isinstance(one, m.Watch)][len(said) :].count(m.Watch()) <= 2


async def test_the_earlier_photo_of_the_same_side_lies_over_when_asked(tmp_path: Path) -> None:
    async with bedside(tmp_path, POSSIBLE) as screen:
        await at_the_camera(screen)
        await screen.tap("#lay-over")
        await screen.tap("#guide")
        assert await wished(screen) == m.Watch(encounter_id="e1", camera="overview", overlay="p1", guide=True)
        screen.door.say(
            msgspec.structs.replace(POSSIBLE, windows=m.WindowCard(possible=True, camera="shown", overlay="p1"))
        )
        await screen.says("AVANT ✓")
        await screen.tap("#lay-over")
        assert await wished(screen) == m.Watch(encounter_id="e1", camera="overview", guide=True)
        # another resident begins with nothing over her picture
        await screen.tap("#lay-over")
        screen.door.say(msgspec.structs.replace(POSSIBLE, resident=RESIDENTS[0], encounter_id="e2"))
        await screen.pilot.pause()
        await at_the_camera(screen)
        assert await wished(screen) == m.Watch(encounter_id="e2", camera="overview")


@pytest.mark.parametrize(
    ("remark", "language", "said"),
    [
        ("sombre", "fr", "TROP SOMBRE"),
        ("floue", "fr", "FLOUE"),
        ("floue", "en", "BLURRED"),
        ("sombre", "en", "TOO DARK"),
    ],
)
async def test_what_is_wrong_is_said_while_it_is_framed(tmp_path: Path, remark: str, language: str, said: str) -> None:
    async with bedside(tmp_path, POSSIBLE, language=language) as screen:
        await at_the_camera(screen)
        assert said not in screen.seen()
        screen.door.say(
            msgspec.structs.replace(POSSIBLE, windows=m.WindowCard(possible=True, camera="shown", remark=remark))
        )
        await screen.says(said)


async def test_without_windows_the_page_is_as_it_was(tmp_path: Path) -> None:
    async with bedside(tmp_path, msgspec.structs.replace(POSSIBLE, windows=m.WindowCard())) as screen:
        await at_the_camera(screen)
        assert await wished(screen) == m.Watch()
        assert "EN DIRECT" not in screen.seen()
        assert "Photos prises" in screen.seen()
