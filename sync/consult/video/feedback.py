"""What the other end says of each packet's arrival: transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01). Pure."""

from __future__ import annotations

import contextlib
import dataclasses
import struct
from collections.abc import Iterator, Mapping

RTPFB = 205
FMT = 15
EXTENSION = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"

_TICK_MS = 0.25
_REFERENCE_MS = 64
_MOST_STATUS = 8192
_SMALL_MOST = 0xFF
_LARGE = 2


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """``arrivals`` maps a transport sequence number (16 bits) to milliseconds of the receiver's own clock, None: not there
    when this was written. ``number`` counts the reports, 8 bits; the clock's zero turns over every 12.4 days."""

    number: int
    arrivals: Mapping[int, float | None]


def reports(compound: bytes) -> Iterator[Report]:
    """Those in a compound RTCP packet (RFC 3550, 6.1) that was decrypted; what is malformed is left out."""
    at = 0
    while at + 4 <= len(compound):
        first, kind, words = struct.unpack_from("!BBH", compound, at)
        end = at + 4 * (words + 1)
        if first >> 6 != 2 or end > len(compound):
            return
        if kind == RTPFB and first & 0x1F == FMT:
            with contextlib.suppress(ValueError, struct.error):
                # the padding that some senders count is one byte too long; the deltas say themselves where they end
                yield parse(compound[at:end])
        at = end


def parse(packet: bytes) -> Report:
    """One whole RTCP packet. Raises ValueError or struct.error."""
    base, count, reference = struct.unpack_from("!HHI", packet, 12)
    number = reference & 0xFF
    clock = reference >> 8
    clock = (clock - (1 << 24) if clock & 0x800000 else clock) * float(_REFERENCE_MS)
    if count > _MOST_STATUS:
        raise ValueError("more packets than are ever under way")
    symbols, at = _symbols(packet, 20, count)
    arrivals: dict[int, float | None] = {}
    for offset, symbol in enumerate(symbols):
        sequence = (base + offset) & 0xFFFF
        if symbol == 0:
            arrivals[sequence] = None
            continue
        if symbol == 1:
            (delta,) = struct.unpack_from("!B", packet, at)
            at += 1
        elif symbol == _LARGE:
            (delta,) = struct.unpack_from("!h", packet, at)
            at += 2
        else:
            raise ValueError("a reserved symbol")
        clock += delta * _TICK_MS
        arrivals[sequence] = clock
    return Report(number, arrivals)


def _symbols(packet: bytes, at: int, count: int) -> tuple[list[int], int]:
    symbols: list[int] = []
    while len(symbols) < count:
        (chunk,) = struct.unpack_from("!H", packet, at)
        at += 2
        if not chunk & 0x8000:
            symbols += [(chunk >> 13) & 3] * (chunk & 0x1FFF)
        elif chunk & 0x4000:
            symbols += [(chunk >> shift) & 3 for shift in range(12, -2, -2)]
        else:
            symbols += [(chunk >> shift) & 1 for shift in range(13, -1, -1)]
        if not chunk & 0xFFFF:
            raise ValueError("an empty run")
    return symbols[:count], at


def write(sender: int, media: int, number: int, arrivals: Mapping[int, float]) -> bytes:
    """The RTCP packet that says when those arrived (milliseconds of our clock); keys are unwrapped sequence numbers, at
    least one of them, all within some thousand of one another. ``sender`` and ``media`` are SSRCs."""
    first, last = min(arrivals), max(arrivals)
    reference = int(min(arrivals.values()) // _REFERENCE_MS)
    clock = reference * _REFERENCE_MS / _TICK_MS
    symbols: list[int] = []
    deltas = b""
    for sequence in range(first, last + 1):
        arrived = arrivals.get(sequence)
        if arrived is None:
            symbols.append(0)
            continue
        delta = max(-0x8000, min(0x7FFF, round(arrived / _TICK_MS - clock)))
        clock += delta
        small = 0 <= delta <= _SMALL_MOST
        symbols.append(1 if small else _LARGE)
        deltas += struct.pack("!B" if small else "!h", delta)
    chunks = b""
    for at in range(0, len(symbols), 7):
        seven = (symbols[at : at + 7] + [0] * 7)[:7]
        chunks += struct.pack("!H", 0xC000 | sum(symbol << 12 - 2 * i for i, symbol in enumerate(seven)))
    body = struct.pack(
        "!IIHHI", sender, media, first & 0xFFFF, len(symbols), (reference & 0xFFFFFF) << 8 | number & 0xFF
    )
    body += chunks + deltas
    body += bytes(-len(body) % 4)
    return struct.pack("!BBH", 0x80 | FMT, RTPFB, len(body) // 4) + body
