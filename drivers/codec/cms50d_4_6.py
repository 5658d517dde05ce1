"""Contec CMS50D+ firmware 4.6 and CMS50F: Contec's "Communication protocol of pulse oximeter V7.0", 115200 8N1.

A package (clause 3.2): a type byte with bit 7 clear; a byte with bit 7 set whose bits 0 to 6 are the bits 7 of the bytes
behind it; these, each with bit 7 set on the line. Its length hangs on its type (clause 3.3.1, table 2).

Type 01, live, 60 a second, 7 bytes (clause 3.3.2.1, table 3):

    byte 1  bits 3-0 strength of the signal, 4 searches for too long, 5 low SpO2, 6 a pulse beats, 7 error of the probe
    byte 2  bits 6-0 pleth, bit 7 searches for a pulse
    byte 3  bits 3-0 bar graph, bit 4 perfusion index is not valid, bits 5-7 always 0
    byte 4  pulse rate, 255 missing     byte 5  SpO2 in %, 127 missing
    byte 6  perfusion index in 0.01 %, low byte; byte 7 its high byte; FFFF missing

Type 0F, stored: three times SpO2 and pulse rate, one a second, the last ones 0 where there are fewer; type 09, with the
perfusion index as bytes 3 and 4. Types 07 and 12 say when the recording began: user, segment, then century, year, month,
day; or hour, minute, second.

The host (clause 3.3.2.7, table 7): 7D, then A1 live, A2 no longer, A5 when did a recording begin, A6 a recording, A7 no
longer, AF "connected", once every five seconds: without it this firmware falls silent after thirty.

"The protocol assumes that data sending is correct": there is no checksum. Every structural bit is used instead: bit 7 of
all bytes, the reserved bits, the ranges of the values; and a live value counts only when it stood in several packages in a
row (drivers/codec/steady.py).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from drivers.codec.cms50d import STORED_QUALITY, Values, present, spo2_in_range
from drivers.codec.component import component
from drivers.codec.framing import FrameDecoder, Frames, Not
from drivers.codec.pleth import PlethBatch
from drivers.codec.steady import Steady
from edge.domain.measurement import Component, DeviceTime, Kind, Name, Quality, Reading
from edge.domain.quantity import Unit

HERTZ: Final = 60
LIVE: Final = 0x01
STARTED_ON: Final = 0x07
STORED_WITH_INDEX: Final = 0x09
FREE: Final = 0x0C
DISCONNECTS: Final = 0x0D
STORED: Final = 0x0F
STARTED_AT: Final = 0x12
LENGTH: Final = 0x08
FEEDBACK: Final = 0x0B

PACKAGES: Mapping[int, int] = MappingProxyType(
    {
        LIVE: 7,
        0x04: 7,
        0x05: 7,
        STARTED_ON: 6,
        LENGTH: 6,
        STORED_WITH_INDEX: 4,
        0x0A: 2,
        FEEDBACK: 2,
        FREE: 0,
        DISCONNECTS: 1,
        0x0E: 1,
        STORED: 6,
        0x10: 1,
        0x11: 7,
        STARTED_AT: 6,
        0x15: 7,
    }
)
"""Bytes of data by type (table 2), the type and the byte of high bits not counted."""

_SYNC: Final = 0x80
_NO_RATE: Final = 255
_NO_SPO2: Final = 127
_GREATEST_INDEX: Final = 2200
_HUNDREDTH: Final = Decimal("0.01")
_TOO_LONG: Final = 0x10
_PROBE_ERROR: Final = 0x80
_SEARCHING: Final = 0x80
_NO_INDEX: Final = 0x10
_RESERVED: Final = 0xE0


@dataclasses.dataclass(frozen=True, slots=True)
class LiveValues(Values):
    """``index`` is the perfusion index in hundredths of a percent, where the device gives one."""

    index: int | None = None


def measure(buffer: bytearray, at: int) -> int | Not:
    """A package of the device (framing.Measure)."""
    size = PACKAGES.get(buffer[at])
    if size is None:
        return Not.FRAME
    package = buffer[at : at + 2 + size]
    if not all(byte & _SYNC for byte in package[1:]):
        return Not.FRAME
    if len(package) < 2 + size:
        return Not.YET
    return 2 + size if _believable(package[0], opened(package)) else Not.FRAME


def opened(package: bytes | bytearray) -> bytes:
    """The data of a whole package, their bits 7 put back."""
    return bytes(byte & 0x7F | (package[1] >> bit & 1) << 7 for bit, byte in enumerate(package[2:]))


def _believable(kind: int, data: bytes) -> bool:
    if kind == LIVE:
        return not data[2] & _RESERVED and spo2_in_range(data[4])
    if kind == STORED:
        return all(map(spo2_in_range, data[::2]))
    if kind == STORED_WITH_INDEX:
        return spo2_in_range(data[0])
    return True


class Cms50d46(FrameDecoder):
    """Decoder of one line: a live reading a second, and one when a value becomes another; one for each stored second."""

    def __init__(self) -> None:
        super().__init__(Frames(measure, "oximeter (Contec CMS50D+ 4.6)", slack=2 + PACKAGES[LIVE]))
        self._steady: Steady[LiveValues] = Steady(HERTZ)
        self._pleth = PlethBatch(Decimal(HERTZ), 2 + PACKAGES[LIVE])
        self._newest = b""
        self._date: tuple[int, ...] | None = None
        self._clock: tuple[int, ...] | None = None
        self._second = 0

    def _take(self, frame: bytes) -> None:
        data = opened(frame)
        match frame[0]:
            case 0x01:
                self._take_live(data, frame)
            case 0x07:
                self._date, self._second = tuple(data[2:6]), 0
            case 0x12:
                self._clock, self._second = tuple(data[2:5]), 0
            case 0x0F:
                for at in (0, 2, 4):
                    # 0 and 0 fill up the last package
                    if data[at] or data[at + 1]:
                        self._take_stored(data[at], data[at + 1], None, frame)
            case 0x09:
                self._take_stored(data[0], data[1], data[2] | data[3] << 8, frame)
            case _:
                pass

    def _take_live(self, data: bytes, frame: bytes) -> None:
        if self._frames.gap:
            self._steady.broken()
        self._newest = frame
        values = _live(data)
        if self._steady.take(values):
            self._tell(values, frame)
        if batch := self._pleth.take(data[1] & 0x7F, self._frames.gap):
            self._ready.append(batch)

    def _take_stored(self, spo2: int, rate: int, index: int | None, frame: bytes) -> None:
        values = Values(present(spo2, _NO_SPO2), present(rate, _NO_RATE))
        parts = (*values.components(), *_index(index))
        time = self._began_plus(self._second)
        self._second += 1
        self._ready.append(Reading(Kind.SPO2, parts, raw=frame, device_time=time, quality=STORED_QUALITY))

    def _began_plus(self, seconds: int) -> DeviceTime | None:
        """The device's time so many seconds into the recording; None where it did not say when that began."""
        if self._date is None or self._clock is None:
            return None
        century, year, month, day = self._date
        hour, minute, second = self._clock
        try:
            began = dt.datetime(century * 100 + year, month, day, hour, minute, second)  # noqa: DTZ001 devices know no zone
            at = began + dt.timedelta(seconds=seconds)
        except (ValueError, OverflowError):
            return None
        return DeviceTime(at.year, at.month, at.day, at.hour, at.minute, at.second)

    def _last(self) -> None:
        if values := self._steady.left():
            self._tell(values, self._newest)
        if batch := self._pleth.rest():
            self._ready.append(batch)

    def _tell(self, values: LiveValues, raw: bytes) -> None:
        parts = (*values.components(), *_index(values.index))
        self._ready.append(Reading(Kind.SPO2, parts, raw=raw, quality=values.quality))


def _live(data: bytes) -> LiveValues:
    found = []
    if data[0] & _PROBE_ERROR:
        found.append(Quality.SENSOR_OFF)
    if data[0] & _TOO_LONG or data[1] & _SEARCHING:
        found.append(Quality.SEARCHING)
    index = None if data[2] & _NO_INDEX else data[5] | data[6] << 8
    return LiveValues(present(data[4], _NO_SPO2), present(data[3], _NO_RATE), tuple(found), index)


def _index(hundredths: int | None) -> tuple[Component, ...]:
    """The perfusion index, where there is one within the range of table 3."""
    if hundredths is None or not 0 < hundredths <= _GREATEST_INDEX:
        return ()
    return (component(Name.PERFUSION_INDEX, hundredths * _HUNDREDTH, Unit.PERCENT),)
