"""Nonin serial data format 13: one packet a spot check, live or out of the memory of the device.

Nonin Onyx II 9560, OEM Specification 6470-000-01, "Data Format #13 Data Packet Description". 9600 bits a second, 8N1, or
the Bluetooth Serial Port Profile. Numbers are big endian:

    byte 1      00 start     byte 2  02 STX
    bytes 3, 4  00 0D packet type
    bytes 5, 6  length of the data, at least 14; "this data section is expandable"
    bytes 7-13  century, year, month, day, hour, minute, second of the measurement; byte 14 hundredths of the second; in
                BCD as the specification prints it ("20" is 20 hex); a century of 13 or 14 hex says that all are binary
    byte 15     status: bit 1 SPA, bit 0 NOM no measurement
    byte 16     status: bit 4 MEM out of the memory, bit 0 low battery
    bytes 17-18 pulse rate, 511 missing
    byte 19     reserved
    byte 20     SpO2, 127 missing
    ...         what later devices add
    then        sum of the data, modulo 256; 03 ETX

The host answers ACK (06) once a packet is durable, NACK (15) when one was not understood; the device then sends it again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from drivers.codec.framing import FrameDecoder, Frames, Not
from drivers.codec.nonin_packet import MISSING_RATE, MISSING_SPO2, measured
from edge.domain.dialogue import Listening, Say, Step
from edge.domain.fault import Fault
from edge.domain.measurement import Component, DeviceTime, Kind, Name, Quality, Reading
from edge.domain.quantity import Unit

_HEADER: Final = 6
_START: Final = b"\x00\x02\x00\x0d\x00"
_ETX: Final = 0x03
LEAST: Final = 14
MOST: Final = 32
"""Bytes of data. A wrong length byte must not keep the next packet waiting: MOST and what surrounds it are two packets."""

_NO_MEASUREMENT: Final = 0x01
_FROM_MEMORY: Final = 0x10
_LOW_BATTERY: Final = 0x01

ACK: Final = b"\x06"
NACK: Final = b"\x15"


def _measure(buffer: bytearray, at: int) -> int | Not:
    frame = buffer[at : at + _HEADER + MOST + 2]
    start = frame[: len(_START)]
    if start != _START[: len(start)]:
        return Not.FRAME
    if len(frame) < _HEADER:
        return Not.YET
    length = frame[_HEADER - 1]
    if not LEAST <= length <= MOST:
        return Not.FRAME
    whole = _HEADER + length + 2
    if len(frame) < whole:
        return Not.YET
    if frame[whole - 1] != _ETX:
        return Not.FRAME
    return whole if sum(frame[_HEADER : whole - 2]) & 0xFF == frame[whole - 2] else Not.SUM


class Nonin13(FrameDecoder):
    """Decoder of one line: one reading a packet."""

    def __init__(self) -> None:
        super().__init__(Frames(_measure, "oximeter (Nonin format 13)", slack=1))

    def _take(self, frame: bytes) -> None:
        data = frame[_HEADER:-2]
        time = _device_time(data)
        quality = _quality(data)
        if time is None:
            quality = (*quality, Quality.DEVICE_CLOCK_UNSET)
        self._ready.append(Reading(Kind.SPO2, _components(data), raw=frame, device_time=time, quality=quality))


def _components(data: bytes) -> tuple[Component, ...]:
    if data[8] & _NO_MEASUREMENT:
        return tuple(Component(name, None, (Quality.MISSING,)) for name in (Name.SPO2, Name.PULSE_RATE))
    rate = int.from_bytes(data[10:12], "big")
    return (
        measured(Name.SPO2, data[13], MISSING_SPO2, Unit.PERCENT, ()),
        measured(Name.PULSE_RATE, rate, MISSING_RATE, Unit.PER_MINUTE, ()),
    )


def _quality(data: bytes) -> tuple[Quality, ...]:
    found = []
    if data[9] & _FROM_MEMORY:
        found.append(Quality.FROM_STORAGE)
    if data[9] & _LOW_BATTERY:
        found.append(Quality.BATTERY_LOW)
    return tuple(found)


def _device_time(data: bytes) -> DeviceTime | None:
    """None for a date that does not exist: the clock of the device was never set."""
    digits = data[:7].hex()
    in_bcd = data[0] in {0x19, 0x20} and digits.isdecimal()
    century, year, month, day, hour, minute, second = bytes(map(int, re.findall("..", digits))) if in_bcd else data[:7]
    possible = 1 <= month <= 12 and 1 <= day <= 31 and hour <= 23 and minute <= 59 and second <= 59
    if not possible or century not in {19, 20} or year > 99:
        return None
    return DeviceTime(century * 100 + year, month, day, hour, minute, second)


class Nonin13Dialogue(Listening):
    """ACK only for what is durable: the device may forget a packet once it is acknowledged."""

    def kept(self, reading: Reading) -> Sequence[Step]:  # noqa: ARG002
        return (Say(ACK),)

    def refused(self, fault: Fault) -> Sequence[Step]:  # noqa: ARG002
        return (Say(NACK),)
