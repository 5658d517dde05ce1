"""A walk over the skeleton of a foreign DICOM file before anybody parses it (T7).

Parsers recurse into sequences and inflate what is deflated; this walk does neither. It refuses every transfer syntax
but the two plain little-endian ones, nesting beyond DEPTH, more than ELEMENTS elements, and lengths that leave the file.
DICOM PS3.5 section 7 (data elements, sequences), PS3.10 section 7.1 (file meta information).
"""

from __future__ import annotations

import struct
from typing import Final

from pydicom.datadict import dictionary_VR

from drivers.files.recording import corrupt

DEPTH: Final = 8
"""Sequences within sequences; a 12-lead ECG object needs four."""

ELEMENTS: Final = 50_000

_PREAMBLE: Final = 132
_UNDEFINED: Final = 0xFFFFFFFF
_ITEM: Final = 0xFFFEE000
_ITEM_END: Final = 0xFFFEE00D
_SEQUENCE_END: Final = 0xFFFEE0DD
_TRANSFER_SYNTAX: Final = 0x00020010
_LONG: Final = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
_IMPLICIT: Final = {b"1.2.840.10008.1.2": True, b"1.2.840.10008.1.2.1": False}


def check(data: bytes) -> None:
    """Raises Fault(CORRUPT_FILE) for a file that must not be parsed. Time and memory are linear in its size."""
    if data[_PREAMBLE - 4 : _PREAMBLE] != b"DICM":
        raise corrupt("the file is no DICOM file")
    try:
        at, implicit = _meta(data)
        _Walk(data, at, implicit).run()
    except struct.error as exc:
        raise corrupt("the DICOM file ends in the middle of an element") from exc


def _meta(data: bytes) -> tuple[int, bool]:
    """Where the data set begins, and whether its VRs are implicit."""
    at = _PREAMBLE
    syntax = b""
    while at < len(data) and data[at : at + 2] == b"\x02\x00":
        tag, vr, length, value = _explicit(data, at)
        if not _is_vr(vr) or length == _UNDEFINED or value + length > len(data):
            raise corrupt("the header of the DICOM file is damaged")
        if tag == _TRANSFER_SYNTAX:
            syntax = data[value : value + length].rstrip(b"\0 ")
        at = value + length
    if syntax not in _IMPLICIT:
        raise corrupt("the DICOM file is compressed, or in a form that this cart does not open")
    return at, _IMPLICIT[syntax]


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

    def __init__(self, data: bytes, at: int, implicit: bool) -> None:
        self._data = data
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
            self._seen += 1
            if self._seen > ELEMENTS:
                raise corrupt(f"the DICOM file has more than {ELEMENTS} elements")
            if sequence:
                self._item()
            else:
                self._element()

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
        sequence = length == _UNDEFINED or vr == b"SQ" or (vr in {b"", b"UN"} and _is_sequence(tag))
        if sequence and vr == b"UN":
            # readers differ in how they take what is inside (PS3.5 6.2.2), so a walk would prove nothing
            raise corrupt("the DICOM file has a sequence of unknown form")
        if sequence:
            self._push(True, length)
        else:
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
