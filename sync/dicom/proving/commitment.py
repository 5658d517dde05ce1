"""Storage commitment: the PACS is asked to answer for a batch of objects, and says for each whether it does (PS3.4 annex J).

The report comes on the same association or on one that the PACS opens to the cart. It is awaited for a while only; where none
comes, or where it leaves an object out, what C-FIND said decides. A report says nothing of the patient: who owns an object that
is committed is asked by C-FIND, wherever the PACS takes it (H1).
"""

from __future__ import annotations

import contextlib
import dataclasses
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import structlog
from pydicom.dataset import Dataset
from pydicom.uid import ImplicitVRLittleEndian
from pynetdicom import evt
from pynetdicom.association import Association
from pynetdicom.dimse_primitives import N_EVENT_REPORT
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StorageCommitmentPushModel,
    StorageCommitmentPushModelInstance,
    VLPhotographicImageStorage,
)

from edge.domain.delivery import Event
from edge.domain.fault import Fault, Reason
from edge.domain.identifier import dicom_uids
from edge.domain.item import Frozen
from edge.domain.ports import Outcome
from sync.dicom.proving.listening import Callback, listening
from sync.dicom.proving.proof import FIND_CONTEXT
from sync.dicom.speaking.association import Line, NothingTaken, Peer
from sync.dicom.speaking.part10 import head

COMMITMENT = str(StorageCommitmentPushModel)
COMMITMENT_CONTEXT = (COMMITMENT, str(ImplicitVRLittleEndian))
INSTANCE = str(StorageCommitmentPushModelInstance)

MOST_REPORTED = 1000
"""Objects that a report may name."""

_MOST_REPORTS = 8
"""In the place of one answer."""

Named = tuple[str, str]
"""SOP class and SOP instance."""

Find = Callable[[Association, Frozen], Outcome]

_REQUEST, _ALL_HELD, _SOME_FAILED = 1, 1, 2  # PS3.4 J.3.2.1.1, J.3.3.1.1
_SUCCESS, _PROCESSING_FAILURE, _NO_SUCH_EVENT = 0x0000, 0x0110, 0x0113  # PS3.7 annex C
_POLL = 0.05

_log = structlog.get_logger()

NO_SUCH_INSTANCE, CLASS_CONFLICT, NOT_COMMITTED = 0x0112, 0x0119, 0x0122

_LATER = MappingProxyType(
    {
        0x0110: "the PACS failed while it looked after the object",
        0x0213: "the PACS has no resources to answer for the object",
        0x0131: "the PACS took the request of commitment for another one",
    }
)
"""Failure reasons that may pass by themselves (PS3.3 C.14.1.1)."""


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """``failed`` with the failure reason of each; what is in both has failed."""

    transaction: str
    held: frozenset[Named]
    failed: Mapping[Named, int]


def read(information: Dataset, event_type: int | None) -> Report:
    """The Event Information of a report (PS3.4 table J.3-2).

    Raises ValueError for what is none, and whatever else pydicom has to say about foreign bytes.
    """
    if event_type not in {_ALL_HELD, _SOME_FAILED}:
        raise ValueError("no such event")
    held = list(information.get("ReferencedSOPSequence") or ())
    failed = list(information.get("FailedSOPSequence") or ())
    if len(held) + len(failed) > MOST_REPORTED:
        raise ValueError("too many objects")
    reasons = {_named(one): int(one.FailureReason) for one in failed}
    names = frozenset(_named(one) for one in held)
    return Report(str(information.TransactionUID), names - reasons.keys(), MappingProxyType(reasons))


def _named(one: Dataset) -> Named:
    return str(one.ReferencedSOPClassUID), str(one.ReferencedSOPInstanceUID)


class Awaited:
    """The report of one transaction, whichever way it comes. The first counts."""

    def __init__(self, transaction: str) -> None:
        self.transaction = transaction
        self.report: Report | None = None
        self._lock = threading.Lock()
        self._come = threading.Event()

    def take(self, event: Any) -> tuple[int, Dataset | None]:
        """As pynetdicom's handler of N-EVENT-REPORT."""
        if event.event_type not in {_ALL_HELD, _SOME_FAILED}:
            return _NO_SUCH_EVENT, None
        try:
            report = read(event.event_information, event.event_type)
        except Exception as exc:  # noqa: BLE001 - foreign bytes: there is no end to what pydicom can raise about them
            _log.warning("report_unreadable", error=type(exc).__name__)
            return _PROCESSING_FAILURE, None
        if report.transaction != self.transaction:
            # of a request that a restart forgot, or nobody's: whoever sends it is thanked and stops
            _log.info("report_of_another_transaction")
            return _SUCCESS, None
        with self._lock:
            if self.report is None:
                self.report = report
        self._come.set()
        return _SUCCESS, None

    def came(self, timeout: float) -> bool:
        return self._come.wait(timeout)


