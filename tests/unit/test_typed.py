"""What is typed: possible, unusual, whose; as it is sent; and the early warning score out of what is saved."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from edge.domain import typed
from edge.domain.audit import Actor, KnownBy, Origin, Who
from edge.domain.fault import Fault, Reason
from edge.domain.item import Item
from edge.domain.measurement import Component, Device, Kind, Name, Quality, Reading
from edge.domain.operator import Operator
from edge.domain.quantity import Quantity, Unit
from edge.door import messages as m, snapshot
from edge.door.score_card import News2
from edge.store.ledger import Places, StoredLedger, open_for_edge
from edge.store.thread import StoreThread
from sync.fhir import canonical
from sync.fhir.observations import resources
from tests import items
from tests.unit.test_door import Cart
from tests.unit.test_recorder import patient
from ui.bedside import score, state, typing
from ui.bedside.locales import LANGUAGES, Words
from ui.bedside.typing import Pad

WORDS = Words()
WINDOW = dt.timedelta(minutes=60)
NURSE = Actor(Who(KnownBy.PROFESSIONAL, "10000000002", "Camille LEROY"), Origin("edge", m.UI, "TypeValue"))
DOCTOR = Actor(Who(KnownBy.PROFESSIONAL, "10000000001", "Anne MOREL"), Origin("edge", m.UI, "SetScaleTwo"))
WHOEVER = Actor(Who(KnownBy.ROLE, "ui", "telecart-ui"), Origin("edge", m.UI, "SetScaleTwo"))

ORDINARY = {
    "blood_pressure": ("142", "85"),
    "spo2": ("96",),
    "pulse": ("76",),
    "temperature": ("37.2",),
    "respiration": ("16",),
    "weight": ("62.4",),
    "glucose": ("1.02",),
    "consciousness": ("0",),
    "oxygen": ("0",),
    "pain": ("4",),
    "algoplus": ("1", "0", "1", "0", "0"),
}


def said(sheet: str, *numbers: str) -> tuple[m.TypedValue, ...]:
    return tuple(
        m.TypedValue(name=one.name, value=one.value, unit=one.unit)
        for one in typing.values(sheet, numbers or ORDINARY[sheet])
    )


@pytest.fixture
async def cart(tmp_path: Path) -> AsyncIterator[Cart]:
    places = Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "key")
    async with StoreThread(lambda: open_for_edge(places, {}, "demonstration")) as thread:
        ledger = StoredLedger(thread, "TC")
        for number in (1, 2):
            await ledger.put_patient(patient(number))
        yield Cart(ledger, tmp_path / "door.sock")


async def beside(cart: Cart, number: int = 1) -> str:
    """This resident is on screen; returns the encounter."""
    await cart.desk.handle(m.SelectResident(patient_id=f"P{number}"), NURSE)
    assert cart.recorder.on_screen is not None
    return cart.recorder.on_screen.encounter.id


async def lines(cart: Cart, encounter_id: str) -> list[Any]:
    return list((await cart.ledger.overview(encounter_id)).lines)


# --- what can be typed


@pytest.mark.parametrize("sheet", list(typed.SHEETS))
def test_every_sheet_takes_an_ordinary_value_as_it_was_typed(sheet: str) -> None:
    found = typed.parse(sheet, typing.values(sheet, ORDINARY[sheet]))
    numbers = {part.name: str(part.quantity.value) for part in found if part.quantity}
    entries = typed.SHEETS[sheet][1]
    assert [numbers[entry.name] for entry in entries] == list(ORDINARY[sheet])
    assert typed.unusual(sheet, found) == ()
    assert typed.reading(sheet, found).quality == (Quality.TYPED,)


def test_a_sum_of_algoplus_comes_with_its_five_answers() -> None:
    found = typed.parse("algoplus", typing.values("algoplus", ORDINARY["algoplus"]))
    assert [part.name for part in found] == [Name.ALGOPLUS, *typed.ALGOPLUS_ITEMS]
    assert found[0].quantity == Quantity(Decimal(2), Unit.SCORE)


@pytest.mark.hazard("H17", without="tests.controls_typed:what_is_impossible_is_clamped")
@pytest.mark.parametrize(
    ("sheet", "numbers"),
    [
        *(("spo2", (number,)) for number in ("101", "0", "140")),
        *(("pain", (number,)) for number in ("11", "3.5")),
        *(("temperature", (number,)) for number in ("9", "51", "36.84")),
        *(("consciousness", (number,)) for number in ("5", "0.5")),
        ("algoplus", ("2", "0", "0", "0", "0")),
        ("pulse", ("72.5",)),
    ],
)
def test_what_cannot_be_is_refused_and_never_clamped(sheet: str, numbers: tuple[str, ...]) -> None:
    with pytest.raises(typed.Refused):
        typed.parse(sheet, typing.values(sheet, numbers))


@pytest.mark.parametrize("number", ["", "-1", "+36", "1e2", "٣٧", "NaN", "0x10", "1423", "36.", ".5", " 36"])
def test_what_is_no_number_is_refused(number: str) -> None:
    with pytest.raises(typed.Refused):
        typed.parse("temperature", typing.values("temperature", (number,)))


def test_another_unit_another_sheet_or_half_a_pressure_is_refused() -> None:
    value = typing.values("temperature", ("37.2",))[0]
    for sheet, values in (
        ("temperature", [dataclasses.replace(value, unit="[degF]")]),
        ("temperature", [value, value]),
        ("spo2", [value]),
        ("blood_pressure", list(typing.values("blood_pressure", ("142", "85"))[:1])),
        ("photo", [value]),
    ):
        with pytest.raises(typed.Refused):
            typed.parse(sheet, values)


@pytest.mark.hazard("H17", without="tests.controls_typed:nothing_is_unusual")
@pytest.mark.parametrize(
    ("sheet", "text", "asked"),
    [
        ("spo2", "39", "SpO₂ 39 % : c'est bien cela ?"),
        ("blood_pressure", "14/8", "PA 14/8 mmHg : c'est bien cela ?"),
        ("blood_pressure", "85/142", "PA 85/142 mmHg : c'est bien cela ?"),
        ("blood_pressure", "98/98", "PA 98/98 mmHg : c'est bien cela ?"),
        ("temperature", "43,1", "Température 43,1 °C : c'est bien cela ?"),
    ],
)
def test_what_is_unusual_is_asked_about_as_it_stands(sheet: str, text: str, asked: str) -> None:
    pad, found = typing.check(Pad(sheet, "e", text), WORDS)
    assert (pad.asking, pad.text) == (asked, text)
    assert found is not None
    assert [one.value for one in found] == text.replace(",", ".").split("/")


def test_a_digit_too_many_stays_in_sight_until_it_is_corrected() -> None:
    pad = Pad("spo2", "e")
    for key in "9666":
        pad = typing.press(pad, key)
    assert pad.text == "9666"
    wrong, found = typing.check(pad, WORDS)
    assert (wrong.wrong, found) == ("SpO₂ ne peut pas être 9666 : corrigez.", None)
    assert typing.press(wrong, typing.BACK) == Pad("spo2", "e", "966")


def test_keys_that_make_no_sense_change_nothing() -> None:
    assert typing.press(Pad("spo2", "e", "9"), typing.COMMA).text == "9"
    assert typing.press(Pad("spo2", "e", "9"), typing.SLASH).text == "9"
    assert typing.press(Pad("blood_pressure", "e"), typing.SLASH).text == ""
    assert typing.press(Pad("blood_pressure", "e", "142/85"), typing.SLASH).text == "142/85"
    assert typing.press(Pad("temperature", "e", "37,2"), typing.COMMA).text == "37,2"
    unfinished, found = typing.check(Pad("blood_pressure", "e", "142/"), WORDS)
    assert (unfinished.wrong, found) == (WORDS.typed_unfinished, None)


# --- whose it is


async def test_a_typed_value_is_saved_as_typed_by_who_typed_it(cart: Cart) -> None:
    encounter = await beside(cart)
    await cart.desk.handle(m.TypeValue(sheet="spo2", values=said("spo2"), encounter_id=encounter), NURSE)
    (line,) = await lines(cart, encounter)
    assert (line.kind, line.device, line.payload.quality) == (Kind.SPO2, typed.BY_HAND, (Quality.TYPED,))
    saved = await cart.ledger.load(line.item_id)
    assert saved.operator == Operator("Camille LEROY", "10000000002")
    assert saved.payload == Reading(
        Kind.SPO2, (Component(Name.SPO2, Quantity(Decimal(96), Unit.PERCENT)),), b"", quality=(Quality.TYPED,)
    )


@pytest.mark.hazard("H1", without="tests.controls_typed:whoever_is_on_screen_gets_it")
async def test_what_was_typed_for_the_resident_before_is_refused(cart: Cart) -> None:
    before = await beside(cart, 1)
    now = await beside(cart, 2)
    with pytest.raises(Fault) as caught:
        await cart.desk.handle(m.TypeValue(sheet="spo2", values=said("spo2"), encounter_id=before), NURSE)
    assert caught.value.reason is Reason.RESIDENT_CHANGED
    assert await lines(cart, now) == await lines(cart, before) == []


async def test_a_pressure_typed_at_once_after_a_change_is_the_new_resident_s(cart: Cart) -> None:
    """A cuff may have been on the resident before; a person says who is in front of her."""
    await beside(cart, 1)
    cart.clock.seconds += 1.0
    encounter = await beside(cart, 2)
    await cart.desk.handle(
        m.TypeValue(sheet="blood_pressure", values=said("blood_pressure"), encounter_id=encounter), NURSE
    )
    assert [line.kind for line in await lines(cart, encounter)] == [Kind.BLOOD_PRESSURE]


async def test_nobody_on_screen_takes_no_typed_value(cart: Cart) -> None:
    with pytest.raises(Fault) as caught:
        await cart.desk.handle(m.TypeValue(sheet="spo2", values=said("spo2"), encounter_id="e"), NURSE)
    assert caught.value.reason is Reason.NO_RESIDENT


@pytest.mark.hazard("H17", without="tests.controls_typed:nothing_is_unusual")
async def test_what_is_unusual_is_saved_only_once_it_was_confirmed_and_says_so(cart: Cart) -> None:
    encounter = await beside(cart)
    wanted = m.TypeValue(sheet="spo2", values=said("spo2", "39"), encounter_id=encounter)
    with pytest.raises(Fault) as caught:
        await cart.desk.handle(wanted, NURSE)
    assert caught.value.reason is Reason.NOT_ALLOWED
    confirmed = m.TypeValue(sheet="spo2", values=said("spo2", "39"), encounter_id=encounter, confirmed=True)
    await cart.desk.handle(confirmed, NURSE)
    (line,) = await lines(cart, encounter)
    assert line.payload.quality == (Quality.TYPED, Quality.CONFIRMED)
    assert line.payload.components[0].quantity == Quantity(Decimal(39), Unit.PERCENT)


async def test_an_impossible_value_is_refused_however_often_it_is_confirmed(cart: Cart) -> None:
    encounter = await beside(cart)
    wanted = m.TypeValue(sheet="spo2", values=said("spo2", "101"), encounter_id=encounter, confirmed=True)
    with pytest.raises(Fault):
        await cart.desk.handle(wanted, NURSE)
    assert await lines(cart, encounter) == []


# --- as it is sent


def sent(sheet: str, *numbers: str, operator: Operator | None = None) -> Any:
    parts = typed.parse(sheet, typing.values(sheet, numbers or ORDINARY[sheet]))
    item: Item = items.item(typed.SHEETS[sheet][0], typed.reading(sheet, parts))
    item = dataclasses.replace(item, device=typed.BY_HAND, operator=operator)
    _, observation = [json.loads(canonical.encode(one), parse_float=Decimal) for one in resources(item)]
    return observation


@pytest.mark.hazard("H17", without="tests.controls_typed:typed_looks_measured")
@pytest.mark.parametrize("sheet", list(typed.SHEETS))
def test_a_typed_value_says_so_at_the_far_end_and_names_no_device(sheet: str) -> None:
    observation = sent(sheet, operator=Operator("Camille LEROY", "10000000002"))
    assert "device" not in observation
    assert "contained" not in observation
    assert observation["method"]["text"] == "Saisie manuelle"
    assert "valeur saisie à la main" in observation["note"][0]["text"]
    assert observation["performer"] == [
        {
            "type": "Practitioner",
            "identifier": {"system": "https://rpps.esante.gouv.fr", "value": "10000000002"},
            "display": "Camille LEROY",
        }
    ]


def test_who_typed_is_left_out_where_nobody_is_known_and_has_no_number_where_there_is_none() -> None:
    assert "performer" not in sent("spo2")
    assert sent("spo2", operator=Operator("Awa DIALLO"))["performer"] == [
        {"type": "Practitioner", "display": "Awa DIALLO"}
    ]


@pytest.mark.parametrize(
    ("sheet", "number", "code", "value", "unit"),
    [
        ("oxygen", "2.5", ["3151-8"], "2.5", "L/min"),
        ("pain", "4", ["72514-3"], "4", "1"),
        ("glucose", "1.02", ["2339-0", "2345-7"], "102", "mg/dL"),
    ],
)
def test_new_kinds_have_their_codes_and_units(sheet: str, number: str, code: list[str], value: str, unit: str) -> None:
    observation = sent(sheet, number)
    assert [one["code"] for one in observation["code"]["coding"]] == code
    assert (str(observation["valueQuantity"]["value"]), observation["valueQuantity"]["code"]) == (value, unit)


@pytest.mark.parametrize(
    ("place", "code", "text"),
    [
        ("0", "248234008", "A : alerte"),
        ("1", "130987000", "C : confusion nouvelle"),
        ("2", "300202002", "V : réagit à la voix"),
        ("3", "450847001", "P : réagit à la douleur"),
        ("4", "422768004", "U : sans réaction"),
    ],
)
def test_consciousness_is_an_answer_and_no_number(place: str, code: str, text: str) -> None:
    observation = sent("consciousness", place)
    answer = observation["valueCodeableConcept"]
    assert ([one["code"] for one in answer["coding"]], answer["text"]) == ([code], text)
    assert "valueQuantity" not in observation
    assert [one["code"] for one in observation["code"]["coding"]] == ["67775-7"]


def test_algoplus_has_words_and_no_code_of_anybody_else() -> None:
    observation = sent("algoplus")
    assert "coding" not in observation["code"]
    assert "Algoplus" in observation["code"]["text"]
    assert observation["valueQuantity"]["value"] == 2
    assert [one["valueQuantity"]["value"] for one in observation["component"]] == [1, 0, 1, 0, 0]
    assert all("Algoplus" in one["code"]["text"] for one in observation["component"])


def test_room_air_is_said() -> None:
    assert "air ambiant" in [note["text"] for note in sent("oxygen", "0")["note"]]
    assert "air ambiant" not in [note["text"] for note in sent("oxygen", "2")["note"]]


# --- the early warning score

SEVEN = ("respiration", "spo2", "oxygen", "blood_pressure", "pulse", "consciousness", "temperature")
PARTS = ("respiration", "spo2", "oxygen", "systolic", "pulse", "consciousness", "temperature")


async def typed_in(cart: Cart, encounter: str, *sheets: str) -> None:
    for sheet in sheets:
        await cart.desk.handle(m.TypeValue(sheet=sheet, values=said(sheet), encounter_id=encounter), NURSE)


async def card(cart: Cart, encounter: str, window: dt.timedelta = WINDOW) -> m.News2Card:
    overview = await cart.ledger.overview(encounter)
    return snapshot.score(overview, cart.clock.now(), News2(window))


async def test_seven_fresh_parts_make_a_total(cart: Cart) -> None:
    encounter = await beside(cart)
    await typed_in(cart, encounter, *SEVEN)
    cart.clock.seconds += 300.0
    found = await card(cart, encounter)
    assert (found.total, found.risk, found.oldest_seconds) == (0, "low", 300.0)
    assert [(part.part, part.points) for part in found.parts] == [(part, 0) for part in PARTS]


@pytest.mark.hazard("H13", without="tests.controls_typed:a_sum_of_what_is_there")
@pytest.mark.parametrize("left_out", SEVEN)
async def test_without_one_part_there_is_no_total_and_it_is_named(cart: Cart, left_out: str) -> None:
    encounter = await beside(cart)
    await typed_in(cart, encounter, *(sheet for sheet in SEVEN if sheet != left_out))
    found = await card(cart, encounter)
    assert (found.total, found.risk) == (None, "")
    lacking = [part.part for part in found.parts if part.why == "missing"]
    assert lacking == [dict(zip(SEVEN, PARTS, strict=True))[left_out]]


@pytest.mark.hazard("H13", without="tests.controls_typed:nothing_grows_old")
async def test_one_old_part_takes_the_total_away(cart: Cart) -> None:
    encounter = await beside(cart)
    await typed_in(cart, encounter, "consciousness")
    cart.clock.seconds += 3601.0
    await typed_in(cart, encounter, *(sheet for sheet in SEVEN if sheet != "consciousness"))
    found = await card(cart, encounter)
    assert found.total is None
    assert [(part.part, part.why) for part in found.parts if part.why] == [("consciousness", "stale")]
    assert (await card(cart, encounter, dt.timedelta(minutes=90))).total == 0


@pytest.mark.hazard("H12", without="tests.controls_typed:doubtful_parts_count")
@pytest.mark.parametrize("quality", [Quality.LOW_PERFUSION, Quality.UNAUTHENTICATED, Quality.FROM_STORAGE])
async def test_the_newest_value_decides_and_a_doubtful_one_does_not_count(cart: Cart, quality: Quality) -> None:
    """The older good one does not stand in for it."""
    encounter = await beside(cart)
    await typed_in(cart, encounter, *SEVEN)
    cart.clock.seconds += 10.0
    overview = await cart.ledger.overview(encounter)
    doubted = dataclasses.replace(
        overview.lines[0],
        item_id="doubted",
        kind=Kind.TEMPERATURE,
        device=Device("T", "thermometer", "Thermomètre"),
        taken=cart.clock.now(),
        payload=Reading(
            Kind.TEMPERATURE,
            (Component(Name.TEMPERATURE, Quantity(Decimal("35.0"), Unit.CELSIUS)),),
            b"r",
            quality=(quality,),
        ),
    )
    kept = [line for line in overview.lines if quality is not Quality.FROM_STORAGE or line.kind is not Kind.TEMPERATURE]
    found = snapshot.score(dataclasses.replace(overview, lines=(doubted, *kept)), cart.clock.now(), News2(WINDOW))
    assert found.total is None
    assert [(part.part, part.why) for part in found.parts if part.why] == [("temperature", "doubtful")]


@pytest.mark.hazard("H12", without="tests.controls_typed:undone_parts_count")
async def test_what_was_undone_does_not_count(cart: Cart) -> None:
    encounter = await beside(cart)
    await typed_in(cart, encounter, *SEVEN)
    (line,) = [line for line in await lines(cart, encounter) if line.kind is Kind.CONSCIOUSNESS]
    await cart.desk.handle(m.MarkEnteredInError(item_id=line.item_id), NURSE)
    found = await card(cart, encounter)
    assert [(part.part, part.why) for part in found.parts if part.why] == [("consciousness", "missing")]


async def test_oxygen_and_a_confused_resident_get_their_points(cart: Cart) -> None:
    encounter = await beside(cart)
    await typed_in(cart, encounter, *SEVEN)
    for sheet, number in (("oxygen", "2"), ("consciousness", "1")):
        command = m.TypeValue(sheet=sheet, values=said(sheet, number), encounter_id=encounter)
        await cart.desk.handle(command, NURSE)
    found = await card(cart, encounter)
    assert (found.total, found.risk) == (5, "medium")


async def test_a_wall_clock_that_was_set_back_makes_no_part_younger(cart: Cart) -> None:
    encounter = await beside(cart)
    await typed_in(cart, encounter, *SEVEN)
    cart.clock.seconds += 3601.0
    now = cart.clock.now()
    now = dataclasses.replace(now, utc=now.utc - dt.timedelta(hours=2))
    found = snapshot.score(await cart.ledger.overview(encounter), now, News2(WINDOW))
    assert {part.why for part in found.parts} == {"stale"}


# --- scale 2


@pytest.mark.hazard("H12", without="tests.controls_typed:anybody_sets_scale_two")
async def test_scale_two_is_a_named_doctor_s(cart: Cart) -> None:
    encounter = await beside(cart)
    with pytest.raises(Fault) as caught:
        await cart.desk.handle(m.SetScaleTwo(encounter_id=encounter, on=True), WHOEVER)
    assert caught.value.reason is Reason.NOT_ALLOWED
    assert await cart.scales.of("P1") is None
    await cart.desk.handle(m.SetScaleTwo(encounter_id=encounter, on=True), DOCTOR)
    named = await cart.scales.of("P1")
    assert named is not None
    assert named.set_by == "Anne MOREL RPPS 10000000001"
    assert await cart.scales.of("P2") is None
    await cart.desk.handle(m.SetScaleTwo(encounter_id=encounter, on=False), DOCTOR)
    assert await cart.scales.of("P1") is None


async def test_scale_two_is_for_the_resident_of_the_tap(cart: Cart) -> None:
    before = await beside(cart, 1)
    await beside(cart, 2)
    with pytest.raises(Fault):
        await cart.desk.handle(m.SetScaleTwo(encounter_id=before, on=True), DOCTOR)
    assert await cart.scales.of("P1") is await cart.scales.of("P2") is None


# --- in words

COMPLETE = m.News2Card(
    enabled=True,
    parts=tuple(m.News2Part(part=part, points=0, age_seconds=60.0) for part in PARTS),
    total=0,
    risk="low",
    oldest_seconds=60.0,
    window_seconds=3600.0,
)


def test_a_score_that_the_site_did_not_turn_on_is_not_there() -> None:
    assert not score.view(m.News2Card(), WORDS, 0.0, False).enabled


def test_a_total_is_a_digit_a_shape_and_a_word() -> None:
    shown = score.view(COMPLETE, WORDS, 0.0, False)
    assert (shown.number, shown.word) == ("0", "△ RISQUE FAIBLE")
    assert shown.lines == ("Le plus ancien : 1 min", "score d'aide, pas une alarme")


@pytest.mark.hazard("H22", without="tests.controls_typed:partial_scores_show_a_total")
@pytest.mark.parametrize("language", list(LANGUAGES))
@pytest.mark.parametrize("why", ["missing", "stale", "doubtful", "ahead"])
@pytest.mark.parametrize("left_out", PARTS)
def test_a_partial_score_has_no_digit_no_risk_and_names_what_lacks(language: str, why: str, left_out: str) -> None:
    """Whatever the cart said of a total."""
    words = LANGUAGES[language]()
    parts = tuple(m.News2Part(part=one.part, why=why) if one.part == left_out else one for one in COMPLETE.parts)
    partial = m.News2Card(enabled=True, parts=parts, total=3, risk="low", window_seconds=3600.0)
    shown = score.view(partial, words, 0.0, False)
    assert shown.number == ""
    assert shown.word == words.score_incomplete
    assert words.score_short[left_out] in shown.lines[0]
    assert not any(risk in repr(shown) for risk in words.score_risk.values())


def test_a_total_goes_by_itself_when_a_part_grows_old_and_when_the_cart_falls_silent() -> None:
    assert score.view(COMPLETE, WORDS, 3539.0, False).number == "0"
    late = score.view(COMPLETE, WORDS, 3541.0, False)
    assert (late.number, {part.why for part in late.parts}) == ("", {"trop ancien"})
    silent = score.view(COMPLETE, WORDS, 0.0, True)
    assert (silent.number, silent.lines[0]) == ("", WORDS.score_old)


@pytest.mark.hazard("H17", without="tests.controls_typed:typed_looks_measured")
def test_a_typed_value_is_marked_on_its_tile_and_is_not_doubted() -> None:
    item = m.ItemCard(
        item_id="i",
        kind="spo2",
        device="Saisie",
        model="typed",
        taken="2026-03-11T09:00:00Z",
        age_seconds=70.0,
        values=(m.Value(name="spo2", value="39", unit="%"),),
        quality=("typed", "confirmed"),
    )
    shown = state.view(m.Snapshot(cart="B", demo=False, clock="2026-03-11T10:00:00+01:00", items=(item,)), WORDS)
    tile = next(tile for tile in shown.tiles if tile.key == "spo2")
    assert (tile.number, tile.device, tile.doubtful) == ("39", "✎ Saisi", False)
    assert tile.remarks == ("inhabituel, confirmé",)
