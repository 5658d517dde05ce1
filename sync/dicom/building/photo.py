"""Still pictures: Dermoscopic Photography (PS3.3 A.32.11), VL Endoscopic (A.32.1), VL Photographic (A.32.4).

The camera's own JPEG goes in byte for byte (PS3.5 A.4.1). One that has to be turned for display goes in as the pixels that its
decoder gives, turned, in explicit VR little endian.
"""

from __future__ import annotations

import dataclasses
import struct
import uuid
from collections.abc import Mapping
from types import MappingProxyType

from pydicom.dataset import Dataset
from pydicom.uid import UID, ExplicitVRLittleEndian, JPEGBaseline8Bit

from edge.domain.body_site import SITES
from edge.domain.identifier import dicom_uid
from edge.domain.item import Body, InMemory, Item, Joined
from edge.domain.photo import Earlier, Photo, View
from sync.dicom.building.elements import code, date, put, sequence, time
from sync.dicom.building.modules import Source, common, local
from sync.dicom.pictures.jpeg_strip import BareJpeg, strip
from sync.dicom.pictures.turning import upright

VL_ENDOSCOPIC = "1.2.840.10008.5.1.4.1.1.77.1.1"
VL_PHOTOGRAPHIC = "1.2.840.10008.5.1.4.1.1.77.1.4"
DERMOSCOPIC = "1.2.840.10008.5.1.4.1.1.77.1.7"

MODALITIES: Mapping[str, str] = MappingProxyType({VL_ENDOSCOPIC: "ES", VL_PHOTOGRAPHIC: "XC", DERMOSCOPIC: "DMS"})

_FRAMES = uuid.UUID("6f0f1f6e-5d0f-4c59-9a40-3c6d6b6a2f0b")
"""The name space of frames of reference (RFC 9562, 5.5)."""

_CLASSES: Mapping[View, str] = MappingProxyType(
    {
        View.OVERVIEW: VL_PHOTOGRAPHIC,
        View.CLOSE_UP: VL_PHOTOGRAPHIC,
        View.DERMOSCOPY: DERMOSCOPIC,
        View.OTOSCOPY: VL_ENDOSCOPIC,
    }
)

_DESCRIPTIONS: Mapping[View, str] = MappingProxyType(
    {
        View.OVERVIEW: "Photo, vue d'ensemble",
        View.CLOSE_UP: "Photo, gros plan",
        View.DERMOSCOPY: "Dermoscopie",
        View.OTOSCOPY: "Otoscopie",
    }
)

_ITEM = struct.pack("<HH", 0xFFFE, 0xE000)
_OFFSETS = _ITEM + struct.pack("<LL", 4, 0)
"""One, of the one frame (PS3.5 A.4)."""
_END = struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)

INTIMATE = "image intime"
"""No attribute of an image marks one. That of the worklist which warns of what is confidential (0040,3001; PS3.3 C.2.2) is
added to say it, and it is said where a person reads it before the picture opens.
"""

PREDECESSOR = ("121348", "Temporal Predecessor")
"""PS3.16 CID 7201."""


def class_of(view: View, *, plain: bool = False) -> str:
    """``plain``: for a destination that takes no special class."""
    return VL_PHOTOGRAPHIC if plain else _CLASSES[view]


@dataclasses.dataclass(frozen=True, slots=True)
class Pixels:
    """The value of Pixel Data (PS3.3 C.7.6.3.1.4) and how it is encoded. ``fragments``: as items (PS3.5 A.4), of no told length."""

    syntax: UID
    value: Body
    fragments: bool


def build(item: Item, photo: Photo, source: Source, *, plain: bool = False) -> tuple[Dataset, Pixels]:
    """The data set, all but its pixels, and these. Raises Fault(OBJECT_INVALID) for another kind of JPEG than baseline."""
    jpeg = strip(item.file or photo.jpeg)
    sop_class = class_of(photo.view, plain=plain)
    dataset = common(item, source, sop_class, MODALITIES[sop_class], 2, *_descriptions(photo))
    taken = local(item.taken.utc, item, source)
    put(dataset, "ImageType", ["ORIGINAL", "PRIMARY"])
    put(dataset, "ContentDate", date(taken))
    put(dataset, "ContentTime", time(taken))
    put(dataset, "AcquisitionDateTime", date(taken) + time(taken))
    # nobody told how the resident lies in the picture
    put(dataset, "PatientOrientation", None)
    _where(dataset, photo)
    sequence(dataset, "AcquisitionContextSequence")
    put(dataset, "ImageComments", _comment(photo))
    if photo.is_intimate:
        put(dataset, "ConfidentialityConstraintOnPatientDataDescription", INTIMATE)
    if item.earlier is not None:
        _predecessor(dataset, item, item.earlier)
    if sop_class == DERMOSCOPIC:
        _dermoscope(dataset, item)
    return dataset, _pixels(dataset, jpeg)


def _descriptions(photo: Photo) -> tuple[str, str]:
    """Whole, and without how near it was taken."""
    words = []
    if photo.site is not None:
        words.append(SITES[photo.site].french)
    if photo.side is not None:
        words.append({"R": "droite", "L": "gauche"}[photo.side.value])
    if photo.is_intimate:
        words.append(INTIMATE)
    view = _DESCRIPTIONS[photo.view]
    return ", ".join([view, *words]), ", ".join([view.split(",")[0], *words])