class Commitment:
    """Storage commitment of one PACS, whose ``peer`` it is. Used by one thread at a time."""

    def __init__(self, peer: Peer, callback: Callback) -> None:
        self._peer = peer
        self._callback = callback
        self._patience = callback.patience
        self._silent_until = 0.0

    def prove(self, line: Line, objects: Sequence[Frozen], find: Find) -> list[Outcome]:
        """One outcome an object: what the report says, else what ``find`` says. Raises Fault, NothingTaken, as ``line`` does."""
        names = {frozen.item_id: _name_of(frozen) for frozen in objects}
        awaited = Awaited(dicom_uids(1)[0])
        with contextlib.ExitStack() as open_:
            asking = time.monotonic() >= self._silent_until and self._listen(open_, awaited)
            found, asked = self._both(line, objects, find, awaited, list(names.values()) if asking else [])
            if asked:
                self._await(line, awaited)
        return [
            _settled(frozen.item_id, _said(awaited.report, names[frozen.item_id]), found.get(frozen.item_id))
            for frozen in objects
        ]

    def examine(self, line: Line) -> str:
        """Whether it works, in plain words: asked about an object that nobody has, the PACS has to report that."""
        awaited = Awaited(dicom_uids(1)[0])
        nobody_s = (str(VLPhotographicImageStorage), dicom_uids(1)[0])
        where = f"port {self._callback.port}"
        try:
            with contextlib.ExitStack() as open_:
                open_.enter_context(self._listening(awaited))
                with line.associated([COMMITMENT_CONTEXT]) as association:
                    if not self._request(association, awaited, [nobody_s]):
                        return "does not answer a request of storage commitment: C-FIND is the proof"
                    self._same_association(line, association, awaited)
                self._await(line, awaited)
        except NothingTaken:
            return "takes no storage commitment: C-FIND is the proof"
        except Fault as fault:
            if fault.reason is not Reason.SETTINGS:
                raise
            return (
                f"storage commitment not tried, {where} cannot be listened on now (telecart sync may be waiting there)"
            )
        if awaited.report is None:
            return f"takes storage commitment and does not report to {where}: C-FIND is the proof"
        return f"storage commitment works, it reports to {where}"

    def _listening(self, awaited: Awaited) -> contextlib.AbstractContextManager[None]:
        return listening(self._callback, self._peer.calling_aet, self._peer.aet, awaited.take)

    def _listen(self, open_: contextlib.ExitStack, awaited: Awaited) -> bool:
        try:
            open_.enter_context(self._listening(awaited))
        except Fault as fault:
            self._leave_alone("cannot_listen", what=fault.what)
            return False
        return True

    def _leave_alone(self, why: str, what: str = "") -> None:
        self._silent_until = time.monotonic() + self._patience.silent
        _log.warning("commitment_left_alone", pacs=self._peer.aet, why=why, what=what)

    def _both(
        self, line: Line, objects: Sequence[Frozen], find: Find, awaited: Awaited, names: Sequence[Named]
    ) -> tuple[dict[str, Outcome], bool]:
        """What C-FIND says of each, where it was asked; and whether a report is to be awaited."""
        found: dict[str, Outcome] = {}
        with line.associated([COMMITMENT_CONTEXT, FIND_CONTEXT] if names else [FIND_CONTEXT]) as association:
            taken = {context.abstract_syntax for context in association.accepted_contexts}
            asked = COMMITMENT in taken and self._request(association, awaited, names)
            if names and not asked:
                self._leave_alone("no_commitment")
            for frozen in objects if FIND_CONTEXT[0] in taken else ():
                if not association.is_established:
                    found[frozen.item_id] = _unanswered(frozen.item_id)
                    continue
                found[frozen.item_id] = find(association, frozen)
            if asked:
                self._same_association(line, association, awaited)
        return found, asked

    def _request(self, association: Association, awaited: Awaited, names: Sequence[Named]) -> bool:
        """N-ACTION (PS3.4 J.3.2); False where the PACS does not take it upon itself."""
        information = Dataset()
        information.TransactionUID = awaited.transaction
        information.ReferencedSOPSequence = []
        for sop_class, instance in names:
            one = Dataset()
            one.ReferencedSOPClassUID = sop_class
            one.ReferencedSOPInstanceUID = instance
            information.ReferencedSOPSequence.append(one)
        association.bind(evt.EVT_N_EVENT_REPORT, awaited.take)
        take = association.dimse.get_msg

        def take_answer(block: bool = False) -> Any:
            """A PACS that knows at once may report before it answers."""
            for _ in range(_MOST_REPORTS):
                context, message = take(block)
                if not (isinstance(message, N_EVENT_REPORT) and message.is_valid_request):
                    return context, message
                association._serve_request(message, context or 0)  # noqa: SLF001 - pynetdicom's own way to answer one
            return None, None

        association.dimse.get_msg = take_answer  # type: ignore[method-assign]
        try:
            status, _ = association.send_n_action(information, _REQUEST, COMMITMENT, INSTANCE)
        except (RuntimeError, ValueError):
            # the association went down meanwhile
            return False
        return bool(status.get("Status") == _SUCCESS)

    def _same_association(self, line: Line, association: Association, awaited: Awaited) -> None:
        """Waits a moment for a report on the association of the request; some PACS call back only when it is over."""
        usual, association.dimse_timeout = association.dimse_timeout, _POLL
        end = time.monotonic() + self._patience.same
        while association.is_established and time.monotonic() < end and not line.is_cut and not awaited.came(0):
            # what it takes that is a report, it answers
            association.dimse.get_msg(block=True)
        association.dimse_timeout = usual

    def _await(self, line: Line, awaited: Awaited) -> None:
        end = time.monotonic() + self._patience.report
        while not awaited.came(_POLL) and not line.is_cut:
            if time.monotonic() >= end:
                self._leave_alone("no_report")
                return


