"""Masimo ASCII-1: one line a second (Rad-5, Rad-7 and Rad-8 lines), 9600 8N1.

    03/19/16 13:37:12 SN=0000093112 SPO2=098% BPM=064 PI=11.82% SPCO=01.0% SPMET=00.5% ... ALARM=0000 EXC=000800

Date (month/day/year) and time of the device; then fields, which differ by model; dashes for a value that is not there;
the line ends with CR LF. ``ALARM`` and ``EXC`` are bits in hex (Rad-8 operator's manual, "Trend data format"; the bits above
0800 from the MD PnP driver for the Radical-7):

    EXC 000001 no sensor            000002 defective sensor       000004 low perfusion        000008 pulse search
        000010 interference         000020 sensor off             000040 ambient light        000080 unrecognised sensor
        000100 incompatible sensor  000400 low signal IQ          000800 Masimo SET           001000 no cable
        004000 incompatible cable   008000 unrecognised cable     010000 defective cable      020000 calibrating
        080000 emitter temperature  100000 sensor current         200000 SpCO in doubt        400000 SpMet in doubt

There is no checksum: the whole line has to have its form, each value its number of digits, each field to stand there
once, with SPO2, BPM, ALARM and EXC among them. ``SPHB`` is not decoded: the line prints no unit, and the device can be set to
g/dL, g/L or mmol/L (H5).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from drivers.codec.component import component
from drivers.codec.framing import FrameDecoder, Frames, Not
from edge.domain.measurement import Component, DeviceTime, Kind, Name, Quality, Reading
from edge.domain.quantity import Unit

LONGEST: Final = 512
"""Bytes of a line; the longest known has 190."""

_START: Final = b"00/00/00 00:00:00 "
_DIGIT: Final = ord("0")
_LINE: Final = re.compile(
    rb"(\d\d)/(\d\d)/(\d\d) (\d\d):(\d\d):(\d\d)((?: [A-Z][A-Z0-9]*=[-+0-9A-Za-z./%]+)+) *", re.ASCII
)
_FIELDS: Final = re.compile(r" ([A-Z][A-Z0-9]*)=(\S+)")

_FORMS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "SPO2": re.compile(r"(\d{3}|---)%?"),
        "BPM": re.compile(r"(\d{3}|---)%?"),
        "PI": re.compile(r"(\d\d\.\d\d|--\.?--)%?"),
        "SPCO": re.compile(r"(\d\d\.\d|\d\d|--\.-|--)%?"),
        "SPMET": re.compile(r"(\d\d\.\d|--\.-)%?"),
        "PVI": re.compile(r"(\d{3}|---)%?"),
        "ALARM": re.compile(r"([0-9A-F]{2,8})"),
        "EXC": re.compile(r"([0-9A-F]{3,8})"),
    }
)
"""The form of each field that is understood; a line in which one of them has another form is damaged."""

_NEEDED: Final = frozenset({"SPO2", "BPM", "ALARM", "EXC"})

_EXCEPTIONS: Mapping[int, Quality] = MappingProxyType(
    {
        0x000001: Quality.SENSOR_OFF,
        0x000020: Quality.SENSOR_OFF,
        0x001000: Quality.SENSOR_OFF,
        0x000008: Quality.SEARCHING,
        0x020000: Quality.SEARCHING,
        0x000004: Quality.LOW_PERFUSION,
        0x000400: Quality.LOW_SIGNAL,
        0x000010: Quality.ARTIFACT,
        0x000040: Quality.ARTIFACT,
        0x000002: Quality.DEVICE_FAULT,
        0x000080: Quality.DEVICE_FAULT,
        0x000100: Quality.DEVICE_FAULT,
        0x004000: Quality.DEVICE_FAULT,
        0x008000: Quality.DEVICE_FAULT,
        0x010000: Quality.DEVICE_FAULT,
        0x080000: Quality.DEVICE_FAULT,
        0x100000: Quality.DEVICE_FAULT,
    }
)
_SPCO_IN_DOUBT: Final = 0x200000
_SPMET_IN_DOUBT: Final = 0x400000

_MORE: tuple[tuple[str, Name, int], ...] = (
    ("PI", Name.PERFUSION_INDEX, 0),
    ("SPCO", Name.CARBOXYHEMOGLOBIN, _SPCO_IN_DOUBT),
    ("SPMET", Name.METHEMOGLOBIN, _SPMET_IN_DOUBT),
    ("PVI", Name.PLETH_VARIABILITY_INDEX, 0),
)
"""What only some models give, all in percent; left out where the line has dashes. With the bit that puts it in doubt."""


def _measure(buffer: bytearray, at: int) -> int | Not:
    start = buffer[at : at + len(_START)]
    if not all(
        byte == form or (form == _DIGIT and byte in b"0123456789") for byte, form in zip(start, _START, strict=False)
    ):
        return Not.FRAME
    ends = [end for end in (buffer.find(sign, at, at + LONGEST) for sign in (b"\r", b"\n")) if end >= 0]
    if not ends:
        return Not.YET if len(buffer) - at < LONGEST else Not.FRAME
    length = min(ends) - at
    return length if _understood(bytes(buffer[at : at + length])) else Not.FRAME


def _understood(line: bytes) -> dict[str, str] | None:
    """The fields of a line that has its form, with ``TIME`` as ISO 8601 or ""; None for one that has not."""
    found = _LINE.fullmatch(line)
    if not found:
        return None
    pairs = _FIELDS.findall(found[7].decode("ascii"))
    fields: dict[str, str] = dict(pairs)
    if len(fields) != len(pairs) or not fields.keys() >= _NEEDED:
        return None
    for name, form in _FORMS.items():
        if name not in fields:
            continue
        match = form.fullmatch(fields[name])
        if not match:
            return None
        fields[name] = match[1]
    month, day, year, hour, minute, second = (int(group) for group in found.groups()[:6])
    try:
        fields["TIME"] = dt.datetime(2000 + year, month, day, hour, minute, second).isoformat()  # noqa: DTZ001 devices know no zone
    except ValueError:
        fields["TIME"] = ""
    return fields


class MasimoAscii1(FrameDecoder):
    """Decoder of one line: one reading a whole line of text; a line that was cut before its end is none."""

    def __init__(self) -> None:
        super().__init__(Frames(_measure, "oximeter (Masimo ASCII-1)", slack=LONGEST, between=b"\r\n"))

    def _take(self, frame: bytes) -> None:
        fields = _understood(frame) or {}
        exceptions = int(fields["EXC"], 16)
        quality = tuple(dict.fromkeys(quality for bit, quality in _EXCEPTIONS.items() if exceptions & bit))
        time = _device_time(fields["TIME"])
        parts = (
            _main(Name.SPO2, fields["SPO2"], Unit.PERCENT, quality),
            _main(Name.PULSE_RATE, fields["BPM"], Unit.PER_MINUTE, quality),
            *_more(fields, exceptions),
        )
        if time is None:
            quality = (*quality, Quality.DEVICE_CLOCK_UNSET)
        self._ready.append(Reading(Kind.SPO2, parts, raw=frame, device_time=time, quality=quality))


def _main(name: Name, text: str, unit: Unit, quality: tuple[Quality, ...]) -> Component:
    if "-" in text:
        return Component(name, None, quality or (Quality.MISSING,))
    return component(name, Decimal(text), unit)


def _more(fields: Mapping[str, str], exceptions: int) -> list[Component]:
    found = []
    for field, name, doubt in _MORE:
        text = fields.get(field, "-")
        if "-" in text:
            continue
        one = component(name, Decimal(text), Unit.PERCENT)
        if exceptions & doubt:
            one = Component(one.name, one.quantity, (*one.quality, Quality.LOW_SIGNAL), one.as_sent)
        found.append(one)
    return found


def _device_time(iso: str) -> DeviceTime | None:
    if not iso:
        return None
    at = dt.datetime.fromisoformat(iso)
    return DeviceTime(at.year, at.month, at.day, at.hour, at.minute, at.second)
