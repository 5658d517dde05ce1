"""Vital signs as FHIR R4 resources (https://hl7.org/fhir/R4/observation-vitalsigns.html). Pure.

The resident, one Observation for the measurement and one for each other vital sign that came with it. All numbers in UCUM. In the
shape of the guide "Mesures de santé" of the ANS 3.1 (https://interop.esante.gouv.fr/ig/fhir/mesures), whose profiles are not
claimed: they want a device that speaks ISO/IEEE 11073 and says so (docs/exchange.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP

from edge.domain.fault import Fault, Reason
from edge.domain.item import Item
from edge.domain.measurement import NEVER_A_PATIENT, Component, Kind, Name, Quality, Reading
from edge.domain.quantity import Quantity, Unit
from edge.domain.typed import BY_HAND, ROOM_AIR, acvpu
from sync.fhir import terms
from sync.fhir.canonical import Json, Resource
from sync.fhir.patient import NO_OIDS, patient_id, patient_resource

AIR = Quantity(ROOM_AIR, Unit.LITRE_PER_MINUTE)

_SUFFIX = {Name.PULSE_RATE: "pulse"}
"""What stands after the item's identifier where it is not the name itself."""

_ADDRESS = re.compile(r"[0-9A-F]{2}(?::[0-9A-F]{2}){5}", re.ASCII)


def resources(item: Item, *, demonstration: bool = False, oids: Mapping[str, str] = NO_OIDS) -> tuple[Resource, ...]:
    """The resident, then the Observations; an INS of tests only from a ``demonstration``. ``oids`` are those of issuers.

    Raises Fault(OBJECT_INVALID) for what is no vital sign of a resident.
    """
    reading = item.payload
    if not isinstance(reading, Reading):
        raise Fault(Reason.OBJECT_INVALID, f"a {item.kind.value} is not sent as an Observation")
    # H7: such numbers are nobody's
    if NEVER_A_PATIENT & _qualities(reading):
        raise Fault(Reason.OBJECT_INVALID, "the device was in demonstration or test mode", "measure again")
    if item.kind is Kind.BLOOD_PRESSURE:
        main, sent = _blood_pressure(item, reading), None
    else:
        main, sent = _principal(item, reading)
    others = (
        _single(item, f"{item.id}-{_SUFFIX.get(name, name.replace('_', '-'))}", reading, component)
        for name in terms.PROFILE
        if name is not sent and (component := reading.component(name)) is not None
    )
    return patient_resource(item.patient, demonstration=demonstration, oids=oids), main, *others


def _blood_pressure(item: Item, reading: Reading) -> Resource:
    # the profile wants both, each with a value or the reason of its absence
    parts = [_measured(reading, Name.SYSTOLIC), _measured(reading, Name.DIASTOLIC)]
    mean = reading.component(Name.MEAN_ARTERIAL_PRESSURE)
    if mean is not None:
        parts.append(mean)
    observation = _observation(item, item.id, terms.PRESSURE_PROFILE, (terms.BLOOD_PRESSURE_PANEL,), parts)
    observation["component"] = [_part(part) for part in parts]
    return observation


def _principal(item: Item, reading: Reading) -> tuple[Resource, Name]:
    names = terms.PRINCIPAL[item.kind]
    name = next((name for name in names if reading.component(name) is not None), names[0])
    return _single(item, item.id, reading, _measured(reading, name)), name


def _measured(reading: Reading, name: Name) -> Component:
    return reading.component(name) or Component(name, None, (Quality.MISSING,))


def _single(item: Item, identity: str, reading: Reading, component: Component) -> Resource:
    name = component.name
    beside = [part for other in terms.BESIDE.get(name, ()) if (part := reading.component(other)) is not None]
    codes = terms.TERMS[name].codes
    observation = _observation(item, identity, terms.PROFILE[name], codes, [component, *beside], name) | _value(
        component
    )
    if beside:
        observation["component"] = [_part(part) for part in beside]
    return observation


def _observation(
    item: Item,
    identity: str,
    profile: str,
    codes: tuple[str, ...],
    shown: list[Component],
    name: Name | None = None,
) -> Resource:
    assert isinstance(item.payload, Reading)
    observation: Resource = {
        "resourceType": "Observation",
        "id": identity,
        "meta": {"profile": [profile]},
        "identifier": [{"system": terms.URIS, "value": f"urn:uuid:{item.id}"}],
        "status": "entered-in-error" if item.entered_in_error else "final",
        # without a display: R4 and the guide of the ANS write another one
        "category": [{"coding": [{"system": terms.CATEGORY, "code": "vital-signs"}], "text": "Vital Signs"}],
        "code": _code(codes, name),
        "subject": {"reference": f"Patient/{patient_id(item.patient)}"},
        "encounter": round_of(item),
        "effectiveDateTime": item.taken.utc.isoformat(timespec="milliseconds"),
        **_by(item, shown[0].name),
    }
    remarks = _remarks(item, item.payload, shown)
    if remarks:
        observation["note"] = [{"text": remark} for remark in remarks]
    return observation


def round_of(item: Item) -> Resource:
    """By its identifier: no Encounter is sent, the record has its own."""
    return {"type": "Encounter", "identifier": {"system": terms.URIS, "value": f"urn:uuid:{item.encounter.id}"}}


def practitioner(name: str, rpps: str) -> Resource:
    """A reference to somebody by name and number (FR Core), each where it is known."""
    person: Resource = {"type": "Practitioner"}
    if rpps:
        person["identifier"] = {"system": terms.RPPS, "value": rpps}
    if name:
        person["display"] = name
    return person


