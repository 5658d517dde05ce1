"""What French profiles ask for beyond R4, and no library knows: FR Core 2.1 of a resident, and the shape of the ANS's guide
"Mesures de santé" 3.1 of an Observation. Written from their definitions; the profile of the device is left out (docs/exchange.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_CORE = "https://hl7.fr/ig/fhir/core"
_NIR, _NIA = "urn:oid:1.2.250.1.213.1.4.8", "urn:oid:1.2.250.1.213.1.4.9"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")

METHODS = {
    # JDV_J150, JDV_J147 (required for a saturation), JDV_J159
    "85354-9": {"C153216", "C69319", "C69318"},
    "8867-4": {"C153216", "C49676"},
    "2708-6": {"C153216"},
    "72514-3": {"C21082", "C121547", "C21133"},
}


def broken(resource: dict[str, Any]) -> list[str]:
    """What of it does not hold, in words; nothing for other types of resource."""
    match resource["resourceType"]:
        case "Patient":
            return [*_patient(resource), *(_ins(resource) if _claims(resource, "fr-core-patient-ins") else ())]
        case "Observation":
            return list(_observation(resource))
    return []


def _claims(resource: dict[str, Any], name: str) -> bool:
    return f"{_CORE}/StructureDefinition/{name}" in resource["meta"]["profile"]


def _patient(patient: dict[str, Any]) -> Iterator[str]:
    if not _claims(patient, "fr-core-patient"):
        yield "it does not claim fr-core-patient"
    local = [one for one in patient["identifier"] if _types(one) == {"PI"}]
    if not local or any(not {"use", "type", "system", "value"} <= set(one) for one in local):
        yield "PI: use, type, system and value are 1..1"
    for name in patient["name"]:
        if name["use"] == "official" and not (name.get("family") and name.get("given")):
            yield "officialName: family and given are 1..1"
    for one in patient["identifier"]:
        wanted = {_NIR: ("INS-NIR", "official"), _NIA: ("INS-NIA", "temp")}.get(one["system"])
        if wanted and (_types(one), one["use"]) != ({wanted[0]}, wanted[1]):
            yield f"{wanted[0]}: its type and use"
    if "VALI" in _status(patient) and not any(
        one["system"].startswith("urn:oid:1.2.250.1.213.1.4.") for one in patient["identifier"]
    ):
        yield "VALI without an INS"


def _ins(patient: dict[str, Any]) -> Iterator[str]:
    if not {one["system"] for one in patient["identifier"]} & {_NIR, _NIA}:
        yield "fr-core-1"
    if _status(patient) != ["VALI"]:
        yield "identityReliability: 1..1, VALI"
    (place,) = [one for one in patient["extension"] if one["url"].endswith("/patient-birthPlace")] or [None]
    if place is None or not re.fullmatch(
        r"(\d\d|2A|2B)\d{3}", place["valueAddress"]["extension"][0]["valueCoding"]["code"]
    ):
        yield "birthPlace: 1..1 with its INSEE code"
    official = [one for one in patient["name"] if one["use"] == "official"]
    if len(official) != 1 or len(official[0]["given"]) != 1 or "extension" not in official[0]:
        yield "officialName: 1..1, one given name, and the list of all"
    if patient["gender"] not in {"male", "female", "unknown"} or not patient["birthDate"]:
        yield "gender and birthDate are 1..1"


def _observation(one: dict[str, Any]) -> Iterator[str]:
    (category,) = one["category"]
    (coding,) = category["coding"]
    if coding.get("display", "vital-signs") != "vital-signs":
        yield "category: display is vital-signs where there is one"
    if not _MOMENT.fullmatch(one["effectiveDateTime"]):
        yield "effective: a moment with its zone"
    if not one["subject"]["reference"].startswith("Patient/"):
        yield "subject: 1..1"
    if "device" in one and "reference" not in one["device"]:
        yield "device: by reference"
    for performer in one.get("performer", []):
        if performer["type"] != "Practitioner":
            yield "performer: a Practitioner"
    for part in (one, *one.get("component", [])):
        quantity = part.get("valueQuantity")
        if quantity is not None and (quantity["system"] != "http://unitsofmeasure.org" or not quantity["code"]):
            yield "valueQuantity: UCUM, with its code"
        for concept in (part.get("dataAbsentReason"), part.get("method")):
            if concept is not None and not concept.get("text") and not _codes(concept):
                yield "a concept with neither code nor words"
    yield from _by_code(one)


def _by_code(one: dict[str, Any]) -> Iterator[str]:
    codes, quantity = _codes(one["code"]), one.get("valueQuantity")
    for code, methods in METHODS.items():
        if code in codes and not _codes(one.get("method", {})) <= methods:
            yield f"method of {code}"
    if "2345-7" in codes and quantity and quantity["code"] not in {"mg/dL", "%"}:
        yield "glucose: JDV_J163"
    if "72514-3" in codes and quantity and (quantity["code"], quantity["unit"]) != ("1", "Level"):
        yield "pain: unit and code"
    if "8310-5" in codes and quantity and quantity["code"] != "Cel":
        yield "temperature: Cel"
    if "85354-9" in codes and not {"8480-6", "8462-4"} <= {c for p in one["component"] for c in _codes(p["code"])}:
        yield "bp: systolic and diastolic"


def _types(identifier: dict[str, Any]) -> set[str]:
    return _codes(identifier.get("type", {}))


def _codes(concept: dict[str, Any]) -> set[str]:
    return {one["code"] for one in concept.get("coding", [])}


def _status(patient: dict[str, Any]) -> list[str]:
    said = [one for one in patient.get("extension", []) if one["url"].endswith("/fr-core-identity-reliability")]
    return [part["valueCoding"]["code"] for one in said for part in one["extension"] if part["url"] == "identityStatus"]
