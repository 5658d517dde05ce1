"""The own checks against the standard's tables: whatever an object of each class has to have is missed when it is gone."""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.dataset import Dataset

from edge.domain.body_site import BodySite, Side
from edge.domain.fault import Fault, Reason
from edge.domain.item import Item
from edge.domain.operator import Operator
from edge.domain.order import Order
from edge.domain.photo import Earlier, Photo, View
from edge.domain.waveform import Scale, Waveform
from sync.dicom.building.checks import check
from sync.dicom.building.document import Reference
from sync.dicom.building.objects import SYNTAXES, build, build_ecg_page, build_rejection
from sync.dicom.building.rejection import Note, Rejected
from tests import items
from tests.servers import SOURCE, dciodvfy
from tests.unit.test_jpeg_strip import exif, segment, with_segments

TABLE = json.loads((Path(__file__).parents[1] / "standard/dicom_modules.json").read_text(encoding="utf-8"))["classes"]
HOUSE = dataclasses.replace(SOURCE, finess="690012345", issuer="EHPAD Les Tilleuls", issuer_oid="1.2.250.1.999.7")
CLAIRE = Operator("CLAIRE MARTIN", "10001234567")

NEVER = {
    # of other value types than the note's content items have (PS3.3 C.17.3.2)
    *("ReferencedSOPSequence", "ConceptCodeSequence", "MeasuredValueSequence", "TabulatedValuesSequence", "TemporalRangeType"),
    *("GraphicData", "GraphicType", "ReferencedFrameOfReferenceUID", "ContentSequence/ConceptCodeSequence"),
    *("ContentSequence/MeasuredValueSequence", "ContentSequence/TabulatedValuesSequence", "ContentSequence/GraphicData"),
    *("ContentSequence/TemporalRangeType", "ContentSequence/GraphicType", "ContentSequence/ReferencedFrameOfReferenceUID"),
    # of containers within it, of which it has none
    *("ContentSequence/ContinuityOfContent", "ContentSequence/ContentTemplateSequence/TemplateIdentifier"),
}  # fmt: skip
"""Type 1 or 2 in the table, where a condition stands around it that does not hold."""

MAY_GO = {
    # a JPEG has a profile or has none
    "ICCProfile": "C.11.15 is a user option",
    "ContentSequence/ReferencedSOPSequence": "the content item that says why has none; that the others have it is tested below",
    # a hierarchic designator is whole with its local name or with its OID (table 10-17)
    "IssuerOfAccessionNumberSequence/LocalNamespaceEntityID": "the OID stays",
    "IssuerOfAccessionNumberSequence/UniversalEntityID": "the local name stays",
    "SourceInstanceSequence": "a document may be made from no object",
}
"""What may go from an object alone, and why it then is still one."""


def whole(item: Item) -> Item:
    """With all that is optional."""
    item = dataclasses.replace(item, operator=CLAIRE)
    if not isinstance(item.payload, Photo):
        return item
    photo = dataclasses.replace(item.payload, site=BodySite.HEEL, side=Side.LEFT, intimate=True)
    earlier = Earlier("i", "2.25.11", "2.25.12", "2.25.13", photo.view, dt.datetime(2026, 3, 1, tzinfo=dt.UTC))
    return dataclasses.replace(item, payload=photo, earlier=earlier)


