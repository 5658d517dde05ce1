"""12-lead ECG recordings as DICOM files (PS3.3 A.34.3 and C.10.9, Waveform Module): bytes in, a waveform out."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Final

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import GeneralECGWaveformStorage, TwelveLeadECGWaveformStorage

from drivers.files.recording import BY_CAPITALS, corrupt, refuse_impossible, refuse_large
from edge.domain.fault import Fault
from edge.domain.waveform import Scale, Waveform
from edge.foreign.dicom import check

_BY_NUMBER: Mapping[int, str] = MappingProxyType(
    {1: "I", 2: "II", 61: "III", 62: "aVR", 63: "aVL", 64: "aVF"} | {number: f"V{number - 2}" for number in range(3, 9)}
)
"""EN 1064 table of leads (SCP-ECG section 3); ISO/IEEE 11073-10101 counts the same (partition 2)."""

_CODE = re.compile(r"(?:5\.6\.3-9-|2:|MDC_ECG_LEAD_)(\w+)")
_TITLE = re.compile(r"(?:lead\s+|MDC_ECG_LEAD_)?(\w+)\s*(?:\(.*\))?", re.IGNORECASE)
_MDC_LEADS: Final = 131328  # partition 2 << 16, lead 0 at offset 256

_MICROVOLTS: Mapping[str, Decimal] = MappingProxyType(
    {"nV": Decimal("0.001"), "uV": Decimal(1), "mV": Decimal(1000), "V": Decimal(1_000_000)}
)
"""UCUM, PS3.16 CID 3082."""

_FASTEST: Final = Decimal(100_000)
_EXPONENT: Final = 20
_DECIMAL_STRING = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,8})?", re.ASCII)
"""PS3.5 6.2, DS."""


def read(data: bytes) -> Waveform:
    """The first multiplex group of ``data``, its leads in the order of the file. Raises Fault(CORRUPT_FILE)."""
    refuse_large(data)
    check(data)
    try:
        return _read(data)
    except Fault:
        raise
    except Exception as exc:
        # pydicom promises no set of exceptions for damaged files
        raise corrupt("the DICOM file is damaged") from exc


def _read(data: bytes) -> Waveform:
    # only these: whatever else stands in the file is neither parsed nor able to reach a log
    recording = pydicom.dcmread(io.BytesIO(data), specific_tags=["SOPClassUID", "WaveformSequence"])
    if recording.SOPClassUID not in {TwelveLeadECGWaveformStorage, GeneralECGWaveformStorage}:
        raise corrupt("the DICOM file is no 12-lead ECG")
    group = recording.WaveformSequence[0]
    channels: Sequence[Dataset] = group.ChannelDefinitionSequence
    if not channels or len(channels) != int(group.NumberOfWaveformChannels):
        raise corrupt("the ECG announces another number of channels than it describes")
    leads = tuple(_lead(channel) for channel in channels)
    if len(set(leads)) != len(leads):
        raise corrupt("the ECG has the same lead twice")
    if int(group.WaveformBitsAllocated) != 16 or group.WaveformSampleInterpretation != "SS":
        raise corrupt("the samples of the ECG are not 16-bit integers")
    samples = bytes(group.WaveformData)
    if not samples or len(samples) != 2 * len(leads) * int(group.NumberOfWaveformSamples):
        raise corrupt("the ECG has another number of samples than it announces")
    hertz = _decimal(group.SamplingFrequency)
    if not 0 < hertz <= _FASTEST:
        raise corrupt("the sampling frequency of the ECG is impossible")
    _refuse_gaps(group, samples)
    scales = tuple(_scale(channel) for channel in channels)
    for scale, one in zip(scales, np.frombuffer(samples, dtype="<i2").reshape(-1, len(leads)).T, strict=True):
        refuse_impossible(scale, int(one.min()), int(one.max()))
    return Waveform(leads, hertz, scales, samples)


def _lead(channel: Dataset) -> str:
    """C.10.9.1.4: the channel's source, by code or by its words. They must not contradict each other (H16)."""
    code = channel.ChannelSourceSequence[0]
    by_code = _lead_of_code(str(code.get("CodeValue", "")).strip())
    titles = {_lead_of_title(str(code.get("CodeMeaning", ""))), _lead_of_title(str(channel.get("ChannelLabel", "")))}
    found = (titles | {by_code}) - {None}
    if len(found) > 1:
        raise corrupt("a lead of the ECG is called by two names")
    lead = next(iter(found), None)
    if lead is None:
        raise corrupt("a channel of the ECG is none of the twelve leads")
    return lead


def _lead_of_code(value: str) -> str | None:
    if value.isdecimal():
        return _BY_NUMBER.get(int(value) - _MDC_LEADS)
    match = _CODE.fullmatch(value)
    if match is None:
        return None
    return _BY_NUMBER.get(int(match[1])) if match[1].isdecimal() else BY_CAPITALS.get(match[1].upper())


def _lead_of_title(title: str) -> str | None:
    match = _TITLE.fullmatch(title.strip())
    return BY_CAPITALS.get(match[1].upper()) if match else None


def _scale(channel: Dataset) -> Scale:
    """Sensitivity times its correction factor, and the baseline, which stands in the unit of the sensitivity
    (C.10.9.1.4.2). A scale is never guessed (H15).
    """
    unit = _unit(channel)
    step = _decimal(channel.ChannelSensitivity) * _decimal(channel.get("ChannelSensitivityCorrectionFactor", 1)) * unit
    if step <= 0:
        raise corrupt("the scale of the ECG is impossible")
    return Scale(step, _decimal(channel.get("ChannelBaseline", 0)) * unit)


def _unit(channel: Dataset) -> Decimal:
    code = channel.ChannelSensitivityUnitsSequence[0].CodeValue
    if code not in _MICROVOLTS:
        raise corrupt("the ECG is in a unit that is no voltage")
    return _MICROVOLTS[code]


def _refuse_gaps(group: Dataset, samples: bytes) -> None:
    """C.10.9.1.7: samples of this value are no samples. Real recorders announce 0, which is a sample like any other."""
    padding = bytes(group.get("WaveformPaddingValue", None) or b"\0\0")
    if any(padding) and padding[:2] in {samples[at : at + 2] for at in range(0, len(samples), 2)}:
        raise corrupt("the ECG has gaps, which this cart cannot keep")


def _decimal(value: object) -> Decimal:
    """Exactly as it is written in the file."""
    text = str(value).strip()
    if _DECIMAL_STRING.fullmatch(text) is None:
        raise corrupt("a number of the ECG is unreadable")
    number = Decimal(text)
    # an exponent of millions is a short text and a number that fills the memory
    if abs(number.adjusted()) > _EXPONENT:
        raise corrupt("a number of the ECG is unreadable")
    return number
