"""An ECG recorder that hands over SCP-ECG files (EN 1064:2005): second differences, the standard's own Huffman table.

The layout is that of clause 5; what a field holds is said beside it. No arithmetic is shared with any reader.
"""

from __future__ import annotations

import binascii
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

from firmware_stubs import heart

HERTZ = 500
NANOVOLTS_A_STEP = 2500
_LEAD_IDS = {"I": 1, "II": 2, "V1": 3, "V2": 4, "V3": 5, "V4": 6, "V5": 7, "V6": 8}
_LEAD_IDS |= {"III": 61, "aVR": 62, "aVL": 63, "aVF": 64}
_LARGEST_SHORT = 8


def samples(lead: str, seconds: float, beats_a_minute: float = 72.0) -> list[int]:
    """The lead in steps of 2.5 microvolts."""
    step = NANOVOLTS_A_STEP / 1e6
    return [round(heart.millivolts(lead, n / HERTZ, beats_a_minute) / step) for n in range(round(seconds * HERTZ))]


def recording(leads: Mapping[str, Sequence[int]], *, when: tuple[int, int, int] = (2026, 11, 22)) -> bytes:
    """A whole file of leads in steps. All leads have the same number of samples."""
    coded = [_coded(list(values)) for values in leads.values()]
    count = len(next(iter(leads.values())))
    patient = _tag(2, b"SIMULATED\0") + _tag(25, struct.pack(">H", when[0])[::-1] + bytes(when[1:]))
    patient += _tag(26, bytes((10, 30, 0))) + _tag(255, b"")
    definitions = bytes((len(leads), 0b100 | len(leads) << 3))
    definitions += b"".join(struct.pack("<IIB", 1, count, _LEAD_IDS[name]) for name in leads)
    rhythm = struct.pack("<HHBB", NANOVOLTS_A_STEP, 1_000_000 // HERTZ, 2, 0)
    rhythm += b"".join(struct.pack("<H", len(one)) for one in coded) + b"".join(coded)
    return _file({1: patient, 2: struct.pack("<H", 19999), 3: definitions, 6: rhythm})


class ScpRecorder:
    """``record()`` drops ten seconds of twelve leads into ``folder``, complete, by renaming."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = 0

    def record(self, beats_a_minute: float = 72.0) -> Path:
        self._number += 1
        leads = {name: samples(name, 10, beats_a_minute) for name in heart.TWELVE}
        unfinished = self._folder / f".ecg-{self._number}.scp.tmp"
        unfinished.write_bytes(recording(leads))
        return unfinished.rename(self._folder / f"ecg-{self._number}.scp")


def _tag(number: int, value: bytes) -> bytes:
    return struct.pack("<BH", number, len(value)) + value


def _coded(values: list[int]) -> bytes:
    """Clause 5.9: the first two samples as they are, then each second difference; to a whole, even number of bytes."""
    numbers = values[:2] + [now - 2 * last + before for before, last, now in zip(values, values[1:], values[2:])]  # noqa: B905
    bits = "".join(map(_huffman, numbers))
    bits += "0" * (-len(bits) % 16)
    return int("1" + bits, 2).to_bytes(len(bits) // 8 + 1, "big")[1:]


def _huffman(number: int) -> str:
    """The standard's table (C.3.7.6): 0, then one code a sign and magnitude up to 8, then 8 and 16 bits as they are."""
    size = abs(number)
    if size == 0:
        return "0"
    if size <= _LARGEST_SHORT:
        return "1" * size + "0" + ("1" if number < 0 else "0")
    if -128 <= number <= 127:
        return "1111111110" + format(number & 0xFF, "08b")
    return "1111111111" + format(number & 0xFFFF, "016b")


def _section(number: int, content: bytes) -> bytes:
    """Clause 5.2.7: CRC, number, length, versions of section and protocol, six reserved bytes, content of even length."""
    content += b"\0" * (len(content) % 2)
    reserved = b"SCPECG" if number == 0 else bytes(6)
    rest = struct.pack("<HIBB", number, 16 + len(content), 20, 20) + reserved + content
    return struct.pack("<H", binascii.crc_hqx(rest, 0xFFFF)) + rest


def _file(contents: dict[int, bytes]) -> bytes:
    sections = {number: _section(number, content) for number, content in contents.items()}
    pointers_length = 16 + 12 * 10
    position = 6 + 1 + pointers_length
    pointers = struct.pack("<HII", 0, pointers_length, 7)
    for number in range(1, 12):
        held = sections.get(number, b"")
        pointers += struct.pack("<HII", number, len(held), position if held else 0)
        position += len(held)
    body = _section(0, pointers) + b"".join(sections.values())
    rest = struct.pack("<I", len(body) + 6) + body
    return struct.pack("<H", binascii.crc_hqx(rest, 0xFFFF)) + rest
