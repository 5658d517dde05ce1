"""Nonin serial data format 8: four bytes a second (Nonin Onyx II 9560, OEM Specification 6470-000-01, "Serial Data Format #8").

9600 bits a second, 8N1:

    byte 1  status: bit 7 always 1, bit 6 SNSD sensor disconnected, bit 5 OOT out of track, bit 4 LPRF low perfusion,
            bit 3 MPRF marginal perfusion, bit 2 ARTF artefact, bits 1 and 0 bits 8 and 7 of the pulse rate
    byte 2  bit 7 always 0, bits 6 to 0 of the pulse rate
    byte 3  bit 7 always 0, SpO2
    byte 4  status 2: bit 7 always 0, bit 5 SPA, bit 3 SNSA sensor alarm, bit 0 low battery

Pulse rate 511 and SpO2 127 mean "missing".

The format has no checksum, and at one frame a second its values are not constant. What it has is used: bit 7 of all four
bytes, and the ranges that Nonin gives (18 to 321 a minute, 0 to 100 %). A wrong value within them cannot be told from a
right one here; that a value is saved only after several that agree (edge.domain.spot) is what stands behind this.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from drivers.codec.framing import FrameDecoder, Frames, Not
from drivers.codec.nonin_packet import MISSING_RATE, MISSING_SPO2, measured
from edge.domain.measurement import Kind, Name, Quality, Reading
from edge.domain.quantity import Unit

FRAME: Final = 4
_SYNC: Final = 0x80
_SENSOR_ALARM: Final = 0x08

_STATUS: Mapping[int, Quality] = MappingProxyType(
    {
        0x40: Quality.SENSOR_OFF,
        0x20: Quality.ARTIFACT,
        0x10: Quality.LOW_PERFUSION,
        0x08: Quality.LOW_PERFUSION,
        0x04: Quality.ARTIFACT,
    }
)


def _measure(buffer: bytearray, at: int) -> int | Not:
    frame = buffer[at : at + FRAME]
    if not frame[0] & _SYNC or any(byte & _SYNC for byte in frame[1:]):
        return Not.FRAME
    if len(frame) < FRAME:
        return Not.YET
    rate = _rate(frame)
    in_range = (18 <= rate <= 321 or rate == MISSING_RATE) and (frame[2] <= 100 or frame[2] == MISSING_SPO2)
    return FRAME if in_range else Not.FRAME


def _rate(frame: bytes | bytearray) -> int:
    return (frame[0] & 0x03) << 7 | frame[1]


class Nonin8(FrameDecoder):
    """Decoder of one line: one reading a frame."""

    def __init__(self) -> None:
        super().__init__(Frames(_measure, "oximeter (Nonin format 8)", slack=FRAME))

    def _take(self, frame: bytes) -> None:
        found = [quality for bit, quality in _STATUS.items() if frame[0] & bit]
        if frame[3] & _SENSOR_ALARM:
            found.append(Quality.SENSOR_OFF)
        quality = tuple(dict.fromkeys(found))
        values = (
            measured(Name.SPO2, frame[2], MISSING_SPO2, Unit.PERCENT, quality),
            measured(Name.PULSE_RATE, _rate(frame), MISSING_RATE, Unit.PER_MINUTE, quality),
        )
        self._ready.append(Reading(Kind.SPO2, values, raw=frame, quality=quality))
