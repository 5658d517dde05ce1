"""Earlier objects from a DICOM node: C-FIND (Study Root) finds them, C-GET gives them over the same association (PS3.4 C.4.3)."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from pydicom.dataset import Dataset
from pydicom.uid import ImplicitVRLittleEndian
from pynetdicom import build_role, evt
from pynetdicom.pdu_primitives import SCP_SCU_RoleSelectionNegotiation
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelGet  # type: ignore[attr-defined]

from edge.domain.fault import Fault, Reason
from edge.domain.prior import Claimed
from sync.dicom.fetching.prior_reading import SYNTAXES
from sync.dicom.fetching.priors import MOST_LISTED, Listed, Study
from sync.dicom.proving.proof import FIND, FIND_CONTEXT
from sync.dicom.speaking.association import Handler, Line, NothingTaken, Peer, Timeouts

Result = TypeVar("Result")

GET: Final = str(StudyRootQueryRetrieveInformationModelGet)
GET_CONTEXT: Final = (GET, str(ImplicitVRLittleEndian))

_PENDING: Final = frozenset({0xFF00, 0xFF01})
_UID: Final = re.compile(r"[0-9.]{1,64}", re.ASCII)
_WILD: Final = re.compile(r"[*?\\]")
_STORAGE: Final = "1.2.840.10008.5.1.4.1.1."
_ENVELOPE: Final = 64 * 1024
"""Bytes of an association beside the objects."""


class _GetLine(Line):
    """A line on which the peer stores objects of ``sop_class`` here: it takes the role of the SCU (PS3.7 D.3.3.4)."""

    def __init__(self, peer: Peer, timeouts: Timeouts, sop_class: str, handlers: list[Handler]) -> None:
        super().__init__(peer, timeouts)
        self._sop_class = sop_class
        self._own = handlers

    def _roles(self) -> Sequence[SCP_SCU_RoleSelectionNegotiation]:
        return [build_role(self._sop_class, scp_role=True)]

    def _handlers(self) -> list[Handler]:
        """What is heard is counted by those of its own."""
        return [*self._watching(), *self._own]


class PacsSource:
    """Implements priors.Source."""

    def __init__(self, name: str, peer: Peer, timeouts: Timeouts | None = None) -> None:
        self.name = name
        self._peer = peer
        self._timeouts = timeouts or Timeouts()

    async def studies(self, patient_id: str, since: dt.date) -> Sequence[Study]:
        if not patient_id or _WILD.search(patient_id):
            # these match other people's identifiers as well (PS3.4 C.2.2.2.4)
            return []
        query = _query("STUDY", PatientID=patient_id, StudyDate=f"{since:%Y%m%d}-", StudyInstanceUID="")
        query.IssuerOfPatientID = query.PatientBirthDate = ""
        found = await self._asked(query)
        return [
            Study(
                uid,
                Claimed(_text(one, "PatientID"), _text(one, "IssuerOfPatientID"), _text(one, "PatientBirthDate")),
                _text(one, "StudyDate"),
            )
            for one in found
            if (uid := _uid(one, "StudyInstanceUID"))
        ]

    async def objects(self, study_uid: str, modalities: frozenset[str]) -> Sequence[Listed]:
        series = await self._asked(_query("SERIES", StudyInstanceUID=study_uid, SeriesInstanceUID="", Modality=""))
        listed: list[Listed] = []
        for one in series:
            uid = _uid(one, "SeriesInstanceUID")
            if not uid or _text(one, "Modality") not in modalities:
                continue
            query = _query(
                "IMAGE", StudyInstanceUID=study_uid, SeriesInstanceUID=uid, SOPInstanceUID="", SOPClassUID=""
            )
            listed += [
                Listed(study_uid, uid, name, _uid(instance, "SOPClassUID"))
                for instance in await self._asked(query)
                if (name := _uid(instance, "SOPInstanceUID"))
            ]
            if len(listed) >= MOST_LISTED:
                break
        return listed

    async def fetch(self, one: Listed, limit: int) -> bytes | None:
        if not one.sop_class.startswith(_STORAGE):
            return None
        got = _Got(limit)
        line = _GetLine(self._peer, self._timeouts, one.sop_class, got.handlers)
        got.cut = line.cut
        try:
            await _in_thread(line, lambda: self._get(line, one))
        except NothingTaken:
            return None
        except Fault:
            if got.too_large:
                return None
            raise
        return got.content

    def _get(self, line: _GetLine, one: Listed) -> None:
        contexts = [GET_CONTEXT, *((one.sop_class, syntax) for syntax in sorted(SYNTAXES))]
        query = _query(
            "IMAGE", StudyInstanceUID=one.study_uid, SeriesInstanceUID=one.series_uid, SOPInstanceUID=one.sop_uid
        )
        with line.associated(contexts) as association:
            try:
                final = _final(association.send_c_get(query, GET))
            except (ValueError, RuntimeError) as exc:
                raise _no("give objects back (C-GET)") from exc
        if final is None:
            raise Fault(Reason.DESTINATION_BUSY, "the PACS broke off in the middle of an object")
        if final & 0xF000 == 0xA000:
            raise Fault(Reason.DESTINATION_BUSY, f"the PACS cannot give objects back now (status {final:04X})")

    async def _asked(self, query: Dataset) -> list[Dataset]:
        line = Line(self._peer, self._timeouts)
        try:
            return await _in_thread(line, lambda: self._find(line, query))
        except NothingTaken as exc:
            raise _no("answer queries (C-FIND)") from exc

    def _find(self, line: Line, query: Dataset) -> list[Dataset]:
        found: list[Dataset] = []
        with line.associated([FIND_CONTEXT]) as association:
            try:
                for status, match in association.send_c_find(query, FIND):
                    code = status.get("Status")
                    if code in _PENDING and match is not None and len(found) < MOST_LISTED:
                        found.append(match)
                    elif code == 0:
                        return found
                    elif code not in _PENDING:
                        break
            except (ValueError, RuntimeError) as exc:
                raise _no("answer queries (C-FIND)") from exc
        raise Fault(Reason.DESTINATION_BUSY, "the PACS does not say what it holds")


class _Got:
    """What the peer stores here: one object of at most ``limit`` bytes; more, and the line is cut."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._came = 0
        self.content: bytes | None = None
        self.too_large = False
        self.cut: Any = None
        self.handlers: list[Handler] = [(evt.EVT_DATA_RECV, self._received), (evt.EVT_C_STORE, self._stored)]

    def _received(self, event: Any) -> None:
        # pynetdicom holds an object whole before anybody sees it
        self._came += len(event.data)
        if self._came > self._limit + _ENVELOPE:
            self.too_large = True
            self.cut()

    def _stored(self, event: Any) -> int:
        content: bytes = event.encoded_dataset()
        if len(content) > self._limit or self.content is not None:
            self.too_large = True
            return 0xA700
        self.content = content
        return 0x0000


async def _in_thread(line: Line, work: Callable[[], Result]) -> Result:
    """``work`` in a thread; who is cancelled cuts the line, so that the thread ends."""
    try:
        return await asyncio.to_thread(work)
    except asyncio.CancelledError:
        line.cut()
        raise


def _final(answers: Iterator[tuple[Dataset, Dataset | None]]) -> int | None:
    """The status of the last answer; None where there was none."""
    final: int | None = None
    for status, _ in answers:
        code = status.get("Status")
        final = int(code) if isinstance(code, int) else None
    return None if final in _PENDING else final


def _query(level: str, **keys: str) -> Dataset:
    query = Dataset()
    query.QueryRetrieveLevel = level
    named: Mapping[str, str] = keys
    for name, value in named.items():
        setattr(query, name, value)
    return query


def _text(dataset: Dataset, name: str) -> str:
    return str(dataset.get(name) or "").strip()


def _uid(dataset: Dataset, name: str) -> str:
    uid = _text(dataset, name)
    return uid if _UID.fullmatch(uid) else ""


def _no(what: str) -> Fault:
    return Fault(
        Reason.DESTINATION_REFUSED, f"the PACS does not {what}", "ask its administrator to admit this cart for it"
    )
