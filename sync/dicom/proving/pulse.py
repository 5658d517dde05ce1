"""Whether a PACS answers now: C-ECHO (PS3.4 A.4, PS3.7 9.1.5), end to end, and nothing that leaves a trace there (H23)."""

from __future__ import annotations

import asyncio
from typing import Any

from pynetdicom.pdu import A_ASSOCIATE_RJ

from edge.domain.fault import Fault, Reason
from sync.dicom.proving.proof import ECHO_CONTEXT, FIND_CONTEXT
from sync.dicom.speaking.association import Line, NothingTaken, Peer, Timeouts

_TIMEOUTS = Timeouts(connect=5.0, stalled=8.0, answer=8.0)
_TRANSIENT = 2
"""A-ASSOCIATE-RJ, result: rejected-transient (PS3.8 9.3.4)."""


class _Asked(Line):
    """A line that knows whether a rejection was for good."""

    busy = False

    def _noticed(self, event: Any) -> None:
        super()._noticed(event)
        self.busy = self.busy or (isinstance(event.pdu, A_ASSOCIATE_RJ) and event.pdu.result == _TRANSIENT)


async def echo(peer: Peer) -> None:
    """Returns where it answers. One that is busy with others answers; one that does not admit this cart does not.

    Raises Fault(DESTINATION_UNREACHABLE | DESTINATION_REFUSED | DESTINATION_BUSY).
    """
    line = _Asked(peer, _TIMEOUTS)
    try:
        await asyncio.to_thread(_echo, line, peer.aet)
    except asyncio.CancelledError:
        line.cut()
        raise


def _echo(line: _Asked, aet: str) -> None:
    try:
        with line.associated([ECHO_CONTEXT, FIND_CONTEXT]) as association:
            taken = {context.abstract_syntax for context in association.accepted_contexts}
            if ECHO_CONTEXT[0] in taken and association.send_c_echo().get("Status") != 0x0000:
                raise Fault(Reason.DESTINATION_BUSY, f"the PACS {aet} does not answer C-ECHO")
    except NothingTaken:
        return  # it said so itself
    except RuntimeError as exc:
        raise Fault(Reason.DESTINATION_BUSY, f"the PACS {aet} broke off") from exc
    except Fault:
        if not line.busy:
            raise
