"""The cart's own checks of its objects: what PS3.3 demands and no validator in use finds, run before freezing.

dciodvfy passes an ECG with 20,000 samples a channel; a PACS that believes the IOD may not. The tables are in
``sync.dicom.building.tables``; here is what depends on what.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from pydicom.dataset import Dataset

from edge.domain.fault import Fault, Reason
from edge.domain.identifier import is_oid
from sync.dicom.building.audio import GENERAL_AUDIO
from sync.dicom.building.document import ENCAPSULATED_PDF
from sync.dicom.building.photo import DERMOSCOPIC, MODALITIES
from sync.dicom.building.rejection import KEY_OBJECTS, SAFETY, VALUE_TYPES
from sync.dicom.building.tables import (
    AUDIO_HERTZ,
    AUTHORITIES,
    CLASSES,
    COLOURS,
    ECG,
    ITEMS,
    SCALE,
    VALUES,
    Limits,
    Rule,
)

_LONGEST_UID = 64


def check(dataset: Dataset, pixels: int | None = None) -> None:
    """Raises Fault(OBJECT_INVALID) with the first thing that is wrong, in plain words and without patient data.

    ``pixels``: bytes of Pixel Data, where they are not in the data set.
    """
    _present(dataset, ("SOPClassUID",), valued=True)
    rules = CLASSES.get(dataset.SOPClassUID)
    if rules is None:
        raise _invalid("the object is of a class that this cart does not send")
    for rule in rules:
        _ruled(dataset, rule)
    _within(dataset)
    if limits := ECG.get(dataset.SOPClassUID):
        _ecg(dataset, limits)
    elif modality := MODALITIES.get(dataset.SOPClassUID):
        _photo(dataset, modality, pixels)
    elif dataset.SOPClassUID == ENCAPSULATED_PDF:
        _pdf(dataset)
    elif dataset.SOPClassUID == GENERAL_AUDIO:
        _audio(dataset)
    elif dataset.SOPClassUID == KEY_OBJECTS:
        _note(dataset)


def _within(dataset: Dataset) -> None:
    """The values and UIDs of a data set, and the items of each of its sequences, however deep."""
    for element in dataset:
        keyword = element.keyword
        if element.VR == "SQ":
            _items(keyword, element.value)
        elif element.VR == "UI" and not element.is_empty and not is_oid(str(element.value)):
            raise _invalid(f"the DICOM attribute {keyword} is no UID")
        elif (
            (values := VALUES.get(keyword))
            and not element.is_empty
            and not (element.VM == 1 and element.value in values)
        ):
            raise _invalid(f"the DICOM attribute {keyword} has a value that is none of its own")


def _items(keyword: str, items: Iterable[Dataset]) -> None:
    rule = ITEMS.get(keyword)
    for item in items:
        if rule is not None:
            _ruled(item, rule)
        if keyword in AUTHORITIES:
            _authority(item)
        if keyword == "OperatorIdentificationSequence" and not (
            item.get("InstitutionName") or item.get("InstitutionCodeSequence")
        ):
            raise _invalid("the object names who made it, and not of which house")
        _within(item)


def _authority(item: Dataset) -> None:
    """Tables 10-17 and 10-18: the one is needed without the other, and an OID says that it is one."""
    if not item.get("LocalNamespaceEntityID") and not item.get("UniversalEntityID"):
        raise _invalid("the object lacks the DICOM attribute UniversalEntityID")
    if item.get("UniversalEntityID"):
        _present(item, ("UniversalEntityIDType",), valued=True)
        if item.UniversalEntityIDType == "ISO" and not is_oid(item.UniversalEntityID):
            raise _invalid("the DICOM attribute UniversalEntityID is no OID")


def _photo(dataset: Dataset, modality: str, pixels: int | None) -> None:
    _is(dataset, "Modality", modality)
    samples = int(dataset.SamplesPerPixel)
    if dataset.PhotometricInterpretation not in COLOURS.get(samples, frozenset()):
        raise _invalid("the photo's colours are none that its kind of object has")
    if samples > 1:
        _present(dataset, ("PlanarConfiguration",), valued=True)
    if min(int(dataset.Rows), int(dataset.Columns)) < 1:
        raise _invalid("the photo has no size")
    if not dataset["PixelData"].is_undefined_length:
        size = int(dataset.Rows) * int(dataset.Columns) * samples
        if (len(dataset.PixelData) if pixels is None else pixels) != size + size % 2:
            raise _invalid("the photo's pixels do not fill its rows")
    _image_type(dataset)
    _site(dataset)
    _referenced_elsewhere(dataset)
    if dataset.SOPClassUID == DERMOSCOPIC:
        if dataset.ContactMethod == "CONTACT":
            _present(dataset, ("ImmersionMedia",), valued=False)
        elif "ImmersionMedia" in dataset:
            raise _invalid("the dermoscopy tells what lay between lens and skin, and not that they touched")


def _image_type(dataset: Dataset) -> None:
    """C.7.6.1.1.2; value 3 would tell of a stereo pair (C.8.12.1.1.6)."""
    kind = dataset.ImageType
    if isinstance(kind, str) or len(kind) < 2 or kind[0] not in {"ORIGINAL", "DERIVED"} or kind[1] != "PRIMARY":
        raise _invalid("the DICOM attribute ImageType has a value that is none of its own")


def _referenced_elsewhere(dataset: Dataset) -> None:
    """C.12.2: every image that is referred to stands once in its series, and that in its study."""
    wanted = _instances(dataset.get("ReferencedImageSequence") or ())
    series = [*(dataset.get("ReferencedSeriesSequence") or ())]
    for study in dataset.get("StudiesContainingOtherReferencedInstancesSequence") or ():
        if study.StudyInstanceUID == dataset.StudyInstanceUID:
            raise _invalid("the photo calls its own study another one")
        series.extend(study.ReferencedSeriesSequence)
    told: set[tuple[str, str]] = set()
    for one in series:
        _present(one, ("ReferencedInstanceSequence",), valued=True)
        told |= _instances(one.ReferencedInstanceSequence)
    if wanted != told:
        raise _invalid("the photo refers to another one, and not to where it stands")


def _instances(references: Iterable[Dataset]) -> set[tuple[str, str]]:
    """(class, instance)."""
    return {(str(one.ReferencedSOPClassUID), str(one.ReferencedSOPInstanceUID)) for one in references}


def _pdf(dataset: Dataset) -> None:
    _is(dataset, "Modality", "DOC")
    _is(dataset, "MIMETypeOfEncapsulatedDocument", "application/pdf")
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
    if not regions and dataset.get("ImageLaterality"):
        raise _invalid("the photo tells a side, and not of what")
    if "Laterality" in dataset and "ImageLaterality" in dataset:
        raise _invalid("the photo tells its side twice")
    if "Laterality" not in dataset:
        # C.7.3.1: type 2C, of a part that may be paired, where the image does not tell it
        _present(dataset, ("ImageLaterality",), valued=True)


def _is(dataset: Dataset, keyword: str, value: str) -> None:
    if dataset.get(keyword) != value:
        raise _invalid(f"the DICOM attribute {keyword} is not {value}")


def _group(dataset: Dataset, what: str, channels: int) -> tuple[int, Decimal]:
    """(samples a channel, Hertz) of the one group of a waveform of ``channels`` at most, in which nothing is missing (C.10.9)."""
    if len(dataset.WaveformSequence) != 1:
        raise _invalid(f"the {what} has more than one group of channels")
    group: Dataset = dataset.WaveformSequence[0]
    found, samples = int(group.NumberOfWaveformChannels), int(group.NumberOfWaveformSamples)
    if not 1 <= found <= channels or found != len(group.ChannelDefinitionSequence):
        raise _invalid(f"the {what} has {found} channels; its kind of object holds 1 to {channels}")
    if samples < 1:
        raise _invalid(f"the {what} has 0 samples")
    if len(group.WaveformData) != 2 * found * samples:
        raise _invalid(f"the {what}'s samples do not fill its channels")
    for channel in group.ChannelDefinitionSequence:
        _scaled(channel)
        if not 1 <= int(channel.WaveformBitsStored) <= int(group.WaveformBitsAllocated):
            raise _invalid("the DICOM attribute WaveformBitsStored is more than what is allocated")
    return samples, Decimal(str(group.SamplingFrequency))


def _audio(dataset: Dataset) -> None:
    _is(dataset, "Modality", "AU")
    _, hertz = _group(dataset, "sound", 2)
    if not 0 < hertz <= AUDIO_HERTZ:
        raise _invalid(f"the sound was sampled at {hertz} Hz; a sound object holds {AUDIO_HERTZ} at most")


def _ecg(dataset: Dataset, limits: Limits) -> None:
    _is(dataset, "Modality", "ECG")
    samples, rate = _group(dataset, "ECG", limits.channels)
    kind, (slowest, fastest) = f"{limits.name} ECG object", limits.hertz
    if limits.samples and samples > limits.samples:
        raise _invalid(f"the ECG has {samples} samples a channel; a {kind} holds 1 to {limits.samples}")
    if not slowest <= rate <= fastest:
        raise _invalid(f"the ECG was sampled at {rate} Hz; a {kind} holds {slowest} to {fastest} Hz")


def _scaled(channel: Dataset) -> None:
    """A scale is whole, or said to be none (H15)."""
    if channel.get("ChannelStatus") != "UNCALIBRATED":
        _present(channel, SCALE, valued=True)
    elif any(keyword in channel for keyword in SCALE):
        raise _invalid("a channel has a scale and is said to have none")


def _note(dataset: Dataset) -> None:
    """What its content lists is what its evidence lists: a receiver may go by either."""
    _is(dataset, "Modality", "KO")
    _is(dataset, "ValueType", "CONTAINER")
    _is(dataset.ConceptNameCodeSequence[0], "CodeValue", SAFETY[0])
    studies = dataset.CurrentRequestedProcedureEvidenceSequence
    if [study.get("StudyInstanceUID") for study in studies] != [dataset.StudyInstanceUID]:
        raise _invalid("the note withdraws objects of another study than its own")
    evidence: set[tuple[str, str]] = set()
    for series in studies[0].ReferencedSeriesSequence:
        _present(series, ("ReferencedSOPSequence",), valued=True)
        evidence |= _instances(series.ReferencedSOPSequence)
    listed: set[tuple[str, str]] = set()
    for content in dataset.ContentSequence:
        _is(content, "RelationshipType", "CONTAINS")
        if content.ValueType == "TEXT":
            _present(content, ("ConceptNameCodeSequence", "TextValue"), valued=True)
            continue
        _present(content, ("ReferencedSOPSequence",), valued=True)
        found = _instances(content.ReferencedSOPSequence)
        if {VALUE_TYPES.get(sop_class) for sop_class, _ in found} != {content.ValueType}:
            raise _invalid("the note lists an object as another kind than it is")
        listed |= found
    if not listed or listed != evidence:
        raise _invalid("the note lists other objects than its evidence does")


def _ruled(dataset: Dataset, rule: Rule) -> None:
    _present(dataset, rule.valued, valued=True)
    _present(dataset, rule.present, valued=False)


def _present(dataset: Dataset, keywords: Sequence[str], *, valued: bool) -> None:
    for keyword in keywords:
        if keyword not in dataset or (valued and dataset[keyword].is_empty):
            raise _invalid(f"the object lacks the DICOM attribute {keyword}")


def _invalid(what: str) -> Fault:
    return Fault(Reason.OBJECT_INVALID, what, "record it again, or correct the data and release the item")
