"""METADATA.XML of an IHE_XDM.ZIP: one document and its submission, as ebXML RIM 3.0 (IHE ITI TF-3, 4.2). Pure.

Codes are those of the French value sets (CI-SIS) as the ANS publishes them with its test tool (TestContenuCDA 3.0: JDV_J02 of
2024-12-13, JDV_J04 of 2024-09-27, JDV_J07): sector SA17, setting ESSMS, type 85208-7; so are the prefixes of professionals' (8) and
structures' (1) numbers, in its examples. Class 10 is of one source. The content type of the submission set repeats the type of the
document. None of it was tried against a receiver.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import uuid
import xml.etree.ElementTree as ET
from typing import Final

from edge.domain.operator import Operator
from edge.domain.patient import Patient
from edge.domain.report import EncounterReport, House, Language, Part
from sync.report import terms

_LCM: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0"
_RIM: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"
_OBJECT: Final = "urn:oasis:names:tc:ebxml-regrep:ObjectType:RegistryObject:"
_LOINC: Final = "2.16.840.1.113883.6.1"
_SUBMISSION: Final = "SubmissionSet01"

FINESS: Final = "1.2.250.1.71.4.2.2"
RPPS: Final = "1.2.250.1.71.4.2.1"


@dataclasses.dataclass(frozen=True, slots=True)
class Code:
    value: str
    scheme: str
    name: str


CLASS: Final = Code("10", "1.2.250.1.213.1.1.4.1", "Compte rendu")
TYPE: Final = Code(terms.LOINC, _LOINC, "CR de télémédecine")
FORMAT: Final = Code("urn:ihe:iti:xds:2017:mimeTypeSufficient", "1.3.6.1.4.1.19376.1.2.3", "mimeType Sufficient")
CONFIDENTIALITY: Final = Code("N", "2.16.840.1.113883.5.25", "Normal")
SECTOR: Final = Code("SA17", "1.2.250.1.71.4.2.4", "Etablissement pour personnes âgées")
SETTING: Final = Code("ESSMS", "1.2.250.1.213.1.1.4.9", "Etablissement ou Service Social ou Médico-Social")

# the classification schemes of ITI TF-3, table 4.2.5.1-2 and 4.2.5.2-2
_OF_DOCUMENT: Final = (
    ("urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a", CLASS),
    ("urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f", CONFIDENTIALITY),
    ("urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d", FORMAT),
    ("urn:uuid:f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1", SECTOR),
    ("urn:uuid:cccf5598-8b07-4b77-a05e-ae952c785ead", SETTING),
    ("urn:uuid:f0306f51-975f-434e-a61c-c59651d33983", TYPE),
)
_DOCUMENT_AUTHOR: Final = "urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d"
_SUBMISSION_AUTHOR: Final = "urn:uuid:a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d"
_CONTENT_TYPE: Final = "urn:uuid:aa543740-bdda-424e-8c96-df4873be8500"
_STABLE_DOCUMENT: Final = "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1"
_IS_SUBMISSION: Final = "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd"


def build(report: EncounterReport, house: House, pdf: bytes, uri: str, language: Language) -> bytes:
    """In UTF-8. ``uri`` is the file of ``pdf`` beside it. An INS stands in it only where it may leave the cart."""
    ET.register_namespace("lcm", _LCM)
    ET.register_namespace("rim", _RIM)
    root = ET.Element(f"{{{_LCM}}}SubmitObjectsRequest")
    held = _under(root, "RegistryObjectList")
    _submission(held, report, house, language)
    entry = entry_uuid(report.number)
    _document(held, entry, report, house, pdf, uri, language)
    member = "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember"
    _slot(_association(held, "association1", member, _SUBMISSION, entry), "SubmissionSetStatus", "Original")
    if report.replaces:
        _association(held, "association2", "urn:ihe:iti:2007:AssociationType:RPLC", entry, entry_uuid(report.replaces))
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def entry_uuid(number: str) -> str:
    """The entryUUID of the report of that number: by it a later one says what it replaces."""
    return f"urn:uuid:{number}"


def document_oid(number: str) -> str:
    return f"2.25.{uuid.UUID(number).int}"


def patient_id(who: Patient, house: House) -> str:
    """CX: the INS where it may leave, else as the house knows her."""
    ins = who.ins_to_send
    return f"{ins.matricule}^^^&{ins.oid}&ISO^NH" if ins is not None else _local_id(who, house)


def _local_id(who: Patient, house: House) -> str:
    return f"{_bare(who.id)}^^^&{_issuer(who, house)}&ISO^PI"


def _issuer(who: Patient, house: House) -> str:
    """Its OID; of an issuer without one, an OID that is derived from its name (ITU-T X.667), the same at each time."""
    if who.issuer == house.issuer and house.issuer_oid:
        return house.issuer_oid
    return _derived(f"issuer {who.issuer} of {house.finess or house.name}")


def _derived(name: str) -> str:
    return f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, name).int}"


def _submission(held: ET.Element, report: EncounterReport, house: House, language: Language) -> None:
    package = _under(held, "RegistryPackage", id=_SUBMISSION, objectType=f"{_OBJECT}RegistryPackage")
    _slot(package, "submissionTime", _time(report.made.utc))
    _name(package, terms.TITLE[language])
    _author(package, _SUBMISSION, _SUBMISSION_AUTHOR, report, house)
    _classified(package, _SUBMISSION, _CONTENT_TYPE, TYPE, "cla12")
    _under(
        package,
        "Classification",
        classifiedObject=_SUBMISSION,
        classificationNode=_IS_SUBMISSION,
        id="cla13",
        objectType=f"{_OBJECT}Classification",
    )
    identifiers = (
        (
            "urn:uuid:6b5aea1a-874d-4603-a4bc-96a0a7b38446",
            "XDSSubmissionSet.patientId",
            patient_id(report.patient, house),
        ),
        ("urn:uuid:554ac39e-e3fe-47fe-b233-965d2a147832", "XDSSubmissionSet.sourceId", _source(house)),
        (
            "urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8",
            "XDSSubmissionSet.uniqueId",
            _derived(f"submission {report.number}"),
        ),
    )
    for at, one in enumerate(identifiers, 1):
        _identifier(package, _SUBMISSION, *one, f"ei0{at}")


def _document(
    held: ET.Element, own: str, report: EncounterReport, house: House, pdf: bytes, uri: str, language: Language
) -> None:
    who = report.patient
    entry = _under(
        held,
        "ExtrinsicObject",
        id=own,
        mimeType="application/pdf",
        objectType=_STABLE_DOCUMENT,
        status="urn:oasis:names:tc:ebxml-regrep:StatusType:Approved",
    )
    _slot(entry, "creationTime", _time(report.made.utc))
    _slot(entry, "hash", hashlib.sha1(pdf, usedforsecurity=False).hexdigest())
    _slot(entry, "languageCode", "fr-FR" if language == "fr" else "en-GB")
    _slot(entry, "serviceStartTime", _time(report.encounter.opened))
    _slot(entry, "serviceStopTime", _time(report.closed or report.made.utc))
    _slot(entry, "size", str(len(pdf)))
    _slot(entry, "sourcePatientId", _local_id(who, house))
    names = [f"PID-5|{_bare(who.birth_name)}^{_bare(who.given_names)}^^^^^L"]
    if who.used_name:
        names.append(f"PID-5|{_bare(who.used_name)}^{_bare(who.given_names)}^^^^^D")
    _slot(entry, "sourcePatientInfo", *names, f"PID-7|{who.birth_date:%Y%m%d}", f"PID-8|{who.sex.value}")
    _slot(entry, "URI", uri)
    _name(entry, terms.TITLE[language])
    _author(entry, own, _DOCUMENT_AUTHOR, report, house)
    for at, (scheme, code) in enumerate(_OF_DOCUMENT, 2):
        _classified(entry, own, scheme, code, f"cla{at:02}")
    identifiers = (
        ("urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427", "XDSDocumentEntry.patientId", patient_id(who, house)),
        ("urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab", "XDSDocumentEntry.uniqueId", document_oid(report.number)),
    )
    for at, one in enumerate(identifiers, 4):
        _identifier(entry, own, *one, f"ei0{at}")


def _author(parent: ET.Element, of: str, scheme: str, report: EncounterReport, house: House) -> None:
    """One for each who took part at the bedside, or the house alone."""
    people: tuple[Operator | None, ...] = report.of_part(Part.BEDSIDE) or (None,)
    for at, who in enumerate(people, 1):
        node = _under(
            parent,
            "Classification",
            classificationScheme=scheme,
            classifiedObject=of,
            nodeRepresentation="",
            id=f"{'set' if of == _SUBMISSION else 'doc'}aut{at:02}",
            objectType=f"{_OBJECT}Classification",
        )
        if who is not None:
            _slot(node, "authorPerson", _person(who))
        number = f"^^^1{house.finess}" if house.finess else ""
        authority = f"&{FINESS}&ISO^IDNST" if number else ""
        _slot(node, "authorInstitution", f"{_bare(house.name)}^^^^^{authority}{number}".rstrip("^"))


def _person(who: Operator) -> str:
    number = f"8{who.rpps}" if who.rpps else ""
    tail = f"^^^^^^&{RPPS}&ISO^D^^^IDNPS" if number else ""
    return f"{number}^{_bare(who.name)}^{tail}".rstrip("^")


def _association(held: ET.Element, name: str, kind: str, source: str, target: str) -> ET.Element:
    return _under(
        held,
        "Association",
        id=name,
        associationType=kind,
        sourceObject=source,
        targetObject=target,
        objectType=f"{_OBJECT}Association",
    )


def _source(house: House) -> str:
    return house.issuer_oid or _derived(f"house {house.finess or house.name}")


def _under(parent: ET.Element, tag: str, **attributes: str) -> ET.Element:
    return ET.SubElement(parent, f"{{{_RIM}}}{tag}", attributes)


def _slot(parent: ET.Element, name: str, *values: str) -> None:
    held = _under(_under(parent, "Slot", name=name), "ValueList")
    for value in values:
        _under(held, "Value").text = value


def _name(parent: ET.Element, said: str) -> None:
    ET.SubElement(
        _under(parent, "Name"),
        f"{{{_RIM}}}LocalizedString",
        {"charset": "UTF-8", "value": said, "{http://www.w3.org/XML/1998/namespace}lang": "fr-FR"},
    )


def _classified(parent: ET.Element, of: str, scheme: str, code: Code, name: str) -> None:
    node = _under(
        parent,
        "Classification",
        classificationScheme=scheme,
        classifiedObject=of,
        nodeRepresentation=code.value,
        id=name,
        objectType=f"{_OBJECT}Classification",
    )
    _slot(node, "codingScheme", code.scheme)
    _name(node, code.name)


def _identifier(parent: ET.Element, of: str, scheme: str, name: str, value: str, own: str) -> None:
    node = _under(
        parent,
        "ExternalIdentifier",
        id=own,
        registryObject=of,
        identificationScheme=scheme,
        value=value,
        objectType=f"{_OBJECT}ExternalIdentifier",
    )
    _name(node, name)


def _time(at: dt.datetime) -> str:
    return f"{at.astimezone(dt.UTC):%Y%m%d%H%M%S}"


_DELIMITERS: Final = str.maketrans("^&|~\\", "     ")


def _bare(value: str) -> str:
    """Without what divides HL7 v2 components, and without what XML cannot hold."""
    return "".join(letter for letter in value.translate(_DELIMITERS) if letter.isprintable())
