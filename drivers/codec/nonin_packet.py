"""What Nonin's serial data formats 2 and 7 have in common: 25 frames of 5 bytes a packet, three packets a second.

The values of a packet, one a frame (Nonin OEM III specification, as four public implementations quote it, and the logged
packet of tests/captures/nonin-2.toml, where all averages agree):

    frame   value
    1, 2    pulse rate, 4-beat average: bits 8 and 7 in bits 1 and 0 of frame 1, bits 6 to 0 in frame 2
    3       SpO2, 4-beat average
    4       firmware revision
    6, 7    timer
    8       status 2
    9       SpO2-D, 4-beat average for display
    10      SpO2 fast, 4-beat average optimised for fast response
    11      SpO2 B-B, beat to beat
    14, 15  E-HR, 8-beat average of the pulse rate
    16      E-SpO2, 8-beat average
    17      E-SpO2-D, 8-beat average for display
    20, 21  HR-D, 4-beat average of the pulse rate for display
    22, 23  E-HR-D, 8-beat average of the pulse rate for display

Pulse rate 511 and SpO2 127 mean "missing". The averages of frames 9 to 23 are left out where the device does not give
them: older ones fill those frames with 0.

    status  bit 7 always 1, bit 6 SNSD sensor disconnected, bit 5 ARTF artefact, bit 4 OOT out of track (no consecutive
            good pulses), bit 3 SNSA sensor alarm (unusable signal), bits 2 and 1 perfusion during a pulse (01 green high,
            11 yellow marginal, 10 red low or none), bit 0 SYNC, set in frame 1 of a packet only
"""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from drivers.codec.component import component
from drivers.codec.framing import LONG_BURST
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Component, Kind, Name, Quality, Reading
from edge.domain.ports import NEED_DATA, NeedData
from edge.domain.quantity import Unit
from edge.domain.samples import Samples, Signal

FRAME: Final = 5
PACKET: Final = 25
HERTZ: Final = Decimal(75)
ALWAYS: Final = 0x80
_SYNC: Final = 0x01
_PERFUSION: Final = 0x06
_POOR_PERFUSION: Final = frozenset({0x04, 0x06})
MISSING_RATE: Final = 511
MISSING_SPO2: Final = 127
_NEEDED: Final = 3
"""Frames without which a packet has no value."""

_STATUS: Mapping[int, Quality] = MappingProxyType(
    {0x40: Quality.SENSOR_OFF, 0x08: Quality.SENSOR_OFF, 0x20: Quality.ARTIFACT, 0x10: Quality.ARTIFACT}
)
"""Bits of the status byte; out of track (bit 4) counts as artefact: the device cannot follow the pulse."""

_OTHER_AVERAGES: tuple[tuple[int, Name], ...] = (
    (9, Name.SPO2_DISPLAY),
    (10, Name.SPO2_FAST),
    (11, Name.SPO2_BEAT),
    (14, Name.PULSE_RATE_EXTENDED),
    (16, Name.SPO2_EXTENDED),
    (17, Name.SPO2_EXTENDED_DISPLAY),
    (20, Name.PULSE_RATE_DISPLAY),
    (22, Name.PULSE_RATE_EXTENDED_DISPLAY),
)
"""By the frame in which they begin; a pulse rate takes two."""

_RATES: Final = frozenset({Name.PULSE_RATE_EXTENDED, Name.PULSE_RATE_DISPLAY, Name.PULSE_RATE_EXTENDED_DISPLAY})


@dataclasses.dataclass(frozen=True, slots=True)
class Layout:
    """Where things stand in a frame. ``shaped`` says whether five bytes look like one, their sum aside."""

    name: str
    status: int
    shaped: Callable[[bytes], bool]
    pleth: Callable[[bytes], int]

    def good(self, frame: bytes) -> bool:
        return self.shaped(frame) and sum(frame[:4]) & 0xFF == frame[4]


