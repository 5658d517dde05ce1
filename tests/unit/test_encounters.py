"""What a round is called, who captured what in it, and which photo came before: from the store to the object."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset

from edge import settings
from edge.domain.audit import KnownBy, Who
from edge.domain.body_site import BodySite, Side
from edge.domain.capture import Capture
from edge.domain.fault import Fault
from edge.domain.identifier import accession_number, is_oid, uuid7
from edge.domain.item import Item
from edge.domain.measurement import IMAGING, Instant, Kind
from edge.domain.operator import Operator
from edge.domain.patient import Attribute, Encounter, IdentityStatus
from edge.domain.photo import Photo, View
from edge.domain.waveform import Waveform
from edge.store.keeping import series
from edge.store.keeping.reading import load
from edge.store.ledger import EdgeStore, Places, open_for_edge
from sync.dicom.building.objects import build
from sync.dicom.building.schemes import FINESS, HOUSE, RPPS
from tests import items
from tests.servers import SOURCE, dciodvfy

BEGUN = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
CLAIRE = Operator("CLAIRE MARTIN", "10001234567")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EdgeStore]:
    places = Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "store.key")
    found = open_for_edge(places, dict.fromkeys(IMAGING, ("pacs",)), "demonstration")
    found.journal.put_patient(items.PATIENT)
    found.journal.put_patient(items.OTHER_PATIENT)
    yield found
    found.database.close()


def at(day: int) -> Instant:
    return Instant(BEGUN + dt.timedelta(days=day), "boot", day, clock_trusted=True)


def round_of(store: EdgeStore, day: int, patient_id: str = items.PATIENT.id) -> Encounter:
    return store.journal.open_encounter(patient_id, at(day), "TC")[1]


def taken(
    store: EdgeStore,
    day: int,
    site: BodySite | None = BodySite.HEEL,
    side: Side | None = Side.LEFT,
    *,
    view: View = View.CLOSE_UP,
    patient_id: str = items.PATIENT.id,
    encounter: Encounter | None = None,
    operator: Operator | None = None,
) -> str:
    """The id of a new photo of that day."""
    payload = items.photo(items.drawn_jpeg(320, 240 + day), view).payload
    assert isinstance(payload, Photo)
    photo = dataclasses.replace(payload, site=site, side=side)
    capture = Capture(Kind.PHOTO, photo, items.CAMERA, at(day), f"photo {uuid.uuid4()}", operator=operator)
    return store.journal.save(capture, encounter or round_of(store, day, patient_id)).item_id


def loaded(store: EdgeStore, item_id: str, destination: str = "pacs") -> Item:
    return load(store.database, store.blobs, item_id, destination)


def read(item: Item, source: object = SOURCE) -> Dataset:
    content = build(item, source)  # type: ignore[arg-type]
    assert dciodvfy(content) == []
    return pydicom.dcmread(io.BytesIO(content))


# --- accession numbers


def test_a_round_is_called_by_the_prefix_of_its_house_and_chance(store: EdgeStore) -> None:
    found = [round_of(store, day).accession_number for day in range(50)]
    assert len(set(found)) == 50
    assert all(re.fullmatch(r"TC[0-9A-HJKMNP-TV-Z]{10}", number) for number in found)


def test_two_carts_of_a_house_that_begin_in_the_same_millisecond_call_their_rounds_otherwise() -> None:
    """The clock's bits, alike on both, are not in it; all that is of chance in the tail is."""
    clock = uuid7().int >> 64 << 64
    names = [
        uuid.UUID(int=clock | 0b10 << 62 | number << shift) for shift in range(0, 50, 5) for number in range(1, 32)
    ]
    assert len({accession_number("TC", name) for name in names}) == len(names)
    assert accession_number("TC", uuid.UUID(int=clock)) == "TC0000000000"


