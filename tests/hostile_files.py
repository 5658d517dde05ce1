"""Foreign objects that were made to hurt their reader (T7, T8), each a few megabytes at most."""

from __future__ import annotations

import functools
import struct
import zlib
from collections.abc import Callable, Mapping
from types import MappingProxyType

EXPLICIT, IMPLICIT, DEFLATED = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.1.99"
JPEG = "1.2.840.10008.1.2.4.50"
UNDEFINED = 0xFFFFFFFF
ITEM = struct.pack("<HHI", 0xFFFE, 0xE000, UNDEFINED)
LONG = frozenset({b"SQ", b"UN", b"OB", b"OW", b"UT"})


def element(group: int, number: int, vr: bytes, value: bytes, length: int | None = None) -> bytes:
    """PS3.5 7.1.2, explicit VR."""
    size = len(value) if length is None else length
    if vr in LONG:
        return struct.pack("<HH2sHI", group, number, vr, 0, size) + value
    return struct.pack("<HH2sH", group, number, vr, size) + value


def file_of(syntax: str, body: bytes) -> bytes:
    """PS3.10 7.1."""
    name = syntax.encode()
    return bytes(128) + b"DICM" + element(2, 0x10, b"UI", name + b"\0" * (len(name) % 2)) + body


def nested() -> bytes:
    return file_of(EXPLICIT, (element(0x5400, 0x0100, b"SQ", b"", UNDEFINED) + ITEM) * 10_000)


def nested_in_implicit_vr() -> bytes:
    return file_of(IMPLICIT, (struct.pack("<HHI", 0x5400, 0x0100, UNDEFINED) + ITEM) * 10_000)


def nested_privately() -> bytes:
    return file_of(EXPLICIT, (element(0x0009, 0x1001, b"UN", b"", UNDEFINED) + ITEM) * 10_000)


def never_ended() -> bytes:
    return file_of(EXPLICIT, element(0x5400, 0x0100, b"SQ", ITEM, UNDEFINED) + element(0x0010, 0x0020, b"LO", b"12"))


def four_gigabytes_claimed() -> bytes:
    return file_of(EXPLICIT, element(0x5400, 0x1010, b"OW", bytes(1000), 0xFFFFFFFE))


def four_gigabytes_claimed_in_a_sequence() -> bytes:
    return file_of(EXPLICIT, element(0x5400, 0x0100, b"SQ", ITEM, 0xFFFFFFF0))


def deflate_bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(element(0x5400, 0x1010, b"OW", b"", 851 << 20))
    zeroes = bytes(1 << 20)
    packed += b"".join(packer.compress(zeroes) for _ in range(851)) + packer.flush()
    return file_of(DEFLATED, packed)


def many_elements() -> bytes:
    return file_of(EXPLICIT, element(0x0009, 0x1001, b"LO", b"") * 1_000_000)


def many_items() -> bytes:
    return file_of(EXPLICIT, element(0x5400, 0x0100, b"SQ", struct.pack("<HHI", 0xFFFE, 0xE000, 0) * 1_000_000))


def private_junk() -> bytes:
    junk = bytes(range(256)) * 40
    return file_of(EXPLICIT, b"".join(element(0x0009 + 2 * at, 0x1001, b"UN", junk) for at in range(100)))


def jpeg_bomb() -> bytes:
    """65,535 x 65,535 pixels, announced by a whole frame header (T.81 B.2.2) and a scan of nothing."""
    frame = struct.pack(">BHHB", 8, 65535, 65535, 3) + bytes((1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0))
    scan = bytes((3, 1, 0, 2, 0, 3, 0, 0, 63, 0))
    segments = b"".join(
        bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body
        for marker, body in ((0xC0, frame), (0xDA, scan))
    )
    return b"\xff\xd8" + segments + bytes(100) + b"\xff\xd9"


HOSTILE: Mapping[str, Callable[[], bytes]] = MappingProxyType(
    {
        "nested": nested,
        "nested, implicit": nested_in_implicit_vr,
        "nested, private": nested_privately,
        "never ended": never_ended,
        "4 GB": four_gigabytes_claimed,
        "4 GB, sequence": four_gigabytes_claimed_in_a_sequence,
        "deflate bomb": functools.cache(deflate_bomb),
        "elements": many_elements,
        "items": many_items,
        "private junk": private_junk,
        "nothing": lambda: b"",
        "prefix only": lambda: bytes(128) + b"DICM",
        "header cut short": lambda: file_of(EXPLICIT, b"")[:-3],
    }
)
"""DICOM files."""
