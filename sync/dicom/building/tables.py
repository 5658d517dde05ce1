"""What stands in the cart's objects after PS3.3, as tables for the checks: attributes by module, by sequence, and their values.

Type 1 is there with a value, type 2 is there (PS3.5, 7.4). Types 1C and 2C stand here where their condition always holds for
what the cart makes; the others are in the checks, each with its condition.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from sync.dicom.building.audio import GENERAL_AUDIO
from sync.dicom.building.document import ENCAPSULATED_PDF
from sync.dicom.building.ecg import AMBULATORY_ECG, GENERAL_ECG, TWELVE_LEAD_ECG
from sync.dicom.building.photo import DERMOSCOPIC, VL_ENDOSCOPIC, VL_PHOTOGRAPHIC
from sync.dicom.building.rejection import KEY_OBJECTS


@dataclasses.dataclass(frozen=True, slots=True)
class Rule:
    """``valued``: type 1. ``present``: type 2."""

    valued: tuple[str, ...] = ()
    present: tuple[str, ...] = ()


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# type 2 in the standard, and 1 here: an object of this house is somebody's, belongs to a round, and tells its hour
_OURS = Rule(_words("PatientID IssuerOfPatientID AccessionNumber TimezoneOffsetFromUTC SpecificCharacterSet"))
_COMMON = Rule(
    # C.7.1.1, C.7.2.1, C.7.3.1, C.7.5.1, C.12.1
    _words("SOPClassUID SOPInstanceUID StudyInstanceUID SeriesInstanceUID Modality"),
    _words(
        "PatientName PatientBirthDate PatientSex StudyDate StudyTime ReferringPhysicianName StudyID SeriesNumber InstanceNumber"
        " Manufacturer"
    ),
)
# C.7.5.2
_ENHANCED_EQUIPMENT = Rule(_words("Manufacturer ManufacturerModelName DeviceSerialNumber SoftwareVersions"))
# C.7.6.14
_CONTEXT = Rule((), ("AcquisitionContextSequence",))
# C.7.6.1, C.7.6.3, C.7.10.1, C.8.12.1; a JPEG was lossy, and then the ratio and the method are told
_IMAGE = Rule(
    _words(
        "ImageType AcquisitionDateTime SamplesPerPixel PhotometricInterpretation Rows Columns BitsAllocated BitsStored HighBit"
        " PixelRepresentation LossyImageCompression LossyImageCompressionRatio LossyImageCompressionMethod PixelData"
        " BurnedInAnnotation ContentDate ContentTime"
    ),
    _words("PatientOrientation"),
)
# C.7.4.1, C.8.12.13
_DERMOSCOPIC = Rule(
    _words("RecognizableVisualFeatures FrameOfReferenceUID"),
    _words(
        "PositionReferenceIndicator LightSourcePolarization EmitterColorTemperature ContactMethod OpticalMagnificationFactor"
    ),
)
# C.10.8, C.10.9
_WAVEFORM = Rule(_words("ContentDate ContentTime AcquisitionDateTime InstanceNumber WaveformSequence"))
# C.7.4.2
_SYNCHRONIZATION = Rule(_words("SynchronizationFrameOfReferenceUID SynchronizationTrigger AcquisitionTimeSynchronized"))
# C.24.1, C.8.6.1, C.24.2; the title and its code are type 2, and ours always have them
_DOCUMENT = Rule(
    _words(
        "SeriesNumber InstanceNumber ConversionType BurnedInAnnotation DocumentTitle ConceptNameCodeSequence"
        " MIMETypeOfEncapsulatedDocument EncapsulatedDocument EncapsulatedDocumentLength"
    ),
    _words("ContentDate ContentTime AcquisitionDateTime"),
)
# C.17.6.1, C.17.6.2, C.17.3
_NOTE = Rule(
    _words(
        "SeriesNumber InstanceNumber ContentDate ContentTime CurrentRequestedProcedureEvidenceSequence ValueType"
        " ConceptNameCodeSequence ContinuityOfContent ContentTemplateSequence ContentSequence"
    ),
    _words("ReferencedPerformedProcedureStepSequence"),
)

_ALL = (_COMMON, _OURS)
_PHOTO = (*_ALL, _CONTEXT, _IMAGE)
_SIGNAL = (*_ALL, _CONTEXT, _WAVEFORM)

CLASSES: Mapping[str, tuple[Rule, ...]] = MappingProxyType(
    {
        TWELVE_LEAD_ECG: _SIGNAL,
        GENERAL_ECG: _SIGNAL,
        AMBULATORY_ECG: _SIGNAL,
        GENERAL_AUDIO: (*_SIGNAL, _SYNCHRONIZATION, _ENHANCED_EQUIPMENT),
        VL_ENDOSCOPIC: _PHOTO,
        VL_PHOTOGRAPHIC: _PHOTO,
        DERMOSCOPIC: (*_PHOTO, _ENHANCED_EQUIPMENT, _DERMOSCOPIC),
        ENCAPSULATED_PDF: (*_ALL, _DOCUMENT),
        KEY_OBJECTS: (*_ALL, _NOTE),
    }
)
"""What is at the top of an object of each class (A.32, A.34, A.35.4, A.45.1)."""

# table 8.8-1
_CODE = Rule(_words("CodeValue CodingSchemeDesignator CodeMeaning"))
# table 10-11
_REFERENCE = Rule(_words("ReferencedSOPClassUID ReferencedSOPInstanceUID"))

ITEMS: Mapping[str, Rule] = MappingProxyType(
    {
        **dict.fromkeys(
            _words(
                "ProcedureCodeSequence PersonIdentificationCodeSequence InstitutionCodeSequence AnatomicRegionSequence"
                " RequestedProcedureCodeSequence"
                " PurposeOfReferenceCodeSequence ConceptNameCodeSequence ChannelSourceSequence ChannelSensitivityUnitsSequence"
                " RequestedProcedureCodeSequence"
            ),
            _CODE,
        ),
        **dict.fromkeys(
            _words("ReferencedImageSequence ReferencedInstanceSequence ReferencedSOPSequence SourceInstanceSequence"),
            _REFERENCE,
        ),
        # C.8.12.1: type 2 within it
        "ReferencedImageSequence": Rule(_REFERENCE.valued, ("PurposeOfReferenceCodeSequence",)),
        "OtherPatientIDsSequence": Rule(_words("PatientID TypeOfPatientID IssuerOfPatientIDQualifiersSequence")),
        # table 10-9: 1C, required of what was scheduled
        "RequestAttributesSequence": Rule(_words("RequestedProcedureID ScheduledProcedureStepID")),
        "OperatorIdentificationSequence": Rule(_words("PersonIdentificationCodeSequence")),
        "CodingSchemeIdentificationSequence": Rule(_words("CodingSchemeDesignator CodingSchemeUID")),
        "StudiesContainingOtherReferencedInstancesSequence": Rule(_words("StudyInstanceUID ReferencedSeriesSequence")),
        "CurrentRequestedProcedureEvidenceSequence": Rule(_words("StudyInstanceUID ReferencedSeriesSequence")),
        "ReferencedSeriesSequence": Rule(_words("SeriesInstanceUID")),
        "ContentTemplateSequence": Rule(_words("MappingResource TemplateIdentifier")),
        "ContentSequence": Rule(_words("RelationshipType ValueType")),
        "WaveformSequence": Rule(
            _words(
                "WaveformOriginality NumberOfWaveformChannels NumberOfWaveformSamples SamplingFrequency ChannelDefinitionSequence"
                " WaveformBitsAllocated WaveformSampleInterpretation WaveformData"
            )
        ),
        "ChannelDefinitionSequence": Rule(_words("ChannelSourceSequence ChannelSampleSkew WaveformBitsStored")),
    }
)
"""What is in each item of a sequence, wherever it stands."""

AUTHORITIES = frozenset({"IssuerOfPatientIDQualifiersSequence", "IssuerOfAccessionNumberSequence"})
"""Sequences of the hierarchic designator: a local name, or an OID with its type (tables 10-17 and 10-18)."""

SCALE = _words("ChannelSensitivity ChannelSensitivityUnitsSequence ChannelSensitivityCorrectionFactor ChannelBaseline")
"""C.10.9: all of them where the samples are voltages, none where their unit is nobody's (then UNCALIBRATED)."""

