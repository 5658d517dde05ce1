"""A request for an opinion as FHIR R4 ServiceRequest (https://hl7.org/fhir/R4/servicerequest.html). Pure.

What it rests on is named by identifier and never by address: a server that checks references then takes the request also
where an Observation comes after it, and the pictures are in a PACS that no FHIR server knows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from edge.domain.consent import Basis, Consent
from edge.domain.fault import Fault, Reason
from edge.domain.item import Item
from edge.domain.measurement import IMAGING, Kind
from edge.domain.opinion import Addressee, Evidence, Missing, Opinion, Question, Specialty, Urgency
from sync.fhir import dossier, terms
from sync.fhir.canonical import Json, Resource
from sync.fhir.observations import practitioner, round_of
from sync.fhir.patient import NO_OIDS, patient_id, patient_resource

_SPECIALTIES = "https://mos.esante.gouv.fr/NOS/TRE_R38-SpecialiteOrdinale/FHIR/TRE-R38-SpecialiteOrdinale"
_UID = "urn:dicom:uid"
_REFERRAL = ("103696004", "Patient referral to specialist")
_OURS = "urn:ietf:rfc:3986"

SPECIALTY: Mapping[Specialty, tuple[str, str, str, str]] = MappingProxyType(
    {
        Specialty.DERMATOLOGY: ("SM15", "394582007", "Dermatology", "Dermatologie"),
        Specialty.CARDIOLOGY: ("SM04", "394579002", "Cardiology", "Cardiologie"),
        Specialty.WOUNDS: ("", "", "", "Plaies et cicatrisation"),
        Specialty.GERIATRICS: ("SM18", "394811001", "Geriatric medicine", "Gériatrie"),
    }
)
"""Code of the ANS nomenclature TRE_R38, SNOMED CT code and display (value set c80-practice-codes), French.

