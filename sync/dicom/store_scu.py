"""A PACS as destination: C-STORE in one association for a batch, proof by C-FIND."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Sequence
from typing import TypeVar

import pydicom
from pydicom.dataset import Dataset
from pynetdicom.association import Association

from edge.domain.delivery import Event
from edge.domain.fault import Fault, Reason
from edge.domain.item import Frozen, Item
from edge.domain.measurement import IMAGING, Kind
from edge.domain.ports import Outcome
from sync.dicom import objects
from sync.dicom.answers import meaning
from sync.dicom.association import Line, MemoryFile, NothingTaken, Peer, Secured, Timeouts
from sync.dicom.modules import Source
from sync.dicom.proof import ECHO_CONTEXT, FIND_CONTEXT, Unanswered, ask
from sync.tls import Tls

_IDENTITY = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "PatientID")
_ASSOCIATIONS_A_BATCH = 3  # an object on which the peer breaks off costs one; more, and the trouble is the peer's
_CONTEXTS = 128  # PS3.8 9.3.2.2: identifiers are the odd numbers of one byte
_UNTRIED = "the line broke before its turn"
_ASK = "ask its administrator to allow it"

_Result = TypeVar("_Result")


class PacsDestination:
    """The port ``Destination`` onto one DICOM node. ``source`` says what stands in the objects about this cart.

    ``tls`` None: without TLS. Raises Fault(SETTINGS) for an application entity title that DICOM does not allow, or
    certificates that cannot be used.
    """

    kinds: frozenset[Kind] = IMAGING

    def __init__(
        self,
        name: str,
        aet: str,
        host: str,
        port: int,
        calling_aet: str,
        source: Source,
        timeouts: Timeouts = Timeouts(),  # noqa: B008 - frozen
        tls: Tls | None = None,
    ) -> None:
        for title in (aet, calling_aet):
            # PS3.5 6.2, AE
            if not 1 <= len(title.strip()) <= 16 or not title.isascii() or not title.isprintable() or "\\" in title:
                raise Fault(Reason.SETTINGS, f"'{title}' is no DICOM AE title", "use 1 to 16 plain characters")
        self.name = name
        self._peer = Peer(aet, host, port, calling_aet, Secured.by(tls, host) if tls else None)
        self._source = source
        self._timeouts = timeouts

    def freeze(self, item: Item) -> bytes:
        return objects.build(item, self._source)

    async def send(self, objects: Sequence[Frozen]) -> Sequence[Outcome]:
        return await self._in_thread(self._send, objects)

    async def prove(self, objects: Sequence[Frozen]) -> Sequence[Outcome]:
        return await self._in_thread(self._prove, objects)

    async def examine(self) -> str:
        """C-ECHO, and whether it can be asked back. Raises Fault."""
        return await self._in_thread(self._examine, ())

    def _examine(self, line: Line, _: Sequence[Frozen]) -> str:
        aet = self._peer.aet
        try:
            with line.associated([ECHO_CONTEXT, FIND_CONTEXT]) as association:
                taken = {context.abstract_syntax for context in association.accepted_contexts}
                if ECHO_CONTEXT[0] in taken and association.send_c_echo().get("Status") != 0x0000:
                    raise Fault(Reason.DESTINATION_BUSY, f"the PACS {aet} does not answer C-ECHO", _ASK)
        except RuntimeError as exc:
            # it left between the association and the question
            raise Fault(
                Reason.DESTINATION_BUSY, f"the PACS {aet} broke off", "try again, or ask its administrator"
            ) from exc
        except NothingTaken:
            taken = set()
        if FIND_CONTEXT[0] not in taken:
            what = f"the PACS {aet} cannot be asked whether it holds an object (no C-FIND), so nothing would count as received"
            raise Fault(Reason.DESTINATION_REFUSED, what, _ASK)
        echo = "answers C-ECHO and" if ECHO_CONTEXT[0] in taken else "takes no C-ECHO, and"
        return f"the PACS {aet} {echo} takes C-FIND; {line.how}"

    async def _in_thread(self, work: Callable[[Line, Sequence[Frozen]], _Result], objects: Sequence[Frozen]) -> _Result:
        """``work`` in a thread of its own; a cancelled caller cuts its line, so that the thread ends soon after."""
        line = Line(self._peer, self._timeouts)
        try:
            return await asyncio.to_thread(work, line, objects)
        except asyncio.CancelledError:
            line.cut()
            raise

    def _send(self, line: Line, objects: Sequence[Frozen]) -> list[Outcome]:
        waiting = [_Sendable(frozen) for frozen in objects[:_CONTEXTS]]
        outcomes: list[Outcome] = []
        for _ in range(_ASSOCIATIONS_A_BATCH):
            if not waiting:
                break
            try:
                with line.associated({one.context for one in waiting}) as association:
                    answered = True
                    # pynetdicom may learn of the end of an association later than of the answer that did not come
                    while waiting and answered and association.is_established:
                        outcome, answered = self._store(association, waiting.pop(0))
                        outcomes.append(outcome)
            except Fault as fault:
                outcomes += [Outcome(one.item_id, Event.TRY_LATER, fault.reason, str(fault)) for one in waiting]
                return outcomes + _untried(objects[_CONTEXTS:])
            except NothingTaken:
                outcomes += [self._not_taken(one) for one in waiting]
                waiting = []
        return outcomes + _untried([one.frozen for one in waiting]) + _untried(objects[_CONTEXTS:])

    def _store(self, association: Association, one: _Sendable) -> tuple[Outcome, bool]:
        """The outcome, and whether the association still answers."""
        association.dimse_timeout = self._timeouts.for_answer(len(one.frozen.content))
        with MemoryFile(one.frozen.content) as path:
            try:
                answer = association.send_c_store(path)
            except ValueError:
                # pynetdicom finds no accepted context for the object's class and transfer syntax
                return self._not_taken(one), True
            except RuntimeError:
                # the association went down between the last answer and this request
                answer = Dataset()
        status = answer.get("Status")
        event, reason, what = meaning(status)
        return Outcome(one.item_id, event, reason, what), status is not None

    def _not_taken(self, one: _Sendable) -> Outcome:
        return Outcome(
            one.item_id,
            Event.REFUSED,
            Reason.DESTINATION_REFUSED,
            f"the PACS {self._peer.aet} does not take this kind of object: ask its administrator to accept it",
        )

    def _prove(self, line: Line, objects: Sequence[Frozen]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        if not objects:
            return outcomes
        try:
            with line.associated([FIND_CONTEXT]) as association:
                for frozen in objects:
                    if not association.is_established:
                        break
                    outcomes.append(_proof(association, frozen))
        except Fault as fault:
            return [Outcome(one.item_id, Event.TRY_LATER, fault.reason, str(fault)) for one in objects]
        except NothingTaken:
            what = f"the PACS {self._peer.aet} cannot be asked whether it holds the object (no C-FIND)"
            return [Outcome(one.item_id, Event.TRY_LATER, Reason.DESTINATION_REFUSED, what) for one in objects]
        return outcomes + _untried(objects[len(outcomes) :])


class _Sendable:
    def __init__(self, frozen: Frozen) -> None:
        meta = _head(frozen.content).file_meta
        self.frozen = frozen
        self.item_id = frozen.item_id
        self.context = (str(meta.MediaStorageSOPClassUID), str(meta.TransferSyntaxUID))


def _head(content: bytes) -> Dataset:
    return pydicom.dcmread(io.BytesIO(content), specific_tags=list(_IDENTITY), stop_before_pixels=True)


def _proof(association: Association, frozen: Frozen) -> Outcome:
    try:
        return ask(association, frozen.item_id, _head(frozen.content))
    except (Unanswered, RuntimeError):
        what = "the PACS did not answer whether it holds the object"
        return Outcome(frozen.item_id, Event.TRY_LATER, Reason.DESTINATION_BUSY, what)


def _untried(objects: Sequence[Frozen]) -> list[Outcome]:
    return [Outcome(one.item_id, Event.TRY_LATER, Reason.DESTINATION_UNREACHABLE, _UNTRIED) for one in objects]
