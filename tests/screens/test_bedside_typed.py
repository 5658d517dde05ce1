"""Typed values and the early warning score at the screen: taps, questions, whose they are, and what stands where."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from edge.domain import typed
from edge.domain.staff import Role
from edge.door import messages as m
from tests.screens.door import BESIDE_JEANNE, JEANNE, NOBODY, Bedside, bedside
from tests.screens.test_bedside_entrance import LOCKED, signed_in
from ui.bedside.invented import SCORED, TYPED
from ui.bedside.messages import Go, Tapped
from ui.bedside.picture import FULL_SET
from ui.bedside.screens.typed import PadPage
from ui.bedside.views import Page
from ui.bedside.widgets.line import Line
from ui.bedside.widgets.touch import Touch

CARDS = "ResidentCardTouch"
SIZES = [
    pytest.param((80, 24), marks=pytest.mark.slow),
    (106, 33),
    pytest.param((120, 32), marks=pytest.mark.slow),
]
E = "e-1"
QUIET = msgspec.structs.replace(BESIDE_JEANNE, live=())


def _with(**changes: object) -> m.Snapshot:
    return msgspec.structs.replace(QUIET, **changes)


def value(name: str, number: str, unit: str) -> m.TypedValue:
    return m.TypedValue(name=name, value=number, unit=unit)


def asked(screen: Bedside) -> list[m.Command]:
    """Of the cart, but for that somebody is there."""
    return [one for one in screen.door.heard if not isinstance(one, m.Awake)]


async def types(screen: Bedside, keys: str) -> None:
    for key in keys:
        await screen.tap("#typing-sign" if key in ",/" else f"#typing-{key}")


async def shows(screen: Bedside, *texts: str) -> None:
    """Each stands on the screen, on one row or wrapped."""
    await screen.until(lambda: all(text in " ".join(screen.seen().split()) for text in texts))


async def test_a_full_set_of_vitals_with_what_only_a_person_can_say_takes_at_most_six_taps(tmp_path: Path) -> None:
    """Resident included: the numbers come from devices, consciousness and air are said."""
    async with bedside(tmp_path, NOBODY) as screen:
        taps = 0
        for selector in (CARDS, "#it-is", "#home-vitals", "#said-A", "#said-air", "#finish"):
            await screen.until(lambda selector=selector: len(screen.app.screen.query(selector)) > 0)  # type: ignore[misc]
            screen.clock.seconds += 1.0
            assert await screen.pilot.click(screen.app.screen.query(selector).first()), selector
            taps += 1
            await screen.pilot.pause()
            if selector == "#it-is":
                await screen.until(lambda: screen.app.page is Page.HOME)
        await screen.until(lambda: screen.app.page is Page.RESIDENTS)
        chosen, consciousness, air, finished = screen.door.heard
        assert isinstance(chosen, m.SelectResident)
        assert consciousness == m.TypeValue(
            sheet="consciousness", values=(value("consciousness", "0", "{ACVPU}"),), encounter_id=E
        )
        assert air == m.TypeValue(sheet="oxygen", values=(value("oxygen_flow", "0", "L/min"),), encounter_id=E)
        assert finished == m.FinishRound()
        assert taps <= 6


async def test_a_pressure_is_typed_on_the_pad(tmp_path: Path) -> None:
    async with bedside(tmp_path, QUIET) as screen:
        await screen.tap("#bar-vitals")
        await screen.tap("#tile-blood_pressure")
        await shows(screen, "PA · saisie", "maximale / minimale, en mmHg")
        await types(screen, "142")
        await screen.tap("#typing-enter")
        await shows(screen, "Tapez les deux chiffres")
        assert screen.door.heard == []
        await types(screen, "/86")
        await screen.tap("#typing-erase")
        await types(screen, "5")
        await screen.tap("#typing-enter")
        await screen.until(lambda: screen.app.page is Page.VITALS)
        values = (value("systolic", "142", "mm[Hg]"), value("diastolic", "85", "mm[Hg]"))
        assert screen.door.heard == [m.TypeValue(sheet="blood_pressure", values=values, encounter_id=E)]
        await shows(screen, "Valeur gardée, marquée comme saisie.")


@pytest.mark.hazard("H17", without="tests.controls_typed:nothing_is_unusual")
async def test_an_unusual_value_is_asked_about_once_and_never_changed(tmp_path: Path) -> None:
    async with bedside(tmp_path, QUIET) as screen:
        await screen.tap("#bar-vitals")
        await screen.tap("#tile-spo2")
        await types(screen, "39")
        await screen.tap("#typing-enter")
        await shows(screen, "SpO₂ 39 % : c'est bien cela ?", "OUI, GARDER", "NON, CORRIGER")
        assert screen.door.heard == []
        await screen.tap("#typing-back")
        assert screen.app.frame.page(PadPage).pad.text == "39"
        await screen.tap("#typing-enter")
        await screen.tap("#typing-enter")
        await screen.until(lambda: screen.door.heard != [])
        wanted = m.TypeValue(sheet="spo2", values=(value("spo2", "39", "%"),), encounter_id=E, confirmed=True)
        assert screen.door.heard == [wanted]


async def test_an_impossible_value_is_said_and_stays_to_be_corrected(tmp_path: Path) -> None:
    async with bedside(tmp_path, QUIET) as screen:
        await screen.tap("#bar-vitals")
        await screen.tap("#tile-temperature")
        await types(screen, "368")
        await screen.tap("#typing-enter")
        await shows(screen, "Température ne peut pas être 368 : corrigez.")
        assert screen.door.heard == []
        await screen.tap("#typing-erase")
        await types(screen, ",8")
        await screen.tap("#typing-enter")
        await screen.until(lambda: screen.door.heard != [])
        wanted = m.TypeValue(sheet="temperature", values=(value("temperature", "36.8", "Cel"),), encounter_id=E)
        assert screen.door.heard == [wanted]


@pytest.mark.hazard("H1", without="tests.controls_typed:the_pad_keeps_what_stands_on_it")
async def test_what_was_half_typed_goes_with_the_resident_and_with_the_lock(tmp_path: Path) -> None:
    async with bedside(tmp_path, signed_in(snapshot=QUIET)) as screen:
        pad = screen.app.frame.page(PadPage)
        await screen.tap("#bar-vitals")
        await screen.tap("#tile-spo2")
        await types(screen, "96")
        other = msgspec.structs.replace(JEANNE, id="r-other", birth_name="Autre")
        screen.door.say(signed_in(snapshot=_with(resident=other, encounter_id="e-2", items=())))
        await screen.until(lambda: screen.app.page is Page.HOME)
        await screen.tap("#bar-vitals")
        await screen.tap("#tile-spo2")
        assert (pad.pad.text, pad.pad.encounter_id) == ("", "e-2")
        await types(screen, "96")
        screen.door.say(LOCKED)
        await screen.until(lambda: screen.app.page is Page.LOCKED)
        screen.door.say(signed_in(snapshot=_with(resident=other, encounter_id="e-2", items=())))
        await screen.until(lambda: screen.app.page is not Page.LOCKED)
        assert pad.pad.text == ""
        assert screen.app.screen.query_one("#typing-enter", Touch).act is None
        assert asked(screen) == []


async def test_pain_is_one_touch_on_its_scale(tmp_path: Path) -> None:
    async with bedside(tmp_path, QUIET) as screen:
        await screen.tap("#bar-vitals")
        await screen.tap("#tile-pain")
        await shows(screen, "Douleur dite par le résident : de 0 à 10 ?")
        await screen.tap("#pain-7")
        await screen.until(lambda: screen.door.heard != [])
        assert screen.door.heard == [m.TypeValue(sheet="pain", values=(value("pain", "7", "{score}"),), encounter_id=E)]


@pytest.mark.hazard("H22", without="tests.controls_typed:no_answer_is_a_no")
async def test_algoplus_has_no_total_before_all_five_lines_are_answered(tmp_path: Path) -> None:
    async with bedside(tmp_path, QUIET) as screen:
        await screen.tap("#bar-vitals")
        await screen.tap("#tile-pain")
        await screen.tap("#pain-algoplus")
        await shows(screen, "Visage", "Regard", "Plaintes orales", "Corps", "Comportements", "mâchoires serrées")
        for number, name in enumerate(typed.ALGOPLUS_ITEMS):
            await shows(screen, f"Répondez aux cinq lignes : {number} sur 5.")
            await screen.tap("#algoplus-keep")
            assert screen.door.heard == []
            await screen.tap(f"#{name}-{'yes' if number < 3 else 'no'}")
        await shows(screen, "3 sur 5", "2 et plus : douleur")
        await screen.tap("#algoplus-keep")
        await screen.until(lambda: screen.door.heard != [])
        values = tuple(
            value(name, "1" if number < 3 else "0", "{score}") for number, name in enumerate(typed.ALGOPLUS_ITEMS)
        )
        assert screen.door.heard == [m.TypeValue(sheet="algoplus", values=values, encounter_id=E)]


async def test_what_was_said_is_ticked_with_its_age(tmp_path: Path) -> None:
    async with bedside(tmp_path, _with(items=TYPED)) as screen:
        await screen.tap("#bar-vitals")
        await shows(screen, "✓ C", "✓ AIR", "✎ Saisi", "✎ Algoplus", "douleur (2 et +)")
        assert "✓ A " not in screen.seen()
        screen.clock.seconds += 600.0
        facts = screen.app.screen.query_one("#said-consciousness-facts", Line)
        await screen.until(lambda: facts.text == "il y a 10 min\nGardé ici")


async def test_what_is_wrong_is_undone_from_its_tile(tmp_path: Path) -> None:
    async with bedside(tmp_path, _with(items=FULL_SET)) as screen:
        await screen.tap("#bar-vitals")
        await screen.tap("#tile-temperature")
        await shows(screen, "ANNULER", "Température 38,4 °C")
        await screen.tap("#typing-undo")
        await screen.until(lambda: screen.door.heard == [m.MarkEnteredInError(item_id="item-6")])


async def test_weight_and_glucose_are_typed_without_their_devices(tmp_path: Path) -> None:
    async with bedside(tmp_path, QUIET) as screen:
        await screen.tap("#bar-vitals")
        await screen.tap("#tile-spo2")
        await screen.tap("#typing-glucose")
        await shows(screen, "Glycémie · saisie", "en g/L")
        await types(screen, "1,02")
        await screen.tap("#typing-enter")
        await screen.until(lambda: screen.door.heard != [])
        wanted = m.TypeValue(sheet="glucose", values=(value("glucose", "1.02", "g/L"),), encounter_id=E)
        assert screen.door.heard == [wanted]


async def test_who_may_not_type_is_told_before_she_tries(tmp_path: Path) -> None:
    async with bedside(tmp_path, signed_in(Role.PHARMACIST, QUIET)) as screen:
        await screen.tap("#bar-vitals")
        assert screen.app.page is not Page.VITALS
        screen.app.turn_to(Page.VITALS)
        await screen.pilot.pause()
        await screen.tap("#said-A")
        await screen.tap("#tile-spo2")
        await shows(screen, "Votre fonction ne permet pas de saisir une valeur.")
        await screen.tap("#typing-9")
        assert screen.app.frame.page(PadPage).pad.text == ""
        assert asked(screen) == []


# --- the early warning score


@pytest.mark.parametrize("size", SIZES)
async def test_a_site_that_did_not_turn_the_score_on_sees_nothing_of_it(tmp_path: Path, size: tuple[int, int]) -> None:
    async with bedside(tmp_path, QUIET, size) as screen:
        await screen.tap("#bar-vitals")
        measured = screen.app.screen.query_one("#measures" if size[0] < 100 else "#measured")
        for offset in range(int(measured.max_scroll_y) + 1):
            measured.scroll_to(y=offset, animate=False, immediate=True)
            await screen.pilot.pause()
            assert "NEWS2" not in screen.seen()


async def test_a_whole_score_is_a_digit_a_shape_and_a_word(tmp_path: Path) -> None:
    async with bedside(tmp_path, _with(news2=SCORED)) as screen:
        await screen.tap("#bar-vitals")
        await shows(screen, "NEWS2", "▲▲▲ RISQUE ÉLEVÉ", "score d'aide,", "pas une alarme", "12 min")
        await screen.tap("#score-beside")
        assert screen.app.page is Page.SCORE
        await shows(screen, "Fréquence respiratoire", "22 /min", "C, confus", "3 ▪▪▪", "SpO₂ lue sur l'échelle 1")


@pytest.mark.hazard("H22", without="tests.controls_typed:partial_scores_show_a_total")
@pytest.mark.parametrize("size", SIZES)
async def test_a_partial_score_shows_no_digit_and_names_what_lacks(tmp_path: Path, size: tuple[int, int]) -> None:
    parts = tuple(
        msgspec.structs.replace(one, points=None, why="missing", value=None) if one.part == "oxygen" else one
        for one in SCORED.parts
    )
    partial = msgspec.structs.replace(SCORED, parts=parts, total=None, risk="")
    async with bedside(tmp_path, _with(news2=partial), size) as screen:
        screen.app.post_message(Tapped(Go(Page.SCORE)))
        await screen.until(lambda: screen.app.page is Page.SCORE)
        page = screen.app.screen.query_one("#score")
        seen = ""
        for offset in range(int(page.max_scroll_y) + 1):
            page.scroll_to(y=offset, animate=False, immediate=True)
            await screen.pilot.pause()
            seen += screen.seen()
        assert "◌ INCOMPLET" in seen
        assert "— manque" in seen
        assert "Manque : O₂" in " ".join(seen.split())
        assert "RISQUE" not in seen
        assert all(not number.display for number in screen.app.screen.query(".score BigNumber"))


async def test_only_a_doctor_who_signed_in_is_offered_scale_two(tmp_path: Path) -> None:
    for role, offered in ((Role.NURSE, False), (Role.DOCTOR, True)):
        folder = tmp_path / role.value
        folder.mkdir()
        async with bedside(folder, signed_in(role, _with(news2=SCORED))) as screen:
            screen.app.post_message(Tapped(Go(Page.SCORE)))
            await screen.until(lambda screen=screen: screen.app.page is Page.SCORE)  # type: ignore[misc]
            assert screen.app.screen.query_one("#score-set").display is offered
            if offered:
                await screen.tap("#score-set")
                await screen.until(lambda screen=screen: asked(screen) != [])  # type: ignore[misc]
                assert asked(screen) == [m.SetScaleTwo(encounter_id=E, on=True)]


# --- touch, sizes, languages


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("size", SIZES)
async def test_everything_can_be_reached_is_whole_and_large_enough(
    tmp_path: Path, size: tuple[int, int], language: str
) -> None:
    """12 mm is 6 x 3 cells at 106 x 33, 20 mm is 10 x 5; at 80 x 24 a row is larger."""
    snapshot = _with(items=(*FULL_SET, *TYPED), news2=SCORED)
    async with bedside(tmp_path, snapshot, size, language) as screen:
        await screen.tap("#bar-vitals")
        for tap, scroller in (
            ("", "#measured"),
            ("#tile-spo2", "#typing-left"),
            ("#bar-vitals", "#measured"),
            ("#tile-pulse", "#typing-left"),
        ):
            if tap:
                await screen.tap(tap)
            await _whole(screen, scroller, size)
        for page, scroller in ((Page.PAIN, "#pain"), (Page.ALGOPLUS, "#algoplus"), (Page.SCORE, "#score")):
            screen.clock.seconds += 1.0
            screen.app.post_message(Tapped(Go(page)))
            await screen.until(lambda page=page: screen.app.page is page)  # type: ignore[misc]
            await _whole(screen, scroller, size)


async def _whole(screen: Bedside, scroller: str, size: tuple[int, int]) -> None:
    """Every target and every line of the page is shown in full somewhere on the way down."""
    await screen.pilot.pause()
    page = screen.app.screen.query_one(f"#{screen.app.page.value}")
    scroller = "#measures" if scroller == "#measured" and size[0] < 100 else scroller
    view = screen.app.screen.query_one(scroller)
    view.scroll_home(animate=False, immediate=True)
    targets = [one for one in page.query("Line") if one.display and all(up.display for up in one.ancestors_with_self)]
    unseen = set(targets)
    for offset in range(int(view.max_scroll_y) + 1):
        view.scroll_to(y=offset, animate=False, immediate=True)
        await screen.pilot.pause()
        body = screen.app.screen.query_one("#body").region
        for one in list(unseen):
            # what is docked over the end of what scrolls does not count as a place to see it
            inside = view.content_region if view in one.ancestors and not _docked(one) else body
            if inside.contains_region(one.region):
                unseen.discard(one)
    view.scroll_home(animate=False, immediate=True)
    await screen.pilot.pause()
    assert {one for one in unseen if one.region.area} == set(), f"{scroller} at {size}"
    for one in targets:
        if isinstance(one, Touch) and one.region.area:
            assert one.region.width >= 6, one
            assert one.region.height >= 3, one
            if one.has_class("primary") and size == (106, 33):
                assert one.region.width >= 10, one
                assert one.region.height >= 5, one
        if one.region.area:
            needed = one.get_content_height(one.size, one.size, one.content_size.width)
            assert one.content_size.height >= needed, f"{one} {one.text!r} at {size}"


def _docked(one: object) -> bool:
    return any(getattr(up, "styles", None) and up.styles.dock != "none" for up in one.ancestors_with_self)  # type: ignore[attr-defined]
