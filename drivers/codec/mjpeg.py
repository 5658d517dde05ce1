"""One frame of Motion JPEG, checked bit by bit, as a JPEG that everybody can decode.

A camera's frame is a baseline JPEG (ITU-T T.81), often without its Huffman tables: the tables of T.81 Annex K.3 are then
meant (USB Video Class, Motion-JPEG payload). Behind its end there may be padding. A frame that lost data on the way still
looks like a JPEG, and most decoders show it with a grey or shifted part. Walking through every code tells of a loss of a
USB packet (512 bytes and more) always, and of a shorter one nearly always: in small flat pictures the codes can fall into
step again with the right number of blocks.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from edge.domain.fault import Fault, Reason

_SOI, _EOI, _SOS, _DQT, _DHT, _SOF0, _DRI = 0xD8, 0xD9, 0xDA, 0xDB, 0xC4, 0xC0, 0xDD
_OTHER_SOF: Final = frozenset(range(0xC1, 0xD0)) - {_DHT, 0xC8, 0xCC}

# T.81 K.3.1 and K.3.2: how many codes there are of each length, 1 to 16 bits, and the values in the order of their codes
_DC_LUMINANCE: Final = bytes.fromhex("00010501010101010100000000000000 000102030405060708090a0b")
_DC_CHROMINANCE: Final = bytes.fromhex("00030101010101010101010000000000 000102030405060708090a0b")
_AC_LUMINANCE: Final = bytes.fromhex(
    "0002010303020403050504040000017d"
    "01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738393a43"
    "4445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2"
    "b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa"
)
_AC_CHROMINANCE: Final = bytes.fromhex(
    "00020102040403040705040400010277"
    "0001020311040521310612415107617113223281081442 91a1b1c109233352f0156272d10a162434e125f11718191a262728292a35363738393a43"
    "4445464748494a535455565758595a636465666768696a737475767778797a82838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aa"
    "b2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa"
)

_STANDARD: Final = (
    b"\x00" + _DC_LUMINANCE + b"\x10" + _AC_LUMINANCE + b"\x01" + _DC_CHROMINANCE + b"\x11" + _AC_CHROMINANCE
)
STANDARD_TABLES: Final = bytes((0xFF, _DHT)) + (len(_STANDARD) + 2).to_bytes(2, "big") + _STANDARD
"""The four tables of T.81 K.3 as one DHT segment."""

# in entropy-coded data FF 00 is a byte FF; FF may be repeated before a marker (T.81 B.1.1.2, B.1.1.5)
_MARKER = re.compile(rb"\xff+([^\x00\xff])")
_END_OF_BLOCK: Final = 1000
_LONGEST_BLOCK: Final = 256
"""Bytes: 64 coefficients of at most 27 bits, and some."""


@dataclasses.dataclass(frozen=True, slots=True)
class Whole:
    """``jpeg`` is the camera's frame byte for byte, without padding behind it; with ``tables_added`` the standard Huffman
    tables stand before its scan, whose data are untouched."""

    jpeg: bytes
    width: int
    height: int
    tables_added: bool


@dataclasses.dataclass(frozen=True, slots=True)
class _Component:
    number: int
    across: int
    down: int
    quantization: int


@dataclasses.dataclass(slots=True)
class _Header:
    """What stands before the scan. ``tables`` by class and number, as DHT names them; ``steps`` the DQT tables there are."""

    width: int = 0
    height: int = 0
    components: tuple[_Component, ...] = ()
    restart: int = 0
    tables: dict[int, Sequence[int]] = dataclasses.field(default_factory=dict)
    steps: set[int] = dataclasses.field(default_factory=set)


def _damaged(what: str) -> Fault:
    return Fault(Reason.UNDECODABLE, f"the camera's frame is damaged: {what}", "take the picture again")


def whole(frame: bytes) -> Whole | None:
    """``frame`` if nothing of it is missing; None for a JPEG that is not baseline in one scan, which cannot be told here.

    Raises Fault(UNDECODABLE).
    """
    header = _Header()
    scan = 0
    for marker, at, payload in _segments(frame):
        match marker:
            case _ if marker == _SOF0:
                _read_frame(header, payload)
            case _ if marker in _OTHER_SOF:
                return None
            case _ if marker == _DHT:
                _read_huffman(header, payload)
            case _ if marker == _DQT:
                _read_quantization(header, payload)
            case _ if marker == _DRI:
                if len(payload) != 2:
                    raise _damaged("its restart interval has no two bytes")
                header.restart = int.from_bytes(payload, "big")
            case _ if marker == _SOS:
                scan, selectors = at, payload
    if not header.components:
        raise _damaged("its scan comes before its frame header")
    tables_added = not header.tables
    if tables_added:
        _read_huffman(header, _STANDARD)
    blocks = _blocks(header, selectors)
    if blocks is None:
        return None
    end = _walk_scan(frame, scan + 4 + len(selectors), header, blocks)
    jpeg = frame[:scan] + STANDARD_TABLES + frame[scan:end] if tables_added else frame[:end]
    return Whole(jpeg, header.width, header.height, tables_added)


def _segments(frame: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(marker, where it stands, payload) of every segment up to and with SOS."""
    if not frame.startswith(b"\xff\xd8"):
        raise _damaged("it does not begin as a JPEG")
    at = 2
    while True:
        found = _MARKER.match(frame, at)
        if not found:
            raise _damaged("there is no marker where one must be")
        marker, at = found[1][0], found.end() - 2
        if marker in {_SOI, _EOI} or 0xD0 <= marker <= 0xD7:
            raise _damaged("it has no picture")
        length = int.from_bytes(frame[at + 2 : at + 4], "big")
        payload = frame[at + 4 : at + 2 + length]
        if length < 2 or len(payload) != length - 2:
            raise _damaged("a segment is cut short")
        yield marker, at, payload
        if marker == _SOS:
            return
        at += 2 + length


