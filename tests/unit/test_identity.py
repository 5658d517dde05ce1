"""Who a resident is: which INS is taken, from where, and by what it leaves the cart."""

from __future__ import annotations

import dataclasses
import io
import itertools
import json
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset

from edge import residents
from edge.domain.fault import Fault, Reason
from edge.domain.ins import Authority
from edge.domain.item import Item
from edge.domain.patient import Attribute, IdentityStatus, Ins, Patient
from sync.dicom.building.objects import build
from sync.fhir import canonical
from sync.fhir.observations import resources
from sync.fhir.patient import patient_resource
from tests import items
from tests.servers import SOURCE, dciodvfy

MATRICULE = "255081416802538"
CARE, DEMO = SOURCE, dataclasses.replace(SOURCE, demonstration=True)

STATUSES, OIDS = list(IdentityStatus), list(Authority)
LEAVES = {
    (IdentityStatus.QUALIFIED, Authority.NIR, False),
    (IdentityStatus.QUALIFIED, Authority.NIR, True),
    (IdentityStatus.QUALIFIED, Authority.NIA, False),
    (IdentityStatus.QUALIFIED, Authority.NIA, True),
    (IdentityStatus.QUALIFIED, Authority.TEST, True),
    (IdentityStatus.QUALIFIED, Authority.DEMONSTRATION, True),
}
"""(status, OID, demonstration) with which an INS leaves the cart."""
REFUSED = {
    (IdentityStatus.QUALIFIED, Authority.TEST, False),
    (IdentityStatus.QUALIFIED, Authority.DEMONSTRATION, False),
}
"""With which nothing of that resident leaves until a person looked at it."""
EACH = list(itertools.product(STATUSES, OIDS, (False, True)))


def of(status: IdentityStatus, oid: str, attributes: frozenset[Attribute] = frozenset()) -> Patient:
    return dataclasses.replace(items.PATIENT, status=status, ins=Ins(MATRICULE, oid), attributes=attributes)


def dicom(item: Item, *, demonstration: bool = False) -> Dataset:
    return pydicom.dcmread(io.BytesIO(build(item, DEMO if demonstration else CARE)))


# --- the objects


@pytest.mark.hazard("H7", without="tests.controls_identity:every_ins_is_taken")
@pytest.mark.parametrize("oid", [Authority.TEST, Authority.DEMONSTRATION])
def test_an_ins_of_tests_leaves_no_cart_in_care(oid: Authority) -> None:
    patient = of(IdentityStatus.QUALIFIED, oid)
    for send in (
        lambda: build(items.of(items.photo(), patient), CARE),
        lambda: canonical.encode(resources(items.of(items.spo2(), patient))[0]),
    ):
        with pytest.raises(Fault, match="nobody's") as caught:
            send()
        assert caught.value.reason is Reason.OBJECT_INVALID
        assert MATRICULE not in str(caught.value)


@pytest.mark.parametrize(("status", "oid", "demonstration"), EACH)
def test_which_ins_stands_in_a_dicom_object(status: IdentityStatus, oid: Authority, demonstration: bool) -> None:
    item, case = items.of(items.photo(), of(status, oid)), (status, oid, demonstration)
    if case in REFUSED:
        with pytest.raises(Fault, match="INS does not leave"):
            dicom(item, demonstration=demonstration)
        return
    dataset = dicom(item, demonstration=demonstration)
    assert (dataset.PatientID, dataset.IssuerOfPatientID) == ("IPP-0042", "EHPAD Les Tilleuls")
    if case not in LEAVES:
        assert "OtherPatientIDsSequence" not in dataset
        assert MATRICULE.encode() not in build(item, DEMO if demonstration else CARE)
        return
    (other,) = dataset.OtherPatientIDsSequence
    (authority,) = other.IssuerOfPatientIDQualifiersSequence
    assert (other.PatientID, other.TypeOfPatientID) == (MATRICULE, "TEXT")
    assert (authority.UniversalEntityID, authority.UniversalEntityIDType) == (oid.value, "ISO")
    assert "OtherPatientIDs" not in dataset


@pytest.mark.parametrize(("status", "oid", "demonstration"), EACH)
def test_which_ins_stands_in_a_fhir_resource(status: IdentityStatus, oid: Authority, demonstration: bool) -> None:
    patient, case = of(status, oid), (status, oid, demonstration)
    if case in REFUSED:
        with pytest.raises(Fault, match="INS does not leave"):
            patient_resource(patient, demonstration=demonstration)
        return
    found = json.loads(canonical.encode(patient_resource(patient, demonstration=demonstration)))["identifier"]
    assert (found[0]["value"], found[0]["assigner"]["display"]) == ("IPP-0042", "EHPAD Les Tilleuls")
    expected = [(f"urn:oid:{oid}", MATRICULE)] if case in LEAVES else []
    assert [(one["system"], one["value"]) for one in found[1:]] == expected


