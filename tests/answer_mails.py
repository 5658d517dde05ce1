"""Mails as a specialist's software sends them: IHE_XDM.ZIP after IHE ITI TF-2 3.32 and TF-3 4.2.3, written by hand."""

from __future__ import annotations

import email.message
import io
import zipfile
from typing import Final

PDF: Final = b"%PDF-1.4\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n"

_METADATA: Final = """<?xml version="1.0" encoding="UTF-8"?>
<lcm:SubmitObjectsRequest xmlns:lcm="urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0" xmlns="urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0">
 <RegistryObjectList>
  <ExtrinsicObject id="Document01" mimeType="application/pdf" objectType="urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1">
   <Slot name="creationTime"><ValueList><Value>20261122101500</Value></ValueList></Slot>
   <Slot name="URI"><ValueList><Value>DOC0001.PDF</Value></ValueList></Slot>
   <Slot name="urn:ihe:iti:xds:2013:referenceIdList"><ValueList>
    <Value>{request}^^^&amp;2.25.1&amp;ISO^urn:ihe:iti:xds:2013:order</Value></ValueList></Slot>
   <Name><LocalizedString value="Avis dermatologique"/></Name>
   <Classification classificationScheme="urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d" classifiedObject="Document01" nodeRepresentation="">
    <Slot name="authorPerson"><ValueList><Value>810009876543^NGUYEN^Linh^^^DR^^^&amp;1.2.250.1.71.4.2.1&amp;ISO^D^^^IDNPS</Value></ValueList></Slot>
   </Classification>
   <Classification classificationScheme="urn:uuid:f0306f51-975f-434e-a61c-c59651d33983" classifiedObject="Document01"
    nodeRepresentation="{code}"/>
  </ExtrinsicObject>
 </RegistryObjectList>
</lcm:SubmitObjectsRequest>
"""


def metadata(request: str, code: str = "11488-4") -> bytes:
    return _METADATA.format(request=request, code=code).encode()


def xdm(told: bytes, pdf: bytes = PDF) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("INDEX.HTM", "<html></html>")
        archive.writestr("README.TXT", "README")
        archive.writestr("IHE_XDM/SUBSET01/METADATA.XML", told)
        archive.writestr("IHE_XDM/SUBSET01/DOC0001.PDF", pdf)
    return content.getvalue()


def mail(
    number: str, subject: str, archive: bytes | None = None, pdf: bytes | None = None, references: str = ""
) -> email.message.EmailMessage:
    one = email.message.EmailMessage()
    one["From"] = "Linh Nguyen <linh.nguyen@chu.mssante.example>"
    one["To"] = "borne@ehpad.mssante.example"
    one["Date"] = "Sun, 22 Nov 2026 11:20:00 +0100"
    one["Message-ID"] = f"<{number}@chu.mssante.example>"
    one["Subject"] = subject
    if references:
        one["References"] = references
    one.set_content("Bonjour,\nPansement hydrocolloïde, à revoir dans une semaine.\n")
    if archive is not None:
        one.add_attachment(archive, maintype="application", subtype="zip", filename="IHE_XDM.ZIP")
    if pdf is not None:
        one.add_attachment(pdf, maintype="application", subtype="pdf", filename="avis.pdf")
    return one
