"""Vital signs as FHIR R4 resources (https://hl7.org/fhir/R4/observation-vitalsigns.html). Pure.

One Observation for the measurement, one for the pulse that came with it, and the resident. All numbers in UCUM.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from edge.domain.fault import Fault, Reason
from edge.domain.item import Item
from edge.domain.measurement import NEVER_A_PATIENT, Component, Kind, Name, Quality, Reading
from edge.domain.quantity import Quantity, Unit
from sync.fhir.canonical import Json, Resource
from sync.fhir.patient import patient_id, patient_resource

_LOINC = "http://loinc.org"
_UCUM = "http://unitsofmeasure.org"
_ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"

_DISPLAY: Mapping[str, str] = MappingProxyType(
    {
        "85354-9": "Blood pressure panel with all children optional",
        "8480-6": "Systolic blood pressure",
        "8462-4": "Diastolic blood pressure",
        "8478-0": "Mean blood pressure",
        "8867-4": "Heart rate",
        "2708-6": "Oxygen saturation in Arterial blood",
        "59408-5": "Oxygen saturation in Arterial blood by Pulse oximetry",
        "61006-3": "Perfusion index Tissue by Pulse oximetry",
    }
)

_UNITS: Mapping[Name, tuple[Unit, str]] = MappingProxyType(
    {
        Name.SYSTOLIC: (Unit.MMHG, "mmHg"),
        Name.DIASTOLIC: (Unit.MMHG, "mmHg"),
        Name.MEAN_ARTERIAL_PRESSURE: (Unit.MMHG, "mmHg"),
        Name.PULSE_RATE: (Unit.PER_MINUTE, "/min"),
        Name.SPO2: (Unit.PERCENT, "%"),
        Name.PERFUSION_INDEX: (Unit.PERCENT, "%"),
    }
)
"""In which unit a value is sent (the vital-signs profiles fix it), and how that unit is written for people."""

_ABSENCE: Mapping[Quality, tuple[str, str]] = MappingProxyType(
    {
        Quality.NAN: ("not-a-number", "Not a Number (NaN)"),
        Quality.POSITIVE_INFINITY: ("positive-infinity", "Positive Infinity (PINF)"),
        Quality.NEGATIVE_INFINITY: ("negative-infinity", "Negative Infinity (NINF)"),
        Quality.NRES: ("error", "Error"),
        Quality.RESERVED: ("error", "Error"),
        Quality.IMPLAUSIBLE: ("error", "Error"),
        Quality.SENSOR_OFF: ("error", "Error"),
    }
)
_UNKNOWN = ("unknown", "Unknown")

_REMARKS: Mapping[Quality, str] = MappingProxyType(
    {
        Quality.NAN: "l'appareil n'a pas pu donner de valeur",
        Quality.NRES: "valeur hors de la résolution de l'appareil",
        Quality.POSITIVE_INFINITY: "valeur au-dessus de l'étendue de l'appareil",
        Quality.NEGATIVE_INFINITY: "valeur au-dessous de l'étendue de l'appareil",
        Quality.RESERVED: "l'appareil a donné une valeur réservée",
        Quality.MISSING: "valeur non transmise par l'appareil",
        Quality.IMPLAUSIBLE: "valeur invraisemblable, écartée",
        Quality.BODY_MOVEMENT: "mouvement pendant la mesure",
        Quality.CUFF_LOOSE: "brassard trop lâche",
        Quality.IRREGULAR_PULSE: "pouls irrégulier",
        Quality.PULSE_OUT_OF_RANGE: "pouls hors de l'étendue de l'appareil",
        Quality.IMPROPER_POSITION: "mauvaise position pendant la mesure",
        Quality.SENSOR_OFF: "capteur débranché",
        Quality.LOW_PERFUSION: "perfusion faible",
        Quality.ARTIFACT: "artéfacts",
        Quality.DEVICE_CLOCK_UNSET: "horloge de l'appareil non réglée",
        Quality.FROM_STORAGE: "mesure relue de la mémoire de l'appareil",
    }
)


def resources(item: Item) -> tuple[Resource, ...]:
    """The resident, then the Observations. Raises Fault(OBJECT_INVALID) for what is no vital sign of a resident."""
    reading = item.payload
    if not isinstance(reading, Reading):
        raise Fault(Reason.OBJECT_INVALID, f"a {item.kind.value} is not sent as an Observation")
    # H7: such numbers are nobody's
    if NEVER_A_PATIENT & _qualities(reading):
        raise Fault(Reason.OBJECT_INVALID, "the device was in demonstration or test mode", "measure again")
    main = _blood_pressure(item, reading) if item.kind is Kind.BLOOD_PRESSURE else _spo2(item, reading)
    observations = [main]
    pulse = reading.component(Name.PULSE_RATE)
    if pulse is not None:
        profile = "http://hl7.org/fhir/StructureDefinition/heartrate"
        observations.append(_observation(item, f"{item.id}-pulse", profile, ["8867-4"], [pulse]) | _value(pulse))
    return patient_resource(item.patient), *observations


def _blood_pressure(item: Item, reading: Reading) -> Resource:
    # the profile wants both, each with a value or the reason of its absence
    parts = [
        ("8480-6", reading.component(Name.SYSTOLIC) or Component(Name.SYSTOLIC, None, (Quality.MISSING,))),
        ("8462-4", reading.component(Name.DIASTOLIC) or Component(Name.DIASTOLIC, None, (Quality.MISSING,))),
    ]
    mean = reading.component(Name.MEAN_ARTERIAL_PRESSURE)
    if mean is not None:
        parts.append(("8478-0", mean))
    profile = "http://hl7.org/fhir/StructureDefinition/bp"
    observation = _observation(item, item.id, profile, ["85354-9"], [part for _, part in parts])
    observation["component"] = [_part(code, part) for code, part in parts]
    return observation


def _spo2(item: Item, reading: Reading) -> Resource:
    saturation = reading.component(Name.SPO2) or Component(Name.SPO2, None, (Quality.MISSING,))
    perfusion = reading.component(Name.PERFUSION_INDEX)
    shown = [saturation] if perfusion is None else [saturation, perfusion]
    profile = "http://hl7.org/fhir/StructureDefinition/oxygensat"
    observation = _observation(item, item.id, profile, ["2708-6", "59408-5"], shown) | _value(saturation)
    if perfusion is not None:
        observation["component"] = [_part("61006-3", perfusion)]
    return observation


def _observation(item: Item, identity: str, profile: str, codes: list[str], shown: list[Component]) -> Resource:
    assert isinstance(item.payload, Reading)
    observation: Resource = {
        "resourceType": "Observation",
        "id": identity,
        "meta": {"profile": [profile]},
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{item.id}"}],
        "contained": [
            {
                "resourceType": "Device",
                "id": "device",
                "identifier": [{"value": item.device.id}],
                "deviceName": [{"name": item.device.label, "type": "user-friendly-name"}],
                "modelNumber": item.device.model,
            }
        ],
        "status": "entered-in-error" if item.entered_in_error else "final",
        "category": [
            {"coding": [{"system": _CATEGORY, "code": "vital-signs", "display": "Vital Signs"}], "text": "Vital Signs"}
        ],
        "code": _code(*codes),
        "subject": {"reference": f"Patient/{patient_id(item.patient)}"},
        "encounter": {"identifier": {"value": item.encounter.id}},
        "effectiveDateTime": item.taken.utc.isoformat(timespec="milliseconds"),
        "device": {"reference": "#device", "display": item.device.label},
    }
    remarks = _remarks(item, item.payload, shown)
    if remarks:
        observation["note"] = [{"text": remark} for remark in remarks]
    return observation


def _code(*codes: str) -> Resource:
    return {"coding": [{"system": _LOINC, "code": code, "display": _DISPLAY[code]} for code in codes]}


def _part(code: str, component: Component) -> Resource:
    return {"code": _code(code), **_value(component)}


def _value(component: Component) -> Resource:
    """The value, or why there is none: an implausible number stays on the cart, it is not sent as if it were good."""
    if component.quantity is None or Quality.IMPLAUSIBLE in component.quality:
        code, display = next((_ABSENCE[q] for q in component.quality if q in _ABSENCE), _UNKNOWN)
        return {"dataAbsentReason": {"coding": [{"system": _ABSENT, "code": code, "display": display}]}}
    unit, written = _UNITS[component.name]
    quantity = _converted(component.quantity, unit)
    return {
        "valueQuantity": {"value": quantity.value, "unit": written, "system": _UCUM, "code": quantity.unit.value},
    }


def _converted(quantity: Quantity, unit: Unit) -> Quantity:
    try:
        sent = quantity.to(unit)
    except ValueError as exc:
        raise Fault(Reason.OBJECT_INVALID, f"a value in {quantity.unit.value} cannot be sent in {unit.value}") from exc
    places = sent.value.as_tuple().exponent
    # a converted pressure has digits that no cuff resolves
    if unit is Unit.MMHG and isinstance(places, int) and places < -1:
        return Quantity(sent.value.quantize(Decimal("0.1")), unit)
    return sent


def _qualities(reading: Reading) -> set[Quality]:
    return {*reading.quality, *(quality for component in reading.components for quality in component.quality)}


def _remarks(item: Item, reading: Reading, shown: list[Component]) -> list[Json]:
    """In French, for the doctor: what qualifies these numbers."""
    qualities = {*reading.quality, *(quality for component in shown for quality in component.quality)}
    remarks: list[Json] = [_REMARKS[quality] for quality in Quality if quality in qualities and quality in _REMARKS]
    if Quality.FROM_STORAGE in qualities and reading.device_time is not None:
        remarks.append(f"heure selon l'appareil : {reading.device_time.isoformat()}")
    if not item.taken.clock_trusted:
        remarks.append("heure à vérifier : l'horloge du chariot n'était pas sûre")
    return remarks
