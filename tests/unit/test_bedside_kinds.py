"""Every kind of vital sign in words: the tile, its unit, what is doubtful and what is never live; devices in words."""

from __future__ import annotations

import re

import msgspec
import pytest

from edge.domain.measurement import DOUBTFUL, VITAL_SIGNS, Kind, Name, Quality
from edge.domain.photo import View as PhotoView
from edge.domain.quantity import Unit
from edge.domain.sound import SoundSite
from edge.door import messages as m
from ui.bedside import state, themes
from ui.bedside.locales import Words
from ui.bedside.tiles import ROWS
from ui.bedside.views import ApplianceView, Phase, TileView

WORDS = Words()

MEASURED = {
    "blood_pressure": (Kind.BLOOD_PRESSURE, ((Name.SYSTOLIC, "121", "mm[Hg]"), (Name.DIASTOLIC, "79", "mm[Hg]"))),
    "spo2": (Kind.SPO2, ((Name.SPO2, "94", "%"),)),
    "pulse": (Kind.HEART_RATE, ((Name.HEART_RATE, "71", "/min"),)),
    "temperature": (Kind.TEMPERATURE, ((Name.TEMPERATURE, "38.4", "Cel"),)),
    "respiration": (Kind.RESPIRATION, ((Name.RESPIRATORY_RATE, "18", "/min"),)),
    "weight": (Kind.WEIGHT, ((Name.WEIGHT, "62.4", "kg"),)),
    "body_fat": (Kind.BODY_COMPOSITION, ((Name.BODY_FAT, "31.5", "%"),)),
    "glucose": (Kind.GLUCOSE, ((Name.GLUCOSE, "5.6", "mmol/L"),)),
    "consciousness": (Kind.CONSCIOUSNESS, ((Name.CONSCIOUSNESS, "C", "{ACVPU}"),)),
    "oxygen": (Kind.OXYGEN, ((Name.OXYGEN_FLOW, "2", "L/min"),)),
    "pain": (Kind.PAIN, ((Name.PAIN, "4", "{score}"),)),
}
UNITS = {
    "blood_pressure": "mmHg",
    "spo2": "%",
    "pulse": "/min",
    "temperature": "°C",
    "respiration": "/min",
    "weight": "kg",
    "body_fat": "%",
    "glucose": "mmol/L",
    "consciousness": "ACVPU",
    "oxygen": "l/min",
    "pain": "/10",
}


def _item(key: str, item_id: str = "i", age: float = 30.0, **changes: object) -> m.ItemCard:
    kind, values = MEASURED[key]
    plain = m.ItemCard(
        item_id=item_id,
        kind=kind,
        device="Appareil",
        model="x",
        taken="2026-03-11T09:00:00Z",
        age_seconds=age,
        values=tuple(m.Value(name=name, value=value, unit=unit) for name, value, unit in values),
    )
    return msgspec.structs.replace(plain, **changes)


def _live(key: str, **changes: object) -> m.LiveCard:
    item = _item(key)
    return msgspec.structs.replace(m.LiveCard(kind=item.kind, device=item.device, values=item.values), **changes)


def _snapshot(*items: m.ItemCard, **changes: object) -> m.Snapshot:
    plain = m.Snapshot(cart="Borne 1", demo=False, clock="2026-03-11T10:00:00+01:00", items=items)
    return msgspec.structs.replace(plain, **changes)


def _tiles(snapshot: m.Snapshot, **more: float) -> dict[str, TileView]:
    return {tile.key: tile for tile in state.view(snapshot, WORDS, **more).tiles}


def test_every_vital_sign_has_its_tile_and_every_tile_its_words() -> None:
    assert {kind for row in ROWS for kind in row.kinds} == VITAL_SIGNS
    assert {row.key for row in ROWS} == set(WORDS.tiles) == set(WORDS.expected_hint) == set(MEASURED)
    assert all(name in WORDS.names for row in ROWS for name in row.beside)
    assert set(WORDS.photo_views) == set(PhotoView)
    assert set(WORDS.sound_sources) == set(SoundSite)


@pytest.mark.hazard("H5", without="tests.controls_faces:units_are_left_out")
@pytest.mark.parametrize("key", list(MEASURED))
def test_no_number_is_shown_without_its_unit(key: str) -> None:
    """Saved and running."""
    saved = _tiles(_snapshot(_item(key)))[key]
    running = _tiles(_snapshot(live=(_live(key),)))[key]
    assert (saved.phase, running.phase) == (Phase.SAVED, Phase.LIVE)
    assert saved.number
    assert saved.number == running.number
    assert (saved.unit, running.unit) == (UNITS[key], UNITS[key])


@pytest.mark.parametrize("unit", list(Unit))
def test_a_unit_that_is_not_the_usual_one_is_said_as_it_is(unit: Unit) -> None:
    odd = _item("temperature", values=(m.Value(name="temperature", value="101.2", unit=unit.value),))
    assert _tiles(_snapshot(odd))["temperature"].unit == WORDS.units.get(unit, unit.value)


