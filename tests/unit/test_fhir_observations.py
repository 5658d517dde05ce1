"""Vital signs as FHIR resources: codes, units, what is missing and why."""

from __future__ import annotations

import dataclasses
import json
import re
from decimal import Decimal
from typing import Any

import pytest

from edge.domain.fault import Fault, Reason
from edge.domain.item import Item
from edge.domain.measurement import (
    NEVER_A_PATIENT,
    VITAL_SIGNS,
    Component,
    Device,
    DeviceTime,
    Kind,
    Name,
    Quality,
    Reading,
)
from edge.domain.patient import Attribute, IdentityStatus, Ins
from edge.domain.quantity import Quantity, Unit
from sync.fhir import canonical, terms
from sync.fhir.observations import resources
from sync.fhir.patient import patient_resource
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
    _, panel = observed(
        reading(Component(Name.SYSTOLIC, Quantity(Decimal("999.25"), Unit.MMHG), (Quality.IMPLAUSIBLE,)))
    )
    assert panel["component"][0]["dataAbsentReason"]["coding"][0]["code"] == "error"
    assert "999.25" not in json.dumps(panel, default=str)
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


PROFILES = "http://hl7.org/fhir/StructureDefinition/"


def part(name: Name, value: str | None, unit: Unit, *quality: Quality) -> Component:
    return Component(name, None if value is None else Quantity(Decimal(value), unit), quality)


@pytest.mark.parametrize(
    ("kind", "name", "value", "unit", "profile", "code", "sent", "ucum"),
    [
        # code and unit as the table of https://hl7.org/fhir/R4/observation-vitalsigns.html has them
        (Kind.TEMPERATURE, Name.TEMPERATURE, "37.2", Unit.CELSIUS, "bodytemp", "8310-5", "37.2", "Cel"),
        (Kind.TEMPERATURE, Name.TEMPERATURE, "100.4", Unit.FAHRENHEIT, "bodytemp", "8310-5", "38", "Cel"),
        (Kind.HEART_RATE, Name.HEART_RATE, "72", Unit.PER_MINUTE, "heartrate", "8867-4", "72", "/min"),
        (Kind.HEART_RATE, Name.PULSE_RATE, "72", Unit.PER_MINUTE, "heartrate", "8867-4", "72", "/min"),
        (Kind.RESPIRATION, Name.RESPIRATORY_RATE, "18", Unit.PER_MINUTE, "resprate", "9279-1", "18", "/min"),
        (Kind.WEIGHT, Name.WEIGHT, "72.345", Unit.KILOGRAM, "bodyweight", "29463-7", "72.345", "kg"),
        (Kind.WEIGHT, Name.WEIGHT, "159.50", Unit.POUND, "bodyweight", "29463-7", "72.348", "kg"),
        # no profile of its own; the terms as loinc.org lists them
        (Kind.BODY_COMPOSITION, Name.BODY_FAT, "28.4", Unit.PERCENT, "vitalsigns", "41982-0", "28.4", "%"),
        # mg/dL as the guide of the ANS wants it: 5.6 mmol/L x 18.0156 = 100.9
        (Kind.GLUCOSE, Name.GLUCOSE, "5.6", Unit.MILLIMOLE_PER_LITRE, "vitalsigns", "2339-0 2345-7", "101", "mg/dL"),
        (
            Kind.GLUCOSE,
            Name.GLUCOSE,
            "101",
            Unit.MILLIGRAM_PER_DECILITRE,
            "vitalsigns",
            "2339-0 2345-7",
            "101",
            "mg/dL",
        ),
    ],
)
def test_each_kind_has_the_code_and_the_unit_of_its_profile(
    kind: Kind, name: Name, value: str, unit: Unit, profile: str, code: str, sent: str, ucum: str
) -> None:
    item = reading(part(name, value, unit), kind=kind)
    _, observation = observed(item)
    assert (observation["id"], observation["meta"]["profile"]) == (item.id, [PROFILES + profile])
    assert codes(observation["code"]) == loinc(*code.split())
    quantity = observation["valueQuantity"]
    assert (quantity["value"], quantity["code"], quantity["system"]) == (
        Decimal(sent),
        ucum,
        "http://unitsofmeasure.org",
    )


