"""A walk over the skeleton of a foreign DICOM file before anybody parses it (T7).

Parsers recurse into sequences and inflate what is deflated; this walk does neither. It refuses every transfer syntax but
those that are asked for, nesting beyond DEPTH, more than ELEMENTS elements, and lengths that leave the file.
DICOM PS3.5 section 7 (data elements, sequences), annex A.4 (encapsulated pixels), A.5 (deflated), PS3.10 section 7.1 (file
meta information).
"""

from __future__ import annotations

import struct
import zlib
from typing import Final

from pydicom.datadict import dictionary_VR

from edge.domain.fault import Fault, Reason

DEPTH: Final = 8
"""Sequences within sequences; a 12-lead ECG object needs four."""

ELEMENTS: Final = 50_000

INFLATED: Final = 64 * 1024 * 1024
"""Bytes at most that a deflated data set becomes."""

IMPLICIT: Final = "1.2.840.10008.1.2"
EXPLICIT: Final = "1.2.840.10008.1.2.1"
DEFLATED: Final = "1.2.840.10008.1.2.1.99"
PLAIN: Final = frozenset({IMPLICIT, EXPLICIT})

_PREAMBLE: Final = 132
_UNDEFINED: Final = 0xFFFFFFFF
_ITEM: Final = 0xFFFEE000
_ITEM_END: Final = 0xFFFEE00D
_SEQUENCE_END: Final = 0xFFFEE0DD
_TRANSFER_SYNTAX: Final = 0x00020010
_LONG: Final = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
_PIXELS: Final = 0x7FE00010


def corrupt(what: str) -> Fault:
    return Fault(Reason.CORRUPT_FILE, what, "have it made again; the file is kept")


def check(data: bytes, syntaxes: frozenset[str] = PLAIN) -> str:
    """The transfer syntax, one of ``syntaxes``, all of them little-endian and none deflated; those beside PLAIN may have
    encapsulated pixels.

    Raises Fault(CORRUPT_FILE) for a file that must not be parsed. Time and memory are linear in its size.
    """
    try:
        at, syntax = _meta(data, syntaxes)
        _Walk(data, at, syntax == IMPLICIT, syntax not in PLAIN).run()
    except struct.error as exc:
        raise corrupt("the DICOM file ends in the middle of an element") from exc
    return syntax


def inflated(data: bytes) -> bytes:
    """The same file in explicit VR where it is deflated; any other as it is. Raises Fault(CORRUPT_FILE)."""
    try:
        at, syntax = _meta(data, None)
    except struct.error as exc:
        raise corrupt("the DICOM file ends in the middle of an element") from exc
    if syntax != DEFLATED:
        return data
    inflating = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        body = inflating.decompress(memoryview(data)[at:], INFLATED + 1)
    except zlib.error as exc:
        raise corrupt("the DICOM file is damaged") from exc
    if len(body) > INFLATED or not inflating.eof:
        raise corrupt("the DICOM file is cut off, or becomes too large")
    # a group length that is left out is no fault of a reader's: PS3.10 7.1 gives it for skipping only
    name = EXPLICIT.encode() + b"\0"
    return data[:_PREAMBLE] + struct.pack("<HH2sH", 2, 0x10, b"UI", len(name)) + name + body


def _meta(data: bytes, syntaxes: frozenset[str] | None) -> tuple[int, str]:
    """Where the data set begins, and its transfer syntax."""
    if data[_PREAMBLE - 4 : _PREAMBLE] != b"DICM":
        raise corrupt("the file is no DICOM file")
    at = _PREAMBLE
    syntax = ""
    while at < len(data) and data[at : at + 2] == b"\x02\x00":
        tag, vr, length, value = _explicit(data, at)
        if not _is_vr(vr) or length == _UNDEFINED or value + length > len(data):
            raise corrupt("the header of the DICOM file is damaged")
        if tag == _TRANSFER_SYNTAX:
            syntax = data[value : value + length].rstrip(b"\0 ").decode("ascii", "replace")
        at = value + length
    if syntaxes is not None and syntax not in syntaxes:
        raise corrupt("the DICOM file is compressed, or in a form that this cart does not open")
    return at, syntax


