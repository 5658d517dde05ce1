"""A&D blood pressure monitors with the Bluetooth Serial Port Profile (UA-767PBT and kin).

A packet: a header of 60 bytes, numbers little endian, then the data as text (an Android application that talks to the
UA-767PBT and UC-411PBT-C, with packets of both in its log):

    bytes  0-1   02 00, a packet of data       bytes  2-5  length of the data
    bytes  6-7   number of the model (767)     byte   8    flag
    bytes  9-15  when it was measured: year (two bytes), month, day, hour, minute, second
    bytes 16-22  when it was sent              bytes 23-34 addresses and name
    bytes 35-46  serial number                 bytes 47-59 reserved, battery, firmware

    data   ``80`` systolic less diastolic, diastolic, pulse, mean arterial pressure, each two hex digits:
           ``801D4C4152`` = 1D + 4C = 29 + 76 = 105, 4C = 76, 41 = 65, 52 = 82

``PWCAPI`` may come before a packet. The same text without a header is understood too, at the beginning of a line. The host
answers ``PWA1`` once the reading is durable: the device may then forget it; ``PWA0`` for what was not understood.

There is no checksum. What there is is used: type and length of the packet, the form of the text; and a mean pressure that
does not lie between the other two puts all three in doubt.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from drivers.codec.component import component, implausible
from drivers.codec.framing import FrameDecoder, Frames, Not
from edge.domain.dialogue import Listening, Say, Step
from edge.domain.fault import Fault
from edge.domain.measurement import DeviceTime, Kind, Name, Quality, Reading
from edge.domain.quantity import Unit

HEADER: Final = 60
TEXT: Final = 10
_START: Final = b"\x02\x00" + TEXT.to_bytes(4, "little")
_GREETING: Final = b"PWCAPI"
_FORM: Final = re.compile(rb"80[0-9A-F]{8}")
_BEGINNING: Final = re.compile(rb"(80?[0-9A-F]*)?")
_NEWLINE: Final = b"\r\n"

ACCEPTED: Final = b"PWA1"
REFUSED: Final = b"PWA0"


class AndBloodPressure(FrameDecoder):
    """Decoder of one line: one reading a packet."""

    def __init__(self) -> None:
        super().__init__(Frames(self._measure, "tensiometer (A&D)", slack=1, between=_NEWLINE))

    def _measure(self, buffer: bytearray, at: int) -> int | Not:
        match buffer[at]:
            case 0x02:
                return _packet(buffer[at : at + HEADER + TEXT])
            case 0x50:
                start = buffer[at : at + len(_GREETING)]
                if start != _GREETING[: len(start)]:
                    return Not.FRAME
                return len(start) if len(start) == len(_GREETING) else Not.YET
            case 0x38:
                before = buffer[at - 1] if at else self._frames.before
                if before is None or before in _NEWLINE:
                    return _text(buffer[at : at + TEXT])
                # text behind other bytes may be that of a damaged packet, which has lost its date: two in a row are not
                first, second = _text(buffer[at : at + TEXT]), _text(buffer[at + TEXT : at + 2 * TEXT])
                return first if isinstance(first, Not) or isinstance(second, int) else second
            case _:
                return Not.FRAME

    def _take(self, frame: bytes) -> None:
        if frame == _GREETING:
            return
        time = _device_time(frame) if len(frame) > TEXT else None
        quality = (Quality.DEVICE_CLOCK_UNSET,) if len(frame) > TEXT and time is None else ()
        _, pulse_pressure, diastolic, pulse, mean = bytes.fromhex(frame[-TEXT:].decode("ascii"))
        systolic = pulse_pressure + diastolic
        pressures = tuple(
            component(name, Decimal(value), Unit.MMHG)
            for name, value in (
                (Name.SYSTOLIC, systolic),
                (Name.DIASTOLIC, diastolic),
                (Name.MEAN_ARTERIAL_PRESSURE, mean),
            )
        )
        if not diastolic < mean < systolic:
            pressures = tuple(map(implausible, pressures))
        rate = component(Name.PULSE_RATE, Decimal(pulse), Unit.PER_MINUTE)
        self._ready.append(
            Reading(Kind.BLOOD_PRESSURE, (*pressures, rate), raw=frame, device_time=time, quality=quality)
        )


def _packet(packet: bytes | bytearray) -> int | Not:
    start = packet[: len(_START)]
    if start != _START[: len(start)]:
        return Not.FRAME
    if len(packet) < HEADER + TEXT:
        return Not.YET
    return len(packet) if _FORM.fullmatch(packet[HEADER:]) else Not.FRAME


def _text(text: bytes | bytearray) -> int | Not:
    if _FORM.fullmatch(text):
        return TEXT
    return Not.YET if len(text) < TEXT and _BEGINNING.fullmatch(text) else Not.FRAME


def _device_time(packet: bytes) -> DeviceTime | None:
    """None for a date that does not exist: the clock of the device was never set."""
    year = int.from_bytes(packet[9:11], "little")
    month, day, hour, minute, second = packet[11:16]
    possible = 1 <= month <= 12 and 1 <= day <= 31 and hour <= 23 and minute <= 59 and second <= 59
    return DeviceTime(year, month, day, hour, minute, second) if possible and 1990 <= year <= 2099 else None


class AndDialogue(Listening):
    """``PWA1`` only for what is durable: the device may forget it then."""

    def kept(self, reading: Reading) -> Sequence[Step]:  # noqa: ARG002
        return (Say(ACCEPTED),)

    def refused(self, fault: Fault) -> Sequence[Step]:  # noqa: ARG002
        return (Say(REFUSED),)
