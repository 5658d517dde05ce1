"""DICOM objects as other makers' systems write them: by pydicom alone, with nothing of the cart's builders."""

from __future__ import annotations

import io
from collections.abc import Callable

import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, JPEGBaseline8Bit, generate_uid

from tests.items import drawn_jpeg
from tests.unit.test_dicom_ecg import MORTARA

PHOTOGRAPHIC, TWELVE_LEAD = "1.2.840.10008.5.1.4.1.1.77.1.4", "1.2.840.10008.5.1.4.1.1.9.1.1"
Change = Callable[[Dataset], None]


def identified(
    dataset: Dataset,
    patient_id: str = "IPP1",
    issuer: str = "EHPAD",
    birth_date: str = "19380312",
    day: str = "20260901",
) -> None:
    dataset.PatientName, dataset.PatientID, dataset.PatientBirthDate = "DUPONT^JEANNE", patient_id, birth_date
    dataset.PatientSex = "F"
    if issuer:
        dataset.IssuerOfPatientID = issuer
    if "AcquisitionDateTime" in dataset:
        del dataset.AcquisitionDateTime
    dataset.StudyDate = dataset.ContentDate = day
    dataset.StudyTime = dataset.ContentTime = "101500"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = generate_uid(), generate_uid()
    dataset.AccessionNumber, dataset.StudyID, dataset.ReferringPhysicianName = "", "", ""
    dataset.SeriesNumber = dataset.InstanceNumber = 1


def photo(jpeg: bytes | None = None, change: Change | None = None, **identity: str) -> bytes:
    """A photo of the left heel."""
    picture = jpeg or drawn_jpeg()
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID, dataset.Modality = PHOTOGRAPHIC, generate_uid(), "XC"
    identified(dataset, **identity)
    dataset.SeriesDescription = "Escarre"
    region = Dataset()
    region.CodeValue, region.CodingSchemeDesignator, region.CodeMeaning = "84607009", "SCT", "Skin of heel"
    dataset.AnatomicRegionSequence = Sequence([region])
    dataset.ImageLaterality = "L"
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation, dataset.PlanarConfiguration = 3, "YBR_FULL_422", 0
    dataset.Rows, dataset.Columns = 240, 320
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.PixelRepresentation = 7, 0
    dataset.PixelData = encapsulate([picture])
    dataset["PixelData"].VR = "OB"
    if change is not None:
        change(dataset)
    return file_of(dataset, JPEGBaseline8Bit)


def ecg(change: Change | None = None, **identity: str) -> bytes:
    """The recording of the pydicom wheel as somebody's."""
    dataset = pydicom.dcmread(io.BytesIO(MORTARA))
    dataset.SOPInstanceUID = generate_uid()
    identified(dataset, **identity)
    dataset.Modality = "ECG"
    if change is not None:
        change(dataset)
    return file_of(dataset, ExplicitVRLittleEndian)


def file_of(dataset: Dataset, syntax: str) -> bytes:
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    out = io.BytesIO()
    dataset.save_as(out, enforce_file_format=True)
    return out.getvalue()


def uid_of(content: bytes) -> str:
    return str(pydicom.dcmread(io.BytesIO(content), specific_tags=["SOPInstanceUID"]).SOPInstanceUID)