@pytest.mark.parametrize("prefix", ["", "TOOLONG"])
def test_a_prefix_never_takes_the_room_of_chance(prefix: str) -> None:
    with pytest.raises(ValueError, match="1 to 6"):
        accession_number(prefix, uuid7())
    assert len(accession_number("SIXSIX", uuid7())) == 16


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('accession_prefix = "TELECART"', "accession_prefix"),
        ('accession_prefix = "t1"', "accession_prefix"),
        ('accession_prefix = ""', "accession_prefix"),
        ('finess = "12345678"', "finess"),
        ('issuer_oid = "1.02.3"', "issuer_oid"),
        (f'issuer_oid = "1.{"2" * 64}"', "issuer_oid"),
        ('issuer = " "', "issuer"),
    ],
)
def test_the_site_s_settings_are_checked(tmp_path: Path, line: str, words: str) -> None:
    file = tmp_path / "telecart.toml"
    file.write_text(f"[site]\n{line}\n", encoding="utf-8")
    with pytest.raises(Fault, match=words):
        settings.read(file)
    file.write_text(
        '[site]\naccession_prefix = "A1"\nfiness = "2A0012345"\nissuer_oid = "1.2.250.1.71"\n', encoding="utf-8"
    )
    assert settings.read(file).site.finess == "2A0012345"


# --- the study


def test_a_round_opens_a_study_of_its_own_that_says_what_it_is_and_of_which_house() -> None:
    item = dataclasses.replace(items.photo(), operator=CLAIRE)
    source = dataclasses.replace(SOURCE, finess="690012345", issuer="Les Tilleuls", issuer_oid="1.2.250.1.999.7")
    dataset = read(item, source)
    (issuer,) = dataset.IssuerOfAccessionNumberSequence
    assert (issuer.LocalNamespaceEntityID, issuer.UniversalEntityID) == ("Les Tilleuls", "1.2.250.1.999.7")
    assert issuer.UniversalEntityIDType == "ISO"
    assert dataset.StudyDescription == "Captures au chevet pour télémédecine"
    (procedure,) = dataset.ProcedureCodeSequence
    assert (procedure.CodeValue, procedure.CodingSchemeDesignator) == ("BEDSIDE", "99TELECART")
    assert procedure.CodeMeaning == dataset.StudyDescription
    (house,) = dataset.InstitutionCodeSequence
    assert (house.CodeValue, house.CodingSchemeDesignator) == ("690012345", "99FINESS")
    assert (house.CodeMeaning, dataset.InstitutionName) == ("EHPAD Les Tilleuls",) * 2
    schemes = {one.CodingSchemeDesignator: one.CodingSchemeUID for one in dataset.CodingSchemeIdentificationSequence}
    assert schemes == {one.designator: one.uid for one in (FINESS, HOUSE, RPPS)}
    assert all(is_oid(uid) and len(name) <= 16 for name, uid in schemes.items())
    # nobody ordered it
    assert dataset.ReferringPhysicianName == ""


def test_a_house_of_which_nothing_is_set_issues_by_its_name() -> None:
    dataset = read(items.ecg())
    (issuer,) = dataset.IssuerOfAccessionNumberSequence
    assert issuer.LocalNamespaceEntityID == "EHPAD Les Tilleuls"
    assert "UniversalEntityID" not in issuer
    assert "InstitutionCodeSequence" not in dataset
    assert [one.CodingSchemeDesignator for one in dataset.CodingSchemeIdentificationSequence] == ["99TELECART"]


# --- who captured it


@pytest.mark.parametrize(
    ("who", "operator"),
    [
        (Who(KnownBy.PROFESSIONAL, "10001234567", "CLAIRE MARTIN"), CLAIRE),
        (Who(KnownBy.PROFESSIONAL, "badge-7", "CLAIRE MARTIN"), Operator("CLAIRE MARTIN")),
        (Who(KnownBy.PROFESSIONAL, "10001234567"), Operator("", "10001234567")),
        (Who(KnownBy.PROFESSIONAL, "badge-7"), None),
        (Who(KnownBy.ROLE, "nurse", "nurse"), None),
        (Who(KnownBy.ACCOUNT, "root", "claire"), None),
        (Who(KnownBy.PROGRAM, "edge"), None),
    ],
)
def test_an_operator_is_a_person_who_is_known_and_nobody_else(who: Who, operator: Operator | None) -> None:
    assert Operator.of(who) == operator


