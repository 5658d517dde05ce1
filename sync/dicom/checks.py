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
from sync.dicom.audio import GENERAL_AUDIO
from sync.dicom.document import ENCAPSULATED_PDF
from sync.dicom.ecg import AMBULATORY_ECG, GENERAL_ECG, TWELVE_LEAD_ECG
from sync.dicom.photo import DERMOSCOPIC, MODALITIES
from sync.dicom.rejection import KEY_OBJECTS, SAFETY, VALUE_TYPES


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

AUDIO_HERTZ = 44100
"""The fastest that A.34.10.4 allows, as far as is known here: its text was not at hand."""

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
    "StudyID", "SeriesNumber", "InstanceNumber", "Manufacturer",
)  # fmt: skip
# type 2 in the standard; an object of this house is somebody's and belongs to a round
_OURS_1 = ("PatientID", "IssuerOfPatientID", "AccessionNumber")
_ECG_1 = ("ContentDate", "ContentTime", "AcquisitionDateTime", "WaveformSequence")
_ECG_2 = ("AcquisitionContextSequence",)
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
_PHOTO_2 = ("PatientOrientation", "ContentDate", "ContentTime", "AcquisitionContextSequence")
# C.7.5.2
_EQUIPMENT_1 = ("Manufacturer", "ManufacturerModelName", "DeviceSerialNumber", "SoftwareVersions")
# C.24.1, C.8.6.1, C.24.2; the title and its code are type 2, and ours always have them
_PDF_1 = (
    "SeriesNumber", "InstanceNumber", "ConversionType", "BurnedInAnnotation", "DocumentTitle", "ConceptNameCodeSequence",
    "MIMETypeOfEncapsulatedDocument", "EncapsulatedDocument", "EncapsulatedDocumentLength",
)  # fmt: skip
_PDF_2 = ("ContentDate", "ContentTime", "AcquisitionDateTime")
# C.17.6.1, C.17.6.2, C.17.3
_NOTE_1 = (
    "SeriesNumber", "InstanceNumber", "ContentDate", "ContentTime", "CurrentRequestedProcedureEvidenceSequence", "ValueType",
    "ConceptNameCodeSequence", "ContinuityOfContent", "ContentTemplateSequence", "ContentSequence",
)  # fmt: skip
_NOTE_2 = ("ReferencedPerformedProcedureStepSequence",)
# C.7.4.2, C.10.8
_AUDIO_1 = (
    "SynchronizationFrameOfReferenceUID", "SynchronizationTrigger", "AcquisitionTimeSynchronized", "ContentDate",
    "ContentTime", "AcquisitionDateTime", "WaveformSequence",
)  # fmt: skip
_REFERENCE_1 = ("ReferencedSOPClassUID", "ReferencedSOPInstanceUID")
# C.7.4.1, C.8.12.13
_DERMOSCOPIC_1 = ("RecognizableVisualFeatures", "FrameOfReferenceUID")
_DERMOSCOPIC_2 = (
    "PositionReferenceIndicator",
    "LightSourcePolarization",
    "EmitterColorTemperature",
    "ContactMethod",
    "OpticalMagnificationFactor",
)
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
        "SynchronizationTrigger": frozenset({"SOURCE", "EXTERNAL", "PASSTHRU", "NO TRIGGER"}),
        "AcquisitionTimeSynchronized": frozenset({"Y", "N"}),
        "ContinuityOfContent": frozenset({"SEPARATE", "CONTINUOUS"}),
        "ConversionType": frozenset({"DV", "DI", "DF", "WSD", "SD", "SI", "DRW", "SYN"}),
        "WaveformOriginality": frozenset({"ORIGINAL", "DERIVED"}),
    }
)
"""Enumerated values, where the attribute has one: C.7.1.1, C.7.3.1, C.7.4.2, C.7.6.1, C.8.6.1, C.8.12.13, C.10.9, C.17.3."""

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
    elif dataset.SOPClassUID == ENCAPSULATED_PDF:
        _pdf(dataset)
    elif dataset.SOPClassUID == GENERAL_AUDIO:
        _audio(dataset)
    elif dataset.SOPClassUID == KEY_OBJECTS:
        _note(dataset)
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


def _pdf(dataset: Dataset) -> None:
    _present(dataset, _PDF_1, valued=True)
    _present(dataset, _PDF_2, valued=False)
    _is(dataset, "Modality", "DOC")
    _is(dataset, "MIMETypeOfEncapsulatedDocument", "application/pdf")
    for title in dataset.ConceptNameCodeSequence:
        _present(title, _CODE_1, valued=True)
    for reference in dataset.get("SourceInstanceSequence") or ():
        _present(reference, _REFERENCE_1, valued=True)
    length = int(dataset.EncapsulatedDocumentLength)
    if len(dataset.EncapsulatedDocument) != length + length % 2:
        raise _invalid("the document is not as long as it is said to be")
    if not dataset.EncapsulatedDocument.startswith(b"%PDF-"):
        raise _invalid("the document is no PDF")


