"""Devices at the bedside: found, paired, tested and forgotten by fingers; bar codes, sounds and running signals."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from edge.door import messages as m
from tests.screens.door import BESIDE_JEANNE, JEANNE, NOBODY, Bedside, bedside
from ui.bedside.braille import PULSE_CELLS
from ui.bedside.live import LIVE_SECONDS
from ui.bedside.messages import Go, Tapped
from ui.bedside.picture import APPLIANCES, FULL_SET, NEARBY, beats
from ui.bedside.views import Page
from ui.bedside.widgets.monitor import Monitor
from ui.bedside.widgets.tile import Tile
from ui.bedside.widgets.touch import Touch

AT_MOST = 4
"""Taps from the home page for whatever is done to a device."""

CUFF, STRANGER = APPLIANCES[0].id, NEARBY[0].id


def _with(**changes: object) -> m.Snapshot:
    return msgspec.structs.replace(BESIDE_JEANNE, **{"devices": APPLIANCES, "nearby": NEARBY, **changes})


async def _touch(screen: Bedside, words: str) -> None:
    """One tap on what says ``words``."""
    found = [one for one in screen.app.screen.query(Touch) if words in str(one.render()) and one.region.area]
    assert len(found) == 1, f"{len(found)} targets say {words}"
    screen.clock.seconds += 1.0
    assert await screen.pilot.click(found[0])
    await screen.pilot.pause()


async def _home_then(screen: Bedside, *touches: str) -> int:
    """Taps ``touches`` one after the other from the home page; returns how many they were."""
    await screen.tap("#bar-home")
    for touch in touches:
        await _touch(screen, touch)
    return len(touches)


def _pairing(state: str, device_id: str = STRANGER, what: str = "") -> m.Snapshot:
    return _with(pairing=m.PairingCard(device_id=device_id, state=state, what=what))


async def test_a_device_is_paired_in_at_most_four_taps(tmp_path: Path) -> None:
    async with bedside(tmp_path, _with()) as screen:
        taps = await _home_then(screen, "APPAREILS", "AJOUTER UN APPAREIL", "MIBFS-07")
        assert taps <= AT_MOST
        assert screen.door.heard == [m.PairDevice(device_id=STRANGER)]
        screen.door.say(_pairing("pairing"))
        await screen.says("Association en cours")
        screen.door.say(_pairing("failed", what="Rapprochez la balance."))
        await screen.says("n'a pas répondu comme prévu. Rapprochez la balance.")
        screen.door.say(_pairing("done"))
        await screen.says("L'appareil a répondu.")


async def test_six_digits_are_asked_for_and_sent(tmp_path: Path) -> None:
    async with bedside(tmp_path, _with()) as screen:
        await _home_then(screen, "APPAREILS", "AJOUTER UN APPAREIL", "MIBFS-07")
        screen.door.say(_pairing("passkey"))
        await screen.until(lambda: screen.app.page is Page.PASSKEY)
        await screen.says("Tapez les six chiffres", "VALIDER")
        for digit in "91":
            await screen.tap(f"#key-{digit}")
        await screen.tap("#key-erase")
        for digit in "00420":
            await screen.tap(f"#key-{digit}")
        await screen.tap("#key-send")
        assert screen.door.heard[1:] == []
        await screen.tap("#key-7")
        await screen.tap("#key-9")
        await screen.tap("#key-send")
        await screen.until(lambda: len(screen.door.heard) > 1)
        assert screen.door.heard[1:] == [m.AnswerPasskey(device_id=STRANGER, passkey=4207)]
        assert screen.app.page is Page.NEARBY


async def test_a_pairing_never_takes_the_screen_from_a_measurement(tmp_path: Path) -> None:
    async with bedside(tmp_path, _with()) as screen:
        await screen.tap("#bar-vitals")
        screen.door.say(_pairing("passkey"))
        await screen.until(lambda: screen.app.view.pairing.passkey)
        await screen.pilot.pause()
        assert screen.app.page is Page.VITALS


async def test_a_device_is_tested_in_at_most_four_taps(tmp_path: Path) -> None:
    async with bedside(tmp_path, _with()) as screen:
        taps = await _home_then(screen, "APPAREILS", "Tensiomètre", "TESTER")
        assert taps <= AT_MOST
        assert screen.door.heard == [m.TestDevice(device_id=CUFF)]
        screen.door.say(_pairing("testing", CUFF))
        await screen.says("Test en cours", "UA-651BLE", "5181201234", "1.0.3", "Pile 80 %", "Entendu il y a 2 min")
        screen.door.say(_pairing("testing", STRANGER))
        await screen.until(lambda: "Test en cours" not in screen.seen())


async def test_a_device_is_forgotten_in_at_most_four_taps_after_one_question(tmp_path: Path) -> None:
    async with bedside(tmp_path, _with()) as screen:
        await _home_then(screen, "APPAREILS", "Tensiomètre", "OUBLIER")
        await screen.says("Oublier cet appareil ?")
        assert screen.door.heard == []
        await _touch(screen, "NON, GARDER")
        assert "Oublier cet appareil ?" not in screen.seen()
        taps = await _home_then(screen, "APPAREILS", "Tensiomètre", "OUBLIER", "OUI, OUBLIER")
        assert taps <= AT_MOST
        await screen.until(lambda: screen.door.heard != [])
        assert screen.door.heard == [m.ForgetDevice(device_id=CUFF)]
        await screen.says("Appareil oublié.", "Appareils de la borne")


async def test_a_device_that_forgot_the_cart_is_paired_again(tmp_path: Path) -> None:
    async with bedside(tmp_path, _with()) as screen:
        taps = await _home_then(screen, "APPAREILS", "Tensiomètre", "APPAIRER")
        assert taps <= AT_MOST
        await screen.until(lambda: screen.door.heard != [])
        assert screen.door.heard == [m.PairDevice(device_id=CUFF)]


async def test_a_question_left_open_is_not_answered_later(tmp_path: Path) -> None:
    async with bedside(tmp_path, _with()) as screen:
        await _home_then(screen, "APPAREILS", "Tensiomètre", "OUBLIER")
        await _home_then(screen, "APPAREILS", "Tensiomètre")
        await screen.says("OUBLIER")
        assert "OUI, OUBLIER" not in screen.seen()


async def test_a_device_says_what_is_wrong_and_that_it_is_unknown(tmp_path: Path) -> None:
    async with bedside(tmp_path, _with()) as screen:
        await _home_then(screen, "APPAREILS")
        await screen.says("⚠ INCONNU de la borne", "ne reconnaît plus la borne", "Pile 15 %", "○ non connecté")
        await _touch(screen, "Oxymètre")
        await screen.says("Appareil branché : rien à associer.", "/dev/ttyUSB0")
        for name in ("#appliance-test", "#appliance-forget", "#appliance-pair"):
            assert not screen.app.screen.query_one(name).display


async def test_an_admin_reaches_the_devices_without_a_resident(tmp_path: Path) -> None:
    async with bedside(tmp_path, msgspec.structs.replace(NOBODY, devices=APPLIANCES)) as screen:
        await screen.tap("#residents-appliances")
        await screen.says("Appareils de la borne", "Tensiomètre")
        screen.door.say(msgspec.structs.replace(NOBODY, devices=APPLIANCES, notice="n"))
        await screen.says("n")
        assert screen.app.page is Page.APPLIANCES


# --- bar codes


async def test_a_scan_proposes_its_resident_and_chooses_nobody(tmp_path: Path) -> None:
    async with bedside(tmp_path, NOBODY) as screen:
        screen.door.say(msgspec.structs.replace(NOBODY, scan=m.ScanCard(number=1, patient_id=JEANNE.id)))
        await screen.until(lambda: screen.app.page is Page.CONFIRM)
        await screen.says("DUPONT", "12/03/1938", "C'EST ELLE")
        assert screen.door.heard == []
        await screen.tap("#it-is")
        await screen.until(lambda: screen.app.page is Page.HOME)
        assert screen.door.heard == [m.SelectResident(patient_id=JEANNE.id)]


@pytest.mark.hazard("H1", without="tests.controls_faces:every_tap_counts")
async def test_a_finger_that_was_on_its_way_does_not_confirm_who_was_scanned(tmp_path: Path) -> None:
    async with bedside(tmp_path, NOBODY) as screen:
        screen.door.say(msgspec.structs.replace(NOBODY, scan=m.ScanCard(number=1, patient_id=JEANNE.id)))
        await screen.until(lambda: screen.app.page is Page.CONFIRM)
        await screen.pilot.pause()
        screen.clock.seconds += 0.2
        await screen.pilot.click("#it-is")
        await screen.pilot.pause()
        screen.door.say(msgspec.structs.replace(screen.door.snapshot, notice="fin"))
        await screen.says("fin")
        assert screen.door.heard == []


async def test_an_old_scan_proposes_nobody(tmp_path: Path) -> None:
    """What was read before this screen was there, and the same snapshot again."""
    before = msgspec.structs.replace(NOBODY, scan=m.ScanCard(number=7, patient_id=JEANNE.id))
    async with bedside(tmp_path, before) as screen:
        for notice, scan in (("un", before.scan), ("deux", m.ScanCard()), ("trois", m.ScanCard())):
            screen.door.say(msgspec.structs.replace(before, notice=notice, scan=scan))
            await screen.says(notice)
            assert screen.app.page is Page.RESIDENTS
        screen.door.say(msgspec.structs.replace(before, scan=m.ScanCard(number=1, patient_id=JEANNE.id)))
        await screen.until(lambda: screen.app.page is Page.CONFIRM)


@pytest.mark.parametrize(
    ("patient_id", "said"),
    [("", "ne désigne aucun résident"), ("r-unknown", "ne désigne aucun résident"), (JEANNE.id, "déjà à l'écran")],
)
async def test_a_scan_that_changes_nothing_says_so(tmp_path: Path, patient_id: str, said: str) -> None:
    async with bedside(tmp_path) as screen:
        screen.door.say(_with(scan=m.ScanCard(number=1, patient_id=patient_id)))
        await screen.says(said)
        assert screen.app.page is Page.HOME


# --- sounds and pictures


async def test_a_sound_is_asked_for_shown_running_and_listed(tmp_path: Path) -> None:
    async with bedside(tmp_path) as screen:
        await _home_then(screen, "ÉCOUTER")
        await screen.tap("#record")
        await screen.until(lambda: screen.door.heard == [m.RecordSound(source="stethoscope", seconds=15.0)])
        screen.clock.seconds += 5.0
        await screen.says("ENREGISTREMENT…  10 s", "━━━")
        await screen.tap("#record")
        assert len(screen.door.heard) == 1
        screen.door.say(_with(items=FULL_SET))
        await screen.says("Stéthoscope · 15 s", "┄ trop faible", "ENREGISTRER UN SON (15 s)")
        await screen.tap("#clips .undo")
        await screen.until(lambda: m.MarkEnteredInError(item_id="item-10") in screen.door.heard)


async def test_a_sound_that_never_comes_is_not_waited_for(tmp_path: Path) -> None:
    async with bedside(tmp_path) as screen:
        await _home_then(screen, "ÉCOUTER")
        await screen.tap("#record")
        await screen.says("ENREGISTREMENT…")
        screen.clock.seconds += 60.0
        await screen.says("ENREGISTRER UN SON (15 s)")
        screen.door.refusal = m.Refused(id=0, reason="camera", what="Le micro ne répond pas", do="recommencez")
        await screen.tap("#record")
        await screen.says("Le micro ne répond pas : recommencez.", "ENREGISTRER UN SON (15 s)")


async def test_the_otoscope_is_one_of_the_views(tmp_path: Path) -> None:
    async with bedside(tmp_path) as screen:
        await screen.tap("#bar-photo")
        await screen.tap("#zone-none")
        await screen.tap("#view-otoscopy")
        await screen.tap("#take")
        await screen.until(lambda: screen.door.heard == [m.TakePhoto(view="otoscopy")])


# --- running signals


def _beat(**changes: object) -> bytes:
    said = m.LiveTrace(device="Moniteur", signal="ecg", label="II", hertz=125.0, values=beats(4.0, 125.0))
    return m.encode(msgspec.structs.replace(said, **changes))


@pytest.mark.hazard("H6", without="tests.controls_faces:a_signal_is_live_for_ever")
async def test_a_running_ecg_is_drawn_and_stops_being_live_when_it_falls_silent(tmp_path: Path) -> None:
    async with bedside(tmp_path) as screen:
        await screen.tap("#bar-ecg")
        await screen.says("Envoyé")
        screen.door.say_bytes(_beat())
        await screen.says("TRACÉ EN DIRECT", "Moniteur", "n'est pas gardé", "ne pas interpréter")
        assert "Envoyé" not in screen.seen()
        assert not screen.app.screen.query_one("#ecg-undo").display
        screen.clock.seconds += LIVE_SECONDS + 0.1
        await screen.until(lambda: "TRACÉ EN DIRECT" not in screen.seen())
        await screen.says("Envoyé", "Contrôle du signal - ne pas interpréter")


@pytest.mark.hazard("H3", without="tests.controls_faces:signals_outlive_their_resident")
async def test_the_next_resident_does_not_see_the_signal_of_the_one_before(tmp_path: Path) -> None:
    async with bedside(tmp_path) as screen:
        await screen.tap("#bar-ecg")
        screen.door.say_bytes(_beat())
        await screen.says("TRACÉ EN DIRECT")
        other = msgspec.structs.replace(JEANNE, id="r-other", birth_name="Autre")
        screen.door.say(_with(resident=other, encounter_id="e-2", items=(), trace=None))
        await screen.says("AUTRE Jeanne")
        await screen.tap("#bar-ecg")
        await screen.says("— attendu", "Lancez l'enregistrement")
        assert "TRACÉ EN DIRECT" not in screen.seen()


async def test_a_signal_is_not_live_once_the_cart_is_silent(tmp_path: Path) -> None:
    async with bedside(tmp_path) as screen:
        await screen.tap("#bar-ecg")
        screen.door.say_bytes(_beat())
        await screen.says("TRACÉ EN DIRECT")
        await screen.door.close()
        await screen.until(lambda: "TRACÉ EN DIRECT" not in screen.seen())
        await screen.says("valeur ancienne")


# --- many tiles


@pytest.mark.parametrize(
    "size", [pytest.param((80, 24), marks=pytest.mark.slow), (106, 33), pytest.param((120, 32), marks=pytest.mark.slow)]
)
async def test_every_kind_is_on_the_page_and_nothing_of_it_is_cut(tmp_path: Path, size: tuple[int, int]) -> None:
    async with bedside(tmp_path, _with(items=FULL_SET, live=()), size) as screen:
        await screen.tap("#bar-vitals")
        await screen.pilot.pause()
        shown = [tile for tile in screen.app.screen.query(Tile) if tile.display]
        assert [tile.key for tile in shown] == [
            "blood_pressure",
            "spo2",
            "pulse",
            "temperature",
            "respiration",
            "pain",
            "weight",
            "glucose",
        ]
        for tile in shown:
            below = max(child.region.bottom for child in tile.children if child.display)
            assert below <= tile.content_region.bottom, f"{tile.id} at {size}"
        seen = ""
        body = screen.app.screen.query_one("#measures" if size[0] < 100 else "#measured")
        for offset in range(int(body.max_scroll_y) + 1):
            body.scroll_to(y=offset, animate=False, immediate=True)
            await screen.pilot.pause()
            seen += screen.seen()
        for words in ("Température", "Respiration", "Poids", "Glycémie", "mmol/L", "┄ DOUTEUX", "IMC 24,1 kg/m²"):
            assert words in seen, words


async def test_among_many_tiles_the_one_that_was_touched_is_undone(tmp_path: Path) -> None:
    async with bedside(tmp_path, _with(items=FULL_SET, live=())) as screen:
        await screen.tap("#bar-vitals")
        await screen.tap("#tile-pulse")
        await screen.says("ANNULER (et SpO₂)", "Pouls 76")
        assert screen.door.heard == []
        await screen.tap("#typing-undo")
        await screen.until(lambda: screen.door.heard == [m.MarkEnteredInError(item_id="item-2")])


async def test_everything_on_the_new_pages_is_large_enough_for_a_gloved_finger(tmp_path: Path) -> None:
    """12 mm is 6 x 3 cells at 106 x 33."""
    passkey = _pairing("passkey")
    async with bedside(tmp_path, msgspec.structs.replace(passkey, items=FULL_SET)) as screen:
        for page in (Page.VITALS, Page.SOUND, Page.APPLIANCES, Page.NEARBY, Page.PASSKEY, Page.HOME, Page.PHOTO):
            screen.clock.seconds += 1.0
            screen.app.post_message(Tapped(Go(page)))
            await screen.until(lambda page=page: screen.app.page is page)  # type: ignore[misc]
            await screen.pilot.pause()
            for target in screen.app.screen.query(Touch):
                if target.region.area and target.is_on_screen:
                    assert target.region.width >= 6, target
                    assert target.region.height >= 3, target


@pytest.mark.hazard("H15", without="tests.controls_faces:every_signal_is_in_millivolts")
async def test_a_signal_without_a_scale_has_no_calibration_pulse(tmp_path: Path) -> None:
    async with bedside(tmp_path) as screen:
        await screen.tap("#bar-ecg")
        screen.door.say_bytes(_beat())
        await screen.says("TRACÉ EN DIRECT", "repère 1 mV")
        await screen.until(lambda: any(any(one.strip() for one in edge) for edge in _edges(screen)))
        pulse = _edges(screen)[0]
        screen.door.say_bytes(_beat(label="I", device="Carte", in_millivolts=False))
        screen.door.say_bytes(_beat(device="Carte", in_millivolts=False))
        await screen.says("amplitude SANS échelle")
        assert "repère 1 mV" not in screen.seen()
        await screen.until(lambda: len(_edges(screen)) == 2 and any(one.strip() for one in _edges(screen)[0]))
        assert all(edge != pulse for edge in _edges(screen))


def _edges(screen: Bedside) -> list[list[str]]:
    """The left edge of each running signal, where the pulse of one millivolt stands."""
    return [
        [monitor.render_line(y).text[:PULSE_CELLS] for y in range(monitor.content_size.height)]
        for monitor in screen.app.screen.query(Monitor)
    ]
