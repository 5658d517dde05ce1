"""EDF and EDF+ files (Kemp 1992; Kemp and Olivan 2003, edfplus.info): bytes in, the ECG signals out.

The header is checked here before edfio sees the file, and numbers are taken from it as they are written: in binary
fractions a scale of 0.1 µV would not be exact.
"""

from __future__ import annotations

import dataclasses
import re
import warnings
from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Final

import edfio
import numpy as np
from numpy.typing import NDArray

from drivers.files.recording import BY_CAPITALS, corrupt, refuse_large, waveform
from edge.domain.waveform import Scale, Waveform

MOST_SIGNALS: Final = 256

_VERSION: Final = b"0       "
_BDF: Final = b"\xffBIOSEMI"
_HEAD: Final = 256
_ANNOTATIONS: Final = "EDF Annotations"

_WIDTHS: Final = (16, 80, 8, 8, 8, 8, 8, 80, 8, 32)
"""Label, transducer, dimension, physical minimum and maximum, digital minimum and maximum, filters, samples, reserved."""

_MICROVOLTS: Mapping[str, Decimal] = MappingProxyType(
    {"nV": Decimal("0.001"), "uV": Decimal(1), "µV": Decimal(1), "mV": Decimal(1000), "V": Decimal(1_000_000)}
)
"""EDF+ 2.1.3 item 5, with the sign for micro that some writers put in."""

_OTHER_TYPES: Final = frozenset(
    "EEG EOG ERG EMG MEG MCG EP TEMP RESP SAO2 LIGHT SOUND EVENT".split(),  # noqa: SIM905
)
"""Standard texts of signals that are no ECG: edfplus.info, EDF+ 2.1.3."""

_ECG = re.compile(r"(?:ECG|EKG)\b[ :_-]*(?:LEAD\s+)?(.*)|(?:LEAD\s+)(.+)", re.IGNORECASE)
_NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d)?")
_INTEGER = re.compile(rb"[+-]?\d+")
_ONSET = re.compile(rb"([+-]\d{1,12}(?:\.\d{0,12})?)(?:\x15[\d.]*)?\x14")


def recognises(data: bytes) -> bool:
    """The version, and a size of the header that fits its number of signals."""
    return data[:8] in {_VERSION, _BDF} and data[184:192].strip() == str(_HEAD * (1 + _signals(data))).encode()


def _signals(data: bytes) -> int:
    text = data[252:256].strip()
    return int(text) if _INTEGER.fullmatch(text) else -1


@dataclasses.dataclass(frozen=True, slots=True)
class _Signal:
    """``minimum`` and ``maximum`` of the physical range in the file's unit, ``lowest`` and ``highest`` of the digital one."""

    label: str
    unit: str
    minimum: Decimal
    maximum: Decimal
    lowest: int
    highest: int
    per_record: int
    lead: str | None

    @property
    def is_annotations(self) -> bool:
        return self.label == _ANNOTATIONS


@dataclasses.dataclass(frozen=True, slots=True)
class _Header:
    records: int
    seconds: Decimal
    signals: tuple[_Signal, ...]

    @property
    def size(self) -> int:
        return _HEAD * (1 + len(self.signals))

    @property
    def per_record(self) -> int:
        """Bytes of one data record."""
        return 2 * sum(signal.per_record for signal in self.signals)


def read(data: bytes) -> Waveform:
    """Every ECG signal, in the order of the file. Raises Fault(CORRUPT_FILE) and never joins what has gaps (H15)."""
    refuse_large(data)
    if data[:8] == _BDF:
        raise corrupt("the file is BDF, whose samples have 24 bits; this cart keeps 16")
    if not recognises(data):
        raise corrupt("the file is no EDF file")
    header = _header(data)
    leads = [(at, signal) for at, signal in enumerate(header.signals) if signal.lead is not None]
    if not leads:
        raise corrupt("the EDF file has no ECG in it")
    if len({signal.per_record for _, signal in leads}) != 1:
        raise corrupt("the leads of the ECG have different rates, which this cart cannot keep")
    hertz = leads[0][1].per_record / header.seconds
    _refuse_gaps(data, header, hertz)
    digital = _digital(data, header, [at for at, _ in leads])
    scales, samples = zip(*(_scaled(signal, one) for (_, signal), one in zip(leads, digital, strict=True)), strict=True)
    return waveform([signal.lead or "" for _, signal in leads], hertz, scales, samples)


def _header(data: bytes) -> _Header:
    number = _signals(data)
    if not 1 <= number <= MOST_SIGNALS or len(data) < _HEAD * (1 + number):
        raise corrupt("the EDF file has an impossible number of signals")
    records = _integer(data[236:244])
    if records < 1:
        raise corrupt("the EDF file was not finished")
    header = _Header(records, _decimal(data[244:252]), _described(data[_HEAD : _HEAD * (1 + number)], number))
    if header.seconds <= 0 or any(signal.per_record < 1 for signal in header.signals):
        raise corrupt("the EDF file has data records without duration or without samples")
    if header.size + records * header.per_record != len(data):
        raise corrupt("the EDF file has another length than it announces")
    return header


