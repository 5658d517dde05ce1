"""What FHIR R4 (4.0.1) allows in the resources that a record takes from a cart: elements, types, how many, codes, invariants.

Written from the definitions of https://hl7.org/fhir/R4/resourcelist.html and https://hl7.org/fhir/R4/datatypes.html. Each entry of a
definition is ``name:type`` with ``!`` for 1..1, ``*`` for 0..*, ``+`` for 1..* and nothing for 0..1; ``name[x]`` is a choice.
What a type of resource is that does not stand here is not looked into.
"""

from __future__ import annotations

import base64
import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

_PRIMITIVES: Mapping[str, tuple[type | tuple[type, ...], str]] = MappingProxyType(
    {
        "boolean": (bool, ""),
        "integer": (int, ""),
        "unsignedInt": (int, r"\d+"),
        "positiveInt": (int, r"[1-9]\d*"),
        "decimal": ((int, float), ""),
        "string": (str, r"[ \r\n\t\S]+"),
        "markdown": (str, r"[ \r\n\t\S]+"),
        "xhtml": (str, r"\s*<div[\s\S]*"),
        "uri": (str, r"\S+"),
        "url": (str, r"\S+"),
        "canonical": (str, r"\S+"),
        "oid": (str, r"urn:oid:[0-2](\.(0|[1-9]\d*))+"),
        "id": (str, r"[A-Za-z0-9\-.]{1,64}"),
        "code": (str, r"[^\s]+(\s[^\s]+)*"),
        "base64Binary": (str, ""),
        "date": (str, r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?"),
        "dateTime": (
            str,
            r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])(T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?"
            r"(Z|[+-]((0\d|1[0-3]):[0-5]\d|14:00)))?)?)?",
        ),
        "instant": (
            str,
            r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?"
            r"(Z|[+-]((0\d|1[0-3]):[0-5]\d|14:00))",
        ),
        "time": (str, r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?"),
    }
)
"""JSON type and pattern (https://hl7.org/fhir/R4/datatypes.html#primitive)."""

_ELEMENT = "id:string extension:Extension*"
_BACKBONE = f"{_ELEMENT} modifierExtension:Extension*"
_RESOURCE = "id:id meta:Meta implicitRules:uri language:code"
_DOMAIN = f"{_RESOURCE} text:Narrative contained:Resource* extension:Extension* modifierExtension:Extension*"

_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "Meta": "versionId:id lastUpdated:instant source:uri profile:canonical* security:Coding* tag:Coding*",
        "Narrative": "status:code! div:xhtml!",
        "Extension": "url:uri! value[x]:*",
        "Identifier": "use:code type:CodeableConcept system:uri value:string period:Period assigner:Reference",
        "HumanName": "use:code text:string family:string given:string* prefix:string* suffix:string* period:Period",
        "ContactPoint": "system:code value:string use:code rank:positiveInt period:Period",
        "Address": "use:code type:code text:string line:string* city:string district:string state:string"
        " postalCode:string country:string period:Period",
        "CodeableConcept": "coding:Coding* text:string",
        "Coding": "system:uri version:string code:code display:string userSelected:boolean",
        "Quantity": "value:decimal comparator:code unit:string system:uri code:code",
        "Range": "low:Quantity high:Quantity",
        "Ratio": "numerator:Quantity denominator:Quantity",
        "Period": "start:dateTime end:dateTime",
        "SampledData": "origin:Quantity! period:decimal! factor:decimal lowerLimit:decimal upperLimit:decimal"
        " dimensions:positiveInt! data:string",
        "Reference": "reference:string type:uri identifier:Identifier display:string",
        "Annotation": "author[x]:Reference|string time:dateTime text:markdown!",
        "Attachment": "contentType:code language:code data:base64Binary url:url size:unsignedInt hash:base64Binary"
        " title:string creation:dateTime",
    }
)

