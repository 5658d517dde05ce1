"""ECG recorders that hand over DICOM files."""

from __future__ import annotations

from drivers.files import dicom_ecg
from drivers.models.model import FileModel, Sure

DICOM_ECG = FileModel(
    name="dicom-ecg",
    label="ECG",
    facts="DICOM PS3.3 A.34.3 and C.10.9; public recordings of a Mortara EL250 and of ECGToolkit",
    sure=Sure.CONFIRMED,
    recognises=dicom_ecg.recognises,
    read=dicom_ecg.read,
)
