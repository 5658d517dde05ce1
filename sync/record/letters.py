"""A mail of a secure mailbox (MSSanté), and the IHE_XDM.ZIP in it, read within bounds. Pure; strangers made what it reads.

RFC 5322, RFC 2045; IHE ITI TF-2 3.32 (XDM: folders below IHE_XDM, each with a METADATA.XML of ebRIM 3.0); slots and
classifications of ITI TF-3 table 4.2.3.1-1. A PDF is told by its first bytes and never opened here.
"""

from __future__ import annotations

import datetime as dt
import email
import email.header
import email.message
import email.policy
import email.utils
import hashlib
import io
import posixpath
import re
import struct
import zipfile
import zlib
from typing import Final
from xml.parsers import expat

import msgspec

from edge.domain.answer import LARGEST_PDF, LONGEST_TEXT
from edge.domain.fault import Fault, Reason

LARGEST_MAIL: Final = 32 * 1024 * 1024
"""Bytes."""
MOST_PARTS: Final = 60
MOST_PDFS: Final = 8
_MOST_ENTRIES: Final = 200
_LARGEST_DIRECTORY: Final = 64 * 1024
_LARGEST_METADATA: Final = 1024 * 1024
_LARGEST_INSIDE: Final = 48 * 1024 * 1024
_DEEPEST: Final = 40
_MOST_NAMES: Final = 40
_PDF: Final = b"%PDF-"
_END: Final = struct.Struct("<4s4H2LH")
_REFERENCES: Final = "urn:ihe:iti:xds:2013:referenceIdList"
_AUTHOR: Final = "urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d"
_TYPE_CODE: Final = "urn:uuid:f0306f51-975f-434e-a61c-c59651d33983"
_PRESCRIPTIONS: Final = frozenset({"57833-6", "57828-6", "29551-9"})
"""LOINC codes of prescriptions in the value set of document types of the ANS."""
_PATIENT_IDS: Final = frozenset(
    {"urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427", "urn:uuid:6b5aea1a-874d-4603-a4bc-96a0a7b38446"}
)
"""XDSDocumentEntry.patientId and XDSSubmissionSet.patientId (ITI TF-3 4.2.5.2)."""
_CX: Final = re.compile(r"([^\^&]{1,100})\^\^\^&((?:\d+\.)+\d+)&ISO(?:\^[A-Za-z]*)?", re.ASCII)
_UNPRINTABLE: Final = re.compile(r"[^\x20-\x7e\xa0-\U0010ffff]")


class Sheet(msgspec.Struct, frozen=True):
    """One PDF, and what the metadata say of it."""

    pdf: bytes
    prescription: bool = False


class Letter(msgspec.Struct, frozen=True):
    """``names``: every text that may name a request by its identifier. ``author`` and ``rpps`` as the metadata say it, else the
    sender. ``about``: (system, value) of each identifier of whom the metadata say that it is about.
    ``given`` is ISO 8601 with its zone. ``attached``: whether there was an XDM archive or a PDF in it.
    """

    message_id: str
    names: tuple[str, ...]
    author: str
    rpps: str
    given: str
    text: str
    sheets: tuple[Sheet, ...]
    attached: bool
    about: tuple[tuple[str, str], ...] = ()


class _Metadata(msgspec.Struct):
    """Of one METADATA.XML."""

    names: list[str]
    author: str = ""
    uris: dict[str, bool] = {}
    created: str = ""
    about: list[tuple[str, str]] = []


def read(data: bytes) -> Letter:
    """Raises Fault(UNDECODABLE) for what is larger or deeper than a letter is."""
    if len(data) > LARGEST_MAIL:
        raise _not_read("it is too large")
    mail = email.message_from_bytes(data, policy=email.policy.compat32)
    message_id = _line(mail.get("Message-ID", ""))[:300] or hashlib.sha256(data).hexdigest()
    names = [_line(mail.get(one, "")) for one in ("Subject", "In-Reply-To", "References")]
    author, rpps, given, attached = _sender(mail), "", _date(mail), False
    text, sheets, about = "", list[Sheet](), list[tuple[str, str]]()
    for count, part in enumerate(mail.walk()):
        if count >= MOST_PARTS:
            raise _not_read("it has too many parts")
        if part.is_multipart():
            continue
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes) or not content:
            continue
        if content.startswith(_PDF):
            attached = True
            sheets.append(Sheet(_bounded(content)))
        elif content.startswith(b"PK\x03\x04"):
            attached = True
            found, inside = _archive(content)
            names += found.names
            about += found.about
            author, rpps = _person(found.author) if found.author else (author, rpps)
            given = found.created or given
            sheets += inside
        elif part.get_content_type() == "text/plain" and not text and part.get_content_disposition() != "attachment":
            text = _plain(content, part.get_content_charset())
    unique = {hashlib.sha256(one.pdf).digest(): one for one in reversed(sheets)}
    kept = tuple(reversed(unique.values()))
    if len(kept) > MOST_PDFS:
        raise _not_read("it has too many documents")
    return Letter(
        message_id, tuple(names[:_MOST_NAMES]), author, rpps, given, text, kept, attached, tuple(about[:_MOST_NAMES])
    )


