"""Whether a file that came back is the object that was sent: bit for bit, or as a PACS may coerce it.

What may be coerced is never what makes the object this one: its UIDs, its patient, the picture, the signal, the document.
"""

from __future__ import annotations

import dataclasses
import io
import struct

import pydicom
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from pydicom.errors import InvalidDicomError
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

_PREAMBLE = 128
_LONG = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
_IDENTITY = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "PatientID")
_WHERE_SAID = ("IssuerOfPatientID", "PatientBirthDate")
"""A PACS may leave these out; where it does not, they are hers."""
_MEANING = (
    *("Rows", "Columns", "SamplesPerPixel", "BitsAllocated", "PixelRepresentation", "PhotometricInterpretation"),
    *("NumberOfFrames", "WaveformSequence", "EncapsulatedDocument", "MIMETypeOfEncapsulatedDocument"),
)
_CONTENT = ("PixelData", "WaveformSequence", "EncapsulatedDocument")
_NAMED = 4
_NATIVE = frozenset({str(ImplicitVRLittleEndian), str(ExplicitVRLittleEndian)})


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """``what`` is what was coerced, or why it is not the same; "" for bit for bit."""

    same: bool
    what: str = ""


def compare(sent: bytes, held: bytes) -> Verdict:
    """Of two PS3.10 files. Never raises for what ``held`` is."""
    try:
        ours, theirs = _meta(sent), _meta(held)
    except (ValueError, struct.error):
        return Verdict(same=False, what="it is no DICOM file")
    if ours.syntax == theirs.syntax and memoryview(sent)[ours.end :] == memoryview(held)[theirs.end :]:
        return Verdict(same=True)
    if not _comparable(ours.syntax, theirs.syntax):
        return Verdict(same=False, what="it is in another transfer syntax")
    try:
        return _coerced(_read(sent), _read(held))
    except (AttributeError, ValueError, KeyError, TypeError, EOFError, RecursionError, struct.error, InvalidDicomError):
        return Verdict(same=False, what="it cannot be read")


def _comparable(ours: str, theirs: str) -> bool:
    """Not so a deflated file, which nobody here inflates (T7)."""
    return theirs == ours or {ours, theirs} <= _NATIVE


def _coerced(ours: Dataset, theirs: Dataset) -> Verdict:
    for keyword in _IDENTITY:
        if str(ours.get(keyword) or "") != str(theirs.get(keyword) or ""):
            return Verdict(same=False, what=f"{keyword} differs")
    for keyword in _WHERE_SAID:
        if theirs.get(keyword) and str(ours.get(keyword) or "") != str(theirs.get(keyword)):
            return Verdict(same=False, what=f"{keyword} differs")
    if not any(keyword in ours for keyword in _CONTENT):
        return Verdict(same=False, what="there is nothing in it by which to know it")
    for keyword in _MEANING:
        if ours.get(keyword) != theirs.get(keyword):
            return Verdict(same=False, what=f"{keyword} differs")
    if _pixels(ours) != _pixels(theirs):
        return Verdict(same=False, what="PixelData differs")
    changed = sorted(
        tag for tag in {*ours.keys(), *theirs.keys()} if ours.get_item(tag) is None or ours.get(tag) != theirs.get(tag)
    )
    names = [pydicom.datadict.keyword_for_tag(tag) or str(tag) for tag in changed]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return Verdict(same=True, what=", ".join(names[:_NAMED]) + more if names else "the order of its elements")


def _pixels(dataset: Dataset) -> list[bytes]:
    """The frames, without the table of their offsets, which a PACS may write anew."""
    if "PixelData" not in dataset:
        return []
    if dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        frames = int(dataset.get("NumberOfFrames") or 1)
        return [frame.rstrip(b"\0") for frame in generate_frames(dataset.PixelData, number_of_frames=frames)]
    return [dataset.PixelData]


def _read(content: bytes) -> Dataset:
    return pydicom.dcmread(io.BytesIO(content))


@dataclasses.dataclass(frozen=True, slots=True)
class _Meta:
    syntax: str
    end: int


def _meta(content: bytes) -> _Meta:
    """The file meta information, explicit little endian whatever follows (PS3.10 7.1). Raises ValueError, struct.error."""
    if content[_PREAMBLE : _PREAMBLE + 4] != b"DICM":
        raise ValueError("no DICM")
    place, syntax = _PREAMBLE + 4, ""
    while place < len(content):
        group, element, vr = struct.unpack_from("<HH2s", content, place)
        if group != 2:
            break
        if vr in _LONG:
            (length,) = struct.unpack_from("<L", content, place + 8)
            place += 12
        else:
            (length,) = struct.unpack_from("<H", content, place + 6)
            place += 8
        if length > len(content) - place:
            raise ValueError("longer than the file")
        if element == 0x0010:
            syntax = content[place : place + length].decode("ascii", "replace").rstrip("\0 ")
        place += length
    if not syntax:
        raise ValueError("no transfer syntax")
    return _Meta(syntax, place)
