"""Contec CMS50D+ with its older firmware (communication protocol 5): 60 frames of five bytes a second, 19200 8O1.

    byte 1  bit 7 always 1; bit 6 a pulse beats; bit 5 SpO2 falls; bit 4 searches for too long, or no finger;
            bits 3 to 0 strength of the signal
    byte 2  bit 7 always 0, as in bytes 3 to 5; pleth, 0 to 127
    byte 3  bit 6 bit 7 of the pulse rate; bit 5 searches for a pulse; bit 4 error of the probe; bits 3 to 0 bar graph
    byte 4  bits 6 to 0 of the pulse rate
    byte 5  SpO2

Pulse rate 0 or 255 and SpO2 0 or 127 mean "missing".

A download of what the device has stored (the host asks with F5 F5): F2 80 00 three times; three bytes with the number of
bytes that follow, less one, seven bits each, high first, bit 7 set in the first two; then a record a second:

    byte 1  F0 and bit 7 of the pulse rate     byte 2  80 and its bits 6 to 0     byte 3  SpO2, bit 7 always 0

Nothing in it says when it was recorded.

There is no checksum. Every structural bit is used instead: bit 7 of each byte, the ranges of the values, the length of a
download; and a live value counts only when it stood in several frames in a row (drivers/codec/steady.py).
"""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Final

from drivers.codec.framing import FrameDecoder, Frames, Not
from drivers.codec.nonin_packet import measured
from drivers.codec.pleth import PlethBatch
from drivers.codec.steady import Steady
from edge.domain.measurement import Component, Kind, Name, Quality, Reading
from edge.domain.quantity import Unit

HERTZ: Final = 60
FRAME: Final = 5
RECORD: Final = 3
_SYNC: Final = 0x80
_PREAMBLE: Final = b"\xf2\x80\x00"
_STORED: Final = frozenset({0xF0, 0xF1})
_NO_RATE: Final = 255
_NO_SPO2: Final = 127

STORED_QUALITY: Final = (Quality.FROM_STORAGE,)

_NO_FINGER: Final = 0x10
_PROBE_ERROR: Final = 0x10
_SEARCHING: Final = 0x20


@dataclasses.dataclass(frozen=True, slots=True)
class Values:
    """What one frame says; None is "missing"."""

    spo2: int | None
    rate: int | None
    quality: tuple[Quality, ...] = ()

    def components(self) -> tuple[Component, ...]:
        return (
            measured(Name.SPO2, _NO_SPO2 if self.spo2 is None else self.spo2, _NO_SPO2, Unit.PERCENT, self.quality),
            measured(
                Name.PULSE_RATE, _NO_RATE if self.rate is None else self.rate, _NO_RATE, Unit.PER_MINUTE, self.quality
            ),
        )


def spo2_in_range(spo2: int) -> bool:
    return spo2 <= 100 or spo2 == _NO_SPO2


def present(number: int, missing: int) -> int | None:
    return None if number in {0, missing} else number


class Cms50d(FrameDecoder):
    """Decoder of one line: a reading a second, and one when a value becomes another."""

    def __init__(self) -> None:
        super().__init__(Frames(self._measure, "oximeter (Contec CMS50D+)", slack=FRAME))
        self._steady: Steady[Values] = Steady(HERTZ)
        self._pleth = PlethBatch(Decimal(HERTZ), FRAME)
        self._newest = b""
        self._preambles = 0
        self._records = 0

    def _measure(self, buffer: bytearray, at: int) -> int | Not:
        if not buffer[at] & _SYNC:
            return Not.FRAME
        if len(buffer) < at + 2:
            return Not.YET
        return self._measure_stored(buffer, at) if buffer[at + 1] & _SYNC else _measure_live(buffer, at)

    def _measure_stored(self, buffer: bytearray, at: int) -> int | Not:
        if len(buffer) < at + RECORD:
            return Not.YET
        frame = bytes(buffer[at : at + RECORD])
        if frame[2] & _SYNC:
            return Not.FRAME
        record = self._records and frame[0] in _STORED and spo2_in_range(frame[2])
        return RECORD if frame == _PREAMBLE or self._preambles or record else Not.FRAME

    def _take(self, frame: bytes) -> None:
        if len(frame) == RECORD:
            self._take_stored(frame)
            return
        self._records = self._preambles = 0
        if self._frames.gap:
            self._steady.broken()
        self._newest = frame
        values = _live(frame)
        if self._steady.take(values):
            self._tell(values, frame)
        if batch := self._pleth.take(frame[1], self._frames.gap):
            self._ready.append(batch)

    def _take_stored(self, frame: bytes) -> None:
        if frame == _PREAMBLE:
            self._preambles, self._records = self._preambles + 1, 0
        elif self._preambles:
            self._preambles = 0
            self._records = (((frame[0] & 0x7F) << 14 | (frame[1] & 0x7F) << 7 | frame[2]) + 1) // RECORD
        else:
            self._records -= 1
            rate = (frame[0] & 0x01) << 7 | frame[1] & 0x7F
            values = Values(present(frame[2], _NO_SPO2), present(rate, _NO_RATE))
            self._ready.append(Reading(Kind.SPO2, values.components(), raw=frame, quality=STORED_QUALITY))

    def _last(self) -> None:
        if values := self._steady.left():
            self._tell(values, self._newest)
        if batch := self._pleth.rest():
            self._ready.append(batch)

    def _tell(self, values: Values, raw: bytes) -> None:
        self._ready.append(Reading(Kind.SPO2, values.components(), raw=raw, quality=values.quality))


def _measure_live(buffer: bytearray, at: int) -> int | Not:
    frame = buffer[at : at + FRAME]
    if any(byte & _SYNC for byte in frame[1:]):
        return Not.FRAME
    if len(frame) < FRAME:
        return Not.YET
    return FRAME if spo2_in_range(frame[4]) else Not.FRAME


def _live(frame: bytes) -> Values:
    found = []
    if frame[0] & _NO_FINGER:
        # the protocol says "searching time too long", those who tried say "finger out": it is the same to a nurse
        found += [Quality.SENSOR_OFF, Quality.SEARCHING]
    if frame[2] & _PROBE_ERROR:
        found.append(Quality.SENSOR_OFF)
    if frame[2] & _SEARCHING:
        found.append(Quality.SEARCHING)
    rate = (frame[2] & 0x40) << 1 | frame[3]
    return Values(present(frame[4], _NO_SPO2), present(rate, _NO_RATE), tuple(dict.fromkeys(found)))