VALUES: Mapping[str, frozenset[object]] = MappingProxyType(
    {
        "PatientSex": frozenset({"M", "F", "O"}),
        "TypeOfPatientID": frozenset({"TEXT", "RFID", "BARCODE"}),
        "UniversalEntityIDType": frozenset({"DNS", "EUI64", "ISO", "URI", "UUID", "X400", "X500"}),
        "Laterality": frozenset({"R", "L"}),
        "ImageLaterality": frozenset({"R", "L", "U", "B"}),
        "BurnedInAnnotation": frozenset({"YES", "NO"}),
        "RecognizableVisualFeatures": frozenset({"YES", "NO"}),
        "LightSourcePolarization": frozenset({"POLARIZED", "NON_POLARIZED"}),
        "ContactMethod": frozenset({"CONTACT", "NON_CONTACT"}),
        "ImmersionMedia": frozenset({"ULTRASOUND_GEL", "ALCOHOL", "WATER", "MINERAL_OIL", "PLASTIC_CAP"}),
        "LossyImageCompression": frozenset({"00", "01"}),
        # C.8.12.1.1.2 to C.8.12.1.1.5
        "SamplesPerPixel": frozenset({1, 3}),
        "BitsAllocated": frozenset({8}),
        "BitsStored": frozenset({8}),
        "HighBit": frozenset({7}),
        "PixelRepresentation": frozenset({0}),
        "PlanarConfiguration": frozenset({0}),
        "SynchronizationTrigger": frozenset({"SOURCE", "EXTERNAL", "PASSTHRU", "NO TRIGGER"}),
        "AcquisitionTimeSynchronized": frozenset({"Y", "N"}),
        "ContinuityOfContent": frozenset({"SEPARATE", "CONTINUOUS"}),
        "ConversionType": frozenset({"DV", "DI", "DF", "WSD", "SD", "SI", "DRW", "SYN"}),
        "WaveformOriginality": frozenset({"ORIGINAL", "DERIVED"}),
        # A.34.3.4.6, A.34.4.4.5, A.34.5.4.6
        "WaveformSampleInterpretation": frozenset({"SS"}),
        "WaveformBitsAllocated": frozenset({16}),
        "SpecificCharacterSet": frozenset({"ISO_IR 192"}),
    }
)
"""Enumerated values, wherever the attribute stands: C.7.1.1, C.7.3.1, C.7.4.2, C.7.6.1, C.8.6.1, C.8.12, C.10.9, C.17.3."""

COLOURS: Mapping[int, frozenset[str]] = MappingProxyType(
    {1: frozenset({"MONOCHROME2"}), 3: frozenset({"RGB", "YBR_FULL_422", "YBR_FULL"})}
)
"""By samples a pixel, C.8.12.1.1.1 and PS3.5 8.2.1."""


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
"""The fastest that A.34.10.4 allows (see audio.py)."""