def _sender(mail: email.message.Message) -> str:
    name, address = email.utils.parseaddr(_line(mail.get("From", "")))
    return (name or address)[:120]


def _date(mail: email.message.Message) -> str:
    try:
        found = email.utils.parsedate_to_datetime(str(mail.get("Date", "")))
    except (ValueError, TypeError, OverflowError):
        return ""
    return (found if found.tzinfo else found.replace(tzinfo=dt.UTC)).astimezone(dt.UTC).isoformat()


def _line(value: object) -> str:
    """A header as text: encoded words decoded, nothing that is no printable character."""
    try:
        text = str(email.header.make_header(email.header.decode_header(str(value))))
    except (ValueError, LookupError):
        text = str(value)
    return " ".join(_UNPRINTABLE.sub(" ", text).split())[:2000]


def _plain(content: bytes, charset: str | None) -> str:
    for one in (charset, "utf-8", "cp1252"):
        try:
            return content[: 4 * LONGEST_TEXT].decode(one or "utf-8").strip()[:LONGEST_TEXT]
        except (LookupError, UnicodeDecodeError):
            continue
    return content[:LONGEST_TEXT].decode("latin-1").strip()


def _bounded(pdf: bytes) -> bytes:
    if len(pdf) > LARGEST_PDF:
        raise _not_read("a document in it is too large")
    return pdf


# --- the archive


def _archive(content: bytes) -> tuple[_Metadata, list[Sheet]]:
    """What METADATA.XML says, and the PDFs; an archive without them has none. Raises Fault(UNDECODABLE)."""
    _plausible(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _opened(archive)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error, EOFError, OSError) as exc:
        raise _not_read("the archive in it is damaged") from exc


def _plausible(content: bytes) -> None:
    """Before anything is made of the list of its entries: that it is short (APPNOTE.TXT 4.3.16, 4.3.15)."""
    at = content.rfind(b"PK\x05\x06")
    if at < 0 or at + _END.size > len(content):
        raise _not_read("the archive in it is damaged")
    _, _, _, _, entries, size, _, _ = _END.unpack_from(content, at)
    if entries > _MOST_ENTRIES or size > _LARGEST_DIRECTORY or content[max(0, at - 20) :].startswith(b"PK\x06\x07"):
        raise _not_read("the archive in it has too many entries")


def _opened(archive: zipfile.ZipFile) -> tuple[_Metadata, list[Sheet]]:
    left = _LARGEST_INSIDE
    found = _Metadata([], about=[])
    entries = {posixpath.normpath(one.filename): one for one in archive.infolist() if not one.is_dir()}
    for name, one in entries.items():
        if posixpath.basename(name).upper() == "METADATA.XML":
            content = _taken(archive, one, _LARGEST_METADATA)
            left -= len(content)
            told = _metadata(content)
            found.names += told.names
            found.about += told.about
            found.author, found.created = told.author or found.author, told.created or found.created
            folder = posixpath.dirname(name)
            for uri, prescription in told.uris.items():
                found.uris[posixpath.normpath(posixpath.join(folder, uri))] = prescription
    sheets = []
    for name, one in entries.items():
        if not name.lower().endswith(".pdf") and name not in found.uris:
            continue
        content = _taken(archive, one, min(LARGEST_PDF, max(0, left)))
        left -= len(content)
        if content.startswith(_PDF):
            sheets.append(Sheet(content, found.uris.get(name, False)))
    return found, sheets


