"""By what an object is known, read from its file."""

from __future__ import annotations

import dataclasses
import io

import pydicom


@dataclasses.dataclass(frozen=True, slots=True)
class Identity:
    """Of one object of ours."""

    sop_uid: str
    series_uid: str
    study_uid: str
    patient_id: str

    @classmethod
    def of(cls, content: bytes) -> Identity:
        """Of a PS3.10 file that was built here."""
        head = pydicom.dcmread(
            io.BytesIO(content),
            specific_tags=["SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID", "PatientID"],
            stop_before_pixels=True,
        )
        return cls(
            str(head.SOPInstanceUID), str(head.SeriesInstanceUID), str(head.StudyInstanceUID), str(head.PatientID)
        )
