"""Modality Worklist: what a clinic asks this cart for today (C-FIND, PS3.4 annex K).

What answers is foreign: so many orders and bytes are taken and no more, and an order is taken only where everything by which
it is known is what DICOM allows. One that is not is left out, and counted.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import itertools
import re
from collections.abc import Iterator
from typing import Any

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.uid import ImplicitVRLittleEndian
from pynetdicom import evt
from pynetdicom.association import Association
from pynetdicom.sop_class import ModalityWorklistInformationFind  # type: ignore[attr-defined]

from edge.domain.fault import Fault, Reason
from edge.domain.order import Order
from edge.domain.text import sanitise_line
from edge.domain.worklist import Scheduled
from sync.dicom.speaking.association import Line, NothingTaken, Peer, Secured, Timeouts
from sync.tls import Tls

WORKLIST = str(ModalityWorklistInformationFind)
WORKLIST_CONTEXT = (WORKLIST, str(ImplicitVRLittleEndian))

MOST_ORDERS = 500
MOST_BYTES = 8 * 1024 * 1024

_PENDING = frozenset({0xFF00, 0xFF01})
_UID = re.compile(r"(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))+", re.ASCII)
_DAY = re.compile(r"\d{8}", re.ASCII)
_LO, _SH, _CS, _AE = 64, 16, 16, 16  # PS3.5 6.2
_STATION = "ScheduledStationAETitle"
_PATTERN = frozenset("*?")
"""PS3.4 C.2.2.2.4."""

_ASKED = (
    *("StudyInstanceUID", "AccessionNumber", "RequestedProcedureID", "RequestedProcedureDescription"),
    *("PatientName", "PatientID", "IssuerOfPatientID", "PatientBirthDate", "PatientSex"),
)
_ASKED_OF_STEP = ("ScheduledProcedureStepID", "ScheduledProcedureStepStartTime", "ScheduledProcedureStepDescription")
_ASKED_OF_CODE = ("CodeValue", "CodingSchemeDesignator", "CodingSchemeVersion", "CodeMeaning")
_ASKED_OF_ISSUER = ("LocalNamespaceEntityID", "UniversalEntityID", "UniversalEntityIDType")


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """What a worklist answered. ``whole``: it has nothing else for that day. ``left_out``: orders that are none."""

    scheduled: tuple[Scheduled, ...]
    whole: bool
    left_out: int = 0


class Worklist:
    """The worklist of one DICOM node. ``station`` is the AE title for which steps are scheduled, ``modality`` "" for any.

    ``issuer`` is who gave the identifiers where the worklist does not say it. Raises Fault(SETTINGS) as Secured does.
    """

    def __init__(
        self,
        peer: Peer,
        station: str,
        modality: str,
        issuer: str = "",
        timeouts: Timeouts = Timeouts(),  # noqa: B008 - frozen
        tls: Tls | None = None,
    ) -> None:
        secured = Secured.by(tls, peer.host) if tls else None
        self._peer = dataclasses.replace(peer, secured=secured)
        self._station = station
        self._modality = modality
        self._issuer = issuer
        self._timeouts = timeouts

    async def ask(self, day: dt.date) -> Told:
        """Steps of ``day``. Raises Fault(DESTINATION_UNREACHABLE | DESTINATION_REFUSED | DESTINATION_BUSY)."""
        line = Line(self._peer, self._timeouts)
        try:
            return await asyncio.to_thread(self._ask, line, day)
        except asyncio.CancelledError:
            line.cut()
            raise

    def _ask(self, line: Line, day: dt.date) -> Told:
        answers: list[Dataset] = []
        whole = True
        try:
            with line.associated([WORKLIST_CONTEXT]) as association:
                association.bind(evt.EVT_DATA_RECV, _counting(line))
                for answer in _matches(association, self._query(day)):
                    if len(answers) == MOST_ORDERS:
                        whole = False
                        line.cut()
                        break
                    answers.append(answer)
        except NothingTaken as exc:
            what = f"{self._peer.aet} has no worklist for {self._peer.calling_aet}"
            raise Fault(Reason.DESTINATION_REFUSED, what, "ask its administrator to allow it") from exc
        except RuntimeError as exc:
            raise self._broke_off() from exc
        told = (one for answer in answers for one in self._scheduled(answer, day))
        # an answer is one step; one that has more has no more of them than answers may come
        taken = list(itertools.islice(told, MOST_ORDERS + 1))
        if len(taken) > MOST_ORDERS:
            whole = False
            del taken[MOST_ORDERS:]
        # what cannot be read is there all the same: it is no reason to say that others are gone
        return Told(tuple(one for one in taken if one is not None), whole, taken.count(None))

    def _broke_off(self) -> Fault:
        return Fault(Reason.DESTINATION_BUSY, f"the worklist {self._peer.aet} gave no whole answer")

    def _query(self, day: dt.date) -> Dataset:
        """PS3.4 table K.6-1: matched are station, day and modality, everything else is asked to be told."""
        step = _empty(_ASKED_OF_STEP)
        step.ScheduledStationAETitle = self._station
        step.ScheduledProcedureStepStartDate = f"{day:%Y%m%d}"
        step.Modality = self._modality
        query = _empty(_ASKED)
        query.SpecificCharacterSet = "ISO_IR 192"
        query.ScheduledProcedureStepSequence = [step]
        query.RequestedProcedureCodeSequence = [_empty(_ASKED_OF_CODE)]
        query.IssuerOfAccessionNumberSequence = [_empty(_ASKED_OF_ISSUER)]
        return query

    def _scheduled(self, answer: Dataset, day: dt.date) -> Iterator[Scheduled | None]:
        """Of each step of one answer; None for what is none."""
        try:
            for step in answer.ScheduledProcedureStepSequence:
                yield self._step(answer, step, day)
        except Exception:  # noqa: BLE001 - foreign bytes: there is no end to what pydicom can raise about them
            yield None

    def _step(self, answer: Dataset, step: Dataset, day: dt.date) -> Scheduled:
        """Raises ValueError, or whatever pydicom raises about foreign bytes.

        Not every node matches as it is asked: what is of another cart, day or kind is not for this one.
        """
        modality = _exact(step, "Modality", _CS)
        if _date(step, "ScheduledProcedureStepStartDate") != day or modality not in {"", self._modality or modality}:
            raise ValueError("of another day, or of another kind")
        study_uid = str(answer.StudyInstanceUID)
        if len(study_uid) > 64 or not _UID.fullmatch(study_uid):
            raise ValueError("no UID")
        order = Order(
            study_uid,
            _exact(answer, "AccessionNumber", _SH, needed=True),
            _issuer(answer),
            _exact(answer, "RequestedProcedureID", _SH, needed=True),
            _exact(step, "ScheduledProcedureStepID", _SH, needed=True),
            _words(answer, "RequestedProcedureDescription") or _words(step, "ScheduledProcedureStepDescription"),
            _code(answer),
        )
        return Scheduled(
            order,
            _exact(answer, "PatientID", _LO, needed=True),
            _exact(answer, "IssuerOfPatientID", _LO) or self._issuer,
            _words(answer, "PatientName").replace("^", " ").strip(),
            _date(answer, "PatientBirthDate"),
            _exact(answer, "PatientSex", _CS),
            _start(step),
            self._of_station(step),
            modality,
        )

    def _of_station(self, step: Dataset) -> str:
        """Raises ValueError where the step is for others only."""
        told = step.get(_STATION) or ""
        stations = (
            [str(one).strip(" ") for one in told] if isinstance(told, MultiValue) else [_exact(step, _STATION, _AE)]
        )
        if self._station in stations:
            return self._station
        if stations != [""] and not _PATTERN & set(self._station):
            raise ValueError("for another station")
        # the first of those that the node found to match
        return stations[0] if sanitise_line(stations[0]) == stations[0] and len(stations[0]) <= _AE else ""


def _empty(keywords: tuple[str, ...]) -> Dataset:
    made = Dataset()
    for keyword in keywords:
        setattr(made, keyword, "")
    return made


def _counting(line: Line) -> Any:
    left = MOST_BYTES

    def count(event: Any) -> None:
        nonlocal left
        left -= len(event.data)
        if left < 0:
            line.cut()

    return count


def _matches(association: Association, query: Dataset) -> Iterator[Dataset]:
    """Raises RuntimeError where the answer has no end."""
    for status, match in association.send_c_find(query, WORKLIST):
        code = status.get("Status")
        if code in _PENDING and match is not None:
            yield match
        elif code == 0x0000:
            return
        else:
            break
    raise RuntimeError("no final answer")


def _exact(dataset: Dataset, keyword: str, most: int, *, needed: bool = False) -> str:
    """By which something is known: as it stands there, or not at all. Raises ValueError."""
    told = dataset.get(keyword) or ""
    value = str(told).strip(" ")
    if (
        isinstance(told, MultiValue)
        or len(value) > most
        or "\\" in value
        or sanitise_line(value) != value
        or (needed and not value)
    ):
        raise ValueError(keyword)
    return value


def _words(dataset: Dataset, keyword: str) -> str:
    """For a person to read."""
    return sanitise_line(str(dataset.get(keyword) or ""))[:_LO].strip()


def _issuer(answer: Dataset) -> str:
    for one in answer.get("IssuerOfAccessionNumberSequence") or ():
        return _exact(one, "LocalNamespaceEntityID", _LO)
    return ""


def _code(answer: Dataset) -> tuple[str, str, str] | None:
    for one in answer.get("RequestedProcedureCodeSequence") or ():
        value, scheme = _exact(one, "CodeValue", _SH), _exact(one, "CodingSchemeDesignator", _SH)
        meaning = _words(one, "CodeMeaning")
        return (value, scheme, meaning) if value and scheme and meaning else None
    return None


def _date(dataset: Dataset, keyword: str) -> dt.date | None:
    value = _exact(dataset, keyword, 8)
    if value and not _DAY.fullmatch(value):
        # strptime takes 1931203 as well, for two days
        raise ValueError(keyword)
    return dt.datetime.strptime(value, "%Y%m%d").date() if value else None  # noqa: DTZ007


def _start(step: Dataset) -> str:
    day = _date(step, "ScheduledProcedureStepStartDate")
    if day is None:
        raise ValueError("no day")
    time = _exact(step, "ScheduledProcedureStepStartTime", 14)[:6].ljust(6, "0")
    return f"{day.isoformat()}T{dt.datetime.strptime(time, '%H%M%S').time().isoformat()}"  # noqa: DTZ007