@pytest.mark.hazard("H2", without="tests.controls_identity:doubts_bar_nothing")
@pytest.mark.parametrize("attribute", [Attribute.DOUBTFUL, Attribute.FICTITIOUS])
def test_the_ins_of_an_identity_that_is_doubted_stays_here(attribute: Attribute) -> None:
    patient = of(IdentityStatus.QUALIFIED, Authority.NIR, frozenset({attribute}))
    assert MATRICULE.encode() not in build(items.of(items.photo(), patient), CARE)
    assert MATRICULE.encode() not in canonical.encode(patient_resource(patient))


def test_a_homonym_keeps_the_ins() -> None:
    patient = of(IdentityStatus.QUALIFIED, Authority.NIR, frozenset({Attribute.HOMONYM}))
    assert "OtherPatientIDsSequence" in dicom(items.of(items.photo(), patient))


@pytest.mark.parametrize(
    ("matricule", "oid", "words"),
    [
        (MATRICULE[:-1] + "9", Authority.NIR, "check digits"),
        (MATRICULE[:-2], Authority.NIR, "13 characters"),
        (MATRICULE, "1.2.250.1.213.1.4.2", "none of those"),
        (MATRICULE, "1.2.250.1.213.1.4.8 ", "none of those"),
    ],
)
def test_what_is_no_ins_does_not_leave(matricule: str, oid: str, words: str) -> None:
    patient = dataclasses.replace(items.PATIENT, ins=Ins(matricule, oid))
    with pytest.raises(Fault, match=words):
        dicom(items.of(items.photo(), patient))
    with pytest.raises(Fault, match=words):
        patient_resource(patient)


def test_the_local_identifier_is_of_the_house_s_oid_where_it_has_one() -> None:
    source = dataclasses.replace(SOURCE, issuer="EHPAD Les Tilleuls", issuer_oid="1.2.250.1.999.7")
    content = build(items.photo(), source)
    dataset = pydicom.dcmread(io.BytesIO(content))
    (authority,) = dataset.IssuerOfPatientIDQualifiersSequence
    assert (authority.UniversalEntityID, authority.UniversalEntityIDType) == ("1.2.250.1.999.7", "ISO")
    assert dciodvfy(content) == []
    # of whom another house was the issuer, this one's OID is wrong
    moved = items.of(items.photo(), dataclasses.replace(items.PATIENT, issuer="EHPAD Les Ormes"))
    assert "IssuerOfPatientIDQualifiersSequence" not in pydicom.dcmread(io.BytesIO(build(moved, source)))


# --- names


@pytest.mark.parametrize(
    ("birth_name", "given_names", "written"),
    [
        ("L'HÉRITIER-DŒUVRE", "MARIE-ÈVE ANNE", "L'HÉRITIER-DŒUVRE^MARIE-ÈVE ANNE"),
        ("N’GUYỄN", "ÇAĞLA", "N’GUYỄN^ÇAĞLA"),
        ("D", " ".join(["JEANNE"] * 20), "D^" + " ".join(["JEANNE"] * 9)),
        # some readers count bytes
        ("A" * 37, "MARIE FRANÇOISE THÉRÈSE", "A" * 37 + "^MARIE FRANÇOISE THÉRÈSE"),
        ("A" * 38, "MARIE FRANÇOISE THÉRÈSE", "A" * 38 + "^MARIE FRANÇOISE"),
        ("A" * 58, "MARIE THÉRÈSE", "A" * 58 + "^MARIE"),
        ("A  B", " JEANNE\tMARIE ", "A B^JEANNE�MARIE"),
    ],
)
def test_a_name_of_any_length_and_letters_is_one_that_dicom_holds(
    birth_name: str, given_names: str, written: str
) -> None:
    patient = dataclasses.replace(items.PATIENT, birth_name=birth_name, given_names=given_names, used_name=None)
    content = build(items.of(items.photo(), patient), SOURCE)
    dataset = pydicom.dcmread(io.BytesIO(content))
    assert dataset.SpecificCharacterSet == "ISO_IR 192"
    assert str(dataset.PatientName) == str(dataset.PatientBirthName) == written
    assert dciodvfy(content) == []