_PARTS: Mapping[str, str] = MappingProxyType(
    {
        "Patient.contact": "relationship:CodeableConcept* name:HumanName telecom:ContactPoint* address:Address"
        " gender:code organization:Reference period:Period",
        "Patient.communication": "language:CodeableConcept! preferred:boolean",
        "Patient.link": "other:Reference! type:code!",
        "Observation.referenceRange": "low:Quantity high:Quantity type:CodeableConcept appliesTo:CodeableConcept*"
        " age:Range text:string",
        "Observation.component": "code:CodeableConcept!"
        " value[x]:Quantity|CodeableConcept|string|boolean|integer|Range|Ratio|SampledData|time|dateTime|Period"
        " dataAbsentReason:CodeableConcept interpretation:CodeableConcept* referenceRange:Observation.referenceRange*",
        "Device.udiCarrier": "deviceIdentifier:string issuer:uri jurisdiction:uri carrierAIDC:base64Binary"
        " carrierHRF:string entryType:code",
        "Device.deviceName": "name:string! type:code!",
        "Device.specialization": "systemType:CodeableConcept! version:string",
        "Device.version": "type:CodeableConcept component:Identifier value:string!",
        "Device.property": "type:CodeableConcept! valueQuantity:Quantity* valueCode:CodeableConcept*",
        "DocumentReference.relatesTo": "code:code! target:Reference!",
        "DocumentReference.content": "attachment:Attachment! format:Coding",
        "DocumentReference.context": "encounter:Reference* event:CodeableConcept* period:Period"
        " facilityType:CodeableConcept practiceSetting:CodeableConcept sourcePatientInfo:Reference related:Reference*",
    }
)

RESOURCES: Mapping[str, str] = MappingProxyType(
    {
        "Patient": f"{_DOMAIN} identifier:Identifier* active:boolean name:HumanName* telecom:ContactPoint* gender:code"
        " birthDate:date deceased[x]:boolean|dateTime address:Address* maritalStatus:CodeableConcept"
        " multipleBirth[x]:boolean|integer photo:Attachment* contact:Patient.contact*"
        " communication:Patient.communication* generalPractitioner:Reference* managingOrganization:Reference"
        " link:Patient.link*",
        "Observation": f"{_DOMAIN} identifier:Identifier* basedOn:Reference* partOf:Reference* status:code!"
        " category:CodeableConcept* code:CodeableConcept! subject:Reference focus:Reference* encounter:Reference"
        " effective[x]:dateTime|Period|instant issued:instant performer:Reference*"
        " value[x]:Quantity|CodeableConcept|string|boolean|integer|Range|Ratio|SampledData|time|dateTime|Period"
        " dataAbsentReason:CodeableConcept interpretation:CodeableConcept* note:Annotation* bodySite:CodeableConcept"
        " method:CodeableConcept specimen:Reference device:Reference referenceRange:Observation.referenceRange*"
        " hasMember:Reference* derivedFrom:Reference* component:Observation.component*",
        "Device": f"{_DOMAIN} identifier:Identifier* definition:Reference udiCarrier:Device.udiCarrier* status:code"
        " statusReason:CodeableConcept* distinctIdentifier:string manufacturer:string manufactureDate:dateTime"
        " expirationDate:dateTime lotNumber:string serialNumber:string deviceName:Device.deviceName* modelNumber:string"
        " partNumber:string type:CodeableConcept specialization:Device.specialization* version:Device.version*"
        " property:Device.property* patient:Reference owner:Reference contact:ContactPoint* location:Reference url:uri"
        " note:Annotation* safety:CodeableConcept* parent:Reference",
        "ServiceRequest": f"{_DOMAIN} identifier:Identifier* instantiatesCanonical:canonical* instantiatesUri:uri*"
        " basedOn:Reference* replaces:Reference* requisition:Identifier status:code! intent:code!"
        " category:CodeableConcept* priority:code doNotPerform:boolean code:CodeableConcept"
        " orderDetail:CodeableConcept* quantity[x]:Quantity|Ratio|Range subject:Reference! encounter:Reference"
        " occurrence[x]:dateTime|Period asNeeded[x]:boolean|CodeableConcept authoredOn:dateTime requester:Reference"
        " performerType:CodeableConcept performer:Reference* locationCode:CodeableConcept* locationReference:Reference*"
        " reasonCode:CodeableConcept* reasonReference:Reference* insurance:Reference* supportingInfo:Reference*"
        " specimen:Reference* bodySite:CodeableConcept* note:Annotation* patientInstruction:string"
        " relevantHistory:Reference*",
        "DocumentReference": f"{_DOMAIN} masterIdentifier:Identifier identifier:Identifier* status:code! docStatus:code"
        " type:CodeableConcept category:CodeableConcept* subject:Reference date:instant author:Reference*"
        " authenticator:Reference custodian:Reference relatesTo:DocumentReference.relatesTo* description:string"
        " securityLabel:CodeableConcept* content:DocumentReference.content+ context:DocumentReference.context",
        "Binary": f"{_RESOURCE} contentType:code! securityContext:Reference data:base64Binary",
    }
)
"""Their definitions. A choice of Timing is left out: no cart sends one."""