def examples() -> Iterator[tuple[str, bytes]]:
    two = Waveform(("I", "II"), Decimal(500), (Scale(Decimal("0.5")),) * 2, bytes(4000))
    profile = segment(0xE2, b"ICC_PROFILE\0\x01\x01" + b"profile!")
    for name, item in {
        "12-lead": items.ecg(),
        "general ECG": items.ecg(two),
        "strip": items.strip(),
        "sound": items.sound(),
        "photo": items.photo(with_segments(items.drawn_jpeg(), profile)),
        "dermoscopy": items.photo(view=View.DERMOSCOPY),
        "otoscopy": items.photo(view=View.OTOSCOPY),
        "turned photo": items.photo(with_segments(items.drawn_jpeg(), exif(6))),
    }.items():
        yield name, build(whole(item), HOUSE)
    order = Order("2.25.20", "RV-1", "CLINIQUE", "P1", "S1", "Suivi de plaie", ("W1", "99CLINIC", "Suivi de plaie"))
    asked = whole(items.photo())
    asked = dataclasses.replace(asked, encounter=dataclasses.replace(asked.encounter, study_uid="2.25.20", order=order))
    yield "ordered photo", build(asked, HOUSE)
    page, note = whole(items.ecg()), whole(items.photo())
    yield "ECG page", build_ecg_page(page, HOUSE, page.sop_uid, page.series_uid)
    withdrawn = Rejected("2.25.9", Reference("1.2.840.10008.5.1.4.1.1.9.1.1", "2.25.10"))
    said = Note([withdrawn], "Enregistré pour un autre résident", note.taken, note.sop_uid, note.series_uid)
    yield "rejection note", build_rejection(note, said, HOUSE)


EXAMPLES = dict(examples())


def read(name: str) -> Dataset:
    return pydicom.dcmread(io.BytesIO(EXAMPLES[name]))


def required(dataset: Dataset) -> dict[str, str]:
    found: dict[str, str] = TABLE[dataset.SOPClassUID]["attributes"]
    return {path: kind for path, kind in found.items() if path not in NEVER}


def holders(dataset: Dataset, path: str) -> list[Dataset]:
    """The data sets in which the attribute of ``path`` stands or should stand."""
    *sequences, _ = path.split("/")
    found = [dataset]
    for keyword in sequences:
        found = [item for one in found for item in one.get(keyword) or ()]
    return found


def emptied(holder: Dataset, keyword: str) -> None:
    holder[keyword].value = [] if holder[keyword].VR == "SQ" else None


def is_refused(dataset: Dataset) -> bool:
    try:
        check(dataset)
    except Fault as fault:
        return fault.reason is Reason.OBJECT_INVALID
    return False


def test_every_class_of_the_cart_is_in_the_standard_s_table_and_among_the_examples() -> None:
    assert set(TABLE) == set(SYNTAXES) == {str(read(name).SOPClassUID) for name in EXAMPLES}


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_an_object_with_all_that_is_optional_is_one(name: str) -> None:
    check(read(name))
    if name != "sound":  # which the validator does not know
        assert dciodvfy(EXAMPLES[name]) == []


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_all_that_the_standard_demands_is_there(name: str) -> None:
    dataset = read(name)
    missing = []
    for path, kind in required(dataset).items():
        keyword = path.rpartition("/")[2]
        if kind not in {"1", "2"} or path in MAY_GO:
            continue
        for holder in holders(dataset, path):
            if keyword not in holder or (kind == "1" and holder[keyword].is_empty):
                missing.append(path)
    assert missing == []


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_what_the_standard_demands_is_missed_when_it_is_gone(name: str) -> None:
    """Each attribute of types 1, 1C, 2 and 2C that is there: taken away, and those that have a value emptied."""
    dataset, survivors, tried = read(name), [], 0
    for path, kind in required(dataset).items():
        keyword = path.rpartition("/")[2]
        if path in MAY_GO or not any(keyword in holder for holder in holders(dataset, path)):
            continue
        for change in ("gone", "empty"):
            if change == "empty" and (kind.startswith("2") or holders(dataset, path)[0][keyword].is_empty):
                continue
            damaged = copy.deepcopy(dataset)
            holder = next(one for one in holders(damaged, path) if keyword in one)
            if change == "gone":
                del holder[keyword]
            else:
                emptied(holder, keyword)
            tried += 1
            if not is_refused(damaged):
                survivors.append(f"{path} {change}")
    assert survivors == []
    assert tried > 40