@pytest.mark.hazard("T2", without="tests.controls_faces:nothing_is_doubtful")
@pytest.mark.parametrize("key", list(MEASURED))
def test_a_device_that_the_cart_does_not_know_is_doubted_everywhere(key: str) -> None:
    stranger = (Quality.UNAUTHENTICATED.value,)
    for snapshot in (_snapshot(_item(key, quality=stranger)), _snapshot(live=(_live(key, quality=stranger),))):
        tile = _tiles(snapshot)[key]
        assert tile.doubtful
        assert "appareil inconnu de la borne" in tile.doubts


@pytest.mark.hazard("H17", without="tests.controls_faces:nothing_is_doubtful")
@pytest.mark.parametrize("quality", sorted(DOUBTFUL))
def test_what_puts_a_number_in_doubt_is_seen(quality: Quality) -> None:
    value = m.Value(name="glucose", value="5.6", unit="mmol/L", quality=(quality.value,))
    tile = _tiles(_snapshot(_item("glucose", values=(value,))))["glucose"]
    assert (tile.doubtful, tile.number) == (True, "5,6")
    assert tile.doubts == (WORDS.quality[quality],)


def test_only_these_qualities_leave_a_number_undoubted() -> None:
    assert set(Quality) - DOUBTFUL == {
        Quality.IRREGULAR_PULSE,
        Quality.BATTERY_LOW,
        Quality.DEVICE_CLOCK_UNSET,
        Quality.FROM_STORAGE,
        Quality.TYPED,
        Quality.CONFIRMED,
    }


@pytest.mark.hazard("H6", without="tests.controls_faces:memory_counts_as_running")
@pytest.mark.parametrize("key", list(MEASURED))
def test_what_is_read_back_from_a_memory_is_never_running(key: str) -> None:
    stored = (Quality.FROM_STORAGE.value,)
    tile = _tiles(_snapshot(_item(key), live=(_live(key, quality=stored),)))[key]
    assert tile.phase is Phase.SAVED


def test_a_memory_says_when_its_device_measured_and_when_it_came() -> None:
    stored = _item("glucose", age=70.0, quality=("from_storage",), device_time="2026-03-10T07:42:00")
    tile = _tiles(_snapshot(stored))["glucose"]
    assert tile.age == "mesuré le 10/03/2026 à 07:42, heure de l'appareil, reçu il y a 1 min"
    assert (
        _tiles(_snapshot(_item("glucose", age=70.0, quality=("from_storage",))))["glucose"].age == "reçu il y a 1 min"
    )


def test_a_memory_that_comes_later_does_not_hide_what_was_measured_here() -> None:
    here = _item("glucose", "here", 600.0)
    older = _item("glucose", "older", 1.0, quality=("from_storage",), device_time="2026-03-01T07:42:00")
    newer = _item("glucose", "newer", 2.0, quality=("from_storage",), device_time="2026-03-09T07:42:00")
    assert _tiles(_snapshot(older, newer, here))["glucose"].item_id == "here"
    assert _tiles(_snapshot(older, newer))["glucose"].item_id == "newer"


def test_tiles_of_what_this_cart_never_measures_do_not_crowd_the_screen() -> None:
    always = ["blood_pressure", "spo2", "pulse", "temperature", "respiration", "pain"]
    said = ["consciousness", "oxygen"]
    assert list(_tiles(_snapshot())) == [*always, *said]
    scale = m.DeviceCard(label="Balance", model="weight-scale", connected=False)
    assert list(_tiles(_snapshot(devices=(scale,)))) == [*always, "weight", *said]
    undone = _item("temperature", entered_in_error=True)
    assert _tiles(_snapshot(undone))["temperature"].undone == "1 annulée"


def test_a_body_composition_stands_with_the_weight_it_came_with() -> None:
    values = (
        m.Value(name="body_fat", value="31.5", unit="%"),
        m.Value(name="weight", value="62.4", unit="kg"),
        m.Value(name="bmi", value="24.1", unit="kg/m2"),
        m.Value(name="impedance", value="510", unit="Ohm"),
    )
    tiles = _tiles(_snapshot(_item("body_fat", values=values)))
    assert "body_fat" not in tiles
    assert (tiles["weight"].number, tiles["weight"].beside) == ("62,4", "IMC 24,1 kg/m² · Masse grasse 31,5 %")
    assert _tiles(_snapshot(_item("body_fat")))["body_fat"].number == "31,5"


def test_the_home_page_says_units_and_doubt_and_how_many_more() -> None:
    doubted = _item("temperature", "t", quality=("unauthenticated",))
    home = dict(state.view(_snapshot(_item("spo2"), doubted), WORDS).home)
    assert home["vitals"] == ("SpO₂ 94 % · Température 38,4 °C ┄ douteux",)
    home = dict(state.view(_snapshot(*(_item(key, key) for key in MEASURED)), WORDS).home)
    assert home["vitals"] == ("PA 121/79 mmHg · SpO₂ 94 % · et 9 autres",)


