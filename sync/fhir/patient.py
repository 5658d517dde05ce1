"""The resident as the far end needs her to hang an Observation on: identifiers and strict traits, after FR Core.

Profiles of hl7.fhir.fr.core 2.1 (https://hl7.fr/ig/fhir/core): ``fr-core-patient``, and ``fr-core-patient-ins`` where all that
it asks for is there: an INS that may leave the cart, the INSEE code of the birthplace and the names of birth.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from types import MappingProxyType

from edge.domain.fault import Fault, Reason
from edge.domain.ins import Authority
from edge.domain.patient import Attribute, IdentityStatus, Ins, Patient, Sex
from sync.fhir.canonical import Json, Resource

_NAMESPACE = uuid.UUID("5a1d4a34-6b8f-4c58-9c2e-0c4b3b6f7a11")
_V2_TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
_CORE = "https://hl7.fr/ig/fhir/core"
_FRENCH_TYPES = f"{_CORE}/CodeSystem/fr-core-cs-v2-0203"
_RELIABILITY = f"{_CORE}/CodeSystem/fr-core-cs-v2-0445"
_COMMUNES = "https://mos.esante.gouv.fr/NOS/TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM"

PROFILE = f"{_CORE}/StructureDefinition/fr-core-patient"
INS_PROFILE = f"{_CORE}/StructureDefinition/fr-core-patient-ins"

ATTRIBUTES: Mapping[Attribute, tuple[str, str]] = MappingProxyType(
    {
        Attribute.HOMONYM: ("HOMA", "Homonyme avéré"),
        Attribute.DOUBTFUL: ("DOUT", "Identité douteuse"),
        Attribute.FICTITIOUS: ("FICT", "Identité fictive"),
    }
)

NO_OIDS: Mapping[str, str] = MappingProxyType({})
_OID = re.compile(r"[0-2](?:\.(?:0|[1-9]\d*))+", re.ASCII)
_URI = re.compile(r"(?:urn:|https?://)\S+", re.ASCII)


def patient_id(patient: Patient) -> str:
    """The FHIR id: from the local identifier and its issuer, so that every cart of a house gives the same."""
    return str(uuid.uuid5(_NAMESPACE, f"{patient.issuer}\n{patient.id}"))


def issuer_system(issuer: str, oids: Mapping[str, str] = NO_OIDS) -> str:
    """The ``system`` of the identifiers that ``issuer`` gives: its OID where it has one, else a name made of its own.

    FR Core asks for one (slice PI); every cart of a house makes the same.
    """
    known = oids.get(issuer, issuer)
    if _OID.fullmatch(known):
        return f"urn:oid:{known}"
    return known if _URI.fullmatch(known) else f"urn:uuid:{uuid.uuid5(_NAMESPACE, issuer)}"


def patient_resource(patient: Patient, *, demonstration: bool = False, oids: Mapping[str, str] = NO_OIDS) -> Resource:
    """Patient. The INS leaves the cart only with a qualified identity, that of tests only from a ``demonstration``.

    ``oids`` are those of issuers, by their names. Raises Fault(OBJECT_INVALID).
    """
    identifiers: list[Json] = [
        {
            "use": "usual",
            "type": {"coding": [{"system": _V2_TYPES, "code": "PI", "display": "Patient internal identifier"}]},
            "system": issuer_system(patient.issuer, oids),
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
    extensions = [*_reliability(patient), *([_birth_place(patient.birth_place)] if patient.birth_place else [])]
    return {
        "resourceType": "Patient",
        "id": patient_id(patient),
        "meta": {"profile": [*([INS_PROFILE] if _fits_the_ins_profile(patient) else []), PROFILE]},
        **({"extension": extensions} if extensions else {}),
        "identifier": identifiers,
        "name": _names(patient),
        "gender": "male" if patient.sex is Sex.MALE else "female",
        "birthDate": patient.birth_date.isoformat(),
    }


def _fits_the_ins_profile(patient: Patient) -> bool:
    """fr-core-1, birthPlace 1..1, officialName with its list of given names. A number of tests has no slice there."""
    ins = patient.ins_to_send
    return bool(
        ins and ins.oid in {Authority.NIR, Authority.NIA} and patient.birth_place and patient.given_names.split()
    )


def _names(patient: Patient) -> list[Json]:
    """Of the given names the first, and all of them as the act of birth lists them, beside it."""
    given: list[Json] = [*patient.given_names.split()[:1]]
    first: Resource = {"given": given} if given else {}
    listed: Resource = {
        "url": f"{_CORE}/StructureDefinition/fr-core-patient-birth-list-given-name",
        "valueString": patient.given_names,
    }
    official: Resource = {"use": "official", "family": patient.birth_name, **first}
    if given:
        official["extension"] = [listed]
    names: list[Json] = [official]
    if patient.used_name:
        names.append({"use": "usual", "family": patient.used_name, **first})
    return names


def _reliability(patient: Patient) -> list[Json]:
    """Status, then what is known against it. VALI stands only beside an INS; for an identity that was only retrieved, or only
    validated, nothing is said: the table of FR Core 2.1 has one word for both and for a qualified one.
    """
    said: list[tuple[str, str]] = []
    if patient.ins_to_send is not None:
        # fr-core-patient-ins: one such extension, and no more
        said.append(("VALI", "Identité validée"))
    else:
        if patient.status is IdentityStatus.PROVISIONAL:
            said.append(("PROV", "Identité provisoire"))
        said += [ATTRIBUTES[one] for one in Attribute if one in patient.attributes]
    return [
        {
            "url": f"{_CORE}/StructureDefinition/fr-core-identity-reliability",
            "extension": [
                {
                    "url": "identityStatus",
                    "valueCoding": {"system": _RELIABILITY, "code": code, "display": display},
                }
            ],
        }
        for code, display in said
    ]


def _birth_place(insee: str) -> Resource:
    code: Resource = {
        "url": f"{_CORE}/StructureDefinition/fr-core-address-insee-code",
        "valueCoding": {"system": _COMMUNES, "code": insee},
    }
    return {"url": "http://hl7.org/fhir/StructureDefinition/patient-birthPlace", "valueAddress": {"extension": [code]}}


def _ins(ins: Ins) -> Resource:
    # a NIA is provisional by nature (identifiant d'attente)
    nia = ins.oid == Authority.NIA
    return {
        "use": "temp" if nia else "official",
        "type": {"coding": [{"system": _FRENCH_TYPES, "code": "INS-NIA" if nia else "INS-NIR"}]},
        "system": f"urn:oid:{ins.oid}",
        "value": ins.matricule,
    }