_OBSERVATION = "registered preliminary final amended corrected cancelled entered-in-error unknown"
_REQUEST = "draft active on-hold revoked completed entered-in-error unknown"
CODES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        path: frozenset(codes.split())
        for path, codes in {
            "Observation.status": _OBSERVATION,
            "Patient.gender": "male female other unknown",
            "Patient.link.type": "replaced-by replaces refer seealso",
            "Identifier.use": "usual official temp secondary old",
            "HumanName.use": "usual official temp nickname anonymous old maiden",
            "Quantity.comparator": "< <= >= >",
            "Narrative.status": "generated extensions additional empty",
            "Device.status": "active inactive entered-in-error unknown",
            "Device.deviceName.type": "udi-label-name user-friendly-name patient-reported-name manufacturer-name model-name other",
            "ServiceRequest.status": _REQUEST,
            "ServiceRequest.intent": "proposal plan directive order original-order reflex-order filler-order instance-order option",
            "ServiceRequest.priority": "routine urgent asap stat",
            "DocumentReference.status": "current superseded entered-in-error",
            "DocumentReference.docStatus": _OBSERVATION.replace("registered ", ""),
            "DocumentReference.relatesTo.code": "replaces transforms signs appends",
        }.items()
    }
)
"""Of required bindings."""

_ITEM = re.compile(r"([A-Za-z]+)(\[x\])?:(\*|[A-Za-z0-9.|]+)([!*+]?)", re.ASCII)
_LARGEST = 100
"""Issues that are told of one resource."""
_SHOWN = 200
"""Characters of a value that is told."""


@dataclasses.dataclass(frozen=True, slots=True)
class Issue:
    """``code`` of http://hl7.org/fhir/issue-type, ``where`` as FHIRPath, ``what`` in words, which may say the value."""

    code: str
    where: str
    what: str


@dataclasses.dataclass(frozen=True, slots=True)
class _Child:
    """One element by the name it has in JSON."""

    kind: str
    repeats: bool
    base: str


@dataclasses.dataclass(frozen=True, slots=True)
class _Definition:
    children: Mapping[str, _Child]
    required: frozenset[str]


def _definition(text: str) -> _Definition:
    children: dict[str, _Child] = {}
    required: set[str] = set()
    for name, choice, kinds, many in _ITEM.findall(text):
        if many in {"!", "+"}:
            required.add(name)
        if not choice:
            children[name] = _Child(kinds, many in {"*", "+"}, name)
            continue
        for kind in (*_PRIMITIVES, *_TYPES) if kinds == "*" else kinds.split("|"):
            children[f"{name}{kind[0].upper()}{kind[1:]}"] = _Child(kind, False, name)
    return _Definition(MappingProxyType(children), frozenset(required))


