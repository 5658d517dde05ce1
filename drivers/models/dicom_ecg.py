"""ECG recorders that hand over DICOM files."""

from __future__ import annotations

from drivers.models.model import FileModel, Sure
from edge.domain.waveform import Waveform


def _recognises(data: bytes) -> bool:
    # PS3.10 7.1: the prefix after the preamble; the reader brings large libraries, and only its worker needs them
    return data[128:132] == b"DICM"


def _read(data: bytes) -> Waveform:
    from drivers.files import dicom_ecg

    return dicom_ecg.read(data)


def _prepare() -> None:
    from drivers.files import dicom_ecg  # noqa: F401


DICOM_ECG = FileModel(
    name="dicom-ecg",
    label="ECG",
    label_en="ECG",
    facts="DICOM PS3.3 A.34.3 and C.10.9; public recordings of a Mortara EL250 and of ECGToolkit",
    sure=Sure.CONFIRMED,
    recognises=_recognises,
    parse=_read,
    prepare=_prepare,
)