class NoninPackets:
    """Decoder of one line. A packet counts only if all its 25 frames came whole; a damaged one is a Fault, once a burst.

    After bytes that are no frames, two good frames in a row find the beat again; a burst ends with the next reading.
    At the end of a recording, a packet that stops behind its third frame still has its values.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._buffer = bytearray()
        self._packet = bytearray()
        self._ready: collections.deque[Reading | Samples] = collections.deque()
        self._aligned = False
        self._waits_for_sync = True
        self._in_burst = False
        self._ended = False
        self._skipped = 0
        self._lost = 0
        self._drawn = False

    def feed(self, data: bytes, source: str = "") -> None:  # noqa: ARG002
        self._buffer += data

    def end(self) -> None:
        self._ended = True

    def next_frame(self) -> Reading | Samples | NeedData:
        while True:
            if self._ready:
                return self._ready.popleft()
            if not self._aligned and not self._align():
                return self._last()
            if len(self._buffer) < FRAME:
                return self._last()
            frame = self._at(0)
            if not self._layout.good(frame):
                self._aligned = False
                self._lose_packet(frame)
                continue
            del self._buffer[:FRAME]
            self._take(frame)

    def _last(self) -> Reading | NeedData:
        """What an ended recording still gives: its last packet, and a Fault if it stops within a frame."""
        if not self._ended:
            return NEED_DATA
        if self._layout.good(self._at(0)):
            # a last frame that waited for a second one to confirm it
            frame = self._at(0)
            del self._buffer[:FRAME]
            self._take(frame)
        packet = bytes(self._packet)
        self._packet.clear()
        if len(packet) >= _NEEDED * FRAME:
            return _reading(packet, self._layout)
        cut = bool(self._buffer)
        self._buffer.clear()
        if cut and not self._in_burst:
            self._in_burst = True
            raise Fault(Reason.UNDECODABLE, "the oximeter's bytes end within a frame", "record it again")
        return NEED_DATA

    def _at(self, offset: int) -> bytes:
        frame = bytes(self._buffer[offset : offset + FRAME])
        return frame if len(frame) == FRAME else bytes(FRAME)

    def _align(self) -> bool:
        """Drops what stands before the first two good frames in a row. Raises Fault when much was dropped."""
        good = self._layout.good
        last = len(self._buffer) - 2 * FRAME
        at = 0
        while at <= last and not (good(self._at(at)) and good(self._at(at + FRAME))):
            at += 1
        at = min(at, max(0, last + 1))
        del self._buffer[:at]
        self._aligned = len(self._buffer) >= 2 * FRAME
        self._skipped += at
        self._lost += -(-at // FRAME)
        limit = LONG_BURST if self._in_burst else FRAME
        # fewer bytes than a frame are the rest of the frame during which the line was opened
        if self._skipped >= limit:
            self._skipped = 0
            self._in_burst = True
            raise Fault(
                Reason.UNDECODABLE,
                f"bytes came that are no Nonin {self._layout.name} frames",
                f"check the cable and that the oximeter is set to data {self._layout.name}",
            )
        return self._aligned

    def _take(self, frame: bytes) -> None:
        if frame[self._layout.status] & _SYNC:
            cut_short = len(self._packet) // FRAME
            self._packet[:] = frame
            self._waits_for_sync = False
            self._lost += cut_short
            if cut_short:
                self._tell_lost_frames()
            return
        if self._waits_for_sync:
            self._lost += 1
            return
        if not self._packet:
            self._waits_for_sync = True
            self._lost += 1
            self._tell_lost_frames()
            return
        self._packet += frame
        if len(self._packet) == PACKET * FRAME:
            self._finish()

    def _finish(self) -> None:
        packet = bytes(self._packet)
        self._packet.clear()
        self._in_burst = False
        self._skipped = 0
        pleth = tuple(self._layout.pleth(packet[at : at + FRAME]) for at in range(0, len(packet), FRAME))
        lost = self._lost if self._drawn else 0
        self._drawn, self._lost = True, 0
        self._ready += (_reading(packet, self._layout), Samples(Signal.PLETH, HERTZ, pleth, lost=lost))

    def _lose_packet(self, frame: bytes) -> None:
        self._lost += len(self._packet) // FRAME
        self._packet.clear()
        self._waits_for_sync = True
        if self._in_burst:
            return
        self._in_burst = True
        if self._layout.shaped(frame):
            raise Fault(Reason.CHECKSUM, "a frame of the oximeter has a wrong sum", "check the cable and its plug")
        raise Fault(Reason.UNDECODABLE, "the oximeter's frames were interrupted", "check the cable and its plug")

    def _tell_lost_frames(self) -> None:
        if not self._in_burst:
            self._in_burst = True
            raise Fault(Reason.UNDECODABLE, "frames of the oximeter were lost", "check the cable and its plug")


def _reading(packet: bytes, layout: Layout) -> Reading:
    """``packet`` has at least its first three frames."""
    values = packet[3::FRAME]
    quality = _quality(packet[layout.status :: FRAME])
    return Reading(
        Kind.SPO2,
        (
            measured(Name.SPO2, values[2] & 0x7F, MISSING_SPO2, Unit.PERCENT, quality),
            measured(Name.PULSE_RATE, _rate(values[0], values[1]), MISSING_RATE, Unit.PER_MINUTE, quality),
            *_other_averages(values),
        ),
        raw=packet,
        quality=quality,
    )


def _rate(high: int, low: int) -> int:
    return (high & 0x03) << 7 | low & 0x7F


def _other_averages(values: bytes) -> list[Component]:
    found = []
    for frame, name in _OTHER_AVERAGES:
        pair = values[frame - 1 : frame + 1]
        if name in _RATES and len(pair) == 2 and (rate := _rate(*pair)) not in {0, MISSING_RATE}:
            found.append(component(name, Decimal(rate), Unit.PER_MINUTE))
        if name not in _RATES and pair and (spo2 := pair[0] & 0x7F) not in {0, MISSING_SPO2}:
            found.append(component(name, Decimal(spo2), Unit.PERCENT))
    return found


def _quality(statuses: bytes) -> tuple[Quality, ...]:
    """What any frame of the packet says."""
    found = [quality for bit, quality in _STATUS.items() if any(status & bit for status in statuses)]
    if any(status & _PERFUSION in _POOR_PERFUSION for status in statuses):
        found.append(Quality.LOW_PERFUSION)
    return tuple(dict.fromkeys(found))


def measured(name: Name, number: int, missing: int, unit: Unit, quality: tuple[Quality, ...]) -> Component:
    """``number`` as a component, or none, with what the device says of it as the reason."""
    if number == missing:
        return Component(name, None, quality or (Quality.MISSING,))
    return component(name, Decimal(number), unit)
