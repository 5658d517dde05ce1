"""The cart's own checks of its objects: what PS3.3 demands and no validator in use finds, run before freezing.

dciodvfy passes an ECG with 20,000 samples a channel; a PACS that believes the IOD may not.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

from pydicom.dataset import Dataset

from edge.domain.fault import Fault, Reason
from sync.dicom.ecg import AMBULATORY_ECG, GENERAL_ECG, TWELVE_LEAD_ECG
from sync.dicom.photo import DERMOSCOPIC, MODALITIES


@dataclasses.dataclass(frozen=True, slots=True)
class Limits:
    """What a class of ECG objects holds. ``samples`` a channel at most, None for no limit; ``hertz`` from and to."""

    name: str
    channels: int
    hertz: tuple[Decimal, Decimal]
    samples: int | None = None


ECG: Mapping[str, Limits] = MappingProxyType(
    {
        TWELVE_LEAD_ECG: Limits("12-lead", 13, (Decimal(200), Decimal(1000)), 16384),
        GENERAL_ECG: Limits("general", 24, (Decimal(200), Decimal(1000))),
        AMBULATORY_ECG: Limits("ambulatory", 12, (Decimal(50), Decimal(1000))),
    }
)
"""PS3.3 A.34.3.4, A.34.4.4 and A.34.5.4."""

# type 1 must be there with a value, type 2 must be there (PS3.5, 7.4)
_COMMON_1 = (
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "Modality",
    "TimezoneOffsetFromUTC",
)
_COMMON_2 = (
    "PatientName", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "ReferringPhysicianName",
    "StudyID", "SeriesNumber", "InstanceNumber", "Manufacturer", "AcquisitionContextSequence",
)  # fmt: skip
# type 2 in the standard; an object of this house is somebody's and belongs to a round
_OURS_1 = ("PatientID", "IssuerOfPatientID", "AccessionNumber")
_ECG_1 = ("ContentDate", "ContentTime", "AcquisitionDateTime", "WaveformSequence")
_GROUP_1 = (
    "WaveformOriginality", "NumberOfWaveformChannels", "NumberOfWaveformSamples", "SamplingFrequency",
    "ChannelDefinitionSequence", "WaveformBitsAllocated", "WaveformSampleInterpretation", "WaveformData",
)  # fmt: skip
_CHANNEL_1 = (
    "ChannelSourceSequence", "ChannelSampleSkew", "WaveformBitsStored",
)  # fmt: skip
# C.10.9: all of them where the samples are voltages, none where their unit is nobody's (then UNCALIBRATED)
_SCALE = (
    "ChannelSensitivity", "ChannelSensitivityUnitsSequence", "ChannelSensitivityCorrectionFactor", "ChannelBaseline",
)  # fmt: skip
_PHOTO_1 = (
    "ImageType", "AcquisitionDateTime", "SamplesPerPixel", "PhotometricInterpretation", "Rows", "Columns",
    "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "LossyImageCompression",
    "LossyImageCompressionRatio", "LossyImageCompressionMethod", "PixelData",
)  # fmt: skip
_PHOTO_2 = ("PatientOrientation", "ContentDate", "ContentTime")
# C.7.5.2
_EQUIPMENT_1 = ("Manufacturer", "ManufacturerModelName", "DeviceSerialNumber", "SoftwareVersions")
# C.8.12.13
_DERMOSCOPIC_1 = ("RecognizableVisualFeatures",)
_DERMOSCOPIC_2 = ("LightSourcePolarization", "EmitterColorTemperature", "ContactMethod", "OpticalMagnificationFactor")
_CODE_1 = ("CodeValue", "CodingSchemeDesignator", "CodeMeaning")

_VALUES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "PatientSex": frozenset({"M", "F", "O"}),
        "Laterality": frozenset({"R", "L"}),
        "ImageLaterality": frozenset({"R", "L", "U", "B"}),
        "BurnedInAnnotation": frozenset({"YES", "NO"}),
        "RecognizableVisualFeatures": frozenset({"YES", "NO"}),
        "LightSourcePolarization": frozenset({"POLARIZED", "NON_POLARIZED"}),
        "ContactMethod": frozenset({"CONTACT", "NON_CONTACT"}),
        "ImmersionMedia": frozenset({"ULTRASOUND_GEL", "ALCOHOL", "WATER", "MINERAL_OIL", "PLASTIC_CAP"}),
        "LossyImageCompression": frozenset({"00", "01"}),
        "WaveformOriginality": frozenset({"ORIGINAL", "DERIVED"}),
    }
)
"""Enumerated values, where the attribute has one: C.7.1.1, C.7.3.1, C.7.6.1, C.8.12.13, C.10.9."""

_COLOURS: Mapping[int, frozenset[str]] = MappingProxyType(
    {1: frozenset({"MONOCHROME2"}), 3: frozenset({"RGB", "YBR_FULL_422", "YBR_FULL"})}
)
"""By samples a pixel, C.8.12.1.1.1 and PS3.5 8.2.1."""


def check(dataset: Dataset) -> None:
    """Raises Fault(OBJECT_INVALID) with the first thing that is wrong, in plain words and without patient data."""
    _present(dataset, (*_COMMON_1, *_OURS_1), valued=True)
    _present(dataset, _COMMON_2, valued=False)
    _enumerated(dataset)
    if limits := ECG.get(dataset.SOPClassUID):
        _ecg(dataset, limits)
    elif modality := MODALITIES.get(dataset.SOPClassUID):
        _photo(dataset, modality)
    else:
        raise _invalid("the object is of a class that this cart does not send")


def _photo(dataset: Dataset, modality: str) -> None:
    _present(dataset, _PHOTO_1, valued=True)
    _present(dataset, _PHOTO_2, valued=False)
    _is(dataset, "Modality", modality)
    samples = int(dataset.SamplesPerPixel)
    if dataset.PhotometricInterpretation not in _COLOURS.get(samples, frozenset()):
        raise _invalid("the photo's colours are none that its kind of object has")
    if samples > 1:
        _present(dataset, ("PlanarConfiguration",), valued=True)
    if not dataset["PixelData"].is_undefined_length:
        size = int(dataset.Rows) * int(dataset.Columns) * samples
        if len(dataset.PixelData) != size + size % 2:
            raise _invalid("the photo's pixels do not fill its rows")
    _site(dataset)
    if dataset.SOPClassUID == DERMOSCOPIC:
        _present(dataset, (*_EQUIPMENT_1, *_DERMOSCOPIC_1), valued=True)
        _present(dataset, _DERMOSCOPIC_2, valued=False)
        if dataset.ContactMethod == "CONTACT":
            _present(dataset, ("ImmersionMedia",), valued=False)
        elif "ImmersionMedia" in dataset:
            raise _invalid("the dermoscopy tells what lay between lens and skin, and not that they touched")


def _site(dataset: Dataset) -> None:
    """One coded region, and no side of which the two attributes disagree (H4)."""
    regions = dataset.get("AnatomicRegionSequence") or ()
    if len(regions) > 1:
        raise _invalid("the photo shows more than one part of the body")
    for region in regions:
        _present(region, _CODE_1, valued=True)
    if not regions and dataset.get("ImageLaterality"):
        raise _invalid("the photo tells a side, and not of what")
    series, image = dataset.get("Laterality") or "", dataset.get("ImageLaterality") or ""
    if series and series != image:
        raise _invalid("the photo tells two different sides")


def _enumerated(dataset: Dataset) -> None:
    for keyword, values in _VALUES.items():
        if value := dataset.get(keyword):
            if value not in values:
                raise _invalid(f"the DICOM attribute {keyword} has a value that is none of its own")


def _is(dataset: Dataset, keyword: str, value: str) -> None:
    if dataset.get(keyword) != value:
        raise _invalid(f"the DICOM attribute {keyword} is not {value}")


def _ecg(dataset: Dataset, limits: Limits) -> None:
    _present(dataset, _ECG_1, valued=True)
    _is(dataset, "Modality", "ECG")
    group = dataset.WaveformSequence[0]
    _present(group, _GROUP_1, valued=True)
    for channel in group.ChannelDefinitionSequence:
        _present(channel, _CHANNEL_1, valued=True)
        _scaled(channel)
    channels, samples = int(group.NumberOfWaveformChannels), int(group.NumberOfWaveformSamples)
    kind, most = f"{limits.name} ECG object", limits.samples or samples
    if not 1 <= channels <= limits.channels or channels != len(group.ChannelDefinitionSequence):
        raise _invalid(f"the ECG has {channels} channels; a {kind} holds 1 to {limits.channels}")
    if not 1 <= samples <= most:
        raise _invalid(f"the ECG has {samples} samples a channel; a {kind} holds 1 to {most}")
    rate, (slowest, fastest) = Decimal(str(group.SamplingFrequency)), limits.hertz
    if not slowest <= rate <= fastest:
        raise _invalid(f"the ECG was sampled at {rate} Hz; a {kind} holds {slowest} to {fastest} Hz")
    if len(group.WaveformData) != 2 * channels * samples:
        raise _invalid("the ECG's samples do not fill its channels")


def _scaled(channel: Dataset) -> None:
    """A scale is whole, or said to be none (H15)."""
    if channel.get("ChannelStatus") != "UNCALIBRATED":
        _present(channel, _SCALE, valued=True)
    elif any(keyword in channel for keyword in _SCALE):
        raise _invalid("a channel of the ECG has a scale and is said to have none")


def _present(dataset: Dataset, keywords: Sequence[str], *, valued: bool) -> None:
    for keyword in keywords:
        if keyword not in dataset or (valued and dataset[keyword].is_empty):
            raise _invalid(f"the object lacks the DICOM attribute {keyword}")


def _invalid(what: str) -> Fault:
    return Fault(Reason.OBJECT_INVALID, what, "record it again, or correct the data and release the item")
