"""A PACS as destination: C-STORE, a batch over one association or a few side by side; proof by commitment and C-FIND."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from pynetdicom.association import Association

from edge.domain.delivery import Event
from edge.domain.fault import Fault, Reason
from edge.domain.item import Body, Frozen, Item
from edge.domain.measurement import DOCUMENTS, IMAGING, Kind
from edge.domain.ports import Outcome, Tell, tell_nobody
from sync.dicom.building import objects
from sync.dicom.building.modules import Source
from sync.dicom.proving import pulse
from sync.dicom.proving.commitment import Commitment
from sync.dicom.proving.listening import Callback
from sync.dicom.proving.proof import ECHO_CONTEXT, FIND_CONTEXT, Unanswered, ask
from sync.dicom.sending import refusal
from sync.dicom.sending.batch import UNTRIED, Sending, streams_for
from sync.dicom.speaking.association import Context, Line, NothingTaken, Peer, Secured, Timeouts
from sync.dicom.speaking.part10 import head
from sync.tls import Tls

KINDS = [(str(sop_class), str(syntax)) for sop_class, syntaxes in objects.SYNTAXES.items() for syntax in syntaxes]
"""What the cart sends, by class and transfer syntax."""
_ASK = "ask its administrator to allow it"
_CROWDED_SECONDS = 600.0
"""For which a peer that took only one association is not asked for a second one."""

_Result = TypeVar("_Result")


class PacsDestination:
    """The port ``Destination`` onto one DICOM node. ``source`` says what stands in the objects about this cart.

    ``tls`` None: without TLS. ``callback`` None: it is not asked for storage commitment. Raises Fault(SETTINGS) for an
    application entity title that DICOM does not allow, or certificates that cannot be used.
    """

    kinds: frozenset[Kind] = IMAGING | DOCUMENTS

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
        callback: Callback | None = None,
    ) -> None:
        for title in (aet, calling_aet):
            # PS3.5 6.2, AE
            if not 1 <= len(title.strip()) <= 16 or not title.isascii() or not title.isprintable() or "\\" in title:
                raise Fault(Reason.SETTINGS, f"'{title}' is no DICOM AE title", "use 1 to 16 plain characters")
        self.name = name
        self._peer = Peer(aet, host, port, calling_aet, Secured.by(tls, host) if tls else None)
        self._commitment = Commitment(self._peer, callback) if callback else None
        self._source = source
        self._timeouts = timeouts
        self._contexts: dict[Context, None] = {}
        self._shaken = False
        self._alone_until = 0.0

    def freeze(self, item: Item) -> Body:
        return objects.built(item, self._source)

    async def send(self, objects: Sequence[Frozen], tell: Tell = tell_nobody) -> Sequence[Outcome]:
        loop = asyncio.get_running_loop()

        def told(outcome: Outcome) -> None:
            # by a thread of a delivery that was cancelled, it may come too late
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(tell, outcome)

        sending = Sending(self._peer, self._timeouts, self._contexts, self._not_taken, told)
        alone = self._shaken or time.monotonic() < self._alone_until
        try:
            outcomes = await asyncio.to_thread(sending.run, objects, 1 if alone else streams_for(objects))
        except asyncio.CancelledError:
            sending.cut()
            raise
        # on a line that breaks every few MB several objects at once would never arrive
        self._shaken = sending.broke
        if sending.crowded:
            self._alone_until = time.monotonic() + _CROWDED_SECONDS
        return outcomes

    async def prove(self, objects: Sequence[Frozen]) -> Sequence[Outcome]:
        return await self._in_thread(self._prove, objects)

    async def answer(self) -> None:
        """Returns where it answers now; nothing is sent. Raises Fault."""
        await pulse.echo(self._peer)

    async def examine(self) -> str:
        """C-ECHO, whether it can be asked back, and which objects it takes; none is sent. Raises Fault."""
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
        committed = f"; {self._commitment.examine(line)}" if self._commitment is not None else ""
        return f"the PACS {aet} {echo} takes C-FIND; {line.how}{committed}; {self._kinds(line)}"

    def _kinds(self, line: Line) -> str:
        """What it takes of the cart's objects: negotiated, and nothing is stored. Raises Fault."""
        try:
            with line.associated(KINDS) as association:
                taken = {
                    (str(one.abstract_syntax), str(one.transfer_syntax[0])) for one in association.accepted_contexts
                }
        except NothingTaken:
            what = f"the PACS {self._peer.aet} takes none of the cart's objects (C-STORE)"
            raise Fault(Reason.DESTINATION_REFUSED, what, _ASK) from None
        return refusal.summary(taken)

    async def _in_thread(self, work: Callable[[Line, Sequence[Frozen]], _Result], objects: Sequence[Frozen]) -> _Result:
        """``work`` in a thread of its own; a cancelled caller cuts its line, so that the thread ends soon after."""
        line = Line(self._peer, self._timeouts)
        try:
            return await asyncio.to_thread(work, line, objects)
        except asyncio.CancelledError:
            line.cut()
            raise

    def _not_taken(self, item_id: str, sop_class: str) -> Outcome:
        return refusal.of_class(item_id, sop_class, f"the PACS {self._peer.aet}")

    def _prove(self, line: Line, objects: Sequence[Frozen]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        if not objects:
            return outcomes
        try:
            if self._commitment is not None:
                readable = [frozen for frozen in objects if _is_readable(frozen, outcomes)]
                return outcomes + self._commitment.prove(line, readable, _proof)
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


def _proof(association: Association, frozen: Frozen) -> Outcome:
    try:
        return ask(association, frozen.item_id, head(frozen))
    except (Unanswered, RuntimeError):
        what = "the PACS did not answer whether it holds the object"
        return Outcome(frozen.item_id, Event.TRY_LATER, Reason.DESTINATION_BUSY, what)
    except Fault as fault:
        return Outcome.unread(frozen.item_id, fault)


def _is_readable(frozen: Frozen, outcomes: list[Outcome]) -> bool:
    try:
        head(frozen)
    except Fault as fault:
        outcomes.append(Outcome.unread(frozen.item_id, fault))
        return False
    return True


def _untried(objects: Sequence[Frozen]) -> list[Outcome]:
    return [Outcome(one.item_id, Event.TRY_LATER, Reason.DESTINATION_UNREACHABLE, UNTRIED) for one in objects]
