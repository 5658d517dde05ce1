"""Encapsulated PDF (PS3.3 A.45.1; modules C.24.1, C.8.6.1, C.24.2)."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from pydicom.dataset import Dataset

from edge.domain.item import Item
from sync.dicom.building.elements import code, date, put, sequence, text, time
from sync.dicom.building.modules import Source, common, local

ENCAPSULATED_PDF = "1.2.840.10008.5.1.4.1.1.104.1"


@dataclasses.dataclass(frozen=True, slots=True)
class Reference:
    """Another DICOM object."""

    sop_class: str
    sop_uid: str


@dataclasses.dataclass(frozen=True, slots=True)
class Document:
    """A PDF of a round. ``loinc`` and ``meaning`` code what it is; ``made_from`` are the objects whose content it shows.

    ``sop_uid`` and ``series_uid`` are its own: never those of the item that it shows.
    """

    content: bytes
    title: str
    loinc: str
    meaning: str
    sop_uid: str
    series_uid: str
    made_from: Sequence[Reference] = ()


def build(item: Item, document: Document, source: Source) -> Dataset:
    """The data set, explicit VR little endian, in the study of ``item`` and of its time."""
    own = dataclasses.replace(item, sop_uid=document.sop_uid, series_uid=document.series_uid)
    dataset = common(own, source, ENCAPSULATED_PDF, "DOC", 3, document.title)
    taken = local(item.taken.utc, item, source)
    put(dataset, "ConversionType", "WSD")
    put(dataset, "ContentDate", date(taken))
    put(dataset, "ContentTime", time(taken))
    put(dataset, "AcquisitionDateTime", date(taken) + time(taken))
    # its pages name the resident
    put(dataset, "BurnedInAnnotation", "YES")
    put(dataset, "DocumentTitle", text(document.title))
    sequence(dataset, "ConceptNameCodeSequence", code(document.loinc, "LN", document.meaning))
    if document.made_from:
        sequence(dataset, "SourceInstanceSequence", *map(_reference, document.made_from))
    put(dataset, "MIMETypeOfEncapsulatedDocument", "application/pdf")
    put(dataset, "EncapsulatedDocument", document.content + b"\0" * (len(document.content) % 2))
    put(dataset, "EncapsulatedDocumentLength", len(document.content))
    return dataset


def _reference(to: Reference) -> Dataset:
    item = Dataset()
    put(item, "ReferencedSOPClassUID", to.sop_class)
    put(item, "ReferencedSOPInstanceUID", to.sop_uid)
    return item