def test_a_scale_s_height_is_sent_in_centimetres_and_each_value_is_its_own_observation() -> None:
    item = reading(
        part(Name.WEIGHT, "72.5", Unit.KILOGRAM),
        part(Name.HEIGHT, "1.63", Unit.METRE),
        part(Name.BMI, "27.3", Unit.KILOGRAM_PER_SQUARE_METRE),
        kind=Kind.WEIGHT,
    )
    _, weight, height, bmi = observed(item)
    assert [one["id"] for one in (weight, height, bmi)] == [item.id, f"{item.id}-height", f"{item.id}-bmi"]
    assert [codes(one["code"]) for one in (weight, height, bmi)] == [loinc(n) for n in ("29463-7", "8302-2", "39156-5")]
    assert [(one["valueQuantity"]["value"], one["valueQuantity"]["code"]) for one in (weight, height, bmi)] == [
        (Decimal("72.5"), "kg"),
        (163, "cm"),
        (Decimal("27.3"), "kg/m2"),
    ]


def test_of_a_body_composition_what_has_a_term_is_sent_and_nothing_else() -> None:
    item = reading(
        part(Name.BODY_FAT, "28.4", Unit.PERCENT),
        part(Name.MUSCLE_PERCENTAGE, "33.1", Unit.PERCENT),
        part(Name.IMPEDANCE, "512.3", Unit.OHM),
        part(Name.BASAL_METABOLISM, "6021", Unit.KILOJOULE),
        part(Name.WEIGHT, "72.5", Unit.KILOGRAM),
        kind=Kind.BODY_COMPOSITION,
    )
    _, fat, weight = observed(item)
    assert [codes(one["code"]) for one in fat["component"]] == [loinc("73965-6")]
    assert (fat["id"], weight["id"]) == (item.id, f"{item.id}-weight")
    assert not any(number in json.dumps([fat, weight], default=str) for number in ("512.3", "6021"))


def test_other_averages_and_single_intervals_stay_on_the_cart() -> None:
    item = reading(
        part(Name.SPO2, "96", Unit.PERCENT),
        part(Name.SPO2_FAST, "81.25", Unit.PERCENT),
        part(Name.PULSE_RATE, "71", Unit.PER_MINUTE),
        part(Name.PULSE_RATE_SLOW, "69.25", Unit.PER_MINUTE),
        part(Name.RR_INTERVAL, "0.845", Unit.SECOND),
        kind=Kind.SPO2,
    )
    _, saturation, pulse = observed(item)
    assert (saturation["valueQuantity"]["value"], pulse["valueQuantity"]["value"]) == (96, 71)
    assert "component" not in saturation
    assert not any(number in json.dumps([saturation, pulse], default=str) for number in ("81.25", "69.25", "0.845"))


def test_a_principal_value_that_was_not_measured_says_so() -> None:
    item = reading(part(Name.HEIGHT, "1.63", Unit.METRE), kind=Kind.WEIGHT)
    _, weight, height = observed(item)
    assert (weight["id"], weight["dataAbsentReason"]["coding"][0]["code"]) == (item.id, "unknown")
    assert height["valueQuantity"]["value"] == 163


@pytest.mark.parametrize(("quality", "sign"), [(Quality.ABOVE_RANGE, ">"), (Quality.BELOW_RANGE, "<")])
def test_off_the_scale_is_no_error_and_no_number(quality: Quality, sign: str) -> None:
    (_, glucose) = observed(reading(part(Name.GLUCOSE, None, Unit.MILLIMOLE_PER_LITRE, quality), kind=Kind.GLUCOSE))
    assert glucose["interpretation"][0]["coding"][0]["code"] == sign
    assert glucose["dataAbsentReason"]["coding"][0]["code"] == "unknown"
    assert "valueQuantity" not in glucose