@pytest.mark.parametrize(("name", "rpps"), [("", ""), ("CLAIRE", "1234"), ("CLAIRE", "1000123456A")])
def test_what_is_no_operator_is_none(name: str, rpps: str) -> None:
    with pytest.raises(ValueError, match=r"operator|RPPS"):
        Operator(name, rpps)


def test_the_store_keeps_who_captured_what(store: EdgeStore) -> None:
    known, unknown = taken(store, 1, operator=CLAIRE), taken(store, 2)
    assert loaded(store, known).operator == CLAIRE
    assert loaded(store, unknown).operator is None


def test_an_ecg_is_of_who_captured_it_and_so_is_its_paper(store: EdgeStore) -> None:
    ecg = Capture(Kind.ECG, items.mortara(), items.RECORDER, at(1), "ecg", operator=CLAIRE)
    saved = store.journal.save(ecg, round_of(store, 1)).item_id
    assert loaded(store, saved).operator == CLAIRE
    papers = store.run(
        "SELECT id FROM item WHERE part_of = (SELECT item FROM item_named WHERE id = ?)", (saved,)
    ).fetchall()
    assert [loaded(store, paper).operator for (paper,) in papers] == [CLAIRE]


@pytest.mark.parametrize("operator", [CLAIRE, None])
def test_a_strip_is_of_who_began_it_also_when_somebody_else_ends_it(
    store: EdgeStore, operator: Operator | None
) -> None:
    strip = items.strip().payload
    assert isinstance(strip, Waveform)
    header = dataclasses.replace(strip, samples=b"")
    number = store.recordings.begin(header, items.RECORDER, round_of(store, 1), at(1), operator)
    store.recordings.append(number, 0, strip.samples)
    (saved,) = store.recordings.finish_all(at(2).utc)
    assert loaded(store, saved.item_id).operator == operator


@pytest.mark.parametrize(
    ("operator", "finess", "house"),
    [(CLAIRE, "690012345", "690012345"), (CLAIRE, "", "EHPAD Les Tilleuls")],
)
def test_an_object_names_who_captured_it(operator: Operator, finess: str, house: str) -> None:
    source = dataclasses.replace(SOURCE, finess=finess)
    dataset = read(dataclasses.replace(items.ecg(), operator=operator), source)
    assert dataset.OperatorsName == "CLAIRE MARTIN"
    (person,) = dataset.OperatorIdentificationSequence
    (number,) = person.PersonIdentificationCodeSequence
    assert (number.CodeValue, number.CodingSchemeDesignator, number.CodeMeaning) == (
        *("10001234567", "99RPPS", "CLAIRE MARTIN"),
    )
    assert (person.InstitutionCodeSequence[0].CodeValue if finess else person.InstitutionName) == house


def test_an_object_of_nobody_known_names_nobody() -> None:
    dataset = read(items.ecg())
    assert "OperatorsName" not in dataset
    assert "OperatorIdentificationSequence" not in dataset
    named = read(dataclasses.replace(items.ecg(), operator=Operator("CLAIRE^MARTIN=X")))
    assert named.OperatorsName == "CLAIRE MARTIN X"
    assert "OperatorIdentificationSequence" not in named


# --- what is known against an identity


def test_the_store_keeps_what_is_known_against_an_identity(store: EdgeStore) -> None:
    doubted = dataclasses.replace(
        items.PATIENT,
        status=IdentityStatus.PROVISIONAL,
        attributes=frozenset({Attribute.DOUBTFUL, Attribute.HOMONYM}),
    )
    store.journal.put_patient(doubted)
    assert doubted in store.journal.patients()
    store.journal.put_patient(items.PATIENT)
    assert items.PATIENT in store.journal.patients()


# --- photos of the same part of the body


