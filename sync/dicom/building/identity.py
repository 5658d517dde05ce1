"""By what an object is known, read from its file."""

from __future__ import annotations

import dataclasses

from pydicom.dataset import Dataset

from edge.domain.item import Frozen
from sync.dicom.speaking.part10 import head, head_of


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
        return cls._said(head_of(content))

    @classmethod
    def read(cls, frozen: Frozen) -> Identity:
        """The same; raises Fault(STORE_DAMAGED)."""
        return cls._said(head(frozen))

    @classmethod
    def _said(cls, known: Dataset) -> Identity:
        return cls(
            str(known.SOPInstanceUID), str(known.SeriesInstanceUID), str(known.StudyInstanceUID), str(known.PatientID)
        )
