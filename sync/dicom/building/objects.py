"""From an item to the bytes of its DICOM file (PS3.10). Pure: the same item gives the same bytes, whenever it is asked."""

from __future__ import annotations

import dataclasses
import io
import struct
from collections.abc import Mapping
from types import MappingProxyType

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.tag import Tag
from pydicom.uid import UID, ExplicitVRLittleEndian, JPEGBaseline8Bit

from edge.domain.fault import Fault, Reason
from edge.domain.item import Body, InMemory, Item, Joined, Paper, Report, Withdrawal
from edge.domain.measurement import Kind
from edge.domain.photo import Photo
from edge.domain.report import EncounterReport, Language
from edge.domain.sound import Sound
from edge.domain.waveform import Waveform
from sync.dicom.building import audio, ecg, photo, rejection
from sync.dicom.building.checks import check
from sync.dicom.building.document import ENCAPSULATED_PDF, Document, Reference, build as document_object
from sync.dicom.building.modules import Source
from sync.dicom.building.rejection import Note

IMPLEMENTATION_CLASS_UID = UID("2.25.254197468523903180672319063904216527353")
IMPLEMENTATION_VERSION = "TELECART_1"
PIXEL_DATA = Tag("PixelData")


SYNTAXES: Mapping[str, tuple[UID, ...]] = MappingProxyType(
    dict.fromkeys(photo.MODALITIES, (JPEGBaseline8Bit, ExplicitVRLittleEndian))
    | dict.fromkeys(
        (
            *(ecg.TWELVE_LEAD_ECG, ecg.GENERAL_ECG, ecg.AMBULATORY_ECG),
            *(audio.GENERAL_AUDIO, ENCAPSULATED_PDF, rejection.KEY_OBJECTS),
        ),
        (ExplicitVRLittleEndian,),
    )
)
"""Every class of the cart's objects and how it is encoded: what docs/dicom-conformance.md says."""


def build(item: Item, source: Source, *, plain: bool = False) -> bytes:
    """``built``, all of it at once. Raises its Fault and that of its pieces."""
    return b"".join(built(item, source, plain=plain).pieces())


def built(item: Item, source: Source, *, plain: bool = False) -> Body:
    """The checked part-10 file of what goes to a PACS. Raises Fault(OBJECT_INVALID) when a person must look at it, and so may its
    pieces: the pixels of a photo are read, or decoded, as they are asked for.

    ``plain``, or an item that is ``plain``: every photo is a VL Photographic image, for a destination that takes no class of
    its own for its view. It is another object than the one of that class: it needs a SOP Instance UID of its own.
    """
    match item.payload:
        case Waveform():
            return InMemory(_file(ecg.build(item, item.payload, source), ExplicitVRLittleEndian))
        case Photo():
            return _picture(*photo.build(item, item.payload, source, plain=plain or item.plain))
        case Sound():
            return InMemory(_file(audio.build(item, item.payload, source), ExplicitVRLittleEndian))
        case Paper(ecg=Waveform() as waveform, sop_uid=sop_uid):
            ecg_item = dataclasses.replace(item, kind=Kind.ECG, payload=waveform, sop_uid=sop_uid)
            return InMemory(build_ecg_page(ecg_item, source, item.sop_uid, item.series_uid))
        case Report(content=EncounterReport() as content, language=language):
            return InMemory(build_report(item, content, language, source))
        case Withdrawal():
            return InMemory(_file(rejection.withdraw(item, item.payload, source), ExplicitVRLittleEndian))
        case _:
            raise Fault(Reason.OBJECT_INVALID, f"a {item.kind.value} is not sent as a DICOM object")


def build_document(item: Item, document: Document, source: Source) -> bytes:
    """The checked part-10 file of a PDF in the study of ``item``. Raises Fault(OBJECT_INVALID)."""
    return _file(document_object(item, document, source), ExplicitVRLittleEndian)


def build_ecg_page(item: Item, source: Source, sop_uid: str, series_uid: str) -> bytes:
    """The checked part-10 file of the millimetre paper of a 12-lead ECG, which names the waveform's object as its source.

    Raises Fault(OBJECT_INVALID) for what is no 12-lead ECG.
    """
    waveform = item.payload
    if not isinstance(waveform, Waveform) or ecg.class_of(waveform) != ecg.TWELVE_LEAD_ECG:
        raise Fault(Reason.OBJECT_INVALID, "only a 12-lead ECG has a page of millimetre paper")
    from sync.dicom.building import ecg_pdf  # it loads reportlab and Pillow, which sync needs for nothing else

    page = Document(
        content=ecg_pdf.draw(item, waveform, source),
        title="ECG 12 dérivations, papier millimétré",
        loinc="11524-6",
        meaning="EKG study",
        sop_uid=sop_uid,
        series_uid=series_uid,
        made_from=(Reference(ecg.TWELVE_LEAD_ECG, item.sop_uid),),
    )
    return build_document(item, page, source)


def build_report(item: Item, content: EncounterReport, language: Language, source: Source) -> bytes:
    """The checked part-10 file of the report of an encounter. Raises Fault(OBJECT_INVALID | MISSING_PROGRAM)."""
    from sync.report import document, terms  # they load reportlab, which sync needs for nothing else

    house = source.house
    page = Document(
        content=document.pdf(content, house, language),
        title=terms.TITLE[language],
        loinc=terms.LOINC,
        meaning=terms.MEANING,
        sop_uid=item.sop_uid,
        series_uid=item.series_uid,
    )
    return build_document(item, page, source)


def build_rejection(item: Item, note: Note, source: Source) -> bytes:
    """The checked part-10 file of the note that withdraws objects of the study of ``item``. Raises Fault(OBJECT_INVALID)."""
    return _file(rejection.build(item, note, source), ExplicitVRLittleEndian)


def _file(dataset: Dataset, transfer_syntax: UID) -> bytes:
    check(dataset)
    return _encoded(dataset, transfer_syntax)


def _picture(dataset: Dataset, pixels: photo.Pixels) -> Body:
    """Pixel Data is the last element: what stands before it is written as ever, and it comes in pieces behind that."""
    element = DataElement(PIXEL_DATA, "OB", b"\0\0")
    element.is_undefined_length = pixels.fragments
    dataset[PIXEL_DATA] = element
    check(dataset, None if pixels.fragments else pixels.value.size)
    del dataset[PIXEL_DATA]
    if max(dataset.keys()) > PIXEL_DATA:
        raise ValueError("something stands behind the pixels")
    length = 0xFFFFFFFF if pixels.fragments else pixels.value.size
    before = struct.pack("<HH2sHL", PIXEL_DATA.group, PIXEL_DATA.element, b"OB", 0, length)
    return Joined((InMemory(_encoded(dataset, pixels.syntax) + before), pixels.value))


def _encoded(dataset: Dataset, transfer_syntax: UID) -> bytes:
    if transfer_syntax not in SYNTAXES[dataset.SOPClassUID]:
        raise ValueError(f"{dataset.SOPClassUID} is not said to be sent as {transfer_syntax}")
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
