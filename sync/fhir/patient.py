"""The resident as the far end needs her to hang an Observation on: identifiers and strict traits, after FR Core."""

from __future__ import annotations

import uuid

from edge.domain.fault import Fault, Reason
from edge.domain.ins import Authority
from edge.domain.patient import Ins, Patient, Sex
from sync.fhir.canonical import Json, Resource

_NAMESPACE = uuid.UUID("5a1d4a34-6b8f-4c58-9c2e-0c4b3b6f7a11")
_V2_TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
_FRENCH_TYPES = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203"


def patient_id(patient: Patient) -> str:
    """The FHIR id: from the local identifier and its issuer, so that every cart of a house gives the same."""
    return str(uuid.uuid5(_NAMESPACE, f"{patient.issuer}\n{patient.id}"))


def patient_resource(patient: Patient, *, demonstration: bool = False) -> Resource:
    """Patient. The INS leaves the cart only with a qualified identity, that of tests only from a ``demonstration``.

    Raises Fault(OBJECT_INVALID).
    """
    identifiers: list[Json] = [
        {
            "use": "usual",
            "type": {"coding": [{"system": _V2_TYPES, "code": "PI", "display": "Patient internal identifier"}]},
            "value": patient.id,
            "assigner": {"display": patient.issuer},
        }
    ]
    if ins := patient.ins_to_send:
        if wrong := ins.why_not(demonstration=demonstration):
            raise Fault(
                Reason.OBJECT_INVALID, f"the resident's INS does not leave: {wrong}", "correct the residents' list"
            )
        identifiers.append(_ins(ins))
    given: list[Json] = [*patient.given_names.split()]
    names: list[Json] = [{"use": "official", "family": patient.birth_name, "given": given}]
    if patient.used_name:
        names.append({"use": "usual", "family": patient.used_name, "given": given[:1]})
    return {
        "resourceType": "Patient",
        "id": patient_id(patient),
        "identifier": identifiers,
        "name": names,
        "gender": "male" if patient.sex is Sex.MALE else "female",
        "birthDate": patient.birth_date.isoformat(),
    }


def _ins(ins: Ins) -> Resource:
    # a NIA is provisional by nature (identifiant d'attente)
    nia = ins.oid == Authority.NIA
    return {
        "use": "temp" if nia else "official",
        "type": {"coding": [{"system": _FRENCH_TYPES, "code": "INS-NIA" if nia else "INS-NIR"}]},
        "system": f"urn:oid:{ins.oid}",
        "value": ins.matricule,
    }