No nomenclature has a specialty for wounds.
"""

PRIORITY: Mapping[Urgency, str] = MappingProxyType(
    {Urgency.ROUTINE: "routine", Urgency.SOON: "urgent", Urgency.EMERGENCY: "stat"}
)

QUESTION: Mapping[Question, str] = MappingProxyType(
    {
        Question.CONDUCT: "Quelle conduite à tenir ?",
        Question.URGENT: "Est-ce urgent ?",
        Question.TREATMENT: "Quel traitement ?",
        Question.HOSPITAL: "Faut-il la voir ou l'hospitaliser ?",
    }
)

GAP: Mapping[Missing, str] = MappingProxyType(
    {
        Missing.PHOTO: "aucune photo",
        Missing.ECG: "aucun ECG",
        Missing.VITALS: "aucune constante",
        Missing.BLURRED: "photo floue",
        Missing.DARK: "photo trop sombre",
        Missing.OVEREXPOSED: "photo surexposée",
        Missing.FAINT: "son inexploitable",
    }
)
"""In French, for the doctor."""

WITHOUT_CONSENT = "Urgence : l'accord de la personne n'a pas pu être recueilli."

BASIS: Mapping[Basis, str] = MappingProxyType(
    {
        Basis.ASSISTED: "Accord de la personne, assistée de : {}.",
        Basis.REPRESENTATIVE: "Autorisation du représentant légal : {}.",
        Basis.CONSULTED: "La personne ne peut pas exprimer sa volonté ; consultés : {}.",
    }
)
"""In French, for the doctor; who is named beside it."""


def service_request(
    item: Item, *, demonstration: bool = False, oids: Mapping[str, str] = NO_OIDS
) -> tuple[Resource, ...]:
    """The resident, then the request; an INS of tests only from a ``demonstration``. ``oids`` are those of issuers.

    Raises Fault(OBJECT_INVALID) for what is no request.
    """
    asked = item.payload
    if not isinstance(asked, Opinion):
        raise Fault(Reason.OBJECT_INVALID, f"a {item.kind.value} is no request for an opinion")
    at = item.taken.utc
    request: Resource = {
        "resourceType": "ServiceRequest",
        "id": item.id,
        "identifier": [{"system": _OURS, "value": f"urn:uuid:{item.id}"}],
        "status": "entered-in-error" if item.entered_in_error else "active",
        "intent": "order",
        "priority": PRIORITY[asked.urgency],
        "category": [_coded(terms.SNOMED, *_REFERRAL, text="Demande d'avis")],
        "code": {"text": f"Avis à distance (télé-expertise) : {SPECIALTY[asked.specialty][3]}"},
        "subject": {"reference": f"Patient/{patient_id(item.patient)}"},
        "encounter": round_of(item),
        "authoredOn": _written(at),
        # by when an answer is expected
        "occurrencePeriod": {"start": _written(at), "end": _written(at + asked.expected)},
        "performerType": _specialty(asked.specialty),
        "reasonCode": [{"text": text} for text in (dossier.situation(asked), QUESTION[asked.question]) if text],
        "note": [{"text": line} for line in (*dossier.background(asked, item.patient), *_notes(asked))],
    }
    if item.operator is not None:
        request["requester"] = practitioner(item.operator.name, item.operator.rpps)
    if asked.addressee != Addressee():
        request["performer"] = [practitioner(asked.addressee.label, asked.addressee.rpps)]
    if asked.evidence or asked.documents:
        request["supportingInfo"] = [*_evidence(asked.evidence), *dossier.references(asked.documents)]
    if contained := dossier.contained(asked.documents, request["subject"]):
        request["contained"] = contained
    if not request["note"]:
        del request["note"]
    return patient_resource(item.patient, demonstration=demonstration, oids=oids), request


def _specialty(specialty: Specialty) -> Resource:
    national, snomed, display, french = SPECIALTY[specialty]
    coding: list[Json] = []
    if national:
        coding.append({"system": _SPECIALTIES, "code": national})
    if snomed:
        coding.append({"system": terms.SNOMED, "code": snomed, "display": display})
    return {**({"coding": coding} if coding else {}), "text": french}


def _notes(asked: Opinion) -> list[str]:
    gaps = list(dict.fromkeys(GAP[gap.missing] for gap in asked.gaps))
    lines = [f"Manque ou défaut signalé au chevet : {', '.join(gaps)}."] if gaps else []
    return [*lines, *_basis(asked)]


def _basis(asked: Opinion) -> list[str]:
    """What allowed it, where that is not simply her own word."""
    if not asked.agreed:
        return [WITHOUT_CONSENT]
    said = BASIS.get(asked.basis) if asked.basis else None
    return [said.format(asked.consent.other)] if said and isinstance(asked.consent, Consent) else []


def _evidence(evidence: Sequence[Evidence]) -> list[Json]:
    """Each Observation by the identifier that it carries, each study of pictures and signals once, with what is in it."""
    found: list[Json] = [
        {
            "type": "Observation",
            "identifier": {"system": _OURS, "value": f"urn:uuid:{one.item_id}"},
            "display": f"{one.kind.value} {_written(one.taken_utc)}",
        }
        for one in evidence
        if one.kind not in IMAGING
    ]
    studies: dict[str, list[Evidence]] = {}
    for one in evidence:
        if one.kind in IMAGING:
            studies.setdefault(one.study_uid, []).append(one)
    for study, held in studies.items():
        found.append(
            {
                "type": "ImagingStudy",
                "identifier": {"system": _UID, "value": f"urn:oid:{study}"},
                "display": ", ".join(f"{_IMAGES[one.kind]} {_written(one.taken_utc)}" for one in held),
            }
        )
    return found


_IMAGES: Mapping[Kind, str] = MappingProxyType(
    {Kind.PHOTO: "photo", Kind.ECG: "ECG", Kind.ECG_PAPER: "ECG", Kind.SOUND: "son"}
)


def _coded(system: str, code: str, display: str, *, text: str) -> Resource:
    return {"coding": [{"system": system, "code": code, "display": display}], "text": text}


def _written(at: dt.datetime) -> str:
    return at.isoformat(timespec="milliseconds")
