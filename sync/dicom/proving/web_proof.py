"""Reading back from a DICOMweb server: as whose does it hold the object (QIDO-RS), and is it the same (WADO-RS)?"""

from __future__ import annotations

import asyncio

from edge.domain.delivery import Event
from edge.domain.fault import Fault, Reason
from edge.domain.item import Frozen
from edge.domain.ports import Outcome
from sync.dicom.building.identity import Identity
from sync.dicom.proving import proof, same
from sync.dicom.speaking.multipart import OnlyPart, Unusable, only_part
from sync.dicom.speaking.qido import Entity, first, refused, searched
from sync.dicom.speaking.web import Session

_FILE = 'multipart/related; type="application/dicom"; transfer-syntax=*'
_SPARE = 1024 * 1024
"""Bytes by which a coerced object may have grown."""

SOP_INSTANCE_UID, PATIENT_ID = "00080018", "00100020"


async def prove(session: Session, frozen: Frozen, identity: Identity) -> Outcome:
    """PROVEN, NOT_HELD, REFUSED or TRY_LATER for one object.

    An object that is held under another patient as well is REFUSED: one SOP instance is one person's (H1).
    """
    item_id = frozen.item_id
    held = await shown(session, identity.sop_uid)
    if not held:
        return Outcome(item_id, Event.NOT_HELD, None, "the PACS does not show it yet")
    # a server need not tell the patient at this level; the file itself does
    owners = [str(owner) for one in held if (owner := first(one, PATIENT_ID)) is not None]
    if owners and not proof.all_are(identity.patient_id, owners):
        return Outcome(
            item_id,
            Event.REFUSED,
            Reason.DESTINATION_REFUSED,
            "the PACS holds this object under another patient: have its administrator correct it",
        )
    path = f"/studies/{identity.study_uid}/series/{identity.series_uid}/instances/{identity.sop_uid}"
    verdict = await _compared(session, path, frozen)
    if not verdict.same:
        what = f"the PACS holds something else under this object's name ({verdict.what}): have its administrator look at it"
        return Outcome(item_id, Event.REFUSED, Reason.DESTINATION_REFUSED, what)
    return Outcome(item_id, Event.PROVEN, None, f"coerced: {verdict.what}" if verdict.what else "")


async def _compared(session: Session, path: str, frozen: Frozen) -> same.Verdict:
    """Bit for bit as it comes in; only what is not the same so is held whole, to see what was coerced. Raises Fault."""
    limit = frozen.body.size + _SPARE
    mirror = same.Mirror(frozen)

    def taken(content_type: str) -> _Unwrapped:
        return _Unwrapped(content_type, mirror)

    try:
        status = await session.take(path, _FILE, limit, taken)
        if status != 200:
            raise refused(status, "give back the object that it shows")
        if mirror.same:
            return same.Verdict(same=True)
    except Unusable as exc:
        raise Fault(Reason.DESTINATION_BUSY, "the PACS does not give the object back as one file") from exc
    answer = await session.get(path, _FILE, limit)
    if answer.status != 200:
        raise refused(answer.status, "give back the object that it shows")
    content = None if answer.body is None else only_part(answer.headers.get("Content-Type", ""), answer.body)
    if content is None:
        raise Fault(Reason.DESTINATION_BUSY, "the PACS does not give the object back as one file")
    return await asyncio.to_thread(lambda: same.compare(frozen.content, content))


class _Unwrapped:
    """The file in an answer, into the mirror."""

    def __init__(self, content_type: str, mirror: same.Mirror) -> None:
        self._part = OnlyPart(content_type)
        self._mirror = mirror

    def feed(self, data: bytes) -> None:
        self._mirror.feed(self._part.feed(data))

    def end(self) -> None:
        self._part.end()
        self._mirror.end()


async def shown(session: Session, sop_uid: str) -> list[Entity]:
    """What the server shows under this UID. Raises Fault."""
    query = {"SOPInstanceUID": sop_uid, "includefield": PATIENT_ID}
    found = await searched(session, "/instances", query)
    return [one for one in found if first(one, SOP_INSTANCE_UID) == sop_uid]