def _site(dataset: Dataset) -> None:
    """One coded region, and its side told once (H4)."""
    regions = dataset.get("AnatomicRegionSequence") or ()
    if len(regions) > 1:
        raise _invalid("the photo shows more than one part of the body")
    for region in regions:
        _present(region, _CODE_1, valued=True)
    if not regions and dataset.get("ImageLaterality"):
        raise _invalid("the photo tells a side, and not of what")
    if "Laterality" in dataset and "ImageLaterality" in dataset:
        raise _invalid("the photo tells its side twice")


def _enumerated(dataset: Dataset) -> None:
    for keyword, values in _VALUES.items():
        if (value := dataset.get(keyword)) and value not in values:
            raise _invalid(f"the DICOM attribute {keyword} has a value that is none of its own")


def _is(dataset: Dataset, keyword: str, value: str) -> None:
    if dataset.get(keyword) != value:
        raise _invalid(f"the DICOM attribute {keyword} is not {value}")


def _audio(dataset: Dataset) -> None:
    _present(dataset, (*_AUDIO_1, *_EQUIPMENT_1), valued=True)
    _present(dataset, ("AcquisitionContextSequence",), valued=False)
    _is(dataset, "Modality", "AU")
    if len(dataset.WaveformSequence) != 1:
        raise _invalid("the sound has more than one group of channels")
    group = _group(dataset)
    channels, samples = int(group.NumberOfWaveformChannels), int(group.NumberOfWaveformSamples)
    if channels not in {1, 2} or channels != len(group.ChannelDefinitionSequence):
        raise _invalid(f"the sound has {channels} channels; a sound object holds 1 or 2")
    if not 0 < Decimal(str(group.SamplingFrequency)) <= AUDIO_HERTZ:
        raise _invalid(
            f"the sound was sampled at {group.SamplingFrequency} Hz; a sound object holds {AUDIO_HERTZ} at most"
        )
    if samples < 1 or len(group.WaveformData) != 2 * channels * samples:
        raise _invalid("the sound's samples do not fill its channels")


def _note(dataset: Dataset) -> None:
    """What its content lists is what its evidence lists: a receiver may go by either."""
    _present(dataset, _NOTE_1, valued=True)
    _present(dataset, _NOTE_2, valued=False)
    _is(dataset, "Modality", "KO")
    _is(dataset, "ValueType", "CONTAINER")
    title = dataset.ConceptNameCodeSequence[0]
    _present(title, _CODE_1, valued=True)
    _is(title, "CodeValue", SAFETY[0])
    studies = dataset.CurrentRequestedProcedureEvidenceSequence
    if [study.get("StudyInstanceUID") for study in studies] != [dataset.StudyInstanceUID]:
        raise _invalid("the note withdraws objects of another study than its own")
    evidence = set()
    for series in studies[0].ReferencedSeriesSequence:
        _present(series, ("SeriesInstanceUID", "ReferencedSOPSequence"), valued=True)
        evidence |= _referenced(series)
    listed = set()
    for content in dataset.ContentSequence:
        _is(content, "RelationshipType", "CONTAINS")
        if content.ValueType == "TEXT":
            _present(content, ("ConceptNameCodeSequence", "TextValue"), valued=True)
            continue
        found = _referenced(content)
        if {VALUE_TYPES.get(sop_class) for sop_class, _ in found} != {content.ValueType}:
            raise _invalid("the note lists an object as another kind than it is")
        listed |= found
    if not listed or listed != evidence:
        raise _invalid("the note lists other objects than its evidence does")


def _referenced(dataset: Dataset) -> set[tuple[str, str]]:
    """(class, instance)."""
    _present(dataset, ("ReferencedSOPSequence",), valued=True)
    for reference in dataset.ReferencedSOPSequence:
        _present(reference, _REFERENCE_1, valued=True)
    return {
        (str(one.ReferencedSOPClassUID), str(one.ReferencedSOPInstanceUID)) for one in dataset.ReferencedSOPSequence
    }


def _group(dataset: Dataset) -> Dataset:
    """The first group of a waveform, in which nothing is missing (C.10.9)."""
    group: Dataset = dataset.WaveformSequence[0]
    _present(group, _GROUP_1, valued=True)
    _enumerated(group)
    for channel in group.ChannelDefinitionSequence:
        _present(channel, _CHANNEL_1, valued=True)
        _scaled(channel)
    if (group.WaveformBitsAllocated, group.WaveformSampleInterpretation) != (16, "SS"):
        raise _invalid("the samples are not of 16 bits with a sign")
    return group


def _ecg(dataset: Dataset, limits: Limits) -> None:
    _present(dataset, _ECG_1, valued=True)
    _present(dataset, _ECG_2, valued=False)
    _is(dataset, "Modality", "ECG")
    group = _group(dataset)
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
        raise _invalid("a channel has a scale and is said to have none")


def _present(dataset: Dataset, keywords: Sequence[str], *, valued: bool) -> None:
    for keyword in keywords:
        if keyword not in dataset or (valued and dataset[keyword].is_empty):
            raise _invalid(f"the object lacks the DICOM attribute {keyword}")


def _invalid(what: str) -> Fault:
    return Fault(Reason.OBJECT_INVALID, what, "record it again, or correct the data and release the item")