_DEFINITIONS: Mapping[str, _Definition] = MappingProxyType(
    {name: _definition(f"{_ELEMENT} {text}") for name, text in _TYPES.items()}
    | {name: _definition(f"{_BACKBONE} {text}") for name, text in _PARTS.items()}
    | {name: _definition(text) for name, text in RESOURCES.items()}
)


def elements(resource: str) -> tuple[frozenset[str], frozenset[str]]:
    """(the names that a resource of this type may have in JSON, those that it must have)."""
    found = _DEFINITIONS[resource]
    return frozenset(found.children), found.required


def issues(resource: Any) -> Sequence[Issue]:
    """What is wrong with ``resource``, a JSON object; nothing is said of a type that is not in RESOURCES."""
    kind = str(resource.get("resourceType")) if isinstance(resource, dict) else ""
    if kind not in RESOURCES:
        return ()
    found: list[Issue] = []
    for issue in (*_object(resource, kind, kind, outermost=True), *_invariants(resource, kind)):
        found.append(issue)
        if len(found) == _LARGEST:
            break
    return found


def _object(value: Any, kind: str, where: str, *, outermost: bool = False) -> Iterator[Issue]:
    if not isinstance(value, dict):
        yield Issue("structure", where, f"{where} is no object")
        return
    if not value:
        yield Issue("structure", where, f"{where} is empty")
    definition = _DEFINITIONS[kind]
    for name, held in value.items():
        if name == "resourceType" and (outermost or kind in RESOURCES):
            continue
        child = definition.children.get(name.removeprefix("_"))
        if child is None:
            yield Issue("structure", where, f"unknown element {name!r} of {where}")
        elif name.startswith("_"):
            if child.kind not in _PRIMITIVES:
                yield Issue("structure", f"{where}.{name[1:]}", f"{name!r} is no primitive")
        else:
            yield from _child(held, child, kind, f"{where}.{name}")
    present = {definition.children[name].base for name in value if name in definition.children}
    for name in sorted(definition.required - present):
        yield Issue("required", f"{where}.{name}", f"{where}.{name} is missing: minimum required = 1")
    choices = [definition.children[name].base for name in value if name in definition.children]
    for base in {base for base in choices if choices.count(base) > 1}:
        yield Issue("structure", f"{where}.{base}", f"{where} has more than one {base}[x]")


def _child(held: Any, child: _Child, parent: str, where: str) -> Iterator[Issue]:
    if not child.repeats:
        yield from _value(held, child.kind, f"{parent}.{where.rpartition('.')[2]}", where)
        return
    if not isinstance(held, list) or not held:
        yield Issue("structure", where, f"{where} is no list, or an empty one")
        return
    for index, one in enumerate(held):
        yield from _value(one, child.kind, f"{parent}.{where.rpartition('.')[2]}", f"{where}[{index}]")


def _value(value: Any, kind: str, path: str, where: str) -> Iterator[Issue]:
    if kind == "Resource":
        inner = str(value.get("resourceType")) if isinstance(value, dict) else ""
        if inner not in RESOURCES:
            yield Issue("structure", where, f"{where} is no resource that this server knows")
        else:
            yield from _object(value, inner, where)
    elif kind not in _PRIMITIVES:
        yield from _object(value, kind, where)
    else:
        if not _is_a(value, kind):
            yield Issue("value", where, f"{value!r} is no {kind}"[:_SHOWN])
        elif value not in CODES.get(path, {value}):
            yield Issue("code-invalid", where, f"{value!r} is none of {sorted(CODES[path])}")


