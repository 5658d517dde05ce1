"""ProtoCentral HealthyPi v3, v4 and v5: the "OpenView" packets of their firmware, one a sample, 115200 8N1.

    bytes 0-1  0A FA     bytes 2-3  length of the payload, little endian     byte 4  02 data     payload     00 0B

v3 and v4, 125 samples a second, payload of 20 bytes (firmware/healthypi3_streaming of protocentral-healthypi-v3,
firmware/Healthypiv4_Arduino and gui/gui.pde of protocentral_healthypi_v4):

    0-1 ECG s16     2-3 respiration s16     4-7 infrared s32     8-11 red s32     12-13 temperature u16, 0.01 Cel
    14 respiratory rate     15 SpO2     16 heart rate     17-18 constants where a blood pressure would be
    19 electrodes and probe: v3 bit 0 electrodes off, bit 1 probe open; v4 the five lead-off bits of the ADS1292R

v5, 128 samples a second, payload of 22 bytes (src/HPIOpenView.h of protocentral_healthypi_5_firmware, app/src/data_module.c
of protocentral_healthypi5_zephyr):

    0-3 ECG s32     4-7 respiration (bio-impedance) s32     8 not 0: no new respiration in this packet
    9-12 red s32     13-16 infrared s32     17-18 temperature s16, 0.01 Cel     19 SpO2     20 heart rate
    21 respiratory rate

0 means "no value". Bytes 17 and 18 of v3 and v4 are never a blood pressure: the firmware sends 80 and 120 whatever is
connected. The ECG has no unit here: its gain is set in the firmware, and its filter scales it.

There is no checksum. Every structural bit is used instead (start, length, type, end), and a value counts only when it stood
in several packets in a row (drivers/codec/steady.py). Samples are drawn, and stored in a strip that somebody asked for.
"""

from __future__ import annotations

import collections
import dataclasses
import struct
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from drivers.codec.component import component
from drivers.codec.framing import FrameDecoder, Frames, Not
from drivers.codec.steady import Steady
from edge.domain.measurement import Component, Kind, Name, Quality, Reading
from edge.domain.quantity import Unit
from edge.domain.samples import Samples, Signal

_HEADER: Final = 5
_START: Final = b"\x0a\xfa"
_END: Final = b"\x00\x0b"
_DATA: Final = 0x02
V4: Final = 20
V5: Final = 22
HERTZ: Mapping[int, int] = MappingProxyType({V4: 125, V5: 128})

_ELECTRODES_OFF: Final = 0x1D
_PROBE_OFF: Final = 0x02
"""Bits of byte 19 of v3 and v4; bit 1 is the probe of v3, and one electrode of v4, which then sends no rates either."""

_HUNDREDTH: Final = Decimal("0.01")


@dataclasses.dataclass(frozen=True, slots=True)
class _Packet:
    ecg: int | None
    respiration: int | None
    infrared: int
    hertz: int
    values: tuple[tuple[Name, Decimal | None, Quality], ...]
    """Name, number or None, and why there is none or what it is worth."""


_KINDS: Mapping[Name, tuple[Kind, Unit]] = MappingProxyType(
    {
        Name.HEART_RATE: (Kind.HEART_RATE, Unit.PER_MINUTE),
        Name.RESPIRATORY_RATE: (Kind.RESPIRATION, Unit.PER_MINUTE),
        Name.SPO2: (Kind.SPO2, Unit.PERCENT),
        Name.TEMPERATURE: (Kind.TEMPERATURE, Unit.CELSIUS),
    }
)


def _measure(buffer: bytearray, at: int) -> int | Not:
    header = buffer[at : at + _HEADER]
    if header[:2] != _START[: len(header)]:
        return Not.FRAME
    if len(header) < _HEADER:
        return Not.YET
    size = header[2]
    if size not in HERTZ or header[3] or header[4] != _DATA:
        return Not.FRAME
    whole = _HEADER + size + len(_END)
    if len(buffer) - at < whole:
        return Not.YET
    return whole if buffer[at + whole - len(_END) : at + whole] == _END else Not.FRAME


