"""Documents as FHIR R4 resources (https://hl7.org/fhir/R4/documentreference.html). Pure.

The bytes are a Binary of their own, so that nobody who lists documents has to fetch them; what is short text stands in the
DocumentReference itself. A document that counts no more goes out again as entered-in-error under the same ids.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping

from edge.domain.fault import Fault, Reason
from edge.domain.item import Item, Report
from edge.domain.operator import Operator
from edge.domain.patient import Patient
from edge.domain.report import House, Part
from sync.fhir import terms
from sync.fhir.canonical import Json, Resource
from sync.fhir.observations import practitioner
from sync.fhir.patient import NO_OIDS, patient_id, patient_resource

PDF = "application/pdf"
TEXT = "text/plain;charset=UTF-8"

_NAMESPACE = uuid.UUID("0c9d8d4e-5d7b-4f0e-9a51-6a8f2f8d6b5e")

NURSE_NOTE = ("34746-8", "Nurse Note")
"""LOINC, of what is to be pasted as transmissions ciblées."""


@dataclasses.dataclass(frozen=True, slots=True)
class Document:
    """``id`` is a UUID and names it at the far end, ``item_id`` the item of the cart that it was made for; ``loinc`` is code and display of its
    type, ``language`` that of BCP 47. ``replaces`` is the ``id`` of the document that it takes the place of, "" for none; ``void``: it
    counts no more; ``superseded``: another one takes its place.
    """

    id: str
    item_id: str
    title: str
    media_type: str
    content: bytes
    loinc: tuple[str, str]
    encounter_id: str
    created: dt.datetime
    authors: tuple[Operator, ...] = ()
    house: House | None = None
    language: str = "fr"
    replaces: str = ""
    void: bool = False
    superseded: bool = False

    @property
    def status(self) -> str:
        """As a DocumentReference has it."""
        return "entered-in-error" if self.void else "superseded" if self.superseded else "current"


def document_reference(document: Document, patient: Patient, *, inline: bool = False) -> tuple[Resource, ...]:
    """What is needed to file it: a Binary with its bytes, unless they stand ``inline``, and a DocumentReference.

    Raises Fault(OBJECT_INVALID) for a document without bytes.
    """
    if not document.content:
        raise Fault(Reason.OBJECT_INVALID, "the document is empty", "make it anew")
    subject: Resource = {"reference": f"Patient/{patient_id(patient)}"}
    data = base64.b64encode(document.content).decode()
    attachment: Resource = {
        "contentType": document.media_type,
        "language": document.language,
        "size": len(document.content),
        # R4 says SHA-1, and means a check of the transport
        "hash": base64.b64encode(hashlib.sha1(document.content, usedforsecurity=False).digest()).decode(),
        "title": document.title,
        "creation": _written(document.created),
        **({"data": data} if inline else {"url": f"Binary/{document.id}"}),
    }
    reference: Resource = {
        "resourceType": "DocumentReference",
        "id": document.id,
        "masterIdentifier": _identifier(document.id),
        "identifier": [_identifier(document.id)],
        "status": document.status,
        "docStatus": "entered-in-error" if document.void else "final",
        "type": {
            "coding": [{"system": terms.LOINC, "code": document.loinc[0], "display": document.loinc[1]}],
            "text": document.title,
        },
        "subject": subject,
        "date": _written(document.created),
        "description": document.title,
        "content": [{"attachment": attachment}],
        "context": {
            "encounter": [{"type": "Encounter", "identifier": _identifier(document.encounter_id)}],
            "related": [{"identifier": _identifier(document.item_id)}],
        },
    }
    authors: list[Json] = [practitioner(one.name, one.rpps) for one in document.authors]
    if authors:
        reference["author"] = authors
    if document.house is not None:
        reference["custodian"] = _organization(document.house)
    if document.replaces:
        target: Resource = {"type": "DocumentReference", "identifier": _identifier(document.replaces)}
        reference["relatesTo"] = [{"code": "replaces", "target": target}]
    if inline:
        return (reference,)
    binary: Resource = {
        "resourceType": "Binary",
        "id": document.id,
        "contentType": document.media_type,
        "securityContext": subject,
        "data": data,
    }
    return binary, reference


def text_id(report_id: str) -> str:
    """Of the text that goes with the report of that id."""
    return str(uuid.uuid5(_NAMESPACE, report_id))


def report_resources(
    item: Item, house: House, *, demonstration: bool = False, oids: Mapping[str, str] = NO_OIDS
) -> tuple[Resource, ...]:
    """The resident, the report of an encounter as PDF, and what of it is to be pasted as transmissions ciblées.

    Raises Fault(OBJECT_INVALID) for what is no report that was loaded, Fault(MISSING_PROGRAM).
    """
    report = item.payload
    if not isinstance(report, Report) or report.content is None:
        raise Fault(Reason.OBJECT_INVALID, f"a {item.kind.value} is no report that can be sent")
    # they load reportlab, which sync needs for nothing else
    from sync.report import document, terms as report_terms, transmission

    content = report.content
    whole = Document(
        id=item.id,
        item_id=item.id,
        title=report_terms.TITLE[report.language],
        media_type=PDF,
        content=document.pdf(content, house, report.language),
        loinc=(report_terms.LOINC, report_terms.MEANING),
        encounter_id=item.encounter.id,
        created=item.taken.utc,
        authors=content.of_part(Part.BEDSIDE),
        house=house,
        language=report.language,
        replaces=report.replaces,
        void=item.entered_in_error,
        superseded=content.superseded,
    )
    pasted = dataclasses.replace(
        whole,
        id=text_id(item.id),
        title=transmission.TITLE,
        media_type=TEXT,
        content=transmission.text(content, house).encode(),
        loinc=NURSE_NOTE,
        language="fr",
        replaces=text_id(report.replaces) if report.replaces else "",
    )
    patient = patient_resource(item.patient, demonstration=demonstration, oids=oids)
    return (
        patient,
        *document_reference(whole, item.patient),
        *document_reference(pasted, item.patient, inline=True),
    )


def _identifier(name: str) -> Resource:
    return {"system": terms.URIS, "value": f"urn:uuid:{name}"}


def _organization(house: House) -> Resource:
    named: Resource = {"type": "Organization", "display": house.name}
    if house.finess:
        named["identifier"] = {"system": terms.FINESS, "value": house.finess}
    return named


def _written(at: dt.datetime) -> str:
    return at.isoformat(timespec="milliseconds")