def _described(block: bytes, number: int) -> tuple[_Signal, ...]:
    columns: list[list[bytes]] = []
    at = 0
    for width in _WIDTHS:
        columns.append([block[at + i * width : at + (i + 1) * width] for i in range(number)])
        at += width * number
    return tuple(_signal(*row) for row in zip(*columns, strict=True))


def _signal(*fields: bytes) -> _Signal:
    label = fields[0].decode("latin-1").strip()
    unit = fields[2].decode("utf-8" if b"\xc2\xb5" in fields[2] else "latin-1").strip()
    if not label.isprintable():
        raise corrupt("a label of the EDF file is unreadable")
    signal = _Signal(
        label=label,
        unit=unit,
        minimum=_decimal(fields[3]),
        maximum=_decimal(fields[4]),
        lowest=_integer(fields[5]),
        highest=_integer(fields[6]),
        per_record=_integer(fields[8]),
        lead=_lead(label, unit),
    )
    if signal.lead is not None and (signal.highest <= signal.lowest or signal.maximum == signal.minimum):
        raise corrupt("the scale of the ECG is impossible")
    return signal


def _lead(label: str, unit: str) -> str | None:
    """What a signal is called as a lead: one of the twelve, or its own label. None for one that is no ECG.

    Raises Fault(CORRUPT_FILE) for an ECG in a unit that is no voltage (H5).
    """
    match = _ECG.fullmatch(label)
    name = BY_CAPITALS.get((match[1] or match[2] or "" if match else label).strip().upper())
    if name is None and match is None:
        words = label.upper().split()
        if label == _ANNOTATIONS or not words or words[0] in _OTHER_TYPES or unit not in _MICROVOLTS:
            return None
    if unit not in _MICROVOLTS:
        raise corrupt("the ECG is in a unit that is no voltage")
    return name or label


def _integer(field: bytes) -> int:
    text = field.strip()
    if _INTEGER.fullmatch(text) is None:
        raise corrupt("a number in the header of the EDF file is unreadable")
    return int(text)


def _decimal(field: bytes) -> Decimal:
    text = field.strip()
    if _NUMBER.fullmatch(text) is None:
        raise corrupt("a number in the header of the EDF file is unreadable")
    return Decimal(text.decode("ascii"))


def _refuse_gaps(data: bytes, header: _Header, hertz: Decimal) -> None:
    """EDF+ 2.2.4: each data record begins its first annotations signal with the time of its start.

    What calls itself continuous is held to it like what calls itself interrupted (EDF+D). Writers round these times;
    less than half a sample is no gap.
    """
    at = 0
    for signal in header.signals:
        if signal.is_annotations:
            break
        at += 2 * signal.per_record
    else:
        if data[192:196] == b"EDF+":
            raise corrupt("the EDF+ file does not say when its data records begin")
        return
    before: Decimal | None = None
    for number in range(header.records):
        match = _ONSET.match(data, header.size + number * header.per_record + at)
        if match is None:
            raise corrupt("the EDF+ file does not say when its data records begin")
        onset = Decimal(match[1].decode("ascii"))
        if before is not None and abs(onset - before - header.seconds) * hertz * 2 >= 1:
            raise corrupt("the ECG has gaps, which this cart cannot keep")
        before = onset


def _digital(data: bytes, header: _Header, wanted: Sequence[int]) -> list[NDArray[np.int16]]:
    """The samples of the signals at ``wanted``, as edfio reads them."""
    ordinary = [at for at, signal in enumerate(header.signals) if not signal.is_annotations]
    try:
        with warnings.catch_warnings():
            # the header was checked: what edfio would set right with a warning is refused before
            warnings.simplefilter("error")
            signals = dict(zip(ordinary, edfio.read_edf(data, header_encoding="latin-1").signals, strict=True))
            return [signals[at].digital for at in wanted]
    except Exception as exc:
        # edfio promises no set of exceptions for damaged files
        raise corrupt("the EDF file is damaged") from exc


def _scaled(signal: _Signal, digital: NDArray[np.int16]) -> tuple[Scale, NDArray[np.int64]]:
    """EDF: the physical extremes correspond to the digital ones. A range that is upside down turns the signs of both."""
    samples = digital.astype(np.int64)
    steps = signal.highest - signal.lowest
    unit = _MICROVOLTS[signal.unit]
    step = (signal.maximum - signal.minimum) * unit / steps
    baseline = (signal.minimum * signal.highest - signal.maximum * signal.lowest) * unit / steps
    return (Scale(step, baseline), samples) if step > 0 else (Scale(-step, baseline), -samples)
