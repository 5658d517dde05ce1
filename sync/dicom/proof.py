"""Reading back: does the PACS hold the object, and as whose? (C-FIND, Study Root, IMAGE level, PS3.4 C.6.2)."""

from __future__ import annotations

from collections.abc import Iterator

from pydicom.dataset import Dataset
from pydicom.uid import ImplicitVRLittleEndian
from pynetdicom.association import Association
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StudyRootQueryRetrieveInformationModelFind,
    Verification,
)

from edge.domain.delivery import Event
from edge.domain.fault import Reason
from edge.domain.ports import Outcome

FIND = str(StudyRootQueryRetrieveInformationModelFind)
FIND_CONTEXT = (FIND, str(ImplicitVRLittleEndian))
ECHO_CONTEXT = (str(Verification), str(ImplicitVRLittleEndian))

_PENDING = frozenset({0xFF00, 0xFF01})


class Unanswered(Exception):
    """The peer gave no final answer to a query; ``broken``: the association is gone with it."""

    def __init__(self, *, broken: bool) -> None:
        super().__init__("no final answer")
        self.broken = broken


def ask(association: Association, item_id: str, identity: Dataset) -> Outcome:
    """PROVEN, NOT_HELD or REFUSED for the object whose identifiers ``identity`` holds. Raises Unanswered.

    An object that is held under another patient as well is REFUSED: one SOP instance is one person's (H1).
    """
    sop_uid = str(identity.SOPInstanceUID)
    owners = [
        str(match.get("PatientID") or "")
        for match in _matches(association, _query(identity, "IMAGE"))
        if str(match.get("SOPInstanceUID")) == sop_uid
    ]
    if not owners:
        return Outcome(item_id, Event.NOT_HELD, None, "the PACS does not show it yet")
    if "" in owners:
        # at IMAGE level of Study Root a node need not know the patient; at STUDY level it must (PS3.4 C.6.2.1)
        owners = [str(match.get("PatientID") or "") for match in _matches(association, _query(identity, "STUDY"))]
    if all_are(str(identity.PatientID), owners):
        return Outcome(item_id, Event.PROVEN)
    return Outcome(
        item_id,
        Event.REFUSED,
        Reason.DESTINATION_REFUSED,
        "the PACS holds this object under another patient: have its administrator correct it",
    )


def all_are(patient_id: str, owners: list[str]) -> bool:
    """Whether every one of ``owners``, and there is one, is this patient (H1)."""
    return bool(owners) and all(owner == patient_id for owner in owners)


def _query(identity: Dataset, level: str) -> Dataset:
    query = Dataset()
    query.QueryRetrieveLevel = level
    query.PatientID = ""
    query.StudyInstanceUID = identity.StudyInstanceUID
    if level == "IMAGE":
        query.SeriesInstanceUID = identity.SeriesInstanceUID
        query.SOPInstanceUID = identity.SOPInstanceUID
    return query


def _matches(association: Association, query: Dataset) -> Iterator[Dataset]:
    for status, match in association.send_c_find(query, FIND):
        code = status.get("Status")
        if code in _PENDING and match is not None:
            yield match
        elif code == 0x0000:
            return
        else:
            raise Unanswered(broken=code is None)
    raise Unanswered(broken=True)