def _where(dataset: Dataset, photo: Photo) -> None:
    """Anatomic region and laterality (PS3.3 C.7.3.1, C.7.6.1, table 10-8; H4)."""
    if photo.site is None:
        put(dataset, "Laterality", "")
        return
    site = SITES[photo.site]
    sequence(dataset, "AnatomicRegionSequence", code(site.code, "SCT", site.english))
    if not site.paired:
        put(dataset, "ImageLaterality", "U")
    elif photo.side is None:
        put(dataset, "Laterality", "")
    else:
        # and no Laterality of the series beside it: that is for objects that have none of their own
        put(dataset, "ImageLaterality", photo.side.value)


def _predecessor(dataset: Dataset, item: Item, earlier: Earlier) -> None:
    """The last photo of the same part of the body (C.8.12.1), and in which study it stands (C.12.2).

    One only: it names the one before it. Nobody said that both show one lesion, so no Tracking UID says it.
    """

    def reference() -> Dataset:
        to = Dataset()
        put(to, "ReferencedSOPClassUID", class_of(earlier.view, plain=earlier.plain))
        put(to, "ReferencedSOPInstanceUID", earlier.sop_uid)
        return to

    image, series = reference(), Dataset()
    sequence(image, "PurposeOfReferenceCodeSequence", code(PREDECESSOR[0], "DCM", PREDECESSOR[1]))
    sequence(dataset, "ReferencedImageSequence", image)
    put(series, "SeriesInstanceUID", earlier.series_uid)
    sequence(series, "ReferencedInstanceSequence", reference())
    if earlier.study_uid == item.encounter.study_uid:
        sequence(dataset, "ReferencedSeriesSequence", series)
        return
    study = Dataset()
    put(study, "StudyInstanceUID", earlier.study_uid)
    sequence(study, "ReferencedSeriesSequence", series)
    sequence(dataset, "StudiesContainingOtherReferencedInstancesSequence", study)


def _dermoscope(dataset: Dataset, item: Item) -> None:
    """PS3.3 C.7.4.1 and C.8.12.13. What the dermatoscope does not tell stays empty; Immersion Media belongs to a known contact only."""
    # nobody looked whether a face or the ridges of a finger are in it, and "NO" would let it be published
    put(dataset, "RecognizableVisualFeatures", "YES")
    put(dataset, "LightSourcePolarization", "")
    put(dataset, "EmitterColorTemperature", None)
    put(dataset, "ContactMethod", "")
    put(dataset, "OpticalMagnificationFactor", None)
    # no position is told in it, so it is shared with no other series: a name that follows from the series' own
    put(dataset, "FrameOfReferenceUID", dicom_uid(uuid.uuid5(_FRAMES, item.series_uid)))
    put(dataset, "PositionReferenceIndicator", "")


def _comment(photo: Photo) -> str:
    remarks = [INTIMATE] if photo.is_intimate else []
    remarks.append(f"JPEG: {photo.encoding.value}")
    if photo.too_blurred:
        remarks.append("photo floue")
    if photo.too_dark:
        remarks.append("photo sombre")
    if photo.too_bright:
        remarks.append("photo surexposée")
    return "; ".join(remarks)


def _pixels(dataset: Dataset, jpeg: BareJpeg) -> Pixels:
    put(dataset, "SamplesPerPixel", jpeg.components)
    if jpeg.components == 3:
        put(dataset, "PlanarConfiguration", 0)
    put(dataset, "BitsAllocated", 8)
    put(dataset, "BitsStored", 8)
    put(dataset, "HighBit", 7)
    put(dataset, "PixelRepresentation", 0)
    put(dataset, "BurnedInAnnotation", "NO")
    put(dataset, "LossyImageCompression", "01")
    put(
        dataset,
        "LossyImageCompressionRatio",
        f"{jpeg.width * jpeg.height * jpeg.components / jpeg.body.size:.2f}",
    )
    put(dataset, "LossyImageCompressionMethod", "ISO_10918_1")
    if jpeg.icc:
        put(dataset, "ICCProfile", jpeg.icc)
    return _as_it_is(dataset, jpeg) if jpeg.orientation == 1 else _turned(dataset, jpeg)


def _as_it_is(dataset: Dataset, jpeg: BareJpeg) -> Pixels:
    put(dataset, "PhotometricInterpretation", _photometric(jpeg))
    put(dataset, "Rows", jpeg.height)
    put(dataset, "Columns", jpeg.width)
    padding = jpeg.body.size % 2
    fragment = _OFFSETS + _ITEM + struct.pack("<L", jpeg.body.size + padding)
    value = Joined((InMemory(fragment), jpeg.body, InMemory(b"\0" * padding + _END)))
    return Pixels(JPEGBaseline8Bit, value, fragments=True)


def _turned(dataset: Dataset, jpeg: BareJpeg) -> Pixels:
    shown = upright(jpeg)
    put(dataset, "PhotometricInterpretation", "RGB" if jpeg.components == 3 else "MONOCHROME2")
    put(dataset, "Rows", shown.height)
    put(dataset, "Columns", shown.width)
    value = Joined((shown, InMemory(b"\0" * (shown.size % 2))))
    return Pixels(ExplicitVRLittleEndian, value, fragments=False)


def _photometric(jpeg: BareJpeg) -> str:
    if jpeg.components == 1:
        return "MONOCHROME2"
    if jpeg.rgb:
        return "RGB"
    return "YBR_FULL_422" if jpeg.subsampled else "YBR_FULL"