class HealthyPi(FrameDecoder):
    """Decoder of one line: one reading for each kind of value, once a second and when it becomes another; samples a

    quarter of a second at a time. A kind of which the board never had a value is not spoken of, unless it says why.
    """

    def __init__(self) -> None:
        super().__init__(Frames(_measure, "acquisition board (HealthyPi)", slack=_HEADER + V5 + len(_END)))
        self._steady: dict[Name, Steady[tuple[Decimal | None, Quality]]] = {}
        self._had: set[Name] = set()
        self._newest: tuple[_Packet, bytes] | None = None
        self._traces = _Traces()

    def _take(self, frame: bytes) -> None:
        payload = frame[_HEADER : -len(_END)]
        packet = _v4(payload) if len(payload) == V4 else _v5(payload)
        gap = -(-self._frames.gap // len(frame))
        if gap:
            for steady in self._steady.values():
                steady.broken()
        self._newest = packet, frame
        for name, number, quality in packet.values:
            steady = self._steady.setdefault(name, Steady(packet.hertz))
            if steady.take((number, quality)):
                self._tell(name, number, quality, frame)
        self._ready += self._traces.take(packet, gap)

    def _last(self) -> None:
        if self._newest:
            packet, frame = self._newest
            for name, number, quality in packet.values:
                if self._steady[name].left():
                    self._tell(name, number, quality, frame)
        self._ready += self._traces.rest()

    def _tell(self, name: Name, number: Decimal | None, quality: Quality, raw: bytes) -> None:
        if number is not None:
            self._had.add(name)
        elif name not in self._had and quality is Quality.MISSING:
            return
        kind, unit = _KINDS[name]
        one = Component(name, None, (quality,)) if number is None else component(name, number, unit)
        said = () if quality is Quality.MISSING else (quality,)
        self._ready.append(Reading(kind, (one,), raw=raw, quality=said))


def _v4(payload: bytes) -> _Packet:
    ecg, respiration, infrared, _, hundredths, breaths, spo2, beats, _, _, leads = struct.unpack("<hhiiH6B", payload)
    off = leads & _ELECTRODES_OFF
    electrodes = Quality.SENSOR_OFF if off else Quality.MISSING
    probe = Quality.SENSOR_OFF if leads & _PROBE_OFF else Quality.MISSING
    return _Packet(
        None if off else ecg,
        None if off else respiration,
        infrared,
        HERTZ[V4],
        (
            (Name.HEART_RATE, _number(beats) if not off else None, electrodes),
            (Name.RESPIRATORY_RATE, _number(breaths) if not off else None, electrodes),
            # an open probe of v3 leaves the low byte of its "-999" there
            (Name.SPO2, _number(spo2) if probe is Quality.MISSING else None, probe),
            (Name.TEMPERATURE, _number(hundredths, _HUNDREDTH), Quality.MISSING),
        ),
    )


def _v5(payload: bytes) -> _Packet:
    ecg, respiration, skip, _, infrared, hundredths, spo2, beats, breaths = struct.unpack("<iiBiih3B", payload)
    return _Packet(
        ecg,
        None if skip else respiration,
        infrared,
        HERTZ[V5],
        (
            (Name.HEART_RATE, _number(beats), Quality.MISSING),
            (Name.RESPIRATORY_RATE, _number(breaths), Quality.MISSING),
            (Name.SPO2, _number(spo2), Quality.MISSING),
            (Name.TEMPERATURE, _number(hundredths, _HUNDREDTH), Quality.MISSING),
        ),
    )


def _number(sent: int, step: Decimal = Decimal(1)) -> Decimal | None:
    return sent * step if sent else None


class _Traces:
    """Packets to stretches of samples, cut where packets are missing."""

    def __init__(self) -> None:
        self._packets: collections.deque[_Packet] = collections.deque()
        self._lost = dict.fromkeys((Signal.ECG, Signal.RESPIRATION, Signal.PLETH), 0)
        self._begun = False

    def take(self, packet: _Packet, gap: int) -> list[Samples]:
        cut = self.rest() if gap or (self._packets and self._packets[-1].hertz != packet.hertz) else []
        if self._begun:
            for signal in self._lost:
                self._lost[signal] += gap
        self._begun = True
        self._packets.append(packet)
        return cut + (self.rest() if len(self._packets) >= packet.hertz // 4 else [])

    def rest(self) -> list[Samples]:
        """What has come since the last stretch."""
        if not self._packets:
            return []
        packets = list(self._packets)
        self._packets.clear()
        hertz, count = Decimal(packets[0].hertz), len(packets)
        columns = (
            (Signal.ECG, [one.ecg for one in packets]),
            (Signal.RESPIRATION, [one.respiration for one in packets]),
            (Signal.PLETH, [one.infrared for one in packets]),
        )
        found = []
        for signal, column in columns:
            values = tuple(value for value in column if value is not None)
            if not values:
                # the electrodes are off: no line is drawn, not a flat one
                self._lost[signal] += count
                continue
            # v5 measures respiration in some packets only, evenly
            rate = hertz * len(values) / count
            found.append(Samples(signal, rate, values, lost=int(self._lost[signal] * rate / hertz)))
            self._lost[signal] = 0
        return found
