"""A report as IHE_XDM.ZIP and as a message: read back with the standard library's own readers."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import xml.etree.ElementTree as ET
import zipfile
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from edge.domain.fault import Fault
from edge.domain.item import Item, Report
from edge.domain.measurement import Kind
from edge.domain.patient import IdentityStatus
from edge.domain.report import REPORTED_HERE, EncounterReport
from sync.mail import message
from sync.mail.message import Envelope
from sync.report import metadata, xdm
from tests import items, reports
from tests.reports import HOUSE

ENVELOPE = Envelope("ehpad@tilleuls.example", ("cabinet@example.org", "ehpad@tilleuls.example"))
RIM = "{urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0}"
NUMBER = "0198f0c2-5b1e-7cc0-8000-00000000002a"


def item_of(report: EncounterReport) -> Item:
    made = items.item(Kind.REPORT, Report("fr", report.replaces, report), REPORTED_HERE, report.patient)
    return dataclasses.replace(made, id=report.number, entered_in_error=report.void)


def built(report: EncounterReport) -> EmailMessage:
    return message_from_bytes(message.build(item_of(report), HOUSE, ENVELOPE), policy=policy.default)  # type: ignore[return-value]


def attached(mail: EmailMessage) -> dict[str, bytes]:
    return {str(part.get_filename()): part.get_content() for part in mail.iter_attachments()}


def unpacked(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        assert packed.testzip() is None
        return {name: packed.read(name) for name in packed.namelist()}


def test_the_message_is_what_mssante_takes() -> None:
    report = reports.report()
    mail = built(report)
    assert mail["Subject"] == "XDM/1.0/DDM+Compte rendu de télésanté L'HÉRITIER MARIE-ÈVE ANNE 03/02/1931"
    assert mail["Message-ID"] == f"<{NUMBER}@tilleuls.example>"
    assert mail["To"] == ", ".join(ENVELOPE.recipients)
    files = attached(mail)
    assert set(files) == {"IHE_XDM.ZIP", "TC0000000001.pdf"}
    inside = unpacked(files["IHE_XDM.ZIP"])
    assert set(inside) == {"INDEX.HTM", "README.TXT", "IHE_XDM/SUBSET01/METADATA.XML", "IHE_XDM/SUBSET01/DOC0001.PDF"}
    assert inside["IHE_XDM/SUBSET01/DOC0001.PDF"] == files["TC0000000001.pdf"]
    assert mail["In-Reply-To"] is None


def test_the_same_report_is_the_same_message_and_every_line_is_short() -> None:
    item = item_of(reports.report())
    content = message.build(item, HOUSE, ENVELOPE)
    assert content == message.build(item, HOUSE, ENVELOPE)
    assert max(len(line) for line in content.split(b"\r\n")) <= 998
    assert content.replace(b"\r\n", b"").count(b"\n") == 0


def test_what_replaces_and_what_counts_no_more_answer_the_message_before() -> None:
    base = reports.report()
    replacing = built(dataclasses.replace(base, replaces="0198f0c2-0000-7000-8000-000000000001"))
    assert str(replacing["Subject"]).startswith("[Annule et remplace] XDM/1.0/DDM+")
    assert replacing["In-Reply-To"] == "<0198f0c2-0000-7000-8000-000000000001@tilleuls.example>"
    void = built(dataclasses.replace(base, void=True))
    assert str(void["Subject"]).startswith("[Annulation] ")
    assert void["Message-ID"] != built(base)["Message-ID"]
    assert void["In-Reply-To"] == built(base)["Message-ID"]
    assert set(attached(void)) == {"TC0000000001.pdf"}
    assert "ne compte plus" in void.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def metadata_of(report: EncounterReport) -> ET.Element:
    return ET.fromstring(metadata.build(report, HOUSE, b"%PDF-1.7 invented", xdm.DOCUMENT, "fr"))


def slots(node: ET.Element) -> dict[str, list[str]]:
    return {
        slot.attrib["name"]: [value.text or "" for value in slot.iter(f"{RIM}Value")]
        for slot in node.findall(f"{RIM}Slot")
    }


def test_the_metadata_describe_the_document_and_its_submission() -> None:
    report = reports.report()
    root = metadata_of(report)
    (entry,) = root.iter(f"{RIM}ExtrinsicObject")
    told = slots(entry)
    content = b"%PDF-1.7 invented"
    assert entry.attrib["mimeType"] == "application/pdf"
    assert told["hash"] == [hashlib.sha1(content).hexdigest()]
    assert told["size"] == [str(len(content))]
    assert told["URI"] == ["DOC0001.PDF"]
    assert told["creationTime"] == ["20260329001500"]
    assert told["sourcePatientId"] == ["IPP-0042^^^&1.2.250.1.999.1&ISO^PI"] or told["sourcePatientId"][0].startswith(
        "IPP-0042"
    )
    assert told["sourcePatientInfo"] == [
        "PID-5|L'HÉRITIER^MARIE-ÈVE ANNE^^^^^L",
        "PID-5|DŒUVRE^MARIE-ÈVE ANNE^^^^^D",
        "PID-7|19310203",
        "PID-8|F",
    ]
    codes = {node.attrib["nodeRepresentation"] for node in entry.findall(f"{RIM}Classification")}
    assert codes == {"", "10", "N", "SA17", "ESSMS", "85208-7", "urn:ihe:iti:xds:2017:mimeTypeSufficient"}
    values = {
        name.attrib["value"]: node.attrib["value"]
        for node in root.iter(f"{RIM}ExternalIdentifier")
        for name in node.iter(f"{RIM}LocalizedString")
    }
    assert values["XDSDocumentEntry.patientId"] == "255081416802538^^^&1.2.250.1.213.1.4.8&ISO^NH"
    assert values["XDSSubmissionSet.patientId"] == values["XDSDocumentEntry.patientId"]
    assert values["XDSDocumentEntry.uniqueId"].startswith("2.25.")
    assert values["XDSSubmissionSet.uniqueId"] != values["XDSDocumentEntry.uniqueId"]
    (package,) = root.iter(f"{RIM}RegistryPackage")
    authors = [slots(node) for node in package.findall(f"{RIM}Classification") if "authorPerson" in slots(node)]
    assert authors == [
        {
            "authorPerson": ["810003456789^Camille LEROY^^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS"],
            "authorInstitution": ["EHPAD Les Tilleuls^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^1380012345"],
        }
    ]
    ids = [node.attrib["id"] for node in root.iter() if "id" in node.attrib]
    assert len(ids) == len(set(ids))
    (member,) = root.iter(f"{RIM}Association")
    assert (member.attrib["sourceObject"], member.attrib["targetObject"]) == ("SubmissionSet01", f"urn:uuid:{NUMBER}")


def test_an_ins_that_may_not_leave_is_in_no_file() -> None:
    base = reports.report()
    patient = dataclasses.replace(base.patient, status=IdentityStatus.VALIDATED)
    mail = built(dataclasses.replace(base, patient=patient))
    inside = unpacked(attached(mail)["IHE_XDM.ZIP"])
    assert [name for name, content in inside.items() if b"255081416802538" in content] == []
    root = ET.fromstring(inside["IHE_XDM/SUBSET01/METADATA.XML"])
    patients = {
        node.attrib["value"].partition("^")[0]
        for node in root.iter(f"{RIM}ExternalIdentifier")
        for name in node.iter(f"{RIM}LocalizedString")
        if name.attrib["value"].endswith("patientId")
    }
    assert patients == {"IPP-0042"}


def test_names_cannot_break_out_of_their_fields() -> None:
    base = reports.report()
    hostile = "A^B&C|D\r\nBcc: x@y.example\x00<script>"
    patient = dataclasses.replace(base.patient, birth_name=hostile, used_name=None)
    report = dataclasses.replace(base, patient=patient)
    mail = built(report)
    assert mail["Bcc"] is None
    (entry,) = metadata_of(report).iter(f"{RIM}ExtrinsicObject")
    (name,) = [one for one in slots(entry)["sourcePatientInfo"] if one.startswith("PID-5")]
    assert name.count("^") == 6
    assert "&" not in name


def test_a_report_that_replaces_another_says_of_which_document() -> None:
    before = "0198f0c2-0000-7000-8000-000000000001"
    root = metadata_of(dataclasses.replace(reports.report(), replaces=before))
    kinds = {node.attrib["associationType"].rpartition(":")[2]: node for node in root.iter(f"{RIM}Association")}
    assert set(kinds) == {"HasMember", "RPLC"}
    assert kinds["RPLC"].attrib["targetObject"] == f"urn:uuid:{before}"


def test_what_is_no_report_is_not_mailed() -> None:
    with pytest.raises(Fault):
        message.build(items.spo2(), HOUSE, ENVELOPE)
