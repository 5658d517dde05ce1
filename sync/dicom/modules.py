"""The DICOM modules that every object of the cart shares: patient, study, series, equipment (PS3.3 C.7, C.12.1)."""

from __future__ import annotations

import dataclasses
import datetime as dt

from pydicom.dataset import Dataset

from edge.domain.item import Item
from edge.domain.patient import IdentityStatus, Patient
from sync.dicom.elements import date, offset, person_name, put, sequence, text, time


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """Where the objects come from. ``zone`` is the place's time zone; None: that of the machine.

    ``station`` has at most 16 characters in DICOM; a longer name is cut.
    """

    institution: str
    station: str
    software: str
    zone: dt.tzinfo | None = None


def local(moment: dt.datetime, item: Item, source: Source) -> dt.datetime:
    """``moment`` at the place, with the offset that held when the round began.

    One offset for a whole study: its objects would otherwise disagree on its hour in the night of a clock change.
    """
    begun = item.encounter.opened.astimezone(source.zone)
    return moment.astimezone(dt.timezone(begun.utcoffset() or dt.timedelta(0)))


def common(item: Item, source: Source, sop_class: str, modality: str, series_number: int, description: str) -> Dataset:
    """SOP common, patient, general study, general series, general equipment."""
    dataset = Dataset()
    opened = local(item.encounter.opened, item, source)
    put(dataset, "SpecificCharacterSet", "ISO_IR 192")
    put(dataset, "TimezoneOffsetFromUTC", offset(opened))
    put(dataset, "SOPClassUID", sop_class)
    put(dataset, "SOPInstanceUID", item.sop_uid)
    _patient(dataset, item.patient)
    put(dataset, "StudyInstanceUID", item.encounter.study_uid)
    put(dataset, "StudyDate", date(opened))
    put(dataset, "StudyTime", time(opened))
    put(dataset, "ReferringPhysicianName", "")
    put(dataset, "StudyID", text(item.encounter.accession_number))
    put(dataset, "AccessionNumber", text(item.encounter.accession_number))
    put(dataset, "Modality", modality)
    put(dataset, "SeriesInstanceUID", item.series_uid)
    put(dataset, "SeriesNumber", series_number)
    put(dataset, "InstanceNumber", 1)
    # H8: the place where every viewer shows it
    put(dataset, "SeriesDescription", description if item.taken.clock_trusted else f"{description} (heure à vérifier)")
    put(dataset, "Manufacturer", "telecart")
    put(dataset, "InstitutionName", text(source.institution)[:64])
    put(dataset, "StationName", text(source.station)[:16].strip())
    put(dataset, "ManufacturerModelName", text(item.device.model)[:64])
    put(dataset, "DeviceSerialNumber", text(item.device.id)[:64])
    put(dataset, "SoftwareVersions", text(source.software)[:64])
    return dataset


def _patient(dataset: Dataset, patient: Patient) -> None:
    """Patient module. The INS leaves the cart only with a qualified identity; its authority is named by OID."""
    put(dataset, "PatientName", person_name(patient.used_name or patient.birth_name, patient.given_names))
    put(dataset, "PatientBirthName", person_name(patient.birth_name, patient.given_names))
    put(dataset, "PatientID", text(patient.id))
    put(dataset, "IssuerOfPatientID", text(patient.issuer))
    put(dataset, "PatientBirthDate", patient.birth_date.strftime("%Y%m%d"))
    put(dataset, "PatientSex", patient.sex.value)
    if patient.ins is None or patient.status is not IdentityStatus.QUALIFIED:
        return
    authority = Dataset()
    put(authority, "UniversalEntityID", patient.ins.oid)
    put(authority, "UniversalEntityIDType", "ISO")
    other = Dataset()
    put(other, "PatientID", patient.ins.matricule)
    put(other, "TypeOfPatientID", "TEXT")
    sequence(other, "IssuerOfPatientIDQualifiersSequence", authority)
    sequence(dataset, "OtherPatientIDsSequence", other)
