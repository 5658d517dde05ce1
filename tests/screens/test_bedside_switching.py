"""Language and theme turned on a running screen: at once, on the same page, with all that stood there. And no French in English."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import pytest

from edge.door import messages as m
from tests.screens.door import BESIDE_JEANNE, Bedside, bedside
from tests.screens.test_bedside_entrance import LOCKED
from tests.screens.test_bedside_targets import EVERY
from ui.bedside import labels
from ui.bedside.invented_consent import AGREED
from ui.bedside.locales import LANGUAGES, Words
from ui.bedside.messages import Go, Tapped
from ui.bedside.opinion_acts import ChooseSpecialty, ChooseUrgency
from ui.bedside.speaking_acts import Speak, Wear
from ui.bedside.themes import DAY, NIGHT
from ui.bedside.typed_acts import OpenSheet, PadKey
from ui.bedside.views import Page
from ui.bedside.widgets.asking import AtRest

A_WORD = re.compile(r"[^\W\d_]{3,}")


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case tuple():
            for part in value:
                yield from _texts(part)
        case Mapping():
            for part in value.values():
                yield from _texts(part)


def _vocabulary(words: type[Words]) -> set[str]:
    """What stands in its own tables and templates, and what its methods say."""
    one = words()
    made = [one.photos(2), one.sounds(2), one.to_send(2), one.to_correct(2), one.unassigned(2), one.others(2)]
    made += [one.ago(90), one.ago(7200), one.lasting(90000), one.kept_seconds(2), one.born("F", "", 88), one.ago(1)]
    texts = [text for name in dir(words) if not name.startswith("_") for text in _texts(getattr(words, name))]
    return {word.lower() for text in (*texts, *made) for word in A_WORD.findall(text)}


FRENCH, ENGLISH = (_vocabulary(LANGUAGES[name]) for name in ("fr", "en"))
ONLY_FRENCH = FRENCH - ENGLISH - {"français"}
"""Words that the French class says and the English one never does; the switch names the other language in its own word."""


def _invented(value: object) -> Iterator[str]:
    """Names, labels and free texts of the cart that is shown: they are what they are, in any language."""
    match value:
        case str():
            yield value
        case tuple():
            for part in value:
                yield from _invented(part)
        case _ if hasattr(value, "__struct_fields__"):
            for name in value.__struct_fields__:
                yield from _invented(getattr(value, name))
        case _ if dataclasses.is_dataclass(value):
            for field in dataclasses.fields(value):
                yield from _invented(getattr(value, field.name))


def _spoken(rows: list[str], names: set[str]) -> set[str]:
    return {word.lower() for row in rows for word in A_WORD.findall(row)} - names


async def _settled(screen: Bedside) -> list[str]:
    """Once it was looked at whether the windows have their room, as it is every fifth of a second."""
    screen.app._acting.windows.look()
    await screen.pilot.pause()
    screen.app._acting.windows.look()
    await screen.pilot.pause()
    return screen.rows()


async def _turn(screen: Bedside, wanted: Speak | Wear) -> list[str]:
    screen.clock.seconds += 1.0
    screen.app.post_message(Tapped(wanted))
    await screen.pilot.pause()
    return await _settled(screen)


@pytest.mark.parametrize("scene", sorted(EVERY))
async def test_every_scene_is_turned_to_english_and_back(tmp_path: Path, scene: str) -> None:
    snapshot, acts = EVERY[scene]
    names = {word.lower() for text in _invented(snapshot) for word in A_WORD.findall(text)}
    async with bedside(tmp_path, snapshot) as screen:
        for act in acts:
            screen.clock.seconds += 1.0
            screen.app.post_message(Tapped(act))
            await screen.pilot.pause()
        screen.app.tell_again()  # what was just asked for is told for some seconds
        await screen.pilot.pause()
        page, before = screen.app.page, await _settled(screen)
        english = await _turn(screen, Speak("en"))
        if page is Page.CLEANING:
            return  # it answers to nothing
        assert english != before
        assert _spoken(english, names) & ONLY_FRENCH == set()
        assert screen.app.page is page
        assert await _turn(screen, Speak("fr")) == before


@pytest.mark.parametrize("scene", sorted(EVERY))
async def test_every_scene_changes_its_theme_at_once(tmp_path: Path, scene: str) -> None:
    snapshot, acts = EVERY[scene]
    async with bedside(tmp_path, snapshot) as screen:
        for act in acts:
            screen.clock.seconds += 1.0
            screen.app.post_message(Tapped(act))
            await screen.pilot.pause()
        page, before = screen.app.page, await _settled(screen)
        await _turn(screen, Wear())
        if page is Page.CLEANING:
            return
        assert screen.app.theme == DAY.name
        assert screen.app.screen.styles.background.hex.upper() == (DAY.background or "").upper()
        assert screen.app.page is page
        await _turn(screen, Wear())
        assert screen.app.theme == NIGHT.name
        assert screen.rows()[2:-8] == before[2:-8]


async def test_what_is_half_typed_stays(tmp_path: Path) -> None:
    async with bedside(tmp_path) as screen:
        for act in (Go(Page.VITALS), OpenSheet("blood_pressure"), *map(PadKey, "142/8")):
            screen.clock.seconds += 1.0
            screen.app.post_message(Tapped(act))
            await screen.pilot.pause()
        await _turn(screen, Speak())
        assert screen.app.page is Page.TYPING
        assert str(screen.app.screen.query_one("#typing-shown").number) == "142/8"  # type: ignore[attr-defined]


async def test_what_is_chosen_for_an_opinion_stays_and_so_does_the_agreement(tmp_path: Path) -> None:
    dossier = m.DossierCard(specialty="wounds")
    async with bedside(tmp_path, m.Snapshot(**_fields(BESIDE_JEANNE, dossiers=(dossier,), consent=AGREED))) as screen:
        await screen.tap("#bar-call")
        for act in (ChooseSpecialty("wounds"), ChooseUrgency("routine")):
            screen.clock.seconds += 1.0
            screen.app.post_message(Tapped(act))
            await screen.pilot.pause()
        await _turn(screen, Speak())
        page = screen.app.screen.query_one(AtRest)
        assert (page.specialty, page.urgency) == ("wounds", "routine")
        await screen.says("[ ✓ ]", "▸ Wounds", "▸ Within 7 days")


def _fields(snapshot: m.Snapshot, **changes: object) -> dict[str, object]:
    return {name: getattr(snapshot, name) for name in snapshot.__struct_fields__} | changes


@pytest.mark.parametrize("size", [(80, 24), (106, 33), (120, 32)])
async def test_anybody_turns_both_within_two_taps_of_the_bar(tmp_path: Path, size: tuple[int, int]) -> None:
    async with bedside(tmp_path, size=size) as screen:
        await screen.tap("#bar-vitals")
        await screen.tap("#bar-home")
        await screen.tap("#home-language")
        await screen.says("VITAL SIGNS", "Français")
        await screen.tap("#home-theme")
        assert screen.app.theme == DAY.name
        assert screen.app.page is Page.HOME
        assert m.KeepLook(language="en", theme=DAY.name) in screen.door.heard


@pytest.mark.parametrize("size", [(80, 24), (106, 33), (120, 32)])
async def test_anybody_turns_both_on_the_locked_page(tmp_path: Path, size: tuple[int, int]) -> None:
    async with bedside(tmp_path, LOCKED, size=size) as screen:
        await screen.tap("#entrance-language")
        await screen.says("Hold out your badge", "Français")
        await screen.tap("#entrance-theme")
        assert screen.app.theme == DAY.name
        assert screen.app.page is Page.LOCKED


async def test_a_screen_that_begins_looks_as_it_was_left(tmp_path: Path) -> None:
    kept = msgspec.structs.replace(BESIDE_JEANNE, look=m.LookCard(language="en", theme=DAY.name))
    async with bedside(tmp_path, kept) as screen:
        await screen.says("VITAL SIGNS", "Français")
        assert screen.app.theme == DAY.name
        # what was kept is not said again, and nothing turns back by itself
        assert not [one for one in screen.door.heard if isinstance(one, m.KeepLook)]
        await screen.tap("#home-language")
        await screen.says("CONSTANTES")
        screen.door.say(kept)
        await screen.pilot.pause()
        await screen.says("CONSTANTES")


async def test_a_cart_that_began_anew_hears_how_its_screen_looks(tmp_path: Path) -> None:
    async with bedside(tmp_path) as screen:
        await screen.tap("#home-theme")
        said = m.KeepLook(language="fr", theme=DAY.name)
        await screen.until(lambda: said in screen.door.heard)
        screen.door.heard.clear()
        screen.door.say(msgspec.structs.replace(BESIDE_JEANNE, look=m.LookCard(language="fr", theme=DAY.name)))
        await screen.pilot.pause()
        screen.door.heard.clear()
        screen.door.say(BESIDE_JEANNE)
        await screen.until(lambda: said in screen.door.heard)


async def test_labels_of_devices_are_in_the_language_of_the_screen(tmp_path: Path) -> None:
    item = m.ItemCard(
        item_id="i-1", kind="photo", device="Caméra", device_en="Camera", model="camera", taken="2026-11-20T14:31:05Z", age_seconds=10.0
    )  # fmt: skip
    stopped = m.StoppedCard(item=item, patient_id="r-214")
    change = m.ChangeCard(patient_id="r-214", values=(item,))
    standing = m.StandingCard(stopped=(stopped,), handover=m.HandoverCard(changes=(change,)))
    earlier = m.EarlierCard(prior_id="p-1", kind="photo", device="Caméra", device_en="Camera")
    snapshot = msgspec.structs.replace(BESIDE_JEANNE, items=(item,), standing=standing, earlier=(earlier,))
    spoken = labels.spoken(snapshot, LANGUAGES["en"]())
    devices = [
        *spoken.items,
        *spoken.earlier,
        spoken.standing.stopped[0].item,
        *spoken.standing.handover.changes[0].values,
    ]
    assert [one.device for one in devices] == ["Camera"] * 4
    assert labels.spoken(snapshot, LANGUAGES["fr"]()) == snapshot
