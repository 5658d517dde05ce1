"""Which packets of the other end arrived when, told to it: else its own rate stands still once it counts on being told. Pure."""

from __future__ import annotations

import struct

from sync.consult.video import feedback

EACH_MS = 80.0
_MOST = 400
_HALF = 1 << 15
_WHOLE = 1 << 16
_ONE_BYTE = 0xBEDE
_TWO_BYTES = 0x1000


def number_of(packet: bytes, extension: int) -> int | None:
    """The transport-wide number in an RTP packet (RFC 8285), None where it has none."""
    if len(packet) < 16 or not packet[0] & 0x10:
        return None
    at = 12 + 4 * (packet[0] & 0x0F)
    if len(packet) < at + 4:
        return None
    profile, words = struct.unpack_from("!HH", packet, at)
    at += 4
    end = min(len(packet), at + 4 * words)
    head = 1 if profile == _ONE_BYTE else 2 if profile & 0xFFF0 == _TWO_BYTES else 0
    while head and at + head <= end:
        if packet[at] == 0:
            at += 1
            continue
        key, length = (packet[at] >> 4, (packet[at] & 0x0F) + 1) if head == 1 else (packet[at], packet[at + 1])
        at += head
        if key == extension and length == 2 and at + 2 <= end:
            return int.from_bytes(packet[at : at + 2])
        at += length
    return None


class Arrivals:
    """``own`` is the SSRC that reports."""

    def __init__(self, extension: int, own: int) -> None:
        self._extension = extension
        self._own = own
        self._media = 0
        self._newest: int | None = None
        self._waiting: dict[int, float] = {}
        self._first_ms = 0.0
        self._count = 0

    def came(self, packet: bytes, now_ms: float) -> bytes | None:
        """An RTP packet; the report (RTCP, not yet encrypted) when one is due."""
        number = number_of(packet, self._extension)
        if number is None:
            return None
        if not self._waiting:
            self._first_ms = now_ms
        self._media = int.from_bytes(packet[8:12])
        unwrapped = self._unwrapped(number)
        if self._newest is not None and abs(unwrapped - self._newest) > _MOST:
            # too far from the rest to stand in one report
            self._waiting.clear()
            self._first_ms = now_ms
        self._newest = max(unwrapped, self._newest or 0)
        self._waiting.setdefault(unwrapped, now_ms)
        if now_ms - self._first_ms < EACH_MS and len(self._waiting) < _MOST:
            return None
        report = feedback.write(self._own, self._media, self._count, self._waiting)
        self._count += 1
        self._waiting = {}
        return report

    def _unwrapped(self, number: int) -> int:
        if self._newest is None:
            return number + _WHOLE
        ahead = (number - self._newest) % _WHOLE
        return self._newest + (ahead if ahead < _HALF else ahead - _WHOLE)
