"""A PACS as destination over DICOMweb: STOW-RS (PS3.18 10.5), proof by QIDO-RS and WADO-RS.

One object a request, a few requests side by side: an answer is about one object, and what one breaks stays its own. What
the server does not name in its list of stored instances is not sent, whatever its status line says.
"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Sequence

import msgspec

from edge.domain.delivery import Event
from edge.domain.fault import Fault, Reason
from edge.domain.identifier import dicom_uid
from edge.domain.item import Body, Frozen, Item
from edge.domain.measurement import DOCUMENTS, IMAGING, Kind
from edge.domain.ports import Outcome, Tell, tell_nobody
from sync.dicom.building import objects
from sync.dicom.building.identity import Identity
from sync.dicom.building.modules import Source
from sync.dicom.proving.web_proof import prove, shown
from sync.dicom.sending import refusal
from sync.dicom.sending.answers import meaning
from sync.dicom.speaking.association import Timeouts
from sync.dicom.speaking.multipart import around, nothing
from sync.dicom.speaking.qido import JSON, Attribute, Entity, first, refused
from sync.dicom.speaking.web import PROOFS, Answer, Content, Session, Web
from sync.tls import Tls

_REFERENCED, _FAILED, _OTHER_FAILURES = "00081199", "00081198", "0008119A"
_SOP_INSTANCE, _WARNING, _FAILURE = "00081155", "00081196", "00081197"
_HAD_ALREADY, _PROCESSING_FAILURE = 0x0111, 0x0110
_ABOUT_THE_SERVER = frozenset({401, 403, 404, 405, 406, 407, 408, 410, 421, 429})
"""What is wrong with the way to it, and not with an object."""

_NO_STOW = frozenset({401, 403, 404, 405, 406, 407, 415, 501})
"""To a request that stores nothing: what also an object would get."""

_entity = msgspec.json.Decoder(Entity)


class DicomwebDestination:
    """The port ``Destination`` onto the DICOMweb server at ``url``. ``source`` says what stands in the objects about this cart.

    ``tls`` is for an https ``url``. Raises Fault(SETTINGS) for certificates that cannot be used.
    """

    kinds: frozenset[Kind] = IMAGING | DOCUMENTS

    def __init__(
        self,
        name: str,
        url: str,
        source: Source,
        timeouts: Timeouts = Timeouts(),  # noqa: B008 - frozen
        tls: Tls | None = None,
    ) -> None:
        self.name = name
        self._web = Web(url, timeouts, tls)
        self._source = source

    def freeze(self, item: Item) -> Body:
        return objects.built(item, self._source)

    async def send(self, objects: Sequence[Frozen], tell: Tell = tell_nobody) -> Sequence[Outcome]:
        return await self._web.each(objects, self._send, tell)

    async def prove(self, objects: Sequence[Frozen]) -> Sequence[Outcome]:
        return await self._web.each(objects, _prove, most=PROOFS)

    async def answer(self) -> None:
        """Returns where it answers a search for what nobody has. Raises Fault."""
        async with self._web.session() as session:
            await shown(session, dicom_uid(uuid.uuid4()))

    async def examine(self) -> str:
        """A search for an instance that nobody has, and a request to store nothing. Raises Fault."""
        kind, body = nothing()
        async with self._web.session() as session:
            await shown(session, dicom_uid(uuid.uuid4()))
            status = await session.post_empty("/studies", {"Content-Type": kind, "Accept": JSON}, body)
        if status in _NO_STOW or 300 <= status < 400:
            what = f"the PACS at {self._web.url} takes no objects there (STOW-RS, HTTP {status})"
            raise Fault(Reason.DESTINATION_REFUSED, what, "correct the url, or ask its administrator to allow it")
        stow = "and STOW-RS" if status < 500 else f"and HTTP {status} to STOW-RS of nothing"
        return f"the PACS at {self._web.url} answers QIDO-RS {stow}; {self._web.how}"

    async def _send(self, session: Session, frozen: Frozen) -> Outcome:
        kind, head, tail = around()
        content = Content(head, frozen.body, tail)
        answer = await session.post("/studies", {"Content-Type": kind, "Accept": JSON}, content)
        said = _said(answer, frozen.sop_uid)
        if said is None:
            return _unsaid(frozen, answer.status)
        if said.code == refusal.CLASS_NOT_SUPPORTED and not said.taken:
            return refusal.of_class(frozen.item_id, refusal.class_of(frozen), "the PACS")
        event, reason, what = meaning(said.code)
        if said.taken:
            # a warning that nobody defined is a warning
            what = what if event is Event.ACCEPTED else f"the PACS stored it with a warning ({said.code:04X})"
            return Outcome(frozen.item_id, Event.ACCEPTED, None, what)
        if said.code == _HAD_ALREADY:
            # not taken a second time: it counts only if what it has is this very object
            proof = await _prove(session, frozen)
            if proof.event is Event.PROVEN:
                return Outcome(frozen.item_id, Event.ACCEPTED, None, what)
            if proof.event is not Event.NOT_HELD:
                return proof
        if event is Event.ACCEPTED:
            event, reason = Event.TRY_LATER, Reason.DESTINATION_BUSY
            what = "the PACS did not store the object, and gives no failure as its reason"
        return Outcome(frozen.item_id, event, reason, what)


async def _prove(session: Session, frozen: Frozen) -> Outcome:
    return await prove(session, frozen, Identity.read(frozen))


@dataclasses.dataclass(frozen=True, slots=True)
class _Said:
    """What a server says of an object: a warning or 0 where it took it, the reason of its failure where it did not."""

    taken: bool
    code: int


def _said(answer: Answer, sop_uid: str) -> _Said | None:
    """None where it says nothing. What it names as failed has failed, whatever else it says."""
    try:
        entity = _entity.decode(answer.body or b"")
        failed = [one for one in _items(entity, _FAILED) if first(one, _SOP_INSTANCE) == sop_uid]
        # a request held one object: what failed without a name is that one
        failed += _items(entity, _OTHER_FAILURES)
        taken = [one for one in _items(entity, _REFERENCED) if first(one, _SOP_INSTANCE) == sop_uid]
    except (ValueError, RecursionError):
        return None
    for one in failed:
        reason = first(one, _FAILURE)
        return _Said(taken=False, code=reason if isinstance(reason, int) else _PROCESSING_FAILURE)
    for one in taken:
        warning = first(one, _WARNING)
        return _Said(taken=True, code=warning if isinstance(warning, int) else 0)
    return None


def _items(entity: Entity, tag: str) -> list[Entity]:
    """Of a sequence. Raises ValueError."""
    found = entity.get(tag, Attribute())
    return [msgspec.convert(one, Entity) for one in found.Value]


def _unsaid(frozen: Frozen, status: int) -> Outcome:
    """For an answer that does not name the object. Raises Fault where that is about the server and not about the object."""
    if 200 <= status < 300:
        what = "the PACS does not say that it stored the object: ask its administrator whether its disk is full"
        return Outcome(frozen.item_id, Event.TRY_LATER, Reason.DESTINATION_BUSY, what)
    if 400 <= status < 500 and status not in _ABOUT_THE_SERVER:
        what = f"the PACS refused the object (HTTP {status}): have its administrator look at it"
        return Outcome(frozen.item_id, Event.REFUSED, Reason.DESTINATION_REFUSED, what)
    raise refused(status, "take objects (STOW-RS)")