def _is_a(value: Any, kind: str) -> bool:
    types, pattern = _PRIMITIVES[kind]
    if not isinstance(value, types) or (isinstance(value, bool) and kind != "boolean"):
        return False
    if kind == "base64Binary":
        try:
            return bool(base64.b64decode(str(value), validate=True))
        except ValueError:
            return False
    return (
        not pattern or re.fullmatch(pattern, str(value), 0 if kind in {"string", "markdown"} else re.ASCII) is not None
    )


# --- invariants


def _invariants(resource: dict[str, Any], kind: str) -> Iterator[Issue]:
    for where, part in _walk(resource, kind):
        yield from _of_any(where, part)
    contained = {one.get("id") for one in resource.get("contained", []) if isinstance(one, dict)}
    used: set[str] = set()
    for where, part in _walk(resource, kind):
        reference = part.get("reference")
        if isinstance(reference, str) and reference.startswith("#"):
            used.add(reference[1:])
            if reference[1:] not in contained:
                yield Issue("invariant", where, f"ref-1: nothing contained is {reference}")
    if contained - used:
        yield Issue("invariant", kind, "dom-3: something contained is referred to by nothing")
    if kind == "Observation":
        yield from _of_an_observation(resource)


def _walk(value: Any, where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict):
        yield where, value
        for name, held in value.items():
            yield from _walk(held, f"{where}.{name}")
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from _walk(one, f"{where}[{index}]")


def _of_any(where: str, part: dict[str, Any]) -> Iterator[Issue]:
    last = where.rpartition(".")[2]
    if last.startswith("valueQuantity") and "code" in part and "system" not in part:
        yield Issue("invariant", where, "qty-3: a code of a unit has a system")
    if re.match(r"(modifierE|e)xtension\[", last):
        values = [name for name in part if name.startswith("value")]
        if len(values) + ("extension" in part) != 1:
            yield Issue("invariant", where, "ext-1: an extension has either a value or extensions")
    if last == "attachment" and "data" in part and "contentType" not in part:
        yield Issue("invariant", where, "att-1: an attachment with data has a contentType")


def _of_an_observation(resource: dict[str, Any]) -> Iterator[Issue]:
    parts = [one for one in resource.get("component", []) if isinstance(one, dict)]
    for where, one in (("Observation", resource), *(("Observation.component", part) for part in parts)):
        if "dataAbsentReason" in one and any(name.startswith("value") for name in one):
            yield Issue("invariant", where, "obs-6: dataAbsentReason stands only where there is no value")
    own = _pairs(resource.get("code"))
    if any(name.startswith("value") for name in resource) and any(own & _pairs(part.get("code")) for part in parts):
        yield Issue("invariant", "Observation", "obs-7: a component has the code of the whole")
    if any("vital-signs" in code for _, code in _pairs_of_all(resource.get("category"))):
        yield from _of_a_vital_sign(resource, parts)


def _of_a_vital_sign(resource: dict[str, Any], parts: Sequence[dict[str, Any]]) -> Iterator[Issue]:
    """https://hl7.org/fhir/R4/vitalsigns.profile.html."""
    for name in ("subject", "effective"):
        if not any(held.startswith(name) for held in resource):
            yield Issue("required", f"Observation.{name}", f"vitalsigns: {name} is missing")
    said = [one for one in (resource, *parts) if any(name.startswith(("value", "dataAbsentReason")) for name in one)]
    if not parts and not said and "hasMember" not in resource:
        yield Issue("invariant", "Observation", "vs-2: a value or the reason of its absence")
    if any(one not in said for one in parts):
        yield Issue(
            "invariant", "Observation.component", "vs-3: a value or the reason of its absence in each component"
        )


def _pairs(concept: Any) -> set[tuple[str, str]]:
    codings = concept.get("coding", []) if isinstance(concept, dict) else []
    return {(str(one.get("system")), str(one.get("code"))) for one in codings if isinstance(one, dict)}


def _pairs_of_all(concepts: Any) -> set[tuple[str, str]]:
    return {pair for one in (concepts if isinstance(concepts, list) else []) for pair in _pairs(one)}