def test_what_is_heard_nearby_does_not_move_under_a_finger() -> None:
    cards = [m.NearbyCard(id=name, label="Balance", model="weight-scale", name=name, rssi=-50) for name in "ab"]
    swapped = [msgspec.structs.replace(card, rssi=rssi) for card, rssi in zip(reversed(cards), (-40, -45), strict=True)]
    for heard in (cards, swapped):
        assert [one.id for one in state.view(_snapshot(nearby=tuple(heard)), WORDS).nearby] == ["a", "b"]


def test_a_heart_rate_without_a_number_gives_way_to_the_pulse() -> None:
    values = (
        m.Value(name="heart_rate", value=None, unit=None, quality=("sensor_off",)),
        m.Value(name="pulse_rate", value="66", unit="/min"),
    )
    assert _tiles(_snapshot(_item("pulse", values=values)))["pulse"].number == "66"


REASSURING = ("normal", "ok", "parfait", r"rassur\w*", "tout va bien", "sans danger", "bon état", "aucun problème")


@pytest.mark.hazard("H22", without="tests.controls_faces:ages_are_left_out")
@pytest.mark.parametrize("key", list(MEASURED))
def test_partial_data_shows_its_age_and_its_gap_and_no_word_reassures(key: str) -> None:
    _, values = MEASURED[key]
    partial = tuple(
        m.Value(name=name, value=None if name == values[-1][0] else value, unit=unit) for name, value, unit in values
    )
    tile = _tiles(_snapshot(_item(key, age=3700.0, values=partial)))[key]
    assert tile.doubtful
    assert "—" in tile.number
    assert tile.age == "il y a 1 h 01"
    said = repr(state.view(_snapshot(_item(key, values=partial)), WORDS)).lower()
    assert not [word for word in REASSURING if re.search(rf"\b{word}\b", said)]


def test_no_colour_of_the_screen_is_green() -> None:
    for theme in themes.THEMES:
        colours = [theme.success, theme.primary, theme.accent, theme.warning, theme.error, *theme.variables.values()]
        for colour in colours:
            assert colour is not None
            red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
            assert green - max(red, blue) < 16, colour


def _appliance(**changes: object) -> ApplianceView:
    card = m.DeviceCard(id="C0:FF", label="Balance", model="weight-scale", connected=True, wireless=True)
    snapshot = _snapshot(devices=(msgspec.structs.replace(card, **changes),))
    return state.view(snapshot, WORDS).appliances[0]


def test_a_device_in_words() -> None:
    one = _appliance(battery_percent=80, heard_seconds=125.0, serial_number="S1", firmware="1.0", what="pile faible")
    assert (one.state, one.summary, one.trouble) == ("● connecté", "Pile 80 % · Entendu il y a 2 min", "pile faible")
    assert dict(one.facts)["N° de série"] == "S1"
    assert dict(one.facts)["Logiciel"] == "1.0"
    assert dict(one.facts)["Fabricant"] == "non communiqué"
    assert "INCONNU" in dict(_appliance(trusted=False).facts)[""]
    assert _appliance().summary == "Pas entendu depuis le démarrage"
    assert _appliance(heard_seconds=120.0).summary == "Pile : l'appareil ne le dit pas · Entendu il y a 2 min"


def test_a_stranger_s_name_takes_no_more_room_than_a_name_needs() -> None:
    card = m.NearbyCard(id="a", label="Balance", model="weight-scale", name="x" * 248, rssi=-50)
    assert len(state.view(_snapshot(nearby=(card,)), WORDS).nearby[0].detail) < 60


def test_nothing_is_connected_once_the_cart_is_silent() -> None:
    card = m.DeviceCard(id="C0:FF", label="Balance", model="weight-scale", connected=True)
    view = state.view(_snapshot(devices=(card,), pairing=m.PairingCard(state="pairing")), WORDS, old=True)
    assert (view.appliances[0].state, view.pairing.line) == ("○ non connecté", "")


@pytest.mark.parametrize("said", ["pairing", "passkey", "testing", "done", "failed"])
def test_each_state_of_a_pairing_has_words(said: str) -> None:
    view = state.view(_snapshot(pairing=m.PairingCard(device_id="a", state=said, what="Voilà.")), WORDS).pairing
    assert view.line.endswith("Voilà.")
    assert view.passkey is (said == "passkey")


def test_a_sound_says_its_source_length_and_what_is_wrong() -> None:
    values = (m.Value(name="source", value="stethoscope", unit=None), m.Value(name="seconds", value="15", unit="s"))
    sound = m.ItemCard(
        item_id="s", kind="sound", device="Micro", model="x", taken="", age_seconds=5.0, values=values, remark="saturé"
    )
    view = state.view(_snapshot(sound), WORDS)
    assert [(one.title, one.remark) for one in view.sounds] == [("Stéthoscope · 15 s", "saturé")]
    assert dict(view.home)["sound"] == ("1 son",)