def test_a_wound_series_finds_the_photo_before_in_its_own_study(store: EdgeStore) -> None:
    first, second, third = (taken(store, day) for day in (1, 8, 15))
    assert loaded(store, first).earlier is None
    before, newest = loaded(store, second), loaded(store, third)
    assert before.earlier is not None
    assert newest.earlier is not None
    assert (before.earlier.item_id, newest.earlier.item_id) == (first, second)
    dataset = read(newest)
    (image,) = dataset.ReferencedImageSequence
    assert (image.ReferencedSOPInstanceUID, image.ReferencedSOPClassUID) == (
        before.sop_uid,
        read(before).SOPClassUID,
    )
    (purpose,) = image.PurposeOfReferenceCodeSequence
    assert (purpose.CodeValue, purpose.CodingSchemeDesignator) == ("121348", "DCM")
    (study,) = dataset.StudiesContainingOtherReferencedInstancesSequence
    assert study.StudyInstanceUID == before.encounter.study_uid
    (of_series,) = study.ReferencedSeriesSequence
    assert of_series.SeriesInstanceUID == before.series_uid
    assert of_series.ReferencedInstanceSequence[0].ReferencedSOPInstanceUID == before.sop_uid


def test_of_the_same_round_it_stands_in_the_same_study(store: EdgeStore) -> None:
    encounter = round_of(store, 1)
    first = taken(store, 1, encounter=encounter)
    dataset = read(loaded(store, taken(store, 2, encounter=encounter, view=View.OVERVIEW)))
    assert dataset.ReferencedImageSequence[0].ReferencedSOPInstanceUID == loaded(store, first).sop_uid
    assert dataset.ReferencedSeriesSequence[0].SeriesInstanceUID == loaded(store, first).series_uid
    assert "StudiesContainingOtherReferencedInstancesSequence" not in dataset


def test_an_earlier_dermoscopy_is_referred_to_as_what_it_is_there(store: EdgeStore) -> None:
    first = taken(store, 1, view=View.DERMOSCOPY)
    newest = loaded(store, taken(store, 2))
    assert read(newest).ReferencedImageSequence[0].ReferencedSOPClassUID == read(loaded(store, first)).SOPClassUID
    assert newest.earlier is not None
    plain = dataclasses.replace(newest, earlier=dataclasses.replace(newest.earlier, plain=True))
    assert read(plain).ReferencedImageSequence[0].ReferencedSOPClassUID == "1.2.840.10008.5.1.4.1.1.77.1.4"


@pytest.mark.hazard("H4", without="tests.controls_identity:sides_are_one")
def test_the_other_side_and_an_untold_one_are_not_the_same_wound(store: EdgeStore) -> None:
    taken(store, 1, side=Side.RIGHT)
    taken(store, 2, side=None)
    assert loaded(store, taken(store, 3, side=Side.LEFT)).earlier is None
    assert loaded(store, taken(store, 4, side=None)).earlier is None


def test_what_is_no_earlier_photo_of_it(store: EdgeStore) -> None:
    taken(store, 1, BodySite.SACRUM, None)
    taken(store, 2, patient_id=items.OTHER_PATIENT.id)
    taken(store, 9)
    taken(store, 3, None, None)
    encounter = round_of(store, 4)
    undone = taken(store, 4, encounter=encounter)
    store.journal.mark_entered_in_error(undone, encounter.id, at(4))
    assert loaded(store, taken(store, 5)).earlier is None
    assert loaded(store, taken(store, 6, None, None)).earlier is None


def test_a_destination_is_told_of_no_photo_that_it_was_not_promised(store: EdgeStore) -> None:
    first = taken(store, 1)
    second = taken(store, 2)
    here = loaded(store, second, "").earlier
    assert here is not None
    assert here.item_id == first
    assert loaded(store, second, "another").earlier is None


def test_all_earlier_photos_of_a_site_are_listed_the_newest_first(store: EdgeStore) -> None:
    """Those of the last fifteen saves are found before they are filed too."""
    every = [taken(store, day, BodySite.SACRUM, None) for day in range(1, 25)]
    found = series.earlier(
        store.database, items.PATIENT.id, BodySite.SACRUM, None, before=at(24).utc, destination="pacs", limit=100
    )
    assert [one.item_id for one in found] == every[:-1][::-1]
    assert [one.sop_uid for one in found] == [loaded(store, one).sop_uid for one in every[:-1][::-1]]
    few = series.earlier(store.database, items.PATIENT.id, BodySite.SACRUM, None, before=at(24).utc, limit=3)
    assert [one.item_id for one in few] == every[-2:-5:-1]
