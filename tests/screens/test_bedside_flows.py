"""What a nurse does at the bedside screen, tap by tap, against a real door."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from edge.door import messages as m
from tests.screens.door import BESIDE_JEANNE, JEANNE, NOBODY, bedside
from ui.bedside.invented_consent import AGREED
from ui.bedside.views import Page
from ui.bedside.widgets.tile import Tile
from ui.bedside.widgets.touch import Touch

CARDS = "ResidentCardTouch"
ENCOUNTER = BESIDE_JEANNE.encounter_id or ""


def _with(**changes: object) -> m.Snapshot:
    return msgspec.structs.replace(BESIDE_JEANNE, **changes)


async def test_a_resident_is_chosen_in_two_taps(tmp_path: Path) -> None:
    async with bedside(tmp_path, NOBODY) as screen:
        assert screen.app.page is Page.RESIDENTS
        await screen.says("Aucun résident choisi", "Ch. 214", "DUPONT")
        card = next(one for one in screen.app.screen.query(CARDS) if "Ch. 214" in str(one.render()))
        screen.clock.seconds += 1.0
        await screen.pilot.click(card)
        await screen.pilot.pause()
        assert screen.app.page is Page.CONFIRM
        assert screen.door.heard == []
        await screen.says("Dites-moi votre nom", "12/03/1938", "HOMONYME")
        await screen.tap("#it-is")
        await screen.until(lambda: screen.app.page is Page.HOME)
        assert screen.door.heard == [m.SelectResident(patient_id=JEANNE.id)]
        await screen.says("DUPONT Jeanne Marie", "utilisé : MARTIN")


async def test_a_refused_choice_changes_nothing_and_says_so(tmp_path: Path) -> None:
    async with bedside(tmp_path, NOBODY) as screen:
        screen.door.refusal = m.Refused(id=0, reason="store_io", what="the disk is full")
        card = screen.app.screen.query(CARDS).first()
        screen.clock.seconds += 1.0
        await screen.pilot.click(card)
        await screen.pilot.pause()
        await screen.tap("#it-is")
        await screen.says("rien n'a été gardé")
        assert screen.app.page is Page.CONFIRM
        assert screen.app.view.resident is None


async def test_vitals_fill_by_themselves(tmp_path: Path) -> None:
    async with bedside(tmp_path, _with(items=(), live=())) as screen:
        await screen.tap("#bar-vitals")
        await screen.says("— attendu", "Lancez le brassard")
        screen.door.say(BESIDE_JEANNE)
        await screen.says("EN COURS", "Pas encore gardé", "Brassard · il y a 2 min", "Reçu")
        expected = [tile.key for tile in screen.app.screen.query(Tile) if tile.display and tile.has_class("-expected")]
        assert expected == ["temperature", "respiration", "pain"]


async def test_the_last_reading_is_undone_with_one_tap(tmp_path: Path) -> None:
    async with bedside(tmp_path, _with(live=())) as screen:
        await screen.tap("#bar-vitals")
        await screen.tap("#undo-last")
        await screen.until(lambda: screen.door.heard != [])
        assert screen.door.heard == [m.MarkEnteredInError(item_id="item-2")]
        await screen.says("saisie par erreur")


async def test_finishing_the_round_leaves_the_resident(tmp_path: Path) -> None:
    async with bedside(tmp_path) as screen:
        await screen.tap("#bar-vitals")
        await screen.tap("#finish")
        await screen.until(lambda: screen.app.page is Page.RESIDENTS)
        assert screen.door.heard == [m.FinishRound()]
        await screen.says("Tournée enregistrée.")


async def test_a_full_set_of_vitals_takes_at_most_five_taps(tmp_path: Path) -> None:
    async with bedside(tmp_path, NOBODY) as screen:
        taps = 0
        for selector in (CARDS, "#it-is", "#home-vitals", "#finish"):
            if selector == CARDS:
                await screen.until(lambda: len(screen.app.screen.query(CARDS)) > 0)
            target = screen.app.screen.query(selector).first()
            screen.clock.seconds += 1.0
            assert await screen.pilot.click(target)
            taps += 1
            if selector == "#it-is":
                await screen.until(lambda: screen.app.page is Page.HOME)
            await screen.pilot.pause()
        await screen.until(lambda: screen.app.page is Page.RESIDENTS)
        assert taps <= 5


async def test_what_only_the_cart_knows_is_said_in_its_words(tmp_path: Path) -> None:
    async with bedside(tmp_path) as screen:
        screen.door.refusal = m.Refused(id=0, reason="call", what="Un appel est en cours", do="raccrochez d'abord")
        await screen.tap("#home-residents")
        await screen.tap("#release")
        await screen.says("Un appel est en cours : raccrochez d'abord.")
        assert screen.app.view.resident is not None


async def test_a_photo_is_asked_for_with_its_view(tmp_path: Path) -> None:
    async with bedside(tmp_path) as screen:
        await screen.tap("#bar-photo")
        await screen.tap("#zone-none")
        await screen.says("floue : à refaire")
        await screen.tap("#view-dermoscopy")
        await screen.tap("#take")
        await screen.until(lambda: screen.door.heard != [])
        assert screen.door.heard == [m.TakePhoto(view="dermoscopy")]


async def test_the_ecg_is_a_signal_check_and_says_so(tmp_path: Path) -> None:
    async with bedside(tmp_path) as screen:
        await screen.tap("#bar-ecg")
        await screen.says("Dérivation II", "10 s en largeur", "Contrôle du signal - ne pas interpréter", "Envoyé")
        assert sum("\u2801" <= character <= "\u28ff" for character in screen.seen()) > 100


async def test_a_call_needs_consent_then_is_admitted_and_ended(tmp_path: Path) -> None:
    async with bedside(tmp_path) as screen:
        await screen.tap("#bar-call")
        assert "[ ✓ ]" not in screen.seen()
        await screen.tap("#start")
        assert screen.door.heard == []
        await screen.tap("#consent")
        await screen.until(lambda: screen.door.heard == [m.CollectConsent(encounter_id=ENCOUNTER, basis="person")])
        screen.door.heard.clear()
        screen.door.say(_with(consent=AGREED))
        await screen.says("[ ✓ ]", "Accord de la résidente", "par C. LEROY")
        await screen.tap("#start")
        await screen.until(lambda: screen.door.heard == [m.StartCall()])
        lobby = m.CallCard(call_id="c", state="lobby", address="http://127.0.0.1:4711/", pin="271828")
        screen.door.say(_with(call=lobby))
        await screen.says("http://127.0.0.1:4711/", "Salle d'attente ouverte")
        assert not screen.app.screen.query_one("#admit").display
        screen.door.say(_with(call=msgspec.structs.replace(lobby, state="waiting")))
        await screen.says("Un spécialiste est à la porte")
        await screen.tap("#admit")
        screen.door.say(_with(call=m.CallCard(call_id="c", state="connected", video_frames_sent=31, vitals_messages=4)))
        await screen.says("En communication", "31 images envoyées", "4 envois de constantes", "● Appel en cours")
        await screen.tap("#hang-up")
        await screen.until(lambda: screen.door.heard[1:] == [m.AdmitSpecialist(), m.EndCall()])
        screen.door.say(_with(call=m.CallCard(call_id="c", state="ended")))
        await screen.says("L'appel est terminé.", "[   ]")


async def test_consent_is_forgotten_with_the_resident(tmp_path: Path) -> None:
    async with bedside(tmp_path) as screen:
        await screen.tap("#bar-call")
        screen.door.say(_with(consent=AGREED))
        await screen.says("[ ✓ ]")
        screen.door.say(_with(resident=msgspec.structs.replace(JEANNE, id="r-other", birth_name="Autre")))
        await screen.says("AUTRE Jeanne")
        await screen.tap("#bar-call")
        await screen.says("[   ]")


async def test_what_waits_is_told_in_the_four_words(tmp_path: Path) -> None:
    waiting = m.Waiting(kept=2, pending=1, sent=3, received=12, needs_person=1, oldest_seconds=7500)
    async with bedside(tmp_path, _with(waiting=waiting, unassigned=2)) as screen:
        await screen.tap("#status")
        assert screen.app.page is Page.OUTBOX
        await screen.says("Gardé ici", "En attente", "Envoyé", "Reçu", "À corriger", "2 h 05")
        await screen.says("Aucune réception prouvée", "2 mesures sans résident", "↑ 6 (2 h)", "1 à corriger")
        assert "synchronis" not in screen.seen().lower()


async def test_a_double_tap_is_one_tap(tmp_path: Path) -> None:
    async with bedside(tmp_path) as screen:
        await screen.tap("#bar-photo")
        await screen.tap("#zone-none")
        screen.clock.seconds += 1.0
        await screen.pilot.click("#take")
        screen.clock.seconds += 0.39
        await screen.pilot.click("#take")
        await screen.until(lambda: screen.door.heard != [])
        screen.clock.seconds += 0.41
        await screen.pilot.click("#take")
        await screen.until(lambda: len(screen.door.heard) > 1)
        assert screen.door.heard == [m.TakePhoto(), m.TakePhoto()]


async def test_while_the_cart_restarts_values_stay_and_are_marked_old(tmp_path: Path) -> None:
    async with bedside(tmp_path) as screen:
        await screen.tap("#bar-vitals")
        await screen.says("EN COURS")
        await screen.door.close()
        await screen.says("Le chariot redémarre…", "14:32", "valeur ancienne", "DUPONT Jeanne Marie")
        assert "EN COURS" not in screen.seen()
        await screen.tap("#finish")
        assert screen.door.heard == []
        await screen.tap("#bar-ecg")
        await screen.says("Contrôle du signal")
        await screen.door.open()
        await screen.until(lambda: not screen.app.view.old)
        await screen.pilot.pause()
        assert "redémarre" not in screen.seen()


async def test_a_command_whose_answer_is_lost_is_never_called_done(tmp_path: Path) -> None:
    async with bedside(tmp_path) as screen:
        screen.door.silent = True
        await screen.tap("#bar-vitals")
        await screen.tap("#undo-last")
        await screen.until(lambda: screen.door.heard != [])
        await screen.door.close()
        screen.door.silent = False
        await screen.door.open()
        await screen.until(lambda: not screen.app.view.old and "Sans réponse du chariot" in screen.seen())
        assert "Mesure annulée" not in screen.seen()


async def test_a_cart_of_another_version_is_told_apart_from_one_that_restarts(tmp_path: Path) -> None:
    async with bedside(tmp_path) as screen:
        screen.door.say_bytes(b'{"type":"Snapshot","cart":7}')
        await screen.says("n'ont pas la même version")


async def test_time_passes_without_snapshots(tmp_path: Path) -> None:
    async with bedside(tmp_path, _with(live=())) as screen:
        await screen.tap("#bar-vitals")
        await screen.says("Brassard · il y a 2 min")
        screen.clock.seconds += 3600.0
        await screen.says("Brassard · il y a 1 h 02")


async def test_no_key_does_anything_on_a_cart_in_service(tmp_path: Path) -> None:
    async with bedside(tmp_path, _with(demo=False)) as screen:
        before = screen.seen()
        assert "DÉMONSTRATION" not in before
        for key in ("ctrl+q", "ctrl+p", "ctrl+z", "escape", "tab", "f1", "ctrl+c", "f10", "enter"):
            await screen.pilot.press(key)
            await screen.pilot.pause()
            assert screen.app.is_running, key
            assert screen.app.return_code is None, key
            assert len(screen.app.screen_stack) == 1, key
            assert screen.seen() == before, key


@pytest.mark.parametrize("key", ["ctrl+c", "f10"])
async def test_a_demonstration_can_be_left_and_says_how(tmp_path: Path, key: str) -> None:
    async with bedside(tmp_path) as screen:
        await screen.says("DÉMONSTRATION - données fictives", "F10 ou Ctrl+C : quitter la démo")
        await screen.pilot.press("ctrl+q")
        assert screen.app.return_code is None
        await screen.pilot.press(key)
        await screen.until(lambda: screen.app.return_code == 0)


async def test_pages_of_a_resident_need_one(tmp_path: Path) -> None:
    async with bedside(tmp_path, NOBODY) as screen:
        for name in ("vitals", "ecg", "photo", "call"):
            await screen.tap(f"#bar-{name}")
            assert screen.app.page is Page.RESIDENTS
        await screen.says("Choisissez d'abord un résident.")


async def test_everything_touchable_is_large_enough_for_a_gloved_finger(tmp_path: Path) -> None:
    """12 mm is 6 x 3 cells at 106 x 33; the five fixed buttons are 20 mm, 10 x 5 cells."""
    async with bedside(tmp_path, _with(live=())) as screen:
        for name in ("home", "vitals", "ecg", "photo", "call"):
            await screen.tap(f"#bar-{name}")
            for target in screen.app.screen.query(Touch):
                if target.region.area and target.is_on_screen:
                    assert target.region.width >= 6, target
                    assert target.region.height >= 3, target
        for button in screen.app.screen.query("#bar Touch"):
            assert button.region.width >= 10
            assert button.region.height >= 5


@pytest.mark.slow
async def test_nothing_on_a_tile_is_cut(tmp_path: Path) -> None:
    quality = ("body_movement", "cuff_loose", "irregular_pulse", "device_clock_unset", "from_storage")
    cuff = msgspec.structs.replace(BESIDE_JEANNE.items[0], quality=quality)
    for size in ((80, 24), (106, 33), (120, 32)):
        async with bedside(tmp_path, _with(items=(cuff, *BESIDE_JEANNE.items[1:]), live=()), size) as screen:
            await screen.tap("#bar-vitals")
            await screen.pilot.pause()
            for tile in screen.app.screen.query(Tile):
                below = max(child.region.bottom for child in tile.children if child.display)
                assert below <= tile.content_region.bottom, f"{tile.id} at {size}"
                for line in tile.query(".facts, .doubt, .way"):
                    if line.display and str(line.render()):
                        needed = line.get_content_height(tile.size, tile.size, line.content_size.width)
                        assert line.content_size.height >= needed, f"{line} of {tile.id} at {size}"
