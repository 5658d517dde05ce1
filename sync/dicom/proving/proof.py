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
_MOST_MATCHES = 1000
"""A query for one object: whoever has more to say does not answer it."""


class Unanswered(Exception):
    """The peer gave no final answer to a query; ``broken``: the association is gone with it."""

    def __init__(self, *, broken: bool) -> None:
        super().__init__("no final answer")
        self.broken = broken


def ask(association: Association, item_id: str, identity: Dataset) -> Outcome:
    """PROVEN, NOT_HELD or REFUSED for the object whose identifiers ``identity`` holds. Raises Unanswered.

    An object that is held under another patient as well is REFUSED: one SOP instance is one person's (H1). So is one of
    another date and time, where the PACS tells them: another cart's, or another content, under this UID.
    """
    sop_uid = str(identity.SOPInstanceUID)
    held = [
        match
        for match in _matches(association, _query(identity, "IMAGE"))
        if str(match.get("SOPInstanceUID")) == sop_uid
    ]
    if not held:
        return Outcome(item_id, Event.NOT_HELD, None, "the PACS does not show it yet")
    owners = [str(match.get("PatientID") or "") for match in held]
    if "" in owners:
        # at IMAGE level of Study Root a node need not know the patient; at STUDY level it must (PS3.4 C.6.2.1)
        owners = [str(match.get("PatientID") or "") for match in _matches(association, _query(identity, "STUDY"))]
    if not all_are(str(identity.PatientID), owners):
        what = "the PACS holds this object under another patient: have its administrator correct it"
        return Outcome(item_id, Event.REFUSED, Reason.DESTINATION_REFUSED, what)
    if not all(of_one_moment(identity, match) for match in held):
        what = "the PACS holds something else under this object's name (of another time): have its administrator look at it"
        return Outcome(item_id, Event.REFUSED, Reason.DESTINATION_REFUSED, what)
    return Outcome(item_id, Event.PROVEN)


def all_are(patient_id: str, owners: list[str]) -> bool:
    """Whether every one of ``owners``, and there is one, is this patient (H1)."""
    return bool(owners) and all(owner == patient_id for owner in owners)


def of_one_moment(ours: Dataset, theirs: Dataset) -> bool:
    """Whether the content is of the same second, as far as it is told: no cart makes two objects of one UID in a second."""
    for keyword, width in (("ContentDate", 8), ("ContentTime", 6)):
        told = str(theirs.get(keyword) or "")[:width]
        if told and not str(ours.get(keyword) or "").startswith(told):
            return False
    return True


def _query(identity: Dataset, level: str) -> Dataset:
    query = Dataset()
    query.QueryRetrieveLevel = level
    query.PatientID = ""
    query.StudyInstanceUID = identity.StudyInstanceUID
    if level == "IMAGE":
        query.SeriesInstanceUID = identity.SeriesInstanceUID
        query.SOPInstanceUID = identity.SOPInstanceUID
        query.ContentDate = query.ContentTime = ""
    return query


def _matches(association: Association, query: Dataset) -> Iterator[Dataset]:
    for number, (status, match) in enumerate(association.send_c_find(query, FIND)):
        if number == _MOST_MATCHES:
            association.abort()
            break
        code = status.get("Status")
        if code in _PENDING and match is not None:
            yield match
        elif code == 0x0000:
            return
        else:
            raise Unanswered(broken=code is None)
    raise Unanswered(broken=True)