def _by(item: Item, name: Name) -> Resource:
    """By which apparatus, or, of what was typed, that it was; how; and the person, where one is known (FR Core)."""
    by: Resource = {}
    if item.device == BY_HAND:
        scale = terms.SCALE.get(name)
        coded: Resource = {"coding": [_coded(*scale)]} if scale else {}
        by["method"] = {**coded, "text": terms.BY_HAND}
    else:
        if method := terms.METHOD.get(name):
            by["method"] = {"coding": [_coded(*method)], "text": method[2]}
        by["contained"] = [_apparatus(item)]
        by["device"] = {"reference": "#device", "display": item.device.label}
    if item.operator is not None:
        by["performer"] = [practitioner(item.operator.name, item.operator.rpps)]
    return by


def _apparatus(item: Item) -> Resource:
    identifier: Resource = {"value": item.device.id}
    if _ADDRESS.fullmatch(item.device.id):
        kind: Resource = {"coding": [{"system": terms.DEVICE_IDENTIFIERS, "code": "BTMAC"}]}
        identifier = {"type": kind, "system": terms.BLUETOOTH, "value": item.device.id.replace(":", "-")}
    return {
        "resourceType": "Device",
        "id": "device",
        "identifier": [identifier],
        "deviceName": [{"name": item.device.label, "type": "user-friendly-name"}],
        "modelNumber": item.device.model,
        **({"serialNumber": item.serial_number} if item.serial_number else {}),
    }


def _coded(system: str, code: str, _french: str) -> Resource:
    return {"system": system, "code": code}


def _code(codes: tuple[str, ...], name: Name | None = None) -> Resource:
    """With words of ours where LOINC has none, or none in French for it."""
    coding: list[Json] = [{"system": terms.LOINC, "code": code, "display": terms.DISPLAY[code]} for code in codes]
    text = terms.TEXT.get(name) if name else None
    return {**({"coding": coding} if coding else {}), **({"text": text} if text else {})}


def _part(component: Component) -> Resource:
    return {"code": _code(terms.TERMS[component.name].codes, component.name), **_value(component)}


def _value(component: Component) -> Resource:
    """The value, or why there is none: an implausible number stays on the cart, it is not sent as if it were good."""
    interpreted: Resource = {}
    for quality in component.quality:
        if quality in terms.OFF_SCALE:
            code, display = terms.OFF_SCALE[quality]
            interpreted["interpretation"] = [_coding(terms.INTERPRETATION, code, display)]
    if component.quantity is None or Quality.IMPLAUSIBLE in component.quality:
        reasons = (terms.ABSENCE[quality] for quality in component.quality if quality in terms.ABSENCE)
        return {"dataAbsentReason": _coding(terms.ABSENT, *next(reasons, terms.UNKNOWN)), **interpreted}
    if component.name is Name.CONSCIOUSNESS:
        return _answer(component.quantity)
    term = terms.TERMS[component.name]
    sent = _sent(component, component.quantity, term)
    quantity: Resource = {
        "value": sent.value,
        "unit": term.written,
        "system": terms.UCUM,
        "code": term.code or sent.unit.value,
    }
    return {"valueQuantity": quantity, **interpreted}


def _answer(quantity: Quantity) -> Resource:
    answer = acvpu(quantity)
    if answer is None:
        return {"dataAbsentReason": _coding(terms.ABSENT, "error", "Error")}
    code, display, french = terms.ANSWER[answer]
    return {"valueCodeableConcept": {**_coding(terms.SNOMED, code, display), "text": french}}


def _coding(system: str, code: str, display: str) -> Resource:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def _sent(component: Component, measured: Quantity, term: terms.Term) -> Quantity:
    """The digits of the device, or, of a value that was converted, those that mean something."""
    try:
        sent = _nearest(component, measured, term.unit)
    except ValueError as exc:
        raise Fault(
            Reason.OBJECT_INVALID, f"a value in {measured.unit.value} cannot be sent in {term.unit.value}"
        ) from exc
    converted = component.as_sent is not None or sent.unit is not measured.unit
    places = sent.value.as_tuple().exponent
    finest = term.step.as_tuple().exponent
    if converted and isinstance(places, int) and isinstance(finest, int) and places < finest:
        return Quantity(sent.value.quantize(term.step, ROUND_HALF_UP), sent.unit)
    return sent


def _nearest(component: Component, measured: Quantity, unit: Unit) -> Quantity:
    """From what the device sent where that is in ``unit`` itself: two conversions may end in another digit."""
    if component.as_sent is not None and component.as_sent.unit is unit:
        return component.as_sent
    return measured.to(unit)


def _qualities(reading: Reading) -> set[Quality]:
    return {*reading.quality, *(quality for component in reading.components for quality in component.quality)}


def _remarks(item: Item, reading: Reading, shown: list[Component]) -> list[Json]:
    """In French, for the doctor: what qualifies these numbers."""
    qualities = {*reading.quality, *(quality for component in shown for quality in component.quality)}
    remarks: list[Json] = [terms.REMARKS[quality] for quality in Quality if quality in qualities & terms.REMARKS.keys()]
    if Quality.FROM_STORAGE in qualities and reading.device_time is not None:
        remarks.append(f"heure selon l'appareil : {reading.device_time.isoformat()}")
    if any(part.name is Name.OXYGEN_FLOW and part.quantity == AIR for part in shown):
        remarks.append("air ambiant")
    if not item.taken.clock_trusted:
        remarks.append("heure à vérifier : l'horloge du chariot n'était pas sûre")
    return remarks