def _read_frame(header: _Header, payload: bytes) -> None:
    """T.81 B.2.2."""
    if header.components or len(payload) < 9 or len(payload) != 6 + 3 * payload[5] or payload[5] > 4:
        raise _damaged("its frame header is none")
    header.height, header.width = int.from_bytes(payload[1:3], "big"), int.from_bytes(payload[3:5], "big")
    header.components = tuple(
        _Component(payload[i], payload[i + 1] >> 4, payload[i + 1] & 15, payload[i + 2])
        for i in range(6, len(payload), 3)
    )
    sampling = {one for component in header.components for one in (component.across, component.down)}
    if payload[0] != 8 or not header.width or not header.height or not sampling <= {1, 2, 3, 4}:
        raise _damaged("its frame header is none")


def _read_quantization(header: _Header, payload: bytes) -> None:
    """T.81 B.2.4.1."""
    at = 0
    while at < len(payload):
        header.steps.add(payload[at] & 15)
        at += 1 + 64 * (1 + (payload[at] >> 4))
    if at != len(payload):
        raise _damaged("its quantization tables are cut short")


def _read_huffman(header: _Header, payload: bytes) -> None:
    """T.81 B.2.4.2."""
    at = 0
    while at < len(payload):
        count = sum(payload[at + 1 : at + 17])
        if at + 17 + count > len(payload) or payload[at] >> 4 > 1:
            raise _damaged("its Huffman tables are cut short")
        header.tables[payload[at]] = _codes(payload[at + 1 : at + 17 + count], is_ac=payload[at] >> 4 == 1)
        at += 17 + count


