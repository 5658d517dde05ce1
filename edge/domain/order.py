"""What somebody asked for: a requested procedure and one step of it (DICOM PS3.4 annex K)."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Order:
    """Names of the asked study as whoever asked gave them, nothing of the patient; "" and None are unknown.

    ``code`` is (value, coding scheme, meaning) of the requested procedure.
    """

    study_uid: str
    accession_number: str
    accession_issuer: str
    procedure_id: str
    step_id: str
    description: str
    code: tuple[str, str, str] | None = None
