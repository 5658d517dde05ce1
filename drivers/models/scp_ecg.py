"""ECG recorders that hand over SCP-ECG files."""

from __future__ import annotations

from drivers.files import scp_ecg
from drivers.models.model import FileModel, Sure

SCP_ECG = FileModel(
    name="scp-ecg",
    label="ECG",
    facts="EN 1064:2005+A1 as three public readers implement it; one real recording, equal to its DICOM twin sample for sample",
    sure=Sure.CONFIRMED,
    recognises=scp_ecg.recognises,
    read=scp_ecg.read,
)