def _explicit(data: bytes, at: int) -> tuple[int, bytes, int, int]:
    """Tag, VR, length and offset of the value of an element with explicit VR."""
    group, element = struct.unpack_from("<HH", data, at)
    vr = data[at + 4 : at + 6]
    if vr in _LONG:
        return group << 16 | element, vr, struct.unpack_from("<I", data, at + 8)[0], at + 12
    return group << 16 | element, vr, struct.unpack_from("<H", data, at + 6)[0], at + 8


def _plain(data: bytes, at: int) -> tuple[int, int, int]:
    """Tag, length and offset of the value of an element with implicit VR, or of an item."""
    group, element, length = struct.unpack_from("<HHI", data, at)
    return group << 16 | element, length, at + 8


def _is_vr(vr: bytes) -> bool:
    return vr.isalpha() and vr.isupper()


def _is_sequence(tag: int) -> bool:
    try:
        return dictionary_VR(tag) == "SQ"
    except KeyError:
        return False


class _Walk:
    """``_open`` holds what is open, outermost first: whether it is a sequence, and its end (None: delimited)."""

    def __init__(self, data: bytes, at: int, implicit: bool, encapsulated: bool) -> None:
        self._data = data
        self._encapsulated = encapsulated
        self._at = at
        self._implicit = implicit
        self._open: list[tuple[bool, int | None]] = [(False, len(data))]
        self._seen = 0

    def run(self) -> None:
        while self._open:
            sequence, end = self._open[-1]
            if end is not None and self._at >= end:
                self._open.pop()
                continue
            self._count()
            if sequence:
                self._item()
            else:
                self._element()

    def _count(self) -> None:
        self._seen += 1
        if self._seen > ELEMENTS:
            raise corrupt(f"the DICOM file has more than {ELEMENTS} elements")

    def _item(self) -> None:
        tag, length, self._at = _plain(self._data, self._at)
        if tag == _SEQUENCE_END and self._open[-1][1] is None:
            self._open.pop()
        elif tag == _ITEM:
            self._push(False, length)
        else:
            raise corrupt("a sequence of the DICOM file is damaged")

    def _element(self) -> None:
        start = self._at
        tag, length, self._at = _plain(self._data, start)
        if tag == _ITEM_END and self._open[-1][1] is None:
            self._open.pop()
            return
        vr = b""
        if not self._implicit:
            tag, vr, length, self._at = _explicit(self._data, start)
            if not _is_vr(vr):
                raise corrupt("an element of the DICOM file is damaged")
        if self._encapsulated and tag == _PIXELS and length == _UNDEFINED and len(self._open) == 1:
            self._fragments()
            return
        sequence = length == _UNDEFINED or vr == b"SQ" or (vr in {b"", b"UN"} and _is_sequence(tag))
        if sequence and vr == b"UN":
            # readers differ in how they take what is inside (PS3.5 6.2.2), so a walk would prove nothing
            raise corrupt("the DICOM file has a sequence of unknown form")
        if sequence:
            self._push(True, length)
        else:
            self._at = self._end_of(length)

    def _fragments(self) -> None:
        """PS3.5 A.4: items of bytes, and an end."""
        while True:
            self._count()
            tag, length, self._at = _plain(self._data, self._at)
            if tag == _SEQUENCE_END:
                return
            if tag != _ITEM or length == _UNDEFINED:
                raise corrupt("the picture of the DICOM file is damaged")
            self._at = self._end_of(length)

    def _push(self, sequence: bool, length: int) -> None:
        if sum(one for one, _ in self._open) + sequence > DEPTH:
            raise corrupt(f"the DICOM file nests more than {DEPTH} sequences")
        self._open.append((sequence, None if length == _UNDEFINED else self._end_of(length)))

    def _end_of(self, length: int) -> int:
        end = self._at + length
        # what stands within a container of known length ends with it
        limit = next((known for _, known in reversed(self._open) if known is not None), len(self._data))
        if end > limit:
            raise corrupt("an element of the DICOM file reaches beyond its end")
        return end