@functools.lru_cache(maxsize=16)
def _codes(table: bytes, *, is_ac: bool) -> Sequence[int]:
    """What the next 16 bits say, for each value they can have: the bits that code and value take together, and in an AC
    table, 256 times how many coefficients are done with them; 0 for no code (T.81 C.2, F.1.2)."""
    says = [0] * 65536
    code, value = 0, 16
    for length in range(1, 17):
        for _ in range(table[length - 1]):
            if code >> length:
                raise _damaged("its Huffman tables have more codes than there can be")
            first = code << (16 - length)
            run, size = (table[value] >> 4, table[value] & 15) if is_ac else (0, table[value])
            if size <= (10 if is_ac else 11) and (size or run in {0, 15}):
                done = (run + 1 if size or run else _END_OF_BLOCK) if is_ac else 0
                says[first : first + (1 << (16 - length))] = [done << 8 | (length + size)] * (1 << (16 - length))
            code += 1
            value += 1
        code <<= 1
    return says


def _blocks(header: _Header, selectors: bytes) -> list[tuple[Sequence[int], Sequence[int]]] | None:
    """The DC and AC tables of each block of a minimum coded unit (T.81 A.2, B.2.3); None for one of several scans."""
    if not selectors or len(selectors) != 4 + 2 * selectors[0]:
        raise _damaged("its scan header is none")
    if selectors[0] != len(header.components) or selectors[-3:] != b"\x00\x3f\x00":
        return None
    blocks = []
    for component, number, tables in zip(header.components, selectors[1::2], selectors[2::2], strict=False):
        dc, ac = header.tables.get(tables >> 4), header.tables.get(0x10 | tables & 15)
        if component.number != number or dc is None or ac is None or component.quantization not in header.steps:
            raise _damaged("its scan needs a table that is not there")
        several = component.across * component.down if len(header.components) > 1 else 1
        blocks += [(dc, ac)] * several
    return blocks


def _units(header: _Header) -> int:
    """How many minimum coded units the picture has (T.81 A.2)."""
    single = len(header.components) == 1
    across = 8 * (1 if single else max(component.across for component in header.components))
    down = 8 * (1 if single else max(component.down for component in header.components))
    return -(-header.width // across) * -(-header.height // down)


def _walk_scan(frame: bytes, begin: int, header: _Header, blocks: list[tuple[Sequence[int], Sequence[int]]]) -> int:
    """Where the JPEG ends, behind EOI. Raises Fault(UNDECODABLE) unless all that should be there is there."""
    units = _units(header)
    expected = 0
    while True:
        found = _MARKER.search(frame, begin)
        if not found:
            raise _damaged("its end is missing")
        marker = found[1][0]
        part = min(units, header.restart) if header.restart else units
        _walk(frame[begin : found.start()].replace(b"\xff\x00", b"\xff"), blocks, part)
        units -= part
        begin = found.end()
        if marker == _EOI:
            break
        # RST0 to RST7 in turn (T.81 B.1.1.3)
        if marker != 0xD0 + expected:
            raise _damaged("a part of it is missing")
        expected = (expected + 1) % 8
    if units:
        raise _damaged("a part of it is missing")
    return begin


def _walk(data: bytes, blocks: list[tuple[Sequence[int], Sequence[int]]], units: int) -> None:
    """Through every code of ``units`` minimum coded units (T.81 F.2.2)."""
    padded = np.frombuffer(data + b"\xff" * _LONGEST_BLOCK, np.uint8).astype(np.uint32)
    words = (padded[:-3] << 24 | padded[1:-2] << 16 | padded[2:-1] << 8 | padded[3:]).data
    end = 8 * len(data)
    at = 0
    for _ in range(units):
        for dc, ac in blocks:
            says = dc[words[at >> 3] >> (16 - (at & 7)) & 0xFFFF]
            at += says
            done = 1 if says else _END_OF_BLOCK - 1
            while done < 64:
                says = ac[words[at >> 3] >> (16 - (at & 7)) & 0xFFFF]
                if not says:
                    raise _damaged("a part of it is missing")
                at += says & 0xFF
                done += says >> 8
            if 64 < done < _END_OF_BLOCK or at > end:
                raise _damaged("a part of it is missing")
    if any(data[-(-at // 8) :]):
        raise _damaged("there is more of it than there should be")
