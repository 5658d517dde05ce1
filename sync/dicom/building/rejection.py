"""The note that withdraws objects: a Key Object Selection of the title "Rejected for Patient Safety Reasons".

IHE RAD TF-3 4.66 (Imaging Object Change Management); PS3.3 A.35.4, C.17.6.1, C.17.6.2, C.17.3; PS3.16 TID 2010, CID 7010 and CID 7031.
Of the titles that reject, a display has to suppress the note and what it lists for 113037 (patient safety), 113038 (a worklist)
and 113039 (age); for 113001 (quality) a site may configure it to go on presenting them. That is the profile's rule as the viewer Weasis
quotes it (RejectedKOSpecialElement), and the archive dcm4chee has a view of its own, `regularUse`, that shows what 113001 rejects. Nobody
is asked at the bedside why something is undone, so that it may always have been on the wrong resident: it is 113037.
"""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.filereader import read_partial

from edge.domain.item import Body, Item, Withdrawal
from edge.domain.measurement import Instant
from sync.dicom.building.audio import GENERAL_AUDIO
from sync.dicom.building.document import ENCAPSULATED_PDF, Reference
from sync.dicom.building.ecg import AMBULATORY_ECG, GENERAL_ECG, TWELVE_LEAD_ECG
from sync.dicom.building.elements import code, date, put, sequence, text, time
from sync.dicom.building.modules import Source, common, local
from sync.dicom.building.photo import MODALITIES

KEY_OBJECTS = "1.2.840.10008.5.1.4.1.1.88.59"
SAFETY = ("113037", "Rejected for Patient Safety Reasons")

VALUE_TYPES: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(MODALITIES, "IMAGE")
    | dict.fromkeys((TWELVE_LEAD_ECG, GENERAL_ECG, AMBULATORY_ECG, GENERAL_AUDIO), "WAVEFORM")
    | {ENCAPSULATED_PDF: "COMPOSITE"}
)
"""How the content of a document refers to an object of a class (C.17.3.2.1)."""


@dataclasses.dataclass(frozen=True, slots=True)
class Rejected:
    """An object as it was sent: its series, class and instance."""

    series_uid: str
    object: Reference


@dataclasses.dataclass(frozen=True, slots=True)
class Note:
    """Withdraws ``rejected``, all of one study, because of ``why``. The UIDs are the note's own; ``made`` is when it was."""

    rejected: Sequence[Rejected]
    why: str
    made: Instant
    sop_uid: str
    series_uid: str


_PATIENT = 0x0010
_LAST_GROUP = 0x0020
_STUDY = (
    *("TimezoneOffsetFromUTC", "StudyInstanceUID", "StudyDate", "StudyTime", "StudyID", "StudyDescription"),
    *("AccessionNumber", "IssuerOfAccessionNumberSequence", "ReferringPhysicianName", "ProcedureCodeSequence"),
)
"""With all of the group of the patient: the receiver finds what is withdrawn by what it was told then."""


def withdraw(item: Item, withdrawal: Withdrawal, source: Source) -> Dataset:
    """The note of a withdrawal, by the bytes of the objects themselves, whatever the record says of the resident since.

    Raises ValueError for objects of more than one study or resident, and for none at all.
    """
    heads = [_head(content) for content in withdrawal.contents]
    if len({(str(head.StudyInstanceUID), str(head.PatientID)) for head in heads}) != 1:
        raise ValueError("a note is about one study of one resident")
    rejected = [
        Rejected(str(head.SeriesInstanceUID), Reference(str(head.SOPClassUID), str(head.SOPInstanceUID)))
        for head in heads
    ]
    study_uid = str(heads[0].StudyInstanceUID)
    as_sent = dataclasses.replace(item, encounter=dataclasses.replace(item.encounter, study_uid=study_uid))
    dataset = build(as_sent, Note(rejected, withdrawal.why, item.taken, item.sop_uid, item.series_uid), source)
    study = {tag_for_keyword(keyword) for keyword in _STUDY}
    for tag in [tag for tag in dataset.keys() if tag.group == _PATIENT or tag in study]:  # noqa: SIM118
        del dataset[tag]
    for tag in [tag for tag in heads[0].keys() if tag.group == _PATIENT or tag in study]:  # noqa: SIM118
        dataset[tag] = heads[0][tag]
    return dataset


