"""SCP-ECG files (EN 1064:2005+A1, ISO 11073-91064): bytes in, the rhythm recording out.

What the recorder says of a patient (section 1) is not read: whose a recording is, the nurse says. Leads are those of the
file: where a recorder stores eight, eight are handed on, and nothing is computed from them.
Refused, never guessed: bimodal compression (its samples between the beats would have to be invented), a reference beat of
another rate or scale than the rhythm, and leads that were not recorded at the same time (H15).
Tables of a file's own, switching between them, and the reference beat are read as public readers do: no real recording
that has them was at hand.
"""

from __future__ import annotations

import binascii
import dataclasses
import struct
from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.files import scp_huffman
from drivers.files.recording import corrupt, refuse_large, waveform
from drivers.files.scp_huffman import Table
from edge.domain.waveform import Scale, Waveform

LEADS: Mapping[int, str] = MappingProxyType(
    {1: "I", 2: "II", 61: "III", 62: "aVR", 63: "aVL", 64: "aVF", 65: "-aVR", 66: "V8", 67: "V9"}
    | {number: f"V{number - 2}" for number in range(3, 10)}
    | {number: f"V{number - 8}R" for number in range(10, 16)}
    | {16: "X", 17: "Y", 18: "Z"}
)
"""EN 1064 5.6, table of lead codes; a lead of another code is called by its number."""

MOST_LEADS: Final = 32
MOST_SAMPLES: Final = 2_000_000
"""Of all leads together: half an hour of one lead at 1000 Hz, nearly three minutes of twelve."""

_HEADER: Final = 16
_FIRST: Final = 6
_POINTER: Final = 10
_MOST_SECTIONS: Final = 1024
_MOST_BEATS: Final = 10_000
_KNOWN: Final = frozenset(range(2, 7))


def recognises(data: bytes) -> bool:
    """5.3.1: section 0 comes first and carries its name."""
    return data[8:10] == b"\0\0" and data[16:22] == b"SCPECG"


def read(data: bytes) -> Waveform:
    """The rhythm data of section 6. Raises Fault(CORRUPT_FILE); time and memory are linear in what the file announces."""
    refuse_large(data)
    try:
        return _read(_sections(data))
    except (struct.error, IndexError) as exc:
        raise corrupt("the SCP-ECG file ends in the middle of something") from exc


def _sections(data: bytes) -> Mapping[int, bytes]:
    """The bodies of sections 2 to 6 (5.2, 5.3), each checked by its CRC (CRC-CCITT over all but itself)."""
    if not recognises(data):
        raise corrupt("the file is no SCP-ECG file")
    crc, length = struct.unpack_from("<HI", data)
    if length != len(data):
        raise corrupt("the SCP-ECG file has another length than it announces")
    if binascii.crc_hqx(data[2:], 0xFFFF) != crc:
        raise corrupt("the SCP-ECG file is damaged: its checksum is wrong")
    pointers = _section(data, 0, _FIRST, struct.unpack_from("<I", data, _FIRST + 4)[0])
    if len(pointers) > _MOST_SECTIONS * _POINTER:
        raise corrupt("the SCP-ECG file has more sections than this cart opens")
    found: dict[int, bytes] = {}
    for at in range(0, len(pointers) - _POINTER + 1, _POINTER):
        number, size, index = struct.unpack_from("<HII", pointers, at)
        if number not in _KNOWN or size == 0:
            continue
        if number in found:
            raise corrupt("the SCP-ECG file has a section twice")
        found[number] = _section(data, number, index - 1, size)
    return found


def _section(data: bytes, number: int, at: int, size: int) -> bytes:
    """What stands in a section after its header of 16 bytes (5.2.7)."""
    if at < _FIRST or size < _HEADER or at + size > len(data):
        raise corrupt("a section of the SCP-ECG file reaches beyond its end")
    crc, own_number, own_size = struct.unpack_from("<HHI", data, at)
    if (own_number, own_size) != (number, size):
        raise corrupt("a section of the SCP-ECG file is not where it should be")
    if binascii.crc_hqx(data[at + 2 : at + size], 0xFFFF) != crc:
        raise corrupt("the SCP-ECG file is damaged: the checksum of a section is wrong")
    return data[at + _HEADER : at + size]


@dataclasses.dataclass(frozen=True, slots=True)
class _Leads:
    """Section 3 (5.6): which leads, how many samples of each, and whether a reference beat was subtracted."""

    names: tuple[str, ...]
    count: int
    subtracted: bool


@dataclasses.dataclass(frozen=True, slots=True)
class _Signals:
    """Sections 5 and 6 (5.8, 5.9): ``interval`` in microseconds, ``step`` in nanovolts, bytes of each lead."""

    step: int
    interval: int
    differences: int
    bimodal: int
    leads: tuple[bytes, ...]