WRONG: dict[str, Any] = {
    "PatientSex": "X",
    "Modality": "CT",
    "OtherPatientIDsSequence/TypeOfPatientID": "INS",
    "OtherPatientIDsSequence/IssuerOfPatientIDQualifiersSequence/UniversalEntityIDType": "OID",
    "OtherPatientIDsSequence/IssuerOfPatientIDQualifiersSequence/UniversalEntityID": "1.2..3",
    "IssuerOfAccessionNumberSequence/UniversalEntityIDType": "OID",
    "SpecificCharacterSet": "ISO_IR 100",
    "SOPInstanceUID": "2.25." + "1" * 60,
    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2",
    "StudyInstanceUID": "2.25.01",
    "SeriesInstanceUID": "one",
    "ImageType": ["ORIGINAL", "SECONDARY"],
    "ImageLaterality": "LEFT",
    "BurnedInAnnotation": "N",
    "RecognizableVisualFeatures": "MAYBE",
    "LossyImageCompression": "1",
    "SamplesPerPixel": 2,
    "PhotometricInterpretation": "PALETTE COLOR",
    "BitsAllocated": 16,
    "BitsStored": 12,
    "HighBit": 11,
    "PixelRepresentation": 1,
    "PlanarConfiguration": 1,
    "Rows": 0,
    "Columns": 0,
    "LightSourcePolarization": "YES",
    "ContactMethod": "TOUCH",
    "ReferencedImageSequence/ReferencedSOPInstanceUID": "2.25.14",
    "StudiesContainingOtherReferencedInstancesSequence/ReferencedSeriesSequence/ReferencedInstanceSequence"
    "/ReferencedSOPInstanceUID": "2.25.14",
    "SynchronizationTrigger": "NONE",
    "AcquisitionTimeSynchronized": "YES",
    "WaveformSequence/WaveformOriginality": "COPY",
    "WaveformSequence/WaveformSampleInterpretation": "SL",
    "WaveformSequence/WaveformBitsAllocated": 32,
    "WaveformSequence/NumberOfWaveformChannels": 99,
    "WaveformSequence/NumberOfWaveformSamples": 3,
    "WaveformSequence/SamplingFrequency": "48001",
    "WaveformSequence/ChannelDefinitionSequence/WaveformBitsStored": 17,
    "ConversionType": "PAPER",
    "MIMETypeOfEncapsulatedDocument": "text/plain",
    "EncapsulatedDocumentLength": 5,
    "EncapsulatedDocument": b"%PS-",
    "ValueType": "TEXT",
    "ContinuityOfContent": "BOTH",
    "ContentSequence/RelationshipType": "HAS",
    "CurrentRequestedProcedureEvidenceSequence/StudyInstanceUID": "2.25.15",
}
"""For each attribute a value that its VR may hold, and the attribute not (or not beside the others)."""


def test_what_a_condition_allows_to_go_does_not_go_altogether() -> None:
    authority = read("photo")
    for keyword in ("LocalNamespaceEntityID", "UniversalEntityID"):
        del authority.IssuerOfAccessionNumberSequence[0][keyword]
    assert is_refused(authority)
    note = read("rejection note")
    del note.ContentSequence[1].ReferencedSOPSequence
    assert is_refused(note)
    operator = read("photo")
    del operator.OperatorIdentificationSequence[0].InstitutionCodeSequence
    assert is_refused(operator)
    operator.OperatorIdentificationSequence[0].InstitutionName = "EHPAD"
    check(operator)


@pytest.mark.parametrize("path", list(WRONG))
def test_a_value_of_no_set_is_refused_in_every_class_that_has_it(path: str) -> None:
    keyword, tried = path.rpartition("/")[2], 0
    for name in EXAMPLES:
        dataset = read(name)
        for holder in holders(dataset, path)[:1]:
            if keyword in holder:
                vr = holder[keyword].VR
                # past the VR's own validation: whoever builds it wrong does not go through it either
                del holder[keyword]
                holder.add(pydicom.DataElement(keyword, vr, WRONG[path], validation_mode=pydicom.config.IGNORE))
                assert is_refused(dataset), name
                tried += 1
    assert tried