def _head(content: Body) -> Dataset:
    """By its first piece, in which all but pixels and samples stands; the others say that it is what was frozen.

    Raises Fault(STORE_DAMAGED).
    """
    pieces = content.pieces()
    first = next(pieces)
    for _ in pieces:
        pass
    return read_partial(io.BytesIO(first), stop_when=lambda tag, _vr, _length: tag.group > _LAST_GROUP)


def build(item: Item, note: Note, source: Source) -> Dataset:
    """The data set, explicit VR little endian. ``item`` is one of the rejected, with the patient under whom it was sent.

    Raises ValueError for a note that rejects nothing, the same twice, or what the cart does not send.
    """
    instances = [one.object.sop_uid for one in note.rejected]
    if not instances or len(set(instances)) < len(instances):
        raise ValueError("a note rejects one object at least, and each once")
    if unknown := {one.object.sop_class for one in note.rejected} - set(VALUE_TYPES):
        raise ValueError(f"the cart sends no {sorted(unknown)}")
    own = dataclasses.replace(item, sop_uid=note.sop_uid, series_uid=note.series_uid, taken=note.made)
    dataset = common(own, source, KEY_OBJECTS, "KO", 5, "Objets retirés")
    made = local(note.made.utc, item, source)
    put(dataset, "ContentDate", date(made))
    put(dataset, "ContentTime", time(made))
    sequence(dataset, "ReferencedPerformedProcedureStepSequence")
    sequence(dataset, "CurrentRequestedProcedureEvidenceSequence", _evidence(item.encounter.study_uid, note.rejected))
    _content(dataset, note)
    return dataset


def _evidence(study_uid: str, rejected: Sequence[Rejected]) -> Dataset:
    by_series: dict[str, list[Dataset]] = {}
    for one in rejected:
        by_series.setdefault(one.series_uid, []).append(_reference(one.object))
    series = []
    for uid, objects in by_series.items():
        item = Dataset()
        put(item, "SeriesInstanceUID", uid)
        sequence(item, "ReferencedSOPSequence", *objects)
        series.append(item)
    study = Dataset()
    put(study, "StudyInstanceUID", study_uid)
    sequence(study, "ReferencedSeriesSequence", *series)
    return study


def _content(dataset: Dataset, note: Note) -> None:
    """TID 2010: the title, why, and one content item for each object."""
    template = Dataset()
    put(template, "MappingResource", "DCMR")
    put(template, "TemplateIdentifier", "2010")
    put(dataset, "ValueType", "CONTAINER")
    sequence(dataset, "ConceptNameCodeSequence", code(SAFETY[0], "DCM", SAFETY[1]))
    put(dataset, "ContinuityOfContent", "SEPARATE")
    sequence(dataset, "ContentTemplateSequence", template)
    why = _item("TEXT")
    sequence(why, "ConceptNameCodeSequence", code("113012", "DCM", "Key Object Description"))
    put(why, "TextValue", text(note.why))
    objects = []
    for one in note.rejected:
        content = _item(VALUE_TYPES[one.object.sop_class])
        sequence(content, "ReferencedSOPSequence", _reference(one.object))
        objects.append(content)
    sequence(dataset, "ContentSequence", why, *objects)


def _item(value_type: str) -> Dataset:
    item = Dataset()
    put(item, "RelationshipType", "CONTAINS")
    put(item, "ValueType", value_type)
    return item


def _reference(to: Reference) -> Dataset:
    item = Dataset()
    put(item, "ReferencedSOPClassUID", to.sop_class)
    put(item, "ReferencedSOPInstanceUID", to.sop_uid)
    return item