def _taken(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    """Whatever its header says of its size: no more than ``most`` bytes are ever made of it (T7)."""
    with archive.open(entry) as opened:
        content = opened.read(most + 1)
    if len(content) > most:
        raise _not_read("the archive in it is too large when it is opened")
    return content


class _Reading:
    """One pass over METADATA.XML, with no more memory than what is wanted of it."""

    def __init__(self) -> None:
        self.found = _Metadata([], "", {}, "", [])
        self._path: list[str] = []
        self._slot = ""
        self._scheme = ""
        self._uri = ""
        self._prescription = False
        self._text = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        self._path.append(name)
        if len(self._path) > _DEEPEST:
            raise _not_read("its metadata are nested too deep")
        match name:
            case "ExtrinsicObject":
                self._uri, self._prescription = "", False
            case "Slot":
                self._slot = attributes.get("name", "")
            case "Classification":
                self._scheme = attributes.get("classificationScheme", "")
                if self._scheme == _TYPE_CODE and attributes.get("nodeRepresentation") in _PRESCRIPTIONS:
                    self._prescription = True
            case "LocalizedString":
                self._name(attributes.get("value", ""))
            case "ExternalIdentifier" if attributes.get("identificationScheme") in _PATIENT_IDS:
                self._about(attributes.get("value", ""))
            case _:
                pass
        self._text = ""

    def end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        self._path.pop()
        match name:
            case "Value":
                self._value(self._text.strip()[:2000])
            case "Classification":
                self._scheme = ""
            case "Slot":
                self._slot = ""
            case "ExtrinsicObject" if self._uri and len(self.found.uris) < _MOST_ENTRIES:
                self.found.uris[self._uri] = self._prescription
            case _:
                pass
        self._text = ""

    def data(self, text: str) -> None:
        if len(self._text) < 4000:
            self._text += text

    def _value(self, value: str) -> None:
        match self._slot:
            case _ if self._slot == _REFERENCES:
                self._name(value)
            case "URI":
                self._uri = value
            case "sourcePatientId":
                self._about(value)
            case "creationTime":
                self.found.created = self.found.created or _moment(value)
            case "authorPerson" if self._scheme == _AUTHOR and not self.found.author:
                self.found.author = value
            case _:
                pass

    def _about(self, value: str) -> None:
        """HL7 v2 CX: number^^^&OID&ISO."""
        found = _CX.fullmatch(value.strip()[:300])
        if found is not None and len(self.found.about) < _MOST_NAMES:
            self.found.about.append((f"urn:oid:{found[2]}", found[1]))

    def _name(self, text: str) -> None:
        if text and len(self.found.names) < _MOST_NAMES:
            self.found.names.append(text[:2000])


def _metadata(content: bytes) -> _Metadata:
    """Raises Fault(UNDECODABLE) for what is no XML, and for one that declares a document type: nothing is expanded."""
    reading = _Reading()
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise _not_read("its metadata declare a document type")

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.data
    try:
        parser.Parse(content, True)
    except expat.ExpatError as exc:
        raise _not_read("its metadata are no XML") from exc
    return reading.found


def _moment(value: str) -> str:
    """ITI TF-3 table 4.2.3.1.7-2, DTM: UTC, as much as is said. "" for what is none."""
    digits = value[:14]
    if len(digits) not in {8, 12, 14} or not (digits.isascii() and digits.isdigit()):
        return ""
    year, rest = int(digits[:4]), [int(digits[at : at + 2]) for at in range(4, len(digits), 2)]
    try:
        return dt.datetime(year, *rest, tzinfo=dt.UTC).isoformat()  # type: ignore[misc,arg-type]
    except ValueError:
        return ""


def _person(value: str) -> tuple[str, str]:
    """HL7 v2 XCN: number^name^given name^^^title. A national number of the ANS is 8 and the RPPS number."""
    parts = [one.strip() for one in value.split("^")]
    number = parts[0]
    if re.fullmatch(r"8\d{11}", number, re.ASCII):
        number = number[1:]
    rpps = number if re.fullmatch(r"\d{11}", number, re.ASCII) else ""
    title = parts[5] if len(parts) > 5 else ""
    name = " ".join(one for one in (title, *parts[2:3], *parts[1:2]) if one)
    return (" ".join(_UNPRINTABLE.sub(" ", name).split())[:120], rpps)


def _not_read(what: str) -> Fault:
    return Fault(Reason.UNDECODABLE, f"a mail was not read: {what}", "look at it in the mailbox")
