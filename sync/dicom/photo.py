"""VL Photographic Image Storage with the camera's own JPEG inside (PS3.3 A.32.4, C.8.12.1; PS3.5 A.4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate

from edge.domain.item import Item
from edge.domain.photo import Photo, View
from sync.dicom.elements import date, put, sequence, time
from sync.dicom.jpeg_strip import BareJpeg, strip
from sync.dicom.modules import Source, common, local

VL_PHOTOGRAPHIC = "1.2.840.10008.5.1.4.1.1.77.1.4"

_DESCRIPTIONS: Mapping[View, str] = MappingProxyType(
    {
        View.OVERVIEW: "Photo, vue d'ensemble",
        View.CLOSE_UP: "Photo, gros plan",
        View.DERMOSCOPY: "Dermoscopie",
        View.OTOSCOPY: "Otoscopie",
    }
)


def build(item: Item, photo: Photo, source: Source) -> Dataset:
    """The data set for JPEG baseline (1.2.840.10008.1.2.4.50). Raises Fault(OBJECT_INVALID) for another kind of JPEG."""
    jpeg = strip(photo.jpeg)
    dataset = common(item, source, VL_PHOTOGRAPHIC, "XC", 2, _DESCRIPTIONS[photo.view])
    taken = local(item.taken.utc, item, source)
    put(dataset, "ImageType", ["ORIGINAL", "PRIMARY"])
    put(dataset, "ContentDate", date(taken))
    put(dataset, "ContentTime", time(taken))
    put(dataset, "AcquisitionDateTime", date(taken) + time(taken))
    # nobody told which part of the body is shown, nor from which side
    put(dataset, "PatientOrientation", None)
    put(dataset, "Laterality", "")
    sequence(dataset, "AcquisitionContextSequence")
    put(dataset, "ImageComments", _comment(photo))
    _pixels(dataset, jpeg)
    return dataset


def _comment(photo: Photo) -> str:
    remarks = [f"JPEG: {photo.encoding.value}"]
    if photo.too_blurred:
        remarks.append("photo floue")
    if photo.too_dark:
        remarks.append("photo sombre")
    if photo.too_bright:
        remarks.append("photo surexposée")
    return "; ".join(remarks)


def _pixels(dataset: Dataset, jpeg: BareJpeg) -> None:
    put(dataset, "SamplesPerPixel", jpeg.components)
    put(dataset, "PhotometricInterpretation", _photometric(jpeg))
    if jpeg.components == 3:
        put(dataset, "PlanarConfiguration", 0)
    put(dataset, "Rows", jpeg.height)
    put(dataset, "Columns", jpeg.width)
    put(dataset, "BitsAllocated", 8)
    put(dataset, "BitsStored", 8)
    put(dataset, "HighBit", 7)
    put(dataset, "PixelRepresentation", 0)
    put(dataset, "BurnedInAnnotation", "NO")
    put(dataset, "LossyImageCompression", "01")
    put(
        dataset,
        "LossyImageCompressionRatio",
        f"{jpeg.width * jpeg.height * jpeg.components / len(jpeg.content):.2f}",
    )
    put(dataset, "LossyImageCompressionMethod", "ISO_10918_1")
    put(dataset, "PixelData", encapsulate([jpeg.content]))
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True


def _photometric(jpeg: BareJpeg) -> str:
    if jpeg.components == 1:
        return "MONOCHROME2"
    if jpeg.rgb:
        return "RGB"
    return "YBR_FULL_422" if jpeg.subsampled else "YBR_FULL"