def test_a_converted_value_has_no_digits_that_its_device_did_not_resolve() -> None:
    """16.0 kPa, converted by the decoder, is 120.009852 mmHg on the cart."""
    sent = Quantity(Decimal("16.0"), Unit.KPA)
    converted = [Component(name, sent.to(Unit.MMHG), as_sent=sent) for name in (Name.SYSTOLIC, Name.DIASTOLIC)]
    _, panel = observed(reading(*converted))
    assert [part["valueQuantity"] for part in panel["component"]] == [mmhg("120.0"), mmhg("120.0")]
    exact = Component(Name.TEMPERATURE, Quantity(Decimal("36.625"), Unit.CELSIUS))
    _, temperature = observed(reading(exact, kind=Kind.TEMPERATURE))
    assert temperature["valueQuantity"]["value"] == Decimal("36.625")


@pytest.mark.hazard("T2", without="tests.controls_faces:strangers_go_unmarked")
def test_the_doctor_is_told_that_a_device_is_unknown_to_the_cart() -> None:
    item = reading(
        part(Name.TEMPERATURE, "38.4", Unit.CELSIUS), kind=Kind.TEMPERATURE, quality=(Quality.UNAUTHENTICATED,)
    )
    _, temperature = observed(item)
    assert "appareil inconnu du chariot" in " ".join(note["text"] for note in temperature.get("note", []))


@pytest.mark.hazard("H17", without="tests.controls_faces:remarks_stay_here")
@pytest.mark.parametrize("quality", [quality for quality in Quality if quality not in NEVER_A_PATIENT])
def test_every_quality_is_told_to_the_doctor(quality: Quality) -> None:
    item = reading(part(Name.GLUCOSE, "5.6", Unit.MILLIMOLE_PER_LITRE, quality), kind=Kind.GLUCOSE)
    _, glucose = observed(item)
    said = [note["text"] for note in glucose.get("note", [])]
    assert [text for text in said if not text.startswith("heure selon l'appareil")], quality
    assert ("valueQuantity" in glucose) == (quality is not Quality.IMPLAUSIBLE)


