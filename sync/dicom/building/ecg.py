"""ECG waveform objects (PS3.3 C.10.8 to C.10.10): 12-Lead (A.34.3), General (A.34.4) and Ambulatory (A.34.5).

Which one says what is in the recording, not who made it: a 12-lead ECG is one, a few leads at 200 Hz or more are a general
ECG, and the ambulatory class alone takes a slower front end (125 Hz).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from pydicom.dataset import Dataset

from edge.domain.fault import Fault, Reason
from edge.domain.item import Item
from edge.domain.waveform import Scale, Waveform
from sync.dicom.building.elements import code, date, put, sequence, time
from sync.dicom.building.modules import Source, common, local

TWELVE_LEAD_ECG = "1.2.840.10008.5.1.4.1.1.9.1.1"
GENERAL_ECG = "1.2.840.10008.5.1.4.1.1.9.1.2"
AMBULATORY_ECG = "1.2.840.10008.5.1.4.1.1.9.1.3"

_GENERAL_FROM = 200
"""Hertz, A.34.4.4.4."""

LEAD_CODES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "I": ("2:1", "Lead I"),
        "II": ("2:2", "Lead II"),
        "III": ("2:61", "Lead III"),
        "aVR": ("2:62", "aVR, augmented voltage, right"),
        "aVL": ("2:63", "aVL, augmented voltage, left"),
        "aVF": ("2:64", "aVF, augmented voltage, foot"),
        "V1": ("2:3", "Lead V1"),
        "V2": ("2:4", "Lead V2"),
        "V3": ("2:5", "Lead V3"),
        "V4": ("2:6", "Lead V4"),
        "V5": ("2:7", "Lead V5"),
        "V6": ("2:8", "Lead V6"),
    }
)
"""ISO/IEEE 11073-10101 codes of the leads (scheme MDC) and their meanings, DICOM PS3.16 CID 3001."""

_UNNAMED = ("2:0", "Unspecified lead")
"""CID 3001 too: a lead that its device does not name."""

_DS = 16
"""Characters of a decimal string, PS3.5 6.2."""

_PICOVOLT = Decimal("1e-6")
"""In microvolts: what a sample may move by because its scale has to fit."""

_CLOCK = Decimal("1e-11")
"""The share by which a rate may move for that: a microsecond a day."""

_BY_CAPITALS = {name.upper(): name for name in LEAD_CODES}


def class_of(waveform: Waveform) -> str:
    """The SOP class whose content constraints fit; whether they are kept is for the checks to say."""
    if waveform.is_twelve_lead:
        return TWELVE_LEAD_ECG
    return GENERAL_ECG if waveform.sampling_hz >= _GENERAL_FROM else AMBULATORY_ECG


def build(item: Item, waveform: Waveform, source: Source) -> Dataset:
    """The data set, explicit VR little endian. Raises Fault(OBJECT_INVALID) for a lead that is none of the twelve."""
    sop_class = class_of(waveform)
    dataset = common(item, source, sop_class, "ECG", 1, _description(sop_class, len(waveform.leads)))
    taken = local(item.taken.utc, item, source)
    put(dataset, "ContentDate", date(taken))
    put(dataset, "ContentTime", time(taken))
    put(dataset, "AcquisitionDateTime", date(taken) + time(taken))
    sequence(dataset, "AcquisitionContextSequence")

    group = Dataset()
    put(group, "WaveformOriginality", "ORIGINAL")
    put(group, "NumberOfWaveformChannels", len(waveform.leads))
    put(group, "NumberOfWaveformSamples", waveform.count)
    put(group, "SamplingFrequency", _exact(waveform.sampling_hz, waveform.sampling_hz * _CLOCK))
    put(group, "MultiplexGroupLabel", "RHYTHM")
    sequence(group, "ChannelDefinitionSequence", *map(_channel, waveform.leads, waveform.scales))
    put(group, "WaveformBitsAllocated", 16)
    put(group, "WaveformSampleInterpretation", "SS")
    put(group, "WaveformData", waveform.samples)
    group["WaveformData"].VR = "OW"
    sequence(dataset, "WaveformSequence", group)
    return dataset


def _description(sop_class: str, leads: int) -> str:
    if sop_class == TWELVE_LEAD_ECG:
        return "ECG 12 dérivations"
    return f"ECG {leads} dérivation{'s' if leads > 1 else ''}"


def _channel(lead: str, scale: Scale | None) -> Dataset:
    name = _BY_CAPITALS.get(lead.upper(), "")
    if lead and not name:
        raise Fault(Reason.OBJECT_INVALID, "the ECG has a lead that is none of the twelve", "record a 12-lead ECG")
    value, meaning = LEAD_CODES[name] if name else _UNNAMED
    channel = Dataset()
    put(channel, "ChannelLabel", name or "ECG")
    sequence(channel, "ChannelSourceSequence", code(value, "MDC", meaning))
    if scale is None:
        # no sensitivity: "required if samples represent defined (not arbitrary) units" (C.10.9, H15)
        put(channel, "ChannelStatus", "UNCALIBRATED")
    else:
        put(channel, "ChannelSensitivity", _exact(scale.microvolts_per_step, _PICOVOLT / 32768))
        sequence(channel, "ChannelSensitivityUnitsSequence", code("uV", "UCUM", "microvolt"))
        put(channel, "ChannelSensitivityCorrectionFactor", "1")
        put(channel, "ChannelBaseline", _exact(scale.baseline_microvolts, _PICOVOLT))
    put(channel, "ChannelSampleSkew", "0")
    put(channel, "WaveformBitsStored", 16)
    return channel


def _exact(value: Decimal, within: Decimal) -> str:
    """A DS (PS3.5, 6.2) in fixed point: at most 16 characters, rounded only where that changes it by less than ``within``.

    A recorder whose range does not divide evenly has a scale of endless digits. Raises Fault(OBJECT_INVALID).
    """
    fixed = _fixed(value)
    if len(fixed) > _DS:
        digits = max(0, _DS - len(fixed.split(".")[0]) - 1)
        fixed = _fixed(round(value, digits))
    if abs(Decimal(fixed) - value) > within:
        raise Fault(Reason.OBJECT_INVALID, "the scale of the ECG does not fit a DICOM object", "record it again")
    return fixed


def _fixed(value: Decimal) -> str:
    fixed = format(value, "f")
    return fixed.rstrip("0").rstrip(".") if "." in fixed else fixed
