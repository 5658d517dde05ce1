"""Vital signs as FHIR resources: codes, units, what is missing and why."""

from __future__ import annotations

import dataclasses
import json
from decimal import Decimal
from typing import Any

import pytest

from edge.domain.fault import Fault, Reason
from edge.domain.item import Item
from edge.domain.measurement import Component, DeviceTime, Kind, Name, Quality, Reading
from edge.domain.patient import IdentityStatus, Ins
from edge.domain.quantity import Quantity, Unit
from sync.fhir import canonical
from sync.fhir.observations import resources
from tests import items


def observed(item: Item) -> list[Any]:
    """The resources as a server reads them."""
    return [json.loads(canonical.encode(resource), parse_float=Decimal) for resource in resources(item)]


def codes(concept: Any) -> list[tuple[str, str]]:
    return [(coding["system"], coding["code"]) for coding in concept["coding"]]


def loinc(*numbers: str) -> list[tuple[str, str]]:
    return [("http://loinc.org", number) for number in numbers]


def mmhg(value: str) -> dict[str, Any]:
    return {"value": Decimal(value), "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}


def reading(*components: Component, kind: Kind = Kind.BLOOD_PRESSURE, quality: tuple[Quality, ...] = ()) -> Item:
    return items.item(
        kind, Reading(kind, components, b"", quality=quality, device_time=DeviceTime(2026, 3, 1, 8, 5, 0))
    )


def test_blood_pressure_is_one_panel_and_its_pulse_one_observation() -> None:
    item = items.blood_pressure("128", "74")
    patient, panel, pulse = observed(item)
    assert (patient["resourceType"], panel["id"], pulse["id"]) == ("Patient", item.id, f"{item.id}-pulse")
    assert codes(panel["code"]) == loinc("85354-9")
    assert [codes(part["code"]) for part in panel["component"]] == [loinc(n) for n in ("8480-6", "8462-4", "8478-0")]
    assert [part["valueQuantity"] for part in panel["component"]] == [mmhg("128"), mmhg("74"), mmhg("92")]
    assert "valueQuantity" not in panel
    assert codes(pulse["code"]) == loinc("8867-4")
    assert (pulse["valueQuantity"]["value"], pulse["valueQuantity"]["code"]) == (67, "/min")


def test_what_every_observation_says() -> None:
    item = items.spo2()
    patient, *observations = observed(item)
    for observation in observations:
        assert observation["status"] == "final"
        assert observation["subject"] == {"reference": f"Patient/{patient['id']}"}
        assert observation["category"][0]["coding"][0]["code"] == "vital-signs"
        assert observation["effectiveDateTime"] == "2026-03-28T23:33:00.250+00:00"
        assert observation["contained"][0]["id"] == observation["device"]["reference"].removeprefix("#")
        assert observation["contained"][0]["modelNumber"] == item.device.model
        assert len(observation["id"]) <= 64
        assert "note" not in observation


def test_saturation_carries_both_codes_and_the_exact_digits() -> None:
    item = items.spo2("96.50")
    _, saturation, _ = observed(item)
    assert codes(saturation["code"]) == loinc("2708-6", "59408-5")
    assert (saturation["valueQuantity"]["value"], saturation["valueQuantity"]["code"]) == (Decimal("96.5"), "%")
    assert b'"value":96.50' in canonical.encode(resources(item)[1])
    assert codes(saturation["component"][0]["code"]) == loinc("61006-3")


def test_kilopascals_are_converted_before_they_are_sent() -> None:
    """16 kPa are 120.0 mmHg (1 mmHg is 133.322387415 Pa)."""
    _, panel, _ = observed(items.blood_pressure("16", "10.7", Unit.KPA))
    assert [part["valueQuantity"] for part in panel["component"][:2]] == [mmhg("120.0"), mmhg("80.3")]


@pytest.mark.parametrize(
    ("quality", "code"),
    [
        (Quality.NAN, "not-a-number"),
        (Quality.POSITIVE_INFINITY, "positive-infinity"),
        (Quality.NEGATIVE_INFINITY, "negative-infinity"),
        (Quality.NRES, "error"),
        (Quality.MISSING, "unknown"),
    ],
)
def test_a_missing_value_says_why(quality: Quality, code: str) -> None:
    item = reading(Component(Name.SPO2, None, (quality,)), kind=Kind.SPO2)
    (_, saturation) = observed(item)
    assert "valueQuantity" not in saturation
    assert saturation["dataAbsentReason"]["coding"][0]["code"] == code
    assert saturation["note"]


def test_a_panel_has_both_pressures_even_where_the_device_gave_one() -> None:
    _, panel = observed(reading(Component(Name.SYSTOLIC, Quantity(Decimal(120), Unit.MMHG))))
    systolic, diastolic = panel["component"]
    assert systolic["valueQuantity"] == mmhg("120")
    assert diastolic["dataAbsentReason"]["coding"][0]["code"] == "unknown"


def test_an_implausible_number_is_not_sent_as_if_it_were_good() -> None:
    _, panel = observed(reading(Component(Name.SYSTOLIC, Quantity(Decimal(999), Unit.MMHG), (Quality.IMPLAUSIBLE,))))
    assert panel["component"][0]["dataAbsentReason"]["coding"][0]["code"] == "error"
    assert "999" not in json.dumps(panel, default=str)
    assert {"text": "valeur invraisemblable, écartée"} in panel["note"]


def test_quality_is_told_to_the_doctor() -> None:
    systolic = Component(Name.SYSTOLIC, Quantity(Decimal(120), Unit.MMHG), (Quality.BODY_MOVEMENT,))
    pulse = Component(Name.PULSE_RATE, Quantity(Decimal(60), Unit.PER_MINUTE), (Quality.IRREGULAR_PULSE,))
    diastolic = Component(Name.DIASTOLIC, Quantity(Decimal(80), Unit.MMHG))
    item = reading(systolic, diastolic, pulse, quality=(Quality.FROM_STORAGE,))
    _, panel, rate = observed(dataclasses.replace(item, taken=dataclasses.replace(item.taken, clock_trusted=False)))
    stored = ["mesure relue de la mémoire de l'appareil", "heure selon l'appareil : 2026-03-01T08:05:00"]
    doubt = "heure à vérifier : l'horloge du chariot n'était pas sûre"
    assert [note["text"] for note in panel["note"]] == ["mouvement pendant la mesure", *stored, doubt]
    assert [note["text"] for note in rate["note"]] == ["pouls irrégulier", *stored, doubt]


@pytest.mark.hazard("H7", without="tests.controls_sync:demonstration_is_sent")
@pytest.mark.parametrize("quality", [Quality.DEMONSTRATION, Quality.TEST_DATA])
def test_a_demonstration_never_becomes_an_observation(quality: Quality) -> None:
    item = reading(Component(Name.SYSTOLIC, Quantity(Decimal(120), Unit.MMHG)), quality=(quality,))
    with pytest.raises(Fault) as caught:
        resources(item)
    assert caught.value.reason is Reason.OBJECT_INVALID


def test_a_unit_that_cannot_be_converted_is_refused() -> None:
    with pytest.raises(Fault, match="kg"):
        resources(reading(Component(Name.SYSTOLIC, Quantity(Decimal(120), Unit.KILOGRAM))))


def test_an_ecg_is_no_observation() -> None:
    with pytest.raises(Fault, match="ecg"):
        resources(items.ecg())


def test_the_resident_carries_identifiers_and_strict_traits() -> None:
    patient = observed(items.spo2())[0]
    local, ins = patient["identifier"]
    assert (local["value"], local["assigner"]["display"]) == ("IPP-0042", "EHPAD Les Tilleuls")
    assert (ins["system"], ins["value"]) == ("urn:oid:1.2.250.1.213.1.4.8", "255081416802538")
    assert (ins["use"], ins["type"]["coding"][0]["code"]) == ("official", "INS-NIR")
    assert patient["name"][0] == {"use": "official", "family": "L'HÉRITIER", "given": ["MARIE-ÈVE", "ANNE"]}
    assert patient["name"][1]["family"] == "DŒUVRE"
    assert (patient["gender"], patient["birthDate"]) == ("female", "1931-02-03")


def test_a_provisional_national_identifier_is_temporary() -> None:
    nia = dataclasses.replace(items.PATIENT, ins=Ins("255081416802538", "1.2.250.1.213.1.4.9"))
    ins = observed(items.of(items.spo2(), nia))[0]["identifier"][1]
    assert (ins["use"], ins["type"]["coding"][0]["code"]) == ("temp", "INS-NIA")


@pytest.mark.parametrize("status", [status for status in IdentityStatus if status is not IdentityStatus.QUALIFIED])
def test_the_ins_of_an_identity_that_is_not_qualified_stays_here(status: IdentityStatus) -> None:
    item = items.of(items.spo2(), dataclasses.replace(items.PATIENT, status=status))
    assert b"255081416802538" not in b"".join(canonical.encode(resource) for resource in resources(item))


def test_two_houses_with_the_same_local_number_are_two_residents() -> None:
    elsewhere = dataclasses.replace(items.PATIENT, issuer="EHPAD Les Chênes")
    ours, theirs = (observed(items.of(items.spo2(), patient))[0]["id"] for patient in (items.PATIENT, elsewhere))
    assert ours != theirs