def _name_of(frozen: Frozen) -> Named:
    """Raises Fault(STORE_DAMAGED)."""
    of_it = head(frozen)
    return str(of_it.SOPClassUID), str(of_it.SOPInstanceUID)


def _said(report: Report | None, name: Named) -> int | None:
    """0 where the PACS answers for it, the failure reason where it does not; None where it does not say."""
    if report is None:
        return None
    return _SUCCESS if name in report.held else report.failed.get(name)


def _settled(item_id: str, said: int | None, found: Outcome | None) -> Outcome:
    """Of the report and of C-FIND, None where the PACS does not take it. Whose it is comes before whether it is (H1)."""
    if found is not None and found.event is Event.REFUSED:
        return found
    if said is None or said == NOT_COMMITTED:
        return found or Outcome(item_id, Event.TRY_LATER, Reason.DESTINATION_REFUSED, _NOTHING_SAID)
    if said == _SUCCESS:
        return _committed(item_id, found)
    if said == NO_SUCH_INSTANCE:
        return Outcome(item_id, Event.NOT_HELD, None, "the PACS reports that it does not have it")
    if said == CLASS_CONFLICT:
        what = "the PACS holds something else under this object's name: have its administrator look at it"
        return Outcome(item_id, Event.REFUSED, Reason.DESTINATION_REFUSED, what)
    what = _LATER.get(said, f"the PACS does not answer for the object (reason {said:04X})")
    return Outcome(item_id, Event.TRY_LATER, Reason.DESTINATION_BUSY, what)


_NOTHING_SAID = "the PACS does not report, and cannot be asked whether it holds the object (no C-FIND)"


def _committed(item_id: str, found: Outcome | None) -> Outcome:
    if found is None:
        return Outcome(item_id, Event.PROVEN, None, "committed; whose it is cannot be asked (no C-FIND)")
    if found.event is Event.PROVEN:
        return Outcome(item_id, Event.PROVEN, None, "committed")
    what = "the PACS answers for the object and does not show whose it is yet"
    return Outcome(item_id, Event.TRY_LATER, Reason.DESTINATION_BUSY, what)


def _unanswered(item_id: str) -> Outcome:
    what = "the PACS did not answer whether it holds the object"
    return Outcome(item_id, Event.TRY_LATER, Reason.DESTINATION_BUSY, what)
