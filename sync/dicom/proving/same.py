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

from edge.domain.item import Frozen
from sync.dicom.speaking.part10 import meta

_IDENTITY = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "PatientID")
_WHERE_SAID = ("IssuerOfPatientID", "PatientBirthDate")
"""A PACS may leave these out; where it does not, they are hers."""
_MEANING = (
    *("Rows", "Columns", "SamplesPerPixel", "BitsAllocated", "PixelRepresentation", "PhotometricInterpretation"),
    *("NumberOfFrames", "WaveformSequence", "EncapsulatedDocument", "MIMETypeOfEncapsulatedDocument"),
    *("ConceptNameCodeSequence", "ContentSequence"),
)
_CONTENT = ("PixelData", "WaveformSequence", "EncapsulatedDocument", "ContentSequence")
_NAMED = 4
_LONGEST_META = 64 * 1024
"""Bytes, more than file meta information ever takes."""
_NATIVE = frozenset({str(ImplicitVRLittleEndian), str(ExplicitVRLittleEndian)})


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """``what`` is what was coerced, or why it is not the same; "" for bit for bit."""

    same: bool
    what: str = ""


class Mirror:
    """Holds a file that comes in against the object that was sent, bit for bit but for the file meta information."""

    def __init__(self, sent: Frozen) -> None:
        self.same = False
        self._pieces = sent.body.pieces()
        first = next(self._pieces)
        self._about = meta(first)
        self._ours = memoryview(first)[self._about.end :]
        self._differs = False
        self._beginning: bytearray | None = bytearray()

    def feed(self, data: bytes) -> None:
        """Raises Fault(STORE_DAMAGED) where it is ours that cannot be read."""
        if self._differs:
            return
        if self._beginning is not None:
            self._beginning += data
            if len(self._beginning) >= _LONGEST_META:
                self._begin()
        else:
            self._hold_against(memoryview(data))

    def end(self) -> None:
        if self._beginning is not None:
            self._begin()
        self.same = not self._differs and not self._ours and next(self._pieces, None) is None

    def _begin(self) -> None:
        beginning, self._beginning = bytes(self._beginning or b""), None
        try:
            theirs = meta(beginning)
        except ValueError:
            self._differs = True
            return
        if theirs.syntax != self._about.syntax:
            self._differs = True
            return
        self._hold_against(memoryview(beginning)[theirs.end :])

    def _hold_against(self, theirs: memoryview) -> None:
        while theirs and not self._differs:
            if not self._ours:
                # what was compared is not held while the next piece is decrypted
                self._ours = memoryview(b"")
                self._ours = memoryview(next(self._pieces, b""))
            size = min(len(self._ours), len(theirs))
            self._differs = not size or self._ours[:size] != theirs[:size]
            self._ours, theirs = self._ours[size:], theirs[size:]


def compare(sent: bytes, held: bytes) -> Verdict:
    """Of two PS3.10 files. Never raises for what ``held`` is."""
    try:
        ours, theirs = meta(sent), meta(held)
    except ValueError:
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
