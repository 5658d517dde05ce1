"""From an item to the bytes of its DICOM file (PS3.10). Pure: the same item gives the same bytes, whenever it is asked."""

from __future__ import annotations

import io

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID, ExplicitVRLittleEndian

from edge.domain.fault import Fault, Reason
from edge.domain.item import Item
from edge.domain.photo import Photo
from edge.domain.waveform import Waveform
from sync.dicom import ecg, photo
from sync.dicom.checks import check
from sync.dicom.modules import Source

IMPLEMENTATION_CLASS_UID = UID("2.25.254197468523903180672319063904216527353")
IMPLEMENTATION_VERSION = "TELECART_1"


def build(item: Item, source: Source, *, plain: bool = False) -> bytes:
    """The checked part-10 file of an ECG or a photo. Raises Fault(OBJECT_INVALID) when a person must look at it.

    ``plain``: every photo is a VL Photographic image, for a destination that takes no class of its own for its view. It is
    another object than the one of that class: it needs a SOP Instance UID of its own.
    """
    match item.payload:
        case Waveform():
            return _file(ecg.build(item, item.payload, source), ExplicitVRLittleEndian)
        case Photo():
            return _file(*photo.build(item, item.payload, source, plain=plain))
        case _:
            raise Fault(Reason.OBJECT_INVALID, f"a {item.kind.value} is not sent as a DICOM object")


def _file(dataset: Dataset, transfer_syntax: UID) -> bytes:
    check(dataset)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = transfer_syntax
    meta.ImplementationClassUID = IMPLEMENTATION_CLASS_UID
    meta.ImplementationVersionName = IMPLEMENTATION_VERSION
    dataset.file_meta = meta
    content = io.BytesIO()
    dcmwrite(content, dataset, enforce_file_format=True)
    return content.getvalue()
