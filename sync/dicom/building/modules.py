"""The DICOM modules that every object of the cart shares: patient, study, series, equipment (PS3.3 C.7, C.12.1)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

from pydicom.dataset import Dataset

from edge.domain.fault import Fault, Reason
from edge.domain.item import Item
from edge.domain.operator import Operator
from edge.domain.order import Order
from edge.domain.patient import Patient
from edge.domain.report import House
from sync.dicom.building.elements import code, cut, date, fits, offset, person_name, put, sequence, text, time
from sync.dicom.building.schemes import FINESS, HOUSE, PROCEDURE, RPPS, coded, identify

_NOTE = "KO"
"""A rejection note says nothing of a request: its series has no such attribute (C.17.6.1)."""
_DESCRIPTION = 64
"""Of an LO, PS3.5 6.2."""


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """Where the objects come from. ``zone`` is the place's time zone; None: that of the machine.

    ``station`` has at most 16 characters in DICOM; a longer name is cut. ``issuer`` gives the accession numbers, ``issuer_oid``
    is its OID and that of the local identifiers; ``finess`` is the number of the house; "" is unknown. A ``demonstration``
    sends an INS of tests, which is nobody's.
    """

    institution: str
    station: str
    software: str
    zone: dt.tzinfo | None = None
    finess: str = ""
    issuer: str = ""
    issuer_oid: str = ""
    demonstration: bool = False

    @property
    def house(self) -> House:
        """As a report names it."""
        return House(
            self.institution,
            self.finess,
            self.station,
            self.software,
            self.issuer,
            self.issuer_oid,
            self.zone,
            demonstration=self.demonstration,
        )


def local(moment: dt.datetime, item: Item, source: Source) -> dt.datetime:
    """``moment`` at the place, with the offset that held when the round began.

    One offset for a whole study: its objects would otherwise disagree on its hour in the night of a clock change.
    """
    begun = item.encounter.opened.astimezone(source.zone)
    return moment.astimezone(dt.timezone(begun.utcoffset() or dt.timedelta(0)))


def common(
    item: Item, source: Source, sop_class: str, modality: str, series_number: int, description: str, short: str = ""
) -> Dataset:
    """SOP common, patient, general study, general series, general equipment.

    ``short`` describes the series where there is no room for ``description``. Raises Fault(OBJECT_INVALID) for what no object may hold.
    """
    dataset = Dataset()
    put(dataset, "SpecificCharacterSet", "ISO_IR 192")
    put(dataset, "TimezoneOffsetFromUTC", offset(local(item.encounter.opened, item, source)))
    put(dataset, "SOPClassUID", sop_class)
    put(dataset, "SOPInstanceUID", item.sop_uid)
    _patient(dataset, item.patient, source)
    _study(dataset, item, source)
    put(dataset, "Modality", modality)
    put(dataset, "SeriesInstanceUID", item.series_uid)
    put(dataset, "SeriesNumber", series_number)
    put(dataset, "InstanceNumber", 1)
    put(dataset, "SeriesDescription", _described([description, short or description], item.taken.clock_trusted))
    if item.encounter.order is not None and modality != _NOTE:
        sequence(dataset, "RequestAttributesSequence", _request(item.encounter.order))
    if item.operator is not None:
        _operator(dataset, item.operator, source)
    _equipment(dataset, item, source)
    identify(dataset)
    return dataset


def _described(descriptions: Sequence[str], clock_trusted: bool) -> str:
    """The fullest that fits. A doubtful hour is told here, where every viewer shows it (H8)."""
    doubts = ("",) if clock_trusted else (" (heure à vérifier)", " (heure ?)")
    said = [f"{text(description)}{doubt}" for description in descriptions for doubt in doubts]
    return next((one for one in said if fits(one, _DESCRIPTION)), said[-1])


def _study(dataset: Dataset, item: Item, source: Source) -> None:
    """General Study (C.7.2.1). Hardly anything is ordered in a nursing home: then the round itself is what there is to be called."""
    opened = local(item.encounter.opened, item, source)
    put(dataset, "StudyInstanceUID", item.encounter.study_uid)
    put(dataset, "StudyDate", date(opened))
    put(dataset, "StudyTime", time(opened))
    put(dataset, "ReferringPhysicianName", "")
    put(dataset, "StudyID", text(item.encounter.accession_number))
    put(dataset, "AccessionNumber", text(item.encounter.accession_number))
    order = item.encounter.order
    if order is None:
        issuer = _authority(source.issuer or source.institution, source.issuer_oid)
        sequence(dataset, "IssuerOfAccessionNumberSequence", issuer)
    elif order.accession_issuer:
        sequence(dataset, "IssuerOfAccessionNumberSequence", _authority(order.accession_issuer, ""))
    put(
        dataset,
        "StudyDescription",
        cut(order.description if order and order.description else PROCEDURE[1], _DESCRIPTION),
    )
    if order is not None and order.code is not None:
        sequence(dataset, "ProcedureCodeSequence", _requested(order.code))
    else:
        sequence(dataset, "ProcedureCodeSequence", coded(HOUSE, *PROCEDURE))


def _requested(of: tuple[str, str, str]) -> Dataset:
    value, scheme, meaning = of
    return code(text(value), text(scheme), cut(meaning, 64))


def _request(order: Order) -> Dataset:
    """Request attributes (PS3.3 table 10-9): the step that this series carries out."""
    request = Dataset()
    put(request, "RequestedProcedureID", text(order.procedure_id))
    put(request, "ScheduledProcedureStepID", text(order.step_id))
    if order.description:
        put(request, "RequestedProcedureDescription", cut(order.description, _DESCRIPTION))
    if order.code is not None:
        sequence(request, "RequestedProcedureCodeSequence", _requested(order.code))
    return request


def _authority(name: str, oid: str) -> Dataset:
    """HL7v2 hierarchic designator (table 10-17)."""
    authority = Dataset()
    if name:
        put(authority, "LocalNamespaceEntityID", text(name))
    if oid:
        put(authority, "UniversalEntityID", oid)
        put(authority, "UniversalEntityIDType", "ISO")
    return authority


def _operator(dataset: Dataset, operator: Operator, source: Source) -> None:
    """Who captured it (C.7.3.1). With a number, by that too (table 10-1): then the house stands beside it."""
    if operator.name:
        put(dataset, "OperatorsName", cut(operator.name.translate(str.maketrans("^=", "  ")), 64))
    if not operator.rpps:
        return
    person = Dataset()
    sequence(person, "PersonIdentificationCodeSequence", coded(RPPS, operator.rpps, operator.name or "RPPS"))
    if source.finess:
        sequence(person, "InstitutionCodeSequence", coded(FINESS, source.finess, source.institution))
    else:
        put(person, "InstitutionName", cut(source.institution, 64))
    sequence(dataset, "OperatorIdentificationSequence", person)


def _equipment(dataset: Dataset, item: Item, source: Source) -> None:
    """General equipment (C.7.5.1). ``InstitutionCodeSequence`` is of other modules; a reader that does not look for it is not misled."""
    put(dataset, "Manufacturer", "telecart")
    put(dataset, "InstitutionName", cut(source.institution, 64))
    if source.finess:
        sequence(dataset, "InstitutionCodeSequence", coded(FINESS, source.finess, source.institution))
    put(dataset, "StationName", cut(source.station, 16))
    put(dataset, "ManufacturerModelName", cut(item.device.model, 64))
    # where the device says none: its address or line, which is as lasting on this cart
    put(dataset, "DeviceSerialNumber", cut(text(item.serial_number) or item.device.id, 64))
    put(dataset, "SoftwareVersions", cut(source.software, 64))


def _patient(dataset: Dataset, patient: Patient, source: Source) -> None:
    """Patient module. The INS leaves the cart only with a qualified identity; its authority is named by OID."""
    put(dataset, "PatientName", person_name(patient.used_name or patient.birth_name, patient.given_names))
    put(dataset, "PatientBirthName", person_name(patient.birth_name, patient.given_names))
    put(dataset, "PatientID", text(patient.id))
    put(dataset, "IssuerOfPatientID", text(patient.issuer))
    if source.issuer_oid and patient.issuer == source.issuer:
        sequence(dataset, "IssuerOfPatientIDQualifiersSequence", _authority("", source.issuer_oid))
    put(dataset, "PatientBirthDate", patient.birth_date.strftime("%Y%m%d"))
    put(dataset, "PatientSex", patient.sex.value)
    ins = patient.ins_to_send
    if ins is None:
        return
    if wrong := ins.why_not(demonstration=source.demonstration):
        raise Fault(Reason.OBJECT_INVALID, f"the resident's INS does not leave: {wrong}", "correct the residents' list")
    other = Dataset()
    put(other, "PatientID", ins.matricule)
    put(other, "TypeOfPatientID", "TEXT")
    sequence(other, "IssuerOfPatientIDQualifiersSequence", _authority("", ins.oid))
    sequence(dataset, "OtherPatientIDsSequence", other)
