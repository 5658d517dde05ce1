"""The beginning of a PS3.10 file of ours: which object it is, and where its data set begins."""

from __future__ import annotations

import dataclasses
import io
import struct

from pydicom.dataset import Dataset
from pydicom.filereader import read_partial
from pydicom.tag import BaseTag

from edge.domain.item import Frozen

_PREAMBLE = 128
_LONG = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
_SOP_CLASS, _SOP_INSTANCE, _SYNTAX = 0x0002, 0x0003, 0x0010
_LAST_IDENTIFIER = 0x0020000E


@dataclasses.dataclass(frozen=True, slots=True)
class Meta:
    """The file meta information; ``end`` is where the data set begins."""

    sop_class: str
    sop_uid: str
    syntax: str
    end: int


def meta(content: bytes | memoryview) -> Meta:
    """Of the beginning of a file, explicit little endian whatever follows (PS3.10 7.1). Raises ValueError for what is none."""
    if content[_PREAMBLE : _PREAMBLE + 4] != b"DICM":
        raise ValueError("no DICM")
    place, found = _PREAMBLE + 4, dict.fromkeys((_SOP_CLASS, _SOP_INSTANCE, _SYNTAX), "")
    try:
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
            if element in found:
                found[element] = bytes(content[place : place + length]).decode("ascii", "replace").rstrip("\0 ")
            place += length
    except struct.error as exc:
        raise ValueError("cut short") from exc
    if not found[_SYNTAX]:
        raise ValueError("no transfer syntax")
    return Meta(found[_SOP_CLASS], found[_SOP_INSTANCE], found[_SYNTAX], place)


def head(frozen: Frozen) -> Dataset:
    """Everything up to the identifiers of study and series, with the file meta information. Raises Fault(STORE_DAMAGED)."""
    return head_of(next(frozen.body.pieces()))


def head_of(beginning: bytes) -> Dataset:
    """The same of the beginning of a file that was built here."""
    return read_partial(io.BytesIO(beginning), stop_when=_beyond)


def _beyond(tag: BaseTag, _vr: str | None, _length: int) -> bool:
    return int(tag) > _LAST_IDENTIFIER
