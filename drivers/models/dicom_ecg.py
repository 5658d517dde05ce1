"""ECG recorders that hand over DICOM files."""

from __future__ import annotations

from drivers.models.model import FileModel, Sure
from edge.domain.waveform import Waveform


def _recognises(data: bytes) -> bool:
    from drivers.files import dicom_ecg

    return dicom_ecg.recognises(data)


def _read(data: bytes) -> Waveform:
    # the reader brings large libraries, and the catalog is part of every process
    from drivers.files import dicom_ecg

    return dicom_ecg.read(data)


DICOM_ECG = FileModel(
    name="dicom-ecg",
    label="ECG",
    label_en="ECG",
    facts="DICOM PS3.3 A.34.3 and C.10.9; public recordings of a Mortara EL250 and of ECGToolkit",
    sure=Sure.CONFIRMED,
    recognises=_recognises,
    read=_read,
)
