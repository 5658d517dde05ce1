"""Nonin serial data format 2 (Nonin OEM III specification, "Serial Data Format #2", as public implementations quote it).

9600 bits a second, 8N1. Three packets a second, 25 frames a packet, 5 bytes a frame:

    byte 1  01
    byte 2  status: bit 7 always 1, bit 6 SNSD sensor disconnected, bit 5 ARTF artefact, bit 4 OOT out of track (no
            consecutive good pulses), bit 3 SNSA sensor alarm (unusable signal), bits 2 and 1 perfusion during a pulse
            (01 green high, 11 yellow marginal, 10 red low or none), bit 0 SYNC, set in frame 1 of a packet only
    byte 3  pleth, 0 to 255
    byte 4  frame 1: bits 0 and 1 = bits 7 and 8 of the pulse rate; frame 2: its bits 0 to 6; frame 3: SpO2; the others:
            other averages of the same, firmware revision, reserved
    byte 5  sum of bytes 1 to 4, modulo 256

Pulse rate 511 and SpO2 127 mean "missing". The capture is in tests/captures/nonin-2.toml.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from drivers.codec.component import component
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Component, Kind, Name, Quality, Reading
from edge.domain.ports import NEED_DATA, NeedData
from edge.domain.quantity import Unit

FRAME: Final = 5
PACKET: Final = 25
_START: Final = 0x01
_ALWAYS: Final = 0x80
_SYNC: Final = 0x01
_PERFUSION: Final = 0x06
_POOR_PERFUSION: Final = frozenset({0x04, 0x06})
_MISSING_RATE: Final = 511
_MISSING_SPO2: Final = 127

_STATUS: Mapping[int, Quality] = MappingProxyType(
    {0x40: Quality.SENSOR_OFF, 0x08: Quality.SENSOR_OFF, 0x20: Quality.ARTIFACT, 0x10: Quality.ARTIFACT}
)
"""Bits of the status byte; out of track (bit 4) counts as artefact: the device cannot follow the pulse."""

LONG_BURST: Final = 4096
"""A burst of undecodable bytes is told once, and once more after every so many bytes of it."""


class Nonin2:
    """Decoder of one line. A packet counts only if all its 25 frames came whole; a damaged one is a Fault, once a burst.

    After bytes that are no frames, two good frames in a row find the beat again; a burst ends with the next reading.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._packet = bytearray()
        self._aligned = False
        self._waits_for_sync = True
        self._in_burst = False
        self._skipped = 0

    def feed(self, data: bytes, source: str = "") -> None:  # noqa: ARG002
        self._buffer += data

    def end(self) -> None:
        """A packet that was cut is no reading."""

    def next_frame(self) -> Reading | NeedData:
        while True:
            if not self._aligned and not self._align():
                return NEED_DATA
            if len(self._buffer) < FRAME:
                return NEED_DATA
            frame = self._at(0)
            if not _good(frame):
                self._aligned = False
                self._lose_packet(frame)
                continue
            del self._buffer[:FRAME]
            if reading := self._take(frame):
                return reading

    def _at(self, offset: int) -> bytes:
        return bytes(self._buffer[offset : offset + FRAME])

    def _align(self) -> bool:
        """Drops what stands before the first two good frames in a row. Raises Fault when much was dropped."""
        last = len(self._buffer) - 2 * FRAME
        at = 0
        while at <= last and not (_good(self._at(at)) and _good(self._at(at + FRAME))):
            at += 1
        at = min(at, max(0, last + 1))
        del self._buffer[:at]
        self._aligned = len(self._buffer) >= 2 * FRAME
        self._skipped += at
        limit = LONG_BURST if self._in_burst else FRAME
        # fewer bytes than a frame are the rest of the frame during which the line was opened
        if self._skipped >= limit:
            self._skipped = 0
            self._in_burst = True
            raise Fault(
                Reason.UNDECODABLE,
                "bytes came that are no Nonin format 2 frames",
                "check the cable and that the oximeter is set to data format 2",
            )
        return self._aligned

    def _take(self, frame: bytes) -> Reading | None:
        if frame[1] & _SYNC:
            cut_short = bool(self._packet)
            self._packet[:] = frame
            self._waits_for_sync = False
            if cut_short:
                self._tell_lost_frames()
            return None
        if self._waits_for_sync:
            return None
        if not self._packet:
            self._waits_for_sync = True
            self._tell_lost_frames()
            return None
        self._packet += frame
        if len(self._packet) < PACKET * FRAME:
            return None
        packet = bytes(self._packet)
        self._packet.clear()
        self._in_burst = False
        self._skipped = 0
        return _reading(packet)

    def _lose_packet(self, frame: bytes) -> None:
        self._packet.clear()
        self._waits_for_sync = True
        if self._in_burst:
            return
        self._in_burst = True
        if frame[0] == _START and frame[1] & _ALWAYS:
            raise Fault(Reason.CHECKSUM, "a frame of the oximeter has a wrong sum", "check the cable and its plug")
        raise Fault(Reason.UNDECODABLE, "the oximeter's frames were interrupted", "check the cable and its plug")

    def _tell_lost_frames(self) -> None:
        if not self._in_burst:
            self._in_burst = True
            raise Fault(Reason.UNDECODABLE, "frames of the oximeter were lost", "check the cable and its plug")


def _good(frame: bytes) -> bool:
    return frame[0] == _START and bool(frame[1] & _ALWAYS) and sum(frame[:4]) & 0xFF == frame[4]


def _reading(packet: bytes) -> Reading:
    values = packet[3::FRAME]
    quality = _quality(packet[1::FRAME])
    rate = (values[0] & 0x03) << 7 | values[1] & 0x7F
    spo2 = values[2] & 0x7F
    return Reading(
        Kind.SPO2,
        (
            _component(Name.SPO2, spo2, _MISSING_SPO2, Unit.PERCENT, quality),
            _component(Name.PULSE_RATE, rate, _MISSING_RATE, Unit.PER_MINUTE, quality),
        ),
        raw=packet,
        quality=quality,
    )


def _quality(statuses: bytes) -> tuple[Quality, ...]:
    """What any frame of the packet says."""
    found = [quality for bit, quality in _STATUS.items() if any(status & bit for status in statuses)]
    if any(status & _PERFUSION in _POOR_PERFUSION for status in statuses):
        found.append(Quality.LOW_PERFUSION)
    return tuple(dict.fromkeys(found))


def _component(name: Name, number: int, missing: int, unit: Unit, quality: tuple[Quality, ...]) -> Component:
    if number == missing:
        return Component(name, None, quality or (Quality.MISSING,))
    return component(name, Decimal(number), unit)