def test_every_vital_sign_has_a_principal_value_and_every_identifier_fits() -> None:
    assert set(terms.PRINCIPAL) | {Kind.BLOOD_PRESSURE} == VITAL_SIGNS
    units: dict[Name, Unit] = {Name.TEMPERATURE: Unit.CELSIUS, Name.HEIGHT: Unit.METRE}
    for kind in VITAL_SIGNS:
        everything = [part(name, "40", units.get(name, term.unit)) for name, term in terms.TERMS.items()]
        ids = [one["id"] for one in observed(reading(*everything, kind=kind))]
        assert len(set(ids)) == len(ids)
        assert all(re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", one) for one in ids)


@pytest.mark.parametrize("code", list(terms.DISPLAY))
def test_the_check_digit_of_every_loinc_number_is_right(code: str) -> None:
    """LOINC Users' Guide, appendix: modulus 10."""
    number, check = code.split("-")
    doubled = [int(digit) * (2 - index % 2) for index, digit in enumerate(reversed(number))]
    assert (-sum(value // 10 + value % 10 for value in doubled)) % 10 == int(check)


def test_an_ecg_is_no_observation() -> None:
    with pytest.raises(Fault, match="ecg"):
        resources(items.ecg())


def test_the_resident_carries_identifiers_and_strict_traits() -> None:
    patient = observed(items.spo2())[0]
    local, ins = patient["identifier"]
    assert (local["value"], local["assigner"]["display"]) == ("IPP-0042", "EHPAD Les Tilleuls")
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", local["system"])
    assert (ins["system"], ins["value"]) == ("urn:oid:1.2.250.1.213.1.4.8", "255081416802538")
    assert (ins["use"], ins["type"]["coding"][0]["code"]) == ("official", "INS-NIR")
    official, usual = patient["name"]
    assert (official["use"], official["family"], official["given"]) == ("official", "L'HÉRITIER", ["MARIE-ÈVE"])
    assert official["extension"] == [
        {
            "url": "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient-birth-list-given-name",
            "valueString": "MARIE-ÈVE ANNE",
        }
    ]
    assert (usual["use"], usual["family"]) == ("usual", "DŒUVRE")
    assert (patient["gender"], patient["birthDate"]) == ("female", "1931-02-03")


CORE = "https://hl7.fr/ig/fhir/core/StructureDefinition/"


def status_codes(patient: Any) -> list[str]:
    said = [one for one in patient.get("extension", []) if one["url"] == f"{CORE}fr-core-identity-reliability"]
    return [part["valueCoding"]["code"] for one in said for part in one["extension"]]


def test_the_ins_profile_is_claimed_only_where_all_that_it_asks_for_is_there() -> None:
    """fr-core-patient-ins: INS, birthPlace with its INSEE code, the official name with its list of given names."""
    born = dataclasses.replace(items.PATIENT, birth_place="29019")
    whole = observed(items.of(items.spo2(), born))[0]
    assert whole["meta"]["profile"] == [f"{CORE}fr-core-patient-ins", f"{CORE}fr-core-patient"]
    (place,) = [one for one in whole["extension"] if one["url"].endswith("/patient-birthPlace")]
    assert place["valueAddress"]["extension"][0]["valueCoding"]["code"] == "29019"
    assert status_codes(whole) == ["VALI"]
    for lacking in (
        dataclasses.replace(born, birth_place=""),
        dataclasses.replace(born, status=IdentityStatus.VALIDATED),
        dataclasses.replace(born, ins=None, status=IdentityStatus.PROVISIONAL),
    ):
        assert observed(items.of(items.spo2(), lacking))[0]["meta"]["profile"] == [f"{CORE}fr-core-patient"]


@pytest.mark.parametrize(
    ("status", "attributes", "codes"),
    [
        (IdentityStatus.PROVISIONAL, [], ["PROV"]),
        (IdentityStatus.PROVISIONAL, [Attribute.HOMONYM, Attribute.DOUBTFUL], ["PROV", "HOMA", "DOUT"]),
        (IdentityStatus.PROVISIONAL, [Attribute.FICTITIOUS], ["PROV", "FICT"]),
        (IdentityStatus.RETRIEVED, [], []),
        (IdentityStatus.VALIDATED, [], []),
        (IdentityStatus.QUALIFIED, [], ["VALI"]),
        (IdentityStatus.QUALIFIED, [Attribute.HOMONYM], ["VALI"]),
    ],
)
def test_a_resident_marked_as_validated_has_an_ins(
    status: IdentityStatus, attributes: list[Attribute], codes: list[str]
) -> None:
    patient = dataclasses.replace(items.PATIENT, status=status, attributes=frozenset(attributes))
    sent = observed(items.of(items.spo2(), patient))[0]
    assert status_codes(sent) == codes
    assert ("VALI" in codes) == any(one["system"].startswith("urn:oid:1.2.250.1.213.1.4") for one in sent["identifier"])


@pytest.mark.parametrize(
    ("issuer", "system"),
    [
        ("1.2.250.1.71.4.2.2.123", "urn:oid:1.2.250.1.71.4.2.2.123"),
        ("urn:oid:1.2.3", "urn:oid:1.2.3"),
        ("EHPAD Les Chênes", "urn:oid:1.2.250.1.999"),
    ],
)
def test_the_issuer_of_local_identifiers_is_named_by_its_oid_where_it_has_one(issuer: str, system: str) -> None:
    patient = patient_resource(
        dataclasses.replace(items.PATIENT, issuer=issuer), oids={"EHPAD Les Chênes": "1.2.250.1.999"}
    )
    (local, _) = json.loads(canonical.encode(patient))["identifier"]
    assert local["system"] == system


def test_a_bluetooth_device_is_named_by_its_address_and_a_line_by_itself() -> None:
    (apparatus,) = observed(items.blood_pressure())[1]["contained"]
    (identifier,) = apparatus["identifier"]
    assert (identifier["value"], identifier["type"]["coding"][0]["code"]) == ("C0-FF-EE-00-00-01", "BTMAC")
    wired = dataclasses.replace(items.blood_pressure(), device=Device("/dev/ttyUSB0", "Nonin", "Oxymètre"))
    assert observed(wired)[1]["contained"][0]["identifier"] == [{"value": "/dev/ttyUSB0"}]


def test_how_it_was_measured_and_in_which_round_stand_beside_the_value() -> None:
    item = items.blood_pressure()
    _, panel, pulse = observed(item)
    for one in (panel, pulse):
        assert codes(one["method"]) == [("https://smt.esante.gouv.fr/terminologie-ncit", "C153216")]
        assert one["encounter"]["identifier"]["value"] == f"urn:uuid:{item.encounter.id}"


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
