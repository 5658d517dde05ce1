"""Small SCP-ECG files laid by hand after EN 1064:2005+A1, bit by bit; shares nothing with the reader.

The words of the default Huffman table stand here as the table of annex C.3.7 prints them.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Mapping, Sequence

WORDS: Mapping[int, str] = {
    0: "0",
    1: "100", -1: "101",
    2: "1100", -2: "1101",
    3: "11100", -3: "11101",
    4: "111100", -4: "111101",
    5: "1111100", -5: "1111101",
    6: "11111100", -6: "11111101",
    7: "111111100", -7: "111111101",
    8: "1111111100", -8: "1111111101",
}  # fmt: skip
EIGHT_BITS, SIXTEEN_BITS = "1111111110", "1111111111"
DEFAULT_TABLE = struct.pack("<H", 19999)
LEAD_NUMBERS = {"I": 1, "II": 2, "V1": 3, "V2": 4, "V3": 5, "V4": 6, "V5": 7, "V6": 8, "III": 61, "aVR": 62}


def crc(data: bytes) -> int:
    """CRC-CCITT: x^16 + x^12 + x^5 + 1, all ones before the first bit (5.2.7.2)."""
    value = 0xFFFF
    for octet in data:
        for bit in range(7, -1, -1):
            feedback = (value >> 15) ^ (octet >> bit & 1)
            value = value << 1 & 0xFFFF
            if feedback:
                value ^= 0b0001_0000_0010_0001
    return value


def word(number: int) -> str:
    if number in WORDS:
        return WORDS[number]
    if -128 <= number <= 127:
        return EIGHT_BITS + format(number & 0xFF, "08b")
    return SIXTEEN_BITS + format(number & 0xFFFF, "016b")


def packed(bits: str) -> bytes:
    """Bits as octets, the first one highest, an even number of octets."""
    bits += "0" * (-len(bits) % 16)
    return bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))


def huffman(numbers: Sequence[int]) -> bytes:
    return packed("".join(map(word, numbers)))


def plain(numbers: Sequence[int]) -> bytes:
    return b"".join(number.to_bytes(2, "little", signed=True) for number in numbers)


def differences(samples: Sequence[int], order: int) -> list[int]:
    """5.9: of the first order the first sample stays, of the second the first two."""
    if order == 0:
        return list(samples)
    if order == 1:
        return [samples[0], *(b - a for a, b in itertools.pairwise(samples))]
    thirds = zip(samples, samples[1:], samples[2:], strict=False)
    return [*samples[:2], *(c - 2 * b + a for a, b, c in thirds)]


def section(number: int, body: bytes) -> bytes:
    body += b"\0" * (len(body) % 2)
    rest = struct.pack("<HIBB6s", number, 16 + len(body), 20, 20, b"\0" * 6) + body
    return struct.pack("<H", crc(rest)) + rest


def leads(names: Sequence[str | int], count: int, flags: int = 0, first: int = 1) -> bytes:
    """Section 3; a name may be a number of a lead."""
    rows = [
        struct.pack("<IIB", first, first + count - 1, one if isinstance(one, int) else LEAD_NUMBERS[one])
        for one in names
    ]
    return struct.pack("<BB", len(names), flags) + b"".join(rows)


def signals(
    encoded: Sequence[bytes], *, nanovolts: int = 2500, microseconds: int = 2000, order: int = 2, bimodal: int = 0
) -> bytes:
    """Sections 5 and 6."""
    sizes = b"".join(struct.pack("<H", len(one)) for one in encoded)
    return struct.pack("<HHBB", nanovolts, microseconds, order, bimodal) + sizes + b"".join(encoded)


def scp(sections: Mapping[int, bytes]) -> bytes:
    """A whole file; section 0 points to all of 0 to 11, the absent ones with length 0 (5.3)."""
    bodies = {number: section(number, body) for number, body in sections.items()}
    at = 1 + 6 + 16 + 120
    pointers = [struct.pack("<HII", 0, 16 + 120, 7)]
    for number in range(1, 12):
        size = len(bodies.get(number, b""))
        pointers.append(struct.pack("<HII", number, size, at if size else 0))
        at += size
    first = struct.pack("<HIBB6s", 0, 16 + 120, 20, 20, b"SCPECG") + b"".join(pointers)
    rest = struct.pack("<H", crc(first)) + first + b"".join(bodies[number] for number in sorted(bodies))
    sized = struct.pack("<I", len(rest) + 6) + rest
    return struct.pack("<H", crc(sized)) + sized


def recording(samples: Mapping[str, Sequence[int]], order: int = 2) -> bytes:
    """The default table, 500 Hz, 2.5 µV a step."""
    count = len(next(iter(samples.values())))
    encoded = [huffman(differences(one, order)) for one in samples.values()]
    return scp({2: DEFAULT_TABLE, 3: leads(list(samples), count), 6: signals(encoded, order=order)})


def table(*rows: tuple[str, int, int, int]) -> bytes:
    """One own table of section 2 (5.5.3): (prefix as sent, bits in all, mode, base value); the code's first bit is its lowest."""
    out = struct.pack("<H", len(rows))
    for prefix, total, mode, base in rows:
        out += struct.pack("<BBBhI", len(prefix), total, mode, base, int(prefix[::-1], 2))
    return out


def own_tables(*each: bytes) -> bytes:
    return struct.pack("<H", len(each)) + b"".join(each)
