"""Whom an answer says to be about, and whether that is a given resident (H1).

https://hl7.org/fhir/R4/references.html: ``subject`` (DiagnosticReport, Communication) or ``for`` (Task), by reference, by a contained
Patient, or by identifier. What contradicts is somebody else; what says nothing that the cart knows is nobody whom it can tell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from edge.domain.ins import Authority
from edge.domain.patient import Patient
from sync.fhir.canonical import Json, Resource
from sync.fhir.patient import NO_OIDS, issuer_system, patient_id

About = tuple[tuple[str, str], ...]
"""(system, value) of each identifier, ("", id) of a Patient, ("", "") of somebody who cannot be told."""

_SUBJECTS: Final = ("subject", "for")
_PATIENT: Final = re.compile(r"(?:^|/)Patient/([A-Za-z0-9.-]{1,64})(?:/_history/[A-Za-z0-9.-]{1,64})?$", re.ASCII)
_UUID: Final = re.compile(r"urn:uuid:([0-9a-f-]{36})", re.ASCII | re.IGNORECASE)
_INS: Final = {f"urn:oid:{one.value}": one for one in Authority}
_MOST: Final = 20


def subject_of(resource: Resource) -> About:
    """() where it names nobody."""
    found: list[tuple[str, str]] = []
    for key in _SUBJECTS:
        one = resource.get(key)
        if isinstance(one, dict) and one:
            found += _of(one, resource) or [("", "")]
    return tuple(found[:_MOST])


def is_hers(about: About, patient: Patient, oids: Mapping[str, str] = NO_OIDS) -> bool:
    """Whether ``about`` is this resident: something that it says is hers, and nothing is another one's. True for ()."""
    said = [_agrees(system, value, patient, oids) for system, value in about]
    return not about or (True in said and False not in said)


def contradicts(about: About, patient: Patient, oids: Mapping[str, str] = NO_OIDS) -> bool:
    """Whether something that it says is another one's than this resident's."""
    return any(_agrees(system, value, patient, oids) is False for system, value in about)


def _agrees(system: str, value: str, patient: Patient, oids: Mapping[str, str]) -> bool | None:
    """None where it cannot be told."""
    if not system:
        return value.lower() == patient_id(patient) if value else None
    if system == issuer_system(patient.issuer, oids):
        return value == patient.id
    authority = _INS.get(system)
    ins = patient.ins
    # a NIA is another number of the same person
    if authority is None or ins is None or ins.oid != authority:
        return None
    return "".join(value.split()).upper() == ins.matricule


def _of(reference: Resource, within: Resource) -> list[tuple[str, str]]:
    found = _identifiers([reference.get("identifier")])
    said = reference.get("reference")
    if not isinstance(said, str):
        return found
    if said.startswith("#"):
        for one in _dicts(within.get("contained")):
            if one.get("resourceType") == "Patient" and one.get("id") == said[1:]:
                found += _identifiers(_dicts(one.get("identifier")))
    elif (match := _PATIENT.search(said) or _UUID.fullmatch(said)) is not None:
        found.append(("", match[1]))
    return found


def _identifiers(values: Sequence[Json]) -> list[tuple[str, str]]:
    """Those that count: an old one is whoever's."""
    return [
        (str(one["system"]), str(one["value"]))
        for one in values
        if isinstance(one, dict) and one.get("system") and one.get("value") and one.get("use") != "old"
    ]


def _dicts(value: Json) -> list[Resource]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