def test_a_name_that_does_not_fit_at_all_waits_for_a_person() -> None:
    patient = dataclasses.replace(items.PATIENT, birth_name="A" * 60, given_names="MARIE", used_name=None)
    with pytest.raises(Fault, match="PatientName"):
        build(items.of(items.photo(), patient), SOURCE)


# --- the residents' file


def listed(tmp_path: Path, lines: str, *, demonstration: bool = False) -> Patient:
    file = tmp_path / "residents.toml"
    file.write_text(
        '[[resident]]\nid = "IPP-1"\nbirth_name = "DURAND"\ngiven_names = "ANNE"\nbirth_date = 1931-02-03\nsex = "F"\n'
        f'room = "1"\n{lines}\n',
        encoding="utf-8",
    )
    (found,) = residents.read(file, "EHPAD", demonstration=demonstration)
    return found


def ins(oid: str = Authority.NIR, matricule: str = MATRICULE) -> str:
    return f'ins_matricule = "{matricule}"\nins_oid = "{oid}"\n'


@pytest.mark.hazard("H7", without="tests.controls_identity:every_ins_is_taken")
@pytest.mark.parametrize("oid", [Authority.TEST, Authority.DEMONSTRATION])
def test_a_list_for_care_holds_no_ins_of_tests(tmp_path: Path, oid: Authority) -> None:
    with pytest.raises(Fault, match=r"residents.toml: resident 1: .*nobody's") as caught:
        listed(tmp_path, f'status = "qualifiee"\n{ins(oid)}')
    assert caught.value.reason is Reason.SETTINGS
    assert MATRICULE not in str(caught.value)
    assert "DURAND" not in str(caught.value)


@pytest.mark.parametrize(("status", "oid", "demonstration"), EACH)
def test_which_ins_the_list_may_hold(
    tmp_path: Path, status: IdentityStatus, oid: Authority, demonstration: bool
) -> None:
    lines = f'status = "{status}"\n{ins(oid)}'
    if oid in {Authority.TEST, Authority.DEMONSTRATION} and not demonstration:
        with pytest.raises(Fault, match="nobody's"):
            listed(tmp_path, lines)
    else:
        assert listed(tmp_path, lines, demonstration=demonstration).ins == Ins(MATRICULE, oid)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (ins(matricule=MATRICULE[:-1] + "0"), "check digits"),
        (ins(matricule=""), "13 characters"),
        (ins(oid="1.2.3"), "none of those"),
        (f'ins_matricule = "{MATRICULE}"', "ins_matricule and ins_oid"),
        (f'ins_oid = "{Authority.NIR}"', "ins_matricule and ins_oid"),
        ('status = "qualifiee"', "qualified identity has an INS"),
        (f'status = "validee"\nattributes = ["douteux"]\n{ins()}', "doubtful or fictitious identity is provisional"),
        ('status = "recuperee"\nattributes = ["fictif"]', "doubtful or fictitious identity is provisional"),
        ('attributes = ["fictif", "homonyme"]', "no other attribute"),
        ('attributes = ["fictif", "douteux"]', "no other attribute"),
        ('attributes = ["inconnu"]', "attributes"),
    ],
)
def test_a_list_that_contradicts_itself_is_not_taken(tmp_path: Path, lines: str, words: str) -> None:
    with pytest.raises(Fault, match=words) as caught:
        listed(tmp_path, lines)
    assert caught.value.reason is Reason.SETTINGS
    assert caught.value.do
    assert MATRICULE[:13] not in str(caught.value)


@pytest.mark.parametrize("key", ["id", "birth_name", "given_names"])
def test_a_resident_has_an_identifier_and_a_name(tmp_path: Path, key: str) -> None:
    file = tmp_path / "residents.toml"
    values = {"id": "IPP-1", "birth_name": "DURAND", "given_names": "ANNE", "sex": "F", "room": "1", key: " "}
    text = "\n".join(f'{name} = "{value}"' for name, value in values.items())
    file.write_text(f"[[resident]]\n{text}\nbirth_date = 1931-02-03\n", encoding="utf-8")
    with pytest.raises(Fault, match=f"{key} is empty"):
        residents.read(file, "EHPAD")


def test_doubtful_and_homonymous_stand_together(tmp_path: Path) -> None:
    patient = listed(tmp_path, 'attributes = ["douteux", "homonyme"]')
    assert patient.attributes == {Attribute.DOUBTFUL, Attribute.HOMONYM}
