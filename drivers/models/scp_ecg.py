"""ECG recorders that hand over SCP-ECG files."""

from __future__ import annotations

from drivers.models.model import FileModel, Sure
from edge.domain.waveform import Waveform


def _recognises(data: bytes) -> bool:
    from drivers.files import scp_ecg

    return scp_ecg.recognises(data)


def _read(data: bytes) -> Waveform:
    # the reader brings large libraries, and the catalog is part of every process
    from drivers.files import scp_ecg

    return scp_ecg.read(data)


def _prepare() -> None:
    from drivers.files import scp_ecg  # noqa: F401


SCP_ECG = FileModel(
    name="scp-ecg",
    label="ECG",
    label_en="ECG",
    facts="EN 1064:2005+A1 as three public readers implement it; one real recording, equal to its DICOM twin sample for sample",
    sure=Sure.CONFIRMED,
    recognises=_recognises,
    parse=_read,
    prepare=_prepare,
)
