"""The cart's own checks of its objects: what PS3.3 demands and no validator in use finds, run before freezing.

dciodvfy passes an ECG with 20,000 samples a channel; a PACS that believes the IOD may not.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from pydicom.dataset import Dataset

from edge.domain.fault import Fault, Reason
from sync.dicom.ecg import TWELVE_LEAD_ECG
from sync.dicom.photo import VL_PHOTOGRAPHIC

MAX_SAMPLES = 16384
"""Samples a channel, PS3.3 A.34.3.4.5."""
HERTZ = (Decimal(200), Decimal(1000))
"""Sampling frequency, PS3.3 A.34.3.4.6."""
MAX_CHANNELS = 13
"""PS3.3 A.34.3.4.4."""

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
    "ChannelSourceSequence", "ChannelSensitivity", "ChannelSensitivityUnitsSequence",
    "ChannelSensitivityCorrectionFactor", "ChannelBaseline", "ChannelSampleSkew", "WaveformBitsStored",
)  # fmt: skip
_PHOTO_1 = (
    "ImageType", "AcquisitionDateTime", "SamplesPerPixel", "PhotometricInterpretation", "Rows", "Columns",
    "BitsAllocated", "BitsStored", "HighBit", "LossyImageCompression", "PixelData",
)  # fmt: skip
_PHOTO_2 = ("PatientOrientation", "ContentDate", "ContentTime")


def check(dataset: Dataset) -> None:
    """Raises Fault(OBJECT_INVALID) with the first thing that is wrong, in plain words and without patient data."""
    _present(dataset, (*_COMMON_1, *_OURS_1), valued=True)
    _present(dataset, _COMMON_2, valued=False)
    if dataset.SOPClassUID == TWELVE_LEAD_ECG:
        _ecg(dataset)
    elif dataset.SOPClassUID == VL_PHOTOGRAPHIC:
        _present(dataset, _PHOTO_1, valued=True)
        _present(dataset, _PHOTO_2, valued=False)
    else:
        raise _invalid("the object is of a class that this cart does not send")


def _ecg(dataset: Dataset) -> None:
    _present(dataset, _ECG_1, valued=True)
    group = dataset.WaveformSequence[0]
    _present(group, _GROUP_1, valued=True)
    for channel in group.ChannelDefinitionSequence:
        _present(channel, _CHANNEL_1, valued=True)
    channels, samples = int(group.NumberOfWaveformChannels), int(group.NumberOfWaveformSamples)
    if not 1 <= channels <= MAX_CHANNELS or channels != len(group.ChannelDefinitionSequence):
        raise _invalid(f"the ECG has {channels} channels; a 12-lead ECG object holds 1 to {MAX_CHANNELS}")
    if not 1 <= samples <= MAX_SAMPLES:
        raise _invalid(f"the ECG has {samples} samples a channel; a 12-lead ECG object holds 1 to {MAX_SAMPLES}")
    rate = Decimal(str(group.SamplingFrequency))
    if not HERTZ[0] <= rate <= HERTZ[1]:
        raise _invalid(f"the ECG was sampled at {rate} Hz; a 12-lead ECG object holds {HERTZ[0]} to {HERTZ[1]} Hz")
    if len(group.WaveformData) != 2 * channels * samples:
        raise _invalid("the ECG's samples do not fill its channels")


def _present(dataset: Dataset, keywords: Sequence[str], *, valued: bool) -> None:
    for keyword in keywords:
        if keyword not in dataset or (valued and dataset[keyword].is_empty):
            raise _invalid(f"the object lacks the DICOM attribute {keyword}")


def _invalid(what: str) -> Fault:
    return Fault(Reason.OBJECT_INVALID, what, "record it again, or correct the data and release the item")