def _read(sections: Mapping[int, bytes]) -> Waveform:
    if 3 not in sections or 6 not in sections:
        raise corrupt("the SCP-ECG file has no rhythm recording in it")
    leads = _leads(sections[3])
    tables = scp_huffman.tables(sections[2]) if 2 in sections else ()
    rhythm = _signals(sections[6], len(leads.names))
    if rhythm.bimodal:
        raise corrupt("the SCP-ECG file is compressed with loss (bimodal), which is not supported")
    samples = [_samples(one, leads.count, rhythm.differences, tables) for one in rhythm.leads]
    if leads.subtracted:
        _add_reference_beat(samples, rhythm, sections, tables)
    scale = Scale(Decimal(rhythm.step) / 1000)
    return waveform(leads.names, Decimal(1_000_000) / rhythm.interval, [scale] * len(leads.names), samples)


def _leads(body: bytes) -> _Leads:
    number, flags = struct.unpack_from("<BB", body)
    if not 1 <= number <= MOST_LEADS:
        raise corrupt("the SCP-ECG file has an impossible number of leads")
    rows = [struct.unpack_from("<IIB", body, 2 + 9 * i) for i in range(number)]
    if len({(start, end) for start, end, _ in rows}) != 1:
        raise corrupt("the leads of the ECG were not recorded at the same time, which this cart cannot keep")
    start, end, _ = rows[0]
    count = end - start + 1
    if not 0 < count * number <= MOST_SAMPLES:
        raise corrupt("the SCP-ECG file announces an impossible number of samples")
    return _Leads(tuple(LEADS.get(code, f"SCP {code}") for *_, code in rows), count, bool(flags & 1))


def _signals(body: bytes, number: int) -> _Signals:
    step, interval, differences, bimodal = struct.unpack_from("<HHBB", body)
    if step == 0 or interval == 0 or differences > 2:
        raise corrupt("the scale of the ECG is impossible")
    sizes = struct.unpack_from(f"<{number}H", body, 6)
    at = 6 + 2 * number
    if at + sum(sizes) > len(body):
        raise corrupt("the samples of the ECG reach beyond their section")
    parts = []
    for size in sizes:
        parts.append(body[at : at + size])
        at += size
    return _Signals(step, interval, differences, bimodal, tuple(parts))


def _samples(data: bytes, count: int, differences: int, tables: Sequence[Table]) -> NDArray[np.int64]:
    """``count`` samples in steps."""
    if not 0 < count <= 8 * len(data):
        raise corrupt("a lead of the ECG has another number of samples than the file announces")
    if tables:
        numbers = scp_huffman.decode(data, count, tables)
    elif len(data) == 2 * count:
        numbers = np.frombuffer(data, dtype="<i2").astype(np.int64)
    else:
        raise corrupt("a lead of the ECG has another number of samples than the file announces")
    if differences == 2 and count > 1:
        # 5.9: x[n] = d[n] + 2 x[n-1] - x[n-2], and the first two as they are
        numbers[1] -= numbers[0]
        numbers[1:] = np.cumsum(numbers[1:])
    return np.cumsum(numbers) if differences else numbers


def _add_reference_beat(
    samples: Sequence[NDArray[np.int64]], rhythm: _Signals, sections: Mapping[int, bytes], tables: Sequence[Table]
) -> None:
    """5.7 and 5.8: where beats of type 0 are, the reference beat was taken away; it is put back in place."""
    if 4 not in sections or 5 not in sections:
        raise corrupt("the SCP-ECG file lacks the reference beat that its recording needs")
    beat = _signals(sections[5], len(samples))
    if (beat.step, beat.interval) != (rhythm.step, rhythm.interval):
        raise corrupt("the SCP-ECG file has a reference beat of another rate or scale, which is not supported")
    milliseconds, fiducial, number = struct.unpack_from("<HHH", sections[4])
    if number > _MOST_BEATS:
        raise corrupt("the SCP-ECG file has more beats than this cart opens")
    count = milliseconds * 1000 // beat.interval
    shapes = [_samples(one, count, beat.differences, tables) for one in beat.leads]
    before = 0
    for i in range(number):
        kind, start, middle, end = struct.unpack_from("<HIII", sections[4], 6 + 14 * i)
        if kind != 0:
            continue
        # sample numbers count from 1
        first = fiducial - 1 - (middle - start)
        last = first + end - start
        if not (before < start <= middle <= end <= len(samples[0]) and first >= 0 and last < count):
            raise corrupt("the beats of the SCP-ECG file lie outside its recording, or one in another")
        before = end
        for one, shape in zip(samples, shapes, strict=True):
            one[start - 1 : end] += shape[first : last + 1]
